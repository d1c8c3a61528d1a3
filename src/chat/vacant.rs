//! Vacant rooms: rooms without members that are kept for a time ([`Limits::keep_rooms`]).
//!
//! A public room waits for anyone, with its topic and its history. A private room waits for those who
//! may enter it: clients that were in it when it became private, and invited ones. There may be nobody
//! left who may, because a client that reconnects is a new client. So the room does not wait for them
//! alone: if another client asks for its name, the room starts anew for that client. It is still
//! private, so that nobody speaks in public where they expect not to, but all that was said in it, its
//! topics and its invitations are gone.
//!
//! Not here: how clients enter and leave (`rooms`), and what a restart leaves (`restart`).

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::room::{Closed, RoomId};
use super::roster::Roster;
use super::{Chat, ClientId, Limits, Timestamp};

/// The vacant rooms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Vacant {
    /// All of them, the one that has been vacant for longest first.
    pub(super) by_time: BTreeSet<(Timestamp, RoomId)>,
    /// Those that are not private.
    pub(super) public: Roster<RoomId>,
}

impl Default for Vacant {
    fn default() -> Self {
        Self { by_time: BTreeSet::new(), public: Roster::new(Vec::new()) }
    }
}

impl Chat {
    /// Advances the time, and ends vacant rooms whose time is over.
    pub(super) fn advance(&mut self, at: Timestamp) {
        self.now = self.now.max(at);
        if self.limits.keep_rooms == 0 {
            return;
        }
        let keep = u64::try_from(self.limits.keep_rooms).unwrap_or(u64::MAX);
        for _ in 0..Limits::ENDED_AT_ONCE {
            let first = self.vacant.by_time.first();
            if first.is_none_or(|(since, _)| self.now.0 - since.0 < keep) {
                return;
            }
            self.end_first_vacant();
        }
    }

    /// Ends the room that has been vacant for longest. Returns whether there was one.
    pub(super) fn end_first_vacant(&mut self) -> bool {
        let first = self.vacant.by_time.first().map(|(_, room)| *room);
        first.into_iter().for_each(|room| self.end_room(room));
        first.is_some()
    }

    /// Ends a room that has no members any more, or keeps it vacant. Lines that only those could see
    /// who have left are dropped.
    pub(super) fn close(&mut self, id: RoomId) {
        if self.limits.keep_rooms == 0 {
            return self.end_room(id);
        }
        self.unlist_room(id);
        if let Some(room) = self.rooms.get_mut(&id) {
            room.vacant_since = Some(self.now);
            self.vacant.by_time.insert((self.now, id));
            let since = room.closed.as_ref().map_or(u64::MAX, |closed| closed.since);
            self.histories.forget_private(id, since);
        }
        self.enlist_room(id);
    }

    /// Ends the vacancy of a room that is about to have a member.
    pub(super) fn occupy(&mut self, id: RoomId) {
        if self.room(id).vacant_since.is_none() {
            return;
        }
        self.unlist_room(id);
        if let Some(room) = self.rooms.get_mut(&id)
            && let Some(since) = room.vacant_since.take()
        {
            self.vacant.by_time.remove(&(since, id));
        }
        self.enlist_room(id);
    }

    /// Ends a vacant private room, and creates one of the same name that is private, too, and that
    /// `client` may enter.
    pub(super) fn renew(&mut self, id: RoomId, client: ClientId) -> RoomId {
        let (name, slow) = (self.room(id).name.clone(), self.room(id).slow);
        self.end_room(id);
        let anew = self.open(name);
        self.unlist_room(anew);
        let closed = Closed {
            since: self.histories.next(),
            regulars: Vec::from([client]),
            ..Closed::default()
        };
        if let Some(room) = self.rooms.get_mut(&anew) {
            (room.closed, room.slow) = (Some(closed), slow);
        }
        anew
    }
}
