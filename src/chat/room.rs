//! A room: who is in it, and what it remembers.
//!
//! Not here: how clients get in and out (`rooms`).

use alloc::vec::Vec;
use core::fmt;

use super::name::{Name, NameError, outline};
use super::{ClientId, Limits, RoomInfo, Text};

/// Tells rooms apart within the machine; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RoomId(pub(super) u64);

/// The room in which everyone is at first, and which has no end.
pub(super) const LOBBY: RoomId = RoomId(0);

/// A name that a room can have: a [`Name`] within the limits for rooms, and none that poses as the
/// lobby.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RoomName(Name);

impl RoomName {
    /// The room name that `raw` spells.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong with it, in the order of [`NameError`].
    pub fn parse(raw: &str, limits: &Limits) -> Result<Self, NameError> {
        let name = Name::parse(raw, limits.room_columns, limits.room_bytes)?;
        let lobby = Self::lobby();
        let poses = outline(name.as_str()) == outline(lobby.as_str());
        if poses && name.folded() != lobby.as_str() {
            return Err(NameError::Reserved);
        }
        Ok(Self(name))
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
    /// The topic that hides the other while the room is private, if one has been set.
    pub(super) private_topic: Option<Text>,
    /// Whether one needs an invitation to join it.
    pub(super) is_private: bool,
    /// The age of the first line that was said since it was last made private or public.
    pub(super) private_since: u64,
    /// Ascending by client.
    members: Vec<Member>,
}

/// Someone in a room, with what decides what is told to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) client: ClientId,
    /// Whether it is told who comes and goes.
    pub(super) notices: bool,
}

/// What is to be told, as far as it decides to whom.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind<'a> {
    /// Someone comes or goes.
    Presence,
    /// Someone does something who is ignored by these, ascending.
    Deed(&'a [ClientId]),
}

impl Room {
    pub(super) fn new(name: RoomName) -> Self {
        Self {
            name,
            topic: None,
            private_topic: None,
            is_private: false,
            private_since: 0,
            members: Vec::new(),
        }
    }

    /// What there is to know of it from outside.
    pub(super) fn info(&self) -> RoomInfo {
        RoomInfo {
            name: self.name.clone(),
            topic: self.private_topic.as_ref().or(self.topic.as_ref()).cloned(),
            is_private: self.is_private,
            members: self.members.len(),
        }
    }

    /// Everyone in it.
    pub(super) fn members(&self) -> impl Iterator<Item = ClientId> {
        self.members.iter().map(|member| member.client)
    }

    pub(super) fn member_mut(&mut self, client: ClientId) -> Option<&mut Member> {
        let place = self.members.binary_search_by_key(&client, |member| member.client).ok()?;
        Some(&mut self.members[place])
    }

    pub(super) fn has(&self, client: ClientId) -> bool {
        self.members.binary_search_by_key(&client, |member| member.client).is_ok()
    }

    /// Whether a client may know who is in it and what goes on.
    pub(super) fn is_open_to(&self, client: ClientId) -> bool {
        !self.is_private || self.has(client)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    pub(super) fn add(&mut self, member: Member) {
        let place = self.members.binary_search_by_key(&member.client, |other| other.client);
        if let Err(place) = place {
            self.members.insert(place, member);
        }
    }

    pub(super) fn remove(&mut self, client: ClientId) -> Option<Member> {
        let place = self.members.binary_search_by_key(&client, |member| member.client).ok()?;
        Some(self.members.remove(place))
    }

    /// Everyone who is to be told of something that happens in the room: all who are in it, except
    /// its cause if given, and except those who do not want to know.
    pub(super) fn audience(
        &self,
        except: Option<ClientId>,
        kind: Kind<'_>,
    ) -> impl Iterator<Item = ClientId> {
        let wants = move |member: &&Member| match kind {
            Kind::Presence => member.notices,
            Kind::Deed(ignored_by) => ignored_by.binary_search(&member.client).is_err(),
        };
        let told = self.members.iter().filter(move |member| Some(member.client) != except);
        told.filter(wants).map(|member| member.client)
    }
}
