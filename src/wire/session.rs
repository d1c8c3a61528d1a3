//! The wire state of a connection, as plain data. Its halves, input and output, may live in
//! different tasks.
//!
//! Not here: the socket (`server`).

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::time::Duration;

use memchr::memchr2;

use super::ahead::Ahead;
use super::foreign::{Heard, Opening};
use super::line::{Framed, Framer};
use super::negotiation::{Answer, NO_TIMING_MARK};
use super::telnet::{Decoder, Found};
use super::{Bucket, Foreign, Rate, SendQueue, View};
use crate::chat::{Limits, Signal, Timestamp};

/// The wire state of one connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The input from the peer.
    pub receiver: Receiver,
    /// The output to the peer.
    pub queue: SendQueue,
    /// The layout of the output.
    pub view: View,
}

impl Session {
    /// The state of a new connection: `send_queue` is the size of the queue in bytes, `columns` the
    /// width of a row.
    #[must_use]
    pub fn new(
        limits: &Limits,
        rate: Option<Rate>,
        send_queue: usize,
        columns: Option<u16>,
    ) -> Self {
        Self {
            receiver: Receiver::new(limits, rate),
            queue: SendQueue::new(send_queue),
            view: View { columns, ascii: false },
        }
    }
}

/// What a peer's bytes mean.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Received {
    /// A line for the chat.
    Line(Arc<str>),
    /// A signal for the chat.
    Signal(Signal),
    /// Bytes to send to the peer.
    Answer(Answer),
    /// The peer negotiates who shows what is typed: see [`Echo`](super::negotiation::Echo).
    Echo(bool),
    /// The peer's window has this many columns; 0 if the peer does not know.
    Width(u16),
    /// The peer is not a chat client. Nothing that it sends after this is reported.
    Foreign(Foreign),
}

/// The receiving half: flood control, telnet, then lines.
///
/// Every report costs a token of the [`Bucket`], and so do every [`Self::TOLL`] bytes, whatever
/// they mean. Of widths, many are reported while a window is resized, so only every
/// [`Self::WIDTHS`]th costs a token. Without a token, reading stops. Nothing is lost: the rest is
/// read later.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Receiver {
    pub(super) bucket: Option<Bucket>,
    /// Bytes until the next one that costs a token.
    toll: usize,
    /// Widths until the next one that costs a token.
    widths: u8,
    opening: Opening,
    decoder: Decoder,
    framer: Framer,
    /// The number of short reads of the pending line in a row: see [`Self::KEY`].
    keys: u8,
    /// Whether an interrupt was the last thing received.
    pub(super) interrupted: bool,
    /// Whether the peer is not a chat client.
    is_foreign: bool,
    /// Whether the peer has been told that its input is delayed, since its bucket was last full.
    pub(super) is_slowed: bool,
    /// The state of the search through delayed bytes, if there are any.
    pub(super) ahead: Option<Box<Ahead>>,
}

impl Receiver {
    /// The number of bytes that cost a token.
    pub const TOLL: usize = 4096;

    /// The number of reported window widths that cost a token.
    pub const WIDTHS: u8 = 16;

    /// The most bytes in a read that counts as a single typed key.
    pub const KEY: usize = 8;

    /// A receiver for lines as long as the limits allow. Without a rate, there is no flood control.
    #[must_use]
    pub fn new(limits: &Limits, rate: Option<Rate>) -> Self {
        Self {
            bucket: rate.map(Bucket::new),
            toll: Self::TOLL,
            widths: Self::WIDTHS,
            opening: Opening::default(),
            decoder: Decoder::default(),
            framer: Framer::new(limits.line),
            keys: 0,
            interrupted: false,
            is_foreign: false,
            is_slowed: false,
            ahead: None,
        }
    }

