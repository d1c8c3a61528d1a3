//! What must hold on the way of a simulated run, beside what its end must show (`client_record`).
//!
//! | law | what it says |
//! | --- | --- |
//! | K1 | whatever anyone has been sent is caused by events that are stored |
//! | J5 | when faults have stopped, everything due arrives, every line is taken, and nobody waits to be let in |
//! | J6 | when the server has ended, no task is left; when all have gone, there is room for as many as ever; who cannot be written to does not stay |
//! | J7 | nothing that is due to someone who reads waits for anything else to happen |
//! | I2 | whoever takes nothing of what is due for 30 s is disconnected, and nobody else is for that |
//! | I4 | whoever has vanished while something was on its way is lost in time, and nobody else is lost who has not broken off |
//!
//! Who is refused is sent why, and nothing else; nobody else hears of it.
//!
//! Not here: performing the run.

use chinwag::chat::{Command, Event, Limits, Text};
use chinwag::wire::render::{CROWDED, FULL, HASTY};

use super::connection::Connection;
use super::world::End;
use crate::client_record::{ClientRecord, Journal, Replayed, number, without_rows, without_telnet};

/// Those who were let in, in that order.
pub(super) fn admitted(connections: &[Connection]) -> impl Iterator<Item = (u64, &Connection)> {
    (0..).zip(connections.iter().filter(|connection| connection.peer.is_let_in()))
}

/// K1, at any moment: what someone has been sent is caused by what is stored.
pub(super) fn shown(journal: &Journal, connections: &[Connection], limits: &Limits) -> Vec<String> {
    let replayed = Replayed::of(journal, limits);
    let more = |(number, connection): (u64, &Connection)| {
        connection.account().compare("K1", number, (&replayed, limits), false)
    };
    admitted(connections).filter_map(more).collect()
}

/// J7, at a moment when no task can run: who reads has got everything.
pub(super) fn idle(journal: &Journal, connections: &[Connection], limits: &Limits) -> Vec<String> {
    let replayed = Replayed::of(journal, limits);
    let reads = |(_, connection): &(u64, &Connection)| !connection.peer.is_stalled();
    let readers = admitted(connections).filter(reads);
    let in_order = in_order(readers, &replayed);
    let missing = |(number, account): (u64, ClientRecord)| {
        account.compare("J7", number, (&replayed, limits), true)
    };
    in_order.filter_map(missing).collect()
}

/// Nothing fails any more, and enough time has passed for every line to be taken.
pub(super) fn drained(
    journal: &Journal,
    connections: &[Connection],
    limits: &Limits,
) -> Vec<String> {
    let replayed = Replayed::of(journal, limits);
    let mut problems = Vec::new();
    for (number, account) in in_order(admitted(connections), &replayed) {
        problems.extend(account.compare("J5", number, (&replayed, limits), true));
        problems.extend(said_all(number, &account, journal, limits));
    }
    for (number, connection) in admitted(connections) {
        if connection.peer.has_failed() && replayed.is_present(number) {
            problems.push(format!("J6: {number} cannot be written to, and is still there"));
        }
    }
    problems
}

fn in_order<'a>(
    connections: impl Iterator<Item = (u64, &'a Connection)>,
    replayed: &Replayed,
) -> impl Iterator<Item = (u64, ClientRecord)> {
    let accounts = connections.map(|(number, connection)| (number, connection.account()));
    accounts.filter(|(number, account)| account.is_in_order(*number, replayed))
}

/// Who has not been sent all that is due, because it takes nothing, not even slowly.
pub(super) fn late(journal: &Journal, connections: &[Connection], limits: &Limits) -> Vec<u64> {
    let replayed = Replayed::of(journal, limits);
    let is_late = |(number, connection): &(u64, &Connection)| {
        // Rows can take fewer bytes than the line that they are.
        let sent = without_rows(&without_telnet(&connection.peer.sent()));
        let due = replayed.due(*number);
        replayed.is_present(*number)
            && !connection.peer.is_broken()
            && !connection.peer.is_slow()
            && sent.len() < without_rows(due.as_bytes()).len()
    };
    admitted(connections).filter(is_late).map(|(number, _)| number).collect()
}

