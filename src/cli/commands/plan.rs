//! `plan`: what an apply would do.

use crate::cli::args::PlanArgs;
use crate::cli::context::{Context, Failure, Result};
use crate::cli::exit;
use crate::cli::render;
use crate::ops::{self, PlanOptions, Session};

/// The options of a plan as the operations take them.
pub(super) fn options(args: &PlanArgs, destroy: bool) -> PlanOptions {
    PlanOptions {
        replace: args.replace.clone(),
        no_refresh: !args.refresh,
        destroy: destroy || args.destroy,
        saved: None,
    }
}

pub async fn run(context: &Context, args: &PlanArgs) -> Result {
    let session = context.session();
    let interrupts = context.interrupts()?;
    tokio::select! {
        biased;
        result = plan(context, &session, args) => result,
        () = interrupts.leave() => Err(Failure::interrupted()),
    }
}

async fn plan(context: &Context, session: &Session, args: &PlanArgs) -> Result {
    let options = options(args, false);
    let fail = |diagnostics| Failure::in_session(session, diagnostics);
    let (connections, stored) = context.open_and_read(session, &options).await?;
    let mut planned = connections.drive(ops::plan(session, &connections, stored, &options)).await.map_err(fail)?;
    let terminal = &context.terminal;
    let failed = planned.diagnostics.has_errors();
    let sheet = (context.global.json || args.out.is_some()).then(|| ops::sheet(session, &connections, &planned));
    match sheet.as_ref().filter(|_| context.global.json) {
        Some(sheet) => terminal.stream_bytes(|out| render::plan_json::write(sheet, out)),
        None => {
            let (look, detail) = (terminal.look(), args.detail.into());
            terminal.stream(|sink| render::plan::pour(&planned.plan, look, detail, sink));
            terminal.print(&render::plan::conditions(&planned.judgements(), terminal.look()));
        }
    }
    if args.permissions && !context.global.json {
        terminal.print(&render::plan::permissions(&planned.needs(), terminal.look()));
    }
    if let Some((path, sheet)) = args.out.as_ref().zip(sheet.as_ref()).filter(|_| !failed) {
        ops::save(session, &planned, sheet, &options, path)?;
        let sandbox = if context.global.sandbox { " --sandbox" } else { "" };
        let path = path.display();
        terminal
            .tell_line(&format!("The plan is kept in {path}. Carry it out with: housewright apply{sandbox} {path}"));
    }
    terminal.diagnostics(std::mem::take(&mut planned.diagnostics), &session.sources);
    let code = match (failed, planned.plan.has_changes()) {
        (true, _) => exit::FAILURE,
        (false, true) if args.detailed_exitcode => exit::CHANGES,
        _ => exit::SUCCESS,
    };
    // The program is about to end, and giving back each piece of a large plan would take a tenth of its time.
    std::mem::forget((planned, sheet, connections));
    Ok(code)
}
