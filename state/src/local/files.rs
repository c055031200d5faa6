//! Replacing a file so that a crash at any instant leaves the old or the new content, never a mixture.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind as Io, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use crate::error::{ErrorKind, StoreError};

/// Readable and writable by the owner alone.
const MODE: u32 = 0o600;

/// Writes `bytes` beside `path` and moves them there. The name of the temporary file is fixed, so that crashes leave at
/// most one behind; callers exclude each other by the lock.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let temporary = with_ending(path, ".tmp");
    let written = remove_if_there(&temporary).and_then(|()| create(&temporary, bytes)).and_then(|file| {
        drop(file);
        fs::rename(&temporary, path)
    });
    if let Err(error) = written {
        // Nothing depends on this: the next write removes it.
        let _ = fs::remove_file(&temporary);
        return Err(not_writable(path, "The state cannot be written", &error));
    }
    sync_directory(path).map_err(|e| not_durable(path, &e))
}

/// Creates a file that must not exist yet and does not return before its content is on the disk. What was written
/// before a failure is removed.
pub(super) fn create(path: &Path, bytes: &[u8]) -> io::Result<File> {
    let mut file = OpenOptions::new().read(true).write(true).create_new(true).mode(MODE).open(path)?;
    match file.write_all(bytes).and_then(|()| file.sync_all()) {
        Ok(()) => Ok(file),
        Err(error) => {
            // The first error is the one to tell.
            let _ = fs::remove_file(path);
            Err(error)
        }
    }
}

pub(super) fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != Io::NotFound => Err(e),
        _ => Ok(()),
    }
}

/// Removes a file so that it does not come back after a power failure.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    remove_if_there(path).and_then(|()| sync_directory(path))
}

/// Makes a rename in the directory of `path` last.
fn sync_directory(path: &Path) -> io::Result<()> {
    match File::open(directory(path)).and_then(|d| d.sync_all()) {
        // Some file systems cannot do this for directories; they order renames by themselves or not at all.
        Err(e) if matches!(e.kind(), Io::InvalidInput | Io::Unsupported | Io::PermissionDenied) => Ok(()),
        other => other,
    }
}

pub(super) fn directory(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

pub(super) fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    PathBuf::from(name)
}

pub(super) fn not_readable(path: &Path, what: &str, error: &io::Error) -> StoreError {
    let next = match error.kind() {
        Io::PermissionDenied => "Run as a user who may read it, or give this user the permission.",
        _ => "Check the disk and the path, and run again.",
    };
    StoreError::new(ErrorKind::NotReadable, path.display().to_string(), what, format!("{}.", plain(error)), next)
}

pub(super) fn not_writable(path: &Path, what: &str, error: &io::Error) -> StoreError {
    let next = match error.kind() {
        Io::PermissionDenied | Io::ReadOnlyFilesystem => {
            "Give this user the permission to write in its directory, or choose another path for the state."
        }
        Io::StorageFull | Io::QuotaExceeded | Io::FileTooLarge => "Make room on the disk and run again.",
        _ => "Check the disk and the path, and run again.",
    };
    let why = format!("{}. What was stored before is unchanged.", plain(error));
    StoreError::new(ErrorKind::NotWritable, path.display().to_string(), what, why, next)
}

fn not_durable(path: &Path, error: &io::Error) -> StoreError {
    StoreError::new(
        ErrorKind::NotDurable,
        path.display().to_string(),
        "The state was written, but may not survive a power failure",
        format!("Asking the disk to keep the change failed: {}.", plain(error)),
        "Check the disk, and keep a copy of the file on another one.",
    )
}

/// The system's message without "(os error 13)".
fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_owned()
}
