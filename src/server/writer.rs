//! Everything that is on its way out: the send queues of all connections.
//!
//! The text of a batch is kept once, and for each recipient which share of it is due: mostly one piece, as
//! most are told the same. [`Writer::flush_some`] then writes to each its share, at once, without copying it and
//! without waiting. Only what a socket does not take is copied to the client's queue, and a task spawned
//! which waits until it takes more. Who does not take what is due in time, or takes up too much memory
//! meanwhile, is reported by [`Writer::next_disconnected`], as is who has vanished. A full queue alone is no proof of that: a client that
//! still takes something may have a longer one, see [`Limits::send_queue`].
//!
//! A connection that is closed takes no further messages. It is sent what is due, then its sending
//! side is ended. It leaves the table when the peer has ended its side too, or when it has been waited for long enough.
//!
//! Not here: who is waited for how long (`watch`); what is sent, and to whom (`hub`, `chat`); reading (`connection`); who is let in (`admission`).

use std::collections::{BTreeSet, VecDeque};
use std::net::IpAddr;
use std::string::String;
use std::sync::Arc;
use std::vec::Vec;

use async_channel::Sender;
use futures_lite::future::or;
use tracing::info;

mod check;
mod fanout;
mod pages;
mod watch;

use pages::Pages;

use super::admission::{Admission, Refused};
use super::connections::{Connections, Outgoing, Queued, State};
use super::inbound::Inbound;
use super::socket::{Progress, Socket};
use super::{Limits, Stream, World};
use crate::chat::{Cause, ClientId, Timestamp};
use crate::wire::render::TOO_SLOW;
use crate::wire::{SendQueue, View};

pub(super) struct Writer<W: World> {
    world: W,
    limits: Limits,
    admission: Admission,
    /// What time it is for all that is done now. It never goes back: a step back of the clock takes no time.
    now: Timestamp,
    /// What the clock said last.
    clock: Timestamp,
    /// Whether whoever is still connected has [`Limits::linger`] left in all.
    is_stopping: bool,
    connections: Connections<W>,
    /// The text of the present batch, as far as it is in the shares of those to whom it is due.
    pages: Pages,
    /// Lines that are yet to be shared out.
    lines: String,
    /// To whom they are due.
    audience: Vec<ClientId>,
    /// What is in all queues.
    queued: Queued,
    /// Who has something to be written or finished: those who are few, and all others.
    scheduled: [VecDeque<ClientId>; 2],
    /// How many of them had a share of what has been marked of the text, and have yet to be written to.
    unwritten: Option<[usize; 2]>,
    /// Whether the next to be written to is one of the latter, if there is one.
    is_turn_of_many: bool,
    /// Who is looked at again, and when.
    watched: BTreeSet<(Timestamp, ClientId)>,
    /// For whom more was due than can be kept, and who has vanished; the chat is yet to be told.
    disconnected: VecDeque<(ClientId, Cause)>,
    /// Counts, by its references, the refused connections that are still read from.
    refused: Arc<()>,
}

