//! Whether the parts of the writer agree, and a wake-up is under way wherever something is due. Hubs that are built for
//! tests look after every batch.
//!
//! Not here: what clients must be sent.

#![cfg(debug_assertions)]

use std::vec::Vec;

use super::super::World;
use super::super::table::State;
use super::Writer;
use crate::chat::ClientId;

impl<W: World> Writer<W> {
    /// Looks at all connections.
    ///
    /// # Panics
    ///
    /// If something does not agree: that is a fault of the server.
    pub(in super::super) fn check(&self) {
        assert!(self.expelled.is_empty(), "the chat is yet to be told of {:?}", self.expelled);
        let mut touched: Vec<ClientId> = self.touched.iter().flatten().copied().collect();
        touched.sort_unstable();
        let (mut bytes, mut clients, mut addresses) = (0, Vec::new(), Vec::new());
        for peer in self.peers.iter() {
            let client = peer.client;
            let first = touched.partition_point(|other| *other < client);
            let times = touched[first..].iter().take_while(|other| **other == client).count();
            assert_eq!(times, usize::from(peer.is_touched), "{client} is touched");
            assert_eq!(peer.counted, peer.queue.len(), "{client} counts");
            bytes += peer.queue.len();
            let wakes = peer.is_touched || peer.is_waiting;
            let is_due = !peer.queue.is_empty() || peer.state == State::Closing;
            assert!(wakes || !is_due, "nothing will have {client} written to");
            assert!(peer.is_touched || peer.share.is_empty(), "{client} has a share of old text");
            assert!(peer.is_watched || !peer.is_waiting, "nobody looks whether {client} takes it");
            clients.resize(clients.len().max(peer.page + 1), 0);
            clients[peer.page] += 1;
            addresses.extend(peer.address);
        }
        assert_eq!(self.queued.bytes(), bytes, "bytes in all queues");
        self.pages.check(&clients);
        self.door.check(self.peers.len(), &addresses);
    }
}
