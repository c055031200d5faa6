//! `completions`: scripts for shells.

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::cli::args::Cli;
use crate::cli::context::{Context, Result};
use crate::cli::exit;

pub fn run(context: &Context, shell: Shell) -> Result {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "housewright", &mut script);
    context.terminal.print(&String::from_utf8_lossy(&script));
    Ok(exit::SUCCESS)
}
