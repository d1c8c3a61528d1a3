//! The chat on another runtime: two threads a connection, and a lock around the state. It shows all that an embedder of
//! the core has to do: number the clients, feed the bytes, lay out what is told, and part with whoever reads too slowly.
//!
//! Not here: flood control, limits on connections, a clean stop. The server of this crate has them.
//!
//! `cargo run --example threads`, then `telnet localhost 6001`.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::SystemTime;

use chinwag::chat::{
    Answer, Cause, Chat, ClientId, Command, Event, Limits, Outbox, Output, Timestamp, Unanswered,
};
use chinwag::wire::negotiation::Echo;
use chinwag::wire::render::TOO_SLOW;
use chinwag::wire::{Received, SendQueue, Session, View, render};

/// Bytes that may wait for a client.
const SEND_QUEUE: usize = 256 * 1024;

/// All that the threads share.
#[derive(Clone)]
struct Server(Arc<(Mutex<State>, Condvar)>);

struct State {
    chat: Chat,
    peers: BTreeMap<ClientId, Peer>,
    /// The number of the next client: none is used twice.
    next: u64,
}

/// What is due to a client.
struct Peer {
    queue: SendQueue,
    view: View,
    /// Whether nothing more will be.
    is_over: bool,
}

fn main() -> io::Result<()> {
    serve(&TcpListener::bind(("127.0.0.1", 6001))?)
}

/// Serves all who come.
///
/// # Errors
///
/// If nobody can be let in any more.
pub(crate) fn serve(listener: &TcpListener) -> io::Result<()> {
    let chat = Chat::new(Limits::default());
    let state = State { chat, peers: BTreeMap::new(), next: 0 };
    let server = Server(Arc::new((Mutex::new(state), Condvar::new())));
    loop {
        let (reading, _) = listener.accept()?;
        let (writing, server) = (reading.try_clone()?, server.clone());
        let client = server.admit();
        let writer = server.clone();
        thread::spawn(move || writer.write(client, writing));
        thread::spawn(move || server.read(client, reading));
    }
}

impl Server {
    fn admit(&self) -> ClientId {
        let (state, _) = &*self.0;
        let mut state = state.lock().unwrap();
        let client = ClientId(state.next);
        state.next += 1;
        let Session { queue, view, .. } = Session::new(&Limits::default(), None, SEND_QUEUE, None);
        state.peers.insert(client, Peer { queue, view, is_over: false });
        drop(state);
        self.happens(Event::connect(client));
        client
    }

    /// Feeds what a client sends, until it sends no more.
    fn read(&self, client: ClientId, mut stream: TcpStream) {
        let Session { mut receiver, .. } = Session::new(&Limits::default(), None, SEND_QUEUE, None);
        let (mut buffer, mut received) = ([0; 4096], Vec::new());
        loop {
            let count = stream.read(&mut buffer).unwrap_or(0);
            if count == 0 {
                received.extend(receiver.finish());
            } else {
                // Without a rate, nothing is left unread.
                receiver.receive(now(), &buffer[..count], |what| received.push(what));
            }
            for what in received.drain(..) {
                match what {
                    Received::Line(line) => {
                        let line = Command::without_password(line);
                        self.happens(Event::Line { client, line });
                    }
                    Received::Signal(signal) => self.happens(Event::Signal { client, signal }),
                    Received::Answer(bytes) => self.send(client, &bytes),
                    Received::Echo(on) => {
                        let answer = Echo::default().receive(on);
                        answer.into_iter().for_each(|bytes| self.send(client, &bytes));
                    }
                    Received::Foreign(foreign) => self.send(client, foreign.answer().as_bytes()),
                    Received::Width(columns) => self.fit(client, columns),
                }
            }
            if count == 0 {
                return self.happens(Event::Disconnect { client, cause: Cause::Closed });
            }
        }
    }

    /// Writes what is due to a client, until nothing more will be.
    fn write(&self, client: ClientId, mut stream: TcpStream) {
        let (state, changed) = &*self.0;
        loop {
            let mut locked = state.lock().unwrap();
            while locked
                .peers
                .get(&client)
                .is_some_and(|peer| peer.queue.is_empty() && !peer.is_over)
            {
                locked = changed.wait(locked).unwrap();
            }
            let Some(peer) = locked.peers.get_mut(&client).filter(|peer| !peer.queue.is_empty())
            else {
                break;
            };
            let bytes = peer.queue.next().to_vec();
            peer.queue.advance(bytes.len());
            drop(locked);
            if stream.write_all(&bytes).is_err() {
                break;
            }
        }
        // Whoever reads from it learns of it, and says that the client has gone.
        let _ = stream.shutdown(Shutdown::Both);
        state.lock().unwrap().peers.remove(&client);
    }

    /// Has the chat take an event, and makes due what that causes. Whoever is found to be too slow goes, which is
    /// another event.
    fn happens(&self, event: Event) {
        let (state, changed) = &*self.0;
        let mut state = state.lock().unwrap();
        let (mut outbox, mut events) = (Outbox::new(), vec![event]);
        while let Some(event) = events.pop() {
            if let Event::Disconnect { client, .. } = &event
                && let Some(peer) = state.peers.get_mut(client)
            {
                peer.is_over = true;
            }
            state.chat.handle(now(), event, &mut outbox);
            for output in outbox.iter() {
                match output {
                    Output::Deliver { to, message } => {
                        let mut text = String::new();
                        render(message, &mut text);
                        for client in to {
                            let Some(peer) = state.peers.get_mut(client) else { continue };
                            peer.view = peer.view.after(message);
                            if peer.is_over || peer.push(&text) {
                                continue;
                            }
                            events.push(Event::Disconnect { client: *client, cause: Cause::Slow });
                        }
                    }
                    // This server keeps no passwords.
                    Output::Ask { client, ticket, .. } => {
                        let answer = Answer::None(Unanswered::Busy);
                        events.push(Event::Answered { client, ticket, answer });
                    }
                    Output::Close { client, .. } => {
                        state
                            .peers
                            .get_mut(&client)
                            .into_iter()
                            .for_each(|peer| peer.is_over = true);
                    }
                }
            }
            outbox.clear();
        }
        changed.notify_all();
    }

    /// Makes bytes due that are no lines.
    fn send(&self, client: ClientId, bytes: &[u8]) {
        let (state, changed) = &*self.0;
        if let Some(peer) = state.lock().unwrap().peers.get_mut(&client) {
            let _ = peer.queue.push(bytes);
        }
        changed.notify_all();
    }

    fn fit(&self, client: ClientId, columns: u16) {
        let (state, _) = &*self.0;
        if let Some(peer) = state.lock().unwrap().peers.get_mut(&client) {
            peer.view = peer.view.fit(columns, None);
        }
    }
}

impl Peer {
    /// Makes lines due, each whole. Returns whether there was room for all: if not, they are a beginning of what is due,
    /// why they end is told, and nothing may follow.
    fn push(&mut self, lines: &str) -> bool {
        let mut rows = Vec::new();
        self.view.lay_out(lines, &mut rows);
        if self.queue.push(&rows) == rows.len() {
            return true;
        }
        self.queue.cut();
        let _ = self.queue.push_last(TOO_SLOW.as_bytes());
        self.is_over = true;
        false
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the clock is read here, and is an argument from here on"
)]
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
