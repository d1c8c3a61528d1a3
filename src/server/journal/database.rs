//! The database of a data directory.
//!
//! | table | a row is |
//! | --- | --- |
//! | `runs` | a start of the server: the number of its first event, the program's version, its limits |
//! | `events` | a batch: the numbers of its first and last event, and the events as lines of a transcript |
//! | `snapshots` | the state after so many events, as JSON; the events up to there are deleted, if they are not to be kept |
//!
//! Not here: the thread that writes it (`disk`), and where it is (`directory`).

use core::fmt::Write as _;
use core::time::Duration;
use std::borrow::ToOwned;
use std::format;
use std::io;
use std::path::Path;
use std::string::{String, ToString};
use std::vec::Vec;

use rusqlite::{Connection, OpenFlags, OptionalExtension};

use super::directory::{APPLICATION_ID, DataError, VERSION, database_of};
use super::{Batch, Durability};
use crate::chat::{Chat, Event, Limits, Outbox, Snapshot, Timestamp};
use crate::wire::transcript::{Entry, Transcript};

/// What a directory holds.
#[derive(Debug)]
pub struct Loaded {
    /// The state after the last event.
    pub chat: Chat,
    /// The number of the next event, which is the first if it is 1.
    pub next: u64,
}

/// Stores a snapshot, and deletes the snapshots before it and the events that it contains, unless they are to be kept: those
/// after the newest snapshot that is old enough.
pub(super) fn store_snapshot(
    connection: &Connection,
    events: u64,
    json: &[u8],
    keep: Duration,
) -> Result<(), DataError> {
    let text = str::from_utf8(json).map_err(io::Error::other)?;
    let number = number(events)?;
    let transaction = connection.unchecked_transaction()?;
    transaction.execute(
        "INSERT OR REPLACE INTO snapshots (events, at, state, crc32)
         VALUES (?1, (SELECT coalesce(max(at), 0) FROM events), ?2, ?3)",
        (number, text, crc32fast::hash(json)),
    )?;
    let keep = i64::try_from(keep.as_millis()).unwrap_or(i64::MAX);
    let oldest: Option<i64> = match keep {
        0 => Some(number),
        _ => transaction.query_row(
            "SELECT max(events) FROM snapshots
             WHERE at <= (SELECT coalesce(max(at), 0) FROM events) - ?1",
            [keep],
            |row| row.get(0),
        )?,
    };
    transaction.execute("DELETE FROM snapshots WHERE events < ?1", [oldest])?;
    transaction.execute("DELETE FROM events WHERE last <= ?1", [oldest])?;
    transaction.commit()?;
    // What was deleted is not to stay in the log either.
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(())
}

/// Stores a batch, in a transaction of its own.
pub(super) fn append(
    connection: &Connection,
    batch: &Batch,
    text: &mut String,
) -> Result<(), DataError> {
    text.clear();
    let mut now = None;
    for (at, event) in &batch.events {
        // Writing to a String cannot fail.
        if now.replace(*at) != Some(*at) {
            let _ = writeln!(text, "{}", Entry::At(*at));
        }
        let _ = writeln!(text, "{}", Entry::Event(event.clone()));
    }
    let last = number(batch.first + batch.events.len() as u64 - 1)?;
    let first = number(batch.first)?;
    let at = number(now.unwrap_or_default().0)?;
    connection
        .prepare_cached(
            "INSERT INTO events (first, last, at, text, crc32) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute((first, last, at, &*text, crc32fast::hash(text.as_bytes())))?;
    Ok(())
}

fn number(number: u64) -> Result<i64, DataError> {
    i64::try_from(number).map_err(|_| DataError::Damaged(format!("there is no event {number}")))
}

/// Makes the tables of a new database, and sets how it is written.
pub(super) fn prepare(connection: &Connection, durability: Durability) -> Result<(), DataError> {
    let version: i32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version == 0 {
        // Not in WAL mode yet, so that the file says whose it is as soon as it has anything.
        connection.execute_batch(&format!(
            "BEGIN;
             PRAGMA application_id = {APPLICATION_ID};
             PRAGMA user_version = {VERSION};
             CREATE TABLE runs (first INTEGER PRIMARY KEY, program TEXT, limits TEXT) STRICT;
             CREATE TABLE events
                 (first INTEGER PRIMARY KEY, last INTEGER, at INTEGER, text TEXT, crc32 INTEGER) STRICT;
             CREATE TABLE snapshots
                 (events INTEGER PRIMARY KEY, at INTEGER, state TEXT, crc32 INTEGER) STRICT;
             COMMIT;"
        ))?;
    }
    let synchronous = match durability {
        Durability::Process => "NORMAL",
        Durability::Full => "FULL",
    };
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", synchronous)?;
    // What is deleted is really gone.
    connection.pragma_update(None, "secure_delete", "ON")?;
    Ok(())
}

/// The number of the last event that has been stored; 0 if there is none.
pub(super) fn last_event(connection: &Connection) -> Result<u64, DataError> {
    let query = "SELECT max(coalesce((SELECT max(last) FROM events), 0),
                            coalesce((SELECT max(events) FROM snapshots), 0))";
    let last: i64 = connection.query_row(query, [], |row| row.get(0))?;
    Ok(u64::try_from(last).unwrap_or(0))
}

