//! Lines out of data bytes: where a line ends, how long it may be, what its characters are, and how
//! they are taken back.
//!
//! LF ends a line. CR ends a line and swallows one LF or NUL that follows it, however much later. NUL
//! elsewhere is dropped. So CR LF, CR NUL, CR and LF are each one line end (RFC 854 page 11, and what
//! clients really send). Bytes that are not UTF-8 become U+FFFD.
//!
//! Backspace and Delete take back the last grapheme of the line, Ctrl-U all of it: clients that send each
//! key as it is typed leave that to the server. Keys that show nothing, such as arrows, go with it.
//!
//! Not here: telnet, which is taken out before (`telnet`), and what the line says (`chat::Command`).

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use memchr::{memchr3, memrchr};
use unicode_segmentation::UnicodeSegmentation;

use crate::chat::is_key;

/// The keys that take something back.
const BACKSPACE: u8 = 0x08;
const DELETE: u8 = 0x7F;
const CTRL_U: u8 = 0x15;

/// What keys that show nothing begin with, and how many bytes they have at most.
const ESC: u8 = 0x1B;
const KEY: usize = 32;

/// Bytes at the end of a line in which its last grapheme is looked for. A longer one, which nobody has
/// typed by hand, is taken back in pieces.
const GRAPHEME: usize = 64;

/// What the framer found next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Framed {
    /// A line, without its end.
    Line(Arc<str>),
    /// The line that is being received is longer than the limit. It is forgotten up to its end.
    Overlong {
        /// As much of its beginning as the limit allows.
        start: Vec<u8>,
    },
}

/// The line that is being received. Plain data; it never holds more bytes than the limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Framer {
    limit: usize,
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
            // A NUL in its place is dropped like any other.
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

    /// The peer will send no more: what came without a line end is a line too.
    pub fn finish(&mut self) -> Option<Framed> {
        (!self.pending.is_empty()).then(|| Framed::Line(self.line()))
    }

    /// Adds a byte if it goes on with a character of UTF-8 that the pending line ends within. Returns
    /// whether it does.
    pub fn complete(&mut self, byte: u8) -> bool {
        let is_within = |bytes: &[u8]| match core::str::from_utf8(bytes) {
            Ok(_) => false,
            Err(error) => error.error_len().is_none(),
        };
        // A character has four bytes at most.
        let start = self.pending.iter().rposition(|byte| *byte >= 0xC0).unwrap_or(0);
        let mut character = self.pending[start..].to_vec();
        if self.pending.len() == self.limit || !is_within(&character) {
            return false;
        }
        character.push(byte);
        let is_next = core::str::from_utf8(&character).is_ok() || is_within(&character);
        if is_next {
            self.pending.push(byte);
        }
        is_next
    }

    /// Takes back the last grapheme of the pending line, or the last of its bytes if they are not UTF-8; and the
    /// keys after it that show nothing, such as arrows: for who types they are not there.
    pub fn erase(&mut self) {
        self.forget_keys();
        let last =
            |count| self.pending[self.pending.len().saturating_sub(count)..].utf8_chunks().last();
        // No character has more bytes than four: whether one is at the end shows in so many.
        let erased = match last(4).map(|chunk| chunk.invalid().len()) {
            Some(0) => last(GRAPHEME)
                .and_then(|chunk| chunk.valid().graphemes(true).next_back())
                .map_or(0, str::len),
            invalid => invalid.unwrap_or(0),
        };
        self.pending.truncate(self.pending.len() - erased);
    }

    fn forget_keys(&mut self) {
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

    /// Forgets what has come of the pending line. One that is overlong stays so up to its end.
    pub fn clear(&mut self) {
        self.pending = Vec::new();
    }

    /// Whether this is a line as it is. Mostly it is, as it comes in one piece: then it need not be pending
    /// first.
    fn is_whole(&self, typed: &[u8]) -> bool {
        // Without a way out in the middle, so that many bytes are looked at together.
        let is_key = |is, key: &u8| is | matches!(*key, BACKSPACE | DELETE | CTRL_U);
        self.pending.is_empty()
            && !self.overlong
            && typed.get(self.limit).is_none()
            && !typed.iter().fold(false, is_key)
    }

    /// Adds to the pending line what has been typed, and takes back what has been taken back. Returns
    /// whether it fits.
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

    /// Adds as much as there is room for, and returns whether that is all.
    fn append(&mut self, bytes: &[u8]) -> bool {
        let room = self.limit - self.pending.len();
        self.pending.extend_from_slice(&bytes[..bytes.len().min(room)]);
        bytes.len() <= room
    }

    fn line(&mut self) -> Arc<str> {
        decode(&core::mem::take(&mut self.pending))
    }
}

