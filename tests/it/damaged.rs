//! Snapshots that are damaged or made up: none does harm.
//!
//! Not here: snapshots that are as they were written (`snapshot`), and what errors say (`snapshot_errors`).

use std::cell::RefCell;
use std::collections::BTreeMap;

use chinwag::chat::{Cause, Chat, ClientId, Event};
use chinwag_harness::name_pool::{BODIES, NAMES};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::narrow;
use crate::snapshot::{restored, story};
use crate::support::laws::{every, line, perform, require};

/// Restores a snapshot.
pub(crate) fn of(value: &Value) -> Result<Chat, String> {
    restored(&serde_json::to_vec(value).unwrap())
}

/// A snapshot, to be changed.
pub(crate) fn value(chat: &Chat) -> Value {
    serde_json::from_slice(&chat.snapshot().to_json()).unwrap()
}

/// No beginning of a snapshot is one.
#[test]
fn a_truncated_snapshot_is_refused() {
    let json = story().snapshot().to_json();
    for length in 0..json.len() {
        assert!(restored(&json[..length]).is_err(), "{length} bytes");
    }
}

/// Whatever one bit becomes, nothing panics, and what is accepted is a whole state.
#[test]
fn no_flipped_bit_does_harm() {
    let mut json = story().snapshot().to_json();
    let mut accepted = 0;
    for place in 0..json.len() {
        let bit = 1 << (place % 8);
        json[place] ^= bit;
        if let Ok(chat) = restored(&json) {
            assert_eq!(chat.check(), Ok(()), "byte {place}");
            accepted += 1;
        }
        json[place] ^= bit;
    }
    assert!((1..json.len() / 2).contains(&accepted), "{accepted} of {}", json.len());
}

/// One change to a snapshot: of what kind, where, and to what.
type Change = (u8, u16, u16);

const NUMBERS: [u64; 8] = [0, 1, 2, 3, 50, u64::MAX / 2, i64::MAX as u64, u64::MAX];

/// What the machine never has in a snapshot, or seldom.
const NASTY: [&str; 12] = [
    "",
    " ",
    "\u{1B}[31mred",
    "\u{202E}",
    "server",
    "anonymous0",
    "anonymous18446744073709551615",
    "anonymous05",
    "Lobby",
    "lobby",
    "e\u{301}ve",
    "1",
];

/// Makes a change to a snapshot, if there is anything to change.
fn change(snapshot: &mut Value, (kind, at, to): Change) {
    let mut places = Vec::new();
    list("", snapshot, &mut places);
    let pick = |number: u16| places[usize::from(number) % places.len()].clone();
    let place = pick(at);
    let other = snapshot.pointer(&pick(to)).cloned().unwrap_or_default();
    if kind % 8 == 0 {
        return delete(snapshot, &place);
    }
    let Some(target) = snapshot.pointer_mut(&place) else { return };
    let to = usize::from(to);
    match (kind % 8, &mut *target) {
        (1, target) => *target = other,
        (2, Value::Array(items)) => items.extend(items.clone().first().cloned()),
        (2, Value::Object(fields)) => drop(fields.insert("more".to_owned(), other)),
        (3, target) => {
            let others = [json!(null), json!(true), json!([]), json!({}), json!(-1), json!(0.5)];
            target.clone_from(&others[to % others.len()]);
        }
        (4, Value::Array(items)) => items.reverse(),
        (_, Value::Number(number)) if to % 2 == 0 => {
            *target = json!(number.as_u64().map(|number| number.wrapping_add(1)));
        }
        (_, Value::Number(_)) => *target = json!(NUMBERS[to / 2 % NUMBERS.len()]),
        (_, Value::String(_)) => {
            let names = NAMES.iter().map(|name| name.typed);
            let texts = BODIES.iter().map(|body| body.0);
            *target = json!(NASTY.into_iter().chain(names).chain(texts).cycle().nth(to));
        }
        _ => {}
    }
}

/// The pointers to everything in a value.
fn list(at: &str, value: &Value, places: &mut Vec<String>) {
    places.push(at.to_owned());
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, field)| list(&format!("{at}/{name}"), field, places));
        }
        Value::Array(items) => {
            (0..)
                .zip(items)
                .for_each(|(index, item): (usize, _)| list(&format!("{at}/{index}"), item, places));
        }
        _ => {}
    }
}

fn delete(snapshot: &mut Value, place: &str) {
    let Some((parent, name)) = place.rsplit_once('/') else { return };
    match snapshot.pointer_mut(parent) {
        Some(Value::Object(fields)) => drop(fields.remove(name)),
        Some(Value::Array(items)) => drop(items.remove(name.parse().unwrap())),
        _ => {}
    }
}

/// Whatever is changed in a snapshot, nothing panics. What is accepted is a whole state that can be stored again, and
/// stays one whatever people do next.
#[test]
fn whatever_is_accepted_is_a_whole_state() {
    let changes = prop::collection::vec(any::<Change>(), 1..4);
    let counts = RefCell::new(BTreeMap::new());
    let of_story = value(&story());
    every(
        (any::<bool>(), narrow::some_limits(), narrow::steps(), changes),
        |(is_story, near, steps, changes)| {
            let mut snapshot = if *is_story {
                of_story.clone()
            } else {
                value(&narrow::perform(*near, steps).chat)
            };
            changes.iter().for_each(|made| change(&mut snapshot, *made));
            let outcome = of(&snapshot);
            *counts.borrow_mut().entry(outcome.is_ok()).or_insert(0) += 1;
            let Ok(mut chat) = outcome else { return Ok(()) };
            let again = restored(&chat.snapshot().to_json())?;
            require(again == chat, || format!("{again:?}\nis not\n{chat:?}"))?;
            go_on(&mut chat).map_err(|problem| format!("{problem}, from {snapshot}"))
        },
    );
    let counts = counts.into_inner();
    assert!(counts.values().all(|count| *count > 100), "{counts:?}");
}

/// Everyone does something in a restored state, and leaves.
fn go_on(chat: &mut Chat) -> Result<(), String> {
    chat.check()?;
    // No snapshot has this id.
    let newcomer = ClientId(987_654_321);
    perform(chat, Event::connect(newcomer));
    let snapshot = value(chat);
    let ids = snapshot["clients"].as_array().unwrap().iter();
    let ids: Vec<u64> = ids.map(|client| client["id"].as_u64().unwrap()).collect();
    for client in ids.into_iter().map(ClientId) {
        for said in [
            "hi",
            "/history",
            "/whois anonymous0",
            "/reply hi",
            "/join café",
            "/list",
            "/rooms",
            "/topic new",
        ] {
            line(chat, client, said);
            chat.check()?;
        }
        line(chat, newcomer, "/ignore zoe");
        perform(chat, Event::Disconnect { client, cause: Cause::Closed });
        chat.check()?;
    }
    perform(chat, Event::Shutdown);
    chat.check()
}
