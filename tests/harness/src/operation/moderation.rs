//! What the operations of operators and of owners of rooms amount to: the line, and its meaning.
//!
//! Not here: all other operations (`operation`).

use chinwag::chat::ClientId;

use super::{pick, pick_slot};
use crate::name_pool::BODIES;
use crate::{Intent, Model};

/// How long a ban or a mute is to hold, as typed and in milliseconds.
const PERIODS: [(&str, Option<u64>); 6] = [
    ("", None),
    ("1m ", Some(60_000)),
    ("for 3M ", Some(180_000)),
    ("600s ", Some(600_000)),
    ("FOR 2h ", Some(7_200_000)),
    ("2m ", Some(120_000)),
];

/// The rooms that are made slow, and how slow, as typed: in seconds, and whether only for guests.
const PACES: [(&str, Option<(u64, bool)>); 6] = [
    ("lobby 90", Some((90, false))),
    ("LOBBY off", None),
    ("lobby 150 guests", Some((150, true))),
    ("cafe 61", Some((61, false))),
    ("lobby 1", Some((1, false))),
    ("nowhere 10", Some((10, false))),
];

/// Who does it: mostly an operator, if there is one.
pub(super) fn author(model: &Model, slot: u8) -> Option<ClientId> {
    let operators = model.operators_here();
    match operators.is_empty() || slot.is_multiple_of(4) {
        true => pick_slot(model, slot),
        false => Some(operators[usize::from(slot / 4) % operators.len()]),
    }
}

/// A kick, a ban or a mute of the user with this name, or the end of one. `tag` is the token of its reason.
pub(super) fn sanction(model: &Model, name: &str, word: u8, tag: &str) -> (String, Intent) {
    let (kind, word) = (word % 8, word / 8);
    let origin = model.holder(name).filter(|_| word % 4 == 3).map(|person| person.origin);
    let whom = origin.map_or(name.to_owned(), |origin| format!("origin:{origin:x}"));
    let reason = if word % 2 == 0 { format!("{tag}spam") } else { String::new() };
    let (typed, period) = *pick(&PERIODS, word);
    let is_ban = kind % 2 == 0;
    let word = if is_ban { "ban" } else { "mute" };
    match kind {
        0..4 => {
            let line = format!("/{word} {whom} {typed}{reason}");
            (line, Intent::Impose { is_ban, whom, period, reason })
        }
        4..7 => (format!("/un{word} {whom}"), Intent::Lift { is_ban, whom }),
        _ => (format!("/kick {name}: {reason}"), Intent::Kick { name: name.to_owned(), reason }),
    }
}

/// Any other command of an operator, which may be about the account with this name.
pub(super) fn order(name: String, word: u8, tag: &str) -> (String, Intent) {
    let (kind, word) = (word % 8, word / 8);
    match kind {
        0 => (format!("/op {name}"), Intent::Op { name }),
        1 => (format!("/deop {name}"), Intent::Deop { name }),
        2 | 3 => {
            let (typed, pace) = *pick(&PACES, word);
            let room = typed.split(' ').next().unwrap_or_default();
            (format!("/slow {typed}"), Intent::Slow { room, pace })
        }
        4 => {
            let (body, shown) = pick(&BODIES, word);
            (format!("/announce {tag}{body}"), Intent::Announce { text: format!("{tag}{shown}") })
        }
        5 => ("/bans".to_owned(), Intent::Bans),
        6 => ("/audit".to_owned(), Intent::Audit { count: usize::MAX }),
        _ => {
            let count = word % 4 + 1;
            (format!("/audit {count}"), Intent::Audit { count: count.into() })
        }
    }
}

/// Who decides about a room: mostly someone who may, if there is anyone.
pub(super) fn ruler(model: &Model, slot: u8) -> Option<ClientId> {
    let rulers = model.rulers();
    match rulers.is_empty() || slot.is_multiple_of(4) {
        true => pick_slot(model, slot),
        false => Some(rulers[usize::from(slot / 4) % rulers.len()]),
    }
}

/// A decision about a room: about the account with the first name, or the user with the second.
pub(super) fn govern(trusted: String, name: String, word: u8) -> (String, Intent) {
    match word % 8 {
        0 | 1 => (format!("/trust {trusted}"), Intent::Trust { name: trusted }),
        2 => (format!("/distrust {trusted}"), Intent::Distrust { name: trusted }),
        3 | 4 => (format!("/remove {name}"), Intent::Remove { name }),
        5 => ("/lock 2M".to_owned(), Intent::Lock { period: Some(120_000) }),
        6 => ("/lock 1h".to_owned(), Intent::Lock { period: Some(3_600_000) }),
        _ => ("/lock off".to_owned(), Intent::Lock { period: None }),
    }
}
