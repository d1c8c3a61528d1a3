//! What a client has not taken yet: bytes in order, bounded.
//!
//! Not here: when it is written to, and what happens to a client whose queue is full (`server`).

use alloc::collections::VecDeque;

/// Bytes on their way to one client.
///
/// Messages go in whole or not at all, so that what comes out is always a prefix, without gaps, of
/// what was due. Room is kept for [last words](Self::push_last), so that a client who is closed for
/// a full queue can be told why.
///
/// ```
/// use chinwag::wire::{Full, SendQueue};
///
/// let mut queue = SendQueue::new(8 + SendQueue::LAST_WORDS);
/// assert_eq!(queue.push(b"hello\r\n"), Ok(()));
/// assert_eq!(queue.push(b"you\r\n"), Err(Full));
/// assert_eq!(queue.push_last(b"bye\r\n"), Ok(()));
/// queue.advance(5);
/// assert_eq!(queue.next(), b"\r\nbye\r\n");
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
    /// Bytes that no message but the last may use.
    pub const LAST_WORDS: usize = 64;

    /// Bytes of memory that a queue may own without need, beside as many as are in it and some.
    const SLACK: usize = 4096;

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
        self.push_within(self.limit.saturating_sub(Self::LAST_WORDS), message)
    }

    /// Appends a message after which no other will come.
    ///
    /// # Errors
    ///
    /// If there is no room for all of it; then nothing is appended. There is room for at least
    /// [`Self::LAST_WORDS`] bytes once.
    pub fn push_last(&mut self, message: &[u8]) -> Result<(), Full> {
        self.push_within(self.limit, message)
    }

    fn push_within(&mut self, limit: usize, message: &[u8]) -> Result<(), Full> {
        if message.len() > limit.saturating_sub(self.bytes.len()) {
            return Err(Full);
        }
        self.bytes.extend(message);
        Ok(())
    }

    /// Drops what waits, but for the rest of the line that is on its way. Returns how many bytes that
    /// were.
    ///
    /// ```
    /// use chinwag::wire::SendQueue;
    ///
    /// let mut queue = SendQueue::new(1000);
    /// queue.push(b"one\r\ntwo\r\n")?;
    /// assert_eq!(queue.cut(), 5);
    /// assert_eq!(queue.next(), b"one\r\n");
    /// # Ok::<(), chinwag::wire::Full>(())
    /// ```
    pub fn cut(&mut self) -> usize {
        let end = self.bytes.iter().position(|byte| *byte == b'\n');
        let kept = end.map_or(self.bytes.len(), |end| end + 1);
        let dropped = self.bytes.len() - kept;
        self.bytes.truncate(kept);
        self.bytes.shrink_to_fit();
        dropped
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
        } else if self.bytes.capacity() > 4 * self.bytes.len() + Self::SLACK {
            self.bytes.shrink_to(2 * self.bytes.len());
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
            let mut queue = SendQueue::new(16 + SendQueue::LAST_WORDS);
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
        let mut queue = SendQueue::new(4 + SendQueue::LAST_WORDS);
        assert_eq!(queue.push(b"abc"), Ok(()));
        assert_eq!(queue.push(b"de"), Err(Full));
        assert_eq!(queue.next(), b"abc");
        assert_eq!(queue.push(b"d"), Ok(()));
        assert_eq!(queue.next(), b"abcd");
        assert_eq!(queue.push_last(&[b'!'; 65]), Err(Full));
        assert_eq!(queue.push_last(&[b'!'; 64]), Ok(()));
        assert_eq!(queue.len(), 68);
    }

    #[test]
    fn cutting_keeps_the_rest_of_a_line_and_nothing_else() {
        for (written, kept) in [(0, &b"one\r\n"[..]), (2, b"e\r\n"), (4, b"\n"), (5, b"two\r\n")] {
            let mut queue = SendQueue::new(1000);
            queue.push(b"one\r\ntwo\r\nthree\r\n").unwrap();
            queue.advance(written);
            assert_eq!(queue.cut(), 17 - written - kept.len());
            assert!(queue.bytes.iter().eq(kept), "{queue:?}");
        }
    }

    #[test]
    fn an_empty_queue_owns_no_memory() {
        let mut queue = SendQueue::new(1000);
        queue.push_last(&[0; 1000]).unwrap();
        queue.advance(1000);
        assert_eq!(queue.bytes.capacity(), 0);
    }

    #[test]
    fn a_queue_owns_little_more_than_is_in_it() {
        let mut queue = SendQueue::new(1 << 20);
        queue.push_last(&[0; 1 << 20]).unwrap();
        while queue.len() > 1 {
            queue.advance(queue.next().len().div_ceil(2));
            let (length, owned) = (queue.len(), queue.bytes.capacity());
            assert!(owned <= 4 * length + SendQueue::SLACK, "{owned} bytes for {length}");
        }
    }
}
