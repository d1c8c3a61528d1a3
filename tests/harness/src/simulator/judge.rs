//! What must hold of a simulated run: G4, I2 and J1 to J8.
//!
//! | law | what it says |
//! | --- | --- |
//! | G4 | nothing that a client received acts on a terminal, and only the server begins lines |
//! | J1 | the journal's lines and signals of a connection are what its bytes mean, in order |
//! | J2, J3 | what a client received is a prefix of what replaying the journal sends it; all of it if nothing went wrong with its connection |
//! | J4 | what a client had sent after an event comes after that event in the journal |
//! | J5 | when faults have stopped, everything due arrives, and every line is taken |
//! | J6 | when the server has ended, no task and nobody in the chat is left |
//! | J7 | nothing that is due to someone who reads waits for time to pass |
//! | I2 | whoever takes nothing of what is due for 30 s is disconnected |
//! | J8 | when the server stops, whatever it has taken before is delivered |
//!
//! Not here: performing the run.

use std::collections::{BTreeMap, BTreeSet};

use chinwag::chat::{Cause, Chat, ClientId, Event, Outbox, Output, Timestamp};
use chinwag::server::Limits;
use chinwag::wire::render::TOO_SLOW;
use chinwag::wire::{Foreign, Received, Receiver, render};

use super::connection::Connection;
use crate::terminal::{judge, whole_lines};

type Journal = [(Timestamp, Event)];

/// What a new chat makes of the journal.
struct Replayed {
    sent: BTreeMap<ClientId, String>,
    present: BTreeSet<ClientId>,
    /// Whom the chat closed.
    closed: BTreeSet<ClientId>,
    /// Who was disconnected, and why.
    disconnected: BTreeMap<ClientId, Cause>,
}

/// While nothing fails any more: what is due has arrived. `has_waited` is whether enough time has passed
/// for every line to be taken.
pub(super) fn drained(
    journal: &Journal,
    connections: &[Connection],
    limits: &Limits,
    has_waited: bool,
) -> Vec<String> {
    let replayed = replay(journal, limits);
    let law = if has_waited { "J5" } else { "J7" };
    let mut problems = Vec::new();
    for (client, connection) in each(connections) {
        if connection.is_in_order(client, &replayed) {
            problems.extend(received_all(law, client, connection, &replayed));
            if has_waited {
                problems.extend(said_all(client, connection, journal));
            }
        }
    }
    problems
}

/// Who has not been sent all that is due, because it takes nothing.
pub(super) fn late(journal: &Journal, connections: &[Connection], limits: &Limits) -> Vec<u64> {
    let replayed = replay(journal, limits);
    let is_late = |(client, connection): &(u64, &Connection)| {
        let sent = without_telnet(&connection.peer.sent()).len();
        replayed.is_present(*client)
            && !connection.peer.is_reset()
            && sent < replayed.due(*client).len()
    };
    each(connections).filter(is_late).map(|(client, _)| client).collect()
}

/// I2: those who were late are not there any more.
pub(super) fn expelled(late: &[u64], journal: &Journal, limits: &Limits) -> Option<String> {
    let replayed = replay(journal, limits);
    let there: Vec<&u64> = late.iter().filter(|client| replayed.is_present(**client)).collect();
    (!there.is_empty())
        .then(|| format!("I2: connections {there:?} take nothing and are still there"))
}

/// When the server has ended.
pub(super) fn ended(journal: &Journal, connections: &[Connection], limits: &Limits) -> Vec<String> {
    let replayed = replay(journal, limits);
    let mut problems = Vec::new();
    for (client, connection) in each(connections) {
        problems.extend(said(client, connection, journal).1);
        let due = replayed.due(client);
        let received = connection.received(client, &replayed);
        if !due.as_bytes().starts_with(&received) {
            problems.push(differ("J3", client, &due, &received));
        }
        if let Err(finding) = judge(whole_lines(&received)) {
            problems.push(format!("G4: connection {client} was sent what it must not: {finding}"));
        }
        if connection.is_in_order(client, &replayed) && connection.peer.has_ended_well() {
            problems.extend(received_all("J8", client, connection, &replayed));
        }
    }
    if !replayed.present.is_empty() {
        problems.push(format!("J6: still there are {:?}", replayed.present));
    }
    problems
}

/// Connections by the ids that the server gives them: a generation, which counts them, above 24 bits of
/// slot.
fn each(connections: &[Connection]) -> impl Iterator<Item = (u64, &Connection)> {
    (0..).zip(connections)
}

fn is_of(client: ClientId, generation: u64) -> bool {
    client.0 >> 24 == generation
}

fn replay(journal: &Journal, limits: &Limits) -> Replayed {
    let mut chat = Chat::new(limits.chat.clone());
    let mut outbox = Outbox::new();
    let (sent, present, closed, disconnected) = Default::default();
    let mut replayed = Replayed { sent, present, closed, disconnected };
    for (at, event) in journal {
        match event {
            Event::Connect { client } => {
                replayed.present.insert(*client);
            }
            Event::Disconnect { client, cause } => {
                if replayed.present.remove(client) {
                    replayed.disconnected.insert(*client, *cause);
                }
            }
            Event::Line { .. } | Event::Signal { .. } | Event::Shutdown => {}
        }
        chat.handle(*at, event.clone(), &mut outbox);
        for output in outbox.iter() {
            match output {
                Output::Deliver { to, message } => {
                    let mut text = String::new();
                    render(message, &mut text);
                    for client in to {
                        replayed.sent.entry(*client).or_default().push_str(&text);
                    }
                }
                Output::Close { client, .. } => {
                    replayed.present.remove(&client);
                    replayed.closed.insert(client);
                }
            }
        }
        outbox.clear();
    }
    replayed
}

