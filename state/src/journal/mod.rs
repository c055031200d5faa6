//! The journal: what an apply is about to do, and what came of it, noted as it happens.
//!
//! Before a call is sent its [`Intent`] is noted durably, after it the outcome, each with the [`Change`]s it makes to
//! the state. The state itself is written once, when the apply ends, from the same changes. A journal that is found at
//! the next start is what a run that died has left: [`Journal::replay`] gives the state it had reached, and the calls
//! of which nobody knows whether they took effect. What is appended is as large as the change, never as the state.
//!
//! Owns the vocabulary and the replay; `status` says what may happen to a call, `format` how it is written down. Must
//! not know what a call means: methods, paths and bodies are texts and JSON here. Never holds a secret.

mod format;
mod replay;
mod status;

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::model::{OutputState, ResourceState, Revision, Salt, State, World};
pub use format::DamagedJournal;
pub(crate) use format::{decode, entry_line, header_line};
pub(crate) use replay::Calls;
pub use replay::{ReplayError, Replayed};
pub use status::{CallEvent, CallStatus, IllegalEvent};

/// Names a call: the same for the same call of the same plan, and for no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CallId(pub Uuid);

impl CallId {
    /// A hash of the state's revision the plan was made from, and of what the call is for. `step` must be unique among
    /// the calls of the address in one plan.
    pub fn new(revision: Revision, address: &str, step: &str) -> Self {
        let text = format!("{}\n{}\n{address}\n{step}", revision.lineage, revision.serial);
        let digest = Sha256::digest(text.as_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        Self(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }
}

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A call that is about to be sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intent {
    pub call: CallId,
    /// The instance it is for.
    pub address: String,
    /// Label of the world it is sent to.
    pub cloud: String,
    /// Names the call within its action: `create`, `scale`.
    pub step: String,
    pub method: String,
    pub path: String,
    /// The body without the fields that hold secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// The names of the fields that were left out of the body.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<String>,
    pub recognise: Recognise,
    pub at: Timestamp,
}

/// How it is found out afterwards whether a call took effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Recognise {
    /// What it makes carries this mark from its first moment.
    Mark(String),
    /// What it makes has these traits (name, place …), and was made after the intent.
    Traits(BTreeMap<String, String>),
    /// It carries this token: sent again with it, it has no second effect.
    Token(String),
    /// Its effect is seen in what it changes, and sent twice it does the same as once.
    Repeatable,
}

/// One change of the state.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    PutResource { address: String, resource: Box<ResourceState> },
    RemoveResource { address: String },
    PutWorld { label: String, world: World },
    RemoveWorld { label: String },
    PutOutput { name: String, output: OutputState },
    RemoveOutput { name: String },
}

impl Change {
    /// What makes `after` of `before`, apart from lineage, serial, salt and calls.
    pub fn between(before: &State, after: &State) -> Vec<Self> {
        let resources = difference(&before.resources, &after.resources).map(|(address, new)| match new {
            Some(resource) => Self::PutResource { address, resource: Box::new(resource.clone()) },
            None => Self::RemoveResource { address },
        });
        let worlds = difference(&before.worlds, &after.worlds).map(|(label, new)| match new {
            Some(world) => Self::PutWorld { label, world: world.clone() },
            None => Self::RemoveWorld { label },
        });
        let outputs = difference(&before.outputs, &after.outputs).map(|(name, new)| match new {
            Some(output) => Self::PutOutput { name, output: output.clone() },
            None => Self::RemoveOutput { name },
        });
        resources.chain(worlds).chain(outputs).collect()
    }

    pub fn apply(self, state: &mut State) {
        match self {
            Self::PutResource { address, resource } => drop(state.resources.insert(address, *resource)),
            Self::RemoveResource { address } => drop(state.resources.remove(&address)),
            Self::PutWorld { label, world } => drop(state.worlds.insert(label, world)),
            Self::RemoveWorld { label } => drop(state.worlds.remove(&label)),
            Self::PutOutput { name, output } => drop(state.outputs.insert(name, output)),
            Self::RemoveOutput { name } => drop(state.outputs.remove(&name)),
        }
    }
}

/// The keys whose values differ, with the new value; `None`: it is gone.
fn difference<'m, T: PartialEq>(
    before: &'m BTreeMap<String, T>,
    after: &'m BTreeMap<String, T>,
) -> impl Iterator<Item = (String, Option<&'m T>)> {
    let gone = before.keys().filter(|key| !after.contains_key(*key)).map(|key| (key.clone(), None));
    let new = after.iter().filter(|(key, value)| before.get(*key) != Some(*value));
    gone.chain(new.map(|(key, value)| (key.clone(), Some(value))))
}

/// One thing noted.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    /// A call is about to be sent. The changes hold from now on, whatever becomes of it.
    Intent { intent: Box<Intent>, changes: Vec<Change> },
    /// Something became known of a call's effect.
    Outcome { call: CallId, event: CallEvent, changes: Vec<Change> },
    /// The state changed without a call: a wait has ended, an instance was forgotten.
    Note { changes: Vec<Change> },
}

/// What a journal begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// The stored state its changes come on top of; with serial 0, no state is stored yet.
    pub base: Revision,
    /// The salt of that state, which one that is not stored yet gets.
    pub salt: Salt,
    /// The lock under which it was begun.
    pub lock: Uuid,
}

/// A journal as it was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Journal {
    pub header: Header,
    pub entries: Vec<Entry>,
}

/// A call of which it is not known whether it took effect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenCall {
    pub status: CallStatus,
    pub intent: Intent,
}

#[cfg(test)]
mod tests;
