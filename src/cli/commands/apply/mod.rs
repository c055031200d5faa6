//! `apply` and `destroy`: the plan, the question, the progress, and what came of it.

mod again;
mod approval;
mod passwords;
mod report;

use std::cell::RefCell;
use std::sync::Arc;

use crate::apply::Event;
use crate::cli::args::ApplyArgs;
use crate::cli::context::{Context, Failure, Result};
use crate::cli::exit;
use crate::cli::interrupt::Interrupts;
use crate::cli::progress::Progress;
use crate::cli::render;
use crate::clock::{Clock as _, between};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::kinds;
use crate::ops::{self, Connections, PlanOptions, Planned, Session, StatePlace};

use approval::{Approval, Refusal};
use passwords::PasswordFile;
use report::Report;

pub async fn run(context: &Context, args: &ApplyArgs, destroy: bool) -> Result {
    let command = if destroy { "destroy" } else { "apply" };
    if context.global.json {
        return as_events(context, args, destroy, command).await;
    }
    carry_out(context, args, destroy, command).await
}

/// With `--json`, failures are events as well.
async fn as_events(context: &Context, args: &ApplyArgs, destroy: bool, command: &'static str) -> Result {
    let now = crate::clock::SystemClock::default().now();
    if !args.auto_approve && args.file.is_none() {
        return Err(Diagnostic::error(Code("HW0931"), format!("`{command} --json` cannot ask"))
            .with_detail("Its output is for programs. Nothing was done.")
            .with_help(format!("Use {command} --json --auto-approve, or carry out a plan that `plan --out FILE` kept."))
            .into());
    }
    context.terminal.print(&render::events::version(now));
    match carry_out(context, args, destroy, command).await {
        Ok(code) => Ok(code),
        Err(failure) => Ok(failure.tell(context, now)),
    }
}

async fn carry_out(context: &Context, args: &ApplyArgs, destroy: bool, command: &'static str) -> Result {
    let passwords = PasswordFile::new(args.password_file.clone())?;
    let saved = saved(context, args, destroy)?;
    let session = saved.as_ref().map_or_else(|| context.session(), |s| context.saved_session(s));
    let interrupts = context.interrupts()?;
    let options = saved.as_ref().map_or_else(|| super::plan::options(&args.plan, destroy), |s| s.plan_options());
    let job = Job { context, args, session: &session, interrupts: &interrupts, options, command };
    let (place, connections) = tokio::select! {
        biased;
        opened = context.open(&session, &job.options) => opened?,
        () = interrupts.leave() => return Err(Failure::interrupted()),
    };
    let interrupted = tokio::select! {
        biased;
        result = job.carry_out(&place, &connections, passwords) => return result,
        () = interrupts.leave() => Failure::interrupted(),
    };
    // The work was broken off before anything was changed: what is left is the lock.
    ops::abandon(&session, &place).await.map_err(|d| Failure::in_session(&session, d))?;
    context.terminal.tell_line("\nInterrupted; nothing was changed.");
    Err(interrupted)
}

/// The kept plan that is to be carried out, if there is one.
fn saved(context: &Context, args: &ApplyArgs, destroy: bool) -> Result<Option<Arc<ops::Saved>>> {
    let wrong = |summary: &str, help: &str| {
        Err(Diagnostic::error(Code("HW0923"), summary.to_owned())
            .with_detail("Nothing was done.")
            .with_help(help)
            .into())
    };
    if args.plan.out.is_some() {
        return wrong("--out belongs to `plan`", "Write the plan first: housewright plan --out FILE");
    }
    if args.plan.permissions {
        return wrong("--permissions belongs to `plan`", "Look at the plan first: housewright plan --permissions");
    }
    let Some(path) = &args.file else { return Ok(None) };
    let plan = &args.plan;
    let decided =
        destroy || plan.destroy || !plan.refresh || !plan.replace.is_empty() || !context.global.targets.is_empty();
    if decided {
        return wrong("A kept plan is carried out as it is", "Give these options to `plan --out FILE` instead.");
    }
    Ok(Some(Arc::new(ops::Saved::open(path, &context.host)?)))
}

/// One apply.
struct Job<'a> {
    context: &'a Context,
    args: &'a ApplyArgs,
    session: &'a Session,
    interrupts: &'a Interrupts,
    options: PlanOptions,
    command: &'static str,
}

impl Job<'_> {
    async fn carry_out(&self, place: &StatePlace, connections: &Connections, mut passwords: PasswordFile) -> Result {
        let terminal = &self.context.terminal;
        let mut approval = Approval::new(
            self.context,
            self.session,
            self.interrupts,
            self.args,
            self.args.auto_approve || self.options.saved.is_some(),
            &*connections.clock,
        );
        let progress = RefCell::new(Progress::new(terminal, &connections.clock, self.context.global.json));
        let started = connections.clock.now();
        let mut watch = |event: Event<'_>| {
            progress.borrow_mut().event(&event);
            if let Event::Secrets { address, identity, secrets } = &event {
                let advice = kinds::of(address).and_then(|k| k.secret_advice(identity, connections.only_api()));
                let text = passwords.take(address, identity, secrets, advice);
                progress.borrow_mut().event(&Event::Note { address, text });
            }
        };
        let mut approve = |planned: &Planned<'_>| {
            progress.borrow_mut().begin(&planned.plan);
            approval.decide(planned)
        };
        let cancel = self.interrupts.cancel();
        let work = ops::apply(self.session, connections, place, &self.options, &mut approve, &mut watch, cancel);
        let applied = connections.drive(work).await.map_err(|d| Failure::in_session(self.session, d))?;
        // What is drawn at the foot of the screen goes before the report comes.
        let tally = std::mem::take(&mut progress.into_inner().tally);
        if let Some(holder) = &applied.taken_over {
            terminal.tell_line(&super::state::taken_over(holder));
        }
        let report = Report {
            context: self.context,
            args: self.args,
            session: self.session,
            command: self.command,
            destroying: self.options.destroy,
            tally,
            took: between(started, connections.clock.now()),
            now: connections.clock.now(),
            is_virtual: connections.is_sandbox(),
        };
        let changes = approval.has_changes;
        let code = match approval.refusal {
            Some(refusal) => self.refused(refusal, applied.diagnostics, approval.shown)?,
            None => report.show(applied, approval.shown),
        };
        Ok(if code == exit::SUCCESS && changes && self.args.plan.detailed_exitcode { exit::CHANGES } else { code })
    }

    /// It was not approved.
    fn refused(&self, refusal: Refusal, diagnostics: Diagnostics, shown: usize) -> Result {
        let terminal = &self.context.terminal;
        let mut rest = Diagnostics::new();
        rest.extend(diagnostics.into_iter().skip(shown));
        if self.context.global.json {
            self.context.tell_events(rest, &self.session.sources, self.session.now());
        } else {
            terminal.diagnostics(rest, &self.session.sources);
        }
        match refusal {
            Refusal::Errors => Ok(exit::FAILURE),
            Refusal::Declined => {
                terminal.tell_line(&format!("Not approved: {} did nothing.", self.command));
                Ok(exit::FAILURE)
            }
            Refusal::Interrupted => {
                terminal.tell_line("\nInterrupted; nothing was changed.");
                Ok(exit::INTERRUPTED)
            }
            Refusal::NobodyToAsk => Err(Failure::in_session(self.session, approval::nobody_to_ask(self.command))),
        }
    }
}
