//! What the writer hands over, and how it continues with what it was handed.
//!
//! Not here: the readers and the chat (`hub::resting`).

use std::sync::Arc;

use async_channel::Sender;

use super::super::World;
use super::super::admission::{Admission, Visited};
use super::super::connections::{Outgoing, Resting, State};
use super::super::inbound::Inbound;
use super::super::socket::Socket;
use super::Writer;
use crate::chat::{ClientId, Timestamp};

impl<W: World> Writer<W> {
    /// Has all readers rest, also those of connections that come; or not any more.
    pub(in super::super) fn set_rests(&mut self, rests: bool) {
        self.rests = rests;
        self.connections.iter().for_each(|outgoing| outgoing.socket.set_rests(rests));
    }

    /// Whether for each connection that is still read, this is true.
    pub(in super::super) fn all_rest(&self, mut rests: impl FnMut(ClientId) -> bool) -> bool {
        self.connections.iter().all(|outgoing| outgoing.read_ended || rests(outgoing.client))
    }

    /// All connections, with what is handed over of each. Nothing may be scheduled.
    pub(in super::super) fn resting(
        &self,
    ) -> impl Iterator<Item = (ClientId, Arc<Socket<W::Stream>>, Resting)> {
        self.connections.iter().map(|outgoing| {
            let view = self.pages.view(outgoing.page);
            (outgoing.client, Arc::clone(&outgoing.socket), outgoing.resting(view))
        })
    }

    /// The number of connections so far, and the time.
    pub(in super::super) fn counts(&self) -> (u64, Timestamp) {
        (self.connections.generation(), self.now)
    }

    /// What admission control hands over.
    pub(in super::super) fn visited(&self) -> Visited {
        self.admission.visited()
    }

    /// Continues with these counts, as [`Self::counts`] returned them, and this of admission control. The time in
    /// between does not count, and the clock may have been set since the other server started.
    pub(in super::super) fn take_over(
        &mut self,
        (generation, now): (u64, Timestamp),
        visited: Visited,
    ) {
        self.connections.set_generation(generation);
        (self.now, self.clock) = (now, self.world.now());
        self.admission = Admission::with(self.limits.clone(), visited);
    }

    /// Adds a connection that was handed over. Call [`Self::fill_slots`] after the last.
    pub(in super::super) fn add(
        &mut self,
        client: ClientId,
        socket: &Arc<Socket<W::Stream>>,
        mut resting: Resting,
        hub: Sender<Inbound<W>>,
    ) {
        let page = self.pages.acquire(resting.view);
        resting.queue.allow(self.limits.send_queue);
        if resting.ignores_input {
            socket.stop_listening();
        }
        socket.owe(resting.owed);
        // An inspection writes what is due.
        if resting.is_watched || resting.state != State::Open {
            self.watched.insert((self.now, client));
        }
        let mut outgoing = Outgoing::taken_over(client, page, Arc::clone(socket), resting, hub);
        self.queued.count(&mut outgoing);
        self.connections.put(outgoing);
    }

    /// Makes the slots usable that no connection has.
    pub(in super::super) fn fill_slots(&mut self) {
        self.connections.find_free();
    }

    /// The socket of a client, if it is in the table.
    pub(in super::super) fn socket(&mut self, client: ClientId) -> Option<Arc<Socket<W::Stream>>> {
        self.connections.get(client).map(|outgoing| Arc::clone(&outgoing.socket))
    }
}
