//! The parts of a snapshot, in the form in which they are stored.
//!
//! What is valid by itself is checked here, as it is read: a name is one, a text is clean. Field
//! names and their order are the format: `tests/snapshots` has a file of each version.
//!
//! Not here: whether the parts fit together, and within the limits (`restore`).

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::texts::parse_username;
use crate::chat::accounts::{Account, AccountId, Asked};
use crate::chat::client::{Away, Client};
use crate::chat::governing::Owner;
use crate::chat::history::Remembered;
use crate::chat::room::{Room, Topic};
use crate::chat::{
    Chat, ClientId, Credential, HistoryLine, Kept, Origin, RoomId, RoomName, Slow, Text, Timestamp,
    User, Username,
};

/// An account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AccountPart {
    pub(super) id: AccountId,
    pub(super) username: Username,
    pub(super) credential: Credential,
    pub(super) seen: Timestamp,
    pub(super) is_hidden: bool,
    #[serde(default)]
    pub(super) is_operator: bool,
    /// Whom it ignores. Those that ignore it are derived from theirs.
    #[serde(default)]
    pub(super) ignores: Vec<AccountId>,
    #[serde(default = "on")]
    pub(super) notices: bool,
    #[serde(default)]
    pub(super) invited_to: Vec<RoomId>,
    pub(super) kept: Vec<KeptPart>,
}

/// A whisper that is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeptPart {
    pub(super) at: Timestamp,
    /// `null` if that was before a restart.
    #[serde(deserialize_with = "Option::deserialize")]
    pub(super) by: Option<ClientId>,
    pub(super) from: Username,
    pub(super) text: Text,
}

/// The times at which clients of one origin were asked for a password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TriesPart {
    pub(super) origin: Origin,
    pub(super) times: VecDeque<Timestamp>,
}

/// A room. Its members are derived from the clients.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RoomPart {
    pub(super) id: RoomId,
    pub(super) name: RoomName,
    #[serde(deserialize_with = "Option::deserialize")]
    pub(super) topic: Option<TopicPart>,
    /// `null` if the room is public.
    #[serde(deserialize_with = "Option::deserialize")]
    pub(super) private: Option<PrivatePart>,
    /// The arrivals that have not been announced yet.
    pub(super) came: usize,
    /// The departures that have not been announced yet.
    pub(super) left: usize,
    /// Since when nobody is in it; `null` if somebody is.
    #[serde(deserialize_with = "Option::deserialize")]
    pub(super) vacant_since: Option<Timestamp>,
    /// Whom it belongs to; `null` if to nobody.
    #[serde(default)]
    pub(super) owner: Option<Owner>,
    /// The end of the lock; `null` if it has not been locked.
    #[serde(default)]
    pub(super) locked_until: Option<Timestamp>,
    /// `null` if its members may speak as often as they like.
    #[serde(default)]
    pub(super) slow: Option<Slow>,
    /// The members with notices off, ascending.
    pub(super) notices_off: Vec<ClientId>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TopicPart {
    /// `null` if that was before a restart.
    #[serde(deserialize_with = "Option::deserialize")]
    pub(super) by: Option<ClientId>,
    /// `null` if that is not known.
    #[serde(default)]
    pub(super) from: Option<Username>,
    pub(super) text: Text,
}

/// What is known only of a private room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PrivatePart {
    #[serde(deserialize_with = "Option::deserialize")]
    pub(super) topic: Option<TopicPart>,
    /// The age of the first line since the room became private.
    pub(super) since: u64,
    /// The clients that may come back, ascending.
    pub(super) regulars: Vec<ClientId>,
    /// The accounts that may come back.
    #[serde(default)]
    pub(super) accounts: BTreeSet<AccountId>,
}

/// A client. The clients that ignore it are derived from theirs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClientPart {
    pub(super) id: ClientId,
    pub(super) username: Username,
    pub(super) room: RoomId,
    pub(super) entered: u64,
    /// Not in version 1.
    #[serde(default)]
    pub(super) came: Timestamp,
    pub(super) connected: Timestamp,
    pub(super) spoke: Timestamp,
    #[serde(deserialize_with = "Option::deserialize")]
    pub(super) spoke_in_private: Option<Timestamp>,
    #[serde(deserialize_with = "Option::deserialize")]
    pub(super) away: Option<AwayPart>,
    #[serde(deserialize_with = "Option::deserialize")]
    pub(super) partner: Option<UserPart>,
    #[serde(deserialize_with = "Option::deserialize")]
    pub(super) interrupter: Option<UserPart>,
    /// Not in version 1.
    #[serde(default)]
    pub(super) origin: Origin,
    /// Not in version 1.
    #[serde(default)]
    pub(super) asked: Option<Asked>,
    pub(super) ignores: Vec<ClientId>,
    pub(super) invited_to: Vec<RoomId>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AwayPart {
    pub(super) text: Text,
    pub(super) told: Vec<ClientId>,
}

