//! `validate`: what is wrong with the configuration, without a request.

use std::path::Path;

use crate::cli::args::ValidateArgs;
use crate::cli::context::{Context, Result};
use crate::cli::exit;
use crate::cli::render::diagnostics;
use crate::diag::Severity;
use crate::ops;

pub fn run(context: &Context, args: &ValidateArgs) -> Result {
    let session = context.session();
    let found = ops::validate(&session);
    let warnings = found.iter().any(|d| d.severity == Severity::Warning);
    let errors = found.has_errors();
    let code = if errors { exit::FAILURE } else { exit::SUCCESS };
    let terminal = &context.terminal;
    // Files are named as whoever started the program sees them.
    let directory = context.global.directory.as_deref().unwrap_or(Path::new(""));
    if context.global.json {
        terminal.print(&super::pretty(&diagnostics::json::report(found, &session.sources)));
        return Ok(code);
    }
    if args.sarif {
        terminal.print(&super::pretty(&diagnostics::sarif::log(found, &session.sources, directory)));
        return Ok(code);
    }
    if args.github {
        terminal.print(&diagnostics::github::annotations(found, &session.sources, directory));
        return Ok(code);
    }
    terminal.diagnostics(found, &session.sources);
    match (errors, warnings) {
        (true, _) => {}
        (false, true) => terminal.print("The configuration is valid, with warnings.\n"),
        (false, false) => terminal.print("The configuration is valid.\n"),
    }
    Ok(code)
}
