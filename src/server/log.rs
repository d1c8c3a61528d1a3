//! Log lines to standard error that never make anyone wait for it: standard error can be a pipe that
//! nobody reads.
//!
//! Lines go through a bounded queue to a thread that writes them. What finds the queue full, or cannot
//! be written, is dropped and counted, and the count is written as soon as that is possible.
//!
//! Not here: what is logged, and which of it (`tracing`, at the places where it happens).

use core::time::Duration;
use std::borrow::ToOwned;
use std::format;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::vec::Vec;

use tracing_subscriber::fmt::MakeWriter;

use super::Limits;

/// Where log lines are written to. A clone is another handle on the same log.
///
/// ```
/// use std::io::Write;
/// use std::time::Duration;
///
/// use chinwag::server::log::Log;
///
/// let mut log = Log::start(std::io::sink());
/// writeln!(log, "hello")?;
/// assert!(log.drain(Duration::from_secs(10)));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Log {
    queue: SyncSender<Item>,
    dropped: Arc<AtomicU64>,
}

#[derive(Debug)]
enum Item {
    Line(Vec<u8>),
    /// Say when everything before this is written.
    Drain(SyncSender<()>),
}

impl Log {
    /// Starts to write to `output`, in a thread of its own.
    pub fn start(output: impl Write + Send + 'static) -> Self {
        let (queue, waiting) = sync_channel(Limits::LOG_LINES);
        let dropped = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&dropped);
        thread::spawn(move || write_out(&waiting, &counted, output));
        Self { queue, dropped }
    }

    /// Waits until everything so far is written, at most for `limit`. Returns whether it is.
    #[must_use]
    pub fn drain(&self, limit: Duration) -> bool {
        let (drained, wait) = sync_channel(1);
        self.queue.try_send(Item::Drain(drained)).is_ok() && wait.recv_timeout(limit).is_ok()
    }
}

fn write_out(waiting: &Receiver<Item>, dropped: &AtomicU64, mut output: impl Write) {
    for item in waiting {
        match item {
            Item::Line(line) => {
                if output.write_all(&line).is_err() {
                    dropped.fetch_add(1, Ordering::Relaxed);
                }
            }
            Item::Drain(drained) => {
                // A failure has been counted; and whoever asked may have stopped waiting.
                let _ = output.flush();
                let _ = drained.send(());
            }
        }
        let count = dropped.load(Ordering::Relaxed);
        if count > 0 && writeln!(output, "{count} log lines could not be written in time").is_ok() {
            dropped.fetch_sub(count, Ordering::Relaxed);
        }
    }
}

/// Each write is taken as one line.
impl Write for Log {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.queue.try_send(Item::Line(line.to_owned())).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn write_fmt(&mut self, line: core::fmt::Arguments<'_>) -> io::Result<()> {
        self.write_all(format!("{line}").as_bytes())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::string::String;
    use std::sync::mpsc::{Sender, channel};

    use super::*;

    /// Takes nothing until `go` is dropped, then everything.
    struct Stalled {
        started: Sender<()>,
        go: Receiver<()>,
        written: Sender<Vec<u8>>,
    }

    impl Write for Stalled {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.started.send(());
            let _ = self.go.recv();
            let _ = self.written.send(bytes.to_owned());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Refuses whatever is written while `full` holds something.
    struct Disk {
        full: Receiver<()>,
        written: Sender<Vec<u8>>,
    }

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.full.try_recv().is_ok() {
                return Err(io::ErrorKind::StorageFull.into());
            }
            let _ = self.written.send(bytes.to_owned());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn an_output_that_fails_costs_its_lines_and_is_tried_again() {
        let (fill, full) = channel();
        let (written, lines) = channel();
        // Fails for one line, and for the note on it; then for the next line.
        (0..3).for_each(|_| fill.send(()).unwrap());
        let mut log = Log::start(Disk { full, written });
        for number in 0..3 {
            writeln!(log, "{number}").unwrap();
        }
        assert!(log.drain(Duration::from_secs(10)));
        drop(log);
        let written: Vec<u8> = lines.iter().flatten().collect();
        let expected = "2 log lines could not be written in time\n2\n";
        assert_eq!(String::from_utf8(written).unwrap(), expected);
    }

    #[test]
    fn a_stalled_output_costs_lines_but_no_time_and_the_loss_is_counted() {
        let (started, has_started) = channel();
        let (go, wait) = channel();
        let (written, lines) = channel();
        let mut log = Log::start(Stalled { started, go: wait, written });
        writeln!(log, "first").unwrap();
        has_started.recv().unwrap();
        for number in 0..Limits::LOG_LINES + 3 {
            writeln!(log, "{number}").unwrap();
        }
        assert!(!log.drain(Duration::from_secs(10)), "there is no room for it");
        drop((log, go));

        let mut expected = String::from("first\n3 log lines could not be written in time\n");
        expected.extend((0..Limits::LOG_LINES).map(|number| format!("{number}\n")));
        let written: Vec<u8> = lines.iter().flatten().collect();
        assert_eq!(String::from_utf8(written).unwrap(), expected);
    }
}
