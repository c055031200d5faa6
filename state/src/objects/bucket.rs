//! The objects of one state: reading them, and replacing them on the condition that they did not change.

use std::fmt;
use std::sync::Arc;

use futures_util::TryStreamExt as _;
use jiff::Timestamp;
use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt as _, PutMode, PutOptions, PutPayload, UpdateVersion};

use crate::error::{ErrorKind, StoreError};

/// The objects whose names begin with the state's key.
pub(super) struct Bucket {
    objects: Arc<dyn ObjectStore>,
    key: String,
    /// As people know it, such as `s3://bucket/key`.
    place: String,
}

/// Credentials are among what the client knows.
impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bucket").field("place", &self.place).finish_non_exhaustive()
    }
}

/// An object as it was read.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub bytes: Vec<u8>,
    pub version: UpdateVersion,
}

/// What came of replacing an object.
#[derive(Debug)]
pub(super) enum Put {
    Done(UpdateVersion),
    /// It is no longer the one that was found.
    Changed,
}

impl Bucket {
    pub(super) fn new(objects: Arc<dyn ObjectStore>, key: String, place: String) -> Self {
        Self { objects, key, place }
    }

    pub(super) fn place(&self) -> &str {
        &self.place
    }

    fn path(&self, ending: &str) -> Path {
        Path::from(format!("{}{ending}", self.key))
    }

    /// The object with that ending; `None` when there is none, which is told from a bucket that is missing.
    pub(super) async fn get(&self, ending: &str) -> Result<Option<Found>, StoreError> {
        let got = match self.objects.get(&self.path(ending)).await {
            Ok(got) => got,
            Err(Error::NotFound { .. }) => return self.is_there().await.map(|()| None),
            Err(error) => return Err(self.failed(&error, "read")),
        };
        let version = UpdateVersion { e_tag: got.meta.e_tag.clone(), version: got.meta.version.clone() };
        let bytes = got.bytes().await.map_err(|e| self.failed(&e, "read"))?;
        Ok(Some(Found { bytes: bytes.to_vec(), version }))
    }

    /// Whether the bucket exists: a list of what is missing is empty, one of a missing bucket is an error.
    async fn is_there(&self) -> Result<(), StoreError> {
        let mut list = self.objects.list(Some(&Path::from(format!("{}.history", self.key))));
        list.try_next().await.map(drop).map_err(|e| self.failed(&e, "read"))
    }

    /// Replaces what was found, or makes what was not there.
    pub(super) async fn put(&self, ending: &str, bytes: Vec<u8>, found: Option<&Found>) -> Result<Put, StoreError> {
        let mode = found.map_or(PutMode::Create, |f| PutMode::Update(f.version.clone()));
        let payload = PutPayload::from(bytes.clone());
        match self.objects.put_opts(&self.path(ending), payload, PutOptions::from(mode)).await {
            Ok(put) => Ok(Put::Done(put.into())),
            Err(Error::AlreadyExists { .. } | Error::Precondition { .. } | Error::NotModified { .. }) => {
                // It may have been ourselves: an answer got lost, and the request was sent again.
                let now = self.get(ending).await?.filter(|now| now.bytes == bytes);
                Ok(now.map_or(Put::Changed, |now| Put::Done(now.version)))
            }
            Err(Error::NotFound { .. }) if found.is_some() => {
                self.is_there().await?;
                Ok(Put::Changed)
            }
            Err(error) => Err(self.failed(&error, "written")),
        }
    }

    /// Writes an object that nobody else writes.
    pub(super) async fn overwrite(&self, ending: &str, bytes: Vec<u8>) -> Result<(), StoreError> {
        let put = self.objects.put(&self.path(ending), PutPayload::from(bytes)).await;
        put.map(drop).map_err(|e| self.failed(&e, "written"))
    }

    /// Removes an object that nobody needs any more; one that stays does no harm.
    pub(super) async fn delete(&self, ending: &str) {
        let _ = self.objects.delete(&self.path(ending)).await;
    }

    /// What follows that ending in the names of objects, sorted, and when each was written.
    pub(super) async fn list(&self, ending: &str) -> Result<Vec<(String, Option<Timestamp>)>, StoreError> {
        let prefix = self.path(ending.trim_end_matches('/'));
        let all: Vec<_> = self.objects.list(Some(&prefix)).try_collect().await.map_err(|e| self.failed(&e, "read"))?;
        let name = |meta: &object_store::ObjectMeta| meta.location.filename().unwrap_or_default().to_owned();
        let at =
            |meta: &object_store::ObjectMeta| Timestamp::from_millisecond(meta.last_modified.timestamp_millis()).ok();
        let mut found: Vec<_> = all.iter().map(|meta| (name(meta), at(meta))).collect();
        found.sort();
        Ok(found)
    }

    pub(super) fn busy(&self) -> StoreError {
        StoreError::new(
            ErrorKind::Unreachable,
            &self.place,
            "The state is in use",
            "Other processes change its objects all the time.",
            "Run again in a moment.",
        )
    }

    fn failed(&self, error: &Error, what: &str) -> StoreError {
        let text = crate::error::without_secrets(&chain(error));
        let (kind, why, next) = match error {
            Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => (
                ErrorKind::Refused,
                "The service refuses these credentials, or what they are to do",
                "Check the credentials in the environment and what they are permitted; docs/backends.md lists what is \
                 needed.",
            ),
            Error::NotFound { .. } => (
                ErrorKind::Misconfigured,
                "The bucket or container does not exist",
                "Create it, or correct its name in the `state` block.",
            ),
            _ => (
                ErrorKind::Unreachable,
                "The service did not do what was asked",
                "Check the network, the address and the credentials, and run again: what was noted is not lost.",
            ),
        };
        StoreError::new(kind, &self.place, format!("The state cannot be {what}"), format!("{why}: {text}."), next)
    }
}

/// An error with all its causes, each said once.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let said = cause.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        next = cause.source();
    }
    text.trim_end_matches('.').to_owned()
}
