//! What arrives at the hub: the one kind of message that tasks send each other.

use std::net::SocketAddr;
use std::vec::Vec;

use super::World;
use crate::chat::{Cause, ClientId, Timestamp};
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
    /// A connection that would take no more may take more now.
    Writable { client: ClientId },
    /// It is time to go on with someone who was held, or to look at a connection again.
    Awake { at: Timestamp },
    /// Tell everyone, close everything, end.
    Shutdown,
}
