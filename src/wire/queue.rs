//! The send queue: output that a client has not read yet, in order and bounded.
//!
//! Not here: when the queue is written to the socket, and what happens to a client whose queue is
//! full (`server`).

use alloc::collections::VecDeque;

use memchr::{memchr_iter, memrchr_iter};

use super::View;

/// The queued output for one client.
///
/// Lines are queued whole or not at all, and none is queued after one that was not. So a client
/// receives a prefix, without gaps, of its output. Some space is reserved for [last
/// words](Self::push_last), so that a client that is closed for a full queue can be told why.
///
/// ```
/// use chinwag::wire::SendQueue;
///
/// let mut queue = SendQueue::new(8 + SendQueue::LAST_WORDS);
/// assert_eq!(queue.push(b"hello\r\nyou\r\n"), 7);
/// assert_eq!(queue.push_last(b"bye\r\n"), 5);
/// queue.advance(5);
/// assert_eq!(queue.next(), b"\r\nbye\r\n");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SendQueue {
    limit: usize,
    #[cfg_attr(feature = "serde", serde(with = "super::encoding::bytes"))]
    bytes: VecDeque<u8>,
}

impl SendQueue {
    /// The bytes that are reserved for the last words.
    pub const LAST_WORDS: usize = 64;

    /// The bytes of unused memory that a queue may keep, in addition to a multiple of its length.
    const SLACK: usize = 4096;

    /// An empty queue for at most `limit` bytes. It owns no memory while it is empty.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self { limit, bytes: VecDeque::new() }
    }

    /// Changes the limit. Bytes that are queued already stay, even if they exceed it.
    pub fn allow(&mut self, limit: usize) {
        self.limit = limit;
    }

    /// Queues all lines or, if they do not fit, as many whole lines as do. Returns the number of
    /// bytes queued. If that is not all, nothing but [last words](Self::push_last) may follow.
    #[must_use]
    pub fn push(&mut self, lines: &[u8]) -> usize {
        self.push_within(self.room(), lines)
    }

    /// Queues lines after which no others will come, as many as fit. The [reserved
    /// space](Self::LAST_WORDS) may be used too. Returns the number of bytes queued.
    #[must_use]
    pub fn push_last(&mut self, lines: &[u8]) -> usize {
        self.push_within(self.limit.saturating_sub(self.bytes.len()), lines)
    }

    fn push_within(&mut self, room: usize, lines: &[u8]) -> usize {
        let count = match lines.get(..room) {
            Some(fitting) if room < lines.len() => last_end(fitting, &lines[room..]),
            _ => lines.len(),
        };
        self.bytes.extend(&lines[..count]);
        count
    }

    /// Drops the queued lines, except the rest of the line that is partly sent. Returns the number
    /// of bytes dropped.
    ///
    /// ```
    /// use chinwag::wire::SendQueue;
    ///
    /// let mut queue = SendQueue::new(1000);
    /// assert_eq!(queue.push(b"one\r\ntwo\r\n"), 10);
    /// assert_eq!(queue.cut(), 5);
    /// assert_eq!(queue.next(), b"one\r\n");
    /// ```
    pub fn cut(&mut self) -> usize {
        let bytes = self.bytes.make_contiguous();
        let is_end = |end: &usize| !bytes[*end..].starts_with(View::INDENT.as_bytes());
        let kept = memchr_iter(b'\n', bytes).map(|end| end + 1).find(is_end);
        let kept = kept.unwrap_or(self.bytes.len());
        let dropped = self.bytes.len() - kept;
        self.bytes.truncate(kept);
        self.bytes.shrink_to_fit();
        dropped
    }

    /// The next bytes to write; empty only if the queue is.
    #[must_use]
    pub fn next(&self) -> &[u8] {
        self.bytes.as_slices().0
    }

    /// Removes the first `count` bytes, after they have been written.
    ///
    /// # Panics
    ///
    /// If fewer bytes are queued.
    pub fn advance(&mut self, count: usize) {
        self.bytes.drain(..count);
        if self.bytes.is_empty() {
            self.bytes = VecDeque::new();
        } else if self.bytes.capacity() > 4 * self.bytes.len() + Self::SLACK {
            self.bytes.shrink_to(2 * self.bytes.len());
        }
    }

    /// The number of bytes that still fit, without the space reserved for [last
    /// words](Self::push_last).
    #[must_use]
    pub fn room(&self) -> usize {
        self.limit.saturating_sub(Self::LAST_WORDS).saturating_sub(self.bytes.len())
    }

    /// The number of queued bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether no bytes are queued.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

