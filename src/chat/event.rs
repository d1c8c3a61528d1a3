//! What can happen to the chat: the input of [`Chat::handle`](super::Chat::handle).
//!
//! Not here: what it causes (`message`, `outbox`).

use alloc::sync::Arc;
use core::fmt;
use core::time::Duration;

use super::Text;

/// A connection, for as long as the chat lives.
///
/// The caller chooses the number and never uses one twice. The machine attaches no meaning to it;
/// recipients are listed in ascending order.
#[derive(Clone, Copy, Debug, Eq)]
#[cfg_attr(not(test), derive(PartialEq, PartialOrd, Ord))]
pub struct ClientId(pub u64);

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A moment: milliseconds since the Unix epoch, read by the caller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(pub u64);

impl Timestamp {
    /// So long after it; parts of a millisecond do not count.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)))
    }
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A new client is there. Ignored if it is there already.
    Connect {
        /// The newcomer.
        client: ClientId,
    },
    /// A client sent a line, here without its line end. It may hold any characters.
    Line {
        /// Who sent it.
        client: ClientId,
        /// What it says.
        line: Arc<str>,
    },
    /// A client's connection has ended. Ignored if the machine closed it first.
    Disconnect {
        /// Who is gone.
        client: ClientId,
        /// Why.
        cause: Cause,
    },
    /// The wire noticed something that is not a line.
    Signal {
        /// Who sent it.
        client: ClientId,
        /// What it was.
        signal: Signal,
    },
    /// The server stops: everyone is told and closed, and nobody is told that others leave.
    Shutdown,
}

impl Event {
    /// Whose event it is; nobody's if the server stops.
    #[must_use]
    pub fn client(&self) -> Option<ClientId> {
        match self {
            Self::Connect { client }
            | Self::Line { client, .. }
            | Self::Disconnect { client, .. }
            | Self::Signal { client, .. } => Some(*client),
            Self::Shutdown => None,
        }
    }
}

/// Why a connection ended without the user asking the chat for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The peer closed it.
    Closed,
    /// It broke.
    Lost,
    /// The client did not take what was sent to it, and its send queue was full.
    Slow,
}

/// How someone has left the chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Departure {
    /// By `/bye`.
    Bye {
        /// What it says to those who stay; may be blank.
        words: Text,
    },
    /// Its connection has ended.
    Ended(Cause),
}

/// Something a client did that is not a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Asked to interrupt: Ctrl-C in `telnet`.
    Interrupt,
    /// Asked whether anyone is there: telnet's AYT.
    AreYouThere,
    /// Sent more than [`Limits::line`](super::Limits::line) without a line end.
    Overlong,
    /// Sent more at once than it may say; the rest is read later. Told once until it has been silent for a while.
    Slowed,
}
