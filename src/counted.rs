//! Ids whose comparisons are counted, for tests of what things cost: see `chat::costs`.
//!
//! Not here: what may cost how much.

use core::cell::Cell;
use core::cmp::Ordering;

use crate::chat::{ClientId, RoomId};

std::thread_local! {
    /// How often ids have been compared in this thread.
    pub(crate) static COMPARED: Cell<usize> = const { Cell::new(0) };
}

macro_rules! count_comparisons {
    ($($id:ty),*) => {$(
        impl PartialEq for $id {
            fn eq(&self, other: &Self) -> bool {
                self.cmp(other).is_eq()
            }
        }

        impl PartialOrd for $id {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl Ord for $id {
            fn cmp(&self, other: &Self) -> Ordering {
                COMPARED.set(COMPARED.get() + 1);
                self.0.cmp(&other.0)
            }
        }
    )*};
}

count_comparisons!(ClientId, RoomId);
