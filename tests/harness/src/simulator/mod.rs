//! The production server in a world that is all simulated: streams in memory, a virtual clock, and a
//! schedule that is part of the case. The same case always runs the same way.
//!
//! In reading order: [`Step`] is what can happen to a server, each legal in every state; [`run`] has
//! `running` perform a case in phases (faults, healing, draining, the end), with a `connection` for each
//! client, and returns a [`Record`] of it; `judge` and [`client_record`] say what is wrong with that; `world` is
//! the executor, the clock and the schedule; `net` the streams; `log` counts what the server logs. [`perform`] has
//! clients do what a transcript says.
//!
//! Not here: what the chat does with events (the model says that elsewhere); the events that the server
//! made of the bytes are taken from its journal, and replayed.

mod connection;
mod judge;
mod log;
mod net;
mod running;
mod script;
mod step;
mod store;
mod world;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use chinwag::chat::{self, Event, Timestamp};
use chinwag::server::Limits;
use chinwag::wire::Rate;
use chinwag::wire::transcript::Transcript;
use proptest::prelude::*;
use tracing::subscriber::set_default;

use crate::client_record::{self, ClientRecord};
use crate::{Kind, Operation, Weights};
use connection::Connection;
use log::Log;
use running::Running;
pub use script::perform;
use step::CONDITIONS;
pub use step::{Frequencies, Step};
pub use store::Condition;

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
    /// Whether few may connect from the one address that all connect from, and not often.
    pub is_crowded: bool,
    /// Bytes that may wait for all clients together: a send queue of [`SEND_QUEUE`] or more.
    pub memory: usize,
    /// Whether the server stops in the middle of it all.
    pub is_abrupt: bool,
    /// Whether the journal is on a disk, as opposed to in memory.
    pub is_stored: bool,
}

/// Cases of up to `length` steps.
pub fn cases(length: usize) -> impl Strategy<Value = Case> {
    let weights = prop::collection::vec(0..=8_u8, Weights::KINDS).prop_map(|drawn| {
        let mut weights = [0; Weights::KINDS];
        weights.copy_from_slice(&drawn);
        // Somebody has to be there, and most of what people do is talk. The server stops at the end.
        for (kind, weight) in [(Kind::Connect, 16), (Kind::Say, 16), (Kind::Shutdown, 0)] {
            weights[kind as usize] = weight;
        }
        for kind in [Kind::Bye, Kind::Disconnect] {
            weights[kind as usize] /= 2;
        }
        Weights(weights)
    });
    let often = prop::collection::vec(0..=8_u8, Frequencies::KINDS).prop_map(|drawn| {
        let mut often = [0; Frequencies::KINDS];
        often.copy_from_slice(&drawn);
        // Half of them is what people do; and queues fill only if much is said to those who stall.
        (often[2], often[3]) = (2 * often[2], 2 * often[3]);
        often[0] = drawn.iter().sum();
        Frequencies(often)
    });
    let steps = prop::collection::vec(any::<[u8; 5]>(), 0..length);
    let schedule = prop::collection::vec(any::<u8>(), 0..400);
    let seldom = prop::bool::weighted(0.25);
    let settings = (any::<bool>(), any::<bool>(), any::<bool>(), seldom, any::<bool>());
    let drawn = (weights, often, 2..8_usize, steps, schedule, settings);
    drawn.prop_map(|(weights, often, people, words, schedule, settings)| {
        let (is_braked, is_crowded, is_roomy, is_abrupt, is_stored) = settings;
        let memory = memory(is_roomy);
        let mut steps = vec![Step::Chat(Operation::Connect); people];
        steps.extend(words.into_iter().map(|word| Step::decode(&weights, &often, word)));
        Case { steps, schedule, is_braked, is_crowded, memory, is_abrupt, is_stored }
    })
}

