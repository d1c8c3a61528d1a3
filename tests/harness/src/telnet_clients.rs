//! Telnet clients that send bytes to one chat, with their terminals: the whole path apart from sockets.
//!
//! Not here: which bytes they send (`tests/it`).

use std::collections::BTreeMap;

use chinwag::chat::{
    Answer, Ask, Cause, Chat, ClientId, Credential, Event, Limits, Outbox, Output, Timestamp,
};
use chinwag::wire::{Received, Receiver};

use crate::fuzz::read;
use crate::terminal::Terminals;

/// The time between two actions, so that lines get different timestamps.
const PACE: u64 = 20_000;

/// A fixed number of clients. A client that leaves is replaced by a new one.
#[derive(Debug)]
pub struct TelnetClients {
    chat: Chat,
    now: Timestamp,
    clients: Vec<(ClientId, Receiver)>,
    next: u64,
    /// The questions for passwords, with their tickets.
    asked: BTreeMap<ClientId, (u64, Ask)>,
    /// Everything that was sent, including to clients that have left.
    pub terminals: Terminals,
}

impl TelnetClients {
    /// The number of clients at any time.
    pub const COUNT: usize = 3;

    /// Connects the clients.
    #[must_use]
    pub fn new() -> Self {
        let chat = Chat::new(Limits::default());
        let terminals = Terminals::default();
        let (now, clients, next, asked) = Default::default();
        let mut clients = Self { chat, now, clients, next, asked, terminals };
        clients.fill();
        clients
    }

    /// A client sends bytes.
    pub fn send(&mut self, peer: usize, bytes: &[u8]) {
        self.now.0 += PACE;
        let (client, receiver) = &mut self.clients[peer % Self::COUNT];
        let (client, received) = (*client, read(receiver, self.now, bytes));
        received.into_iter().for_each(|what| self.handle(client, what));
        self.fill();
    }

    /// A client closes its side of the connection.
    pub fn finish(&mut self, peer: usize) {
        let (client, receiver) = &mut self.clients[peer % Self::COUNT];
        let (client, last) = (*client, receiver.finish());
        last.into_iter().for_each(|what| self.handle(client, what));
        self.perform(Event::Disconnect { client, cause: Cause::Closed });
        self.clients.retain(|(other, _)| *other != client);
        self.fill();
    }

    fn handle(&mut self, client: ClientId, what: Received) {
        match what {
            Received::Line(line) => match self.asked.remove(&client) {
                // Every line is the right password.
                Some((ticket, ask)) => {
                    let answer = match ask {
                        Ask::New => Answer::Made(Credential::new("password").expect("is one")),
                        Ask::Check(credential) => Answer::Right(credential),
                    };
                    self.perform(Event::Answered { client, ticket, answer });
                }
                None => self.perform(Event::Line { client, line }),
            },
            Received::Signal(signal) => self.perform(Event::Signal { client, signal }),
            Received::Answer(answer) => self.terminals.receive_bytes(client, &answer),
            // Its screen has 80 columns, and shows what is typed, whatever it reports.
            Received::Width(_) | Received::Echo(_) => {}
            Received::Foreign(_) => {
                self.perform(Event::Disconnect { client, cause: Cause::Closed });
                self.clients.retain(|(other, _)| *other != client);
            }
        }
    }

    fn perform(&mut self, event: Event) {
        let mut outbox = Outbox::new();
        self.chat.handle(self.now, event, &mut outbox);
        self.terminals.receive(&outbox);
        for output in outbox.iter() {
            match output {
                Output::Close { client: closed, .. } => {
                    self.clients.retain(|(client, _)| *client != closed);
                }
                Output::Ask { client, ticket, ask } => {
                    self.asked.insert(client, (ticket, ask.clone()));
                }
                Output::Deliver { .. } => {}
            }
        }
    }

    /// Connects new clients in place of those that have left.
    fn fill(&mut self) {
        while self.clients.len() < Self::COUNT {
            let client = ClientId(self.next);
            self.next += 1;
            self.clients.push((client, Receiver::new(&Limits::default(), None)));
            self.perform(Event::connect(client));
        }
    }
}

impl Default for TelnetClients {
    fn default() -> Self {
        Self::new()
    }
}
