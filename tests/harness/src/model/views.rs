//! What follows from the state of the model: for its rules, and for those who generate and check.
//!
//! Not here: what changes it.

use chinwag::chat::ClientId;

use super::{LOBBY, Model, Person, Room};
use crate::Meaning;
use crate::pools::{NAMES, ROOMS, folded};

impl Model {
    /// Who is there.
    #[must_use]
    pub fn present(&self) -> Vec<ClientId> {
        self.people.iter().map(|person| person.id).collect()
    }

    /// Who has been there, ascending.
    #[must_use]
    pub fn departed(&self) -> Vec<ClientId> {
        let present = self.present();
        (0..self.connects).map(ClientId).filter(|client| !present.contains(client)).collect()
    }

    /// Someone who is there.
    #[must_use]
    pub fn person(&self, id: ClientId) -> &Person {
        self.people.iter().find(|person| person.id == id).expect("is there")
    }

    /// Whom a meaning is about: who has the name in it, who is answered, or else who means it.
    #[must_use]
    pub fn addressee(&self, id: ClientId, meaning: &Meaning) -> Option<&Person> {
        let whisperer = self.person(id).whisperer.as_ref().map(|(whisperer, _)| *whisperer);
        self.people.iter().find(|person| match (meaning, meaning.name()) {
            (Meaning::Reply { .. }, _) => whisperer == Some(person.id),
            (_, Some(name)) => folded(&NAMES, name) == folded(&NAMES, &person.name),
            (_, None) => person.id == id,
        })
    }

    /// Whether someone ignores another one.
    #[must_use]
    pub fn ignores(&self, id: ClientId, other: ClientId) -> bool {
        self.person(id).ignores.contains(&other)
    }

    /// Who is in the room with someone, and itself.
    #[must_use]
    pub fn roommates(&self, id: ClientId) -> Vec<ClientId> {
        self.members(self.person(id).room)
    }

    /// Whether someone is in a private room.
    #[must_use]
    pub fn is_in_private(&self, id: ClientId) -> bool {
        self.private.contains(&self.person(id).room)
    }

    /// Whether someone may know who is in a room and what goes on.
    pub(super) fn may_know(&self, me: &Person, room: Room) -> bool {
        !self.private.contains(&room) || me.room == room
    }

    pub(super) fn members(&self, room: Room) -> Vec<ClientId> {
        self.people.iter().filter(|person| person.room == room).map(|person| person.id).collect()
    }

    /// The lobby, and the others in the order of their folded names.
    pub(super) fn rooms(&self) -> Vec<Room> {
        let mut rooms: Vec<Room> = self.people.iter().map(|person| person.room).collect();
        rooms.push(LOBBY);
        rooms.sort_by_key(|room| (*room != LOBBY, folded(&ROOMS, room), *room));
        rooms.dedup();
        rooms
    }

    pub(super) fn shown(&self, room: Room) -> String {
        format!("[{room}]{}", if self.private.contains(&room) { " (private)" } else { "" })
    }

    /// The topic of a room with something before it; nothing, if it has none.
    pub(super) fn topic(&self, room: Room, before: &str) -> String {
        let last = self.topics.iter().rfind(|(of, ..)| *of == room);
        last.map_or(String::new(), |(.., topic)| format!("{before}{topic}"))
    }

    /// The last lines that were said in the room of someone, but for those that it is not to see.
    pub(super) fn recall(&self, me: &Person, count: usize) -> Option<String> {
        let Person { room, ignores, .. } = me;
        let lines = self.history.iter().filter(|(of, ..)| of == room);
        let seen = lines.filter(|(_, _, from, _)| !ignores.contains(from));
        let seen: Vec<&str> = seen.map(|(.., line)| &**line).collect();
        let last = &seen[seen.len().saturating_sub(count)..];
        let heading = match last.len() {
            0 => return None,
            1 => format!(" | the last line in [{room}] (time in UTC):"),
            count => format!(" | the last {count} lines in [{room}] (times in UTC):"),
        };
        Some(format!("{heading}\r\n{}", last.join("\r\n")))
    }

    pub(super) fn list(&self, room: Room) -> String {
        format!("UserList:{} Total:[{}]", self.names(|p| p.room == room), self.members(room).len())
    }

    pub(super) fn names(&self, is_listed: impl Fn(&Person) -> bool) -> String {
        let people = self.people.iter().filter(|person| is_listed(person));
        let mut names: Vec<&str> = people.map(|person| person.name.as_str()).collect();
        names.sort_by_key(|name| (folded(&NAMES, name), *name));
        format!("{{{}}}", names.join(", "))
    }
}

/// A session is a minute to the operation.
pub(super) fn span(milliseconds: u64) -> String {
    match milliseconds / 60_000 {
        0 => "0s".into(),
        minutes @ 1..60 => format!("{minutes}m 0s"),
        minutes => format!("{}h {}m", minutes / 60, minutes % 60),
    }
}
