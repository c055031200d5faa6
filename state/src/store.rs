//! Where a state is kept: the contract every backend keeps, which `conformance` checks.

use std::fmt;

use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;

use crate::error::{ErrorKind, StoreError};
use crate::journal::{Entry, Header, Journal, Replayed};
use crate::lock::{Lock, LockInfo};
use crate::model::{Revision, State};

/// One client of the place where one state is kept.
///
/// Every change happens under the lock, and names the revision it replaces. So two writers never mix, and one whose
/// lock was released by somebody else finds out instead of overwriting.
///
/// Beside the state stands the journal of the apply that is under way, or that died. What was appended to it lasts; a
/// client that has lost the lock can append nothing. [`crate::Ledger`] keeps state and journal together.
#[async_trait]
pub trait Store: Send + Sync + fmt::Debug {
    /// The path or address, as people know it. Never contains credentials.
    fn place(&self) -> String;

    /// The stored state; `None` when none was ever written. Needs no lock, and sees a whole state even while another
    /// client writes.
    async fn read(&self) -> Result<Option<State>, StoreError>;

    /// Replaces the state of revision `expected` (`None`: there is no state yet) by one of the same lineage and a
    /// greater serial. When this fails, the stored state is unchanged, unless the error is [`ErrorKind::NotDurable`].
    /// Repeating a write that has already taken effect changes nothing and succeeds, so that one whose outcome is not
    /// known can be repeated.
    ///
    /// # Errors
    /// [`ErrorKind::NotLocked`], [`ErrorKind::LockLost`], [`ErrorKind::LineageMismatch`], [`ErrorKind::Stale`],
    /// [`ErrorKind::SerialNotGreater`], or what the place itself reports.
    async fn write(&self, state: &State, expected: Option<Revision>) -> Result<(), StoreError>;

    /// The journal that was begun and not ended. Needs no lock.
    ///
    /// # Errors
    /// [`ErrorKind::JournalDamaged`], or what the place itself reports.
    async fn journal(&self) -> Result<Option<Journal>, StoreError>;

    /// Begins a journal on top of what is stored. One that is in the stored state already is replaced.
    ///
    /// # Errors
    /// [`ErrorKind::NotLocked`], [`ErrorKind::LockLost`]; [`ErrorKind::Stale`] when `header` continues another state
    /// than the stored one; [`ErrorKind::JournalPending`] when a journal is there that is not in the stored state.
    async fn begin(&self, header: &Header) -> Result<(), StoreError>;

    /// Appends to the journal that this client began. When it returns, the entry lasts.
    ///
    /// # Errors
    /// [`ErrorKind::LockLost`], or what the place itself reports; nothing can be appended then until a journal is begun
    /// anew. [`ErrorKind::JournalClosed`] when none was begun.
    async fn append(&self, entry: &Entry) -> Result<(), StoreError>;

    /// Ends the journal, whose entries are in the stored state, or are to be forgotten.
    ///
    /// # Errors
    /// [`ErrorKind::NotLocked`], [`ErrorKind::LockLost`], or what the place itself reports.
    async fn end(&self) -> Result<(), StoreError>;

    /// Takes the lock for this client. Never waits.
    ///
    /// # Errors
    /// [`ErrorKind::Locked`] with all that is known about the holder.
    async fn lock(&self, info: LockInfo) -> Result<Lock, StoreError>;

    /// Gives back the lock with this id, or releases it when another client holds it.
    ///
    /// # Errors
    /// [`ErrorKind::NotLocked`], [`ErrorKind::LockMismatch`], and [`ErrorKind::LockLost`] when this client held it,
    /// but somebody released it.
    async fn unlock(&self, id: Uuid) -> Result<(), StoreError>;

    /// Who holds the lock, or left it behind.
    async fn lock_info(&self) -> Result<Option<LockInfo>, StoreError>;

    /// Gives a sign of life for the lock this client holds. Backends that keep none do nothing.
    ///
    /// # Errors
    /// [`ErrorKind::NotLocked`], [`ErrorKind::LockLost`], or what the place itself reports.
    async fn beat(&self, now: Timestamp) -> Result<(), StoreError>;

    /// What was stored before, the newest first, as far as the place keeps it. Without what is stored now.
    async fn history(&self) -> Result<Vec<Past>, StoreError>;

    /// The state of that serial, stored now or before.
    ///
    /// # Errors
    /// [`ErrorKind::NotKept`], or what the place itself reports.
    async fn version(&self, serial: u64) -> Result<State, StoreError>;
}

/// A state that was stored before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    pub serial: u64,
    /// When it was stored, where the place tells.
    pub at: Option<Timestamp>,
}

/// What [`check_write`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Write {
    Needed,
    AlreadyStored,
}

/// Whether `new` may replace what is stored. Backends call this under their lock.
pub(crate) fn check_write(
    place: &str,
    stored: Option<&State>,
    new: &State,
    expected: Option<Revision>,
) -> Result<Write, StoreError> {
    if stored == Some(new) {
        return Ok(Write::AlreadyStored);
    }
    let found = stored.map(State::revision);
    for lineage in [found, expected].into_iter().flatten().map(|r| r.lineage) {
        if lineage != new.lineage {
            return Err(lineage_mismatch(place, new.lineage, lineage));
        }
    }
    if found != expected {
        return Err(stale(place, expected, found));
    }
    match found {
        Some(found) if new.serial <= found.serial => Err(serial_not_greater(place, found.serial, new.serial)),
        _ => Ok(Write::Needed),
    }
}

/// Whether a journal may be begun. Backends call this under their lock.
pub(crate) fn check_begin(
    place: &str,
    stored: Option<&State>,
    journal: Option<&Journal>,
    header: &Header,
) -> Result<(), StoreError> {
    let base = Some(header.base).filter(|b| b.serial > 0);
    let found = stored.map(State::revision);
    if found != base {
        return Err(stale(place, base, found));
    }
    match journal.filter(|j| !j.entries.is_empty()).map(|j| j.replay(stored)) {
        None | Some(Ok(Replayed::Stored)) => Ok(()),
        Some(Ok(Replayed::Continued(_)) | Err(_)) => Err(StoreError::journal_pending(place)),
    }
}

fn lineage_mismatch(place: &str, expected: Uuid, found: Uuid) -> StoreError {
    StoreError::new(
        ErrorKind::LineageMismatch { expected, found },
        place,
        "The stored state belongs to something else",
        format!("Its lineage is {found}, and the state to be written has lineage {expected}. Nothing was written."),
        "Check that the configured place of the state is the intended one.",
    )
}

fn stale(place: &str, expected: Option<Revision>, found: Option<Revision>) -> StoreError {
    let name = |revision: Option<Revision>| revision.map_or_else(|| "no state".to_owned(), |r| r.to_string());
    StoreError::new(
        ErrorKind::Stale { expected, found },
        place,
        "The state has changed in the meantime",
        format!("Expected was {}, stored is {}. Nothing was written.", name(expected), name(found)),
        "Make a new plan and apply that one.",
    )
}

fn serial_not_greater(place: &str, stored: u64, new: u64) -> StoreError {
    StoreError::new(
        ErrorKind::SerialNotGreater { stored, new },
        place,
        "The state to be written is not newer than the stored one",
        format!("Its serial is {new}, and serial {stored} is stored with another content. Nothing was written."),
        "Make a new plan and apply that one.",
    )
}
