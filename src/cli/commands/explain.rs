//! `explain`: what a code means, and what to do about it.

use crate::cli::context::{Context, Result};
use crate::cli::exit;
use crate::cli::render::explanation;
use crate::diag::{Code, Diagnostic};
use crate::messages;

pub fn run(context: &Context, given: Option<&str>) -> Result {
    context.refuse_json("explain")?;
    let look = context.terminal.look();
    let text = match given {
        None => explanation::list(&messages::chapters(), look),
        Some(given) => explanation::one(&messages::find(given).ok_or_else(|| unknown(given))?, look),
    };
    context.terminal.print(&text);
    Ok(exit::SUCCESS)
}

fn unknown(given: &str) -> Diagnostic {
    let near: Vec<String> = messages::near(given).iter().map(|m| format!("{} ({})", m.code, m.title)).collect();
    let help = match near.as_slice() {
        [] => "`housewright explain` alone lists all codes.".to_owned(),
        near => format!("Near it are {}. `housewright explain` alone lists all.", near.join(", ")),
    };
    Diagnostic::error(Code("HW0933"), format!("There is no message `{given}`"))
        .with_detail("A code is HW and four digits, as it stands at the beginning of a message.")
        .with_help(help)
}
