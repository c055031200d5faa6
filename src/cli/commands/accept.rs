//! `plan --accept-drift`: the edit under which what is there is what is wanted.

use std::path::Path;

use similar::TextDiff;

use crate::cli::args::PlanArgs;
use crate::cli::context::{Context, Failure, Result};
use crate::cli::exit;
use crate::diag::{Code, Diagnostic};
use crate::host;
use crate::ops::{self, PlanOptions, Session};

pub async fn run(context: &Context, args: &PlanArgs) -> Result {
    context.refuse_json("plan --accept-drift")?;
    let session = context.session();
    let interrupts = context.interrupts()?;
    tokio::select! {
        biased;
        result = accept(context, &session, args) => result,
        () = interrupts.leave() => Err(Failure::interrupted()),
    }
}

async fn accept(context: &Context, session: &Session, args: &PlanArgs) -> Result {
    let terminal = &context.terminal;
    let fail = |diagnostics| Failure::in_session(session, diagnostics);
    let (connections, state) = context.open_and_read(session, &PlanOptions::default()).await?;
    let acceptance = connections.drive(ops::accept(session, &connections, state)).await.map_err(fail)?;
    for (name, before, after) in &acceptance.files {
        let name = name.strip_prefix("./").unwrap_or(name);
        let header = (format!("a/{name}"), format!("b/{name}"));
        let diff = TextDiff::from_lines(before.as_str(), after.as_str());
        terminal.print(&diff.unified_diff().header(&header.0, &header.1).to_string());
        if args.write {
            write(name, after)?;
        }
    }
    match (acceptance.files.is_empty(), acceptance.by_hand.is_empty()) {
        (true, true) => terminal.tell_line("There is no drift to accept."),
        (true, false) => terminal.tell_line("No line can be edited for it."),
        (false, _) if args.write => {
            terminal.tell_line("Written. The next apply records it, and changes nothing else for it.")
        }
        (false, _) => terminal.tell_line("Nothing was written: add --write, or pipe this into `patch -p1`."),
    }
    if !acceptance.by_hand.is_empty() {
        terminal.tell_line("To be changed by hand:");
        acceptance.by_hand.iter().for_each(|line| terminal.tell_line(&format!("  {line}")));
    }
    Ok(if acceptance.by_hand.is_empty() { exit::SUCCESS } else { exit::FAILURE })
}

fn write(name: &str, text: &str) -> Result<()> {
    host::replace(Path::new(name), text.as_bytes()).map_err(|error| {
        Diagnostic::error(Code("HW0916"), format!("{name} cannot be written"))
            .with_detail(format!("{error}. It was left as it is."))
            .with_help("Check its permissions.")
            .into()
    })
}
