//! What a client can be told, typed.
//!
//! Not here: how it reads, which is `wire::render`, and who is told, which is `state`.

use alloc::vec::Vec;

use super::{ClientId, Departure, Part, Refusal, RoomName, Text, Timestamp, Username, Verb};

/// A client under the username it had when the message was made.
///
/// The id lets a reader follow someone through renames.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Which connection.
    pub client: ClientId,
    /// Its username then.
    pub username: Username,
}

/// What there is to know of a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomInfo {
    /// What it is called.
    pub name: RoomName,
    /// Its topic, if it has one.
    pub topic: Option<Text>,
    /// Whether one needs an invitation to join it.
    pub is_private: bool,
    /// How many are in it.
    pub members: usize,
}

/// Where someone is, for those who may know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presence {
    /// In which room.
    pub room: RoomName,
    /// For how long it has neither said nor done anything in a room, in milliseconds.
    pub silent: u64,
    /// What it says of being away, if it is; may be blank.
    pub away: Option<Text>,
}

/// Something that was said or done in a room before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryLine {
    /// When.
    pub at: Timestamp,
    /// Who, under the username it had then.
    pub from: User,
    /// Whether it was said, as opposed to done.
    pub is_said: bool,
    /// What.
    pub text: Text,
}

/// One thing to tell one or many clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// The banner that greets a newcomer: what one can type.
    Welcome,
    /// Who the newcomer is.
    YouAre {
        /// The username that it was given.
        username: Username,
    },
    /// Who is in the room that the recipient has come into, itself aside.
    Present {
        /// Which room.
        room: RoomName,
        /// Their usernames, sorted; none if they are more than
        /// [`Limits::INTRODUCED`](super::Limits::INTRODUCED).
        usernames: Vec<Username>,
        /// How many they are.
        total: usize,
    },
    /// Someone has connected; the newcomer is told too.
    Connected {
        /// The newcomer.
        who: User,
    },
    /// Someone has gone.
    Disconnected {
        /// Who.
        who: User,
        /// In which way.
        how: Departure,
    },
    /// Someone has come into the room from another one; the one who came is told too.
    Joined {
        /// Who.
        who: User,
    },
    /// Someone has left the room for another one.
    Left {
        /// Who.
        who: User,
    },
    /// How many have come into the room and left it since it was last told, which is large.
    Traffic {
        /// So many have come, those who have left again too.
        came: usize,
        /// So many have left.
        left: usize,
        /// So many are in it now.
        total: usize,
    },
    /// The recipient is in this room now.
    Entered {
        /// Which.
        room: RoomInfo,
        /// Whether there was none of that name.
        is_new: bool,
    },
    /// Someone said something to everyone.
    Said {
        /// Who.
        from: User,
        /// What.
        text: Text,
    },
    /// Someone did something, told in the third person.
    Acted {
        /// Who.
        from: User,
        /// What.
        text: Text,
    },
    /// Someone said something to the recipient alone.
    Whispered {
        /// Who.
        from: User,
        /// What.
        text: Text,
    },
    /// A whisper of the recipient has been taken, whether it is ignored or not.
    WhisperedTo {
        /// The username of whom it is for.
        username: Username,
    },
    /// Someone goes by another username now; the one who asked for it is told too.
    Renamed {
        /// Who, under the old username.
        who: User,
        /// The new username.
        to: Username,
    },
    /// Who is there: those whom the recipient whispers with, then all others by username.
    Users {
        /// Some of them, at most [`Limits::list_users`](super::Limits::list_users).
        usernames: Vec<Username>,
        /// How many more there are after these.
        more: usize,
        /// How many there are in all.
        total: usize,
        /// Which of these are away, sorted, as far as there is room.
        away: Vec<Username>,
        /// How many of these are.
        total_away: usize,
        /// Which part it is.
        part: Part,
    },
    /// Who is there, room by room, in the order of [`Rooms`](Self::Rooms).
    Everyone {
        /// Some rooms; of each the first users, sorted, and how many there are in it.
        rooms: Vec<(RoomName, Vec<Username>, usize)>,
        /// How many more rooms there are after these.
        more: usize,
        /// How many users there are in all rooms.
        users: usize,
        /// Which part of the rooms it is.
        part: Part,
    },
    /// Which rooms there are: the recipient's, those it is invited to, the lobby, then all others by name.
    Rooms {
        /// Some of them, at most [`Limits::list_rooms`](super::Limits::list_rooms), with their topics perhaps cut.
        rooms: Vec<RoomInfo>,
        /// How many more there are after these.
        more: usize,
        /// Which part it is.
        part: Part,
    },
    /// What the topic of the recipient's room is.
    Topic {
        /// The room.
        room: RoomInfo,
    },
    /// Someone has set the topic; the one who did is told too.
    TopicSet {
        /// Who.
        who: User,
        /// The topic.
        topic: Text,
    },
    /// What was said in the recipient's room before, the oldest first.
    History {
        /// Which room.
        room: RoomName,
        /// What it remembers, as far as it is to be shown.
        lines: Vec<HistoryLine>,
    },
    /// The room is private now, or public; the one who made it so is told too.
    PrivacySet {
        /// Who; `None` for those who ignore that one.
        who: Option<User>,
        /// It is private.
        is_private: bool,
    },
    /// Someone is invited, by the recipient.
    Inviting {
        /// Who.
        username: Username,
    },
    /// The recipient is invited to a room.
    Invited {
        /// By whom.
        by: User,
        /// Where.
        room: RoomName,
    },
    /// What there is to know of someone.
    Whois {
        /// Who.
        username: Username,
        /// For how long it has been connected, in milliseconds.
        connected: u64,
        /// Where it is; `None` if in a private room that the recipient is not in.
        presence: Option<Presence>,
    },
    /// Whom the recipient has whispered to is away.
    Away {
        /// Who.
        who: User,
        /// What it says of that; may be blank.
        text: Text,
    },
    /// The recipient is away now.
    YouAreAway {
        /// What others are told of that; may be blank.
        text: Text,
    },
    /// The recipient is not away any more.
    NoLongerAway,
    /// The recipient ignores someone now.
    Ignoring {
        /// Whom.
        username: Username,
    },
    /// The recipient does not ignore someone any more.
    NotIgnoring {
        /// Whom.
        username: Username,
    },
    /// Whom the recipient ignores, sorted.
    Ignored {
        /// The first of them, as far as there is room.
        usernames: Vec<Username>,
        /// How many they are.
        total: usize,
    },
    /// Whether the recipient is told who comes and goes.
    Notices {
        /// It is.
        on: bool,
    },
    /// Lines that the recipient is sent from this one on are broken at so many columns, or not at all.
    Wrapping {
        /// The width of a row.
        columns: Option<u16>,
    },
    /// What is not ASCII in the lines that the recipient is sent from this one on is shown as `?`, or not.
    Ascii {
        /// It is.
        on: bool,
    },
    /// How to use the chat, or one command of it.
    Help(Option<Verb>),
    /// The answer to [`Signal::Interrupt`](super::Signal::Interrupt): how to leave.
    HowToLeave,
    /// The answer to [`Signal::AreYouThere`](super::Signal::AreYouThere).
    StillHere,
    /// What the client says comes later, as it says so much: see [`Signal::Slowed`](super::Signal::Slowed).
    Slowed,
    /// What the client asked for was not done, and nothing has changed.
    Refused {
        /// The username of the one who asked.
        username: Username,
        /// What was wrong.
        refusal: Refusal,
    },
    /// The server stops.
    ShuttingDown,
}
