//! How much goes into one reply.
//!
//! Not here: what does.

use alloc::vec::Vec;

use super::Limits;

/// What may still go into one reply, in bytes.
pub(super) struct Budget(usize);

impl Budget {
    pub(super) fn new(limits: &Limits) -> Self {
        Self::of(limits.reply)
    }

    pub(super) fn of(reply: usize) -> Self {
        Self(reply - Limits::REPLY_FRAME)
    }

    /// Leaves less room, perhaps none.
    pub(super) fn spend(&mut self, bytes: usize) {
        self.0 = self.0.saturating_sub(bytes);
    }

    /// The first of `items`, as many as there is room for; from the first that does not fit, there is
    /// room for nothing more.
    pub(super) fn take<T>(
        &mut self,
        items: impl IntoIterator<Item = T>,
        size: impl Fn(&T) -> usize,
    ) -> Vec<T> {
        let fits = |item: &T| {
            let left = self.0.checked_sub(size(item));
            self.0 = left.unwrap_or(0);
            left.is_some()
        };
        items.into_iter().take_while(fits).collect()
    }
}
