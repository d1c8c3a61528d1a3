//! The bytes of a connection, both ways, without IO: telnet, lines, text layout, queues.
//!
//! In reading order:
//!
//! - [`telnet`] separates the protocol from the data; [`negotiation`] answers its requests.
//! - [`line`](mod@line) splits the data into lines.
//! - [`Bucket`] limits the rate of input; [`Foreign`] detects peers that are not chat clients.
//! - [`render`](mod@render) turns messages into text; [`View`] lays the text out for a terminal.
//! - [`SendQueue`] holds the output that a client has not read yet.
//! - [`Session`] combines all of these for one connection.
//! - [`Turns`] schedules the input of all clients; [`Told`] limits how much an audience receives.
//! - [`transcript`] writes a run of the chat as text and reads it back.
//!
//! Everything is plain data and pure. Input has the same effect whole and byte by byte.
//!
//! Never here: sockets, tasks, a clock (a time is an argument), decisions about chat.

mod ahead;
mod bucket;
mod date;
#[cfg(feature = "serde")]
pub(crate) mod encoding;
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
