//! The production server in a world that is all simulated: streams in memory, a virtual clock, and a
//! schedule that is part of the case. The same case always runs the same way.
//!
//! In reading order: [`Step`] is what can happen to a server, each legal in every state; [`run`] performs
//! a case in phases (faults, healing, draining, the end) and returns a [`Record`] of it; `judge` says
//! what is wrong with that; `world` is the executor, the clock and the schedule; `net` the streams.
//!
//! Not here: what the chat does with events (the model says that elsewhere); the events that the server
//! made of the bytes are taken from its journal, and replayed.

mod judge;
mod net;
mod world;

use std::fmt;

use chinwag::chat::{self, Cause, ClientId, Event, Signal, Timestamp};
use chinwag::server::{self, Limits};
use chinwag::wire::Rate;
use chinwag::wire::transcript::Transcript;
use proptest::prelude::*;

use crate::{Model, Operation, Weights};
use net::Peer;
use world::World;

/// One thing that happens to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "slots are taken modulo who is there")]
pub enum Step {
    /// What people and their connections do.
    Chat(Operation),
    /// A client sends part of a line, or telnet, or something that is no chat at all.
    Bytes { slot: u8, which: u8 },
    /// A client sends many lines at once.
    Paste { slot: u8, which: u8 },
    /// A client takes nothing any more.
    Stall { slot: u8 },
    /// A client takes a little.
    Take { slot: u8, count: u8 },
    /// A client takes everything again.
    Heal { slot: u8 },
    /// A client ends its side.
    Finish { slot: u8 },
    /// A connection cannot be accepted.
    AcceptError,
    /// Time passes.
    Wait { which: u8 },
    /// The clock is put back.
    PutBack,
}

/// What a client can send beside lines.
const BYTES: [&[u8]; 8] = [
    b"half a ",
    b"\xFF\xFD\x06",
    b"\xFF\xF4\xFF\xFD\x06",
    b"\xFF\xFB\x1F\xFF\xFA\x1F\0P\0\x18\xFF\xF0",
    b"x\x08\x7F\x15",
    b"\xFF",
    b"GET / HTTP/1.1\r\n",
    b"\x16\x03\x01",
];

/// What a client can paste: how many lines, and how long they are. A length of 0 asks for help instead.
const PASTES: [(usize, usize); 5] = [(40, 1), (12, 400), (30, 400), (30, 0), (3, 1500)];

/// How long it can take until something else happens, in milliseconds.
const WAITS: [u64; 6] = [1, 60, 500, 1_000, 6_000, 31_000];

/// What ends a line, as clients have it.
const LINE_ENDS: [&str; 4] = ["\r\n", "\n", "\r\0", "\r"];

impl Step {
    /// The step that five bytes stand for.
    #[must_use]
    pub fn decode(weights: &Weights, [kind, word @ ..]: [u8; 5]) -> Self {
        let [which, slot, ..] = word;
        match kind {
            0..170 => Self::Chat(Operation::decode(weights, word)),
            170..185 => Self::Bytes { slot, which },
            185..195 => Self::Paste { slot, which },
            195..205 => Self::Stall { slot },
            205..215 => Self::Take { slot, count: which },
            215..225 => Self::Heal { slot },
            225..232 => Self::Finish { slot },
            232..238 => Self::AcceptError,
            238..252 => Self::Wait { which },
            252.. => Self::PutBack,
        }
    }
}

/// Everything that decides how a run goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// What happens.
    pub steps: Vec<Step>,
    /// Which task runs next, and how much a read or write transfers: whenever there is a choice, the
    /// next of these; when they are used up, the first task, and all of it.
    pub schedule: Vec<u8>,
    /// Whether flood control is on.
    pub is_braked: bool,
}

/// Cases of up to `length` steps.
pub fn cases(length: usize) -> impl Strategy<Value = Case> {
    let weights = prop::collection::vec(0..=8_u8, Weights::KINDS).prop_map(|drawn| {
        let mut weights = [0; Weights::KINDS];
        weights.copy_from_slice(&drawn);
        // Somebody has to be there, and most of what people do is talk. The server stops at the end.
        (weights[0], weights[1], weights[14]) = (16, 16, 0);
        (weights[6], weights[12]) = (weights[6] / 2, weights[12] / 2);
        Weights(weights)
    });
    let steps = prop::collection::vec(any::<[u8; 5]>(), 0..length);
    let schedule = prop::collection::vec(any::<u8>(), 0..400);
    (weights, steps, schedule, any::<bool>()).prop_map(|(weights, words, schedule, is_braked)| {
        let steps = words.into_iter().map(|word| Step::decode(&weights, word)).collect();
        Case { steps, schedule, is_braked }
    })
}

