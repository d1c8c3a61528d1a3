//! Every limit of the machine, with its default.
//!
//! Not here: the limits of connections and queues (`server::Limits`).

use core::fmt;
use core::ops::RangeInclusive;

/// The limits of the machine.
///
/// ```
/// use chinwag::chat::Limits;
///
/// let limits = Limits { username_columns: 12, ..Limits::default() };
/// assert_eq!(limits.check(), Ok(()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct Limits {
    /// The longest line. The wire counts raw bytes; the machine, which sees no bytes, counts
    /// characters. A character is at least one byte, so a line that passes the wire also passes the
    /// machine.
    pub line: usize,
    /// The widest username, in terminal columns.
    pub username_columns: usize,
    /// The longest username, in bytes of UTF-8.
    pub username_bytes: usize,
    /// The widest room name, in terminal columns.
    pub room_columns: usize,
    /// The longest room name, in bytes of UTF-8.
    pub room_bytes: usize,
    /// Members from which on a room is large: arrivals and departures are not announced one by one,
    /// but counted, and the counts precede the next message.
    pub announce_below: usize,
    /// Rooms at a time, not counting the lobby.
    pub rooms: usize,
    /// How long a room is kept after its last member has left, in milliseconds; 0 ends it at once.
    pub keep_rooms: usize,
    /// Lines in the history of a room; 0 turns histories off.
    pub history_lines: usize,
    /// Bytes in the history of a room.
    pub history_room_bytes: usize,
    /// Bytes in the histories of all rooms together.
    pub history_bytes: usize,
    /// Lines of history that one command can show.
    pub history_shown: usize,
    /// Lines of history that are shown to a client when it enters a room.
    pub history_recent: usize,
    /// Unused invitations of one client. A further one replaces the oldest.
    pub invitations: usize,
    /// Users that one client can ignore at a time.
    pub ignored: usize,
    /// Accounts, which are names that are registered.
    pub accounts: usize,
    /// Whispers that are kept for one account while its holder is not here.
    pub kept_whispers: usize,
    /// Bytes of the whispers that are kept for all accounts together.
    pub kept_bytes: usize,
    /// Passwords that clients of one origin are asked for in one window of time.
    pub tries: usize,
    /// The length of that window, in milliseconds.
    pub tries_window: usize,
    /// The widest away message, topic and parting words, in terminal columns.
    pub note_columns: usize,
    /// Users on one page of a list.
    pub list_users: usize,
    /// Rooms on one page of a list.
    pub list_rooms: usize,
    /// The longest single reply, in bytes as rendered. A longer list ends in "and N more".
    pub reply: usize,
}

impl Limits {
    /// Combining marks that one base character may carry. Scripts of South-East Asia need this
    /// many. Further marks are replaced by U+FFFD in text and refused in names. The same limit
    /// holds for skin tones on one emoji, and for emoji that are joined to one.
    pub const MARKS_PER_BASE: usize = 6;

    /// Clients that are shown an away message only once. Further clients are shown it whenever they
    /// whisper.
    pub const AWAY_TOLD: usize = 100;

    /// What one event can end or forget at most because its time is over, so that no event takes long:
    /// vacant rooms, and origins of tries. More follows with the next events.
    pub const ENDED_AT_ONCE: usize = 64;

    /// Bans at a time, and as many mutes.
    pub const SANCTIONS: usize = 1000;

    /// The accounts that may decide about one room beside its owner.
    pub const TRUSTED: usize = 100;

    /// The clients that may come back to one private room without an invitation, and as many accounts.
    pub const REGULARS: usize = 1000;

    /// The acts of operators that are kept.
    pub const ACTS: usize = 200;

    /// The lengths of a password, in characters. The machine sees none: whoever asks for it checks that.
    pub const PASSWORD: RangeInclusive<usize> = 8..=128;

    /// The widths at which a client can have its lines wrapped, in terminal columns.
    pub const COLUMNS: RangeInclusive<u16> = 20..=500;

    /// The most other members of a room whose names are shown to a client that enters. Of more
    /// members only the number is shown.
    pub const INTRODUCED: usize = 5;

