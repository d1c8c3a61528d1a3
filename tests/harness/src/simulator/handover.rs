//! Another server continues: with what the first has handed over, its state as JSON and the same connections; or, after a
//! crash, with what is stored.
//!
//! Not here: when it does (`step`), and the laws, which are the same as without it (`judge`).

use chinwag::chat::{Chat, Outbox};
use chinwag::server::{Inherited, Order};

use super::connection::Connection;
use super::net::Stream;
use super::running::Running;
use super::{judge, store};
use crate::Operation;

impl Running {
    /// The server begins to come to rest.
    pub(super) fn hand_over(&mut self, which: u8) {
        let (reply, handover) = async_channel::bounded(1);
        self.order(Order::HandOver(reply));
        self.handing_over = Some((handover, which));
    }

    /// If the server comes to rest: a successor takes over, or the server goes on.
    pub(super) fn take_over(&mut self) {
        let Some((handover, which)) = self.handing_over.take() else { return };
        if which % 3 == 2 {
            self.count_if("it goes on before it is at rest", |_| handover.is_empty());
            return self.order(Order::GoOn);
        }
        self.world.run_until_idle();
        let Some(handover) = handover.try_recv().ok().filter(|_| which % 3 == 0) else {
            self.world.count("no successor takes over");
            return self.order(Order::GoOn);
        };
        self.world.count("a successor takes over");
        self.count_if("a successor takes over what is due", Self::is_late);
        self.world.put_clock_right();
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

    /// Judges what clients have received by what a server would find that starts after a crash at this moment.
    pub(super) fn judge_crash(&mut self) {
        let journal = self.world.journal_so_far();
        self.problems.extend(judge::shown(&journal, &self.connections, &self.limits.chat));
        self.problems.extend(self.world.misplaced());
        self.count_if("a crash while something is not stored", |run| !run.is_all_stored());
    }

    /// The server is killed, and another one starts from what is stored, if that is on a disk.
    pub(super) fn crash(&mut self) {
        if !self.is_stored {
            return;
        }
        self.judge_crash();
        self.handing_over = None;
        self.count_if("a crash while somebody is there", |run| run.world.events() > 0);
        self.count_if("a start from a snapshot", |run| run.world.state().snapshot.is_some());
        self.world.kill();
        self.connections.iter_mut().for_each(Connection::end);
        if let Some(action) = Operation::Restart.resolve(&self.guess, 0) {
            self.guess.apply(&action);
        }
        let (world, limits) = (&self.world, &self.limits);
        let mut fresh = Chat::new(limits.chat.clone());
        let mut outbox = Outbox::new();
        for (at, event) in world.stored() {
            fresh.handle(at, event, &mut outbox);
            outbox.clear();
        }
        if store::restarted(world, &limits.chat) != fresh {
            self.problems.push("K3: what is stored leads to another state".to_owned());
        }
        let (orders, to_obey) = async_channel::unbounded();
        Self::serve(world, limits, store::on_disk(world, &limits.chat), None, to_obey);
        self.orders = orders;
    }
}
