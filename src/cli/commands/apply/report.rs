//! What came of an apply: counts, outputs, and after a failure what is left.

use std::collections::BTreeMap;
use std::time::Duration;

use super::again;
use crate::address::Address;
use crate::apply::Outcome;
use crate::cli::args::ApplyArgs;
use crate::cli::context::Context;
use crate::cli::exit;
use crate::cli::progress::Tally;
use crate::cli::render::{self, Paint, duration, events};
use crate::diag::Diagnostics;
use crate::lang::value::Value;
use crate::ops::{Applied, Session};

pub(super) struct Report<'a> {
    pub context: &'a Context,
    pub args: &'a ApplyArgs,
    pub session: &'a Session,
    /// `apply` or `destroy`.
    pub command: &'static str,
    /// Everything was to be destroyed.
    pub destroying: bool,
    pub tally: Tally,
    pub took: Duration,
    /// When it ended.
    pub now: jiff::Timestamp,
    /// The time it took was the sandbox's own.
    pub is_virtual: bool,
}

impl Report<'_> {
    /// Shows what is not shown yet, and gives the exit code. The first `shown` diagnostics stood beside the plan.
    pub(super) fn show(&self, applied: Applied, shown: usize) -> u8 {
        let terminal = &self.context.terminal;
        let outcome = applied.outcome.unwrap_or_default();
        let failed = outcome.interrupted || !outcome.failed.is_empty() || applied.diagnostics.has_errors();
        let mut rest = Diagnostics::new();
        rest.extend(applied.diagnostics.into_iter().skip(shown));
        if self.context.global.json {
            self.tell(rest, &outcome, failed, &applied.outputs);
            return code(&outcome, failed);
        }
        let ended = if failed { self.stopped(&outcome) } else { self.complete() };
        if failed {
            terminal.print("\n");
            terminal.diagnostics(rest, &self.session.sources);
            terminal.tell(&ended);
        } else {
            terminal.diagnostics(rest, &self.session.sources);
            terminal.print(&ended);
        }
        if !failed && !self.destroying && !applied.outputs.is_empty() {
            terminal.print(&format!("\nOutputs:\n\n{}", render::outputs::text(&applied.outputs)));
        }
        code(&outcome, failed)
    }

    /// The same as events.
    fn tell(&self, rest: Diagnostics, outcome: &Outcome, failed: bool, outputs: &BTreeMap<String, Value>) {
        let (terminal, at) = (&self.context.terminal, self.now);
        let mut text = String::new();
        for diagnostic in rest.sorted().iter() {
            text.push_str(&events::diagnostic(at, &render::diagnostics::json::item(diagnostic, &self.session.sources)));
        }
        let operation = if self.destroying { "destroy" } else { "apply" };
        text.push_str(&events::summary(at, operation, self.tally.summary()));
        if failed {
            let done: Vec<String> = self.tally.done.iter().map(|(address, ..)| address.to_string()).collect();
            let broken: Vec<String> = outcome.failed.iter().map(ToString::to_string).collect();
            let left = unfinished(&outcome.failed, &outcome.skipped);
            text.push_str(&events::resume(at, &done, &broken, &left, &self.again(outcome)));
        } else if !self.destroying {
            text.push_str(&events::outputs(at, outputs));
        }
        terminal.print(&text);
    }

    /// The command that goes on.
    fn again(&self, outcome: &Outcome) -> String {
        let left: Vec<_> =
            outcome.failed.iter().chain(&outcome.skipped).filter(|a| !self.tally.renewed.contains(a)).collect();
        let replace = again::replacements(&self.args.plan.replace, &self.tally.renewed, &left);
        again::command(self.command, &self.context.global, self.args, &replace)
    }

    fn name(&self) -> &'static str {
        if self.destroying { "Destroy" } else { "Apply" }
    }

    fn time(&self) -> String {
        let whose = if self.is_virtual { " of the sandbox's time" } else { "" };
        format!("{}{whose}", duration::text(self.took))
    }

    fn complete(&self) -> String {
        let title = format!("{} complete! Resources: {}.", self.name(), self.tally.counts());
        let title = self.context.terminal.look().paint(Paint::Add, &title);
        let took = if self.tally.done.is_empty() { String::new() } else { format!(" It took {}.", self.time()) };
        let gap = if self.tally.done.is_empty() { "" } else { "\n" };
        format!("{gap}{title}{took}{}\n", self.longest())
    }

    /// What took longest, where that is worth knowing.
    fn longest(&self) -> String {
        let mut longest: Vec<_> = self.tally.done.iter().filter(|(.., took)| took.as_secs() > 0).collect();
        if longest.len() < 2 {
            return String::new();
        }
        longest.sort_by_key(|(.., took)| std::cmp::Reverse(*took));
        let name = |(address, _, took): &&(Address, &str, Duration)| format!("{address} {}", duration::text(*took));
        let names: Vec<String> = longest.iter().take(3).map(name).collect();
        format!(" The longest: {}.", names.join(", "))
    }

    fn stopped(&self, outcome: &Outcome) -> String {
        let Outcome { failed, skipped, interrupted, .. } = outcome;
        let why = if *interrupted { "was interrupted" } else { "did not come to its end" };
        let title = format!("{} {why} after {}: {}.", self.name(), self.time(), self.tally.counts());
        let mut text = format!("{}\n", self.context.terminal.look().paint(Paint::Alarm, &title));
        let done = self
            .tally
            .done
            .iter()
            .map(|(address, what, took)| format!("{address} ({what} in {})", duration::text(*took)));
        let groups = [
            ("done", done.collect::<Vec<_>>()),
            ("failed", failed.iter().map(ToString::to_string).collect()),
            ("not finished", unfinished(failed, skipped)),
        ];
        for (what, names) in groups.iter().filter(|(_, names)| !names.is_empty()) {
            text.push_str(&format!("  {:<14}{}\n", format!("{what}:"), names.join(", ")));
        }
        text.push_str(&format!("What the state recorded is kept. To go on: {}\n", self.again(outcome)));
        text
    }
}

fn code(outcome: &Outcome, failed: bool) -> u8 {
    match (outcome.interrupted, failed) {
        (true, _) => exit::INTERRUPTED,
        (false, true) => exit::FAILURE,
        (false, false) => exit::SUCCESS,
    }
}

/// Begun or not begun, but not done and not failed; each once.
fn unfinished(failed: &[Address], skipped: &[Address]) -> Vec<String> {
    let mut names: Vec<_> = skipped.iter().filter(|a| !failed.contains(a)).collect();
    names.sort();
    names.dedup();
    names.into_iter().map(ToString::to_string).collect()
}