/// How many clients may connect from the one address that all connect from: more than a case has.
const PER_IP: usize = 70;

/// The server's limits in a case: queues that fill soon.
fn limits(case: &Case) -> Limits {
    Limits {
        rate: case.is_braked.then_some(Rate::new(20, 2)),
        chat: chat::Limits { reply: 4096, ..chat::Limits::default() },
        per_ip: Some(PER_IP),
        connect_rate: None,
        send_queue: 8 * 1024,
        memory: 8 * 1024,
        ..Limits::default()
    }
}

/// A connection, seen from its client.
pub struct Connection {
    peer: Peer,
    /// All that it has sent.
    sent: Vec<u8>,
    /// How many events the chat had taken when it sent its bytes up to here.
    sent_after: Vec<(usize, usize)>,
    /// Whether it has broken the connection, or ended its side.
    is_over: bool,
}

/// What a case made of the server.
pub struct Record {
    limits: Limits,
    /// What the chat took, in order.
    journal: Vec<(Timestamp, Event)>,
    connections: Vec<Connection>,
    /// What was wrong on the way.
    problems: Vec<String>,
}

/// Performs a case.
#[must_use]
pub fn run(case: &Case) -> Record {
    let mut run = Running::start(case);
    for (token, step) in (0..).zip(&case.steps) {
        run.perform(*step, token);
        run.world.run_a_little();
    }
    run.heal_and_drain();
    // It takes as long as all the rest.
    if case.steps.len().is_multiple_of(8) {
        run.come_again();
    }
    run.end()
}

/// A case on its way.
struct Running {
    world: World,
    limits: Limits,
    /// Guesses who is there, to have operations mean something.
    guess: Model,
    connections: Vec<Connection>,
    is_put_back: bool,
    problems: Vec<String>,
}

impl Running {
    fn start(case: &Case) -> Self {
        let world = World::new(case.schedule.clone());
        let limits = limits(case);
        let (journal, stop) = (world.journal(), world.stopped());
        let acceptors = vec![world.acceptor()];
        let serve = server::serve(world.clone(), acceptors, limits.clone(), journal, stop);
        world.spawn_main(serve);
        let (guess, connections, is_put_back, problems) = Default::default();
        Self { world, limits, guess, connections, is_put_back, problems }
    }

    fn perform(&mut self, step: Step, token: u64) {
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
    fn heal_and_drain(&mut self) {
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
    fn come_again(&mut self) {
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
    fn end(mut self) -> Record {
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

impl Connection {
    fn new(peer: Peer) -> Self {
        Self { peer, sent: Vec::new(), sent_after: Vec::new(), is_over: false }
    }

    /// Whether it has not been let in.
    fn is_refused(&self) -> bool {
        // The banner begins with an empty line.
        self.peer.sent().first() == Some(&b' ')
    }

    fn send(&mut self, bytes: &[u8], events: usize) {
        if !self.is_over {
            self.peer.send(bytes);
            self.sent.extend_from_slice(bytes);
            self.sent_after.push((events, self.sent.len()));
        }
    }

    fn finish(&mut self) {
        self.is_over = true;
        self.peer.finish();
    }

    fn reset(&mut self) {
        self.is_over = true;
        self.peer.reset();
    }
}

impl Record {
    /// Whether all that is promised holds.
    ///
    /// # Errors
    ///
    /// What does not.
    pub fn check(&self) -> Result<(), String> {
        let mut problems = self.problems.clone();
        problems.extend(judge::ended(&self.journal, &self.connections, &self.limits));
        if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
    }

    /// What the chat took, and all that each client received: equal for equal cases.
    #[must_use]
    pub fn trace(&self) -> String {
        let received = self.connections.iter().map(|connection| connection.peer.received());
        format!("{self}{:?}", received.collect::<Vec<_>>())
    }
}

/// What the chat took, as a transcript.
impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Transcript::record(self.limits.chat.clone(), self.journal.iter().cloned()).fmt(f)
    }
}
