//! The table of connections, and the sizes of their queues. Slots are reused; ids never are.
//!
//! Not here: what happens to a connection (`writer`).

use core::ops::Range;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::vec::Vec;

use async_channel::Sender;
use serde::{Deserialize, Serialize};

use super::World;
use super::admission::Address;
use super::inbound::Inbound;
use super::socket::Socket;
use crate::chat::{ClientId, Origin, Timestamp};
use crate::wire::negotiation::Echo;
use crate::wire::{SendQueue, View};

/// The number of low bits of an id that hold the slot. The bits above hold the generation, which counts
/// connections.
pub(super) const SLOT_BITS: u32 = 24;

/// Connections by slot.
pub(super) struct Connections<W: World> {
    slots: Vec<Option<Outgoing<W>>>,
    free: Vec<usize>,
    /// The generation of the next connection.
    generation: u64,
}

/// The writing side of a connection.
pub(super) struct Outgoing<W: World> {
    pub(super) client: ClientId,
    pub(super) socket: Arc<Socket<W::Stream>>,
    /// The address that admission control counts it by.
    pub(super) address: Option<Address>,
    pub(super) origin: Origin,
    /// Whether others could read what it sends: it is not encrypted, and comes from another machine.
    pub(super) is_readable: bool,
    /// The page that its share is on: see `writer::pages`.
    pub(super) page: usize,
    /// The range of the page that is to be sent to it, after the bytes in its queue.
    pub(super) share: Range<usize>,
    pub(super) queue: SendQueue,
    /// The number of queued bytes that [`Queued`] has counted.
    pub(super) counted: usize,
    pub(super) state: State,
    /// The start of the current deadline: when the socket last took output, or output was first queued;
    /// or when the connection was closed, or writing failed. See `writer::watch`.
    pub(super) since: Timestamp,
    /// The number of bytes that had arrived at the last inspection, modulo 2^32.
    pub(super) acknowledged: u32,
    /// When that number had last changed, or all bytes had arrived.
    pub(super) acknowledged_at: Timestamp,
    /// When its queue was last seen to be within [`send_queue`](super::Limits::send_queue).
    pub(super) within_limit_at: Timestamp,
    /// When it is removed at the latest, once it has been closed.
    pub(super) closes_by: Timestamp,
    /// Whether the user has chosen the width of rows, which the terminal then no longer changes.
    pub(super) has_chosen_width: bool,
    /// Whether it has sent a telnet command.
    pub(super) speaks_telnet: bool,
    pub(super) echo: Echo,
    /// Whether no more will be read from it.
    pub(super) read_ended: bool,
    /// Whether it is scheduled to be written to.
    pub(super) is_scheduled: bool,
    /// Whether a task waits until the socket is writable.
    pub(super) is_waiting: bool,
    /// Whether it is inspected from time to time, until all its output has arrived.
    pub(super) is_watched: bool,
    /// Keeps the hub running until the connection is removed.
    pub(super) hub: Sender<Inbound<W>>,
}

/// What is handed over of the writing side of a connection, as plain data: see [`Outgoing`].
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Resting {
    #[serde(deserialize_with = "Option::deserialize")]
    pub(super) address: Option<Address>,
    pub(super) origin: Origin,
    pub(super) is_readable: bool,
    pub(super) view: View,
    pub(super) queue: SendQueue,
    pub(super) state: State,
    pub(super) since: Timestamp,
    pub(super) acknowledged: u32,
    pub(super) acknowledged_at: Timestamp,
    pub(super) within_limit_at: Timestamp,
    pub(super) closes_by: Timestamp,
    pub(super) has_chosen_width: bool,
    pub(super) speaks_telnet: bool,
    pub(super) echo: Echo,
    pub(super) read_ended: bool,
    pub(super) is_watched: bool,
    /// Of its socket: whether its input is ignored, and what its input has cost in addition.
    pub(super) ignores_input: bool,
    pub(super) owed: u32,
}

/// The state of the writing side of a connection.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum State {
    /// Output can be queued.
    Open,
    /// The client has fallen behind, and the hub has yet to announce that. Nothing more may be queued,
    /// because output before it may be missing.
    Evicted,
    /// Writing has failed. There may still be input; the reader will reach its end.
    Broken,
    /// The queued output is sent, and then the sending side is ended.
    Closing,
    /// The sending side is ended.
    Finished,
}

impl<W: World> Outgoing<W> {
    /// What is handed over of it. Its share is empty.
    pub(super) fn resting(&self, view: View) -> Resting {
        Resting {
            address: self.address,
            origin: self.origin,
            is_readable: self.is_readable,
            view,
            queue: self.queue.clone(),
            state: self.state,
            since: self.since,
            acknowledged: self.acknowledged,
            acknowledged_at: self.acknowledged_at,
            within_limit_at: self.within_limit_at,
            closes_by: self.closes_by,
            has_chosen_width: self.has_chosen_width,
            speaks_telnet: self.speaks_telnet,
            echo: self.echo,
            read_ended: self.read_ended,
            is_watched: self.is_watched,
            ignores_input: self.socket.ignores_input(),
            owed: self.socket.owed(),
        }
    }

