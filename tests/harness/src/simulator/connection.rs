//! A connection as its client sees it: what it has sent, and what it does to it.
//!
//! Not here: the stream (`net`), and what must come of it (`judge`).

use super::net::Peer;

/// A connection, seen from its client.
pub(super) struct Connection {
    pub(super) peer: Peer,
    /// All that it has sent.
    pub(super) sent: Vec<u8>,
    /// How many events the chat had taken when it sent its bytes up to here.
    pub(super) sent_after: Vec<(usize, usize)>,
    /// Whether it has broken the connection, or ended its side.
    pub(super) is_over: bool,
}

impl Connection {
    pub(super) fn new(peer: Peer) -> Self {
        Self { peer, sent: Vec::new(), sent_after: Vec::new(), is_over: false }
    }

    /// Whether it has not been let in.
    pub(super) fn is_refused(&self) -> bool {
        // The banner begins with an empty line.
        self.peer.sent().first() == Some(&b' ')
    }

    pub(super) fn send(&mut self, bytes: &[u8], events: usize) {
        if !self.is_over {
            self.peer.send(bytes);
            self.sent.extend_from_slice(bytes);
            self.sent_after.push((events, self.sent.len()));
        }
    }

    pub(super) fn finish(&mut self) {
        self.is_over = true;
        self.peer.finish();
    }

    pub(super) fn reset(&mut self) {
        self.is_over = true;
        self.peer.reset();
    }
}
