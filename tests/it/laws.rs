//! Runs a law over generated sessions and reports the shortest one that breaks it.

use std::env;
use std::fmt::Debug;
use std::thread;

use chinwag::chat::{Chat, ClientId, Event, Message, Outbox, Output, Timestamp};
use chinwag_harness::{Run, runner, sessions};
pub(crate) use chinwag_harness::{perform_at, require};
use proptest::strategy::Strategy;
use proptest::test_runner::{Config, TestCaseError, TestError};

/// How long a generated session is at most, in operations.
pub(crate) const LENGTH: usize = 60;

/// How many values are drawn, unless `PROPTEST_CASES` says otherwise.
const CASES: u32 = 1500;

/// Checks that `law` holds for every session.
#[track_caller]
pub(crate) fn every_run(law: impl Fn(&Run) -> Result<(), String>) {
    every(sessions(LENGTH), |operations| {
        let run = Run::of(operations);
        law(&run).map_err(|problem| run.report(&problem))
    });
}

/// Checks that `law` holds for every value. The same values in every run, unless `CHINWAG_SEED` says
/// otherwise.
#[track_caller]
pub(crate) fn every<T: Debug>(
    values: impl Strategy<Value = T>,
    law: impl Fn(&T) -> Result<(), String>,
) {
    let seed: u64 = match env::var("CHINWAG_SEED") {
        Ok(seed) => seed.parse().expect("CHINWAG_SEED is a number"),
        Err(_) => 0,
    };
    let cases =
        if env::var_os("PROPTEST_CASES").is_some() { Config::default().cases } else { CASES };
    if let Err((problem, value)) = search(cases, seed, values, law) {
        let this = thread::current();
        panic!("{}", message(&again(seed, cases, this.name().unwrap_or("")), &problem, &value));
    }
}

/// The command that runs one test on the same cases: each is drawn after the one before, so it takes as many.
pub(crate) fn again(seed: u64, cases: u32, test: &str) -> String {
    format!("CHINWAG_SEED={seed} PROPTEST_CASES={cases} cargo test --test it {test}")
}

/// What is printed when a law does not hold: `again` is the command that shows it once more.
pub(crate) fn message(again: &str, problem: &str, value: &impl Debug) -> String {
    format!("{problem}\nfrom {value:?}\nto see it again: {again}")
}

/// Looks for a value that breaks `law`, among so many, and makes it as plain as can be.
///
/// # Errors
///
/// What does not hold, and the value.
pub(crate) fn search<T: Debug>(
    cases: u32,
    seed: u64,
    values: impl Strategy<Value = T>,
    law: impl Fn(&T) -> Result<(), String>,
) -> Result<(), (String, T)> {
    let outcome =
        runner(seed, cases).run(&values, |value| law(&value).map_err(TestCaseError::fail));
    match outcome {
        Ok(()) => Ok(()),
        Err(TestError::Fail(reason, value)) => Err((reason.message().to_owned(), value)),
        Err(TestError::Abort(reason)) => panic!("{reason}"),
    }
}

/// What a line of `client` would cause, without causing it.
pub(crate) fn probe(chat: &Chat, client: ClientId, line: &str) -> Outbox {
    perform(&mut chat.clone(), Event::Line { client, line: line.into() })
}

/// Causes an event.
pub(crate) fn perform(chat: &mut Chat, event: Event) -> Outbox {
    perform_at(chat, Timestamp(0), event)
}

/// A client says a line.
pub(crate) fn line(chat: &mut Chat, client: ClientId, line: &str) -> Outbox {
    perform(chat, Event::Line { client, line: line.into() })
}

/// The messages of an outbox, each with its recipients.
pub(crate) fn messages(outbox: &Outbox) -> Vec<(Vec<ClientId>, Message)> {
    let delivered = |output| match output {
        Output::Deliver { to, message } => Some((to.to_vec(), message.clone())),
        Output::Close { .. } => None,
    };
    outbox.iter().filter_map(delivered).collect()
}

/// Who is in the room with a client, by the machine's own account to it.
pub(crate) fn listed(chat: &Chat, client: ClientId) -> Vec<String> {
    match &messages(&probe(chat, client, "/list"))[..] {
        [(to, Message::Users { usernames, total, .. })] => {
            assert_eq!((&to[..], *total), (&[client][..], usernames.len()));
            usernames.iter().map(ToString::to_string).collect()
        }
        other => panic!("not a list: {other:?}"),
    }
}
