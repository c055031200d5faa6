//! A state in an object store: S3 and what speaks like it, Google Cloud Storage, Azure Blob Storage.
//!
//! Beside the state's object `KEY` stand `KEY.lock`, `KEY.journal` and `KEY.history/SERIAL`. Every object that two
//! writers could want is only ever written on the condition that it is still the one that was read (`bucket`), so no
//! second service is needed:
//! - The lock is an object that says who holds it, or that it is free.
//! - Whoever takes the lock rewrites the journal's object under the lock's id, before anything is read from it. From
//!   then on a former holder, whose last sight of that object is older, can append nothing any more.
//! - The state is replaced only if it is the one whose revision was checked.
//!
//! The journal's object is rewritten by every entry; what is longer than 32 KiB goes into objects of its own, so that an
//! entry never costs more than that. Owns the protocol; `open` knows the services and their settings.

mod bucket;
mod journal;
mod open;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use uuid::Uuid;

use crate::codec::Codec;
use crate::error::StoreError;
use crate::journal::{Entry, Header, Journal};
use crate::lock::{Lock, LockInfo};
use crate::model::{Revision, State};
use crate::store::{Past, Store, Write, check_begin, check_write};
use bucket::{Bucket, Found, Put};
use journal::{Noting, Shelf};
pub use open::{azure, gcs, s3};

/// What Terraform keeps in an object, as it is.
pub(crate) mod object {
    use super::bucket::Bucket;
    use super::open;
    use crate::error::StoreError;
    use crate::settings::Settings;

    /// The place, and what stands there; `None` where nothing does.
    pub type Found = Result<(String, Option<Vec<u8>>), StoreError>;

    async fn read(bucket: Bucket) -> Found {
        let bytes = bucket.get("").await?.map(|found| found.bytes);
        Ok((bucket.place().to_owned(), bytes))
    }

    pub async fn s3(settings: &Settings, key: &str) -> Found {
        read(open::s3_object(settings, key)?).await
    }

    pub async fn gcs(settings: &Settings, name: &str) -> Found {
        read(open::gcs_object(settings, name)?).await
    }

    pub async fn azure(settings: &Settings, key: &str) -> Found {
        read(open::azure_blob(settings, key)?).await
    }
}

/// What is longer is kept in objects of its own.
const SEGMENT: usize = 32 * 1024;

/// States before the present one that are kept.
const KEPT: usize = 50;

/// How often to look again when an object changes while we look.
const ATTEMPTS: usize = 20;

/// One client of a state in an object store.
#[derive(Debug)]
pub struct ObjectStore {
    bucket: Bucket,
    codec: Codec,
    held: Mutex<Option<Held>>,
}

/// The lock this client took.
#[derive(Debug)]
struct Held {
    id: Uuid,
    /// The journal that was begun under it.
    noting: Option<Noting>,
}

/// What the lock's object says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum LockObject {
    Held(LockInfo),
    Free { free: bool },
}

impl ObjectStore {
    fn new(bucket: Bucket, codec: Codec) -> Self {
        Self { bucket, codec, held: Mutex::new(None) }
    }

    fn restore(&self) -> String {
        format!("The states before are kept in {}.history/; take one with `state rollback`.", self.bucket.place())
    }

