//! How a message reads in a terminal. The only place where text is laid out.
//!
//! Every line ends in CR LF and begins with something that no user can put there: `[`, ` * `, or the
//! words of the server.
//!
//! Not here: who is sent it.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write};

use super::SendQueue;
use super::date::Date;
use crate::chat::{
    Cause, HistoryLine, Message, Presence, Refusal, RoomInfo, RoomName, Text, Username, Verb,
};

const LINE_END: &str = "\r\n";

/// What someone is told for whom there is no room. The chat never hears of such a connection.
pub const FULL: &str = " * the server is full, please try again later\r\n";

/// What someone is told whose address has as many connections as it may.
pub const CROWDED: &str = " * there are too many connections from your address\r\n";

/// What someone is told whose address connects too often.
pub const HASTY: &str = " * your address connects too often, please try again in a minute\r\n";

/// What someone is told who has not read what was sent. The last of its send queue is kept for this:
/// what the chat would say to it no longer fits.
pub const TOO_SLOW: &str = " * you are disconnected: too slow to read\r\n";
const _: () = assert!(TOO_SLOW.len() <= SendQueue::LAST_WORDS);

/// Appends a message as bytes of UTF-8, one or more whole lines.
///
/// ```
/// use chinwag::chat::Message;
/// use chinwag::wire::render;
///
/// let mut out = String::new();
/// render(&Message::StillHere, &mut out);
/// assert_eq!(out, " * yes, the chat is still here\r\n");
/// ```
pub fn render(message: &Message, out: &mut String) {
    // Writing to a String cannot fail.
    let _ = write!(out, "{}", Rendered(message));
}

struct Rendered<'a>(&'a Message);

impl fmt::Display for Rendered<'_> {
    #[expect(clippy::too_many_lines, reason = "a few lines for each message")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Message::Welcome => return help(f, Verb::basics().into_iter()),
            Message::Help(None) => return help(f, Verb::all()),
            Message::Help(Some(verb)) => return help_about(f, *verb),
            Message::Connected { who } => write!(f, " * [{}] has connected", who.username)?,
            Message::Joined { who } => write!(f, " * [{}] has joined the room", who.username)?,
            Message::Left { who } => write!(f, " * [{}] has left the room", who.username)?,
            Message::Entered { room } => {
                let private = if room.is_private { " (private)" } else { "" };
                write!(f, " * you are in [{}]{private}", room.name)?;
                if let Some(topic) = &room.topic {
                    write!(f, ", topic: {topic}")?;
                }
            }
            Message::Disconnected { who, cause } => {
                write!(f, " * [{}] has disconnected", who.username)?;
                f.write_str(match cause {
                    None | Some(Cause::Closed) => "",
                    Some(Cause::Lost) => " (connection lost)",
                    Some(Cause::Slow) => " (too slow to read)",
                })?;
            }
            // Most of what is sent. Without a format to interpret it takes half the time.
            Message::Said { from, text } => {
                let parts = ["[", from.username.as_str(), "]> ", text.as_str()];
                parts.into_iter().try_for_each(|part| f.write_str(part))?;
            }
            Message::Acted { from, text } => write!(f, " ~ {} {text}", from.username)?,
            Message::Whispered { from, text } => {
                write!(f, "[{}] whispers> {text}", from.username)?;
            }
            Message::Renamed { who, to } => {
                write!(f, " * {} changed username to [{to}]", who.username)?;
            }
            Message::Users { usernames, total, away, total_away } => {
                users(f, usernames, *total)?;
                if *total_away > 0 {
                    f.write_str(" Away:")?;
                    names(f, away, *total_away)?;
                }
            }
            Message::Everyone { rooms, total, users } => return everyone(f, rooms, *total, *users),
            Message::Rooms { rooms, total } => return room_list(f, rooms, *total),
            Message::Topic { room: RoomInfo { name, topic: None, .. } } => {
                write!(f, " * [{name}] has no topic")?;
            }
            Message::Topic { room: RoomInfo { name, topic: Some(topic), .. } } => {
                write!(f, " * the topic of [{name}] is: {topic}")?;
            }
            Message::TopicSet { who, topic } => {
                write!(f, " * {} set the topic to: {topic}", who.username)?;
            }
            Message::Whois { username, connected, presence: None } => {
                let connected = Span(*connected);
                write!(f, " * [{username}] is in (private), connected for {connected}")?;
            }
            Message::Whois { username, connected, presence: Some(presence) } => {
                let Presence { room, silent, away } = presence;
                write!(f, " * [{username}] is in [{room}], connected for {}", Span(*connected))?;
                write!(f, ", silent for {}", Span(*silent))?;
                if let Some(text) = away {
                    f.write_str(", ")?;
                    is_away(f, text)?;
                }
            }
            Message::History { room, lines } => return history(f, room, lines),
            Message::PrivacySet { who, is_private: true } => {
                write!(f, " * {} made the room private: one needs an /invite now", who.username)?;
            }
            Message::PrivacySet { who, is_private: false } => {
                write!(f, " * {} made the room public: anyone may join it now", who.username)?;
            }
            Message::Inviting { username } => write!(f, " * [{username}] is invited")?,
            Message::Invited { by, room } => {
                write!(f, " * [{}] invites you to [{room}]: type /join {room}", by.username)?;
            }
            Message::Away { who, text } => {
                write!(f, " * [{}] is ", who.username)?;
                is_away(f, text)?;
            }
            Message::YouAreAway { text } => {
                f.write_str(" * you are ")?;
                is_away(f, text)?;
            }
            Message::NoLongerAway => f.write_str(" * you are no longer away")?,
            Message::Ignoring { username } => {
                write!(f, " * you see no more of what [{username}] says and does")?;
            }
            Message::NotIgnoring { username } => {
                write!(f, " * you see again what [{username}] says and does")?;
            }
            Message::Ignored { total: 0, .. } => f.write_str(" * you ignore nobody")?,
            Message::Ignored { usernames, total } => {
                f.write_str(" * you ignore ")?;
                names(f, usernames, *total)?;
            }
            Message::Notices { on: true } => f.write_str(" * you are told who comes and goes")?,
            Message::Notices { on: false } => {
                f.write_str(" * you are no longer told who comes and goes")?;
            }
            Message::HowToLeave => f.write_str(" * to leave, type /bye")?,
            Message::StillHere => f.write_str(" * yes, the chat is still here")?,
            Message::Refused { username, refusal } => refused(f, username, refusal)?,
            Message::ShuttingDown => f.write_str(" * the server is shutting down")?,
        }
        f.write_str(LINE_END)
    }
}

