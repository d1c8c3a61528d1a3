//! An operation in a certain state: for the machine an event with its text, for the model what it means.
//!
//! And what it causes, for both.
//!
//! Not here: how operations become that (`operation`), and what must come of it (`model`).

use chinwag::chat::{Cause, ClientId, Event, Signal, Timestamp};

use crate::name_pool::Part;

/// An operation in a certain state: the event, and what it means without its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// When it happens.
    pub at: Timestamp,
    /// What happens to the machine.
    pub event: Event,
    /// What happens to the model.
    pub intent: Intent,
}

/// What an event means; the client is the event's.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant says what its fields are")]
pub enum Intent {
    /// A new client.
    Connect,
    /// Something said, as others are to see it.
    Say { text: String, token: u64 },
    /// A name of the pool asked for.
    Rename { name: usize },
    /// A whisper to whoever has a name, as that one is to see it.
    Whisper { to: String, text: String, token: u64 },
    /// Who is there?
    List { part: Part },
    /// Help, or help about the command with this word.
    Help { about: Option<&'static str> },
    /// Goodbye, with what is said after that, as others are to see it.
    Bye { words: String },
    /// Nothing at all.
    Nothing,
    /// Wrong arguments, with the usage that is the answer.
    Misuse { usage: &'static str },
    /// An unknown command, with the word that the answer names, and what it advises.
    Unknown { word: &'static str, advice: &'static str },
    /// Too long a line.
    Overlong,
    /// No line.
    Signal(Signal),
    /// The connection ends.
    Disconnect(Cause),
    /// The server stops.
    Shutdown,
    /// Another room, of the pool.
    Join { room: usize },
    /// Back to the lobby.
    Leave,
    /// Which rooms are there?
    Rooms { part: Part },
    /// What is the topic? Or what it is to be.
    Topic { text: Option<String> },
    /// Who is there, in all rooms?
    ListAll { part: Part },
    /// Something done, as others are to see it.
    Act { text: String, token: u64 },
    /// A whisper to whom one whispers with.
    Reply { text: String, token: u64 },
    /// What is there to know of someone?
    Whois { name: String },
    /// Being away, with this to say of it.
    Away { text: String },
    /// Not to see what someone says.
    Ignore { name: String },
    /// To see it again.
    Unignore { name: String },
    /// Who is ignored?
    Ignored,
    /// To be told who comes and goes, or not.
    Notices { on: bool },
    /// Something that only gets this answer.
    Answered { answer: &'static str },
    /// What was said in the room before? At most so many lines.
    History { count: usize },
    /// To let only the invited in.
    Private,
    /// To let anyone in.
    Public,
    /// To let someone in.
    Invite { name: String },
}

/// Who may learn of something, beside the one who does it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Nobody.
    Nobody,
    /// One user.
    User,
    /// Those in the room, and whoever may learn what is remembered there.
    Room,
    /// Anyone: it is known of someone, or of a room.
    Public,
}

impl Intent {
    /// Who may learn of it.
    #[must_use]
    pub fn reach(&self) -> Reach {
        match self {
            Self::Say { .. }
            | Self::Act { .. }
            | Self::Away { .. }
            | Self::Topic { text: Some(_) } => Reach::Room,
            Self::Whisper { .. } | Self::Reply { .. } => Reach::User,
            Self::Connect
            | Self::Rename { .. }
            | Self::Bye { .. }
            | Self::Disconnect(_)
            | Self::Shutdown
            | Self::Join { .. }
            | Self::Leave
            | Self::Private
            | Self::Public
            | Self::Invite { .. } => Reach::Public,
            Self::List { .. }
            | Self::ListAll { .. }
            | Self::Rooms { .. }
            | Self::Help { .. }
            | Self::Nothing
            | Self::Misuse { .. }
            | Self::Unknown { .. }
            | Self::Overlong
            | Self::Signal(_)
            | Self::Topic { text: None }
            | Self::Whois { .. }
            | Self::Ignore { .. }
            | Self::Unignore { .. }
            | Self::Ignored
            | Self::Notices { .. }
            | Self::Answered { .. }
            | Self::History { .. } => Reach::Nobody,
        }
    }

    /// Whose name it bears, as typed.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Whisper { to: name, .. }
            | Self::Whois { name }
            | Self::Ignore { name }
            | Self::Unignore { name }
            | Self::Invite { name } => Some(name),
            _ => None,
        }
    }
}

/// What one step caused: text for clients, in order, and connections to close.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// To whom, and the bytes.
    pub sent: Vec<(ClientId, String)>,
    /// Whose connection is closed.
    pub closed: Vec<ClientId>,
}

impl Told {
    /// All that one client is sent.
    #[must_use]
    pub fn to(&self, client: ClientId) -> String {
        let own = self.sent.iter().filter(|(to, _)| *to == client);
        own.map(|(_, text)| text.as_str()).collect()
    }
}
