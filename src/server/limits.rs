//! Every limit of the server, with its default, and the relations between them.
//!
//! Not here: the limits of the chat itself (`chat::Limits`), which are embedded.

use core::ops::RangeInclusive;
use core::time::Duration;

use crate::chat::{self, LimitsError};
use crate::wire::{Rate, SendQueue, View};

/// The limits of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The limits of the chat.
    pub chat: chat::Limits,
    /// The number of clients at a time. Further connections are told that the server is full, and closed.
    pub clients: usize,
    /// How many lines a client may send. Beyond that its connection is not read. Other input counts too:
    /// see [`Receiver`](crate::wire::Receiver).
    pub rate: Option<Rate>,
    /// The number of clients from one address at a time. IPv6 addresses are counted by their /64, and
    /// loopback is exempt.
    pub per_ip: Option<usize>,
    /// How often one address may connect. IPv6 and loopback are treated as for `per_ip`.
    pub connect_rate: Option<Rate>,
    /// The number of bytes that a room may receive, or a user from messages addressed to them alone: at
    /// once, and then each second. Lines that would exceed it are delayed.
    pub told_rate: Option<Rate>,
    /// Whether passwords are taken over connections that are not encrypted and come from other machines.
    pub plain_passwords: bool,
    /// The column at which lines are broken for a client that has not reported the width of its terminal.
    pub wrap: Option<u16>,
    /// The number of bytes that may be queued for one client. A client that exceeds it is disconnected,
    /// unless it has read some within [`Self::linger`]: then [`Self::STRETCH`] times as many may be
    /// queued, for at most [`Self::BEHIND`].
    pub send_queue: usize,
    /// The number of bytes that may be queued for all clients together. Beyond that, the client with the
    /// longest queue is disconnected. The queues may use twice as much memory.
    pub memory: usize,
    /// How long a client may read nothing of its queued output before it is disconnected.
    pub patience: Duration,
    /// How long the peer of a connection that is being closed may neither read nor close its own side. In
    /// all, closing takes at most [`Self::FAREWELL`]. That alone is the limit while the system reports
    /// that the peer is alive and has not received everything. When the server stops, closing may take
    /// this long in all.
    pub linger: Duration,
    /// The longest time from the last sign of life of a peer that has vanished until it is disconnected,
    /// whatever is being sent to it. The shortest is half of that. Both hold as far as the system
    /// supports such times.
    pub vanished: Duration,
}

impl Limits {
    /// How long a new connection is given to send something before it is greeted and announced. So other
    /// programs, and connections that are closed at once, are not announced.
    pub const FIRST_WORDS: Duration = Duration::from_millis(50);

    /// How many times [`Self::send_queue`] may be queued for a client that keeps reading.
    pub const STRETCH: usize = 16;

    /// How long more than [`Self::send_queue`] may be queued for such a client.
    pub const BEHIND: Duration = Duration::from_secs(60);

    /// How long a client may take in all to read its queued output while it is being closed.
    pub const FAREWELL: Duration = Duration::from_secs(180);

    /// How long none of the bytes in the system's send buffer may arrive before a client is disconnected,
    /// although its system answers. The system probes such a client at ever longer intervals, so it would
    /// take ever longer to detect that the peer has vanished.
    pub const STANDSTILL: Duration = Duration::from_secs(100);

    /// The number of connections inspected in a row before other work is done.
    pub const LOOKS: usize = 64;

    /// The size in bytes of the system's send buffer of a connection. Some systems double it, for their own
    /// overhead. A larger one would hide for longer that a client reads nothing, and delay the message
    /// that says why it is disconnected.
    pub const SEND_BUFFER: usize = 64 * 1024;

    /// The size in bytes of the system's receive buffer of a connection, which fills while flood control
    /// holds back input. Some systems double it, for their own overhead.
    pub const RECEIVE_BUFFER: usize = 16 * 1024;

    /// The number of descriptors reserved for other purposes than clients: listening sockets, the log,
    /// the database, and connections that are being refused.
    pub const RESERVE: usize = 32;

    /// The most clients at a time: the number of slots that fit in a [`ClientId`](chat::ClientId).
    pub const MOST_CLIENTS: usize = 1 << super::connections::SLOT_BITS;

    /// The range of [`Self::vanished`] in seconds: the system probes in whole seconds.
    pub const VANISHED: RangeInclusive<u64> = 8..=86_400;

    /// The number of messages in the hub's inbox. While it is full, connections are not read.
    pub const INBOX: usize = 1024;

