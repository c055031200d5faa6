//! The command line: arguments, one file per command, questions and progress, and what is printed.
//!
//! Everything that is printed is printed by `terminal`, but for the line that is being typed: `editor` draws that.
//! Commands are thin: they call one operation of `ops` and show
//! what came of it. Must not know graphs, HTTP, or how anything is decided.

mod args;
mod commands;
mod context;
mod editor;
mod interrupt;
mod progress;
pub mod render;
mod terminal;

use std::ffi::OsString;
use std::path::Path;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches};

use args::Cli;
use context::{Context, Failure};
use terminal::Terminal;

use crate::host::Host;

/// Exit codes. 0 is success.
mod exit {
    pub const SUCCESS: u8 = 0;
    /// An error, or a wrong use of the command line.
    pub const FAILURE: u8 = 1;
    /// With `--detailed-exitcode`: there are changes.
    pub const CHANGES: u8 = 2;
    /// With `fmt --check`: a file is not in the canonical format.
    pub const UNFORMATTED: u8 = 3;
    /// Interrupted by a signal.
    pub const INTERRUPTED: u8 = 130;
}

/// Runs the program with its arguments, the first being its own name. Gives the exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let command = Cli::command();
    let arguments = args::normal(arguments, &command);
    let cli = match command.try_get_matches_from(arguments).and_then(|m| Cli::from_arg_matches(&m)) {
        Ok(cli) => cli,
        Err(error) => return explain(&error),
    };
    match surroundings(&cli) {
        Ok(host) => execute(cli, host),
        Err(failure) => failure.show(&Terminal::plain()),
    }
}

fn execute(cli: Cli, host: Host) -> u8 {
    let context = Context::new(cli.global, host);
    let code = match commands::run(&context, cli.command) {
        Ok(code) => code,
        Err(failure) => failure.show(&context.terminal),
    };
    if code == exit::FAILURE {
        context.terminal.tell_how_to_learn_more();
    }
    code
}

/// What surrounds the program, in the directory that `-C` names.
fn surroundings(cli: &Cli) -> Result<Host, Failure> {
    let directory = cli.global.directory.as_deref().unwrap_or(Path::new("."));
    let entered = cli.global.directory.as_deref().map_or(Ok(()), crate::host::enter);
    entered.and_then(|()| Host::real()).map_err(|e| context::no_directory(directory, &e))
}

/// Help and version go to standard output and are a success; everything else is a wrong use.
fn explain(error: &clap::Error) -> u8 {
    // Nobody may be reading.
    let _ = error.print();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => exit::SUCCESS,
        _ => exit::FAILURE,
    }
}

#[cfg(test)]
mod tests;
