//! What came of an apply: counts, outputs, and after a failure what is left.

use std::time::Duration;

use super::again;
use crate::cli::args::ApplyArgs;
use crate::cli::context::Context;
use crate::cli::exit;
use crate::cli::progress::Tally;
use crate::cli::render::{self, Paint, duration};
use crate::diag::Diagnostics;
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
        let ended =
            if failed { self.stopped(&outcome.failed, &outcome.skipped, outcome.interrupted) } else { self.complete() };
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
        match (outcome.interrupted, failed) {
            (true, _) => exit::INTERRUPTED,
            (false, true) => exit::FAILURE,
            (false, false) => exit::SUCCESS,
        }
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
        format!("{gap}{title}{took}\n")
    }

    fn stopped(
        &self,
        failed: &[crate::address::Address],
        skipped: &[crate::address::Address],
        interrupted: bool,
    ) -> String {
        let why = if interrupted { "was interrupted" } else { "did not come to its end" };
        let title = format!("{} {why} after {}: {}.", self.name(), self.time(), self.tally.counts());
        let mut text = format!("{}\n", self.context.terminal.look().paint(Paint::Alarm, &title));
        let done = self.tally.done.iter().map(|(address, what)| format!("{address} ({what})"));
        let groups = [
            ("done", done.collect::<Vec<_>>()),
            ("failed", failed.iter().map(ToString::to_string).collect()),
            ("not finished", unfinished(failed, skipped)),
        ];
        for (what, names) in groups.iter().filter(|(_, names)| !names.is_empty()) {
            text.push_str(&format!("  {:<14}{}\n", format!("{what}:"), names.join(", ")));
        }
        let left: Vec<_> = failed.iter().chain(skipped).filter(|a| !self.tally.renewed.contains(a)).collect();
        let replace = again::replacements(&self.args.plan.replace, &self.tally.renewed, &left);
        let again = again::command(self.command, &self.context.global, self.args, &replace);
        text.push_str(&format!("What the state recorded is kept. To go on: {again}\n"));
        text
    }
}

/// Begun or not begun, but not done and not failed; each once.
fn unfinished(failed: &[crate::address::Address], skipped: &[crate::address::Address]) -> Vec<String> {
    let mut names: Vec<_> = skipped.iter().filter(|a| !failed.contains(a)).collect();
    names.sort();
    names.dedup();
    names.into_iter().map(ToString::to_string).collect()
}
