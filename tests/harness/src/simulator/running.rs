//! Runs a case: faults, healing, draining, end.
//!
//! Not here: the laws (`judge`).

use std::time::Duration;

use async_channel::{Receiver, Sender};
use chinwag::chat::{Cause, ClientId, Event, Origin, Signal};
use chinwag::server::journal::Journal;
use chinwag::server::{self, Handover, Inherited, Limits, Order};
use chinwag::wire::render::{CROWDED, HASTY};

use super::connection::Connection;
use super::net::Stream;
use super::step::{BYTES, PASTES, Step, WAITS};
use super::store::Condition;
use super::world::World;
use super::{CROWD, PER_IP, Record, judge, store};
use crate::{Model, Operation, script};

/// Line ends that clients send.
const LINE_ENDS: [&str; 4] = ["\r\n", "\n", "\r\0", "\r"];

/// A case in progress.
pub(super) struct Running {
    pub(super) world: World,
    pub(super) limits: Limits,
    /// An estimate of who is present, by which operations are resolved.
    pub(super) guess: Model,
    pub(super) connections: Vec<Connection>,
    is_put_back: bool,
    /// Whether the server does not run between the next step and the one after it.
    is_at_once: bool,
    pub(super) orders: Sender<Order<Stream>>,
    /// If the server comes to rest: where it hands over, and what is to become of that.
    pub(super) handing_over: Option<(Receiver<Handover<Stream>>, u8)>,
    pub(super) is_stored: bool,
    pub(super) problems: Vec<String>,
}

impl Running {
    /// Starts a server at this time.
    pub(super) fn new(limits: Limits, schedule: Vec<u8>, now: u64, is_stored: bool) -> Self {
        let world = World::new(schedule, now);
        let (orders, to_obey) = async_channel::unbounded();
        if is_stored {
            Self::serve(&world, &limits, store::on_disk(&world, &limits.chat), None, to_obey);
        } else {
            Self::serve(&world, &limits, store::in_memory(&world), None, to_obey);
        }
        let (guess, connections, is_put_back, is_at_once, handing_over, problems) =
            Default::default();
        Self {
            world,
            limits,
            guess,
            connections,
            is_put_back,
            is_at_once,
            orders,
            handing_over,
            is_stored,
            problems,
        }
    }

    pub(super) fn serve(
        world: &World,
        limits: &Limits,
        journal: impl Journal,
        inherited: Option<Inherited<Stream>>,
        orders: Receiver<Order<Stream>>,
    ) {
        let (world, limits, acceptors) = (world.clone(), limits.clone(), vec![world.acceptor()]);
        let serve = server::serve(world.clone(), acceptors, limits, journal, inherited, orders);
        world.spawn_main(async move {
            let _ = serve.await;
        });
    }

    /// Gives the server an order.
    pub(super) fn order(&self, order: Order<Stream>) {
        let _ = self.orders.try_send(order);
    }

    /// Performs a step, then lets the server run as the schedule says.
    pub(super) fn perform(&mut self, step: Step, token: u64) {
        let is_at_once = std::mem::take(&mut self.is_at_once);
        if matches!(step, Step::Disk { .. }) {
            self.judge_crash();
        }
        if matches!(step, Step::Wait { .. }) {
            // Coming to rest takes no time.
            self.take_over();
        }
        let is_coming_to_rest = self.handing_over.is_some();
        self.perform_only(step, token);
        if !is_at_once {
            self.world.run_a_little();
        }
        if is_coming_to_rest {
            self.take_over();
        }
    }

    fn perform_only(&mut self, step: Step, token: u64) {
        match step {
            Step::Chat(operation) => self.chat(operation, token),
            Step::Bytes { slot, which } => {
                let bytes = BYTES[usize::from(which) % BYTES.len()];
                self.with(slot, |connection, events| connection.send(bytes, events));
            }
            Step::Paste { slot, which } => {
                let lines = PASTES[usize::from(which) % PASTES.len()].text(token * 1000);
                self.with(slot, |connection, events| connection.send(lines.as_bytes(), events));
            }
            Step::Stall { slot, count } => {
                for next in 0..=count % 4 {
                    let slot = slot.wrapping_add(next);
                    self.with(slot, |connection, _| connection.peer.stall());
                }
            }
            Step::Slow { slot } => {
                self.with(slot, |connection, _| connection.peer.slow_down());
            }
            Step::Take { slot, count } => {
                self.with(slot, |connection, _| connection.peer.take(usize::from(count)));
            }
            Step::Heal { slot } => {
                let index = self.index(slot);
                self.count_if("a client takes everything again", |run| {
                    index.is_some_and(|index| run.connections[index].peer.is_full())
                });
                self.with(slot, |connection, _| connection.peer.heal());
            }
            Step::Finish { slot } => self.finish(self.index(slot)),
            Step::Reset { slot } => self.reset(self.index(slot)),
            Step::Break { slot } => {
                self.with(slot, |connection, _| connection.peer.break_writes());
            }
            Step::Vanish { slot } => {
                let now = self.world.passed();
                self.with(slot, |connection, _| connection.peer.vanish(now));
            }
            Step::Disk { condition } => self.world.set_disk(condition),
            Step::Crash => self.crash(),
            // It may be coming to rest already.
            Step::HandOver { .. } if self.handing_over.is_some() => {}
            Step::HandOver { which } => self.hand_over(which),
            Step::AtOnce => self.is_at_once = true,
            Step::AcceptError => self.world.fail_accepting(),
            Step::Exhaust => self.world.exhaust(true),
            Step::Wait { which } => self.wait(WAITS[usize::from(which) % WAITS.len()]),
            Step::PutBack => {
                self.is_put_back = true;
                self.count_if("the clock is put back while something waits", Self::is_late);
                self.world.put_clock_back(300_000);
            }
        }
    }

