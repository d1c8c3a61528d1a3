//! Telnet (RFC 854) as a server needs it: takes commands out of the bytes that a peer sends, and
//! finds the answers that are due.
//!
//! A peer that sends no telnet is sent none: answers are all that ever goes out. Every option is
//! negotiated by RFC 1143's Q method, so that answering cannot loop, and [`accepts`] says which are
//! agreed to: none, because that leaves line editing and echo with the client, where they work best.
//!
//! Not here: what the data means (`line`).

use alloc::collections::BTreeMap;

use memchr::memchr;

use crate::chat::Signal;

/// Bytes with a meaning after IAC, RFC 854 page 14 and RFC 1184 section 2.
mod command {
    pub(super) const SUSP: u8 = 237;
    pub(super) const BRK: u8 = 243;
    pub(super) const IP: u8 = 244;
    pub(super) const AO: u8 = 245;
    pub(super) const AYT: u8 = 246;
    pub(super) const SB: u8 = 250;
    pub(super) const WILL: u8 = 251;
    pub(super) const WONT: u8 = 252;
    pub(super) const DO: u8 = 253;
    pub(super) const DONT: u8 = 254;
    pub(super) const IAC: u8 = 255;
}
use command::{AO, AYT, BRK, DO, DONT, IAC, IP, SB, SUSP, WILL, WONT};

/// The option that is no state but a question, RFC 860: each one is answered.
const TIMING_MARK: u8 = 6;

/// An answer to a negotiation, as bytes to send.
pub type Answer = [u8; 3];

/// What the decoder found next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found<'a> {
    /// Bytes that are not telnet's.
    Data(&'a [u8]),
    /// A command with a meaning for the chat.
    Signal(Signal),
    /// Send this.
    Answer(Answer),
}

/// Where in the protocol the peer is. Plain data; it keeps no byte of what it reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decoder {
    state: State,
    options: Options,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Data,
    /// After IAC.
    Command,
    /// After IAC and one of WILL, WONT, DO, DONT, which is kept.
    Negotiation(u8),
    /// After IAC SB, up to IAC SE.
    Subnegotiation,
    /// After IAC within that.
    SubnegotiationCommand,
}

impl Decoder {
    /// Takes the next piece off the front of `input`, or all of it if there is nothing in it to
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

    /// Reads one byte, a slice of its own, of what is not plain data.
    fn inside<'a>(&mut self, byte: &'a [u8]) -> Option<Found<'a>> {
        let [value] = *byte else { return None };
        match (self.state, value) {
            (State::Subnegotiation, _) => {
                if value == IAC {
                    self.state = State::SubnegotiationCommand;
                }
                None
            }
            (State::SubnegotiationCommand, IAC) => {
                self.state = State::Subnegotiation;
                None
            }
            (State::Negotiation(verb), option) => {
                self.state = State::Data;
                self.options.receive(verb, option).map(Found::Answer)
            }
            // Within a subnegotiation too: SE ends it, and so does any other command.
            (State::Data | State::Command | State::SubnegotiationCommand, _) => {
                self.state = match value {
                    WILL | WONT | DO | DONT => State::Negotiation(value),
                    SB => State::Subnegotiation,
                    _ => State::Data,
                };
                match value {
                    IAC => Some(Found::Data(byte)),
                    IP | BRK | SUSP | AO => Some(Found::Signal(Signal::Interrupt)),
                    AYT => Some(Found::Signal(Signal::AreYouThere)),
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

/// Which end of the connection an option would be active at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// Ours: the peer says DO and DONT, we answer WILL and WONT.
    Us,
    /// The peer's: it says WILL and WONT, we answer DO and DONT.
    Him,
}

/// Whether an option is agreed to when the peer proposes it.
fn accepts(_side: Side, _option: u8) -> bool {
    false
}

/// What has been negotiated: the options that are not simply off.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Options {
    states: BTreeMap<(Side, u8), Q>,
}

impl Options {
    fn receive(&mut self, verb: u8, option: u8) -> Option<Answer> {
        let (side, on, [yes, no]) = match verb {
            DO | DONT => (Side::Us, verb == DO, [WILL, WONT]),
            _ => (Side::Him, verb == WILL, [DO, DONT]),
        };
        if (side, option) == (Side::Us, TIMING_MARK) {
            return on.then_some([IAC, WONT, TIMING_MARK]);
        }
        let state = self.states.remove(&(side, option)).unwrap_or_default();
        let (state, answer) = state.receive(on, accepts(side, option));
        if state != Q::No {
            self.states.insert((side, option), state);
        }
        answer.map(|answer| [IAC, if answer { yes } else { no }, option])
    }
}

/// The state of one option at one side, RFC 1143 section 7. "Opposite" is the queue bit: we have
/// changed our mind while waiting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Q {
    /// Off.
    #[default]
    No,
    /// On.
    Yes,
    /// We asked for off and wait for the answer.
    WantNo,
    /// We asked for off, wait for the answer, and shall then ask for on.
    WantNoOpposite,
    /// We asked for on and wait for the answer.
    WantYes,
    /// We asked for on, wait for the answer, and shall then ask for off.
    WantYesOpposite,
}

