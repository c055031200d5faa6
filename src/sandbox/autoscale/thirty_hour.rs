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
