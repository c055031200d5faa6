//! What a world is made from: seed, clock, durations, defaults. Stored with the world, so that a world keeps the rules
//! it was born with. Holds no secret: credentials are [`Credentials`], which no file ever sees.

use base64::Engine as _;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::autoscale::Policy;
use super::model::Organization;

/// What a new world starts from. An existing directory keeps its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Settings {
    /// All identifiers follow from it.
    pub seed: u64,
    /// Virtual time at the world's beginning.
    pub start: Timestamp,
    /// The one organization of the world. Its `id` is drawn from the seed when nil.
    pub organization: Organization,
    /// How long things take.
    pub durations: Durations,
    /// What the API fills in when a request leaves it out.
    pub defaults: Defaults,
    /// How services scale by themselves.
    pub autoscaling: Autoscaling,
    /// When services idle.
    pub idling: Idling,
    /// How many requests the request log keeps; the oldest go first.
    pub request_log_limit: usize,
    /// How many entries the timeline keeps; the oldest go first.
    pub timeline_limit: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            seed: 0,
            start: Timestamp::from_second(1_767_225_600).expect("2026-01-01T00:00:00Z lies within jiff's range"),
            organization: Organization::default(),
            durations: Durations::default(),
            defaults: Defaults::default(),
            autoscaling: Autoscaling::default(),
            idling: Idling::default(),
            request_log_limit: 10_000,
            timeline_limit: 10_000,
        }
    }
}

/// How long the control plane takes, in virtual seconds. The documents give ranges only; these lie inside them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Durations {
    /// `provisioning` until `running`.
    pub provision: u32,
    /// `awaking` until `running`.
    pub wake: u32,
    /// `starting` until `running`.
    pub start: u32,
    /// `stopping` until `stopped`.
    pub stop: u32,
    /// `terminating` until the service is gone.
    pub terminate: u32,
    /// New replicas of a scaling operation until they serve; all of them at the same time.
    pub replica_add: u32,
    /// How long a replica that leaves waits for its queries at most.
    pub drain_limit: u32,
    /// A backup until it is done.
    pub backup: u32,
    /// How late windows of scaling schedules open and close at most.
    pub schedule_lag: u32,
    /// `infra-provisioning` until the BYOC infrastructure is there.
    pub byoc_provision: u32,
    /// `infra-terminating` until it is gone.
    pub byoc_terminate: u32,
    /// Private link of a BYOC infrastructure until it can be used.
    pub private_link: u32,
}

impl Default for Durations {
    fn default() -> Self {
        Self {
            provision: 300,
            wake: 150,
            start: 150,
            stop: 60,
            terminate: 60,
            replica_add: 600,
            drain_limit: 3_600,
            backup: 600,
            schedule_lag: 180,
            byoc_provision: 2400,
            byoc_terminate: 1800,
            private_link: 120,
        }
    }
}

/// How services scale by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Autoscaling {
    /// Which function decides about memory.
    pub policy: Policy,
    /// New replicas join before old ones leave.
    pub make_before_break: bool,
    /// Seconds between two looks at a service's memory.
    pub cycle: u32,
    /// Seconds between two looks at a service's number of replicas.
    pub horizontal_cycle: u32,
}

impl Default for Autoscaling {
    fn default() -> Self {
        Self { policy: Policy::ThirtyHour, make_before_break: true, cycle: 300, horizontal_cycle: 600 }
    }
}

/// When services idle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Idling {
    /// Active parts above which a service never idles.
    pub most_parts: u32,
}

impl Default for Idling {
    fn default() -> Self {
        Self { most_parts: 10_000 }
    }
}

/// Adds virtual seconds to a time; stays at the end of time instead of overflowing.
pub fn after(time: Timestamp, seconds: u32) -> Timestamp {
    time.saturating_add(SignedDuration::from_secs(i64::from(seconds))).unwrap_or(Timestamp::MAX)
}

/// What the API fills in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Defaults {
    /// Idle timeout in minutes. The real default is documented nowhere.
    pub idle_timeout_minutes: u32,
    /// Smallest replica in GB when a create request gives no memory (organizations above Basic).
    pub min_replica_memory_gb: u32,
    /// Largest replica in GB when a create request gives no memory (organizations above Basic).
    pub max_replica_memory_gb: u32,
    /// Version that new services report.
    pub clickhouse_version: String,
}

impl Default for Defaults {
    fn default() -> Self {
        Self {
            idle_timeout_minutes: 15,
            min_replica_memory_gb: 16,
            max_replica_memory_gb: 120,
            clickhouse_version: "26.2".to_owned(),
        }
    }
}

/// The API key the sandbox accepts. Held in memory only, the secret as a digest.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    key_id: String,
    digest: [u8; 32],
}

impl Credentials {
    /// A key id and its secret.
    pub fn new(key_id: &str, secret: &str) -> Self {
        Self { key_id: key_id.to_owned(), digest: Sha256::digest(secret.as_bytes()).into() }
    }

    /// The key's id, which is no secret.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// Whether this key id and secret are the ones accepted.
    pub fn accept(&self, key_id: &str, secret: &str) -> bool {
        *self == Self::new(key_id, secret)
    }

    /// Closes a digest: the same one gives the same seal, and nobody can compute it who has the world's files only.
    pub(super) fn seal(&self, digest: &[u8]) -> String {
        let mut hasher = Sha256::new();
        hasher.update(self.digest);
        hasher.update(digest);
        base64::engine::general_purpose::STANDARD.encode(hasher.finalize())
    }

    /// [`Credentials::seal`] of a text's digest.
    pub(super) fn seal_text(&self, text: &str) -> String {
        self.seal(&Sha256::digest(text.as_bytes()))
    }

    /// Bytes nobody can compute who has the world's files only; generated passwords depend on them.
    pub(super) fn key(&self) -> &[u8] {
        &self.digest
    }
}

impl Default for Credentials {
    /// Key id `sandbox`, secret `sandbox`.
    fn default() -> Self {
        Self::new("sandbox", "sandbox")
    }
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}
