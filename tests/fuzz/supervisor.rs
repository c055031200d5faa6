//! Starts workers, notices how they end, and goes on behind the input that ended one.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use super::mutate::{Kind, Mutator};
use super::settings::{PROGRESS, RANGE, SEED, Settings};
use super::worker::{Line, progress_in};

/// A worker that says nothing new for so long hangs, on a busy machine too; it says itself what took longer than allowed.
const SILENCE: Duration = Duration::from_secs(240);

/// A run with so many failures has shown enough.
const TOO_MANY: usize = 20;

pub struct Failure {
    pub index: u64,
    pub what: String,
    pub kept: PathBuf,
}

#[derive(Default)]
pub struct Outcome {
    pub run: u64,
    pub failures: Vec<Failure>,
    /// Milliseconds, and the input.
    pub slowest: (u64, u64),
    /// Megabytes, and the input.
    pub hungriest: (u64, u64),
}

impl Outcome {
    fn add(&mut self, other: Self) {
        self.run += other.run;
        self.failures.extend(other.failures);
        self.slowest = self.slowest.max(other.slowest);
        self.hungriest = self.hungriest.max(other.hungriest);
    }
}

/// Runs all inputs, a share of them in each process.
pub fn run(settings: &Settings) -> Outcome {
    let share = settings.inputs.div_ceil(settings.processes);
    let mut outcome = Outcome::default();
    std::thread::scope(|scope| {
        let shares = (0..settings.processes).map(|i| (i * share)..((i + 1) * share).min(settings.inputs));
        let running: Vec<_> =
            shares.filter(|s| !s.is_empty()).map(|share| scope.spawn(move || run_share(settings, share))).collect();
        running.into_iter().for_each(|thread| outcome.add(thread.join().expect("the supervisor does not fail")));
    });
    outcome
}

fn run_share(settings: &Settings, share: Range<u64>) -> Outcome {
    let mutator = Mutator::new(settings);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fuzz");
    std::fs::create_dir_all(&folder).expect("a folder for findings");
    let mut outcome = Outcome::default();
    let mut next = share.start;
    while next < share.end && outcome.failures.len() < TOO_MANY {
        let progress = folder.join(format!("progress-{}", share.start));
        std::fs::write(&progress, u64::MAX.to_le_bytes()).expect("progress can be noted");
        let told = Worker::start(settings, next..share.end, &progress).finish(&progress);
        let mut failed = |index: u64, what: String| {
            let input = mutator.input(index);
            let kept = folder.join(format!("{}-{index}.{}", settings.seed, ending(input.kind)));
            std::fs::write(&kept, &input.bytes).expect("the input can be kept");
            outcome.failures.push(Failure { index, what, kept });
        };
        for line in told.lines {
            match line {
                Line::Failed { index, what } => failed(index, what),
                Line::Slowest { index, milliseconds } => outcome.slowest = outcome.slowest.max((milliseconds, index)),
                Line::Hungriest { index, megabytes } => outcome.hungriest = outcome.hungriest.max((megabytes, index)),
            }
        }
        let last = match told.end {
            End::Finished => share.end - 1,
            End::Died(status) => {
                failed(told.at, format!("the process died of it: {status}"));
                told.at
            }
            End::Silent => {
                failed(told.at, format!("it took longer than {} s", SILENCE.as_secs()));
                told.at
            }
        };
        outcome.run += last + 1 - next;
        next = last + 1;
    }
    outcome
}

fn ending(kind: Kind) -> &'static str {
    match kind {
        Kind::Expression => "expression",
        Kind::Template => "template",
        Kind::File(name) => name,
    }
}

enum End {
    Finished,
    Died(ExitStatus),
    Silent,
}

struct Told {
    lines: Vec<Line>,
    end: End,
    /// The input that was under way last.
    at: u64,
}

struct Worker {
    child: Child,
    start: u64,
}

impl Worker {
    fn start(settings: &Settings, range: Range<u64>, progress: &Path) -> Self {
        let child = Command::new(std::env::current_exe().expect("this program"))
            .env(RANGE, format!("{}..{}", range.start, range.end))
            .env(SEED, settings.seed.to_string())
            .env(PROGRESS, progress)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a worker starts");
        Self { child, start: range.start }
    }

    fn finish(mut self, progress: &Path) -> Told {
        let mut out = self.child.stdout.take().expect("its output");
        let reader = std::thread::spawn(move || {
            let mut text = Vec::new();
            // What a dying process has said before counts.
            let _ = std::io::Read::read_to_end(&mut out, &mut text);
            String::from_utf8_lossy(&text).lines().filter_map(Line::parse).collect()
        });
        let (mut seen, mut since) = (u64::MAX, Instant::now());
        let end = loop {
            if let Some(status) = self.child.try_wait().expect("a child can be waited for") {
                break if status.success() { End::Finished } else { End::Died(status) };
            }
            let now = progress_in(progress);
            if now != seen {
                (seen, since) = (now, Instant::now());
            } else if since.elapsed() > SILENCE {
                let _ = self.child.kill();
                let _ = self.child.wait();
                break End::Silent;
            }
            std::thread::sleep(Duration::from_millis(100));
        };
        let at = match progress_in(progress) {
            u64::MAX => self.start,
            at => at,
        };
        Told { lines: reader.join().expect("lines are read"), end, at }
    }
}
