//! Ignoring: invariant L2.
//!
//! Not here: the law itself (`chinwag_harness::laws`).

use std::cell::RefCell;
use std::collections::BTreeMap;

use chinwag_harness::laws::ignoring;
use chinwag_harness::{Meaning, Run};

use crate::laws::every_run;

/// L2: nothing that someone has written reaches anyone who ignores that one, by any way. Each of the ways is
/// tried: someone does it who is ignored in the room, or asks who ignores someone there.
#[test]
fn l2_nothing_reaches_who_ignores_its_author() {
    let tried: RefCell<BTreeMap<&str, u32>> = RefCell::default();
    every_run(|run| {
        count(run, &mut tried.borrow_mut());
        ignoring(run, 0)
    });
    let tried = tried.into_inner();
    assert_eq!(tried.len(), 14, "{tried:?}");
    assert!(tried.values().all(|times| *times >= 10), "{tried:?}");
}

fn count(run: &Run, tried: &mut BTreeMap<&'static str, u32>) {
    for step in &run.steps {
        let (model, meaning) = (&step.model, &step.action.meaning);
        let Some(client) = step.client().filter(|client| model.present().contains(client)) else {
            continue;
        };
        let mates = model.roommates(client);
        let is_ignored = mates.iter().any(|other| model.ignores(*other, client));
        let ignores = mates.iter().any(|other| model.ignores(client, *other));
        let addressee = model.addressee(client, meaning).map(|other| other.id);
        let one_ignores = addressee.is_some_and(|other| model.ignores(other, client));
        let ignores_one = addressee.is_some_and(|other| model.ignores(client, other));
        let ways = match meaning {
            Meaning::Say { .. } => [("says", is_ignored), ("", false)],
            Meaning::Act { .. } => [("acts", is_ignored), ("", false)],
            Meaning::Rename { .. } => [("takes a name", is_ignored), ("", false)],
            Meaning::Join { .. } | Meaning::Leave => [("moves", is_ignored), ("comes in", ignores)],
            Meaning::Topic { text: Some(_) } => [("sets a topic", is_ignored), ("", false)],
            Meaning::Topic { text: None } | Meaning::Rooms { .. } => {
                [("asks", ignores), ("", false)]
            }
            Meaning::History { .. } => [("asks for history", ignores), ("", false)],
            Meaning::Private | Meaning::Public => [("sets privacy", is_ignored), ("", false)],
            Meaning::Bye { .. } => [("says goodbye", is_ignored), ("", false)],
            Meaning::Whisper { .. } | Meaning::Reply { .. } => {
                [("whispers", one_ignores), ("whispers to one ignored", ignores_one)]
            }
            Meaning::Invite { .. } => [("invites", one_ignores), ("", false)],
            Meaning::Whois { .. } => [("asks who that is", ignores_one), ("", false)],
            _ => continue,
        };
        for (way, is_tried) in ways {
            if is_tried {
                *tried.entry(way).or_default() += 1;
            }
        }
    }
}
