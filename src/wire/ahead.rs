//! What must not wait behind flood control: an interrupt; the timing mark that a client waits for before it
//! shows anything again; and whoever asks whether anyone is there. Bytes that are held back are looked through for them.
//!
//! Not here: what costs a token, and what else the bytes mean (`session`).

use alloc::boxed::Box;
use alloc::vec::Vec;

use memchr::memchr;

use super::negotiation::{IAC, NO_TIMING_MARK};
use super::{Bucket, Rate, Received, Receiver};
use crate::chat::{Signal, Timestamp};

/// What is known of the bytes that are held back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ahead {
    /// A receiver that has read all of them.
    receiver: Receiver,
    /// How many of them are a command of telnet, or a part of one, at the end.
    command: usize,
    /// What answers out of turn cost, so that they are no way around flood control.
    bucket: Bucket,
}

impl Ahead {
    /// An interrupt with its mark, twice, and then one answer a second.
    const RATE: Rate = Rate::new(4, 1);
}

impl Receiver {
    /// Adds bytes to those that are held back, and reports what among them must not wait; and, once in a while, that any
    /// are held back. What came before an interrupt is forgotten: whoever interrupts does not want it said.
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
                    // What has been read of it cannot be taken back.
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

    /// Holds bytes, which come in pieces, behind a bucket that is empty. Returns what is reported at once, beside that
    /// they are held, and what is still held.
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
    fn what_must_not_wait_is_found_however_it_is_split() {
        for (bytes, reported, left) in [
            (&b"one\ntwo\n"[..], &[][..], &b"one\ntwo\n"[..]),
            (b"one\n\xFF\xFD\x06two\n", &[MARK], b"one\ntwo\n"),
            (b"one\ntw\xFF\xF4\xFF\xFD\x06three\n", &[INTERRUPT, MARK, INTERRUPT], b"three\n"),
            (b"one\n\xFF\xF6two", &[Received::Signal(Signal::AreYouThere)], b"one\ntwo"),
            (b"one\n\xFF\xFFtwo\xFF\xFB\x1F", &[], b"one\n\xFF\xFFtwo\xFF\xFB\x1F"),
            (b"\xFF\xFA\x1F\xFF\xFF\xFF\xF0x", &[], b"\xFF\xFA\x1F\xFF\xFF\xFF\xF0x"),
            // The second byte of a letter, which a client takes for a key.
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

    /// So it is no way around flood control.
    #[test]
    fn only_so_much_is_answered_out_of_turn() {
        let bytes = b"\xFF\xFD\x06".repeat(100);
        let (reported, held) = hold(&bytes, 1);
        assert_eq!((reported, held.len()), ([MARK, MARK, MARK, MARK].to_vec(), 3 * 96));
    }

    /// What is left is read as if nothing else had come.
    #[test]
    fn reading_goes_on_after_the_interrupt() {
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
    fn whoever_is_held_back_is_told_once_until_all_tokens_are_there_again() {
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
