//! Who may change a state: the facts about a lock. Must not know how a backend keeps it.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Who holds a lock, since when and what for. All of it is found out by the caller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockInfo {
    /// Freshly drawn for every lock.
    pub id: Uuid,
    /// Name of the user.
    pub owner: String,
    pub host: String,
    /// Process id on that host.
    pub process: u32,
    /// What is being done, such as `apply`.
    pub operation: String,
    pub since: Timestamp,
}

impl fmt::Display for LockInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, owner, host, process, operation, since } = self;
        write!(f, "`{operation}` by {owner} on {host} (process {process}), since {since}, lock {id}")
    }
}

/// A lock that was obtained. It lasts until [`crate::Store::unlock`]; dropping this value does nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "the lock must be given back by its id, and `taken_over` be told to the user"]
pub struct Lock {
    pub info: LockInfo,
    /// The lock this one replaced, whose owner died without giving it back: what it did may be unfinished.
    pub taken_over: Option<LockInfo>,
}
