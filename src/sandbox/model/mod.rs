//! The things a world consists of, as stored data: the organization, its services, their backups.
//!
//! Member names are those of the API where it has the thing. Knows no requests, no HTTP and no time flow.

mod organization;
mod scaling;
mod service;

pub use organization::{ByocInfrastructure, Entitlements, Organization, PrivateEndpoint, ServiceProfile, Tier};
pub use scaling::{AutoscalingMode, MemoryRange, Replicas, Scaling};
pub use service::{
    Allocation, Backup, BackupConfiguration, ComplianceType, Fate, IpAccessListEntry, Provider, QueryEndpoint,
    ReleaseChannel, Service, ServiceState, ServiceTier, Tag,
};
