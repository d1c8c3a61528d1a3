//! The algebra of the machine: invariants F1 to F5, and that errors leave no trace.
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

use crate::laws::every_run;

/// Cuts after a third and after a half.
const CUTS: [u8; 2] = [86, 128];

/// F1: the same events give the same outputs and the same state.
#[test]
fn f1_the_same_events_give_the_same_outputs() {
    every_run(|run| repetition(run, 0));
}

/// F2: what the beginning of a session causes is the beginning of what all of it causes.
#[test]
fn f2_a_prefix_causes_a_prefix() {
    every_run(|run| CUTS.into_iter().try_for_each(|cut| prefix(run, cut)));
}

/// F3: renaming the ids renames those to whom things are sent, and changes nothing else.
#[test]
fn f3_other_ids_cause_the_same() {
    every_run(|run| relabelling(run, 0));
}

/// F4: a copy of the state, taken at any point, has the same future.
#[test]
fn f4_a_copy_has_the_same_future() {
    every_run(|run| CUTS.into_iter().try_for_each(|cut| continuation(run, cut)));
}

/// F5: what is done in one room and what is done in another may come in either order: nobody can tell.
#[test]
fn f5_what_is_done_in_different_rooms_commutes() {
    every_run(|run| commutation(run, 128));
}

/// Errors leave no trace: without the lines that were refused, everyone is sent the same but for the
/// refusals.
#[test]
fn errors_leave_no_trace() {
    every_run(|run| error_erasure(run, 0));
}

const CHILD: &str = "CHINWAG_TEST_CHILD";

/// F1: and so in another process, where addresses and hash seeds are others.
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
    let start = printed.find("chinwag transcript").expect("the child prints its run");
    assert_eq!(&printed[start..start + own.len()], own);
}

/// A run of two thousand operations, with what it causes.
fn long_run() -> String {
    let mut number: u32 = 1;
    let operations = (0..2000).map(|_| {
        // Knuth's multiplicative step; any fixed sequence that is varied enough would do.
        number = number.wrapping_mul(2_654_435_761).wrapping_add(12345);
        let [_, a, b, c] = number.to_le_bytes();
        Operation::decode(&Weights::default(), [c, a, b, c ^ a])
    });
    let run = Run::of(&operations.collect::<Vec<_>>());
    Transcript::record(Limits::default(), run.events()).to_string()
}
