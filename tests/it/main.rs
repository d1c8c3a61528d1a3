//! The integration tests of chinwag, in one binary. Unit tests are beside the code they test.
//!
//! The machine:
//!
//! - `delivery`, `whispers`, `names`, `lifecycle`, `algebra`, `bytes`, `ignoring`, `queues`: the laws, each a property
//!   over generated values; `delivery` also has equality with the reference model.
//! - `narrow`: long sessions with few names and small limits; `exhaustive`: all sessions and states of small scopes.
//! - `snapshot`: snapshots of the machine; `damaged`, `snapshot_errors`: damaged ones, and what is said of them.
//! - `rows`: lines wider than a terminal; `lists`: long lists.
//! - `transcripts`: scripted sessions, which read as a manual.
//! - `conformance`, `muds`, `programs`: the bytes of chat clients, of MUD clients and of other programs.
//! - `faults`: the ten faults of the program that this one replaces.
//!
//! The simulated server:
//!
//! - `simulator`: laws J1 to J8; `slow`, `rude`: scenarios with clients that read slowly or misbehave.
//!
//! The real program over TCP:
//!
//! - `server`: the whole path; `startup`: its first messages; `limits`: its limits; `journal`: its journal;
//!   `data`: its data directory; `repair`: a damaged one; `successor`: a restart that nobody notices.
//! - `scripts`: the transcripts, acted out by clients; `clients`: real client programs; `example`: the example.
//! - `attack`: 500 attackers; `fair`: many clients that use all they may; `vanished`: a peer that is cut off.
//!
//! The tests:
//!
//! - `coverage`: situations that generated sessions must reach.
//! - `shrinking`, `soak`: counterexamples; `mutants`: the checkers.
//! - `corpus`: the fuzz targets on their stored inputs.
//! - `tidy`: rules that the compiler does not check.
//!
//! More cases: `PROPTEST_CASES=100000 cargo test`. Other cases: `CHINWAG_SEED=7 cargo test`.
//! Longer sessions and larger scopes of `exhaustive`: `CHINWAG_DEPTH=6 cargo test --release every_session`,
//! `CHINWAG_REACHABLE=full cargo test --release reachable`.
//! A longer attack: `CHINWAG_ATTACK_SECONDS=600 cargo test --release --test it attack -- --nocapture`.
//! More restarts, of more clients: `CHINWAG_RESTARTS=20 CHINWAG_CROWD=1000 cargo test --release --test it successor`.
//! All client programs: `CHINWAG_CLIENTS=all cargo test` fails if one is not installed.
//! Transcripts and expected texts are rewritten by `UPDATE_EXPECT=1 cargo test`.
//!
//! Not here: code that several tests use (`support`).

mod algebra;
#[cfg(unix)]
mod attack;
mod bytes;
#[cfg(target_os = "linux")]
mod clients;
mod conformance;
mod corpus;
mod coverage;
mod damaged;
#[cfg(unix)]
mod data;
mod delivery;
#[cfg(unix)]
mod example;
mod exhaustive;
#[cfg(unix)]
mod fair;
mod faults;
mod ignoring;
#[cfg(unix)]
mod journal;
mod lifecycle;
#[cfg(unix)]
mod limits;
mod lists;
mod moderation;
mod muds;
mod mutants;
mod names;
mod narrow;
mod order;
mod passwords;
mod programs;
mod queues;
#[cfg(unix)]
mod race;
mod repair;
#[cfg(unix)]
mod rows;
mod rude;
#[cfg(unix)]
mod scripts;
#[cfg(unix)]
mod server;
mod shrinking;
mod simulator;
mod slow;
mod snapshot;
mod snapshot_errors;
mod soak;
#[cfg(unix)]
mod startup;
#[cfg(target_os = "linux")]
mod successor;
mod support;
mod tidy;
mod transcripts;
#[cfg(target_os = "linux")]
mod vanished;
mod whispers;
