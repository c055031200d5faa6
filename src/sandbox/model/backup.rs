//! Backups of services, and snapshots, which look the same.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{BackupBucket, Provider};

/// A backup that a service can be made from once it is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Backup {
    /// Identifier that `backupId` names.
    pub id: Uuid,
    /// Service it was made of; it may be gone.
    pub service_id: Uuid,
    /// Where it lies.
    pub provider: Provider,
    /// Where it lies.
    pub region: String,
    /// Whether its service was encrypted; one made from it is so as well.
    pub has_transparent_data_encryption: bool,
    /// How far it is.
    pub status: BackupStatus,
    /// Whether it stands alone.
    pub kind: BackupKind,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// How large it is.
    pub size_in_bytes: u64,
    /// The bucket of the customer it lies in; none for one of the provider's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket: Option<BackupBucket>,
}

/// How far a backup is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names are the API's and say it")]
pub enum BackupStatus {
    Done,
    Error,
    InProgress,
}

/// Whether a backup stands alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BackupKind {
    /// It does.
    Full,
    /// It needs those before it, back to a full one.
    Incremental,
}
