//! What the tests, the fuzz targets and the soak of chinwag share.
//!
//! In reading order: [`Operation`] is one step of a generated session, legal in every state; [`pools`]
//! holds the names and bodies that operations draw from, with what is to become of each; [`Model`] is
//! the reference that says what each step must cause; [`Run`] performs operations on the machine and,
//! beside it, on the model; [`streams`] judges what clients were sent knowing no model at all, and
//! [`terminal`] what that would do to a terminal; [`laws`] performs a session again, transformed;
//! [`exhaustive`] leaves out no session of a small scope, and [`closure`] no state; [`situations`] counts
//! what sessions get into; [`shrink`] makes counterexamples minimal; [`faulty`] holds machines with faults,
//! to test all that; [`Peers`] send bytes rather than operations; [`naive`] is a second parser of command
//! lines; [`alike`] counts names that look like others; [`fuzz`] holds the bodies of the fuzz targets; [`soak`] checks sessions for as long as one likes.
//! With the feature `simulator`, `script` says what clients do so that a transcript happens, `account` judges
//! what clients of a server were sent by its journal, and `simulator` runs the whole server in a world
//! without sockets and clocks.
//!
//! Not here: the tests themselves (`tests/it`), and anything that the product needs.

#[cfg(feature = "simulator")]
pub mod account;
pub mod alike;
mod burst;
pub mod closure;
pub mod exhaustive;
pub mod faulty;
pub mod fuzz;
pub mod laws;
mod meaning;
mod model;
pub mod naive;
pub mod naive_receiver;
mod operation;
mod peers;
pub mod pools;
mod run;
#[cfg(feature = "simulator")]
pub mod script;
pub mod shrink;
#[cfg(feature = "simulator")]
pub mod simulator;
pub mod situations;
pub mod soak;
pub mod streams;
pub mod terminal;

use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

pub use meaning::{Action, Meaning, Reach, Told};
pub use model::{Model, Person};
pub use operation::{Kind, Operation, Target, Weights, sessions};
pub use peers::Peers;
pub use run::{Run, Step, perform_at};

/// A runner of so many cases, which a seed decides, and whose shrinking has all the time it needs.
#[must_use]
pub fn runner(seed: u64, cases: u32) -> TestRunner {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config =
        Config { cases, failure_persistence: None, max_shrink_iters: 100_000, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

/// An error with the problem, unless there is none.
///
/// # Errors
///
/// If it does not hold.
pub fn require(holds: bool, problem: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(problem()) }
}
