//! The request bodies of the operations that are built, from the API's description (`components/schemas`), and the
//! documented extensions to it.

mod access;
mod byoc;
mod sub_objects;

pub use access::*;
pub use byoc::*;
pub use sub_objects::*;

use super::shape::{ANY_TEXT, Field, Rule, TEXTS, optional, required};

/// Cloud providers.
pub const PROVIDERS: &[&str] = &["aws", "gcp", "azure"];

/// Regions of each provider. The API's list is flat; which region belongs to whom is common knowledge.
pub const REGIONS: &[(&str, &[&str])] = &[
    (
        "aws",
        &[
            "ap-northeast-1",
            "ap-northeast-2",
            "ap-south-1",
            "ap-southeast-1",
            "ap-southeast-2",
            "ca-central-1",
            "eu-central-1",
            "eu-west-1",
            "eu-west-2",
            "il-central-1",
            "us-east-1",
            "us-east-2",
            "us-west-2",
        ],
    ),
    ("gcp", &["us-east1", "us-central1", "europe-west2", "europe-west4", "asia-southeast1", "asia-northeast1"]),
    ("azure", &["eastus", "eastus2", "westus3", "germanywestcentral", "centralus"]),
];

/// All regions, in the order of the API's description.
pub const ALL_REGIONS: &[&str] = &[
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-west-1",
    "eu-west-2",
    "il-central-1",
    "us-east-1",
    "us-east-2",
    "us-west-2",
    "us-east1",
    "us-central1",
    "europe-west2",
    "europe-west4",
    "asia-southeast1",
    "asia-northeast1",
    "eastus",
    "eastus2",
    "westus3",
    "germanywestcentral",
    "centralus",
];

/// Instance profiles every organization knows.
pub const PROFILES: &[&str] =
    &["v1-default", "v1-highmem-xs", "v1-highmem-s", "v1-highmem-m", "v1-highmem-l", "v1-highmem-xl"];

const NAME: Rule = Rule::Text { min: 1, max: 50 };
const REPLICA_MEMORY: Rule = Rule::Whole { min: 8, max: 356, step: 4 };
const TOTAL_MEMORY: Rule = Rule::Whole { min: 24, max: 1068, step: 12 };
const REPLICAS: Rule = Rule::Whole { min: 1, max: 50, step: 1 };
const IDLE_TIMEOUT: Rule = Rule::Whole { min: 5, max: u32::MAX as i64, step: 1 };
const MODE: Rule = Rule::Choice(&["vertical", "horizontal"]);
const CHANNEL: Rule = Rule::Choice(&["slow", "default", "fast"]);

const IP_ENTRY: Rule = Rule::Object(&[required("source", Rule::IpSource), optional("description", ANY_TEXT)]);
const IP_ENTRIES: Rule = Rule::List { item: &IP_ENTRY, max: usize::MAX };
const TAG: Rule =
    Rule::Object(&[required("key", Rule::Label { max: 128 }), optional("value", Rule::Label { max: 256 })]);
const TAGS: Rule = Rule::List { item: &TAG, max: 50 };
const ENDPOINT_CHANGE: Rule =
    Rule::Object(&[required("protocol", Rule::Choice(&["mysql"])), required("enabled", Rule::Boolean)]);
const ENDPOINT_CHANGES: Rule = Rule::List { item: &ENDPOINT_CHANGE, max: usize::MAX };

/// `ServicePostRequest`, and the two encryption fields the official Terraform provider sends.
pub const SERVICE_POST: &[Field] = &[
    required("name", NAME),
    required("provider", Rule::Choice(PROVIDERS)),
    required("region", Rule::Choice(ALL_REGIONS)),
    required("ipAccessList", IP_ENTRIES),
    optional("tier", Rule::Choice(&["development", "production"])),
    optional("minTotalMemoryGb", TOTAL_MEMORY),
    optional("maxTotalMemoryGb", TOTAL_MEMORY),
    optional("autoscalingMode", MODE),
    optional("minReplicaMemoryGb", REPLICA_MEMORY),
    optional("maxReplicaMemoryGb", REPLICA_MEMORY),
    optional("numReplicas", REPLICAS),
    optional("minReplicas", REPLICAS),
    optional("maxReplicas", REPLICAS),
    optional("idleScaling", Rule::Boolean),
    optional("idleTimeoutMinutes", IDLE_TIMEOUT),
    optional("isReadonly", Rule::Boolean),
    optional("dataWarehouseId", ANY_TEXT),
    optional("backupId", Rule::Uuid),
    optional("backupEncryptionConfig", Rule::Opaque),
    optional("privateEndpointIds", TEXTS),
    optional("privatePreviewTermsChecked", Rule::Boolean),
    optional("releaseChannel", CHANNEL),
    optional("byocId", ANY_TEXT),
    optional("hasTransparentDataEncryption", Rule::Boolean),
    optional("endpoints", ENDPOINT_CHANGES),
    optional("profile", ANY_TEXT),
    optional("complianceType", Rule::Choice(&["hipaa", "pci"])),
    optional("tags", TAGS),
    optional("enableCoreDumps", Rule::Boolean),
    // Extensions: in no description of the request, but sent by the official Terraform provider.
    optional("encryptionKey", ANY_TEXT),
    optional("encryptionAssumedRoleIdentifier", ANY_TEXT),
];