    /// The longest answers to `/list` and `/rooms` with the default limits, in bytes as rendered.
    pub const LIST_BYTES: usize = 4096;
    /// The bytes that rendering may add around the names of a list; part of [`Limits::reply`].
    pub const REPLY_FRAME: usize = 128;

    /// Checks that the limits do not contradict each other.
    ///
    /// # Errors
    ///
    /// The first relation that does not hold.
    pub fn check(&self) -> Result<(), LimitsError> {
        const LONGEST_COMMAND_WORD: usize = 16;
        let longest_name = self.username_bytes.max(self.room_bytes);
        LimitsError::unless_all(&[
            (self.username_columns >= 1, "username_columns must be at least 1"),
            (
                self.username_bytes >= self.username_columns,
                "username_bytes must be at least username_columns",
            ),
            (
                self.history_bytes >= self.history_room_bytes,
                "history_bytes must be at least history_room_bytes",
            ),
            (
                self.history_shown >= self.history_recent,
                "history_shown must be at least history_recent",
            ),
            (self.invitations >= 1, "invitations must be at least 1"),
            (self.tries >= 1, "tries must be at least 1"),
            (self.list_users >= 1, "list_users must be at least 1"),
            (self.list_rooms >= 1, "list_rooms must be at least 1"),
            (self.room_columns >= 1, "room_columns must be at least 1"),
            (self.room_bytes >= self.room_columns, "room_bytes must be at least room_columns"),
            (
                self.line >= longest_name.saturating_add(LONGEST_COMMAND_WORD),
                "line must have room for a command and a name: username_bytes or room_bytes, + 16",
            ),
            (
                self.reply >= longest_name.saturating_add(Self::REPLY_FRAME),
                "reply must have room for one name: username_bytes or room_bytes, + 128",
            ),
        ])
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            line: 2048,
            username_columns: 24,
            username_bytes: 96,
            room_columns: 32,
            room_bytes: 128,
            announce_below: 32,
            rooms: 10_000,
            keep_rooms: 0,
            history_lines: 1000,
            history_room_bytes: 1024 * 1024,
            history_bytes: 64 * 1024 * 1024,
            history_shown: 200,
            history_recent: 20,
            invitations: 16,
            ignored: 100,
            accounts: 100_000,
            kept_whispers: 100,
            kept_bytes: 64 * 1024 * 1024,
            tries: 3,
            tries_window: 60_000,
            note_columns: 300,
            list_users: 40,
            list_rooms: 20,
            reply: 64 * 1024,
        }
    }
}

/// Limits that contradict each other. The text says which relation does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitsError(pub &'static str);

impl LimitsError {
    /// Returns the first relation that does not hold as an error.
    pub(crate) fn unless_all(relations: &[(bool, &'static str)]) -> Result<(), Self> {
        match relations.iter().find(|(holds, _)| !holds) {
            None => Ok(()),
            Some((_, relation)) => Err(Self(relation)),
        }
    }
}

impl fmt::Display for LimitsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl core::error::Error for LimitsError {}

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
        assert_eq!(broken(|l| l.username_columns = 0), "username_columns must be at least 1");
        assert_eq!(
            broken(|l| l.username_bytes = 23),
            "username_bytes must be at least username_columns"
        );
        assert_eq!(
            broken(|l| l.history_bytes = 1),
            "history_bytes must be at least history_room_bytes"
        );
        assert_eq!(
            broken(|l| l.history_recent = 201),
            "history_shown must be at least history_recent"
        );
        assert_eq!(broken(|l| l.invitations = 0), "invitations must be at least 1");
        assert_eq!(broken(|l| l.tries = 0), "tries must be at least 1");
        assert_eq!(broken(|l| l.list_users = 0), "list_users must be at least 1");
        assert_eq!(broken(|l| l.list_rooms = 0), "list_rooms must be at least 1");
        assert_eq!(broken(|l| l.room_columns = 0), "room_columns must be at least 1");
        assert_eq!(broken(|l| l.room_bytes = 31), "room_bytes must be at least room_columns");
        assert_eq!(
            broken(|l| l.line = 143),
            "line must have room for a command and a name: username_bytes or room_bytes, + 16"
        );
        assert_eq!(
            broken(|l| l.reply = 255),
            "reply must have room for one name: username_bytes or room_bytes, + 128"
        );
    }
}