fn decode(bytes: &[u8]) -> Arc<str> {
    core::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes).into(), Arc::from)
}

#[cfg(test)]
mod tests {
    use alloc::{format, vec};

    use super::*;

    fn frame(limit: usize, chunks: &[&[u8]]) -> Vec<Framed> {
        let mut framer = Framer::new(limit);
        let mut all = Vec::new();
        for mut chunk in chunks.iter().copied() {
            while let Some(framed) = framer.next(&mut chunk) {
                all.push(framed);
            }
            assert!(framer.pending.len() <= limit);
        }
        all.extend(framer.finish());
        all
    }

    /// With a limit of 8. Whole, and byte by byte: always the same.
    #[track_caller]
    fn frames(input: &[u8], expected: &[Framed]) {
        let bytes: Vec<&[u8]> = input.chunks(1).collect();
        assert_eq!(frame(8, &[input]), expected);
        assert_eq!(frame(8, &bytes), expected, "byte by byte");
    }

    /// Arrows, Home, Delete, Alt and a letter, half a key: each is nothing to who types, and leaves nothing behind.
    #[test]
    fn keys_that_show_nothing_go_with_what_is_taken_back() {
        for keys in
            ["\u{1B}[D", "\u{1B}[D\u{1B}[H\u{1B}[3~", "\u{1B}OD", "\u{1B}b", "\u{1B}[", "\u{1B}"]
        {
            let typed = format!("xy{keys}\u{8}{keys}z{keys}\u{7F}\u{7F}ok\n");
            let expected = [Framed::Line("ok".into())];
            for chunks in [vec![typed.as_bytes()], typed.as_bytes().chunks(1).collect()] {
                assert_eq!(frame(2048, &chunks), expected, "{typed:?}");
            }
        }
        frames("a\u{1B}[é\u{8}\n".as_bytes(), &[Framed::Line("a\u{1B}[".into())]);
    }

    fn overlong() -> Framed {
        Framed::Overlong { start: b"12345678".to_vec() }
    }

    fn line(text: &str) -> Framed {
        Framed::Line(text.into())
    }

    #[test]
    fn every_line_end_of_a_real_client_is_one_line_end() {
        for end in ["\r\n", "\r\0", "\r", "\n"] {
            let input = alloc::format!("a{end}b{end}{end}c{end}");
            frames(input.as_bytes(), &[line("a"), line("b"), line(""), line("c")]);
        }
    }

    #[test]
    fn a_cr_swallows_one_byte_only() {
        frames(b"a\r\n\nb\r\n", &[line("a"), line(""), line("b")]);
        frames(b"a\r\0\0b\r\n", &[line("a"), line("b")]);
        frames(b"a\n\rb\n", &[line("a"), line(""), line("b")]);
    }

    #[test]
    fn a_nul_elsewhere_is_dropped() {
        frames(b"a\0b\n\0", &[line("ab")]);
    }

    #[test]
    fn the_last_line_needs_no_end() {
        frames(b"a\nb", &[line("a"), line("b")]);
        frames(b"a\n", &[line("a")]);
        frames(b"", &[]);
    }

    #[test]
    fn the_limit_is_exact() {
        frames(b"12345678\nb\n", &[line("12345678"), line("b")]);
        frames(b"123456789\nb\n", &[overlong(), line("b")]);
        frames(b"12345678\09\nb\n", &[overlong(), line("b")]);
    }

    #[test]
    fn an_overlong_line_is_reported_once_and_forgotten_to_its_end() {
        frames(b"123456789abcdefghijklmnopq\0rstuvw\r\nb\n", &[overlong(), line("b")]);
        frames(b"123456789abcdefghi", &[overlong()]);
    }

