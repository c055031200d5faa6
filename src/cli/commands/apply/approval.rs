//! The question before anything is changed.

use crate::cli::args::ApplyArgs;
use crate::cli::context::Context;
use crate::cli::interrupt::Interrupts;
use crate::cli::render::{self, Paint};
use crate::clock::Clock;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ops::{Planned, Session};
use crate::plan::Plan;

/// Why a plan was not approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Errors stand in its way.
    Errors,
    Declined,
    Interrupted,
    /// No terminal, and no `--auto-approve`.
    NobodyToAsk,
}

/// Shows a plan and asks.
pub(super) struct Approval<'a> {
    context: &'a Context,
    session: &'a Session,
    interrupts: &'a Interrupts,
    auto: bool,
    detail: render::plan::Detail,
    clock: &'a dyn Clock,
    /// How many diagnostics were shown with the plan.
    pub shown: usize,
    pub has_changes: bool,
    pub refusal: Option<Refusal>,
}

impl<'a> Approval<'a> {
    /// `auto`: nobody is asked.
    pub(super) fn new(
        context: &'a Context,
        session: &'a Session,
        interrupts: &'a Interrupts,
        args: &ApplyArgs,
        auto: bool,
        clock: &'a dyn Clock,
    ) -> Self {
        let detail = args.plan.detail.into();
        Self { context, session, interrupts, auto, detail, clock, shown: 0, has_changes: false, refusal: None }
    }

    /// Whether the plan may be carried out.
    pub(super) fn decide(&mut self, planned: &Planned<'_>) -> bool {
        let (terminal, plan, found) = (&self.context.terminal, &planned.plan, &planned.diagnostics);
        if self.context.global.json {
            terminal.print(&render::events::plan(self.clock.now(), plan));
            self.context.tell_events(found.clone(), &self.session.sources, self.clock.now());
        } else {
            terminal.stream(|sink| render::plan::pour(plan, terminal.look(), self.detail, sink));
            terminal.print(&render::plan::conditions(&planned.judgements(), terminal.look()));
            terminal.diagnostics(found.clone(), &self.session.sources);
        }
        self.shown = found.len();
        self.has_changes = plan.has_changes();
        self.refusal = self.answer(plan, found);
        if self.refusal.is_none() {
            self.interrupts.begin();
        }
        self.refusal.is_none()
    }

    fn answer(&self, plan: &Plan, found: &Diagnostics) -> Option<Refusal> {
        let terminal = &self.context.terminal;
        if found.has_errors() {
            return Some(Refusal::Errors);
        }
        if !plan.has_changes() || self.auto {
            return None;
        }
        if !terminal.can_ask() {
            return Some(Refusal::NobodyToAsk);
        }
        let reply = self.interrupts.ask(&question(plan, self.context));
        match reply {
            _ if self.interrupts.is_interrupted() => Some(Refusal::Interrupted),
            Some(line) if line.trim() == "yes" => None,
            _ => Some(Refusal::Declined),
        }
    }
}

fn question(plan: &Plan, context: &Context) -> String {
    let look = context.terminal.look();
    let what = if plan.destroying { "Destroy all this?" } else { "Do you want to perform these actions?" };
    let lost = plan.summary().destroy;
    let warning = match lost {
        0 => String::new(),
        1 => look.paint(Paint::Alarm, "  1 thing is destroyed; this cannot be undone.\n"),
        n => look.paint(Paint::Alarm, &format!("  {n} things are destroyed; this cannot be undone.\n")),
    };
    format!(
        "{}\n{warning}  Only 'yes' will be accepted to approve.\n\n  Enter a value: ",
        look.paint(Paint::Strong, what)
    )
}

pub(super) fn nobody_to_ask(command: &str) -> Diagnostic {
    Diagnostic::error(Code("HW0918"), "There is nobody to ask for approval")
        .with_detail("Standard input is no terminal, or --no-input or CI says that nobody is asked, and --auto-approve is not given. Nothing was changed.")
        .with_help(format!("Look at the plan above; then run {command} in a terminal, or with --auto-approve."))
}
