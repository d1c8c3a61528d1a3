//! A simulated server hands over to another one, which continues with its state as JSON and the same connections.
//!
//! Not here: when it does (`step`), and the laws, which are the same as without it (`judge`).

use chinwag::server::{Inherited, Order};

use super::net::Stream;
use super::running::Running;
use super::store;

impl Running {
    /// The server begins to come to rest.
    pub(super) fn hand_over(&mut self, succeeds: bool) {
        let (reply, handover) = async_channel::bounded(1);
        self.order(Order::HandOver(reply));
        self.handing_over = Some((handover, succeeds));
    }

    /// If the server comes to rest: a successor takes over, or the server goes on.
    pub(super) fn take_over(&mut self) {
        let Some((handover, succeeds)) = self.handing_over.take() else { return };
        self.world.run_until_idle();
        let Some(handover) = handover.try_recv().ok().filter(|_| succeeds) else {
            self.world.count("no successor takes over");
            return self.order(Order::GoOn);
        };
        self.world.count("a successor takes over");
        self.count_if("a successor takes over what is due", Self::is_late);
        let streams = handover.streams().map(Stream::duplicate).collect();
        let inherited = match Inherited::new(handover.state(), streams, &self.limits) {
            Ok(inherited) => inherited,
            Err(error) => return self.problems.push(format!("no server can take over: {error}")),
        };
        let (world, limits, events) = (&self.world, &self.limits, inherited.events());
        // The server before ends, as it gets no more orders.
        let (orders, to_obey) = async_channel::unbounded();
        if self.is_stored {
            let journal = store::taken_over(world, events);
            Self::serve(world, limits, journal, Some(inherited), to_obey);
        } else {
            Self::serve(world, limits, store::in_memory(world), Some(inherited), to_obey);
        }
        self.orders = orders;
    }
}
