//! The journal: a run of the server as a [transcript](crate::wire::transcript), written as it happens, so
//! that it can be replayed. The chat waits for nothing here.
//!
//! Not here: the grammar, and replaying (`wire::transcript`).

use core::fmt::Write as _;
use core::time::Duration;
use std::borrow::ToOwned;
use std::format;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::string::{String, ToString};
use std::vec::Vec;

use tracing::warn;

use super::super::Limits;
use super::super::spool::Spool;
use crate::chat::{self, Event, Timestamp};
use crate::wire::transcript::{Entry, Transcript};

/// A journal that is being written. A clone is another handle on the same.
///
/// ```
/// use std::time::Duration;
///
/// use chinwag::chat::{ClientId, Event, Limits, Timestamp};
/// use chinwag::server::journal::file::Journal;
///
/// let journal = Journal::start(std::io::sink(), &Limits::default())?;
/// let mut record = journal.recorder();
/// record(Timestamp(1000), &Event::Connect { client: ClientId(1) });
/// assert!(journal.drain(Duration::from_secs(10)));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Journal(Spool);

impl Journal {
    /// Starts a journal in a file, which only its owner may read (on Unix): it holds what people whisper. A file
    /// that holds the journals of earlier runs is continued, after the last of its whole lines.
    ///
    /// # Errors
    ///
    /// If the file holds anything else, or the system refuses. The file is then as it was.
    pub fn open(path: &Path, limits: &chat::Limits) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        if !file.metadata()?.is_file() {
            return Err(io::Error::new(ErrorKind::InvalidInput, "it is not a regular file"));
        }
        // Two servers would write lines of two runs among each other.
        #[cfg(unix)]
        rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive)
            .map_err(|_| io::Error::new(ErrorKind::WouldBlock, "another process writes to it"))?;
        check_beginning(&mut file)?;
        // It may have been made by hand, or copied, for everyone to read.
        #[cfg(unix)]
        file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
        cut_torn_line(&mut file)?;
        Self::start(file, limits)
    }

    /// Starts a journal: writes its header, which waits for the output, and everything else in a thread of
    /// its own.
    ///
    /// What the output does not take in time may wait, up to [`Limits::JOURNAL`]. Beyond that, events are
    /// left out. The journal says so in their place, and the log at once.
    ///
    /// # Errors
    ///
    /// If the header cannot be written.
    pub fn start(
        mut output: impl Write + Send + 'static,
        limits: &chat::Limits,
    ) -> io::Result<Self> {
        let program = Some(env!("CARGO_PKG_VERSION").to_owned());
        let header = Transcript { program, limits: limits.clone(), ..Transcript::default() };
        output.write_all(header.to_string().as_bytes())?;
        let note = |events| format!("{}\n", Entry::Gap(events));
        let failed = |error: &io::Error| warn!(%error, "the journal cannot be written for now");
        Spool::start(Limits::JOURNAL, output, note, failed).map(Self)
    }

    /// What to tell every event of the run, in order: the `journal` of [`serve`](super::serve). A run has
    /// one.
    pub fn recorder(&self) -> impl FnMut(Timestamp, &Event) + use<> {
        let spool = self.0.clone();
        // What a reader takes for the time, if there is no gap.
        let mut now = None;
        let mut lines = String::new();
        move |at, event| {
            lines.clear();
            // Writing to a String cannot fail.
            if now != Some(at) {
                let _ = writeln!(lines, "{}", Entry::At(at));
            }
            let _ = writeln!(lines, "{}", Entry::Event(event.clone()));
            let is_written = spool.push(lines.as_bytes());
            if !is_written && now.is_some() {
                warn!("the journal cannot keep up: events are left out of it");
            }
            now = is_written.then_some(at);
        }
    }

    /// Waits until everything so far is written, at most for `limit`. Returns whether it is.
    #[must_use]
    pub fn drain(&self, limit: Duration) -> bool {
        self.0.drain(limit)
    }
}

