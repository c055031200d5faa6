//! `import --all`: what exists, shown as configuration, written into new files, and taken over.

use std::path::PathBuf;

use super::{abandon, told};
use crate::cli::args::ImportArgs;
use crate::cli::context::{Context, Failure, Result};
use crate::cli::exit;
use crate::cli::interrupt::Interrupts;
use crate::cli::render::Paint;
use crate::diag::{Code, Diagnostic};
use crate::host;
use crate::ops::{self, ImportRequest, Selection, Survey, Written};

pub(super) async fn run(context: &Context, args: &ImportArgs) -> Result {
    let interrupts = context.interrupts()?;
    let survey = tokio::select! {
        biased;
        survey = look(context, args) => survey?,
        () = interrupts.leave() => return Err(Failure::interrupted()),
    };
    let terminal = &context.terminal;
    let wishes = survey.wishes();
    if wishes.is_empty() {
        terminal.print("Everything that exists is managed already.\n");
        return Ok(exit::SUCCESS);
    }
    for (name, text) in &survey.written.files {
        terminal.print(&format!("{}\n\n{text}\n", terminal.look().paint(Paint::Strong, &format!("# {name}"))));
    }
    if let Some(code) = refused(context, &interrupts, args, wishes.len(), &survey.written)? {
        return Ok(code);
    }
    let files = write(context, &survey.written)?;
    let request = ImportRequest { wishes, proven: true, ..ImportRequest::default() };
    let taken = tokio::select! {
        biased;
        taken = take(context, &request) => taken,
        () = interrupts.leave() => {
            abandon(context, &context.session()).await?;
            Err(Failure::interrupted())
        }
    };
    if taken.is_err() {
        files.iter().for_each(|file| drop(host::remove(file)));
    }
    taken
}

async fn look(context: &Context, args: &ImportArgs) -> Result<Survey> {
    let session = context.session();
    let fail = |diagnostics| Failure::in_session(&session, diagnostics);
    let (place, connections) = context.open_all(&session).await?;
    let state = ops::read_state(&session, &place).await.map_err(fail)?;
    let selection = Selection { find: args.filter.clone(), kinds: args.kinds.clone() };
    let work = ops::survey(&session, &connections, state.as_ref(), &selection);
    let mut survey = connections.drive(work).await.map_err(fail)?;
    context.terminal.diagnostics(std::mem::take(&mut survey.diagnostics), &session.sources);
    Ok(survey)
}

/// The exit code, when nobody agrees.
fn refused(
    context: &Context,
    interrupts: &Interrupts,
    args: &ImportArgs,
    things: usize,
    written: &Written,
) -> Result<Option<u8>> {
    let terminal = &context.terminal;
    let names: Vec<&str> = written.files.iter().map(|(name, _)| name.as_str()).collect();
    let what = format!("Write {} and take over {things} things? Nothing of them is changed.", names.join(", "));
    if args.auto_approve {
        return Ok(None);
    }
    if !terminal.can_ask() {
        return Err(Diagnostic::error(Code("HW0918"), "There is nobody to ask for approval")
            .with_detail("Standard input is no terminal, and --auto-approve is not given. Nothing was written.")
            .with_help("Look at the files above; then run import in a terminal, or with --auto-approve.")
            .into());
    }
    let question =
        format!("{}\n  Only 'yes' will be accepted.\n\n  Enter a value: ", terminal.look().paint(Paint::Strong, &what));
    let reply = interrupts.ask(&question);
    Ok(match reply {
        _ if interrupts.is_interrupted() => Some(exit::INTERRUPTED),
        Some(line) if line.trim() == "yes" => None,
        _ => {
            terminal.tell_line("Not approved: nothing was written.");
            Some(exit::FAILURE)
        }
    })
}

/// Writes the files, all or none; never over another.
fn write(context: &Context, written: &Written) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for (name, text) in &written.files {
        let path = context.directory().join(name);
        if let Err(error) = host::create(&path, text.as_bytes()) {
            files.iter().for_each(|file: &PathBuf| drop(host::remove(file)));
            return Err(Diagnostic::error(Code("HW0916"), format!("{name} cannot be written"))
                .with_detail(format!("{error}. Nothing was imported."))
                .with_help("Check the directory and its permissions.")
                .into());
        }
        files.push(path);
    }
    Ok(files)
}

async fn take(context: &Context, request: &ImportRequest) -> Result {
    let session = context.session();
    let fail = |diagnostics| Failure::in_session(&session, diagnostics);
    let (place, connections) = context.open(&session, &ops::PlanOptions::default()).await?;
    let imported = connections.drive(ops::import(&session, &connections, &place, request)).await.map_err(fail)?;
    told(context, &session, imported);
    Ok(exit::SUCCESS)
}
