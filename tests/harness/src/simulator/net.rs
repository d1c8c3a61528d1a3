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

/// The source of connections.
pub(super) struct Acceptor(pub(super) World);

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

impl Peer {
    pub(super) fn send(&self, bytes: &[u8]) {
        change(&self.0, |pipe| pipe.to_server.extend(bytes));
    }

    pub(super) fn stall(&self) {
        change(&self.0, |pipe| (pipe.is_stalled, pipe.is_slow) = (true, false));
    }

    pub(super) fn take(&self, count: usize) {
        change(&self.0, |pipe| pipe.take(count));
    }

    /// From now on the client receives at the speed of a slow link.
    pub(super) fn slow_down(&self) {
        change(&self.0, |pipe| (pipe.is_stalled, pipe.is_slow) = (true, true));
    }

    /// Receives what a slow link transfers in this many seconds, if the client is on one.
    pub(super) fn trickle(&self, seconds: u64) {
        let count = usize::try_from(seconds * TRICKLE).unwrap_or(usize::MAX);
        change(&self.0, |pipe| pipe.take(if pipe.is_slow { count } else { 0 }));
    }

    pub(super) fn heal(&self) {
        change(&self.0, |pipe| {
            (pipe.is_stalled, pipe.is_slow, pipe.vanished_at) = (false, false, None);
        });
    }

    pub(super) fn finish(&self) {
        change(&self.0, |pipe| pipe.is_finished = true);
    }

    /// Resets the connection: all data in flight is lost.
    pub(super) fn reset(&self) {
        change(&self.0, |pipe| {
            (pipe.is_reset, pipe.is_cut) = (true, true);
            pipe.to_server.clear();
            pipe.in_flight.clear();
        });
    }

    /// Makes writes to the client fail. Data in flight still arrives.
    pub(super) fn break_writes(&self) {
        change(&self.0, |pipe| (pipe.writes_fail, pipe.is_cut) = (true, true));
    }

    /// From now on nothing passes in either direction.
    pub(super) fn vanish(&self, now: u64) {
        change(&self.0, |pipe| {
            pipe.vanished_at.get_or_insert(now);
            pipe.is_cut = true;
        });
    }

    pub(super) fn has_vanished(&self) -> bool {
        lock(&self.0).vanished_at.is_some()
    }

    /// Whether the client has vanished with data in flight.
    pub(super) fn is_unreachable(&self) -> bool {
        self.has_vanished() && !lock(&self.0).in_flight.is_empty()
    }

    /// Whether a close can have come from this client.
    pub(super) fn can_have_closed(&self) -> bool {
        let pipe = lock(&self.0);
        pipe.vanished_at.is_none() || pipe.is_finished
    }

    /// Whether the client's connection has ever been broken or the client has vanished.
    pub(super) fn is_cut(&self) -> bool {
        lock(&self.0).is_cut
    }

    pub(super) fn received(&self) -> Vec<u8> {
        lock(&self.0).received.clone()
    }

    /// All bytes sent to the client, received or not.
    pub(super) fn sent(&self) -> Vec<u8> {
        let pipe = lock(&self.0);
        pipe.received.iter().chain(&pipe.in_flight).copied().collect()
    }

    /// Whether the server has closed its side and the client has received everything.
    pub(super) fn has_ended_well(&self) -> bool {
        let pipe = lock(&self.0);
        pipe.is_ended && !pipe.is_broken() && pipe.in_flight.is_empty()
    }

    pub(super) fn is_broken(&self) -> bool {
        lock(&self.0).is_broken()
    }

    pub(super) fn has_failed(&self) -> bool {
        lock(&self.0).has_failed
    }

    pub(super) fn is_stalled(&self) -> bool {
        let pipe = lock(&self.0);
        pipe.is_stalled || pipe.vanished_at.is_some()
    }

    /// Whether the client receives everything, but slowly.
    pub(super) fn is_slow(&self) -> bool {
        let pipe = lock(&self.0);
        pipe.is_slow && pipe.vanished_at.is_none()
    }

    /// Whether the buffer of a client that does not read is full.
    pub(super) fn is_full(&self) -> bool {
        !lock(&self.0).is_writable()
    }

    pub(super) fn is_admitted(&self) -> bool {
        self.client().is_some()
    }

    /// The id that the server has given it, if it has admitted it.
    pub(super) fn client(&self) -> Option<ClientId> {
        lock(&self.0).client
    }

    pub(super) fn admit(&self, client: ClientId) {
        lock(&self.0).client = Some(client);
    }

    pub(super) fn is_refused(&self) -> bool {
        lock(&self.0).is_refused
    }
}

impl Peer {
    /// Whether this is the other end of a stream.
    pub(super) fn is_of(&self, stream: &Stream) -> bool {
        Arc::ptr_eq(&self.0, &stream.pipe)
    }
}

impl Stream {
    pub(super) fn new(world: World) -> Self {
        let pipe = Arc::default();
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
