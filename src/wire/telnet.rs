//! Telnet (RFC 854) as a server needs it: separates commands from data, and finds the answers that
//! are due.
//!
//! A peer that sends no telnet commands receives none, because the server sends only answers.
//!
//! Not here: the answers to negotiations (`negotiation`), and what the data means (`line`).

use memchr::memchr;

use super::negotiation::{Answer, DO, DONT, IAC, NAWS, Options, WILL, WONT};

/// The commands after IAC: RFC 854 page 14 and RFC 1184 section 2.
const SUSP: u8 = 237;
const BRK: u8 = 243;
const IP: u8 = 244;
const AO: u8 = 245;
const AYT: u8 = 246;
const EC: u8 = 247;
const EL: u8 = 248;
const SE: u8 = 240;
const SB: u8 = 250;

/// The longest subnegotiation, in bytes. A longer one is broken: no peer needs more here, and the
/// lines that people type after it must not be swallowed.
const SUBNEGOTIATION: u16 = 512;

/// The keys that clients send as commands.
const CTRL_C: u8 = 0x03;
const CTRL_O: u8 = 0x0F;
const CTRL_Z: u8 = 0x1A;
const CTRL_BACKSLASH: u8 = 0x1C;

/// What the decoder found next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found<'a> {
    /// Data bytes.
    Data(&'a [u8]),
    /// An interrupt, in one of several forms, or else a typed byte. A client that compares only
    /// seven bits with the terminal's special characters (inetutils telnet) sends the second byte
    /// of a letter in this way.
    Interrupt {
        /// The byte that was typed if it was not an interrupt: the key of the command in the upper
        /// half of the byte values.
        or: u8,
    },
    /// The user asks whether the server is there (AYT).
    AreYouThere,
    /// The user erases the last character (EC).
    EraseCharacter,
    /// The user erases the line (EL).
    EraseLine,
    /// Bytes to send.
    Answer(Answer),
    /// The peer wants the server to show what is typed, or has taken note that it does; or not: see
    /// [`Echo`](super::negotiation::Echo).
    Echo(bool),
    /// The peer's window has this many columns; 0 if the peer does not know.
    Width(u16),
}

/// The state of the protocol. Plain data; of what it reads, it stores no more than a width.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Decoder {
    state: State,
    options: Options,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
enum State {
    #[default]
    Data,
    /// After IAC.
    Command,
    /// After IAC and WILL, WONT, DO or DONT, which is the value.
    Negotiation(u8),
    /// After IAC SB, up to IAC SE or the longest length.
    Subnegotiation {
        /// The number of bytes that may still follow.
        left: u16,
        window: Window,
    },
    /// After IAC within a subnegotiation.
    SubnegotiationCommand { left: u16, window: Window },
}

/// What has been read of a subnegotiation, if it may be a report of a window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Window {
    width: u16,
    /// The number of bytes read, with the option; `u8::MAX` if it is another option.
    count: u8,
}

impl Window {
    /// The bytes of a report: the option, the width and the height.
    const SIZE: u8 = 5;

    fn push(&mut self, byte: u8) {
        match self.count {
            // Another option.
            0 if byte != NAWS => self.count = u8::MAX,
            1 => self.width = u16::from(byte) << 8,
            2 => self.width |= u16::from(byte),
            _ => {}
        }
        self.count = self.count.saturating_add(1);
    }
}

