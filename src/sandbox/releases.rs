//! Releases of ClickHouse that a world has seen.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Release {
    /// Version that services report.
    pub version: String,
    /// When the fast channel has it.
    pub at: Timestamp,
    /// A security fix goes to all channels at once and does not wait for windows.
    pub security: bool,
}
