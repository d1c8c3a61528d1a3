//! What can happen to a simulated server, each legal in every state.
//!
//! Not here: making it happen (`running`).

use crate::{Operation, Weights};

/// One thing that happens to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "slots are taken modulo who is there")]
pub enum Step {
    /// What people and their connections do.
    Chat(Operation),
    /// A client sends part of a line, or telnet, or something that is no chat at all.
    Bytes { slot: u8, which: u8 },
    /// A client sends many lines at once.
    Paste { slot: u8, which: u8 },
    /// A client takes nothing any more.
    Stall { slot: u8 },
    /// A client takes a little.
    Take { slot: u8, count: u8 },
    /// A client takes everything again.
    Heal { slot: u8 },
    /// A client ends its side.
    Finish { slot: u8 },
    /// A connection cannot be accepted.
    AcceptError,
    /// Time passes.
    Wait { which: u8 },
    /// The clock is put back.
    PutBack,
}

/// What a client can send beside lines.
pub(super) const BYTES: [&[u8]; 8] = [
    b"half a ",
    b"\xFF\xFD\x06",
    b"\xFF\xF4\xFF\xFD\x06",
    b"\xFF\xFB\x1F\xFF\xFA\x1F\0P\0\x18\xFF\xF0",
    b"x\x08\x7F\x15",
    b"\xFF",
    b"GET / HTTP/1.1\r\n",
    b"\x16\x03\x01",
];

/// What a client can paste: how many lines, and how long they are. A length of 0 asks for help instead.
pub(super) const PASTES: [(usize, usize); 5] = [(40, 1), (12, 400), (30, 400), (30, 0), (3, 1500)];

/// How long it can take until something else happens, in milliseconds.
pub(super) const WAITS: [u64; 6] = [1, 60, 500, 1_000, 6_000, 31_000];

impl Step {
    /// The step that five bytes stand for.
    #[must_use]
    pub fn decode(weights: &Weights, [kind, word @ ..]: [u8; 5]) -> Self {
        let [which, slot, ..] = word;
        match kind {
            0..170 => Self::Chat(Operation::decode(weights, word)),
            170..185 => Self::Bytes { slot, which },
            185..195 => Self::Paste { slot, which },
            195..205 => Self::Stall { slot },
            205..215 => Self::Take { slot, count: which },
            215..225 => Self::Heal { slot },
            225..232 => Self::Finish { slot },
            232..238 => Self::AcceptError,
            238..252 => Self::Wait { which },
            252.. => Self::PutBack,
        }
    }
}
