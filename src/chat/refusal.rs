//! Why something that a client asked for was not done.
//!
//! Not here: how it reads, which is `wire::render`.

use super::{NameError, RoomName, Text, Username, Verb};

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The username is not one that can be had here.
    BadUsername {
        /// What was asked for.
        wanted: Text,
        /// What is wrong with it.
        error: NameError,
    },
    /// Someone has the username, or one that looks like it.
    UsernameTaken {
        /// What was asked for.
        wanted: Text,
    },
    /// It is the username of the one who asked already.
    UsernameUnchanged {
        /// What was asked for.
        wanted: Text,
    },
    /// The name is not one that a room can have.
    BadRoomName {
        /// What was asked for.
        wanted: Text,
        /// What is wrong with it.
        error: NameError,
    },
    /// There is a room whose name looks like it.
    RoomNameTaken {
        /// What was asked for.
        wanted: Text,
    },
    /// There can be no more rooms.
    TooManyRooms {
        /// [`Limits::rooms`](super::Limits::rooms).
        limit: usize,
    },
    /// The one who asked is in the room already.
    AlreadyThere {
        /// The room.
        room: RoomName,
    },
    /// The room is private, and the one who asked is not invited.
    NotInvited {
        /// The room.
        room: RoomName,
    },
    /// The room is private already, or public.
    PrivacyUnchanged {
        /// It is private.
        is_private: bool,
    },
    /// Who is to be invited is in the room already.
    HereAlready {
        /// Whom, as typed.
        name: Text,
    },
    /// Who is to be invited is so already.
    InvitedAlready {
        /// Whom, as typed.
        name: Text,
    },
    /// Nothing is remembered here.
    NoHistory,
    /// It cannot be done with the lobby.
    InLobby,
    /// Nobody has the username.
    UnknownUser {
        /// What was asked for.
        name: Text,
    },
    /// Nobody has whispered to the one who wants to answer, or not since it ignored someone.
    NobodyToReplyTo,
    /// Another one has whispered since, so either may be meant.
    WhoIsMeant {
        /// Whom the one who wants to answer whispers with, and the other one.
        usernames: [Username; 2],
    },
    /// What is to be said of being away, or of leaving, is too long.
    NoteTooLong {
        /// [`Limits::note_columns`](super::Limits::note_columns).
        limit: usize,
    },
    /// Who is to be answered has gone.
    HasGone {
        /// Its username when it whispered.
        username: Username,
    },
    /// One cannot ignore oneself.
    Yourself,
    /// The one who asked ignores the user already.
    IgnoredAlready {
        /// Whom, as typed.
        name: Text,
    },
    /// The one who asked does not ignore the user.
    NotIgnored {
        /// Whom, as typed.
        name: Text,
    },
    /// The one who asked cannot ignore more users.
    TooManyIgnored {
        /// [`Limits::ignored`](super::Limits::ignored).
        limit: usize,
    },
    /// There is no such command.
    UnknownCommand {
        /// The command's word, with its `/`.
        word: Text,
    },
    /// An argument is missing, or one too many.
    Usage(Verb),
    /// Keys that show nothing stand at the beginning of the line, and may have hidden that it is a command.
    HiddenCommand,
    /// The line is longer than the limit and was thrown away.
    Overlong {
        /// [`Limits::line`](super::Limits::line).
        limit: usize,
    },
}

impl Refusal {
    /// What it is about, in a few words, without anything that was typed: that may be meant for
    /// nobody's eyes.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::BadUsername { .. } => "not a username",
            Self::UsernameTaken { .. } => "username taken",
            Self::UsernameUnchanged { .. } => "username unchanged",
            Self::BadRoomName { .. } => "not a room name",
            Self::RoomNameTaken { .. } => "room name taken",
            Self::TooManyRooms { .. } => "too many rooms",
            Self::AlreadyThere { .. } => "in that room already",
            Self::NotInvited { .. } => "not invited",
            Self::PrivacyUnchanged { .. } => "privacy unchanged",
            Self::HereAlready { .. } => "here already",
            Self::InvitedAlready { .. } => "invited already",
            Self::NoHistory => "no history",
            Self::InLobby => "not in the lobby",
            Self::UnknownUser { .. } => "unknown user",
            Self::NobodyToReplyTo => "nobody to reply to",
            Self::WhoIsMeant { .. } => "who is meant",
            Self::NoteTooLong { .. } => "note too long",
            Self::HasGone { .. } => "has gone",
            Self::Yourself => "cannot ignore oneself",
            Self::IgnoredAlready { .. } => "ignored already",
            Self::NotIgnored { .. } => "not ignored",
            Self::TooManyIgnored { .. } => "too many ignored",
            Self::UnknownCommand { .. } => "unknown command",
            Self::Usage(_) => "wrong arguments",
            Self::HiddenCommand => "hidden command",
            Self::Overlong { .. } => "overlong line",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_words() {
        let name = || Text::clean("ann");
        let (wanted, word, room) = (name, name, RoomName::lobby);
        for (refusal, kind) in [
            (
                Refusal::BadUsername { wanted: wanted(), error: NameError::Scripts },
                "not a username",
            ),
            (Refusal::UsernameTaken { wanted: wanted() }, "username taken"),
            (Refusal::UsernameUnchanged { wanted: wanted() }, "username unchanged"),
            (
                Refusal::BadRoomName { wanted: wanted(), error: NameError::Scripts },
                "not a room name",
            ),
            (Refusal::RoomNameTaken { wanted: wanted() }, "room name taken"),
            (Refusal::TooManyRooms { limit: 1 }, "too many rooms"),
            (Refusal::AlreadyThere { room: room() }, "in that room already"),
            (Refusal::NotInvited { room: room() }, "not invited"),
            (Refusal::PrivacyUnchanged { is_private: true }, "privacy unchanged"),
            (Refusal::HereAlready { name: name() }, "here already"),
            (Refusal::InvitedAlready { name: name() }, "invited already"),
            (Refusal::NoHistory, "no history"),
            (Refusal::InLobby, "not in the lobby"),
            (Refusal::UnknownUser { name: name() }, "unknown user"),
            (Refusal::NobodyToReplyTo, "nobody to reply to"),
            (Refusal::WhoIsMeant { usernames: [0, 1].map(Username::anonymous) }, "who is meant"),
            (Refusal::NoteTooLong { limit: 1 }, "note too long"),
            (Refusal::HasGone { username: Username::anonymous(0) }, "has gone"),
            (Refusal::Yourself, "cannot ignore oneself"),
            (Refusal::IgnoredAlready { name: name() }, "ignored already"),
            (Refusal::NotIgnored { name: name() }, "not ignored"),
            (Refusal::TooManyIgnored { limit: 1 }, "too many ignored"),
            (Refusal::UnknownCommand { word: word() }, "unknown command"),
            (Refusal::Usage(Verb::Bye), "wrong arguments"),
            (Refusal::HiddenCommand, "hidden command"),
            (Refusal::Overlong { limit: 1 }, "overlong line"),
        ] {
            assert_eq!(refusal.kind(), kind);
        }
    }
}
