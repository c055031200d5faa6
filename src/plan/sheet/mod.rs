//! A sheet: a plan with what surrounds it, as it is shown to people and programs. Nothing in it is secret.
//!
//! Made once, next to the plan; what is shown right away and what a kept plan's file shows later is the same. Must not
//! know files, or what anybody makes of it.

mod masked;
mod schedule;
mod stored;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::{Action, ActionKind, Plan};
use crate::address::Address;
use crate::lang::value::Value;

pub use masked::{masked, masked_call};
pub use schedule::{Moment, REQUESTS, WINDOW, schedule};
pub use stored::StoredSheet;

/// A plan and what surrounds it.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// The version of the program that made it.
    pub program: String,
    /// When: what `plantimestamp()` answers.
    pub made: Timestamp,
    /// Planned against the embedded control plane.
    pub sandbox: bool,
    /// With something harmless in the place of everything sensitive.
    pub plan: Plan,
    /// Every instance that is there, or will be.
    pub instances: Vec<Seen>,
    /// The root's variables that have a value, by name.
    pub variables: BTreeMap<String, Value>,
    /// What the conditions of the configuration say.
    pub judgements: Vec<Judgement>,
    /// The configuration as Terraform's JSON plans tell it.
    pub configuration: Json,
    pub findings: Vec<Remark>,
}

/// One instance as it was seen and as it will be. What is sensitive is marked and masked.
#[derive(Debug, Clone)]
pub struct Seen {
    pub address: Address,
    pub schema_version: u32,
    pub declared: Declared,
    /// `None`: it is not there.
    pub before: Option<Value>,
    /// What was applied last, where what was seen differs from it.
    pub applied: Option<Value>,
    /// `None`: it will not be there.
    pub after: Option<Value>,
    /// Blocks it needed when it was last applied.
    pub dependencies: Vec<Address>,
}

/// What the configuration has of an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Declared {
    NoBlock,
    /// The block, but not this instance of its module.
    NoModule,
    /// A block without `count` and `for_each`.
    Single,
    Count,
    ForEach,
}

/// What a condition of the configuration says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    pub sort: Judged,
    /// The module it stands in, as in addresses; empty for the root.
    pub module: String,
    /// What it is a condition on: of a resource, the address of the instance; of everything else, its name.
    pub name: String,
    pub verdict: Verdict,
    /// The messages of what does not hold.
    pub problems: Vec<String>,
}

/// What a condition stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Judged {
    Check,
    Resource,
    OutputValue,
    Variable,
}

/// Whether conditions hold, the worst last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Pass,
    /// Known after the apply.
    Unknown,
    Fail,
    /// It cannot be evaluated.
    Error,
}

/// A finding that stood beside the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// `error`, `warning` or `note`.
    pub severity: String,
    pub code: String,
    pub summary: String,
    pub detail: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Such as `main.hcl:3:5`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
}

impl Sheet {
    /// The instance of an address.
    pub fn instance(&self, address: &Address) -> Option<&Seen> {
        // Sorted by whoever made it.
        let at = self.instances.binary_search_by(|seen| seen.address.cmp(address)).ok()?;
        self.instances.get(at)
    }

    /// Whether errors stand in the way of an apply.
    pub fn is_errored(&self) -> bool {
        self.findings.iter().any(|f| f.severity == "error")
    }
}

/// Where an action stands in what people read: what is lost first, what nobody notices last.
pub fn urgency(action: &Action) -> u8 {
    match action.kind {
        ActionKind::Delete => 0,
        ActionKind::Replace => 1,
        ActionKind::Forget => 2,
        ActionKind::Update => 3,
        ActionKind::Create => 4,
        ActionKind::Read => 5,
        ActionKind::NoOp => 6,
    }
}

/// What is done or noted, the most urgent first; within that, in the order of the plan.
pub fn by_urgency(plan: &Plan) -> Vec<&Action> {
    let shown = |a: &&Action| a.is_change() || a.kind == ActionKind::Read;
    let mut actions: Vec<&Action> = plan.actions.iter().filter(shown).collect();
    actions.sort_by_key(|a| urgency(a));
    actions
}
