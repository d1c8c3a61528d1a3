//! The laws of order: what people may do to each other, and what operators may do to them.
//!
//! Not here: what anyone is sent exactly (the model says that), and the other laws (`laws`).

use std::collections::{BTreeMap, BTreeSet};

use chinwag::chat::{
    Chat, ClientId, CloseReason, Event, Message, Origin, Output, Peer, Penalty, Refusal, Timestamp,
    Username,
};
use chinwag::wire::render;
use serde_json::Value;

use crate::coverage::about;
use crate::laws::tokens;
use crate::run::idle;
use crate::{Intent, Run, Step, perform_at, require};

/// L2: nothing that a user writes reaches anyone who ignores them: no text, recognised by its token, and no
/// name, except in lists of all users.
///
/// # Errors
///
/// What reaches whom.
pub fn ignoring(run: &Run, _: u8) -> Result<(), String> {
    let mut authors: BTreeMap<u64, (ClientId, Option<u64>)> = BTreeMap::new();
    for step in &run.steps {
        if let Event::Line { client, line } = &step.action.event {
            for token in tokens(line) {
                authors.entry(token).or_insert((*client, step.model.account_of(*client)));
            }
        }
        for output in step.outbox.iter() {
            let Output::Deliver { to, message } = output else { continue };
            if is_of_order(message) {
                continue;
            }
            let mut text = String::new();
            render(message, &mut text);
            let mut shown: BTreeSet<ClientId> = about(message).1.into_iter().collect();
            let by: Vec<_> = tokens(&text).filter_map(|token| authors.get(&token)).collect();
            shown.extend(by.iter().map(|(client, _)| *client));
            for reader in step.model.people.iter().filter(|person| to.contains(&person.id)) {
                let is_named = |ignored: &ClientId| match message {
                    Message::Present { usernames, .. } => {
                        let mut people = step.model.people.iter();
                        let ignored = people.find(|person| person.id == *ignored);
                        let is_it =
                            |name: &Username| ignored.is_some_and(|p| p.name == name.as_str());
                        usernames.iter().any(is_it)
                    }
                    _ => shown.contains(ignored),
                };
                // Those who are registered, also on the connections that they had before.
                let is_account = by.iter().any(|(_, account)| {
                    account.is_some_and(|id| step.model.account_ignores(reader.id, id))
                });
                require(!reader.ignores.iter().any(is_named) && !is_account, || {
                    format!("{} ignores {:?}, and is sent {text:?}", reader.id, reader.ignores)
                })?;
            }
        }
    }
    Ok(())
}

/// Whether it tells someone why they are kicked, banned or muted, or shows the acts of operators. That is no
/// speech, and ignoring an operator does not help against it.
fn is_of_order(message: &Message) -> bool {
    matches!(
        message,
        Message::Removed { .. }
            | Message::Sanctioned { .. }
            | Message::Sanctions { .. }
            | Message::Acts { .. }
            | Message::Refused { refusal: Refusal::Muted { .. }, .. }
    )
}

/// L3: a ban holds for every connection from its origin until its end, and not a millisecond longer; however much or
/// little happens meanwhile.
///
/// # Errors
///
/// Who is admitted, or is not.
pub fn bans(run: &Run, _: u8) -> Result<(), String> {
    for (index, (_, step, chat)) in run.machines().enumerate() {
        if matches!(step.action.intent, Intent::Impose { is_ban: true, .. }) {
            let model = run.steps.get(index + 1).map_or(&run.model, |next| &next.model);
            model.banned_origins().iter().try_for_each(|ban| holds(&chat, model.now, *ban))?;
        }
    }
    Ok(())
}

/// Requires that an origin is banned until then, or without an end.
fn holds(chat: &Chat, now: u64, (origin, until): (u64, Option<u64>)) -> Result<(), String> {
    let end = until.unwrap_or(u64::MAX);
    let middle = now + (end - now) / 2;
    for (at, is_banned) in [(now, true), (middle, true), (end - 1, true), (end, until.is_none())] {
        for has_idled in [false, true] {
            let mut chat = chat.clone();
            if has_idled {
                let (at, nothing) = idle(Timestamp(middle.min(at)));
                perform_at(&mut chat, at, nothing);
            }
            let turned_away = is_turned_away(&mut chat, at, Origin(origin));
            require(turned_away == is_banned, || {
                format!("a ban until {end}: who comes at {at} is turned away: {turned_away}")
            })?;
        }
    }
    Ok(())
}

