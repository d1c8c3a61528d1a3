//! Runs a law over generated sessions, and reports the shortest session that violates it. Also shortcuts for driving
//! a chat.
//!
//! Not here: the laws (`chinwag_harness::laws`, and the tests).

use std::env;
use std::fmt::Debug;
use std::thread;

use chinwag::chat::{Chat, ClientId, Event, Message, Outbox, Output, Timestamp};
use chinwag_harness::{Run, idle, limits, runner, sessions};
pub(crate) use chinwag_harness::{perform_at, require};
use proptest::strategy::Strategy;
use proptest::test_runner::{Config, TestCaseError, TestError};

/// The greatest length of a generated session, in operations.
pub(crate) const LENGTH: usize = 60;

/// The number of generated values, unless `PROPTEST_CASES` is set.
const CASES: u32 = 1500;

/// Checks `law` for every generated session, whether rooms are kept or not.
#[track_caller]
pub(crate) fn every_run(law: impl Fn(&Run) -> Result<(), String>) {
    every((sessions(LENGTH), limits()), |(operations, limits)| {
        let run = Run::within(limits.clone(), operations);
        law(&run).map_err(|problem| run.report(&problem))
    });
}

/// Checks `law` for every generated value. The values are the same in every run, unless `CHINWAG_SEED` is set.
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
        panic!("{}", message(&again(seed, cases, &this_test()), &problem, &value));
    }
}

/// The name of the running test.
pub(crate) fn this_test() -> String {
    thread::current().name().unwrap_or_default().to_owned()
}

/// The command that runs one test on the same cases. Each case depends on those before, so it runs as many.
pub(crate) fn again(seed: u64, cases: u32, test: &str) -> String {
    format!("CHINWAG_SEED={seed} PROPTEST_CASES={cases} cargo test --test it -- --exact {test}")
}

/// The message of a failed test. `again` is the command that repeats it.
pub(crate) fn message(again: &str, problem: &str, value: &impl Debug) -> String {
    let problem = problem.trim_end();
    format!("{problem}\n\nfrom {value:?}\n\nto see it again:\n{again}")
}

/// Searches generated values for one that violates `law`, and shrinks it.
///
/// # Errors
///
/// The violation and the value.
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

/// A machine at a later time, if nothing else happens.
pub(crate) fn later(mut chat: Chat, at: Timestamp) -> Chat {
    let (at, nothing) = idle(at);
    perform_at(&mut chat, at, nothing);
    chat
}

/// The outputs of a line of `client` on a copy of the chat.
pub(crate) fn probe(chat: &Chat, client: ClientId, line: &str) -> Outbox {
    perform(&mut chat.clone(), Event::Line { client, line: line.into() })
}

/// Handles an event.
pub(crate) fn perform(chat: &mut Chat, event: Event) -> Outbox {
    perform_at(chat, Timestamp(0), event)
}

/// Handles a line of a client.
pub(crate) fn line(chat: &mut Chat, client: ClientId, line: &str) -> Outbox {
    perform(chat, Event::Line { client, line: line.into() })
}

/// The messages of an outbox, each with its recipients.
pub(crate) fn messages(outbox: &Outbox) -> Vec<(Vec<ClientId>, Message)> {
    let delivered = |output| match output {
        Output::Deliver { to, message } => Some((to.to_vec(), message.clone())),
        Output::Ask { .. } | Output::Close { .. } => None,
    };
    outbox.iter().filter_map(delivered).collect()
}

/// The members of a client's room, by the machine's `/list`.
pub(crate) fn listed(chat: &Chat, client: ClientId) -> Vec<String> {
    match &messages(&probe(chat, client, "/list"))[..] {
        [(to, Message::Users { usernames, total, .. })] => {
            assert_eq!((&to[..], *total), (&[client][..], usernames.len()));
            usernames.iter().map(ToString::to_string).collect()
        }
        other => panic!("not a list: {other:?}"),
    }
}

/// Requires that everyone was sent complete lines without control characters.
pub(crate) fn lines_are_whole(run: &Run) -> Result<(), String> {
    for client in run.clients() {
        let sent = run.sent_to(client);
        let lines: Vec<&str> = sent.split("\r\n").collect();
        let is_whole = lines.last().is_none_or(|rest| rest.is_empty());
        require(is_whole, || format!("{client} was sent half a line: {sent:?}"))?;
        for line in lines {
            let is_clean = !line.chars().any(char::is_control);
            require(is_clean, || format!("{client} was sent a control character: {line:?}"))?;
        }
    }
    Ok(())
}