    fn shelf(&self) -> Shelf<'_> {
        Shelf { bucket: &self.bucket, codec: &self.codec }
    }

    async fn load(&self) -> Result<Option<(State, Found)>, StoreError> {
        let Some(found) = self.bucket.get("").await? else { return Ok(None) };
        let state = self.codec.decode(self.bucket.place(), found.bytes.clone(), &self.restore())?;
        Ok(Some((state, found)))
    }

    async fn holder(&self) -> Result<(Option<LockInfo>, Option<Found>), StoreError> {
        let Some(found) = self.bucket.get(".lock").await? else { return Ok((None, None)) };
        match serde_json::from_slice(&found.bytes) {
            Ok(LockObject::Held(info)) => Ok((Some(info), Some(found))),
            Ok(LockObject::Free { .. }) => Ok((None, Some(found))),
            Err(_) => Err(StoreError::lock_damaged(&format!("{}.lock", self.bucket.place()))),
        }
    }

    /// Replaces the lock's object, if it still is the one that was found.
    async fn put_lock(&self, content: &LockObject, found: Option<&Found>) -> Result<bool, StoreError> {
        let json = serde_json::to_vec_pretty(content).expect("plain data");
        Ok(matches!(self.bucket.put(".lock", json, found).await?, Put::Done(_)))
    }

    /// Whether this client still holds the lock it took.
    async fn check(&self, held: Option<&Held>) -> Result<Uuid, StoreError> {
        let id = held.ok_or_else(|| StoreError::not_locked(self.bucket.place()))?.id;
        match self.holder().await?.0 {
            Some(info) if info.id == id => Ok(id),
            _ => Err(StoreError::lock_lost(self.bucket.place())),
        }
    }

    /// Tries to take the lock once; `None` when it changed hands meanwhile.
    async fn try_lock(&self, info: &LockInfo) -> Result<Option<()>, StoreError> {
        let (holder, found) = self.holder().await?;
        if let Some(holder) = holder {
            // An answer that was lost may have been ours.
            return if holder.id == info.id {
                Ok(Some(()))
            } else {
                Err(StoreError::locked(self.bucket.place(), holder))
            };
        }
        Ok(self.put_lock(&LockObject::Held(info.clone()), found.as_ref()).await?.then_some(()))
    }

    async fn release(&self, id: Uuid, was_mine: bool) -> Result<(), StoreError> {
        let place = self.bucket.place();
        for _ in 0..ATTEMPTS {
            match self.holder().await? {
                (Some(holder), found) if holder.id == id => {
                    if self.put_lock(&LockObject::Free { free: true }, found.as_ref()).await? {
                        return Ok(());
                    }
                }
                _ if was_mine => return Err(StoreError::lock_lost(place)),
                (Some(holder), _) => return Err(StoreError::lock_mismatch(place, id, holder)),
                (None, _) => return Err(StoreError::not_locked(place)),
            }
        }
        Err(self.bucket.busy())
    }

    /// Keeps what is replaced, and drops what is older than those that are kept.
    async fn keep(&self, serial: u64, found: &Found) -> Result<(), StoreError> {
        self.bucket.overwrite(&past(serial), found.bytes.clone()).await?;
        let kept = self.bucket.list(".history/").await?;
        for (name, _) in kept.iter().rev().skip(KEPT) {
            self.bucket.delete(&format!(".history/{name}")).await;
        }
        Ok(())
    }
}

/// The name of a state kept from before, such that names sort as serials do.
fn past(serial: u64) -> String {
    format!(".history/{serial:020}")
}

#[async_trait]
impl Store for ObjectStore {
    fn place(&self) -> String {
        self.bucket.place().to_owned()
    }

    async fn read(&self) -> Result<Option<State>, StoreError> {
        Ok(self.load().await?.map(|(state, _)| state))
    }

    async fn write(&self, state: &State, expected: Option<Revision>) -> Result<(), StoreError> {
        let held = self.held.lock().await;
        self.check(held.as_ref()).await?;
        let place = self.bucket.place();
        for _ in 0..ATTEMPTS {
            let stored = self.load().await?;
            if check_write(place, stored.as_ref().map(|(s, _)| s), state, expected)? == Write::AlreadyStored {
                return Ok(());
            }
            let bytes = self.codec.encode(place, state)?;
            if let Some((before, found)) = &stored {
                self.keep(before.serial, found).await?;
            }
            if let Put::Done(_) = self.bucket.put("", bytes, stored.as_ref().map(|(_, f)| f)).await? {
                return Ok(());
            }
            self.check(held.as_ref()).await?;
        }
        Err(self.bucket.busy())
    }

