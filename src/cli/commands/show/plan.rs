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
    if context.global.json {
        terminal.stream_bytes(|out| render::plan_json::write(&sheet, out));
    } else if args.markdown {
        // 65,536 characters at most.
        terminal.print(&render::markdown::text(&sheet));
    } else if args.html {
        terminal.print(&render::html::page(&sheet));
    } else {
        let (look, detail) = (terminal.look(), args.detail.into());
        terminal.stream(|sink| render::plan::pour_whole(&sheet, look, detail, sink));
    }
    Ok(exit::SUCCESS)
}
