//! What messages are made of: users, rooms, lines, acts.
//!
//! Not here: the messages (`message`), and how any of it reads (`wire::render`).

use super::{
    ClientId, Group, Origin, Penalty, RoomName, Sanction, Slow, Text, Timestamp, Unanswered,
    Username, Verb,
};

/// A client with the username that it had when the message was made.
///
/// The id lets a reader follow a client through renames.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The connection.
    pub client: ClientId,
    /// Its username at the time of the message.
    pub username: Username,
}

/// What a client may see of a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomInfo {
    /// The name of the room.
    pub name: RoomName,
    /// The topic, if one is set and visible to the recipient.
    pub topic: Option<Text>,
    /// Whether joining requires an invitation.
    pub is_private: bool,
    /// The number of members.
    pub members: usize,
    /// The username of the owner, if it belongs to someone and the recipient enters it.
    pub owner: Option<Username>,
}

/// Where a user is, for clients that may know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presence {
    /// The room that the user is in.
    pub room: RoomName,
    /// The time since the user last spoke or acted in a room, in milliseconds.
    pub silent: u64,
    /// The away message, if the user is away; may be blank.
    pub away: Option<Text>,
}

/// A line in the history of a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryLine {
    /// When the line was sent.
    pub at: Timestamp,
    /// The sender, with the username at that time.
    pub from: User,
    /// `true` for speech, `false` for an action.
    pub is_said: bool,
    /// What was said or done.
    pub text: Text,
}

/// Why a question has ended without effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskEnd {
    /// The password is wrong.
    Wrong,
    /// There is no answer.
    Unanswered(Unanswered),
    /// What was asked for is not possible any more: the name or the password has changed meanwhile.
    Outdated,
}

/// A whisper to a user who was not here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// When it was sent.
    pub at: Timestamp,
    /// The sender, unless that was before a restart.
    pub by: Option<ClientId>,
    /// The username of the sender at that time.
    pub from: Username,
    /// What was said.
    pub text: Text,
}

/// When the holder of a registered name was here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// The holder is here.
    Here,
    /// The time since the holder left, in milliseconds.
    Ago(u64),
    /// The holder does not want that to be told.
    Hidden,
}

/// What the help is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Help {
    /// The whole chat.
    Chat {
        /// Whether the recipient is an operator, who is told that there is more.
        is_operator: bool,
    },
    /// One command.
    Command(Verb),
    /// What there is of one kind.
    Group(Group),
}

/// Something that an operator has done.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Act {
    /// When.
    pub at: Timestamp,
    /// The username of the operator; `None` if it was the configuration of the server.
    pub by: Option<Username>,
    /// What.
    pub deed: Deed,
}

/// What an operator can do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields, rename_all = "snake_case"))]
pub enum Deed {
    /// Make someone an operator, or take that back.
    Appoint {
        /// The username.
        username: Username,
        /// Whether it was taken back.
        is_over: bool,
    },
    /// Close someone's connection.
    Kick {
        /// The username.
        username: Username,
        /// Why; may be blank.
        reason: Text,
    },
    /// Ban or mute someone.
    Impose {
        /// Which of them.
        penalty: Penalty,
        /// Whom, until when, and why.
        sanction: Sanction,
    },
    /// Lift a ban or a mute.
    Lift {
        /// Which of them.
        penalty: Penalty,
        /// Whom it was imposed on.
        whom: Whom,
    },
    /// Set how often each member of a room may speak.
    Slow {
        /// The room.
        room: RoomName,
        /// How often; `None` if as often as they like.
        slow: Option<Slow>,
    },
    /// Say something to everybody.
    Announce {
        /// What.
        text: Text,
    },
}

/// Whom a ban or a mute is imposed on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Whom {
    /// The holder of a username: the account, if it is registered, and where the holder connects from.
    User(Username),
    /// Whoever connects from somewhere.
    Origin(Origin),
}
