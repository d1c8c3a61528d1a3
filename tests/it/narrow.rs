//! Long sessions with few names: three clients, three rooms besides the lobby, the same settings changed back and
//! forth; with small limits, and a clock that jumps.
//!
//! Not here: broad sessions within the usual limits (`delivery`).

use std::cell::RefCell;
use std::collections::BTreeMap;

use chinwag::chat::{Limits, Timestamp};
use chinwag_harness::coverage::Situations;
use chinwag_harness::laws::judge;
use chinwag_harness::{Operation, Run, Target};
use proptest::prelude::*;

use crate::support::laws::every;

/// The usual limits, except that those whose bit is set are small.
fn limits(near: u16) -> Limits {
    let usual = Limits::default();
    let near =
        |bit: u16, small: usize, usual: usize| if near >> bit & 1 == 1 { small } else { usual };
    Limits {
        announce_below: near(0, 3, usual.announce_below),
        rooms: near(1, 2, usual.rooms),
        history_lines: near(2, 3, usual.history_lines),
        history_recent: near(3, 2, near(4, 2, usual.history_recent)),
        history_shown: near(4, 3, usual.history_shown),
        invitations: near(5, 2, usual.invitations),
        ignored: near(6, 1, usual.ignored),
        list_users: near(7, 1, usual.list_users),
        list_rooms: near(8, 1, usual.list_rooms),
        // A line in these sessions counts some 145 bytes.
        history_room_bytes: near(9, 500, near(10, 500, usual.history_room_bytes)),
        history_bytes: near(10, 700, usual.history_bytes),
        reply: near(11, 450, usual.reply),
        keep_rooms: near(12, 600_000, near(13, 7_200_000, usual.keep_rooms)),
        kept_whispers: near(6, 2, usual.kept_whispers),
        // A whisper in these sessions counts some 145 bytes.
        kept_bytes: near(9, 300, usual.kept_bytes),
        accounts: near(14, 1, usual.accounts),
        tries: near(15, 1, usual.tries),
        tries_window: near(14, 600_000, usual.tries_window),
        ..usual
    }
}

/// In half of the sessions no limit is small. In the others a quarter of them are, and half of those that are rarely
/// reached.
pub(crate) fn some_limits() -> impl Strategy<Value = u16> {
    (any::<u16>(), any::<u16>(), any::<bool>())
        .prop_map(|(one, other, none)| if none { 0 } else { one & (other | 0b1_1001_0000_0100) })
}

/// An operation once, by several clients in a row, or back and forth.
fn burst() -> impl Strategy<Value = Vec<Operation>> {
    let say = |slot| Operation::Say { slot, opening: 0, body: 0 };
    let one = (0..40_u8, 0..4_u8, 0..4_u8).prop_map(move |(kind, slot, other)| {
        let whom = Target::Present(other);
        match kind {
            // cafe, Ian, or rarely a third room.
            0..5 => Operation::Join { slot, room: 1 + 2 * (other % 3) },
            5 => Operation::Leave { slot },
            6..9 => Operation::Private { slot },
            9..12 => Operation::Public { slot },
            12..14 => Operation::Topic { slot, body: other },
            14 | 15 => Operation::History { slot, count: other },
            16 => Operation::Whois { slot, of: whom },
            17 => Operation::Away { slot, body: other },
            18 | 19 => Operation::Whisper { slot, to: whom, word: 0, body: 0 },
            20 => Operation::Reply { slot, body: 0 },
            21 => Operation::Ignore { slot, whom },
            22 => Operation::Unignore { slot, whom },
            23 => Operation::Notices { slot, setting: other },
            24 | 25 => Operation::Invite { slot, whom },
            26 => Operation::List { slot, word: 4 * other },
            27 => Operation::ListAll { slot, word: 4 * other },
            28 => Operation::Rooms { slot, part: other },
            29 => Operation::Disconnect { slot, cause: other },
            30 | 31 => Operation::Connect,
            32 => Operation::Rename { slot, name: other, word: 0 },
            33 => Operation::Ignored { slot },
            34 if other == 0 => Operation::Restart,
            _ => say(slot),
        }
    });
    let alone = one.clone().prop_map(|one| vec![one]);
    let by_all = one.prop_map(|one| vec![one, slotted(one, 1), slotted(one, 2)]);
    let back_and_forth = (0..3_u8, 0..4_u8, 1..4_usize).prop_map(move |(kind, slot, times)| {
        let [there, back] = match kind {
            0 => [Operation::Private { slot }, Operation::Public { slot }],
            1 => [Operation::Join { slot, room: 1 }, Operation::Leave { slot }],
            _ => {
                let whom = Target::Present(slot + 1);
                [Operation::Ignore { slot, whom }, Operation::Unignore { slot, whom }]
            }
        };
        [there, say(slot), back, say(slot + 1)].repeat(times)
    });
    // An ignored client leaves, and others are ignored.
    let ignored_in_turn = (0..4_u8).prop_map(|slot| {
        let gone = Operation::Disconnect { slot: slot + 1, cause: 0 };
        let ignore = |next| Operation::Ignore { slot, whom: Target::Present(slot + next) };
        vec![ignore(1), gone, Operation::Connect, ignore(2), ignore(1)]
    });
    // A room with much history ends.
    let much = (0..4_u8).prop_map(move |slot| {
        let mut all = vec![say(slot); 32];
        all.insert(0, Operation::Join { slot, room: 1 });
        all.push(Operation::Leave { slot });
        all
    });
    prop_oneof![
        24 => alone,
        4 => by_all,
        3 => back_and_forth,
        1 => ignored_in_turn,
        1 => much,
        4 => about_accounts(),
    ]
}

