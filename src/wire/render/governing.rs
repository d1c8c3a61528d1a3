//! How it reads what owners of rooms decide.
//!
//! Not here: why it is refused (`refused`), and all other messages (`render`).

use alloc::string::String;
use core::fmt::{self, Write};

use super::moderation::until_when;
use crate::chat::{Message, Timestamp, User};

/// Writes what an owner has decided. Nothing for other messages.
pub(super) fn governing(out: &mut String, message: &Message) -> fmt::Result {
    match message {
        Message::Trusting { username, on: true } => {
            write!(out, " * [{username}] may decide about the room as you do")
        }
        Message::Trusting { username, on: false } => {
            write!(out, " * [{username}] may no longer decide about the room")
        }
        Message::Trusted { by, room, on: true } => {
            write!(out, " * [{}] lets you decide about [{room}]: type /help rooms", by.username)
        }
        Message::Trusted { by, room, on: false } => {
            write!(out, " * [{}] no longer lets you decide about [{room}]", by.username)
        }
        Message::PutOut { by, room } => {
            match by {
                Some(by) => write!(out, " * [{}]", by.username)?,
                None => out.write_str(" * someone")?,
            }
            write!(out, " has put you out of [{room}]")
        }
        Message::PuttingOut { username } => {
            write!(out, " * [{username}] is put out of the room")
        }
        Message::Locked { who, until } => locked(out, who.as_ref(), *until),
        _ => Ok(()),
    }
}

/// Writes that a room is locked, or is not any more.
fn locked(out: &mut String, who: Option<&User>, until: Option<Timestamp>) -> fmt::Result {
    let who = who.map_or("someone", |who| who.username.as_str());
    match until {
        None => write!(out, " * {who} unlocked the room: anyone who may can come in"),
        Some(_) => {
            write!(out, " * {who} locked the room")?;
            until_when(out, until)?;
            out.write_str(": nobody new can come in")
        }
    }
}
