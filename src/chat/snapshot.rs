//! Snapshots: the whole state as a value that is stored as JSON, read again and continued.
//!
//! A [`Snapshot`] holds what cannot be derived from the rest: names but not their keys, the room of
//! each client but not the members of each room, one direction of every relation.
//! [`Chat::snapshot`] copies that and shares texts, names and the lines of histories, which takes
//! milliseconds. The snapshot can then be encoded on another thread. [`Chat::restore`] derives the
//! rest again.
//!
//! A snapshot that is read is input like any other. Each name is parsed again and each text must be
//! clean (`parts`), and what they add up to must be a state that the machine can have (`restore`).
//!
//! The format has a version. A change that this version cannot read or would misread gets a new
//! one, and the code that reads the old one stays (`former`).
//!
//! Not here: when snapshots are taken and where they are stored.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::iter::once;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::moderation::sanctions::Imposed;
use super::room::LOBBY;
use super::{Act, Chat, Limits, Timestamp};
use former::Former;
use parts::{AccountPart, ClientPart, HistoryPart, Lines, RoomPart, TriesPart};

mod former;
mod order;
mod parts;
mod restore;
mod texts;

/// The state of a [`Chat`] at one moment, as plain data.
///
/// ```
/// use chinwag::chat::{Chat, ClientId, Event, Limits, Outbox, Snapshot, Timestamp};
///
/// let mut chat = Chat::new(Limits::default());
/// chat.handle(Timestamp(0), Event::connect(ClientId(1)), &mut Outbox::new());
///
/// let json = chat.snapshot().to_json();
/// assert_eq!(Chat::restore(Snapshot::from_json(&json)?)?, chat);
/// # Ok::<(), chinwag::chat::SnapshotError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    /// First, so that a reader sees it before fields that it does not know.
    version: Version<FORMAT>,
    limits: Limits,
    /// Larger than the id of every client so far.
    next_client: u64,
    next_account: u64,
    next_ticket: u64,
    next_anonymous: u64,
    next_room: u64,
    /// The age of the next line in a history.
    next_line: u64,
    /// The latest time.
    now: Timestamp,
    /// All accounts, ascending by id.
    accounts: Vec<AccountPart>,
    /// The passwords asked for lately, ascending by origin.
    tries: Vec<TriesPart>,
    /// The bans, the mutes, and the last acts of operators, oldest first.
    #[serde(default)]
    bans: Vec<Imposed>,
    #[serde(default)]
    mutes: Vec<Imposed>,
    #[serde(default)]
    acts: Vec<Act>,
    /// All rooms, ascending by id; so the first is the lobby.
    rooms: Vec<RoomPart>,
    /// All clients, ascending by id.
    clients: Vec<ClientPart>,
    /// The histories that are not empty, ascending by room.
    histories: Vec<HistoryPart>,
}

/// Why a snapshot cannot be read or restored. The text says what is wrong and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotError(String);

/// The version of the format.
const FORMAT: u64 = 2;

/// The version of a format, as a field of what is stored in it. Reading another one fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Version<const KNOWN: u64>;

impl Snapshot {
    /// The snapshot with other limits. [`Chat::restore`] says whether its contents are within them.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// The snapshot as JSON, in one line.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("every part has a form in JSON")
    }

    /// Reads a snapshot from JSON, of this version or an earlier one.
    ///
    /// # Errors
    ///
    /// If it is not JSON, is of a later version, has fields too many or too few, or has a name or a
    /// text that cannot be one.
    pub fn from_json(json: &[u8]) -> Result<Self, SnapshotError> {
        let read = serde_json::from_slice(json);
        let read = read.or_else(|error| match Former::is_one(json) {
            true => serde_json::from_slice(json).map(|former: Former| former.into()),
            false => Err(error),
        });
        read.map_err(|error| SnapshotError(error.to_string()))
    }
}

impl Chat {
    /// The state as a snapshot. The cost is linear in the clients and the rooms, whatever is in the
    /// histories.
    ///
    /// While the snapshot exists, the next line in each room copies the lines of its history, once.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let rooms = once((&LOBBY, &self.lobby)).chain(&self.rooms);
        let lines = self.histories.lines();
        Snapshot {
            version: Version,
            limits: self.limits.clone(),
            next_client: self.next_client,
            next_account: self.accounts.next,
            next_ticket: self.accounts.next_ticket,
            next_anonymous: self.next_anonymous,
            next_room: self.next_room,
            next_line: self.histories.next(),
            now: self.now,
            accounts: self
                .accounts
                .by_id
                .iter()
                .map(|account| self.account_part(account))
                .collect(),
            tries: self.accounts.tries.times.iter().map(TriesPart::of).collect(),
            bans: self.moderation.bans.0.clone(),
            mutes: self.moderation.mutes.0.clone(),
            acts: self.moderation.acts.iter().cloned().collect(),
            rooms: rooms.map(|(id, room)| RoomPart::of(*id, room)).collect(),
            clients: self.clients.iter().map(|(id, client)| ClientPart::of(*id, client)).collect(),
            histories: lines
                .map(|(room, lines)| HistoryPart { room, lines: Lines(lines) })
                .collect(),
        }
    }
}

impl<const KNOWN: u64> Serialize for Version<KNOWN> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(KNOWN)
    }
}

impl<'de, const KNOWN: u64> Deserialize<'de> for Version<KNOWN> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = u64::deserialize(deserializer)?;
        let problem = || format!("version {number} cannot be read; the latest that can is {KNOWN}");
        if number == KNOWN { Ok(Self) } else { Err(D::Error::custom(problem())) }
    }
}

impl fmt::Display for SnapshotError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl core::error::Error for SnapshotError {}
