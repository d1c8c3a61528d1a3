//! Whom a line would be told to, before it is: so that whoever talks too much for them can be made to wait.
//!
//! Not here: who is told it then (`room`).

use alloc::sync::Arc;

use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

use super::characters::{is_invisible, is_mark};
use super::command::{Tells, split_sign};
use super::room::RoomId;
use super::{Addressed, Chat, ClientId, Command, Verb, Word};

/// Whom a line would be told to, beside the one who says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Audience {
    /// Nobody else.
    Nobody,
    /// A room.
    Room(RoomId),
    /// One user.
    User(ClientId),
}

/// Whether a line is speech at first sight. Most are, and to find out about the others takes time.
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
    /// Whom a line of this client would be told to, in the first place: coming and going do not count.
    ///
    /// ```
    /// use chinwag::chat::{Audience, Chat, ClientId, Event, Limits, Outbox, Timestamp};
    ///
    /// let (mut chat, ann, bob) = (Chat::new(Limits::default()), ClientId(1), ClientId(2));
    /// for client in [ann, bob] {
    ///     chat.handle(Timestamp(0), Event::Connect { client }, &mut Outbox::new());
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

    /// The room that a client is in, and how many are in it.
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

    /// Else it would be told to nobody that many are told it.
    #[test]
    fn what_is_plainly_speech_is_no_command() {
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
