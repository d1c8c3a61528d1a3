//! Whether the parts of the writer agree, and a wake-up is under way wherever something is due. Hubs that are built for
//! tests look after every batch.
//!
//! Not here: what clients must be sent.

#![cfg(debug_assertions)]

use std::vec::Vec;

use super::super::World;
use super::super::connections::State;
use super::Writer;
use crate::chat::ClientId;

impl<W: World> Writer<W> {
    /// Looks at all connections.
    ///
    /// # Panics
    ///
    /// If something does not agree: that is a fault of the server.
    pub(in super::super) fn check(&self) {
        assert!(
            self.disconnected.is_empty(),
            "the chat is yet to be told of {:?}",
            self.disconnected
        );
        let mut touched: Vec<ClientId> = self.scheduled.iter().flatten().copied().collect();
        touched.sort_unstable();
        let (mut bytes, mut clients, mut addresses) = (0, Vec::new(), Vec::new());
        for outgoing in self.connections.iter() {
            let client = outgoing.client;
            let first = touched.partition_point(|other| *other < client);
            let times = touched[first..].iter().take_while(|other| **other == client).count();
            assert_eq!(times, usize::from(outgoing.is_scheduled), "{client} is touched");
            assert_eq!(outgoing.counted, outgoing.queue.len(), "{client} counts");
            bytes += outgoing.queue.len();
            let wakes = outgoing.is_scheduled || outgoing.is_waiting;
            let is_due = !outgoing.queue.is_empty() || outgoing.state == State::Closing;
            assert!(wakes || !is_due, "nothing will have {client} written to");
            assert!(
                outgoing.is_scheduled || outgoing.share.is_empty(),
                "{client} has a share of old text"
            );
            assert!(
                outgoing.is_watched || !outgoing.is_waiting,
                "nobody looks whether {client} takes it"
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