/// Cases of up to `length` steps of few clients who stall, close, come again, vanish and say as much as fits, several of them
/// at once before the server does anything.
pub fn rude_cases(length: usize) -> impl Strategy<Value = Case> {
    let step = prop_oneof![
        2 => Just(Step::Chat(Operation::Connect)),
        4 => any::<u8>().prop_map(|slot| Step::Stall { slot, count: 0 }),
        3 => any::<u8>().prop_map(|slot| Step::Heal { slot }),
        2 => any::<[u8; 2]>().prop_map(|[slot, count]| Step::Take { slot, count }),
        6 => any::<[u8; 2]>().prop_map(|[slot, which]| Step::Paste { slot, which }),
        3 => any::<u8>().prop_map(|slot| Step::Finish { slot }),
        1 => any::<u8>().prop_map(|slot| Step::Reset { slot }),
        1 => any::<u8>().prop_map(|slot| Step::Break { slot }),
        1 => any::<u8>().prop_map(|slot| Step::Vanish { slot }),
        1 => any::<[u8; 2]>().prop_map(|[slot, which]| Step::Bytes { slot, which }),
        4 => Just(Step::AtOnce),
        2 => prop::sample::select(&CONDITIONS[..])
            .prop_map(|condition| Step::Disk { condition }),
        2 => any::<u8>().prop_map(|which| Step::Wait { which }),
        3 => any::<u8>()
            .prop_map(|slot| Step::Chat(Operation::Say { slot, opening: 0, body: 0 })),
        1 => any::<u8>().prop_map(|slot| Step::Chat(Operation::Bye { slot, word: 0 })),
        1 => any::<[u8; 2]>().prop_map(|[slot, room]| Step::Chat(Operation::Join { slot, room })),
    ];
    // Of four numbers three have the server do nothing yet, one task, or few.
    let schedule = prop::collection::vec(prop_oneof![3 => Just(1), 1 => any::<u8>()], 0..400);
    let settings = (any::<bool>(), prop::bool::weighted(0.25), any::<bool>(), any::<bool>());
    let drawn = (2..6_usize, prop::collection::vec(step, 0..length), schedule, settings);
    drawn.prop_map(|(people, words, schedule, (is_braked, is_roomy, is_abrupt, is_stored))| {
        let mut steps = vec![Step::Chat(Operation::Connect); people];
        // After a moment they are all there.
        steps.push(Step::Wait { which: 1 });
        steps.extend(words);
        let memory = memory(is_roomy);
        let is_crowded = false;
        Case { steps, schedule, is_braked, is_crowded, memory, is_abrupt, is_stored }
    })
}

/// How many clients may connect from the one address that all connect from: more than a case has.
const PER_IP: usize = 70;

/// The same if a case is crowded, and how many may come at once.
const CROWD: (usize, u32) = (5, 8);

/// Bytes that may wait for a client: queues fill soon.
pub const SEND_QUEUE: usize = 8 * 1024;

/// The memory for all queues: as much as one may take, or as much as queues may that are longer than any may be for long.
fn memory(is_roomy: bool) -> usize {
    if is_roomy { 5 * SEND_QUEUE } else { SEND_QUEUE }
}

/// When every case begins.
const START: u64 = 1_000_000;

/// The server's limits in a case.
fn limits(case: &Case) -> Limits {
    Limits {
        rate: case.is_braked.then_some(Rate::new(20, 2)),
        chat: chat::Limits { reply: 4096, ..chat::Limits::default() },
        per_ip: Some(if case.is_crowded { CROWD.0 } else { PER_IP }),
        connect_rate: case.is_crowded.then_some(Rate::new(CROWD.1, 1)),
        told_rate: case.is_braked.then_some(Rate::new(4000, 2000)),
        wrap: None,
        send_queue: SEND_QUEUE,
        vanished: Duration::from_secs(30),
        memory: case.memory,
        ..Limits::default()
    }
}

/// What a case made of the server.
pub struct Record {
    limits: Limits,
    /// What the chat took, in order.
    journal: Vec<(Timestamp, Event)>,
    connections: Vec<Connection>,
    /// How often each situation has occurred.
    situations: BTreeMap<String, u64>,
    /// What was wrong on the way.
    problems: Vec<String>,
}

/// Performs a case.
#[must_use]
pub fn run(case: &Case) -> Record {
    let mut run = Running::new(limits(case), case.schedule.clone(), START, case.is_stored);
    let _logs = set_default(Log(run.world.clone()));
    for (token, step) in (0..).zip(&case.steps) {
        run.perform(*step, token);
    }
    if case.is_abrupt {
        return run.end();
    }
    run.heal_and_drain();
    // Where there is much room, it takes as long as all the rest.
    if case.is_crowded || case.steps.len().is_multiple_of(16) {
        run.come_again();
    }
    run.end()
}

impl Record {
    /// Whether all that is promised holds.
    ///
    /// # Errors
    ///
    /// What does not.
    pub fn check(&self) -> Result<(), String> {
        let mut problems = self.problems.clone();
        let admitted = judge::admitted(&self.connections);
        let accounts: Vec<ClientRecord> =
            admitted.map(|(_, connection)| connection.account()).collect();
        problems.extend(client_record::judge(&self.journal, &self.limits.chat, &accounts));
        if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
    }

    /// How often each situation has occurred: those of the server by the words of its log.
    #[must_use]
    pub fn situations(&self) -> &BTreeMap<String, u64> {
        &self.situations
    }

    /// What the chat took, all that each client received, and what occurred: equal for equal cases.
    #[must_use]
    pub fn trace(&self) -> String {
        let received = self.connections.iter().map(|connection| connection.peer.received());
        format!("{self}{:?}{:?}", received.collect::<Vec<_>>(), self.situations)
    }
}

/// What the chat took, as a transcript.
impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Transcript::record(self.limits.chat.clone(), self.journal.iter().cloned()).fmt(f)
    }
}
