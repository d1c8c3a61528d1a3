//! Small scopes, exhaustively: every session up to a length, and every state that sessions of any length reach. The
//! tests assert the numbers of sessions and states, so that a smaller search is noticed.
//!
//! Longer sessions: `CHINWAG_DEPTH=5 cargo test --release every_session`. Larger scopes: `CHINWAG_REACHABLE=full
//! cargo test --release reachable`.
//!
//! Not here: what this shows and what it does not (`chinwag_harness::exhaustive`, `chinwag_harness::reachable`).

use std::env;

use chinwag::chat::{Chat, Message, Output};
use chinwag_harness::exhaustive::{SCENES, every_session};
use chinwag_harness::reachable::{
    Reachable, Scope, being_away, coming, excluding, ignoring, moving, moving_on, naming,
    naming_alike, noticing, talking, whispering,
};
use chinwag_harness::{Run, diff};

use crate::support::laws::{later, require, this_test};

/// The last step matches the model. It changes the machine exactly if it changes the model, and changes nothing if it
/// is refused.
fn the_last_step_is_right(run: &Run, before: &Chat) -> Result<(), String> {
    let Some(step) = run.steps.last() else { return Ok(()) };
    step.check()?;
    // Apart from the time, which passes anyway.
    let before = &later(before.clone(), step.action.at);
    let was = &step.model.later(step.action.at);
    let (machine, model) = (run.chat != *before, run.model != *was);
    require(machine == model, || {
        let (chat, other) = (diff::debug(before, &run.chat), diff::debug(was, &run.model));
        format!("the last step (- before, + after)\nthe machine: {chat}\nthe model: {other}")
    })?;
    let is_refused = step
        .outbox
        .iter()
        .any(|output| matches!(output, Output::Deliver { message: Message::Refused { .. }, .. }));
    require(!(is_refused && machine), || {
        let changed = diff::debug(before, &run.chat);
        format!("the last step is refused, but the machine (- before, + after) {changed}")
    })
}

/// The same for the last step, and the stream checkers find nothing in the whole session.
fn the_session_is_right(run: &Run, before: &Chat) -> Result<(), String> {
    the_last_step_is_right(run, before)?;
    let findings = run.streams().findings();
    require(findings.is_empty(), || format!("{findings:?}"))
}

/// The command that runs this test with the same scope.
fn again(variable: &str, value: &str) -> String {
    format!("{variable}={value} cargo test --test it -- --exact {}", this_test())
}

/// Checks every session of up to `CHINWAG_DEPTH` steps, default 4, and the number of sessions of each length.
#[track_caller]
fn every_session_from(scene: usize, expected: &[u64]) {
    let longest = env::var("CHINWAG_DEPTH").map_or(4, |depth| depth.parse().expect("a number"));
    match every_session(SCENES[scene], longest, &the_session_is_right) {
        Err(problem) => {
            panic!("{problem}\nto see it again:\n{}", again("CHINWAG_DEPTH", &longest.to_string()))
        }
        Ok(sessions) => {
            println!("{} sessions: {sessions:?}", sessions.iter().sum::<u64>());
            let known = expected.len().min(longest + 1);
            assert_eq!(sessions[..known], expected[..known]);
        }
    }
}

#[test]
fn every_session_from_nothing() {
    every_session_from(0, &[1, 3, 22, 164, 1238]);
}

#[test]
fn every_session_from_the_lobby() {
    every_session_from(1, &[1, 23, 256, 2742, 28_316]);
}

#[test]
fn every_session_from_a_private_room() {
    every_session_from(2, &[1, 23, 256, 2742, 28_338]);
}

#[test]
fn every_session_with_an_operator() {
    every_session_from(3, &[1, 21, 270, 2986, 30_665]);
}

/// Checks every step in a scope, and the numbers of states and steps. With `CHINWAG_REACHABLE=full` it checks the
/// second, larger scope.
#[track_caller]
fn reachable(scopes: [(Scope<'_>, [usize; 2]); 2]) {
    let is_full = env::var("CHINWAG_REACHABLE").is_ok_and(|which| which == "full");
    let (scope, [states, steps]) = scopes[usize::from(is_full)];
    match Reachable::of(&scope, &the_last_step_is_right) {
        Err(problem) => {
            let which = if is_full { "full" } else { "usual" };
            panic!("{problem}\nto see it again:\n{}", again("CHINWAG_REACHABLE", which))
        }
        Ok(reachable) => {
            println!("{reachable:?}");
            assert_eq!(reachable, Reachable { states, steps });
        }
    }
}

#[test]
fn reachable_states_of_names_and_rooms() {
    let scope = Scope {
        clients: 3,
        connects: 3,
        rooms: 1,
        alphabets: &[coming, naming_alike, naming, talking, moving],
    };
    reachable([
        (scope, [497, 12_432]),
        (Scope { connects: 6, rooms: 3, ..scope }, [16_618, 475_447]),
    ]);
}

#[test]
fn reachable_states_of_whispers() {
    let scope =
        Scope { clients: 3, connects: 3, rooms: 0, alphabets: &[coming, naming_alike, whispering] };
    let full =
        Scope { connects: 4, alphabets: &[coming, naming_alike, naming, whispering], ..scope };
    reachable([(scope, [481, 9_721]), (full, [111_980, 2_995_403])]);
}

#[test]
fn reachable_states_of_private_rooms() {
    let scope = Scope {
        clients: 3,
        connects: 3,
        rooms: 2,
        alphabets: &[coming, talking, moving, excluding],
    };
    let full =
        Scope { clients: 2, alphabets: &[coming, talking, moving, moving_on, excluding], ..scope };
    reachable([(scope, [8_787, 290_456]), (full, [4_072, 107_788])]);
}

#[test]
fn reachable_states_of_notices() {
    let scope = Scope {
        clients: 3,
        connects: 3,
        rooms: 1,
        alphabets: &[coming, talking, moving, noticing],
    };
    reachable([
        (scope, [195, 4_264]),
        (Scope { connects: 6, rooms: 3, ..scope }, [6_139, 158_142]),
    ]);
}

#[test]
fn reachable_states_of_ignoring() {
    let scope =
        Scope { clients: 3, connects: 4, rooms: 0, alphabets: &[coming, talking, ignoring] };
    let full = Scope {
        connects: 3,
        rooms: 1,
        alphabets: &[coming, talking, moving, ignoring, noticing],
        ..scope
    };
    reachable([(scope, [3_173, 91_035]), (full, [10_707, 443_768])]);
}

#[test]
fn reachable_states_of_being_away() {
    let scope = Scope {
        clients: 2,
        connects: 3,
        rooms: 1,
        alphabets: &[coming, talking, moving, excluding, being_away],
    };
    let full = Scope { clients: 3, connects: 4, rooms: 2, ..scope };
    reachable([(scope, [1_621, 46_674]), (full, [95_537, 4_195_352])]);
}

/// Faults that need several features at once: some features, in the larger scope all.
#[test]
fn reachable_states_of_much_between_two() {
    let scope = Scope {
        clients: 2,
        connects: 2,
        rooms: 0,
        alphabets: &[coming, naming_alike, talking, whispering, ignoring],
    };
    let full = Scope {
        rooms: 1,
        alphabets: &[
            coming,
            naming_alike,
            talking,
            moving,
            whispering,
            excluding,
            being_away,
            ignoring,
            noticing,
        ],
        ..scope
    };
    reachable([(scope, [122, 3_294]), (full, [240_005, 13_096_340])]);
}
