//! Operations: one function for each thing a user can ask for, wiring the rest. The library's public face.
//!
//! Must not know the command line's parser or the terminal: progress goes out as events, questions through a callback.

mod apply;
mod connect;
mod files;
mod keeper;
mod outputs;
mod plan;
mod remember;
mod sandbox;
mod session;
mod state;
mod stored;
mod validate;

use std::path::PathBuf;

use crate::address::Address;

pub use apply::{Applied, Approval, apply};
pub use connect::{Connections, SandboxPlace};
pub use files::RealFiles;
pub use plan::{Planned, plan};
pub use remember::{Remembered, remember};
pub use sandbox::reset_sandbox;
pub use session::{Session, StatePlace};
pub use state::{StateChange, abandon, change_state, forget, missing, read_state, rename, selected, unlock_state};
pub use validate::validate;

/// What every operation takes.
#[derive(Debug, Clone)]
pub struct Options {
    /// The configuration's directory.
    pub directory: PathBuf,
    /// `NAME=VALUE` as given.
    pub variables: Vec<String>,
    pub variable_files: Vec<PathBuf>,
    pub state: Option<PathBuf>,
    /// Use the embedded control plane.
    pub sandbox: bool,
    pub targets: Vec<Address>,
    pub parallelism: usize,
}

/// What a plan takes besides.
#[derive(Debug, Clone, Default)]
pub struct PlanOptions {
    pub replace: Vec<Address>,
    /// Take the state's word for what is there.
    pub no_refresh: bool,
    /// Plan the destruction of everything.
    pub destroy: bool,
}