/// Whether the last run had these limits.
pub(super) fn has_limits(connection: &Connection, limits: &Limits) -> Result<bool, DataError> {
    Ok(last_limits(connection)?.is_some_and(|then| then == limits_line(limits)))
}

/// Stores the limits and the version with which a run begins.
pub(super) fn begin_run(
    connection: &Connection,
    first: u64,
    limits: &Limits,
) -> Result<(), DataError> {
    connection.execute(
        "INSERT OR REPLACE INTO runs (first, program, limits) VALUES (?1, ?2, ?3)",
        (number(first)?, env!("CARGO_PKG_VERSION"), limits_line(limits)),
    )?;
    Ok(())
}

/// Reads the events, checks them, and applies them.
pub(super) fn load(connection: &Connection, limits: &Limits) -> Result<Loaded, DataError> {
    let Salvaged { loaded, damage } = salvage(connection, limits);
    if let Some(damage) = damage.into_iter().next() {
        return Err(damage);
    }
    if loaded.chat.limits() == limits {
        return Ok(loaded);
    }
    change_limits(connection, loaded, limits)
}

/// What can be kept of a database.
#[derive(Debug)]
pub(super) struct Salvaged {
    /// The state after the last event that can be read.
    pub(super) loaded: Loaded,
    /// What is damaged, in the order in which it was found.
    pub(super) damage: Vec<DataError>,
}

/// Reads the newest whole snapshot, and the events after it as far as they are whole.
pub(super) fn salvage(connection: &Connection, limits: &Limits) -> Salvaged {
    let mut damage = Vec::new();
    let limits_then = limits_of_last_run(connection, limits).unwrap_or_else(|error| {
        damage.push(error);
        limits.clone()
    });
    let mut loaded = Loaded { chat: Chat::new(limits_then), next: 1 };
    let mut before = i64::MAX;
    loop {
        let newest = format!("SELECT max(events) FROM snapshots WHERE events < {before}");
        let restored = match stored_snapshot(connection, &newest) {
            Ok(None) => break,
            Ok(Some((events, json))) => Snapshot::from_json(json.as_bytes())
                .and_then(Chat::restore)
                .map(|chat| Loaded { chat, next: events + 1 })
                .map_err(|error| damaged_snapshot(&error)),
            Err(error) => Err(error),
        };
        match restored {
            Ok(restored) => {
                loaded = restored;
                break;
            }
            Err(error) => damage.push(error),
        }
        // If not even its number can be read, there is no other.
        let number = connection.query_row(&newest, [], |row| row.get::<_, Option<i64>>(0));
        let Ok(Some(number)) = number else { break };
        before = number;
    }
    let mut outbox = Outbox::new();
    let Loaded { chat, next } = &mut loaded;
    let read = for_each_event(connection, next, |at, event| {
        chat.handle(at, event, &mut outbox);
        outbox.clear();
    });
    damage.extend(read.err());
    Salvaged { loaded, damage }
}

/// The limits of the last run; `limits` if there was none.
fn limits_of_last_run(connection: &Connection, limits: &Limits) -> Result<Limits, DataError> {
    match last_limits(connection)? {
        Some(line) if !line.is_empty() => {
            let text = format!("{}\nlimits {line}\n", Transcript::FIRST_LINE);
            let run = Transcript::parse(&text).map_err(|error| {
                DataError::Damaged(format!("the limits of the last run are damaged: {error}"))
            })?;
            Ok(run.limits)
        }
        Some(_) => Ok(Limits::default()),
        None => Ok(limits.clone()),
    }
}

/// A snapshot as it is stored: how many events it contains, and the state as JSON.
type StoredSnapshot = Option<(u64, String)>;

