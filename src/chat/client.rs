//! One client: what is remembered of it while it is connected.
//!
//! Not here: what it does (`people`, `rooms`), and what outlasts the connection (`accounts`).

use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::accounts::Asked;
use super::room::RoomId;
use super::{ClientId, Limits, Message, Origin, Outbox, Text, Timestamp, User, Username};

/// A client that is connected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Client {
    pub(super) username: Username,
    pub(super) room: RoomId,
    /// The age that the next history line had when the client entered its room. The client was
    /// present for every line from this age on.
    pub(super) entered: u64,
    /// When the client entered its room.
    pub(super) came: Timestamp,
    pub(super) connected: Timestamp,
    /// When the client last spoke or acted in a public room; at first, when it connected.
    pub(super) spoke: Timestamp,
    /// The same for the private room that the client is in. Stored separately, because clients
    /// outside must not see it.
    pub(super) spoke_in_private: Option<Timestamp>,
    /// Set while the client is away. Cleared when the client speaks, and at the end of a stay in a
    /// private room. Otherwise a client outside could infer from it whether the client spoke there.
    pub(super) away: Option<Box<Away>>,
    pub(super) talk: Talk,
    /// The clients that this client ignores. Some may have disconnected.
    pub(super) ignores: Vec<ClientId>,
    /// The rooms that the client may join once although they are private. Some may have ended.
    pub(super) invited_to: Vec<RoomId>,
    pub(super) origin: Origin,
    /// The question that it was asked last, until that is answered.
    pub(super) asked: Option<Box<Asked>>,
    /// The clients that ignore this client.
    pub(super) ignored_by: BTreeSet<ClientId>,
}

/// A client's away message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Away {
    pub(super) text: Text,
    /// The clients that have been shown the message, at most [`Limits::AWAY_TOLD`]. They are not
    /// shown it again.
    pub(super) told: Vec<ClientId>,
}

/// Whom a client whispers with. This decides where `/reply` goes.
///
/// A reply goes to the client that was last whispered to or, if there is none, to the first client
/// that whispered. Once another client has whispered too, it is unclear who is meant. `/reply` is
/// then refused until the client whispers to somebody by name, so an incoming whisper never
/// redirects a reply.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Talk {
    pub(super) partner: Option<Box<User>>,
    /// Another client that has whispered since.
    pub(super) interrupter: Option<Box<User>>,
}

impl Client {
    /// Ends the away state, if it is set, and tells the client so.
    pub(super) fn end_away(&mut self, id: ClientId, outbox: &mut Outbox) {
        if self.away.take().is_some() {
            outbox.deliver([id], Message::NoLongerAway);
        }
    }
}

impl Away {
    /// The away message for a client that whispers; `None` if it has been shown the message before.
    pub(super) fn text_for(&mut self, client: ClientId) -> Option<Text> {
        if self.told.contains(&client) {
            return None;
        }
        if self.told.len() < Limits::AWAY_TOLD {
            self.told.push(client);
        }
        Some(self.text.clone())
    }
}

impl Talk {
    /// Forgets everything, if this client has a part in it.
    pub(super) fn forget(&mut self, client: ClientId) {
        let is_it = |user: &Option<Box<User>>| user.as_ref().is_some_and(|u| u.client == client);
        if is_it(&self.partner) || is_it(&self.interrupter) {
            *self = Self::default();
        }
    }

    /// Records a whisper that the client received.
    pub(super) fn record_whisper(&mut self, from: &User) {
        match self.partner.as_ref().is_some_and(|partner| partner.client != from.client) {
            true => self.interrupter = Some(Box::new(from.clone())),
            false => self.partner = Some(Box::new(from.clone())),
        }
    }
}
