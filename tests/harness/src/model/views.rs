//! Queries of the model, for its own rules, for generators and for checkers.
//!
//! Not here: changes of the state.

use chinwag::chat::{ClientId, Limits};

use super::{Heard, LOBBY, Model, Person, Room};
use crate::Intent;
use crate::name_pool::{NAMES, ROOMS, folded};

impl Model {
    /// The users present.
    #[must_use]
    pub fn present(&self) -> Vec<ClientId> {
        self.people.iter().map(|person| person.id).collect()
    }

    /// The users who have left, in ascending order.
    #[must_use]
    pub fn departed(&self) -> Vec<ClientId> {
        let present = self.present();
        (0..self.connects).map(ClientId).filter(|client| !present.contains(client)).collect()
    }

    /// A user who is present.
    #[must_use]
    pub fn person(&self, id: ClientId) -> &Person {
        self.people.iter().find(|person| person.id == id).expect("the user is present")
    }

    /// The user that an intent refers to: by name, as the partner of a `/reply`, or else the author.
    #[must_use]
    pub fn addressee(&self, id: ClientId, intent: &Intent) -> Option<&Person> {
        let Person { partner, interrupter, .. } = self.person(id);
        let partner =
            partner.as_ref().filter(|_| interrupter.is_none()).map(|(partner, _)| *partner);
        self.people.iter().find(|person| match (intent, intent.name()) {
            (Intent::Reply { .. }, _) => partner == Some(person.id),
            (_, Some(name)) => folded(&NAMES, name) == folded(&NAMES, &person.name),
            (_, None) => person.id == id,
        })
    }

    /// The current name of a user known by an earlier one. If they have left, the earlier one.
    pub(super) fn name_now(&self, (id, name): &(ClientId, String)) -> String {
        let person = self.people.iter().find(|person| person.id == *id);
        person.map_or(name, |person| &person.name).clone()
    }

    /// The users that someone ignores and who are still present.
    #[must_use]
    pub fn ignored_now(&self, me: &Person) -> Vec<ClientId> {
        let present = self.present();
        me.ignores.iter().copied().filter(|ignored| present.contains(ignored)).collect()
    }

    /// Whether `id` ignores `other`.
    #[must_use]
    pub fn ignores(&self, id: ClientId, other: ClientId) -> bool {
        self.person(id).ignores.contains(&other)
    }

    /// All members of a user's room, including the user.
    #[must_use]
    pub fn roommates(&self, id: ClientId) -> Vec<ClientId> {
        self.members(self.person(id).room)
    }

    /// Whether a user is in a private room.
    #[must_use]
    pub fn is_in_private(&self, id: ClientId) -> bool {
        self.private.contains(&self.person(id).room)
    }

    /// Whether a user may know the members of a room and what happens in it.
    pub(super) fn may_know(&self, me: &Person, room: Room) -> bool {
        !self.private.contains(&room) || me.room == room
    }

    pub(super) fn members(&self, room: Room) -> Vec<ClientId> {
        self.people.iter().filter(|person| person.room == room).map(|person| person.id).collect()
    }

    /// The lobby, then the other rooms in order of their folded names.
    pub(super) fn rooms(&self) -> Vec<Room> {
        let mut rooms: Vec<Room> = self.created.iter().map(|(room, _)| *room).collect();
        rooms.push(LOBBY);
        rooms.sort_by_key(|room| (*room != LOBBY, folded(&ROOMS, room)));
        rooms
    }

    pub(super) fn shown(&self, room: Room) -> String {
        format!("[{room}]{}", if self.private.contains(&room) { " (private)" } else { "" })
    }

    /// The topic of a room as `me` is shown it, after the text `before`; empty if there is none.
    pub(super) fn topic(&self, me: &Person, room: Room, before: &str) -> String {
        let last = self.topics.iter().rfind(|(of, ..)| *of == room);
        let last = last.filter(|(_, _, (by, from), _)| {
            !by.is_some_and(|by| me.ignores.contains(&by)) && !self.ignores_name(me, from)
        });
        last.map_or(String::new(), |(.., topic)| format!("{before}{topic}"))
    }

    /// The reply to `/topic`.
    pub(super) fn shown_topic(&self, me: &Person) -> String {
        match (me.room, self.topic(me, me.room, "").as_str()) {
            (room, "") => format!(" * [{room}] has no topic"),
            (room, topic) => format!(" * the topic of [{room}] is: {topic}"),
        }
    }

