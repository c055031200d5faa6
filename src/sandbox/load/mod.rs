//! What users do to a service: queries, CPU, memory, parts and merges as functions of virtual time.
//!
//! Pure: the same profile, seed and time give the same load, on every machine. Knows no services and no replicas.

mod history;
mod profile;
mod recorded;

use serde::{Deserialize, Serialize};

pub use history::{History, Look, Sample, Shares, Window};
pub use profile::{Profile, ProfileRequest};

/// The load of a whole service at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Load {
    /// User queries that run at the same time; a fraction does not count as one.
    pub queries: f64,
    /// vCPUs all replicas together would use if they had them.
    pub cpu_cores: f64,
    /// GB that queries would use on all replicas together.
    pub memory_gb: f64,
    /// GB of each replica that stay taken whatever runs.
    pub resident_gb: f64,
    /// Active parts of the fullest table.
    pub parts: f64,
    /// Merges that run.
    pub merges: f64,
    /// Seconds the longest query still runs.
    pub longest_query_seconds: f64,
    /// The busiest replica's share, as a multiple of an even one.
    pub imbalance: f64,
    /// Which part of the load a single query makes, from 0 to 1.
    pub largest_query_share: f64,
    /// Queries that end for lack of memory, beside those that follow from `memory_gb`.
    pub out_of_memory: f64,
    /// Refreshes of refreshable materialized views in an hour.
    pub refreshes_per_hour: f64,
    /// Files that S3Queue takes in an hour.
    pub s3_queue_files_per_hour: f64,
}

impl Default for Load {
    fn default() -> Self {
        Self {
            queries: 0.0,
            cpu_cores: 0.0,
            memory_gb: 0.0,
            resident_gb: 0.0,
            parts: 0.0,
            merges: 0.0,
            longest_query_seconds: 0.0,
            imbalance: 1.0,
            largest_query_share: 0.0,
            out_of_memory: 0.0,
            refreshes_per_hour: 0.0,
            s3_queue_files_per_hour: 0.0,
        }
    }
}

/// The load of all services of a name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LoadRule {
    /// Name of the services; `*` stands for anything.
    pub service: String,
    /// Their load.
    pub profile: Profile,
}

impl LoadRule {
    /// Whether it is about services of that name.
    pub fn concerns(&self, name: &str) -> bool {
        matches(&self.service, name)
    }
}

/// Whether a text is as the pattern says, in which `*` stands for anything.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(start) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        let Some(found) = text.find(part) else { return false };
        text = &text[found + part.len()..];
    }
    text.ends_with(last)
}

/// Highest value of a member: nothing real comes near, and sums stay exact.
const MOST: f64 = 1e9;

impl Load {
    /// Whether user queries run.
    pub fn is_active(&self) -> bool {
        self.queries >= 1.0
    }

    /// The members of two loads, combined one by one.
    fn zip(self, other: Self, f: impl Fn(f64, f64) -> f64) -> Self {
        Self {
            queries: f(self.queries, other.queries),
            cpu_cores: f(self.cpu_cores, other.cpu_cores),
            memory_gb: f(self.memory_gb, other.memory_gb),
            resident_gb: f(self.resident_gb, other.resident_gb),
            parts: f(self.parts, other.parts),
            merges: f(self.merges, other.merges),
            longest_query_seconds: f(self.longest_query_seconds, other.longest_query_seconds),
            imbalance: f(self.imbalance, other.imbalance),
            largest_query_share: f(self.largest_query_share, other.largest_query_share),
            out_of_memory: f(self.out_of_memory, other.out_of_memory),
            refreshes_per_hour: f(self.refreshes_per_hour, other.refreshes_per_hour),
            s3_queue_files_per_hour: f(self.s3_queue_files_per_hour, other.s3_queue_files_per_hour),
        }
    }

    /// The higher of each member.
    pub fn max(self, other: Self) -> Self {
        self.zip(other, f64::max)
    }

    /// Between `self` (0) and `other` (1).
    fn between(self, other: Self, share: f64) -> Self {
        self.zip(other, |low, high| low + (high - low) * share)
    }

    /// What varies from one moment to the next, multiplied.
    fn scaled(self, factor: f64) -> Self {
        Self {
            queries: self.queries * factor,
            cpu_cores: self.cpu_cores * factor,
            memory_gb: self.memory_gb * factor,
            ..self
        }
    }

    /// Every member within its bounds.
    ///
    /// # Errors
    /// The name of a member that is none.
    pub fn check(&self) -> Result<(), String> {
        let members = [
            ("queries", self.queries, MOST),
            ("cpuCores", self.cpu_cores, MOST),
            ("memoryGb", self.memory_gb, MOST),
            ("residentGb", self.resident_gb, MOST),
            ("parts", self.parts, MOST),
            ("merges", self.merges, MOST),
            ("longestQuerySeconds", self.longest_query_seconds, MOST),
            ("imbalance", self.imbalance, 1_000.0),
            ("largestQueryShare", self.largest_query_share, 1.0),
            ("outOfMemory", self.out_of_memory, MOST),
            ("refreshesPerHour", self.refreshes_per_hour, MOST),
            ("s3QueueFilesPerHour", self.s3_queue_files_per_hour, MOST),
        ];
        match members.iter().find(|(_, value, most)| !(0.0..=*most).contains(value)) {
            Some((name, value, most)) => Err(format!("{name} must be a number from 0 to {most}, not {value}")),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, text, expected) in [
            ("orders", "orders", true),
            ("orders", "orders-2", false),
            ("*", "", true),
            ("etl-*", "etl-eu", true),
            ("*-eu", "etl-eu", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c", false),
            ("ab*ba", "aba", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
