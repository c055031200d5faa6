//! BYOC infrastructures: the data plane in an account of the customer.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Provider;

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
    /// How it is connected.
    #[serde(default)]
    pub network: ByocNetwork,
    /// Tags of its cloud resources.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// The work under way on it.
    #[serde(default)]
    pub work: Option<ByocWork>,
    /// When its state changed last.
    #[serde(default)]
    pub changed_at: Option<Timestamp>,
}

/// How an infrastructure is connected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct ByocNetwork {
    /// Range of the VPC that ClickHouse manages; none in a VPC of the customer.
    pub vpc_cidr_range: Option<String>,
    /// Letters of its availability zones.
    pub availability_zone_suffixes: Vec<String>,
    /// VPC of the customer.
    pub vpc_id: Option<String>,
    /// Private subnets in it.
    pub private_subnet_ids: Vec<String>,
    /// Public subnets in it.
    pub public_subnet_ids: Vec<String>,
    /// Secondary ranges for pods, on GCP.
    pub pod_cidr_range_names: Vec<String>,
    /// Project that owns the VPC, on GCP.
    pub shared_vpc_host_project_id: Option<String>,
    /// Subnet for Private Service Connect, on GCP.
    pub psc_subnet_id: Option<String>,
    /// Load balancer inside the VPC.
    pub private_load_balancer: bool,
    /// Load balancer on the internet.
    pub public_load_balancer: bool,
    /// Private link.
    pub private_link: bool,
    /// From when on private link can be used.
    pub private_link_from: Option<Timestamp>,
}

impl Default for ByocNetwork {
    /// A VPC of its own, reachable over the internet.
    fn default() -> Self {
        Self {
            vpc_cidr_range: Some("10.0.0.0/16".to_owned()),
            availability_zone_suffixes: ["a", "b", "c"].map(str::to_owned).to_vec(),
            vpc_id: None,
            private_subnet_ids: Vec::new(),
            public_subnet_ids: Vec::new(),
            pod_cidr_range_names: Vec::new(),
            shared_vpc_host_project_id: None,
            psc_subnet_id: None,
            private_load_balancer: false,
            public_load_balancer: true,
            private_link: false,
            private_link_from: None,
        }
    }
}

/// Work on an infrastructure that ends by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ByocWork {
    /// When it began.
    pub since: Timestamp,
    /// When it ends.
    pub until: Timestamp,
    /// State it leads to.
    pub leads_to: String,
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