fn is_turned_away(chat: &mut Chat, at: u64, origin: Origin) -> bool {
    let client = ClientId(chat.next_client());
    let event = Event::Connect { client, peer: Peer { origin } };
    let outbox = perform_at(chat, Timestamp(at), event);
    let outputs: Vec<_> = outbox.for_client(client).collect();
    matches!(
        outputs[..],
        [
            Output::Deliver { message: Message::Sanctioned { penalty: Penalty::Ban, .. }, .. },
            Output::Close { reason: CloseReason::Banned, .. },
        ]
    )
}

/// L4: nobody but operators changes what others may do: who is an operator, banned or muted, and which room is slow;
/// and only they close the connections of others. Only the configuration makes operators beside them, whoever gives up
/// a name gives up what it could do, and a room that ends is not slow any more. And nobody but owners of rooms, those
/// whom they trust and operators changes who is trusted, locks rooms, or puts others out.
///
/// # Errors
///
/// What changes, and by whom.
pub fn orders(run: &Run, _: u8) -> Result<(), String> {
    for (before, step, after) in run.machines() {
        let [old, new] = &[&before, &after].map(power);
        let intent = &step.action.intent;
        let governs = step.client().is_some_and(|client| step.model.present().contains(&client))
            && step.client().is_some_and(|client| step.model.governs(client));
        let is_decision = matches!(
            intent,
            Intent::Trust { .. }
                | Intent::Distrust { .. }
                | Intent::Remove { .. }
                | Intent::Lock { .. }
        );
        if !(is_decision && governs) {
            let mut both = old.rooms.iter().filter_map(|(id, was)| Some((was, new.rooms.get(id)?)));
            require(both.all(|(was, is)| was == is), || {
                format!("{intent:?} changes who decides about a room, or locks it")
            })?;
            let puts_out = |output: Output<'_>| {
                matches!(output, Output::Deliver { message: Message::PutOut { .. }, .. })
            };
            require(!step.outbox.iter().any(puts_out), || format!("{intent:?} puts someone out"))?;
        }
        if intent.is_for_operators() && is_by_operator(step)
            || matches!(intent, Intent::Appoint { .. })
        {
            continue;
        }
        require(new.bans == old.bans && new.mutes == old.mutes, || {
            format!("{intent:?} changes who is banned or muted")
        })?;
        let is_less = new.operators.is_subset(&old.operators) && new.slow.is_subset(&old.slow);
        require(is_less, || format!("{intent:?} makes an operator or a rule"))?;
        let closes = |output: Output<'_>| match output {
            Output::Close { client, reason: CloseReason::Removed } => Some(client),
            _ => None,
        };
        let closed = step.outbox.iter().find_map(closes);
        require(closed.is_none(), || format!("{intent:?} closes {closed:?}"))?;
    }
    Ok(())
}

fn is_by_operator(step: &Step) -> bool {
    step.client().is_some_and(|client| step.model.operators_here().contains(&client))
}

/// What decides what people may do, as a snapshot has it.
#[derive(PartialEq)]
struct Power {
    bans: Value,
    mutes: Value,
    operators: BTreeSet<String>,
    slow: BTreeSet<String>,
    /// For each room its owner with those who are trusted, and its lock.
    rooms: BTreeMap<String, String>,
}

fn power(chat: &Chat) -> Power {
    let snapshot: Value = serde_json::from_slice(&chat.snapshot().to_json()).expect("is JSON");
    let of = |list: &str, field: &str, off: Value| -> BTreeSet<String> {
        let all = snapshot[list].as_array().into_iter().flatten();
        let on = all.filter(|part| part[field] != off);
        // A room that begins anew has another id.
        let of_whom = |part: &Value| part.get("name").unwrap_or(&part["id"]).to_string();
        on.map(|part| format!("{} {}", of_whom(part), part[field])).collect()
    };
    let rooms = snapshot["rooms"].as_array().into_iter().flatten();
    let decides = |room: &Value| {
        (room["id"].to_string(), format!("{} {}", room["owner"], room["locked_until"]))
    };
    Power {
        rooms: rooms.map(decides).collect(),
        bans: snapshot["bans"].clone(),
        mutes: snapshot["mutes"].clone(),
        operators: of("accounts", "is_operator", Value::Bool(false)),
        slow: of("rooms", "slow", Value::Null),
    }
}
