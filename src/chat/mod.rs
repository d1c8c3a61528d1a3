//! The chat itself: a deterministic state machine.
//!
//! [`Chat::handle`] takes one [`Event`] and appends what it causes to the caller's [`Outbox`]. The
//! same events always cause the same outputs, in any process, so that a session can be generated,
//! replayed, shrunk and compared with a model.
//!
//! In reading order: [`Event`] is what can happen; [`Message`] is what a client can be told;
//! [`Outbox`] is where it is put and for whom; [`Text`] and [`Name`] are user input made safe by
//! parsing; [`Verb`] is the table of commands, and [`Command`] what a line asks for; [`Limits`] bounds
//! all of it; [`Chat`] is the machine. Its parts: `state` takes events and commands, `rooms` has what
//! clients do with rooms, `lists` how both are listed, `people` what they do with each other, `room` the one function that computes
//! audiences, `history` what rooms remember, `name_index` who holds which name, `roster` their order. `characters` has which character may
//! follow which in text, `spelling` in names, and `lookalike` which names are too alike.
//!
//! Never here: bytes of a protocol, text layout, a clock, randomness, an order that depends on
//! hashing, IO.

mod audience;
mod budget;
mod characters;
mod check;
mod command;
#[cfg(test)]
mod costs;
mod event;
mod history;
mod limits;
mod lists;
mod lookalike;
mod message;
mod name;
mod name_index;
mod outbox;
mod people;
mod refusal;
mod room;
mod rooms;
mod roster;
mod sequence;
mod spelling;
mod state;
mod text;
mod username;

pub use audience::Audience;
#[cfg(feature = "server")]
pub(crate) use audience::is_plainly_speech;
pub(crate) use characters::is_invisible;
pub use command::{
    Addressed, Columns, Command, CommandError, Listing, Note, Nothing, Number, Part, Switch, Verb,
    Word, Words,
};
pub use event::{Cause, ClientId, Departure, Event, Signal, Timestamp};
pub use limits::{Limits, LimitsError};
pub use message::{HistoryLine, Message, Presence, RoomInfo, User};
pub use name::{Name, NameError};
pub use outbox::{CloseReason, Outbox, Output};
pub use refusal::Refusal;
pub use room::{RoomId, RoomName};
pub(crate) use sequence::is_key;
pub use state::Chat;
pub use text::Text;
pub use username::Username;
