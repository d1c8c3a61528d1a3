//! The code that the tests, the fuzz targets and the soak of chinwag share.
//!
//! Generating: an [`Operation`] is one step of a generated session, legal in every state; [`name_pool`] has the
//! names and texts that operations use, each with its known result; [`coverage`] counts which situations
//! sessions reach; [`shrink`] minimises counterexamples.
//!
//! Checking: [`Run`] runs a session on the machine and on the reference [`Model`] beside it; [`diff`] prints
//! where they differ; [`laws`] run a session again in a changed form, [`restarts`] with a restart in it; [`streams`] judges received lines without
//! a model, and [`terminal`] their effect on a terminal; [`reference_parser`] and [`reference_receiver`] are
//! second, naive implementations.
//!
//! Searching: [`exhaustive`] enumerates all sessions of a small scope, [`reachable`] all states; [`soak`]
//! checks sessions for a given time; [`fuzz`] has the bodies of the fuzz targets; [`alike`] counts look-alike
//! names that pass; [`traces`] writes sessions down for the specification in `tests/spec`.
//!
//! Servers: [`TelnetClients`] turns operations into bytes. With the feature `simulator`, `simulator` runs the
//! whole server without sockets and clocks, `script` turns a transcript into actions of clients, and
//! `client_record` judges by the journal what clients of a server received.
//!
//! Testing the tests: [`faulty`] has machines with known faults.
//!
//! Not here: the tests themselves (`tests/it`), and anything that the product needs.

pub mod alike;
mod burst;
#[cfg(feature = "simulator")]
pub mod client_record;
pub mod coverage;
pub mod diff;
pub mod exhaustive;
pub mod faulty;
pub mod fuzz;
mod intent;
pub mod laws;
mod model;
pub mod name_pool;
mod operation;
pub mod order;
pub mod reachable;
pub mod reference_parser;
pub mod reference_receiver;
pub mod restarts;
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
pub mod traces;

use chinwag::chat::Limits;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

pub use intent::{Action, Intent, Reach, Told};
pub use model::{Model, Person};
pub use operation::{Kind, Operation, Target, Weights, sessions};
pub use run::{Run, Step, idle, perform_at};
pub use telnet_clients::TelnetClients;

/// A runner of `cases` cases. The seed determines them; shrinking is not cut short.
#[must_use]
pub fn runner(seed: u64, cases: u32) -> TestRunner {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config =
        Config { cases, failure_persistence: None, max_shrink_iters: 100_000, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

/// For how long rooms may be kept in a case, in milliseconds: in most not at all.
pub const KEEP_ROOMS: [usize; 6] = [0, 0, 0, 0, 180_000, 900_000];

/// Limits that are as usual, but for how long rooms are kept.
pub fn limits() -> impl Strategy<Value = Limits> {
    let keep = prop::sample::select(&KEEP_ROOMS[..]);
    keep.prop_map(|keep_rooms| Limits { keep_rooms, ..Limits::default() })
}

/// Returns the problem as an error unless the condition holds.
///
/// # Errors
///
/// If the condition does not hold.
pub fn require(holds: bool, problem: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(problem()) }
}