    async fn journal(&self) -> Result<Option<Journal>, StoreError> {
        Ok(self.shelf().read().await?.0)
    }

    async fn begin(&self, header: &Header) -> Result<(), StoreError> {
        let mut held = self.held.lock().await;
        let id = self.check(held.as_ref()).await?;
        let stored = self.load().await?;
        let (found, at) = self.shelf().read().await?;
        check_begin(self.bucket.place(), stored.as_ref().map(|(s, _)| s), found.as_ref(), header)?;
        let noting = self.shelf().begin(id, header, at).await?;
        if let Some(held) = held.as_mut() {
            held.noting = Some(noting);
        }
        Ok(())
    }

    async fn append(&self, entry: &Entry) -> Result<(), StoreError> {
        let mut held = self.held.lock().await;
        let place = self.bucket.place();
        let held = held.as_mut().ok_or_else(|| StoreError::not_locked(place))?;
        let noting = held.noting.take().ok_or_else(|| StoreError::journal_closed(place))?;
        // Whoever took the lock from us has rewritten the journal's object; so appending fails, and nothing is asked.
        held.noting = Some(self.shelf().append(noting, entry).await?);
        Ok(())
    }

    async fn end(&self) -> Result<(), StoreError> {
        let mut held = self.held.lock().await;
        let id = self.check(held.as_ref()).await?;
        if let Some(held) = held.as_mut() {
            held.noting = None;
        }
        self.shelf().end(id).await
    }

    async fn lock(&self, info: LockInfo) -> Result<Lock, StoreError> {
        let mut held = self.held.lock().await;
        for _ in 0..ATTEMPTS {
            if self.try_lock(&info).await?.is_some() {
                if let Err(error) = self.shelf().claim(info.id).await {
                    // Without the journal nothing can be done under the lock.
                    let _ = self.release(info.id, false).await;
                    return Err(error);
                }
                *held = Some(Held { id: info.id, noting: None });
                return Ok(Lock { info, taken_over: None });
            }
        }
        Err(self.bucket.busy())
    }

    async fn unlock(&self, id: Uuid) -> Result<(), StoreError> {
        let mut held = self.held.lock().await;
        let was_mine = held.take_if(|held| held.id == id).is_some();
        self.release(id, was_mine).await
    }

    async fn lock_info(&self) -> Result<Option<LockInfo>, StoreError> {
        Ok(self.holder().await?.0)
    }

    async fn beat(&self, now: Timestamp) -> Result<(), StoreError> {
        let held = self.held.lock().await;
        let place = self.bucket.place();
        let id = held.as_ref().ok_or_else(|| StoreError::not_locked(place))?.id;
        let (holder, found) = self.holder().await?;
        let info = holder.filter(|info| info.id == id).ok_or_else(|| StoreError::lock_lost(place))?;
        let kept = self.put_lock(&LockObject::Held(LockInfo { heartbeat: now, ..info }), found.as_ref()).await?;
        if kept { Ok(()) } else { Err(StoreError::lock_lost(place)) }
    }

    async fn history(&self) -> Result<Vec<Past>, StoreError> {
        let kept = self.bucket.list(".history/").await?;
        let past = kept.into_iter().rev().filter_map(|(name, at)| Some(Past { serial: name.parse().ok()?, at }));
        let present = self.load().await?.map(|(state, _)| state.serial);
        Ok(past.filter(|p| Some(p.serial) != present).collect())
    }

    async fn version(&self, serial: u64) -> Result<State, StoreError> {
        if let Some((state, _)) = self.load().await?.filter(|(s, _)| s.serial == serial) {
            return Ok(state);
        }
        let found = self.bucket.get(&past(serial)).await?;
        let found = found.ok_or_else(|| StoreError::not_kept(self.bucket.place(), serial))?;
        self.codec.decode(self.bucket.place(), found.bytes, "Take another one.")
    }
}
