//! Why actions are planned, where more than people ask: programs tell by these words what stands behind a plan.

/// `--replace` names it.
pub const REPLACE_REQUESTED: &str = "--replace asks for it";

/// Something that `replace_triggered_by` names changes; what it is follows.
pub const REPLACE_TRIGGERED: &str = "replace_triggered_by names ";

/// The end of what its successor replaces.
pub const SUCCEEDED: &str = "it was replaced, and goes once its successor is there";

/// The creation of a successor; why follows.
pub const SUCCEEDS: &str = "it is replaced, and the old one destroyed afterwards: ";

/// The block is there, but this instance of it is not.
pub const INSTANCE_GONE: &str = "its block no longer has this instance";

/// The block is gone.
pub const BLOCK_GONE: &str = "its block was removed";

/// Among the changes of the state: the address it had before follows.
pub const MOVED: &str = "moved from ";
