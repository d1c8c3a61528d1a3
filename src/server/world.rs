//! The interface between the runtime and its environment: a clock, an executor and sockets. Tests
//! run the same code with streams in memory, a virtual clock and a seeded schedule.
//!
//! Not here: the real environment (`tcp`).

use core::future::Future;
use core::time::Duration;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use crate::chat::{Answer, Ask, Origin, Timestamp};

/// The environment of the runtime: a clock, an executor, and the types of its sockets.
pub trait World: Clone + Send + Sync + 'static {
    /// A connection.
    type Stream: Stream;
    /// A listening socket.
    type Acceptor: Acceptor<Stream = Self::Stream>;

    /// The current time. It advances steadily, even if the system's clock is set.
    fn now(&self) -> Timestamp;

    /// Where the connections of an address come from.
    fn origin(&self, address: IpAddr) -> Origin;

    /// Waits for `duration`.
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send;

    /// Makes a credential of a password, or checks the password against one, as `ask` says. Takes some
    /// time and memory, so at most so many do it at once.
    fn answer(&self, ask: Ask, password: Arc<str>) -> impl Future<Output = Answer> + Send;

    /// Runs a task to completion in the background.
    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static);
}

/// A listening socket.
pub trait Acceptor: Send + Sync + 'static {
    /// A connection.
    type Stream: Stream;

    /// Accepts the next connection. Returns it with the address of its peer.
    ///
    /// # Errors
    ///
    /// If no connection can be accepted now. The next attempt may succeed.
    fn accept(&self) -> impl Future<Output = io::Result<(Self::Stream, SocketAddr)>> + Send;

    /// Closes up to `most` pending connections, after sending each of them `words`, if `error` says
    /// that no descriptor was left to accept a connection with. Returns the number of them.
    fn refuse(&self, error: &io::Error, most: usize, words: &[u8]) -> usize;
}

/// How much of the bytes written to a connection has arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The number of bytes that have arrived, whether or not the peer has read them.
    pub acknowledged: u64,
    /// Whether some bytes have not arrived yet.
    pub is_pending: bool,
    /// How long the peer's system has been silent, if an answer from it is outstanding.
    pub unanswered: Option<Duration>,
}

/// A connection that carries bytes in both directions. Reading and writing never block.
pub trait Stream: Send + Sync + 'static {
    /// Waits until reading may succeed.
    ///
    /// # Errors
    ///
    /// If the stream is broken.
    fn readable(&self) -> impl Future<Output = io::Result<()>> + Send;

    /// Reads the available bytes, at most as many as `buffer` holds. Returns the number of them; 0 if
    /// the peer will send no more.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if no bytes are available yet; another kind if the stream is broken.
    fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize>;

    /// Waits until writing may succeed.
    ///
    /// # Errors
    ///
    /// If the stream is broken.
    fn writable(&self) -> impl Future<Output = io::Result<()>> + Send;

    /// Writes as many of `bytes` as there is room for. Returns the number of them.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there is no room; another kind if the stream is broken.
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize>;

    /// Tells the peer that no more will be sent. Reading is still possible.
    fn finish(&self);

    /// Ends both directions at once and discards written bytes that are not sent yet. The peer sees an
    /// error, so it does not take its output for complete. Tasks that wait for the stream are woken.
    fn reset(&self);

    /// Ends both directions, but written bytes are still sent. Tasks that wait for the stream are woken.
    fn abandon(&self);

    /// What the system knows about the delivery of written bytes. `None` if it cannot tell; then it
    /// ends the connection itself when the peer has vanished.
    fn delivery(&self) -> Option<Delivery> {
        None
    }

    /// Whether the peer is known to send no more, although there may be bytes left to read. If the
    /// system cannot tell, this is `false` until they are read.
    fn has_ended(&self) -> bool;

    /// Whether the connection is known to be broken, although there may be bytes left to read.
    fn is_broken(&self) -> bool;
}
