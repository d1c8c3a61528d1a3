//! The runtime: sockets, tasks, timers. It moves bytes and events between the world and the layers
//! that decide.
//!
//! In reading order: [`World`] is all that the runtime asks of its surroundings, and [`Tcp`] the real
//! one; `inbound` is what tasks tell the hub; `listener` accepts connections; `connection` reads
//! from one, and `socket` is what its two sides share;
//! `hub` owns the chat and applies what arrives, in batches; `writer` owns everything that is on its way
//! out, with `fanout`, the hot path, `connections` to find it in and `admission` to say who may come in; [`serve`] puts them together and takes
//! them down; [`journal`] decides in which order events happen, and keeps them; and `spool` keeps a stalled [`log`] from
//! stalling the rest.
//!
//! Tasks talk through one channel, the hub's inbox. The hub awaits only that; nobody ever waits for a
//! client that does not read.
//!
//! Never here: decisions about chat, rules about bytes.

mod admission;
mod connection;
mod connections;
mod cost;
mod hub;
mod inbound;
pub mod journal;
mod limits;
mod listener;
pub mod log;
mod socket;
mod spool;
mod tcp;
mod telling;
mod world;
mod writer;

use core::convert::Infallible;
use core::future::Future;
use std::vec::Vec;

pub use inbound::Settled;
pub use limits::Limits;
pub use tcp::{Tcp, TcpAcceptor, TcpStream, raise_descriptor_limit};
pub use world::{Acceptor, Delivery, Stream, World};

use hub::Hub;
use inbound::Inbound;
use journal::Journal;

/// Serves chat on all acceptors until `stop` completes; then tells everyone, flushes what is due for
/// at most [`Limits::linger`], closes everything and returns.
///
/// The events that `journal` keeps, given to another [`Chat`](crate::chat::Chat) in their order, cause the same. Returns
/// whether it has kept all of them.
///
/// # Panics
///
/// If the limits contradict each other: see [`Limits::check`].
pub async fn serve<W: World>(
    world: W,
    acceptors: Vec<W::Acceptor>,
    limits: Limits,
    journal: impl Journal,
    stop: impl Future<Output = ()> + Send + 'static,
) -> bool {
    let (sender, inbox) = async_channel::bounded(Limits::INBOX);
    let (running, stopped) = async_channel::bounded::<Infallible>(1);
    for acceptor in acceptors {
        world.spawn(listener::run(world.clone(), acceptor, sender.clone(), stopped.clone()));
    }
    let (serving, ended) = async_channel::bounded(1);
    let hub = Hub::new(world.clone(), limits, journal, sender.downgrade());
    // Tasks of their own: whoever awaits both would poll both whenever one is woken.
    world.spawn(async move {
        let is_kept = hub.run(inbox).await;
        let _ = serving.send(is_kept).await;
    });
    world.spawn(async move {
        stop.await;
        running.close();
        // The hub ends when all who could send to it have: it cannot have gone before.
        let _ = sender.send(Inbound::Shutdown).await;
    });
    ended.recv().await == Ok(true)
}
