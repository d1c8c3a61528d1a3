//! A chat server for `telnet`, built around a state machine that does no IO.
//!
//! # The map
//!
//! ```text
//! socket -> wire::Receiver (bucket -> telnet -> lines) -> chat::Event
//!                                                             |
//!                                  chat::Chat   (no clock, no socket, no thread)
//!                                                             |
//! socket <- wire::SendQueue <- wire::render <- chat::Output (to: these, message: this)
//! ```
//!
//! Three layers. A layer imports only from the layers above it in this list:
//!
//! 1. [`chat`] decides everything about chat. Start at [`chat::Chat::handle`]: one event in,
//!    outputs out. **Never** in it: bytes of a protocol, text layout, a clock, randomness, an order
//!    that depends on hashing, IO.
//! 2. [`wire`] turns bytes into events and messages into bytes. **Never** in it: sockets, tasks, a
//!    clock of its own, decisions about chat.
//! 3. `server` owns sockets, tasks, timers and signals (feature `server`, on by default). **Never**
//!    in it: decisions about chat, rules about bytes.
//!
//! Without the feature `server` the crate is `no_std` with `alloc`, so the compiler checks that
//! `chat` and `wire` do no IO.
//!
//! # Guarantees
//!
//! Every line that the machine accepts reaches each of its recipients exactly once, in one order
//! for all of them, and reaches nobody else. `docs/laws.md` lists all invariants and where
//! each is tested.
//!
//! # Panics, errors and refusals
//!
//! A user's mistake is a [`chat::Refusal`], which is sent to that user. An operator's mistake is an
//! error with a message. A panic is a bug in this crate, except where a "Panics" section documents
//! it.

#![no_std]

extern crate alloc;
#[cfg(any(feature = "server", test))]
extern crate std;

pub mod chat;
#[cfg(test)]
mod counted;
#[cfg(feature = "server")]
pub mod server;
pub mod wire;

/// Compiles and runs the README's examples as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
