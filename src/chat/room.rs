//! A room: who is in it, and what it remembers.
//!
//! Not here: how clients get in and out (`rooms`).

use alloc::vec::Vec;
use core::fmt;

use super::lookalike::{Keys, outline};
use super::name::{Name, NameError};
use super::roster::Roster;
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
    pub(super) topic: Option<Topic>,
    /// The topic that hides the other while the room is private, if one has been set.
    pub(super) private_topic: Option<Topic>,
    /// Whether one needs an invitation to join it.
    pub(super) is_private: bool,
    /// The age of the first line that was said since it was last made private or public.
    pub(super) private_since: u64,
    /// While it is private: those who were in it when it became so, ascending. They may come back.
    pub(super) regulars: Vec<ClientId>,
    /// Ascending, and apart from what else is known of them: who is told something is mostly all of them but
    /// one, and copied as such.
    members: Vec<ClientId>,
    /// The same in the order of their usernames.
    pub(super) by_name: Roster<ClientId>,
    /// Those of them who are not told who comes and goes; ascending.
    quiet: Vec<ClientId>,
}

/// A topic, and who has set it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Topic {
    pub(super) by: ClientId,
    pub(super) text: Text,
}

/// Someone in a room, with what decides what is told to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) client: ClientId,
    /// Whether it is told who comes and goes.
    pub(super) notices: bool,
}

/// What is to be told, as far as it decides to whom.
///
/// Whatever is told of someone bears its name at least. So it always takes who ignores that one, ascending:
/// they are told nothing of it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind<'a> {
    /// Someone comes or goes.
    Presence { ignored_by: &'a [ClientId] },
    /// Someone does something. Whoever is given need not be told.
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
            regulars: Vec::new(),
            members: Vec::new(),
            by_name: Roster::new(Vec::new()),
            quiet: Vec::new(),
        }
    }

    /// What there is to know of it from outside, for someone who ignores these.
    pub(super) fn info(&self, ignores: &[ClientId]) -> RoomInfo {
        let topic = self.private_topic.as_ref().or(self.topic.as_ref());
        let topic = topic.filter(|topic| !ignores.contains(&topic.by));
        RoomInfo {
            name: self.name.clone(),
            topic: topic.map(|topic| topic.text.clone()),
            is_private: self.is_private,
            members: self.members.len(),
        }
    }

    /// Everyone in it.
    pub(super) fn members(&self) -> impl ExactSizeIterator<Item = ClientId> {
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
        let (ignored_by, others) = match &kind {
            Kind::Presence { ignored_by } => (*ignored_by, &self.quiet[..]),
            Kind::Deed { ignored_by, except } => (*ignored_by, except.as_slice()),
        };
        let mut left_out = [ignored_by, others];
        let mut rest = &self.members[..];
        while let Some(next) = left_out.iter().filter_map(|clients| clients.first()).min().copied()
        {
            for clients in &mut left_out {
                if let [first, others @ ..] = clients
                    && *first == next
                {
                    *clients = others;
                }
            }
            let (run, others) = match rest.binary_search(&next) {
                Ok(place) => (&rest[..place], &rest[place + 1..]),
                Err(place) => rest.split_at(place),
            };
            tell(run);
            rest = others;
        }
        tell(rest);
    }
}
