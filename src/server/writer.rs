//! Everything that is on its way out: the table of connections, each with its send queue.
//!
//! A message is appended to the queues of its recipients; [`Writer::flush`] then writes each queue
//! that was touched, once, without waiting. Only for a socket that takes no more is a task spawned,
//! which waits until it does. Who does not take what is due in time is reported by
//! [`Writer::next_overflowed`].
//!
//! A connection that is closed takes no further messages. It is sent what is due, then its sending
//! side is ended, and with that it leaves the table. If this takes longer than
//! [`Limits::linger`](super::Limits::linger), it is reset.
//!
//! Not here: what is sent, and to whom (`hub`, `chat`); reading (`connection`).

use std::collections::VecDeque;
use std::io::ErrorKind;
use std::sync::Arc;
use std::vec::Vec;

use async_channel::Sender;

use super::inbound::Inbound;
use super::{Limits, Stream, World};
use crate::chat::ClientId;
use crate::wire::{Full, SendQueue};

/// A client's id is a generation, which counts connections, above this many bits of slot.
pub(super) const SLOT_BITS: u32 = 24;

const FULL: &[u8] = b" * the server is full, please try again later\r\n";
const TOO_SLOW: &[u8] = b" * you are disconnected: too slow to read\r\n";

pub(super) struct Writer<W: World> {
    world: W,
    limits: Limits,
    /// Connections by slot; a slot is used again, a client's id never.
    slots: Vec<Option<Peer<W>>>,
    free: Vec<usize>,
    /// How many connections there have been.
    generation: u64,
    /// Who has something to be written or finished since the last flush.
    touched: Vec<ClientId>,
    /// Whose queue has overflowed, and the chat is yet to be told.
    overflowed: VecDeque<ClientId>,
}

struct Peer<W: World> {
    client: ClientId,
    stream: Arc<W::Stream>,
    queue: SendQueue,
    state: State,
    /// Whether it is in `touched`.
    touched: bool,
    /// Whether a task waits until the socket takes more.
    waiting: bool,
    /// Keeps the hub alive as long as something is due here.
    hub: Sender<Inbound<W>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// Its queue overflowed, and the chat is yet to be told. Nothing more may be queued: it would have
    /// a gap before it.
    Overflowed,
    /// Its socket takes nothing any more. What has come from it may still have to be read; who reads
    /// it will find its end.
    Broken,
    /// It is sent what is due, then ended.
    Closing,
}

impl<W: World> Writer<W> {
    pub(super) fn new(world: W, limits: Limits) -> Self {
        Self {
            world,
            limits,
            slots: Vec::new(),
            free: Vec::new(),
            generation: 0,
            touched: Vec::new(),
            overflowed: VecDeque::new(),
        }
    }

    /// Makes room for a connection, or tells it that there is none.
    pub(super) fn admit(
        &mut self,
        stream: &Arc<W::Stream>,
        queue: SendQueue,
        hub: Sender<Inbound<W>>,
    ) -> Option<ClientId> {
        if self.len() == self.limits.clients {
            // Its socket is fresh, so this fits; and if it has gone already, nothing is lost.
            let _ = stream.try_write(FULL);
            stream.finish();
            return None;
        }
        let slot = self.free.pop().unwrap_or(self.slots.len());
        let client = ClientId(self.generation << SLOT_BITS | slot as u64);
        self.generation += 1;
        let peer = Peer {
            client,
            stream: Arc::clone(stream),
            queue,
            state: State::Open,
            touched: false,
            waiting: false,
            hub,
        };
        if slot == self.slots.len() {
            self.slots.push(Some(peer));
        } else {
            self.slots[slot] = Some(peer);
        }
        Some(client)
    }

    /// How many connections are in the table.
    pub(super) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Whether a connection is in the table and has not been closed.
    pub(super) fn is_open(&mut self, client: ClientId) -> bool {
        self.peer(client).is_some_and(|peer| peer.state != State::Closing)
    }

    /// Appends to what is due to a client, or finds that it has failed to keep up.
    pub(super) fn send(&mut self, client: ClientId, bytes: &[u8]) {
        if self.push(client, bytes) == Err(Full) {
            // One batch can hold more than a queue. Only what the socket does not take counts.
            self.write(client);
            if self.push(client, bytes) == Err(Full) {
                // The reason goes out if there is room for it.
                let _ = self.push(client, TOO_SLOW);
                if let Some(peer) = self.peer(client) {
                    peer.state = State::Overflowed;
                    self.overflowed.push_back(client);
                }
            }
        }
        self.touch(client);
    }

