//! Owns all output: the text that is being sent, and the send queues of all connections.
//!
//! The text of a batch is stored once. For each recipient, only its share is stored: a range of that
//! text, mostly a single one, as most clients receive the same. [`Writer::flush_some`] writes each share
//! without copying it and without waiting. Only bytes that a socket does not take are copied to the
//! client's queue, and a task waits until the socket is writable.
//!
//! A client that falls behind, or uses too much memory, is evicted. Evicted clients and those that have
//! vanished are returned by [`Writer::next_disconnected`]. A full queue alone does not evict a client: if
//! it keeps reading, its queue may grow, see [`Limits::send_queue`].
//!
//! Once a connection is closed, nothing more is queued for it. Its queued output is sent, then its
//! sending side is ended. It is removed when the peer has ended its side too, or a time has passed.
//!
//! Not here: how text becomes shares (`fanout`); deadlines (`watch`); what is sent, and to whom (`hub`,
//! `chat`); reading (`connection`); admission control (`admission`).

use std::collections::{BTreeSet, VecDeque};
use std::net::IpAddr;
use std::string::String;
use std::sync::Arc;
use std::vec::Vec;

use async_channel::Sender;
use futures_lite::future::or;
use tracing::info;

mod check;
mod echo;
mod fanout;
mod pages;
mod resting;
mod watch;

use pages::Pages;

use super::admission::{Admission, Refused};
use super::connections::{Connections, Outgoing, Queued, State};
use super::inbound::Inbound;
use super::socket::{Progress, Socket};
use super::{Limits, Stream, World};
use crate::chat::{Cause, ClientId, Peer, Timestamp};
use crate::wire::negotiation::Echo;
use crate::wire::render::TOO_SLOW;
use crate::wire::{SendQueue, View};

/// The output of the server.
pub(super) struct Writer<W: World> {
    world: W,
    limits: Limits,
    admission: Admission,
    /// The current time. It never goes back: a step back of the clock counts as no time.
    now: Timestamp,
    /// The last time of the clock.
    clock: Timestamp,
    /// Set during shutdown: from then on, progress does not extend a client's deadline.
    is_stopping: bool,
    /// Whether all readers are to rest.
    rests: bool,
    connections: Connections<W>,
    /// The text of the current batch, except the lines that are not distributed yet.
    pages: Pages,
    /// Lines that are not distributed to shares yet.
    lines: String,
    /// The recipients of the lines.
    audience: Vec<ClientId>,
    /// The sizes of all queues.
    queued: Queued,
    /// The clients to write to: those that were scheduled for a message to few, and all others.
    scheduled: [VecDeque<ClientId>; 2],
    /// If the ends of the pages are marked, how many clients of each kind, at the front of `scheduled`,
    /// have yet to be written to before the text up to the marks can be dropped.
    unwritten: Option<[usize; 2]>,
    /// Whether the next client to write to is one of the second kind, if there is one.
    is_turn_of_many: bool,
    /// The clients to inspect, by the time.
    watched: BTreeSet<(Timestamp, ClientId)>,
    /// The clients that are evicted or have vanished, until the hub takes them.
    disconnected: VecDeque<(ClientId, Cause)>,
    /// Counts, by its references, the refused connections whose input is still read.
    refused: Arc<()>,
}

impl<W: World> Writer<W> {
    pub(super) fn new(world: W, limits: Limits, next_client: u64) -> Self {
        Self {
            world,
            admission: Admission::new(limits.clone()),
            limits,
            now: Timestamp::default(),
            clock: Timestamp::default(),
            is_stopping: false,
            rests: false,
            connections: Connections::new(next_client),
            pages: Pages::new(),
            lines: String::new(),
            audience: Vec::new(),
            queued: Queued::default(),
            scheduled: Default::default(),
            unwritten: None,
            is_turn_of_many: false,
            watched: BTreeSet::new(),
            disconnected: VecDeque::new(),
            refused: Arc::new(()),
        }
    }

    /// Advances the time to that of the clock.
    pub(super) fn tick(&mut self, clock: Timestamp) {
        self.now.0 += clock.0.saturating_sub(self.clock.0);
        self.clock = clock;
    }

    /// The current time, which never goes back.
    pub(super) fn now(&self) -> Timestamp {
        self.now
    }

    /// Begins the shutdown: progress no longer extends a client's deadline.
    pub(super) fn stop(&mut self) {
        self.is_stopping = true;
    }

