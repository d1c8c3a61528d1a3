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

use super::room::LOBBY;
use super::{Chat, ClientId};

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
    /// chat.handle(Timestamp(0), Event::Connect { client: ClientId(1) }, &mut Outbox::new());
    /// assert_eq!(chat.check(), Ok(()));
    /// ```
    pub fn check(&self) -> Result<(), String> {
        self.check_members()?;
        self.check_relations()?;
        self.check_privacy()?;
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

    /// Every client is a member of its room, under its current name, and no room but the lobby is
    /// empty.
    fn check_members(&self) -> Result<(), String> {
        let mut members = BTreeMap::new();
        for (id, room) in self.rooms.iter().chain([(&LOBBY, &self.lobby)]) {
            room.check()?;
            let in_it: Vec<ClientId> = room.members().collect();
            let mut by_name = in_it.clone();
            by_name.sort_by_key(|client| self.name_of(*client));
            same("the members of a room by name", &room.by_name.ids(), &&by_name[..])?;
            same("a room without anyone", &(in_it.is_empty() && *id != LOBBY), &false)?;
            members.extend(in_it.into_iter().map(|client| (client, *id)));
        }
        let rooms = self.clients.iter().map(|(client, known)| (*client, known.room)).collect();
        same("who is in which room", &members, &rooms)
    }

    /// Both sides of every ignore relation agree, and no client exceeds a limit.
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
            let is_much = client.ignores.len() > self.limits.ignored
                || client.invited_to.len() > self.limits.invitations;
            same(&format!("{id} is more than may be"), &is_much, &false)?;
        }
        Ok(())
    }

    /// The data about private rooms is exact, and a client in a public room has no data left from a
    /// private one.
    fn check_privacy(&self) -> Result<(), String> {
        let mut in_private = 0;
        let mut public = Vec::from([LOBBY]);
        for (id, room) in &self.rooms {
            match room.is_private() {
                true => in_private += room.members().len(),
                false => public.push(*id),
            }
        }
        same("how many are in private", &self.in_private, &in_private)?;
        public.sort_by_key(|room| self.room_name_of(*room));
        same("the public rooms by name", &self.public_rooms.ids(), &&public[..])?;
        for (id, client) in &self.clients {
            let is_private = self.room(client.room).is_private();
            let is_left = client.spoke_in_private.is_some() && !is_private;
            same(&format!("{id} spoke in private, in public"), &is_left, &false)?;
        }
        Ok(())
    }
}

/// Returns an error that starts with `what` unless both values are equal.
pub(super) fn same<T: Debug + PartialEq>(what: &str, is: &T, must_be: &T) -> Result<(), String> {
    if is == must_be { Ok(()) } else { Err(format!("{what}: {is:?}, not {must_be:?}")) }
}
