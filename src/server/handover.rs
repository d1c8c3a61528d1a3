//! Handing over: a server that rests gives its successor everything that it has, so that nobody notices.
//!
//! What is handed over is plain data: the chat, and for each connection what was read and has no effect yet, what is
//! due and not sent yet, and its deadlines. The connections themselves are handed over beside it.
//!
//! Not here: coming to rest (`hub`), and how the data reaches another process (`successor`).

use core::fmt;
use std::format;
use std::string::{String, ToString};
use std::sync::Arc;
use std::vec::Vec;

use serde::{Deserialize, Serialize};

use super::Limits;
use super::admission::Visited;
use super::connection::Input;
use super::connections::Resting;
use super::hub::Question;
use super::socket::Socket;
use crate::chat::{Chat, ClientId, Snapshot, Timestamp, Version};
use crate::wire::{Received, Told};

/// What a server hands over.
pub struct Handover<S> {
    state: Vec<u8>,
    sockets: Vec<Arc<Socket<S>>>,
}

impl<S> Handover<S> {
    pub(super) fn new(state: &State, sockets: Vec<Arc<Socket<S>>>) -> Self {
        let state = serde_json::to_vec(state).expect("every part has a form in JSON");
        Self { state, sockets }
    }

    /// The state, which [`Inherited::new`] reads.
    #[must_use]
    pub fn state(&self) -> &[u8] {
        &self.state
    }

    /// The connections, in the order of the state.
    pub fn streams(&self) -> impl ExactSizeIterator<Item = &S> {
        self.sockets.iter().map(|socket| &socket.stream)
    }
}

/// What a successor has been handed.
pub struct Inherited<S> {
    pub(super) chat: Chat,
    pub(super) state: State,
    pub(super) streams: Vec<S>,
}

impl<S> Inherited<S> {
    /// Reads a state that was handed over, with its connections.
    ///
    /// # Errors
    ///
    /// If the state is of another version, is damaged, or is not within the limits of the chat.
    pub fn new(state: &[u8], streams: Vec<S>, limits: &Limits) -> Result<Self, HandoverError> {
        let state: State =
            serde_json::from_slice(state).map_err(|error| HandoverError(error.to_string()))?;
        if state.connections.len() != streams.len() {
            let (expected, got) = (state.connections.len(), streams.len());
            return Err(HandoverError(format!("{got} connections instead of {expected}")));
        }
        let snapshot = state.chat.clone().with_limits(limits.chat.clone());
        let chat = Chat::restore(snapshot).map_err(|error| HandoverError(error.to_string()))?;
        Ok(Self { chat, state, streams })
    }

    /// How many events a journal on disk has, which is to be the same journal.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.state.events
    }
}

/// Why nothing can be made of what was handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandoverError(String);

impl fmt::Display for HandoverError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl core::error::Error for HandoverError {}

/// The version of the format.
const STATE: u64 = 2;

/// The state of a server that rests.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct State {
    /// First, so that a reader sees it before fields that it does not know.
    pub(super) version: Version<STATE>,
    pub(super) chat: Snapshot,
    pub(super) events: u64,
    /// The number of connections so far.
    pub(super) generation: u64,
    /// The time as the server has counted it.
    pub(super) now: Timestamp,
    pub(super) told: Told,
    pub(super) visited: Visited,
    /// Who has been asked for a password, and has yet to type it.
    pub(super) questions: Vec<(ClientId, Question)>,
    pub(super) connections: Vec<Connection>,
}

/// The state of a connection.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Connection {
    pub(super) client: ClientId,
    /// What its reader has in hand; none if nothing more is read.
    #[serde(deserialize_with = "Option::deserialize")]
    pub(super) input: Option<Input>,
    /// What it has sent that waits for its turn.
    pub(super) waiting: Vec<Received>,
    pub(super) output: Resting,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_of_another_version_is_refused_by_name() {
        let error = Inherited::<()>::new(b"{\"version\":3}", Vec::new(), &Limits::default()).err();
        assert_eq!(
            error.map(|error| error.to_string()).as_deref(),
            Some("version 3 cannot be read; the latest that can is 2 at line 1 column 13")
        );
    }
}