impl Replayed {
    fn due(&self, generation: u64) -> String {
        let own = self.sent.iter().find(|(client, _)| is_of(**client, generation));
        own.map(|(_, text)| text.clone()).unwrap_or_default()
    }

    fn is_present(&self, generation: u64) -> bool {
        self.present.iter().any(|client| is_of(*client, generation))
    }

    fn cause(&self, generation: u64) -> Option<Cause> {
        let own = self.disconnected.iter().find(|(client, _)| is_of(**client, generation));
        own.map(|(_, cause)| *cause)
    }
}

impl Connection {
    /// Whether nothing has gone wrong with it.
    fn is_in_order(&self, generation: u64, replayed: &Replayed) -> bool {
        !self.peer.is_reset() && matches!(replayed.cause(generation), None | Some(Cause::Closed))
    }

    /// What it received of what the chat sent: without telnet, and without the server's own words.
    fn received(&self, generation: u64, replayed: &Replayed) -> Vec<u8> {
        let mut received = without_telnet(&self.peer.received());
        let is_http =
            self.meant().iter().any(|(what, _)| *what == Received::Foreign(Foreign::Http));
        let own_words = match replayed.cause(generation) {
            Some(Cause::Slow) => TOO_SLOW,
            _ if is_http => Foreign::Http.answer(),
            _ => "",
        };
        // It may not have got all of them.
        let mut beginnings = (0..=own_words.len()).rev().map(|end| &own_words.as_bytes()[..end]);
        let last = beginnings.find(|words| received.ends_with(words)).unwrap_or_default();
        received.truncate(received.len() - last.len());
        received
    }

    /// What all that it has sent means, and how many events the chat had taken when it was sent.
    fn meant(&self) -> Vec<(Received, usize)> {
        let mut receiver = Receiver::new(&chinwag::chat::Limits::default(), None);
        let mut meant = Vec::new();
        let mut start = 0;
        for &(events, end) in &self.sent_after {
            let bytes = &self.sent[start..end];
            receiver.receive(Timestamp(0), bytes, |what| meant.push((what, events)));
            start = end;
        }
        if self.is_over {
            meant.extend(receiver.finish().map(|what| (what, 0)));
        }
        meant
    }
}

/// What is left of bytes that the server sent when telnet is taken out.
fn without_telnet(bytes: &[u8]) -> Vec<u8> {
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

fn received_all(
    law: &str,
    client: u64,
    connection: &Connection,
    replayed: &Replayed,
) -> Option<String> {
    let (due, received) = (replayed.due(client), connection.received(client, replayed));
    (due.as_bytes() != received).then(|| differ(law, client, &due, &received))
}

fn differ(law: &str, client: u64, due: &str, received: &[u8]) -> String {
    let received = String::from_utf8_lossy(received);
    format!("{law}: connection {client} is due\n{due:?}\nand received\n{received:?}")
}

/// J5: every line of a connection has been taken, unless the chat closed it before.
fn said_all(client: u64, connection: &Connection, journal: &Journal) -> Option<String> {
    let (count, _) = said(client, connection, journal);
    let due = heard(connection).len();
    let has_left = journal.iter().any(|(_, event)| {
        matches!(event, Event::Line { client: id, line } if is_of(*id, client) && is_bye(line))
    });
    (count < due && !has_left).then(|| {
        format!("J5: of {due} lines and signals of connection {client}, {count} were taken")
    })
}

fn is_bye(line: &str) -> bool {
    let word = line.trim().to_lowercase();
    ["/bye", "/quit", "/exit"].iter().any(|bye| word.starts_with(bye))
}

/// What of a connection's bytes is for the chat.
fn heard(connection: &Connection) -> Vec<(Received, usize)> {
    let is_heard = |what: &Received| matches!(what, Received::Line(_) | Received::Signal(_));
    connection.meant().into_iter().filter(|(what, _)| is_heard(what)).collect()
}

/// J1 and J4: how many of its lines and signals have been taken, and what is wrong with them.
fn said(client: u64, connection: &Connection, journal: &Journal) -> (usize, Option<String>) {
    let taken = journal.iter().enumerate().filter_map(|(index, (_, event))| match event {
        Event::Line { client: id, line } if is_of(*id, client) => {
            Some((index, Received::Line(line.clone())))
        }
        Event::Signal { client: id, signal } if is_of(*id, client) => {
            Some((index, Received::Signal(*signal)))
        }
        _ => None,
    });
    let mut meant = heard(connection).into_iter();
    let mut count = 0;
    for (index, taken) in taken {
        match meant.next() {
            Some((what, events)) if what == taken && index >= events => count += 1,
            Some((what, _)) if what == taken => {
                return (
                    count,
                    Some(format!("J4: {taken:?} of {client} was taken before it was sent")),
                );
            }
            other => {
                let sent = other.map(|(what, _)| what);
                return (count, Some(format!("J1: {client} sent {sent:?}, taken was {taken:?}")));
            }
        }
    }
    (count, None)
}
