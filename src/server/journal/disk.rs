//! The journal on disk: a database of SQLite in a directory of its own.
//!
//! Everything the disk does is done by one thread. A batch is one transaction. What has been committed survives the end of
//! the process, and with [`Durability::Full`] that of the machine.
//!
//! Not here: who may use the directory (`directory`), what is in the database (`database`), and when a batch is stored
//! (`stored`).

use core::time::Duration;
use std::format;
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::string::String;
use std::sync::mpsc::{self, Receiver};
use std::thread::{self, JoinHandle};
use std::vec::Vec;

use rusqlite::{Connection, OpenFlags};
use tracing::{info, warn};

use super::super::OriginKey;
use super::directory::{DataError, Directory};
use super::{Batch, Loaded, Store, database};
use crate::chat::{Limits, Snapshot};

/// What a batch survives once it is stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// The end of the process, however it ends.
    #[default]
    Process,
    /// The end of the machine too: each batch waits for the disk itself.
    Full,
}

/// How events are kept.
#[derive(Clone, Copy, Debug, Default)]
pub struct Keeping {
    /// What they survive once they are stored.
    pub durability: Durability,
    /// How long they are kept when they are no longer needed for the next start. In whole milliseconds.
    pub events_for: Duration,
}

/// The journal's place on a disk.
#[derive(Debug)]
pub struct Disk {
    /// Taken in the end, so that the thread ends.
    work: Option<mpsc::Sender<Work>>,
    thread: Option<JoinHandle<()>>,
    lock: File,
    origins: OriginKey,
}

/// Closes the database, which then needs no log beside it.
impl Drop for Disk {
    fn drop(&mut self) {
        self.work.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What the thread is to do.
enum Work {
    /// Store a batch, and send it back.
    Append(Batch, async_channel::Sender<(Batch, io::Result<()>)>),
    /// Store the state after so many events, and delete these.
    Snapshot(u64, Vec<u8>),
}

impl Disk {
    /// Takes a data directory, which is created if there is none, and reads what it holds. With `repair`, keeps what can
    /// be kept if it has been damaged.
    ///
    /// # Errors
    ///
    /// If the directory cannot be used, or what it holds has been damaged. Nothing has been changed then.
    pub fn open(
        path: &Path,
        limits: &Limits,
        keeping: Keeping,
        repair: bool,
    ) -> Result<(Self, Loaded), DataError> {
        let directory = Directory::take(path)?;
        if repair && fs::metadata(directory.database())?.len() > 0 {
            super::repair::repair(&directory, limits)?;
        }
        let connection =
            Connection::open_with_flags(directory.database(), OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        database::prepare(&connection, keeping.durability)?;
        let loaded = database::load(&connection, limits)?;
        database::begin_run(&connection, loaded.next, limits)?;
        Ok((Self::start(connection, directory, keeping, None)?, loaded))
    }

    /// Takes over a data directory that another server has used, with its lock and up to this event. Changes nothing
    /// before there is something to store.
    ///
    /// # Errors
    ///
    /// If the directory cannot be used, is another one, or does not end with that event.
    #[cfg(unix)]
    pub fn take_over(
        path: &Path,
        limits: &Limits,
        keeping: Keeping,
        lock: File,
        events: u64,
    ) -> Result<Self, DataError> {
        let directory = Directory::take_over(path, lock)?;
        let connection =
            Connection::open_with_flags(directory.database(), OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        database::prepare(&connection, keeping.durability)?;
        if !database::has_limits(&connection, limits)? {
            // What comes cannot be replayed together with what was before, until a snapshot is between them.
            let problem = "the limits are others; a stop and a start change them";
            return Err(DataError::Io(io::Error::other(problem)));
        }
        let stored = database::last_event(&connection)?;
        if stored != events {
            let problem = format!("it ends with event {stored}, not {events}");
            return Err(DataError::Damaged(problem));
        }
        Self::start(connection, directory, keeping, Some((events + 1, limits.clone())))
    }

    /// Starts the thread. With `run`, a run is to begin with that event, under these limits.
    fn start(
        connection: Connection,
        directory: Directory,
        keeping: Keeping,
        run: Option<(u64, Limits)>,
    ) -> Result<Self, DataError> {
        let (lock, origins) = (directory.lock()?, directory.origin_key()?);
        let (work, requests) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("journal".into())
            .spawn(move || run_thread(&connection, &directory, keeping, run, &requests))?;
        Ok(Self { work: Some(work), thread: Some(thread), lock, origins })
    }

    /// The key by which addresses become origins. It stays with the directory, so that they stay the same.
    #[must_use]
    pub fn origin_key(&self) -> OriginKey {
        self.origins.clone()
    }

    /// The lock of the directory, to be handed over.
    ///
    /// # Errors
    ///
    /// If the system fails.
    pub fn lock(&self) -> io::Result<File> {
        self.lock.try_clone()
    }
}

impl Store for Disk {
    async fn append(&mut self, batch: Batch) -> (Batch, io::Result<()>) {
        let (reply, stored) = async_channel::bounded(1);
        let gone = || io::Error::other("the journal's thread has ended");
        let Some(work) = &self.work else { return (batch, Err(gone())) };
        if let Err(mpsc::SendError(Work::Append(batch, _))) = work.send(Work::Append(batch, reply))
        {
            return (batch, Err(gone()));
        }
        match stored.recv().await {
            Ok(answer) => answer,
            Err(_) => (Batch::default(), Err(gone())),
        }
    }

    fn snapshot(&mut self, events: u64, state: Snapshot) {
        let Some(work) = self.work.clone() else { return };
        // A large one takes some 100 ms to encode, for which neither the chat nor the next batch waits.
        let encode = move || drop(work.send(Work::Snapshot(events, state.to_json())));
        if let Err(error) = thread::Builder::new().name("snapshot".into()).spawn(encode) {
            warn!(%error, "no snapshot can be stored");
        }
    }
}

fn run_thread(
    connection: &Connection,
    _directory: &Directory,
    keeping: Keeping,
    mut run: Option<(u64, Limits)>,
    requests: &Receiver<Work>,
) {
    let mut text = String::new();
    for request in requests {
        if let Some((first, limits)) = run.take()
            && let Err(error) = database::begin_run(connection, first, &limits)
        {
            warn!(%error, "the beginning of this run cannot be stored yet");
            run = Some((first, limits));
        }
        match request {
            Work::Append(batch, reply) => {
                let stored = database::append(connection, &batch, &mut text);
                // Whoever asked may have stopped waiting.
                let _ = reply.send_blocking((batch, stored.map_err(io::Error::other)));
            }
            Work::Snapshot(events, json) => {
                match database::store_snapshot(connection, events, &json, keeping.events_for) {
                    Ok(()) => info!(events, bytes = json.len(), "a snapshot is stored"),
                    // The events are still there.
                    Err(error) => warn!(%error, "no snapshot can be stored"),
                }
            }
        }
    }
}
