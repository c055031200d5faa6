//! The timeline: what happened to services and why, with the numbers a decision followed from.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::record::Record;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TimelineEntry {
    /// Place in the order of happening, from 1 on.
    pub sequence: u64,
    /// Virtual time.
    pub at: Timestamp,
    /// The service it happened to.
    pub service_id: Uuid,
    /// Its name then.
    pub service: String,
    /// What: a word of [`What`].
    pub what: What,
    /// What and why, for people.
    pub text: String,
    /// The numbers behind it, for programs.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub numbers: Value,
}

/// Sorts of things that happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum What {
    State,
    ScalingRequested,
    ScalingDecided,
    ScalingDone,
    ReplicaAdded,
    ReplicaAbandoned,
    ReplicaJoined,
    ReplicaDraining,
    ReplicaLeft,
    IdleHeld,
    QueryStarted,
    QueryEnded,
    QueryCutOff,
    QueryRefused,
    OutOfMemory,
    LoadSet,
    ScheduleBegan,
    ScheduleEnded,
    ScheduleRefused,
    ScheduleScaled,
    BackupStarted,
    BackupDone,
    BackupExpired,
    UpgradeStarted,
    UpgradeDone,
}

impl What {
    /// Its word.
    pub fn word(self) -> String {
        serde_json::to_value(self).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
    }
}

/// The newest entries.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Timeline {
    recorded: u64,
    entries: Record<TimelineEntry>,
}

impl Timeline {
    /// Adds an entry, numbers it, and forgets the oldest beyond the limit.
    pub fn push(&mut self, mut entry: TimelineEntry, limit: usize) {
        self.recorded += 1;
        entry.sequence = self.recorded;
        self.entries.push(entry, limit);
    }

    /// Those after that one, oldest first.
    pub fn since(&self, sequence: u64) -> impl Iterator<Item = Cow<'_, TimelineEntry>> {
        self.entries.after(move |entry| entry.sequence <= sequence)
    }
}
