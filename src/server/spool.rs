//! Lines on their way to a file or a pipe that may be slow, full or broken: who writes them never waits.
//!
//! They wait in memory, up to a bound, for a thread that writes them, all that have come at once. What
//! finds no room is left out, and a note of how much that is takes its place. What cannot be written is
//! tried again whenever more comes.
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

/// Where lines are handed in. A clone is another handle on the same spool.
#[derive(Clone, Debug)]
pub(super) struct Spool {
    waiting: Arc<Mutex<Waiting>>,
    /// Holds something as long as the thread has to look at what waits.
    wake: SyncSender<()>,
    limit: usize,
}

#[derive(Debug, Default)]
struct Waiting {
    /// In blocks, so that to take one thing never moves those before it.
    blocks: VecDeque<Vec<u8>>,
    /// Bytes in all of them.
    bytes: usize,
    /// How many things were left out after that.
    missing: u64,
    /// Who is to be told when all this is written.
    drains: Vec<SyncSender<()>>,
}

impl Spool {
    /// Starts to write to `output`, in a thread of its own, which ends when all handles are dropped. At
    /// most `limit` bytes wait, and as many may be on their way to the output.
    ///
    /// `note` makes a line of how many things are missing at a place, and `failed` is told why the
    /// output does not take what there is, once until it does.
    ///
    /// # Errors
    ///
    /// If the system has no room for another thread.
    pub(super) fn start(
        limit: usize,
        output: impl Write + Send + 'static,
        note: impl Fn(u64) -> String + Send + 'static,
        failed: impl Fn(&io::Error) + Send + 'static,
    ) -> io::Result<Self> {
        let (wake, woken) = sync_channel(1);
        let waiting = Arc::new(Mutex::new(Waiting::default()));
        let spool = Self { waiting: Arc::clone(&waiting), wake, limit };
        let write = move || write_out(&woken, &waiting, output, note, failed);
        thread::Builder::new().name("spool".into()).spawn(write)?;
        Ok(spool)
    }

    /// Takes one thing, which may be several lines, whole or not at all. Returns whether it has. Once
    /// there was no room for one, there is none until its place is reached.
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

    /// Waits until everything so far is written, notes on what is missing too, at most for `limit`.
    /// Returns whether it is.
    pub(super) fn drain(&self, limit: Duration) -> bool {
        let (drained, wait) = sync_channel(1);
        lock(&self.waiting).drains.push(drained);
        self.wake();
        wait.recv_timeout(limit).is_ok()
    }

    fn wake(&self) {
        // If it is full, the thread has yet to look, and will see this too.
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
    failed: impl Fn(&io::Error),
) {
    let mut text = VecDeque::new();
    let mut has_failed = false;
    for () in woken {
        let mut drains = Vec::new();
        // First what it refused before, then all that has come.
        let written = write(&mut text, &mut output).and_then(|()| {
            let taken = mem::take(&mut *lock(waiting));
            (text, drains) = (taken.blocks, taken.drains);
            if taken.missing > 0 {
                text.push_back(note(taken.missing).into_bytes());
            }
            write(&mut text, &mut output)
        });
        if let Err(error) = &written {
            // Who waits for the end of this learns that it will not come soon.
            drains.clear();
            lock(waiting).drains.clear();
            if !has_failed {
                failed(error);
            }
        }
        has_failed = written.is_err();
        for drained in drains {
            // Who asked may have stopped waiting.
            let _ = drained.send(());
        }
        pause();
    }
}

/// Lets more come, so that it is written at once: to be woken for each line would cost whoever hands it
/// in more than the rest of it.
#[expect(
    clippy::disallowed_methods,
    reason = "this is a thread of its own, and nobody waits for it"
)]
fn pause() {
    thread::sleep(Limits::SPOOL_PAUSE);
}

