//! The recipients of a line, computed before the line is applied. With this the server can delay a
//! client that sends its recipients more than their share.
//!
//! Not here: the delivery itself (`room`).

use alloc::sync::Arc;

use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

use super::characters::{is_invisible, is_mark};
use super::command::{Tells, split_sign};
use super::room::RoomId;
use super::{Addressed, Chat, ClientId, Command, Verb, Word};

/// The recipients of a line, apart from its sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Audience {
    /// The line reaches nobody else.
    Nobody,
    /// The members of a room.
    Room(RoomId),
    /// One other user.
    User(ClientId),
}

/// Whether a line is certainly speech, judged by its first character. Most lines are, and parsing
/// the others takes longer.
pub(crate) fn is_plainly_speech(line: &str) -> bool {
    use GeneralCategoryGroup::{Letter, Number, Punctuation, Symbol};
    let Some(first) = line.chars().next() else { return true };
    if first.is_ascii() {
        return first.is_ascii_graphic() && !matches!(first, '/' | '@');
    }
    let is_seen = matches!(first.general_category_group(), Letter | Number | Punctuation | Symbol);
    is_seen && !is_mark(first) && !is_invisible(first) && split_sign(line).is_none()
}

impl Chat {
    /// The audience of a line from this client. Notices of arrivals and departures do not count.
    ///
    /// ```
    /// use chinwag::chat::{Audience, Chat, ClientId, Event, Limits, Outbox, Timestamp};
    ///
    /// let (mut chat, ann, bob) = (Chat::new(Limits::default()), ClientId(1), ClientId(2));
    /// for client in [ann, bob] {
    ///     chat.handle(Timestamp(0), Event::connect(client), &mut Outbox::new());
    /// }
    /// assert_eq!((chat.audience(ann, &"hello".into()), 2), chat.roommates(bob));
    /// assert_eq!(chat.audience(ann, &"@anonymous1 hello".into()), Audience::User(bob));
    /// assert_eq!(chat.audience(ann, &"/list".into()), Audience::Nobody);
    /// ```
    #[must_use]
    pub fn audience(&self, client: ClientId, line: &Arc<str>) -> Audience {
        if is_plainly_speech(line) {
            return self.roommates(client).0;
        }
        let Ok(command) = Command::read(Arc::clone(line)) else { return Audience::Nobody };
        match (command.verb().map_or(Tells::Room, Verb::tells), command) {
            (Tells::Nobody, _) | (_, Command::Topic(None)) => Audience::Nobody,
            (Tells::Room, _) => self.roommates(client).0,
            (
                Tells::User,
                Command::Whisper(Addressed { to: name, .. }) | Command::Invite(Word(name)),
            ) => self.find(name).map_or(Audience::Nobody, |(user, _)| Audience::User(user)),
            (Tells::User, _) => {
                let known = self.clients.get(&client);
                let partner = known.and_then(|client| client.talk.partner.as_ref());
                partner.map_or(Audience::Nobody, |user| Audience::User(user.client))
            }
        }
    }

    /// The room of a client and its number of members, including the client. `Nobody` and 0 if the
    /// client is not connected.
    #[must_use]
    pub fn roommates(&self, client: ClientId) -> (Audience, usize) {
        let Some(client) = self.clients.get(&client) else { return (Audience::Nobody, 0) };
        (Audience::Room(client.room), self.room(client.room).members().len())
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    /// A line that is taken for speech without parsing also parses as speech. Otherwise a command
    /// would get the audience of its room.
    #[test]
    fn plain_speech_never_parses_as_a_command() {
        let mut count = 0;
        for first in '\0'..=char::MAX {
            for rest in ["", "/list", "@bob hi"] {
                let line = format!("{first}{rest}");
                if is_plainly_speech(&line) {
                    let read = Command::read(line.clone().into());
                    assert!(matches!(read, Ok(Command::Say(_))), "{line:?} is {read:?}");
                    count += 1;
                }
            }
        }
        assert!(count > 300_000, "{count}");
        for line in ["", "hello", "#chinwag", "(so)", "привет", "日本", "👍", "¿qué?", "١"]
        {
            assert!(is_plainly_speech(line), "{line}");
        }
    }
}