    /// Continues with what was handed over.
    pub(super) fn taken_over(
        client: ClientId,
        page: usize,
        socket: Arc<Socket<W::Stream>>,
        resting: Resting,
        hub: Sender<Inbound<W>>,
    ) -> Self {
        Self {
            client,
            page,
            socket,
            address: resting.address,
            origin: resting.origin,
            is_readable: resting.is_readable,
            share: 0..0,
            queue: resting.queue,
            counted: 0,
            state: resting.state,
            since: resting.since,
            acknowledged: resting.acknowledged,
            acknowledged_at: resting.acknowledged_at,
            within_limit_at: resting.within_limit_at,
            closes_by: resting.closes_by,
            has_chosen_width: resting.has_chosen_width,
            speaks_telnet: resting.speaks_telnet,
            echo: resting.echo,
            read_ended: resting.read_ended,
            is_scheduled: false,
            is_waiting: false,
            is_watched: resting.is_watched,
            hub,
        }
    }
}

impl<W: World> Connections<W> {
    /// An empty table. All its ids are at least `next_client`.
    pub(super) fn new(next_client: u64) -> Self {
        let generation = next_client.div_ceil(1 << SLOT_BITS);
        Self { slots: Vec::new(), free: Vec::new(), generation }
    }

    /// The number of connections.
    pub(super) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Adds the connection that `outgoing` returns for its new id.
    pub(super) fn insert(&mut self, outgoing: impl FnOnce(ClientId) -> Outgoing<W>) -> ClientId {
        let slot = self.free.pop().unwrap_or(self.slots.len());
        let client = ClientId(self.generation << SLOT_BITS | slot as u64);
        self.generation += 1;
        if slot == self.slots.len() {
            self.slots.push(None);
        }
        self.slots[slot] = Some(outgoing(client));
        client
    }

    /// The number of connections so far, in earlier runs too.
    pub(super) fn generation(&self) -> u64 {
        self.generation
    }

    /// Continues the ids after this number of connections.
    pub(super) fn set_generation(&mut self, generation: u64) {
        self.generation = generation;
    }

    /// Puts a connection that has an id already into its slot. Call [`Self::find_free`] after the last.
    pub(super) fn put(&mut self, outgoing: Outgoing<W>) {
        let slot = slot(outgoing.client);
        if slot >= self.slots.len() {
            self.slots.resize_with(slot + 1, || None);
        }
        self.slots[slot] = Some(outgoing);
    }

    /// Finds the slots that no connection has.
    pub(super) fn find_free(&mut self) {
        let slots = self.slots.iter().enumerate();
        self.free = slots.filter(|(_, slot)| slot.is_none()).map(|(place, _)| place).collect();
    }

    /// All connections.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Outgoing<W>> {
        self.slots.iter().flatten()
    }

    /// The connection of a client, if it is in the table.
    pub(super) fn get(&mut self, client: ClientId) -> Option<&mut Outgoing<W>> {
        self.slots.get_mut(slot(client))?.as_mut().filter(|outgoing| outgoing.client == client)
    }

    /// The connection of a client, if it is in the table and open.
    pub(super) fn open(&mut self, client: ClientId) -> Option<&mut Outgoing<W>> {
        self.get(client).filter(|outgoing| outgoing.state == State::Open)
    }

    /// Removes a connection.
    pub(super) fn remove(&mut self, client: ClientId) -> Option<Outgoing<W>> {
        self.get(client)?;
        self.free.push(slot(client));
        self.slots[slot(client)].take()
    }
}

/// The sizes of all send queues, and which one is the largest.
#[derive(Default)]
pub(super) struct Queued {
    bytes: usize,
    /// The clients with queued bytes, by the number of bytes.
    by_size: BTreeSet<(usize, ClientId)>,
}

impl Queued {
    /// The number of bytes in all queues.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The size of the largest queue, and its client.
    pub(super) fn largest(&self) -> Option<(usize, ClientId)> {
        self.by_size.last().copied()
    }

    /// Updates the size of a client's queue.
    pub(super) fn count<W: World>(&mut self, outgoing: &mut Outgoing<W>) {
        let (before, now) = (outgoing.counted, outgoing.queue.len());
        if before == now {
            return;
        }
        outgoing.counted = now;
        self.bytes = self.bytes - before + now;
        self.by_size.remove(&(before, outgoing.client));
        if now > 0 {
            self.by_size.insert((now, outgoing.client));
        }
    }
}

/// The slot of a client.
fn slot(client: ClientId) -> usize {
    const MASK: u64 = (1 << SLOT_BITS) - 1;
    // Fits: it has only `SLOT_BITS` bits.
    (client.0 & MASK) as usize
}
