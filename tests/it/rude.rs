//! Scenarios with rude clients of the simulated server: they stall twice, or connect while it stops.
//!
//! Not here: generated scenarios (`simulator`).

use chinwag::wire::render::{GOES_ON, STANDS_STILL};
use chinwag_harness::Operation;
use chinwag_harness::simulator::{Case, Condition, Step, run};

use crate::support::simulation::{LOST, MINUTE, MUCH, NOTHING_TAKEN, holds, scripted};

/// A client that has received everything once and stalls again is watched again.
#[test]
fn a_client_that_stalls_twice_is_evicted_the_second_time() {
    let steps = [
        Step::Stall { slot: 0, count: 0 },
        Step::Paste { slot: 1, which: MUCH },
        Step::Wait { which: 1 },
        Step::Heal { slot: 0 },
        // The server stops watching the client.
        Step::Wait { which: MINUTE },
        Step::Stall { slot: 0, count: 0 },
        Step::Paste { slot: 1, which: MUCH },
        Step::Wait { which: MINUTE },
    ];
    holds(&scripted(2, &steps), &[(NOTHING_TAKEN, 1)]);
}

/// The connection breaks after a reply of two rows. The first row alone would not be a line of the server.
#[test]
fn a_broken_connection_may_end_within_a_line() {
    let steps = [
        // A window of 30 columns.
        Step::Bytes { slot: 2, which: 5 },
        Step::Chat(Operation::History { slot: 2, count: 0 }),
        Step::Reset { slot: 2 },
    ];
    holds(&scripted(3, &steps), &[(LOST, 1)]);
}

/// Bytes before those of another protocol count like those of any client.
#[test]
fn an_interrupt_before_an_http_request_counts() {
    let steps =
        [Step::Chat(Operation::Signal { slot: 1, signal: 0 }), Step::Bytes { slot: 1, which: 9 }];
    holds(&scripted(2, &steps), &[("disconnected: speaks HTTP", 1)]);
}

/// A client that has connected but has not been greeted when the server stops is not admitted.
#[test]
fn a_client_that_connects_during_the_stop_is_not_admitted() {
    let steps = [Step::Chat(Operation::Connect), Step::Chat(Operation::Connect)];
    let case = Case { is_abrupt: true, ..scripted(1, &steps) };
    let told = "disconnected: the server is shutting down";
    holds(&case, &[("connected", 3), (told, 1), ("shutting down", 1)]);
}

/// The disk is full while nobody is there who could be told. Those who come when there is room are not told either.
#[test]
fn nobody_is_told_of_a_disk_that_was_full_before() {
    let disk = |condition| Step::Disk { condition };
    let steps = [
        disk(Condition::Full),
        Step::Chat(Operation::Connect),
        Step::Wait { which: 2 },
        disk(Condition::Works),
        Step::Chat(Operation::Connect),
        Step::Chat(Operation::Connect),
        Step::Wait { which: 2 },
        Step::Chat(Operation::Say { slot: 0, opening: 0, body: 0 }),
    ];
    let record = run(&Case { is_stored: true, ..scripted(0, &steps) });
    assert_eq!(record.check(), Ok(()));
    assert_eq!(
        record.situations().get("the chat stands still: its journal cannot be written"),
        Some(&1)
    );
    // A trace has what was received as numbers.
    let trace = record.trace();
    for words in [STANDS_STILL, GOES_ON] {
        let numbers = format!("{:?}", words.as_bytes());
        assert!(!trace.contains(numbers.trim_matches(['[', ']'])), "somebody is told {words:?}");
    }
}
