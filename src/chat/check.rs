//! Consistency checks of the whole state: redundant data must agree, and data that no longer
//! applies must be gone. Tests run them after every event, so that a leak fails the session that
//! causes it.
//!
//! Not here: what an event must cause.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Debug;

use super::client::Client;
use super::room::{LOBBY, Room, RoomId};
use super::{Chat, ClientId, Limits};

impl Chat {
    /// Checks the invariants of the whole state. For tests: the cost grows with the state.
    ///
    /// # Errors
    ///
    /// The first invariant that does not hold.
    ///
    /// ```
    /// use chinwag::chat::{Chat, ClientId, Event, Limits, Outbox, Timestamp};
    ///
    /// let mut chat = Chat::new(Limits::default());
    /// chat.handle(Timestamp(0), Event::connect(ClientId(1)), &mut Outbox::new());
    /// assert_eq!(chat.check(), Ok(()));
    /// ```
    pub fn check(&self) -> Result<(), String> {
        self.check_rooms()?;
        self.check_members()?;
        self.check_clients()?;
        self.check_relations()?;
        self.check_privacy()?;
        self.check_vacant()?;
        self.check_accounts()?;
        self.check_moderation()?;
        self.check_governing()?;
        same(
            "names that are held",
            &self.usernames.holders(),
            &self.clients.keys().copied().collect(),
        )?;
        let rooms: BTreeSet<_> = self.rooms.keys().copied().chain([LOBBY]).collect();
        same("names of rooms", &self.room_names.holders(), &rooms)?;
        self.histories.check(&self.limits)?;
        let of_none = self.histories.rooms().find(|room| !rooms.contains(room));
        same("the history of no room", &of_none, &None)
    }

    /// The lobby is neither private nor has it a topic. The other rooms are within their limit, and
    /// what is known of a room refers to ids and ages that have been used.
    fn check_rooms(&self) -> Result<(), String> {
        let is_plain = self.lobby.topic.is_none() && !self.lobby.is_private();
        require(is_plain, || "the lobby has a topic, or is private".into())?;
        require(self.rooms.len() <= self.limits.rooms, || "too many rooms".into())?;
        require(LOBBY.0 < self.next_room, || "the lobby is still to come".into())?;
        for (id, room) in &self.rooms {
            let is_known = *id != LOBBY && id.0 < self.next_room;
            require(is_known, || format!("room {} is still to come", id.0))?;
            let since = room.closed.as_ref().map_or(0, |closed| closed.since);
            require(since <= self.histories.next(), || {
                format!("room {} is private since a line that is still to come", id.0)
            })?;
        }
        Ok(())
    }

    /// What each client has stored is without duplicates, within the limits, and refers to what can
    /// have been.
    fn check_clients(&self) -> Result<(), String> {
        for (id, client) in &self.clients {
            let Client { ignores, invited_to, talk, away, .. } = &**client;
            let required =
                |holds, problem: &str| require(holds, || format!("client {id} {problem}"));
            required(id.0 < self.next_client || id.0 == u64::MAX, "is still to come")?;
            required(
                client.entered <= self.histories.next(),
                "has entered after a line that is still to come",
            )?;
            // Also those whom their account ignores.
            required(ignores.len() <= 2 * self.limits.ignored, "ignores too many")?;
            required(!ignores.contains(id), "ignores itself")?;
            required(client.came <= self.now, "has come later than now")?;
            required(is_distinct(ignores), "ignores someone twice")?;
            required(invited_to.len() <= self.limits.invitations, "has too many invitations")?;
            required(is_distinct(invited_to), "is invited to a room twice")?;
            let may_join =
                |room: &RoomId| ![LOBBY, client.room].contains(room) && room.0 < self.next_room;
            required(invited_to.iter().all(may_join), "is invited to a room that it cannot join")?;
            let told = away.as_deref().map_or(&[][..], |away| &away.told);
            required(told.len() <= Limits::AWAY_TOLD, "has told too many that it is away")?;
            required(is_distinct(told), "has told someone twice that it is away")?;
            let partner = talk.partner.as_ref().map(|user| user.client);
            let interrupter = talk.interrupter.as_ref().map(|user| user.client);
            required(partner != Some(*id) && interrupter != Some(*id), "whispers with itself")?;
            required(
                interrupter.is_none() || (partner.is_some() && interrupter != partner),
                "is interrupted without whispering with another one",
            )?;
        }
        Ok(())
    }

