//! The executor, clock and schedule of a simulated server.
//!
//! Not here: its streams (`net`).

use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Duration;

use async_task::{Runnable, Task};
use chinwag::chat::{Answer, Ask, Cause, ClientId, Event, Origin, Snapshot, Timestamp};
use chinwag::server;

use super::acceptor::{Acceptor, NO_DESCRIPTOR};
use super::net::{Peer, Stream};
use super::passwords;
use super::sleep::Sleep;
use super::store::Condition;
use crate::client_record::from_number;
use crate::run;

/// A simulated world. Clones share it.
#[derive(Clone)]
pub(super) struct World(Arc<Mutex<State>>);

/// Counts something that runs, until it is dropped.
struct Counted(World, fn(&mut State) -> &mut usize);

impl Counted {
    fn new(world: &World, which: fn(&mut State) -> &mut usize) -> Self {
        *which(&mut world.state()) += 1;
        Self(world.clone(), which)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        *(self.1)(&mut self.0.state()) -= 1;
    }
}

#[derive(Default)]
pub(super) struct State {
    pub(super) now: u64,
    /// How far the clock has been put back; timers are not affected.
    put_back: u64,
    runnable: Vec<Runnable>,
    /// All tasks, to be dropped at a crash.
    running: Vec<Task<()>>,
    pub(super) timers: BTreeMap<(u64, u64), Waker>,
    next_timer: u64,
    /// The number of tasks that have not ended.
    tasks: usize,
    schedule: Vec<u8>,
    /// How many choices of the schedule have been used.
    used: usize,
    /// The events that are stored, or would be.
    pub(super) journal: Vec<(Timestamp, Event)>,
    /// The events that have been proposed.
    pub(super) proposed: Vec<(Timestamp, Event)>,
    /// The last snapshot, and how many events it contains.
    pub(super) snapshot: Option<(u64, Snapshot)>,
    pub(super) disk: Condition,
    /// Woken when the disk changes.
    pub(super) storing: Option<Waker>,
    /// All connections ever made.
    pub(super) peers: Vec<Peer>,
    /// The first disconnect of each connection.
    ends: Vec<End>,
    /// How often each situation occurred.
    situations: BTreeMap<String, u64>,
    /// Whether there is no descriptor for the next connection.
    is_exhausted: bool,
    /// Connections and errors that wait to be accepted.
    pub(super) arriving: Vec<io::Result<Stream>>,
    pub(super) accepting: Option<Waker>,
    /// The number of servers that have not ended.
    servers: usize,
}

/// A disconnect event.
#[derive(Clone)]
pub(super) struct End {
    pub(super) client: ClientId,
    pub(super) cause: Cause,
    /// For each connection whether the cause fitted its state at that time.
    pub(super) right: Vec<bool>,
}

impl State {
    /// Takes the next choice of the schedule, out of `count`.
    pub(super) fn choose(&mut self, count: usize) -> usize {
        let number = self.schedule.get(self.used).copied().unwrap_or(0);
        self.used += 1;
        usize::from(number) % count.max(1)
    }
}