    /// The cost of the input that the hub processes before it writes the output, in the same unit as
    /// [`Self::TURN`]. A larger batch would delay its first output, and a smaller one would write more
    /// often. The last input of a batch may exceed it.
    pub const BATCH: usize = 1024;

    /// The number of bytes of text at which the part that all clients have been sent is dropped, even if
    /// output never runs out: about as many as stay in a processor's cache.
    pub const SENT_TEXT: usize = 64 * 1024;

    /// The number of bytes of text at which all of it is written, even in the middle of a batch. The last
    /// event may exceed it.
    pub const MOST_TEXT: usize = 1024 * 1024;

    /// The number of bytes read from a connection at once. They are read onto the stack, so an idle
    /// connection owns no buffer.
    pub const READ: usize = 4 * 1024;

    /// The number of bytes that are held back by flood control before reading stops. Reading ahead finds
    /// an interrupt among them in time.
    pub const LOOK_AHEAD: usize = 16 * 1024;

    /// How long the input of a peer that will send no more is kept while flood control holds it back. Then
    /// it is discarded, and the name of the client is free again.
    pub const LEFT_OVER: Duration = Duration::from_secs(5);

    /// How long a client may take to answer when it is asked for a password.
    pub const ANSWER_TIME: Duration = Duration::from_secs(60);

    /// The number of passwords that are checked or wait for that. Whoever types a further one is told to
    /// try again.
    pub const CHECKS: usize = 64;

    /// The number of passwords that are checked at the same time, each with 19 MiB of memory.
    pub const CHECKS_AT_ONCE: usize = 2;

    /// The number of inputs of one connection in a report to the hub, after which no more bytes are parsed.
    /// The last bytes parsed may contain as many again. The next report follows when these are processed.
    pub const AT_ONCE: usize = 256;

    /// The cost that a client may cause in its turn, in units of about a microsecond. A line costs 1, and a
    /// command [`Self::COMMAND`] more. Every [`Self::RECIPIENTS`] recipients, and every
    /// [`Self::ANSWER`] bytes of output, cost 1 more.
    pub const TURN: usize = 64;

    /// The cost of parsing a line that may be a command: names are compared with similar ones.
    pub const COMMAND: usize = 64;

    /// The number of bytes of such a line that cost 1 more.
    pub const NAME: usize = 8;

    /// The number of recipients that cost 1. Writing to them is not included, because that is done in
    /// turns too.
    pub const RECIPIENTS: usize = 256;

    /// The number of bytes of text that cost 1, for each width at which the text is laid out.
    pub const ANSWER: usize = 256;

    /// The number of recipients for which a line costs one more token of flood control. 16 bytes of output
    /// count as one recipient.
    pub const TOKEN: usize = 4096;

    /// The number of clients that are written to before the inbox is checked. So a message to many delays
    /// only its own recipients.
    pub const WRITES: usize = 256;

    /// The most recipients of a message to few. They take turns with the recipients of all other messages,
    /// so they need not wait for all of those.
    pub const FEW: usize = 64;

    /// The most bytes that are parsed without a permit, because parsing them takes almost no time.
    pub const FEW_BYTES: usize = 128;

    /// The number of connections whose longer input may be parsed at a time, before all other tasks that
    /// are ready have run.
    pub const PASSES: usize = 16;

    /// How often a connection with much input is read in a row, before other tasks run.
    pub const READS: usize = 16;

    /// The backlog of a listening socket. The kernel may allow fewer connections.
    pub const BACKLOG: i32 = 4096;

    /// The number of connections accepted in a row before other tasks run.
    pub const ACCEPTS: usize = 16;

    /// The pause before accepting again after a failure that lasts. Usually, the process is out of
    /// descriptors.
    pub const BACK_OFF: Duration = Duration::from_millis(100);

    /// The number of refused connections whose input is read for a while, so that their peers receive the
    /// reason.
    pub const REFUSED: usize = 16;

    /// How long the shutdown waits for the last events of the journal to be written. Together with
    /// [`Self::linger`] and [`Self::LAST_LOGS`], this is less than the ten seconds that some supervisors
    /// give a process to stop.
    pub const LAST_EVENTS: Duration = Duration::from_secs(3);

    /// How long a successor may take from its start until it takes over. Then it is ended, and the server goes on.
    pub const HAND_OVER: Duration = Duration::from_secs(10);

    /// How long the shutdown waits for the last log lines to be written.
    pub const LAST_LOGS: Duration = Duration::from_secs(1);

    /// The number of bytes of log lines that are buffered, some ten thousand lines. Further lines are
    /// dropped and counted.
    pub const LOG: usize = 1024 * 1024;

