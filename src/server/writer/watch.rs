//! Detects clients that have vanished or fallen behind. A client that has been written to is inspected
//! from time to time, until all its output has arrived.
//!
//! That a socket takes bytes says little: the system resends them for many minutes to a peer that has
//! vanished. And a peer that reads slowly can seem not to read at all for a minute, because its system
//! opens its receive window in large steps. So an inspection checks how many bytes have arrived, and
//! whether the peer's system answers: see [`Delivery`](super::super::Delivery). A socket is reported late
//! to be writable again, so an inspection also tries to write.
//!
//! Not here: writing (`fanout`).

use core::time::Duration;
use std::sync::Arc;

use tracing::info;

use super::super::connections::{Outgoing, State};
use super::super::inbound::Inbound;
use super::super::{Limits, Stream, World};
use super::Writer;
use crate::chat::{Cause, ClientId, Timestamp};

impl<W: World> Writer<W> {
    /// Inspects the clients whose time has come, at most [`Limits::LOOKS`] of them.
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

    /// The time of the next inspection.
    pub(in super::super) fn next_inspection(&self) -> Option<Timestamp> {
        self.watched.first().map(|(at, _)| *at)
    }

    /// Inspects a client: disconnects it if it has vanished, has fallen behind, or takes too long to
    /// close. Otherwise, has it inspected again if necessary.
    fn inspect(&mut self, client: ClientId) {
        let (now, limits) = (self.now, &self.limits);
        let (linger, patience, silence) = (limits.linger, limits.patience, limits.vanished / 2);
        let may_take =
            |outgoing: &mut Outgoing<W>| outgoing.is_waiting || !outgoing.queue.is_empty();
        if self.connections.get(client).is_some_and(may_take) {
            self.write(client);
        }
        let Some(outgoing) = self.connections.get(client) else { return };
        let delivery = outgoing.socket.stream.delivery();
        let is_pending = delivery.is_some_and(|delivery| delivery.is_pending);
        let unanswered = delivery.and_then(|delivery| delivery.unanswered);
        if is_pending && unanswered.is_some_and(|time| time >= silence) {
            return self.drop_lost(client);
        }
        // Modulo 2^32, which suffices to see that the number has changed.
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
            // The peer is alive, but may take long to read the rest, the reason among it.
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

    /// Removes a client that has vanished, or that cannot be written to. If the chat does not know that it
    /// leaves, has the hub tell it.
    fn drop_lost(&mut self, client: ClientId) {
        let Some(outgoing) = self.connections.get(client) else { return };
        if matches!(outgoing.state, State::Open | State::Broken) {
            info!(%client, reason = "connection lost", "disconnected");
            self.disconnected.push_back((client, Cause::Lost));
        }
        // Reset it even if the peer has ended its side: it has not received all its output.
        outgoing.socket.reset();
        self.discard(client);
    }

    /// Spawns a task that waits until the socket is writable, unless there is one already.
    pub(super) fn await_writable(&mut self, client: ClientId) {
        let Some(outgoing) = self.connections.get(client) else { return };
        if core::mem::replace(&mut outgoing.is_waiting, true) {
            return;
        }
        let (socket, hub) = (Arc::clone(&outgoing.socket), outgoing.hub.clone());
        self.world.spawn(async move {
            // The next write returns any error.
            let _ = socket.stream.writable().await;
            let _ = hub.send(Inbound::Writable { client }).await;
        });
    }

    /// Has a client inspected from time to time.
    pub(super) fn watch(&mut self, client: ClientId) {
        let Some(outgoing) = self.connections.get(client) else { return };
        outgoing.is_watched = true;
        self.inspect_after(client, self.limits.patience.min(self.limits.vanished / 2));
    }

    /// Has a client inspected after this duration.
    pub(super) fn inspect_after(&mut self, client: ClientId, after: Duration) {
        self.watched.insert((self.now.after(after), client));
    }
}

/// How many bytes may be queued for a client now: see [`Limits::send_queue`].
pub(super) fn most_queued<W: World>(
    outgoing: &Outgoing<W>,
    now: Timestamp,
    limits: &Limits,
) -> usize {
    let is_reading = now < outgoing.since.after(limits.linger);
    let is_overdue = now >= outgoing.within_limit_at.after(Limits::BEHIND);
    limits.send_queue.saturating_mul(if is_reading && !is_overdue { Limits::STRETCH } else { 1 })
}