impl<W: World> Writer<W> {
    pub(super) fn new(world: W, limits: Limits, connections: u64) -> Self {
        Self {
            world,
            admission: Admission::new(limits.clone()),
            limits,
            now: Timestamp::default(),
            clock: Timestamp::default(),
            is_stopping: false,
            connections: Connections::new(connections),
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

    /// Says what the clock says now.
    pub(super) fn tick(&mut self, clock: Timestamp) {
        self.now.0 += clock.0.saturating_sub(self.clock.0);
        self.clock = clock;
    }

    /// What time it is, by a clock that is never put back.
    pub(super) fn now(&self) -> Timestamp {
        self.now
    }

    /// From now on, taking what is due earns no more time.
    pub(super) fn stop(&mut self) {
        self.is_stopping = true;
    }

    /// Makes room for a connection, or tells it that it may not come in.
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
        Ok(self.connections.insert(|client| Outgoing {
            client,
            page,
            socket: Arc::clone(socket),
            address,
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
            read_ended: false,
            is_scheduled: false,
            is_waiting: false,
            is_watched: false,
            hub,
        }))
    }

    /// Tells a connection why it may not come in, and ends it.
    fn refuse(&self, socket: &Arc<Socket<W::Stream>>, words: &str) {
        // Its socket is fresh, so this fits; and if it has gone already, nothing is lost.
        let _ = socket.stream.try_write(words.as_bytes());
        socket.stream.finish();
        // One reference is the writer's own.
        if Arc::strong_count(&self.refused) <= Limits::REFUSED {
            let (refused, socket) = (Arc::clone(&self.refused), Arc::clone(socket));
            let (world, linger) = (self.world.clone(), self.limits.linger);
            self.world.spawn(async move {
                or(socket.drain(), world.sleep(linger)).await;
                drop(refused);
            });
        }
    }

    /// Notes what becomes of what has been read from a client.
    pub(super) fn set_progress(&mut self, client: ClientId, progress: Progress) {
        if let Some(outgoing) = self.connections.get(client) {
            outgoing.socket.set_progress(progress);
        }
    }

    /// What a client has sent has cost so many tokens beside its own.
    pub(super) fn owe(&mut self, client: ClientId, tokens: usize) {
        if let Some(outgoing) = self.connections.get(client).filter(|_| tokens > 0) {
            outgoing.socket.owe(u32::try_from(tokens).unwrap_or(u32::MAX));
        }
    }

    /// How many connections are in the table.
    pub(super) fn len(&self) -> usize {
        self.connections.len()
    }

    /// Whether a connection is in the table, has not been closed, and is listened to.
    pub(super) fn is_open(&mut self, client: ClientId) -> bool {
        let closed = [State::Evicted, State::Closing, State::Finished];
        self.connections.get(client).is_some_and(|outgoing| {
            !closed.contains(&outgoing.state) && !outgoing.socket.ignores_input()
        })
    }

    /// Ignores further input of a client. It is closed when it has been sent what is due.
    pub(super) fn stop_listening(&mut self, client: ClientId) {
        if let Some(outgoing) = self.connections.get(client) {
            outgoing.socket.stop_listening();
        }
    }

    /// A client's socket takes more again.
    pub(super) fn set_writable(&mut self, client: ClientId) {
        if let Some(outgoing) = self.connections.get(client) {
            outgoing.is_waiting = false;
            self.schedule(client);
        }
    }

    /// Queues nothing more for a client, and ends its connection once it has been sent what is due.
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

    /// Closes a client that has left the chat. What is due to it may have been given up meanwhile, after it had left: that
    /// must not look like a good end.
    pub(super) fn close_departed(&mut self, client: ClientId) {
        self.distribute_lines();
        match self.connections.get(client) {
            Some(outgoing) if outgoing.state == State::Evicted => self.discard(client),
            _ => self.close(client),
        }
    }

    /// The peer will send no more.
    pub(super) fn set_read_ended(&mut self, client: ClientId) {
        let Some(outgoing) = self.connections.get(client) else { return };
        outgoing.read_ended = true;
        if outgoing.state == State::Finished {
            self.discard(client);
        }
    }

    /// Forgets a client whose connection is broken.
    pub(super) fn discard(&mut self, client: ClientId) {
        let Some(mut outgoing) = self.connections.remove(client) else { return };
        match outgoing.state {
            _ if outgoing.read_ended => {}
            // What the system has taken, it may go on sending.
            State::Finished => outgoing.socket.abandon(),
            State::Open | State::Evicted | State::Broken | State::Closing => {
                outgoing.socket.reset();
            }
        }
        outgoing.queue = SendQueue::new(0);
        self.queued.count(&mut outgoing);
        self.pages.release(outgoing.page);
        self.admission.leave(outgoing.address);
    }

    /// Those to whom something can be sent.
    pub(super) fn open(&self) -> impl Iterator<Item = ClientId> {
        let open = self.connections.iter().filter(|outgoing| outgoing.state == State::Open);
        open.map(|outgoing| outgoing.client)
    }

    /// Forgets whoever is left at the end of a stop: the journal has yet to say that the chat has ended.
    pub(super) fn discard_all(&mut self) {
        let all = self.connections.iter().map(|outgoing| (outgoing.client, outgoing.state));
        for (client, state) in all.collect::<Vec<_>>() {
            if state == State::Open {
                info!(%client, reason = "the server is shutting down", "disconnected");
            }
            // Even if it has ended its side: it did not get all that was due.
            if let Some(outgoing) = self.connections.get(client) {
                outgoing.socket.reset();
            }
            self.discard(client);
        }
    }

    /// The next one that is no longer there for the chat, and why.
    pub(super) fn next_disconnected(&mut self) -> Option<(ClientId, Cause)> {
        self.disconnected.pop_front()
    }

    /// Queues nothing more for a client but why, and notes that the chat is to be told.
    fn evict(&mut self, client: ClientId, reason: &'static str) {
        let Some(outgoing) = self.connections.get(client) else { return };
        if !matches!(outgoing.state, State::Open | State::Closing) {
            return;
        }
        if outgoing.state == State::Open && outgoing.socket.ignores_input() {
            // It has left, and others will be told so: what it gets must not look like a good end.
            info!(%client, unsent = outgoing.queue.len(), "gave up on what was due");
            outgoing.socket.reset();
            return self.discard(client);
        }
        outgoing.share = 0..0;
        // What waits would take a slow client longer than it is given to read why.
        outgoing.queue.cut();
        outgoing.queue.allow(self.limits.send_queue);
        let _ = outgoing.queue.push_last(TOO_SLOW.as_bytes());
        self.queued.count(outgoing);
        outgoing.state = State::Evicted;
        info!(%client, reason, "disconnected");
        self.disconnected.push_back((client, Cause::Slow));
    }

    /// Makes room in memory, at the cost of those for whom most is kept.
    fn enforce_memory_limit(&mut self) {
        while self.queued.bytes() > self.limits.memory {
            let Some((due, client)) = self.queued.largest() else { return };
            // Its socket may take more by now, and the word of that be on its way.
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
                outgoing.socket.reset();
                self.discard(client);
            }
        }
    }

    /// Ends our side of a connection that has been closed and has taken all that was due.
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

    /// A socket takes nothing any more.
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

    fn schedule(&mut self, client: ClientId) {
        if let Some(outgoing) = self.connections.get(client)
            && !core::mem::replace(&mut outgoing.is_scheduled, true)
        {
            self.scheduled[1].push_back(client);
        }
    }
}
