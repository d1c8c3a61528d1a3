//! Joining and leaving rooms, their privacy, and announcements.
//!
//! Not here: what users do in a room (`model`).

use chinwag::chat::{ClientId, Timestamp};

use super::governing::Owner;
use super::{Model, Person, Room};
use crate::name_pool::{PoolName, ROOMS, are_alike, folded};

impl Model {
    pub(super) fn join(&mut self, me: &Person, PoolName { typed, outcome }: &PoolName) {
        let (rooms, name) = (self.rooms(), folded(&ROOMS, typed));
        let why = match (outcome, rooms.iter().find(|room| folded(&ROOMS, room) == name)) {
            (Err(why), _) => why,
            (_, Some(room)) if let Some(refusal) = self.locked(me, room) => {
                return self.tell(me.id, &refusal);
            }
            (_, Some(room)) if self.may_know(me, room) || self.may_enter(me, room) => {
                return self.move_to(me, room);
            }
            (_, Some(room)) if self.members(room).is_empty() && !self.is_awaited(room) => {
                // It begins anew, and is private from the start.
                let room = *room;
                let slow = self.slow.iter().find(|(of, ..)| *of == room).copied();
                self.end_room(room);
                self.slow.extend(slow);
                self.create(room);
                self.private.push(room);
                self.regulars.push((room, me.id));
                return self.move_to(me, room);
            }
            (_, Some(room)) => {
                let line = format!(" * [{room}] is private: someone in it has to /invite you");
                return self.tell(me.id, &line);
            }
            (_, None) if rooms.iter().any(|room| are_alike(&ROOMS, room, typed)) => {
                "it looks too much like another room's name"
            }
            (Ok(_), None) if let Some(refusal) = self.muted(me) => {
                return self.tell(me.id, &refusal);
            }
            (Ok(_), None) if rooms.len() > self.limits.rooms && self.longest_empty().is_none() => {
                let most = self.limits.rooms;
                let line =
                    format!(" * there are {most} rooms, and there can be no more (type /rooms)");
                return self.tell(me.id, &line);
            }
            (Ok(new), None) => {
                if rooms.len() > self.limits.rooms {
                    self.longest_empty().into_iter().for_each(|room| self.end_room(room));
                }
                self.create(new.name);
                let owner = self.account(&me.name).map(|account| Owner {
                    room: new.name,
                    account: account.id,
                    name: account.name.clone(),
                    trusted: vec![],
                });
                self.owners.extend(owner);
                return self.move_to(me, new.name);
            }
        };
        self.tell(me.id, &format!(" * you cannot join \"{typed}\" ({why})"));
    }

    fn create(&mut self, room: Room) {
        self.rooms_created += 1;
        self.created.push((room, None));
    }

    /// The room in which nobody has been for longest; of several, the oldest.
    fn longest_empty(&self) -> Option<Room> {
        let empty = self.created.iter().filter_map(|(room, since)| Some((*room, (*since)?)));
        empty.min_by_key(|(_, since)| *since).map(|(room, _)| room)
    }

    /// Ends the rooms in which nobody has been for as long as they are kept.
    pub(super) fn end_old_rooms(&mut self, Timestamp(at): Timestamp) {
        let keep = self.limits.keep_rooms as u64;
        self.now = self.now.max(at);
        let is_over = |since: u64| keep > 0 && self.now >= since + keep;
        let is_old = |(_, since): &&(Room, Option<u64>)| since.is_some_and(is_over);
        let old: Vec<Room> = self.created.iter().filter(is_old).map(|(room, _)| *room).collect();
        old.into_iter().for_each(|room| self.end_room(room));
    }

    pub(super) fn move_to(&mut self, me: &Person, to: Room) {
        let (id, name, from, was_private) = (me.id, &me.name, me.room, self.is_in_private(me.id));
        if from == to {
            return self.tell(id, &format!(" * you are in [{to}] already"));
        }
        let is_new = self.created.contains(&(to, None)) && self.members(to).is_empty();
        self.note_regular(me, true);
        self.person_mut(id).room = to;
        self.person_mut(id).came = self.now;
        self.person_mut(id).invited_to.retain(|room| *room != to);
        self.forget_witness(id);
        self.end_empty_rooms();
        self.tell_presence(from, id, false, &format!(" * [{name}] has left the room"));
        self.tell(id, &self.arrival(id, is_new));
        self.show_recent(id);
        self.tell_presence(to, id, true, &format!(" * [{name}] has joined the room"));
        if was_private {
            self.end_private_stay(id);
        }
    }

    pub(super) fn show_recent(&mut self, id: ClientId) {
        if let Some(lines) = self.recall(self.person(id), self.limits.history_recent) {
            self.tell(id, &lines);
        }
    }

    pub(super) fn leave(&mut self, me: &Person, why: &str) {
        let Person { id, name, room, .. } = me;
        self.leave_behind(me);
        self.note_regular(me, false);
        self.people.retain(|person| person.id != *id);
        self.forget_witness(*id);
        self.end_empty_rooms();
        self.tell_presence(room, *id, false, &format!(" * [{name}] has disconnected{why}"));
    }