impl Decoder {
    /// Takes the next piece off the front of `input`. Takes all of it if it contains nothing to
    /// report yet.
    ///
    /// ```
    /// use chinwag::wire::telnet::{Decoder, Found};
    ///
    /// let mut decoder = Decoder::default();
    /// let mut input = &b"hi\xFF\xFD\x06\r\n"[..];
    /// assert_eq!(decoder.next(&mut input), Some(Found::Data(b"hi")));
    /// assert_eq!(decoder.next(&mut input), Some(Found::Answer([0xFF, 0xFC, 0x06])));
    /// assert_eq!(decoder.next(&mut input), Some(Found::Data(b"\r\n")));
    /// assert_eq!(decoder.next(&mut input), None);
    /// ```
    pub fn next<'a>(&mut self, input: &mut &'a [u8]) -> Option<Found<'a>> {
        while !input.is_empty() {
            if self.state == State::Data {
                let end = memchr(IAC, input).unwrap_or(input.len());
                if end > 0 {
                    return Some(Found::Data(take(input, end)));
                }
                take(input, 1);
                self.state = State::Command;
            } else if let Some(found) = self.inside(take(input, 1)) {
                return Some(found);
            }
        }
        None
    }

    /// Whether a command has been read in part.
    pub(super) fn is_within_command(&self) -> bool {
        self.state != State::Data
    }

    /// Reads one byte that is not plain data. The slice contains only this byte.
    fn inside<'a>(&mut self, byte: &'a [u8]) -> Option<Found<'a>> {
        let [value] = *byte else { return None };
        match (self.state, value) {
            // Too long, so it is broken: this byte is not part of it.
            (State::Subnegotiation { left: 0, .. }, _) => {
                self.state = State::Data;
                let mut again = byte;
                self.next(&mut again)
            }
            (State::Subnegotiation { left, window }, IAC) => {
                self.state = State::SubnegotiationCommand { left: left - 1, window };
                None
            }
            (State::Subnegotiation { mut left, mut window }, _)
            | (State::SubnegotiationCommand { mut left, mut window }, IAC) => {
                left -= u16::from(value != IAC);
                window.push(value);
                self.state = State::Subnegotiation { left, window };
                None
            }
            (State::SubnegotiationCommand { window, .. }, SE) => {
                self.state = State::Data;
                let is_report = window.count == Window::SIZE && self.options.has_window();
                is_report.then_some(Found::Width(window.width))
            }
            (State::Negotiation(verb), option) => {
                self.state = State::Data;
                let echo = Options::about_echo(verb, option).map(Found::Echo);
                echo.or_else(|| self.options.receive(verb, option).map(Found::Answer))
            }
            // This includes commands within a subnegotiation, which end it.
            (State::Data | State::Command | State::SubnegotiationCommand { .. }, _) => {
                self.state = match value {
                    WILL | WONT | DO | DONT => State::Negotiation(value),
                    SB => State::Subnegotiation { left: SUBNEGOTIATION, window: Window::default() },
                    _ => State::Data,
                };
                match value {
                    IAC => Some(Found::Data(byte)),
                    IP => Some(Found::Interrupt { or: 0x80 + CTRL_C }),
                    AO => Some(Found::Interrupt { or: 0x80 + CTRL_O }),
                    SUSP => Some(Found::Interrupt { or: 0x80 + CTRL_Z }),
                    BRK => Some(Found::Interrupt { or: 0x80 + CTRL_BACKSLASH }),
                    AYT => Some(Found::AreYouThere),
                    EC => Some(Found::EraseCharacter),
                    EL => Some(Found::EraseLine),
                    _ => None,
                }
            }
        }
    }
}

