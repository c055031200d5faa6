//! Who may change a state: the facts about a lock. Must not know how a backend keeps it.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How often the owner of a lock gives a sign of life.
pub const HEARTBEAT: Duration = Duration::from_secs(15);

/// Without a sign of life for that long, the owner has most likely died.
const SILENCE: Duration = Duration::from_secs(90);

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
    /// What tells the process apart from others of that number on hosts of that name; empty where nothing does.
    #[serde(default)]
    pub birth: String,
    /// What is being done, such as `apply`.
    pub operation: String,
    pub since: Timestamp,
    /// The last sign of life. Backends that cannot keep one say when the lock was taken.
    pub heartbeat: Timestamp,
}

impl LockInfo {
    /// What the last sign of life says at `now`, by the clock of whoever looks.
    pub fn life(&self, now: Timestamp) -> Life {
        match Duration::try_from(now.duration_since(self.heartbeat)) {
            Err(_) => Life::Ahead,
            Ok(ago) if ago > SILENCE => Life::Silent(ago),
            Ok(ago) => Life::Beating(ago),
        }
    }
}

/// What the last sign of life says about an owner. It is never a reason to take a lock away: clocks differ, machines
/// sleep, and networks break.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// It came not long ago.
    Beating(Duration),
    /// It came so long ago that the owner has most likely died.
    Silent(Duration),
    /// It lies in the future: one of the clocks is wrong.
    Ahead,
}

impl fmt::Display for LockInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, owner, host, process, operation, since, .. } = self;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::info;

    #[test]
    fn the_last_sign_of_life_is_judged_by_its_age_and_never_panics() {
        let info = info(1, "apply");
        let after = |seconds: i64| info.life(Timestamp::from_second(1_790_000_000 + seconds).expect("a time"));
        assert_eq!(after(0), Life::Beating(Duration::ZERO));
        assert_eq!(after(90), Life::Beating(Duration::from_secs(90)));
        assert_eq!(after(91), Life::Silent(Duration::from_secs(91)));
        assert_eq!(after(-1), Life::Ahead);
        assert_eq!(info.life(Timestamp::MIN), Life::Ahead);
        assert!(matches!(info.life(Timestamp::MAX), Life::Silent(_)));
    }
}
