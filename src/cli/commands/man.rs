//! `man`: a page for the program and one for each command.

use std::path::Path;

use clap::CommandFactory as _;

use crate::cli::args::Cli;
use crate::cli::context::{Context, Result};
use crate::cli::exit;
use crate::diag::{Code, Diagnostic};

pub fn run(context: &Context, directory: &Path) -> Result {
    context.refuse_json("man")?;
    let command = Cli::command().disable_help_subcommand(true);
    clap_mangen::generate_to(command, context.host.directory.join(directory)).map_err(|error| {
        Diagnostic::error(Code("HW0932"), format!("The man pages cannot be written to {}", directory.display()))
            .with_detail(format!("{error}."))
            .with_help("Name a directory that is there and can be written to.")
    })?;
    context.terminal.print(&format!("The man pages are in {}.\n", directory.display()));
    Ok(exit::SUCCESS)
}
