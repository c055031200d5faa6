//! The autoscalers: pure functions of what a service has seen, its size and its bounds.
//!
//! `thirty-hour` and `two-window` choose the memory of a replica, `horizontal` the number of replicas. They know no
//! world and no time; what they advise, [`super::life`] carries out.

pub mod horizontal;
pub mod thirty_hour;
pub mod two_window;

use serde::{Deserialize, Serialize};

use super::model::{MemoryRange, Organization, Replicas, Service, ServiceTier, Tier};

/// Memory goes with vCPUs: 4 GiB for each.
pub const GB_PER_CORE: u32 = 4;
/// Smallest replica in GB.
const SMALLEST: u32 = 8;

/// Which function decides about the memory of a replica.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Policy {
    /// One look-back of 30 hours; doubles and halves.
    #[default]
    ThirtyHour,
    /// Looks back 3 and 30 hours; goes to the size at which the load would be in the middle.
    TwoWindow,
}

impl Policy {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::ThirtyHour => "thirty-hour",
            Self::TwoWindow => "two-window",
        }
    }
}

/// The size that is decided about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// GB of each replica.
    pub memory_gb: u32,
    /// Number of replicas.
    pub replicas: u32,
    /// What the customer allows.
    pub bounds: MemoryRange,
}

impl Size {
    /// vCPUs of each replica.
    pub fn cores(&self) -> f64 {
        f64::from(self.memory_gb) / f64::from(GB_PER_CORE)
    }

    /// vCPUs of all replicas.
    pub fn all_cores(&self) -> f64 {
        self.cores() * f64::from(self.replicas)
    }

    /// The next available size from there up, within the bounds.
    pub fn available(&self, memory_gb: f64) -> u32 {
        let step = f64::from(GB_PER_CORE);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast saturates")]
        let rounded = ((memory_gb / step - 1e-9).ceil() * step) as u32;
        rounded.max(SMALLEST).max(self.bounds.min).min(self.bounds.max.max(self.bounds.min))
    }
}

/// Why the memory of a service does not scale by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the texts of `words` say it")]
pub enum Off {
    BasicTier,
    Development,
    CustomProfile,
    Byoc,
    PrivateRegion,
    HorizontalMode,
    Pinned,
    SingleReplica,
}

impl Off {
    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Self::BasicTier => "the Basic tier has no autoscaling",
            Self::Development => "development services have a fixed size",
            Self::CustomProfile => "custom profiles have no vertical autoscaling",
            Self::Byoc => "BYOC services have no autoscaling",
            Self::PrivateRegion => "private regions have no autoscaling",
            Self::HorizontalMode => "horizontal autoscaling is on instead",
            Self::Pinned => "smallest and largest memory are equal",
            Self::SingleReplica => "a single replica has a fixed size under thirty-hour",
        }
    }
}

/// Regions that are open on request; their services neither idle nor scale by themselves.
const PRIVATE_REGIONS: [&str; 16] = [
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-southeast-3",
    "ap-southeast-5",
    "eu-north-1",
    "mx-central-1",
    "sa-east-1",
    "australia-southeast1",
    "europe-west3",
    "europe-west6",
    "northamerica-northeast1",
    "us-west1",
    "australiaeast",
    "japaneast",
    "uaenorth",
];

/// Whether the region is private.
pub fn is_private_region(region: &str) -> bool {
    PRIVATE_REGIONS.contains(&region)
}

/// Why the memory of this service does not scale by itself, if it does not.
pub fn vertical_off(service: &Service, organization: &Organization, policy: Policy) -> Option<Off> {
    let scaling = &service.scaling_in_force;
    if let Some(off) = fixed_by_nature(service, organization) {
        return Some(off);
    }
    if matches!(scaling.replicas, Replicas::Band { .. }) {
        return Some(Off::HorizontalMode);
    }
    if scaling.memory.min >= scaling.memory.max {
        return Some(Off::Pinned);
    }
    (policy == Policy::ThirtyHour && service.allocation.replicas <= 1).then_some(Off::SingleReplica)
}

fn fixed_by_nature(service: &Service, organization: &Organization) -> Option<Off> {
    if organization.tier == Tier::Basic {
        return Some(Off::BasicTier);
    }
    if service.tier == Some(ServiceTier::Development) {
        return Some(Off::Development);
    }
    if service.byoc_id.is_some() {
        return Some(Off::Byoc);
    }
    if service.profile != "v1-default" {
        return Some(Off::CustomProfile);
    }
    is_private_region(&service.region).then_some(Off::PrivateRegion)
}

/// Whether the number of replicas of this service moves by itself.
pub fn is_horizontal(service: &Service, organization: &Organization) -> bool {
    let never = matches!(fixed_by_nature(service, organization), Some(off) if off != Off::CustomProfile);
    match service.scaling_in_force.replicas {
        Replicas::Fixed(_) => false,
        Replicas::Band { min, max } => {
            let pinned = service.scaling_in_force.memory.min == service.scaling_in_force.memory.max;
            min < max && pinned && !never
        }
    }
}
