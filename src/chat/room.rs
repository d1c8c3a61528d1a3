//! One room: its members, its topic, and which members receive a message.
//!
//! Not here: how clients enter and leave (`rooms`), and what was said (`history`).

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Bound::{Excluded, Unbounded};
use core::slice::from_ref;

use super::accounts::AccountId;
use super::check::same;
use super::governing::Owner;
use super::lookalike::{Keys, coarse_skeleton};
use super::name::{Name, NameError};
use super::roster::Roster;
use super::{ClientId, Limits, Message, Outbox, RoomInfo, Slow, Text, Timestamp, Username};

/// Identifies a room; never reused.
#[derive(Clone, Copy, Debug, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(not(test), derive(PartialEq, PartialOrd, Ord))]
pub struct RoomId(pub(crate) u64);

/// The room in which every client starts. It never ends.
pub(super) const LOBBY: RoomId = RoomId(0);

/// A valid room name: a [`Name`] within the limits for rooms that does not imitate the lobby's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RoomName(Name);

impl RoomName {
    /// Parses a room name.
    ///
    /// # Errors
    ///
    /// The first problem that is found: see [`NameError`].
    pub fn parse(raw: &str, limits: &Limits) -> Result<Self, NameError> {
        let name = Name::parse(raw, limits.room_columns, limits.room_bytes)?;
        let (lobby, keys) = (Self::lobby(), Keys::of(&name));
        let poses = keys.coarse_skeletons().contains(&coarse_skeleton(lobby.as_str()));
        if poses && name.folded() != lobby.as_str() {
            return Err(NameError::Reserved);
        }
        Ok(Self(name))
    }

    /// The name of the lobby.
    pub(super) fn lobby() -> Self {
        Self(Name::given("lobby"))
    }

    /// The name as the creator of the room typed it, in NFC.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The name itself.
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
    /// Exists only while the room is private, that is, while joining requires an invitation.
    /// Dropped when the room becomes public.
    pub(super) closed: Option<Closed>,
    /// When the last member left, if the room is kept without members.
    pub(super) vacant_since: Option<Timestamp>,
    /// Ascending. Only ids, so that they are copied as slices: most messages go to all members but
    /// one.
    members: Vec<ClientId>,
    /// The members, sorted by username.
    pub(super) by_name: Roster<ClientId>,
    /// The members with notices on, ascending.
    noticing: Vec<ClientId>,
    pub(super) unannounced: Unannounced,
    /// Whom it belongs to.
    pub(super) owner: Option<Owner>,
    /// The first moment at which it is not locked, if it has been.
    pub(super) locked_until: Option<Timestamp>,
    /// How often each member may speak, if not as often as they like.
    pub(super) slow: Option<Slow>,
}

/// The state of a private room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Closed {
    /// The topic set since the room became private. If there is one, it replaces the public topic.
    pub(super) topic: Option<Topic>,
    /// The history age of the first line since the room became private.
    pub(super) since: u64,
    /// The clients that have been members since, or when it became private, and are not now, ascending. They may
    /// return. Some may have disconnected.
    pub(super) regulars: Vec<ClientId>,
    /// The same for the accounts that they were logged in to.
    pub(super) accounts: BTreeSet<AccountId>,
}

/// The arrivals and departures that have not been announced yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Unannounced {
    pub(super) came: usize,
    pub(super) left: usize,
}

/// A topic and the client that set it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Topic {
    /// `None` if it was set before a restart: the id may belong to another client since.
    pub(super) by: Option<ClientId>,
    /// The username that the client had. `None` if that is not known.
    pub(super) from: Option<Username>,
    pub(super) text: Text,
}

/// A member of a room, with the setting that it keeps when it changes rooms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) client: ClientId,
    /// Whether the client receives notices of arrivals and departures.
    pub(super) notices: bool,
}

