//! A byte budget that bounds the size of one reply.
//!
//! Not here: what a reply contains.

use alloc::vec::Vec;

use super::Limits;

/// The bytes that one reply may still take.
pub(super) struct Budget(usize);

impl Budget {
    pub(super) fn new(limits: &Limits) -> Self {
        Self::of(limits.reply)
    }

    pub(super) fn of(reply: usize) -> Self {
        Self(reply - Limits::REPLY_FRAME)
    }

    /// Subtracts `bytes`; the budget stops at zero.
    pub(super) fn spend(&mut self, bytes: usize) {
        self.0 = self.0.saturating_sub(bytes);
    }

    /// The longest prefix of `items` that fits into the budget. The first item that does not fit
    /// uses up the budget, so no later and smaller item is taken in its place.
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
