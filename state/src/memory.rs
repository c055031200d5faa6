//! A place in memory, for simulations and tests: behaves like the local backend on one host.
//!
//! A [`MemoryPlace`] stands for the file, each [`MemoryStore`] for a process that uses it. A store that is dropped
//! while it holds the lock is a process that died.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use async_trait::async_trait;
use uuid::Uuid;

use crate::error::StoreError;
use crate::format;
use crate::lock::{Lock, LockInfo};
use crate::model::{Revision, State};
use crate::store::{Store, Write, check_write};

const PLACE: &str = "memory";
const RESTORE: &str = "Start the simulation anew.";

/// What several clients share. Cloning gives another name for the same place.
#[derive(Debug, Clone, Default)]
pub struct MemoryPlace(Arc<Mutex<Content>>);

#[derive(Debug, Default)]
struct Content {
    /// As written, so that what a simulation stores passes through the format as well.
    file: Option<Vec<u8>>,
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
        MemoryStore { place: self.clone(), alive: Arc::new(()), held: Mutex::new(None) }
    }

    /// The stored bytes, as they would stand in a file.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        self.content().file.clone()
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
}

impl MemoryStore {
    fn held(&self) -> MutexGuard<'_, Option<Uuid>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
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
        let held = self.held().ok_or_else(|| StoreError::not_locked(PLACE))?;
        if content.lock_id() != Some(held) {
            return Err(StoreError::lock_lost(PLACE));
        }
        if check_write(PLACE, content.state()?.as_ref(), state, expected)? == Write::Needed {
            content.file = Some(format::encode(state).map_err(|e| StoreError::unencodable(PLACE, e))?);
        }
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
