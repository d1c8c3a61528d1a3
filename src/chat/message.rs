//! Messages: everything that a client can be told, typed.
//!
//! Not here: what they are made of (`shown`), how they read (`wire::render`), and who receives them
//! (`room`).

use alloc::vec::Vec;

use super::{
    Act, AskEnd, Departure, Help, HistoryLine, Kept, Origin, Part, Penalty, Presence, Refusal,
    RoomInfo, RoomName, Sanction, Sight, Slow, Text, Timestamp, User, Username,
};

/// One message to one or more clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// The banner for a newcomer, which says what to type.
    Welcome,
    /// The newcomer's username.
    YouAre {
        /// The username that the newcomer was given.
        username: Username,
    },
    /// The other members of the room that the recipient has entered.
    Present {
        /// The room.
        room: RoomName,
        /// The usernames of the others, sorted; empty if there are more than
        /// [`Limits::INTRODUCED`](super::Limits::INTRODUCED).
        usernames: Vec<Username>,
        /// The number of the others.
        total: usize,
    },
    /// A client has connected. The newcomer is told too.
    Connected {
        /// The newcomer.
        who: User,
    },
    /// A client has left the chat.
    Disconnected {
        /// The client that left.
        who: User,
        /// How it left.
        how: Departure,
    },
    /// A client has entered the room from another one. That client is told too.
    Joined {
        /// The client that entered.
        who: User,
    },
    /// A client has left the room for another one.
    Left {
        /// The client that left.
        who: User,
    },
    /// The arrivals and departures in a large room since its previous message.
    Traffic {
        /// The number of arrivals, including those that have left again.
        came: usize,
        /// The number of departures.
        left: usize,
        /// The number of members now.
        total: usize,
    },
    /// The recipient has entered a room.
    Entered {
        /// The room.
        room: RoomInfo,
        /// Whether the room was created for it.
        is_new: bool,
    },
    /// A user said something to the room.
    Said {
        /// The speaker.
        from: User,
        /// What was said.
        text: Text,
    },
    /// A user did something, told in the third person.
    Acted {
        /// The user who did it.
        from: User,
        /// What was done.
        text: Text,
    },
    /// A user said something to the recipient alone.
    Whispered {
        /// The sender.
        from: User,
        /// What was said.
        text: Text,
    },
    /// A whisper of the recipient was accepted. The same whether it is ignored or not.
    WhisperedTo {
        /// The username of the addressee.
        username: Username,
    },
    /// A whisper of the recipient is kept for a user who is not here.
    WhisperKept {
        /// The username of the addressee.
        username: Username,
    },
    /// The whispers that were kept for the recipient, oldest first.
    Kept {
        /// The whispers.
        whispers: Vec<Kept>,
    },
    /// When a user was last here.
    Seen {
        /// The username.
        username: Username,
        /// When that was.
        sight: Sight,
    },
    /// Whether others are told when the recipient was last here.
    Hidden {
        /// Whether they are not.
        on: bool,
    },
    /// A client has changed its username. That client is told too.
    Renamed {
        /// The client, with the old username.
        who: User,
        /// The new username.
        to: Username,
    },
    /// The users in the recipient's room: those that it whispers with, then all others by username.
    Users {
        /// The users of this part, at most [`Limits::list_users`](super::Limits::list_users).
        usernames: Vec<Username>,
        /// The number of users after this part.
        more: usize,
        /// The number of users in the room.
        total: usize,
        /// The users of this part who are away, sorted, as many as fit.
        away: Vec<Username>,
        /// The number of users of this part who are away.
        total_away: usize,
        /// The part that was asked for.
        part: Part,
    },
    /// The users of all rooms, room by room, in the order of [`Rooms`](Self::Rooms). Rooms without
    /// users are left out, except for the lobby.
    Everyone {
        /// The rooms of this part. For each, its first users, sorted, and its number of members.
        rooms: Vec<(RoomName, Vec<Username>, usize)>,
        /// The number of rooms after this part.
        more: usize,
        /// The number of users in all rooms that the recipient may see.
        users: usize,
        /// The part of the rooms that was asked for.
        part: Part,
    },
    /// The rooms: the recipient's own, the public ones that it is invited to, the lobby, then all
    /// others by name, those with members first.
    Rooms {
        /// The rooms of this part, at most [`Limits::list_rooms`](super::Limits::list_rooms). Long
        /// topics are cut.
        rooms: Vec<RoomInfo>,
        /// The number of rooms after this part.
        more: usize,
        /// The part that was asked for.
        part: Part,
    },
    /// The topic of the recipient's room.
    Topic {
        /// The room.
        room: RoomInfo,
    },
    /// A user has set the topic. That user is told too.
    TopicSet {
        /// The user who set it.
        who: User,
        /// The topic.
        topic: Text,
    },
    /// Lines from the history of the recipient's room, oldest first.
    History {
        /// The room.
        room: RoomName,
        /// The lines, as many as are to be shown.
        lines: Vec<HistoryLine>,
    },
    /// The room has become private or public. The user who changed it is told too.
    PrivacySet {
        /// The user who changed it; `None` for recipients that ignore that user.
        who: Option<User>,
        /// Whether the room is private now.
        is_private: bool,
    },
    /// An account may decide about the room of the recipient, its owner; or not any more.
    Trusting {
        /// The username of the account.
        username: Username,
        /// Whether it may.
        on: bool,
    },
    /// The recipient may decide about a room, or not any more.
    Trusted {
        /// The owner.
        by: User,
        /// The room.
        room: RoomName,
        /// Whether the recipient may.
        on: bool,
    },
    /// The recipient is put out of a room.
    PutOut {
        /// Who does it; `None` if the recipient ignores that user.
        by: Option<User>,
        /// The room.
        room: RoomName,
    },
    /// The recipient has put a user out of the room.
    PuttingOut {
        /// The username of that user.
        username: Username,
    },
    /// Nobody new can come into the room for a while; or everyone can again. The user who decided that is told
    /// too.
    Locked {
        /// Who decided it; `None` for recipients that ignore that user.
        who: Option<User>,
        /// Until when; `None` if everyone can again.
        until: Option<Timestamp>,
    },
    /// The recipient has invited a user.
    Inviting {
        /// The username of the invited user.
        username: Username,
    },
    /// The recipient was invited to a room.
    Invited {
        /// The user who invited the recipient.
        by: User,
        /// The room.
        room: RoomName,
    },
    /// Information about a user.
    Whois {
        /// The username.
        username: Username,
        /// Whether the username is registered, and the user logged in.
        is_registered: bool,
        /// How long the user has been connected, in milliseconds.
        connected: u64,
        /// Where the user is; `None` if in a private room that the recipient is not in.
        presence: Option<Presence>,
        /// Where the user connects from, if the recipient is an operator.
        origin: Option<Origin>,
    },
    /// The addressee of the recipient's whisper is away.
    Away {
        /// The addressee.
        who: User,
        /// The away message; may be blank.
        text: Text,
    },
    /// The recipient is away now.
    YouAreAway {
        /// The away message; may be blank.
        text: Text,
    },
    /// The recipient is not away any more.
    NoLongerAway,
    /// The recipient ignores a user now.
    Ignoring {
        /// The username of the ignored user.
        username: Username,
    },
    /// The recipient does not ignore a user any more.
    NotIgnoring {
        /// The username of that user.
        username: Username,
    },
    /// The users that the recipient ignores, sorted.
    Ignored {
        /// The first of them, as many as fit.
        usernames: Vec<Username>,
        /// The number of all of them.
        total: usize,
    },
    /// The recipient turned notices of arrivals and departures on or off.
    Notices {
        /// Whether they are on.
        on: bool,
    },
    /// From this message on, the recipient's lines are wrapped at this width, or not at all.
    Wrapping {
        /// The width of a row, in terminal columns.
        columns: Option<u16>,
    },
    /// From this message on, non-ASCII characters are shown to the recipient as `?`, or as they are.
    Ascii {
        /// Whether they are shown as `?`.
        on: bool,
    },
    /// The recipient is asked for a password.
    Asking {
        /// The name that it is or will be the password of.
        username: Username,
        /// Whether it is a new one.
        is_new: bool,
    },
    /// The question has ended without effect.
    AskEnded {
        /// Why.
        why: AskEnd,
    },
    /// The recipient's username is registered now.
    Registered {
        /// The username.
        username: Username,
    },
    /// The recipient's username is not registered any more.
    Unregistered {
        /// The username.
        username: Username,
    },
    /// The recipient is logged in now.
    LoggedIn {
        /// The username of the account.
        username: Username,
    },
    /// The recipient has taken another name, and is not logged in any more.
    LoggedOut {
        /// The username of the account.
        username: Username,
    },
    /// The password of the recipient's account is another one now.
    PasswordChanged,
    /// Another connection has logged in to the recipient's account; this one is closed.
    TakenOver,
    /// The help.
    Help(Help),
    /// An operator has done something. Told to all operators.
    Act(Act),
    /// An operator says something to everybody.
    Announced {
        /// The operator.
        by: User,
        /// What is said.
        text: Text,
    },
    /// An operator has closed the recipient's connection.
    Removed {
        /// The username of the operator.
        by: Username,
        /// Why; may be blank.
        reason: Text,
    },
    /// The recipient is banned or muted. Who is banned is closed.
    Sanctioned {
        /// Which of them.
        penalty: Penalty,
        /// By whom, until when, and why.
        sanction: Sanction,
    },
    /// The recipient is not muted any more.
    Unmuted,
    /// How often each member of the recipient's room may speak has been set.
    SlowSet {
        /// How often; `None` if as often as they like.
        slow: Option<Slow>,
    },
    /// The recipient has become an operator, or is one no more.
    Appointed {
        /// Whether the recipient is one.
        on: bool,
    },
    /// The bans and mutes that hold, oldest first.
    Sanctions {
        /// The first of them, as many as fit.
        sanctions: Vec<(Penalty, Sanction)>,
        /// The number of all of them.
        total: usize,
    },
    /// What operators have done, oldest first.
    Acts {
        /// The last of them.
        acts: Vec<Act>,
    },
    /// The answer to [`Signal::Interrupt`](super::Signal::Interrupt): how to leave.
    HowToLeave,
    /// The answer to [`Signal::AreYouThere`](super::Signal::AreYouThere).
    StillHere,
    /// The client's input is delayed because it sends too fast: see
    /// [`Signal::Slowed`](super::Signal::Slowed).
    Slowed,
    /// The client's request was refused. The state is unchanged.
    Refused {
        /// The username of the client.
        username: Username,
        /// Why the request was refused.
        refusal: Refusal,
    },
    /// The server stops.
    ShuttingDown,
}
