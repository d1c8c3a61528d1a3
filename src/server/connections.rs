//! The table of connections. A place in it is used again, an id never.
//!
//! Not here: what happens to a connection (`writer`).

use core::ops::Range;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::vec::Vec;

use async_channel::Sender;

use super::World;
use super::admission::Address;
use super::inbound::Inbound;
use super::socket::Socket;
use crate::chat::{ClientId, Timestamp};
use crate::wire::SendQueue;

/// A client's id is a generation, which counts connections, above this many bits of slot.
pub(super) const SLOT_BITS: u32 = 24;

/// Connections by slot.
pub(super) struct Connections<W: World> {
    slots: Vec<Option<Outgoing<W>>>,
    free: Vec<usize>,
    /// How many connections there have been.
    generation: u64,
}

/// The writing side of a connection.
pub(super) struct Outgoing<W: World> {
    pub(super) client: ClientId,
    pub(super) socket: Arc<Socket<W::Stream>>,
    /// What it was admitted by.
    pub(super) address: Option<Address>,
    /// Which of the writer's pages has what is due to it.
    pub(super) page: usize,
    /// What of the text of the present batch there is due to it, after what waits in its queue.
    pub(super) share: Range<usize>,
    pub(super) queue: SendQueue,
    /// How much of it counts among what is queued for all.
    pub(super) counted: usize,
    pub(super) state: State,
    /// When it last took something of what is due, or what is due first was queued; or when it was
    /// closed or broke.
    pub(super) since: Timestamp,
    /// What of all that it was sent had arrived, in bytes, when it was looked at last; it may be too much for this number,
    /// which then begins anew.
    pub(super) acknowledged: u32,
    /// When that had grown last, or all had arrived.
    pub(super) acknowledged_at: Timestamp,
    /// When it last had no more in its queue than anyone may have.
    pub(super) fits_at: Timestamp,
    /// When it is given up at the latest, if it has been closed.
    pub(super) leaves_at: Timestamp,
    /// Whether a person has said how wide its rows are.
    pub(super) has_chosen: bool,
    /// Whether no more will be read from it.
    pub(super) read_ended: bool,
    /// Whether it is among those that have been touched since the last flush.
    pub(super) is_touched: bool,
    /// Whether a task waits until the socket takes more.
    pub(super) is_waiting: bool,
    /// Whether it is looked at from time to time, until all that it was sent has arrived.
    pub(super) is_watched: bool,
    /// Keeps the hub alive as long as something is due here.
    pub(super) hub: Sender<Inbound<W>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Open,
    /// Not all that was due could be queued, and the chat is yet to be told. Nothing more may be
    /// queued: it would have a gap before it.
    Overflowed,
    /// Its socket takes nothing any more. What has come from it may still have to be read; who reads
    /// it will find its end.
    Broken,
    /// It is sent what is due, and then our side is ended.
    Closing,
    /// Our side is ended.
    Finished,
}

impl<W: World> Connections<W> {
    /// No connections, after at most so many that there have been in former runs.
    pub(super) fn new(generation: u64) -> Self {
        Self { slots: Vec::new(), free: Vec::new(), generation }
    }

    /// How many connections there are.
    pub(super) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Adds a connection, made for the id that it gets.
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

    /// All of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Outgoing<W>> {
        self.slots.iter().flatten()
    }

    /// A connection, if it is there.
    pub(super) fn get(&mut self, client: ClientId) -> Option<&mut Outgoing<W>> {
        self.slots.get_mut(slot(client))?.as_mut().filter(|outgoing| outgoing.client == client)
    }

    /// A connection, if it is there and open.
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

/// What is queued for all connections, and for whom most is.
#[derive(Default)]
pub(super) struct Queued {
    bytes: usize,
    /// Those for whom something is.
    by_size: BTreeSet<(usize, ClientId)>,
}

impl Queued {
    /// Bytes in all queues.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The most that is queued for anyone, and for whom.
    pub(super) fn largest(&self) -> Option<(usize, ClientId)> {
        self.by_size.last().copied()
    }

    /// Counts what is queued for a client now.
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

/// The place of a client in the table.
fn slot(client: ClientId) -> usize {
    const MASK: u64 = (1 << SLOT_BITS) - 1;
    // Fits: it is an index of a Vec that exists.
    (client.0 & MASK) as usize
}
