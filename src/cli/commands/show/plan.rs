//! `show PLAN`: a kept plan as text, JSON, Markdown or a page for browsers. It needs no configuration and no state.

use std::path::Path;

use crate::cli::args::ShowArgs;
use crate::cli::context::{Context, Result};
use crate::cli::exit;
use crate::cli::render;
use crate::ops;

pub fn run(context: &Context, args: &ShowArgs, file: &Path) -> Result {
    let sheet = ops::Saved::open(file, &context.host)?.sheet()?;
    let terminal = &context.terminal;
    let text = if context.global.json {
        super::super::compact(&render::plan_json::json(&sheet))
    } else if args.markdown {
        render::markdown::text(&sheet)
    } else if args.html {
        render::html::page(&sheet)
    } else {
        render::plan::whole(&sheet, terminal.look(), args.detail.into())
    };
    terminal.print(&text);
    Ok(exit::SUCCESS)
}
