//! Everything that is on its way out: the table of connections, each with its send queue.
//!
//! A message is appended to the queues of its recipients; [`Writer::flush`] then writes each queue
//! that was touched, once, without waiting. Only for a socket that takes no more is a task spawned,
//! which waits until it does. Who does not take what is due in time is reported by
//! [`Writer::next_overflowed`].
//!
//! A connection that is closed takes no further messages. It is sent what is due, then its sending
//! side is ended. It leaves the table when the peer has ended its side too; or when for
//! [`Limits::linger`] nothing has come of either, and it is reset.
//!
//! Not here: what is sent, and to whom (`hub`, `chat`); reading (`connection`).

use std::collections::VecDeque;
use std::io::ErrorKind;
use std::sync::Arc;
use std::vec::Vec;

use async_channel::Sender;
use futures_lite::future::or;
use tracing::info;

use super::inbound::Inbound;
use super::{Limits, Stream, World, connection};
use crate::chat::ClientId;
use crate::wire::render::{FULL, TOO_SLOW};
use crate::wire::{Full, SendQueue};

/// A client's id is a generation, which counts connections, above this many bits of slot.
pub(super) const SLOT_BITS: u32 = 24;

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
    /// Counts, by its references, the refused connections that are still read from.
    refused: Arc<()>,
}

