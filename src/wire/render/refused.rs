//! How refusals read, without their line ends.
//!
//! Not here: all other messages (`render`).

use alloc::string::String;
use core::fmt::{self, Write};

use super::moderation::{muted, until_when};
use crate::chat::{AskEnd, Limits, Penalty, Refusal, Unanswered, Username, Verb};

/// Writes why a request was refused.
#[expect(clippy::too_many_lines, reason = "a few lines for each refusal")]
pub(super) fn refused(out: &mut String, username: &Username, refusal: &Refusal) -> fmt::Result {
    let not_renamed = |out: &mut String, wanted, why: &dyn fmt::Display| {
        write!(out, " * {username} failed to change username to \"{wanted}\" ({why})")
    };
    let not_joined = |out: &mut String, wanted, why: &dyn fmt::Display| {
        write!(out, " * you cannot join \"{wanted}\" ({why})")
    };
    match refusal {
        Refusal::BadUsername { wanted, error } => not_renamed(out, wanted, error),
        Refusal::UsernameTaken { wanted } => {
            not_renamed(out, wanted, &"taken, or looks too much like another's")
        }
        Refusal::UsernameRegistered { wanted } => {
            not_renamed(out, wanted, &"it is registered: if it is yours, /login")
        }
        Refusal::UsernameUnchanged { wanted } => not_renamed(out, wanted, &"it is yours already"),
        Refusal::BadRoomName { wanted, error } => not_joined(out, wanted, error),
        Refusal::RoomNameTaken { wanted } => {
            not_joined(out, wanted, &"it looks too much like another room's name")
        }
        Refusal::TooManyRooms { limit } => {
            write!(out, " * there are {limit} rooms, and there can be no more (type /rooms)")
        }
        Refusal::AlreadyThere { room } => write!(out, " * you are in [{room}] already"),
        Refusal::NotInvited { room } => {
            write!(out, " * [{room}] is private: someone in it has to /invite you")
        }
        Refusal::PrivacyUnchanged { is_private: true } => {
            out.write_str(" * the room is private already")
        }
        Refusal::PrivacyUnchanged { is_private: false } => {
            out.write_str(" * the room is public already")
        }
        Refusal::HereAlready { name } => write!(out, " * \"{name}\" is here already"),
        Refusal::InvitedAlready { name } => write!(out, " * \"{name}\" is invited already"),
        Refusal::NoHistory => out.write_str(" * nothing is remembered here"),
        Refusal::InLobby => out.write_str(" * not in the lobby: /join a room of your own first"),
        Refusal::UnknownUser { name } => {
            write!(out, " * \"{name}\" is unknown user (type /list to see who is here)")
        }
        Refusal::NobodyToReplyTo => out.write_str(" * nobody to reply to: type @NAME TEXT"),
        Refusal::WhoIsMeant { usernames: [one, other] } => {
            write!(out, " * not sent, as it may be for [{one}] or for [{other}]: type @NAME TEXT")
        }
        Refusal::NoteTooLong { limit } => {
            write!(out, " * that is too long: at most {limit} columns")
        }
        Refusal::HasGone { username } => write!(out, " * [{username}] has gone"),
        Refusal::Yourself => out.write_str(" * you cannot ignore yourself"),
        Refusal::IgnoredAlready { name } => write!(out, " * you ignore \"{name}\" already"),
        Refusal::NotIgnored { name } => write!(out, " * you do not ignore \"{name}\""),
        Refusal::TooManyIgnored { limit } => {
            write!(out, " * you ignore {limit} users, and can ignore no more (see /unignore)")
        }
        Refusal::NoNameYet => out.write_str(" * choose a name first: /username NAME"),
        Refusal::RegisteredAlready => out.write_str(" * your name is registered already"),
        Refusal::TooManyAccounts { limit } => {
            write!(out, " * {limit} names are registered, and there can be no more")
        }
        Refusal::NothingMoreKept { username } => {
            write!(out, " * [{username}] is not here, and nothing more is kept for them")
        }
        Refusal::NotRegistered { name } => write!(out, " * \"{name}\" is not registered"),
        Refusal::LoggedInAlready => out.write_str(" * you are logged in already"),
        Refusal::NotLoggedIn => {
            out.write_str(" * you are not logged in: /login NAME, or /register your name")
        }
        Refusal::TooManyTries => {
            out.write_str(" * too many passwords from your address: wait a minute")
        }
        Refusal::NotYourRoom { owner } => {
            write!(out, " * only [{owner}], the owner of the room, and those trusted can do that")
        }
        Refusal::RoomOfNobody => out.write_str(
            " * the room belongs to nobody: it has an owner if a registered user creates it",
        ),
        Refusal::OthersWereHere => out.write_str(
            " * others have been here for longer: ask them, or /join a room of your own",
        ),
        Refusal::RoomLocked { room, until } => {
            write!(out, " * [{room}] is locked")?;
            until_when(out, Some(*until))
        }
        Refusal::NotLocked => out.write_str(" * the room is not locked"),
        Refusal::TrustUnchanged { username, on: true } => {
            write!(out, " * [{username}] is trusted already")
        }
        Refusal::TrustUnchanged { username, on: false } => {
            write!(out, " * [{username}] is not trusted")
        }
        Refusal::TooManyTrusted { limit } => {
            write!(out, " * you trust {limit} users, and can trust no more (see /distrust)")
        }
        Refusal::NotInTheRoom { name } => write!(out, " * \"{name}\" is not in this room"),
        Refusal::CannotPutOut { username } => {
            write!(out, " * [{username}] decides about the room, and cannot be put out")
        }
        Refusal::OperatorsOnly => out.write_str(
            " * only operators can do that; to see nothing of someone, type /ignore NAME",
        ),
        Refusal::IsOperator { username } => {
            write!(out, " * [{username}] is an operator: /deop {username} first")
        }
        Refusal::OperatorAlready { username } => {
            write!(out, " * [{username}] is an operator already")
        }
        Refusal::NoOperator { username } => write!(out, " * [{username}] is no operator"),
        Refusal::OriginOfOperator => out.write_str(
            " * not registered, and from the same address as an operator: only /kick is possible",
        ),
        Refusal::OriginUnknown => {
            out.write_str(" * not registered, and from an address unknown: only /kick is possible")
        }
        Refusal::TooManySanctions { limit } => {
            write!(out, " * there are {limit} of them, and there can be no more (see /bans)")
        }
        Refusal::NotSanctioned { penalty: Penalty::Ban, name } => {
            write!(out, " * \"{name}\" is not banned (see /bans)")
        }
        Refusal::NotSanctioned { penalty: Penalty::Mute, name } => {
            write!(out, " * \"{name}\" is not muted (see /bans)")
        }
        Refusal::UnknownRoom { name } => {
            write!(out, " * there is no room \"{name}\" (type /rooms)")
        }
        Refusal::Muted { until, reason } => muted(out, *until, reason),
        Refusal::TooEarly { wait } => {
            let seconds = wait.div_ceil(1000);
            write!(out, " * not sent, as the room is slow: wait {seconds}s")
        }
        Refusal::UnknownCommand { word } => {
            write!(out, " * {username} issued unrecognised command \"{word}\" ")?;
            match Verb::meant_by(word.as_str()) {
                Some(verb) => write!(out, "(did you mean {}?)", verb.usage()),
                None => out.write_str("(type /help to see them all)"),
            }
        }
        Refusal::Usage(verb) => write!(out, " * usage: {}", verb.usage()),
        Refusal::HiddenCommand => {
            out.write_str(" * not sent, as it begins with a key that shows nothing: type it again")
        }
        Refusal::Overlong { limit } => {
            write!(out, " * that line is too long and was thrown away (at most {limit} bytes)")
        }
    }
}

/// Writes why a question has ended without effect.
pub(super) fn ask_ended(out: &mut String, why: AskEnd) -> fmt::Result {
    let what = match why {
        AskEnd::Wrong => "wrong password",
        AskEnd::Outdated => "the name or the password has changed meanwhile: try again",
        AskEnd::Unanswered(Unanswered::Interrupted) => "no password: nothing is changed",
        AskEnd::Unanswered(Unanswered::Silent) => "no password came in time: nothing is changed",
        AskEnd::Unanswered(Unanswered::Unusable) => {
            let (least, most) = Limits::PASSWORD.into_inner();
            let what = format_args!("that is no password: {least} to {most} characters");
            return write!(out, " * {what}; nothing is changed");
        }
        AskEnd::Unanswered(Unanswered::Busy) => "too many log in just now: try again",
        AskEnd::Unanswered(Unanswered::Forbidden) => {
            "no password over a connection that is not encrypted: nothing is changed"
        }
    };
    write!(out, " * {what}")
}
