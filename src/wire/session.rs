//! All of a connection's state on the wire, as plain data, in two halves that may live in different
//! tasks.
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

/// One connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// What comes from the peer.
    pub receiver: Receiver,
    /// What goes to it.
    pub queue: SendQueue,
    /// How that is laid out.
    pub view: View,
}

impl Session {
    /// A connection on which nothing has happened yet.
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

/// What a peer's bytes meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// A line, for the chat.
    Line(Arc<str>),
    /// Something else for the chat.
    Signal(Signal),
    /// Bytes to send to the peer.
    Answer(Answer),
    /// The peer's window has so many columns; 0 if it does not know.
    Width(u16),
    /// The peer is no chat client. Nothing that it sends after this is reported.
    Foreign(Foreign),
}

/// The receiving half: flood control, telnet, then lines.
///
/// Whatever is reported costs a token of the [`Bucket`], and so do every [`Self::TOLL`] bytes, whatever
/// they are; but of widths, of which many come when a window is resized, only every [`Self::WIDTHS`]th does. Where there is none, reading stops, and nothing is lost: the rest is read later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receiver {
    pub(super) bucket: Option<Bucket>,
    /// Bytes until the next one that costs a token.
    toll: usize,
    /// Widths until the next one that costs a token.
    widths: u8,
    opening: Opening,
    decoder: Decoder,
    framer: Framer,
    /// How often a few bytes of the pending line came by themselves: see [`Self::KEY`].
    keys: u8,
    /// Whether the last that came was an interrupt.
    pub(super) interrupted: bool,
    /// Whether the peer is no chat client.
    is_foreign: bool,
    /// Whether the peer has been told that something is held back, since it last had all its tokens.
    pub(super) is_slowed: bool,
    /// What is known of the bytes that are held back, if any are.
    pub(super) ahead: Option<Box<Ahead>>,
}

impl Receiver {
    /// So many bytes cost a token.
    pub const TOLL: usize = 4096;

    /// So many reports of the width of a window cost a token.
    pub const WIDTHS: u8 = 16;

    /// So few bytes are a key that someone has pressed, if they come by themselves.
    pub const KEY: usize = 8;

    /// A receiver for lines as long as the limits allow, and as many as the rate does: if there is none,
    /// any number.
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

    /// Reads bytes, however they are split, and reports what they meant, in order. Returns those that it
    /// has not read: they, and what comes after them, are to be read after [`wait`](Self::wait).
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

    /// Forgets what has come of a line.
    pub fn forget(&mut self) {
        self.framer.clear();
        self.ahead = None;
    }

    /// Goes on where another receiver is, which has read on.
    pub(super) fn resume(&mut self, other: &Self) {
        self.decoder.clone_from(&other.decoder);
        self.framer.clone_from(&other.framer);
        self.opening.clone_from(&other.opening);
        self.interrupted = other.interrupted;
    }

    /// Whether it has read a part of a command of telnet.
    pub(super) fn is_within_command(&self) -> bool {
        self.decoder.is_within_command()
    }

    /// How long reading has to stop: zero if it may go on.
    pub fn wait(&mut self, now: Timestamp) -> Duration {
        self.bucket.as_mut().map_or(Duration::ZERO, |bucket| bucket.wait(now))
    }

    /// The peer will send no more: what came of a line is a line, as programs need not end their last one. But not
    /// if it came key by key: then someone was still typing, and might have taken it back.
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

    /// The peer is taken for a chat client from now on. Returns the lines that would have told if the next ones
    /// had come with them.
    pub fn settle(&mut self) -> Vec<Received> {
        let mut received = Vec::new();
        self.opening.settle();
        self.release(&mut |what| received.push(what));
        received
    }

    /// Reads as much as there are tokens for, and returns how many bytes are left.
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
            // A client that asks for a timing mark after an interrupt has thrown away all that came
            // before it.
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

    /// Reports what a line means, after those that were held. Returns how much that is.
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

    /// Reports the lines that were held, and returns how many.
    fn release(&mut self, report: &mut impl FnMut(Received)) -> usize {
        let held = self.opening.release();
        let count = held.len();
        held.into_iter().map(Received::Line).for_each(report);
        count
    }

    /// What it has reported has cost so many more tokens. Those that there are not are taken in advance.
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
