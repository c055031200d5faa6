//! Who may change a state file.
//!
//! Two things make a lock. The *lock file* says for people, and for other hosts, who holds it. The *advisory lock* of
//! the operating system on that very file (`flock`) is the truth on one host: the system gives it up when its owner
//! dies, however that happens, so nothing has to be guessed from process ids, which are used again and which differ
//! between containers.
//!
//! There is no instant at which two processes can both believe that they hold the lock:
//! - A lock file appears whole and with its advisory lock already taken: it is prepared under a name of its own and
//!   then linked to its place, which fails when something is there.
//! - Whoever finds a lock file tries to take its advisory lock. If that fails, its owner lives. If it succeeds, and the
//!   file is still the one at that place, its owner is dead; while holding the advisory lock of the dead one, the new
//!   file is moved over it.
//! - Whoever gets the advisory lock of a file that is no longer at that place has got nothing, and looks again.
//!
//! Over a network file system that does not pass advisory locks on to other hosts, they say nothing about another
//! host's process; so a lock file of another host is never taken over.
//!
//! The last sign of life of the owner is the time of the file's last change.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind as Io, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use uuid::Uuid;

use super::files;
use crate::error::{ErrorKind, StoreError};
use crate::lock::LockInfo;

/// How often to look again when the lock changes hands while we look.
const ATTEMPTS: usize = 100;

/// The lock of this process. Closing the file gives the advisory lock back.
#[derive(Debug)]
pub(super) struct HeldLock {
    pub(super) id: Uuid,
    file: File,
}

impl HeldLock {
    /// Whether nobody removed or replaced the lock file.
    pub(super) fn is_intact(&self, path: &Path) -> bool {
        is_at(&self.file, path)
    }

    /// Gives a sign of life.
    pub(super) fn beat(&self, now: Timestamp) -> io::Result<()> {
        self.file.set_modified(now.into())
    }
}

/// Takes the lock, from a dead process of this host if need be; that one is returned as well.
pub(super) fn acquire(path: &Path, info: &LockInfo) -> Result<(HeldLock, Option<LockInfo>), StoreError> {
    let refused = |e: io::Error| not_lockable(path, &e);
    let (candidate, lock) = prepare(path, info).map_err(refused)?;
    for _ in 0..ATTEMPTS {
        match fs::hard_link(&candidate.0, path) {
            Ok(()) => return Ok((lock, None)),
            Err(e) if e.kind() == Io::AlreadyExists => {}
            Err(e) => return Err(refused(e)),
        }
        match inspect(path)? {
            Found::Abandoned { holder, advisory_lock } if holder.host == info.host => {
                fs::rename(&candidate.0, path).map_err(refused)?;
                drop(advisory_lock);
                return Ok((lock, Some(holder)));
            }
            Found::InUse(holder) | Found::Abandoned { holder, .. } => {
                return Err(StoreError::locked(&path.display().to_string(), holder));
            }
            Found::Changed => std::thread::yield_now(),
        }
    }
    Err(refused(io::Error::new(Io::ResourceBusy, "other processes take and release it all the time")))
}

/// Removes the lock file if it says `id`, whoever holds it. (Should two people release the same lock by hand at the
/// same time, the slower one can hit the lock taken in between; its owner then finds [`ErrorKind::LockLost`] at the
/// next write, and nothing is overwritten.)
pub(super) fn release(path: &Path, id: Uuid) -> Result<(), StoreError> {
    let place = path.display().to_string();
    let holder = holder(path)?.ok_or_else(|| StoreError::not_locked(&place))?;
    if holder.id != id {
        return Err(StoreError::lock_mismatch(&place, id, holder));
    }
    files::remove_if_there(path).map_err(|e| files::not_writable(path, "The lock file cannot be removed", &e))
}

/// What the lock file says; the process may be dead.
pub(super) fn holder(path: &Path) -> Result<Option<LockInfo>, StoreError> {
    match File::open(path) {
        Ok(file) => read(path, &file).map(Some),
        Err(e) if e.kind() == Io::NotFound => Ok(None),
        Err(e) => Err(files::not_readable(path, "The lock file cannot be read", &e)),
    }
}

/// What is at the place of the lock file.
enum Found {
    /// Its owner lives.
    InUse(LockInfo),
    /// Its owner is dead, and nobody else can take it over while `advisory_lock` is open.
    Abandoned { holder: LockInfo, advisory_lock: File },
    /// It was removed or replaced while we looked.
    Changed,
}

fn inspect(path: &Path) -> Result<Found, StoreError> {
    // Opened for writing too, because network file systems ask that of an exclusive lock.
    let file = match OpenOptions::new().read(true).write(true).open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == Io::NotFound => return Ok(Found::Changed),
        Err(e) => return Err(files::not_readable(path, "The lock file cannot be read", &e)),
    };
    let in_use = match file.try_lock() {
        Ok(()) => false,
        Err(TryLockError::WouldBlock) => true,
        Err(TryLockError::Error(e)) => return Err(not_lockable(path, &e)),
    };
    let holder = read(path, &file);
    // Asked last: what was read belongs to the place only if the file still stands there now.
    if !is_at(&file, path) {
        return Ok(Found::Changed);
    }
    let holder = holder?;
    Ok(if in_use { Found::InUse(holder) } else { Found::Abandoned { holder, advisory_lock: file } })
}

fn is_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::symlink_metadata(path)) {
        (Ok(open), Ok(there)) => (open.dev(), open.ino()) == (there.dev(), there.ino()),
        _ => false,
    }
}

fn read(path: &Path, file: &File) -> Result<LockInfo, StoreError> {
    let mut bytes = Vec::new();
    // No lock file is that long; whatever else stands there is not read into memory.
    file.take(1 << 16)
        .read_to_end(&mut bytes)
        .map_err(|e| files::not_readable(path, "The lock file cannot be read", &e))?;
    let read = serde_json::from_slice::<LockInfo>(&bytes);
    let read = read.map(|info| LockInfo { heartbeat: changed(file).unwrap_or(info.heartbeat), ..info });
    read.map_err(|_| {
        StoreError::new(
            ErrorKind::LockDamaged,
            path.display().to_string(),
            "The lock file is damaged",
            "It is not the JSON that housewright writes, so it does not say who holds the lock.",
            "When you are sure that no housewright is using this state, remove the file.",
        )
    })
}

fn changed(file: &File) -> Option<Timestamp> {
    file.metadata().and_then(|m| m.modified()).ok().and_then(|t| Timestamp::try_from(t).ok())
}

fn not_lockable(path: &Path, error: &io::Error) -> StoreError {
    files::not_writable(path, "The state cannot be locked", error)
}

/// Writes a lock file under a name of its own and takes its advisory lock.
fn prepare(lock: &Path, info: &LockInfo) -> io::Result<(Candidate, HeldLock)> {
    let path = files::with_ending(lock, &format!(".{}", info.id));
    let mut json = serde_json::to_vec_pretty(info)?;
    json.push(b'\n');
    let file = files::create(&path, &json)?;
    file.set_modified(info.heartbeat.into())?;
    let candidate = Candidate(path);
    file.try_lock()?;
    Ok((candidate, HeldLock { id: info.id, file }))
}

/// The name under which a lock file is prepared; it goes away with this value.
struct Candidate(PathBuf);

impl Drop for Candidate {
    fn drop(&mut self) {
        // Gone already when it was moved; a leftover is in nobody's way.
        let _ = fs::remove_file(&self.0);
    }
}
