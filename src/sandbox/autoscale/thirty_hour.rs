//! `thirty-hour`: one look back of 30 hours. CPU doubles above a threshold and halves below half of it; memory goes to
//! 125 % of the highest use, 150 % after an out-of-memory error; the larger of the two counts.

use serde_json::{Value, json};

use super::{GB_PER_CORE, Size};
use crate::sandbox::load::Look;

/// The threshold of services on make-before-break.
const UPPER: f64 = 0.75;
/// The thresholds of other services lie between these, by size.
const UPPER_OF_SMALL: f64 = 0.5;
/// vCPUs of a cluster from which on the threshold rises.
const SMALL_CLUSTER: f64 = 8.0;
/// Doublings of it after which the threshold is the highest.
const DOUBLINGS: f64 = 4.0;
/// Head-room over the highest memory use.
const HEADROOM: f64 = 1.25;
/// Head-room after an out-of-memory error.
const HEADROOM_AFTER_OOM: f64 = 1.5;

/// What CPU asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Twice the vCPUs.
    Double,
    /// As it is.
    Keep,
    /// Half the vCPUs.
    Halve,
}

/// What is advised, with the numbers it follows from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Advice {
    /// GB of each replica.
    pub memory_gb: u32,
    /// What CPU asks for.
    pub step: Step,
    /// Share of the vCPUs in use at the peak.
    pub cpu_share: f64,
    /// Share at which they double.
    pub upper: f64,
    /// vCPUs that CPU asks for.
    pub cpu_cores: f64,
    /// GB that memory asks for.
    pub memory_asks_gb: f64,
    /// Highest memory use in GB.
    pub memory_peak_gb: f64,
    /// Whether there was an out-of-memory error.
    pub out_of_memory: bool,
}

/// Share of the vCPUs at which they double.
pub fn upper_threshold(all_cores: f64, make_before_break: bool) -> f64 {
    if make_before_break {
        return UPPER;
    }
    let doublings = libm::log2(all_cores.max(1.0) / SMALL_CLUSTER).clamp(0.0, DOUBLINGS);
    UPPER_OF_SMALL + (UPPER - UPPER_OF_SMALL) * doublings / DOUBLINGS
}

/// The size that the look back of 30 hours asks for.
pub fn advise(look: &Look, size: &Size, make_before_break: bool) -> Advice {
    let upper = upper_threshold(size.all_cores(), make_before_break);
    let cpu_share = look.cpu / size.cores();
    // Reaching the threshold is enough to double, but not to halve: a doubling from exactly there would be undone.
    let step = if cpu_share >= upper {
        Step::Double
    } else if cpu_share < upper / 2.0 {
        Step::Halve
    } else {
        Step::Keep
    };
    let cpu_cores = match step {
        Step::Double => size.cores() * 2.0,
        Step::Keep => size.cores(),
        Step::Halve => size.cores() / 2.0,
    };
    let memory_peak_gb = look.query_gb.max(look.resident_gb);
    let headroom = if look.out_of_memory { HEADROOM_AFTER_OOM } else { HEADROOM };
    let memory_asks_gb = memory_peak_gb * headroom;
    let memory_gb = size.available(memory_asks_gb.max(cpu_cores * f64::from(GB_PER_CORE)));
    let out_of_memory = look.out_of_memory;
    Advice { memory_gb, step, cpu_share, upper, cpu_cores, memory_asks_gb, memory_peak_gb, out_of_memory }
}

impl Advice {
    /// For people.
    pub fn words(&self) -> String {
        let percent = |share: f64| share * 100.0;
        let cpu = match self.step {
            Step::Double => format!("reached {:.1} %, so CPU doubles", percent(self.upper)),
            Step::Keep => format!("is between {:.1} and {:.1} %", percent(self.upper / 2.0), percent(self.upper)),
            Step::Halve => format!("is below {:.1} %, so CPU halves", percent(self.upper / 2.0)),
        };
        let headroom = if self.out_of_memory { "150 % after an out-of-memory error" } else { "125 %" };
        format!(
            "in 30 hours, CPU use of {:.1} % {cpu} ({} GB); memory use of {:.1} GB asks for {headroom} ({:.1} GB)",
            percent(self.cpu_share),
            self.cpu_cores * f64::from(GB_PER_CORE),
            self.memory_peak_gb,
            self.memory_asks_gb,
        )
    }

