//! A fingerprint of the state, by which the soak counts distinct states.
//!
//! Not here: equality of states, which compares the whole model.

use std::hash::{DefaultHasher, Hash, Hasher};

use chinwag::chat::ClientId;

use super::{Model, Person};

impl Model {
    /// A hash of the state without anything that only grows. Included are: the users in order of arrival with name,
    /// room, notices, away, whisper partners, ignored users and invitations; the rooms with privacy, and whether they
    /// have a topic and history. Excluded are: ids, times, texts, the amount of history, and the number in an
    /// `anonymous` name.
    #[must_use]
    pub fn outline(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        for person in &self.people {
            self.outline_of(person, &mut hasher);
        }
        for room in self.rooms() {
            let has_topic = self.topics.iter().any(|(of, ..)| *of == room);
            let remembers = self.history.iter().any(|heard| heard.room == room);
            (room, self.private.contains(&room), has_topic, remembers).hash(&mut hasher);
        }
        hasher.finish()
    }

    fn outline_of(&self, person: &Person, hasher: &mut DefaultHasher) {
        let place = |client: &ClientId| self.people.iter().position(|other| other.id == *client);
        let name = Some(&person.name).filter(|name| !name.starts_with("anonymous"));
        let talk = [&person.partner, &person.interrupter];
        let talk = talk.map(|user| user.as_ref().map(|(client, _)| place(client)));
        let mut ignored: Vec<Option<usize>> = person.ignores.iter().map(place).collect();
        let mut rooms = person.invited_to.clone();
        ignored.sort_unstable();
        rooms.sort_unstable();
        (name, person.room, person.notices, person.away.is_some()).hash(hasher);
        (talk, ignored, rooms).hash(hasher);
    }
}
