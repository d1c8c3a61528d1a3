//! Every session of a small scope. How many there are is asserted, so that none goes missing unnoticed.
//!
//! Longer ones: `CHINWAG_DEPTH=6 cargo test --release every_session`.
//!
//! Not here: how they are made (`chinwag_harness::exhaustive`).

use std::env;

use chinwag::chat::{Message, Output};
use chinwag_harness::Run;
use chinwag_harness::exhaustive::{OPENINGS, every_session};

use crate::laws::require;

/// By the last step everyone is sent what the model says; the machine changes if the model does, and only
/// then; and if the step is refused, it does not.
fn the_last_step_is_right(run: &Run) -> Result<(), String> {
    let Some(step) = run.steps.last() else { return Ok(()) };
    step.check()?;
    let (machine, model) = (run.chat != step.before, run.model != step.model);
    require(machine == model, || {
        format!("the last step changes the machine: {machine}; and the model: {model}")
    })?;
    let is_refused = step
        .outbox
        .iter()
        .any(|output| matches!(output, Output::Deliver { message: Message::Refused { .. }, .. }));
    require(!(is_refused && machine), || "the last step is refused, and changes things".to_owned())
}

/// The same; and what everyone was sent until then has no fault that shows without a model.
fn the_session_is_right(run: &Run) -> Result<(), String> {
    the_last_step_is_right(run)?;
    let findings = run.streams().findings();
    require(findings.is_empty(), || format!("{findings:?}"))
}

/// Checks every session up to `CHINWAG_DEPTH` steps, or 4; so many are expected of each length.
#[track_caller]
fn every_session_from(opening: usize, expected: &[u64]) {
    let longest = env::var("CHINWAG_DEPTH").map_or(4, |depth| depth.parse().expect("a number"));
    match every_session(OPENINGS[opening], longest, &the_session_is_right) {
        Err(problem) => panic!("{problem}"),
        Ok(sessions) => {
            println!("{} sessions: {sessions:?}", sessions.iter().sum::<u64>());
            let known = expected.len().min(longest + 1);
            assert_eq!(sessions[..known], expected[..known]);
        }
    }
}

#[test]
fn every_session_from_nothing() {
    every_session_from(0, &[1, 3, 22, 164, 1260, 10_136, 84_710]);
}

#[test]
fn every_session_from_the_lobby() {
    every_session_from(1, &[1, 23, 256, 2742, 28_362, 285_044, 2_803_025]);
}

#[test]
fn every_session_from_a_private_room() {
    every_session_from(2, &[1, 23, 256, 2742, 28_361, 284_799, 2_794_982]);
}
