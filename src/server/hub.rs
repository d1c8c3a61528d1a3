//! The task that owns the chat: takes what has arrived, applies it, hands what it causes to the
//! writer, in batches.
//!
//! Not here: reading (`connection`), queues and sockets (`writer`), what a line does (`chat`).

use core::time::Duration;
use std::collections::VecDeque;
use std::format;
use std::net::SocketAddr;
use std::string::String;
use std::sync::Arc;

use async_channel::{Receiver, RecvError, WeakSender};
use async_lock::Semaphore;
use futures_lite::future::yield_now;
use tracing::info;

use super::connection::Reader;
use super::inbound::Inbound;
use super::socket::{Progress, Socket};
use super::telling::Telling;
use super::writer::Writer;
use super::{Limits, World};
use crate::chat::{
    Audience, Cause, Chat, ClientId, CloseReason, Event, Message, Outbox, Output, Signal,
    Timestamp, is_plainly_speech,
};
use crate::wire::{Received, Session, Turns, render};

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
    /// What has been received and is to be done.
    turns: Turns<ClientId, Audience, Received>,
    told: Telling,
    /// When it is woken because of those who are held, or looked at.
    alarm: Option<Timestamp>,
    /// Lets so many readers at a time find out what much means.
    gate: Arc<Semaphore>,
}

