//! Delivery: equality with the model, and laws A1 to A7.
//!
//! Not here: whispers (`whispers`), and lines of the running server (`simulator`).

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use chinwag::chat::{ClientId, Departure, Limits, Message, Output, Penalty};
use chinwag_harness::shrink::Shrinking;
use chinwag_harness::streams::Finding;
use chinwag_harness::{Intent, Operation, Person, Run, Target};
use proptest::prelude::*;

use crate::support::laws::{LENGTH, every, every_run, listed, messages, require};

/// After every event, every client has been sent exactly what the reference model expects.
#[test]
fn the_machine_is_as_the_model() {
    every_run(Run::check);
}

/// The same with limits small enough for sessions to reach them. Each limit makes a difference: with its usual value,
/// some session has other outputs.
#[test]
fn the_machine_is_as_the_model_within_small_limits() {
    let usual = Limits::default();
    let small = Limits {
        announce_below: 2,
        rooms: 2,
        keep_rooms: 240_000,
        history_lines: 3,
        history_recent: 2,
        invitations: 1,
        ignored: 1,
        list_users: 1,
        list_rooms: 1,
        ..Limits::default()
    };
    let one_as_usual = [
        ("announce_below", Limits { announce_below: usual.announce_below, ..small }),
        ("rooms", Limits { rooms: usual.rooms, ..small }),
        ("keep_rooms", Limits { keep_rooms: usual.keep_rooms, ..small }),
        ("history_lines", Limits { history_lines: usual.history_lines, ..small }),
        ("history_recent", Limits { history_recent: usual.history_recent, ..small }),
        ("invitations", Limits { invitations: usual.invitations, ..small }),
        ("list_users", Limits { list_users: usual.list_users, ..small }),
        ("list_rooms", Limits { list_rooms: usual.list_rooms, ..small }),
        ("ignored", Limits { ignored: usual.ignored, ..small }),
    ];
    let met = RefCell::new(BTreeSet::new());
    every(crowded(), |operations| {
        let run = Run::within(small.clone(), operations);
        run.check().map_err(|problem| run.report(&problem))?;
        for (name, limits) in &one_as_usual {
            let other = Run::within(limits.clone(), operations);
            let is_same = |client: &ClientId| run.sent_to(*client) == other.sent_to(*client);
            if !run.clients().iter().all(is_same) {
                met.borrow_mut().insert(*name);
            }
        }
        Ok(())
    });
    assert_eq!(met.into_inner(), one_as_usual.iter().map(|(name, _)| *name).collect());
}

/// Sessions of three clients that keep doing what is limited.
fn crowded() -> impl Strategy<Value = Vec<Operation>> {
    let step = (0..20, 0..3_u8, 0..3_u8).prop_map(|(kind, slot, other)| match kind {
        // cafe, Ian or 茶室.
        0 | 16 => Operation::Join { slot, room: 1 + 2 * other },
        1 => Operation::Leave { slot },
        2 | 3 | 12 | 14 | 15 | 17 => Operation::Invite { slot, whom: Target::Present(other) },
        4 => Operation::Ignore { slot, whom: Target::Present(other) },
        5 => Operation::Unignore { slot, whom: Target::Present(other) },
        6 => Operation::History { slot, count: other },
        7 => Operation::List { slot, word: 4 * other },
        8 => Operation::ListAll { slot, word: 4 * other },
        9 => Operation::Rooms { slot, part: other },
        10 => Operation::Whisper { slot, to: Target::Present(other), word: 0, body: 0 },
        13 => Operation::Private { slot },
        11 => Operation::Notices { slot, setting: other },
        _ => Operation::Say { slot, opening: 0, body: 0 },
    });
    let steps = prop::collection::vec(step, 0..LENGTH);
    Shrinking(steps.prop_map(|steps| [&[Operation::Connect; 3], &steps[..]].concat()))
}

/// A1: an accepted line reaches every member of its audience at that time exactly once, and nobody else. The audience
/// is the room without the sender and those who ignore the sender.
#[test]
fn a1_a_line_reaches_everyone_else_once() {
    every_run(|run| {
        for step in &run.steps {
            let (Intent::Say { text, .. } | Intent::Act { text, .. }) = &step.action.intent else {
                continue;
            };
            let Some(from) = step.client() else { continue };
            if !step.model.passes(from, &step.action.intent) {
                continue;
            }
            let mut audience = step.model.roommates(from);
            audience.retain(|client| *client != from && !step.model.ignores(*client, from));
            let reached: Vec<_> = messages(&step.outbox)
                .into_iter()
                .filter(|(_, message)| *message != Message::NoLongerAway)
                .map(|(to, message)| match message {
                    Message::Said { text, .. } | Message::Acted { text, .. } => {
                        (to, text.to_string())
                    }
                    other => (to, format!("{other:?}")),
                })
                .collect();
            let mut due = vec![(audience, text.clone())];
            due.retain(|(audience, _)| !audience.is_empty());
            require(reached == due, || format!("due {due:?}\ngot {reached:?}"))?;
        }
        Ok(())
    });
}

/// A2: nothing is delivered that nobody said. The sender shown is the one who said it, with the name held at that
/// time.
#[test]
fn a2_nothing_is_delivered_that_nobody_said() {
    every_run(|run| {
        for step in &run.steps {
            for output in step.outbox.iter() {
                let Output::Deliver { message, .. } = output else { continue };
                let (from, text) = match message {
                    Message::Said { from, text }
                    | Message::Acted { from, text }
                    | Message::Whispered { from, text } => (from, text),
                    _ => continue,
                };
                let (Intent::Say { text: said, .. }
                | Intent::Act { text: said, .. }
                | Intent::Whisper { text: said, .. }
                | Intent::Reply { text: said, .. }) = &step.action.intent
                else {
                    return Err(format!("nobody said {text}"));
                };
                require(text.as_str() == said, || format!("{said:?} was said, not {text:?}"))?;
                require(Some(from.client) == step.client(), || format!("{from:?} did not say it"))?;
                let name = &step.model.person(from.client).name;
                require(from.username.as_str() == name, || format!("{from:?} is {name}"))?;
            }
        }
        Ok(())
    });
}

