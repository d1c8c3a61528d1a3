//! The rooms of the model: who is where, and what moving causes.

use std::rc::Rc;

use chinwag::chat::ClientId;

use super::{Heard, Model, Person, listed};
use crate::pools::{ROOMS, Shown};

/// A room is the name in the pool that it was created under.
pub(super) type Room = usize;
pub(super) const LOBBY: Room = 0;

impl Model {
    /// Who is in the room with a client, and itself.
    #[must_use]
    pub fn roommates(&self, client: ClientId) -> Vec<ClientId> {
        self.members(self.person(client).room).iter().map(|person| person.id).collect()
    }

    pub(super) fn members(&self, room: Room) -> Vec<&Person> {
        self.here.iter().filter(|person| person.room == room).collect()
    }

    /// All rooms, the lobby first.
    pub(super) fn rooms(&self) -> Vec<Room> {
        let mut rooms: Vec<Room> = self.here.iter().map(|person| person.room).collect();
        rooms.push(LOBBY);
        rooms.sort_by_key(|room| (*room != LOBBY, room_name(*room)));
        rooms.dedup();
        rooms
    }

    pub(super) fn topic(&self, room: Room) -> Option<&str> {
        let mut topics = self.private_topics.iter().chain(&self.topics);
        topics.find(|(other, _)| *other == room).map(|(_, topic)| topic.as_str())
    }

    pub(super) fn leave(&mut self, client: ClientId, why: &str) {
        let (name, room) = (self.name_of(client), self.person(client).room);
        self.here.retain(|person| person.id != client);
        self.here.iter_mut().for_each(|person| person.ignores.retain(|other| *other != client));
        self.end_if_empty(room);
        self.tell(room, &format!(" * [{name}] has disconnected{why}"), |p| p.notices);
    }

    pub(super) fn end_if_empty(&mut self, room: Room) {
        if self.members(room).is_empty() {
            self.topics.retain(|(other, _)| *other != room);
            self.private.retain(|other| *other != room);
            self.private_topics.retain(|(other, _)| *other != room);
            self.history.retain(|heard| heard.room != room || room == LOBBY);
            self.here.iter_mut().for_each(|person| person.invited_to.retain(|r| *r != room));
        }
    }

    pub(super) fn move_to(&mut self, client: ClientId, wanted: Room) {
        let (name, from) = (self.name_of(client), self.person(client).room);
        let failed = format!(" * {name} failed to join \"{}\"", ROOMS[wanted].typed);
        let rooms = self.rooms();
        let new = match &ROOMS[wanted].outcome {
            Ok(new) => new,
            Err(why) => return self.tell_one(client, format!("{failed} ({why})")),
        };
        let known = rooms.iter().find(|room| shown_room(**room).folded == new.folded);
        if known == Some(&from) {
            return self.tell_one(client, format!(" * you are in [{}] already", room_name(from)));
        }
        let is_alike = |room: &Room| shown_room(*room).looks.iter().any(|l| new.looks.contains(l));
        if known.is_none() && rooms.iter().any(is_alike) {
            let why = "it looks too much like another room's name";
            return self.tell_one(client, format!("{failed} ({why})"));
        }
        let to = known.copied().unwrap_or(wanted);
        let is_invited = self.person(client).invited_to.contains(&to);
        if known.is_some() && !is_invited && !self.may_know(client, to) {
            let line =
                format!(" * [{}] is private: someone in it has to /invite you", room_name(to));
            return self.tell_one(client, line);
        }
        self.person_mut(client).invited_to.retain(|room| *room != to);
        self.rooms_created += u64::from(known.is_none());
        let was_private = self.private.contains(&from);
        self.person_mut(client).room = to;
        self.end_if_empty(from);
        self.tell(from, &format!(" * [{name}] has left the room"), |p| p.notices);
        let topic = self.topic(to).map(|topic| format!(", topic: {topic}")).unwrap_or_default();
        let private = if self.private.contains(&to) { " (private)" } else { "" };
        self.tell_one(client, format!(" * you are in [{}]{private}{topic}", room_name(to)));
        self.show_recent(client);
        self.tell(to, &format!(" * [{name}] has joined the room"), |p| p.notices);
        if was_private {
            self.end_private_stay(client);
        }
    }

    pub(super) fn show_recent(&mut self, client: ClientId) {
        if !self.seen_history(client).is_empty() {
            self.show_history(client, 20);
        }
    }

    pub(super) fn show_history(&mut self, client: ClientId, count: usize) {
        let room = room_name(self.person(client).room);
        let seen = self.seen_history(client);
        let last = seen[seen.len().saturating_sub(count)..].to_vec();
        self.tell_one(
            client,
            match last.len() {
                0 => format!(" | nothing is remembered of [{room}]"),
                1 => format!(" | the last line in [{room}] (time in UTC):"),
                count => format!(" | the last {count} lines in [{room}] (times in UTC):"),
            },
        );
        for heard in last {
            // Sessions are shorter than a day, and begin with the epoch.
            let (hours, minutes) = (heard.at / 3_600_000, heard.at / 60_000 % 60);
            let line = &heard.line;
            self.tell_one(client, format!(" | 1970-01-01 {hours:02}:{minutes:02} {line}"));
        }
    }

    fn seen_history(&self, client: ClientId) -> Vec<Rc<Heard>> {
        let person = self.person(client);
        let is_seen =
            |heard: &&Rc<Heard>| heard.room == person.room && !person.ignores.contains(&heard.from);
        self.history.iter().filter(is_seen).cloned().collect()
    }

    pub(super) fn end_private_stay(&mut self, client: ClientId) {
        self.person_mut(client).spoke_in_private = None;
        self.be_back(client);
    }

    /// Whether a client may know who is in a room and what goes on.
    pub(super) fn may_know(&self, client: ClientId, room: Room) -> bool {
        !self.private.contains(&room) || self.person(client).room == room
    }

    pub(super) fn rooms_open_to(&self, client: ClientId) -> Vec<Room> {
        self.rooms().into_iter().filter(|room| self.may_know(client, *room)).collect()
    }

    /// Whether a client is in a private room.
    #[must_use]
    pub fn is_in_private(&self, client: ClientId) -> bool {
        self.private.contains(&self.person(client).room)
    }

    pub(super) fn list(&self, room: Room) -> String {
        let members = self.members(room);
        let total = members.len();
        format!("UserList:{} Total:[{total}]", listed(members))
    }
}

fn shown_room(room: Room) -> &'static Shown {
    ROOMS[room].outcome.as_ref().expect("only names that can be had are held")
}

pub(super) fn room_name(room: Room) -> &'static str {
    shown_room(room).name
}
