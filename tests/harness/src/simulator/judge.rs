//! Laws that must hold during a simulated run; those about its end are in `client_record`.
//!
//! | law | what it says |
//! | --- | --- |
//! | K1 | clients are sent only what stored events cause |
//! | K2 | what is stored is a prefix of what was proposed |
//! | K3 | a server that starts from what is stored has the state of a chat that was given the same events |
//! | J5 | after faults stop, everything due arrives, every line is accepted, and nobody waits for admission |
//! | J6 | after the end no task is left; when all clients have left, all places are free; broken clients are dropped |
//! | J7 | nothing due to a client that reads waits for another event |
//! | I2 | a client that reads nothing of what is due for 30 s is evicted, and no other client is |
//! | I4 | a client that vanished with data in flight is dropped in time; no other client without a fault is lost |
//!
//! A refused client is sent the reason and nothing else; the others do not notice it.
//!
//! Not here: performing the run.

use std::collections::BTreeMap;

use chinwag::chat::{Event, Limits};
use chinwag::wire::render::{CROWDED, FULL, HASTY};

use super::connection::Connection;
use super::world::End;
use crate::client_record::{ClientRecord, Journal, Replayed, number, without_rows, without_telnet};

/// The admitted connections, in order of admission.
pub(super) fn admitted(connections: &[Connection]) -> impl Iterator<Item = (u64, &Connection)> {
    (0..).zip(connections.iter().filter(|connection| connection.peer.is_admitted()))
}

/// K1, at any moment: what clients have been sent is caused by stored events.
pub(super) fn shown(journal: &Journal, connections: &[Connection], limits: &Limits) -> Vec<String> {
    let replayed = Replayed::of(journal, limits);
    let more = |(number, connection): (u64, &Connection)| {
        connection.record().compare("K1", number, (&replayed, limits), false)
    };
    admitted(connections).filter_map(more).collect()
}

/// J7, when no task is runnable: clients that read have received everything.
pub(super) fn idle(journal: &Journal, connections: &[Connection], limits: &Limits) -> Vec<String> {
    let replayed = Replayed::of(journal, limits);
    let reads = |(_, connection): &(u64, &Connection)| !connection.peer.is_stalled();
    let readers = admitted(connections).filter(reads);
    let in_order = in_order(readers, &replayed);
    let missing = |(number, record): (u64, ClientRecord)| {
        record.compare("J7", number, (&replayed, limits), true)
    };
    in_order.filter_map(missing).collect()
}

/// J5 and J6, after faults have stopped and all lines have had time to be accepted.
pub(super) fn drained(
    journal: &Journal,
    connections: &[Connection],
    limits: &Limits,
) -> Vec<String> {
    let replayed = Replayed::of(journal, limits);
    let mut problems = Vec::new();
    for (number, record) in in_order(admitted(connections), &replayed) {
        problems.extend(record.compare("J5", number, (&replayed, limits), true));
        if !replayed.is_closed(number) {
            problems.extend(said_all(number, &record, journal, limits));
        }
    }
    let connects = journal.iter().filter_map(|(_, event)| match event {
        Event::Connect { client, peer } => Some((number(*client), peer.origin.0)),
        _ => None,
    });
    let origins: BTreeMap<u64, u64> = connects.collect();
    for (number, connection) in admitted(connections) {
        let host = u64::from(connection.peer.host());
        if origins.get(&number).is_some_and(|origin| *origin != host) {
            problems.push(format!("J1: {number} does not connect from {host}"));
        }
        if connection.peer.has_failed() && replayed.is_present(number) {
            problems.push(format!("J6: {number} is still present, though writing to it fails"));
        }
    }
    problems
}

fn in_order<'a>(
    connections: impl Iterator<Item = (u64, &'a Connection)>,
    replayed: &Replayed,
) -> impl Iterator<Item = (u64, ClientRecord)> {
    let records = connections.map(|(number, connection)| (number, connection.record()));
    records.filter(|(number, record)| record.is_in_order(*number, replayed))
}

