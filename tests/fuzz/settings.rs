//! What the environment says of a run.

use std::ops::Range;
use std::path::PathBuf;

/// Names of the environment.
pub const INPUTS: &str = "FUZZ_INPUTS";
pub const SEED: &str = "FUZZ_SEED";
pub const PROCESSES: &str = "FUZZ_PROCESSES";
pub const SHOW: &str = "FUZZ_SHOW";
pub const SECONDS: &str = "FUZZ_SECONDS";
/// For children only: the inputs to run, and the file that says which one is under way.
pub const RANGE: &str = "FUZZ_RANGE";
pub const PROGRESS: &str = "FUZZ_PROGRESS";

/// Enough to notice what is broken for most inputs of some form; the long run looks for the rest.
const SHORT: u64 = 20_000;

/// Of the processor's time for an input, where nobody says so: as slow as what is not optimised may be. What is released has a
/// second.
const UNOPTIMISED: u64 = 15;

pub enum Role {
    /// Starts workers and judges.
    Supervisor,
    /// Runs a range of inputs.
    Worker,
    /// Prints an input.
    Show(u64),
}

pub struct Settings {
    pub role: Role,
    pub inputs: u64,
    pub seed: u64,
    pub processes: u64,
    /// The longest that an input may take.
    pub seconds: u64,
    pub range: Range<u64>,
    pub progress: PathBuf,
}

impl Settings {
    pub fn from_environment() -> Self {
        let range = std::env::var(RANGE).ok().map(|r| range(&r));
        let role = match (number(SHOW), &range) {
            (Some(index), _) => Role::Show(index),
            (None, Some(_)) => Role::Worker,
            (None, None) => Role::Supervisor,
        };
        let cores = std::thread::available_parallelism().map_or(1, |n| n.get() as u64);
        Self {
            role,
            inputs: number(INPUTS).unwrap_or(SHORT),
            seed: number(SEED).unwrap_or(1),
            processes: number(PROCESSES).unwrap_or(cores).max(1),
            seconds: number(SECONDS).unwrap_or(UNOPTIMISED),
            range: range.unwrap_or_default(),
            progress: std::env::var_os(PROGRESS).map(PathBuf::from).unwrap_or_default(),
        }
    }
}

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} must be a number, and is {text:?}")))
}

fn range(text: &str) -> Range<u64> {
    let (start, end) = text.split_once("..").expect("START..END");
    start.parse().expect("a number")..end.parse().expect("a number")
}
