//! Messages as lines of text. No other module decides how a message reads.
//!
//! Every line ends in CR LF and begins with something that no user can put there: `[`, ` * `, ` ~ `, ` | `, or
//! the words of the server.
//!
//! Not here: who receives a message (`chat`), and how lines are broken into rows (`view`).

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write};

use super::SendQueue;
use super::date::{Date, Span};
use crate::chat::{
    Cause, Departure, HistoryLine, Kept, Limits, Message, Part, Presence, RoomInfo, RoomName,
    Sight, Text, Username, Verb,
};

mod governing;
mod help;
mod moderation;
mod refused;

use governing::governing;
use help::{help, help_about};
use refused::{ask_ended, refused};

const LINE_END: &str = "\r\n";

/// Sent to a connection when the server is full. The chat is not told of such a connection.
pub const FULL: &str = " * the server is full, please try again later\r\n";

/// Sent to a connection from an address that has too many connections.
pub const CROWDED: &str = " * there are too many connections from your address\r\n";

/// Sent to a connection from an address that connects too often.
pub const HASTY: &str = " * your address connects too often, please try again in a minute\r\n";

/// Sent to a client that fell behind. The end of its send queue is reserved for this, because messages of the
/// chat no longer fit.
pub const TOO_SLOW: &str = " * you are disconnected: too slow to read\r\n";
const _: () = assert!(TOO_SLOW.len() <= SendQueue::LAST_WORDS);

/// Sent to a client that is asked for a password, if its terminal cannot be told to hide what is typed.
pub const SHOWN: &str = " * your screen may show it as you type\r\n";

/// Sent to a client that is asked for a password over a connection that is not encrypted.
pub const READABLE: &str = " * the connection is not encrypted: anyone on the way can read it\r\n";

/// Sent instead if passwords are not taken over such connections. What is typed is thrown away.
pub const NOT_TAKEN: &str =
    " * it is not taken here, as the connection is not encrypted: just press Enter\r\n";

/// Sent to everybody when events can no longer be stored: nothing happens until they can.
pub const STANDS_STILL: &str =
    " * the chat stands still: the disk is full or slow; no line is lost\r\n";

/// Sent to everybody when events can be stored again.
pub const GOES_ON: &str = " * the chat goes on\r\n";

/// Appends a message as text: one or more whole lines.
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
    let _ = lines(message, out);
}

