//! Urgent input behind flood control: an interrupt; the timing mark that a client waits for before
//! it shows output again; and the question whether the server is there. Delayed bytes are searched
//! for these.
//!
//! Not here: what costs a token, and what else the bytes mean (`session`).

use alloc::boxed::Box;
use alloc::vec::Vec;

use memchr::memchr;

use super::negotiation::{IAC, NO_TIMING_MARK};
use super::{Bucket, Rate, Received, Receiver};
use crate::chat::{Signal, Timestamp};

/// The state of the search through delayed bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Ahead {
    /// A receiver that has read all delayed bytes.
    receiver: Receiver,
    /// The number of delayed bytes, at the end, that belong to a telnet command or to a part of
    /// one.
    command: usize,
    /// Limits the answers to urgent input, so that they do not bypass flood control.
    bucket: Bucket,
}

impl Ahead {
    /// Two interrupts with their timing marks, and then one answer a second.
    const RATE: Rate = Rate::new(4, 1);
}

impl Receiver {
    /// Adds bytes to those that are delayed, and reports the urgent input among them. Also reports
    /// that input is delayed, once until the bucket is full again. Delayed bytes before an
    /// interrupt are discarded: a user who interrupts does not want them sent.
    ///
    /// ```
    /// use chinwag::chat::{Limits, Signal, Timestamp};
    /// use chinwag::wire::{Rate, Received, Receiver};
    ///
    /// let mut receiver = Receiver::new(&Limits::default(), Some(Rate::new(1, 1)));
    /// let (now, mut held) = (Timestamp(0), Vec::new());
    /// held.extend(receiver.receive(now, b"one\ntwo\n", |_| {}));
    /// assert_eq!(held, b"two\n");
    /// let mut received = Vec::new();
    /// receiver.hold(now, &mut held, b"three\n\xFF\xF4four", |what| received.push(what));
    /// assert_eq!(received, [Signal::Interrupt, Signal::Slowed].map(Received::Signal));
    /// assert_eq!(held, b"four");
    /// ```
    pub fn hold(
        &mut self,
        now: Timestamp,
        held: &mut Vec<u8>,
        bytes: &[u8],
        mut report: impl FnMut(Received),
    ) {
        let known = if self.ahead.is_some() { held.len() } else { 0 };
        held.extend_from_slice(bytes);
        let mut ahead = self.ahead.take().unwrap_or_else(|| {
            let mut receiver = self.clone();
            receiver.bucket = None;
            Box::new(Ahead { receiver, command: 0, bucket: Bucket::new(Ahead::RATE) })
        });
        let mut at = known;
        while at < held.len() {
            let is_within = ahead.receiver.is_within_command();
            let plain = memchr(IAC, &held[at..]).unwrap_or(held.len() - at);
            let end = if is_within || plain == 0 { at + 1 } else { at + plain };
            ahead.command = if is_within { ahead.command + 1 } else { usize::from(plain == 0) };
            let mut found = Vec::new();
            ahead.receiver.receive(now, &held[at..end], |what| found.push(what));
            at = end;
            match &found[..] {
                [Received::Signal(Signal::Interrupt)] if ahead.may_answer(now) => {
                    held.drain(..at);
                    at = 0;
                    self.resume(&ahead.receiver);
                }
                [Received::Answer(NO_TIMING_MARK), ..]
                | [Received::Signal(Signal::AreYouThere)]
                    if ahead.may_answer(now) =>
                {
                    // The beginning of the command is read already and cannot be removed.
                    let Some(start) = at.checked_sub(ahead.command) else { continue };
                    held.drain(start..at);
                    at = start;
                    self.interrupted = false;
                }
                _ => continue,
            }
            for what in found {
                report(what);
                self.pay(now);
            }
        }
        self.ahead = Some(ahead);
        if !held.is_empty() && !core::mem::replace(&mut self.is_slowed, true) {
            report(Received::Signal(Signal::Slowed));
        }
    }
}