    /// Lets time pass once no task is runnable.
    fn wait(&mut self, milliseconds: u64) {
        self.idle();
        let (late, unreachable) = (self.late(), judge::unreachable(&self.connections));
        self.count_if("time passes while data is in flight to a client that has vanished", |_| {
            !unreachable.is_empty()
        });
        self.world.advance(milliseconds);
        self.idle();
        // After the clock has been put back, the server cannot measure the time before that.
        let times = if self.is_put_back { 2 } else { 1 };
        let has_passed = |limit: Duration| u128::from(milliseconds) > times * limit.as_millis();
        let journal = self.world.journal_so_far();
        if !self.is_all_stored() {
            return;
        }
        if has_passed(self.limits.patience) {
            self.problems.extend(judge::still_stalled(&late, &journal, &self.limits.chat));
        }
        if has_passed(self.limits.vanished) {
            self.problems.extend(judge::still_vanished(&unreachable, &journal, &self.limits.chat));
        }
    }

    /// Runs all runnable tasks.
    fn idle(&mut self) {
        self.world.run_until_idle();
        let journal = self.world.journal_so_far();
        if !self.is_all_stored() {
            return;
        }
        self.problems.extend(judge::idle(&journal, &self.connections, &self.limits.chat));
    }

    /// Whether the journal has all that the server knows.
    pub(super) fn is_all_stored(&self) -> bool {
        self.world.proposed() == self.world.events()
    }

    fn late(&self) -> Vec<u64> {
        judge::late(&self.world.journal_so_far(), &self.connections, &self.limits.chat)
    }

    pub(super) fn is_late(&self) -> bool {
        !self.late().is_empty()
    }

    pub(super) fn count_if(&self, name: &str, occurs: impl FnOnce(&Self) -> bool) {
        if occurs(self) {
            self.world.count(name);
        }
    }

    pub(super) fn connect(&mut self, origin: Origin) {
        // Where many connect from one address, all do.
        let is_crowded = self.limits.connect_rate.is_some();
        let host = if is_crowded { 1 } else { u8::try_from(origin.0).unwrap_or(u8::MAX) };
        let peer = self.world.connect(host);
        self.connections.push(Connection::new(peer, self.limits.rate.is_some()));
    }

    /// Performs an operation of a client.
    fn chat(&mut self, operation: Operation, token: u64) {
        let Some(action) = operation.resolve(&self.guess, token) else { return };
        let end = LINE_ENDS[usize::try_from(token).unwrap_or(0) % LINE_ENDS.len()];
        let index = |client: ClientId| usize::try_from(client.0).unwrap_or(usize::MAX);
        let events = self.world.events();
        match &action.event {
            Event::Connect { client, peer } if index(*client) == self.connections.len() => {
                self.connect(peer.origin);
            }
            Event::Line { client, line } => {
                if let Some(connection) = self.connections.get_mut(index(*client)) {
                    connection.send(format!("{line}{end}").as_bytes(), events);
                }
            }
            Event::Signal { client, signal } => {
                let bytes = match signal {
                    Signal::Interrupt => b"\xFF\xF4".to_vec(),
                    Signal::AreYouThere => b"\xFF\xF6".to_vec(),
                    Signal::Overlong => vec![b'x'; 2100],
                    // Flood control raises this event.
                    Signal::Slowed => Vec::new(),
                };
                if let Some(connection) = self.connections.get_mut(index(*client)) {
                    connection.send(&bytes, events);
                }
            }
            Event::Disconnect { client, cause } => {
                if let Some(connection) = self.connections.get_mut(index(*client)) {
                    match cause {
                        Cause::Closed => self.finish(Some(index(*client))),
                        Cause::Lost => self.reset(Some(index(*client))),
                        Cause::Slow => connection.peer.stall(),
                    }
                }
            }
            Event::Answered { client, .. } => {
                if let Some(connection) = self.connections.get_mut(index(*client)) {
                    connection.send(&script::bytes(&action.event, &self.limits.chat), events);
                }
            }
            Event::Appoint { name } => self.order(Order::Appoint(name.clone())),
            Event::Connect { .. } | Event::Shutdown | Event::Restart => {}
        }
        self.guess.apply(&action);
    }

