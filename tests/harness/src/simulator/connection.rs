//! A connection from the client's point of view: what the client has sent, and its actions on the connection.
//!
//! Not here: the stream (`net`), and what must result (`client_record`, `judge`).

use super::net::Peer;
use crate::client_record::ClientRecord;

/// A connection from the client's point of view.
pub(super) struct Connection {
    pub(super) peer: Peer,
    /// The bytes it has sent, and whether it has ended the connection.
    said: ClientRecord,
}

impl Connection {
    pub(super) fn new(peer: Peer, has_flood_control: bool) -> Self {
        Self { peer, said: ClientRecord { has_flood_control, ..ClientRecord::default() } }
    }

    /// The client's record for the judges.
    pub(super) fn record(&self) -> ClientRecord {
        ClientRecord {
            received: self.peer.received(),
            is_broken: self.peer.is_broken(),
            has_ended_well: self.peer.has_ended_well(),
            ..self.said.clone()
        }
    }

    /// Whether the bytes sent end in the middle of a line.
    pub(super) fn is_in_a_line(&self) -> bool {
        !self.said.is_over && self.said.sent.last().is_some_and(|last| !b"\r\n\0".contains(last))
    }

    pub(super) fn send(&mut self, bytes: &[u8], events: usize) {
        if !self.said.is_over && !self.peer.has_vanished() {
            self.peer.send(bytes);
            self.said.sent.extend_from_slice(bytes);
            self.said.sent_after.push((events, self.said.sent.len()));
        }
    }

    pub(super) fn finish(&mut self) {
        if self.peer.has_vanished() {
            return;
        }
        self.said.is_over = true;
        self.peer.finish();
    }

    pub(super) fn reset(&mut self) {
        if !self.peer.has_vanished() {
            self.end();
        }
    }

    /// The connection ends at both sides, because the server has.
    pub(super) fn end(&mut self) {
        self.said.is_over = true;
        self.peer.reset();
    }
}
