//! How large a service is: memory of a replica in GB, number of replicas, idling.

use serde::{Deserialize, Serialize};

/// Scaling configuration of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Scaling {
    /// Number of replicas; says the mode as well.
    pub replicas: Replicas,
    /// Memory of each replica.
    pub memory: MemoryRange,
    /// Whether the service may idle.
    pub idle_scaling: bool,
    /// Minutes without queries until it idles.
    pub idle_timeout_minutes: u32,
}

/// Number of replicas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Replicas {
    /// Vertical autoscaling: a fixed number.
    Fixed(u32),
    /// Horizontal autoscaling: the number moves inside the band.
    Band {
        /// Fewest.
        min: u32,
        /// Most.
        max: u32,
    },
}

impl Replicas {
    /// The mode this number belongs to.
    pub fn mode(self) -> AutoscalingMode {
        match self {
            Self::Fixed(_) => AutoscalingMode::Vertical,
            Self::Band { .. } => AutoscalingMode::Horizontal,
        }
    }

    /// Fewest replicas.
    pub fn min(self) -> u32 {
        match self {
            Self::Fixed(count) | Self::Band { min: count, .. } => count,
        }
    }

    /// Most replicas.
    pub fn max(self) -> u32 {
        match self {
            Self::Fixed(count) | Self::Band { max: count, .. } => count,
        }
    }
}

/// Memory of each replica in GB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MemoryRange {
    /// Smallest.
    pub min: u32,
    /// Largest.
    pub max: u32,
}

/// What scales by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AutoscalingMode {
    /// Memory, with a fixed number of replicas.
    Vertical,
    /// Replicas, with fixed memory.
    Horizontal,
}