/// The end of the last whole line in `fitting`, with all rows that the line is broken into. `after`
/// is what follows `fitting`.
fn last_end(fitting: &[u8], after: &[u8]) -> usize {
    let goes_on = |end: usize| {
        let next = fitting[end..].iter().chain(after).take(View::INDENT.len());
        next.eq(View::INDENT.as_bytes())
    };
    memrchr_iter(b'\n', fitting).map(|end| end + 1).find(|end| !goes_on(*end)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    /// A line that is broken into rows is queued and dropped as a whole.
    #[test]
    fn rows_of_a_line_stay_together() {
        let rows = b"one\r\n    two\r\nthree\r\n    four\r\n    five\r\n";
        for (room, taken) in [(41, 41), (40, 14), (31, 14), (21, 14), (14, 14), (13, 0), (5, 0)] {
            let mut queue = SendQueue::new(room + SendQueue::LAST_WORDS);
            assert_eq!(queue.push(rows), taken, "{room}");
        }
        for (written, kept) in [(0, 14), (3, 11), (5, 9), (13, 1), (14, 27), (20, 21), (40, 1)] {
            let mut queue = SendQueue::new(1000);
            assert_eq!(queue.push(rows), 41);
            queue.advance(written);
            queue.cut();
            assert_eq!(queue.len(), kept, "{written}");
        }
    }

    #[test]
    fn bytes_come_out_in_order_however_they_are_taken() {
        for step in 1..12 {
            let mut queue = SendQueue::new(16 + SendQueue::LAST_WORDS);
            let mut taken = Vec::new();
            for round in 0..50_u8 {
                assert_eq!(queue.push(&[round; 3]), 3);
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
    fn a_full_queue_takes_whole_lines_only() {
        let mut queue = SendQueue::new(9 + SendQueue::LAST_WORDS);
        assert_eq!(queue.push(b"a\r\nb\r\nc\r\nd\r\n"), 9);
        assert_eq!(queue.push(b"e\r\n"), 0);
        assert_eq!(queue.next(), b"a\r\nb\r\nc\r\n");
        queue.advance(4);
        assert_eq!(queue.room(), 4);
        assert_eq!(queue.push(b"longer\r\n"), 0);
        assert_eq!(queue.push(b"f\r\ng\r\n"), 3);
        assert_eq!(queue.push(b"!"), 1);
        assert_eq!(queue.push_last(&[b'!'; 65]), 0);
        assert_eq!(queue.push_last(&[b'!'; 64]), 64);
        assert_eq!(queue.len(), 9 + 64);
    }

    #[test]
    fn cutting_keeps_the_rest_of_a_line_and_nothing_else() {
        for (written, kept) in [(0, &b"one\r\n"[..]), (2, b"e\r\n"), (4, b"\n"), (5, b"two\r\n")] {
            let mut queue = SendQueue::new(1000);
            assert_eq!(queue.push(b"one\r\ntwo\r\nthree\r\n"), 17);
            queue.advance(written);
            assert_eq!(queue.cut(), 17 - written - kept.len());
            assert!(queue.bytes.iter().eq(kept), "{queue:?}");
        }
    }

    #[test]
    fn an_empty_queue_owns_no_memory() {
        let mut queue = SendQueue::new(1000);
        assert_eq!(queue.push_last(&[0; 1000]), 1000);
        queue.advance(1000);
        assert_eq!(queue.bytes.capacity(), 0);
    }

    #[test]
    fn unused_memory_beyond_the_slack_is_freed() {
        let mut queue = SendQueue::new(100_000);
        assert_eq!(queue.push_last(&[0; 100_000]), 100_000);
        queue.advance(76_024);
        assert_eq!(queue.bytes.capacity(), 4 * queue.len() + SendQueue::SLACK);
        queue.advance(1);
        assert_eq!(queue.bytes.capacity(), 2 * queue.len());
    }

    #[test]
    fn a_queue_owns_little_more_memory_than_it_needs() {
        let mut queue = SendQueue::new(1 << 20);
        assert_eq!(queue.push_last(&[0; 1 << 20]), 1 << 20);
        while queue.len() > 1 {
            queue.advance(queue.next().len().div_ceil(2));
            let (length, owned) = (queue.len(), queue.bytes.capacity());
            assert!(owned <= 4 * length + SendQueue::SLACK, "{owned} bytes for {length}");
        }
    }
}