    /// Every client is a member of its room, under its current name, and rooms without members are
    /// known to be vacant, except for the lobby.
    fn check_members(&self) -> Result<(), String> {
        let mut members = BTreeMap::new();
        for (id, room) in self.rooms.iter().chain([(&LOBBY, &self.lobby)]) {
            room.check()?;
            let in_it: Vec<ClientId> = room.members().collect();
            let mut by_name = in_it.clone();
            by_name.sort_by_key(|client| self.name_of(*client));
            same("the members of a room by name", &room.by_name.ids(), &&by_name[..])?;
            let is_vacant = in_it.is_empty() && *id != LOBBY;
            same("a vacant room", &room.vacant_since.is_some(), &is_vacant)?;
            members.extend(in_it.into_iter().map(|client| (client, *id)));
        }
        let rooms = self.clients.iter().map(|(client, known)| (*client, known.room)).collect();
        same("who is in which room", &members, &rooms)
    }

    /// Both sides of every ignore relation agree.
    fn check_relations(&self) -> Result<(), String> {
        for (id, client) in &self.clients {
            for other in &client.ignores {
                let knows =
                    self.clients.get(other).is_none_or(|other| other.ignored_by.contains(id));
                same(&format!("{id} ignores {other}, who knows"), &knows, &true)?;
            }
            for other in &client.ignored_by {
                let ignores = self.ignores(*other).contains(id);
                same(&format!("{other} ignores {id}"), &ignores, &true)?;
            }
        }
        Ok(())
    }

    /// The data about private rooms is exact, and a client in a public room has no data left from a
    /// private one.
    fn check_privacy(&self) -> Result<(), String> {
        let mut in_private = 0;
        let (mut public, mut vacant) = (Vec::from([LOBBY]), Vec::new());
        for (id, room) in &self.rooms {
            match (room.is_private(), room.is_empty()) {
                (true, _) => in_private += room.members().len(),
                (false, false) => public.push(*id),
                (false, true) => vacant.push(*id),
            }
        }
        same("how many are in private", &self.in_private, &in_private)?;
        public.sort_by_key(|room| self.room_name_of(*room));
        same("the public rooms by name", &self.public_rooms.ids(), &&public[..])?;
        vacant.sort_by_key(|room| self.room_name_of(*room));
        same("the vacant rooms by name", &self.vacant.public.ids(), &&vacant[..])?;
        for (id, client) in &self.clients {
            let is_private = self.room(client.room).is_private();
            let is_left = client.spoke_in_private.is_some() && !is_private;
            same(&format!("{id} spoke in private, in public"), &is_left, &false)?;
        }
        Ok(())
    }

    /// Rooms are vacant only if they are kept, and all of them are known by the time since when. Nothing is kept
    /// that nobody can be shown.
    fn check_vacant(&self) -> Result<(), String> {
        let since = |(id, room): (&RoomId, &Room)| Some((room.vacant_since?, *id));
        let vacant: BTreeSet<_> = self.rooms.iter().filter_map(since).collect();
        same("the vacant rooms by time", &self.vacant.by_time, &vacant)?;
        let is_kept = self.limits.keep_rooms > 0;
        same("a room is kept", &(!is_kept && !vacant.is_empty()), &false)?;
        let latest = vacant.last().map_or_else(Default::default, |(since, _)| *since);
        same("a room is vacant since later", &(latest > self.now), &false)?;
        for (_, id) in vacant {
            let since = self.room(id).closed.as_ref().map_or(u64::MAX, |closed| closed.since);
            let is_for_nobody = self.histories.has_private(id, since);
            same("what was said in private, and nobody can see", &is_for_nobody, &false)?;
        }
        Ok(())
    }
}

fn is_distinct<Id: Copy + Ord>(ids: &[Id]) -> bool {
    ids.iter().copied().collect::<BTreeSet<_>>().len() == ids.len()
}

/// Returns this problem as an error unless it `holds`.
pub(super) fn require(holds: bool, problem: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(problem()) }
}

/// Returns an error that starts with `what` unless both values are equal.
pub(super) fn same<T: Debug + PartialEq>(what: &str, is: &T, must_be: &T) -> Result<(), String> {
    if is == must_be { Ok(()) } else { Err(format!("{what}: {is:?}, not {must_be:?}")) }
}
