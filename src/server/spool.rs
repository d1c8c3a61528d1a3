//! Buffers lines for an output that may be slow, full or broken, such as a pipe, and never blocks the
//! caller.
//!
//! A thread writes the buffered lines, all that have accumulated at once. Lines that exceed the limit
//! of the buffer are dropped, and a note with their number takes their place. Lines that cannot be
//! written are tried again whenever more arrive. Failures are not reported, as the log has nowhere to
//! report them.
//!
//! Not here: what is written (`log`).

use core::mem;
use core::time::Duration;
use std::collections::VecDeque;
use std::io::{self, ErrorKind, Write};
use std::string::String;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::vec::Vec;

use super::Limits;

/// A handle on the buffer. A clone is another handle on the same buffer.
#[derive(Clone, Debug)]
pub(super) struct Spool {
    waiting: Arc<Mutex<Waiting>>,
    /// Contains an item while the thread has yet to look at the buffer.
    wake: SyncSender<()>,
    limit: usize,
}

#[derive(Debug, Default)]
struct Waiting {
    /// The buffered lines, in blocks: adding lines never moves those before them.
    blocks: VecDeque<Vec<u8>>,
    /// The number of bytes in all blocks.
    bytes: usize,
    /// The number of items dropped after the blocks.
    missing: u64,
    /// Notified when everything in the buffer is written.
    drains: Vec<SyncSender<()>>,
}

impl Spool {
    /// Starts a thread that writes to `output`. It ends when all handles are dropped. The buffer holds
    /// at most `limit` bytes, and the thread may hold as many more while it writes them.
    ///
    /// `note` returns the line that is written in place of this many dropped items.
    ///
    /// # Errors
    ///
    /// If the system cannot start another thread.
    pub(super) fn start(
        limit: usize,
        output: impl Write + Send + 'static,
        note: impl Fn(u64) -> String + Send + 'static,
    ) -> io::Result<Self> {
        let (wake, woken) = sync_channel(1);
        let waiting = Arc::new(Mutex::new(Waiting::default()));
        let spool = Self { waiting: Arc::clone(&waiting), wake, limit };
        let write = move || write_out(&woken, &waiting, output, note);
        thread::Builder::new().name("spool".into()).spawn(write)?;
        Ok(spool)
    }

    /// Buffers one item, which may be several lines, or drops it as a whole. Returns whether it is
    /// buffered. Once an item has been dropped, all further ones are, until the thread has taken the
    /// buffer.
    pub(super) fn push(&self, lines: &[u8]) -> bool {
        let mut waiting = lock(&self.waiting);
        let is_room = waiting.missing == 0 && waiting.bytes + lines.len() <= self.limit;
        if is_room {
            waiting.bytes += lines.len();
            append(&mut waiting.blocks, lines);
        } else {
            waiting.missing += 1;
        }
        drop(waiting);
        self.wake();
        is_room
    }

    /// Waits until everything so far is written, with the notes on dropped items, for at most `limit`.
    /// Returns whether it is. Gives up as soon as the output fails.
    pub(super) fn drain(&self, limit: Duration) -> bool {
        let (drained, wait) = sync_channel(1);
        lock(&self.waiting).drains.push(drained);
        self.wake();
        wait.recv_timeout(limit).is_ok()
    }

    fn wake(&self) {
        // If the channel is full, the thread has yet to look at the buffer and will see this too.
        let _ = self.wake.try_send(());
    }
}

fn append(blocks: &mut VecDeque<Vec<u8>>, lines: &[u8]) {
    match blocks.back_mut() {
        Some(block) if block.capacity() - block.len() >= lines.len() => {
            block.extend_from_slice(lines);
        }
        _ => {
            let mut block = Vec::with_capacity(Limits::SPOOL_BLOCK.max(lines.len()));
            block.extend_from_slice(lines);
            blocks.push_back(block);
        }
    }
}

fn lock(waiting: &Mutex<Waiting>) -> MutexGuard<'_, Waiting> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

fn write_out(
    woken: &Receiver<()>,
    waiting: &Mutex<Waiting>,
    mut output: impl Write,
    note: impl Fn(u64) -> String,
) {
    let mut text = VecDeque::new();
    for () in woken {
        let mut drains = Vec::new();
        // First the bytes that the output has refused before, then all that have accumulated.
        let written = write(&mut text, &mut output).and_then(|()| {
            let taken = mem::take(&mut *lock(waiting));
            (text, drains) = (taken.blocks, taken.drains);
            if taken.missing > 0 {
                text.push_back(note(taken.missing).into_bytes());
            }
            write(&mut text, &mut output)
        });
        if written.is_err() {
            // Dropping these ends all calls of `drain`: the output may stay broken.
            drains.clear();
            lock(waiting).drains.clear();
        }
        for drained in drains {
            // The caller may have stopped waiting.
            let _ = drained.send(());
        }
        pause();
    }
}

