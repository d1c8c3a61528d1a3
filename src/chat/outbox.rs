//! The outputs of events. The caller owns the outbox, reads it, and clears it.
//!
//! Not here: queues of bytes (`wire::SendQueue`).

use alloc::vec::Vec;
use core::ops::Range;

use super::room::{Kind, Room};
use super::{Ask, ClientId, Message};

/// Why the machine closes a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseReason {
    /// The user typed `/bye`.
    Bye,
    /// The server stops.
    Shutdown,
    /// Another connection has logged in to the client's account.
    TakenOver,
    /// An operator has closed it.
    Removed,
    /// The client is banned.
    Banned,
}

/// One effect of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output<'a> {
    /// Send one message to each of these clients.
    Deliver {
        /// The recipients: ascending, without duplicates, at least one.
        to: &'a [ClientId],
        /// The message.
        message: &'a Message,
    },
    /// Ask a client a question, and report what comes of it as an
    /// [`Event::Answered`](super::Event::Answered). The client has been sent its text. A question that
    /// it was asked before is void.
    Ask {
        /// The client to ask.
        client: ClientId,
        /// Identifies the question.
        ticket: u64,
        /// What to ask for.
        ask: &'a Ask,
    },
    /// Send what is queued for this client, then close its connection. No later output is for it.
    Close {
        /// The client to close.
        client: ClientId,
        /// Why the machine closes it.
        reason: CloseReason,
    },
}

/// The outputs of one or more events, in order.
///
/// Every client must be sent its outputs in this order. Then no two clients see two messages in
/// different orders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outbox {
    entries: Vec<Entry>,
    recipients: Vec<ClientId>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Entry {
    Deliver { to: Range<usize>, message: Message },
    Ask { client: ClientId, ticket: u64, ask: Ask },
    Close { client: ClientId, reason: CloseReason },
}

impl Outbox {
    /// An empty outbox.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// All outputs, in order.
    pub fn iter(&self) -> impl Iterator<Item = Output<'_>> {
        self.entries.iter().map(|entry| match entry {
            Entry::Deliver { to, message } => {
                Output::Deliver { to: &self.recipients[to.clone()], message }
            }
            Entry::Ask { client, ticket, ask } => {
                Output::Ask { client: *client, ticket: *ticket, ask }
            }
            Entry::Close { client, reason } => Output::Close { client: *client, reason: *reason },
        })
    }

    /// The outputs for one client, in order: its messages, with itself as the only recipient, its
    /// questions and its close.
    pub fn for_client(&self, client: ClientId) -> impl Iterator<Item = Output<'_>> {
        self.iter().filter_map(move |output| match output {
            Output::Deliver { to, message } => {
                let at = to.iter().position(|recipient| *recipient == client)?;
                Some(Output::Deliver { to: &to[at..=at], message })
            }
            Output::Ask { client: other, .. } | Output::Close { client: other, .. } => {
                (other == client).then_some(output)
            }
        })
    }

    /// Whether there are no outputs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Removes all outputs and keeps the allocation for the next event.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.recipients.clear();
    }

    /// Adds a message for each of these clients.
    pub(super) fn deliver(&mut self, to: impl IntoIterator<Item = ClientId>, message: Message) {
        let start = self.recipients.len();
        self.recipients.extend(to);
        self.end_delivery(start, message);
    }

    /// Adds a message for the members of a room that [`Room::audience`] selects.
    pub(super) fn announce(&mut self, room: &Room, kind: Kind<'_>, message: Message) {
        let start = self.recipients.len();
        room.audience(kind, |run| self.recipients.extend_from_slice(run));
        self.end_delivery(start, message);
    }

    /// Drops the message if it has no recipients.
    fn end_delivery(&mut self, start: usize, message: Message) {
        let to = start..self.recipients.len();
        if !to.is_empty() {
            self.entries.push(Entry::Deliver { to, message });
        }
    }

    pub(super) fn ask(&mut self, client: ClientId, ticket: u64, ask: Ask) {
        self.entries.push(Entry::Ask { client, ticket, ask });
    }

    pub(super) fn close(&mut self, client: ClientId, reason: CloseReason) {
        self.entries.push(Entry::Close { client, reason });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: ClientId = ClientId(1);
    const BOB: ClientId = ClientId(2);

    #[test]
    fn for_client_yields_the_outputs_of_one_client_in_order() {
        let mut outbox = Outbox::new();
        outbox.deliver([ANN, BOB], Message::Welcome);
        outbox.deliver([ANN], Message::StillHere);
        outbox.close(BOB, CloseReason::Bye);
        assert!(outbox.for_client(ANN).eq([
            Output::Deliver { to: &[ANN], message: &Message::Welcome },
            Output::Deliver { to: &[ANN], message: &Message::StillHere },
        ]));
        assert!(outbox.for_client(BOB).eq([
            Output::Deliver { to: &[BOB], message: &Message::Welcome },
            Output::Close { client: BOB, reason: CloseReason::Bye },
        ]));
    }

    #[test]
    fn a_message_without_recipients_is_dropped() {
        let mut outbox = Outbox::new();
        outbox.deliver([], Message::Welcome);
        assert!(outbox.is_empty());
        outbox.deliver([ANN], Message::Welcome);
        assert!(!outbox.is_empty());
    }

    #[test]
    fn a_cleared_outbox_equals_a_new_one() {
        let mut outbox = Outbox::new();
        outbox.deliver([ANN], Message::Welcome);
        outbox.clear();
        assert_eq!(outbox, Outbox::new());
    }
}
