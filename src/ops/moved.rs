//! `moved` blocks as text, and where they are written: in a file of their own beside the configuration.

use std::path::{Path, PathBuf};

use super::session::Session;
use crate::address::{Address, Target};
use crate::diag::{Code, Diagnostic};
use crate::host;
use crate::kinds::terraform_address;
use crate::lang::fmt;

/// The block that says that something has another name now.
pub(super) fn block(from: &str, to: &str) -> String {
    format!("moved {{\n  from = {from}\n  to   = {to}\n}}\n")
}

/// Adds the block to `moved.hcl`, or to `moved.tf` where all files are Terraform's. Answers the file; nothing when the
/// configuration says it already.
///
/// # Errors
/// When the file cannot be written; it is as it was then.
pub fn write_moved(session: &Session, from: &Address, to: &Address) -> Result<Option<PathBuf>, Diagnostic> {
    let said = |m: &crate::config::Moved| match (&m.from, &m.to) {
        (Target::Resource(old), Target::Resource(new)) => old == from && new == to,
        _ => false,
    };
    if session.tree.module.moved.iter().any(said) {
        return Ok(None);
    }
    let directory = session.host.directory.join(&session.options.directory);
    let names = host::list(&directory).unwrap_or_default();
    let any = |ending: &str| names.iter().any(|(name, _)| name.ends_with(ending));
    let (name, text) = match any(".tf") && !any(".hcl") {
        true => ("moved.tf", block(&terraform_address(from), &terraform_address(to))),
        false => ("moved.hcl", block(&from.to_string(), &to.to_string())),
    };
    let path = directory.join(name);
    append(&path, &text).map_err(|error| {
        Diagnostic::error(Code("HW0916"), format!("{name} cannot be written"))
            .with_detail(format!("{error}. The state was changed all the same."))
            .with_help(format!("Write the block yourself:\n\n{text}"))
    })?;
    Ok(Some(PathBuf::from(name)))
}

/// The block behind what is there, in the canonical format if that was so before.
fn append(path: &Path, block: &str) -> std::io::Result<()> {
    let before = match host::read(path) {
        Ok(bytes) => String::from_utf8(bytes).map_err(std::io::Error::other)?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return host::create(path, block.as_bytes()),
        Err(error) => return Err(error),
    };
    let text = format!("{}\n\n{block}", before.trim_end());
    let text = if fmt::format(&before) == before { fmt::format(&text) } else { text };
    host::replace(path, text.as_bytes())
}