    /// For programs.
    pub fn numbers(&self) -> Value {
        json!({
            "cpuShare": self.cpu_share,
            "upperThreshold": self.upper,
            "lowerThreshold": self.upper / 2.0,
            "cpuAsksGb": self.cpu_cores * f64::from(GB_PER_CORE),
            "memoryPeakGb": self.memory_peak_gb,
            "memoryAsksGb": self.memory_asks_gb,
            "outOfMemory": self.out_of_memory,
            "memoryGb": self.memory_gb,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::model::MemoryRange;

    fn size(memory_gb: u32) -> Size {
        Size { memory_gb, replicas: 3, bounds: MemoryRange { min: 8, max: 356 } }
    }

    fn uses(cpu: f64, memory_gb: f64) -> Look {
        Look { cpu, cpu_median: cpu, query_gb: memory_gb, resident_gb: memory_gb, ..Look::default() }
    }

    fn advised(look: &Look, memory_gb: u32) -> u32 {
        advise(look, &size(memory_gb), true).memory_gb
    }

    #[test]
    fn cpu_doubles_when_it_reaches_75_percent() {
        assert_eq!(advised(&uses(12.0, 0.0), 64), 128);
        assert_eq!(advised(&uses(11.99, 0.0), 64), 64);
        assert_eq!(advised(&uses(16.0, 0.0), 64), 128);
    }

    #[test]
    fn cpu_halves_when_it_has_fallen_below_37_5_percent() {
        assert_eq!(advised(&uses(5.99, 0.0), 64), 32);
        assert_eq!(advised(&uses(6.0, 0.0), 64), 64);
    }

    #[test]
    fn a_doubling_from_exactly_75_percent_is_not_undone() {
        let look = uses(12.0, 0.0);
        let doubled = advised(&look, 64);
        assert_eq!(advised(&look, doubled), doubled);
    }

    #[test]
    fn without_make_before_break_the_threshold_lies_between_50_and_75_percent_by_size() {
        let sizes = [2.0, 8.0, 16.0, 32.0, 64.0, 128.0, 1_000.0];
        let thresholds: Vec<f64> = sizes.iter().map(|cores| upper_threshold(*cores, false)).collect();
        assert!(
            thresholds.is_sorted() && thresholds.iter().all(|upper| (0.5..=0.75).contains(upper)),
            "{thresholds:?}"
        );
        assert_eq!((thresholds.first(), thresholds.last()), (Some(&0.5), Some(&0.75)));
        let small = Size { replicas: 1, ..size(16) };
        // The cluster has 4 vCPUs: above 50 % it doubles, below 25 % it halves.
        let advised = |cpu: f64| advise(&uses(cpu, 0.0), &small, false).memory_gb;
        assert_eq!((advised(2.0), advised(1.99), advised(1.0), advised(0.99)), (32, 16, 16, 8));
    }

    #[test]
    fn memory_goes_to_125_percent_of_the_highest_use() {
        let advice = advise(&uses(8.0, 60.0), &size(64), true);
        assert!((advice.memory_asks_gb - 75.0).abs() < 1e-9);
        assert_eq!(advice.memory_gb, 76, "75 GB rounded up to whole vCPUs with 4 GB each");
    }

    #[test]
    fn memory_goes_to_150_percent_after_an_out_of_memory_error() {
        let look = Look { out_of_memory: true, ..uses(8.0, 64.0) };
        assert_eq!(advised(&look, 64), 96);
        assert_eq!(advised(&uses(8.0, 64.0), 64), 80);
    }

    #[test]
    fn the_larger_of_cpu_and_memory_counts() {
        assert_eq!(advised(&uses(12.0, 100.0), 64), 128, "CPU asks for 128, memory for 125 rounded up");
        assert_eq!(advised(&uses(12.0, 120.0), 64), 152, "CPU asks for 128, memory for 150 rounded up");
        assert_eq!(advised(&uses(1.0, 40.0), 64), 52, "CPU asks for 32, memory for 50 rounded up");
    }

    #[test]
    fn sizes_are_whole_cpus_with_4_gib_each_within_the_bounds() {
        for (cpu, memory) in [(0.0, 9.3), (3.3, 17.9), (16.0, 63.1), (90.0, 355.0)] {
            for current in [8, 12, 64, 356] {
                let advised = advised(&uses(cpu, memory), current);
                assert!(
                    advised.is_multiple_of(4) && (8..=356).contains(&advised),
                    "{cpu} {memory} {current}: {advised}"
                );
            }
        }
        let bounds = MemoryRange { min: 24, max: 48 };
        let bound = |look: Look| advise(&look, &Size { memory_gb: 32, replicas: 3, bounds }, true).memory_gb;
        assert_eq!((bound(uses(8.0, 0.0)), bound(uses(0.0, 0.0))), (48, 24));
    }
}
