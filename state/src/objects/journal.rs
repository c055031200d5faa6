//! The journal's object: a line that says under which lock it was last claimed and which segments come first, then the
//! journal's last lines.

use object_store::UpdateVersion;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::bucket::{Bucket, Found, Put};
use super::{ATTEMPTS, SEGMENT};
use crate::codec::Codec;
use crate::error::{ErrorKind, StoreError};
use crate::journal::{Entry, Header, Journal};

/// Where journals are kept.
pub(super) struct Shelf<'s> {
    pub bucket: &'s Bucket,
    pub codec: &'s Codec,
}

/// The first line of the object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Index {
    /// The lock under which the object was last written.
    lock: Uuid,
    /// The endings of the objects that hold the beginning of the journal.
    segments: Vec<String>,
}

/// A journal that is being written.
#[derive(Debug)]
pub(super) struct Noting {
    header: Header,
    index: Index,
    /// The lines that are in no segment.
    text: String,
    entries: u64,
    version: UpdateVersion,
}

impl Shelf<'_> {
    fn place(&self) -> String {
        format!("{}.journal", self.bucket.place())
    }

    fn damaged(&self) -> StoreError {
        StoreError::new(
            ErrorKind::JournalDamaged(crate::journal::DamagedJournal::NoHead),
            self.place(),
            "The journal is damaged",
            "Its first line or one of its segments is missing. It holds what an apply did since the state was last written.",
            "Restore the object; or move it away and run `plan`: compare what it shows with what really exists.",
        )
    }

    fn split(&self, found: &Found) -> Result<(Index, Vec<u8>), StoreError> {
        let end = found.bytes.iter().position(|b| *b == b'\n').ok_or_else(|| self.damaged())?;
        let index = serde_json::from_slice(&found.bytes[..end]).map_err(|_| self.damaged())?;
        Ok((index, found.bytes[end + 1..].to_vec()))
    }

    /// The journal, and the object it stands in.
    pub(super) async fn read(&self) -> Result<(Option<Journal>, Option<Found>), StoreError> {
        for _ in 0..ATTEMPTS {
            let Some(found) = self.bucket.get(".journal").await? else { return Ok((None, None)) };
            let (index, rest) = self.split(&found)?;
            let mut bytes = Vec::new();
            let mut whole = true;
            for ending in &index.segments {
                match self.bucket.get(ending).await? {
                    Some(segment) => bytes.extend(segment.bytes),
                    None => whole = false,
                }
            }
            if whole {
                bytes.extend(rest);
                let journal = (!bytes.is_empty())
                    .then(|| self.codec.decode_journal(&self.place(), &bytes, "Restore the object from a copy."));
                return Ok((journal.transpose()?, Some(found)));
            }
            // Ended while we looked, it is another one by now; else a segment is really missing.
            if self.bucket.get(".journal").await?.is_some_and(|now| now.version == found.version) {
                return Err(self.damaged());
            }
        }
        Err(self.bucket.busy())
    }

    /// Rewrites the object under this lock, so that no former holder can append any more.
    pub(super) async fn claim(&self, lock: Uuid) -> Result<(), StoreError> {
        for _ in 0..ATTEMPTS {
            let found = self.bucket.get(".journal").await?;
            let (index, rest) = match &found {
                Some(found) => self.split(found)?,
                None => (Index { lock, segments: Vec::new() }, Vec::new()),
            };
            let bytes = joined(&Index { lock, ..index }, &rest);
            if let Put::Done(_) = self.bucket.put(".journal", bytes, found.as_ref()).await? {
                return Ok(());
            }
        }
        Err(self.bucket.busy())
    }

    /// Begins a journal in the object that was found.
    pub(super) async fn begin(&self, lock: Uuid, header: &Header, at: Option<Found>) -> Result<Noting, StoreError> {
        let old = at.as_ref().map(|found| self.split(found)).transpose()?;
        let index = Index { lock, segments: Vec::new() };
        let text = self.codec.header_line(header);
        let version = self.replace(lock, joined(&index, text.as_bytes()), at, old.as_ref().map(|(i, _)| i)).await?;
        Ok(Noting { header: *header, index, text, entries: 0, version })
    }

    /// Adds an entry; gives back the journal to go on with.
    pub(super) async fn append(&self, mut noting: Noting, entry: &Entry) -> Result<Noting, StoreError> {
        let line = self.codec.entry_line(&self.place(), noting.header.lock, noting.entries + 1, entry)?;
        if noting.text.len() + line.len() > SEGMENT && !noting.text.is_empty() {
            let ending = format!(".journal.{}.{}", noting.index.lock, noting.index.segments.len());
            self.bucket.overwrite(&ending, std::mem::take(&mut noting.text).into_bytes()).await?;
            noting.index.segments.push(ending);
        }
        noting.text.push_str(&line);
        let bytes = joined(&noting.index, noting.text.as_bytes());
        let found = Found { bytes: Vec::new(), version: noting.version.clone() };
        match self.bucket.put(".journal", bytes, Some(&found)).await? {
            Put::Done(version) => Ok(Noting { version, entries: noting.entries + 1, ..noting }),
            Put::Changed => Err(StoreError::lock_lost(self.bucket.place())),
        }
    }

    /// Ends whatever journal there is.
    pub(super) async fn end(&self, lock: Uuid) -> Result<(), StoreError> {
        let Some(found) = self.bucket.get(".journal").await? else { return Ok(()) };
        let (old, _) = self.split(&found)?;
        let index = Index { lock, segments: Vec::new() };
        self.replace(lock, joined(&index, &[]), Some(found), Some(&old)).await.map(drop)
    }

    /// Replaces the object that was found, if it was claimed under this lock, and removes the segments of the old one.
    async fn replace(
        &self,
        lock: Uuid,
        bytes: Vec<u8>,
        found: Option<Found>,
        old: Option<&Index>,
    ) -> Result<UpdateVersion, StoreError> {
        let lost = || StoreError::lock_lost(self.bucket.place());
        if old.is_some_and(|index| index.lock != lock) {
            return Err(lost());
        }
        let Put::Done(version) = self.bucket.put(".journal", bytes, found.as_ref()).await? else { return Err(lost()) };
        for ending in old.map(|index| &index.segments).into_iter().flatten() {
            self.bucket.delete(ending).await;
        }
        Ok(version)
    }
}

fn joined(index: &Index, rest: &[u8]) -> Vec<u8> {
    let mut bytes = serde_json::to_vec(index).expect("plain data");
    bytes.push(b'\n');
    bytes.extend_from_slice(rest);
    bytes
}
