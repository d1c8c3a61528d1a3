//! Runs the production server in a simulated world: in-memory streams, a virtual clock, and a schedule that is part
//! of the case. Runs are deterministic.
//!
//! How it works: a case is a list of steps ([`Step`]), each legal in every state. [`run`] performs it in phases:
//! faults, healing, draining, end (`running`, with a `connection` for each client). The result is a [`Record`], which
//! `judge` and [`client_record`] check. `world` is the executor with clock and schedule, `net` has the streams, and
//! `log` counts log messages. [`perform`] has clients act out a transcript.
//!
//! Not here: what the chat does with events. The events come from the server's journal and are replayed with another
//! chat; the model checks the chat itself elsewhere.

mod acceptor;
mod connection;
mod dialogue;
mod handover;
mod judge;
mod log;
mod net;
mod passwords;
mod running;
mod script;
mod sleep;
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
use crate::{Kind, Operation, Target, Weights};
use connection::Connection;
pub use dialogue::dialogue;
use log::Log;
use running::Running;
pub use script::perform;
use step::CONDITIONS;
pub use step::{Frequencies, Step};
pub use store::Condition;

/// Everything that determines a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// The choices of a run, such as which task runs next and how many bytes a read or write transfers, in the order
    /// in which they come up. Once they are used up, the first task runs, and transfers are complete.
    pub schedule: Vec<u8>,
    /// Whether flood control is on.
    pub has_flood_control: bool,
    /// Whether connections per address are limited, in number and rate. All clients share one address.
    pub is_crowded: bool,
    /// The limit on all output queues together: the size of one queue ([`SEND_QUEUE`]) or more.
    pub memory: usize,
    /// Whether the server stops without healing and draining.
    pub is_abrupt: bool,
    /// Whether the journal is on a disk, as opposed to in memory.
    pub is_stored: bool,
}

/// The first of those who have connected becomes an operator, and comes back as the second one.
const APPOINTMENT: [Step; 13] = [
    Step::Wait { which: 2 },
    Step::Chat(Operation::Rename { slot: 0, name: 0, word: 0 }),
    Step::Chat(Operation::Register { slot: 0 }),
    Step::Wait { which: 2 },
    Step::Chat(Operation::Answer { slot: 0, kind: 0 }),
    Step::Wait { which: 4 },
    Step::Chat(Operation::Appoint { account: 0 }),
    Step::Chat(Operation::LogIn { slot: 1, account: 0 }),
    Step::Wait { which: 2 },
    Step::Chat(Operation::Answer { slot: 1, kind: 0 }),
    Step::Wait { which: 4 },
    // A ban for a minute, if there is a third one, and a kick, if there is a fourth one.
    Step::Chat(Operation::Sanction { slot: 1, whom: Target::Present(2), word: 8 }),
    Step::Chat(Operation::Sanction { slot: 1, whom: Target::Present(3), word: 7 }),
];

/// Cases of up to `length` steps.
pub fn cases(length: usize) -> impl Strategy<Value = Case> {
    let weights = prop::collection::vec(0..=8_u8, Weights::KINDS).prop_map(|drawn| {
        let mut weights = [0; Weights::KINDS];
        weights.copy_from_slice(&drawn);
        // There must be clients, and most of what users do is talk. The server stops only at the end.
        for (kind, weight) in [(Kind::Connect, 16), (Kind::Say, 16)] {
            weights[kind as usize] = weight;
        }
        for kind in [Kind::Shutdown, Kind::Restart] {
            weights[kind as usize] = 0;
        }
        for kind in [Kind::Bye, Kind::Disconnect] {
            weights[kind as usize] /= 2;
        }
        Weights(weights)
    });
    let often = prop::collection::vec(0..=8_u8, Frequencies::KINDS).prop_map(|drawn| {
        let mut often = [0; Frequencies::KINDS];
        often.copy_from_slice(&drawn);
        // Half of all steps are operations of users. Queues fill only if much is sent to clients that stall.
        (often[2], often[3]) = (2 * often[2], 2 * often[3]);
        often[0] = drawn.iter().sum();
        Frequencies(often)
    });
    let steps = prop::collection::vec(any::<[u8; 5]>(), 0..length);
    let schedule = prop::collection::vec(any::<u8>(), 0..400);
    let seldom = prop::bool::weighted(0.25);
    let settings = (any::<bool>(), any::<bool>(), any::<bool>(), seldom, any::<bool>());
    let drawn = (weights, often, 2..8_usize, any::<bool>(), steps, schedule, settings);
    drawn.prop_map(|(weights, often, people, has_operator, words, schedule, settings)| {
        let (has_flood_control, is_crowded, is_roomy, is_abrupt, is_stored) = settings;
        let memory = memory(is_roomy);
        let mut steps = vec![Step::Chat(Operation::Connect); people];
        if has_operator {
            steps.extend(APPOINTMENT);
        }
        steps.extend(words.into_iter().map(|word| Step::decode(&weights, &often, word)));
        Case { steps, schedule, has_flood_control, is_crowded, memory, is_abrupt, is_stored }
    })
}

