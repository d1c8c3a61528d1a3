//! Refusals: why a client's request was not carried out.
//!
//! Not here: how refusals read (`wire::render`).

use super::{NameError, Penalty, RoomName, Text, Timestamp, Username, Verb};

/// Why a client's request was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The username is invalid.
    BadUsername {
        /// The name, as typed.
        wanted: Text,
        /// Why the name is invalid.
        error: NameError,
    },
    /// The username, or one that looks like it, is taken.
    UsernameTaken {
        /// The name, as typed.
        wanted: Text,
    },
    /// The username is registered, and the client is not logged in to it.
    UsernameRegistered {
        /// The name, as typed.
        wanted: Text,
    },
    /// The client already has this username.
    UsernameUnchanged {
        /// The name, as typed.
        wanted: Text,
    },
    /// The room name is invalid.
    BadRoomName {
        /// The name, as typed.
        wanted: Text,
        /// Why the name is invalid.
        error: NameError,
    },
    /// A room has a name that looks like this one.
    RoomNameTaken {
        /// The name, as typed.
        wanted: Text,
    },
    /// The limit on the number of rooms is reached.
    TooManyRooms {
        /// The limit: [`Limits::rooms`](super::Limits::rooms).
        limit: usize,
    },
    /// The client is already in this room.
    AlreadyThere {
        /// The room.
        room: RoomName,
    },
    /// The room is private, and the client is not invited.
    NotInvited {
        /// The room.
        room: RoomName,
    },
    /// The room is already private, or already public.
    PrivacyUnchanged {
        /// Whether the room is private.
        is_private: bool,
    },
    /// The user to invite is already in the room.
    HereAlready {
        /// The username, as typed.
        name: Text,
    },
    /// The user to invite is already invited.
    InvitedAlready {
        /// The username, as typed.
        name: Text,
    },
    /// The server keeps no history.
    NoHistory,
    /// The command does not apply to the lobby.
    InLobby,
    /// Nobody has the username.
    UnknownUser {
        /// The username, as typed.
        name: Text,
    },
    /// There is no whisper to reply to: none was sent or received, or none since the client last ignored
    /// someone.
    NobodyToReplyTo,
    /// Another user has whispered since, so it is unclear who is meant.
    WhoIsMeant {
        /// The user that the client whispers with, and the other one.
        usernames: [Username; 2],
    },
    /// The away message, the topic or the parting words are too wide.
    NoteTooLong {
        /// The limit, in terminal columns: [`Limits::note_columns`](super::Limits::note_columns).
        limit: usize,
    },
    /// The user to reply to has disconnected.
    HasGone {
        /// That user's username at the last whisper.
        username: Username,
    },
    /// A client cannot ignore itself.
    Yourself,
    /// The client already ignores this user.
    IgnoredAlready {
        /// The username, as typed.
        name: Text,
    },
    /// The client does not ignore this user.
    NotIgnored {
        /// The username, as typed.
        name: Text,
    },
    /// The client cannot ignore more users.
    TooManyIgnored {
        /// The limit: [`Limits::ignored`](super::Limits::ignored).
        limit: usize,
    },
    /// A name that the machine has given cannot be registered.
    NoNameYet,
    /// The client's username is registered already.
    RegisteredAlready,
    /// There can be no more accounts.
    TooManyAccounts {
        /// The limit: [`Limits::accounts`](super::Limits::accounts).
        limit: usize,
    },
    /// There is no room for a further whisper to a user who is not here.
    NothingMoreKept {
        /// The username of the addressee.
        username: Username,
    },
    /// Nobody has registered this name.
    NotRegistered {
        /// The name, as typed.
        name: Text,
    },
    /// The client is logged in to this account already.
    LoggedInAlready,
    /// The client is not logged in.
    NotLoggedIn,
    /// Too many passwords have been asked for: see [`Limits::tries`](super::Limits::tries).
    TooManyTries,
    /// The room belongs to someone, and the client may not decide about it.
    NotYourRoom {
        /// The username of the owner.
        owner: Username,
    },
    /// The room belongs to nobody, and only an owner could do that.
    RoomOfNobody,
    /// The room belongs to nobody, and others have been there for longer.
    OthersWereHere,
    /// Nobody new can enter this room for a while.
    RoomLocked {
        /// The room.
        room: RoomName,
        /// Until when.
        until: Timestamp,
    },
    /// The room is not locked.
    NotLocked,
    /// This user is trusted already, or is not.
    TrustUnchanged {
        /// The username.
        username: Username,
        /// Whether the user is trusted.
        on: bool,
    },
    /// The owner trusts as many users as is possible.
    TooManyTrusted {
        /// The limit: [`Limits::TRUSTED`](super::Limits::TRUSTED).
        limit: usize,
    },
    /// This user is not in the room.
    NotInTheRoom {
        /// The username, as typed.
        name: Text,
    },
    /// This user decides about the room, and cannot be put out.
    CannotPutOut {
        /// The username.
        username: Username,
    },
    /// Only operators can do that.
    OperatorsOnly,
    /// This user is an operator, and cannot be kicked, banned or muted.
    IsOperator {
        /// The username.
        username: Username,
    },
    /// This user is an operator already.
    OperatorAlready {
        /// The username.
        username: Username,
    },
    /// This user is no operator.
    NoOperator {
        /// The username.
        username: Username,
    },
    /// The user is not registered, so only an origin could be banned or muted, and an operator connects from
    /// there.
    OriginOfOperator,
    /// The user is not registered, and it is not known where the user connects from.
    OriginUnknown,
    /// There can be no more bans, or no more mutes.
    TooManySanctions {
        /// The limit: [`Limits::SANCTIONS`](super::Limits::SANCTIONS).
        limit: usize,
    },
    /// This user or origin is not banned, or not muted.
    NotSanctioned {
        /// Which of them.
        penalty: Penalty,
        /// The name or origin, as typed.
        name: Text,
    },
    /// There is no such room.
    UnknownRoom {
        /// The name, as typed.
        name: Text,
    },
    /// The client is muted.
    Muted {
        /// Until when; `None` until that is lifted.
        until: Option<Timestamp>,
        /// Why; may be blank.
        reason: Text,
    },
    /// The client has to wait before it can speak in this room.
    TooEarly {
        /// How long, in milliseconds.
        wait: u64,
    },
    /// There is no such command.
    UnknownCommand {
        /// The command's word, with its `/`.
        word: Text,
    },
    /// An argument is missing, invalid, or one too many.
    Usage(Verb),
    /// Keys that show nothing stand at the beginning of the line. They may have hidden that it is a command.
    HiddenCommand,
    /// The line exceeds the limit and was discarded.
    Overlong {
        /// The limit: [`Limits::line`](super::Limits::line).
        limit: usize,
    },
}

