//! What an operation amounts to in a given state: an event with its text for the machine, its meaning for the
//! model. And the outputs, in a form that both produce.
//!
//! Not here: how operations are resolved (`operation`), and their effect (`model`).

use chinwag::chat::{self, Ask, Cause, ClientId, Event, Signal, Timestamp};

use crate::name_pool::Part;

/// An operation in a given state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// The time of the event.
    pub at: Timestamp,
    /// The input of the machine.
    pub event: Event,
    /// The input of the model.
    pub intent: Intent,
}

/// The meaning of an event, without the client and the text.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant says what its fields are")]
pub enum Intent {
    /// A client connects.
    Connect,
    /// A line to the room, as the others are shown it.
    Say { text: String, token: u64 },
    /// A request for a name of the pool.
    Rename { name: usize },
    /// A whisper to the user with this name, as the addressee is shown it.
    Whisper { to: String, text: String, token: u64 },
    /// `/list`
    List { part: Part },
    /// `/help`, possibly about the command with this word.
    Help { about: Option<&'static str> },
    /// `/bye`, with its words as the others are shown them.
    Bye { words: String },
    /// An event without any effect.
    Nothing,
    /// A command with wrong arguments; the reply shows this usage.
    Misuse { usage: &'static str },
    /// An unknown command. The reply names the word and gives the advice.
    Unknown { word: &'static str, advice: &'static str },
    /// A line longer than the limit.
    Overlong,
    /// An event that is not a line.
    Signal(Signal),
    /// The connection ends.
    Disconnect(Cause),
    /// The server stops.
    Shutdown,
    /// The server has been started anew.
    Restart,
    /// `/join` with a room of the pool.
    Join { room: usize },
    /// `/leave`
    Leave,
    /// `/rooms`
    Rooms { part: Part },
    /// `/topic`: shows it, or sets it to this text.
    Topic { text: Option<String> },
    /// `/list all`
    ListAll { part: Part },
    /// `/me`, as the others are shown it.
    Act { text: String, token: u64 },
    /// `/reply`
    Reply { text: String, token: u64 },
    /// `/whois`
    Whois { name: String },
    /// `/away`
    Away { text: String },
    /// `/ignore NAME`
    Ignore { name: String },
    /// `/unignore NAME`
    Unignore { name: String },
    /// `/ignore`
    Ignored,
    /// `/notices`
    Notices { on: bool },
    /// A line with no effect but this reply.
    Answered { answer: &'static str },
    /// `/history` of at most so many lines.
    History { count: usize },
    /// `/private`
    Private,
    /// `/public`
    Public,
    /// `/invite`
    Invite { name: String },
    /// `/register`
    Register,
    /// `/login`
    LogIn { name: String },
    /// `/password`
    ChangePassword,
    /// `/unregister`
    Unregister,
    /// `/seen`
    Seen { name: String },
    /// `/hide`
    Hide { on: bool },
    /// The configuration names an operator.
    Appoint { name: String },
    /// `/op`
    Op { name: String },
    /// `/deop`
    Deop { name: String },
    /// `/kick`
    Kick { name: String, reason: String },
    /// `/ban` or `/mute`, for a time in milliseconds.
    Impose { is_ban: bool, whom: String, period: Option<u64>, reason: String },
    /// `/unban` or `/unmute`
    Lift { is_ban: bool, whom: String },
    /// `/bans`
    Bans,
    /// `/slow`, with the seconds and whether only for guests; or off.
    Slow { room: &'static str, pace: Option<(u64, bool)> },
    /// `/announce`
    Announce { text: String },
    /// `/audit` of at most so many acts.
    Audit { count: usize },
    /// `/trust`
    Trust { name: String },
    /// `/distrust`
    Distrust { name: String },
    /// `/remove`
    Remove { name: String },
    /// `/lock`, for a time in milliseconds; or off.
    Lock { period: Option<u64> },
    /// An answer to a question for a password.
    Answer { ticket: u64, answer: chat::Answer },
}

/// Who may notice something, apart from the user who does it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Nobody.
    Nobody,
    /// One user.
    User,
    /// The members of the room, and users who are later shown its history.
    Room,
    /// Everyone, for example through a list or a notice.
    Public,
}

impl Intent {
    /// Who may notice it.
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
            | Self::Restart
            | Self::Join { .. }
            | Self::Leave
            | Self::Private
            | Self::Public
            | Self::Invite { .. }
            | Self::Register
            | Self::LogIn { .. }
            | Self::ChangePassword
            | Self::Unregister
            | Self::Hide { .. }
            | Self::Appoint { .. }
            | Self::Op { .. }
            | Self::Deop { .. }
            | Self::Kick { .. }
            | Self::Impose { .. }
            | Self::Lift { .. }
            | Self::Slow { .. }
            | Self::Announce { .. }
            | Self::Trust { .. }
            | Self::Distrust { .. }
            | Self::Remove { .. }
            | Self::Lock { .. }
            | Self::Answer { .. } => Reach::Public,
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
            | Self::Seen { .. }
            | Self::Bans
            | Self::Audit { .. }
            | Self::History { .. } => Reach::Nobody,
        }
    }

    /// Whether it is a command that only operators can use.
    #[must_use]
    pub fn is_for_operators(&self) -> bool {
        matches!(
            self,
            Self::Op { .. }
                | Self::Deop { .. }
                | Self::Kick { .. }
                | Self::Impose { .. }
                | Self::Lift { .. }
                | Self::Bans
                | Self::Slow { .. }
                | Self::Announce { .. }
                | Self::Audit { .. }
        )
    }

    /// Whether others see something of it that its author chooses.
    #[must_use]
    pub fn tells_others(&self) -> bool {
        match self {
            Self::Away { text } | Self::Bye { words: text } => !text.is_empty(),
            Self::Say { .. }
            | Self::Act { .. }
            | Self::Whisper { .. }
            | Self::Reply { .. }
            | Self::Rename { .. }
            | Self::Topic { text: Some(_) }
            | Self::Private
            | Self::Public
            | Self::Remove { .. }
            | Self::Lock { .. }
            | Self::Invite { .. } => true,
            _ => false,
        }
    }

    /// The name that it refers to, as typed.
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

/// The outputs of one step: text for clients, in order, and connections to close.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Each addressee with its text.
    pub sent: Vec<(ClientId, String)>,
    /// The questions for passwords, with their tickets.
    pub asked: Vec<(ClientId, u64, Ask)>,
    /// The connections to close.
    pub closed: Vec<ClientId>,
}

impl Told {
    /// All the text that one client is sent.
    #[must_use]
    pub fn to(&self, client: ClientId) -> String {
        let own = self.sent.iter().filter(|(to, _)| *to == client);
        own.map(|(_, text)| text.as_str()).collect()
    }
}
