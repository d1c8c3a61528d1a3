//! Ignoring: law L2.
//!
//! Not here: the law itself (`chinwag_harness::laws`).

use std::cell::RefCell;
use std::collections::BTreeMap;

use chinwag_harness::order::ignoring;
use chinwag_harness::{Intent, Run};

use crate::support::laws::every_run;

/// L2: nothing that a user writes reaches anyone who ignores them, in any way. Every way is tried: an ignored user
/// acts in the room, or a user asks about someone they ignore.
#[test]
fn l2_nothing_reaches_users_who_ignore_its_author() {
    let tried: RefCell<BTreeMap<&str, u32>> = RefCell::default();
    every_run(|run| {
        count(run, &mut tried.borrow_mut());
        ignoring(run, 0)
    });
    let tried = tried.into_inner();
    assert_eq!(tried.len(), 14, "{tried:?}");
    assert!(tried.values().all(|times| *times >= 10), "{tried:?}");
}

/// Counts which ways a session tries.
fn count(run: &Run, tried: &mut BTreeMap<&'static str, u32>) {
    for step in &run.steps {
        let (model, intent) = (&step.model, &step.action.intent);
        let Some(client) = step.client().filter(|client| model.present().contains(client)) else {
            continue;
        };
        let mates = model.roommates(client);
        let is_ignored = mates.iter().any(|other| model.ignores(*other, client));
        let ignores = mates.iter().any(|other| model.ignores(client, *other));
        let addressee = model.addressee(client, intent).map(|other| other.id);
        let one_ignores = addressee.is_some_and(|other| model.ignores(other, client));
        let ignores_one = addressee.is_some_and(|other| model.ignores(client, other));
        let ways = match intent {
            Intent::Say { .. } => [("says", is_ignored), ("", false)],
            Intent::Act { .. } => [("acts", is_ignored), ("", false)],
            Intent::Rename { .. } => [("takes a name", is_ignored), ("", false)],
            Intent::Join { .. } | Intent::Leave => [("moves", is_ignored), ("comes in", ignores)],
            Intent::Topic { text: Some(_) } => [("sets a topic", is_ignored), ("", false)],
            Intent::Topic { text: None } | Intent::Rooms { .. } => [("asks", ignores), ("", false)],
            Intent::History { .. } => [("asks for history", ignores), ("", false)],
            Intent::Private | Intent::Public => [("sets privacy", is_ignored), ("", false)],
            Intent::Bye { .. } => [("says goodbye", is_ignored), ("", false)],
            Intent::Whisper { .. } | Intent::Reply { .. } => {
                [("whispers", one_ignores), ("whispers to one ignored", ignores_one)]
            }
            Intent::Invite { .. } => [("invites", one_ignores), ("", false)],
            Intent::Whois { .. } => [("asks who that is", ignores_one), ("", false)],
            _ => continue,
        };
        for (way, is_tried) in ways {
            if is_tried {
                *tried.entry(way).or_default() += 1;
            }
        }
    }
}
