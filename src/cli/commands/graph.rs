//! `graph`: resources, or the changes of a kept plan, and what comes before what.

use crate::cli::args::{GraphArgs, GraphFormat};
use crate::cli::context::{Context, Failure, Result};
use crate::cli::exit;
use crate::cli::render::graph::{Graph, drawing};
use crate::ops;

pub fn run(context: &Context, args: &GraphArgs) -> Result {
    context.refuse_json("graph")?;
    let graph = match &args.file {
        Some(file) => Graph::of_plan(&ops::Saved::open(file, &context.host)?.sheet()?.plan),
        None => {
            let session = context.session();
            let blocks = ops::blocks(&session).map_err(|d| Failure::in_session(&session, d))?;
            Graph::of_blocks(&blocks)
        }
    };
    context.terminal.print(&match args.format {
        GraphFormat::Dot => graph.dot(),
        GraphFormat::Mermaid => graph.mermaid(),
        GraphFormat::Svg => drawing(&graph),
    });
    Ok(exit::SUCCESS)
}
