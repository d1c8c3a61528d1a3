//! In-memory streams between a simulated server and its clients: short reads and writes, stalls, half-close, reset,
//! and failing writes.
//!
//! Not here: when each of these happens (the case decides).

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::mem::take;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use chinwag::chat::ClientId;
use chinwag::server;

use super::world::World;

mod peer;

/// The server's end of a connection.
pub(super) struct Stream {
    world: World,
    pipe: Arc<Mutex<Pipe>>,
    descriptor: Arc<Descriptor>,
}

/// The connection ends when no stream has its descriptor any more.
struct Descriptor(Arc<Mutex<Pipe>>);

/// The client's end. Clones share it.
#[derive(Clone)]
pub(super) struct Peer(Arc<Mutex<Pipe>>);

/// The bytes in flight to a client that does not read: the size of a socket's buffers.
const WINDOW: usize = 512;

/// Bytes a second that a client on a slow link receives. A socket becomes writable only when a third of its buffer is
/// free, as on Linux; here that takes longer than the server waits.
const TRICKLE: u64 = 4;

#[derive(Default)]
struct Pipe {
    /// The last number of the client's address.
    host: u8,
    to_server: VecDeque<u8>,
    /// Whether the client has closed its sending side.
    is_finished: bool,
    /// Whether the connection has been reset.
    is_reset: bool,
    /// Whether the server has reset it; then it reads nothing more, as on any system.
    is_given_up: bool,
    /// Whether writes of the server fail, although reads succeed.
    writes_fail: bool,
    /// Whether a write of the server has failed.
    has_failed: bool,
    /// The id that the server has given it, if it has admitted it.
    client: Option<ClientId>,
    /// Whether the server refused it for lack of a descriptor.
    is_refused: bool,
    /// Sent by the server and not yet received.
    in_flight: VecDeque<u8>,
    /// Received by the client.
    received: Vec<u8>,
    /// Whether the server has closed its sending side.
    is_ended: bool,
    is_stalled: bool,
    /// Whether the client receives slowly.
    is_slow: bool,
    /// Whether the client's connection has ever been broken or the client has vanished.
    is_cut: bool,
    /// Since when nothing passes in either direction.
    vanished_at: Option<u64>,
    /// Who waits: a server, and perhaps the one before it.
    readers: Vec<Waker>,
    writers: Vec<Waker>,
}

impl Pipe {
    fn is_readable(&self) -> bool {
        !self.to_server.is_empty() || self.is_finished || self.is_reset
    }

    fn is_writable(&self) -> bool {
        let room = WINDOW.saturating_sub(self.in_flight.len());
        let most = if self.is_slow { WINDOW / 3 } else { 1 };
        // As in any system, writing fails at once after the server has closed its side.
        room >= most || self.is_ended || self.is_broken()
    }

    fn is_broken(&self) -> bool {
        self.is_reset || self.writes_fail
    }

    fn take(&mut self, count: usize) {
        let most = if self.vanished_at.is_some() { 0 } else { self.in_flight.len() };
        let count = count.min(most);
        self.received.extend(self.in_flight.drain(..count));
    }
}

/// Changes a pipe, and wakes the tasks that can proceed.
fn change(pipe: &Mutex<Pipe>, act: impl FnOnce(&mut Pipe)) {
    let mut pipe = lock(pipe);
    act(&mut pipe);
    if !pipe.is_stalled {
        pipe.take(usize::MAX);
    }
    let readers = if pipe.is_readable() { take(&mut pipe.readers) } else { Vec::new() };
    let writers = if pipe.is_writable() { take(&mut pipe.writers) } else { Vec::new() };
    drop(pipe);
    readers.into_iter().chain(writers).for_each(Waker::wake);
}

