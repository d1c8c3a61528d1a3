//! A room: who is in it, and what it remembers.
//!
//! Not here: how clients get in and out (`rooms`).

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Bound::{Excluded, Unbounded};
use core::slice::from_ref;

use super::check::same;
use super::lookalike::{Keys, coarse_skeleton};
use super::name::{Name, NameError};
use super::roster::Roster;
use super::{ClientId, Limits, Message, Outbox, RoomInfo, Text};

/// Tells rooms apart; never used twice.
#[derive(Clone, Copy, Debug, Eq)]
#[cfg_attr(not(test), derive(PartialEq, PartialOrd, Ord))]
pub struct RoomId(pub(crate) u64);

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
        let poses = keys.coarse_skeletons().contains(&coarse_skeleton(lobby.as_str()));
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
    /// What is only while it is private: one needs an invitation to join it then. Nothing of it is left afterwards.
    pub(super) closed: Option<Closed>,
    /// Ascending, and apart from what else is known of them: who is told something is mostly all of them but
    /// one, and copied as such.
    members: Vec<ClientId>,
    /// The same in the order of their usernames.
    pub(super) by_name: Roster<ClientId>,
    /// Those of them who are told who comes and goes; ascending.
    noticing: Vec<ClientId>,
    unannounced: Unannounced,
}

/// What there is of a room while it is private.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Closed {
    /// Hides the other, if one has been set.
    pub(super) topic: Option<Topic>,
    /// The age of the first line that was said since.
    pub(super) since: u64,
    /// Those who were in it when it became so, ascending. They may come back.
    pub(super) regulars: Vec<ClientId>,
}

/// How many have come and gone of whom nobody has been told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Unannounced {
    came: usize,
    left: usize,
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
/// Whatever is told of someone bears its name at least. So it always takes who ignores that one: they are told
/// nothing of it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind<'a> {
    /// Someone comes or goes.
    Presence { who: ClientId, comes: bool, ignored_by: &'a BTreeSet<ClientId> },
    /// Someone does something. Whoever is given need not be told.
    Activity { ignored_by: &'a BTreeSet<ClientId>, except: Option<ClientId> },
}

impl Room {
    pub(super) fn new(name: RoomName) -> Self {
        Self {
            name,
            topic: None,
            closed: None,
            members: Vec::new(),
            by_name: Roster::new(Vec::new()),
            noticing: Vec::new(),
            unannounced: Unannounced::default(),
        }
    }

    /// What there is to know of it from outside, for someone who ignores these.
    pub(super) fn info(&self, ignores: &[ClientId]) -> RoomInfo {
        let hiding = self.closed.as_ref().and_then(|closed| closed.topic.as_ref());
        let topic = hiding.or(self.topic.as_ref());
        let topic = topic.filter(|topic| !ignores.contains(&topic.by));
        RoomInfo {
            name: self.name.clone(),
            topic: topic.map(|topic| topic.text.clone()),
            is_private: self.is_private(),
            members: self.members.len(),
        }
    }

    /// Whether what it knows of its members agrees.
    pub(super) fn check(&self) -> Result<(), String> {
        same("members in order", &self.members.is_sorted_by(|one, other| one < other), &true)?;
        same("those who want notices in order", &self.noticing.is_sorted_by(|a, b| a < b), &true)?;
        let stranger = self.noticing.iter().find(|client| !self.has(**client));
        same("who wants notices and is not there", &stranger, &None)?;
        let is_left = self.is_empty() && self.unannounced != Unannounced::default();
        same("a crowd is left of nobody", &is_left, &false)
    }

    /// Whether one needs an invitation to join it.
    pub(super) fn is_private(&self) -> bool {
        self.closed.is_some()
    }

    /// Everyone in it.
    pub(super) fn members(&self) -> impl ExactSizeIterator<Item = ClientId> {
        self.members.iter().copied()
    }

    /// Changes whether a member is told who comes and goes.
    pub(super) fn set_notices(&mut self, client: ClientId, notices: bool) {
        match self.noticing.binary_search(&client) {
            Ok(place) if !notices => drop(self.noticing.remove(place)),
            Err(place) if notices => self.noticing.insert(place, client),
            Ok(_) | Err(_) => {}
        }
    }

    /// Those in it who are among these. Costs what the smaller of both does.
    pub(super) fn those_of(&self, clients: &BTreeSet<ClientId>) -> Vec<ClientId> {
        match clients.len() < self.members.len() {
            true => clients.iter().copied().filter(|client| self.has(*client)).collect(),
            false => self.members().filter(|client| clients.contains(client)).collect(),
        }
    }

    pub(super) fn has(&self, client: ClientId) -> bool {
        self.members.binary_search(&client).is_ok()
    }

    /// Whether a client may know who is in it and what goes on.
    pub(super) fn is_open_to(&self, client: ClientId) -> bool {
        !self.is_private() || self.has(client)
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
        let notices = self.noticing.binary_search(&client).is_ok();
        self.members.remove(place);
        self.set_notices(client, false);
        Some(Member { client, notices })
    }

    /// Tells those in it, but for those who do not want to know. A large room is not told at once who comes and
    /// goes: only the one who comes is, and with what is told next, all are how many did.
    pub(super) fn tell(
        &mut self,
        limits: &Limits,
        kind: Kind<'_>,
        message: Message,
        outbox: &mut Outbox,
    ) {
        if self.members.is_empty() {
            self.unannounced = Unannounced::default();
            return;
        }
        if let Kind::Presence { who, comes, .. } = kind
            && self.members.len() + usize::from(!comes) >= limits.announce_below
        {
            let Unannounced { came, left } = &mut self.unannounced;
            *(if comes { came } else { left }) += 1;
            if self.noticing.binary_search(&who).is_ok() {
                outbox.deliver([who], message);
            }
            return;
        }
        let unannounced = core::mem::take(&mut self.unannounced);
        if unannounced != Unannounced::default() {
            let Unannounced { came, left } = unannounced;
            let total = self.members.len();
            outbox.deliver(self.noticing.iter().copied(), Message::Traffic { came, left, total });
        }
        outbox.announce(self, kind, message);
    }

    /// Everyone who is to be told of something that happens in the room, in runs of members: all who are in
    /// it, except those who do not want to know.
    pub(super) fn audience(&self, kind: Kind<'_>, mut tell: impl FnMut(&[ClientId])) {
        let (all, ignored_by, except) = match kind {
            Kind::Presence { ignored_by, .. } => (&self.noticing, ignored_by, None),
            Kind::Activity { ignored_by, except } => (&self.members, ignored_by, except),
        };
        if ignored_by.len() > all.len() {
            let is_told =
                |client: &&ClientId| !ignored_by.contains(client) && Some(**client) != except;
            return all.iter().filter(is_told).for_each(|client| tell(from_ref(client)));
        }
        let mut rest = &all[..];
        let mut leave_out = |client: &ClientId| {
            let (run, others) = match rest.binary_search(client) {
                Ok(place) => (&rest[..place], &rest[place + 1..]),
                Err(place) => rest.split_at(place),
            };
            tell(run);
            rest = others;
        };
        match except {
            None => ignored_by.iter().for_each(leave_out),
            Some(except) => {
                ignored_by.range(..except).for_each(&mut leave_out);
                leave_out(&except);
                ignored_by.range((Excluded(except), Unbounded)).for_each(leave_out);
            }
        }
        tell(rest);
    }
}