    /// The size in bytes of the blocks in which they are buffered.
    pub(crate) const SPOOL_BLOCK: usize = 64 * 1024;

    /// The state is stored anew after so many events: they need not be read at the next start.
    pub const SNAPSHOT_EVERY: u64 = 100_000;

    /// How long the disk may take to store a batch before everyone is told that the chat is stalled.
    pub const STALL: Duration = Duration::from_secs(3);

    /// The pause before writing to the journal is tried again after a failure.
    pub const RETRY: Duration = Duration::from_millis(100);

    /// How long log lines may accumulate, so that many are written at once.
    pub const SPOOL_PAUSE: Duration = Duration::from_millis(10);

    /// Checks the relations between the limits.
    ///
    /// # Errors
    ///
    /// The first relation that does not hold.
    pub fn check(&self) -> Result<(), LimitsError> {
        self.chat.check()?;
        LimitsError::unless_all(&[
            (self.clients >= 1, "there must be room for at least one client"),
            (self.clients <= Self::MOST_CLIENTS, "there can be at most 16777216 clients"),
            (
                self.per_ip != Some(0),
                "there must be room for at least one connection of an address",
            ),
            (
                self.wrap.is_none_or(|columns| chat::Limits::COLUMNS.contains(&columns)),
                "lines can be broken at 20 to 500 columns",
            ),
            (
                Self::VANISHED.contains(&self.vanished.as_secs()),
                "peers that have vanished can be found in 8 to 86400 seconds",
            ),
            (
                self.memory >= self.send_queue,
                "the memory for all send queues must have room for one of them",
            ),
            (
                self.send_queue / 2 >= self.chat.reply,
                "the send queue must have room for two replies, 131072 bytes by default",
            ),
            (
                self.send_queue >= self.longest_line().saturating_add(SendQueue::LAST_WORDS),
                "the send queue must have room for a line of the longest kind",
            ),
        ])
    }

    /// The most bytes that a line can become when it is laid out: each byte that is not UTF-8 becomes a
    /// character of three bytes.
    fn longest_line(&self) -> usize {
        let words = self.chat.line.saturating_mul("\u{FFFD}".len());
        let line = words.saturating_add(self.chat.username_bytes);
        let rows = View::most_added(self.chat.line);
        line.saturating_add(rows).saturating_add(chat::Limits::REPLY_FRAME)
    }
}

impl Default for Limits {
    /// For a process that may have 1,024 descriptors, the usual default.
    fn default() -> Self {
        Self {
            chat: chat::Limits::default(),
            clients: 1024 - Self::RESERVE,
            rate: Some(Rate::new(20, 2)),
            per_ip: Some(64),
            connect_rate: Some(Rate::new(32, 1)),
            told_rate: Some(Rate::new(80_000, 40_000)),
            plain_passwords: true,
            wrap: Some(79),
            send_queue: 256 * 1024,
            memory: 1024 * 1024 * 1024,
            patience: Duration::from_secs(30),
            linger: Duration::from_secs(5),
            vanished: Duration::from_secs(75),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_relation_is_checked() {
        let broken = |change: fn(&mut Limits)| {
            let mut limits = Limits::default();
            change(&mut limits);
            limits.check().unwrap_err().0
        };
        assert_eq!(Limits::default().check(), Ok(()));
        assert_eq!(broken(|l| l.clients = 0), "there must be room for at least one client");
        assert_eq!(
            broken(|l| l.clients = Limits::MOST_CLIENTS + 1),
            "there can be at most 16777216 clients"
        );
        assert_eq!(
            broken(|l| l.send_queue = 2 * l.chat.reply - 1),
            "the send queue must have room for two replies, 131072 bytes by default"
        );
        assert_eq!(
            broken(|l| l.chat.line = 100_000),
            "the send queue must have room for a line of the longest kind"
        );
        assert_eq!(
            broken(|l| l.per_ip = Some(0)),
            "there must be room for at least one connection of an address"
        );
        assert_eq!(broken(|l| l.wrap = Some(501)), "lines can be broken at 20 to 500 columns");
        assert_eq!(
            broken(|l| l.vanished = Duration::from_millis(7999)),
            "peers that have vanished can be found in 8 to 86400 seconds"
        );
        assert_eq!(
            broken(|l| l.memory = l.send_queue - 1),
            "the memory for all send queues must have room for one of them"
        );
        assert_eq!(broken(|l| l.chat.username_columns = 0), "username_columns must be at least 1");
    }
}