impl Refusal {
    /// A short description of the refusal for logs. It contains nothing that was typed, because that
    /// may be private.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::BadUsername { .. } => "not a username",
            Self::UsernameTaken { .. } => "username taken",
            Self::UsernameRegistered { .. } => "username registered",
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
            Self::NoNameYet => "no name to register",
            Self::RegisteredAlready => "registered already",
            Self::TooManyAccounts { .. } => "too many accounts",
            Self::NothingMoreKept { .. } => "nothing more is kept",
            Self::NotRegistered { .. } => "not registered",
            Self::LoggedInAlready => "logged in already",
            Self::NotLoggedIn => "not logged in",
            Self::TooManyTries => "too many tries",
            Self::NotYourRoom { .. } => "not the owner",
            Self::RoomOfNobody => "room of nobody",
            Self::OthersWereHere => "others were here",
            Self::RoomLocked { .. } => "room locked",
            Self::NotLocked => "not locked",
            Self::TrustUnchanged { .. } => "trust unchanged",
            Self::TooManyTrusted { .. } => "too many trusted",
            Self::NotInTheRoom { .. } => "not in the room",
            Self::CannotPutOut { .. } => "cannot be put out",
            Self::OperatorsOnly => "for operators only",
            Self::IsOperator { .. } => "is an operator",
            Self::OperatorAlready { .. } => "an operator already",
            Self::NoOperator { .. } => "no operator",
            Self::OriginOfOperator => "origin of an operator",
            Self::OriginUnknown => "origin unknown",
            Self::TooManySanctions { .. } => "too many bans or mutes",
            Self::NotSanctioned { penalty: Penalty::Ban, .. } => "not banned",
            Self::NotSanctioned { penalty: Penalty::Mute, .. } => "not muted",
            Self::UnknownRoom { .. } => "unknown room",
            Self::Muted { .. } => "muted",
            Self::TooEarly { .. } => "too early",
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
    fn every_refusal_has_a_description() {
        let name = || Text::clean("ann");
        let (wanted, word, room) = (name, name, RoomName::lobby);
        let username = || Username::anonymous(0);
        for (refusal, kind) in [
            (
                Refusal::BadUsername { wanted: wanted(), error: NameError::Scripts },
                "not a username",
            ),
            (Refusal::UsernameTaken { wanted: wanted() }, "username taken"),
            (Refusal::UsernameRegistered { wanted: wanted() }, "username registered"),
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
            (Refusal::HasGone { username: username() }, "has gone"),
            (Refusal::Yourself, "cannot ignore oneself"),
            (Refusal::IgnoredAlready { name: name() }, "ignored already"),
            (Refusal::NotIgnored { name: name() }, "not ignored"),
            (Refusal::TooManyIgnored { limit: 1 }, "too many ignored"),
            (Refusal::NoNameYet, "no name to register"),
            (Refusal::RegisteredAlready, "registered already"),
            (Refusal::TooManyAccounts { limit: 1 }, "too many accounts"),
            (Refusal::NothingMoreKept { username: username() }, "nothing more is kept"),
            (Refusal::NotRegistered { name: name() }, "not registered"),
            (Refusal::LoggedInAlready, "logged in already"),
            (Refusal::NotLoggedIn, "not logged in"),
            (Refusal::TooManyTries, "too many tries"),
            (Refusal::NotYourRoom { owner: username() }, "not the owner"),
            (Refusal::RoomOfNobody, "room of nobody"),
            (Refusal::OthersWereHere, "others were here"),
            (Refusal::RoomLocked { room: room(), until: Timestamp(0) }, "room locked"),
            (Refusal::NotLocked, "not locked"),
            (Refusal::TrustUnchanged { username: username(), on: true }, "trust unchanged"),
            (Refusal::TooManyTrusted { limit: 1 }, "too many trusted"),
            (Refusal::NotInTheRoom { name: name() }, "not in the room"),
            (Refusal::CannotPutOut { username: username() }, "cannot be put out"),
            (Refusal::OperatorsOnly, "for operators only"),
            (Refusal::IsOperator { username: username() }, "is an operator"),
            (Refusal::OperatorAlready { username: username() }, "an operator already"),
            (Refusal::NoOperator { username: username() }, "no operator"),
            (Refusal::OriginOfOperator, "origin of an operator"),
            (Refusal::OriginUnknown, "origin unknown"),
            (Refusal::TooManySanctions { limit: 1 }, "too many bans or mutes"),
            (Refusal::NotSanctioned { penalty: Penalty::Ban, name: name() }, "not banned"),
            (Refusal::NotSanctioned { penalty: Penalty::Mute, name: name() }, "not muted"),
            (Refusal::UnknownRoom { name: name() }, "unknown room"),
            (Refusal::Muted { until: None, reason: name() }, "muted"),
            (Refusal::TooEarly { wait: 1 }, "too early"),
            (Refusal::UnknownCommand { word: word() }, "unknown command"),
            (Refusal::Usage(Verb::Bye), "wrong arguments"),
            (Refusal::HiddenCommand, "hidden command"),
            (Refusal::Overlong { limit: 1 }, "overlong line"),
        ] {
            assert_eq!(refusal.kind(), kind);
        }
    }
}