/// Lets more lines accumulate, to write them at once: waking the thread for each line would cost the
/// caller more than everything else it does here.
#[expect(
    clippy::disallowed_methods,
    reason = "this thread serves only the spool, and nothing waits for it"
)]
fn pause() {
    thread::sleep(Limits::SPOOL_PAUSE);
}

/// Writes as much of the text as the output takes, and removes it from the text.
fn write(text: &mut VecDeque<Vec<u8>>, output: &mut impl Write) -> io::Result<()> {
    while let Some(block) = text.front_mut() {
        let mut written = 0;
        let result = loop {
            if written == block.len() {
                break Ok(());
            }
            match output.write(&block[written..]) {
                Ok(0) => break Err(ErrorKind::WriteZero.into()),
                Ok(count) => written += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => break Err(error),
            }
        };
        if result.is_err() {
            block.drain(..written);
            return result;
        }
        text.pop_front();
    }
    output.flush()
}

#[cfg(test)]
pub(super) mod tests {
    use std::borrow::ToOwned;
    use std::format;
    use std::sync::mpsc::{Sender, channel};

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(10);

    /// An output that a test controls.
    pub(crate) struct Output {
        tried: Sender<()>,
        answers: Receiver<Option<usize>>,
        written: Sender<Vec<u8>>,
    }

    /// The controls of an [`Output`].
    pub(crate) struct Controls {
        /// Receives an item for each attempt to write.
        pub(crate) tried: Receiver<()>,
        /// The results of the attempts: the number of bytes written, or `None` for an error. Once it
        /// is dropped, all bytes are written.
        answers: Sender<Option<usize>>,
        /// Receives the written bytes.
        written: Receiver<Vec<u8>>,
    }

    impl Output {
        pub(crate) fn new() -> (Self, Controls) {
            let (tried, has_tried) = channel();
            let (answer, answers) = channel();
            let (written, was_written) = channel();
            let controls = Controls { tried: has_tried, answers: answer, written: was_written };
            (Self { tried, answers, written }, controls)
        }
    }

    impl Controls {
        /// Lets everything be written, and waits until the output is dropped. Returns all written bytes.
        pub(crate) fn finish(self) -> String {
            drop(self.answers);
            String::from_utf8(self.written.iter().flatten().collect()).unwrap()
        }
    }

    impl Write for Output {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.tried.send(());
            let Some(count) = self.answers.recv().unwrap_or(Some(bytes.len())) else {
                return Err(ErrorKind::StorageFull.into());
            };
            let _ = self.written.send(bytes[..count].to_owned());
            Ok(count)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// A spool for 10 bytes, and the controls of its output.
    fn start() -> (Spool, Controls) {
        let (output, controls) = Output::new();
        let note = |count| format!("{count} missing\n");
        (Spool::start(10, output, note).unwrap(), controls)
    }

    #[test]
    fn dropped_items_are_counted_where_they_are_missing() {
        let (spool, controls) = start();
        assert!(spool.push(b"first\n"));
        controls.tried.recv().unwrap();
        assert!(spool.push(b"1234\n"));
        assert!(!spool.push(b"56789\n"), "it does not fit");
        assert!(!spool.push(b"6\n"), "it fits, but would follow a dropped item");
        controls.answers.send(Some(6)).unwrap();
        // The thread has taken the buffer, so there is room again.
        controls.tried.recv().unwrap();
        assert!(spool.push(b"7\n"));
        assert!(!spool.drain(Duration::ZERO), "the output is stalled");
        drop(spool);
        assert_eq!(controls.finish(), "first\n1234\n2 missing\n7\n");
    }

    #[test]
    fn items_dropped_at_the_end_are_counted_too() {
        let (spool, controls) = start();
        assert!(!spool.push(b"1234567890\n"));
        drop(spool);
        assert_eq!(controls.finish(), "1 missing\n");
    }

    #[test]
    fn refused_bytes_are_tried_again_with_the_next() {
        let (spool, controls) = start();
        assert!(spool.push(b"first\n"));
        controls.answers.send(Some(2)).unwrap();
        controls.answers.send(None).unwrap();
        controls.tried.recv().unwrap();
        controls.tried.recv().unwrap();
        // This causes another attempt, and returns when one has failed.
        controls.answers.send(None).unwrap();
        assert!(!spool.drain(PATIENCE));
        controls.tried.recv().unwrap();
        controls.answers.send(Some(4)).unwrap();
        controls.answers.send(Some(7)).unwrap();
        assert!(spool.push(b"second\n"));
        // The last failure may end the first call, but not the second.
        assert!((0..2).any(|_| spool.drain(PATIENCE)), "it is written");
        drop(spool);
        assert_eq!(controls.finish(), "first\nsecond\n");
    }

    #[test]
    fn drained_items_are_written() {
        let (spool, controls) = start();
        controls.answers.send(Some(6)).unwrap();
        assert!(spool.push(b"first\n"));
        assert!(spool.drain(PATIENCE));
        assert_eq!(controls.written.try_recv(), Ok(b"first\n".to_vec()));
    }
}