    /// Everyone is gone, with all that is known of them, and nobody is told.
    pub(super) fn forget_people(&mut self) {
        self.people.clone().iter().for_each(|person| self.leave_behind(person));
        self.forget_authors();
        self.people.clone().iter().for_each(|person| self.note_regular(person, false));
        self.people.clear();
        self.unannounced.clear();
        // Nobody is left who may enter what is private, or who heard it.
        self.history.retain(|heard| !self.private.contains(&heard.room) && !heard.is_private);
        self.topics.retain(|(room, ..)| !self.private.contains(room));
        self.regulars.clear();
        self.history.iter_mut().for_each(|heard| heard.by = None);
        self.topics.iter_mut().for_each(|(_, _, by, _)| by.0 = None);
        self.end_empty_rooms();
    }

    fn forget_witness(&mut self, id: ClientId) {
        for heard in &mut self.history {
            heard.witnesses.retain(|witness| *witness != id);
            heard.only_for.iter_mut().for_each(|few| few.retain(|witness| *witness != id));
        }
    }

    pub(super) fn make_private(&mut self, me: &Person) {
        let Person { id, name, room, .. } = me;
        self.private.push(room);
        self.tell_privacy(*id, name, room, "private: one needs an /invite now");
    }

    pub(super) fn make_public(&mut self, me: &Person) {
        let Person { id, name, room, .. } = me;
        self.private.retain(|other| other != room);
        self.regulars.retain(|(of, _)| of != room);
        self.awaited.retain(|(of, _)| of != room);
        self.topics.retain(|(of, in_private, ..)| of != room || !in_private);
        for heard in &mut self.history {
            if heard.room == *room && heard.is_private && heard.only_for.is_none() {
                heard.only_for = Some(heard.witnesses.clone());
            }
        }
        self.tell_privacy(*id, name, room, "public: anyone may join it now");
        self.members(room).into_iter().for_each(|member| self.end_private_stay(member));
    }

    fn tell_privacy(&mut self, id: ClientId, name: &str, room: Room, what: &str) {
        let ignores = |person: &Person| person.ignores.contains(&id);
        self.tell_room(room, &format!(" * {name} made the room {what}"), |p| !ignores(p));
        self.tell_room(room, &format!(" * someone made the room {what}"), ignores);
    }

    /// Notes which rooms nobody is in any more; they end, unless they are kept.
    pub(super) fn end_empty_rooms(&mut self) {
        for (room, since) in self.created.clone() {
            match (self.members(room).is_empty(), since) {
                (true, None) if self.limits.keep_rooms == 0 => self.end_room(room),
                (true, None) => {
                    self.set_empty_since(room, Some(self.now));
                    // What was said in private is gone with the last one who heard it.
                    let is_for_nobody = |few: &Vec<ClientId>| few.is_empty();
                    self.history.retain(|heard| {
                        heard.room != room || !heard.only_for.as_ref().is_some_and(is_for_nobody)
                    });
                }
                (true, Some(_)) => {}
                (false, _) => self.set_empty_since(room, None),
            }
        }
    }

    fn set_empty_since(&mut self, room: Room, now: Option<u64>) {
        let known = self.created.iter_mut().filter(|(other, _)| *other == room);
        known.for_each(|(_, since)| *since = now);
    }

    fn end_room(&mut self, room: Room) {
        self.created.retain(|(other, _)| *other != room);
        self.private.retain(|other| *other != room);
        self.topics.retain(|(of, ..)| *of != room);
        self.slow.retain(|(of, ..)| *of != room);
        self.owners.retain(|owner| owner.room != room);
        self.locks.retain(|(of, _)| *of != room);
        self.awaited.retain(|(of, _)| *of != room);
        self.regulars.retain(|(of, _)| *of != room);
        self.history.retain(|heard| heard.room != room);
        self.people.iter_mut().for_each(|p| p.invited_to.retain(|other| *other != room));
    }

    /// Announces an arrival or departure; in a large room only to the user concerned.
    pub(super) fn tell_presence(&mut self, room: Room, id: ClientId, comes: bool, line: &str) {
        let many = self.members(room).len() + usize::from(!comes) >= self.limits.announce_below;
        let sees = |person: &Person| person.notices && !person.ignores.contains(&id);
        match many {
            false => self.tell_room(room, line, sees),
            true => {
                self.unannounced.push((room, comes));
                self.tell_room_now(room, line, |p| p.id == id && p.notices);
            }
        }
        if self.members(room).is_empty() {
            self.unannounced.retain(|(of, _)| *of != room);
        }
    }

    /// Sends a line to a room, after the number of arrivals and departures that were not announced.
    pub(super) fn tell_room(&mut self, room: Room, line: &str, sees: impl Fn(&Person) -> bool) {
        let of_room = self.unannounced.iter().filter(|(of, _)| *of == room);
        let came = of_room.clone().filter(|(_, comes)| *comes).count();
        let left = of_room.count() - came;
        self.unannounced.retain(|(of, _)| *of != room);
        if came + left > 0 {
            let here = self.members(room).len();
            let line = format!(" * {came} came, {left} left ({here} here)");
            self.tell_room_now(room, &line, |p| p.notices);
        }
        self.tell_room_now(room, line, sees);
    }

    fn tell_room_now(&mut self, room: Room, line: &str, sees: impl Fn(&Person) -> bool) {
        for person in self.people.iter().filter(|person| person.room == room && sees(person)) {
            self.told.sent.push((person.id, format!("{line}\r\n")));
        }
    }
}