/// Fails unless a file is empty or begins as a journal does, which may be torn.
fn check_beginning(file: &mut File) -> io::Result<()> {
    let expected = format!("{}\n", Transcript::FIRST_LINE);
    let mut beginning = Vec::new();
    Read::take(&mut *file, expected.len() as u64).read_to_end(&mut beginning)?;
    if expected.as_bytes().starts_with(&beginning)
        && (beginning.len() == expected.len() || file.metadata()?.len() == beginning.len() as u64)
    {
        return Ok(());
    }
    Err(io::Error::new(ErrorKind::InvalidData, "there is such a file, and it is not a journal"))
}

/// Cuts off what follows the last line end: a process that is killed may have written a part of a line, which
/// would spoil the next run.
fn cut_torn_line(file: &mut File) -> io::Result<()> {
    let mut block = [0; 4096];
    let mut end = file.metadata()?.len();
    while end > 0 {
        let start = end.saturating_sub(block.len() as u64);
        let length = usize::try_from(end - start).unwrap_or(block.len());
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(&mut block[..length])?;
        if let Some(last) = block[..length].iter().rposition(|byte| *byte == b'\n') {
            end = start + last as u64 + 1;
            break;
        }
        end = start;
    }
    file.set_len(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::ClientId;
    use crate::server::spool::tests::Output;

    const ANN: ClientId = ClientId(1);

    fn said(line: &str) -> Event {
        Event::Line { client: ANN, line: line.into() }
    }

    fn header() -> String {
        format!("chinwag transcript 1\nprogram {}\n", env!("CARGO_PKG_VERSION"))
    }

    #[test]
    fn a_journal_is_a_transcript() {
        let (output, hands) = Output::new();
        let limits = chat::Limits { line: 300, ..chat::Limits::default() };
        hands.answers.send(Some(header().len() + "limits line 300\n".len())).unwrap();
        let journal = Journal::start(output, &limits).unwrap();
        let mut record = journal.recorder();
        record(Timestamp(7), &Event::Connect { client: ANN });
        record(Timestamp(7), &said(" a \u{1B}[31m line "));
        record(Timestamp(8), &Event::Shutdown);
        drop((journal, record));
        let lines = "at 7\n1 connects\n1 >  a \\u{1B}[31m line\\u{20}\nat 8\nshutdown\n";
        assert_eq!(hands.finish(), header() + "limits line 300\n" + lines);
    }

    /// After a gap, the time is given anew: it may be what is missing.
    #[test]
    fn a_stalled_output_costs_events_and_the_journal_says_so_in_their_place() {
        let (output, hands) = Output::new();
        hands.answers.send(Some(header().len())).unwrap();
        let journal = Journal::start(output, &chat::Limits::default()).unwrap();
        let mut record = journal.recorder();
        hands.tried.recv().unwrap();
        record(Timestamp(7), &said("first"));
        hands.tried.recv().unwrap();
        let long = "x".repeat(Limits::JOURNAL - "1 > \n".len());
        for line in [&long, "lost", "lost"] {
            record(Timestamp(7), &said(line));
        }
        hands.answers.send(Some("at 7\n1 > first\n".len())).unwrap();
        hands.tried.recv().unwrap();
        record(Timestamp(7), &said("last"));
        drop((journal, record));
        let gap = "# 2 events could not be written in time\n";
        let expected = format!("at 7\n1 > first\n1 > {long}\n{gap}at 7\n1 > last\n");
        assert_eq!(hands.finish(), header() + &expected);
    }

    /// A disk that is full for a while costs nothing.
    #[test]
    fn an_output_that_fails_is_tried_again() {
        let (output, hands) = Output::new();
        for answer in [Some(header().len()), Some(10), None] {
            hands.answers.send(answer).unwrap();
        }
        let journal = Journal::start(output, &chat::Limits::default()).unwrap();
        let mut record = journal.recorder();
        record(Timestamp(7), &said("first"));
        (0..3).for_each(|_| hands.tried.recv().unwrap());
        record(Timestamp(8), &said("second"));
        drop((journal, record));
        let expected = "at 7\n1 > first\nat 8\n1 > second\n";
        assert_eq!(hands.finish(), header() + expected);
    }

    #[test]
    fn a_header_that_cannot_be_written_is_an_error() {
        let (output, hands) = Output::new();
        hands.answers.send(None).unwrap();
        let error = Journal::start(output, &chat::Limits::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::StorageFull);
    }
}