impl World {
    pub(super) fn new(schedule: Vec<u8>, now: u64) -> Self {
        let state = State { now, schedule, ..State::default() };
        Self(Arc::new(Mutex::new(state)))
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs the server.
    pub(super) fn spawn_main(&self, serve: impl Future<Output = ()> + Send + 'static) {
        let server = Counted::new(self, |state| &mut state.servers);
        server::World::spawn(self, async move {
            serve.await;
            drop(server);
        });
    }

    /// Runs one runnable task, if there is any.
    fn run_one(&self) -> bool {
        let mut state = self.state();
        if state.runnable.is_empty() {
            return false;
        }
        let count = state.runnable.len();
        let index = state.choose(count);
        let runnable = state.runnable.remove(index);
        drop(state);
        runnable.run();
        true
    }

    /// Runs no task, one, several, or all that are runnable.
    pub(super) fn run_a_little(&self) {
        let choice = self.state().choose(4);
        match choice {
            0 => self.run_until_idle(),
            1 => {}
            2 => {
                self.run_one();
            }
            _ => (0..7).for_each(|_| {
                self.run_one();
            }),
        }
    }

    pub(super) fn run_until_idle(&self) {
        while self.run_one() {}
    }

    /// Lets time pass, and runs tasks as they wake.
    pub(super) fn advance(&self, milliseconds: u64) {
        let mut left = milliseconds;
        while left >= 1000 && self.state().peers.iter().any(Peer::is_slow) {
            self.pass(1000);
            left -= 1000;
            let peers = self.state().peers.clone();
            peers.iter().for_each(|peer| peer.trickle(1));
        }
        self.pass(left);
    }

    fn pass(&self, milliseconds: u64) {
        self.run_until_idle();
        let end = self.state().now + milliseconds;
        loop {
            let mut state = self.state();
            let due = state.timers.first_key_value().map(|(key, _)| *key);
            let Some(key) = due.filter(|(at, _)| *at <= end) else { break };
            state.now = key.0;
            let waker = state.timers.remove(&key);
            drop(state);
            waker.into_iter().for_each(Waker::wake);
            self.run_until_idle();
        }
        self.state().now = end;
    }

    pub(super) fn put_clock_back(&self, milliseconds: u64) {
        let mut state = self.state();
        state.put_back = (state.put_back + milliseconds).min(state.now);
    }

    /// The clock is right again, as it is for a process that starts.
    pub(super) fn put_clock_right(&self) {
        self.state().put_back = 0;
    }

    /// Records the first end of a connection, if this event is one, and for which connections it would be right now.
    pub(super) fn note_end(&self, event: &Event) {
        let mut state = self.state();
        let Event::Disconnect { client, cause } = event else { return };
        let is_right = match cause {
            Cause::Closed => Peer::can_have_closed,
            Cause::Slow => Peer::is_stalled,
            Cause::Lost => Peer::is_cut,
        };
        if state.ends.iter().any(|end| end.client == *client) {
            return;
        }
        let right = state.peers.iter().map(is_right).collect();
        state.ends.push(End { client: *client, cause: *cause, right });
    }

    /// Sets what the disk does from now on.
    pub(super) fn set_disk(&self, condition: Condition) {
        let mut state = self.state();
        state.disk = condition;
        let waker = state.storing.take();
        drop(state);
        waker.into_iter().for_each(Waker::wake);
    }

    /// The stored events. Clients have the numbers of their connections, in the order of admission.
    pub(super) fn journal_so_far(&self) -> Vec<(Timestamp, Event)> {
        let journal = self.state().journal.clone();
        self.renamed(journal)
    }

    /// The stored events with the ids that the server has given.
    pub(super) fn stored(&self) -> Vec<(Timestamp, Event)> {
        self.state().journal.clone()
    }

    fn renamed(&self, events: Vec<(Timestamp, Event)>) -> Vec<(Timestamp, Event)> {
        let peers = self.state().peers.clone();
        // If an id was given twice, then because nothing is stored of the first.
        let clients: BTreeMap<ClientId, u64> =
            peers.iter().filter_map(Peer::client).zip(0..).collect();
        let name = |client| clients.get(&client).map_or(client, |place| from_number(*place));
        events.into_iter().map(|(at, event)| (at, run::renamed(event, name))).collect()
    }

    /// A connection has become a client.
    pub(super) fn admit(&self, client: ClientId, peer: SocketAddr) {
        let peer = self.state().peers.get(usize::from(peer.port())).cloned();
        peer.into_iter().for_each(|peer| peer.admit(client));
    }

    /// Kills the server: whatever it was doing, it does no more.
    pub(super) fn kill(&self) {
        let tasks = std::mem::take(&mut self.state().running);
        drop(tasks);
        // Tasks that have been cancelled are dropped when it is their turn.
        self.run_until_idle();
        let mut state = self.state();
        let events = state.journal.len();
        state.proposed.truncate(events);
    }

    /// A violation if what is stored is not the beginning of what was proposed.
    pub(super) fn misplaced(&self) -> Option<String> {
        let state = self.state();
        let is_right = state.proposed.starts_with(&state.journal);
        (!is_right).then(|| "K2: what is stored is not what was proposed".to_owned())
    }

    /// The number of events that have been proposed.
    pub(super) fn proposed(&self) -> usize {
        self.state().proposed.len()
    }

    /// The number of events that are stored.
    pub(super) fn events(&self) -> usize {
        self.state().journal.len()
    }

    /// The first disconnect of each connection.
    pub(super) fn ends(&self) -> Vec<End> {
        let mut ends = self.state().ends.clone();
        for end in &mut ends {
            let event = Event::Disconnect { client: end.client, cause: end.cause };
            let renamed = self.renamed(vec![(Timestamp(0), event)]);
            end.client = renamed[0].1.client().unwrap_or(end.client);
        }
        ends
    }

    /// The time passed, regardless of the clock.
    pub(super) fn passed(&self) -> u64 {
        self.state().now
    }

    /// Counts a situation.
    pub(super) fn count(&self, name: &str) {
        *self.state().situations.entry(name.to_owned()).or_default() += 1;
    }

    /// How often each situation occurred.
    pub(super) fn situations(&self) -> BTreeMap<String, u64> {
        self.state().situations.clone()
    }

    pub(super) fn acceptor(&self) -> Acceptor {
        Acceptor(self.clone())
    }

    /// Makes a new connection from the host with this number, and returns the client's end.
    pub(super) fn connect(&self, host: u8) -> Peer {
        let stream = Stream::new(self.clone(), host);
        let peer = stream.peer();
        let mut state = self.state();
        state.peers.push(peer.clone());
        if std::mem::take(&mut state.is_exhausted) {
            state.arriving.push(Err(NO_DESCRIPTOR.into()));
        }
        drop(state);
        self.arrive(Ok(stream));
        peer
    }

    /// Sets whether there is no descriptor for the next connection.
    pub(super) fn exhaust(&self, is_exhausted: bool) {
        self.state().is_exhausted = is_exhausted;
    }

    pub(super) fn fail_accepting(&self) {
        self.arrive(Err(io::ErrorKind::Other.into()));
    }

    fn arrive(&self, what: io::Result<Stream>) {
        let mut state = self.state();
        state.arriving.push(what);
        let waker = state.accepting.take();
        drop(state);
        waker.into_iter().for_each(Waker::wake);
    }

    /// Whether the server has stopped.
    pub(super) fn has_ended(&self) -> bool {
        self.state().servers == 0
    }

    /// A violation if tasks are left some time after the stop.
    pub(super) fn leftovers(&self) -> Option<String> {
        let mut state = self.state();
        let (tasks, never_accepted) = (state.tasks, std::mem::take(&mut state.arriving));
        drop(state);
        drop(never_accepted);
        (tasks > 0).then(|| format!("J6: {tasks} tasks are still running"))
    }
}

impl server::World for World {
    type Stream = Stream;
    type Acceptor = Acceptor;

