//! Writes log lines to standard error without ever blocking the caller: standard error can be a pipe
//! that nobody reads.
//!
//! Lines are buffered up to a limit. Lines beyond it are dropped and counted, and the count is written
//! in their place.
//!
//! Not here: what is logged, and at which level (`tracing`, where it happens).

use core::time::Duration;
use std::format;
use std::io::{self, Write};

use tracing_subscriber::fmt::MakeWriter;

use super::Limits;
use super::spool::Spool;

/// A buffered log. A clone is another handle on the same log.
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
    /// Starts a thread that writes to `output`.
    ///
    /// # Errors
    ///
    /// If the system cannot start another thread.
    pub fn start(output: impl Write + Send + 'static) -> io::Result<Self> {
        let note = |count| format!("{count} log lines could not be written in time\n");
        Spool::start(Limits::LOG, output, note).map(Self)
    }

    /// Waits until all lines so far are written, for at most `limit`. Returns whether they are.
    #[must_use]
    pub fn drain(&self, limit: Duration) -> bool {
        self.0.drain(limit)
    }
}

/// Each write is taken as one line.
impl Write for Log {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        // A line that does not fit is counted by the spool.
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
    fn a_stalled_output_drops_and_counts_lines_without_blocking() {
        let (output, controls) = Output::new();
        let mut log = Log::start(output).unwrap();
        writeln!(log, "first").unwrap();
        controls.tried.recv().unwrap();
        let long = "x".repeat(Limits::LOG - 1);
        for line in [&long, "lost", "lost"] {
            writeln!(log, "{line}").unwrap();
        }
        drop(log);
        let expected = format!("first\n{long}\n2 log lines could not be written in time\n");
        assert_eq!(controls.finish(), expected);
    }
}
