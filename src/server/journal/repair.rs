//! Damaged data: what of it can be kept, and a start with that.
//!
//! Not here: how damage is found (`database`).

use core::time::Duration;
use std::fs;
use std::path::Path;
use std::string::{String, ToString};
use std::vec::Vec;
use std::{format, vec};

use rusqlite::{Connection, OpenFlags};
use tracing::warn;

use super::database::{self, Salvaged};
use super::directory::{DataError, Directory, database_of};
use super::{Durability, Loaded};
use crate::chat::Limits;

/// What of a data directory is whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// What is damaged, and where; nothing if the directory is whole.
    pub damage: Vec<String>,
    /// The number of the last event of which the state can be kept.
    pub kept: u64,
    /// The number of the last event that there is, as far as that can be told.
    pub last: u64,
}

/// Reads all of a data directory. A server may be using it.
///
/// # Errors
///
/// If it is no data directory, or cannot be read.
pub fn check(path: &Path) -> Result<Report, DataError> {
    let (report, _) = examine(&database_of(path)?, &Limits::default())?;
    Ok(report)
}

/// If the data is damaged, makes a new database of what can be kept, and puts the old one aside.
pub(super) fn repair(directory: &Directory, limits: &Limits) -> Result<(), DataError> {
    let database = directory.database();
    let (report, loaded) = examine(&database, limits)?;
    if report.damage.is_empty() {
        return Ok(());
    }
    report.damage.iter().for_each(|what| warn!("{what}"));
    let next_to = |suffix: &str| {
        let mut path = database.clone().into_os_string();
        path.push(suffix);
        path
    };
    let new = next_to(".new");
    if fs::exists(&new)? {
        fs::remove_file(&new)?;
    }
    directory.create(Path::new(&new))?;
    let connection = Connection::open(&new)?;
    database::prepare(&connection, Durability::Full)?;
    let json = loaded.chat.snapshot().to_json();
    database::store_snapshot(&connection, loaded.next - 1, &json, Duration::ZERO)?;
    connection.close().map_err(|(_, error)| error)?;
    let is_free =
        |number: &u32| !fs::exists(next_to(&format!(".damaged-{number}"))).unwrap_or(true);
    let number = (1..).find(is_free).unwrap_or_default();
    // First the database: if this is interrupted, no start takes what is left for all there is.
    for part in ["", "-wal", "-shm"] {
        if fs::exists(next_to(part))? {
            fs::rename(next_to(part), next_to(&format!(".damaged-{number}{part}")))?;
        }
    }
    fs::rename(new, &database)?;
    let (kept, last, aside) = (report.kept, report.last, next_to(&format!(".damaged-{number}")));
    warn!(kept, last, ?aside, "the data directory is repaired, and what was there is put aside");
    Ok(())
}

fn examine(database: &Path, limits: &Limits) -> Result<(Report, Loaded), DataError> {
    let connection = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    // A server may be writing meanwhile.
    let begun = connection.execute_batch("BEGIN").map_err(DataError::from);
    let pages = begun.and_then(|()| pages(&connection));
    let mut damage = match pages {
        Ok(problems) => problems,
        Err(error) if error.is_damage() => vec![error.to_string()],
        Err(error) => return Err(error),
    };
    let Salvaged { loaded, damage: found } = database::salvage(&connection, limits);
    for error in found {
        // What could not be read may be whole.
        if !error.is_damage() {
            return Err(error);
        }
        damage.push(error.to_string());
    }
    let kept = loaded.next - 1;
    let last = database::last_event(&connection).unwrap_or(kept).max(kept);
    Ok((Report { damage, kept, last }, loaded))
}

/// What SQLite finds damaged in how the data is stored.
fn pages(connection: &Connection) -> Result<Vec<String>, DataError> {
    let mut problems = Vec::new();
    connection.pragma_query(None, "quick_check", |row| {
        let problem: String = row.get(0)?;
        if problem != "ok" {
            problems.push(format!("the database is damaged: {problem}"));
        }
        Ok(())
    })?;
    Ok(problems)
}
