//! What counts as another state of the chat, for those who count states.
//!
//! Not here: what is equal, which is the model as a whole.

use std::hash::{DefaultHasher, Hasher};

use chinwag::chat::ClientId;

use super::name::Name;
use super::{Model, Person};

impl Model {
    /// A number for the state without what only grows: who is there, in the order in which they came, each
    /// with name, room and notices, whether it is away, who whispered to it last, whom it ignores and where
    /// it is invited to; and which rooms are private, have a topic, and remember something. Ids, times and
    /// texts do not count, nor how much is remembered, nor which `anonymous` someone is.
    #[must_use]
    pub fn outline(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.here.iter().for_each(|person| hasher.write(&self.outline_of(person)));
        for room in self.rooms() {
            let has_topic = self.topic(room).is_some();
            let remembers = self.history.iter().any(|heard| heard.room == room);
            hasher.write(&[small(room), self.private.contains(&room).into()]);
            hasher.write(&[has_topic.into(), remembers.into()]);
        }
        hasher.finish()
    }

    fn outline_of(&self, person: &Person) -> Vec<u8> {
        let place = |client: &ClientId| {
            self.here.iter().position(|other| other.id == *client).map_or(u8::MAX, small)
        };
        let name = match person.name {
            Name::Anonymous(_) => u8::MAX,
            Name::Pool(name) => small(name),
        };
        let whisperer = person.whisperer.as_ref().map_or(u8::MAX - 1, |(client, _)| place(client));
        let (notices, is_away) = (person.notices.into(), person.away.is_some().into());
        let mut outline = vec![name, small(person.room), notices, is_away, whisperer];
        let mut ignored: Vec<u8> = person.ignores.iter().map(place).collect();
        let mut rooms: Vec<u8> = person.invited_to.iter().copied().map(small).collect();
        for list in [&mut ignored, &mut rooms] {
            list.sort_unstable();
            outline.push(small(list.len()));
            outline.append(list);
        }
        outline
    }
}

fn small(number: usize) -> u8 {
    u8::try_from(number).unwrap_or(u8::MAX)
}
