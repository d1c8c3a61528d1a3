//! Clients of the simulated server that do what polite ones do not: stall twice, come while it stops.
//!
//! Not here: what generated clients do (`simulator`).

use chinwag_harness::Operation;
use chinwag_harness::simulator::{Case, Step};

use crate::simulator::{LOST, MINUTE, MUCH, NOTHING_TAKEN, holds, scripted};

/// To have taken everything once is no licence: who stalls again is watched again.
#[test]
fn who_stalls_twice_is_disconnected_the_second_time() {
    let steps = [
        Step::Stall { slot: 0, count: 0 },
        Step::Paste { slot: 1, which: MUCH },
        Step::Wait { which: 1 },
        Step::Heal { slot: 0 },
        // Now the server stops to look whether it takes anything.
        Step::Wait { which: MINUTE },
        Step::Stall { slot: 0, count: 0 },
        Step::Paste { slot: 1, which: MUCH },
        Step::Wait { which: MINUTE },
    ];
    holds(&scripted(2, &steps), &[(NOTHING_TAKEN, 1)]);
}

/// The connection breaks after an answer of two rows: the first alone would be no line of the server.
#[test]
fn whose_connection_breaks_may_have_a_part_of_a_line() {
    let steps = [
        // A window of 30 columns.
        Step::Bytes { slot: 2, which: 5 },
        Step::Chat(Operation::History { slot: 2, count: 0 }),
        Step::Reset { slot: 2 },
    ];
    holds(&scripted(3, &steps), &[(LOST, 1)]);
}

/// What came before it showed that someone is no chat client is taken like anyone's.
#[test]
fn who_interrupts_and_then_speaks_http_is_heard_before() {
    let steps =
        [Step::Chat(Operation::Signal { slot: 1, signal: 0 }), Step::Bytes { slot: 1, which: 9 }];
    holds(&scripted(2, &steps), &[("disconnected: speaks HTTP", 1)]);
}

/// Who has connected and not been greeted yet when the server stops is not let in any more.
#[test]
fn who_comes_while_the_server_stops_is_not_let_in() {
    let steps = [Step::Chat(Operation::Connect), Step::Chat(Operation::Connect)];
    let case = Case { is_abrupt: true, ..scripted(1, &steps) };
    let told = "disconnected: the server is shutting down";
    holds(&case, &[("connected", 3), (told, 1), ("shutting down", 1)]);
}
