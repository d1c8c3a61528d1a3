//! Judges by the server's journal what each client sent and received. The same laws apply to the simulated server and
//! to the real one over TCP.
//!
//! | law | what it says |
//! | --- | --- |
//! | G4 | nothing that a client receives controls its terminal, and only the server starts lines |
//! | J1 | the journal's lines and signals of a connection are those that its bytes mean, in order |
//! | J2, J3 | a client received a prefix of what a replay of the journal sends it; all of it if nothing failed |
//! | J4 | if a client sent something after an event, it comes after that event in the journal |
//! | J6 | when the server has ended, nobody is left in the chat, and nobody was admitted after the stop |
//! | J8 | when the server stops, everything accepted before is delivered |
//!
//! Not here: recording (`simulator`, `tests/it`).

mod said;
mod texts;

use std::collections::{BTreeMap, BTreeSet};

use chinwag::chat::{Cause, Chat, ClientId, Event, Limits, Timestamp};
use chinwag::wire::render::TOO_SLOW;
use chinwag::wire::{Foreign, Received, Receiver, View};

use crate::diff::{self, LEGEND};
use crate::{reference_receiver, run, terminal};
use texts::in_ascii;
pub(crate) use texts::without_pauses;
pub(crate) use texts::without_rows;
pub use texts::without_telnet;

/// The events that the server's chat handled, in order.
pub type Journal = [(Timestamp, Event)];

/// What one client sent and received.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientRecord {
    /// The bytes that it sent.
    pub sent: Vec<u8>,
    /// For each write of the client: how many events the journal had then, and the length of `sent` after it.
    pub sent_after: Vec<(usize, usize)>,
    /// Whether the client has reset the connection or closed its sending side.
    pub is_over: bool,
    /// Whether flood control is on. Then an interrupt, or the end of the connection, discards lines that are held
    /// back, and an Are You There overtakes them.
    pub has_flood_control: bool,
    /// The bytes that it received.
    pub received: Vec<u8>,
    /// Whether the connection is known to have failed.
    pub is_broken: bool,
    /// Whether the server has closed its side, and the client has received everything before that.
    pub has_ended_well: bool,
}

/// All violations of a run that has ended. `records` has the admitted connections in order.
#[must_use]
pub fn judge(journal: &Journal, limits: &Limits, records: &[ClientRecord]) -> Vec<String> {
    let replayed = Replayed::of(journal, limits);
    let mut problems = Vec::new();
    for (number, record) in (0..).zip(records) {
        problems.extend(record.said(number, journal, limits).1);
        let law = "J3 (the end may be missing)";
        problems.extend(record.compare(law, number, (&replayed, limits), false));
        let received = record.received(number, &replayed, limits);
        let mut whole = terminal::whole_lines(&received);
        // If the connection failed, the last line may lack some of its rows; it is not judged.
        while !record.has_ended_well && !whole.is_empty() {
            let (before, row) =
                whole.split_at(terminal::whole_lines(&whole[..whole.len() - 1]).len());
            whole = before;
            if !row.starts_with(View::INDENT.as_bytes()) {
                break;
            }
        }
        if let Err(finding) = terminal::judge(whole) {
            problems.push(format!("G4: connection {number} was sent forbidden bytes: {finding}"));
        }
        if record.is_in_order(number, &replayed) && record.has_ended_well {
            problems.extend(record.compare("J8", number, (&replayed, limits), true));
        }
    }
    if !replayed.present.is_empty() {
        problems.push(format!("J6: still present: {:?}", replayed.present));
    }
    let strangers = journal.iter().filter_map(|(_, event)| match event {
        Event::Connect { client, .. } if number(*client) >= records.len() as u64 => Some(client),
        _ => None,
    });
    problems.extend(strangers.map(|client| format!("A2: {client} connects, but is no client")));
    let after =
        journal.iter().map(|(_, event)| event).skip_while(|event| **event != Event::Shutdown);
    let late = after.filter(|event| matches!(event, Event::Connect { .. }));
    problems.extend(late.map(|event| format!("J6: {event:?} after the stop")));
    problems
}

