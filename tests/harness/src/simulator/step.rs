//! The steps of a simulated case. Each is legal in every state.
//!
//! Not here: performing them (`running`).

use chinwag::server::Limits;

use super::SEND_QUEUE;
use super::store::Condition;
use crate::operation::kind_of;
use crate::{Operation, Weights};

/// One step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "slots are taken modulo the number of connections")]
pub enum Step {
    /// An operation of a user.
    Chat(Operation),
    /// A client sends part of a line, a telnet command, or bytes of another protocol.
    Bytes { slot: u8, which: u8 },
    /// A client sends many lines at once.
    Paste { slot: u8, which: u8 },
    /// One to four adjacent clients stop reading.
    Stall { slot: u8, count: u8 },
    /// A client's link becomes slow.
    Slow { slot: u8 },
    /// A client reads a little.
    Take { slot: u8, count: u8 },
    /// A client reads everything again, and is reachable again.
    Heal { slot: u8 },
    /// A client closes its sending side.
    Finish { slot: u8 },
    /// A client resets its connection.
    Reset { slot: u8 },
    /// Writes to a client fail from now on; reads still succeed.
    Break { slot: u8 },
    /// A client vanishes: nothing passes in either direction.
    Vanish { slot: u8 },
    /// Accepting a connection fails.
    AcceptError,
    /// There is no descriptor for the next connection.
    Exhaust,
    /// The server does not run between the next two steps.
    AtOnce,
    /// From now on the disk does this, if there is one.
    Disk { condition: Condition },
    /// The server begins to come to rest. After the next step a successor takes over, or the server goes on: when it is at
    /// rest, or at once.
    HandOver { which: u8 },
    /// The server is killed, and another one starts from what is stored; if there is a disk.
    Crash,
    /// Time passes.
    Wait { which: u8 },
    /// The clock is put back.
    PutBack,
}

/// The weight of each kind of step in a case. Some weights are zero, so that other kinds come in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frequencies(pub [u8; Frequencies::KINDS]);

impl Frequencies {
    /// The number of kinds.
    pub const KINDS: usize = 19;
}

/// Bytes that a client can send, other than lines.
pub(super) const BYTES: [&[u8]; 12] = [
    b"half a ",
    b"unended",
    b"\xFF\xFD\x06",
    b"\xFF\xF4\xFF\xFD\x06",
    b"\xFF\xFB\x1F\xFF\xFA\x1F\0P\0\x18\xFF\xF0",
    b"\xFF\xFB\x1F\xFF\xFA\x1F\0\x1E\0\x18\xFF\xF0",
    b"\xFF\xFB\x1F\xFF\xFA\x1F\0\0\0\0\xFF\xF0",
    b"x\x08\x7F\x15",
    b"\xFF",
    b"GET / HTTP/1.1\r\n",
    b"\x16\x03\x01",
    &SHORT_AND_OVERLONG,
];

/// A line, then one that exceeds the limit.
const SHORT_AND_OVERLONG: [u8; 2100] = {
    let mut bytes = [b'x'; 2100];
    bytes[1] = b'\n';
    bytes
};

/// Text that a client can paste.
#[derive(Clone, Copy)]
pub(super) enum Paste {
    /// A number of lines, and their length.
    Lines(usize, usize),
    /// `/help`, a number of times.
    Help(usize),
    /// Lines with exactly this number of bytes, including line ends.
    Bytes(usize),
}

/// The last ones fill one read, one turn of reads, and a send queue.
pub(super) const PASTES: [Paste; 8] = [
    Paste::Lines(40, 1),
    Paste::Lines(12, 400),
    Paste::Lines(30, 400),
    Paste::Help(30),
    Paste::Lines(3, 1500),
    Paste::Bytes(Limits::READ),
    Paste::Bytes(Limits::READ * Limits::READS),
    Paste::Bytes(SEND_QUEUE),
];

impl Paste {
    /// The text; each line has a token, starting with `first`.
    pub(super) fn text(self, first: u64) -> String {
        let line = |(number, length): (u64, usize)| {
            format!("{}#{}\r\n", "x".repeat(length), first + number)
        };
        match self {
            Self::Lines(count, length) => (0..).zip(vec![length; count]).map(line).collect(),
            Self::Help(count) => "/help\r\n".repeat(count),
            Self::Bytes(count) => {
                let mut text = String::new();
                for number in 0.. {
                    let least = line((number, 0)).len();
                    let left = count - text.len();
                    if left < least {
                        break;
                    }
                    // The bytes left are either enough for another line or zero.
                    let length = if left < 2 * least + 600 { left - least } else { 600 };
                    text += &line((number, length));
                }
                text
            }
        }
    }
}

/// What a disk can do.
pub(super) const CONDITIONS: [Condition; 4] =
    [Condition::Works, Condition::Stalls, Condition::TakesTime, Condition::Full];

/// Waiting times in milliseconds.
pub(super) const WAITS: [u64; 7] = [1, 60, 500, 1_000, 6_000, 31_000, 61_000];

impl Step {
    /// Decodes five bytes.
    #[must_use]
    pub fn decode(weights: &Weights, often: &Frequencies, [kind, word @ ..]: [u8; 5]) -> Self {
        let [which, slot, ..] = word;
        match kind_of(&often.0, kind) {
            None | Some(0) => Self::Chat(Operation::decode(weights, word)),
            Some(1) => Self::Bytes { slot, which },
            Some(2) => Self::Paste { slot, which },
            Some(3) => Self::Stall { slot, count: which },
            Some(4) => Self::Take { slot, count: which },
            Some(5) => Self::Heal { slot },
            Some(6) => Self::Finish { slot },
            Some(7) => Self::Reset { slot },
            Some(8) => Self::Break { slot },
            Some(9) => Self::AcceptError,
            Some(10) => Self::Exhaust,
            Some(11) => Self::Wait { which },
            Some(12) => Self::PutBack,
            Some(13) => Self::Slow { slot },
            Some(14) => Self::Vanish { slot },
            Some(15) => Self::AtOnce,
            Some(16) => Self::HandOver { which },
            Some(17) => Self::Crash,
            Some(_) => Self::Disk { condition: CONDITIONS[usize::from(which) % CONDITIONS.len()] },
        }
    }
}