    /// Adds a connection to the table, or refuses it.
    pub(super) fn admit(
        &mut self,
        socket: &Arc<Socket<W::Stream>>,
        ip: IpAddr,
        (queue, view): (SendQueue, View),
        hub: Sender<Inbound<W>>,
    ) -> Result<ClientId, Refused> {
        let address = self
            .admission
            .enter(self.now, ip)
            .inspect_err(|why| self.refuse(socket, why.message()))?;
        let page = self.pages.acquire(view);
        socket.set_rests(self.rests);
        Ok(self.connections.insert(|client| Outgoing {
            client,
            page,
            socket: Arc::clone(socket),
            address,
            origin: self.world.origin(ip),
            is_readable: !ip.to_canonical().is_loopback(),
            share: 0..0,
            queue,
            counted: 0,
            state: State::Open,
            since: self.now,
            acknowledged: 0,
            acknowledged_at: self.now,
            within_limit_at: self.now,
            closes_by: self.now,
            has_chosen_width: false,
            speaks_telnet: false,
            echo: Echo::default(),
            read_ended: false,
            is_scheduled: false,
            is_waiting: false,
            is_watched: false,
            hub,
        }))
    }

    /// What is known about the peer of a connection.
    pub(super) fn peer(&mut self, client: ClientId) -> Peer {
        let outgoing = self.connections.get(client);
        outgoing.map(|outgoing| Peer { origin: outgoing.origin }).unwrap_or_default()
    }

    /// Sends the reason to a refused connection, and ends it.
    fn refuse(&self, socket: &Arc<Socket<W::Stream>>, words: &str) {
        // It fits into the empty send buffer. If the peer has gone already, it is not needed.
        let _ = socket.stream.try_write(words.as_bytes());
        socket.stream.finish();
        // The writer has one reference itself.
        if Arc::strong_count(&self.refused) <= Limits::REFUSED {
            let (refused, socket) = (Arc::clone(&self.refused), Arc::clone(socket));
            let (world, linger) = (self.world.clone(), self.limits.linger);
            self.world.spawn(async move {
                let drained = async {
                    let _ = socket.drain().await;
                };
                or(drained, world.sleep(linger)).await;
                drop(refused);
            });
        }
    }

    /// Tells a reader the progress of its last report.
    pub(super) fn set_progress(&mut self, client: ClientId, progress: Progress) {
        if let Some(outgoing) = self.connections.get(client) {
            outgoing.socket.set_progress(progress);
        }
    }

    /// Charges a client additional tokens of flood control for its input.
    pub(super) fn owe(&mut self, client: ClientId, tokens: usize) {
        if let Some(outgoing) = self.connections.get(client).filter(|_| tokens > 0) {
            outgoing.socket.owe(u32::try_from(tokens).unwrap_or(u32::MAX));
        }
    }

    /// The number of connections.
    pub(super) fn len(&self) -> usize {
        self.connections.len()
    }

    /// Whether a client is in the table, is neither evicted nor closed, and its input is not ignored.
    pub(super) fn is_open(&mut self, client: ClientId) -> bool {
        let closed = [State::Evicted, State::Closing, State::Finished];
        self.connections.get(client).is_some_and(|outgoing| {
            !closed.contains(&outgoing.state) && !outgoing.socket.ignores_input()
        })
    }

    /// Ignores further input of a client. Output can still be sent.
    pub(super) fn stop_listening(&mut self, client: ClientId) {
        if let Some(outgoing) = self.connections.get(client) {
            outgoing.socket.stop_listening();
        }
    }

    /// A client's socket is writable again.
    pub(super) fn set_writable(&mut self, client: ClientId) {
        if let Some(outgoing) = self.connections.get(client) {
            outgoing.is_waiting = false;
            self.schedule(client);
        }
    }

    /// Queues nothing more for a client, and ends its connection once its queued output is sent.
    pub(super) fn close(&mut self, client: ClientId) {
        self.distribute_lines();
        let now = self.now;
        let Some(outgoing) = self.connections.get(client) else { return };
        outgoing.socket.stop_listening();
        match outgoing.state {
            State::Open | State::Evicted => {
                outgoing.state = State::Closing;
                outgoing.since = now;
                outgoing.closes_by = now.after(Limits::FAREWELL);
                self.schedule(client);
                self.inspect_after(client, self.limits.linger);
            }
            State::Broken => {
                outgoing.state = State::Finished;
                if outgoing.read_ended {
                    self.discard(client);
                }
            }
            State::Closing | State::Finished => {}
        }
    }

    /// Closes a client that has left the chat. If it has been evicted meanwhile, it is discarded instead.
    pub(super) fn close_departed(&mut self, client: ClientId) {
        self.distribute_lines();
        match self.connections.get(client) {
            Some(outgoing) if outgoing.state == State::Evicted => self.discard(client),
            _ => self.close(client),
        }
    }

    /// A client's peer will send no more.
    pub(super) fn set_read_ended(&mut self, client: ClientId) {
        let Some(outgoing) = self.connections.get(client) else { return };
        outgoing.read_ended = true;
        if outgoing.state == State::Finished {
            self.discard(client);
        }
    }

