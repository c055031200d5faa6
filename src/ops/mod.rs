//! Operations: one function for each thing a user can ask for, wiring the rest. The library's public face.
//!
//! Must not know the command line's parser or the terminal: progress goes out as events, questions through a callback.

mod accept;
mod apply;
mod backends;
mod blocks;
mod connect;
mod convert;
mod discover;
mod drift;
mod export;
mod files;
mod findings;
mod import;
mod keeper;
mod locking;
mod modules;
mod moved;
mod outputs;
mod plan;
mod remember;
mod sandbox;
mod sandbox_setup;
mod sandbox_view;
mod saved;
mod session;
mod sheet;
mod state;
mod stored;
mod survey;
mod validate;
mod versions;
mod written;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::address::{Address, Target};

pub use accept::{Acceptance, accept};
pub use apply::{Applied, Approval, apply};
pub use blocks::blocks;
pub use connect::{Connections, SandboxPlace, Watchers};
pub use convert::{Conversion, Conversions, conversions, convert};
pub use drift::{Drift, Drifted, Unmanaged, drift};
pub use export::{Export, export, may_replace};
pub use files::RealFiles;
pub use import::{
    Imported, Request as ImportRequest, Selection, Survey, TerraformState, Wish, import, read_terraform, survey,
};
pub use moved::write_moved;
pub use plan::{Planned, plan};
pub use remember::{Remembered, remember};
pub use sandbox::reset_sandbox;
pub use sandbox_setup::{load_sandbox, set_sandbox};
pub use sandbox_view::SandboxView;
pub use saved::{Saved, save};
pub use session::{Session, StatePlace};
pub use sheet::sheet;
pub use state::{
    StateChange, abandon, change_state, forget, missing, no_state, read_state, rename, selected, unlock_state,
    unprotect,
};
pub use validate::validate;
pub use versions::{Replaced, history, push_state, read_given, rekey_state, rollback_state};
pub use written::Written;

/// What every operation takes.
#[derive(Clone)]
pub struct Options {
    /// The configuration's directory.
    pub directory: PathBuf,
    /// `NAME=VALUE` as given.
    pub variables: Vec<String>,
    pub variable_files: Vec<PathBuf>,
    pub state: Option<PathBuf>,
    /// Use the embedded control plane.
    pub sandbox: bool,
    pub targets: Vec<Target>,
    pub parallelism: usize,
    /// Fetch modules from git repositories anew, instead of using the copies that are there.
    pub update_modules: bool,
    /// How long to wait for a lock that somebody else holds.
    pub lock_timeout: Duration,
    /// Told when something takes longer than expected.
    pub notice: Notice,
}

/// Whoever wants to be told.
pub type Notice = Arc<dyn Fn(&str) + Send + Sync>;

/// Of the variables only the names: their values may be secrets.
impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |given: &String| format!("{}=…", given.split_once('=').map_or("", |(name, _)| name));
        let variables: Vec<String> = self.variables.iter().map(name).collect();
        f.debug_struct("Options")
            .field("directory", &self.directory)
            .field("variables", &variables)
            .field("variable_files", &self.variable_files)
            .field("state", &self.state)
            .field("sandbox", &self.sandbox)
            .field("targets", &self.targets)
            .field("parallelism", &self.parallelism)
            .field("lock_timeout", &self.lock_timeout)
            .finish_non_exhaustive()
    }
}

/// What a plan takes besides.
#[derive(Debug, Clone, Default)]
pub struct PlanOptions {
    pub replace: Vec<Address>,
    /// Take the state's word for what is there.
    pub no_refresh: bool,
    /// Plan the destruction of everything.
    pub destroy: bool,
    /// The kept plan that is to be carried out.
    pub saved: Option<std::sync::Arc<Saved>>,
}
