//! The runtime: sockets, tasks, timers. It moves bytes and events between the world and the layers
//! that decide.
//!
//! In reading order: [`World`] is all that the runtime asks of its surroundings, and [`Tcp`] the real
//! one; `inbound` is what tasks tell the hub; `listener` accepts connections; `connection` reads
//! from one, and `socket` is what its two sides share;
//! `hub` owns the chat and applies what arrives, in batches; `writer` owns everything that is on its way
//! out, with `fanout`, the hot path, `connections`, the table, and `admission` to say who may come in;
//! [`serve`] puts them together, and obeys orders; [`journal`] decides in which order events happen, and
//! keeps them; and `spool` keeps a stalled [`log`] from stalling the rest.
//!
//! A server can be replaced while it runs: `hub::resting` brings it to rest, `handover` is the state that
//! is left then, and `successor` passes it to another process.
//!
//! Tasks talk through one channel, the hub's inbox. The hub awaits only that; nobody ever waits for a
//! client that does not read.
//!
//! Never here: decisions about chat, rules about bytes.

mod admission;
mod connection;
mod connections;
mod cost;
mod handover;
mod hub;
mod inbound;
pub mod journal;
mod limits;
mod listener;
pub mod log;
mod origins;
mod passwords;
mod socket;
mod spool;
#[cfg(target_os = "linux")]
pub mod successor;
mod tcp;
mod telling;
mod world;
mod writer;

use core::convert::Infallible;
use std::sync::Arc;
use std::vec::Vec;

use async_channel::{Receiver, RecvError, Sender};

pub use handover::{Handover, HandoverError, Inherited};
pub use inbound::Settled;
pub use limits::Limits;
pub use origins::OriginKey;
pub use tcp::{Tcp, TcpAcceptor, TcpStream, raise_descriptor_limit};
pub use world::{Acceptor, Delivery, Stream, World};

use hub::Hub;
use inbound::Inbound;
use journal::Journal;

use crate::chat::Text;

/// What a running server is told to do.
#[derive(Debug)]
pub enum Order<S> {
    /// Tell everyone, flush what is due for at most [`Limits::linger`], close everything and end.
    Stop,
    /// Make the account with this name that of an operator: the configuration says so.
    Appoint(Text),
    /// Come to rest, and send what a successor needs. From then on nothing is read, written or accepted, until
    /// the order to go on. Connections wait in the system's queue meanwhile.
    HandOver(Sender<Handover<S>>),
    /// Go on, because no successor has taken over. If one has, drop the sender of orders instead: then the server ends,
    /// and leaves everything as it is.
    GoOn,
}

/// Serves chat on all acceptors until the order to stop; or continues with what another server has handed over.
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
    inherited: Option<Inherited<W::Stream>>,
    orders: Receiver<Order<W::Stream>>,
) -> bool {
    let (sender, inbox) = async_channel::bounded(Limits::INBOX);
    let acceptors = acceptors.into_iter().map(Arc::new).collect();
    let (serving, ended) = async_channel::bounded(1);
    let hub = Hub::new(world.clone(), limits, journal, sender.downgrade(), inherited);
    // Tasks of their own: whoever awaits both would poll both whenever one is woken.
    world.spawn(obey(world.clone(), acceptors, sender, orders));
    world.spawn(async move {
        let is_kept = hub.run(inbox).await;
        let _ = serving.send(is_kept).await;
    });
    ended.recv().await == Ok(true)
}

/// Accepts connections, until an order says otherwise.
async fn obey<W: World>(
    world: W,
    acceptors: Vec<Arc<W::Acceptor>>,
    hub: Sender<Inbound<W>>,
    orders: Receiver<Order<W::Stream>>,
) {
    loop {
        let (running, stopped) = async_channel::bounded::<Infallible>(1);
        let (accepting, none_accepts) = async_channel::bounded::<Infallible>(1);
        for acceptor in &acceptors {
            let run =
                listener::run(world.clone(), Arc::clone(acceptor), hub.clone(), stopped.clone());
            let accepting = accepting.clone();
            world.spawn(async move {
                run.await;
                drop(accepting);
            });
        }
        drop(accepting);
        let order = next(&orders, &hub).await;
        running.close();
        let Ok(Order::HandOver(reply)) = order else { break };
        // What has been accepted is handed over too.
        let _ = none_accepts.recv().await;
        let _ = hub.send(Inbound::HandOver(reply)).await;
        let Ok(order) = next(&orders, &hub).await else {
            let _ = hub.send(Inbound::HandedOver).await;
            return;
        };
        let _ = hub.send(Inbound::GoOn).await;
        if !matches!(order, Order::GoOn) {
            break;
        }
    }
    // Who connects from now on is refused.
    drop(acceptors);
    // The hub ends when all who could send to it have: it cannot have gone before.
    let _ = hub.send(Inbound::Shutdown).await;
}

/// The next order that concerns accepting; the others are passed on.
async fn next<W: World>(
    orders: &Receiver<Order<W::Stream>>,
    hub: &Sender<Inbound<W>>,
) -> Result<Order<W::Stream>, RecvError> {
    loop {
        match orders.recv().await {
            Ok(Order::Appoint(name)) => drop(hub.send(Inbound::Appoint { name }).await),
            order => return order,
        }
    }
}
