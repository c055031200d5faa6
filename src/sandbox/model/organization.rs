//! The organization: its tier, what it may do, and what belongs to it as a whole.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Provider;

/// The one organization of a world.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Organization {
    /// Identifier in every path.
    pub id: Uuid,
    /// Name shown to people.
    pub name: String,
    /// Pricing tier; all services share it.
    pub tier: Tier,
    /// Replicas of an unpaid organization end at 120 GB instead of 356.
    pub paid: bool,
    /// Features that support switches on.
    pub entitlements: Entitlements,
    /// Whether services may collect core dumps.
    pub enable_core_dumps: bool,
    /// How many services the organization may have. `None`: no limit.
    pub services_quota: Option<u32>,
    /// How many replicas the services of one warehouse may have together.
    pub replicas_per_warehouse: u32,
    /// Private endpoints registered with the organization.
    pub private_endpoints: Vec<PrivateEndpoint>,
    /// BYOC infrastructures of the organization.
    pub byoc_infrastructures: Vec<ByocInfrastructure>,
}

impl Default for Organization {
    fn default() -> Self {
        Self {
            id: Uuid::nil(),
            name: "Sandbox".to_owned(),
            tier: Tier::Enterprise,
            paid: true,
            entitlements: Entitlements::default(),
            enable_core_dumps: true,
            services_quota: None,
            replicas_per_warehouse: 50,
            private_endpoints: Vec::new(),
            byoc_infrastructures: Vec::new(),
        }
    }
}

impl Organization {
    /// Largest replica in GB that the organization may ask for.
    pub fn max_replica_memory_gb(&self) -> u32 {
        if self.paid { 356 } else { 120 }
    }

    /// The BYOC infrastructure of that id.
    pub fn byoc(&self, id: &str) -> Option<&ByocInfrastructure> {
        self.byoc_infrastructures.iter().find(|infrastructure| infrastructure.id == id)
    }
}

/// Pricing tier. `Legacy` is an organization from before Basic, Scale and Enterprise, whose services have a tier each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// One replica of 8 or 12 GB.
    Basic,
    /// Any size, default replicas 3.
    Scale,
    /// Everything.
    Enterprise,
    /// Development and production services.
    Legacy,
}

/// Features that support switches on for an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Entitlements {
    /// `autoscalingMode: horizontal`.
    pub horizontal_autoscaling: bool,
    /// Snapshots, shown as a capability of the organization.
    pub snapshots: bool,
}

impl Default for Entitlements {
    fn default() -> Self {
        Self { horizontal_autoscaling: true, snapshots: false }
    }
}

/// A private endpoint registered with the organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PrivateEndpoint {
    /// Identifier at the cloud provider.
    pub id: String,
    /// Free text.
    pub description: String,
    /// Where it is.
    pub cloud_provider: Provider,
    /// Where it is.
    pub region: String,
}

/// A BYOC infrastructure: one cloud account in one region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ByocInfrastructure {
    /// Identifier that `byocId` names.
    pub id: String,
    /// `infra-ready` and the others of the API.
    pub state: String,
    /// AWS account, GCP project or Azure subscription.
    pub account_id: String,
    /// Region.
    pub region_id: String,
    /// Cloud provider.
    pub cloud_provider: Provider,
    /// Name shown to people.
    #[serde(default)]
    pub display_name: String,
    /// Service profiles of this infrastructure.
    #[serde(default)]
    pub profiles: Vec<ServiceProfile>,
}

/// A replica size that a BYOC infrastructure offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServiceProfile {
    /// Name for `profile`.
    pub profile: String,
    /// vCPUs of a replica.
    pub cpu_cores: u32,
    /// GB of a replica.
    pub memory_gi: u32,
}