fn lock(pipe: &Mutex<Pipe>) -> MutexGuard<'_, Pipe> {
    pipe.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Stream {
    pub(super) fn new(world: World, host: u8) -> Self {
        let pipe = Arc::new(Mutex::new(Pipe { host, ..Pipe::default() }));
        Self { world, descriptor: Arc::new(Descriptor(Arc::clone(&pipe))), pipe }
    }

    /// The same connection for another server.
    pub(super) fn duplicate(&self) -> Self {
        let (pipe, descriptor) = (Arc::clone(&self.pipe), Arc::clone(&self.descriptor));
        Self { world: self.world.clone(), pipe, descriptor }
    }

    pub(super) fn peer(&self) -> Peer {
        Peer(Arc::clone(&self.pipe))
    }

    /// How many of `most` bytes are transferred. Counts the situation `name` if it is fewer.
    fn some(&self, most: usize, name: &str) -> usize {
        let count = match self.world.state().choose(4) {
            0 | 1 => most,
            2 => most.div_ceil(2),
            _ => most.min(1),
        };
        if count < most {
            self.world.count(name);
        }
        count
    }

    /// Refuses a connection for lack of a descriptor.
    pub(super) fn refuse(self, words: &[u8]) {
        change(&self.pipe, |pipe| pipe.is_refused = true);
        // If this fails, the client has gone.
        let _ = server::Stream::try_write(&self, words);
        server::Stream::finish(&self);
        lock(&self.pipe).to_server.clear();
    }

    fn poll(
        &self,
        context: &Context<'_>,
        is_ready: fn(&Pipe) -> bool,
        waiting: fn(&mut Pipe) -> &mut Vec<Waker>,
    ) -> Poll<io::Result<()>> {
        let mut pipe = lock(&self.pipe);
        if is_ready(&pipe) {
            return Poll::Ready(Ok(()));
        }
        let waiting = waiting(&mut pipe);
        if !waiting.iter().any(|waker| waker.will_wake(context.waker())) {
            waiting.push(context.waker().clone());
        }
        Poll::Pending
    }
}

impl server::Stream for Stream {
    async fn readable(&self) -> io::Result<()> {
        poll_fn(|context| self.poll(context, Pipe::is_readable, |pipe| &mut pipe.readers)).await
    }

    fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = lock(&self.pipe).to_server.len().min(buffer.len());
        let count = self.some(most, "a read is short");
        let mut pipe = lock(&self.pipe);
        if pipe.is_given_up {
            return Ok(0);
        }
        if pipe.is_reset {
            return Err(ErrorKind::ConnectionReset.into());
        }
        if pipe.to_server.is_empty() {
            return if pipe.is_finished { Ok(0) } else { Err(ErrorKind::WouldBlock.into()) };
        }
        for (place, byte) in buffer.iter_mut().zip(pipe.to_server.drain(..count)) {
            *place = byte;
        }
        Ok(count)
    }

    async fn writable(&self) -> io::Result<()> {
        poll_fn(|context| self.poll(context, Pipe::is_writable, |pipe| &mut pipe.writers)).await
    }

    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut pipe = lock(&self.pipe);
        if pipe.is_broken() || pipe.is_ended {
            pipe.has_failed |= pipe.writes_fail;
            return Err(ErrorKind::BrokenPipe.into());
        }
        let most = bytes.len().min(WINDOW.saturating_sub(pipe.in_flight.len()));
        // A fresh socket accepts as much as its buffer holds.
        let is_fresh = pipe.in_flight.is_empty() && pipe.received.is_empty();
        drop(pipe);
        if most == 0 {
            self.world.count("a socket takes no more");
            return Err(ErrorKind::WouldBlock.into());
        }
        let count = if is_fresh { most } else { self.some(most, "a write is short") };
        change(&self.pipe, |pipe| pipe.in_flight.extend(&bytes[..count]));
        Ok(count)
    }

    fn finish(&self) {
        change(&self.pipe, |pipe| pipe.is_ended = true);
    }

    fn reset(&self) {
        change(&self.pipe, |pipe| {
            (pipe.is_reset, pipe.is_given_up) = (true, true);
            pipe.in_flight.clear();
        });
    }

    fn abandon(&self) {
        change(&self.pipe, |pipe| {
            pipe.is_ended = true;
            pipe.is_finished = true;
        });
    }

    fn delivery(&self) -> Option<server::Delivery> {
        let now = self.world.passed();
        let pipe = lock(&self.pipe);
        let acknowledged = pipe.received.len() as u64;
        let is_pending = !pipe.in_flight.is_empty();
        let silence = pipe.vanished_at.map(|since| Duration::from_millis(now - since));
        let unanswered = silence.filter(|_| is_pending);
        Some(server::Delivery { acknowledged, is_pending, unanswered })
    }

    fn has_ended(&self) -> bool {
        lock(&self.pipe).is_finished
    }

    fn is_broken(&self) -> bool {
        lock(&self.pipe).is_reset
    }
}

/// Closing a socket with unread input resets the connection.
impl Drop for Descriptor {
    fn drop(&mut self) {
        change(&self.0, |pipe| {
            if !pipe.to_server.is_empty() {
                pipe.is_reset = true;
            }
            pipe.is_ended = true;
        });
    }
}
