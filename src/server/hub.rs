//! The task that owns the chat: takes what has arrived, applies it, hands what it causes to the
//! writer, in batches.
//!
//! Not here: reading (`connection`), queues and sockets (`writer`), what a line does (`chat`).

use std::format;
use std::net::SocketAddr;
use std::string::String;
use std::sync::Arc;

use async_channel::{Receiver, WeakSender};
use tracing::info;

use super::connection::{Link, Reader};
use super::inbound::Inbound;
use super::writer::Writer;
use super::{Limits, World};
use crate::chat::{Cause, Chat, ClientId, CloseReason, Event, Message, Outbox, Output, Timestamp};
use crate::wire::{Received, Session, render};

pub(super) struct Hub<W: World, J> {
    world: W,
    limits: Limits,
    chat: Chat,
    writer: Writer<W>,
    /// Is told of every event.
    journal: J,
    outbox: Outbox,
    /// The message that is being delivered, as text.
    rendered: String,
    /// To hand to new connections. Weak, so that the hub ends with the last of those who feed it.
    inbox: WeakSender<Inbound<W>>,
    stopping: bool,
}

impl<W: World, J: FnMut(Timestamp, &Event)> Hub<W, J> {
    pub(super) fn new(world: W, limits: Limits, journal: J, inbox: WeakSender<Inbound<W>>) -> Self {
        if let Err(error) = limits.check() {
            panic!("{error}");
        }
        Self {
            chat: Chat::new(limits.chat.clone()),
            writer: Writer::new(world.clone(), limits.clone()),
            world,
            limits,
            journal,
            outbox: Outbox::new(),
            rendered: String::new(),
            inbox,
            stopping: false,
        }
    }

    /// Runs until nobody is left who could send to the inbox.
    pub(super) async fn run(mut self, inbox: Receiver<Inbound<W>>) {
        while let Ok(first) = inbox.recv().await {
            let now = self.world.now();
            self.writer.tick(now);
            let mut handled = self.handle(now, first);
            while handled < Limits::BATCH {
                let Ok(next) = inbox.try_recv() else { break };
                handled += self.handle(now, next);
            }
            self.flush(now);
        }
    }

    /// Takes one message, and returns how many things it brought.
    fn handle(&mut self, now: Timestamp, inbound: Inbound<W>) -> usize {
        match inbound {
            Inbound::Accepted { stream, peer } => self.accept(stream, peer),
            Inbound::Arrived { client } => self.arrive(now, client),
            Inbound::Received { client, received } => {
                let count = received.len();
                received.into_iter().for_each(|what| self.receive(now, client, what));
                return count;
            }
            Inbound::Ended { client, cause } => {
                let reason = match cause {
                    Cause::Lost => "connection lost",
                    Cause::Closed | Cause::Slow => "closed by the peer",
                };
                self.disconnect(now, client, cause, reason);
                self.writer.end(client);
            }
            Inbound::Writable { client } => self.writer.resume(client),
            Inbound::Expired { client } => self.writer.expire(client),
            Inbound::Shutdown => {
                info!(clients = self.writer.len(), "shutting down");
                self.stopping = true;
                self.writer.stop();
                self.apply(now, Event::Shutdown);
            }
        }
        1
    }

    fn receive(&mut self, now: Timestamp, client: ClientId, received: Received) {
        match received {
            Received::Line(line) => self.apply(now, Event::Line { client, line }),
            Received::Signal(signal) => self.apply(now, Event::Signal { client, signal }),
            Received::Answer(answer) => self.writer.send_raw(client, &answer),
            Received::Width(columns) => self.writer.fit(client, columns),
            Received::Foreign(foreign) => {
                self.writer.send_raw(client, foreign.answer().as_bytes());
                let reason = format!("speaks {}", foreign.name());
                self.disconnect(now, client, Cause::Closed, &reason);
            }
        }
    }

    fn accept(&mut self, stream: W::Stream, peer: SocketAddr) {
        let Some(inbox) = self.inbox.upgrade().filter(|_| !self.stopping) else { return };
        let link = Arc::new(Link::new(stream));
        let Limits { chat, rate, send_queue, wrap, .. } = &self.limits;
        let Session { receiver, queue, view } = Session::new(chat, *rate, *send_queue, *wrap);
        match self.writer.admit(&link, peer.ip(), (queue, view), inbox.clone()) {
            Ok(client) => {
                info!(%client, %peer, "connected");
                let world = self.world.clone();
                let mut reader = Reader::new(world, client, link, receiver, inbox);
                self.world.spawn(async move { reader.run().await });
            }
            Err(refused) => info!(%peer, reason = refused.reason(), "refused a connection"),
        }
    }

    fn arrive(&mut self, now: Timestamp, client: ClientId) {
        if self.stopping {
            self.writer.close(client);
        } else if self.writer.is_open(client) {
            self.apply(now, Event::Connect { client });
        }
    }

    /// A connection has ended, or must. If the chat does not know yet, it is told.
    fn disconnect(&mut self, now: Timestamp, client: ClientId, cause: Cause, reason: &str) {
        if self.writer.is_open(client) {
            info!(%client, reason, "disconnected");
        }
        match cause {
            Cause::Lost => self.writer.discard(client),
            Cause::Closed | Cause::Slow => self.writer.close(client),
        }
        self.apply(now, Event::Disconnect { client, cause });
    }

    /// Has the chat take an event, after it has been told of those for whom more was due than can be kept:
    /// they did not leave by themselves.
    fn apply(&mut self, now: Timestamp, event: Event) {
        if let Some(client) = event.client() {
            self.writer.settle(client);
        }
        self.expel(now);
        self.perform(now, event);
    }

    fn perform(&mut self, now: Timestamp, event: Event) {
        (self.journal)(now, &event);
        self.chat.handle(now, event, &mut self.outbox);
        for output in self.outbox.iter() {
            match output {
                Output::Deliver { to, message } => {
                    if let (Message::Refused { refusal, .. }, [client]) = (message, to) {
                        info!(%client, reason = refusal.kind(), "refused");
                    }
                    if let (Message::Wrapping { .. } | Message::Ascii { .. }, [client]) =
                        (message, to)
                    {
                        self.writer.change_view(*client, message);
                    }
                    self.rendered.clear();
                    render(message, &mut self.rendered);
                    self.writer.send(to, &self.rendered);
                }
                Output::Close { client, reason } => {
                    let reason = match reason {
                        CloseReason::Bye => "said /bye",
                        CloseReason::Shutdown => "the server is shutting down",
                    };
                    info!(%client, reason, "disconnected");
                    self.writer.part(client);
                }
            }
        }
        self.outbox.clear();
    }

    /// Disconnects those for whom more was due than can be kept. Returns whether there were any: then more
    /// is due.
    fn expel(&mut self, now: Timestamp) -> bool {
        let mut expelled = false;
        while let Some(client) = self.writer.next_overflowed() {
            expelled = true;
            self.writer.close(client);
            self.perform(now, Event::Disconnect { client, cause: Cause::Slow });
        }
        expelled
    }

    /// Writes what is due. Whoever has not taken it in time is disconnected, for which others may have no room.
    fn flush(&mut self, now: Timestamp) {
        self.writer.flush();
        while self.expel(now) {
            self.writer.flush();
        }
    }
}
