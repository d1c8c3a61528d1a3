//! Lines from data bytes: where a line ends, how long it may be, how it is decoded and how it is edited.
//!
//! LF ends a line. CR ends a line and swallows one LF or NUL that follows it, even in a later read. NUL
//! elsewhere is dropped. So CR LF, CR NUL, CR and LF are each one line end (RFC 854 page 11, and what clients
//! really send). Bytes that are not UTF-8 become U+FFFD.
//!
//! Backspace and Delete erase the last grapheme of the line, and Ctrl-U erases all of it: clients that send
//! each key as it is typed leave that to the server. Keys that show nothing, such as arrows, are erased too.
//!
//! Not here: telnet, which is removed before (`telnet`), and what the line asks for (`chat::Command`).

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use memchr::{memchr3, memrchr};
use unicode_segmentation::UnicodeSegmentation;
use zeroize::Zeroize;

use crate::chat::is_key;

/// The keys that erase.
const BACKSPACE: u8 = 0x08;
const DELETE: u8 = 0x7F;
const CTRL_U: u8 = 0x15;

/// The first byte of keys that show nothing, and the longest such key, in bytes.
const ESC: u8 = 0x1B;
const KEY: usize = 32;

/// The bytes at the end of a line that are searched for its last grapheme. A longer one, which nobody types by
/// hand, is erased in pieces.
const GRAPHEME: usize = 64;

/// What the framer found next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Framed {
    /// A line, without its end.
    Line(Arc<str>),
    /// The line that is being received exceeds the limit. It is discarded up to its end.
    Overlong {
        /// Its beginning, as long as the limit.
        start: Vec<u8>,
    },
}

/// Splits data into lines. Plain data; it never stores more bytes than the limit.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Framer {
    limit: usize,
    #[cfg_attr(feature = "serde", serde(with = "super::encoding::bytes"))]
    pending: Vec<u8>,
    after_cr: bool,
    overlong: bool,
}