/// Writes what it can of a text, and leaves the rest.
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
    use std::sync::mpsc::{Sender, TryRecvError, channel};

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(10);

    /// An output in the hands of a test.
    pub(crate) struct Output {
        tried: Sender<()>,
        answers: Receiver<Option<usize>>,
        written: Sender<Vec<u8>>,
    }

    /// The hands.
    pub(crate) struct Hands {
        /// Hears of each attempt to write.
        pub(crate) tried: Receiver<()>,
        /// Says what becomes of it: so many bytes are taken, or none. Dropped, it lets all be taken.
        pub(crate) answers: Sender<Option<usize>>,
        /// What was taken.
        written: Receiver<Vec<u8>>,
    }

    impl Output {
        pub(crate) fn new() -> (Self, Hands) {
            let (tried, has_tried) = channel();
            let (answer, answers) = channel();
            let (written, was_written) = channel();
            let hands = Hands { tried: has_tried, answers: answer, written: was_written };
            (Self { tried, answers, written }, hands)
        }
    }

    impl Hands {
        /// Lets all be taken, and waits until the output is dropped. Returns all that it took.
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

    /// A spool for 10 bytes, the hands of its output, and its failures.
    fn start() -> (Spool, Hands, Receiver<ErrorKind>) {
        let (output, hands) = Output::new();
        let (fail, failures) = channel();
        let note = |count| format!("{count} missing\n");
        let failed = move |error: &io::Error| fail.send(error.kind()).unwrap();
        (Spool::start(10, output, note, failed).unwrap(), hands, failures)
    }

    #[test]
    fn what_a_stalled_output_has_no_room_for_is_counted_in_its_place() {
        let (spool, hands, _failures) = start();
        assert!(spool.push(b"first\n"));
        hands.tried.recv().unwrap();
        assert!(spool.push(b"1234\n"));
        assert!(!spool.push(b"56789\n"), "there is no room for it");
        assert!(!spool.push(b"6\n"), "there would be, but it comes later");
        hands.answers.send(Some(6)).unwrap();
        // It has taken what waits, so there is room again.
        hands.tried.recv().unwrap();
        assert!(spool.push(b"7\n"));
        assert!(!spool.drain(Duration::ZERO), "it is stalled");
        drop(spool);
        assert_eq!(hands.finish(), "first\n1234\n2 missing\n7\n");
    }

    #[test]
    fn what_is_missing_in_the_end_is_counted_too() {
        let (spool, hands, _failures) = start();
        assert!(!spool.push(b"1234567890\n"));
        drop(spool);
        assert_eq!(hands.finish(), "1 missing\n");
    }

    #[test]
    fn what_an_output_refuses_is_tried_again_with_the_next() {
        let (spool, hands, failures) = start();
        assert!(spool.push(b"first\n"));
        hands.answers.send(Some(2)).unwrap();
        hands.answers.send(None).unwrap();
        assert_eq!(failures.recv(), Ok(ErrorKind::StorageFull));
        // This tries once more, and does not wait until it works.
        hands.answers.send(None).unwrap();
        assert!(!spool.drain(PATIENCE));
        assert!(spool.push(b"second\n"));
        drop(spool);
        assert_eq!(hands.finish(), "first\nsecond\n");
    }

    #[test]
    fn a_failure_is_told_once_until_it_is_over() {
        let (spool, hands, failures) = start();
        let fail = || {
            hands.answers.send(None).unwrap();
            assert!(spool.push(b"1\n"));
            assert_eq!(failures.recv(), Ok(ErrorKind::StorageFull));
        };
        let retry = |answer: Option<usize>| {
            hands.answers.send(answer).unwrap();
            spool.drain(PATIENCE)
        };
        fail();
        assert!(!retry(None));
        assert_eq!(failures.try_recv(), Err(TryRecvError::Empty));
        assert!(retry(Some(2)));
        fail();
    }

    #[test]
    fn what_is_drained_is_written() {
        let (spool, hands, _failures) = start();
        hands.answers.send(Some(6)).unwrap();
        assert!(spool.push(b"first\n"));
        assert!(spool.drain(PATIENCE));
        assert_eq!(hands.written.try_recv(), Ok(b"first\n".to_vec()));
    }
}
