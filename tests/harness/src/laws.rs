//! The laws that perform a session again, transformed, and compare what it causes then with what it
//! caused at first. None of them knows a model of what is right.
//!
//! Where a law leaves something open, such as where to cut, a number draws it.
//!
//! Not here: what must hold of each step or state (`tests/it`).

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};

use chinwag::chat::{ClientId, Event, Message, Output, Timestamp, Username};
use chinwag::wire::render;

use crate::coverage::about;
use crate::run::{renamed, replay};
use crate::{Intent, Person, Reach, Run, Step, Told, fuzz, perform_at, require};

/// What must hold of a session, whatever is drawn.
pub type Law = fn(&Run, u8) -> Result<(), String>;

/// Every law, by its name.
pub const LAWS: [(&str, Law); 10] = [
    ("B2, purging of whispers", whisper_purge),
    ("B2, purging of what is private", private_purge),
    ("F1, repetition", repetition),
    ("F2, prefix", prefix),
    ("F3, relabelling", relabelling),
    ("F4, continuation of a copy", continuation),
    ("F5, commutation", commutation),
    ("errors leave no trace", error_erasure),
    ("G1, chunking", chunking),
    ("L2, ignoring", ignoring),
];

/// Judges a session by all that knows it as a whole: the model, the checkers that know none, and one or
/// two laws, which are drawn.
///
/// # Errors
///
/// What does not hold.
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

/// F1: the same events give the same outputs and the same state.
///
/// # Errors
///
/// What differs.
pub fn repetition(run: &Run, _: u8) -> Result<(), String> {
    let mut chat = run.empty_chat();
    for step in &run.steps {
        let outbox = perform_at(&mut chat, step.action.at, step.action.event.clone());
        require(outbox == step.outbox, || format!("{outbox:?}\nis not\n{:?}", step.outbox))?;
    }
    require(chat == run.chat, || format!("{chat:?}\nis not\n{:?}", run.chat))
}

/// F2: what the beginning of a session causes is the beginning of what all of it causes.
///
/// # Errors
///
/// What differs.
pub fn prefix(run: &Run, draw: u8) -> Result<(), String> {
    let cut = part(run.steps.len() + 1, draw);
    let whole = sent(run.steps.iter().map(|step| &step.told));
    for (client, text) in sent(replay(&mut run.empty_chat(), run.events().take(cut))) {
        let all = whole.get(&client).map_or("", String::as_str);
        require(all.starts_with(&text), || format!("{text:?}\ndoes not begin\n{all:?}"))?;
    }
    Ok(())
}

/// F3: renaming the ids renames those to whom things are sent, and changes nothing else.
///
/// # Errors
///
/// What differs.
pub fn relabelling(run: &Run, _: u8) -> Result<(), String> {
    // Another order, too.
    let name = |client: ClientId| ClientId(u64::MAX - 7 * client.0);
    let clients = run.clients();
    let known = run.steps.iter().filter(|step| step.client().is_none_or(|c| clients.contains(&c)));
    let got = sent(replay(
        &mut run.empty_chat(),
        known.map(|step| (step.action.at, renamed(step.action.event.clone(), name))),
    ));
    let due = sent(run.steps.iter().map(|step| &step.told));
    let due = due.into_iter().map(|(client, text)| (name(client), text)).collect();
    require_same("with other ids", &got, &due)
}

/// F4: a copy of the state, taken at any point, is equal to it and has the same future.
///
/// # Errors
///
/// What differs.
pub fn continuation(run: &Run, draw: u8) -> Result<(), String> {
    let cut = part(run.steps.len() + 1, draw);
    let mut chat = run.empty_chat();
    replay(&mut chat, run.events().take(cut)).for_each(drop);
    let mut copy = chat.clone();
    require(copy == chat, || format!("{copy:?}\nis a copy of\n{chat:?}"))?;
    let got = sent(replay(&mut copy, run.events().skip(cut)));
    require_same("a copy", &got, &sent(run.steps[cut..].iter().map(|step| &step.told)))?;
    require(copy == run.chat, || format!("{copy:?}\nis not\n{:?}", run.chat))
}

