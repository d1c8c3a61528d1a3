//! Who takes what is due, and who has vanished. Everyone who has been written to is looked at from time to time, until
//! all of it has arrived.
//!
//! What a socket has taken says little. The system goes on for many minutes sending it to a peer that has vanished. And
//! one that reads slowly can seem not to read at all for a minute, as its own system makes room in large pieces. So what
//! counts is what has arrived, and whether the peer's system answers: see [`Delivery`](super::super::Delivery). And a socket
//! says late that it takes more, so it is tried before a client is given up.
//!
//! Not here: what is written (`fanout`).

use core::time::Duration;
use std::sync::Arc;

use tracing::info;

use super::super::inbound::Inbound;
use super::super::table::{Peer, State};
use super::super::{Limits, Stream, World};
use super::Writer;
use crate::chat::{Cause, ClientId, Timestamp};

impl<W: World> Writer<W> {
    /// Looks at those whose time has come; if they are many, at some of them.
    pub(in super::super) fn look(&mut self) {
        for _ in 0..Limits::LOOKS {
            let Some((at, client)) = self.watched.first().copied() else { break };
            if at > self.now {
                break;
            }
            self.watched.pop_first();
            self.look_at(client);
        }
    }

    /// When the next one is to be looked at.
    pub(in super::super) fn looks_at(&self) -> Option<Timestamp> {
        self.watched.first().map(|(at, _)| *at)
    }

    /// Looks whether a client is there and takes what is due, or, if it has been closed, is done.
    fn look_at(&mut self, client: ClientId) {
        let (now, limits) = (self.now, &self.limits);
        let (linger, patience, silence) = (limits.linger, limits.patience, limits.vanished / 2);
        if self.peers.get(client).is_some_and(|peer| peer.is_waiting) {
            self.write(client);
        }
        let Some(peer) = self.peers.get(client) else { return };
        let delivery = peer.link.stream.delivery();
        let is_pending = delivery.is_some_and(|delivery| delivery.is_pending);
        let unanswered = delivery.and_then(|delivery| delivery.unanswered);
        if is_pending && unanswered.is_some_and(|time| time >= silence) {
            return self.lose(client);
        }
        // As much of the number as there is room for.
        let acknowledged = delivery.map_or(0, |delivery| delivery.acknowledged as u32);
        if !is_pending || core::mem::replace(&mut peer.acknowledged, acknowledged) != acknowledged {
            peer.acknowledged_at = now;
        }
        let deadline = match peer.state {
            State::Open if !peer.queue.is_empty() => peer.since.after(patience),
            State::Open if is_pending || peer.is_waiting => {
                peer.acknowledged_at.after(Limits::STANDSTILL)
            }
            State::Open => {
                peer.is_watched = false;
                return;
            }
            State::Overflowed | State::Broken => peer.since.after(linger),
            // It may be long before it reads why.
            State::Closing | State::Finished if is_pending && !self.is_stopping => peer.leaves_at,
            State::Closing | State::Finished => peer.since.after(linger).min(peer.leaves_at),
        };
        let left = Duration::from_millis(deadline.0.saturating_sub(now.0));
        if !left.is_zero() {
            let often = if peer.state == State::Open { patience.min(silence) } else { linger };
            return self.remind(client, left.min(often));
        }
        match peer.state {
            State::Open => self.overflow(client, "too slow: it takes nothing of what is due"),
            State::Broken => self.lose(client),
            State::Closing => {
                info!(%client, unsent = peer.queue.len(), "gave up on what was due");
                self.lose(client);
            }
            State::Overflowed | State::Finished => self.discard(client),
        }
    }

    /// Forgets a client that has vanished, or cannot be written to, and notes that the chat is to be told.
    fn lose(&mut self, client: ClientId) {
        let Some(peer) = self.peers.get(client) else { return };
        if matches!(peer.state, State::Open | State::Broken) {
            info!(%client, reason = "connection lost", "disconnected");
            self.expelled.push_back((client, Cause::Lost));
        }
        // Even if nothing more will come from it: what it got is not all.
        peer.link.reset();
        self.discard(client);
    }

    /// Has a task wait until the socket takes more, unless one does already.
    pub(super) fn wait(&mut self, client: ClientId) {
        let Some(peer) = self.peers.get(client) else { return };
        if core::mem::replace(&mut peer.is_waiting, true) {
            return;
        }
        let (link, hub) = (Arc::clone(&peer.link), peer.hub.clone());
        self.world.spawn(async move {
            // An error shows at the next write.
            let _ = link.stream.writable().await;
            let _ = hub.send(Inbound::Writable { client }).await;
        });
    }

    /// Has a client looked at from now on.
    pub(super) fn watch(&mut self, client: ClientId) {
        let Some(peer) = self.peers.get(client) else { return };
        peer.is_watched = true;
        self.remind(client, self.limits.patience.min(self.limits.vanished / 2));
    }

    /// Has a client looked at again after a while.
    pub(super) fn remind(&mut self, client: ClientId, after: Duration) {
        self.watched.insert((self.now.after(after), client));
    }
}

/// How many bytes may wait for a client now.
pub(super) fn most_queued<W: World>(peer: &Peer<W>, now: Timestamp, limits: &Limits) -> usize {
    let takes = now < peer.since.after(limits.linger);
    let is_behind = now >= peer.fits_at.after(Limits::BEHIND);
    limits.send_queue.saturating_mul(if takes && !is_behind { Limits::STRETCH } else { 1 })
}
