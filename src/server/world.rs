//! All that the runtime asks of its surroundings, so that tests can run the same code over streams in
//! memory, a virtual clock and a seeded schedule.
//!
//! Not here: the real world (`tcp`).

use core::future::Future;
use core::time::Duration;
use std::io;
use std::net::SocketAddr;

use crate::chat::Timestamp;

/// A clock, an executor, and a kind of stream.
pub trait World: Clone + Send + Sync + 'static {
    /// A connection.
    type Stream: Stream;
    /// Where connections come from.
    type Acceptor: Acceptor<Stream = Self::Stream>;

    /// What time it is. It advances as time passes, whatever is done to the system's clock.
    fn now(&self) -> Timestamp;

    /// Completes after `duration`.
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send;

    /// Runs a task until it ends.
    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static);
}

/// Where connections come from.
pub trait Acceptor: Send + Sync + 'static {
    /// A connection.
    type Stream: Stream;

    /// The next connection and its peer's address.
    ///
    /// # Errors
    ///
    /// If none could be had; the next attempt may succeed.
    fn accept(&self) -> impl Future<Output = io::Result<(Self::Stream, SocketAddr)>> + Send;

    /// Ends connections that wait to be accepted, at most so many, each with these words, if the error
    /// says that there was no descriptor to accept one with. Returns how many those were.
    fn refuse(&self, error: &io::Error, most: usize, words: &[u8]) -> usize;
}

/// What has become of all that was written to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Bytes that have arrived, whether or not the peer has read them.
    pub acknowledged: u64,
    /// Whether something has yet to arrive.
    pub is_pending: bool,
    /// How long the peer's system has been silent, if it has been asked for an answer and has yet to give one.
    pub unanswered: Option<Duration>,
}

/// A connection: bytes both ways. Reading and writing never block.
pub trait Stream: Send + Sync + 'static {
    /// Completes when reading may succeed.
    ///
    /// # Errors
    ///
    /// If the stream is broken.
    fn readable(&self) -> impl Future<Output = io::Result<()>> + Send;

    /// Reads what is there, at most as much as `buffer` holds; 0 if the peer will send no more.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there is nothing yet; anything else if the stream is broken.
    fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize>;

    /// Completes when writing may succeed.
    ///
    /// # Errors
    ///
    /// If the stream is broken.
    fn writable(&self) -> impl Future<Output = io::Result<()>> + Send;

    /// Writes as much of `bytes` as there is room for, and returns how much that was.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there is no room; anything else if the stream is broken.
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize>;

    /// Tells the peer that no more will be sent. Reading goes on.
    fn finish(&self);

    /// Ends both directions at once, and drops what has been written and not been sent yet, so that the
    /// peer does not take it for all; whoever waits for the stream is woken.
    fn reset(&self);

    /// Ends both directions, but goes on sending what has been written; whoever waits for the stream is
    /// woken.
    fn abandon(&self);

    /// What the system knows of what has become of all that was written; none if it cannot tell, and ends the connection
    /// itself when the peer has vanished.
    fn delivery(&self) -> Option<Delivery> {
        None
    }

    /// Whether the peer is known to send no more, although there may be bytes left to read. A system that cannot
    /// tell says no until they are read.
    fn has_ended(&self) -> bool;

    /// Whether the connection is known to be broken, although there may be bytes left to read.
    fn is_broken(&self) -> bool;
}
