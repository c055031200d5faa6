//! What can go wrong with a stored state, said so that a person knows what happened, where, why and what to do next.

use uuid::Uuid;

use crate::format::{DecodeError, EncodeError};
use crate::journal::{DamagedJournal, IllegalEvent, ReplayError};
use crate::lock::LockInfo;
use crate::model::Revision;
use crate::seal::SealError;

/// What callers tell errors apart by.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Reading was refused or failed.
    NotReadable,
    /// Writing was refused or failed; what was stored before is unchanged.
    NotWritable,
    /// Writing succeeded, but the disk did not confirm that it lasts.
    NotDurable,
    /// Something else than a regular file is there.
    NotAFile,
    /// No state is there, although there must have been one.
    Missing,
    Damaged(DecodeError),
    /// Written by a newer housewright, in format version `found`.
    Newer {
        found: u64,
        supported: u64,
    },
    /// Something that is not a state of housewright, such as a state of Terraform.
    Foreign(DecodeError),
    Unencodable(EncodeError),
    /// It is encrypted, and cannot be read with the keys that were given.
    Sealed(SealError),
    /// The place cannot be reached; whether a change took effect may not be known.
    Unreachable,
    /// The place refuses who we are, or what we may.
    Refused,
    /// The place was described wrongly.
    Misconfigured,
    /// No state of that serial is kept.
    NotKept(u64),
    /// Somebody else holds the lock.
    Locked(Box<LockInfo>),
    /// A lock is there, but cannot be read.
    LockDamaged,
    /// The lock this store held was released by somebody else.
    LockLost,
    /// A change or an unlock without a lock.
    NotLocked,
    /// Not the lock that was to be released.
    LockMismatch(Box<LockInfo>),
    LineageMismatch {
        expected: Uuid,
        found: Uuid,
    },
    /// Somebody wrote in between: `found` is stored where `expected` was to be replaced (`None`: nothing).
    Stale {
        expected: Option<Revision>,
        found: Option<Revision>,
    },
    /// The journal cannot be read.
    JournalDamaged(DamagedJournal),
    /// The journal does not fit the stored state.
    JournalForeign(ReplayError),
    /// A journal is there whose entries are not in the stored state yet, and would be lost.
    JournalPending,
    /// Nothing can be noted: no journal was begun, or noting failed before.
    JournalClosed,
    /// What was to be noted cannot be.
    IllegalEvent(IllegalEvent),
    /// The new state's serial is not greater than the one it replaces.
    SerialNotGreater {
        stored: u64,
        new: u64,
    },
}

/// An error of a [`crate::Store`].
#[derive(Debug, thiserror::Error)]
#[error("{} ({}): {} {}", .0.what, .0.place, .0.why, .0.next)]
pub struct StoreError(Box<Facts>);

#[derive(Debug)]
struct Facts {
    kind: ErrorKind,
    what: String,
    place: String,
    why: String,
    next: String,
}

impl StoreError {
    pub(crate) fn new(
        kind: ErrorKind,
        place: impl Into<String>,
        what: impl Into<String>,
        why: impl Into<String>,
        next: impl Into<String>,
    ) -> Self {
        let (what, place, why, next) = (what.into(), place.into(), why.into(), next.into());
        Self(Box::new(Facts { kind, what, place, why, next }))
    }

    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// What happened: a headline without a final full stop.
    pub fn what(&self) -> &str {
        &self.0.what
    }

    /// Where: the path or address it happened at.
    pub fn place(&self) -> &str {
        &self.0.place
    }

    /// Why, in sentences.
    pub fn why(&self) -> &str {
        &self.0.why
    }

    /// What to do next, in sentences.
    pub fn next(&self) -> &str {
        &self.0.next
    }

    /// `restore` says how the previous version is got back.
    pub(crate) fn undecodable(place: &str, error: DecodeError, restore: &str) -> Self {
        let (why, next) = (format!("{}.", capitalised(&error.to_string())), error.next(restore));
        let kind = match error {
            DecodeError::Newer { found, supported } => ErrorKind::Newer { found, supported },
            DecodeError::Terraform { .. } | DecodeError::Foreign => ErrorKind::Foreign(error),
            DecodeError::Sealed(error) => ErrorKind::Sealed(error),
            other => ErrorKind::Damaged(other),
        };
        let what = match kind {
            ErrorKind::Newer { .. } => "The state was written by a newer housewright",
            ErrorKind::Foreign(_) => "This is not a state of housewright",
            ErrorKind::Sealed(_) => "The state cannot be decrypted",
            _ => "The state is damaged",
        };
        Self::new(kind, place, what, why, next)
    }

    pub(crate) fn unencodable(place: &str, error: EncodeError) -> Self {
        let why = format!("{}. What was stored before is unchanged.", capitalised(&error.to_string()));
        Self::new(
            ErrorKind::Unencodable(error),
            place,
            "The state cannot be written down",
            why,
            "Make that value flatter and run again.",
        )
    }

