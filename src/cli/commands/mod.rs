//! The commands, one file each. Each opens what it needs, calls an operation, shows the result and gives an exit code.

mod accept;
mod apply;
mod completions;
mod console;
mod convert;
mod drift;
mod explain;
mod fmt;
mod graph;
mod import;
mod man;
mod output;
mod plan;
mod sandbox;
mod show;
mod state;
mod validate;
mod version;

use super::args::Command;
use super::context::{Context, Result};
use crate::diag::{Code, Diagnostic};

/// Runs a command to its end.
pub fn run(context: &Context, command: Command) -> Result {
    // One thread besides this one: it hears signals while this one waits for an answer.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.map_err(|e| {
        Diagnostic::error(Code("HW0911"), "The program cannot start")
            .with_detail(format!("The system refused a thread: {e}."))
            .with_help("End other programs, or raise the limit of processes.")
    })?;
    let result = runtime.block_on(dispatch(context, command));
    runtime.shutdown_background();
    result
}

async fn dispatch(context: &Context, command: Command) -> Result {
    match command {
        Command::Validate(args) => validate::run(context, &args),
        Command::Plan(args) if args.accept_drift => accept::run(context, &args).await,
        Command::Plan(args) => plan::run(context, &args).await,
        Command::Apply(args) => apply::run(context, &args, false).await,
        Command::Destroy(args) => apply::run(context, &args, true).await,
        Command::Convert(args) => convert::run(context, &args),
        Command::Drift(args) => drift::run(context, &args).await,
        Command::Explain { code } => explain::run(context, code.as_deref()),
        Command::Import(args) => import::run(context, &args).await,
        Command::Show(args) => show::run(context, &args).await,
        Command::Graph(args) => graph::run(context, &args),
        Command::Output(args) => output::run(context, &args).await,
        Command::Console(args) => console::run(context, &args).await,
        Command::Fmt(args) => fmt::run(context, &args),
        Command::State(command) => state::run(context, &command).await,
        Command::Sandbox(command) => sandbox::run(context, &command).await,
        Command::Completions { shell } => completions::run(context, shell),
        Command::Man { pages } => man::run(context, &pages),
        Command::Version => version::run(context),
    }
}

/// JSON for programs, in one line with its end.
fn compact(value: &serde_json::Value) -> String {
    format!("{value}\n")
}

/// JSON for people and programs, with a line end.
fn pretty(value: &impl serde::Serialize) -> String {
    let text = serde_json::to_string_pretty(value).expect("what is printed is plain data with string keys");
    text + "\n"
}
