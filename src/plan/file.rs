//! A plan as it is kept in a file: what was decided, what it was decided on, and no secret.
//!
//! A kept plan is bound to a revision of the state and to the observations it was made from. To carry it out, the plan is
//! made again and must come out the same: [`difference`] says where it does not. Must not know files, or who reads them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::sheet::StoredSheet;
use super::{Action, ActionKind, AttributeChange, OutputChange, Plan};
use crate::address::Address;
use crate::call::{Call, Wait};
use crate::kinds::Effect;
use crate::lang::value::Value;

/// A kept plan.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PlanFile {
    /// The program that made it.
    pub program: String,
    /// When: what `plantimestamp()` answers.
    pub made: Timestamp,
    pub lineage: String,
    /// Of the state's fingerprints; a state that does not exist yet gets it.
    pub salt: String,
    pub serial: u64,
    /// Whether there was a state.
    pub stored: bool,
    /// Digests of the configuration's files, by name.
    pub files: BTreeMap<String, String>,
    pub variables: BTreeMap<String, Kept>,
    pub replace: Vec<String>,
    pub targets: Vec<String>,
    pub refresh: bool,
    pub destroy: bool,
    pub actions: Vec<KeptAction>,
    pub outputs: Vec<KeptOutput>,
    /// The plan as it is shown.
    #[serde(default)]
    pub sheet: Option<StoredSheet>,
}

/// A value; of one that must not be shown only what a change is noticed by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kept {
    Value(Json),
    Fingerprint(String),
}

/// An action.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeptAction {
    pub address: String,
    pub kind: ActionKind,
    pub cloud: String,
    pub destroy_cloud: String,
    pub reason: Option<String>,
    pub attributes: Vec<KeptChange>,
    pub drift: Vec<KeptChange>,
    pub state_changes: Vec<String>,
    pub notes: Vec<String>,
    pub effects: Vec<Effect>,
    pub destroy: Vec<KeptCall>,
    pub apply: Vec<KeptCall>,
    pub resume: Option<Wait>,
    pub identity: crate::kinds::Identity,
    pub import: Option<String>,
    pub protect: bool,
    pub dependencies: Vec<String>,
}

/// A value before and after.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeptChange {
    pub path: String,
    pub before: Kept,
    pub after: Kept,
    pub sensitive: bool,
    pub reset: Option<String>,
    pub replaces: bool,
}

/// A call; without its body where that holds what must not be shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeptCall {
    pub call: Call,
    /// Notices a change of the body that is left out.
    pub body: Option<String>,
}

/// A change of an output.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeptOutput {
    pub name: String,
    pub before: Option<Kept>,
    pub after: Option<Kept>,
    pub sensitive: bool,
}

/// Keeps values, and fingerprints of those that must not be shown.
pub struct Keeping<'a> {
    pub fingerprint: &'a dyn Fn(&str) -> String,
}

impl Keeping<'_> {
    pub fn value(&self, value: &Value, sensitive: bool) -> Kept {
        let json = value.to_stored();
        if sensitive { Kept::Fingerprint((self.fingerprint)(&json.to_string())) } else { Kept::Value(json) }
    }

    fn change(&self, change: &AttributeChange) -> KeptChange {
        KeptChange {
            path: change.path.clone(),
            before: self.value(&change.before, change.sensitive),
            after: self.value(&change.after, change.sensitive),
            sensitive: change.sensitive,
            reset: change.reset.as_deref().map(str::to_owned),
            replaces: change.replaces,
        }
    }

    fn call(&self, call: &Call, action: &Action) -> KeptCall {
        let hidden = |path: &String| {
            action
                .attributes
                .iter()
                .any(|a| a.sensitive && (a.path == *path || a.path.starts_with(&format!("{path}."))))
        };
        // A creation writes every attribute, be it named or not.
        let private = call.writes.iter().any(hidden);
        let mut call = call.clone();
        let body = call.body.as_mut().filter(|_| private).map(|body| {
            let text = std::mem::take(&mut body.json).to_string();
            (self.fingerprint)(&text)
        });
        KeptCall { call, body }
    }

    pub fn action(&self, action: &Action) -> KeptAction {
        let calls = |calls: &[Call]| calls.iter().map(|c| self.call(c, action)).collect();
        KeptAction {
            address: action.address.to_string(),
            kind: action.kind,
            cloud: action.cloud.clone(),
            destroy_cloud: action.destroy_cloud.clone(),
            reason: action.reason.clone(),
            attributes: action.attributes.iter().map(|c| self.change(c)).collect(),
            drift: action.drift.iter().map(|c| self.change(c)).collect(),
            state_changes: action.state_changes.clone(),
            notes: action.notes.clone(),
            effects: action.effects.clone(),
            destroy: calls(&action.destroy),
            apply: calls(&action.apply),
            resume: action.resume.as_deref().cloned(),
            identity: action.identity.clone(),
            import: action.import.clone(),
            protect: action.protect,
            dependencies: action.dependencies.iter().map(ToString::to_string).collect(),
        }
    }

    pub fn output(&self, output: &OutputChange) -> KeptOutput {
        let keep = |v: &Option<Value>| v.as_ref().map(|v| self.value(v, output.sensitive));
        KeptOutput {
            name: output.name.clone(),
            before: keep(&output.before),
            after: keep(&output.after),
            sensitive: output.sensitive,
        }
    }
}

