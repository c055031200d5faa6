//! `drift`: what somebody changed since the last apply, and what nobody manages.

use crate::cli::args::DriftArgs;
use crate::cli::context::{Context, Failure, Result};
use crate::cli::exit;
use crate::cli::render;
use crate::ops::{self, Session};

pub async fn run(context: &Context, args: &DriftArgs) -> Result {
    let session = context.session();
    let interrupts = context.interrupts()?;
    tokio::select! {
        biased;
        result = look(context, &session, args) => result,
        () = interrupts.leave() => Err(Failure::interrupted()),
    }
}

async fn look(context: &Context, session: &Session, args: &DriftArgs) -> Result {
    let terminal = &context.terminal;
    let fail = |diagnostics| Failure::in_session(session, diagnostics);
    let (place, connections) = context.open_all(session).await?;
    let state = ops::read_state(session, &place).await.map_err(fail)?;
    let work = ops::drift(session, &connections, state, args.unmanaged);
    let drift = connections.drive(work).await.map_err(fail)?;
    let text = match (context.global.json, args.markdown) {
        (true, _) => super::pretty(&render::drift::json(&drift)),
        (_, true) => render::drift::markdown(&drift),
        _ => render::drift::text(&drift, terminal.look()),
    };
    let code = if drift.is_any() { exit::CHANGES } else { exit::SUCCESS };
    terminal.print(&text);
    terminal.diagnostics(drift.diagnostics, &session.sources);
    Ok(code)
}