/// A3: no two clients receive two messages in different orders.
#[test]
fn a3_everyone_sees_one_order() {
    none_of(|finding| matches!(finding, Finding::Disagreement { .. }));
}

/// A4: each client's lines arrive in the order in which it sent them, without gaps.
#[test]
fn a4_each_sender_is_first_in_first_out() {
    none_of(|finding| matches!(finding, Finding::Reordered { .. } | Finding::Lost { .. }));
}

/// A5: clients that are present over the same stretch receive the same of what is due to both.
#[test]
fn a5_those_who_are_there_together_agree() {
    none_of(|finding| matches!(finding, Finding::Gap { .. }));
}

/// A6: a client's own `/list`, updated by the notices since, gives exactly the members of the room after every event.
/// It leaves out ignored users, of whom the client is told nothing, and applies to clients with notices on.
#[test]
fn a6_the_notices_tell_who_is_there() {
    every_run(|run| {
        let mut views: BTreeMap<ClientId, BTreeSet<String>> = BTreeMap::new();
        for (index, (_, step, after)) in run.machines().enumerate() {
            let model = run.steps.get(index + 1).map_or(&run.model, |next| &next.model);
            for client in model.present() {
                let person @ Person { notices, .. } = model.person(client);
                let ignored = model.ignored_now(person).into_iter();
                let ignored: Vec<&str> =
                    ignored.map(|other| model.person(other).name.as_str()).collect();
                let was = step.model.people.iter().find(|was| was.id == client);
                let chooses = was.is_some_and(|was| was.ignores != person.ignores);
                let enters = step.outbox.for_client(client).any(|output| {
                    let Output::Deliver { message, .. } = output else { return false };
                    matches!(message, Message::Welcome | Message::Entered { .. })
                });
                if !*notices {
                    views.remove(&client);
                    continue;
                }
                let listed = || {
                    let mut names: BTreeSet<String> = listed(&after, client).into_iter().collect();
                    names.retain(|name| !ignored.contains(&name.as_str()));
                    names
                };
                if enters || chooses || !views.contains_key(&client) {
                    views.insert(client, listed());
                    continue;
                }
                let view = views.entry(client).or_default();
                for output in step.outbox.for_client(client) {
                    let Output::Deliver { message, .. } = output else { continue };
                    match message {
                        Message::Connected { who } | Message::Joined { who } => {
                            view.insert(who.username.to_string());
                        }
                        Message::Disconnected { who, .. } | Message::Left { who } => {
                            view.remove(who.username.as_str());
                        }
                        Message::Renamed { who, to } => {
                            view.remove(who.username.as_str());
                            view.insert(to.to_string());
                        }
                        _ => {}
                    }
                }
                let listed = listed();
                require(*view == listed, || {
                    format!("by its notices {client} knows {view:?}, but the list is {listed:?}")
                })?;
            }
        }
        Ok(())
    });
}

/// A7: a client is sent nothing before it connects, and nothing after it leaves.
#[test]
fn a7_nothing_before_joining_and_nothing_after_leaving() {
    every_run(|run| {
        for (index, step) in run.steps.iter().enumerate() {
            let model = run.steps.get(index + 1).map_or(&run.model, |next| &next.model);
            let (before, after) = (step.model.present(), model.present());
            let mut closed = Vec::new();
            for output in step.outbox.iter() {
                match output {
                    Output::Close { client, .. } => closed.push(client),
                    Output::Ask { client, .. } => {
                        require(after.contains(&client), || format!("{client} is asked"))?;
                    }
                    Output::Deliver { to, message } => {
                        let may = |client: &ClientId| match message {
                            Message::ShuttingDown
                            | Message::TakenOver
                            | Message::Removed { .. } => before.contains(client),
                            // Who is banned with others sees them go.
                            Message::Disconnected { how: Departure::Removed, .. } => {
                                before.contains(client) && !closed.contains(client)
                            }
                            Message::Sanctioned { penalty: Penalty::Ban, .. } => {
                                before.contains(client) || step.client() == Some(*client)
                            }
                            _ => after.contains(client) && !closed.contains(client),
                        };
                        require(to.iter().all(may), || format!("{message:?} went to {to:?}"))?;
                    }
                }
            }
            if let Some(newcomer) = after.iter().find(|client| !before.contains(client)) {
                let first = step.outbox.for_client(*newcomer).next();
                let is_banner =
                    matches!(first, Some(Output::Deliver { message: Message::Welcome, .. }));
                require(is_banner, || format!("{newcomer} was first sent {first:?}"))?;
            }
        }
        Ok(())
    });
}

/// The stream checkers find no violation of any kind: no duplicates, no phantoms, no leaks, nothing before the
/// banner.
#[test]
fn the_stream_checkers_find_nothing() {
    none_of(|_| true);
}

/// Requires that the stream checkers find no violation of this kind.
#[track_caller]
fn none_of(kind: impl Fn(&Finding) -> bool) {
    every_run(|run| {
        let mut findings = run.streams().findings();
        findings.retain(&kind);
        require(findings.is_empty(), || format!("{findings:?}"))
    });
}