/// Whether an action is part of what was decided.
fn is_decided(action: &Action) -> bool {
    action.is_change() || action.kind == ActionKind::Read
}

/// The actions worth keeping: those that do something.
pub fn decided(plan: &Plan, keeping: &Keeping<'_>) -> Vec<KeptAction> {
    plan.actions.iter().filter(|a| is_decided(a)).map(|a| keeping.action(a)).collect()
}

/// What differs between a kept plan and the one made now, in words; nothing when it can be carried out. What the kept
/// plan does not touch and does not depend on is taken out of the new one; its addresses come back.
pub fn difference(kept: &[KeptAction], plan: &mut Plan, keeping: &Keeping<'_>) -> (Vec<String>, Vec<Address>) {
    let by_address: BTreeMap<&str, &KeptAction> = kept.iter().map(|a| (a.address.as_str(), a)).collect();
    let mut differences = Vec::new();
    let mut present = BTreeSet::new();
    for action in plan.actions.iter().filter(|a| is_decided(a)) {
        let address = action.address.to_string();
        if let Some(kept) = by_address.get(address.as_str()) {
            differences.extend(differing(kept, &keeping.action(action)));
            present.insert(address);
        }
    }
    let gone = kept.iter().filter(|k| !present.contains(&k.address));
    differences
        .extend(gone.map(|k| format!("{}: {} was planned, and nothing is to be done now", k.address, word(k.kind))));
    let needed: Vec<Address> = plan
        .actions
        .iter()
        .filter(|a| by_address.contains_key(a.address.to_string().as_str()))
        .flat_map(|a| a.dependencies.clone())
        .collect();
    let mut left_out = Vec::new();
    for action in &mut plan.actions {
        if !is_decided(action) || by_address.contains_key(action.address.to_string().as_str()) {
            continue;
        }
        if needed.iter().any(|n| n.covers(&action.address)) {
            differences.push(format!(
                "{}: {} was not planned, and what was planned depends on it",
                action.address,
                word(action.kind)
            ));
        } else {
            left_out.push(action.address.clone());
            leave(action);
        }
    }
    (differences, left_out)
}

/// Takes everything out of an action that would be done.
fn leave(action: &mut Action) {
    action.kind = ActionKind::NoOp;
    action.state_changes.clear();
    action.records = false;
    action.destroy.clear();
    action.apply.clear();
    action.resume = None;
}

fn word(kind: ActionKind) -> &'static str {
    match kind {
        ActionKind::Create => "a creation",
        ActionKind::Update => "an update",
        ActionKind::Replace => "a replacement",
        ActionKind::Delete => "a deletion",
        ActionKind::Forget => "forgetting it",
        ActionKind::Read => "reading it",
        ActionKind::NoOp => "a change of the state",
    }
}

/// Where two decisions about one instance differ.
fn differing(kept: &KeptAction, now: &KeptAction) -> Vec<String> {
    let address = &kept.address;
    if kept.kind != now.kind {
        return vec![format!("{address}: {} was planned, and now it is {}", word(kept.kind), word(now.kind))];
    }
    let mut found = Vec::new();
    let before: BTreeMap<&str, &KeptChange> = kept.attributes.iter().map(|c| (c.path.as_str(), c)).collect();
    let after: BTreeMap<&str, &KeptChange> = now.attributes.iter().map(|c| (c.path.as_str(), c)).collect();
    for path in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
        match (before.get(*path), after.get(*path)) {
            (Some(old), Some(new)) if old.before != new.before => {
                found.push(format!("{address}: `{path}` was {} and is {}", shown(&old.before), shown(&new.before)));
            }
            (Some(old), Some(new)) if old.after != new.after => {
                found.push(format!(
                    "{address}: `{path}` was to become {} and would be {}",
                    shown(&old.after),
                    shown(&new.after)
                ));
            }
            (Some(_), None) => found.push(format!("{address}: `{path}` was to change and is as wanted already")),
            (None, Some(_)) => found.push(format!("{address}: `{path}` would change as well")),
            _ => {}
        }
    }
    let same_calls = kept.destroy == now.destroy && kept.apply == now.apply && kept.identity == now.identity;
    if found.is_empty() && (!same_calls || kept.state_changes != now.state_changes || kept.resume != now.resume) {
        found.push(format!("{address}: other calls are needed now"));
    }
    found
}

fn shown(kept: &Kept) -> String {
    match kept {
        Kept::Fingerprint(_) => "another value".to_owned(),
        Kept::Value(json) => match Value::from_stored(json) {
            Some(value) if value.is_null() => "not set".to_owned(),
            Some(value) if value.is_wholly_known() => value.to_json_text().unwrap_or_else(|_| json.to_string()),
            _ => "not known".to_owned(),
        },
    }
}
