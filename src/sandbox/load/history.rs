//! What the autoscalers look back on: the highest value of any window that ends now, without keeping every sample.
//!
//! Only samples that no later one exceeds can ever be the highest, so only those are kept: adding one costs next to
//! nothing, and a window's peak is one search.

use std::collections::VecDeque;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How far back a look goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window(pub i64);

impl Window {
    /// 30 hours.
    pub const LARGE: Self = Self(30 * 3_600);
    /// 3 hours.
    pub const SMALL: Self = Self(3 * 3_600);
}

/// Samples by second, those alone that may still be a window's peak.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Peaks {
    samples: VecDeque<(i64, f64)>,
}

impl Peaks {
    /// Adds the value up to that time, which is not before the one of the last sample.
    pub fn push(&mut self, at: Timestamp, value: f64) {
        let at = at.as_second();
        while self.samples.back().is_some_and(|(_, older)| *older <= value) {
            self.samples.pop_back();
        }
        self.samples.push_back((at, value));
        while self.samples.front().is_some_and(|(then, _)| *then <= at - Window::LARGE.0) {
            self.samples.pop_front();
        }
    }

    /// The highest value of the window that ends at that time; nothing when no sample lies in it.
    pub fn highest(&self, window: Window, now: Timestamp) -> Option<f64> {
        let start = now.as_second() - window.0;
        let first = self.samples.partition_point(|(then, _)| *then <= start);
        self.samples.get(first).map(|(_, value)| *value)
    }
}

/// What a service has seen of its load, each value that of its busiest replica.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct History {
    /// vCPUs used.
    cpu: Peaks,
    /// The median of vCPUs used in ten minutes.
    cpu_median: Peaks,
    /// GB used by queries.
    query_gb: Peaks,
    /// The same below zero: its peak is the lowest.
    spare_gb: Peaks,
    /// GB in use altogether.
    resident_gb: Peaks,
    /// Queries that ended for lack of memory.
    out_of_memory: Peaks,
    /// GB in use when a replica died for lack of memory.
    crash_gb: Peaks,
    /// Concurrent queries, as a share of what a replica takes.
    query_share: Peaks,
    /// vCPUs, as a share.
    cpu_share: Peaks,
    /// Memory, as a share.
    memory_share: Peaks,
}

/// One observation: the busiest replica between two looks.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Sample {
    /// vCPUs used.
    pub cpu: f64,
    /// Their median in ten minutes.
    pub cpu_median: f64,
    /// GB used by queries.
    pub query_gb: f64,
    /// GB in use altogether.
    pub resident_gb: f64,
    /// Whether queries ended for lack of memory.
    pub out_of_memory: bool,
    /// Whether the replica died for lack of memory.
    pub crashed: bool,
    /// Concurrent queries, as a share of what a replica takes.
    pub query_share: f64,
    /// vCPUs it has.
    pub cores: f64,
    /// GB it has.
    pub memory_gb: f64,
}

/// The highest values of a window.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[allow(missing_docs, reason = "as in `Sample`")]
pub struct Look {
    pub cpu: f64,
    pub cpu_median: f64,
    pub query_gb: f64,
    /// The lowest that `query_gb` was.
    pub lowest_query_gb: f64,
    pub resident_gb: f64,
    pub out_of_memory: bool,
    pub crash_gb: Option<f64>,
}

/// The highest shares of a window.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[allow(missing_docs, reason = "as in `Sample`")]
pub struct Shares {
    pub queries: f64,
    pub cpu: f64,
    pub memory: f64,
}

impl History {
    /// Adds what was observed up to that time.
    pub fn push(&mut self, at: Timestamp, sample: &Sample) {
        self.cpu.push(at, sample.cpu);
        self.cpu_median.push(at, sample.cpu_median);
        self.query_gb.push(at, sample.query_gb);
        self.spare_gb.push(at, -sample.query_gb);
        self.resident_gb.push(at, sample.resident_gb);
        if sample.out_of_memory {
            self.out_of_memory.push(at, 1.0);
        }
        if sample.crashed {
            self.crash_gb.push(at, sample.resident_gb);
        }
        self.query_share.push(at, sample.query_share);
        self.cpu_share.push(at, sample.cpu / sample.cores.max(f64::MIN_POSITIVE));
        self.memory_share.push(at, sample.resident_gb / sample.memory_gb.max(f64::MIN_POSITIVE));
    }

    /// What a window shows that ends at that time; nothing when nothing was observed in it.
    pub fn look(&self, window: Window, now: Timestamp) -> Option<Look> {
        let highest = |peaks: &Peaks| peaks.highest(window, now);
        Some(Look {
            cpu: highest(&self.cpu)?,
            cpu_median: highest(&self.cpu_median)?,
            query_gb: highest(&self.query_gb)?,
            lowest_query_gb: -highest(&self.spare_gb)?,
            resident_gb: highest(&self.resident_gb)?,
            out_of_memory: highest(&self.out_of_memory).is_some(),
            crash_gb: highest(&self.crash_gb),
        })
    }

    /// Forgets the shares: they were those of another number of replicas.
    pub fn forget_shares(&mut self) {
        self.query_share = Peaks::default();
        self.cpu_share = Peaks::default();
        self.memory_share = Peaks::default();
    }

    /// The highest shares of a window.
    pub fn shares(&self, window: Window, now: Timestamp) -> Option<Shares> {
        let highest = |peaks: &Peaks| peaks.highest(window, now);
        Some(Shares {
            queries: highest(&self.query_share)?,
            cpu: highest(&self.cpu_share)?,
            memory: highest(&self.memory_share)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    proptest! {
        #[test]
        fn a_peak_is_the_highest_sample_of_its_window(
            values in proptest::collection::vec((1_i64..20_000, 0_u8..20), 1..200),
        ) {
            let (mut peaks, mut all, mut now) = (Peaks::default(), Vec::new(), 0);
            for (gap, value) in values {
                now += gap;
                peaks.push(at(now), f64::from(value));
                all.push((now, value));
                for window in [Window::SMALL, Window::LARGE] {
                    let inside = all.iter().filter(|(then, _)| *then > now - window.0);
                    let expected = inside.map(|(_, value)| f64::from(*value)).fold(0.0, f64::max);
                    prop_assert_eq!(peaks.highest(window, at(now)), Some(expected));
                }
            }
        }
    }

    #[test]
    fn a_window_without_samples_has_no_peak() {
        let mut peaks = Peaks::default();
        peaks.push(at(0), 5.0);
        assert_eq!(peaks.highest(Window::SMALL, at(3 * 3_600 - 1)), Some(5.0));
        assert_eq!(peaks.highest(Window::SMALL, at(3 * 3_600)), None);
        assert_eq!(peaks.highest(Window::LARGE, at(3 * 3_600)), Some(5.0));
    }
}
