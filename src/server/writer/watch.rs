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

use super::super::connections::{Outgoing, State};
use super::super::inbound::Inbound;
use super::super::{Limits, Stream, World};
use super::Writer;
use crate::chat::{Cause, ClientId, Timestamp};

impl<W: World> Writer<W> {
    /// Looks at those whose time has come; if they are many, at some of them.
    pub(in super::super) fn inspect_due(&mut self) {
        for _ in 0..Limits::LOOKS {
            let Some((at, client)) = self.watched.first().copied() else { break };
            if at > self.now {
                break;
            }
            self.watched.pop_first();
            self.inspect(client);
        }
    }

    /// When the next one is to be looked at.
    pub(in super::super) fn next_inspection(&self) -> Option<Timestamp> {
        self.watched.first().map(|(at, _)| *at)
    }

    /// Looks whether a client is there and takes what is due, or, if it has been closed, is done.
    fn inspect(&mut self, client: ClientId) {
        let (now, limits) = (self.now, &self.limits);
        let (linger, patience, silence) = (limits.linger, limits.patience, limits.vanished / 2);
        if self.connections.get(client).is_some_and(|outgoing| outgoing.is_waiting) {
            self.write(client);
        }
        let Some(outgoing) = self.connections.get(client) else { return };
        let delivery = outgoing.socket.stream.delivery();
        let is_pending = delivery.is_some_and(|delivery| delivery.is_pending);
        let unanswered = delivery.and_then(|delivery| delivery.unanswered);
        if is_pending && unanswered.is_some_and(|time| time >= silence) {
            return self.drop_lost(client);
        }
        // As much of the number as there is room for.
        let acknowledged = delivery.map_or(0, |delivery| delivery.acknowledged as u32);
        if !is_pending
            || core::mem::replace(&mut outgoing.acknowledged, acknowledged) != acknowledged
        {
            outgoing.acknowledged_at = now;
        }
        let deadline = match outgoing.state {
            State::Open if !outgoing.queue.is_empty() => outgoing.since.after(patience),
            State::Open if is_pending || outgoing.is_waiting => {
                outgoing.acknowledged_at.after(Limits::STANDSTILL)
            }
            State::Open => {
                outgoing.is_watched = false;
                return;
            }
            State::Evicted | State::Broken => outgoing.since.after(linger),
            // It may be long before it reads why.
            State::Closing | State::Finished if is_pending && !self.is_stopping => {
                outgoing.closes_by
            }
            State::Closing | State::Finished => {
                outgoing.since.after(linger).min(outgoing.closes_by)
            }
        };
        let left = Duration::from_millis(deadline.0.saturating_sub(now.0));
        if !left.is_zero() {
            let often = if outgoing.state == State::Open { patience.min(silence) } else { linger };
            return self.inspect_after(client, left.min(often));
        }
        match outgoing.state {
            State::Open => self.evict(client, "too slow: it takes nothing of what is due"),
            State::Broken => self.drop_lost(client),
            State::Closing => {
                info!(%client, unsent = outgoing.queue.len(), "gave up on what was due");
                self.drop_lost(client);
            }
            State::Evicted | State::Finished => self.discard(client),
        }
    }

    /// Forgets a client that has vanished, or cannot be written to, and notes that the chat is to be told.
    fn drop_lost(&mut self, client: ClientId) {
        let Some(outgoing) = self.connections.get(client) else { return };
        if matches!(outgoing.state, State::Open | State::Broken) {
            info!(%client, reason = "connection lost", "disconnected");
            self.disconnected.push_back((client, Cause::Lost));
        }
        // Even if nothing more will come from it: what it got is not all.
        outgoing.socket.reset();
        self.discard(client);
    }

    /// Has a task wait until the socket takes more, unless one does already.
    pub(super) fn await_writable(&mut self, client: ClientId) {
        let Some(outgoing) = self.connections.get(client) else { return };
        if core::mem::replace(&mut outgoing.is_waiting, true) {
            return;
        }
        let (socket, hub) = (Arc::clone(&outgoing.socket), outgoing.hub.clone());
        self.world.spawn(async move {
            // An error shows at the next write.
            let _ = socket.stream.writable().await;
            let _ = hub.send(Inbound::Writable { client }).await;
        });
    }

    /// Has a client looked at from now on.
    pub(super) fn watch(&mut self, client: ClientId) {
        let Some(outgoing) = self.connections.get(client) else { return };
        outgoing.is_watched = true;
        self.inspect_after(client, self.limits.patience.min(self.limits.vanished / 2));
    }

    /// Has a client looked at again after a while.
    pub(super) fn inspect_after(&mut self, client: ClientId, after: Duration) {
        self.watched.insert((self.now.after(after), client));
    }
}

/// How many bytes may wait for a client now.
pub(super) fn most_queued<W: World>(
    outgoing: &Outgoing<W>,
    now: Timestamp,
    limits: &Limits,
) -> usize {
    let takes = now < outgoing.since.after(limits.linger);
    let is_behind = now >= outgoing.within_limit_at.after(Limits::BEHIND);
    limits.send_queue.saturating_mul(if takes && !is_behind { Limits::STRETCH } else { 1 })
}
