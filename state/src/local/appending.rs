//! Appending to a journal file: what was appended is on the disk before anybody acts on it.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use uuid::Uuid;

use super::files;
use crate::codec::Codec;
use crate::error::StoreError;
use crate::journal::Entry;

/// A journal file that only grows.
#[derive(Debug)]
pub(super) struct OpenJournal {
    file: File,
    length: u64,
    lock: Uuid,
    entries: u64,
}

impl OpenJournal {
    /// Makes the file with its first line, in the place of an older one.
    pub(super) fn create(path: &Path, header: &str, lock: Uuid) -> Result<Self, StoreError> {
        files::replace(path, header.as_bytes())?;
        let file = OpenOptions::new().append(true).open(path).map_err(|e| refused(path, &e))?;
        Ok(Self { file, length: header.len() as u64, lock, entries: 0 })
    }

    /// Adds an entry. After an error nothing must be added any more: how the file ends is not known.
    pub(super) fn append(&mut self, path: &Path, entry: &Entry, codec: &Codec) -> Result<(), StoreError> {
        let place = path.display().to_string();
        let line = codec.entry_line(&place, self.lock, self.entries + 1, entry)?;
        if let Err(error) = self.write(line.as_bytes()) {
            // A half line is passed over when the journal is read; this only tidies up.
            let _ = self.file.set_len(self.length);
            return Err(refused(path, &error));
        }
        self.length += line.len() as u64;
        self.entries += 1;
        Ok(())
    }

    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        self.file.write_all(line)?;
        self.file.sync_data()
    }
}

fn refused(path: &Path, error: &io::Error) -> StoreError {
    files::not_writable(path, "The journal cannot be written", error)
}
