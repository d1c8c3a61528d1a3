//! The data directory: it is its owner's alone, holds nothing but chinwag's data, and one server at a time writes to it.
//!
//! Not here: what is in the database (`disk`).

use core::fmt;
use std::format;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::string::{String, ToString};

use super::super::OriginKey;

/// The name of the database in the directory.
const DATABASE: &str = "chinwag.sqlite";
/// The name of the file that is locked by the server that writes to the directory.
const LOCK: &str = "lock";
/// The name of the file with the key by which addresses become origins.
const ORIGINS: &str = "origins.key";

/// What every database of SQLite begins with.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";
/// Where a database of SQLite has its version, as its program counts it, and whose it is.
const USER_VERSION_AT: usize = 60;
const APPLICATION_ID_AT: usize = 68;

/// The `application_id` of chinwag's databases: "chnw".
pub(super) const APPLICATION_ID: i32 = 0x6368_6E77;
/// The version of what is in the database.
pub(super) const VERSION: i32 = 1;

/// Why a data directory cannot be used. It has not been changed.
#[derive(Debug)]
pub enum DataError {
    /// There is something else of that name.
    NotADirectory,
    /// A symbolic link, which could lead anywhere, is in the place of the directory or of a file in it.
    Link(String),
    /// It belongs to another user.
    NotYours,
    /// It holds something that is not chinwag's.
    Foreign(String),
    /// Another server writes to it.
    Locked,
    /// A newer chinwag has written it.
    Newer(i32),
    /// It was written with other limits, these, and what it holds is not within those of now.
    OtherLimits {
        /// The limits then, as in a transcript.
        then: String,
        /// What is not within those of now.
        problem: String,
    },
    /// What is stored has been damaged: where, and what can be kept.
    Damaged(String),
    /// The system refuses.
    Io(io::Error),
    /// The database refuses.
    Database(rusqlite::Error),
}

impl fmt::Display for DataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotADirectory => f.write_str("it is not a directory"),
            Self::Link(name) => {
                write!(f, "{name} is a symbolic link; give the place that it leads to")
            }
            Self::NotYours => f.write_str("it belongs to another user"),
            Self::Foreign(name) => {
                write!(
                    f,
                    "it holds {name}, which is not chinwag's; give a directory that is empty or new"
                )
            }
            Self::Locked => f.write_str("another server is using it"),
            Self::Newer(version) => write!(
                f,
                "a newer chinwag has written it (format {version}; this one knows {VERSION}); use that one"
            ),
            Self::OtherLimits { then, problem } => write!(
                f,
                "it was written with other limits ({then}), and does not fit these: {problem}"
            ),
            Self::Damaged(what) => f.write_str(what),
            Self::Io(error) => error.fmt(f),
            Self::Database(error) => error.fmt(f),
        }
    }
}

impl DataError {
    /// Whether it says that what is stored has been damaged, as opposed to that it cannot be read now.
    pub(super) fn is_damage(&self) -> bool {
        use rusqlite::ErrorCode;
        match self {
            Self::Damaged(_) => true,
            Self::Database(error) => !matches!(
                error.sqlite_error_code(),
                Some(
                    ErrorCode::DatabaseBusy
                        | ErrorCode::DatabaseLocked
                        | ErrorCode::CannotOpen
                        | ErrorCode::OutOfMemory
                        | ErrorCode::SystemIoFailure
                        | ErrorCode::PermissionDenied
                        | ErrorCode::ReadOnly
                        | ErrorCode::DiskFull
                )
            ),
            _ => false,
        }
    }
}

impl core::error::Error for DataError {}

impl From<io::Error> for DataError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<rusqlite::Error> for DataError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

/// A directory that is this process's to write to.
#[derive(Debug)]
pub(super) struct Directory {
    path: PathBuf,
    /// Locked as long as it is open, here or in another process that it has been handed over to.
    lock: File,
}

impl Directory {
    /// Takes a directory, which is created if there is none.
    pub(super) fn take(path: &Path) -> Result<Self, DataError> {
        match check(path) {
            Err(DataError::Io(error)) if error.kind() == ErrorKind::NotFound => create(path)?,
            checked => checked?,
        }
        let lock = open(&path.join(LOCK))?;
        #[cfg(unix)]
        rustix::fs::flock(&lock, rustix::fs::FlockOperation::NonBlockingLockExclusive)
            .map_err(|_| DataError::Locked)?;
        // It may have been made by hand, or copied, for everyone to read.
        #[cfg(unix)]
        fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
        open(&path.join(DATABASE))?;
        Ok(Self { path: path.into(), lock })
    }

