//! Request bodies of what hangs on a service.

use super::{IDLE_TIMEOUT, MODE, REPLICA_MEMORY};
use crate::sandbox::shape::{ANY_TEXT, Field, Rule, TEXTS, optional, required};

const WEEKDAY: Rule = Rule::Whole { min: 0, max: 6, step: 1 };
/// The limit of a service is looked at when an entry is applied.
const ENTRY_REPLICAS: Rule = Rule::Whole { min: 1, max: u32::MAX as i64, step: 1 };
const ENTRY: Rule = Rule::Object(&[
    required("name", Rule::Text { min: 1, max: usize::MAX }),
    required("weekdays", Rule::Filled { item: &WEEKDAY, max: usize::MAX }),
    required("startHourUtc", Rule::Whole { min: 0, max: 23, step: 1 }),
    required("endHourUtc", Rule::Whole { min: 1, max: 24, step: 1 }),
    optional("autoscalingMode", MODE),
    optional("minReplicaMemoryGb", REPLICA_MEMORY),
    optional("maxReplicaMemoryGb", REPLICA_MEMORY),
    optional("numReplicas", ENTRY_REPLICAS),
    optional("minReplicas", ENTRY_REPLICAS),
    optional("maxReplicas", ENTRY_REPLICAS),
    optional("idleScaling", Rule::Boolean),
    optional("idleTimeoutMinutes", IDLE_TIMEOUT),
]);

/// `ScalingSchedulePostRequest`.
pub const SCALING_SCHEDULE_POST: &[Field] = &[required("entries", Rule::List { item: &ENTRY, max: 10 })];

/// `UpgradeWindowPutRequest`.
pub const UPGRADE_WINDOW_PUT: &[Field] =
    &[required("weekday", WEEKDAY), required("startHourUtc", Rule::Whole { min: 0, max: 18, step: 6 })];

const SETTING: Rule = Rule::Either(&[Rule::Whole { min: i64::MIN, max: i64::MAX, step: 1 }, ANY_TEXT]);

/// `ServiceClickhouseSettingsPatchRequest`.
pub const CLICKHOUSE_SETTINGS_PATCH: &[Field] =
    &[required("settings", Rule::Map { value: &SETTING, min: 1, max: usize::MAX })];

const FILLED_TEXT: Rule = Rule::Text { min: 1, max: usize::MAX };
const SECRET: Rule = Rule::Secret { valid: |text| !text.is_empty(), words: "must be a text that is not empty" };
const AWS: Field = required("bucketProvider", Rule::Choice(&["AWS"]));
const GCP: Field = required("bucketProvider", Rule::Choice(&["GCP"]));
const AZURE: Field = required("bucketProvider", Rule::Choice(&["AZURE"]));

/// `AwsBackupBucketPostRequestV1`.
pub const AWS_BUCKET_POST: &[Field] = &[
    AWS,
    required("bucketPath", FILLED_TEXT),
    required("iamRoleArn", FILLED_TEXT),
    optional("iamRoleSessionName", ANY_TEXT),
    optional("iamRoleExternalId", ANY_TEXT),
];

/// `AwsBackupBucketPatchRequestV1`. Null clears a text.
pub const AWS_BUCKET_PATCH: &[Field] = &[
    AWS,
    optional("bucketPath", FILLED_TEXT),
    required("iamRoleArn", FILLED_TEXT),
    optional("iamRoleSessionName", Rule::OrNull(&ANY_TEXT)),
    optional("iamRoleExternalId", Rule::OrNull(&ANY_TEXT)),
];

/// `GcpBackupBucketPostRequestV1`.
pub const GCP_BUCKET_POST: &[Field] = &[
    GCP,
    required("bucketPath", FILLED_TEXT),
    required("accessKeyId", FILLED_TEXT),
    required("secretAccessKey", SECRET),
];

/// `GcpBackupBucketPatchRequestV1`.
pub const GCP_BUCKET_PATCH: &[Field] = &[
    GCP,
    optional("bucketPath", FILLED_TEXT),
    required("accessKeyId", FILLED_TEXT),
    required("secretAccessKey", SECRET),
];

/// `AzureBackupBucketPostRequestV1`.
pub const AZURE_BUCKET_POST: &[Field] =
    &[AZURE, required("containerName", FILLED_TEXT), required("connectionString", SECRET)];

/// `AzureBackupBucketPatchRequestV1`.
pub const AZURE_BUCKET_PATCH: &[Field] =
    &[AZURE, optional("containerName", FILLED_TEXT), required("connectionString", SECRET)];

/// `PublicSavedQueryRequest`.
pub const SAVED_QUERY: &[Field] = &[
    required("name", FILLED_TEXT),
    required("sql", Rule::Text { min: 0, max: 4_194_304 }),
    required("database", ANY_TEXT),
    optional("parameters", Rule::Map { value: &ANY_TEXT, min: 0, max: usize::MAX }),
];

/// `PublicQueryApiEndpointRequest`.
pub const QUERY_API_ENDPOINT: &[Field] = &[
    required("name", FILLED_TEXT),
    required("sql", Rule::Text { min: 0, max: 4_194_304 }),
    required("database", ANY_TEXT),
    optional("parameters", Rule::Map { value: &ANY_TEXT, min: 0, max: usize::MAX }),
    required("apiKeyIds", Rule::Filled { item: &Rule::Uuid, max: usize::MAX }),
    required("roles", Rule::Filled { item: &FILLED_TEXT, max: usize::MAX }),
    optional("allowedOrigins", TEXTS),
];

/// `SnapshotConfigurationPatchRequest`.
pub const SNAPSHOT_CONFIGURATION_PATCH: &[Field] = &[
    optional("enabled", Rule::Boolean),
    optional("gap", Rule::Whole { min: 1, max: u32::MAX as i64, step: 1 }),
    optional("timeFrame", Rule::Whole { min: 1, max: u32::MAX as i64, step: 1 }),
];

/// `ReplicaAwareRoutingPatchRequest`.
pub const REPLICA_AWARE_ROUTING_PATCH: &[Field] =
    &[optional("httpEnabled", Rule::Boolean), optional("nativeEnabled", Rule::Boolean)];
