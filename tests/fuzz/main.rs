//! Random mutations of valid files, each taken through everything that reads a configuration: no panic, no input that
//! takes longer than a second, none that takes more than 512 MB. The README beside this file says how to run it.
//!
//! The inputs run in a child process, so that a stack that overflows or memory that runs out is a finding too, and not the
//! end of the test. Owns the processes and the verdicts; `mutate` makes inputs, `subject` uses them up.
#![allow(clippy::disallowed_methods, clippy::print_stdout, clippy::print_stderr, reason = "a test of the real machine")]

mod corpus;
mod mutate;
mod settings;
mod subject;
mod supervisor;
mod worker;

use std::process::ExitCode;
use std::time::Instant;

use peak_alloc::PeakAlloc;

use settings::{Role, Settings};

/// Counts what is allocated.
#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

fn main() -> ExitCode {
    let settings = Settings::from_environment();
    match settings.role {
        Role::Worker => {
            worker::run(&settings);
            ExitCode::SUCCESS
        }
        Role::Show(index) => {
            let input = mutate::Mutator::new(&settings).input(index);
            println!("{:?}\n{}", input.kind, String::from_utf8_lossy(&input.bytes));
            ExitCode::SUCCESS
        }
        Role::Supervisor => verdict(&settings),
    }
}

fn verdict(settings: &Settings) -> ExitCode {
    let begun = Instant::now();
    let outcome = supervisor::run(settings);
    for failure in &outcome.failures {
        eprintln!("input {} (seed {}): {}", failure.index, settings.seed, failure.what);
        eprintln!("  it is in {}", failure.kept.display());
    }
    println!(
        "fuzz: {} mutations in {:.0} s; the slowest took {} ms (input {}), the hungriest {} MB (input {}); {} failed",
        outcome.run,
        begun.elapsed().as_secs_f64(),
        outcome.slowest.0,
        outcome.slowest.1,
        outcome.hungriest.0,
        outcome.hungriest.1,
        outcome.failures.len(),
    );
    let complete = outcome.run == settings.inputs;
    if !complete {
        eprintln!("fuzz: {} mutations were to be run", settings.inputs);
    }
    if outcome.failures.is_empty() && complete { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
