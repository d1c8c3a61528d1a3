//! The algebra of the machine: invariants F1 to F5, and that errors leave no trace. Each runs a session
//! again, transformed.

use std::collections::BTreeMap;
use std::env;
use std::process::Command;

use chinwag::chat::{Chat, ClientId, Event, Limits, Message, Outbox, Output, Timestamp};
use chinwag::wire::render;
use chinwag::wire::transcript::Transcript;
use chinwag_harness::{Operation, Run, Step, Weights};

use crate::laws::{every_run, line, messages, perform_at, require};

/// All that each client is sent, as text, and when it is closed.
type Told = BTreeMap<ClientId, String>;

/// What events cause in a chat that begins in this state.
fn told(mut chat: Chat, events: impl IntoIterator<Item = (Timestamp, Event)>) -> Told {
    let mut told = Told::new();
    let mut outbox = Outbox::new();
    for (at, event) in events {
        chat.handle(at, event, &mut outbox);
        for output in outbox.iter() {
            match output {
                Output::Deliver { to, message } => {
                    let mut text = String::new();
                    render(message, &mut text);
                    for client in to {
                        told.entry(*client).or_default().push_str(&text);
                    }
                }
                Output::Close { client, reason } => {
                    told.entry(client).or_default().push_str(&format!("closed: {reason:?}\n"));
                }
            }
        }
        outbox.clear();
    }
    told
}

/// What the events of a run cause in a new chat.
fn told_by(events: impl IntoIterator<Item = (Timestamp, Event)>) -> Told {
    told(Chat::new(Limits::default()), events)
}

fn require_same(law: &str, got: &Told, due: &Told) -> Result<(), String> {
    require(got == due, || format!("{law}\nshould cause\n{due:#?}\nand causes\n{got:#?}"))
}

/// F1: the same events give the same outputs and the same state.
#[test]
fn f1_the_same_events_give_the_same_outputs() {
    every_run(|run| {
        let mut chat = Chat::new(Limits::default());
        for step in &run.steps {
            require(chat == step.before, || format!("{chat:?}\nis not\n{:?}", step.before))?;
            let outbox = perform_at(&mut chat, step.action.at, step.action.event.clone());
            require(outbox == step.outbox, || format!("{outbox:?}\nis not\n{:?}", step.outbox))?;
        }
        Ok(())
    });
}

/// F2: what the beginning of a session causes is the beginning of what all of it causes.
#[test]
fn f2_a_prefix_causes_a_prefix() {
    every_run(|run| {
        let events: Vec<_> = run.events().collect();
        let whole = told_by(events.iter().cloned());
        for part in [3, 2] {
            let prefix = told_by(events[..events.len() / part].iter().cloned());
            for (client, text) in prefix {
                let all = &whole[&client];
                require(all.starts_with(&text), || format!("{text:?}\ndoes not begin\n{all:?}"))?;
            }
        }
        Ok(())
    });
}

/// F3: renaming the ids renames those to whom things are sent, and changes nothing else.
#[test]
fn f3_other_ids_cause_the_same() {
    // Another order, too.
    let renamed = |client: ClientId| ClientId(u64::MAX - 7 * client.0);
    let rename = |event: Event| match event {
        Event::Connect { client } => Event::Connect { client: renamed(client) },
        Event::Line { client, line } => Event::Line { client: renamed(client), line },
        Event::Signal { client, signal } => Event::Signal { client: renamed(client), signal },
        Event::Disconnect { client, cause } => Event::Disconnect { client: renamed(client), cause },
        Event::Shutdown => Event::Shutdown,
    };
    every_run(|run| {
        let present = run.clients();
        let is_known = |event: &Event| match event {
            Event::Connect { client }
            | Event::Line { client, .. }
            | Event::Signal { client, .. }
            | Event::Disconnect { client, .. } => present.contains(client),
            Event::Shutdown => true,
        };
        let events: Vec<_> = run.events().filter(|(_, event)| is_known(event)).collect();
        let due = told_by(events.iter().cloned());
        let due = due.into_iter().map(|(client, text)| (renamed(client), text)).collect();
        let got = told_by(events.into_iter().map(|(at, event)| (at, rename(event))));
        require_same("other ids", &got, &due)
    });
}

