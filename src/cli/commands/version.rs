//! `version`.

use crate::cli::context::{Context, Result};
use crate::cli::exit;

const VERSION: &str = env!("CARGO_PKG_VERSION");

pub fn run(context: &Context) -> Result {
    if context.global.json {
        context.terminal.print(&super::pretty(&serde_json::json!({ "version": VERSION })));
    } else {
        context.terminal.print(&format!("housewright {VERSION}\n"));
    }
    Ok(exit::SUCCESS)
}