#[expect(clippy::too_many_lines, reason = "a few lines for each message")]
fn lines(message: &Message, out: &mut String) -> fmt::Result {
    match message {
        Message::Welcome => return help(out, Verb::basics().into_iter()),
        Message::Help(about) => return help_about(out, *about),
        Message::Connected { who } => write!(out, " * [{}] has connected", who.username)?,
        Message::Joined { who } => write!(out, " * [{}] has joined the room", who.username)?,
        Message::Left { who } => write!(out, " * [{}] has left the room", who.username)?,
        Message::YouAre { username } => {
            write!(out, " * you are [{username}]; to change that, type /username NAME")?;
        }
        Message::Present { room, total: 0, .. } => write!(out, " * nobody else is in [{room}]")?,
        Message::Present { room, usernames, total } if usernames.is_empty() => {
            let others = if *total == 1 { "other" } else { "others" };
            write!(out, " * in [{room}] with you: {total} {others} (type /list)")?;
        }
        Message::Present { room, usernames, total } => {
            write!(out, " * in [{room}] with you: ")?;
            some(out, usernames, *total)?;
        }
        Message::Traffic { came, left, total } => {
            write!(out, " * {came} came, {left} left ({total} here)")?;
        }
        Message::Entered { room, is_new } => {
            let private = if room.is_private { " (private)" } else { "" };
            let new = if *is_new { ", a new room (type /rooms to see the others)" } else { "" };
            write!(out, " * you are in [{}]{private}{new}", room.name)?;
            room.owner.iter().try_for_each(|owner| write!(out, ", owner: {owner}"))?;
            if let Some(topic) = &room.topic {
                write!(out, ", topic: {topic}")?;
            }
        }
        Message::Disconnected { who, how } => {
            write!(out, " * [{}] has disconnected", who.username)?;
            match how {
                Departure::Bye { words } if !words.is_blank() => write!(out, " ({words})")?,
                Departure::Bye { .. } | Departure::Ended(Cause::Closed) => {}
                Departure::Ended(Cause::Lost) => out.write_str(" (connection lost)")?,
                Departure::Ended(Cause::Slow) => out.write_str(" (too slow to read)")?,
                Departure::TakenOver => out.write_str(" (has come back)")?,
                Departure::Removed => out.write_str(" (removed by an operator)")?,
            }
        }
        // The most frequent message. Without a format string to interpret, this is faster.
        Message::Said { from, text } => {
            let parts = ["[", from.username.as_str(), "]> ", text.as_str()];
            parts.into_iter().try_for_each(|part| out.write_str(part))?;
        }
        Message::Acted { from, text } => write!(out, " ~ {} {text}", from.username)?,
        Message::Whispered { from, text } => {
            write!(out, "[{}] whispers> {text}", from.username)?;
        }
        Message::WhisperKept { username } => {
            write!(out, " * [{username}] is not here: your whisper is kept for them")?;
        }
        Message::Kept { whispers } => return kept(out, whispers),
        Message::Seen { username, sight: Sight::Here } => write!(out, " * [{username}] is here")?,
        Message::Seen { username, sight: Sight::Ago(time) } => {
            write!(out, " * [{username}] was last here {} ago", Span(*time))?;
        }
        Message::Seen { username, sight: Sight::Hidden } => {
            write!(out, " * [{username}] does not tell")?;
        }
        Message::Hidden { on: true } => {
            out.write_str(" * nobody is told when you were last here")?;
        }
        Message::Hidden { on: false } => {
            out.write_str(" * whoever asks is told when you were last here")?;
        }
        Message::WhisperedTo { username } => write!(out, " * whispered to [{username}]")?,
        Message::Renamed { who, to } => {
            write!(out, " * {} changed username to [{to}]", who.username)?;
        }
        Message::Users { usernames, more, total, away, total_away, part } => {
            users(out, usernames, usernames.len() + more, *total)?;
            if *total_away > 0 {
                out.write_str(" Away:")?;
                names(out, away, *total_away)?;
            }
            if *more > 0 {
                write!(out, "{LINE_END} * to see more, ")?;
                rest(out, "/list", part)?;
            }
        }
        Message::Everyone { rooms, more, users, part } => {
            return everyone(out, rooms, *more, *users, part);
        }
        Message::Rooms { rooms, more, part } => return room_list(out, rooms, *more, part),
        Message::Topic { room: RoomInfo { name, topic: None, .. } } => {
            write!(out, " * [{name}] has no topic")?;
        }
        Message::Topic { room: RoomInfo { name, topic: Some(topic), .. } } => {
            write!(out, " * the topic of [{name}] is: {topic}")?;
        }
        Message::TopicSet { who, topic } => {
            write!(out, " * {} set the topic to: {topic}", who.username)?;
        }
        Message::Whois { username, is_registered, connected, presence, origin } => {
            write!(out, " * [{username}] is in ")?;
            match presence {
                None => out.write_str("(private)")?,
                Some(Presence { room, .. }) => write!(out, "[{room}]")?,
            }
            write!(out, ", connected for {}", Span(*connected))?;
            if let Some(Presence { silent, away, .. }) = presence {
                write!(out, ", silent for {}", Span(*silent))?;
                if let Some(text) = away {
                    out.write_str(", ")?;
                    is_away(out, text)?;
                }
            }
            out.write_str(if *is_registered { ", logged in" } else { "" })?;
            origin.iter().try_for_each(|origin| write!(out, ", from {origin}"))?;
        }
        Message::History { room, lines } => return history(out, room, lines),
        Message::PrivacySet { who, is_private } => {
            let who = who.as_ref().map_or("someone", |who| who.username.as_str());
            let what = match is_private {
                true => "private: one needs an /invite now",
                false => "public: anyone may join it now",
            };
            write!(out, " * {who} made the room {what}")?;
        }
        Message::Trusting { .. }
        | Message::Trusted { .. }
        | Message::PutOut { .. }
        | Message::PuttingOut { .. }
        | Message::Locked { .. } => governing(out, message)?,
        Message::Inviting { username } => write!(out, " * [{username}] is invited")?,
        Message::Invited { by, room } => {
            write!(out, " * [{}] invites you to [{room}]: type /join {room}", by.username)?;
        }
        Message::Away { who, text } => {
            write!(out, " * [{}] is ", who.username)?;
            is_away(out, text)?;
        }
        Message::YouAreAway { text } => {
            out.write_str(" * you are ")?;
            is_away(out, text)?;
        }
        Message::NoLongerAway => out.write_str(" * you are no longer away")?,
        Message::Ignoring { username } => {
            write!(out, " * you see no more of what [{username}] says and does")?;
        }
        Message::NotIgnoring { username } => {
            write!(out, " * you see again what [{username}] says and does")?;
        }
        Message::Ignored { total: 0, .. } => out.write_str(" * you ignore nobody")?,
        Message::Ignored { usernames, total } => {
            out.write_str(" * you ignore ")?;
            names(out, usernames, *total)?;
        }
        Message::Notices { on: true } => out.write_str(" * you are told who comes and goes")?,
        Message::Notices { on: false } => {
            out.write_str(" * you are no longer told who comes and goes")?;
        }
        Message::Wrapping { columns: Some(columns) } => {
            write!(out, " * your lines are broken at {columns} columns")?;
        }
        Message::Wrapping { columns: None } => {
            out.write_str(" * your lines are not broken: a terminal that does it can be misled")?;
        }
        Message::Ascii { on: true } => {
            out.write_str(" * you are shown ? for each character that is not ASCII")?;
        }
        Message::Ascii { on: false } => out.write_str(" * you are shown all characters")?,
        Message::Asking { username, is_new: true } => {
            let least = Limits::PASSWORD.start();
            write!(out, " * type a new password for [{username}], {least} characters or more")?;
        }
        Message::Asking { username, is_new: false } => {
            write!(out, " * type the password of [{username}]")?;
        }
        Message::AskEnded { why } => ask_ended(out, *why)?,
        Message::Registered { username } => {
            write!(out, " * [{username}] is yours now: /login {username} takes it back")?;
        }
        Message::Unregistered { username } => {
            write!(out, " * [{username}] is no longer registered")?;
        }
        Message::LoggedIn { username } => write!(out, " * you are logged in as [{username}]")?,
        Message::LoggedOut { username } => {
            write!(out, " * you are logged out: /login {username} takes that name back")?;
        }
        Message::PasswordChanged => out.write_str(" * your password is changed")?,
        Message::TakenOver => {
            out.write_str(" * you have logged in on another connection, so this one ends")?;
        }
        Message::Act(act) => moderation::act(out, act)?,
        Message::Announced { by, text } => {
            write!(out, " * [{}] announces to all: {text}", by.username)?;
        }
        Message::Removed { by, reason } => moderation::removed(out, by, reason)?,
        Message::Sanctioned { penalty, sanction } => {
            moderation::sanctioned(out, *penalty, sanction)?;
        }
        Message::Unmuted => out.write_str(" * you are not muted any more")?,
        Message::SlowSet { slow } => moderation::slow_set(out, *slow)?,
        Message::Appointed { on: true } => {
            out.write_str(" * you are an operator now: type /help order")?;
        }
        Message::Appointed { on: false } => out.write_str(" * you are no longer an operator")?,
        Message::Sanctions { sanctions, total } => {
            return moderation::sanctions(out, sanctions, *total);
        }
        Message::Acts { acts } => return moderation::acts(out, acts),
        Message::HowToLeave => out.write_str(" * to leave, type /bye")?,
        Message::Slowed => out.write_str(
            " * you say more than others can read: the rest comes later; Ctrl-C forgets it",
        )?,
        Message::StillHere => out.write_str(" * yes, the chat is still here")?,
        Message::Refused { username, refusal } => refused(out, username, refusal)?,
        Message::ShuttingDown => out.write_str(" * the server is shutting down")?,
    }
    out.write_str(LINE_END)
}

