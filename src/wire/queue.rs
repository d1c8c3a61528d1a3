//! What a client has not taken yet: bytes in order, bounded.
//!
//! Not here: when it is written to, and what happens to a client whose queue is full (`server`).

use alloc::collections::VecDeque;

/// Bytes on their way to one client.
///
/// Messages go in whole or not at all, so that what comes out is always a prefix, without gaps, of
/// what was due.
///
/// ```
/// use chinwag::wire::{Full, SendQueue};
///
/// let mut queue = SendQueue::new(8);
/// assert_eq!(queue.push(b"hello\r\n"), Ok(()));
/// assert_eq!(queue.push(b"you\r\n"), Err(Full));
/// queue.advance(5);
/// assert_eq!(queue.next(), b"\r\n");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendQueue {
    limit: usize,
    bytes: VecDeque<u8>,
}

/// There is no room for the message, and none of it was queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

impl SendQueue {
    /// An empty queue for at most `limit` bytes. It owns no memory while it is empty.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self { limit, bytes: VecDeque::new() }
    }

    /// Appends a message.
    ///
    /// # Errors
    ///
    /// If there is no room for all of it; then nothing is appended.
    pub fn push(&mut self, message: &[u8]) -> Result<(), Full> {
        if message.len() > self.limit - self.bytes.len() {
            return Err(Full);
        }
        self.bytes.extend(message);
        Ok(())
    }

    /// The next bytes to write: empty only if the queue is.
    #[must_use]
    pub fn next(&self) -> &[u8] {
        self.bytes.as_slices().0
    }

    /// Removes the first `count` bytes, which have been written.
    ///
    /// # Panics
    ///
    /// If there are not that many.
    pub fn advance(&mut self, count: usize) {
        self.bytes.drain(..count);
        if self.bytes.is_empty() {
            self.bytes = VecDeque::new();
        }
    }

    /// How many bytes wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether none wait.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn what_goes_in_comes_out_in_order_however_it_is_taken() {
        for step in 1..12 {
            let mut queue = SendQueue::new(16);
            let mut taken = Vec::new();
            for round in 0..50_u8 {
                queue.push(&[round; 3]).unwrap();
                while queue.len() > 12 || (round == 49 && !queue.is_empty()) {
                    let count = step.min(queue.next().len());
                    taken.extend_from_slice(&queue.next()[..count]);
                    queue.advance(count);
                }
            }
            let expected: Vec<u8> = (0..50).flat_map(|round| [round; 3]).collect();
            assert_eq!(taken, expected);
        }
    }

    #[test]
    fn a_full_queue_takes_nothing_of_a_message() {
        let mut queue = SendQueue::new(4);
        assert_eq!(queue.push(b"abc"), Ok(()));
        assert_eq!(queue.push(b"de"), Err(Full));
        assert_eq!(queue.next(), b"abc");
        assert_eq!(queue.push(b"d"), Ok(()));
        assert_eq!(queue.next(), b"abcd");
    }

    #[test]
    fn an_empty_queue_owns_no_memory() {
        let mut queue = SendQueue::new(1000);
        queue.push(&[0; 1000]).unwrap();
        queue.advance(1000);
        assert_eq!(queue.bytes.capacity(), 0);
    }
}
