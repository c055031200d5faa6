//! The sandbox of a configuration as a whole.

use std::path::Path;

use super::connect::SandboxPlace;
use super::session::WORKING_DIRECTORY;
use crate::diag::{Code, Diagnostic};
use crate::host;
use crate::sandbox::{Options, Sandbox, StoreError};

/// Throws the sandbox's world and its state away. Answers whether there was anything; a damaged world goes too.
///
/// # Errors
/// When another process uses it, or the files cannot be removed.
pub fn reset_sandbox(configuration: &Path) -> Result<bool, Diagnostic> {
    let place = SandboxPlace::of(configuration);
    let state = configuration.join(WORKING_DIRECTORY).join("state.json");
    if !place.directory.exists() && !state.exists() {
        return Ok(false);
    }
    if let Err(error @ StoreError::InUse { .. }) = Sandbox::open(&place.directory, Options::default()) {
        return Err(Diagnostic::error(Code("HW0906"), "The sandbox is in use")
            .with_detail(format!("{error}. Nothing was removed."))
            .with_help("End the other command, then try again."));
    }
    let beside = |ending: &str| state.with_file_name(format!("state.json{ending}"));
    for path in [beside(""), beside(".backup"), beside(".lock"), place.directory] {
        host::remove(&path).map_err(|e| {
            Diagnostic::error(Code("HW0906"), format!("{} cannot be removed", path.display()))
                .with_detail(e.to_string())
                .with_help("Check who owns it, then try again.")
        })?;
    }
    Ok(true)
}