/// Where the second column of help begins.
const HELP_COLUMN: usize = 36;

fn help(f: &mut fmt::Formatter<'_>, verbs: impl Iterator<Item = Verb>) -> fmt::Result {
    f.write_str(LINE_END)?;
    let speech = ("just type stuff and press enter", "goes to everyone else in the room");
    let commands = verbs.map(|verb| (verb.usage(), verb.summary()));
    for (usage, summary) in core::iter::once(speech).chain(commands) {
        write!(f, "{usage:HELP_COLUMN$} {summary}{LINE_END}")?;
    }
    f.write_str(LINE_END)
}

fn help_about(f: &mut fmt::Formatter<'_>, verb: Verb) -> fmt::Result {
    write!(f, "{:HELP_COLUMN$} {}{LINE_END}", verb.usage(), verb.summary())?;
    write!(f, "    {}", verb.details())?;
    for (index, alias) in verb.aliases().iter().enumerate() {
        write!(f, "{}/{alias}", if index == 0 { " Also: " } else { ", " })?;
    }
    f.write_str(LINE_END)
}

/// Each line begins in a way that no live one does.
fn history(f: &mut fmt::Formatter<'_>, room: &RoomName, lines: &[HistoryLine]) -> fmt::Result {
    match lines.len() {
        0 => write!(f, " | nothing is remembered of [{room}]{LINE_END}")?,
        1 => write!(f, " | the last line in [{room}] (time in UTC):{LINE_END}")?,
        count => write!(f, " | the last {count} lines in [{room}] (times in UTC):{LINE_END}")?,
    }
    for HistoryLine { at, from, is_said, text } in lines {
        let (date, name) = (Date(*at), &from.username);
        match is_said {
            true => write!(f, " | {date} [{name}]> {text}{LINE_END}")?,
            false => write!(f, " | {date} ~ {name} {text}{LINE_END}")?,
        }
    }
    Ok(())
}

fn everyone(
    f: &mut fmt::Formatter<'_>,
    rooms: &[(RoomName, Vec<Username>, usize)],
    total: usize,
    all: usize,
) -> fmt::Result {
    for (name, usernames, members) in rooms {
        write!(f, " * [{name}] ")?;
        users(f, usernames, *members)?;
        f.write_str(LINE_END)?;
    }
    if rooms.len() < total {
        write!(f, " * and {} more rooms{LINE_END}", total - rooms.len())?;
    }
    write!(f, " * Total:[{all}]{LINE_END}")
}

fn room_list(f: &mut fmt::Formatter<'_>, rooms: &[RoomInfo], total: usize) -> fmt::Result {
    for RoomInfo { name, topic, is_private, members } in rooms {
        let private = if *is_private { " (private)" } else { "" };
        write!(f, " * [{name}]{private} Total:[{members}]")?;
        if let Some(topic) = topic {
            write!(f, " Topic: {topic}")?;
        }
        f.write_str(LINE_END)?;
    }
    if rooms.len() < total {
        write!(f, " * and {} more rooms{LINE_END}", total - rooms.len())?;
    }
    Ok(())
}

