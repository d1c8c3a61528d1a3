//! A room: who is in it, and what it remembers.
//!
//! Not here: how clients get in and out (`rooms`).

use alloc::vec::Vec;
use core::fmt;

use super::lookalike::{Keys, outline};
use super::name::{Name, NameError};
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
        let (lobby, keys) = (Self::lobby(), Keys::of(&name));
        let poses = keys.outlines().contains(&outline(lobby.as_str()));
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
    /// Ascending, and apart from what else is known of them: who is told something is mostly all of them but
    /// one, and copied as such.
    members: Vec<ClientId>,
    /// Those of them who are not told who comes and goes; ascending.
    quiet: Vec<ClientId>,
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
    /// Someone does something who is ignored by these, ascending. Whoever is given need not be told.
    Deed { ignored_by: &'a [ClientId], except: Option<ClientId> },
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
            quiet: Vec::new(),
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
        self.members.iter().copied()
    }

    /// Changes whether a member is told who comes and goes.
    pub(super) fn set_notices(&mut self, client: ClientId, notices: bool) {
        match self.quiet.binary_search(&client) {
            Ok(place) if notices => drop(self.quiet.remove(place)),
            Err(place) if !notices => self.quiet.insert(place, client),
            Ok(_) | Err(_) => {}
        }
    }

    pub(super) fn has(&self, client: ClientId) -> bool {
        self.members.binary_search(&client).is_ok()
    }

    /// Whether a client may know who is in it and what goes on.
    pub(super) fn is_open_to(&self, client: ClientId) -> bool {
        !self.is_private || self.has(client)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    pub(super) fn add(&mut self, Member { client, notices }: Member) {
        if let Err(place) = self.members.binary_search(&client) {
            self.members.insert(place, client);
        }
        self.set_notices(client, notices);
    }

    pub(super) fn remove(&mut self, client: ClientId) -> Option<Member> {
        let place = self.members.binary_search(&client).ok()?;
        let notices = self.quiet.binary_search(&client).is_err();
        self.members.remove(place);
        self.set_notices(client, true);
        Some(Member { client, notices })
    }

    /// Everyone who is to be told of something that happens in the room, in runs of members: all who are in
    /// it, except those who do not want to know.
    pub(super) fn audience(&self, kind: Kind<'_>, mut tell: impl FnMut(&[ClientId])) {
        let (ignored_by, except) = match kind {
            Kind::Presence => (&self.quiet[..], None),
            Kind::Deed { ignored_by, except } => (ignored_by, except),
        };
        let mut rest = &self.members[..];
        let leave_out = |client: &ClientId| {
            let (run, others) = match rest.binary_search(client) {
                Ok(place) => (&rest[..place], &rest[place + 1..]),
                Err(place) => rest.split_at(place),
            };
            tell(run);
            rest = others;
        };
        let place = except.map_or(Ok(0), |except| ignored_by.binary_search(&except));
        let (Ok(place) | Err(place)) = place;
        let (before, after) = ignored_by.split_at(place);
        before.iter().chain(&except).chain(after).for_each(leave_out);
        tell(rest);
    }
}
