//! A state in a file of this machine: `housewright.state.json` with `.backup` (the previous version), `.journal` and
//! `.lock`.
//!
//! Owns paths and the order of steps; `files` replaces files so that a crash leaves the old or the new content,
//! `appending` adds to the journal, and `locking` decides who may. The calls block: they touch small files on a local disk.
//!
//! A state file that is a symbolic link is followed, and lock and backup stand beside the real file: however it is
//! reached, there is one lock.

// The one module of this crate that touches the file system.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

mod appending;
mod files;
mod locking;

use std::fs;
use std::io::ErrorKind as Io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;

use crate::codec::Codec;
use crate::error::{ErrorKind, StoreError};
use crate::journal::{Entry, Header, Journal};
use crate::lock::{Lock, LockInfo};
use crate::model::{Revision, State};
use crate::store::{Past, Store, Write, check_begin, check_write};
use appending::OpenJournal;
use locking::HeldLock;

/// One client of a state file. When it is dropped while it holds the lock, the lock counts as left behind.
#[derive(Debug)]
pub struct LocalStore {
    path: PathBuf,
    codec: Codec,
    held: Mutex<Option<HeldLock>>,
    /// The journal that was begun under the held lock.
    journal: Mutex<Option<OpenJournal>>,
}

/// What stands in a file of somebody else's; `None` where there is none.
pub(crate) fn bytes(path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(e) if e.kind() == Io::NotFound => Ok(None),
        Err(e) => Err(files::not_readable(path, "The state cannot be read", &e)),
    }
}

impl LocalStore {
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), codec: Codec::default(), held: Mutex::new(None), journal: Mutex::new(None) }
    }

    /// Writes and reads with this codec.
    #[must_use]
    pub fn with_codec(self, codec: Codec) -> Self {
        Self { codec, ..self }
    }

    fn held(&self) -> MutexGuard<'_, Option<HeldLock>> {
        // A panic while it was held cannot have left it half changed: every change is one assignment.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn opened(&self) -> MutexGuard<'_, Option<OpenJournal>> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where everything is, if this client still holds the lock it took.
    fn locked(&self) -> Result<StateFiles, StoreError> {
        let files = StateFiles::resolve(&self.path)?;
        let held = self.held();
        let lock = held.as_ref().ok_or_else(|| StoreError::not_locked(&self.place()))?;
        if lock.is_intact(&files.lock) { Ok(files) } else { Err(StoreError::lock_lost(&self.place())) }
    }

    fn load_journal(&self, files: &StateFiles) -> Result<Option<Journal>, StoreError> {
        let place = files.journal.display().to_string();
        match fs::read(&files.journal) {
            Ok(bytes) => self.codec.decode_journal(&place, &bytes, &files.without_journal()).map(Some),
            Err(e) if e.kind() == Io::NotFound => Ok(None),
            Err(e) => Err(files::not_readable(&files.journal, "The journal cannot be read", &e)),
        }
    }

    fn load(&self, files: &StateFiles) -> Result<Option<State>, StoreError> {
        let place = files.state.display().to_string();
        match fs::read(&files.state) {
            Ok(bytes) => self.codec.decode(&place, bytes, &files.restore()).map(Some),
            Err(e) if e.kind() == Io::NotFound && files.backup.exists() => Err(files.only_backup()),
            Err(e) if e.kind() == Io::NotFound => Ok(None),
            Err(e) => Err(files::not_readable(&files.state, "The state cannot be read", &e)),
        }
    }

    /// The state before the last write.
    fn backup(&self, files: &StateFiles) -> Result<Option<State>, StoreError> {
        match fs::read(&files.backup) {
            Ok(bytes) => {
                let place = files.backup.display().to_string();
                self.codec.decode(&place, bytes, "Restore it from a copy, or remove it.").map(Some)
            }
            Err(e) if e.kind() == Io::NotFound => Ok(None),
            Err(e) => Err(files::not_readable(&files.backup, "The previous state cannot be read", &e)),
        }
    }

    /// Only under the lock.
    fn store(&self, files: &StateFiles, state: &State, expected: Option<Revision>) -> Result<(), StoreError> {
        let place = files.state.display().to_string();
        let stored = self.load(files)?;
        if check_write(&place, stored.as_ref(), state, expected)? == Write::AlreadyStored {
            return Ok(());
        }
        let bytes = self.codec.encode(&place, state)?;
        if let Some(stored) = stored {
            // Written anew rather than copied: what was stored may be plain, or sealed with a former key.
            files::replace(&files.backup, &self.codec.encode(&place, &stored)?)?;
        }
        files::replace(&files.state, &bytes)
    }
}

