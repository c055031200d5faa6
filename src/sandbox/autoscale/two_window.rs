//! `two-window`: looks back 3 and 30 hours. Each window asks for the size at which its peak would be in the middle of
//! the allowed range; a table merges the two answers.

use serde_json::{Value, json};

use super::{GB_PER_CORE, Size};
use crate::sandbox::load::Look;

const HIGH: f64 = 0.75;
const LOW: f64 = 0.375;
/// The geometric mean of both: the square root of 0.75 × 0.375.
const TARGET: f64 = 0.530_330_085_889_910_6;
/// Head-room over memory that hardly varies.
const STABLE: f64 = 1.25;
/// Head-room over memory that varies much.
const SPIKY: f64 = 1.1;
/// From this ratio of highest to lowest on, memory varies much.
const SPIKY_FROM: f64 = 2.0;
/// Head-room after an out-of-memory error.
const AFTER_OOM: f64 = 1.5;

/// Where a window wants to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Larger.
    Up,
    /// As it is.
    None,
    /// Smaller.
    Down,
}

/// Which answer the merge table takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Merge {
    /// The large window's.
    Large,
    /// The small window's.
    Small,
    /// The large window's: the small one asks for more than it did last time, so going down would only lead up again.
    Hunting,
    /// None: the windows contradict each other in a way that peaks cannot.
    Nothing,
}

/// What is advised, with the numbers it follows from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Advice {
    /// GB of each replica.
    pub memory_gb: u32,
    /// What 30 hours ask for.
    pub large_gb: u32,
    /// What 3 hours ask for; the next call takes it as `previous_small_gb`.
    pub small_gb: u32,
    /// Which of them counts.
    pub merge: Merge,
    /// The size now.
    pub current_gb: u32,
}

/// vCPUs at which that peak would be in the middle; as they are while it is inside the allowed range.
pub fn wanted_cores(peak: f64, cores: f64) -> f64 {
    if (LOW * cores..=HIGH * cores).contains(&peak) { cores } else { peak / TARGET }
}

/// GB that memory asks for.
pub fn wanted_memory(look: &Look) -> f64 {
    let spiky = look.query_gb > look.lowest_query_gb * SPIKY_FROM;
    let factor = if spiky { SPIKY } else { STABLE };
    let resident = look.resident_gb * if look.out_of_memory { AFTER_OOM } else { factor };
    let crash = look.crash_gb.map_or(0.0, |gb| gb * AFTER_OOM);
    (look.query_gb * factor).max(resident).max(crash)
}

/// What one window asks for. A window without samples asks for nothing else than there is.
pub fn recommend(look: Option<&Look>, size: &Size) -> u32 {
    let Some(look) = look else { return size.memory_gb };
    let cpu_gb = wanted_cores(look.cpu_median, size.cores()) * f64::from(GB_PER_CORE);
    size.available(cpu_gb.max(wanted_memory(look)))
}

fn direction(wanted: u32, current: u32) -> Direction {
    match wanted.cmp(&current) {
        std::cmp::Ordering::Less => Direction::Down,
        std::cmp::Ordering::Equal => Direction::None,
        std::cmp::Ordering::Greater => Direction::Up,
    }
}

/// The merge table. `rising`: the small window asks for more than it did last time.
pub fn merge(large: Direction, small: Direction, rising: bool) -> Merge {
    use Direction as D;
    match (large, small) {
        (D::Up, D::Up) | (D::Down, D::None) => Merge::Large,
        (D::Up | D::None, D::None) | (D::Down, D::Down) => Merge::Small,
        (D::Up | D::None, D::Down) if rising => Merge::Hunting,
        (D::Up | D::None, D::Down) => Merge::Small,
        (D::None | D::Down, D::Up) => Merge::Nothing,
    }
}

/// The size that both looks back ask for.
pub fn advise(large: Option<&Look>, small: Option<&Look>, size: &Size, previous_small_gb: Option<u32>) -> Advice {
    let (large_gb, small_gb) = (recommend(large, size), recommend(small, size));
    let current_gb = size.memory_gb;
    let rising = previous_small_gb.is_some_and(|previous| small_gb > previous);
    let merge = merge(direction(large_gb, current_gb), direction(small_gb, current_gb), rising);
    let memory_gb = match merge {
        Merge::Large | Merge::Hunting => large_gb,
        Merge::Small => small_gb,
        Merge::Nothing => current_gb,
    };
    Advice { memory_gb, large_gb, small_gb, merge, current_gb }
}

impl Advice {
    /// For people.
    pub fn words(&self) -> String {
        let why = match self.merge {
            Merge::Large => "the large window counts",
            Merge::Small => "the small window counts",
            Merge::Hunting => "the small window asks for more than before, so the large one counts",
            Merge::Nothing => "they contradict each other, so nothing changes",
        };
        format!("30 hours ask for {} GB and 3 hours for {} GB: {why}", self.large_gb, self.small_gb)
    }

    /// For programs.
    pub fn numbers(&self) -> Value {
        let merge = match self.merge {
            Merge::Large => "large",
            Merge::Small => "small",
            Merge::Hunting => "hunting",
            Merge::Nothing => "nothing",
        };
        json!({
            "largeWindowGb": self.large_gb,
            "smallWindowGb": self.small_gb,
            "merge": merge,
            "memoryGb": self.memory_gb,
        })
    }
}
