//! A place in memory, for simulations and tests: behaves like the local backend on one host.
//!
//! A [`MemoryPlace`] stands for the file, each [`MemoryStore`] for a process that uses it. A store that is dropped
//! while it holds the lock is a process that died.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use async_trait::async_trait;
use uuid::Uuid;

use crate::error::StoreError;
use crate::format;
use crate::journal::{self, Entry, Header, Journal};
use crate::lock::{Lock, LockInfo};
use crate::model::{Revision, State};
use crate::store::{Store, Write, check_begin, check_write};

const PLACE: &str = "memory";
const RESTORE: &str = "Start the simulation anew.";

/// What several clients share. Cloning gives another name for the same place.
#[derive(Debug, Clone, Default)]
pub struct MemoryPlace(Arc<Mutex<Content>>);

#[derive(Debug, Default)]
struct Content {
    /// As written, so that what a simulation stores passes through the format as well.
    file: Option<Vec<u8>>,
    journal: Option<Vec<u8>>,
    lock: Option<Held>,
}

#[derive(Debug)]
struct Held {
    info: LockInfo,
    /// Gone when the client that took it is gone.
    client: Weak<()>,
}

impl MemoryPlace {
    pub fn new() -> Self {
        Self::default()
    }

    /// Another client.
    pub fn open(&self) -> MemoryStore {
        MemoryStore { place: self.clone(), alive: Arc::new(()), held: Mutex::new(None), noted: Mutex::new(None) }
    }

    /// The stored bytes, as they would stand in a file.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        self.content().file.clone()
    }

    /// The journal's bytes, as they would stand in a file.
    pub fn journal_bytes(&self) -> Option<Vec<u8>> {
        self.content().journal.clone()
    }

    /// Puts a journal there, as somebody does who copies files.
    #[cfg(test)]
    pub(crate) fn put_journal(&self, bytes: Option<Vec<u8>>) {
        self.content().journal = bytes;
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        // A panic while it was held cannot have left it half changed: every change is one assignment.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One client of a [`MemoryPlace`].
#[derive(Debug)]
pub struct MemoryStore {
    place: MemoryPlace,
    alive: Arc<()>,
    /// The lock this client believes it holds.
    held: Mutex<Option<Uuid>>,
    /// Entries in the journal this client has begun.
    noted: Mutex<Option<u64>>,
}

impl MemoryStore {
    fn held(&self) -> MutexGuard<'_, Option<Uuid>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn noted(&self) -> MutexGuard<'_, Option<u64>> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this client still holds the lock it took.
    fn check_lock(&self, content: &Content) -> Result<(), StoreError> {
        let held = (*self.held()).ok_or_else(|| StoreError::not_locked(PLACE))?;
        if content.lock_id() == Some(held) { Ok(()) } else { Err(StoreError::lock_lost(PLACE)) }
    }
}

impl Content {
    fn lock_id(&self) -> Option<Uuid> {
        self.lock.as_ref().map(|held| held.info.id)
    }

    fn state(&self) -> Result<Option<State>, StoreError> {
        let decoded = self.file.as_deref().map(format::decode).transpose();
        decoded.map_err(|e| StoreError::undecodable(PLACE, e, RESTORE))
    }

    fn journal(&self) -> Result<Option<Journal>, StoreError> {
        let decoded = self.journal.as_deref().map(journal::decode).transpose();
        decoded.map_err(|e| StoreError::journal_damaged(PLACE, e, RESTORE))
    }
}

#[async_trait]
impl Store for MemoryStore {
    fn place(&self) -> String {
        PLACE.to_owned()
    }

    async fn read(&self) -> Result<Option<State>, StoreError> {
        self.place.content().state()
    }

    async fn write(&self, state: &State, expected: Option<Revision>) -> Result<(), StoreError> {
        let mut content = self.place.content();
        self.check_lock(&content)?;
        if check_write(PLACE, content.state()?.as_ref(), state, expected)? == Write::Needed {
            content.file = Some(format::encode(state).map_err(|e| StoreError::unencodable(PLACE, e))?);
        }
        Ok(())
    }

    async fn journal(&self) -> Result<Option<Journal>, StoreError> {
        self.place.content().journal()
    }

    async fn begin(&self, header: &Header) -> Result<(), StoreError> {
        let mut content = self.place.content();
        self.check_lock(&content)?;
        check_begin(PLACE, content.state()?.as_ref(), content.journal()?.as_ref(), header)?;
        content.journal = Some(journal::header_line(header).into_bytes());
        *self.noted() = Some(0);
        Ok(())
    }

    async fn append(&self, entry: &Entry) -> Result<(), StoreError> {
        let mut content = self.place.content();
        self.check_lock(&content)?;
        let mut noted = self.noted();
        let (Some(number), Some(journal)) = (*noted, &mut content.journal) else {
            return Err(StoreError::journal_closed(PLACE));
        };
        let line = journal::entry_line(number + 1, entry).map_err(|e| StoreError::unencodable(PLACE, e))?;
        journal.extend_from_slice(line.as_bytes());
        *noted = Some(number + 1);
        Ok(())
    }

    async fn end(&self) -> Result<(), StoreError> {
        let mut content = self.place.content();
        self.check_lock(&content)?;
        content.journal = None;
        *self.noted() = None;
        Ok(())
    }

    async fn lock(&self, info: LockInfo) -> Result<Lock, StoreError> {
        let mut content = self.place.content();
        let taken_over = match &content.lock {
            Some(held) if held.client.strong_count() > 0 => return Err(StoreError::locked(PLACE, held.info.clone())),
            other => other.as_ref().map(|held| held.info.clone()),
        };
        content.lock = Some(Held { info: info.clone(), client: Arc::downgrade(&self.alive) });
        *self.held() = Some(info.id);
        *self.noted() = None;
        Ok(Lock { info, taken_over })
    }

    async fn unlock(&self, id: Uuid) -> Result<(), StoreError> {
        let mut content = self.place.content();
        let was_mine = self.held().take_if(|held| *held == id).is_some();
        if was_mine && content.lock_id() != Some(id) {
            return Err(StoreError::lock_lost(PLACE));
        }
        match &content.lock {
            None => Err(StoreError::not_locked(PLACE)),
            Some(held) if held.info.id != id => Err(StoreError::lock_mismatch(PLACE, id, held.info.clone())),
            Some(_) => {
                content.lock = None;
                Ok(())
            }
        }
    }

    async fn lock_info(&self) -> Result<Option<LockInfo>, StoreError> {
        Ok(self.place.content().lock.as_ref().map(|held| held.info.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::{self, info, sample};

    fn fresh() -> impl Fn() -> Box<dyn Store> {
        let place = MemoryPlace::new();
        move || Box::new(place.open())
    }

    #[tokio::test]
    async fn it_conforms() {
        conformance::suite(fresh).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn contention_loses_nothing() {
        conformance::contention(fresh(), 4, 50).await;
    }

    #[tokio::test]
    async fn the_lock_of_a_dead_client_is_taken_over() {
        let place = MemoryPlace::new();
        let dead = place.open();
        assert_eq!(dead.lock(info(1, "apply")).await.expect("free").taken_over, None);
        drop(dead);
        let store = place.open();
        let lock = store.lock(info(2, "plan")).await.expect("its owner is dead");
        assert_eq!(lock.taken_over, Some(info(1, "apply")));
        store.write(&sample(1), None).await.expect("writable");
    }
}