fn take<'a>(input: &mut &'a [u8], count: usize) -> &'a [u8] {
    let (taken, rest) = input.split_at(count);
    *input = rest;
    taken
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::super::negotiation::Echo;
    use super::*;

    const TM: u8 = 6;

    #[derive(Debug, Default, PartialEq)]
    struct All {
        data: Vec<u8>,
        answers: Vec<Answer>,
        interrupts: Vec<u8>,
        widths: Vec<u16>,
        others: Vec<Found<'static>>,
    }

    fn decode(chunks: &[&[u8]]) -> All {
        let mut decoder = Decoder::default();
        let mut all = All::default();
        for mut chunk in chunks.iter().copied() {
            while let Some(found) = decoder.next(&mut chunk) {
                match found {
                    Found::Data(data) => all.data.extend(data),
                    Found::Answer(answer) => all.answers.push(answer),
                    Found::Interrupt { or } => all.interrupts.push(or),
                    Found::Width(width) => all.widths.push(width),
                    Found::Echo(on) => all.answers.extend(Echo::default().receive(on)),
                    Found::AreYouThere => all.others.push(Found::AreYouThere),
                    Found::EraseCharacter => all.others.push(Found::EraseCharacter),
                    Found::EraseLine => all.others.push(Found::EraseLine),
                }
            }
        }
        all
    }

    /// Checks what this input decodes to, whole and byte by byte.
    #[track_caller]
    fn decodes(input: &[u8], data: &[u8], answers: &[Answer], interrupts: &[u8]) {
        let bytes: Vec<&[u8]> = input.chunks(1).collect();
        let (data, answers, interrupts) = (data.into(), answers.into(), interrupts.into());
        let expected = All { data, answers, interrupts, ..All::default() };
        assert_eq!(decode(&[input]), expected);
        assert_eq!(decode(&bytes), expected, "byte by byte");
    }

    #[test]
    fn plain_bytes_are_data_and_cause_no_answer() {
        let plain: Vec<u8> = (0..255).collect();
        decodes(&plain, &plain, &[], &[]);
    }

    #[test]
    fn an_escaped_iac_is_data() {
        decodes(b"\xFF\xFFa\xFF\xFF", b"\xFFa\xFF", &[], &[]);
    }

    #[test]
    fn the_negotiation_of_putty_is_answered_and_its_first_line_is_whole() {
        decodes(
            b"\xFF\xFB\x1F\xFF\xFB\x20\xFF\xFB\x18\xFF\xFB\x27\xFF\xFD\x01\xFF\xFB\x03\xFF\xFD\x03/help\r\n",
            b"/help\r\n",
            &[
                [IAC, DO, 0x1F],
                [IAC, DONT, 0x20],
                [IAC, DONT, 0x18],
                [IAC, DONT, 0x27],
                [IAC, WONT, 0x01],
                [IAC, DONT, 0x03],
                [IAC, WONT, 0x03],
            ],
            &[],
        );
    }

    #[test]
    fn a_timing_mark_is_answered_every_time() {
        let mark = [IAC, WONT, TM];
        decodes(b"\xFF\xFD\x06\xFF\xFD\x06\xFF\xFE\x06", b"", &[mark, mark], &[]);
    }

    #[test]
    fn a_request_for_the_current_state_gets_no_answer() {
        decodes(b"\xFF\xFC\x01\xFF\xFE\x01", b"", &[], &[]);
    }

    #[test]
    fn interrupts_name_the_byte_that_may_be_meant() {
        decodes(b"\xFF\xF4\xFF\xF3\xFF\xED\xFF\xF5", b"", &[], &[0x83, 0x9C, 0x9A, 0x8F]);
    }

    #[test]
    fn commands_of_other_keys_are_reported() {
        let expected = [Found::AreYouThere, Found::EraseCharacter, Found::EraseLine];
        assert_eq!(decode(&[b"a\xFF\xF6b\xFF\xF7\xFF\xF8"]).others, expected);
        assert_eq!(decode(&[b"a\xFF", b"\xF6b\xFF", b"\xF7\xFF", b"\xF8"]).others, expected);
    }

    #[test]
    fn other_commands_are_ignored_but_not_the_byte_that_follows() {
        for code in 0..=249 {
            if !matches!(code, IP | BRK | SUSP | AO | AYT | EC | EL) {
                decodes(&[IAC, code, b'x'], b"x", &[], &[]);
            }
        }
    }

    #[test]
    fn a_subnegotiation_is_skipped_to_its_end() {
        decodes(b"a\xFF\xFA\x1F\0P\xFF\xFF\0\x18\xFF\xF0b", b"ab", &[], &[]);
    }

    /// Checks the widths that this input reports, whole and byte by byte, once reports have been
    /// agreed on.
    #[track_caller]
    fn reports(input: &[u8], widths: &[u16]) {
        let input = [b"\xFF\xFB\x1F", input].concat();
        let bytes: Vec<&[u8]> = input.chunks(1).collect();
        assert_eq!(decode(&[&input]).widths, widths);
        assert_eq!(decode(&bytes).widths, widths, "byte by byte");
    }

    #[test]
    fn an_agreed_report_of_a_window_is_read() {
        reports(b"\xFF\xFA\x1F\0P\0\x18\xFF\xF0", &[80]);
        reports(b"\xFF\xFA\x1F\0\0\0\0\xFF\xF0a\xFF\xFA\x1F\x01\x02\x03\x04\xFF\xF0", &[0, 258]);
        reports(b"\xFF\xFA\x1F\0\xFF\xFF\0\xFF\xFF\xFF\xF0", &[255]);
        reports(b"\xFF\xFA\x1F\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xF0", &[u16::MAX]);
        assert_eq!(decode(&[b"\xFF\xFA\x1F\0P\0\x18\xFF\xF0"]), All::default());
        reports(b"\xFF\xFC\x1F\xFF\xFA\x1F\0P\0\x18\xFF\xF0", &[]);
    }

    #[test]
    fn an_incomplete_report_of_a_window_is_ignored() {
        reports(b"\xFF\xFA\xFF\xF0", &[]);
        reports(b"\xFF\xFA\x1F\xFF\xF0", &[]);
        reports(b"\xFF\xFA\x1F\0P\0\xFF\xF0", &[]);
        reports(b"\xFF\xFA\x1F\0P\0\x18\x18\xFF\xF0", &[]);
        reports(b"\xFF\xFA\x18\0P\0\x18\xFF\xF0", &[]);
        reports(b"\xFF\xFA\x1F\0\xFF\0\x18\xFF\xF0", &[]);
        let long = [&b"\xFF\xFA\x1F"[..], &[b'x'; 260], b"\xFF\xF0"].concat();
        reports(&long, &[]);
    }

    #[test]
    fn a_command_within_a_subnegotiation_ends_it_and_is_executed() {
        decodes(b"\xFF\xFA\x1Fjunk\xFF\xFD\x06b", b"b", &[[IAC, WONT, TM]], &[]);
        decodes(b"\xFF\xFA\x1Fjunk\xFF\xF1b", b"b", &[], &[]);
        decodes(b"\xFF\xFA\x1Fjunk\xFF\xFA\x18more\xFF\xF0b", b"b", &[], &[]);
    }

    #[test]
    fn a_subnegotiation_without_an_end_is_broken_after_some_bytes() {
        let junk = [&b"\xFF\xFA\x1F"[..], &[b'x'; SUBNEGOTIATION as usize - 1]].concat();
        decodes(&[&junk[..], b"hello\xFF\xFD\x06"].concat(), b"hello", &[[IAC, WONT, TM]], &[]);
        decodes(&[&junk[..], b"\xFF\xFFhello"].concat(), b"\xFFhello", &[], &[]);
        decodes(&[&junk[..SUBNEGOTIATION as usize], b"\xFF\xF0hello"].concat(), b"hello", &[], &[]);
    }
}