impl<W: World, J: FnMut(Timestamp, &Event)> Hub<W, J> {
    pub(super) fn new(world: W, limits: Limits, journal: J, inbox: WeakSender<Inbound<W>>) -> Self {
        if let Err(error) = limits.check() {
            panic!("{error}");
        }
        let told = Telling::new(limits.told_rate);
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
            turns: Turns::new(Limits::TURN),
            told,
            alarm: None,
            gate: Arc::new(Semaphore::new(Limits::PASSES)),
        }
    }

    /// Runs until nobody is left who could send to the inbox.
    pub(super) async fn run(mut self, inbox: Receiver<Inbound<W>>) {
        while let Ok(first) = next(&inbox, self.turns.is_idle() && self.writer.is_idle()).await {
            let now = self.world.now();
            self.writer.tick(now);
            first.into_iter().for_each(|inbound| self.take(now, inbound));
            // Not more, as those who fill the inbox may do so as fast as it is emptied.
            for _ in 0..Limits::INBOX {
                let Ok(next) = inbox.try_recv() else { break };
                self.take(now, next);
            }
            self.writer.look();
            self.serve(now);
            self.flush(now);
            self.set_alarm();
            #[cfg(debug_assertions)]
            self.writer.check();
        }
    }

    fn take(&mut self, now: Timestamp, inbound: Inbound<W>) {
        match inbound {
            Inbound::Accepted { stream, peer } => self.accept(stream, peer),
            Inbound::Arrived { client } => self.arrive(now, client),
            Inbound::Received { client, received } if self.turns.is_waiting(client) => {
                // It comes out of turn because it must not wait; and who interrupts does not want to be heard.
                let interrupts = received.contains(&Received::Signal(Signal::Interrupt));
                let forgotten = if interrupts { self.forget(client) } else { VecDeque::new() };
                let kept = forgotten.into_iter().filter(|what| !is_typed(what));
                for what in kept.chain(received) {
                    self.receive(now, client, what);
                }
            }
            Inbound::Received { client, received } => {
                self.writer.note(client, Progress::Waiting);
                self.turns.add(client, received);
            }
            Inbound::Ended { client, cause } => {
                let reason = match cause {
                    Cause::Lost => "connection lost",
                    Cause::Closed | Cause::Slow => "closed by the peer",
                };
                self.forget(client);
                self.disconnect(now, client, cause, reason);
                self.writer.end(client);
            }
            Inbound::Writable { client } => self.writer.resume(client),
            // Another one may have been set since, for an earlier time.
            Inbound::Awake { at } => self.alarm = self.alarm.filter(|alarm| *alarm != at),
            Inbound::Shutdown => {
                info!(clients = self.writer.len(), "shutting down");
                self.stopping = true;
                self.writer.stop();
                self.apply(now, Event::Shutdown);
            }
        }
    }

    /// Forgets what a client has sent and has not been done, and returns it.
    fn forget(&mut self, client: ClientId) -> VecDeque<Received> {
        self.writer.note(client, Progress::Done);
        self.turns.forget(client)
    }

    /// Does what clients have sent, in turns, as much as one batch may cost.
    fn serve(&mut self, now: Timestamp) {
        let steady = self.writer.now();
        self.turns.wake(steady);
        let mut spent = 0;
        while spent < Limits::BATCH
            && let Some(mut turn) = self.turns.begin()
        {
            let client = turn.key;
            let (_, members) = self.chat.roommates(client);
            let mut held = None;
            // To look whether it can be done takes time too.
            spent += 1;
            while let Some(next) = turn.things.front() {
                if self.price(next, members) > turn.credit {
                    break;
                }
                if let Received::Line(line) = next {
                    held = self.told.wait(steady, &self.chat, client, line);
                }
                if held.is_some() {
                    break;
                }
                let Some(what) = turn.things.pop_front() else { break };
                let cost = self.receive(now, client, what);
                spent += cost;
                turn.credit = turn.credit.saturating_sub_unsigned(cost);
            }
            if turn.things.is_empty() {
                self.writer.note(client, Progress::Done);
            }
            match held {
                None => self.turns.end(turn),
                Some((audience, wait)) => {
                    let asks = turn.things.front().map_or(0, length);
                    self.writer.note(client, Progress::Held);
                    // Rounded up: else it would be woken before it may.
                    let until = steady.after(wait + Duration::from_millis(1));
                    self.turns.hold(turn, (audience, asks), until);
                }
            }
        }
    }

    /// What something will cost that was received from someone in a room of so many, as far as that is known before.
    fn price(&self, received: &Received, members: usize) -> isize {
        let Received::Line(line) = received else { return 1 };
        let cost = effort(line) + self.cost(members, line.len());
        cost.try_into().unwrap_or(isize::MAX)
    }

    /// What it costs to tell so many a text of so many bytes: once each, and once for each way of laying it out.
    fn cost(&self, recipients: usize, bytes: usize) -> usize {
        let laid_out = bytes.saturating_mul(self.writer.layouts(recipients));
        1 + recipients / Limits::RECIPIENTS + laid_out / Limits::ANSWER
    }

    /// Has the hub woken when the next one who is held is not held any more, or is to be looked at.
    fn set_alarm(&mut self) {
        let times = self.turns.wakes_at().into_iter().chain(self.writer.looks_at());
        let Some(at) = times.min() else { return };
        if self.alarm.is_some_and(|alarm| alarm <= at) {
            return;
        }
        self.alarm = Some(at);
        let (world, inbox) = (self.world.clone(), self.inbox.clone());
        let wait = Duration::from_millis(at.0.saturating_sub(self.writer.now().0));
        self.world.spawn(async move {
            world.sleep(wait).await;
            if let Some(inbox) = inbox.upgrade() {
                let _ = inbox.send(Inbound::Awake { at }).await;
            }
        });
    }

    /// Does what something that was received asks for, and returns what that cost.
    fn receive(&mut self, now: Timestamp, client: ClientId, received: Received) -> usize {
        match received {
            Received::Line(line) => {
                return effort(&line) + self.apply(now, Event::Line { client, line });
            }
            Received::Signal(signal) => return self.apply(now, Event::Signal { client, signal }),
            Received::Answer(answer) => self.writer.send_raw(client, &answer),
            Received::Width(columns) => self.writer.fit(client, columns),
            Received::Foreign(foreign) => {
                self.writer.send_raw(client, foreign.answer().as_bytes());
                let reason = format!("speaks {}", foreign.name());
                self.disconnect(now, client, Cause::Closed, &reason);
            }
        }
        1
    }

    fn accept(&mut self, stream: W::Stream, peer: SocketAddr) {
        let Some(inbox) = self.inbox.upgrade().filter(|_| !self.stopping) else { return };
        let socket = Arc::new(Socket::new(stream));
        let Limits { chat, rate, send_queue, wrap, .. } = &self.limits;
        let Session { receiver, queue, view } = Session::new(chat, *rate, *send_queue, *wrap);
        match self.writer.admit(&socket, peer.ip(), (queue, view), inbox.clone()) {
            Ok(client) => {
                info!(%client, %peer, "connected");
                let (world, gate) = (self.world.clone(), Arc::clone(&self.gate));
                let mut reader = Reader::new(world, client, socket, receiver, inbox, gate);
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
        if cause == Cause::Lost {
            self.writer.discard(client);
        }
        self.apply(now, Event::Disconnect { client, cause });
        // Not before: it is told first of those who prove too slow by now.
        self.writer.close(client);
    }

    /// Has the chat take an event, after it has been told of those for whom more was due than can be kept:
    /// they did not leave by themselves. Returns what that cost.
    fn apply(&mut self, now: Timestamp, event: Event) -> usize {
        let client = event.client();
        client.into_iter().for_each(|client| self.writer.settle(client));
        self.expel(now);
        let (recipients, bytes) = self.perform(now, event);
        if let Some(client) = client {
            self.writer.owe(client, (recipients + bytes / 16) / Limits::TOKEN);
        }
        self.cost(recipients, bytes)
    }

    /// Has the chat take an event. Returns how many have been told something, and how much text that was.
    fn perform(&mut self, now: Timestamp, event: Event) -> (usize, usize) {
        let (mut recipients, mut bytes) = (0, 0);
        (self.journal)(now, &event);
        self.told.begin(&self.chat, &event);
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
                    recipients += to.len();
                    bytes += self.rendered.len();
                    self.told.tell(to, self.rendered.len());
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
        self.told.end(self.writer.now(), &self.chat);
        (recipients, bytes)
    }

    /// Disconnects those for whom more was due than can be kept, and those who have vanished. Returns whether there were
    /// any: then more is due.
    fn expel(&mut self, now: Timestamp) -> bool {
        let mut expelled = false;
        while let Some((client, cause)) = self.writer.next_expelled() {
            expelled = true;
            self.writer.close(client);
            self.perform(now, Event::Disconnect { client, cause });
        }
        expelled
    }

    /// Writes what is due. Whoever has not taken it in time is disconnected, for which others may have no room.
    fn flush(&mut self, now: Timestamp) {
        self.writer.flush_some(Limits::WRITES);
        self.expel(now);
    }
}

/// Whether it is what someone types and may not want to be heard, even if nobody would hear more of it than that it was
/// too long.
fn is_typed(received: &Received) -> bool {
    matches!(received, Received::Line(_) | Received::Signal(Signal::Overlong))
}

fn length(received: &Received) -> usize {
    if let Received::Line(line) = received { line.len() } else { 0 }
}

/// What it costs to find out what a line means.
fn effort(line: &str) -> usize {
    if is_plainly_speech(line) { 0 } else { Limits::COMMAND + line.len() / Limits::NAME }
}

/// What comes next, once there is nothing to do; or nothing, if there is, after others have had a chance to do
/// something.
async fn next<W: World>(
    inbox: &Receiver<Inbound<W>>,
    is_idle: bool,
) -> Result<Option<Inbound<W>>, RecvError> {
    if is_idle {
        return inbox.recv().await.map(Some);
    }
    yield_now().await;
    Ok(None)
}
