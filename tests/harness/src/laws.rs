//! Metamorphic laws: each runs a session again in a changed form, and compares the outputs with those of the
//! first run. No law knows what the correct outputs are.
//!
//! Where a law has a choice, such as where to cut the session, a drawn number decides.
//!
//! Not here: the laws of restarts (`restarts`) and of order (`order`), laws about single steps or states (`tests/it`).

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};

use chinwag::chat::{Chat, ClientId, Event, Message, Output, Snapshot, Timestamp};
use chinwag::wire::transcript::Entry;

use crate::diff::{self, LEGEND};
use crate::order::{bans, ignoring, orders};
use crate::restarts::{private_before_restart, restarting};
use crate::run::{idle, renamed, replay};
use crate::{Intent, Person, Reach, Run, Step, Told, fuzz, perform_at, require};

/// A law: it must hold for every session and every drawn number.
pub type Law = fn(&Run, u8) -> Result<(), String>;

/// All laws with their names.
pub const LAWS: [(&str, Law); 15] = [
    ("B2, purging of whispers", whisper_purge),
    ("B2, purging of what is private", private_purge),
    ("F1, repetition", repetition),
    ("F2, prefix", prefix),
    ("F3, relabelling", relabelling),
    ("F4, continuation of a copy", continuation),
    ("F5, commutation", commutation),
    ("errors leave no trace", error_erasure),
    ("G1, chunking", chunking),
    ("K4, restoration", restoration),
    ("L2, ignoring", ignoring),
    ("L3, bans", bans),
    ("L4, orders", orders),
    ("D3, restarting", restarting),
    ("K5, what is private before a restart", private_before_restart),
];

/// Judges a whole session: compares it with the model, runs the stream checkers, and tests one or two laws,
/// which the numbers select.
///
/// # Errors
///
/// The violation.
pub fn judge(run: &Run, [one, other, draw]: [u8; 3]) -> Result<(), String> {
    run.check()?;
    let findings = run.streams().findings();
    require(findings.is_empty(), || format!("{findings:?}"))?;
    let drawn = [Some(one), other.checked_sub(128)].into_iter().flatten();
    for (name, law) in drawn.map(|index| LAWS[usize::from(index) % LAWS.len()]) {
        law(run, draw).map_err(|problem| format!("{name}: {problem}"))?;
    }
    Ok(())
}

/// F1: the same events produce the same outputs and the same state.
///
/// # Errors
///
/// The difference.
pub fn repetition(run: &Run, _: u8) -> Result<(), String> {
    let mut chat = run.empty_chat();
    for step in &run.steps {
        let outbox = perform_at(&mut chat, step.action.at, step.action.event.clone());
        require(outbox == step.outbox, || {
            let event = Entry::Event(step.action.event.clone());
            format!("`{event}` again {LEGEND}: {}", diff::debug(&step.outbox, &outbox))
        })?;
    }
    require_same_state("the same events again", &chat, &run.chat)
}

/// F2: the outputs of a prefix of a session are a prefix of its outputs.
///
/// # Errors
///
/// The difference.
pub fn prefix(run: &Run, draw: u8) -> Result<(), String> {
    let cut = part(run.steps.len() + 1, draw);
    let whole = sent(run.steps.iter().map(|step| &step.told));
    for (client, text) in sent(replay(&mut run.empty_chat(), run.events().take(cut))) {
        let all = whole.get(&client).map_or("", String::as_str);
        require(all.starts_with(&text), || {
            let lines = text.split_inclusive('\n').count();
            let beginning: String = all.split_inclusive('\n').take(lines).collect();
            let diff = diff::text(&beginning, &text);
            format!("the first {cut} steps {LEGEND}\nclient {client}:\n{diff}")
        })?;
    }
    Ok(())
}

/// F3: if clients get other ids, the outputs are addressed to the new ids and otherwise the same.
///
/// # Errors
///
/// The difference.
pub fn relabelling(run: &Run, _: u8) -> Result<(), String> {
    // Also reverses the order of the ids.
    let name = |client: ClientId| ClientId(u64::MAX - 1 - 7 * client.0);
    let clients = run.clients();
    let event = |step: &Step| match step.client().is_none_or(|client| clients.contains(&client)) {
        true => (step.action.at, renamed(step.action.event.clone(), name)),
        // What absent clients do has no effect, but the time passes.
        false => idle(step.action.at),
    };
    let got = sent(replay(&mut run.empty_chat(), run.steps.iter().map(event)));
    let due = sent(run.steps.iter().map(|step| &step.told));
    let due = due.into_iter().map(|(client, text)| (name(client), text)).collect();
    require_same("with other ids", &got, &due)
}

