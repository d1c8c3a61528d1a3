//! All of a connection's state on the wire, as plain data, in two halves that may live in different
//! tasks.
//!
//! Not here: the socket (`server`).

use alloc::string::String;

use super::SendQueue;
use super::line::{Framed, Framer};
use super::negotiation::Answer;
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
}

impl Receiver {
    /// A receiver for lines as long as the limits allow.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        Self { decoder: Decoder::default(), framer: Framer::new(limits.line) }
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
            match found {
                Found::Data(mut data) => {
                    while let Some(framed) = self.framer.next(&mut data) {
                        report(framed.into());
                    }
                }
                Found::Signal(signal) => {
                    if signal == Signal::Interrupt {
                        self.framer.clear();
                    }
                    report(Received::Signal(signal));
                }
                Found::Answer(answer) => report(Received::Answer(answer)),
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
            Framed::Overlong => Self::Signal(Signal::Overlong),
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn an_interrupt_forgets_what_was_typed() {
        let mut receiver = Receiver::new(&Limits::default());
        let mut received = Vec::new();
        receiver.receive(b"half a li\xFF\xF4hello\n", |what| received.push(what));
        assert_eq!(received, [Received::Signal(Signal::Interrupt), Received::Line("hello".into())]);
    }
}
