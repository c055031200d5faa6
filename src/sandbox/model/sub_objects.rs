//! What hangs on a service and has an operation of its own: schedule, upgrade window, settings, bucket, snapshots,
//! routing.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use jiff::{Timestamp, civil::Weekday};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{AutoscalingMode, MemoryRange, Replicas};

/// Hours of a week.
const WEEK: u32 = 7 * 24;

/// The sub-objects of a service that were set; each may be absent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct SubObjects {
    /// When the service has another size; empty when there is no schedule.
    pub scaling_schedule: Vec<ScheduleEntry>,
    /// When upgrades happen; only a primary's counts.
    pub upgrade_window: Option<UpgradeWindow>,
    /// ClickHouse settings that were set, by name.
    pub clickhouse_settings: BTreeMap<String, SettingValue>,
    /// Where else backups go.
    pub backup_bucket: Option<BackupBucket>,
    /// When snapshots are made.
    pub snapshot_configuration: SnapshotConfiguration,
    /// Since when they are made so.
    pub snapshots_since: Option<Timestamp>,
    /// Whether connections stick to a replica.
    pub replica_aware_routing: ReplicaAwareRouting,
    /// Queries that the SQL console offers, oldest first.
    pub saved_queries: Vec<SavedQuery>,
    /// Addresses that each run a query, oldest first.
    pub query_api_endpoints: Vec<QueryApiEndpoint>,
}

/// An address that runs a query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct QueryApiEndpoint {
    /// Identifier.
    pub id: Uuid,
    /// Name; several may have the same.
    pub name: String,
    /// The query.
    pub sql: String,
    /// Database it is run in.
    pub database: String,
    /// Values of its parameters, where the caller gives no others.
    pub parameters: BTreeMap<String, String>,
    /// Keys that may call it.
    pub api_key_ids: Vec<Uuid>,
    /// Roles in the database.
    pub roles: Vec<String>,
    /// Origins whose pages may call it.
    pub allowed_origins: Vec<String>,
    /// Whether somebody made it of a query they saved in the console: then it cannot be changed over the API.
    #[serde(default)]
    pub user_owned: bool,
}

/// A query that the SQL console offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SavedQuery {
    /// Identifier.
    pub id: Uuid,
    /// Name, unique in the service.
    pub name: String,
    /// The query.
    pub sql: String,
    /// Database it is run in.
    pub database: String,
    /// Values of its parameters, where nobody gives others.
    pub parameters: BTreeMap<String, String>,
}

/// A window of the week in which a service has another size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScheduleEntry {
    /// Identifier.
    pub id: Uuid,
    /// Name shown to people.
    pub name: String,
    /// Days on which it begins, 0 for Sunday.
    pub weekdays: BTreeSet<u32>,
    /// First hour, UTC.
    pub start_hour_utc: u32,
    /// First hour after it, UTC; before the start when the window goes over midnight.
    pub end_hour_utc: u32,
    /// What scales by itself.
    pub autoscaling_mode: AutoscalingMode,
    /// Memory of each replica; the base configuration's when left out.
    pub memory: Option<MemoryRange>,
    /// Number of replicas; the base configuration's when left out.
    pub replicas: Option<Replicas>,
    /// Whether the service may idle; the base configuration's when left out.
    pub idle_scaling: Option<bool>,
    /// Minutes until it idles; the base configuration's when left out.
    pub idle_timeout_minutes: Option<u32>,
}

impl ScheduleEntry {
    /// The hours of the week it covers, counted from Sunday 00:00 UTC. A window over midnight belongs to the day on
    /// which it begins; one over the end of Saturday goes on in Sunday.
    pub fn hours(&self) -> BTreeSet<u32> {
        let length = match self.end_hour_utc > self.start_hour_utc {
            true => self.end_hour_utc - self.start_hour_utc,
            false => self.end_hour_utc + 24 - self.start_hour_utc,
        };
        let starts = self.weekdays.iter().map(|day| day * 24 + self.start_hour_utc);
        starts.flat_map(|start| (start..start + length).map(|hour| hour % WEEK)).collect()
    }