impl Framer {
    /// A framer for lines of at most `limit` bytes.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self { limit, pending: Vec::new(), after_cr: false, overlong: false }
    }

    /// The same framer with another limit, which the pending line may exceed.
    pub(super) fn with_limit(self, limit: usize) -> Self {
        Self { limit: limit.max(self.pending.len()), ..self }
    }

    /// Takes the front of `data` up to the next thing to report, or all of it if there is none.
    ///
    /// ```
    /// use chinwag::wire::line::{Framed, Framer};
    ///
    /// let mut framer = Framer::new(2048);
    /// let mut data = &b"one\r\ntw"[..];
    /// assert_eq!(framer.next(&mut data), Some(Framed::Line("one".into())));
    /// assert_eq!(framer.next(&mut data), None);
    /// assert_eq!(framer.next(&mut &b"o\n"[..]), Some(Framed::Line("two".into())));
    /// ```
    pub fn next(&mut self, data: &mut &[u8]) -> Option<Framed> {
        while let Some(&first) = data.first() {
            // A NUL after the CR needs no case: it is dropped like any other.
            if core::mem::take(&mut self.after_cr) && first == b'\n' {
                *data = &data[1..];
                continue;
            }
            let end = memchr3(b'\r', b'\n', 0, data);
            let (part, rest) = data.split_at(end.unwrap_or(data.len()));
            if let Some((&end @ (b'\r' | b'\n'), rest)) = rest.split_first()
                && self.is_whole(part)
            {
                self.after_cr = end == b'\r';
                *data = rest;
                return Some(Framed::Line(decode(part)));
            }
            if !self.overlong && !self.edit(part) {
                self.overlong = true;
                *data = rest;
                return Some(Framed::Overlong { start: core::mem::take(&mut self.pending) });
            }
            let Some((&end, rest)) = rest.split_first() else {
                *data = rest;
                break;
            };
            *data = rest;
            if end != 0 {
                self.after_cr = end == b'\r';
                let line = self.line();
                if !core::mem::take(&mut self.overlong) {
                    return Some(Framed::Line(line));
                }
            }
        }
        None
    }

    /// Ends the input: the peer will send no more. A line without an end is a line too.
    pub fn finish(&mut self) -> Option<Framed> {
        (!self.pending.is_empty()).then(|| Framed::Line(self.line()))
    }

    /// Appends a byte if it continues an incomplete UTF-8 character at the end of the pending line. Returns
    /// whether it does.
    pub fn complete(&mut self, byte: u8) -> bool {
        let is_within = |bytes: &[u8]| match core::str::from_utf8(bytes) {
            Ok(_) => false,
            Err(error) => error.error_len().is_none(),
        };
        // The last byte from 0xC0 on begins the last character of several bytes.
        let start = self.pending.iter().rposition(|byte| *byte >= 0xC0).unwrap_or(0);
        let mut character = self.pending[start..].to_vec();
        if self.pending.len() == self.limit || !is_within(&character) {
            return false;
        }
        character.push(byte);
        let is_next = core::str::from_utf8(&character).is_ok() || is_within(&character);
        if is_next {
            self.reserve(1);
            self.pending.push(byte);
        }
        is_next
    }

    /// Erases the last grapheme of the pending line, or its last bytes if they are not UTF-8. Also erases the
    /// keys after it that show nothing, such as arrows: the user does not see them.
    pub fn erase(&mut self) {
        self.erase_keys();
        let last =
            |count| self.pending[self.pending.len().saturating_sub(count)..].utf8_chunks().last();
        // A character has at most four bytes, so these show whether the line ends in valid UTF-8.
        let erased = match last(4).map(|chunk| chunk.invalid().len()) {
            Some(0) => last(GRAPHEME)
                .and_then(|chunk| chunk.valid().graphemes(true).next_back())
                .map_or(0, str::len),
            invalid => invalid.unwrap_or(0),
        };
        self.pending.truncate(self.pending.len() - erased);
    }

    fn erase_keys(&mut self) {
        let is_key = |bytes: &[u8]| core::str::from_utf8(bytes).is_ok_and(is_key);
        loop {
            let tail = self.pending.len().saturating_sub(KEY);
            let Some(start) = memrchr(ESC, &self.pending[tail..]) else { return };
            if !is_key(&self.pending[tail + start..]) {
                return;
            }
            self.pending.truncate(tail + start);
        }
    }

    /// Discards the pending line. An overlong line stays overlong up to its end.
    pub fn clear(&mut self) {
        self.pending.zeroize();
        self.pending = Vec::new();
    }

    /// Whether the typed bytes are a whole line as they are. Most lines come in one piece, and need not be
    /// stored first.
    fn is_whole(&self, typed: &[u8]) -> bool {
        // Without an early exit, so that many bytes are compared at a time.
        let is_key = |is, key: &u8| is | matches!(*key, BACKSPACE | DELETE | CTRL_U);
        self.pending.is_empty()
            && !self.overlong
            && typed.get(self.limit).is_none()
            && !typed.iter().fold(false, is_key)
    }

    /// Appends typed bytes to the pending line and applies the erasing keys among them. Returns whether the
    /// line fits.
    fn edit(&mut self, mut typed: &[u8]) -> bool {
        while let Some(key) = memchr3(BACKSPACE, DELETE, CTRL_U, typed) {
            if !self.append(&typed[..key]) {
                return false;
            }
            match typed[key] {
                CTRL_U => self.clear(),
                _ => self.erase(),
            }
            typed = &typed[key + 1..];
        }
        self.append(typed)
    }

    /// Appends as many bytes as fit. Returns whether all of them do.
    fn append(&mut self, bytes: &[u8]) -> bool {
        let room = self.limit - self.pending.len();
        self.reserve(bytes.len().min(room));
        self.pending.extend_from_slice(&bytes[..bytes.len().min(room)]);
        bytes.len() <= room
    }

    /// Makes room for so many more bytes. What has been typed, which may be a password, is left nowhere else.
    fn reserve(&mut self, more: usize) {
        let needed = self.pending.len() + more;
        if needed > self.pending.capacity() {
            let mut larger = Vec::with_capacity(needed.max(2 * self.pending.capacity()));
            larger.extend_from_slice(&self.pending);
            self.pending.zeroize();
            self.pending = larger;
        }
    }

    fn line(&mut self) -> Arc<str> {
        let line = decode(&self.pending);
        self.clear();
        line
    }
}

fn decode(bytes: &[u8]) -> Arc<str> {
    core::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes).into(), Arc::from)
}

#[cfg(test)]
mod tests;