    /// The last `count` lines of the user's room that they may see.
    pub(super) fn recall(&self, me: &Person, count: usize) -> Option<String> {
        let Person { id, room, ignores, .. } = me;
        let lines = self.history.iter().filter(|heard| heard.room == *room);
        let seen = lines.filter(|heard| {
            let may_see = heard.only_for.as_ref().is_none_or(|few| few.contains(id));
            may_see
                && !heard.by.is_some_and(|by| ignores.contains(&by))
                && !self.ignores_name(me, &heard.from)
        });
        let mut last = Vec::new();
        let mut room_left = self.limits.reply - Limits::REPLY_FRAME;
        for heard in seen.rev().take(count) {
            let Some(left) = room_left.checked_sub(heard.size()) else { break };
            room_left = left;
            last.insert(0, &*heard.line);
        }
        let heading = match last.len() {
            0 => return None,
            1 => format!(" | the last line in [{room}] (time in UTC):"),
            count => format!(" | the last {count} lines in [{room}] (times in UTC):"),
        };
        Some(format!("{heading}\r\n{}", last.join("\r\n")))
    }

    /// Drops the oldest lines of a room while it exceeds its limits, then the oldest of all rooms.
    pub(super) fn forget_what_exceeds(&mut self, room: Room) {
        loop {
            let of_room = || self.history.iter().filter(|heard| heard.room == room);
            let bytes: usize = of_room().map(Heard::size).sum();
            let is_much = of_room().count() > self.limits.history_lines;
            if !is_much && bytes <= self.limits.history_room_bytes {
                break;
            }
            let oldest = self.history.iter().position(|heard| heard.room == room);
            self.history.remove(oldest.unwrap_or_default());
        }
        while self.history.iter().map(Heard::size).sum::<usize>() > self.limits.history_bytes {
            self.history.remove(0);
        }
    }

    /// What a user is shown when entering a room.
    pub(super) fn arrival(&self, id: ClientId, is_new: bool) -> String {
        let room = self.person(id).room;
        let (new, then) = match is_new {
            true => (", a new room (type /rooms to see the others)", String::new()),
            false => ("", format!("\r\n{}", self.introduction(id))),
        };
        let (shown, topic) = (self.shown(room), self.topic(self.person(id), room, ", topic: "));
        let owner = self.owner(room).map(|owner| format!(", owner: {}", owner.name));
        let owner = owner.unwrap_or_default();
        format!(" * you are in {shown}{new}{owner}{topic}{then}")
    }

    /// The other members of a user's room: by name, or by number if they are more than five.
    pub(super) fn introduction(&self, id: ClientId) -> String {
        let Person { room, ignores, .. } = self.person(id);
        let others = || self.people.iter().filter(|other| other.room == *room && other.id != id);
        let ignored = others().filter(|other| ignores.contains(&other.id)).count();
        let names = self.names(|p| p.room == *room && p.id != id && !ignores.contains(&p.id));
        let names = names.trim_matches(['{', '}']);
        match (others().count(), ignored) {
            (0, _) => format!(" * nobody else is in [{room}]"),
            (1, 1) => format!(" * in [{room}] with you: 1 other (type /list)"),
            (1..=5, 0) => format!(" * in [{room}] with you: {names}"),
            (count @ 1..=5, more) if more < count => {
                format!(" * in [{room}] with you: {names}, and {more} more")
            }
            (count, _) => format!(" * in [{room}] with you: {count} others (type /list)"),
        }
    }

    pub(super) fn names(&self, is_listed: impl Fn(&Person) -> bool) -> String {
        let people = self.people.iter().filter(|person| is_listed(person));
        let mut names: Vec<&str> = people.map(|person| person.name.as_str()).collect();
        names.sort_by_key(|name| (folded(&NAMES, name), *name));
        format!("{{{}}}", names.join(", "))
    }
}

impl Heard {
    /// The bytes that count towards the limits: the text, the sender's name, and a fixed overhead.
    fn size(&self) -> usize {
        let date = " | 1970-01-01 00:00 ".len();
        let signs = if self.line[date..].starts_with('~') { "~  " } else { "[]> " };
        self.line.len() - date - signs.len() + 128
    }
}

/// A time span as `/whois` shows it, for less than a day.
pub(super) fn span(milliseconds: u64) -> String {
    match milliseconds / 1000 {
        seconds @ 0..60 => format!("{seconds}s"),
        seconds @ 60..3600 => format!("{}m {}s", seconds / 60, seconds % 60),
        seconds => format!("{}h {}m", seconds / 3600, seconds / 60 % 60),
    }
}