/// F4: a clone of the state, taken at any time, equals it and behaves the same from then on.
///
/// # Errors
///
/// The difference.
pub fn continuation(run: &Run, draw: u8) -> Result<(), String> {
    let cut = part(run.steps.len() + 1, draw);
    let mut chat = run.empty_chat();
    replay(&mut chat, run.events().take(cut)).for_each(drop);
    let mut copy = chat.clone();
    require_same_state("a copy", &copy, &chat)?;
    let got = sent(replay(&mut copy, run.events().skip(cut)));
    require_same("a copy", &got, &sent(run.steps[cut..].iter().map(|step| &step.told)))?;
    require_same_state("a copy afterwards", &copy, &run.chat)
}

/// K4: a snapshot of the state, taken at any point and read again from JSON, restores the state, with the same
/// future.
///
/// # Errors
///
/// What differs, or why it is refused.
pub fn restoration(run: &Run, draw: u8) -> Result<(), String> {
    let cut = part(run.steps.len() + 1, draw);
    let mut chat = run.empty_chat();
    replay(&mut chat, run.events().take(cut)).for_each(drop);
    let json = chat.snapshot().to_json();
    let restored = Snapshot::from_json(&json).and_then(Chat::restore);
    let mut restored = restored.map_err(|error| format!("{chat:?}\nis refused: {error}"))?;
    require(restored == chat, || format!("{restored:?}\nis not\n{chat:?}"))?;
    let got = sent(replay(&mut restored, run.events().skip(cut)));
    require_same("restored", &got, &sent(run.steps[cut..].iter().map(|step| &step.told)))
}

/// F5: events in different rooms commute; nobody can tell in which order they came.
///
/// # Errors
///
/// The difference.
pub fn commutation(run: &Run, draw: u8) -> Result<(), String> {
    let mut chat = run.chat.clone();
    let line = |client, line: &str| (Timestamp(0), Event::Line { client, line: line.into() });
    // Who is muted cannot create a room, and stays.
    let present = run.model.present().into_iter();
    let present: Vec<_> = present.filter(|client| !run.model.is_muted(*client)).collect();
    let (left, right) = present.split_at(part(present.len() + 1, draw));
    for (join, clients) in [("/join left-hand", left), ("/join right-hand", right)] {
        replay(&mut chat, clients.iter().map(|client| line(*client, join))).for_each(drop);
    }
    let doings = |clients: &[ClientId]| -> Vec<_> {
        let lines = ["hello", "/me waves", "/topic news", "/list", "/history 9", "/away", "hi"];
        clients.iter().flat_map(|client| lines.map(|text| line(*client, text))).collect()
    };
    let one = sent(replay(&mut chat.clone(), [doings(left), doings(right)].concat()));
    let other = sent(replay(&mut chat, [doings(right), doings(left)].concat()));
    require_same("the other room first", &other, &one)
}

/// Errors leave no trace: without the refused lines, everyone is sent the same except for the refusals.
///
/// # Errors
///
/// The difference.
pub fn error_erasure(run: &Run, _: u8) -> Result<(), String> {
    let is_refusal = |output: Output<'_>| {
        matches!(output, Output::Deliver { message: Message::Refused { .. }, .. })
    };
    let is_refused = |step: &Step| step.outbox.iter().any(is_refusal);
    let events = without(run, is_refused);
    let kept = run.steps.iter().filter(|step| !is_refused(step));
    let got = sent(replay(&mut run.empty_chat(), events));
    require_same("without errors", &got, &sent(kept.map(|step| &step.told)))
}

/// B2: deleting every whisper between two clients, selected by the drawn number, does not change a byte of what
/// anyone else is sent.
///
/// # Errors
///
/// The difference.
pub fn whisper_purge(run: &Run, draw: u8) -> Result<(), String> {
    let pairs = whisperers(run);
    pairs.get(part(pairs.len(), draw)).map_or(Ok(()), |pair| whisper_purge_of(run, *pair))
}

/// All pairs of a client that whispers and its addressee.
#[must_use]
pub fn whisperers(run: &Run) -> Vec<(ClientId, ClientId)> {
    let pairs: BTreeSet<_> = run.steps.iter().flat_map(whispers).collect();
    pairs.into_iter().collect()
}

/// B2 for a given pair of clients.
///
/// # Errors
///
/// The difference.
pub fn whisper_purge_of(run: &Run, (one, other): (ClientId, ClientId)) -> Result<(), String> {
    let is_between = |pair| pair == (one, other) || pair == (other, one);
    let is_purged = |step: &Step| whispers(step).into_iter().any(is_between);
    let others = |client: &ClientId| *client != one && *client != other;
    purge(&format!("without what {one} and {other} whisper"), run, is_purged, others)
}

/// The pairs of sender and addressee in a step. A refused `/reply` counts too, if the partner has left or the
/// reply could be for either of two users.
fn whispers(step: &Step) -> Vec<(ClientId, ClientId)> {
    let Some(from) = step.client() else { return Vec::new() };
    let to: Vec<ClientId> = match (step.action.intent.reach(), &step.action.intent) {
        (Reach::User, Intent::Reply { .. }) => {
            let Person { partner, interrupter, .. } = step.model.person(from);
            [partner, interrupter].into_iter().flatten().map(|(client, _)| *client).collect()
        }
        (Reach::User, intent) => {
            step.model.addressee(from, intent).map(|to| to.id).into_iter().collect()
        }
        _ => Vec::new(),
    };
    to.into_iter().map(|to| (from, to)).collect()
}