/// The events of clients who were present at that time. The chat ignores the others.
#[must_use]
pub fn effective(journal: &Journal, limits: &Limits) -> Vec<(Timestamp, Event)> {
    let mut chat = Chat::new(limits.clone());
    let mut present = BTreeSet::new();
    let mut effective = Vec::new();
    let told = run::replay(&mut chat, journal.iter().cloned());
    for ((at, event), told) in journal.iter().zip(told) {
        let is_effective = match event {
            Event::Connect { client, .. } => present.insert(*client),
            Event::Disconnect { client, .. } => present.remove(client),
            Event::Line { client, .. }
            | Event::Signal { client, .. }
            | Event::Answered { client, .. } => present.contains(client),
            Event::Restart => {
                present.clear();
                true
            }
            Event::Appoint { .. } | Event::Shutdown => true,
        };
        if is_effective {
            effective.push((*at, event.clone()));
        }
        for client in told.closed {
            present.remove(&client);
        }
    }
    effective
}

/// The same journal with other ids. `name` maps the number of a connection to its new id.
#[must_use]
pub fn renamed(journal: &Journal, name: impl Fn(u64) -> ClientId) -> Vec<(Timestamp, Event)> {
    let name = |client| name(number(client));
    journal.iter().map(|(at, event)| (*at, run::renamed(event.clone(), name))).collect()
}

/// The number of a connection in order of admission. An id has it above the 24 bits of the slot.
pub(crate) fn number(client: ClientId) -> u64 {
    client.0 >> 24
}

/// An id with the number of a connection.
#[must_use]
pub fn from_number(number: u64) -> ClientId {
    ClientId(number << 24)
}

/// The result of replaying a journal with a new chat.
#[derive(Default)]
pub(crate) struct Replayed {
    sent: BTreeMap<u64, String>,
    present: BTreeSet<u64>,
    /// Connections that the journal ends, and why.
    disconnected: BTreeMap<u64, Cause>,
    /// Connections that the chat has closed.
    closed: BTreeSet<u64>,
    /// Connections that have ever used `/wrap`.
    broken: BTreeSet<u64>,
    /// Connections with `/ascii on`.
    ascii: BTreeSet<u64>,
}

impl Replayed {
    pub(crate) fn of(journal: &Journal, limits: &Limits) -> Self {
        let mut replayed = Self::default();
        let mut chat = Chat::new(limits.clone());
        let told = run::replay(&mut chat, journal.iter().cloned());
        for ((_, event), told) in journal.iter().zip(told) {
            match event {
                Event::Connect { client, .. } => {
                    replayed.present.insert(number(*client));
                }
                Event::Disconnect { client, cause } => {
                    if replayed.present.remove(&number(*client)) {
                        replayed.disconnected.insert(number(*client), *cause);
                    }
                }
                Event::Restart => replayed.present.clear(),
                Event::Line { .. }
                | Event::Signal { .. }
                | Event::Answered { .. }
                | Event::Appoint { .. }
                | Event::Shutdown => {}
            }
            for (client, text) in told.sent {
                replayed.send(number(client), &text);
            }
            for client in told.closed {
                replayed.present.remove(&number(client));
                replayed.closed.insert(number(client));
            }
        }
        replayed
    }

    /// Adds text for a connection, in the charset that it has chosen by now.
    fn send(&mut self, number: u64, text: &str) {
        match text.trim_end() {
            " * you are shown ? for each character that is not ASCII" => {
                self.ascii.insert(number);
            }
            " * you are shown all characters" => {
                self.ascii.remove(&number);
            }
            wrapping if wrapping.starts_with(" * your lines are ") => {
                self.broken.insert(number);
            }
            _ => {}
        }
        let shown = match self.ascii.contains(&number) {
            true => in_ascii(text),
            false => text.to_owned(),
        };
        self.sent.entry(number).or_default().push_str(&shown);
    }

    /// All the text that is due to a connection.
    pub(crate) fn due(&self, number: u64) -> String {
        self.sent.get(&number).cloned().unwrap_or_default()
    }

    /// Why the journal ends a connection that was present, if it does.
    pub(crate) fn cause(&self, number: u64) -> Option<Cause> {
        self.disconnected.get(&number).copied()
    }

    /// Whether the chat has closed a connection.
    pub(crate) fn is_closed(&self, number: u64) -> bool {
        self.closed.contains(&number)
    }

    pub(crate) fn is_present(&self, number: u64) -> bool {
        self.present.contains(&number)
    }
}

impl ClientRecord {
    /// Whether the connection has no fault: whatever is due must have arrived.
    pub(crate) fn is_in_order(&self, number: u64, replayed: &Replayed) -> bool {
        !self.is_broken && matches!(replayed.cause(number), None | Some(Cause::Closed))
    }

    /// The other protocol that the client speaks, if it is no chat client.
    pub(crate) fn foreign(&self, limits: &Limits) -> Option<Foreign> {
        self.meant(limits).into_iter().find_map(|(what, _)| match what {
            Received::Foreign(foreign) => Some(foreign),
            _ => None,
        })
    }

