//! Events, the input of [`Chat::handle`](super::Chat::handle).
//!
//! Not here: the outputs (`message`, `outbox`).

use alloc::sync::Arc;
use core::fmt;
use core::time::Duration;

use super::{Answer, Text};

/// Identifies a connection for the lifetime of the chat.
///
/// The caller chooses the number and reuses none, except after an [`Event::Restart`]. The machine
/// attaches no meaning to it, and lists recipients in ascending order.
#[derive(Clone, Copy, Debug, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(not(test), derive(PartialEq, PartialOrd, Ord))]
pub struct ClientId(pub u64);

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A point in time: milliseconds since the Unix epoch, read by the caller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Timestamp(pub u64);

impl Timestamp {
    /// The time `duration` later, in whole milliseconds. Saturates at [`u64::MAX`].
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)))
    }
}

/// One input to the state machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A client has connected. Ignored if it is already connected.
    Connect {
        /// The new client.
        client: ClientId,
        /// What is known about it.
        peer: Peer,
    },
    /// A client sent a line, passed without its line end. It may contain any characters.
    Line {
        /// The sender.
        client: ClientId,
        /// The text of the line.
        line: Arc<str>,
    },
    /// A client's connection has ended. Ignored if the client is not connected, for example because
    /// the machine closed it first.
    Disconnect {
        /// The client whose connection ended.
        client: ClientId,
        /// Why it ended.
        cause: Cause,
    },
    /// A client sent something that is not a line.
    Signal {
        /// The sender.
        client: ClientId,
        /// What the client sent.
        signal: Signal,
    },
    /// What came of a question that the machine has [asked](super::Output::Ask). Ignored unless it is
    /// the last one that the client was asked.
    Answered {
        /// The client that was asked.
        client: ClientId,
        /// The ticket of the question.
        ticket: u64,
        /// What came of it.
        answer: Answer,
    },
    /// The configuration of the server names an operator. Ignored unless that name is registered.
    Appoint {
        /// The name of the account.
        name: Text,
    },
    /// The server stops. All clients are told so and closed; departures are not announced.
    Shutdown,
    /// The server has been started anew: all clients are gone, and nothing is sent to anyone. Their
    /// ids may be used again.
    Restart,
}

impl Event {
    /// A client has connected, and nothing is known about it.
    #[must_use]
    pub fn connect(client: ClientId) -> Self {
        Self::Connect { client, peer: Peer::default() }
    }

    /// The client that the event belongs to, if it belongs to one.
    #[must_use]
    pub fn client(&self) -> Option<ClientId> {
        match self {
            Self::Connect { client, .. }
            | Self::Line { client, .. }
            | Self::Disconnect { client, .. }
            | Self::Signal { client, .. }
            | Self::Answered { client, .. } => Some(*client),
            Self::Appoint { .. } | Self::Shutdown | Self::Restart => None,
        }
    }
}

/// What is known about the other side of a connection when it is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Peer {
    /// Where it connects from.
    pub origin: Origin,
}

/// Where clients connect from, as a number that stands for an address; 0 if it is not known.
///
/// The caller should choose a number from which the address cannot be inferred, because it is stored.
///
/// ```
/// use chinwag::chat::Origin;
///
/// assert_eq!(Origin(0x1F2E).to_string(), "origin:0000000000001f2e");
/// assert_eq!(Origin::parse("origin:1F2E"), Some(Origin(0x1F2E)));
/// assert_eq!(Origin::parse("1f2e"), None);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Origin(pub u64);

impl Origin {
    /// Parses an origin as it is printed: `origin:` and up to 16 hexadecimal digits, not all of them 0.
    /// No username looks like that.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("origin:")?;
        let is_one = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = u64::from_str_radix(digits, 16).ok()?;
        (is_one && number > 0).then_some(Self(number))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "origin:{:016x}", self.0)
    }
}

/// Why a connection ended, if not by `/bye`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Cause {
    /// The peer closed the connection.
    Closed,
    /// The connection broke.
    Lost,
    /// The client fell behind: it did not read, and its send queue was full.
    Slow,
}

/// How a client left the chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Departure {
    /// The user typed `/bye`.
    Bye {
        /// The parting words for those who stay; may be blank.
        words: Text,
    },
    /// The connection ended.
    Ended(Cause),
    /// Another connection has logged in to its account.
    TakenOver,
    /// An operator has closed it, or it is banned.
    Removed,
}

/// Input from a client that is not a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Signal {
    /// An interrupt: Ctrl-C in `telnet`.
    Interrupt,
    /// The question whether the server is there: telnet's AYT.
    AreYouThere,
    /// More than [`Limits::line`](super::Limits::line) without a line end.
    Overlong,
    /// More than the client may send at once; the rest is read later. Reported once, and again only
    /// after the client has been silent for a while.
    Slowed,
}
