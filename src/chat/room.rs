//! A room: who is in it, and what it remembers.
//!
//! Not here: how clients get in and out (`rooms`).

use alloc::vec::Vec;
use core::fmt;

use super::name::{Name, NameError};
use super::{ClientId, Limits, RoomInfo, Text};

/// Tells rooms apart within the machine; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RoomId(pub(super) u64);

/// The room in which everyone is at first, and which has no end.
pub(super) const LOBBY: RoomId = RoomId(0);

/// A name that a room can have: a [`Name`] within the limits for rooms.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RoomName(Name);

impl RoomName {
    /// The room name that `raw` spells.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong with it, in the order of [`NameError`].
    pub fn parse(raw: &str, limits: &Limits) -> Result<Self, NameError> {
        Name::parse(raw, limits.room_columns, limits.room_bytes).map(Self)
    }

    /// The lobby's.
    pub(super) fn lobby() -> Self {
        Self(Name::given("lobby"))
    }

    /// The name as whoever created the room wrote it, normalised.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The name that it is.
    #[must_use]
    pub fn name(&self) -> &Name {
        &self.0
    }
}

impl fmt::Display for RoomName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Room {
    pub(super) name: RoomName,
    pub(super) topic: Option<Text>,
    /// Ascending.
    members: Vec<ClientId>,
}

impl Room {
    pub(super) fn new(name: RoomName) -> Self {
        Self { name, topic: None, members: Vec::new() }
    }

    /// What there is to know of it from outside.
    pub(super) fn info(&self) -> RoomInfo {
        RoomInfo { name: self.name.clone(), topic: self.topic.clone(), members: self.members.len() }
    }

    /// Everyone in it.
    pub(super) fn members(&self) -> &[ClientId] {
        &self.members
    }

    pub(super) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    pub(super) fn add(&mut self, client: ClientId) {
        if let Err(place) = self.members.binary_search(&client) {
            self.members.insert(place, client);
        }
    }

    pub(super) fn remove(&mut self, client: ClientId) {
        self.members.retain(|member| *member != client);
    }

    /// Everyone who is to be told of something that happens in the room: all who are in it, except
    /// its cause if given.
    pub(super) fn audience(&self, except: Option<ClientId>) -> impl Iterator<Item = ClientId> {
        self.members.iter().copied().filter(move |member| Some(*member) != except)
    }
}
