//! What the tests, the fuzz targets and the soak of chinwag share.
//!
//! In reading order: [`Operation`] is one step of a generated session, legal in every state; [`name_pool`]
//! holds the names and bodies that operations draw from, with what is to become of each; [`Model`] is
//! the reference that says what each step must cause; [`Run`] performs operations on the machine and,
//! beside it, on the model; [`streams`] judges what clients were sent knowing no model at all, and
//! [`terminal`] what that would do to a terminal; [`laws`] performs a session again, transformed;
//! [`exhaustive`] leaves out no session of a small scope, and [`reachable`] no state; [`coverage`] counts
//! what sessions get into; [`shrink`] makes counterexamples minimal; [`faulty`] holds machines with faults,
//! to test all that; [`TelnetClients`] send bytes rather than operations; [`reference_parser`] is a second parser of command
//! lines; [`alike`] counts names that look like others; [`fuzz`] holds the bodies of the fuzz targets; [`soak`] checks sessions for as long as one likes.
//! With the feature `simulator`, `script` says what clients do so that a transcript happens, `client_record` judges
//! what clients of a server were sent by its journal, and `simulator` runs the whole server in a world
//! without sockets and clocks.
//!
//! Not here: the tests themselves (`tests/it`), and anything that the product needs.

pub mod alike;
mod burst;
#[cfg(feature = "simulator")]
pub mod client_record;
pub mod coverage;
pub mod exhaustive;
pub mod faulty;
pub mod fuzz;
mod intent;
pub mod laws;
mod model;
pub mod name_pool;
mod operation;
pub mod reachable;
pub mod reference_parser;
pub mod reference_receiver;
mod run;
#[cfg(feature = "simulator")]
pub mod script;
pub mod shrink;
#[cfg(feature = "simulator")]
pub mod simulator;
pub mod soak;
pub mod streams;
mod telnet_clients;
pub mod terminal;

use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

pub use intent::{Action, Intent, Reach, Told};
pub use model::{Model, Person};
pub use operation::{Kind, Operation, Target, Weights, sessions};
pub use run::{Run, Step, perform_at};
pub use telnet_clients::TelnetClients;

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