    /// Takes a directory over, with the lock that another process has.
    #[cfg(unix)]
    pub(super) fn take_over(path: &Path, lock: File) -> Result<Self, DataError> {
        use std::os::unix::fs::MetadataExt;
        check(path)?;
        let (ours, theirs) = (fs::symlink_metadata(path.join(LOCK))?, lock.metadata()?);
        if (ours.dev(), ours.ino()) != (theirs.dev(), theirs.ino()) {
            return Err(DataError::Locked);
        }
        Ok(Self { path: path.into(), lock })
    }

    /// The lock, to be handed over.
    pub(super) fn lock(&self) -> io::Result<File> {
        self.lock.try_clone()
    }

    /// The key by which addresses become origins. It is made when there is none.
    pub(super) fn origin_key(&self) -> Result<OriginKey, DataError> {
        let mut file = open(&self.path.join(ORIGINS))?;
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        if text.is_empty() {
            let key = OriginKey::random();
            file.write_all(format!("{}\n", key.to_text()).as_bytes())?;
            return Ok(key);
        }
        let damaged =
            || DataError::Damaged(format!("{ORIGINS} is not a key: remove it for a new one"));
        OriginKey::from_text(&text).ok_or_else(damaged)
    }

    /// Creates a file in it, for its owner alone.
    pub(super) fn create(&self, path: &Path) -> Result<(), DataError> {
        open(path).map(drop)
    }

    /// Where the database is.
    pub(super) fn database(&self) -> PathBuf {
        self.path.join(DATABASE)
    }
}

/// Where the database of a directory is that is only read.
pub(super) fn database_of(path: &Path) -> Result<PathBuf, DataError> {
    check(path)?;
    let database = path.join(DATABASE);
    fs::metadata(&database)?;
    Ok(database)
}

/// Checks that a directory may be used, and changes nothing.
fn check(path: &Path) -> Result<(), DataError> {
    let metadata = fs::symlink_metadata(path)?;
    if metadata.is_symlink() {
        return Err(DataError::Link(path.display().to_string()));
    }
    if !metadata.is_dir() {
        return Err(DataError::NotADirectory);
    }
    #[cfg(unix)]
    if std::os::unix::fs::MetadataExt::uid(&metadata) != rustix::process::geteuid().as_raw() {
        return Err(DataError::NotYours);
    }
    let database = path.join(DATABASE);
    let is_ours = match fs::symlink_metadata(&database) {
        Ok(metadata) if metadata.is_symlink() => return Err(DataError::Link(DATABASE.into())),
        Ok(_) => check_database(&database)?,
        Err(error) if error.kind() == ErrorKind::NotFound => false,
        Err(error) => return Err(error.into()),
    };
    // Beside data of ours, somebody may keep what he likes.
    if is_ours {
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        let name = entry?.file_name();
        if name != DATABASE && name != LOCK && name != ORIGINS {
            return Err(DataError::Foreign(name.to_string_lossy().into()));
        }
    }
    Ok(())
}

/// Whether a file is a database of this program, rather than one that is yet to be written.
fn check_database(path: &Path) -> Result<bool, DataError> {
    let mut header = [0; 100];
    let mut file = File::open(path)?;
    match file.read_exact(&mut header) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
            let is_empty = file.metadata()?.len() == 0;
            return if is_empty { Ok(false) } else { Err(DataError::Foreign(DATABASE.into())) };
        }
        read => read?,
    }
    let number = |at: usize| {
        let mut bytes = [0; 4];
        bytes.copy_from_slice(&header[at..at + 4]);
        i32::from_be_bytes(bytes)
    };
    if !header.starts_with(MAGIC) || number(APPLICATION_ID_AT) != APPLICATION_ID {
        return Err(DataError::Foreign(DATABASE.into()));
    }
    match number(USER_VERSION_AT) {
        version if version > VERSION => Err(DataError::Newer(version)),
        _ => Ok(true),
    }
}

fn create(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Opens a file for its owner alone, and creates it if there is none.
fn open(path: &Path) -> Result<File, DataError> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600).custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed());
    }
    let file = options.open(path);
    #[cfg(unix)]
    if let Err(error) = &file
        && error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
    {
        return Err(DataError::Link(path.display().to_string()));
    }
    let file = file?;
    if !file.metadata()?.is_file() {
        return Err(DataError::Foreign(path.display().to_string()));
    }
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(file)
}
