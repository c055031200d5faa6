//! `show`: the state, or a kept plan.

mod plan;
pub mod state;

use crate::cli::args::ShowArgs;
use crate::cli::context::{Context, Result};

pub async fn run(context: &Context, args: &ShowArgs) -> Result {
    match &args.file {
        Some(file) => plan::run(context, args, file),
        None => state::run(context, None).await,
    }
}