/// A client under the name that it had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UserPart {
    pub(super) id: ClientId,
    pub(super) username: Username,
}

/// The history of a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HistoryPart {
    pub(super) room: RoomId,
    pub(super) lines: Lines,
}

/// The lines of a history, oldest first; shared with the state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lines(pub(super) Arc<VecDeque<Remembered>>);

/// A line of a history.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LinePart<Name> {
    age: u64,
    at: Timestamp,
    client: ClientId,
    username: Name,
    is_said: bool,
    is_private: bool,
    is_before_restart: bool,
    text: Text,
}

/// What is not in snapshots of before is on.
fn on() -> bool {
    true
}

impl Chat {
    pub(super) fn account_part(&self, (id, account): (&AccountId, &Account)) -> AccountPart {
        let is_operator = self.moderation.operators.contains(id);
        let Account { username, credential, kept, seen, is_hidden, ignores, .. } = account.clone();
        let Account { notices, invited_to, .. } = account.clone();
        let part = |Kept { at, by, from, text }| KeptPart { at, by, from, text };
        let kept = kept.into_iter().map(part).collect();
        AccountPart {
            id: *id,
            username,
            credential,
            seen,
            is_hidden,
            is_operator,
            ignores,
            notices,
            invited_to,
            kept,
        }
    }
}

impl TriesPart {
    pub(super) fn of((origin, times): (&Origin, &VecDeque<Timestamp>)) -> Self {
        Self { origin: *origin, times: times.clone() }
    }
}

impl RoomPart {
    pub(super) fn of(id: RoomId, room: &Room) -> Self {
        Self {
            id,
            name: room.name.clone(),
            topic: room.topic.as_ref().map(TopicPart::of),
            private: room.closed.as_ref().map(|closed| PrivatePart {
                topic: closed.topic.as_ref().map(TopicPart::of),
                since: closed.since,
                regulars: closed.regulars.clone(),
                accounts: closed.accounts.clone(),
            }),
            came: room.unannounced.came,
            left: room.unannounced.left,
            vacant_since: room.vacant_since,
            owner: room.owner.clone(),
            locked_until: room.locked_until,
            slow: room.slow,
            notices_off: room.without_notices(),
        }
    }
}

impl TopicPart {
    fn of(topic: &Topic) -> Self {
        Self { by: topic.by, from: topic.from.clone(), text: topic.text.clone() }
    }
}

impl ClientPart {
    pub(super) fn of(id: ClientId, client: &Client) -> Self {
        let user = |user: &User| UserPart { id: user.client, username: user.username.clone() };
        let away = |away: &Away| AwayPart { text: away.text.clone(), told: away.told.clone() };
        Self {
            id,
            username: client.username.clone(),
            room: client.room,
            entered: client.entered,
            came: client.came,
            connected: client.connected,
            spoke: client.spoke,
            spoke_in_private: client.spoke_in_private,
            away: client.away.as_deref().map(away),
            partner: client.talk.partner.as_deref().map(user),
            interrupter: client.talk.interrupter.as_deref().map(user),
            origin: client.origin,
            asked: client.asked.as_deref().cloned(),
            ignores: client.ignores.clone(),
            invited_to: client.invited_to.clone(),
        }
    }
}

impl Serialize for Lines {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|remembered| {
            let Remembered { age, is_private, is_before_restart, line } = remembered;
            LinePart {
                age: *age,
                at: line.at,
                client: line.from.client,
                username: line.from.username.as_str(),
                is_said: line.is_said,
                is_private: *is_private,
                is_before_restart: *is_before_restart,
                text: line.text.clone(),
            }
        }))
    }
}

/// A name that several lines have is parsed and stored once.
impl<'de> Deserialize<'de> for Lines {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let parts = Vec::<LinePart<String>>::deserialize(deserializer)?;
        let mut usernames = BTreeMap::new();
        let mut lines = VecDeque::with_capacity(parts.len());
        for part in parts {
            let LinePart { age, at, client, username, is_said, is_private, .. } = part;
            let LinePart { is_before_restart, text, .. } = part;
            let username = match usernames.get(&username) {
                Some(known) => Username::clone(known),
                None => {
                    let problem = |problem| D::Error::custom(format!("line {age}: {problem}"));
                    let parsed = parse_username(&username).map_err(problem)?;
                    usernames.insert(username, parsed.clone());
                    parsed
                }
            };
            let line = HistoryLine { at, from: User { client, username }, is_said, text };
            lines.push_back(Remembered { age, is_private, is_before_restart, line });
        }
        Ok(Self(Arc::new(lines)))
    }
}