/// I2: those who were late are not there any more.
pub(super) fn expelled(late: &[u64], journal: &Journal, limits: &Limits) -> Option<String> {
    let replayed = Replayed::of(journal, limits);
    let there: Vec<&u64> = late.iter().filter(|number| replayed.is_present(**number)).collect();
    (!there.is_empty())
        .then(|| format!("I2: connections {there:?} take nothing and are still there"))
}

/// I4: those who were missed are not there any more.
pub(super) fn forgotten(missed: &[u64], journal: &Journal, limits: &Limits) -> Option<String> {
    let replayed = Replayed::of(journal, limits);
    let there: Vec<&u64> = missed.iter().filter(|number| replayed.is_present(**number)).collect();
    (!there.is_empty())
        .then(|| format!("I4: connections {there:?} have vanished and are still there"))
}

/// Who has vanished while something was on its way to it.
pub(super) fn missed(connections: &[Connection]) -> Vec<u64> {
    let is_missed = |(_, connection): &(u64, &Connection)| connection.peer.is_missed();
    admitted(connections).filter(is_missed).map(|(number, _)| number).collect()
}

/// I2, I4: who was too slow took nothing at that moment, who was lost was not there, and who had closed was.
pub(super) fn unjust(
    ends: &[End],
    journal: &Journal,
    connections: &[Connection],
    limits: &Limits,
) -> Vec<String> {
    let replayed = Replayed::of(journal, limits);
    let is_let_in = |(connection, _): &(&Connection, bool)| connection.peer.is_let_in();
    let is_unjust = |end: &&End| {
        let number = number(end.client);
        let mut admitted = connections.iter().zip(end.right.iter().copied()).filter(is_let_in);
        let place = usize::try_from(number).unwrap_or(usize::MAX);
        // The server ends those itself who are no chat clients.
        let is_wrong = |(connection, is_right): (&Connection, bool)| {
            !is_right && connection.account().foreign(limits).is_none()
        };
        replayed.cause(number) == Some(end.cause) && admitted.nth(place).is_some_and(is_wrong)
    };
    let unjust = ends.iter().filter(is_unjust);
    unjust
        .map(|end| format!("I2, I4: {} should not have ended as {:?}", end.client, end.cause))
        .collect()
}

/// Who was not let in was told why, and nothing else; `is_crowded` is whether addresses are limited.
pub(super) fn refused(connections: &[Connection], is_crowded: bool) -> Vec<String> {
    let mut problems = Vec::new();
    for (index, connection) in connections.iter().enumerate() {
        let peer = &connection.peer;
        if peer.is_let_in() || peer.is_broken() {
            continue;
        }
        let sent = String::from_utf8_lossy(&peer.sent()).into_owned();
        let is_right = match sent.as_str() {
            FULL => peer.is_turned_away(),
            CROWDED | HASTY => is_crowded && !peer.is_turned_away(),
            _ => false,
        };
        if !is_right || !peer.has_ended_well() {
            problems.push(format!("the {index}th to come was neither let in nor told: {sent:?}"));
        }
    }
    problems
}

/// J5: every line of a connection that has an end has been taken, unless the chat closed it before, or flood control
/// held it back when its client ended.
fn said_all(
    own: u64,
    account: &ClientRecord,
    journal: &Journal,
    limits: &Limits,
) -> Option<String> {
    let (count, _) = account.said(own, journal, limits);
    let due = account.heard(limits).len() - account.last(limits).iter().len();
    let has_left = journal.iter().any(|(_, event)| {
        matches!(event, Event::Line { client, line } if number(*client) == own && is_bye(line))
    });
    let may_be_left_over = account.is_braked && account.is_over;
    (count < due && !has_left && !may_be_left_over)
        .then(|| format!("J5: of {due} lines and signals of connection {own}, {count} were taken"))
}

fn is_bye(line: &str) -> bool {
    matches!(Command::parse(Text::clean(line)), Ok(Command::Bye(_)))
}
