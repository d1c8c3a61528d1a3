//! Joining and leaving rooms, their privacy, and announcements.
//!
//! Not here: what users do in a room (`model`).

use chinwag::chat::ClientId;

use super::{Model, Person, Room};
use crate::name_pool::{PoolName, ROOMS, are_alike, folded};

impl Model {
    pub(super) fn join(&mut self, me: &Person, PoolName { typed, outcome }: &PoolName) {
        let (rooms, name) = (self.rooms(), folded(&ROOMS, typed));
        let why = match (outcome, rooms.iter().find(|room| folded(&ROOMS, room) == name)) {
            (Err(why), _) => why,
            (_, Some(room))
                if self.may_know(me, room)
                    || me.invited_to.contains(room)
                    || self.regulars.contains(&(*room, me.id)) =>
            {
                return self.move_to(me, room);
            }
            (_, Some(room)) => {
                let line = format!(" * [{room}] is private: someone in it has to /invite you");
                return self.tell(me.id, &line);
            }
            (_, None) if rooms.iter().any(|room| are_alike(&ROOMS, room, typed)) => {
                "it looks too much like another room's name"
            }
            (Ok(_), None) if rooms.len() > self.limits.rooms => {
                let most = self.limits.rooms;
                let line =
                    format!(" * there are {most} rooms, and there can be no more (type /rooms)");
                return self.tell(me.id, &line);
            }
            (Ok(new), None) => {
                self.rooms_created += 1;
                return self.move_to(me, new.name);
            }
        };
        self.tell(me.id, &format!(" * you cannot join \"{typed}\" ({why})"));
    }

    pub(super) fn move_to(&mut self, me: &Person, to: Room) {
        let (id, name, from, was_private) = (me.id, &me.name, me.room, self.is_in_private(me.id));
        if from == to {
            return self.tell(id, &format!(" * you are in [{to}] already"));
        }
        self.person_mut(id).room = to;
        self.person_mut(id).invited_to.retain(|room| *room != to);
        self.forget_witness(id);
        self.end_empty_rooms();
        self.tell_presence(from, id, false, &format!(" * [{name}] has left the room"));
        self.tell(id, &self.arrival(id));
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

    pub(super) fn leave(&mut self, Person { id, name, room, .. }: &Person, why: &str) {
        self.people.retain(|person| person.id != *id);
        self.forget_witness(*id);
        self.end_empty_rooms();
        self.tell_presence(room, *id, false, &format!(" * [{name}] has disconnected{why}"));
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
        self.regulars.extend(self.members(room).into_iter().map(|member| (*room, member)));
        self.tell_privacy(*id, name, room, "private: one needs an /invite now");
    }

    pub(super) fn make_public(&mut self, me: &Person) {
        let Person { id, name, room, .. } = me;
        self.private.retain(|other| other != room);
        self.regulars.retain(|(of, _)| of != room);
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

    pub(super) fn end_empty_rooms(&mut self) {
        let rooms = self.rooms();
        self.private.retain(|room| rooms.contains(room));
        self.topics.retain(|(room, ..)| rooms.contains(room));
        self.regulars.retain(|(room, _)| rooms.contains(room));
        self.history.retain(|heard| rooms.contains(&heard.room));
        self.people.iter_mut().for_each(|p| p.invited_to.retain(|room| rooms.contains(room)));
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
}
