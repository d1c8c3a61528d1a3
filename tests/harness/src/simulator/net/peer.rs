//! The client's end of a stream: what a client does with it, and what has become of it.
//!
//! Not here: the server's end (`net`).

use std::sync::Arc;

use chinwag::chat::ClientId;

use super::{Peer, Stream, TRICKLE, change, lock};

impl Peer {
    pub(in super::super) fn send(&self, bytes: &[u8]) {
        change(&self.0, |pipe| pipe.to_server.extend(bytes));
    }

    pub(in super::super) fn stall(&self) {
        change(&self.0, |pipe| (pipe.is_stalled, pipe.is_slow) = (true, false));
    }

    pub(in super::super) fn take(&self, count: usize) {
        change(&self.0, |pipe| pipe.take(count));
    }

    /// From now on the client receives at the speed of a slow link.
    pub(in super::super) fn slow_down(&self) {
        change(&self.0, |pipe| (pipe.is_stalled, pipe.is_slow) = (true, true));
    }

    /// Receives what a slow link transfers in this many seconds, if the client is on one.
    pub(in super::super) fn trickle(&self, seconds: u64) {
        let count = usize::try_from(seconds * TRICKLE).unwrap_or(usize::MAX);
        change(&self.0, |pipe| pipe.take(if pipe.is_slow { count } else { 0 }));
    }

    pub(in super::super) fn heal(&self) {
        change(&self.0, |pipe| {
            (pipe.is_stalled, pipe.is_slow, pipe.vanished_at) = (false, false, None);
        });
    }

    pub(in super::super) fn finish(&self) {
        change(&self.0, |pipe| pipe.is_finished = true);
    }

    /// Resets the connection: all data in flight is lost.
    pub(in super::super) fn reset(&self) {
        change(&self.0, |pipe| {
            (pipe.is_reset, pipe.is_cut) = (true, true);
            pipe.to_server.clear();
            pipe.in_flight.clear();
        });
    }

    /// Makes writes to the client fail. Data in flight still arrives.
    pub(in super::super) fn break_writes(&self) {
        change(&self.0, |pipe| (pipe.writes_fail, pipe.is_cut) = (true, true));
    }

    /// From now on nothing passes in either direction.
    pub(in super::super) fn vanish(&self, now: u64) {
        change(&self.0, |pipe| {
            pipe.vanished_at.get_or_insert(now);
            pipe.is_cut = true;
        });
    }

    pub(in super::super) fn has_vanished(&self) -> bool {
        lock(&self.0).vanished_at.is_some()
    }

    /// Whether the client has vanished with data in flight.
    pub(in super::super) fn is_unreachable(&self) -> bool {
        self.has_vanished() && !lock(&self.0).in_flight.is_empty()
    }

    /// Whether a close can have come from this client.
    pub(in super::super) fn can_have_closed(&self) -> bool {
        let pipe = lock(&self.0);
        pipe.vanished_at.is_none() || pipe.is_finished
    }

    /// Whether the client's connection has ever been broken or the client has vanished.
    pub(in super::super) fn is_cut(&self) -> bool {
        lock(&self.0).is_cut
    }

    pub(in super::super) fn received(&self) -> Vec<u8> {
        lock(&self.0).received.clone()
    }

    /// All bytes sent to the client, received or not.
    pub(in super::super) fn sent(&self) -> Vec<u8> {
        let pipe = lock(&self.0);
        pipe.received.iter().chain(&pipe.in_flight).copied().collect()
    }

    /// Whether the server has closed its side and the client has received everything.
    pub(in super::super) fn has_ended_well(&self) -> bool {
        let pipe = lock(&self.0);
        pipe.is_ended && !pipe.is_broken() && pipe.in_flight.is_empty()
    }

    pub(in super::super) fn is_broken(&self) -> bool {
        lock(&self.0).is_broken()
    }

    pub(in super::super) fn has_failed(&self) -> bool {
        lock(&self.0).has_failed
    }

    pub(in super::super) fn is_stalled(&self) -> bool {
        let pipe = lock(&self.0);
        pipe.is_stalled || pipe.vanished_at.is_some()
    }

    /// Whether the client receives everything, but slowly.
    pub(in super::super) fn is_slow(&self) -> bool {
        let pipe = lock(&self.0);
        pipe.is_slow && pipe.vanished_at.is_none()
    }

    /// Whether the buffer of a client that does not read is full.
    pub(in super::super) fn is_full(&self) -> bool {
        !lock(&self.0).is_writable()
    }

    pub(in super::super) fn is_admitted(&self) -> bool {
        self.client().is_some()
    }

    /// The id that the server has given it, if it has admitted it.
    pub(in super::super) fn client(&self) -> Option<ClientId> {
        lock(&self.0).client
    }

    pub(in super::super) fn admit(&self, client: ClientId) {
        lock(&self.0).client = Some(client);
    }

    pub(in super::super) fn host(&self) -> u8 {
        lock(&self.0).host
    }

    pub(in super::super) fn is_refused(&self) -> bool {
        lock(&self.0).is_refused
    }

    /// Whether this is the other end of a stream.
    pub(in super::super) fn is_of(&self, stream: &Stream) -> bool {
        Arc::ptr_eq(&self.0, &stream.pipe)
    }
}
