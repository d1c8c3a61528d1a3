//! Performs a case: faults, then healing, draining, and the end.
//!
//! Not here: what is wrong with what comes of it (`judge`).

use chinwag::chat::{Cause, ClientId, Event, Signal};
use chinwag::server::{self, Limits};

use super::connection::Connection;
use super::step::{BYTES, PASTES, Step, WAITS};
use super::world::World;
use super::{Case, PER_IP, Record, judge, limits};
use crate::{Model, Operation};

/// What ends a line, as clients have it.
const LINE_ENDS: [&str; 4] = ["\r\n", "\n", "\r\0", "\r"];

/// A case on its way.
pub(super) struct Running {
    pub(super) world: World,
    limits: Limits,
    /// Guesses who is there, to have operations mean something.
    guess: Model,
    connections: Vec<Connection>,
    is_put_back: bool,
    problems: Vec<String>,
}

impl Running {
    pub(super) fn start(case: &Case) -> Self {
        let world = World::new(case.schedule.clone());
        let limits = limits(case);
        let (journal, stop) = (world.journal(), world.stopped());
        let acceptors = vec![world.acceptor()];
        let serve = server::serve(world.clone(), acceptors, limits.clone(), journal, stop);
        world.spawn_main(serve);
        let (guess, connections, is_put_back, problems) = Default::default();
        Self { world, limits, guess, connections, is_put_back, problems }
    }

    pub(super) fn perform(&mut self, step: Step, token: u64) {
        match step {
            Step::Chat(operation) => self.chat(operation, token),
            Step::Bytes { slot, which } => {
                let bytes = BYTES[usize::from(which) % BYTES.len()];
                self.with(slot, |connection, events| connection.send(bytes, events));
            }
            Step::Paste { slot, which } => {
                let (count, length) = PASTES[usize::from(which) % PASTES.len()];
                let line = |number| match length {
                    0 => "/help\r\n".to_owned(),
                    _ => format!("{}#{}\r\n", "x".repeat(length), token * 1000 + number),
                };
                let lines: String = (0..).take(count).map(line).collect();
                self.with(slot, |connection, events| connection.send(lines.as_bytes(), events));
            }
            Step::Stall { slot } => self.with(slot, |connection, _| connection.peer.stall()),
            Step::Take { slot, count } => {
                self.with(slot, |connection, _| connection.peer.take(usize::from(count)));
            }
            Step::Heal { slot } => self.with(slot, |connection, _| connection.peer.heal()),
            Step::Finish { slot } => self.with(slot, |connection, _| connection.finish()),
            Step::PutBack => {
                self.is_put_back = true;
                self.world.put_clock_back(300_000);
            }
            Step::AcceptError => self.world.fail_accepting(),
            Step::Wait { which } => {
                self.world.run_until_idle();
                let wait = WAITS[usize::from(which) % WAITS.len()];
                let journal = self.world.journal_so_far();
                let late = judge::late(&journal, &self.connections, &self.limits);
                self.world.advance(wait);
                if u128::from(wait) > self.limits.patience.as_millis() && !self.is_put_back {
                    let journal = self.world.journal_so_far();
                    self.problems.extend(judge::expelled(&late, &journal, &self.limits));
                }
            }
        }
    }

    fn connect(&mut self) {
        self.connections.push(Connection::new(self.world.connect()));
    }

    /// Has a client do what an operation says.
    fn chat(&mut self, operation: Operation, token: u64) {
        let Some(action) = operation.resolve(&self.guess, token) else { return };
        let end = LINE_ENDS[usize::try_from(token).unwrap_or(0) % LINE_ENDS.len()];
        let index = |client: ClientId| usize::try_from(client.0).unwrap_or(usize::MAX);
        let events = self.world.events();
        match &action.event {
            Event::Connect { client } if index(*client) == self.connections.len() => {
                self.connect();
            }
            Event::Line { client, line } => {
                if let Some(connection) = self.connections.get_mut(index(*client)) {
                    connection.send(format!("{line}{end}").as_bytes(), events);
                }
            }
            Event::Signal { client, signal } => {
                let bytes = match signal {
                    Signal::Interrupt => b"\xFF\xF4".to_vec(),
                    Signal::AreYouThere => b"\xFF\xF6".to_vec(),
                    Signal::Overlong => vec![b'x'; 2100],
                };
                if let Some(connection) = self.connections.get_mut(index(*client)) {
                    connection.send(&bytes, events);
                }
            }
            Event::Disconnect { client, cause } => {
                if let Some(connection) = self.connections.get_mut(index(*client)) {
                    match cause {
                        Cause::Closed => connection.finish(),
                        Cause::Lost => connection.reset(),
                        Cause::Slow => connection.peer.stall(),
                    }
                }
            }
            Event::Connect { .. } | Event::Shutdown => {}
        }
        self.guess.apply(&action);
    }

    fn with(&mut self, slot: u8, act: impl FnOnce(&mut Connection, usize)) {
        let events = self.world.events();
        let count = self.connections.len();
        if count > 0 {
            act(&mut self.connections[usize::from(slot) % count], events);
        }
    }

    /// From here on nothing fails, and everyone takes what is due.
    pub(super) fn heal_and_drain(&mut self) {
        self.connections.iter().for_each(|connection| connection.peer.heal());
        self.world.run_until_idle();
        self.judge_drained(false);
        // Longer than flood control can hold anything back.
        self.world.advance(10_000_000);
        self.judge_drained(true);
    }

    fn judge_drained(&mut self, has_waited: bool) {
        let journal = self.world.journal_so_far();
        let problems = judge::drained(&journal, &self.connections, &self.limits, has_waited);
        self.problems.extend(problems);
    }

    /// When all have gone, there is room for as many as ever.
    pub(super) fn come_again(&mut self) {
        self.connections.iter_mut().for_each(Connection::finish);
        self.world.advance(1_000_000);
        let before = self.connections.len();
        (0..PER_IP).for_each(|_| self.connect());
        self.world.advance(1_000);
        let refused =
            self.connections[before..].iter().filter(|connection| connection.is_refused());
        let count = refused.count();
        if count > 0 {
            self.problems.push(format!("J6: {count} were refused although all had gone"));
        }
    }

    /// Stops the server.
    pub(super) fn end(mut self) -> Record {
        self.world.stop();
        self.world.run_until_idle();
        for _ in 0..100 {
            // Clients close when they are told that the server does.
            self.connections.iter_mut().for_each(Connection::finish);
            self.world.advance(100);
        }
        self.problems.extend(self.world.leftovers());
        let journal = self.world.journal_so_far();
        let Self { limits, connections, problems, .. } = self;
        Record { limits, journal, connections, problems }
    }
}