fn users(f: &mut fmt::Formatter<'_>, usernames: &[Username], total: usize) -> fmt::Result {
    f.write_str("UserList:")?;
    names(f, usernames, total)?;
    write!(f, " Total:[{total}]")
}

fn names(f: &mut fmt::Formatter<'_>, usernames: &[Username], total: usize) -> fmt::Result {
    f.write_str("{")?;
    for (index, username) in usernames.iter().enumerate() {
        write!(f, "{}{username}", if index == 0 { "" } else { ", " })?;
    }
    if usernames.len() < total {
        let separator = if usernames.is_empty() { "" } else { ", " };
        write!(f, "{separator}and {} more", total - usernames.len())?;
    }
    f.write_str("}")
}

fn is_away(f: &mut fmt::Formatter<'_>, text: &Text) -> fmt::Result {
    f.write_str("away")?;
    if text.is_blank() { Ok(()) } else { write!(f, ": {text}") }
}

/// A span of time in milliseconds, in its largest unit and the next one.
struct Span(u64);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0 / 1000;
        let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
        match (days, hours, minutes) {
            (0, 0, 0) => write!(f, "{seconds}s"),
            (0, 0, _) => write!(f, "{minutes}m {}s", seconds % 60),
            (0, _, _) => write!(f, "{hours}h {}m", minutes % 60),
            (_, _, _) => write!(f, "{days}d {}h", hours % 24),
        }
    }
}

fn refused(f: &mut fmt::Formatter<'_>, username: &Username, refusal: &Refusal) -> fmt::Result {
    let not_renamed = |f: &mut fmt::Formatter<'_>, wanted, why: &dyn fmt::Display| {
        write!(f, " * {username} failed to change username to \"{wanted}\" ({why})")
    };
    let not_joined = |f: &mut fmt::Formatter<'_>, wanted, why: &dyn fmt::Display| {
        write!(f, " * {username} failed to join \"{wanted}\" ({why})")
    };
    match refusal {
        Refusal::BadUsername { wanted, error } => not_renamed(f, wanted, error),
        Refusal::UsernameTaken { wanted } => {
            not_renamed(f, wanted, &"taken, or looks too much like another's")
        }
        Refusal::UsernameUnchanged { wanted } => not_renamed(f, wanted, &"it is yours already"),
        Refusal::BadRoomName { wanted, error } => not_joined(f, wanted, error),
        Refusal::RoomNameTaken { wanted } => {
            not_joined(f, wanted, &"it looks too much like another room's name")
        }
        Refusal::TooManyRooms { limit } => {
            write!(f, " * there are {limit} rooms, and there can be no more (type /rooms)")
        }
        Refusal::AlreadyThere { room } => write!(f, " * you are in [{room}] already"),
        Refusal::NotInvited { room } => {
            write!(f, " * [{room}] is private: someone in it has to /invite you")
        }
        Refusal::PrivacyUnchanged { is_private: true } => {
            f.write_str(" * the room is private already")
        }
        Refusal::PrivacyUnchanged { is_private: false } => {
            f.write_str(" * the room is public already")
        }
        Refusal::HereAlready { name } => write!(f, " * \"{name}\" is here already"),
        Refusal::InvitedAlready { name } => write!(f, " * \"{name}\" is invited already"),
        Refusal::NoHistory => f.write_str(" * nothing is remembered here"),
        Refusal::InLobby => f.write_str(" * not in the lobby: /join a room of your own first"),
        Refusal::UnknownUser { name } => {
            write!(f, " * \"{name}\" is unknown user (type /list to see who is here)")
        }
        Refusal::NobodyToReplyTo => f.write_str(" * nobody has whispered to you yet"),
        Refusal::HasGone { username } => write!(f, " * [{username}] has gone"),
        Refusal::Yourself => f.write_str(" * you cannot ignore yourself"),
        Refusal::IgnoredAlready { name } => write!(f, " * you ignore \"{name}\" already"),
        Refusal::NotIgnored { name } => write!(f, " * you do not ignore \"{name}\""),
        Refusal::TooManyIgnored { limit } => {
            write!(f, " * you ignore {limit} users, and can ignore no more (see /unignore)")
        }
        Refusal::UnknownCommand { word } => write!(
            f,
            " * {username} issued unrecognised command \"{word}\" (type /help to see them all)"
        ),
        Refusal::Usage(verb) => write!(f, " * usage: {}", verb.usage()),
        Refusal::Overlong { limit } => {
            write!(f, " * that line is too long and was thrown away (at most {limit} bytes)")
        }
    }
}
