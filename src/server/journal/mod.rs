//! The journal: decides in which order events happen, and keeps them. An event has happened when the journal has it.
//!
//! The hub *proposes* events, and applies what the journal gives back:
//!
//! ```text
//! connections -> propose -> Journal -> (at, event) -> Chat::handle -> outputs -> connections
//! ```
//!
//! What an event causes is therefore shown to nobody before the event is stored, and nobody has ever seen what a
//! restart undoes. The hub does not wait meanwhile: it goes on proposing, and what has been proposed while a batch is
//! being stored is the next batch.
//!
//! A journal in memory is a function that is called with every event: see the implementation below. [`Stored`]
//! is a journal that keeps events in a [`Store`], as [`Disk`] is one.
//!
//! Not here: what an event does (`chat`), and how it reads as text (`wire::transcript`).

mod database;
mod directory;
mod disk;
mod repair;
mod stored;

use core::future::Future;

pub use database::{Loaded, read};
pub use directory::DataError;
pub use disk::{Disk, Durability, Keeping};
pub use repair::{Report, check};
pub use stored::{Batch, Store, Stored};

use super::World;
use super::inbound::Settled;
use crate::chat::{Chat, Event, Limits, Timestamp};

/// Decides in which order events happen, and keeps them.
///
/// An implementation promises three things:
///
/// - **Order.** Events come back in one order, in which each is applied. Those of one proposer keep theirs.
/// - **Storage.** An event comes back only when a restart would read it back.
/// - **Failure.** An event that cannot be stored does not come back, nor does any after it, until it can be:
///   the journal tries again. Nothing is lost and nothing overtakes. Clients wait.
pub trait Journal: Send + 'static {
    /// Whether [`propose`](Self::propose) never returns an event, because that comes back later.
    const DEFERS: bool;

    /// The state after all events that the journal has, and how many those are.
    fn begin(&mut self, limits: &Limits) -> (Chat, u64) {
        (Chat::new(limits.clone()), 0)
    }

    /// Begins to give back what is proposed.
    fn start<W: World>(&mut self, world: &W, settled: Settled<W>) {
        let _ = (world, settled);
    }

    /// Proposes an event. Returns it if it has happened, with all that was proposed before.
    fn propose(&mut self, at: Timestamp, event: Event) -> Option<Event>;

    /// Called when the hub has proposed all that it can for now.
    fn flush(&mut self) {}

    /// Called when events have come back.
    fn settle(&mut self) {}

    /// Called when so many events in all have been applied, with the state after them.
    fn applied(&mut self, events: u64, chat: &Chat) {
        let _ = (events, chat);
    }

    /// Called in the end, with how many events have been applied, and the state after them. Completes with whether all
    /// that was proposed has been stored within [`Limits::LAST_EVENTS`](super::Limits::LAST_EVENTS).
    fn close<W: World>(self, world: W, events: u64, chat: Chat) -> impl Future<Output = bool> + Send
    where
        Self: Sized,
    {
        drop((world, events, chat));
        async { true }
    }
}

/// The journal in memory: to propose an event is to have it happen. The function is called with every event,
/// in order, and must not block.
impl<F: FnMut(Timestamp, &Event) + Send + 'static> Journal for F {
    const DEFERS: bool = false;

    fn propose(&mut self, at: Timestamp, event: Event) -> Option<Event> {
        self(at, &event);
        Some(event)
    }
}
