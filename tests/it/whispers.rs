//! Whispers: laws B1 to B3.
//!
//! Not here: the laws about deleted whispers (`chinwag_harness::laws`).

use chinwag::chat::{Event, Message};
use chinwag_harness::Intent;
use chinwag_harness::laws::{private_purge, whisper_purge_of, whisperers};

use crate::support::laws::{every_run, line, messages, perform, require};

/// B1: a whisper or reply reaches exactly its addressee, unless the addressee ignores the sender. Without an
/// addressee only the sender is told; it is kept if the addressee is registered and not here.
#[test]
fn b1_a_whisper_reaches_its_addressee_alone() {
    every_run(|run| {
        for step in &run.steps {
            let (Intent::Whisper { .. } | Intent::Reply { .. }) = step.action.intent else {
                continue;
            };
            let Some(from) = step.client() else { continue };
            if !step.model.passes(from, &step.action.intent) {
                continue;
            }
            let addressee = step.model.addressee(from, &step.action.intent).map(|to| to.id);
            let reached = addressee.filter(|to| !step.model.ignores(*to, from));
            let got = messages(&step.outbox);
            for (to, message) in &got {
                let holds = match message {
                    Message::Whispered { .. } => reached.is_some_and(|reached| *to == [reached]),
                    Message::WhisperedTo { .. } | Message::Away { .. } => {
                        addressee.is_some() && *to == [from]
                    }
                    Message::Refused { .. } => addressee.is_none() && *to == [from],
                    Message::WhisperKept { username } => {
                        step.model.is_absent(username.as_str()) && *to == [from]
                    }
                    _ => false,
                };
                require(holds, || format!("a whisper caused {got:?}"))?;
            }
            let whispers =
                got.iter().filter(|(_, m)| matches!(m, Message::Whispered { .. })).count();
            require(whispers == usize::from(reached.is_some()), || format!("{got:?}"))?;
            require(!got.is_empty() || addressee.is_some(), || "no answer".to_owned())?;
        }
        Ok(())
    });
}

/// B2: deleting every whisper between two clients does not change a byte of what anyone else is sent.
#[test]
fn b2_a_whisper_changes_nothing_for_others() {
    every_run(|run| whisperers(run).into_iter().try_for_each(|pair| whisper_purge_of(run, pair)));
}

/// B2: deleting everything said and done in private rooms does not change a byte of what those clients are sent who
/// were never in a private room.
#[test]
fn b2_what_is_said_in_private_changes_nothing_for_others() {
    every_run(|run| private_purge(run, 0));
}

/// B3: a whisper goes to the holder of the name at that time: after a rename, to the new holder and not to the former
/// one.
#[test]
fn b3_a_whisper_goes_to_the_current_holder_of_a_name() {
    every_run(|run| {
        let [first, second, third, ..] = run.model.present()[..] else { return Ok(()) };
        let mut chat = run.chat.clone();
        for client in [first, second, third] {
            line(&mut chat, client, "/leave");
        }
        for (client, other) in [(first, third), (second, third)] {
            line(&mut chat, client, &format!("/unignore {}", run.model.person(other).name));
        }
        line(&mut chat, first, "/username former-name");
        line(&mut chat, first, "/username latter-name");
        line(&mut chat, second, "/username former-name");
        for (name, holder) in [("former-name", second), ("LATTER-name", first)] {
            let got = messages(&line(&mut chat, third, &format!("@{name} psst")));
            require(
                matches!(&got[..], [(to, Message::Whispered { .. }), ..] if *to == [holder]),
                || format!("a whisper to {name} caused {got:?}"),
            )?;
        }
        perform(&mut chat, Event::Disconnect { client: second, cause: chinwag::chat::Cause::Lost });
        let got = messages(&line(&mut chat, third, "@former-name psst"));
        require(matches!(&got[..], [(to, Message::Refused { .. })] if *to == [third]), || {
            format!("a whisper to nobody caused {got:?}")
        })
    });
}

/// The laws about deleted whispers are tested on sessions that have some.
#[test]
fn generated_sessions_do_whisper() {
    let seen = std::cell::Cell::new(0);
    every_run(|run| {
        seen.set(seen.get() + whisperers(run).len());
        Ok(())
    });
    assert!(seen.get() > 100, "{} pairs whisper", seen.get());
}
