//! What a client of a server can say of it, and what must hold between that and the journal: J1, J3, J4,
//! J8 and G4, whatever the server runs on.
//!
//! | law | what it says |
//! | --- | --- |
//! | G4 | nothing that a client received acts on a terminal, and only the server begins lines |
//! | J1 | the journal's lines and signals of a connection are what its bytes mean, in order |
//! | J2, J3 | what a client received is a prefix of what replaying the journal sends it; all of it if nothing went wrong with its connection |
//! | J4 | what a client had sent after an event comes after that event in the journal |
//! | J6 | when the server has ended, nobody in the chat is left, and nobody was let in after it stopped |
//! | J8 | when the server stops, whatever it has taken before is delivered |
//!
//! Not here: where accounts come from (`simulator`, `tests/it`).

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use chinwag::chat::{Cause, Chat, ClientId, Event, Limits, Signal, Timestamp};
use chinwag::wire::render::TOO_SLOW;
use chinwag::wire::{Foreign, Received, Receiver, View};

use unicode_segmentation::UnicodeSegmentation;

use crate::{reference_receiver, run, terminal};

/// What a server's chat took, in order.
pub type Journal = [(Timestamp, Event)];

/// What one client sent and received.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientRecord {
    /// All that it has sent.
    pub sent: Vec<u8>,
    /// How many events the chat had taken when it sent its bytes up to here.
    pub sent_after: Vec<(usize, usize)>,
    /// Whether it has broken the connection, or ended its side.
    pub is_over: bool,
    /// Whether flood control holds back what it sends: an interrupt then has what came before it forgotten, and
    /// so has its end; and whoever asks whether anyone is there need not wait.
    pub is_braked: bool,
    /// All that it has received.
    pub received: Vec<u8>,
    /// Whether the connection is known to be broken.
    pub is_broken: bool,
    /// Whether the server has ended its side, and all that it sent before has been received.
    pub has_ended_well: bool,
}

/// What is wrong with a run that has ended. The accounts are of those who were let in, in that order.
#[must_use]
pub fn judge(journal: &Journal, limits: &Limits, accounts: &[ClientRecord]) -> Vec<String> {
    let replayed = Replayed::of(journal, limits);
    let mut problems = Vec::new();
    for (number, account) in (0..).zip(accounts) {
        problems.extend(account.said(number, journal, limits).1);
        problems.extend(account.compare("J3", number, (&replayed, limits), false));
        let received = account.received(number, &replayed, limits);
        let mut whole = terminal::whole_lines(&received);
        // Of a line that is the last, it is not known whether all its rows are there.
        while !account.has_ended_well && !whole.is_empty() {
            let (before, row) =
                whole.split_at(terminal::whole_lines(&whole[..whole.len() - 1]).len());
            whole = before;
            if !row.starts_with(View::INDENT.as_bytes()) {
                break;
            }
        }
        if let Err(finding) = terminal::judge(whole) {
            problems.push(format!("G4: connection {number} was sent what it must not: {finding}"));
        }
        if account.is_in_order(number, &replayed) && account.has_ended_well {
            problems.extend(account.compare("J8", number, (&replayed, limits), true));
        }
    }
    if !replayed.present.is_empty() {
        problems.push(format!("J6: still there are {:?}", replayed.present));
    }
    let strangers = journal.iter().filter_map(|(_, event)| match event {
        Event::Connect { client } if number(*client) >= accounts.len() as u64 => Some(client),
        _ => None,
    });
    problems.extend(strangers.map(|client| format!("A2: {client} connects, who is no client")));
    let after =
        journal.iter().map(|(_, event)| event).skip_while(|event| **event != Event::Shutdown);
    let late = after.filter(|event| matches!(event, Event::Connect { .. }));
    problems.extend(late.map(|event| format!("J6: after the stop, {event:?}")));
    problems
}