/// Names are registered, taken back and given up, and whispers left for those who are not here.
fn about_accounts() -> impl Strategy<Value = Vec<Operation>> {
    (0..8_u8, 0..4_u8, 0..4_u8).prop_map(|(kind, slot, other)| {
        let answer = |kind| Operation::Answer { slot, kind };
        let rename = Operation::Rename { slot, name: other, word: 0 };
        match kind {
            0 | 1 => vec![rename, Operation::Register { slot }, answer(0)],
            2 => vec![Operation::Register { slot }, rename, answer(0)],
            3 => vec![Operation::LogIn { slot, account: other }, answer(0)],
            4 => vec![Operation::LogIn { slot, account: other }, answer(5 * other)],
            5 => vec![Operation::WhisperTo { slot, account: other, body: 0 }; 3],
            6 => vec![Operation::ChangePassword { slot }, answer(0), answer(5 * other)],
            _ => vec![
                Operation::Hide { slot, setting: other },
                Operation::Unregister { slot },
                answer(5 * other),
                Operation::Seen { slot, account: other },
            ],
        }
    })
}

/// Such sessions: what is done next, and how far the clock jumps before it.
pub(crate) fn steps() -> impl Strategy<Value = Vec<(Vec<Operation>, i64)>> {
    let jump = prop_oneof![6 => Just(60_000_i64), 1 => Just(-1), 1 => -90_000_000..90_000_000_i64];
    prop::collection::vec((burst(), jump), 0..80)
}

/// Performs such a session, of three people to begin with.
pub(crate) fn perform(near: u16, steps: &[(Vec<Operation>, i64)]) -> Run {
    let mut run = Run::new(limits(near));
    let (mut now, mut token) = (0_u64, 0);
    let first = (vec![Operation::Connect; 3], 0_i64);
    for (operations, jump) in std::iter::once(&first).chain(steps) {
        now = now.saturating_add_signed(*jump) % 86_400_000;
        for operation in operations {
            let Some(mut action) = operation.resolve(&run.model, token) else { continue };
            action.at = Timestamp(now);
            token += 1;
            run.perform(action);
        }
    }
    run
}

/// The same operation by another client.
fn slotted(operation: Operation, by: u8) -> Operation {
    match operation {
        Operation::Join { slot, room } => Operation::Join { slot: slot + by, room },
        Operation::Say { slot, opening, body } => Operation::Say { slot: slot + by, opening, body },
        Operation::Whisper { slot, to, word, body } => {
            Operation::Whisper { slot: slot + by, to, word, body }
        }
        Operation::Ignore { slot, whom } => Operation::Ignore { slot: slot + by, whom },
        other => other,
    }
}

/// Situations that these sessions must reach; otherwise the property says little.
const REACHED: [&str; 23] = [
    "a name has another holder",
    "a restart with people there",
    "an empty private room begins anew",
    "entered a new room",
    "history",
    "invited",
    "made private",
    "made public",
    "kept whispers",
    "not invited",
    "nothing more is kept",
    "outdated answer",
    "registered",
    "some have come or left",
    "someone comes back to an empty private room",
    "someone comes back to an empty room",
    "someone connects after all have left",
    "something is said in private",
    "taken over",
    "too many accounts",
    "too many tries",
    "whois of someone in private",
    "you are away",
];

/// The machine matches the model in long sessions with few names, with any small limits and a clock that jumps within
/// a day. Within the usual limits all laws hold too.
#[test]
fn few_things_changed_often() {
    let situations = RefCell::new(Situations::default());
    every((some_limits(), steps(), any::<[u8; 3]>()), |(near, steps, draw)| {
        let run = perform(*near, steps);
        situations.borrow_mut().add(&run);
        // The laws assume the usual limits: with small ones, lines said in private or in another room displace older
        // history.
        let judged = if *near & 0xFFF == 0 { judge(&run, *draw) } else { run.check() };
        judged.map_err(|problem| run.report(&problem))
    });
    let counts: BTreeMap<_, _> = situations.into_inner().counts;
    let missing: Vec<_> = REACHED.iter().filter(|name| !counts.contains_key(**name)).collect();
    assert_eq!(missing, [&""; 0], "of {counts:#?}");
}
