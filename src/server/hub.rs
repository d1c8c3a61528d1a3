//! The task that owns the chat: takes what has arrived, proposes it to the journal, applies what the journal gives
//! back, and hands what that causes to the writer, in batches.
//!
//! Not here: reading (`connection`), queues and sockets (`writer`), what a line does (`chat`).

use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::string::String;
use std::sync::Arc;
use std::vec::Vec;

use async_channel::{Receiver, RecvError, WeakSender};
use async_lock::Semaphore;
use futures_lite::future::yield_now;
use tracing::{info, warn};

mod applying;
mod asking;
mod resting;
mod serving;

use asking::Asking;
pub(super) use asking::Question;
use resting::Rest;

use super::connection::Input;
use super::handover::Inherited;
use super::inbound::{Inbound, Settled};
use super::journal::Journal;
use super::socket::{Progress, Socket};
use super::telling::Telling;
use super::writer::Writer;
use super::{Limits, World};
use crate::chat::{Audience, Cause, Chat, ClientId, Event, Outbox, Signal, Text, Timestamp};
use crate::wire::render::{GOES_ON, STANDS_STILL};
use crate::wire::{Foreign, Received, Session, Turns};

pub(super) struct Hub<W: World, J> {
    world: W,
    limits: Limits,
    chat: Chat,
    writer: Writer<W>,
    journal: J,
    /// What has come back from the journal and has yet to be applied.
    settled: VecDeque<(Timestamp, Event)>,
    /// How many lines and signals of each client have been proposed and have not come back.
    unsettled: BTreeMap<ClientId, usize>,
    /// How many events have been applied, in this run and those before; and how many have been proposed. 0 unless the
    /// journal defers.
    events: u64,
    proposed: u64,
    /// If the server is coming to rest: how far it is.
    rest: Option<Rest<W>>,
    outbox: Outbox,
    /// The message that is being delivered, as text.
    rendered: String,
    /// To hand to new connections. Weak, so that the hub ends with the last of those who feed it.
    inbox: WeakSender<Inbound<W>>,
    /// If the server stops: when, at the latest, with or without what is not stored.
    stops_at: Option<Timestamp>,
    /// What has been received and is to be done.
    turns: Turns<ClientId, Audience, Received>,
    told: Telling,
    asking: Asking,
    /// Programs that are no chat clients, and are told so when they are closed.
    foreign: BTreeMap<ClientId, Foreign>,
    /// When it is woken because of those who are held, or looked at.
    alarm: Option<Timestamp>,
    /// Lets so many readers at a time find out what much means.
    gate: Arc<Semaphore>,
}

impl<W: World, J: Journal> Hub<W, J> {
    pub(super) fn new(
        world: W,
        limits: Limits,
        mut journal: J,
        inbox: WeakSender<Inbound<W>>,
        inherited: Option<Inherited<W::Stream>>,
    ) -> Self {
        if let Err(error) = limits.check() {
            panic!("{error}");
        }
        let told = Telling::new(limits.told_rate);
        let (chat, events) = journal.begin(&limits.chat);
        let mut hub = Self {
            writer: Writer::new(world.clone(), limits.clone(), chat.next_client()),
            chat,
            world,
            limits,
            journal,
            settled: VecDeque::new(),
            unsettled: BTreeMap::new(),
            events,
            proposed: events,
            rest: None,
            outbox: Outbox::new(),
            rendered: String::new(),
            inbox,
            stops_at: None,
            turns: Turns::new(Limits::TURN),
            told,
            asking: Asking::default(),
            foreign: BTreeMap::new(),
            alarm: None,
            gate: Arc::new(Semaphore::new(Limits::PASSES)),
        };
        match inherited {
            Some(inherited) => hub.take_over(inherited),
            // Who was connected to the server before is gone.
            None if events > 0 => drop(hub.propose(hub.world.now(), Event::Restart)),
            None => {}
        }
        hub
    }

    /// Runs until nobody is left who could send to the inbox. Returns whether the journal has kept all events.
    pub(super) async fn run(mut self, inbox: Receiver<Inbound<W>>) -> bool {
        self.journal.start(&self.world, Settled(self.inbox.clone()));
        self.journal.flush();
        // Connections that were taken over have deadlines.
        self.writer.tick(self.world.now());
        self.set_alarm();
        let mut meanwhile = Vec::new();
        while let Ok(first) = next(&inbox, self.is_idle() && meanwhile.is_empty()).await {
            let now = self.world.now();
            self.writer.tick(now);
            meanwhile.drain(..).for_each(|inbound| self.take(now, inbound));
            first.into_iter().for_each(|inbound| self.take(now, inbound));
            // Not more, as those who fill the inbox may do so as fast as it is emptied.
            for _ in 0..Limits::INBOX {
                let Ok(next) = inbox.try_recv() else { break };
                self.take(now, next);
            }
            self.writer.inspect_due();
            self.end_old_questions(now);
            if J::DEFERS && self.stops_at.is_some_and(|at| at <= self.writer.now()) {
                self.writer.discard_all();
            }
            self.apply_settled(now);
            self.serve(now);
            self.flush(now);
            self.set_alarm();
            #[cfg(debug_assertions)]
            self.writer.check();
            match self.hand_over(&inbox).await {
                Some(inbound) => meanwhile = inbound,
                None => return true,
            }
        }
        self.journal.close(self.world, self.events, self.chat).await
    }

    /// Whether there is nothing to do before something arrives.
    fn is_idle(&self) -> bool {
        let has_turns = self.rest.is_none() && !self.turns.is_idle();
        self.settled.is_empty() && !has_turns && self.writer.is_idle()
    }

