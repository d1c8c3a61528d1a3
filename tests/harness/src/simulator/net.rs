//! Streams in memory between a simulated server and its clients: short reads and writes, stalls,
//! half-close, reset, and writes that fail.
//!
//! Not here: when which of these happens (the case).

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use chinwag::server;

use super::world::World;

/// Where connections come from.
pub(super) struct Acceptor(pub(super) World);

/// The server's end of a connection.
pub(super) struct Stream {
    world: World,
    pipe: Arc<Mutex<Pipe>>,
}

/// The client's end. A clone is another handle on the same.
#[derive(Clone)]
pub(super) struct Peer(Arc<Mutex<Pipe>>);

/// Bytes that a client which takes nothing is sent all the same: what a socket's buffers hold.
const WINDOW: usize = 512;

/// Bytes a second that a client on a slow link takes. A socket says that it takes more only once a third of its
/// buffers is free, as Linux does: here that takes longer than the server's patience.
const TRICKLE: u64 = 4;

#[derive(Default)]
struct Pipe {
    to_server: VecDeque<u8>,
    /// Whether the client will send no more.
    is_finished: bool,
    /// Whether the connection is broken.
    is_reset: bool,
    /// Whether that was the server, which then reads no more, as on any system.
    is_given_up: bool,
    /// Whether the server cannot write any more, although it can read.
    is_deaf: bool,
    /// Whether the server has tried to, all the same.
    has_failed: bool,
    /// Whether the server has begun to read; it does not from whom it does not let in, until they have
    /// been told.
    is_let_in: bool,
    /// Whether the server could not accept it.
    is_turned_away: bool,
    /// Sent, and not taken by the client.
    in_flight: VecDeque<u8>,
    /// Taken by the client.
    received: Vec<u8>,
    /// Whether the server will send no more.
    is_ended: bool,
    is_stalled: bool,
    /// Whether it takes what it is sent, but slowly.
    is_slow: bool,
    /// Whether the client has had its connection broken, or has vanished at any time.
    is_cut: bool,
    /// Since when nothing has come of it, and nothing reached it.
    vanished_at: Option<u64>,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

impl Pipe {
    fn is_readable(&self) -> bool {
        !self.to_server.is_empty() || self.is_finished || self.is_reset
    }

    fn is_writable(&self) -> bool {
        let room = WINDOW.saturating_sub(self.in_flight.len());
        let most = if self.is_slow { WINDOW / 3 } else { 1 };
        // Writing fails at once where the server has ended its side, as in any system.
        room >= most || self.is_ended || self.is_broken()
    }

    fn is_broken(&self) -> bool {
        self.is_reset || self.is_deaf
    }

