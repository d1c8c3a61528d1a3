//! Every bound of the runtime, with its default; the machine's are embedded.

use core::ops::RangeInclusive;
use core::time::Duration;

use crate::chat::{self, LimitsError};
use crate::wire::{Rate, SendQueue, View};

/// The server's bounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The machine's bounds.
    pub chat: chat::Limits,
    /// Connections at a time. Further ones are told that the server is full, and closed.
    pub clients: usize,
    /// How many lines a connection may send: beyond that it is not read from. So with all else that
    /// something comes of, see [`Receiver`](crate::wire::Receiver).
    pub rate: Option<Rate>,
    /// Connections of one address at a time. IPv6 counts by /64, and loopback not at all.
    pub per_ip: Option<usize>,
    /// How often one address may connect.
    pub connect_rate: Option<Rate>,
    /// Bytes that a room, or one user by others alone, may be told: so many at once, then so many a second. Whoever
    /// would tell more waits.
    pub told_rate: Option<Rate>,
    /// The columns at which the lines of a client are broken that has not said how wide its terminal is.
    pub wrap: Option<u16>,
    /// Bytes that may wait for one client. A client for whom more is due is closed, unless it has taken something
    /// within [`Self::linger`]: then [`Self::STRETCH`] times as many may wait, for at most [`Self::BEHIND`].
    pub send_queue: usize,
    /// Bytes that may wait for all clients together. If more are due, the client for whom most wait is
    /// closed. The memory that they take can be twice that.
    pub memory: usize,
    /// How long a client may take nothing of what is due before it is closed.
    pub patience: Duration,
    /// How long a closed connection may neither take of what is due nor close its own side. In all, that is at most
    /// [`Self::FAREWELL`], and that is also how long it may take if the system says that the peer is there and has yet to
    /// get something. When the server stops, how long it may take in all.
    pub linger: Duration,
    /// How long after its last sign of life a peer that has vanished is gone at the latest, whatever is being sent to
    /// it; at the soonest, that is half of that. As far as the system can be told so.
    pub vanished: Duration,
}

impl Limits {
    /// How long a newcomer who says nothing is waited for before it is greeted and announced. So one
    /// that is no chat client, or has gone again, need not be.
    pub const FIRST_WORDS: Duration = Duration::from_millis(50);

    /// How many times [`Self::send_queue`] may wait for a client that takes something all the time.
    pub const STRETCH: usize = 16;

    /// How long more than [`Self::send_queue`] may wait for such a client.
    pub const BEHIND: Duration = Duration::from_secs(60);

    /// How long a connection that has been closed may go on taking what is due, in all.
    pub const FAREWELL: Duration = Duration::from_secs(180);

    /// How long nothing of what the system keeps for a client may arrive before it is closed, although it is there. The
    /// system asks ever more rarely whether it takes more: it would be found out ever later that it has vanished.
    pub const STANDSTILL: Duration = Duration::from_secs(100);

    /// How many connections are looked at before others have their turns.
    pub const LOOKS: usize = 64;

    /// Bytes that the system may keep for a connection, beside its send queue. Some double the number, for
    /// what they need themselves. More would hide for longer whether a client takes anything, and delay the words
    /// that say why it is closed.
    pub const SEND_BUFFER: usize = 64 * 1024;

    /// Bytes that the system may keep of what a connection has sent and that is not read yet, as flood control holds it
    /// back. Some double the number, for what they need themselves.
    pub const RECEIVE_BUFFER: usize = 16 * 1024;

    /// Descriptors that are kept for other things than clients: listening sockets, the log, the
    /// database, the connections that are being refused.
    pub const RESERVE: usize = 32;

    /// As many slots as a [`ClientId`](chat::ClientId) can tell apart.
    pub const MOST_CLIENTS: usize = 1 << super::connections::SLOT_BITS;

    /// In how many seconds peers that have vanished can be found. The system asks in whole seconds.
    pub const VANISHED: RangeInclusive<u64> = 8..=86_400;

    /// Messages that may wait for the hub; beyond that, connections are not read from.
    pub const INBOX: usize = 1024;

    /// What the hub does before it writes what that causes, at its cost: see [`Self::TURN`]. More would delay
    /// the first of them, less would write more often. The last of a batch may exceed it.
    pub const BATCH: usize = 1024;

    /// Bytes of text from which on it is forgotten what everyone has been sent of it, even if something is due to someone
    /// all the time: as many as stay in a processor's cache.
    pub const SENT_TEXT: usize = 64 * 1024;

    /// Bytes of text that are written to all at once when there are so many, even in the middle of a batch. The last
    /// event may exceed it.
    pub const MOST_TEXT: usize = 1024 * 1024;