    /// The index of the connection that a slot denotes; none without connections.
    fn index(&self, slot: u8) -> Option<usize> {
        usize::from(slot).checked_rem(self.connections.len())
    }

    fn with(&mut self, slot: u8, act: impl FnOnce(&mut Connection, usize)) {
        let events = self.world.events();
        if let Some(index) = self.index(slot) {
            act(&mut self.connections[index], events);
        }
    }

    /// The client closes its side.
    fn finish(&mut self, index: Option<usize>) {
        if let Some(connection) = index.and_then(|index| self.connections.get_mut(index)) {
            let is_in_a_line = connection.is_in_a_line();
            connection.finish();
            self.count_if("a half-close in the middle of a line", |_| is_in_a_line);
        }
    }

    /// The client resets its connection.
    fn reset(&mut self, index: Option<usize>) {
        if let Some(connection) = index.and_then(|index| self.connections.get_mut(index)) {
            let is_in_a_line = connection.is_in_a_line();
            connection.reset();
            self.count_if("a reset in the middle of a line", |_| is_in_a_line);
        }
    }

    /// Stops all faults and lets everything due arrive.
    pub(super) fn heal_and_drain(&mut self) {
        self.take_over();
        self.world.exhaust(false);
        self.world.set_disk(Condition::Works);
        self.connections.iter().for_each(|connection| connection.peer.heal());
        self.wait(0);
        // Longer than flood control can delay anything.
        self.world.advance(10_000_000);
        let journal = self.world.journal_so_far();
        let is_crowded = self.limits.connect_rate.is_some();
        self.problems.extend(judge::drained(&journal, &self.connections, &self.limits.chat));
        let ends = self.world.ends();
        self.problems.extend(judge::unjustified(
            &ends,
            &journal,
            &self.connections,
            &self.limits.chat,
        ));
        self.problems.extend(judge::refused(&self.connections, is_crowded));
    }

    /// When all clients have left, as many as ever can connect, and no more.
    pub(super) fn come_again(&mut self) {
        self.finish_all();
        self.world.advance(1_000_000);
        if self.limits.connect_rate.is_none() {
            return self.come(PER_IP, "");
        }
        let (most, at_once) = CROWD;
        self.come(most, "");
        self.come(1, CROWDED);
        self.finish_all();
        self.come(at_once as usize - most, "");
        self.come(1, HASTY);
        self.world.advance(1_000);
        self.come(1, "");
    }

    /// Connects `count` clients. Each must be sent `told`, or be admitted if that is empty.
    fn come(&mut self, count: usize, told: &str) {
        let before = self.connections.len();
        (0..count).for_each(|_| self.connect(Origin(1)));
        self.world.run_until_idle();
        for (number, connection) in self.connections[before..].iter().enumerate() {
            let peer = &connection.peer;
            let sent = String::from_utf8_lossy(&peer.sent()).into_owned();
            if (peer.is_admitted(), sent.as_str()) != (told.is_empty(), told) {
                let problem = format!("after all had left, client {number} of {count} was sent");
                self.problems.push(format!("J6: {problem} {sent:?}, not {told:?}"));
            }
        }
    }

    fn finish_all(&mut self) {
        self.connections.iter_mut().for_each(Connection::finish);
        self.world.run_until_idle();
    }

    /// Stops the server.
    pub(super) fn end(mut self) -> Record {
        self.take_over();
        self.count_if("the server stops while something waits", Self::is_late);
        self.order(Order::Stop);
        self.world.run_until_idle();
        for _ in 0..100 {
            // Clients close their side when the server announces that it stops.
            self.finish_all();
            self.world.advance(100);
        }
        if !self.world.has_ended() {
            self.problems.push("J6: the server did not stop".to_owned());
        }
        self.judge_crash();
        // A real process that stops takes with it what a stalled disk has yet to store.
        self.world.set_disk(Condition::Works);
        // Time for the last periodic task to notice that the server has stopped.
        self.world.advance(60_000);
        self.problems.extend(self.world.leftovers());
        let journal = self.world.journal_so_far();
        let situations = self.world.situations();
        let Self { limits, connections, problems, .. } = self;
        Record { limits, journal, connections, situations, problems }
    }
}