struct Peer<W: World> {
    client: ClientId,
    stream: Arc<W::Stream>,
    queue: SendQueue,
    state: State,
    /// Whether no more will be read from it.
    is_read: bool,
    /// Whether some of the queue has been written since it was last asked.
    has_progressed: bool,
    /// Whether it is in `touched`.
    is_touched: bool,
    /// Whether a task waits until the socket takes more.
    is_waiting: bool,
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
    /// It is sent what is due, and then our side is ended.
    Closing,
    /// Our side is ended.
    Finished,
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
            refused: Arc::new(()),
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
            self.refuse(stream);
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
            is_read: false,
            has_progressed: false,
            is_touched: false,
            is_waiting: false,
            hub,
        };
        if slot == self.slots.len() {
            self.slots.push(Some(peer));
        } else {
            self.slots[slot] = Some(peer);
        }
        Some(client)
    }

    /// Tells a connection that there is no room for it, and ends it.
    fn refuse(&self, stream: &Arc<W::Stream>) {
        // Its socket is fresh, so this fits; and if it has gone already, nothing is lost.
        let _ = stream.try_write(FULL.as_bytes());
        stream.finish();
        // One reference is the writer's own.
        if Arc::strong_count(&self.refused) <= Limits::REFUSED {
            let (refused, stream) = (Arc::clone(&self.refused), Arc::clone(stream));
            let (world, linger) = (self.world.clone(), self.limits.linger);
            self.world.spawn(async move {
                or(connection::drain::<W>(&stream), world.sleep(linger)).await;
                drop(refused);
            });
        }
    }

    /// How many connections are in the table.
    pub(super) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Whether a connection is in the table and has not been closed.
    pub(super) fn is_open(&mut self, client: ClientId) -> bool {
        let closed = [State::Closing, State::Finished];
        self.peer(client).is_some_and(|peer| !closed.contains(&peer.state))
    }

    /// Appends to what is due to a client, or finds that it has failed to keep up.
    pub(super) fn send(&mut self, client: ClientId, bytes: &[u8]) {
        let mut pushed = self.push(client, bytes);
        if pushed == Err(Full) {
            // One batch can hold more than a queue. Only what the socket does not take counts.
            self.write(client);
            pushed = self.push(client, bytes);
        }
        if let Some(peer) = self.peer(client).filter(|_| pushed == Err(Full)) {
            // Fits: the queue keeps room for it.
            let _ = peer.queue.push_last(TOO_SLOW.as_bytes());
            peer.state = State::Overflowed;
            self.overflowed.push_back(client);
        }
        self.touch(client);
    }

    /// A client's socket takes more again.
    pub(super) fn resume(&mut self, client: ClientId) {
        if let Some(peer) = self.peer(client) {
            peer.is_waiting = false;
            self.touch(client);
        }
    }

    /// Queues nothing more for a client, and ends its connection once it has been sent what is due.
    pub(super) fn close(&mut self, client: ClientId) {
        let Some(peer) = self.peer(client) else { return };
        match peer.state {
            State::Open | State::Overflowed => {
                peer.state = State::Closing;
                peer.has_progressed = false;
                self.touch(client);
                self.remind(client);
            }
            State::Broken => peer.state = State::Finished,
            State::Closing | State::Finished => {}
        }
    }

    /// The peer will send no more.
    pub(super) fn end(&mut self, client: ClientId) {
        let Some(peer) = self.peer(client) else { return };
        peer.is_read = true;
        if peer.state == State::Finished {
            self.discard(client);
        }
    }

    /// Forgets a client whose connection is broken.
    pub(super) fn discard(&mut self, client: ClientId) {
        let Some(peer) = self.peer(client) else { return };
        if !peer.is_read {
            // Wakes who reads it.
            peer.stream.reset();
        }
        self.slots[slot(client)] = None;
        self.free.push(slot(client));
    }

    /// Some time has passed since a client was closed. If nothing has come of it, that was its last
    /// chance, and if `patient` is false in any case.
    pub(super) fn expire(&mut self, client: ClientId, patient: bool) {
        let Some(peer) = self.peer(client) else { return };
        if patient && core::mem::take(&mut peer.has_progressed) {
            return self.remind(client);
        }
        if peer.state == State::Closing {
            info!(%client, unsent = peer.queue.len(), "gave up on what was due");
        }
        if peer.state == State::Broken {
            // Who reads it will tell.
            peer.stream.reset();
        } else {
            self.discard(client);
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
        peer.is_touched = false;
        if !peer.is_waiting {
            self.write(client);
        }
    }

    /// Writes what is due to a client, as far as its socket takes it.
    fn write(&mut self, client: ClientId) {
        let Some(peer) = self.peer(client) else { return };
        if matches!(peer.state, State::Overflowed | State::Broken | State::Finished) {
            return;
        }
        while !peer.queue.is_empty() {
            match peer.stream.try_write(peer.queue.next()) {
                Ok(count) if count > 0 => {
                    peer.queue.advance(count);
                    peer.has_progressed = true;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    return self.wait(client);
                }
                Ok(_) | Err(_) if peer.state == State::Open => {
                    peer.state = State::Broken;
                    return self.remind(client);
                }
                Ok(_) | Err(_) => return self.discard(client),
            }
        }
        if peer.state == State::Closing {
            peer.stream.finish();
            peer.state = State::Finished;
            if peer.is_read {
                self.discard(client);
            }
        }
    }

    /// Has a task wait until the socket takes more, unless one does already.
    fn wait(&mut self, client: ClientId) {
        let Some(peer) = self.peer(client) else { return };
        if core::mem::replace(&mut peer.is_waiting, true) {
            return;
        }
        let (stream, hub) = (Arc::clone(&peer.stream), peer.hub.clone());
        self.world.spawn(async move {
            // An error shows at the next write.
            let _ = stream.writable().await;
            let _ = hub.send(Inbound::Writable { client }).await;
        });
    }

    /// Has the hub look at a client again after a while.
    fn remind(&self, client: ClientId) {
        let Some(peer) = &self.slots[slot(client)] else { return };
        // Weak: a hub that has nothing else to wait for need not wait for this.
        let (world, hub, linger) = (self.world.clone(), peer.hub.downgrade(), self.limits.linger);
        self.world.spawn(async move {
            world.sleep(linger).await;
            if let Some(hub) = hub.upgrade() {
                let _ = hub.send(Inbound::Expired { client }).await;
            }
        });
    }

    fn touch(&mut self, client: ClientId) {
        if let Some(peer) = self.peer(client)
            && !core::mem::replace(&mut peer.is_touched, true)
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
