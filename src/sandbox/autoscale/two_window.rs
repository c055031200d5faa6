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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::model::MemoryRange;

    fn size(cores: u32) -> Size {
        let bounds = MemoryRange { min: 8, max: 4_000 };
        Size { memory_gb: cores * GB_PER_CORE, replicas: 3, bounds }
    }

    fn uses(cpu: f64) -> Look {
        Look { cpu, cpu_median: cpu, ..Look::default() }
    }

    #[test]
    fn the_target_is_the_geometric_mean_of_both_watermarks() {
        assert!((TARGET - libm::sqrt(HIGH * LOW)).abs() < 1e-12);
    }

    /// The numbers of the announcement: 80 of 100 cores lead to 151; 80 of 151 are 53 % and change nothing; 120 of 151
    /// lead to 226; 80 of 226 are 35.4 % and lead back to 151.
    #[test]
    fn the_worked_numbers() {
        for (peak, cores, expected) in
            [(80.0, 100.0, 151.0), (80.0, 151.0, 151.0), (120.0, 151.0, 226.0), (80.0, 226.0, 151.0)]
        {
            let wanted: f64 = wanted_cores(peak, cores);
            assert!((wanted.round() - expected).abs() < f64::EPSILON, "{peak} of {cores}: {wanted}");
        }
    }

    #[test]
    fn the_result_is_rounded_up_to_the_next_available_size() {
        assert_eq!(recommend(Some(&uses(3.8)), &size(4)), 8 * GB_PER_CORE, "3.8 of 4 vCPUs ask for 7.2");
    }

    #[test]
    fn inside_the_watermarks_nothing_changes() {
        for peak in [37.5, 40.0, 75.0] {
            assert_eq!(recommend(Some(&uses(peak)), &size(100)), size(100).memory_gb, "{peak}");
        }
        assert!(recommend(Some(&uses(37.4)), &size(100)) < size(100).memory_gb);
        assert!(recommend(Some(&uses(75.1)), &size(100)) > size(100).memory_gb);
    }

    #[test]
    fn the_merge_table() {
        use Direction as D;
        for (large, small, rising, expected) in [
            (D::Up, D::Up, false, Merge::Large),
            (D::Up, D::None, false, Merge::Small),
            (D::Up, D::Down, false, Merge::Small),
            (D::Up, D::Down, true, Merge::Hunting),
            (D::None, D::Up, false, Merge::Nothing),
            (D::None, D::None, false, Merge::Small),
            (D::None, D::Down, false, Merge::Small),
            (D::None, D::Down, true, Merge::Hunting),
            (D::Down, D::Up, false, Merge::Nothing),
            (D::Down, D::None, false, Merge::Large),
            (D::Down, D::Down, false, Merge::Small),
            (D::Down, D::Down, true, Merge::Small),
        ] {
            assert_eq!(merge(large, small, rising), expected, "{large:?} {small:?} {rising}");
        }
    }

    #[test]
    fn up_goes_to_the_large_window_in_one_step_and_down_to_the_small_one() {
        let up = advise(Some(&uses(95.0)), Some(&uses(80.0)), &size(100), None);
        assert_eq!((up.memory_gb, up.merge), (180 * GB_PER_CORE, Merge::Large));
        let down = advise(Some(&uses(30.0)), Some(&uses(20.0)), &size(100), None);
        assert_eq!((down.memory_gb, down.merge), (38 * GB_PER_CORE, Merge::Small));
    }

    #[test]
    fn yesterdays_peak_alone_changes_nothing() {
        let advice = advise(Some(&uses(95.0)), Some(&uses(50.0)), &size(100), None);
        assert_eq!(advice.memory_gb, size(100).memory_gb);
    }

    #[test]
    fn the_hunting_check_follows_the_large_window_when_the_small_one_rises() {
        let (large, small) = (uses(50.0), uses(30.0));
        let falling = advise(Some(&large), Some(&small), &size(100), Some(60 * GB_PER_CORE));
        assert_eq!((falling.merge, falling.memory_gb), (Merge::Small, 57 * GB_PER_CORE));
        let rising = advise(Some(&large), Some(&small), &size(100), Some(50 * GB_PER_CORE));
        assert_eq!((rising.merge, rising.memory_gb), (Merge::Hunting, 100 * GB_PER_CORE));
    }

    #[test]
    fn a_small_window_without_samples_leaves_the_decision_to_the_large_one() {
        let advice = advise(Some(&uses(20.0)), None, &size(100), None);
        assert_eq!((advice.merge, advice.memory_gb), (Merge::Large, 38 * GB_PER_CORE));
        assert_eq!(advise(None, None, &size(100), None).memory_gb, size(100).memory_gb);
    }

    #[test]
    fn memory_has_more_room_over_stable_use_and_most_after_an_out_of_memory_error() {
        let look = |query_gb: f64, lowest_query_gb: f64, resident_gb: f64| Look {
            query_gb,
            lowest_query_gb,
            resident_gb,
            ..Look::default()
        };
        assert!((wanted_memory(&look(100.0, 80.0, 0.0)) - 125.0).abs() < 1e-9);
        assert!((wanted_memory(&look(100.0, 10.0, 0.0)) - 110.0).abs() < 1e-9);
        assert!((wanted_memory(&look(10.0, 8.0, 100.0)) - 125.0).abs() < 1e-9);
        let oom = Look { out_of_memory: true, ..look(10.0, 8.0, 100.0) };
        assert!((wanted_memory(&oom) - 150.0).abs() < 1e-9);
        let crash = Look { crash_gb: Some(90.0), ..look(10.0, 8.0, 50.0) };
        assert!((wanted_memory(&crash) - 135.0).abs() < 1e-9);
    }
}
