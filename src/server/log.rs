//! Log lines to standard error that never make anyone wait for it: standard error can be a pipe that
//! nobody reads.
//!
//! What does not fit into what may wait is dropped and counted, and the count is written in its place.
//!
//! Not here: what is logged, and which of it (`tracing`, at the places where it happens).

use core::time::Duration;
use std::format;
use std::io::{self, Write};

use tracing_subscriber::fmt::MakeWriter;

use super::Limits;
use super::spool::Spool;

/// Where log lines are written to. A clone is another handle on the same log.
///
/// ```
/// use std::io::Write;
/// use std::time::Duration;
///
/// use chinwag::server::log::Log;
///
/// let mut log = Log::start(std::io::sink())?;
/// writeln!(log, "hello")?;
/// assert!(log.drain(Duration::from_secs(10)));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Log(Spool);

impl Log {
    /// Starts to write to `output`, in a thread of its own.
    ///
    /// # Errors
    ///
    /// If the system has no room for another thread.
    pub fn start(output: impl Write + Send + 'static) -> io::Result<Self> {
        let note = |count| format!("{count} log lines could not be written in time\n");
        // There is nobody to tell that the log fails.
        Spool::start(Limits::LOG, output, note, |_| {}).map(Self)
    }

    /// Waits until everything so far is written, at most for `limit`. Returns whether it is.
    #[must_use]
    pub fn drain(&self, limit: Duration) -> bool {
        self.0.drain(limit)
    }
}

/// Each write is taken as one line.
impl Write for Log {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        // If it finds no room, that is counted.
        let _ = self.0.push(line);
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
    use super::*;
    use crate::server::spool::tests::Output;

    #[test]
    fn a_stalled_output_costs_lines_but_no_time_and_the_loss_is_counted() {
        let (output, hands) = Output::new();
        let mut log = Log::start(output).unwrap();
        writeln!(log, "first").unwrap();
        hands.tried.recv().unwrap();
        let long = "x".repeat(Limits::LOG - 1);
        for line in [&long, "lost", "lost"] {
            writeln!(log, "{line}").unwrap();
        }
        drop(log);
        let expected = format!("first\n{long}\n2 log lines could not be written in time\n");
        assert_eq!(hands.finish(), expected);
    }
}
