//! A place in memory, for simulations and tests: behaves like the local backend on one host.
//!
//! A [`MemoryPlace`] stands for the file, each [`MemoryStore`] for a process that uses it. A store that is dropped
//! while it holds the lock is a process that died.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;

use crate::codec::Codec;
use crate::error::StoreError;
use crate::journal::{Entry, Header, Journal};
use crate::lock::{Lock, LockInfo};
use crate::model::{Revision, State};
use crate::store::{Past, Store, Write, check_begin, check_write};

const PLACE: &str = "memory";
const RESTORE: &str = "Start the simulation anew.";

/// What several clients share. Cloning gives another name for the same place.
#[derive(Debug, Clone, Default)]
pub struct MemoryPlace(Arc<Mutex<Content>>);

#[derive(Debug, Default)]
struct Content {
    /// As written, so that what a simulation stores passes through the format as well.
    file: Option<Vec<u8>>,
    /// What was stored before, by serial.
    past: BTreeMap<u64, Vec<u8>>,
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
        MemoryStore {
            place: self.clone(),
            alive: Arc::new(()),
            held: Mutex::new(None),
            noted: Mutex::new(None),
            codec: Codec::default(),
        }
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
    /// The journal this client has begun: its lock, and how many entries it has.
    noted: Mutex<Option<(Uuid, u64)>>,
    codec: Codec,
}

impl MemoryStore {
    fn held(&self) -> MutexGuard<'_, Option<Uuid>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn noted(&self) -> MutexGuard<'_, Option<(Uuid, u64)>> {
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

    fn state(&self, codec: &Codec) -> Result<Option<State>, StoreError> {
        self.file.clone().map(|bytes| codec.decode(PLACE, bytes, RESTORE)).transpose()
    }

    fn journal(&self, codec: &Codec) -> Result<Option<Journal>, StoreError> {
        self.journal.as_deref().map(|bytes| codec.decode_journal(PLACE, bytes, RESTORE)).transpose()
    }
}

#[async_trait]
impl Store for MemoryStore {
    fn place(&self) -> String {
        PLACE.to_owned()
    }

    async fn read(&self) -> Result<Option<State>, StoreError> {
        self.place.content().state(&self.codec)
    }

    async fn write(&self, state: &State, expected: Option<Revision>) -> Result<(), StoreError> {
        let mut content = self.place.content();
        self.check_lock(&content)?;
        if check_write(PLACE, content.state(&self.codec)?.as_ref(), state, expected)? == Write::Needed {
            let bytes = self.codec.encode(PLACE, state)?;
            if let (Some(past), Some(expected)) = (content.file.replace(bytes), expected) {
                content.past.insert(expected.serial, past);
            }
        }
        Ok(())
    }

    async fn journal(&self) -> Result<Option<Journal>, StoreError> {
        self.place.content().journal(&self.codec)
    }

    async fn begin(&self, header: &Header) -> Result<(), StoreError> {
        let mut content = self.place.content();
        self.check_lock(&content)?;
        check_begin(PLACE, content.state(&self.codec)?.as_ref(), content.journal(&self.codec)?.as_ref(), header)?;
        content.journal = Some(self.codec.header_line(header).into_bytes());
        *self.noted() = Some((header.lock, 0));
        Ok(())
    }

    async fn append(&self, entry: &Entry) -> Result<(), StoreError> {
        let mut content = self.place.content();
        self.check_lock(&content)?;
        let mut noted = self.noted();
        let (Some((lock, number)), Some(journal)) = (*noted, &mut content.journal) else {
            return Err(StoreError::journal_closed(PLACE));
        };
        let line = self.codec.entry_line(PLACE, lock, number + 1, entry)?;
        journal.extend_from_slice(line.as_bytes());
        *noted = Some((lock, number + 1));
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

    async fn beat(&self, now: Timestamp) -> Result<(), StoreError> {
        let mut content = self.place.content();
        self.check_lock(&content)?;
        if let Some(held) = &mut content.lock {
            held.info.heartbeat = now;
        }
        Ok(())
    }

    async fn history(&self) -> Result<Vec<Past>, StoreError> {
        let content = self.place.content();
        Ok(content.past.keys().rev().map(|serial| Past { serial: *serial, at: None }).collect())
    }

    async fn version(&self, serial: u64) -> Result<State, StoreError> {
        let content = self.place.content();
        if let Some(state) = content.state(&self.codec)?.filter(|s| s.serial == serial) {
            return Ok(state);
        }
        let bytes = content.past.get(&serial).cloned().ok_or_else(|| StoreError::not_kept(PLACE, serial))?;
        self.codec.decode(PLACE, bytes, RESTORE)
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
