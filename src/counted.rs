//! Comparison operators for ids that count their calls, for the tests of costs in `chat::costs`.
//!
//! Not here: how many comparisons an event may take.

use core::cell::Cell;
use core::cmp::Ordering;

use crate::chat::{ClientId, RoomId};

std::thread_local! {
    /// The number of id comparisons on this thread so far.
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