/// The connections with data due that take nothing, not even slowly.
pub(super) fn late(journal: &Journal, connections: &[Connection], limits: &Limits) -> Vec<u64> {
    let replayed = Replayed::of(journal, limits);
    let is_late = |(number, connection): &(u64, &Connection)| {
        // Wrapped rows can have fewer bytes than the line.
        let sent = without_rows(&without_telnet(&connection.peer.sent()));
        let due = replayed.due(*number);
        replayed.is_present(*number)
            && !connection.peer.is_broken()
            && !connection.peer.is_slow()
            && sent.len() < without_rows(due.as_bytes()).len()
    };
    admitted(connections).filter(is_late).map(|(number, _)| number).collect()
}

/// I2: connections that took nothing have been evicted.
pub(super) fn still_stalled(late: &[u64], journal: &Journal, limits: &Limits) -> Option<String> {
    let replayed = Replayed::of(journal, limits);
    let there: Vec<&u64> = late.iter().filter(|number| replayed.is_present(**number)).collect();
    (!there.is_empty())
        .then(|| format!("I2: connections {there:?} take nothing and are still present"))
}

/// I4: connections that vanished with data in flight have been dropped.
pub(super) fn still_vanished(
    unreachable: &[u64],
    journal: &Journal,
    limits: &Limits,
) -> Option<String> {
    let replayed = Replayed::of(journal, limits);
    let there: Vec<&u64> =
        unreachable.iter().filter(|number| replayed.is_present(**number)).collect();
    (!there.is_empty())
        .then(|| format!("I4: connections {there:?} have vanished and are still present"))
}

/// The connections that vanished with data in flight.
pub(super) fn unreachable(connections: &[Connection]) -> Vec<u64> {
    let is_unreachable = |(_, connection): &(u64, &Connection)| connection.peer.is_unreachable();
    admitted(connections).filter(is_unreachable).map(|(number, _)| number).collect()
}

/// I2 and I4: the cause of each disconnect fits the state of the connection at that time. A slow one was stalled, a
/// lost one had a fault, and a closed one was alive.
pub(super) fn unjustified(
    ends: &[End],
    journal: &Journal,
    connections: &[Connection],
    limits: &Limits,
) -> Vec<String> {
    let replayed = Replayed::of(journal, limits);
    let is_admitted = |(connection, _): &(&Connection, bool)| connection.peer.is_admitted();
    let is_unjustified = |end: &&End| {
        let number = number(end.client);
        let mut admitted = connections.iter().zip(end.right.iter().copied()).filter(is_admitted);
        let place = usize::try_from(number).unwrap_or(usize::MAX);
        // The server itself ends connections of other protocols.
        let is_wrong = |(connection, is_right): (&Connection, bool)| {
            !is_right && connection.record().foreign(limits).is_none()
        };
        replayed.cause(number) == Some(end.cause) && admitted.nth(place).is_some_and(is_wrong)
    };
    let unjustified = ends.iter().filter(is_unjustified);
    unjustified
        .map(|end| format!("I2, I4: {} ended as {:?} without reason", end.client, end.cause))
        .collect()
}

/// A connection that was not admitted has been sent the reason and nothing else. `is_crowded`: whether connections
/// per address are limited.
pub(super) fn refused(connections: &[Connection], is_crowded: bool) -> Vec<String> {
    let mut problems = Vec::new();
    for (index, connection) in connections.iter().enumerate() {
        let peer = &connection.peer;
        if peer.is_admitted() || peer.is_broken() {
            continue;
        }
        let sent = String::from_utf8_lossy(&peer.sent()).into_owned();
        let is_right = match sent.as_str() {
            FULL => peer.is_refused(),
            CROWDED | HASTY => is_crowded && !peer.is_refused(),
            _ => false,
        };
        if !is_right || !peer.has_ended_well() {
            problems
                .push(format!("connection {index} was neither admitted nor told why: {sent:?}"));
        }
    }
    problems
}

/// J5: every line that has an end was accepted, unless flood control held the line back when the client closed. Not
/// for connections that the chat has closed.
fn said_all(own: u64, record: &ClientRecord, journal: &Journal, limits: &Limits) -> Option<String> {
    let (count, _) = record.said(own, journal, limits);
    let due = record.heard(limits).len() - record.last(limits).iter().len();
    let may_be_left_over = record.has_flood_control && record.is_over;
    (count < due && !may_be_left_over)
        .then(|| format!("J5: of {due} lines and signals of connection {own}, {count} were taken"))
}