/// `ServicePatchRequest`.
pub const SERVICE_PATCH: &[Field] = &[
    optional("name", NAME),
    optional("ipAccessList", Rule::Object(&[optional("add", IP_ENTRIES), optional("remove", IP_ENTRIES)])),
    optional("privateEndpointIds", Rule::Object(&[optional("add", TEXTS), optional("remove", TEXTS)])),
    optional("releaseChannel", CHANNEL),
    optional("endpoints", ENDPOINT_CHANGES),
    optional("transparentDataEncryptionKeyId", ANY_TEXT),
    optional("tags", Rule::Object(&[optional("add", TAGS), optional("remove", TAGS)])),
    optional("enableCoreDumps", Rule::Boolean),
];

/// `ServiceStatePatchRequest`.
pub const SERVICE_STATE_PATCH: &[Field] = &[required("command", Rule::Choice(&["start", "stop", "awake"]))];

/// `ServiceReplicaScalingPatchRequest`.
pub const REPLICA_SCALING_PATCH: &[Field] = &[
    optional("minReplicaMemoryGb", REPLICA_MEMORY),
    optional("maxReplicaMemoryGb", REPLICA_MEMORY),
    optional("autoscalingMode", MODE),
    optional("numReplicas", REPLICAS),
    optional("minReplicas", REPLICAS),
    optional("maxReplicas", REPLICAS),
    optional("idleScaling", Rule::Boolean),
    optional("idleTimeoutMinutes", IDLE_TIMEOUT),
];

/// `ServiceScalingPatchRequest`, deprecated.
pub const SCALING_PATCH: &[Field] = &[
    optional("minTotalMemoryGb", TOTAL_MEMORY),
    optional("maxTotalMemoryGb", TOTAL_MEMORY),
    optional("numReplicas", REPLICAS),
    optional("idleScaling", Rule::Boolean),
    optional("idleTimeoutMinutes", IDLE_TIMEOUT),
];

/// `ServicePasswordPatchRequest`.
pub const PASSWORD_PATCH: &[Field] = &[
    optional(
        "newPasswordHash",
        Rule::Secret { valid: is_sha256_base64, words: "must be the base64 of a SHA-256 hash, 44 characters" },
    ),
    optional(
        "newDoubleSha1Hash",
        Rule::Secret { valid: is_sha1_hex, words: "must be a double SHA-1 hash, 40 hexadecimal characters" },
    ),
];

/// Whether this is the base64 of 32 bytes.
fn is_sha256_base64(text: &str) -> bool {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text).is_ok_and(|bytes| bytes.len() == 32)
}

/// Whether these are 40 hexadecimal digits.
fn is_sha1_hex(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// `BackupConfigurationPatchRequest`. Null resets a field to its default.
pub const BACKUP_CONFIGURATION_PATCH: &[Field] = &[
    optional("backupPeriodInHours", Rule::OrNull(&Rule::Whole { min: 1, max: 48, step: 1 })),
    optional("backupRetentionPeriodInHours", Rule::OrNull(&Rule::Whole { min: 24, max: 1080, step: 24 })),
    optional("backupStartTime", Rule::OrNull(&ANY_TEXT)),
];

/// `InstanceServiceQueryApiEndpointsPostRequest`.
pub const QUERY_ENDPOINT_POST: &[Field] = &[
    required(
        "roles",
        Rule::List { item: &Rule::Choice(&["sql_console_read_only", "sql_console_admin"]), max: usize::MAX },
    ),
    required("openApiKeys", TEXTS),
    optional("allowedOrigins", ANY_TEXT),
];

/// `ServicPrivateEndpointePostRequest`.
pub const PRIVATE_ENDPOINT_POST: &[Field] =
    &[required("id", Rule::Text { min: 1, max: usize::MAX }), optional("description", ANY_TEXT)];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_region_has_one_provider() {
        let mut bound: Vec<&str> = REGIONS.iter().flat_map(|(_, regions)| regions.iter().copied()).collect();
        let mut all = ALL_REGIONS.to_vec();
        bound.sort_unstable();
        all.sort_unstable();
        assert_eq!(bound, all);
    }
}
