//! The plan: what will be done, why, in which order and with which calls. A pure function of its inputs.
//!
//! `instance` compares desired, applied and observed of one instance; `build` puts the actions into order. Must not know
//! HTTP, clocks, files, or any particular kind.

mod before;
mod budget;
mod build;
mod diff;
pub mod file;
mod instance;
mod moves;
mod needs;
pub mod packed;
pub mod readiness;
pub mod reasons;
pub mod sheet;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::address::Address;
use crate::call::{Call, Wait};
use crate::kinds::{Effect, Identity, Observed, entitlements, permissions};
use crate::lang::value::Value;
use crate::schema::Leaf;

pub use before::{Before, Groups};
pub use budget::{Asked, Budget, Course, Reads};
pub use build::{DeletionRanks, build};
pub use diff::{diff, drift, mask_secrets};
pub use instance::{
    PlannedInstance, Request, create_first, entry_path, foresee, plan_data, plan_deletion, plan_instance,
    settled_value, with_ignored, with_sensitive,
};
pub use moves::{Move, renamed};
pub use needs::{Holder as NeedHolder, Needs, Reasons};

/// What the state and the observation say about an instance that exists.
#[derive(Debug, Clone)]
pub struct Prior {
    pub identity: Identity,
    /// What the configuration stated when it was last applied: an object; secrets and unset attributes are null.
    pub applied: Value,
    /// Fingerprints of applied secrets, by dotted path.
    pub fingerprints: BTreeMap<String, String>,
    /// `None`: it is gone.
    pub observed: Option<Observed>,
    pub protected: bool,
    /// Whether its creation came to its end.
    pub settled: bool,
    /// Whether the answer to its creation was lost, and what it told only once was not told again.
    pub renews: bool,
    pub cloud: String,
    pub dependencies: Vec<Address>,
}

/// What the configuration asks of one instance.
#[derive(Clone)]
pub struct Desired {
    pub address: Address,
    /// An object of the schema's type: unset attributes are null, marks are removed, secrets are themselves.
    pub values: Value,
    /// Attributes (dotted paths) whose values the user marked sensitive.
    pub sensitive: BTreeSet<String>,
    /// Attributes whose foreign entries stay.
    pub shared: BTreeSet<String>,
    /// Attributes (dotted paths, or prefixes of such) whose changes are not wanted.
    pub ignored: BTreeSet<String>,
    /// `prevent_destroy`; `None` when the block does not say.
    pub protect: Option<bool>,
    pub cloud: String,
    /// Blocks it refers to.
    pub dependencies: Vec<Address>,
}

/// Without the values: secrets are among them.
impl fmt::Debug for Desired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desired").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Desired {
    /// Whether no more than a fingerprint of the attribute may be kept: it is a secret, or the user calls it sensitive
    /// and the platform does not tell it anyway.
    pub fn keeps_secret(&self, leaf: &Leaf) -> bool {
        leaf.attribute.is_secret() || (!leaf.attribute.reported && self.sensitive.contains(&leaf.path))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ActionKind {
    Create,
    Update,
    /// Delete, then create.
    Replace,
    Delete,
    /// Drop it from the state, leave the thing.
    Forget,
    /// A data source that can be asked only once what comes before it is done.
    Read,
    NoOp,
}

/// What happens to one instance.
#[derive(Debug, Clone)]
pub struct Action {
    pub address: Address,
    pub kind: ActionKind,
    /// Label of the `cloud` block it is made or changed in.
    pub cloud: String,
    /// Label of the `cloud` block the old thing is in.
    pub destroy_cloud: String,
    /// Why, where it is not plain: `the block was removed`.
    pub reason: Option<String>,
    pub attributes: Vec<AttributeChange>,
    /// Differences between applied and observed: what somebody else changed.
    pub drift: Vec<AttributeChange>,
    /// Changes of the state alone: printed, no request, but a change.
    pub state_changes: Vec<String>,
    /// Applied values follow what is there already: nothing to do.
    pub records: bool,
    /// Foreign entries of shared lists and the like.
    pub notes: Vec<String>,
    pub effects: Vec<Effect>,
    /// Calls that remove the old thing, in order.
    pub destroy: Vec<Call>,
    /// Calls that make or change it, in order.
    pub apply: Vec<Call>,
    /// A wait that an interrupted run still owes, before any call.
    pub resume: Option<Box<Wait>>,
    pub identity: Identity,
    /// Attributes (dotted paths) that are sent or reset.
    pub changed: BTreeSet<String>,
    /// Attributes (dotted paths) whose applied value changes without a request.
    pub noted: BTreeSet<String>,
    pub protect: bool,
    /// The id of the thing that an `import` block takes under management.
    pub import: Option<String>,
    pub shared: BTreeSet<String>,
    /// Blocks it needs, by address.
    pub dependencies: Vec<Address>,
    /// The value of the ownership tag its creation carries.
    pub ownership: Option<String>,
}

impl Action {
    /// Whether it sends anything.
    pub fn has_calls(&self) -> bool {
        !self.destroy.is_empty() || !self.apply.is_empty() || self.resume.is_some()
    }

    /// Whether an apply leaves the instance alone, and the state of it as well.
    pub fn is_idle(&self) -> bool {
        self.kind == ActionKind::NoOp && !self.is_change() && !self.records
    }

    /// Whether a person would call it a change.
    pub fn is_change(&self) -> bool {
        !matches!(self.kind, ActionKind::NoOp | ActionKind::Read) || !self.state_changes.is_empty()
    }
}

/// A value before and after.
#[derive(Debug, Clone, PartialEq)]
pub struct AttributeChange {
    pub path: String,
    pub before: Value,
    /// Unknown: known after apply.
    pub after: Value,
    /// Never shown: a secret, or marked by the user.
    pub sensitive: bool,
    /// What it goes back to, when its line was removed.
    pub reset: Option<Cow<'static, str>>,
    /// Only a replacement can make this change.
    pub replaces: bool,
}

/// One phase of one action, and the steps that come before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub action: usize,
    pub phase: Phase,
    pub needs: Before,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    Destroy,
    Apply,
}

