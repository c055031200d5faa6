//! What goes on inside a service beside what its configuration says: replicas, queries, load, what the autoscaler has
//! seen. Data only; [`super::life`] makes it go on.

use std::collections::VecDeque;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::autoscale::Policy;
use super::idling::Held;
use super::load::{History, Load, Profile};
use super::replicas::ReplicaSet;
use super::settings::{Settings, after};

/// A query that somebody started by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Query {
    /// Place in the order of queries of the service.
    pub number: u64,
    /// Replica it runs on; none while the service wakes for it.
    pub replica: Option<u32>,
    /// How long it takes.
    pub seconds: u32,
    /// When it came.
    pub started: Timestamp,
    /// When it began to run.
    pub began: Option<Timestamp>,
    /// When it ends, once it runs: by itself, or when its replica is gone.
    pub ends: Option<Timestamp>,
}

impl Query {
    /// Whether it ends before its work is done.
    pub fn is_cut(&self) -> bool {
        self.began.zip(self.ends).is_some_and(|(began, ends)| ends < after(began, self.seconds))
    }
}

/// A backup that runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RunningBackup {
    /// Identifier.
    pub id: Uuid,
    /// Replica it runs on, which does not leave before its end.
    pub replica: Option<u32>,
    /// When it ends.
    pub ends: Timestamp,
}

/// Work in the background since the service exists. It stands still while the service idles.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Background {
    /// Refreshes of refreshable materialized views.
    pub view_refreshes: f64,
    /// Files taken by S3Queue.
    pub s3_queue_files: f64,
    /// Seconds in which merges could be scheduled.
    pub merge_seconds: f64,
}

/// What horizontal autoscaling remembers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Horizontal {
    /// Low looks in a row.
    pub low_looks: u32,
    /// When it looked last.
    pub looked: Option<Timestamp>,
}

/// The inside of a service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Runtime {
    /// Its servers.
    pub replicas: ReplicaSet,
    /// What users do to it.
    pub load: Option<Profile>,
    /// What the autoscaler looks back on.
    pub history: History,
    /// Up to when the load has been observed.
    pub observed: Timestamp,
    /// When the last user query ended, or compute began to run.
    pub quiet_since: Timestamp,
    /// Queries started by hand.
    pub queries: Vec<Query>,
    /// How many there were.
    pub queries_started: u64,
    /// Work in the background.
    pub background: Background,
    /// Seconds a server needs to start; the settings' time to wake unless set.
    pub initialization_seconds: Option<u32>,
    /// Which autoscaler; the settings' unless set.
    pub policy: Option<Policy>,
    /// Whether new replicas join before old ones leave; the settings' unless set.
    pub make_before_break: Option<bool>,
    /// What kept it from idling when the timeout had passed, once that is in the timeline.
    pub told_held: Option<Held>,
    /// What the small window asked for last time.
    pub previous_small_gb: Option<u32>,
    /// What horizontal autoscaling remembers.
    pub horizontal: Horizontal,
    /// Upgrades so far.
    pub generation: u32,
    /// The version the upgrade under way leads to.
    pub upgrades_to: Option<String>,
    /// Its state was set behind everybody's back, and stays until a command.
    pub forced: bool,
    /// The schedule's entry in force.
    pub schedule_entry: Option<Uuid>,
    /// It asks for more than the organization may have, so the base configuration holds all the same.
    pub schedule_refused: bool,
    /// The backup that runs.
    pub backup: Option<RunningBackup>,
    /// When the last one began.
    pub last_backup: Option<Timestamp>,
    /// Backups the service made by itself that are kept, oldest first.
    pub backups: VecDeque<Uuid>,
    /// How many it made.
    pub backups_made: u64,
    /// How many releases it has taken.
    pub releases_taken: usize,
}

impl Runtime {
    /// The inside of a service that begins at that time.
    pub fn new(now: Timestamp) -> Self {
        Self {
            replicas: ReplicaSet::default(),
            load: None,
            history: History::default(),
            observed: now,
            quiet_since: now,
            queries: Vec::new(),
            queries_started: 0,
            background: Background::default(),
            initialization_seconds: None,
            policy: None,
            make_before_break: None,
            told_held: None,
            previous_small_gb: None,
            horizontal: Horizontal::default(),
            generation: 0,
            upgrades_to: None,
            forced: false,
            schedule_entry: None,
            schedule_refused: false,
            backup: None,
            last_backup: None,
            backups: VecDeque::new(),
            backups_made: 0,
            releases_taken: 0,
        }
    }

    /// Which autoscaler decides.
    pub fn policy(&self, settings: &Settings) -> Policy {
        self.policy.unwrap_or(settings.autoscaling.policy)
    }

    /// Whether new replicas join before old ones leave.
    pub fn make_before_break(&self, settings: &Settings) -> bool {
        self.make_before_break.unwrap_or(settings.autoscaling.make_before_break)
    }

    /// Seconds a server needs to start.
    pub fn initialization_seconds(&self, settings: &Settings) -> u32 {
        self.initialization_seconds.unwrap_or(settings.durations.wake)
    }

    /// The load at that time.
    pub fn load_at(&self, now: Timestamp, grain: u64) -> Load {
        self.load.as_ref().map_or_else(Load::default, |profile| profile.at(now, grain))
    }
}
