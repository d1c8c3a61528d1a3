//! The bytes of a connection, both ways, without touching one: telnet, lines, text layout, queues.
//!
//! In reading order: [`telnet`] takes the protocol out of the bytes, and [`negotiation`] answers it; [`line`](mod@line) makes lines of what is
//! left; [`Bucket`] says when enough has come for now, and [`Foreign`] what is no chat client at all; [`render`](mod@render) says messages as text; [`View`] lays that out for a
//! terminal; [`SendQueue`] holds what a client has not taken
//! yet; [`Session`] is all of that for one connection. [`Turns`] says whose line is next, and [`Told`] how much an audience
//! may be told; [`transcript`] writes a run of the chat down
//! as text and reads it back.
//!
//! Everything is plain data and pure. Fed whole or byte by byte, the result is the same.
//!
//! Never here: sockets, tasks, a clock (a time is an argument), decisions about chat.

mod ahead;
mod bucket;
mod date;
mod foreign;
pub mod line;
pub mod negotiation;
mod queue;
pub mod render;
mod session;
pub mod telnet;
mod told;
pub mod transcript;
mod turns;
mod view;

pub use bucket::{Bucket, Rate, RateError};
pub use foreign::Foreign;
pub use queue::SendQueue;
pub use render::render;
pub use session::{Received, Receiver, Session};
pub use told::Told;
pub use turns::{Turn, Turns};
pub use view::View;
