//! Runs inputs one by one and measures each.

use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::MEMORY;
use super::mutate::{Input, Mutator};
use super::settings::Settings;
use super::subject::Subject;

const MOST_MEGABYTES: u64 = 512;

/// Every so many inputs, one is evaluated twice, and must give the same twice.
const TWICE: u64 = 8;

/// What a worker says to its supervisor, a line each.
pub enum Line {
    Failed { index: u64, what: String },
    Slowest { index: u64, milliseconds: u64 },
    Hungriest { index: u64, megabytes: u64 },
}

impl Line {
    fn tell(&self) {
        match self {
            Self::Failed { index, what } => println!("failed {index} {}", what.replace('\n', " ")),
            Self::Slowest { index, milliseconds } => println!("slowest {index} {milliseconds}"),
            Self::Hungriest { index, megabytes } => println!("hungriest {index} {megabytes}"),
        }
    }

    pub fn parse(line: &str) -> Option<Self> {
        let mut words = line.splitn(3, ' ');
        let (what, index, rest) = (words.next()?, words.next()?.parse().ok()?, words.next()?);
        match what {
            "failed" => Some(Self::Failed { index, what: rest.to_owned() }),
            "slowest" => Some(Self::Slowest { index, milliseconds: rest.parse().ok()? }),
            "hungriest" => Some(Self::Hungriest { index, megabytes: rest.parse().ok()? }),
            _ => None,
        }
    }
}

/// The input that the file says is under way.
pub fn progress_in(file: &Path) -> u64 {
    let bytes = std::fs::read(file).unwrap_or_default();
    bytes.try_into().map_or(u64::MAX, u64::from_le_bytes)
}

/// Where and why the last panic was.
static PANIC: Mutex<String> = Mutex::new(String::new());

pub fn run(settings: &Settings) {
    std::panic::set_hook(Box::new(|info| {
        *PANIC.lock().unwrap_or_else(PoisonError::into_inner) = info.to_string();
    }));
    let progress = std::fs::OpenOptions::new().write(true).open(&settings.progress).expect("the file of progress");
    let mutator = Mutator::new(settings);
    let mut subject = Subject::new();
    let Range { start, end } = settings.range.clone();
    let (mut slowest, mut hungriest) = ((Duration::ZERO, start), (0, start));
    for index in start..end {
        progress.write_all_at(&index.to_le_bytes(), 0).expect("progress is noted");
        let input = mutator.input(index);
        let used = measured(&mut subject, &input, index);
        slowest = slowest.max((used.time, index));
        hungriest = hungriest.max((used.megabytes, index));
        if let Some(what) = used.complaint(Duration::from_secs(settings.seconds)) {
            Line::Failed { index, what }.tell();
        }
    }
    let milliseconds = slowest.0.as_millis().try_into().unwrap_or(u64::MAX);
    Line::Slowest { index: slowest.1, milliseconds }.tell();
    Line::Hungriest { index: hungriest.1, megabytes: hungriest.0 }.tell();
}

/// What an input used, and the panic or broken promise it ended in.
struct Used {
    time: Duration,
    megabytes: u64,
    broken: Option<String>,
}

impl Used {
    fn complaint(&self, longest: Duration) -> Option<String> {
        if self.broken.is_some() {
            self.broken.clone()
        } else if self.time > longest {
            Some(format!("it took {} ms", self.time.as_millis()))
        } else if self.megabytes > MOST_MEGABYTES {
            Some(format!("it took {} MB", self.megabytes))
        } else {
            None
        }
    }
}

fn measured(subject: &mut Subject, input: &Input, index: u64) -> Used {
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    let begun = processor_time();
    let ended = catch_unwind(AssertUnwindSafe(|| subject.take(input, index.is_multiple_of(TWICE))));
    let time = processor_time().saturating_sub(begun);
    let megabytes = (MEMORY.peak_usage().saturating_sub(before) >> 20) as u64;
    let broken = match ended {
        Ok(kept) => kept.err(),
        Err(_) => Some(PANIC.lock().unwrap_or_else(PoisonError::into_inner).clone()),
    };
    Used { time, megabytes, broken }
}

/// What this thread has had of a processor, so that it is no matter what else the machine does. An input that waits for
/// something is noticed by the supervisor.
fn processor_time() -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux tells a thread's time");
    let nanoseconds = told.split(' ').next().and_then(|n| n.parse().ok()).expect("the first number");
    Duration::from_nanos(nanoseconds)
}