impl Q {
    /// The peer says that the option is to be, or is, `on`. `accepts` is whether we agree to one that
    /// it proposes. Returns the next state and the answer that is due: on, or off.
    #[must_use]
    pub fn receive(self, on: bool, accepts: bool) -> (Self, Option<bool>) {
        match (self, on) {
            (Self::No, true) if accepts => (Self::Yes, Some(true)),
            (Self::No, true) => (Self::No, Some(false)),
            (Self::No, false) => (Self::No, None),
            (Self::Yes, true) => (Self::Yes, None),
            (Self::Yes, false) => (Self::No, Some(false)),
            // "Error: DONT answered by WILL": the option counts as off, or as on if we want it.
            (Self::WantNo, true) => (Self::No, None),
            (Self::WantNoOpposite, true) => (Self::Yes, None),
            (Self::WantNo, false) => (Self::No, None),
            (Self::WantNoOpposite, false) => (Self::WantYes, Some(true)),
            (Self::WantYes, true) => (Self::Yes, None),
            (Self::WantYesOpposite, true) => (Self::WantNo, Some(false)),
            (Self::WantYes | Self::WantYesOpposite, false) => (Self::No, None),
        }
    }

    /// We want the option to be `on`, or off. Returns the next state and the request that is due.
    #[must_use]
    pub fn request(self, on: bool) -> (Self, Option<bool>) {
        match (self, on) {
            (Self::No, true) => (Self::WantYes, Some(true)),
            (Self::Yes, false) => (Self::WantNo, Some(false)),
            (Self::WantNo, true) => (Self::WantNoOpposite, None),
            (Self::WantNoOpposite, false) => (Self::WantNo, None),
            (Self::WantYes, false) => (Self::WantYesOpposite, None),
            (Self::WantYesOpposite, true) => (Self::WantYes, None),
            (state, _) => (state, None),
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    #[derive(Debug, Default, PartialEq)]
    struct All {
        data: Vec<u8>,
        answers: Vec<Answer>,
        signals: Vec<Signal>,
    }

    fn decode(chunks: &[&[u8]]) -> All {
        let mut decoder = Decoder::default();
        let mut all = All::default();
        for mut chunk in chunks.iter().copied() {
            while let Some(found) = decoder.next(&mut chunk) {
                match found {
                    Found::Data(data) => all.data.extend(data),
                    Found::Answer(answer) => all.answers.push(answer),
                    Found::Signal(signal) => all.signals.push(signal),
                }
            }
        }
        all
    }

    /// Whole, and byte by byte: always the same.
    #[track_caller]
    fn decodes(input: &[u8], data: &[u8], answers: &[Answer], signals: &[Signal]) {
        let bytes: Vec<&[u8]> = input.chunks(1).collect();
        let expected = All {
            data: data.into(),
            answers: answers.into(),
            signals: signals.into(),
        };
        assert_eq!(decode(&[input]), expected);
        assert_eq!(decode(&bytes), expected, "byte by byte");
    }

    #[test]
    fn plain_bytes_are_data_and_cause_no_telnet() {
        let plain: Vec<u8> = (0..255).collect();
        decodes(&plain, &plain, &[], &[]);
    }

    #[test]
    fn an_escaped_iac_is_data() {
        decodes(b"\xFF\xFFa\xFF\xFF", b"\xFFa\xFF", &[], &[]);
    }

    #[test]
    fn putty_is_refused_everything_and_its_first_line_is_whole() {
        decodes(
            b"\xFF\xFB\x1F\xFF\xFB\x20\xFF\xFB\x18\xFF\xFB\x27\xFF\xFD\x01\xFF\xFB\x03\xFF\xFD\x03/help\r\n",
            b"/help\r\n",
            &[
                [IAC, DONT, 0x1F],
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
        let mark = [IAC, WONT, TIMING_MARK];
        decodes(
            b"\xFF\xFD\x06\xFF\xFD\x06\xFF\xFE\x06",
            b"",
            &[mark, mark],
            &[],
        );
    }

    #[test]
    fn what_holds_already_gets_no_answer() {
        decodes(b"\xFF\xFC\x01\xFF\xFE\x01", b"", &[], &[]);
    }

    #[test]
    fn interrupts_and_are_you_there_are_signals() {
        let interrupts = [Signal::Interrupt; 4];
        decodes(b"\xFF\xF4\xFF\xF3\xFF\xED\xFF\xF5", b"", &[], &interrupts);
        decodes(b"a\xFF\xF6b", b"ab", &[], &[Signal::AreYouThere]);
    }

    #[test]
    fn other_commands_are_ignored_without_the_byte_that_follows() {
        for code in 0..=249 {
            if !matches!(code, IP | BRK | SUSP | AO | AYT) {
                decodes(&[IAC, code, b'x'], b"x", &[], &[]);
            }
        }
    }

    #[test]
    fn a_subnegotiation_is_skipped_to_its_end() {
        decodes(b"a\xFF\xFA\x1F\0P\xFF\xFF\0\x18\xFF\xF0b", b"ab", &[], &[]);
    }

    #[test]
    fn a_command_within_a_subnegotiation_ends_it_and_is_obeyed() {
        decodes(
            b"\xFF\xFA\x1Fjunk\xFF\xFD\x06b",
            b"b",
            &[[IAC, WONT, TIMING_MARK]],
            &[],
        );
        decodes(b"\xFF\xFA\x1Fjunk\xFF\xF1b", b"b", &[], &[]);
        decodes(b"\xFF\xFA\x1Fjunk\xFF\xFA\x18more\xFF\xF0b", b"b", &[], &[]);
    }

    /// RFC 1143 section 7, line by line: state, what comes, whether we accept, next state, answer.
    #[test]
    fn the_q_method_is_that_of_its_rfc() {
        use Q::{No, WantNo, WantNoOpposite, WantYes, WantYesOpposite, Yes};
        for (state, on, accepts, next, answer) in [
            (No, true, true, Yes, Some(true)),
            (No, true, false, No, Some(false)),
            (No, false, true, No, None),
            (Yes, true, false, Yes, None),
            (Yes, false, true, No, Some(false)),
            (WantNo, true, true, No, None),
            (WantNo, false, true, No, None),
            (WantNoOpposite, true, false, Yes, None),
            (WantNoOpposite, false, false, WantYes, Some(true)),
            (WantYes, true, false, Yes, None),
            (WantYes, false, true, No, None),
            (WantYesOpposite, true, true, WantNo, Some(false)),
            (WantYesOpposite, false, true, No, None),
        ] {
            assert_eq!(
                state.receive(on, accepts),
                (next, answer),
                "{state:?} receives {on}"
            );
        }
        for (state, on, next, request) in [
            (No, true, WantYes, Some(true)),
            (No, false, No, None),
            (Yes, true, Yes, None),
            (Yes, false, WantNo, Some(false)),
            (WantNo, true, WantNoOpposite, None),
            (WantNo, false, WantNo, None),
            (WantNoOpposite, true, WantNoOpposite, None),
            (WantNoOpposite, false, WantNo, None),
            (WantYes, true, WantYes, None),
            (WantYes, false, WantYesOpposite, None),
            (WantYesOpposite, true, WantYes, None),
            (WantYesOpposite, false, WantYesOpposite, None),
        ] {
            assert_eq!(
                state.request(on),
                (next, request),
                "{state:?} is asked for {on}"
            );
        }
    }

    /// Two ends that both follow the method settle, whatever each of them wants.
    #[test]
    fn two_ends_come_to_rest() {
        for (mine, his) in [(true, true), (true, false), (false, true), (false, false)] {
            let (mut me, mut message) = Q::No.request(mine);
            let mut him = Q::No;
            let mut sent = 0;
            while let Some(on) = message {
                let answer;
                (him, answer) = him.receive(on, his);
                let Some(on) = answer else { break };
                (me, message) = me.receive(on, mine);
                sent += 1;
            }
            assert!(sent <= 1, "{sent} messages");
            assert_eq!(
                (me, him),
                if mine && his {
                    (Q::Yes, Q::Yes)
                } else {
                    (Q::No, Q::No)
                }
            );
        }
    }
}
