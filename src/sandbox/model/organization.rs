//! The organization: its tier, what it may do, and what belongs to it as a whole.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{ByocInfrastructure, Provider};

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
    /// How many API keys the organization may have.
    pub api_keys_quota: u32,
    /// Whether it has moved to custom roles, and refuses the older, simpler role names.
    pub custom_roles_only: bool,
    /// Whether a service the caller may not see answers 404 instead of 403. The API's description knows both.
    pub hides_services: bool,
    /// What the cloud accounts of BYOC infrastructures do not allow.
    pub byoc_denied_actions: Vec<String>,
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
            api_keys_quota: 100,
            custom_roles_only: false,
            hides_services: false,
            byoc_denied_actions: Vec::new(),
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
    /// Scaling schedules.
    pub scheduled_autoscaling: bool,
    /// Upgrade windows.
    pub scheduled_upgrades: bool,
    /// Replica aware routing.
    pub replica_aware_routing: bool,
    /// BYOC infrastructures.
    pub byoc: bool,
}

impl Default for Entitlements {
    fn default() -> Self {
        Self {
            horizontal_autoscaling: true,
            snapshots: false,
            scheduled_autoscaling: true,
            scheduled_upgrades: true,
            replica_aware_routing: true,
            byoc: true,
        }
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
