//! Snapshots of earlier versions, which have less than a snapshot has now.
//!
//! Not here: the current version (`snapshot`).

use alloc::vec::Vec;

use serde::Deserialize;

use super::parts::{ClientPart, HistoryPart, RoomPart};
use super::{Snapshot, Version};
use crate::chat::{Limits, Timestamp};

/// A snapshot of version 1.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Former {
    #[serde(rename = "version")]
    _version: Version<1>,
    limits: Limits,
    next_anonymous: u64,
    next_room: u64,
    next_line: u64,
    now: Timestamp,
    rooms: Vec<RoomPart>,
    clients: Vec<ClientPart>,
    histories: Vec<HistoryPart>,
}

impl Former {
    /// Whether this is a snapshot of version 1, or one that is damaged.
    pub(super) fn is_one(json: &[u8]) -> bool {
        #[derive(Deserialize)]
        struct AnyVersion {
            version: u64,
        }
        serde_json::from_slice(json).is_ok_and(|AnyVersion { version }| version == 1)
    }
}

impl From<Former> for Snapshot {
    fn from(former: Former) -> Self {
        let Former { limits, next_anonymous, next_room, next_line, now, .. } = former;
        let Former { rooms, clients, histories, .. } = former;
        let next_client = clients.last().map_or(0, |client| client.id.0.saturating_add(1));
        Self {
            version: Version,
            limits,
            next_client,
            next_account: 1,
            next_ticket: 0,
            next_anonymous,
            next_room,
            next_line,
            now,
            accounts: Vec::new(),
            tries: Vec::new(),
            bans: Vec::new(),
            mutes: Vec::new(),
            acts: Vec::new(),
            rooms,
            clients,
            histories,
        }
    }
}