    /// A client's socket takes more again.
    pub(super) fn resume(&mut self, client: ClientId) {
        if let Some(peer) = self.peer(client) {
            peer.waiting = false;
            self.touch(client);
        }
    }

    /// Queues nothing more for a client, and ends its connection once it has been sent what is due.
    pub(super) fn close(&mut self, client: ClientId) {
        match self.peer(client) {
            Some(peer) if peer.state == State::Broken => self.discard(client),
            Some(peer) if peer.state != State::Closing => {
                peer.state = State::Closing;
                self.reset_later(client);
                self.touch(client);
            }
            _ => {}
        }
    }

    /// Forgets a client whose connection is broken.
    pub(super) fn discard(&mut self, client: ClientId) {
        if self.peer(client).is_some() {
            self.slots[slot(client)] = None;
            self.free.push(slot(client));
        }
    }

    /// Writes what is due to whoever has been touched, as far as the sockets take it.
    pub(super) fn flush(&mut self) {
        let mut touched = core::mem::take(&mut self.touched);
        for client in touched.drain(..) {
            self.flush_one(client);
        }
        self.touched = touched;
    }

    /// Whose queue has overflowed since the last one.
    pub(super) fn next_overflowed(&mut self) -> Option<ClientId> {
        self.overflowed.pop_front()
    }

    /// Queues a message, if the client is there and open.
    fn push(&mut self, client: ClientId, bytes: &[u8]) -> Result<(), Full> {
        let peer = self.peer(client).filter(|peer| peer.state == State::Open);
        peer.map_or(Ok(()), |peer| peer.queue.push(bytes))
    }

    fn flush_one(&mut self, client: ClientId) {
        let Some(peer) = self.peer(client) else { return };
        peer.touched = false;
        if !peer.waiting {
            self.write(client);
        }
    }

    /// Writes what is due to a client, as far as its socket takes it.
    fn write(&mut self, client: ClientId) {
        let Some(peer) = self.peer(client) else { return };
        if matches!(peer.state, State::Overflowed | State::Broken) {
            return;
        }
        while !peer.queue.is_empty() {
            match peer.stream.try_write(peer.queue.next()) {
                Ok(count) if count > 0 => peer.queue.advance(count),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    return self.wait(client);
                }
                Ok(_) | Err(_) if peer.state == State::Closing => return self.discard(client),
                Ok(_) | Err(_) => {
                    peer.state = State::Broken;
                    return self.reset_later(client);
                }
            }
        }
        if peer.state == State::Closing {
            peer.stream.finish();
            self.discard(client);
        }
    }

    /// Has a task wait until the socket takes more, unless one does already.
    fn wait(&mut self, client: ClientId) {
        let Some(peer) = self.peer(client) else { return };
        if core::mem::replace(&mut peer.waiting, true) {
            return;
        }
        let (stream, hub) = (Arc::clone(&peer.stream), peer.hub.clone());
        self.world.spawn(async move {
            // An error shows at the next write.
            let _ = stream.writable().await;
            let _ = hub.send(Inbound::Writable { client }).await;
        });
    }

    /// Ends a connection for good if it has not ended by itself in time.
    fn reset_later(&mut self, client: ClientId) {
        let Some(peer) = self.peer(client) else { return };
        let stream = Arc::downgrade(&peer.stream);
        let (world, linger) = (self.world.clone(), self.limits.linger);
        self.world.spawn(async move {
            world.sleep(linger).await;
            if let Some(stream) = stream.upgrade() {
                stream.reset();
            }
        });
    }

    fn touch(&mut self, client: ClientId) {
        if let Some(peer) = self.peer(client)
            && !core::mem::replace(&mut peer.touched, true)
        {
            self.touched.push(client);
        }
    }

    fn peer(&mut self, client: ClientId) -> Option<&mut Peer<W>> {
        self.slots[slot(client)].as_mut().filter(|peer| peer.client == client)
    }
}

/// The place of a client in the table.
fn slot(client: ClientId) -> usize {
    const MASK: u64 = (1 << SLOT_BITS) - 1;
    // Fits: it is an index of a Vec that exists.
    (client.0 & MASK) as usize
}