    /// The same receiver under other limits.
    #[must_use]
    pub fn with_limits(self, limits: &Limits, rate: Option<Rate>) -> Self {
        let bucket = rate.map(|rate| Bucket::with_rate(self.bucket, rate));
        Self { bucket, framer: self.framer.with_limit(limits.line), ..self }
    }

    /// Reads bytes, however they are split, and reports what they mean, in order. Returns the bytes
    /// that it has not read. Pass these again, and then what follows, after [`wait`](Self::wait).
    ///
    /// ```
    /// use chinwag::chat::{Limits, Timestamp};
    /// use chinwag::wire::{Rate, Received, Receiver};
    ///
    /// let mut receiver = Receiver::new(&Limits::default(), Some(Rate::new(2, 1)));
    /// let mut received = Vec::new();
    /// let now = Timestamp(0);
    /// assert_eq!(receiver.receive(now, b"hel", |what| received.push(what)), b"");
    /// assert_eq!(receiver.receive(now, b"lo\xFF\xFD\x06\nyou\n", |what| received.push(what)), b"you\n");
    /// assert_eq!(received, [
    ///     Received::Answer([0xFF, 0xFC, 0x06]),
    ///     Received::Line("hello".into()),
    /// ]);
    /// ```
    pub fn receive<'a>(
        &mut self,
        now: Timestamp,
        bytes: &'a [u8],
        mut report: impl FnMut(Received),
    ) -> &'a [u8] {
        if self.is_foreign {
            return &[];
        }
        self.is_slowed =
            self.is_slowed && self.bucket.as_ref().is_some_and(|bucket| !bucket.is_full(now));
        if let Some(foreign) = self.opening.see(bytes) {
            self.is_foreign = true;
            report(Received::Foreign(foreign));
        }
        let mut unread = bytes;
        while !unread.is_empty() && !self.is_foreign && self.wait(now).is_zero() {
            let (piece, _) = unread.split_at(unread.len().min(self.toll));
            let read = piece.len() - self.read(now, piece, &mut report);
            unread = &unread[read..];
            self.toll -= read;
            if self.toll == 0 {
                self.toll = Self::TOLL;
                self.pay(now);
            }
        }
        self.count_key(bytes);
        if unread.is_empty() || self.is_foreign {
            self.ahead = None;
            return &[];
        }
        unread
    }

    fn count_key(&mut self, bytes: &[u8]) {
        if bytes.len() > Self::KEY || memchr2(b'\r', b'\n', bytes).is_some() {
            self.keys = 0;
        }
        self.keys = self.keys.saturating_add(u8::from(bytes.len() <= Self::KEY));
    }

    /// Discards the line that is being received.
    pub fn forget(&mut self) {
        self.framer.clear();
        self.ahead = None;
    }

    /// Continues where another receiver is, which has read further.
    pub(super) fn resume(&mut self, other: &Self) {
        self.decoder.clone_from(&other.decoder);
        self.framer.clone_from(&other.framer);
        self.opening.clone_from(&other.opening);
        self.interrupted = other.interrupted;
    }

    /// Whether a telnet command has been read in part.
    pub(super) fn is_within_command(&self) -> bool {
        self.decoder.is_within_command()
    }

    /// How long reading must pause; zero if it may continue.
    pub fn wait(&mut self, now: Timestamp) -> Duration {
        self.bucket.as_mut().map_or(Duration::ZERO, |bucket| bucket.wait(now))
    }

    /// Ends the input: the peer will send no more. A line without an end is reported as a line,
    /// because programs need not end their last one. It is discarded if it was typed key by key:
    /// someone was still editing it, and might have deleted it.
    pub fn finish(&mut self) -> Vec<Received> {
        let mut received = Vec::new();
        if self.keys > 1 {
            self.framer.clear();
        }
        let framed = self.framer.finish().filter(|_| !self.is_foreign);
        if let Some(framed) = framed {
            self.mean(framed, &mut |what| received.push(what));
        }
        self.release(&mut |what| received.push(what));
        received
    }

    /// Treats the peer as a chat client from now on. Returns the lines that were held because the
    /// next ones might have shown it to be something else.
    pub fn settle(&mut self) -> Vec<Received> {
        let mut received = Vec::new();
        self.opening.settle();
        self.release(&mut |what| received.push(what));
        received
    }

    /// Reads while there are tokens. Returns the number of bytes that are left.
    fn read(
        &mut self,
        now: Timestamp,
        mut input: &[u8],
        report: &mut impl FnMut(Received),
    ) -> usize {
        while let Some(found) = self.decoder.next(&mut input) {
            if !matches!(found, Found::Data(_)) {
                self.opening.see_telnet();
                let reported = self.release(report);
                (0..reported).for_each(|_| self.pay(now));
            }
            // A client that asks for a timing mark after an interrupt discards all output up to the
            // answer, so the interrupt is reported again after that.
            let is_unheard =
                core::mem::take(&mut self.interrupted) && found == Found::Answer(NO_TIMING_MARK);
            let what = match found {
                Found::Data(mut data) => {
                    while let Some(framed) = self.framer.next(&mut data) {
                        let reported = self.mean(framed, report);
                        (0..reported).for_each(|_| self.pay(now));
                        if self.is_foreign || !self.wait(now).is_zero() {
                            return data.len() + input.len();
                        }
                    }
                    None
                }
                Found::Interrupt { or } if self.framer.complete(or) => None,
                Found::Interrupt { .. } => {
                    self.framer.clear();
                    self.interrupted = true;
                    Some(Received::Signal(Signal::Interrupt))
                }
                Found::EraseCharacter => {
                    self.framer.erase();
                    None
                }
                Found::EraseLine => {
                    self.framer.clear();
                    None
                }
                Found::AreYouThere => Some(Received::Signal(Signal::AreYouThere)),
                Found::Answer(answer) => Some(Received::Answer(answer)),
                Found::Echo(on) => Some(Received::Echo(on)),
                Found::Width(width) => {
                    report(Received::Width(width));
                    self.widths -= 1;
                    if self.widths == 0 {
                        self.widths = Self::WIDTHS;
                        self.pay(now);
                    }
                    None
                }
            };
            let again = is_unheard.then_some(Received::Signal(Signal::Interrupt));
            for what in what.into_iter().chain(again) {
                report(what);
                self.pay(now);
            }
            if !self.wait(now).is_zero() {
                break;
            }
        }
        input.len()
    }

    /// Reports the lines that were held and then what this line means. Returns the number of
    /// reports.
    fn mean(&mut self, framed: Framed, report: &mut impl FnMut(Received)) -> usize {
        let meaning = match self.opening.hear(&framed) {
            Heard::Silence => return 0,
            Heard::Foreign(foreign) => {
                self.is_foreign = true;
                self.opening.release();
                report(Received::Foreign(foreign));
                return 1;
            }
            Heard::Chat => match framed {
                Framed::Line(line) => Received::Line(line),
                Framed::Overlong { .. } => Received::Signal(Signal::Overlong),
            },
        };
        let released = self.release(report);
        report(meaning);
        released + 1
    }

    /// Reports the lines that were held. Returns their number.
    fn release(&mut self, report: &mut impl FnMut(Received)) -> usize {
        let held = self.opening.release();
        let count = held.len();
        held.into_iter().map(Received::Line).for_each(report);
        count
    }

    /// Charges tokens for the cost of what was reported. Missing tokens are taken in advance.
    pub fn owe(&mut self, now: Timestamp, tokens: u32) {
        if let Some(bucket) = self.bucket.as_mut().filter(|_| tokens > 0) {
            bucket.take_many(now, tokens);
        }
    }

    pub(super) fn pay(&mut self, now: Timestamp) {
        if let Some(bucket) = &mut self.bucket {
            bucket.take(now);
        }
    }
}

#[cfg(test)]
mod tests;