/// Cases of up to `length` steps with a few rude clients. They stall, close, reconnect, vanish and send as much as
/// fits, sometimes several of them before the server gets to run.
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
        2 => any::<u8>().prop_map(|which| Step::HandOver { which }),
        1 => Just(Step::Crash),
        2 => any::<u8>().prop_map(|which| Step::Wait { which }),
        3 => any::<u8>()
            .prop_map(|slot| Step::Chat(Operation::Say { slot, opening: 0, body: 0 })),
        1 => any::<u8>().prop_map(|slot| Step::Chat(Operation::Bye { slot, word: 0 })),
        1 => any::<[u8; 2]>().prop_map(|[slot, room]| Step::Chat(Operation::Join { slot, room })),
    ];
    // Three of four numbers are 1, with which the server does not run after a step.
    let schedule = prop::collection::vec(prop_oneof![3 => Just(1), 1 => any::<u8>()], 0..400);
    let settings = (any::<bool>(), prop::bool::weighted(0.25), any::<bool>(), any::<bool>());
    let drawn = (2..6_usize, prop::collection::vec(step, 0..length), schedule, settings);
    drawn.prop_map(
        |(people, words, schedule, (has_flood_control, is_roomy, is_abrupt, is_stored))| {
            let mut steps = vec![Step::Chat(Operation::Connect); people];
            // After this wait all of them are admitted.
            steps.push(Step::Wait { which: 1 });
            steps.extend(words);
            let memory = memory(is_roomy);
            let is_crowded = false;
            Case { steps, schedule, has_flood_control, is_crowded, memory, is_abrupt, is_stored }
        },
    )
}

/// How many clients may connect from their one address: more than a case has.
const PER_IP: usize = 70;

/// The same in a crowded case, and how many may connect at once.
const CROWD: (usize, u32) = (5, 8);

/// The limit on the output queue of one client: small, so that queues fill soon.
pub const SEND_QUEUE: usize = 8 * 1024;

/// The limit on all output queues together: that of one queue, or five times that, so that a queue may exceed its own
/// limit for a while.
fn memory(is_roomy: bool) -> usize {
    if is_roomy { 5 * SEND_QUEUE } else { SEND_QUEUE }
}

/// The time at the start of every case.
const START: u64 = 1_000_000;

/// The server's limits in a case.
fn limits(case: &Case) -> Limits {
    Limits {
        rate: case.has_flood_control.then_some(Rate::new(20, 2)),
        chat: chat::Limits { reply: 4096, ..chat::Limits::default() },
        per_ip: Some(if case.is_crowded { CROWD.0 } else { PER_IP }),
        connect_rate: case.is_crowded.then_some(Rate::new(CROWD.1, 1)),
        told_rate: case.has_flood_control.then_some(Rate::new(4000, 2000)),
        wrap: None,
        send_queue: SEND_QUEUE,
        vanished: Duration::from_secs(30),
        memory: case.memory,
        ..Limits::default()
    }
}

/// The result of a case.
pub struct Record {
    limits: Limits,
    /// The events that the chat handled, in order.
    journal: Vec<(Timestamp, Event)>,
    connections: Vec<Connection>,
    /// How often each situation occurred.
    situations: BTreeMap<String, u64>,
    /// Violations found during the run.
    problems: Vec<String>,
}

/// Runs a case.
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
    // If many clients may connect, the check takes as long as the rest of the case, so few cases have it.
    if case.is_crowded || case.steps.len().is_multiple_of(16) {
        run.come_again();
    }
    run.end()
}

impl Record {
    /// Checks all laws.
    ///
    /// # Errors
    ///
    /// The violations.
    pub fn check(&self) -> Result<(), String> {
        let mut problems = self.problems.clone();
        let admitted = judge::admitted(&self.connections);
        let records: Vec<ClientRecord> =
            admitted.map(|(_, connection)| connection.record()).collect();
        problems.extend(client_record::judge(&self.journal, &self.limits.chat, &records));
        // A law that is judged several times can fail each time.
        problems.dedup();
        if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
    }

    /// How often each situation occurred. Situations of the server are named by its log messages.
    #[must_use]
    pub fn situations(&self) -> &BTreeMap<String, u64> {
        &self.situations
    }

    /// The events, the received bytes and the situations. Equal cases have equal traces.
    #[must_use]
    pub fn trace(&self) -> String {
        let received = self.connections.iter().map(|connection| connection.peer.received());
        format!("{self}{:?}{:?}", received.collect::<Vec<_>>(), self.situations)
    }
}

/// The events as a transcript.
impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Transcript::record(self.limits.chat.clone(), self.journal.iter().cloned()).fmt(f)
    }
}