    fn take(&mut self, now: Timestamp, inbound: Inbound<W>) {
        match inbound {
            Inbound::Accepted { stream, peer } => self.accept(stream, peer),
            Inbound::Arrived { client } => self.arrive(now, client),
            Inbound::Received { client, received } if self.turns.is_waiting(client) => {
                // It comes out of turn because it must not wait; and who interrupts does not want to be heard.
                let interrupts = received.contains(&Received::Signal(Signal::Interrupt));
                let forgotten = if interrupts { self.forget(client) } else { VecDeque::new() };
                // Nobody is to hear of what was typed, not even that it was too long.
                let kept = forgotten.into_iter().filter(|what| {
                    !matches!(what, Received::Line(_) | Received::Signal(Signal::Overlong))
                });
                for what in kept.chain(received) {
                    self.receive(now, client, what);
                }
            }
            Inbound::Received { client, received } => {
                self.writer.set_progress(client, Progress::Waiting);
                self.turns.add(client, received);
            }
            Inbound::Ended { client, cause } => {
                let reason = match cause {
                    Cause::Lost => "connection lost",
                    Cause::Closed | Cause::Slow => "closed by the peer",
                };
                self.forget(client);
                self.disconnect(now, client, cause, reason);
                self.writer.set_read_ended(client);
            }
            Inbound::Rested { client, input } => self.set_rested(client, input),
            Inbound::Appoint { name } => self.appoint(now, name),
            Inbound::HandOver(reply) => self.rest(reply),
            // Nobody can have taken over before the server was at rest.
            Inbound::GoOn | Inbound::HandedOver => self.go_on(),
            Inbound::Writable { client } => self.writer.set_writable(client),
            Inbound::Settled(events) => {
                self.settled.extend(events);
                self.journal.settle();
            }
            Inbound::Answered { client, ticket, answer } => {
                self.answered(now, client, ticket, answer);
            }
            Inbound::StandsStill(stands_still) => {
                let words = if stands_still { STANDS_STILL } else { GOES_ON };
                let is_there = |client: &ClientId| self.chat.roommates(*client).1 > 0;
                let to: Vec<ClientId> = self.writer.open().filter(is_there).collect();
                if !to.is_empty() {
                    self.writer.send(&to, words);
                }
            }
            // Another one may have been set since, for an earlier time.
            Inbound::Awake { at } => self.alarm = self.alarm.filter(|alarm| *alarm != at),
            Inbound::Shutdown => {
                info!(clients = self.writer.len(), "shutting down");
                self.stops_at = Some(self.writer.now().after(self.limits.linger));
                self.writer.stop();
                self.happen(now, Event::Shutdown);
            }
        }
    }

    /// Forgets what a client has sent and has not been done, and returns it.
    fn forget(&mut self, client: ClientId) -> VecDeque<Received> {
        if !self.unsettled.contains_key(&client) {
            self.writer.set_progress(client, Progress::Done);
        }
        self.turns.forget(client)
    }

    /// Has the hub woken when the next one who is held is not held any more, or is to be looked at.
    fn set_alarm(&mut self) {
        let stops_at = self.stops_at.filter(|at| J::DEFERS && *at > self.writer.now());
        let wakes_at = self.turns.wakes_at().filter(|_| self.rest.is_none());
        let times = wakes_at.into_iter().chain(self.writer.next_inspection());
        let times = times.chain(self.asking.deadline()).chain(stops_at);
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

    fn accept(&mut self, stream: W::Stream, peer: SocketAddr) {
        let Some(inbox) = self.inbox.upgrade().filter(|_| self.stops_at.is_none()) else { return };
        let socket = Arc::new(Socket::new(stream));
        let Limits { chat, rate, send_queue, wrap, .. } = &self.limits;
        let Session { receiver, queue, view } = Session::new(chat, *rate, *send_queue, *wrap);
        match self.writer.admit(&socket, peer.ip(), (queue, view), inbox) {
            Ok(client) => {
                info!(%client, %peer, "connected");
                self.read(client, Input::new(receiver));
            }
            Err(refused) => info!(%peer, reason = refused.reason(), "refused a connection"),
        }
    }

    fn arrive(&mut self, now: Timestamp, client: ClientId) {
        if self.stops_at.is_some() {
            self.writer.close(client);
        } else if self.writer.is_open(client) {
            let peer = self.writer.peer(client);
            self.happen(now, Event::Connect { client, peer });
        }
    }

    fn appoint(&mut self, now: Timestamp, name: Text) {
        match self.chat.is_registered(name.as_str()) {
            true => info!(%name, "an operator, by the configuration"),
            false => {
                warn!(%name, "no operator: nobody has registered that name; do, then start again");
            }
        }
        self.happen(now, Event::Appoint { name });
    }

    /// A connection has ended, or must. If the chat does not know yet, it is told.
    fn disconnect(&mut self, now: Timestamp, client: ClientId, cause: Cause, reason: &str) {
        if self.writer.is_open(client) {
            info!(%client, reason, "disconnected");
            self.writer.stop_listening(client);
        }
        if cause == Cause::Lost {
            self.writer.discard(client);
        }
        self.happen(now, Event::Disconnect { client, cause });
    }

    /// Writes what is due, and has stored what is proposed. Clients that fell behind are disconnected; announcing
    /// that may overflow others in turn.
    fn flush(&mut self, now: Timestamp) {
        self.writer.flush_some(Limits::WRITES);
        self.expel(now);
        self.journal.flush();
    }
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
