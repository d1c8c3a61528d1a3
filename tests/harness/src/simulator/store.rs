//! A disk that takes its time, stalls, and is full for a while; and the journal on it.
//!
//! Not here: what must hold of it (`judge`).

use std::future::poll_fn;
use std::io;
use std::task::Poll;
use std::time::Duration;

use chinwag::chat::{Chat, Event, Limits, Outbox, Snapshot, Timestamp};
use chinwag::server::journal::{Batch, Journal, Loaded, Store, Stored};
use chinwag::server::{self, Settled};

use super::world::World;

/// What a disk does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Condition {
    /// It stores what it is given, at once.
    #[default]
    Works,
    /// It stores what it is given, within some milliseconds.
    TakesTime,
    /// It stores nothing, and does not say so.
    Stalls,
    /// It refuses everything.
    Full,
}

/// A disk. What it has stored is the world's journal.
pub(super) struct Disk(World);

impl Store for Disk {
    async fn append(&mut self, batch: Batch) -> (Batch, io::Result<()>) {
        if self.0.state().disk == Condition::TakesTime {
            let delay = self.0.state().choose(4) as u64;
            server::World::sleep(&self.0, Duration::from_millis(delay)).await;
        }
        let mut is_full = false;
        poll_fn(|context| {
            let mut state = self.0.state();
            is_full = state.disk == Condition::Full;
            if state.disk == Condition::Stalls {
                state.storing = Some(context.waker().clone());
                return Poll::Pending;
            }
            Poll::Ready(())
        })
        .await;
        if is_full {
            return (batch, Err(io::ErrorKind::StorageFull.into()));
        }
        let mut state = self.0.state();
        assert_eq!(batch.first, state.journal.len() as u64 + 1, "numbers follow one another");
        state.journal.extend(batch.events.iter().cloned());
        drop(state);
        (batch, Ok(()))
    }

    fn snapshot(&mut self, events: u64, state: Snapshot) {
        self.0.state().snapshot = Some((events, state));
    }
}

/// The journal of a simulated server: in memory, or on a disk.
pub(super) struct SimulatedJournal<J>(World, J);

/// The journal in memory, which has what is proposed at once.
pub(super) fn in_memory(world: &World) -> SimulatedJournal<impl Journal> {
    let recorder = world.clone();
    let record = move |at: Timestamp, event: &Event| {
        recorder.state().journal.push((at, event.clone()));
    };
    SimulatedJournal(world.clone(), record)
}

/// The journal on a disk, after all that is stored there.
pub(super) fn on_disk(world: &World, limits: &Limits) -> SimulatedJournal<impl Journal> {
    let chat = restarted(world, limits);
    let loaded = Loaded { chat, next: world.events() as u64 + 1 };
    SimulatedJournal(world.clone(), Stored::new(Disk(world.clone()), loaded))
}

/// The state after all that is stored: the last snapshot, and the events after it.
pub(super) fn restarted(world: &World, limits: &Limits) -> Chat {
    let snapshot = world.state().snapshot.clone();
    let (events, mut chat) = match snapshot {
        Some((events, state)) => (events, Chat::restore(state).expect("it was taken of a chat")),
        None => (0, Chat::new(limits.clone())),
    };
    let rest = world.stored().into_iter().skip(usize::try_from(events).unwrap_or(usize::MAX));
    rest.for_each(|(at, event)| chat.handle(at, event, &mut Outbox::new()));
    chat
}

/// The journal on a disk that another server has used.
pub(super) fn taken_over(world: &World, events: u64) -> SimulatedJournal<impl Journal> {
    SimulatedJournal(world.clone(), Stored::take_over(Disk(world.clone()), events))
}

impl<J: Journal> Journal for SimulatedJournal<J> {
    const DEFERS: bool = J::DEFERS;

    fn begin(&mut self, limits: &Limits) -> (Chat, u64) {
        self.1.begin(limits)
    }

    fn start<W: server::World>(&mut self, world: &W, settled: Settled<W>) {
        self.1.start(world, settled);
    }

    fn propose(&mut self, at: Timestamp, event: Event) -> Option<Event> {
        self.0.note_end(&event);
        self.0.state().proposed.push((at, event.clone()));
        self.1.propose(at, event)
    }

    fn flush(&mut self) {
        self.1.flush();
    }

    fn settle(&mut self) {
        self.1.settle();
    }

    fn applied(&mut self, events: u64, chat: &Chat) {
        self.1.applied(events, chat);
    }

    fn close<W: server::World>(
        self,
        world: W,
        events: u64,
        chat: Chat,
    ) -> impl Future<Output = bool> + Send {
        self.1.close(world, events, chat)
    }
}
