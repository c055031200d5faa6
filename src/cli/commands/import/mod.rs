//! `import`: what exists becomes managed, and the plan that follows is shown.

mod all;

use std::path::Path;

use crate::cli::args::ImportArgs;
use crate::cli::context::{Context, Failure, Result};
use crate::cli::exit;
use crate::cli::render;
use crate::diag::{Code, Diagnostic};
use crate::host;
use crate::ops::{self, ImportRequest, Imported, PlanOptions, Session, TerraformState, Wish};

pub async fn run(context: &Context, args: &ImportArgs) -> Result {
    context.refuse_json("import")?;
    if args.all {
        return all::run(context, args).await;
    }
    let request = match &args.from_tfstate {
        Some(file) => from_terraform(context, file)?,
        None => named(args),
    };
    let session = context.session();
    let interrupts = context.interrupts()?;
    let interrupted = tokio::select! {
        biased;
        result = take(context, &session, &request) => return result,
        () = interrupts.leave() => Failure::interrupted(),
    };
    abandon(context, &session).await?;
    Err(interrupted)
}

/// The work was broken off before anything was stored: what is left is the lock.
async fn abandon(context: &Context, session: &Session) -> Result<()> {
    let place = context.state_place(session)?;
    ops::abandon(session, &place).await.map_err(|d| Failure::in_session(session, d))
}

fn named(args: &ImportArgs) -> ImportRequest {
    let pair = args.address.clone().zip(args.id.clone());
    let wishes = pair.map(|(to, find)| Wish { to, find, identity: None, past: None }).into_iter().collect();
    ImportRequest { wishes, ..ImportRequest::default() }
}

/// What a state of Terraform's holds, with a word on what it keeps.
fn from_terraform(context: &Context, file: &Path) -> Result<ImportRequest> {
    let standard = file == Path::new("-");
    let name = if standard { "Standard input".to_owned() } else { file.display().to_string() };
    let bytes = if standard { context.terminal.read_all() } else { host::read(file) };
    let bytes = bytes.map_err(|e| {
        Diagnostic::error(Code("HW0904"), format!("{name} cannot be read"))
            .with_detail(format!("It should hold a state of Terraform's. {e}"))
            .with_help(
                "Name the file, or - for standard input: terraform state pull | housewright import --from-tfstate -",
            )
    })?;
    let TerraformState { wishes, outputs, left } =
        ops::read_terraform(&name, &bytes).map_err(Failure::without_session)?;
    if !left.is_empty() {
        context.terminal.print("Left to Terraform:\n");
        left.iter().for_each(|line| context.terminal.print(&format!("  {line}\n")));
        context.terminal.print("\n");
    }
    Ok(ImportRequest { wishes, outputs, proven: false })
}

async fn take(context: &Context, session: &Session, request: &ImportRequest) -> Result {
    let terminal = &context.terminal;
    if request.wishes.is_empty() {
        terminal.print("There is nothing to import.\n");
        return Ok(exit::SUCCESS);
    }
    let fail = |diagnostics| Failure::in_session(session, diagnostics);
    let (place, connections) = context.open(session, &PlanOptions::default()).await?;
    let imported = connections.drive(ops::import(session, &connections, &place, request)).await.map_err(fail)?;
    told(context, session, imported);
    Ok(exit::SUCCESS)
}

/// What was taken over, and the plan that follows.
fn told(context: &Context, session: &Session, imported: Imported) {
    let terminal = &context.terminal;
    let Imported { taken, plan, diagnostics, taken_over } = imported;
    if let Some(holder) = taken_over {
        terminal.tell_line(&super::state::taken_over(&holder));
    }
    for (address, id) in &taken {
        terminal.print(&format!("Imported {address}: {id}\n"));
    }
    terminal.print("\nFrom here on, an apply would do this:\n\n");
    terminal.print(&render::plan::text(&plan, terminal.look()));
    terminal.diagnostics(diagnostics, &session.sources);
}