    fn take(&mut self, count: usize) {
        let most = if self.vanished_at.is_some() { 0 } else { self.in_flight.len() };
        let count = count.min(most);
        self.received.extend(self.in_flight.drain(..count));
    }
}

/// Changes a pipe, and wakes whom that concerns.
fn change(pipe: &Mutex<Pipe>, act: impl FnOnce(&mut Pipe)) {
    let mut pipe = lock(pipe);
    act(&mut pipe);
    if !pipe.is_stalled {
        pipe.take(usize::MAX);
    }
    let reader = if pipe.is_readable() { pipe.reader.take() } else { None };
    let writer = if pipe.is_writable() { pipe.writer.take() } else { None };
    drop(pipe);
    reader.into_iter().chain(writer).for_each(Waker::wake);
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

    /// Takes no more than a slow link lets through, from now on.
    pub(super) fn slow_down(&self) {
        change(&self.0, |pipe| (pipe.is_stalled, pipe.is_slow) = (true, true));
    }

    /// Takes what a slow link lets through in so many seconds, if it is on one.
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

    /// Breaks the connection: neither side gets what is on its way.
    pub(super) fn reset(&self) {
        change(&self.0, |pipe| {
            (pipe.is_reset, pipe.is_cut) = (true, true);
            pipe.to_server.clear();
            pipe.in_flight.clear();
        });
    }

    /// Has writing to it fail. What is on its way still arrives.
    pub(super) fn break_writes(&self) {
        change(&self.0, |pipe| (pipe.is_deaf, pipe.is_cut) = (true, true));
    }

    /// Nothing reaches it from now on, and nothing comes of it.
    pub(super) fn vanish(&self, now: u64) {
        change(&self.0, |pipe| {
            pipe.vanished_at.get_or_insert(now);
            pipe.is_cut = true;
        });
    }

    pub(super) fn has_vanished(&self) -> bool {
        lock(&self.0).vanished_at.is_some()
    }

    /// Whether it has vanished, and has yet to get something that it has been sent.
    pub(super) fn is_missed(&self) -> bool {
        self.has_vanished() && !lock(&self.0).in_flight.is_empty()
    }

    /// Whether the client can have ended its side, as it is there.
    pub(super) fn can_have_closed(&self) -> bool {
        let pipe = lock(&self.0);
        pipe.vanished_at.is_none() || pipe.is_finished
    }

    /// Whether the client has had its connection broken, or has vanished at any time.
    pub(super) fn is_cut(&self) -> bool {
        lock(&self.0).is_cut
    }

    pub(super) fn received(&self) -> Vec<u8> {
        lock(&self.0).received.clone()
    }

    /// All that it has been sent, taken or not.
    pub(super) fn sent(&self) -> Vec<u8> {
        let pipe = lock(&self.0);
        pipe.received.iter().chain(&pipe.in_flight).copied().collect()
    }

    /// Whether the server has ended its side, and the client has taken everything before.
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

    /// Whether it takes all that it is sent, if only slowly.
    pub(super) fn is_slow(&self) -> bool {
        let pipe = lock(&self.0);
        pipe.is_slow && pipe.vanished_at.is_none()
    }

    /// Whether it takes nothing, and there is no room for more.
    pub(super) fn is_full(&self) -> bool {
        !lock(&self.0).is_writable()
    }

    pub(super) fn is_let_in(&self) -> bool {
        lock(&self.0).is_let_in
    }

    pub(super) fn is_turned_away(&self) -> bool {
        lock(&self.0).is_turned_away
    }
}

impl Stream {
    pub(super) fn new(world: World) -> Self {
        Self { world, pipe: Arc::default() }
    }

    pub(super) fn peer(&self) -> Peer {
        Peer(Arc::clone(&self.pipe))
    }

    /// How much of `most` bytes is transferred at once; counted, under this name, if it is not all.
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

    /// Ends a connection that cannot be accepted.
    pub(super) fn turn_away(self, words: &[u8]) {
        change(&self.pipe, |pipe| pipe.is_turned_away = true);
        // If it fails, the client has gone.
        let _ = server::Stream::try_write(&self, words);
        server::Stream::finish(&self);
        lock(&self.pipe).to_server.clear();
    }

    fn poll(
        &self,
        context: &Context<'_>,
        is_ready: fn(&Pipe) -> bool,
        waiting: fn(&mut Pipe) -> &mut Option<Waker>,
    ) -> Poll<io::Result<()>> {
        let mut pipe = lock(&self.pipe);
        pipe.is_let_in |= !pipe.is_ended;
        if is_ready(&pipe) {
            return Poll::Ready(Ok(()));
        }
        *waiting(&mut pipe) = Some(context.waker().clone());
        Poll::Pending
    }
}

impl server::Stream for Stream {
    async fn readable(&self) -> io::Result<()> {
        poll_fn(|context| self.poll(context, Pipe::is_readable, |pipe| &mut pipe.reader)).await
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
        poll_fn(|context| self.poll(context, Pipe::is_writable, |pipe| &mut pipe.writer)).await
    }

    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut pipe = lock(&self.pipe);
        if pipe.is_broken() || pipe.is_ended {
            pipe.has_failed |= pipe.is_deaf;
            return Err(ErrorKind::BrokenPipe.into());
        }
        let most = bytes.len().min(WINDOW.saturating_sub(pipe.in_flight.len()));
        // A fresh socket takes all that it has room for.
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

/// A socket that is closed with bytes unread resets the connection.
impl Drop for Stream {
    fn drop(&mut self) {
        change(&self.pipe, |pipe| {
            if !pipe.to_server.is_empty() {
                pipe.is_reset = true;
            }
            pipe.is_ended = true;
        });
    }
}