/// The snapshot that a query selects, if there is one.
fn stored_snapshot(connection: &Connection, which: &str) -> Result<StoredSnapshot, DataError> {
    let query = format!("SELECT events, state, crc32 FROM snapshots WHERE events = ({which})");
    let stored: Option<(i64, String, u32)> = connection
        .query_row(&query, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((events, json, crc)) = stored else { return Ok(None) };
    if crc != crc32fast::hash(json.as_bytes()) {
        return Err(damaged_snapshot(&"it is not what was written"));
    }
    let events = u64::try_from(events).map_err(|_| damaged_snapshot(&"its number is negative"))?;
    Ok(Some((events, json)))
}

fn damaged_snapshot(what: &dyn core::fmt::Display) -> DataError {
    DataError::Damaged(format!("the snapshot is damaged: {what}"))
}

/// Calls this with each event from number `next` on, which counts them.
fn for_each_event(
    connection: &Connection,
    next: &mut u64,
    mut each: impl FnMut(Timestamp, Event),
) -> Result<(), DataError> {
    let mut rows =
        connection.prepare("SELECT first, text, crc32, last FROM events ORDER BY first")?;
    let mut rows = rows.query([])?;
    while let Some(row) = rows.next()? {
        let (first, text, crc): (i64, String, u32) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let last: i64 = row.get(3)?;
        // A snapshot can be of the middle of a batch.
        let first = u64::try_from(first).unwrap_or(0);
        if first > *next {
            return Err(DataError::Damaged(format!(
                "event {next} is missing, before event {first}"
            )));
        }
        let damaged = |what: &str| {
            DataError::Damaged(format!("the events from number {first} on are damaged: {what}"))
        };
        if crc != crc32fast::hash(text.as_bytes()) {
            return Err(damaged("they are not what was written"));
        }
        let text = format!("{}\n{text}", Transcript::FIRST_LINE);
        let batch = Transcript::parse(&text).map_err(|error| damaged(&error.to_string()))?;
        let (mut now, mut number) = (Timestamp::default(), first);
        for entry in batch.entries {
            match entry {
                Entry::At(at) => now = at,
                Entry::Event(event) => {
                    if number == *next {
                        each(now, event);
                        *next += 1;
                    }
                    number += 1;
                }
                _ => return Err(damaged("there is something else among them")),
            }
        }
        if u64::try_from(last).ok() != number.checked_sub(1) {
            return Err(damaged("the last of them has another number"));
        }
    }
    Ok(())
}

/// The limits of the last run, as a transcript has them, if there was one.
fn last_limits(connection: &Connection) -> Result<Option<String>, DataError> {
    let query = "SELECT limits FROM runs ORDER BY first DESC LIMIT 1";
    Ok(connection.query_row(query, [], |row| row.get(0)).optional()?)
}

/// Gives what was written with other limits these, if it is within them, and stores that.
fn change_limits(
    connection: &Connection,
    loaded: Loaded,
    limits: &Limits,
) -> Result<Loaded, DataError> {
    let Loaded { mut chat, next } = loaded;
    let then = limits_line(chat.limits());
    // Nobody is connected: what clients had need not be within them.
    chat.handle(Timestamp::default(), Event::Restart, &mut Outbox::new());
    let snapshot = chat.snapshot().with_limits(limits.clone());
    let json = snapshot.to_json();
    let chat = Chat::restore(snapshot).map_err(|error| DataError::OtherLimits {
        then: if then.is_empty() { "the defaults".to_owned() } else { then },
        problem: error.to_string(),
    })?;
    // What was before cannot be replayed together with what comes.
    store_snapshot(connection, next - 1, &json, Duration::ZERO)?;
    Ok(Loaded { chat, next })
}

/// The limits that differ from the defaults, as a transcript has them.
fn limits_line(limits: &Limits) -> String {
    let run = Transcript { limits: limits.clone(), ..Transcript::default() };
    let text = run.to_string();
    let line = text.lines().find_map(|line| line.strip_prefix("limits "));
    line.unwrap_or_default().to_owned()
}

/// The events that a directory holds from number `first` on, as a transcript, for a server that may be running. If older
/// ones are not kept, from the oldest on.
///
/// # Errors
///
/// If the directory cannot be read, or has been damaged.
pub fn read(path: &Path, first: u64) -> Result<String, DataError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let connection = Connection::open_with_flags(database_of(path)?, flags)?;
    let limits = last_limits(&connection)?;
    let mut text = format!("{}\n", Transcript::FIRST_LINE);
    if let Some(limits) = limits.filter(|limits| !limits.is_empty()) {
        let _ = writeln!(text, "limits {limits}");
    }
    // The newest state before it; or else the oldest, unless all events are there.
    let before = number(first)?;
    let oldest =
        "SELECT min(events) FROM snapshots WHERE NOT EXISTS (SELECT * FROM events WHERE first = 1)";
    let newest = format!("SELECT max(events) FROM snapshots WHERE events < {before}");
    let base = format!("SELECT coalesce(({newest}), ({oldest}))");
    let mut next = 1;
    if let Some((events, json)) = stored_snapshot(&connection, &base)? {
        next = events + 1;
        let _ = writeln!(text, "state {json}");
    }
    let skipped = first.saturating_sub(next);
    let mut now = Timestamp::default();
    for_each_event(&connection, &mut next, |at, event| {
        if at != now {
            now = at;
            let _ = writeln!(text, "{}", Entry::At(at));
        }
        let _ = writeln!(text, "{}", Entry::Event(event));
    })?;
    if skipped == 0 {
        return Ok(text);
    }
    let transcript = Transcript::parse(&text)
        .map_err(|error| DataError::Damaged(format!("what is stored is no run: {error}")))?;
    Ok(transcript.after(skipped).to_string())
}