    /// Whether its window is open at that time.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.hours().contains(&hour_of_week(now))
    }
}

/// The hour of the week, counted from Sunday 00:00 UTC.
pub fn hour_of_week(now: Timestamp) -> u32 {
    let civil = now.to_zoned(TimeZone::UTC).datetime();
    let day = u32::from(civil.weekday().since(Weekday::Sunday).unsigned_abs());
    day * 24 + u32::from(civil.hour().unsigned_abs())
}

/// When upgrades of a service happen: six hours of one day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpgradeWindow {
    /// Day, 0 for Sunday.
    pub weekday: u32,
    /// First hour, UTC.
    pub start_hour_utc: u32,
}

impl UpgradeWindow {
    /// Hours it lasts.
    pub const DURATION: u32 = 6;
}

/// Value of a ClickHouse setting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum SettingValue {
    /// A whole number.
    Number(i64),
    /// A text.
    Text(String),
}

/// A bucket of the customer that backups go to. Its secrets are not part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BackupBucket {
    /// Identifier.
    pub id: Uuid,
    /// Where it is, and what its provider needs to know.
    #[serde(flatten)]
    pub place: BucketPlace,
}

/// Where a bucket is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "bucketProvider", rename_all = "UPPERCASE", rename_all_fields = "camelCase")]
pub enum BucketPlace {
    /// Amazon S3.
    Aws {
        /// Bucket and path.
        bucket_path: String,
        /// Role that writes to it.
        iam_role_arn: String,
        /// Name of the role's session.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        iam_role_session_name: Option<String>,
        /// External id the role asks for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        iam_role_external_id: Option<String>,
    },
    /// Google Cloud Storage.
    Gcp {
        /// Bucket and path.
        bucket_path: String,
        /// Id of the HMAC key.
        access_key_id: String,
    },
    /// Azure Blob Storage.
    Azure {
        /// Container.
        container_name: String,
    },
}

/// When snapshots are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SnapshotConfiguration {
    /// Whether they are made.
    pub enabled: bool,
    /// Minutes between two.
    pub gap: u32,
    /// Minutes they reach back.
    pub time_frame: u32,
}

impl SnapshotConfiguration {
    /// Pairs of `gap` and `timeFrame` that the API accepts.
    pub const PAIRS: [(u32, u32); 2] = [(30, 1440), (60, 2880)];
}

impl Default for SnapshotConfiguration {
    /// None, at the first pair's cadence.
    fn default() -> Self {
        let (gap, time_frame) = Self::PAIRS[0];
        Self { enabled: false, gap, time_frame }
    }
}

/// Whether connections stick to a replica.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReplicaAwareRouting {
    /// Over HTTP.
    pub http_enabled: bool,
    /// Over the native protocol.
    pub native_enabled: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(weekdays: &[u32], start_hour_utc: u32, end_hour_utc: u32) -> ScheduleEntry {
        ScheduleEntry {
            id: Uuid::nil(),
            name: "window".to_owned(),
            weekdays: weekdays.iter().copied().collect(),
            start_hour_utc,
            end_hour_utc,
            autoscaling_mode: AutoscalingMode::Vertical,
            memory: None,
            replicas: None,
            idle_scaling: None,
            idle_timeout_minutes: None,
        }
    }

    #[test]
    fn a_window_over_midnight_belongs_to_the_day_on_which_it_begins() {
        let friday_night = entry(&[5], 22, 2).hours();
        assert_eq!(friday_night, [5 * 24 + 22, 5 * 24 + 23, 6 * 24, 6 * 24 + 1].into());
        let saturday_night = entry(&[6], 23, 1).hours();
        assert_eq!(saturday_night, [0, 6 * 24 + 23].into());
        assert_eq!(entry(&[0], 0, 24).hours().len(), 24);
    }

    #[test]
    fn the_week_begins_on_sunday_in_utc() {
        // The first of January 2026 is a Thursday.
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert_eq!(hour_of_week(at("2026-01-01T05:59:59Z")), 4 * 24 + 5);
        assert_eq!(hour_of_week(at("2026-01-04T00:00:00Z")), 0);
    }
}