/// Writes a history. Each line begins in a way that no live line does.
fn history(out: &mut String, room: &RoomName, lines: &[HistoryLine]) -> fmt::Result {
    match lines.len() {
        0 => write!(out, " | nothing is remembered of [{room}]{LINE_END}")?,
        1 => write!(out, " | the last line in [{room}] (time in UTC):{LINE_END}")?,
        count => write!(out, " | the last {count} lines in [{room}] (times in UTC):{LINE_END}")?,
    }
    for HistoryLine { at, from, is_said, text } in lines {
        let (date, name) = (Date(*at), &from.username);
        match is_said {
            true => write!(out, " | {date} [{name}]> {text}{LINE_END}")?,
            false => write!(out, " | {date} ~ {name} {text}{LINE_END}")?,
        }
    }
    Ok(())
}

/// Writes whispers that were kept, like a history.
fn kept(out: &mut String, whispers: &[Kept]) -> fmt::Result {
    match whispers.len() {
        1 => write!(out, " | a whisper was kept for you (time in UTC):{LINE_END}")?,
        count => write!(out, " | {count} whispers were kept for you (times in UTC):{LINE_END}")?,
    }
    for Kept { at, from, text, .. } in whispers {
        write!(out, " | {} [{from}] whispers> {text}{LINE_END}", Date(*at))?;
    }
    Ok(())
}