    #[test]
    fn a_backspace_takes_back_what_is_one_character_to_its_writer() {
        for (typed, left) in [
            (&b"helo\x08lo\n"[..], "hello"),
            (b"helo\x7Flo\n", "hello"),
            (b"\x08\x08hi\x08\x08\x08\n", ""),
            ("né\x08e\n".as_bytes(), "ne"),
            ("ne\u{301}\x08o\n".as_bytes(), "no"),
            ("a👍🏽\x08b\n".as_bytes(), "ab"),
            ("\u{1F1E9}\u{1F1EA}\x08x\n".as_bytes(), "x"),
            (b"a\xFF\xFF\x08b\n", "a\u{FFFD}b"),
            (b"a\xE6\x97\x08b\n", "ab"),
        ] {
            let bytes: Vec<&[u8]> = typed.chunks(1).collect();
            assert_eq!(frame(16, &[typed]), [line(left)], "{typed:?}");
            assert_eq!(frame(16, &bytes), [line(left)], "{typed:?}, byte by byte");
        }
    }

    #[test]
    fn ctrl_u_takes_back_the_line_and_no_key_the_one_before() {
        frames(b"abc\x15d\n", &[line("d")]);
        frames(b"a\nbc\x15\n", &[line("a"), line("")]);
        frames(b"a\n\x08b\n", &[line("a"), line("b")]);
    }

    #[test]
    fn what_is_taken_back_makes_room_and_what_is_overlong_stays_so() {
        frames(b"12345678\x089\n", &[line("12345679")]);
        frames(b"12345678\x15abcdefgh\n", &[line("abcdefgh")]);
        frames(b"123456789\x15\x08\x7F1\nb\n", &[overlong(), line("b")]);
    }

    #[test]
    fn a_grapheme_without_end_is_taken_back_in_pieces() {
        let mut framer = Framer::new(2048);
        let typed = alloc::format!("ae{}", "\u{301}".repeat(50));
        assert_eq!(framer.next(&mut typed.as_bytes()), None);
        framer.erase();
        assert_eq!(framer.pending.len(), 102 - GRAPHEME);
        framer.erase();
        assert_eq!(framer.pending, b"a");
    }

    #[test]
    fn other_bytes_than_utf_8_become_replacement_characters() {
        frames(b"a\xFFb\xC3\n", &[line("a\u{FFFD}b\u{FFFD}")]);
        frames("é\n".as_bytes(), &[line("é")]);
    }

    #[test]
    fn a_byte_completes_only_a_character_that_is_incomplete() {
        for (before, byte, after) in [
            (&b"\xD1"[..], 0x83, Some("у")),
            (b"ab \xE6\x9C", 0x9C, Some("ab 朜")),
            (b"\xE6", 0x9C, Some("\u{FFFD}")),
            (b"", 0x83, None),
            (b"a", 0x83, None),
            (b"\xD1\x83", 0x83, None),
            (b"\xD1a", 0x83, None),
            (b"\xE0", 0x83, None),
            (b"\xFF", 0x83, None),
            (b"abcdefg\xD1", 0x83, None),
        ] {
            let mut framer = Framer::new(8);
            assert_eq!(framer.next(&mut &*before), None);
            assert_eq!(framer.complete(byte), after.is_some(), "{before:?}");
            if let Some(after) = after {
                assert_eq!(framer.finish(), Some(line(after)), "{before:?}");
            }
        }
    }

    #[test]
    fn clearing_forgets_the_pending_bytes() {
        let mut framer = Framer::new(8);
        assert_eq!(framer.next(&mut &b"abc"[..]), None);
        framer.clear();
        assert_eq!(framer.next(&mut &b"d\n"[..]), Some(line("d")));
        assert_eq!(framer.next(&mut &b"123456789"[..]), Some(overlong()));
        framer.clear();
        framer.erase();
        assert_eq!(framer.next(&mut &b"x\ny\n"[..]), Some(line("y")));
        assert_eq!(frame(8, &[]), vec![]);
    }
}
