//! The algebra of the machine: laws F1 to F5, and that errors leave no trace.
//!
//! Not here: the laws themselves (`chinwag_harness::laws`).

use std::env;
use std::process::Command;

use chinwag::chat::Limits;
use chinwag::wire::transcript::Transcript;
use chinwag_harness::laws::{
    commutation, continuation, error_erasure, prefix, relabelling, repetition,
};
use chinwag_harness::{Operation, Run, Weights};

use crate::support::laws::every_run;

/// Cut after a third and after a half of the session.
const CUTS: [u8; 2] = [86, 128];

/// F1: the same events produce the same outputs and the same state.
#[test]
fn f1_the_same_events_give_the_same_outputs() {
    every_run(|run| repetition(run, 0));
}

/// F2: the outputs of a prefix of a session are a prefix of its outputs.
#[test]
fn f2_a_prefix_gives_a_prefix() {
    every_run(|run| CUTS.into_iter().try_for_each(|cut| prefix(run, cut)));
}

/// F3: if clients get other ids, the outputs are addressed to the new ids and otherwise the same.
#[test]
fn f3_other_ids_give_the_same_outputs() {
    every_run(|run| relabelling(run, 0));
}

/// F4: a clone of the state, taken at any time, behaves the same from then on.
#[test]
fn f4_a_copy_behaves_the_same() {
    every_run(|run| CUTS.into_iter().try_for_each(|cut| continuation(run, cut)));
}

/// F5: events in different rooms commute.
#[test]
fn f5_events_in_different_rooms_commute() {
    every_run(|run| commutation(run, 128));
}

/// Without the refused lines, everyone is sent the same except for the refusals.
#[test]
fn errors_leave_no_trace() {
    every_run(|run| error_erasure(run, 0));
}

const CHILD: &str = "CHINWAG_TEST_CHILD";

/// F1 holds across processes, with other addresses and hash seeds.
#[test]
fn f1_another_process_gives_the_same_outputs() {
    let own = long_run();
    if env::var_os(CHILD).is_some() {
        println!("{own}");
        return;
    }
    let name = "algebra::f1_another_process_gives_the_same_outputs";
    let child = Command::new(env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let printed = String::from_utf8(child.stdout).unwrap();
    let start = printed.find("chinwag transcript").expect("the child process prints its run");
    assert_eq!(&printed[start..start + own.len()], own);
}

/// A session of two thousand operations, with its outputs.
fn long_run() -> String {
    let mut number: u32 = 1;
    let operations = (0..2000).map(|_| {
        // Knuth's multiplicative step. Any fixed sequence with enough variety would do.
        number = number.wrapping_mul(2_654_435_761).wrapping_add(12345);
        let [_, a, b, c] = number.to_le_bytes();
        Operation::decode(&Weights::default(), [c, a, b, c ^ a])
    });
    let run = Run::of(&operations.collect::<Vec<_>>());
    Transcript::record(Limits::default(), run.events()).to_string()
}
