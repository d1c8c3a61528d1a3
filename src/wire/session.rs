//! All of a connection's state on the wire, as plain data, in two halves that may live in different
//! tasks.
//!
//! Not here: the socket (`server`).

use alloc::string::String;

use super::SendQueue;
use super::line::{Framed, Framer};
use super::negotiation::{Answer, NO_TIMING_MARK};
use super::telnet::{Decoder, Found};
use crate::chat::{Limits, Signal};

/// One connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// What comes from the peer.
    pub receiver: Receiver,
    /// What goes to it.
    pub queue: SendQueue,
}

impl Session {
    /// A connection on which nothing has happened yet.
    #[must_use]
    pub fn new(limits: &Limits, send_queue: usize) -> Self {
        Self { receiver: Receiver::new(limits), queue: SendQueue::new(send_queue) }
    }
}

/// What a peer's bytes meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// A line, for the chat.
    Line(String),
    /// Something else for the chat.
    Signal(Signal),
    /// Bytes to send to the peer.
    Answer(Answer),
}

/// The receiving half: telnet, then lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receiver {
    decoder: Decoder,
    framer: Framer,
    /// Whether the last that came was an interrupt.
    interrupted: bool,
}

impl Receiver {
    /// A receiver for lines as long as the limits allow.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        Self { decoder: Decoder::default(), framer: Framer::new(limits.line), interrupted: false }
    }

    /// Reads bytes, however they are split, and reports what they meant, in order.
    ///
    /// ```
    /// use chinwag::chat::Limits;
    /// use chinwag::wire::{Received, Receiver};
    ///
    /// let mut receiver = Receiver::new(&Limits::default());
    /// let mut received = Vec::new();
    /// receiver.receive(b"hel", |what| received.push(what));
    /// receiver.receive(b"lo\xFF\xFD\x06\r\n", |what| received.push(what));
    /// assert_eq!(received, [
    ///     Received::Answer([0xFF, 0xFC, 0x06]),
    ///     Received::Line("hello".into()),
    /// ]);
    /// ```
    pub fn receive(&mut self, mut bytes: &[u8], mut report: impl FnMut(Received)) {
        while let Some(found) = self.decoder.next(&mut bytes) {
            let was_interrupted = core::mem::take(&mut self.interrupted);
            match found {
                Found::Data(mut data) => {
                    while let Some(framed) = self.framer.next(&mut data) {
                        report(framed.into());
                    }
                }
                Found::Interrupt { or } => {
                    if !self.framer.complete(or) {
                        self.framer.clear();
                        self.interrupted = true;
                        report(Received::Signal(Signal::Interrupt));
                    }
                }
                Found::EraseCharacter => self.framer.erase(),
                Found::EraseLine => self.framer.clear(),
                Found::AreYouThere => report(Received::Signal(Signal::AreYouThere)),
                Found::Answer(answer) => {
                    report(Received::Answer(answer));
                    // A client that asks for a timing mark after an interrupt has thrown away all
                    // that came before it.
                    if was_interrupted && answer == NO_TIMING_MARK {
                        report(Received::Signal(Signal::Interrupt));
                    }
                }
            }
        }
    }

    /// The peer will send no more: what came of a line is a line.
    pub fn finish(&mut self) -> Option<Received> {
        self.framer.finish().map(Received::from)
    }
}

impl From<Framed> for Received {
    fn from(framed: Framed) -> Self {
        match framed {
            Framed::Line(line) => Self::Line(line),
            Framed::Overlong { .. } => Self::Signal(Signal::Overlong),
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    fn receive(bytes: &[u8]) -> Vec<Received> {
        let mut receiver = Receiver::new(&Limits::default());
        let mut received = Vec::new();
        receiver.receive(bytes, |what| received.push(what));
        received
    }

    const INTERRUPT: Received = Received::Signal(Signal::Interrupt);

    #[test]
    fn an_interrupt_forgets_what_was_typed() {
        let expected = [INTERRUPT, Received::Line("hello".into())];
        assert_eq!(receive(b"half a li\xFF\xF4hello\n"), expected);
    }

    #[test]
    fn an_interrupt_is_answered_again_after_its_timing_mark() {
        let mark = Received::Answer(NO_TIMING_MARK);
        let expected = [INTERRUPT, mark.clone(), INTERRUPT, mark];
        assert_eq!(receive(b"half\xFF\xF4\xFF\xFD\x06\xFF\xFD\x06"), expected);
    }

    /// What inetutils telnet makes of "мы у 日本!" and Enter.
    #[test]
    fn letters_that_a_client_mistakes_for_keys_are_put_right() {
        let mark = Received::Answer(NO_TIMING_MARK);
        let typed = b"\xD0\xBC\xD1\x8B \xD1\xFF\xF4\xFF\xFD\x06 \xE6\x97\xA5\xE6\xFF\xF3\xFF\xFD\x06\xAC!\r\n";
        let expected = [mark.clone(), mark, Received::Line("мы у 日本!".into())];
        assert_eq!(receive(typed), expected);
    }
}