    /// `restore` says what can be done with the journal where it is kept.
    pub(crate) fn journal_damaged(place: &str, error: DamagedJournal, restore: &str) -> Self {
        let why = format!(
            "{}. It holds what an apply did since the state was last written, so it is not passed over.",
            capitalised(&error.to_string())
        );
        let next = match &error {
            DamagedJournal::Newer { .. } => "Use the newer housewright that wrote it.",
            DamagedJournal::Sealed(error) => error.next().unwrap_or(restore),
            _ => restore,
        };
        Self::new(ErrorKind::JournalDamaged(error.clone()), place, "The journal is damaged", why, next)
    }

    pub(crate) fn journal_foreign(place: &str, error: ReplayError, restore: &str) -> Self {
        let why = format!("{}. Nothing was changed.", capitalised(&error.to_string()));
        Self::new(
            ErrorKind::JournalForeign(error),
            place,
            "The journal does not belong to the stored state",
            why,
            restore,
        )
    }

    pub(crate) fn journal_pending(place: &str) -> Self {
        Self::new(
            ErrorKind::JournalPending,
            place,
            "An apply that ended early has left a journal",
            "What it did is not in the state yet, and would be lost.",
            "Run `apply` again: it brings the journal into the state first.",
        )
    }

    pub(crate) fn journal_closed(place: &str) -> Self {
        Self::new(
            ErrorKind::JournalClosed,
            place,
            "Nothing can be noted in the journal",
            "It was not begun, or noting something failed before.",
            "Mend the cause of the first error and run again.",
        )
    }

    pub(crate) fn illegal(place: &str, illegal: IllegalEvent) -> Self {
        let why = format!("{}. Nothing was noted.", capitalised(&illegal.to_string()));
        let next = "This is a fault of housewright: report it, with this message.";
        Self::new(ErrorKind::IllegalEvent(illegal), place, "What happened to a call cannot be noted", why, next)
    }

    pub(crate) fn locked(place: &str, holder: LockInfo) -> Self {
        let why = format!("It is being changed: {holder}.");
        let next = format!(
            "Wait until that has ended. Only if you are sure that it no longer runs: {RELEASE_COMMAND} {}",
            holder.id
        );
        Self::new(ErrorKind::Locked(Box::new(holder)), place, "The state is locked", why, next)
    }

    pub(crate) fn lock_damaged(place: &str) -> Self {
        Self::new(
            ErrorKind::LockDamaged,
            place,
            "The lock is damaged",
            "It is not the JSON that housewright writes, so it does not say who holds it.",
            "When you are sure that no housewright is using this state, remove it.",
        )
    }

    pub(crate) fn not_kept(place: &str, serial: u64) -> Self {
        Self::new(
            ErrorKind::NotKept(serial),
            place,
            format!("There is no state of serial {serial}"),
            "It was never stored, or is no longer kept.",
            "List those that are kept with: housewright state history",
        )
    }

    pub(crate) fn lock_lost(place: &str) -> Self {
        Self::new(
            ErrorKind::LockLost,
            place,
            "The lock on the state was lost",
            "Somebody released it while it was in use, so that another process may be changing the state.",
            "Find out who released it, and run again when nothing else runs.",
        )
    }

    pub(crate) fn not_locked(place: &str) -> Self {
        Self::new(
            ErrorKind::NotLocked,
            place,
            "The state is not locked",
            "There is no lock to release or to write under.",
            "If you meant to release a lock, it is free already; nothing needs to be done.",
        )
    }

    pub(crate) fn lock_mismatch(place: &str, given: Uuid, holder: LockInfo) -> Self {
        let why = format!("The lock {given} is not the one that is held: {holder}.");
        let next = format!("Only if you are sure that this one no longer runs: {RELEASE_COMMAND} {}", holder.id);
        Self::new(ErrorKind::LockMismatch(Box::new(holder)), place, "This is another lock", why, next)
    }
}

/// The command that releases a lock by its id.
const RELEASE_COMMAND: &str = "housewright state unlock";

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// A message of a library, without the parts of addresses that can hold secrets: what stands before an `@`, and queries.
pub(crate) fn without_secrets(text: &str) -> String {
    let words = text.split_inclusive([' ', '(', ')', '"', '\'', ',']);
    let clean = |word: &str| {
        let Some((scheme, rest)) = word.split_once("://") else { return word.to_owned() };
        let end = rest.len() - rest.chars().next_back().filter(|c| " ()\"\',".contains(*c)).map_or(0, char::len_utf8);
        let (address, tail) = rest.split_at(end);
        let address = address.split_once('?').map_or(address.to_owned(), |(before, _)| format!("{before}?…"));
        let (host, path) = address.split_once('/').map_or((&*address, None), |(host, path)| (host, Some(path)));
        let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
        let path = path.map(|path| format!("/{path}")).unwrap_or_default();
        format!("{scheme}://{host}{path}{tail}")
    };
    words.map(clean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_in_messages_lose_their_secrets() {
        for (text, clean) in [
            ("error for url (https://a.b/c?sig=SECRET&x=1): refused", "error for url (https://a.b/c?…): refused"),
            ("postgres://anna:SECRET@db.example/x is away", "postgres://db.example/x is away"),
            ("\"https://anna:SECRET@host?SECRET\", 2", "\"https://host?…\", 2"),
            ("nothing to hide: 1/2?", "nothing to hide: 1/2?"),
        ] {
            assert_eq!(without_secrets(text), clean);
        }
    }
}