/// The real paths, after symbolic links.
struct StateFiles {
    state: PathBuf,
    backup: PathBuf,
    journal: PathBuf,
    lock: PathBuf,
}

impl StateFiles {
    fn resolve(path: &Path) -> Result<Self, StoreError> {
        let state = match fs::symlink_metadata(path) {
            Ok(found) if found.is_symlink() => fs::canonicalize(path).map_err(|e| broken_link(path, &e))?,
            Ok(_) => path.to_owned(),
            Err(e) if e.kind() == Io::NotFound => in_existing_directory(path)?,
            Err(e) => return Err(files::not_readable(path, "The state cannot be read", &e)),
        };
        if fs::metadata(&state).is_ok_and(|found| !found.is_file()) {
            return Err(not_a_file(&state));
        }
        Ok(Self {
            backup: files::with_ending(&state, ".backup"),
            journal: files::with_ending(&state, ".journal"),
            lock: files::with_ending(&state, ".lock"),
            state,
        })
    }

    /// A file that somebody made read-only could be replaced all the same; but that is not what they want.
    fn check_writable(&self) -> Result<(), StoreError> {
        if !fs::metadata(&self.state).is_ok_and(|found| found.permissions().readonly()) {
            return Ok(());
        }
        Err(StoreError::new(
            ErrorKind::NotWritable,
            self.state.display().to_string(),
            "The state file is read-only",
            "Somebody made it so. Nothing was changed.",
            format!("If it may be changed again: chmod u+w {}", self.state.display()),
        ))
    }

    fn restore(&self) -> String {
        let Self { state, backup, .. } = self;
        if backup.exists() {
            format!(
                "The version before the last write is in {}: look at it, and copy it over {}.",
                backup.display(),
                state.display()
            )
        } else {
            format!("Restore {} from a copy; there is no {} yet.", state.display(), backup.display())
        }
    }

    fn without_journal(&self) -> String {
        format!(
            "Restore {} from a copy. Without one, move it away and run `plan`: compare what it shows with what really \
             exists before you apply.",
            self.journal.display()
        )
    }

    fn only_backup(&self) -> StoreError {
        let Self { state, backup, .. } = self;
        StoreError::new(
            ErrorKind::Missing,
            state.display().to_string(),
            "The state file is gone",
            format!(
                "Only its previous version is there, {}. Without the state, everything would be created a second time.",
                backup.display()
            ),
            format!(
                "Copy {} to {}; or, to start with nothing remembered on purpose, remove the backup as well.",
                backup.display(),
                state.display()
            ),
        )
    }
}

/// Where a state file may come to stand: a directory that is missing is rather a mistake or an unmounted disk than a
/// wish, and "no state yet" would create everything a second time.
fn in_existing_directory(path: &Path) -> Result<PathBuf, StoreError> {
    if files::directory(path).is_dir() && path.file_name().is_some() {
        return Ok(path.to_owned());
    }
    Err(StoreError::new(
        ErrorKind::Missing,
        path.display().to_string(),
        "The directory of the state file does not exist",
        format!("{} is not there or not a directory.", files::directory(path).display()),
        "Create it, mount its disk, or correct the path of the state.",
    ))
}

fn broken_link(path: &Path, error: &std::io::Error) -> StoreError {
    StoreError::new(
        ErrorKind::Missing,
        path.display().to_string(),
        "The state file is a symbolic link that leads nowhere",
        format!("Following it failed: {error}. The state it leads to may be on a disk that is not mounted."),
        "Restore what it leads to; or remove the link, to start with nothing remembered.",
    )
}

