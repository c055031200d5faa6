//! A service as the control plane stores it. Passwords and their hashes are not part of it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Scaling, SubObjects};

/// A service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Service {
    /// Identifier.
    pub id: Uuid,
    /// Place in the order of creation.
    pub number: u64,
    /// Name; need not be unique.
    pub name: String,
    /// Cloud provider.
    pub provider: Provider,
    /// Region.
    pub region: String,
    /// State now.
    pub state: ServiceState,
    /// When it was created.
    pub created_at: Timestamp,
    /// Tier of a service in a legacy organization.
    pub tier: Option<ServiceTier>,
    /// Warehouse it belongs to.
    pub data_warehouse_id: Uuid,
    /// First service of its warehouse.
    pub is_primary: bool,
    /// Read-only.
    pub is_readonly: bool,
    /// Configured scaling.
    pub scaling: Scaling,
    /// Scaling in force, which `currentScaling` shows. A stopped service takes over the configured one when it starts.
    pub scaling_in_force: Scaling,
    /// Replicas that really exist while the service runs.
    pub allocation: Allocation,
    /// Who may connect.
    pub ip_access_list: Vec<IpAccessListEntry>,
    /// Private endpoints attached.
    pub private_endpoint_ids: Vec<String>,
    /// Tags.
    pub tags: Vec<Tag>,
    /// Release channel; one for the whole warehouse.
    pub release_channel: ReleaseChannel,
    /// ClickHouse version.
    pub clickhouse_version: String,
    /// BYOC infrastructure it runs on.
    pub byoc_id: Option<String>,
    /// Instance profile.
    pub profile: String,
    /// Regulatory compliance.
    pub compliance_type: Option<ComplianceType>,
    /// Whether the MySQL endpoint is on.
    pub mysql_enabled: bool,
    /// Transparent data encryption.
    pub has_transparent_data_encryption: bool,
    /// Own key of the transparent data encryption.
    pub transparent_data_encryption_key_id: Option<String>,
    /// Disk encryption key of the customer.
    pub encryption_key: Option<String>,
    /// Role to use that key with.
    pub encryption_assumed_role_identifier: Option<String>,
    /// Whether core dumps are collected.
    pub enable_core_dumps: bool,
    /// Backup it was made from.
    pub backup_id: Option<Uuid>,
    /// When backups are made; only a primary's counts.
    pub backup_configuration: BackupConfiguration,
    /// Query endpoint, if one is set up.
    pub query_endpoint: Option<QueryEndpoint>,
    /// What else hangs on it.
    #[serde(default)]
    pub sub_objects: SubObjects,
    /// How often the password was set after creation.
    pub password_changes: u32,
    /// What a fault makes of it when a transition ends.
    pub fate: Option<Fate>,
}

impl Service {
    /// Whether compute runs, so that a new size needs new replicas.
    pub fn has_replicas(&self) -> bool {
        matches!(self.state, ServiceState::Running | ServiceState::PartiallyRunning | ServiceState::Degraded)
    }
}

/// State of a service, with the API's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names are the API's and say it")]
pub enum ServiceState {
    Starting,
    Stopping,
    Terminating,
    Softdeleting,
    Awaking,
    PartiallyRunning,
    Provisioning,
    Running,
    Stopped,
    Terminated,
    Softdeleted,
    Degraded,
    Failed,
    Idle,
}

impl ServiceState {
    /// The API's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Stopping => "stopping",
            Self::Terminating => "terminating",
            Self::Softdeleting => "softdeleting",
            Self::Awaking => "awaking",
            Self::PartiallyRunning => "partially_running",
            Self::Provisioning => "provisioning",
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::Terminated => "terminated",
            Self::Softdeleted => "softdeleted",
            Self::Degraded => "degraded",
            Self::Failed => "failed",
            Self::Idle => "idle",
        }
    }
}

/// What a fault makes of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// Turns `failed` instead of `running`.
    Failed,
    /// Turns `degraded` instead of `running`.
    Degraded,
    /// Never leaves `provisioning`.
    Stuck,
}

/// Replicas that exist while a service runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Allocation {
    /// How many.
    pub replicas: u32,
    /// GB of each.
    pub memory_gb: u32,
}

impl Allocation {
    /// What a service has once this scaling is reached, coming from `self`: as little change as the bounds allow.
    pub fn within(self, scaling: &Scaling) -> Self {
        let clamp = |value: u32, min: u32, max: u32| value.max(min).min(max.max(min));
        Self {
            replicas: clamp(self.replicas, scaling.replicas.min(), scaling.replicas.max()),
            memory_gb: clamp(self.memory_gb, scaling.memory.min, scaling.memory.max),
        }
    }
}

/// Cloud provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "proper names")]
pub enum Provider {
    Aws,
    Gcp,
    Azure,
}

impl Provider {
    /// The API's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::Gcp => "gcp",
            Self::Azure => "azure",
        }
    }
}

/// Tier of a service in a legacy organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ServiceTier {
    /// Fixed size, no settings.
    Development,
    /// Scales.
    Production,
}

/// When new ClickHouse releases arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the names are the API's and say it")]
pub enum ReleaseChannel {
    Slow,
    Default,
    Fast,
}

/// Regulatory compliance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "proper names")]
pub enum ComplianceType {
    Hipaa,
    Pci,
}

/// One line of an IP access list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IpAccessListEntry {
    /// IPv4 address or CIDR, as it was written.
    pub source: String,
    /// Free text.
    #[serde(default)]
    pub description: String,
}

/// A tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Tag {
    /// Name.
    pub key: String,
    /// Value; a tag may have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// When backups are made and how long they are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BackupConfiguration {
    /// Hours between two backups.
    pub backup_period_in_hours: u32,
    /// Hours a backup is kept at least.
    pub backup_retention_period_in_hours: u32,
    /// UTC time of the day, `HH:MM`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup_start_time: Option<String>,
}

impl Default for BackupConfiguration {
    /// Every 24 hours, kept for 24.
    fn default() -> Self {
        Self { backup_period_in_hours: 24, backup_retention_period_in_hours: 24, backup_start_time: None }
    }
}

/// The query endpoint of a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct QueryEndpoint {
    /// Identifier.
    pub id: Uuid,
    /// API keys that may use it.
    pub open_api_keys: Vec<String>,
    /// `sql_console_read_only`, `sql_console_admin`.
    pub roles: Vec<String>,
    /// Comma-separated domains.
    pub allowed_origins: String,
}