    /// Removes a client, and ends its connection unless both sides have.
    pub(super) fn discard(&mut self, client: ClientId) {
        let Some(mut outgoing) = self.connections.remove(client) else { return };
        match outgoing.state {
            State::Finished if outgoing.read_ended => {}
            // The system may still send the output that it has taken.
            State::Finished => outgoing.socket.abandon(),
            // Its output is incomplete, and a normal end would hide that.
            State::Open | State::Evicted | State::Broken | State::Closing => {
                outgoing.socket.reset();
            }
        }
        outgoing.queue = SendQueue::new(0);
        self.queued.count(&mut outgoing);
        self.pages.release(outgoing.page);
        self.admission.leave(outgoing.address);
    }

    /// The clients for which output can be queued.
    pub(super) fn open(&self) -> impl Iterator<Item = ClientId> {
        let open = self.connections.iter().filter(|outgoing| outgoing.state == State::Open);
        open.map(|outgoing| outgoing.client)
    }

    /// Removes all clients that are left at the end of the shutdown. Some are still open if the journal
    /// has not returned the end of the chat in time.
    pub(super) fn discard_all(&mut self) {
        let all = self.connections.iter().map(|outgoing| (outgoing.client, outgoing.state));
        for (client, state) in all.collect::<Vec<_>>() {
            if state == State::Open {
                info!(%client, reason = "the server is shutting down", "disconnected");
            }
            // Reset it even if the peer has ended its side: it has not received all its output.
            if let Some(outgoing) = self.connections.get(client) {
                outgoing.socket.reset();
            }
            self.discard(client);
        }
    }

    /// The next client that is evicted or has vanished, and which of them. The chat has yet to be told.
    pub(super) fn next_disconnected(&mut self) -> Option<(ClientId, Cause)> {
        self.disconnected.pop_front()
    }

    /// Evicts a client that has fallen behind: drops its output, queues the reason, and leaves it to the
    /// hub to tell the chat.
    fn evict(&mut self, client: ClientId, reason: &'static str) {
        let Some(outgoing) = self.connections.get(client) else { return };
        if !matches!(outgoing.state, State::Open | State::Closing) {
            return;
        }
        if outgoing.socket.ignores_input() {
            // It has left, and others are or will be told so.
            info!(%client, unsent = outgoing.queue.len(), "gave up on what was due");
            return self.discard(client);
        }
        outgoing.share = 0..0;
        // Sending the queue would take a slow client so long that it would never receive the reason.
        outgoing.queue.cut();
        outgoing.queue.allow(self.limits.send_queue);
        let _ = outgoing.queue.push_last(TOO_SLOW.as_bytes());
        self.queued.count(outgoing);
        outgoing.state = State::Evicted;
        info!(%client, reason, "disconnected");
        self.disconnected.push_back((client, Cause::Slow));
    }

    /// Evicts the clients with the longest queues until the queues fit in [`Limits::memory`].
    fn enforce_memory_limit(&mut self) {
        while self.queued.bytes() > self.limits.memory {
            let Some((due, client)) = self.queued.largest() else { return };
            // The socket may already be writable again, with the notification still in the inbox.
            self.write(client);
            let Some(outgoing) =
                self.connections.get(client).filter(|outgoing| outgoing.queue.len() == due)
            else {
                continue;
            };
            if outgoing.state == State::Open {
                self.evict(client, "too slow: the memory for all send queues is used up");
            } else {
                info!(%client, unsent = outgoing.queue.len(), "gave up on what was due: no memory");
                self.discard(client);
            }
        }
    }

    /// Ends the sending side of a connection if it has been closed. All its output has been sent.
    fn finish(&mut self, client: ClientId) {
        let Some(outgoing) =
            self.connections.get(client).filter(|outgoing| outgoing.state == State::Closing)
        else {
            return;
        };
        outgoing.socket.stream.finish();
        outgoing.state = State::Finished;
        if outgoing.read_ended {
            self.discard(client);
        }
    }

    /// Records that writing to a client has failed. Removes the client unless it is open.
    fn mark_broken(&mut self, client: ClientId) {
        let now = self.now;
        let Some(outgoing) =
            self.connections.get(client).filter(|outgoing| outgoing.state == State::Open)
        else {
            return self.discard(client);
        };
        outgoing.state = State::Broken;
        outgoing.since = now;
        outgoing.queue = SendQueue::new(0);
        self.queued.count(outgoing);
        outgoing.share = 0..0;
        self.inspect_after(client, self.limits.linger);
    }

    /// Schedules a client to be written to, unless it is scheduled already.
    fn schedule(&mut self, client: ClientId) {
        if let Some(outgoing) = self.connections.get(client)
            && !core::mem::replace(&mut outgoing.is_scheduled, true)
        {
            self.scheduled[1].push_back(client);
        }
    }
}