    /// The received bytes without telnet commands, and without a last message of the server itself.
    fn received(&self, number: u64, replayed: &Replayed, limits: &Limits) -> Vec<u8> {
        let mut received = without_telnet(&self.received);
        let own_words = match (replayed.cause(number), self.foreign(limits)) {
            (Some(Cause::Slow), _) => TOO_SLOW,
            (_, Some(foreign)) => foreign.answer(),
            // The event may not be stored yet.
            (None, None) => TOO_SLOW,
            (Some(_), None) => "",
        };
        // The client may have received only a part of that message.
        let mut beginnings = (0..=own_words.len()).rev().map(|end| &own_words.as_bytes()[..end]);
        let last = beginnings.find(|words| received.ends_with(words)).unwrap_or_default();
        received.truncate(received.len() - last.len());
        received
    }

    /// A violation of `law` unless the client received everything that is due, or a prefix of it if that will do.
    pub(crate) fn compare(
        &self,
        law: &str,
        number: u64,
        (replayed, limits): (&Replayed, &Limits),
        is_whole: bool,
    ) -> Option<String> {
        let (due, received) = (replayed.due(number), self.received(number, replayed, limits));
        let (is_due, is_received) = self.comparable(number, replayed, &due, &received);
        let is_right =
            if is_whole { is_due == is_received } else { is_due.starts_with(&is_received) };
        (!is_right).then(|| differ(law, number, &is_due, &is_received))
    }

    /// Due and received bytes in a form that can be compared. If lines may have been wrapped, both lose their spaces
    /// and row breaks, as the width can have changed at any time.
    fn comparable(
        &self,
        number: u64,
        replayed: &Replayed,
        due: &str,
        received: &[u8],
    ) -> (Vec<u8>, Vec<u8>) {
        let reports = self.sent.windows(WIDTH.len()).any(|bytes| bytes == WIDTH);
        match reports || replayed.broken.contains(&number) {
            true => (without_rows(due.as_bytes()), without_pauses(&without_rows(received), true)),
            false => (due.as_bytes().to_vec(), without_pauses(received, false)),
        }
    }

    /// The meaning of all the bytes that the client sent, each with the number of events that the journal had then.
    /// The reference receiver computes it, except for clients of another protocol.
    fn meant(&self, limits: &Limits) -> Vec<(Received, usize)> {
        if let Some(meant) = self.meant_by_no_client(limits) {
            return meant;
        }
        let heard = reference_receiver::hear(&self.sent, limits);
        let events = |at| {
            let sent = self.sent_after.iter().find(|(_, end)| at <= *end);
            sent.map_or(0, |(events, _)| *events)
        };
        let all = heard.all.into_iter().map(|(what, at)| (what, events(at)));
        all.chain(self.last(limits).map(|what| (what, 0))).collect()
    }

    /// The same for a client of another protocol; none for a chat client.
    fn meant_by_no_client(&self, limits: &Limits) -> Option<Vec<(Received, usize)>> {
        let mut receiver = Receiver::new(limits, None);
        let (mut meant, mut start) = (Vec::new(), 0);
        for &(events, end) in &self.sent_after {
            let bytes = &self.sent[start..end];
            receiver.receive(Timestamp(0), bytes, |what| meant.push((what, events)));
            start = end;
        }
        matches!(meant.last(), Some((Received::Foreign(_), _))).then_some(meant)
    }

    /// The line that the end of the connection completes, if any. The server may drop it as a draft.
    pub(crate) fn last(&self, limits: &Limits) -> Option<Received> {
        let is_heard = self.is_over && self.meant_by_no_client(limits).is_none();
        is_heard.then(|| reference_receiver::hear(&self.sent, limits).last).flatten()
    }

    /// Those of its lines and signals that the chat must get.
    pub(crate) fn heard(&self, limits: &Limits) -> Vec<(Received, usize)> {
        let is_heard = |what: &Received| matches!(what, Received::Line(_) | Received::Signal(_));
        self.meant(limits).into_iter().filter(|(what, _)| is_heard(what)).collect()
    }
}

/// The first bytes of a window size report (NAWS).
const WIDTH: &[u8] = b"\xFF\xFA\x1F";

fn differ(law: &str, number: u64, due: &[u8], received: &[u8]) -> String {
    let diff = diff::text(&String::from_utf8_lossy(due), &String::from_utf8_lossy(received));
    format!("{law}: connection {number} {LEGEND}\n{diff}")
}
