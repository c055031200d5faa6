//! The sandbox's files: a snapshot of the world and a journal of the requests since. Alone in the sandbox in touching
//! the file system.
//!
//! A request is in the journal before it takes effect, with its secrets replaced, so a process that is killed loses
//! nothing that was answered. The journal is not forced to the disk for each request: a power cut may lose the newest.
//! One process at a time has a directory open.

#![allow(clippy::disallowed_methods, reason = "this module owns the sandbox's files")]

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::world::World;

/// Version of both files.
const FORMAT: u32 = 1;
const SNAPSHOT: &str = "world.json";
const JOURNAL: &str = "journal.jsonl";
const LOCK: &str = "lock";

/// Why the sandbox's files cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The operating system refused.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Another process has the directory open.
    #[error("the sandbox in {} is open in another process; end that one, or use another directory", path.display())]
    InUse {
        /// The directory.
        path: PathBuf,
        /// Where that process serves it, if it does.
        served_at: Option<String>,
    },
    /// A file holds something else than expected.
    #[error(
        "{} cannot be read: {reason}. Nothing was changed; move the directory away to start with an empty sandbox",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

/// One request of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Place in the order of all requests, from 1 on.
    pub position: u64,
    /// Virtual time.
    pub at: Timestamp,
    /// Key id of the caller, if its credentials were right.
    pub caller: Option<String>,
    /// Upper-case method.
    pub method: String,
    /// Path with query.
    pub target: String,
    /// Body without secrets.
    pub body: String,
    /// Seconds until the next request is taken, when this one was one too many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<u64>,
}

#[derive(Serialize)]
struct SnapshotOut<'a> {
    format: u32,
    position: u64,
    world: &'a World,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SnapshotIn {
    #[serde(rename = "format")]
    _format: u32,
    position: u64,
    world: World,
}

/// What can be told of a snapshot of any format.
#[derive(Deserialize)]
struct SnapshotHeader {
    format: u32,
}

/// What a directory holds.
#[derive(Debug)]
pub struct Stored {
    /// The world of the snapshot; none in a new directory.
    pub world: Option<World>,
    /// Position of the last request the snapshot knows.
    pub position: u64,
    /// Requests since, in order.
    pub entries: Vec<Entry>,
}

/// An open directory.
#[derive(Debug)]
pub struct Store {
    directory: PathBuf,
    journal: File,
    /// Held for its lock, which ends with the process. Says where the sandbox is served.
    lock: File,
}

/// A directory that others are kept out of.
#[derive(Debug)]
pub struct Held {
    directory: PathBuf,
    /// Held for its lock, which ends with the process.
    lock: File,
}

impl Held {
    /// Keeps others out of a directory, which is made if it is not there.
    ///
    /// # Errors
    /// When the directory cannot be used, or is in use.
    pub fn take(directory: &Path) -> Result<Self, StoreError> {
        fs::create_dir_all(directory).map_err(|source| io_error("create directory", directory, source))?;
        Ok(Self { directory: directory.to_owned(), lock: lock(directory)? })
    }
}

impl Store {
    /// Reads what a directory holds.
    ///
    /// # Errors
    /// When it holds damaged files.
    pub fn open(Held { directory, lock }: Held) -> Result<(Self, Stored), StoreError> {
        let (world, position) = read_snapshot(&directory.join(SNAPSHOT))?;
        let path = directory.join(JOURNAL);
        let mut journal = OpenOptions::new()
            .create(true)
            .read(true)
            .append(true)
            .open(&path)
            .map_err(|source| io_error("open", &path, source))?;
        let mut entries = read_journal(&mut journal, &path)?;
        entries.retain(|entry| entry.position > position);
        let store = Self { directory, journal, lock };
        Ok((store, Stored { world, position, entries }))
    }

    /// Lets others who want to open the directory know where it is served.
    ///
    /// # Errors
    /// When it could not be written.
    pub fn announce(&mut self, url: &str) -> Result<(), StoreError> {
        let path = self.directory.join(LOCK);
        let written = self.lock.set_len(0).and_then(|()| self.lock.write_all(url.as_bytes()));
        written.map_err(|source| io_error("write", &path, source))
    }

