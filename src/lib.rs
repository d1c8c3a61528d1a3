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
//! Three layers; imports only ever point from the later to the earlier ones:
//!
//! 1. [`chat`] decides everything about chat. Start at [`chat::Chat::handle`]: one event in, outputs
//!    out. **Never** in it: bytes of a protocol, text layout, a clock, randomness, an order that
//!    depends on hashing, IO.
//! 2. [`wire`] turns bytes into events and messages into bytes. **Never** in it: sockets, tasks, a
//!    clock of its own, decisions about chat.
//! 3. `server` owns sockets, tasks, timers and signals (feature `server`, on by default). **Never** in
//!    it: decisions about chat, rules about bytes.
//!
//! Without the feature `server` the crate is `no_std` with `alloc`: the compiler, not a promise, says
//! that the first two do no IO.
//!
//! # What holds
//!
//! Every line that the machine accepts reaches everyone it should, once, in one order, and nobody
//! else. `docs/laws.md` lists the invariants in full and where each is tested.
//!
//! # Panics, errors and refusals
//!
//! What a user does wrong is a [`chat::Refusal`], told to that user. What an operator does wrong is
//! an error with a message. A panic is a bug in this crate, save where "Panics" is documented.

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

/// The README's examples are tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