/// A change of an output of the root module.
#[derive(Debug, Clone, PartialEq)]
pub struct OutputChange {
    pub name: String,
    pub before: Option<Value>,
    pub after: Option<Value>,
    pub sensitive: bool,
}

impl OutputChange {
    pub fn is_change(&self) -> bool {
        self.before != self.after
    }
}

/// Everything that will be done, bound to the state it was made from.
#[derive(Debug, Clone)]
pub struct Plan {
    pub lineage: String,
    pub serial: u64,
    pub actions: Vec<Action>,
    /// In an order in which they can be carried out one by one.
    pub steps: Vec<Step>,
    pub outputs: Vec<OutputChange>,
    /// Planned for `destroy`.
    pub destroying: bool,
    /// The requests it took to make it, and the reads that its apply will send.
    pub asked: Asked,
}

/// How many actions of each sort there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    pub create: usize,
    pub update: usize,
    pub destroy: usize,
    pub forget: usize,
    pub state_only: usize,
}

impl Plan {
    /// Replacements count as one creation and one destruction.
    pub fn summary(&self) -> Summary {
        let mut s = Summary::default();
        for action in &self.actions {
            match action.kind {
                ActionKind::Create => s.create += 1,
                ActionKind::Update => s.update += 1,
                ActionKind::Delete => s.destroy += 1,
                ActionKind::Replace => {
                    s.create += 1;
                    s.destroy += 1;
                }
                ActionKind::Forget => s.forget += 1,
                ActionKind::NoOp if action.is_change() => s.state_only += 1,
                ActionKind::NoOp | ActionKind::Read => {}
            }
        }
        s
    }

    /// Whether a person would say that something changes (exit code 2 with `--detailed-exitcode`).
    pub fn has_changes(&self) -> bool {
        self.actions.iter().any(Action::is_change) || self.outputs.iter().any(OutputChange::is_change)
    }

    /// Whether applying it would write anything, be it only to the state.
    pub fn has_work(&self) -> bool {
        self.has_changes() || self.actions.iter().any(|a| a.records)
    }

    /// How many requests it costs to make the plan and to carry it out.
    pub fn budget(&self) -> Budget {
        Budget::of(self)
    }

    /// How many requests the calls are, by label of the cloud whose key sends them. [`Plan::budget`] counts the rest.
    pub fn calls(&self) -> BTreeMap<&str, usize> {
        let mut calls = BTreeMap::new();
        for action in &self.actions {
            // EC2 has a limit of its own.
            let limited = |calls: &[Call]| calls.iter().filter(|c| c.target.is_cloud()).count();
            *calls.entry(action.destroy_cloud.as_str()).or_default() += limited(&action.destroy);
            *calls.entry(action.cloud.as_str()).or_default() += limited(&action.apply);
        }
        calls
    }

    /// The permissions that the calls need of the keys that send them.
    pub fn permissions(&self) -> BTreeSet<&'static str> {
        let calls = self.actions.iter().flat_map(|a| a.destroy.iter().chain(&a.apply));
        calls.flat_map(|call| permissions::of(&call.operation).iter().copied()).collect()
    }

    /// What the organization has to be entitled to for all this, as far as nobody can tell before.
    pub fn entitlements(&self) -> BTreeSet<&'static str> {
        let calls = self.actions.iter().flat_map(|a| a.destroy.iter().chain(&a.apply));
        calls.flat_map(entitlements::of).collect()
    }

    /// Whether anything is waited for.
    pub fn waits(&self) -> bool {
        let waits = |calls: &[Call]| calls.iter().any(|c| c.wait.is_some());
        self.actions.iter().any(|a| a.resume.is_some() || waits(&a.destroy) || waits(&a.apply))
    }
}
