//! A journal that keeps events in a store, and gives them back when they are stored.
//!
//! One batch is under way at a time, and holds all that was proposed since the last: the busier the chat and the
//! slower the store, the larger the batches are.
//!
//! Not here: stores.

use core::convert::Infallible;
use core::future::Future;
use core::mem::{replace, take};
use core::pin::pin;
use std::boxed::Box;
use std::io;
use std::vec::Vec;

use async_channel::{Receiver, Sender};
use futures_lite::future::or;
use tracing::{info, warn};

use super::super::inbound::Settled;
use super::super::{Limits, World};
use super::{Journal, Loaded};
use crate::chat::{self, Chat, Event, Snapshot, Timestamp};

/// Events that are stored together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// The number of the first of them. Numbers follow one another without a gap.
    pub first: u64,
    /// When each happens, and what. There is at least one.
    pub events: Vec<(Timestamp, Event)>,
}

/// Where events are kept.
pub trait Store: Send + 'static {
    /// Stores all events of a batch, or none, and gives it back. An error says that they have not been stored; it is
    /// called again with the same batch.
    fn append(&mut self, batch: Batch) -> impl Future<Output = (Batch, io::Result<()>)> + Send;

    /// Stores the state after so many events, which are then no longer needed. Does not wait for it.
    fn snapshot(&mut self, events: u64, state: Snapshot) {
        let _ = (events, state);
    }
}

/// What the store is to do.
#[derive(Debug)]
enum Work {
    Append(Batch),
    Snapshot(u64, Box<Snapshot>),
}

/// A journal in a [`Store`].
#[derive(Debug)]
pub struct Stored<S> {
    /// The store and its work, until that begins.
    idle: Option<(S, Receiver<Work>)>,
    work: Sender<Work>,
    /// The state after the events that there were.
    chat: Option<Chat>,
    /// What is to be stored next.
    pending: Vec<(Timestamp, Event)>,
    /// The number of the first of these.
    next: u64,
    is_storing: bool,
    /// The number of events at the last snapshot; none if one is due.
    snapshot_at: Option<u64>,
    /// Closed when the work is done and no more will come.
    done: Option<Receiver<Infallible>>,
}

impl<S: Store> Stored<S> {
    /// A journal in a store, which goes on where that ends.
    #[must_use]
    pub fn new(store: S, Loaded { chat, next }: Loaded) -> Self {
        Self::with(store, Some(chat), next, Some(next - 1))
    }

    /// A journal in a store that has been taken over from another server, and ends with this event. A snapshot
    /// comes first, as the other server may have been of another version.
    #[must_use]
    pub fn take_over(store: S, events: u64) -> Self {
        Self::with(store, None, events + 1, None)
    }

    fn with(store: S, chat: Option<Chat>, next: u64, snapshot_at: Option<u64>) -> Self {
        // One batch is under way at a time, and snapshots are rare.
        let (work, to_do) = async_channel::unbounded();
        let (pending, is_storing, done) = Default::default();
        let idle = Some((store, to_do));
        Self { idle, work, chat, pending, next, is_storing, snapshot_at, done }
    }
}

impl<S: Store> Journal for Stored<S> {
    const DEFERS: bool = true;

    fn begin(&mut self, limits: &chat::Limits) -> (Chat, u64) {
        let chat = self.chat.take().unwrap_or_else(|| Chat::new(limits.clone()));
        (chat, self.next - 1)
    }

    fn start<W: World>(&mut self, world: &W, settled: Settled<W>) {
        if let Some((store, to_do)) = self.idle.take() {
            let (working, done) = async_channel::bounded(1);
            self.done = Some(done);
            let run = run(world.clone(), store, to_do, settled);
            world.spawn(async move {
                run.await;
                working.close();
            });
        }
    }

    fn propose(&mut self, at: Timestamp, event: Event) -> Option<Event> {
        self.pending.push((at, event));
        None
    }

    fn flush(&mut self) {
        if !self.is_storing && !self.pending.is_empty() {
            self.is_storing = true;
            let batch = self.next_batch();
            let _ = self.work.try_send(Work::Append(batch));
        }
    }

    fn settle(&mut self) {
        self.is_storing = false;
    }

    fn applied(&mut self, events: u64, chat: &Chat) {
        if self.snapshot_at.is_none_or(|at| events - at >= Limits::SNAPSHOT_EVERY) {
            self.snapshot_at = Some(events);
            let _ = self.work.try_send(Work::Snapshot(events, Box::new(chat.snapshot())));
        }
    }

    async fn close<W: World>(mut self, world: W, events: u64, chat: Chat) -> bool {
        if self.snapshot_at != Some(events) {
            let _ = self.work.try_send(Work::Snapshot(events, Box::new(chat.snapshot())));
        }
        let is_stored = async {
            if !self.pending.is_empty() {
                let batch = self.next_batch();
                let _ = self.work.send(Work::Append(batch)).await;
            }
            self.work.close();
            if let Some(done) = &self.done {
                let _ = done.recv().await;
            }
            true
        };
        let is_late = async {
            world.sleep(Limits::LAST_EVENTS).await;
            false
        };
        or(is_stored, is_late).await
    }
}

impl<S> Stored<S> {
    /// All that is to be stored next.
    fn next_batch(&mut self) -> Batch {
        let events = take(&mut self.pending);
        let batch = Batch { first: self.next, events };
        self.next += batch.events.len() as u64;
        batch
    }
}

/// Stores batches and gives them back, until there are no more.
async fn run<W: World, S: Store>(
    world: W,
    mut store: S,
    to_do: Receiver<Work>,
    settled: Settled<W>,
) {
    while let Ok(work) = to_do.recv().await {
        let mut batch = match work {
            Work::Append(batch) => batch,
            Work::Snapshot(events, state) => {
                store.snapshot(events, *state);
                continue;
            }
        };
        let mut stands_still = false;
        loop {
            let (same, stored) = {
                let mut appended = pin!(store.append(batch));
                let is_slow = or(async { Some(appended.as_mut().await) }, async {
                    world.sleep(Limits::STALL).await;
                    None
                });
                match is_slow.await {
                    Some(answer) => answer,
                    None => {
                        if !replace(&mut stands_still, true) {
                            warn!("the chat stands still: the disk does not answer");
                            settled.send_stands_still(true).await;
                        }
                        appended.await
                    }
                }
            };
            batch = same;
            let Err(error) = stored else { break };
            if !replace(&mut stands_still, true) {
                warn!(%error, "the chat stands still: its journal cannot be written");
                settled.send_stands_still(true).await;
            }
            world.sleep(Limits::RETRY).await;
        }
        if stands_still {
            info!("the journal is written again, and the chat goes on");
            settled.send_stands_still(false).await;
        }
        settled.send(batch.events).await;
    }
}
