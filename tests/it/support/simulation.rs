//! Cases of the simulated server that are written by hand.
//!
//! Not here: the simulation, and what the numbers in a step select (`chinwag_harness::simulator`).

use chinwag_harness::Operation;
use chinwag_harness::simulator::{Case, Record, SEND_QUEUE, Step, run};

/// The index of 40 lines of one letter, in the texts that a client can paste.
pub(crate) const MANY: u8 = 0;

/// The index of 12 lines of 400 letters.
pub(crate) const MUCH: u8 = 1;

/// The index of 30 times `/help`.
pub(crate) const HELP: u8 = 3;

/// The index of 3 lines of 1,500 letters.
pub(crate) const SOME: u8 = 4;

/// The index of 61 s, in the waiting times of a step.
pub(crate) const MINUTE: u8 = 6;

pub(crate) const EVICTED: &str = "gave up on what was due: no memory";
pub(crate) const LOST: &str = "disconnected: connection lost";
pub(crate) const NOTHING_TAKEN: &str = "disconnected: too slow: it takes nothing of what is due";

/// A case in which clients connect, and then these steps follow.
pub(crate) fn scripted(clients: usize, steps: &[Step]) -> Case {
    let mut all = vec![Step::Chat(Operation::Connect); clients];
    // After this wait all of them are admitted.
    all.push(Step::Wait { which: 1 });
    all.extend(steps);
    let (schedule, has_flood_control, is_crowded, is_abrupt, is_stored) = Default::default();
    let memory = SEND_QUEUE;
    Case { steps: all, schedule, has_flood_control, is_crowded, memory, is_abrupt, is_stored }
}

/// Judges a run; a violation comes with the journal.
pub(crate) fn judged(record: &Record) -> Result<(), String> {
    record.check().map_err(|problem| format!("{problem}\n\nthe journal:\n\n{record}"))
}

/// Requires that all laws hold for a run.
#[track_caller]
pub(crate) fn passes(record: &Record) {
    if let Err(problem) = judged(record) {
        panic!("{problem}");
    }
}

/// Requires that all laws hold for a case, and that these situations occur so often.
#[track_caller]
pub(crate) fn holds(case: &Case, situations: &[(&str, u64)]) {
    let record = run(case);
    passes(&record);
    let count = |name| record.situations().get(name).copied().unwrap_or_default();
    let counted: Vec<(&str, u64)> =
        situations.iter().map(|(name, _)| (*name, count(*name))).collect();
    assert_eq!(counted, situations, "of {:#?}", record.situations());
}
