//! Checks the invariants of the writer: its parts agree, and each client with output will be written
//! to. In debug builds, the hub checks them after every batch.
//!
//! Not here: what clients must receive.

#![cfg(debug_assertions)]

use std::vec::Vec;

use super::super::World;
use super::super::connections::State;
use super::Writer;
use crate::chat::ClientId;

impl<W: World> Writer<W> {
    /// Checks all connections.
    ///
    /// # Panics
    ///
    /// If an invariant does not hold, which is a bug in the server.
    pub(in super::super) fn check(&self) {
        assert!(self.disconnected.is_empty(), "the hub has not announced {:?}", self.disconnected);
        let mut touched: Vec<ClientId> = self.scheduled.iter().flatten().copied().collect();
        touched.sort_unstable();
        let (mut bytes, mut clients, mut addresses) = (0, Vec::new(), Vec::new());
        for outgoing in self.connections.iter() {
            let client = outgoing.client;
            let first = touched.partition_point(|other| *other < client);
            let times = touched[first..].iter().take_while(|other| **other == client).count();
            assert_eq!(times, usize::from(outgoing.is_scheduled), "{client} is scheduled");
            assert_eq!(outgoing.counted, outgoing.queue.len(), "queued bytes of {client}");
            bytes += outgoing.queue.len();
            let wakes = outgoing.is_scheduled || outgoing.is_waiting;
            // An evicted client is closed when its disconnection has happened.
            let is_due = match outgoing.state {
                State::Evicted => false,
                State::Closing => true,
                _ => !outgoing.queue.is_empty(),
            };
            assert!(wakes || !is_due, "{client} has output but will not be written to");
            assert!(
                outgoing.is_scheduled || outgoing.share.is_empty(),
                "{client} has a share of text that may be dropped"
            );
            assert!(
                outgoing.is_watched || !outgoing.is_waiting,
                "{client} is not inspected while it is not writable"
            );
            clients.resize(clients.len().max(outgoing.page + 1), 0);
            clients[outgoing.page] += 1;
            addresses.extend(outgoing.address);
        }
        assert_eq!(self.queued.bytes(), bytes, "bytes in all queues");
        self.pages.check(&clients);
        self.admission.check(self.connections.len(), &addresses);
    }
}