fn not_a_file(path: &Path) -> StoreError {
    StoreError::new(
        ErrorKind::NotAFile,
        path.display().to_string(),
        "The path of the state is not that of a file",
        "A directory or a device stands there.",
        "Correct the path of the state so that it names a file.",
    )
}

#[async_trait]
impl Store for LocalStore {
    fn place(&self) -> String {
        self.path.display().to_string()
    }

    async fn read(&self) -> Result<Option<State>, StoreError> {
        let files = StateFiles::resolve(&self.path)?;
        self.load(&files)
    }

    async fn write(&self, state: &State, expected: Option<Revision>) -> Result<(), StoreError> {
        let files = self.locked()?;
        self.store(&files, state, expected)
    }

    async fn journal(&self) -> Result<Option<Journal>, StoreError> {
        self.load_journal(&StateFiles::resolve(&self.path)?)
    }

    async fn begin(&self, header: &Header) -> Result<(), StoreError> {
        let files = self.locked()?;
        let (stored, found) = (self.load(&files)?, self.load_journal(&files)?);
        check_begin(&self.place(), stored.as_ref(), found.as_ref(), header)?;
        *self.opened() = Some(OpenJournal::create(&files.journal, &self.codec.header_line(header), header.lock)?);
        Ok(())
    }

    async fn append(&self, entry: &Entry) -> Result<(), StoreError> {
        let files = self.locked()?;
        let mut opened = self.opened();
        let journal = opened.as_mut().ok_or_else(|| StoreError::journal_closed(&self.place()))?;
        let appended = journal.append(&files.journal, entry, &self.codec);
        if appended.is_err() {
            *opened = None;
        }
        appended
    }

    async fn end(&self) -> Result<(), StoreError> {
        let files = self.locked()?;
        *self.opened() = None;
        files::remove(&files.journal)
            .map_err(|e| files::not_writable(&files.journal, "The journal cannot be removed", &e))
    }

    async fn lock(&self, info: LockInfo) -> Result<Lock, StoreError> {
        let files = StateFiles::resolve(&self.path)?;
        files.check_writable()?;
        let mut held = self.held();
        let (lock, taken_over) = locking::acquire(&files.lock, &info)?;
        *held = Some(lock);
        *self.opened() = None;
        Ok(Lock { info, taken_over })
    }

    async fn unlock(&self, id: Uuid) -> Result<(), StoreError> {
        let files = StateFiles::resolve(&self.path)?;
        let mut held = self.held();
        if held.as_ref().is_some_and(|lock| lock.id == id && !lock.is_intact(&files.lock)) {
            *held = None;
            return Err(StoreError::lock_lost(&self.place()));
        }
        locking::release(&files.lock, id)?;
        held.take_if(|lock| lock.id == id);
        Ok(())
    }

    async fn lock_info(&self) -> Result<Option<LockInfo>, StoreError> {
        locking::holder(&StateFiles::resolve(&self.path)?.lock)
    }

    async fn beat(&self, now: Timestamp) -> Result<(), StoreError> {
        let files = self.locked()?;
        match self.held().as_ref() {
            Some(lock) => lock.beat(now).map_err(|e| files::not_writable(&files.lock, "The lock cannot be kept", &e)),
            None => Err(StoreError::not_locked(&self.place())),
        }
    }

    /// Of the states before, only the last one is kept.
    async fn history(&self) -> Result<Vec<Past>, StoreError> {
        let files = StateFiles::resolve(&self.path)?;
        Ok(self.backup(&files)?.map(|state| Past { serial: state.serial, at: None }).into_iter().collect())
    }

    async fn version(&self, serial: u64) -> Result<State, StoreError> {
        let files = StateFiles::resolve(&self.path)?;
        let kept = [self.load(&files)?, self.backup(&files)?];
        let found = kept.into_iter().flatten().find(|s| s.serial == serial);
        found.ok_or_else(|| StoreError::not_kept(&self.place(), serial))
    }
}

#[cfg(test)]
mod tests;