/// F4: a copy of the state, taken at any point, has the same future.
#[test]
fn f4_a_copy_has_the_same_future() {
    every_run(|run| {
        for cut in [run.steps.len() / 3, run.steps.len() / 2] {
            let Some(step) = run.steps.get(cut) else { continue };
            let mut due = Told::new();
            for step in &run.steps[cut..] {
                for (client, text) in &step.told.sent {
                    due.entry(*client).or_default().push_str(text);
                }
            }
            let mut got = told(step.before.clone(), run.events().skip(cut));
            got.values_mut().for_each(|text| {
                text.truncate(text.find("closed: ").unwrap_or(text.len()));
            });
            got.retain(|_, text| !text.is_empty());
            require_same("a copy", &got, &due)?;
        }
        Ok(())
    });
}

/// F5: what is done in one room and what is done in another may come in either order: nobody can tell.
#[test]
fn f5_what_is_done_in_different_rooms_commutes() {
    every_run(|run| {
        let mut chat = run.chat.clone();
        let present = run.model.present();
        let (left, right) = present.split_at(present.len() / 2);
        for (room, clients) in [("left-hand", left), ("right-hand", right)] {
            for client in clients {
                line(&mut chat, *client, &format!("/join {room}"));
            }
        }
        let doings = |clients: &[ClientId]| -> Vec<_> {
            let says = |client: ClientId| {
                let lines =
                    ["hello", "/me waves", "/topic news", "/list", "/history 9", "/away", "hi"];
                lines.map(|line| (Timestamp(0), Event::Line { client, line: line.to_owned() }))
            };
            clients.iter().copied().flat_map(says).collect()
        };
        let one = told(chat.clone(), [doings(left), doings(right)].concat());
        let other = told(chat, [doings(right), doings(left)].concat());
        require_same("the other room first", &other, &one)
    });
}

/// Errors leave no trace: without the lines that were refused, everyone is sent the same but for the
/// refusals.
#[test]
fn errors_leave_no_trace() {
    every_run(|run| {
        let is_refused = |step: &Step| {
            let got = messages(&step.outbox);
            got.iter().any(|(_, message)| matches!(message, Message::Refused { .. }))
        };
        let kept = || run.steps.iter().filter(|step| !is_refused(step));
        let due = {
            let mut due = Told::new();
            for (client, text) in kept().flat_map(|step| &step.told.sent) {
                due.entry(*client).or_default().push_str(text);
            }
            due
        };
        let mut got = told_by(kept().map(|step| (step.action.at, step.action.event.clone())));
        got.values_mut().for_each(|text| {
            text.truncate(text.find("closed: ").unwrap_or(text.len()));
        });
        got.retain(|_, text| !text.is_empty());
        require_same("without errors", &got, &due)
    });
}

const CHILD: &str = "CHINWAG_TEST_CHILD";

/// F1: and so in another process, where addresses and hash seeds are others.
#[test]
fn f1_another_process_gives_the_same_outputs() {
    let own = long_run();
    if env::var_os(CHILD).is_some() {
        println!("{own}");
        return;
    }
    let name = "algebra::f1_another_process_gives_the_same_outputs";
    let child = Command::new(env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let printed = String::from_utf8(child.stdout).unwrap();
    let start = printed.find("chinwag transcript").expect("the child prints its run");
    assert_eq!(&printed[start..start + own.len()], own);
}

/// A run of two thousand operations, with what it causes.
fn long_run() -> String {
    let mut number: u32 = 1;
    let operations = (0..2000).map(|_| {
        // Knuth's multiplicative step; any fixed sequence that is varied enough would do.
        number = number.wrapping_mul(2_654_435_761).wrapping_add(12345);
        let [_, a, b, c] = number.to_le_bytes();
        Operation::decode(&Weights::default(), [c, a, b, c ^ a])
    });
    let run = Run::of(&operations.collect::<Vec<_>>());
    Transcript::record(Limits::default(), run.events()).to_string()
}
