//! The things a world consists of, as stored data: the organization, who may use it, its services, their backups.
//!
//! Member names are those of the API where it has the thing. Knows no requests, no HTTP and no time flow.

mod access;
mod activity;
mod backup;
mod byoc;
mod organization;
mod scaling;
mod service;
mod sub_objects;

pub use access::{Access, AllowDeny, ApiKey, Invitation, KeyState, Member, Policy, PolicyTags, Proof, Role, RoleKind};
pub use activity::{Activity, ActivityLog};
pub use backup::{Backup, BackupKind, BackupStatus};
pub use byoc::{ByocInfrastructure, ByocNetwork, ByocWork, ServiceProfile};
pub use organization::{Entitlements, Organization, PrivateEndpoint, Tier};
pub use scaling::{AutoscalingMode, MemoryRange, Replicas, Scaling};
pub use service::{
    Allocation, BackupConfiguration, ComplianceType, Fate, IpAccessListEntry, Provider, QueryEndpoint, ReleaseChannel,
    Service, ServiceState, ServiceTier, Tag,
};
pub use sub_objects::{
    BackupBucket, BucketPlace, QueryApiEndpoint, ReplicaAwareRouting, SavedQuery, ScheduleEntry, SettingValue,
    SnapshotConfiguration, SubObjects, UpgradeWindow, hour_of_week,
};