    /// Bytes read from a connection at once. They are on the stack of one read: a connection that is
    /// silent owns no buffer.
    pub const READ: usize = 4 * 1024;

    /// Bytes that are read of a connection beside those that flood control holds back, so that an interrupt among
    /// them is not held back.
    pub const LOOK_AHEAD: usize = 16 * 1024;

    /// How long a peer that will send no more may have something left that flood control holds back. Then it is
    /// forgotten, and its name is free.
    pub const LEFT_OVER: Duration = Duration::from_secs(5);

    /// Things that the hub is told of one connection at once; the last bytes may mean as many again. It takes no more
    /// from it before they are done.
    pub const AT_ONCE: usize = 256;

    /// What one client may cost in its turn: about as many microseconds. A line costs 1, or
    /// [`Self::COMMAND`]; each [`Self::RECIPIENTS`], and each [`Self::ANSWER`] bytes, cost 1 more.
    pub const TURN: usize = 64;

    /// What a line costs that may be a command: names have to be compared with what looks like them.
    pub const COMMAND: usize = 64;

    /// So many bytes of such a line cost 1 more.
    pub const NAME: usize = 8;

    /// So many who are told something cost 1, before they are written to: for that, they have their turns too.
    pub const RECIPIENTS: usize = 256;

    /// So many bytes of text cost 1, for each width at which they are laid out.
    pub const ANSWER: usize = 256;

    /// So many who are told something cost a token of flood control beside the line's own; so do as many times
    /// 16 bytes of text.
    pub const TOKEN: usize = 4096;

    /// Clients that are written to before it is looked whether something else has come: who is told the same as
    /// many others waits for all of them, but nobody else does.
    pub const WRITES: usize = 256;

    /// Who are told something together with no more than so many are written to first.
    pub const FEW: usize = 64;

    /// Bytes that come at once and of which it takes next to no time to find out what they mean.
    pub const FEW_BYTES: usize = 128;

    /// Connections of which it is found out at a time what more than that means, before all others that are ready have
    /// their turns.
    pub const PASSES: usize = 16;

    /// How often a connection that has more to read is read from in a row, before others have their turn.
    pub const READS: usize = 16;

    /// Connections that may wait to be accepted. The kernel may allow fewer.
    pub const BACKLOG: i32 = 4096;

    /// How many connections are accepted in a row, before others have their turns.
    pub const ACCEPTS: usize = 16;

    /// How long to wait before accepting again after a failure that will not go away by itself: out of
    /// descriptors, mostly.
    pub const BACK_OFF: Duration = Duration::from_millis(100);

    /// Connections that are refused and still read from, so that they learn why.
    pub const REFUSED: usize = 16;

    /// How long the end may wait for the last of the journal to be written. With [`Self::linger`] and
    /// [`Self::LAST_LOGS`] it is less than the ten seconds that some give a process to stop.
    pub const LAST_EVENTS: Duration = Duration::from_secs(3);

    /// How long the end may wait for the last log lines to be read.
    pub const LAST_LOGS: Duration = Duration::from_secs(1);

    /// Bytes of log lines that may wait to be written, some ten thousand lines; further ones are dropped
    /// and counted.
    pub const LOG: usize = 1024 * 1024;

    /// Bytes of them that are kept together.
    pub(crate) const SPOOL_BLOCK: usize = 64 * 1024;

    /// How long the disk may take to store a batch before everybody is told that the chat stands still.
    pub const STALL: Duration = Duration::from_secs(3);

    /// How long a journal that could not be written waits before it tries again.
    pub const RETRY: Duration = Duration::from_millis(100);

    /// How long log lines may wait so that many are written at once.
    pub const SPOOL_PAUSE: Duration = Duration::from_millis(10);

    /// Checks the relations between the bounds.
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

    /// The longest rows that someone's words can become: each byte that is not UTF-8 becomes a
    /// character of three.
    fn longest_line(&self) -> usize {
        let words = self.chat.line.saturating_mul("\u{FFFD}".len());
        let line = words.saturating_add(self.chat.username_bytes);
        let rows = View::most_added(self.chat.line);
        line.saturating_add(rows).saturating_add(chat::Limits::REPLY_FRAME)
    }
}

impl Default for Limits {
    /// Sized for a process that may have 1,024 descriptors, the usual default.
    fn default() -> Self {
        Self {
            chat: chat::Limits::default(),
            clients: 1024 - Self::RESERVE,
            rate: Some(Rate::new(20, 2)),
            per_ip: Some(64),
            connect_rate: Some(Rate::new(32, 1)),
            told_rate: Some(Rate::new(80_000, 40_000)),
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