/// The kind of a message, which decides who receives it.
///
/// Every message about a client shows at least the client's name. So each kind carries
/// `ignored_by`, the clients that ignore it: they do not receive the message.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind<'a> {
    /// A client arrives or departs.
    Presence { who: ClientId, comes: bool, ignored_by: &'a BTreeSet<ClientId> },
    /// A client does something. `except` does not receive the message.
    Activity { ignored_by: &'a BTreeSet<ClientId>, except: Option<ClientId> },
}

impl Room {
    pub(super) fn new(name: RoomName) -> Self {
        Self {
            name,
            topic: None,
            closed: None,
            vacant_since: None,
            members: Vec::new(),
            by_name: Roster::new(Vec::new()),
            noticing: Vec::new(),
            unannounced: Unannounced::default(),
            owner: None,
            locked_until: None,
            slow: None,
        }
    }

    /// What a client can see of the room, from whom some topics are hidden.
    pub(super) fn info(&self, hides: impl Fn(&Topic) -> bool) -> RoomInfo {
        let hiding = self.closed.as_ref().and_then(|closed| closed.topic.as_ref());
        let topic = hiding.or(self.topic.as_ref());
        let topic = topic.filter(|topic| !hides(topic));
        RoomInfo {
            name: self.name.clone(),
            topic: topic.map(|topic| topic.text.clone()),
            is_private: self.is_private(),
            members: self.members.len(),
            owner: None,
        }
    }

    /// Checks that the lists of members agree.
    pub(super) fn check(&self) -> Result<(), String> {
        same("members in order", &self.members.is_sorted_by(|one, other| one < other), &true)?;
        same("those who want notices in order", &self.noticing.is_sorted_by(|a, b| a < b), &true)?;
        let regulars = self.closed.as_ref().map_or(&[][..], |closed| &closed.regulars);
        same("regulars in order", &regulars.is_sorted_by(|one, other| one < other), &true)?;
        let stranger = self.noticing.iter().find(|client| !self.has(**client));
        same("who wants notices and is not there", &stranger, &None)?;
        let is_left = self.is_empty() && self.unannounced != Unannounced::default();
        same("a crowd is left of nobody", &is_left, &false)
    }

    /// Whether joining requires an invitation.
    pub(super) fn is_private(&self) -> bool {
        self.closed.is_some()
    }

    /// All members, ascending.
    pub(super) fn members(&self) -> impl ExactSizeIterator<Item = ClientId> {
        self.members.iter().copied()
    }

    /// Turns notices of arrivals and departures on or off for a member.
    pub(super) fn set_notices(&mut self, client: ClientId, notices: bool) {
        match self.noticing.binary_search(&client) {
            Ok(place) if !notices => drop(self.noticing.remove(place)),
            Err(place) if notices => self.noticing.insert(place, client),
            Ok(_) | Err(_) => {}
        }
    }

    /// Whether a member wants notices of arrivals and departures.
    pub(super) fn notices(&self, client: ClientId) -> bool {
        self.noticing.binary_search(&client).is_ok()
    }

    /// The members with notices off, ascending.
    #[cfg(feature = "serde")]
    pub(super) fn without_notices(&self) -> Vec<ClientId> {
        let mut noticing = self.noticing.iter().copied().peekable();
        self.members().filter(|client| noticing.next_if_eq(client).is_none()).collect()
    }

    /// The members that are among `clients`. Iterates over the smaller of the two sets.
    pub(super) fn those_of(&self, clients: &BTreeSet<ClientId>) -> Vec<ClientId> {
        match clients.len() < self.members.len() {
            true => clients.iter().copied().filter(|client| self.has(*client)).collect(),
            false => self.members().filter(|client| clients.contains(client)).collect(),
        }
    }

    pub(super) fn has(&self, client: ClientId) -> bool {
        self.members.binary_search(&client).is_ok()
    }

    /// Whether a client may see who is in the room and what they do.
    pub(super) fn is_open_to(&self, client: ClientId) -> bool {
        !self.is_private() || self.has(client)
    }

    /// Removes all members, whose ids may then be used again. What only they could see is dropped.
    pub(super) fn forget_clients(&mut self) {
        let mut room = Self::new(self.name.clone());
        (room.vacant_since, room.slow) = (self.vacant_since, self.slow);
        (room.owner, room.locked_until) = (self.owner.take(), self.locked_until);
        room.closed = self.closed.take();
        match &mut room.closed {
            Some(closed) => {
                closed.topic = None;
                closed.regulars.clear();
            }
            None => room.topic = self.topic.take().map(|topic| Topic { by: None, ..topic }),
        }
        *self = room;
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

    /// Sends a message to the members that its kind selects. In a large room, arrivals and
    /// departures are not announced one by one: only the arriving client is told, and the next
    /// message to the room is preceded by a count of both.
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

    /// Calls `tell` with the members that receive a message of this kind, as contiguous ranges of
    /// the sorted members.
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