    /// Writes a request down.
    ///
    /// # Errors
    /// When it could not be written; then it must not take effect.
    pub fn append(&mut self, entry: &Entry) -> Result<(), StoreError> {
        let path = self.directory.join(JOURNAL);
        let damaged = |error: serde_json::Error| StoreError::Damaged { path: path.clone(), reason: error.to_string() };
        let mut line = serde_json::to_vec(entry).map_err(damaged)?;
        line.push(b'\n');
        self.journal.write_all(&line).map_err(|source| io_error("write", &path, source))
    }

    /// Replaces the snapshot in one step and empties the journal.
    ///
    /// # Errors
    /// When it could not be written; the former snapshot and the journal are then still there.
    pub fn snapshot(&mut self, world: &World, position: u64) -> Result<(), StoreError> {
        let path = self.directory.join(SNAPSHOT);
        let temporary = self.directory.join(format!("{SNAPSHOT}.new"));
        let snapshot = SnapshotOut { format: FORMAT, position, world };
        write_durably(&temporary, &snapshot).map_err(|source| io_error("write", &temporary, source))?;
        fs::rename(&temporary, &path).map_err(|source| io_error("replace", &path, source))?;
        sync_directory(&self.directory).map_err(|source| io_error("write", &self.directory, source))?;
        // Entries that stay behind are older than the snapshot and are passed over when it is read.
        self.journal.set_len(0).map_err(|source| io_error("empty", &self.directory.join(JOURNAL), source))
    }
}

fn lock(directory: &Path) -> Result<File, StoreError> {
    let path = directory.join(LOCK);
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|source| io_error("open", &path, source))?;
    match file.try_lock() {
        // Who had it before may have served it.
        Ok(()) => file.set_len(0).map(|()| file).map_err(|source| io_error("write", &path, source)),
        Err(TryLockError::WouldBlock) => {
            let url = fs::read_to_string(&path).ok().filter(|url| url.starts_with("http://"));
            Err(StoreError::InUse { path: directory.to_owned(), served_at: url })
        }
        Err(TryLockError::Error(source)) => Err(io_error("lock", &path, source)),
    }
}

fn read_snapshot(path: &Path) -> Result<(Option<World>, u64), StoreError> {
    let damaged = |reason: String| StoreError::Damaged { path: path.to_owned(), reason };
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((None, 0)),
        Err(source) => return Err(io_error("read", path, source)),
    };
    let header: SnapshotHeader = serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
    if header.format != FORMAT {
        return Err(damaged(format!("it has format {}, this program knows format {FORMAT}", header.format)));
    }
    let snapshot: SnapshotIn = serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
    Ok((Some(snapshot.world), snapshot.position))
}

/// Reads the journal. A last line without its end was being written when the process died: its request was never
/// answered, and the line is cut off.
fn read_journal(journal: &mut File, path: &Path) -> Result<Vec<Entry>, StoreError> {
    let mut bytes = Vec::new();
    journal.read_to_end(&mut bytes).map_err(|source| io_error("read", path, source))?;
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    if whole < bytes.len() {
        bytes.truncate(whole);
        journal.set_len(whole as u64).map_err(|source| io_error("shorten", path, source))?;
    }
    let damaged = |line: usize, error: serde_json::Error| StoreError::Damaged {
        path: path.to_owned(),
        reason: format!("line {}: {error}", line + 1),
    };
    let lines = bytes.split(|byte| *byte == b'\n').enumerate().filter(|(_, line)| !line.is_empty());
    lines.map(|(index, line)| serde_json::from_slice(line).map_err(|error| damaged(index, error))).collect()
}

fn write_durably(path: &Path, snapshot: &SnapshotOut<'_>) -> io::Result<()> {
    let mut file = io::BufWriter::with_capacity(1 << 16, File::create(path)?);
    serde_json::to_writer(&mut file, snapshot)?;
    file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
}

#[cfg(unix)]
fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

#[cfg(not(unix))]
fn sync_directory(_directory: &Path) -> io::Result<()> {
    Ok(())
}

fn io_error(action: &'static str, path: &Path, source: io::Error) -> StoreError {
    StoreError::Io { action, path: path.to_owned(), source }
}
