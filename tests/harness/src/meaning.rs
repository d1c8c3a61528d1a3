//! An operation in a certain state: for the machine an event with its text, for the model what it means.
//!
//! Not here: how operations become that (`operation`).

use chinwag::chat::{Cause, Event, Signal, Timestamp};

/// An operation in a certain state: the event, and what it means without its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// When it happens.
    pub at: Timestamp,
    /// What happens to the machine.
    pub event: Event,
    /// What happens to the model.
    pub meaning: Meaning,
}

/// What an event means; the client is the event's.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant says what its fields are")]
pub enum Meaning {
    /// A new client.
    Connect,
    /// Something said, as others are to see it.
    Say { text: String, token: u64 },
    /// A name of the pool asked for.
    Rename { name: usize },
    /// A whisper to whoever has a name, as that one is to see it.
    Whisper { to: String, text: String, token: u64 },
    /// Who is there?
    List,
    /// Help, or help about the command with this word.
    Help { about: Option<&'static str> },
    /// Goodbye.
    Bye,
    /// Nothing at all.
    Nothing,
    /// Wrong arguments, with the usage that is the answer.
    Misuse { usage: &'static str },
    /// An unknown command, with the word that the answer names.
    Unknown { word: &'static str },
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
    Rooms,
    /// What is the topic? Or what it is to be.
    Topic { text: Option<String> },
    /// Who is there, in all rooms?
    ListAll,
    /// Something done, as others are to see it.
    Act { text: String, token: u64 },
    /// A whisper to the last one who whispered.
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
    /// What was said in the room before? At most so many lines.
    History { count: usize },
    /// To let only the invited in.
    Private,
    /// To let anyone in.
    Public,
    /// To let someone in.
    Invite { name: String },
}
