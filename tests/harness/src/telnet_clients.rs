//! TelnetClients that send bytes to one chat, and what reaches their terminals: the whole path but for the
//! sockets.
//!
//! Not here: which bytes they send (`tests/it`).

use chinwag::chat::{Cause, Chat, ClientId, Event, Limits, Outbox, Output, Timestamp};
use chinwag::wire::{Received, Receiver};

use crate::fuzz::read;
use crate::terminal::Terminals;

/// How much later each deed is than the one before it, so that some lines have other times.
const PACE: u64 = 20_000;

/// So many peers. Whoever leaves is followed by another one.
#[derive(Debug)]
pub struct TelnetClients {
    chat: Chat,
    now: Timestamp,
    peers: Vec<(ClientId, Receiver)>,
    next: u64,
    /// What everyone was sent, those who have gone too.
    pub terminals: Terminals,
}

impl TelnetClients {
    /// The number of peers at any time.
    pub const COUNT: usize = 3;

    /// TelnetClients that have just connected.
    #[must_use]
    pub fn new() -> Self {
        let chat = Chat::new(Limits::default());
        let terminals = Terminals::default();
        let mut peers = Self { chat, now: Timestamp(0), peers: Vec::new(), next: 0, terminals };
        peers.fill();
        peers
    }

    /// One of them sends bytes.
    pub fn send(&mut self, peer: usize, bytes: &[u8]) {
        self.now.0 += PACE;
        let (client, receiver) = &mut self.peers[peer % Self::COUNT];
        let (client, received) = (*client, read(receiver, self.now, bytes));
        received.into_iter().for_each(|what| self.handle(client, what));
        self.fill();
    }

    /// One of them ends its side of the connection.
    pub fn finish(&mut self, peer: usize) {
        let (client, receiver) = &mut self.peers[peer % Self::COUNT];
        let (client, last) = (*client, receiver.finish());
        last.into_iter().for_each(|what| self.handle(client, what));
        self.perform(Event::Disconnect { client, cause: Cause::Closed });
        self.peers.retain(|(other, _)| *other != client);
        self.fill();
    }

    fn handle(&mut self, client: ClientId, what: Received) {
        match what {
            Received::Line(line) => self.perform(Event::Line { client, line }),
            Received::Signal(signal) => self.perform(Event::Signal { client, signal }),
            Received::Answer(answer) => self.terminals.receive_bytes(client, &answer),
            // Its screen has 80 columns, whatever it says.
            Received::Width(_) => {}
            Received::Foreign(_) => {
                self.perform(Event::Disconnect { client, cause: Cause::Closed });
                self.peers.retain(|(other, _)| *other != client);
            }
        }
    }

    fn perform(&mut self, event: Event) {
        let mut outbox = Outbox::new();
        self.chat.handle(self.now, event, &mut outbox);
        self.terminals.receive(&outbox);
        for output in outbox.iter() {
            if let Output::Close { client: closed, .. } = output {
                self.peers.retain(|(client, _)| *client != closed);
            }
        }
    }

    /// Lets others come for those who have gone.
    fn fill(&mut self) {
        while self.peers.len() < Self::COUNT {
            let client = ClientId(self.next);
            self.next += 1;
            self.peers.push((client, Receiver::new(&Limits::default(), None)));
            self.perform(Event::Connect { client });
        }
    }
}

impl Default for TelnetClients {
    fn default() -> Self {
        Self::new()
    }
}