impl Ahead {
    fn may_answer(&mut self, now: Timestamp) -> bool {
        let may = self.bucket.wait(now).is_zero();
        if may {
            self.bucket.take(now);
        }
        may
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::Limits;

    const INTERRUPT: Received = Received::Signal(Signal::Interrupt);
    const MARK: Received = Received::Answer(NO_TIMING_MARK);
    const SLOWED: Received = Received::Signal(Signal::Slowed);

    /// Holds bytes, in pieces, behind an empty bucket. Returns what is reported at once, except
    /// that input is delayed, and the bytes that stay delayed.
    fn hold(bytes: &[u8], piece: usize) -> (Vec<Received>, Vec<u8>) {
        let mut receiver = Receiver::new(&Limits::default(), Some(Rate::new(1, 1)));
        let (now, mut held, mut received) = (Timestamp(1_000_000), Vec::new(), Vec::new());
        assert_eq!(receiver.receive(now, b"first\n", |_| {}), b"");
        for piece in bytes.chunks(piece) {
            receiver.hold(now, &mut held, piece, |what| received.push(what));
        }
        received.retain(|what| *what != SLOWED);
        (received, held)
    }

    #[test]
    fn urgent_input_is_found_however_it_is_split() {
        for (bytes, reported, left) in [
            (&b"one\ntwo\n"[..], &[][..], &b"one\ntwo\n"[..]),
            (b"one\n\xFF\xFD\x06two\n", &[MARK], b"one\ntwo\n"),
            (b"one\ntw\xFF\xF4\xFF\xFD\x06three\n", &[INTERRUPT, MARK, INTERRUPT], b"three\n"),
            (b"one\n\xFF\xF6two", &[Received::Signal(Signal::AreYouThere)], b"one\ntwo"),
            (b"one\n\xFF\xFFtwo\xFF\xFB\x1F", &[], b"one\n\xFF\xFFtwo\xFF\xFB\x1F"),
            (b"\xFF\xFA\x1F\xFF\xFF\xFF\xF0x", &[], b"\xFF\xFA\x1F\xFF\xFF\xFF\xF0x"),
            // The second byte of a letter, which some clients take for a key.
            (b"\xD1\xFF\xF4\n", &[], b"\xD1\xFF\xF4\n"),
        ] {
            for piece in [1, 2, 3, bytes.len()] {
                assert_eq!(
                    hold(bytes, piece),
                    (reported.to_vec(), left.to_vec()),
                    "{bytes:?} by {piece}"
                );
            }
        }
    }

    /// Urgent input does not bypass flood control.
    #[test]
    fn answers_to_urgent_input_are_limited() {
        let bytes = b"\xFF\xFD\x06".repeat(100);
        let (reported, held) = hold(&bytes, 1);
        assert_eq!((reported, held.len()), ([MARK, MARK, MARK, MARK].to_vec(), 3 * 96));
    }

    /// The rest is read as if nothing had come before the interrupt.
    #[test]
    fn reading_continues_after_an_interrupt() {
        let mut receiver = Receiver::new(&Limits::default(), Some(Rate::new(1, 1)));
        let (mut now, mut received) = (Timestamp(1_000_000), Vec::new());
        let mut held = receiver.receive(now, b"1\n2\nhal", |what| received.push(what)).to_vec();
        receiver.hold(now, &mut held, b"f\xFF\xF4\xFF\xFD\x063\n4\n", |what| received.push(what));
        assert_eq!(held, b"3\n4\n");
        while !held.is_empty() {
            now.0 += 1000;
            held = receiver.receive(now, &held, |what| received.push(what)).to_vec();
        }
        let line = |line: &str| Received::Line(line.into());
        assert_eq!(received, [line("1"), INTERRUPT, MARK, INTERRUPT, SLOWED, line("3"), line("4")]);
    }

    #[test]
    fn a_delayed_client_is_told_once_until_its_bucket_is_full_again() {
        let mut receiver = Receiver::new(&Limits::default(), Some(Rate::new(2, 1)));
        let told = |receiver: &mut Receiver, seconds: u64| {
            let (now, mut held, mut told) = (Timestamp(1000 * seconds), Vec::new(), 0);
            held.extend(receiver.receive(now, b"1\n2\n3\n", |_| {}));
            for _ in 0..3 {
                receiver.hold(now, &mut held, b"", |what| told += usize::from(what == SLOWED));
            }
            told
        };
        let mut each = [1, 2, 3, 5, 6].map(|seconds| (seconds, told(&mut receiver, seconds)));
        each.sort_unstable();
        assert_eq!(each, [(1, 1), (2, 0), (3, 0), (5, 1), (6, 0)]);
    }
}
