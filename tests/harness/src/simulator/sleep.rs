//! Waiting in virtual time.
//!
//! Not here: how time passes (`world`).

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::world::World;

/// Completes at its time unless it is dropped earlier.
pub(super) struct Sleep {
    pub(super) world: World,
    pub(super) key: (u64, u64),
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.world.state();
        if state.now >= self.key.0 {
            return Poll::Ready(());
        }
        state.timers.insert(self.key, context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        let waker = self.world.state().timers.remove(&self.key);
        // Outside of the lock: dropping a waker can drop a task, which may lock the world.
        drop(waker);
    }
}
