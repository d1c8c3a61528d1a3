//! The tests of chinwag as a whole, in one binary. Unit tests are beside what they test.
//!
//! - `delivery`, `whispers`, `names`, `lifecycle`, `algebra`, `bytes`: the invariants, each a property
//!   over generated sessions, and equality with the reference model.
//! - `exhaustive`: every session of small scopes, and every state that they can get into.
//! - `rows`: lines that are wider than a terminal.
//! - `coverage`: what the sessions of the properties must have got into.
//! - `soak`: the loop that checks sessions for as long as one likes; running it is
//!   `cargo run --release -p chinwag-harness -- soak --seconds 600`.
//! - `shrinking`: counterexamples are minimal, and can be stored as they are printed.
//! - `mutants`: the checkers find what is wrong with what clients were sent, each what it is meant for.
//! - `transcripts`: scripted sessions, which read as a manual, as the machine and clients of the simulated
//!   server have them; `scripts`: as clients of the real program do.
//! - `faults`: the ten faults of the program that this one replaces.
//! - `simulator`: the whole server in a simulated world, J1 to J8; `slow`, `rude`: clients there that take little, or do what
//!   polite ones do not.
//! - `server`: the real program over TCP; `limits`: what it bounds there; `journal`: what it writes
//!   down, and the replay of that.
//! - `fair`: pairs of honest clients beside many who do all that each may.
//! - `vanished`: peers whose cable is pulled.
//! - `attack`: the same among 500 clients that mean it ill. As a soak:
//!   `CHINWAG_ATTACK_SECONDS=600 cargo test --release --test it attack -- --nocapture`.
//! - `clients`: real client programs against it; those that are not installed are skipped.
//! - `conformance`: what real clients send, as recorded, and what it means; `muds`: the same of those made for MUDs.
//! - `programs`: what programs of other protocols send, of which nobody hears.
//! - `example`: the example of another runtime.
//! - `tidy`: rules of the house that the compiler does not check.
//! - `corpus`: the fuzz targets, on their stored inputs.
//!
//! More cases: `PROPTEST_CASES=100000 cargo test`. Other cases: `CHINWAG_SEED=7 cargo test`.
//! Longer sessions and larger scopes of `exhaustive`: `CHINWAG_DEPTH=6 cargo test --release every_session`,
//! `CHINWAG_REACHABLE=full cargo test --release reachable`.
//! No client skipped: `CHINWAG_CLIENTS=all cargo test`, which fails if one is not installed.
//! Transcripts and expected texts are rewritten by `UPDATE_EXPECT=1 cargo test`.

mod algebra;
#[cfg(unix)]
mod attack;
#[cfg(unix)]
mod attackers;
mod bytes;
#[cfg(target_os = "linux")]
mod clients;
mod conformance;
mod corpus;
mod coverage;
#[cfg(unix)]
mod crowd;
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
mod laws;
mod lifecycle;
#[cfg(unix)]
mod limits;
mod lists;
mod muds;
mod mutants;
mod names;
mod narrow;
mod programs;
mod queues;
#[cfg(unix)]
mod restart;
mod rows;
mod rude;
#[cfg(unix)]
mod scripts;
#[cfg(unix)]
mod server;
mod shrinking;
mod simulator;
mod slow;
mod soak;
#[cfg(unix)]
mod startup;
#[cfg(unix)]
mod tcp;
mod tidy;
mod transcripts;
#[cfg(target_os = "linux")]
mod vanished;
mod whispers;