fn everyone(
    out: &mut String,
    rooms: &[(RoomName, Vec<Username>, usize)],
    more: usize,
    all: usize,
    part: &Part,
) -> fmt::Result {
    for (name, usernames, members) in rooms {
        write!(out, " * [{name}] ")?;
        users(out, usernames, *members, *members)?;
        out.write_str(LINE_END)?;
    }
    more_rooms(out, more, "/list all", part)?;
    write!(out, " * Total:[{all}]{LINE_END}")
}

fn room_list(out: &mut String, rooms: &[RoomInfo], more: usize, part: &Part) -> fmt::Result {
    for RoomInfo { name, topic, is_private, members, .. } in rooms {
        let private = if *is_private { " (private)" } else { "" };
        write!(out, " * [{name}]{private} Total:[{members}]")?;
        if let Some(topic) = topic {
            write!(out, " Topic: {topic}")?;
        }
        out.write_str(LINE_END)?;
    }
    if rooms.is_empty() {
        write!(out, " * there are no such rooms{LINE_END}")?;
    }
    more_rooms(out, more, "/rooms", part)
}

fn more_rooms(out: &mut String, more: usize, command: &str, part: &Part) -> fmt::Result {
    if more == 0 {
        return Ok(());
    }
    write!(out, " * and {more} more rooms: ")?;
    rest(out, command, part)?;
    out.write_str(LINE_END)
}

/// Writes how to see the rest of a list.
fn rest(out: &mut String, command: &str, part: &Part) -> fmt::Result {
    match part {
        Part::Page(page) => {
            write!(out, "type {command} {}, or {command} START", page.saturating_add(1))
        }
        Part::Start(_) => out.write_str("type more letters"),
    }
}

fn users(out: &mut String, usernames: &[Username], listed: usize, total: usize) -> fmt::Result {
    out.write_str("UserList:")?;
    names(out, usernames, listed)?;
    write!(out, " Total:[{total}]")
}

fn names(out: &mut String, usernames: &[Username], total: usize) -> fmt::Result {
    out.write_str("{")?;
    some(out, usernames, total)?;
    out.write_str("}")
}

/// Writes names, and the number of further ones.
fn some(out: &mut String, usernames: &[Username], total: usize) -> fmt::Result {
    for (index, username) in usernames.iter().enumerate() {
        write!(out, "{}{username}", if index == 0 { "" } else { ", " })?;
    }
    if usernames.len() < total {
        let separator = if usernames.is_empty() { "" } else { ", " };
        write!(out, "{separator}and {} more", total - usernames.len())?;
    }
    Ok(())
}

fn is_away(out: &mut String, text: &Text) -> fmt::Result {
    out.write_str("away")?;
    if text.is_blank() { Ok(()) } else { write!(out, ": {text}") }
}
