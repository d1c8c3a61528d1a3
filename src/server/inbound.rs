//! What arrives at the hub: the one kind of message that tasks send each other.

use core::fmt;
use std::boxed::Box;
use std::net::SocketAddr;
use std::vec::Vec;

use async_channel::{Sender, WeakSender};

use super::World;
use super::connection::Input;
use super::handover::Handover;
use crate::chat::{Answer, Cause, ClientId, Event, Text, Timestamp};
use crate::wire::Received;

/// What can arrive at the hub's inbox.
pub(super) enum Inbound<W: World> {
    /// A new connection.
    Accepted { stream: W::Stream, peer: SocketAddr },
    /// A new connection has been listened to for a moment, and may be one of a chat client.
    Arrived { client: ClientId },
    /// What one read of a connection brought.
    Received { client: ClientId, received: Vec<Received> },
    /// No more will be read from a connection.
    Ended { client: ClientId, cause: Cause },
    /// A reader rests, with this in hand.
    Rested { client: ClientId, input: Box<Input> },
    /// The configuration names an operator.
    Appoint { name: Text },
    /// Come to rest, and send what is to be handed over.
    HandOver(Sender<Handover<W::Stream>>),
    /// Nobody has taken over: go on.
    GoOn,
    /// A successor has taken over: end, and leave everything as it is.
    HandedOver,
    /// A connection that would take no more may take more now.
    Writable { client: ClientId },
    /// Events that the hub has proposed have happened.
    Settled(Vec<(Timestamp, Event)>),
    /// A password has been checked, or a credential made of it.
    Answered { client: ClientId, ticket: u64, answer: Answer },
    /// Nothing that is proposed happens for now, or it does again.
    StandsStill(bool),
    /// It is time to go on with someone who was held, or to look at a connection again.
    Awake { at: Timestamp },
    /// Tell everyone, close everything, end.
    Shutdown,
}

/// The way of settled events from the journal to the hub.
pub struct Settled<W: World>(pub(super) WeakSender<Inbound<W>>);

impl<W: World> Settled<W> {
    /// Says that nothing that is proposed happens for now, or that it does again.
    pub async fn send_stands_still(&self, stands_still: bool) {
        if let Some(hub) = self.0.upgrade() {
            let _ = hub.send(Inbound::StandsStill(stands_still)).await;
        }
    }

    /// Gives back events that have happened, in their order. Does nothing if the hub has ended.
    pub async fn send(&self, events: Vec<(Timestamp, Event)>) {
        if let Some(hub) = self.0.upgrade() {
            let _ = hub.send(Inbound::Settled(events)).await;
        }
    }
}

impl<W: World> fmt::Debug for Settled<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Settled").finish()
    }
}
