//! How the acts of operators read, and bans and mutes.
//!
//! Not here: all other messages (`render`).

use alloc::string::String;
use core::fmt::{self, Write};

use super::super::date::Date;
use super::LINE_END;
use crate::chat::{Act, Deed, Penalty, Sanction, Slow, Text, Timestamp, Username, Whom};

/// Writes an act as it is told to operators.
pub(super) fn act(out: &mut String, act: &Act) -> fmt::Result {
    out.write_str(" * ")?;
    deed(out, act)
}

/// Writes acts with their times.
pub(super) fn acts(out: &mut String, acts: &[Act]) -> fmt::Result {
    match acts.len() {
        0 => write!(out, " * no operator has done anything yet{LINE_END}")?,
        1 => write!(out, " * the last act of an operator (time in UTC):{LINE_END}")?,
        count => write!(out, " * the last {count} acts of operators (times in UTC):{LINE_END}")?,
    }
    for act in acts {
        write!(out, " * {} ", Date(act.at))?;
        deed(out, act)?;
        out.write_str(LINE_END)?;
    }
    Ok(())
}

fn deed(out: &mut String, Act { by, deed, .. }: &Act) -> fmt::Result {
    match by {
        Some(by) => write!(out, "[{by}]")?,
        None => out.write_str("the configuration")?,
    }
    match deed {
        Deed::Appoint { username, is_over: false } => {
            write!(out, " made [{username}] an operator")
        }
        Deed::Appoint { username, is_over: true } => {
            write!(out, " made [{username}] an operator no more")
        }
        Deed::Kick { username, reason } => {
            write!(out, " kicked [{username}]")?;
            because(out, reason)
        }
        Deed::Impose { penalty, sanction: Sanction { whom, until, reason, .. } } => {
            write!(out, " {} {}", done(*penalty), Shown(whom))?;
            until_when(out, *until)?;
            because(out, reason)
        }
        Deed::Lift { penalty, whom } => {
            let what = match penalty {
                Penalty::Ban => "ban",
                Penalty::Mute => "mute",
            };
            write!(out, " lifted the {what} on {}", Shown(whom))
        }
        Deed::Slow { room, slow } => {
            write!(out, " made [{room}] ")?;
            pace(out, *slow)
        }
        Deed::Announce { text } => write!(out, " announced: {text}"),
    }
}

/// Writes why a client is closed.
pub(super) fn removed(out: &mut String, by: &Username, reason: &Text) -> fmt::Result {
    write!(out, " * you are disconnected by the operator [{by}]")?;
    because(out, reason)
}

/// Writes what is imposed on the recipient.
pub(super) fn sanctioned(out: &mut String, penalty: Penalty, sanction: &Sanction) -> fmt::Result {
    let Sanction { by, until, reason, .. } = sanction;
    write!(out, " * you are {}", done(penalty))?;
    until_when(out, *until)?;
    write!(out, " by the operator [{by}]")?;
    because(out, reason)
}

/// Writes that the recipient is muted, as the answer to something that it wanted to tell others.
pub(super) fn muted(out: &mut String, until: Option<Timestamp>, reason: &Text) -> fmt::Result {
    out.write_str(" * not sent, as you are muted")?;
    until_when(out, until)?;
    because(out, reason)
}

/// Writes the bans and mutes that hold.
pub(super) fn sanctions(
    out: &mut String,
    sanctions: &[(Penalty, Sanction)],
    total: usize,
) -> fmt::Result {
    if total == 0 {
        return write!(out, " * nobody is banned or muted{LINE_END}");
    }
    for (penalty, Sanction { whom, by, until, reason }) in sanctions {
        write!(out, " * {} is {}", Shown(whom), done(*penalty))?;
        until_when(out, *until)?;
        write!(out, " by [{by}]")?;
        because(out, reason)?;
        out.write_str(LINE_END)?;
    }
    match total - sanctions.len() {
        0 => Ok(()),
        more => write!(out, " * and {more} more{LINE_END}"),
    }
}

/// Writes how often one may speak in a room, as its members are told.
pub(super) fn slow_set(out: &mut String, slow: Option<Slow>) -> fmt::Result {
    out.write_str(" * the room is ")?;
    pace(out, slow)
}

fn pace(out: &mut String, slow: Option<Slow>) -> fmt::Result {
    let Some(Slow { seconds, only_guests }) = slow else {
        return out.write_str("as fast as before: everyone may speak at any time");
    };
    let who = if only_guests { "whoever is not registered" } else { "each" };
    let plural = if seconds == 1 { "" } else { "s" };
    write!(out, "slow: {who} may speak once in {seconds} second{plural}")
}

fn done(penalty: Penalty) -> &'static str {
    match penalty {
        Penalty::Ban => "banned",
        Penalty::Mute => "muted",
    }
}

pub(super) fn until_when(out: &mut String, until: Option<Timestamp>) -> fmt::Result {
    match until {
        None => Ok(()),
        // Rounded up to a minute: never earlier than it is.
        Some(until) => {
            write!(out, " until {} UTC", Date(Timestamp(until.0.saturating_add(59_999))))
        }
    }
}

fn because(out: &mut String, reason: &Text) -> fmt::Result {
    if reason.is_blank() { Ok(()) } else { write!(out, ": {reason}") }
}

/// Whom a ban or a mute is imposed on.
struct Shown<'a>(&'a Whom);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Whom::User(username) => write!(f, "[{username}]"),
            Whom::Origin(origin) => origin.fmt(f),
        }
    }
}
