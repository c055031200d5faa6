//! `convert`: `.tf` files become `.hcl` files in the short spelling.

use similar::TextDiff;

use crate::cli::args::ConvertArgs;
use crate::cli::context::{Context, Result};
use crate::cli::exit;
use crate::ops::{self, Conversion};

pub fn run(context: &Context, args: &ConvertArgs) -> Result {
    context.refuse_json("convert")?;
    let terminal = &context.terminal;
    let directory = args.directory.clone().unwrap_or_else(|| context.directory());
    let all = match ops::conversions(&directory) {
        Ok(all) => all,
        Err((found, sources)) => {
            terminal.diagnostics(found, &sources);
            return Ok(exit::FAILURE);
        }
    };
    all.left.iter().for_each(|line| terminal.tell_line(&format!("Left as it is: {line}")));
    if all.files.is_empty() {
        terminal.print("There is no .tf file to convert.\n");
        return Ok(exit::SUCCESS);
    }
    if !args.dry_run {
        ops::convert(&all.files)?;
    }
    for conversion in &all.files {
        terminal.print(&told(conversion, args.dry_run));
    }
    if args.dry_run {
        terminal.tell_line("Nothing was written: leave --dry-run out to write it.");
    }
    Ok(exit::SUCCESS)
}

fn told(conversion: &Conversion, whole: bool) -> String {
    let (from, to) = (conversion.from.display(), conversion.to.display());
    if !whole {
        return format!("{from} is {to} now\n");
    }
    let diff = TextDiff::from_lines(conversion.before.as_str(), conversion.after.as_str());
    diff.unified_diff().header(&from.to_string(), &to.to_string()).to_string()
}