    fn now(&self) -> Timestamp {
        let state = self.state();
        Timestamp(state.now - state.put_back)
    }

    /// The last number of the address.
    fn origin(&self, address: IpAddr) -> Origin {
        match address {
            IpAddr::V4(address) => Origin(address.octets()[3].into()),
            IpAddr::V6(_) => Origin::default(),
        }
    }

    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send {
        let mut state = self.state();
        // Rounds up, so that a sleep is never too short.
        let milliseconds = duration.as_micros().div_ceil(1000);
        let at = state.now + u64::try_from(milliseconds).unwrap_or(u64::MAX);
        let key = (at, state.next_timer);
        state.next_timer += 1;
        drop(state);
        Sleep { world: self.clone(), key }
    }

    /// Answers at once, or late and out of order.
    async fn answer(&self, ask: Ask, password: Arc<str>) -> Answer {
        let wait = [0, 0, 3_000, 50_000][self.state().choose(4)];
        self.sleep(Duration::from_millis(wait)).await;
        passwords::answer(ask, &password)
    }

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let running = Counted::new(self, |state| &mut state.tasks);
        // Wakers that are left keep a task, which must not keep the world that has them.
        let scheduler = Arc::downgrade(&self.0);
        let counted = async move {
            task.await;
            drop(running);
        };
        let schedule = move |runnable| {
            if let Some(state) = scheduler.upgrade() {
                World(state).state().runnable.push(runnable);
            }
        };
        let (runnable, task) = async_task::spawn(counted, schedule);
        self.state().running.push(task);
        runnable.schedule();
    }
}