/// F5: what is done in one room and what is done in another may come in either order: nobody can tell.
///
/// # Errors
///
/// What differs.
pub fn commutation(run: &Run, draw: u8) -> Result<(), String> {
    let mut chat = run.chat.clone();
    let line = |client, line: &str| (Timestamp(0), Event::Line { client, line: line.into() });
    let present = run.model.present();
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

/// Errors leave no trace: without the lines that were refused, everyone is sent the same but for the
/// refusals.
///
/// # Errors
///
/// What differs.
pub fn error_erasure(run: &Run, _: u8) -> Result<(), String> {
    let is_refusal =
        |output| matches!(output, Output::Deliver { message: Message::Refused { .. }, .. });
    let kept = || run.steps.iter().filter(|step| !step.outbox.iter().any(is_refusal));
    let got = sent(replay(&mut run.empty_chat(), kept().map(Step::event)));
    require_same("without errors", &got, &sent(kept().map(|step| &step.told)))
}

/// B2: delete every whisper between two clients, who are drawn, and what anyone else is sent does not
/// change by a byte.
///
/// # Errors
///
/// What differs.
pub fn whisper_purge(run: &Run, draw: u8) -> Result<(), String> {
    let pairs = whisperers(run);
    pairs.get(part(pairs.len(), draw)).map_or(Ok(()), |pair| whisper_purge_of(run, *pair))
}

/// Who whispers to whom.
#[must_use]
pub fn whisperers(run: &Run) -> Vec<(ClientId, ClientId)> {
    let pairs: BTreeSet<_> = run.steps.iter().flat_map(whispers).collect();
    pairs.into_iter().collect()
}

/// B2: delete every whisper between these two, and what anyone else is sent does not change by a byte.
///
/// # Errors
///
/// What differs.
pub fn whisper_purge_of(run: &Run, (one, other): (ClientId, ClientId)) -> Result<(), String> {
    let is_between = |pair| pair == (one, other) || pair == (other, one);
    let is_purged = |step: &Step| whispers(step).into_iter().any(is_between);
    let others = |client: &ClientId| *client != one && *client != other;
    purge(&format!("without what {one} and {other} whisper"), run, is_purged, others)
}

/// Who whispers to whom in a step. An answer to someone who has gone is one too, although it is refused; so
/// is one that may be for either of two.
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

/// B2: delete everything that is said and done in private rooms, and what those are sent who have
/// never been in a room that was private does not change by a byte.
///
/// # Errors
///
/// What differs.
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

/// Without some steps, some clients are sent the same.
fn purge(
    what: &str,
    run: &Run,
    is_purged: impl Fn(&Step) -> bool,
    is_unconcerned: impl Fn(&ClientId) -> bool,
) -> Result<(), String> {
    let kept = run.steps.iter().filter(|step| !is_purged(step)).map(Step::event);
    let mut got = sent(replay(&mut run.empty_chat(), kept));
    let mut due = sent(run.steps.iter().map(|step| &step.told));
    got.retain(|client, _| is_unconcerned(client));
    due.retain(|client, _| is_unconcerned(client));
    require_same(what, &got, &due)
}

/// G1: any splitting of the bytes that someone types gives the same lines.
///
/// # Errors
///
/// What differs.
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

/// L2: nothing that someone has written reaches anyone who ignores that one: neither a text, by its token, nor
/// a name, but for lists of all who are there.
///
/// # Errors
///
/// What reaches whom.
pub fn ignoring(run: &Run, _: u8) -> Result<(), String> {
    let mut authors: BTreeMap<u64, ClientId> = BTreeMap::new();
    for step in &run.steps {
        if let Event::Line { client, line } = &step.action.event {
            for token in tokens(line) {
                authors.entry(token).or_insert(*client);
            }
        }
        for output in step.outbox.iter() {
            let Output::Deliver { to, message } = output else { continue };
            let mut text = String::new();
            render(message, &mut text);
            let mut shown: BTreeSet<ClientId> = about(message).1.into_iter().collect();
            shown.extend(tokens(&text).filter_map(|token| authors.get(&token)));
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
                require(!reader.ignores.iter().any(is_named), || {
                    format!("{} ignores {:?}, and is sent {text:?}", reader.id, reader.ignores)
                })?;
            }
        }
    }
    Ok(())
}

/// The numbers after each `#` in a text.
fn tokens(text: &str) -> impl Iterator<Item = u64> {
    let digits = |rest: &str| {
        let end = rest.find(|character: char| !character.is_ascii_digit()).unwrap_or(rest.len());
        rest[..end].parse().ok()
    };
    text.split('#').skip(1).filter_map(digits)
}

/// All that each client is sent, as text, and when it is closed.
type Sent = BTreeMap<ClientId, String>;

fn sent(told: impl IntoIterator<Item = impl Borrow<Told>>) -> Sent {
    let mut sent = Sent::new();
    for told in told {
        let Told { sent: texts, closed } = told.borrow();
        for (client, text) in texts {
            sent.entry(*client).or_default().push_str(text);
        }
        for client in closed {
            sent.entry(*client).or_default().push_str("closed\n");
        }
    }
    sent
}

fn require_same(what: &str, got: &Sent, due: &Sent) -> Result<(), String> {
    require(got == due, || format!("{what}\nshould cause\n{due:#?}\nand causes\n{got:#?}"))
}

/// A place below `end`, or 0: as far on as the drawn number is between 0 and 256.
fn part(end: usize, draw: u8) -> usize {
    end * usize::from(draw) / 256
}