/// B2: deleting everything said and done in private rooms does not change a byte of what those clients are sent
/// who were never in a private room.
///
/// # Errors
///
/// The difference.
pub fn private_purge(run: &Run, _: u8) -> Result<(), String> {
    let models = || run.steps.iter().map(|step| &step.model).chain([&run.model]);
    let insiders: BTreeSet<ClientId> = models()
        .flat_map(|model| model.present().into_iter().filter(|client| model.is_in_private(*client)))
        .collect();
    let is_said_in_private = |step: &Step| {
        let is_said = step.action.intent.reach() == Reach::Room;
        is_said && step.client().is_some_and(|from| step.model.is_in_private(from))
    };
    let outsiders = |client: &ClientId| !insiders.contains(client);
    purge("without what is said in private", run, is_said_in_private, outsiders)
}

/// Without some steps, the unconcerned clients are sent the same.
fn purge(
    what: &str,
    run: &Run,
    is_purged: impl Fn(&Step) -> bool,
    is_unconcerned: impl Fn(&ClientId) -> bool,
) -> Result<(), String> {
    let mut got = sent(replay(&mut run.empty_chat(), without(run, is_purged)));
    let mut due = sent(run.steps.iter().map(|step| &step.told));
    got.retain(|client, _| is_unconcerned(client));
    due.retain(|client, _| is_unconcerned(client));
    require_same(what, &got, &due)
}

/// The events of a run, where instead of some of them nothing happens. Time passes all the same.
fn without(run: &Run, is_purged: impl Fn(&Step) -> bool) -> Vec<(Timestamp, Event)> {
    let event = |step: &Step| match is_purged(step) {
        true => idle(step.action.at),
        false => step.event(),
    };
    run.steps.iter().map(event).collect()
}

/// G1: the bytes that a client types give the same lines however they are split.
///
/// # Errors
///
/// The difference.
pub fn chunking(run: &Run, draw: u8) -> Result<(), String> {
    let mut typed: BTreeMap<ClientId, Vec<u8>> = BTreeMap::new();
    for step in &run.steps {
        if let Event::Line { client, line } = &step.action.event {
            let bytes = typed.entry(*client).or_insert_with(|| vec![draw]);
            bytes.extend_from_slice(line.as_bytes());
            bytes.extend_from_slice(b"\r\n");
        }
    }
    typed.values().try_for_each(|bytes| fuzz::telnet(bytes))
}

/// The numbers that follow each `#` in a text.
pub(crate) fn tokens(text: &str) -> impl Iterator<Item = u64> {
    let digits = |rest: &str| {
        let end = rest.find(|character: char| !character.is_ascii_digit()).unwrap_or(rest.len());
        rest[..end].parse().ok()
    };
    text.split('#').skip(1).filter_map(digits)
}

/// For each client all the text it is sent, with a mark where its connection is closed.
pub(crate) type Sent = BTreeMap<ClientId, String>;

pub(crate) fn sent(told: impl IntoIterator<Item = impl Borrow<Told>>) -> Sent {
    let mut sent = Sent::new();
    for told in told {
        let Told { sent: texts, asked, closed } = told.borrow();
        for (client, text) in texts {
            sent.entry(*client).or_default().push_str(text);
        }
        for (client, ticket, ask) in asked {
            let question = format!("asked {ticket}: {ask:?}\r\n");
            sent.entry(*client).or_default().push_str(&question);
        }
        for client in closed {
            sent.entry(*client).or_default().push_str("closed\r\n");
        }
    }
    sent
}

pub(crate) fn require_same(what: &str, got: &Sent, due: &Sent) -> Result<(), String> {
    require(got == due, || {
        let of = |sent: &Sent, client| sent.get(client).cloned().unwrap_or_default();
        let clients: BTreeSet<&ClientId> = due.keys().chain(got.keys()).collect();
        let both = clients.into_iter().map(|client| (client, of(due, client), of(got, client)));
        let diffs = both
            .filter(|(_, due, got)| due != got)
            .map(|(client, due, got)| format!("\nclient {client}:\n{}", diff::text(&due, &got)));
        format!("{what} {LEGEND}{}", diffs.collect::<String>())
    })
}

/// Requires that two states are equal. `what` describes the state that came.
///
/// # Errors
///
/// The fields that differ.
pub fn require_same_state(what: &str, got: &Chat, due: &Chat) -> Result<(), String> {
    require(got == due, || format!("the state, {what} {LEGEND}: {}", diff::debug(due, got)))
}

/// `end`, scaled by a drawn number of 0 to 255 out of 256.
pub(crate) fn part(end: usize, draw: u8) -> usize {
    end * usize::from(draw) / 256
}
