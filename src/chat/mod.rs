//! The chat itself: a deterministic state machine.
//!
//! [`Chat::handle`] takes one [`Event`] and appends its effects to the caller's [`Outbox`]. The
//! same events always produce the same outputs, in any process. So sessions can be generated,
//! replayed, shrunk and compared with a model.
//!
//! The public types, in reading order:
//!
//! - [`Event`]: the input.
//! - [`Message`]: what a client can be told.
//! - [`Ask`] and [`Answer`]: what it can be asked, which must not become an event.
//! - [`Outbox`]: the output, messages with their recipients.
//! - [`Text`] and [`Name`]: user input made safe by parsing.
//! - [`Verb`] and [`Command`]: the table of commands, and one command as parsed from a line.
//! - [`Limits`]: every bound.
//! - [`Chat`]: the state machine.
//! - `Snapshot` (feature `serde`): its state as a value that is stored as JSON and read again.
//!
//! The modules behind [`Chat`]:
//!
//! - `state` applies events and executes commands; `client` is what it remembers of one client.
//! - `rooms`, `people` and `lists` implement the commands: about rooms, about other users, and
//!   `/list` and `/rooms`.
//! - `governing` decides who may decide about a room, and implements `/trust`, `/remove` and `/lock`.
//! - `accounts` implements registered names, and `absent` what is kept for those who are not here.
//!   The machine knows no passwords: it asks for them (`ask`), so many times a minute (`tries`).
//! - `moderation` implements the commands of operators.
//! - `following` brings along what follows a person from one connection to the next.
//! - `vacant` keeps rooms without members for a time.
//! - `restart` removes all clients at once.
//! - `room` holds one room and contains the one function that computes the recipients of a message.
//! - `history` stores what was said in rooms.
//! - `name_index` maps names to their holders; `roster` sorts ids by name.
//! - `characters` decides which character may follow which in text, `spelling` does so for names,
//!   and `lookalike` decides which names are too similar.
//!
//! Never here: bytes of a protocol, text layout, a clock, randomness, an order that depends on
//! hashing, IO.

mod absent;
mod accounts;
mod ask;
mod audience;
mod budget;
mod characters;
mod check;
mod client;
mod command;
#[cfg(test)]
mod costs;
mod event;
mod following;
mod governing;
mod history;
mod limits;
mod lists;
mod lookalike;
mod message;
mod moderation;
mod name;
mod name_index;
mod outbox;
mod people;
mod refusal;
mod restart;
mod room;
mod rooms;
mod roster;
mod sequence;
mod shown;
#[cfg(feature = "serde")]
mod snapshot;
mod spelling;
mod state;
mod text;
mod tries;
mod username;
mod vacant;

pub use ask::{Answer, Ask, Credential, Unanswered};
pub use audience::Audience;
#[cfg(feature = "server")]
pub(crate) use audience::is_plainly_speech;
pub(crate) use characters::is_invisible;
pub use command::{
    Addressed, Columns, Command, CommandError, Duration, Group, Listing, Note, Nothing, Number,
    Part, Period, Reasoned, Sentence, Slow, Slowing, Switch, Verb, Word, Words,
};
pub use event::{Cause, ClientId, Departure, Event, Origin, Peer, Signal, Timestamp};
pub use limits::{Limits, LimitsError};
pub use message::Message;
pub use moderation::sanctions::{Penalty, Sanction};
pub use name::{Name, NameError};
pub use outbox::{CloseReason, Outbox, Output};
pub use refusal::Refusal;
pub use room::{RoomId, RoomName};
pub(crate) use sequence::is_key;
pub use shown::{
    Act, AskEnd, Deed, Help, HistoryLine, Kept, Presence, RoomInfo, Sight, User, Whom,
};
#[cfg(feature = "server")]
pub(crate) use snapshot::Version;
#[cfg(feature = "serde")]
pub use snapshot::{Snapshot, SnapshotError};
pub use state::Chat;
pub use text::Text;
pub use username::Username;
