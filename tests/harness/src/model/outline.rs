//! What counts as another state of the chat, for those who count states.
//!
//! Not here: what is equal, which is the model as a whole.

use std::hash::{DefaultHasher, Hash, Hasher};

use chinwag::chat::ClientId;

use super::{Model, Person};

impl Model {
    /// A number for the state without what only grows: who is there, in the order in which they came, each
    /// with name, room and notices, whether it is away, with whom it whispers, whom it ignores and where
    /// it is invited to; and which rooms are private, have a topic, and remember something. Ids, times and
    /// texts do not count, nor how much is remembered, nor which `anonymous` someone is.
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