/// The events of those who are there: the chat takes no notice of the others.
#[must_use]
pub fn effective(journal: &Journal, limits: &Limits) -> Vec<(Timestamp, Event)> {
    let mut chat = Chat::new(limits.clone());
    let mut present = BTreeSet::new();
    let mut effective = Vec::new();
    let told = run::replay(&mut chat, journal.iter().cloned());
    for ((at, event), told) in journal.iter().zip(told) {
        let is_effective = match event {
            Event::Connect { client } => present.insert(*client),
            Event::Disconnect { client, .. } => present.remove(client),
            Event::Line { client, .. } | Event::Signal { client, .. } => present.contains(client),
            Event::Shutdown => true,
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

/// The same journal with other ids: whatever each connection, by its number, is called.
#[must_use]
pub fn renamed(journal: &Journal, name: impl Fn(u64) -> ClientId) -> Vec<(Timestamp, Event)> {
    let name = |client| name(number(client));
    journal.iter().map(|(at, event)| (*at, run::renamed(event.clone(), name))).collect()
}

/// Which connection an id is of: the server makes it of a generation, which counts those that were let
/// in, above 24 bits of slot.
pub(crate) fn number(client: ClientId) -> u64 {
    client.0 >> 24
}

/// What a new chat makes of a journal.
#[derive(Default)]
pub(crate) struct Replayed {
    sent: BTreeMap<u64, String>,
    present: BTreeSet<u64>,
    /// Who was disconnected, and why.
    disconnected: BTreeMap<u64, Cause>,
    /// Whose lines are broken, or were.
    broken: BTreeSet<u64>,
    /// Who is shown ASCII only.
    ascii: BTreeSet<u64>,
}

impl Replayed {
    pub(crate) fn of(journal: &Journal, limits: &Limits) -> Self {
        let mut replayed = Self::default();
        let mut chat = Chat::new(limits.clone());
        let told = run::replay(&mut chat, journal.iter().cloned());
        for ((_, event), told) in journal.iter().zip(told) {
            match event {
                Event::Connect { client } => {
                    replayed.present.insert(number(*client));
                }
                Event::Disconnect { client, cause } => {
                    if replayed.present.remove(&number(*client)) {
                        replayed.disconnected.insert(number(*client), *cause);
                    }
                }
                Event::Line { .. } | Event::Signal { .. } | Event::Shutdown => {}
            }
            for (client, text) in told.sent {
                replayed.send(number(client), &text);
            }
            for client in told.closed {
                replayed.present.remove(&number(client));
            }
        }
        replayed
    }

    /// A connection is sent something, laid out as it was told before or is told now.
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

    /// All that a connection is to be sent.
    pub(crate) fn due(&self, number: u64) -> String {
        self.sent.get(&number).cloned().unwrap_or_default()
    }

    /// Why the connection of someone who was there ended, if it did.
    pub(crate) fn cause(&self, number: u64) -> Option<Cause> {
        self.disconnected.get(&number).copied()
    }

    pub(crate) fn is_present(&self, number: u64) -> bool {
        self.present.contains(&number)
    }
}

impl ClientRecord {
    /// Whether nothing has gone wrong with its connection.
    pub(crate) fn is_in_order(&self, number: u64, replayed: &Replayed) -> bool {
        !self.is_broken && matches!(replayed.cause(number), None | Some(Cause::Closed))
    }

    /// Which other protocol it speaks, if any.
    pub(crate) fn foreign(&self, limits: &Limits) -> Option<Foreign> {
        self.meant(limits).into_iter().find_map(|(what, _)| match what {
            Received::Foreign(foreign) => Some(foreign),
            _ => None,
        })
    }

    /// What it received of what the chat sent: without telnet, and without the server's own words.
    fn received(&self, number: u64, replayed: &Replayed, limits: &Limits) -> Vec<u8> {
        let mut received = without_telnet(&self.received);
        let own_words = match replayed.cause(number) {
            Some(Cause::Slow) => TOO_SLOW,
            _ => self.foreign(limits).map(|foreign| foreign.answer()).unwrap_or_default(),
        };
        // It may not have got all of them.
        let mut beginnings = (0..=own_words.len()).rev().map(|end| &own_words.as_bytes()[..end]);
        let last = beginnings.find(|words| received.ends_with(words)).unwrap_or_default();
        received.truncate(received.len() - last.len());
        received
    }

    /// Whether it received all that is due to it, or a part of it from the beginning; what else, under the name of this law.
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
        (!is_right).then(|| differ(law, number, &due, &received))
    }

    /// What is due and what was received, as they can be compared: as they are, or without the spaces if lines
    /// were broken, at a width that may have been reported at any time.
    fn comparable(
        &self,
        number: u64,
        replayed: &Replayed,
        due: &str,
        received: &[u8],
    ) -> (Vec<u8>, Vec<u8>) {
        let reports = self.sent.windows(WIDTH.len()).any(|bytes| bytes == WIDTH);
        match reports || replayed.broken.contains(&number) {
            true => (without_rows(due.as_bytes()), without_rows(received)),
            false => (due.as_bytes().to_vec(), received.to_vec()),
        }
    }

    /// What all that it has sent means, and how many events the chat had taken when it was sent. A naive receiver says
    /// it, but of those who are no chat clients.
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

    /// The same, if its client is no chat client.
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

    /// What the end of all that it has sent means, if it has ended: a line. The server need not take it, as it may have
    /// come key by key.
    pub(crate) fn last(&self, limits: &Limits) -> Option<Received> {
        let is_heard = self.is_over && self.meant_by_no_client(limits).is_none();
        is_heard.then(|| reference_receiver::hear(&self.sent, limits).last).flatten()
    }

    /// What of its bytes is for the chat.
    pub(crate) fn heard(&self, limits: &Limits) -> Vec<(Received, usize)> {
        let is_heard = |what: &Received| matches!(what, Received::Line(_) | Received::Signal(_));
        self.meant(limits).into_iter().filter(|(what, _)| is_heard(what)).collect()
    }

    /// J1 and J4: how many of its lines and signals have been taken, and what is wrong with them.
    pub(crate) fn said(
        &self,
        own: u64,
        journal: &Journal,
        limits: &Limits,
    ) -> (usize, Option<String>) {
        let taken = journal.iter().enumerate().filter_map(|(index, (_, event))| match event {
            Event::Line { client, line } if number(*client) == own => {
                Some((index, Received::Line(line.clone())))
            }
            // That is no thing that it sends, but how much of them.
            Event::Signal { signal: Signal::Slowed, .. } => None,
            Event::Signal { client, signal } if number(*client) == own => {
                Some((index, Received::Signal(*signal)))
            }
            _ => None,
        });
        let mut meant = VecDeque::from(self.heard(limits));
        let mut count = 0;
        for (index, taken) in taken {
            if self.is_braked && taken == Received::Signal(Signal::Interrupt) {
                while meant.front().is_some_and(|(what, _)| *what != taken) {
                    meant.pop_front();
                    count += 1;
                }
            }
            if self.is_braked && taken == Received::Signal(Signal::AreYouThere) {
                // It does not wait for the lines before it.
                let at = meant.iter().position(|(what, _)| *what == taken);
                let first = at.and_then(|at| meant.remove(at));
                first.into_iter().for_each(|first| meant.push_front(first));
            }
            match meant.pop_front() {
                Some((what, events)) if what == taken && index >= events => count += 1,
                Some((what, _)) if what == taken => {
                    let problem = format!("J4: {taken:?} of {own} was taken before it was sent");
                    return (count, Some(problem));
                }
                other => {
                    let sent = other.map(|(what, _)| what);
                    let problem = format!("J1: {own} sent {sent:?}, taken was {taken:?}");
                    return (count, Some(problem));
                }
            }
        }
        (count, None)
    }
}

/// What begins a report of a terminal's width.
const WIDTH: &[u8] = b"\xFF\xFA\x1F";

/// Text without the rows that its lines are broken into, and without spaces, which may be left out there; and, as
/// it may have been cut off, without what may be a part of the beginning of a row at its end.
pub(crate) fn without_rows(text: &[u8]) -> Vec<u8> {
    const ROW: &[u8] = b"\r\n    ";
    let mut left = Vec::new();
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        if let Some(row) = rest.strip_prefix(ROW) {
            rest = row;
            continue;
        }
        if ROW.starts_with(rest) {
            break;
        }
        left.extend((*first != b' ').then_some(*first));
        rest = after;
    }
    left
}

/// What is left of bytes that the server sent when telnet is taken out.
pub(crate) fn without_telnet(bytes: &[u8]) -> Vec<u8> {
    let mut left = Vec::new();
    let mut bytes = bytes.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            // An answer: a verb and an option follow.
            0xFF => drop(bytes.by_ref().take(2).count()),
            _ => left.push(*byte),
        }
    }
    left
}

/// What someone is shown of a text who is shown ASCII only.
fn in_ascii(text: &str) -> String {
    let shown = |grapheme| if str::is_ascii(grapheme) { grapheme } else { "?" };
    text.graphemes(true).map(shown).collect()
}

fn differ(law: &str, number: u64, due: &str, received: &[u8]) -> String {
    let received = String::from_utf8_lossy(received);
    format!("{law}: connection {number} is due\n{due:?}\nand received\n{received:?}")
}
