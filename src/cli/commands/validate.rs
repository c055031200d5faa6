//! `validate`: what is wrong with the configuration, without a request.

use crate::cli::context::{Context, Result};
use crate::cli::exit;
use crate::cli::render::diagnostics;
use crate::ops;

pub fn run(context: &Context) -> Result {
    let session = context.session();
    let found = ops::validate(&session);
    let code = if found.has_errors() { exit::FAILURE } else { exit::SUCCESS };
    if context.global.json {
        let report = diagnostics::json::report(found, &session.sources);
        context.terminal.print(&super::pretty(&report));
        return Ok(code);
    }
    let (errors, warnings) = (found.has_errors(), !found.is_empty());
    context.terminal.diagnostics(found, &session.sources);
    match (errors, warnings) {
        (true, _) => {}
        (false, true) => context.terminal.print("The configuration is valid, with warnings.\n"),
        (false, false) => context.terminal.print("The configuration is valid.\n"),
    }
    Ok(code)
}
