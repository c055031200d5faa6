//! A sheet as it stands in a kept plan's file.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::{Declared, Judgement, Remark, Seen, Sheet};
use crate::address::Address;
use crate::call::{Call, Wait};
use crate::kinds::Effect;
use crate::lang::value::Value;
use crate::plan::{Action, ActionKind, Asked, AttributeChange, Before, Groups, OutputChange, Phase, Plan, Step};

/// A sheet as data.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StoredSheet {
    program: String,
    made: Timestamp,
    sandbox: bool,
    lineage: String,
    serial: u64,
    destroying: bool,
    #[serde(default)]
    asked: Asked,
    actions: Vec<StoredAction>,
    steps: Vec<StoredStep>,
    /// What several steps come after: each group once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    groups: Vec<Vec<usize>>,
    outputs: Vec<StoredOutput>,
    instances: Vec<StoredSeen>,
    variables: BTreeMap<String, Masked>,
    judgements: Vec<Judgement>,
    configuration: Json,
    findings: Vec<Remark>,
}

/// A masked value with its marks.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Masked(Json, Json);

impl Masked {
    fn of(value: &Value) -> Self {
        let masked = value.masked();
        Self(masked.unmark_deep().0.to_stored(), masked.sensitive_json())
    }

    fn value(&self) -> Option<Value> {
        Some(Value::from_stored(&self.0)?.with_sensitive_json(&self.1))
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct StoredAction {
    address: String,
    kind: ActionKind,
    cloud: String,
    destroy_cloud: String,
    reason: Option<String>,
    attributes: Vec<StoredChange>,
    drift: Vec<StoredChange>,
    state_changes: Vec<String>,
    records: bool,
    notes: Vec<String>,
    effects: Vec<Effect>,
    destroy: Vec<Call>,
    apply: Vec<Call>,
    resume: Option<Wait>,
    identity: crate::kinds::Identity,
    changed: BTreeSet<String>,
    protect: bool,
    import: Option<String>,
    dependencies: Vec<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct StoredChange {
    path: String,
    before: Masked,
    after: Masked,
    sensitive: bool,
    reset: Option<String>,
    replaces: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct StoredStep {
    action: usize,
    destroys: bool,
    needs: Vec<usize>,
    /// Groups of steps that come before it as well, by their places among all groups.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    groups: Vec<usize>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct StoredOutput {
    name: String,
    before: Option<Masked>,
    after: Option<Masked>,
    sensitive: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct StoredSeen {
    address: String,
    schema_version: u32,
    declared: Declared,
    before: Option<Masked>,
    applied: Option<Masked>,
    after: Option<Masked>,
    dependencies: Vec<String>,
}

fn texts(addresses: &[Address]) -> Vec<String> {
    addresses.iter().map(ToString::to_string).collect()
}

fn addresses(texts: &[String]) -> Option<Vec<Address>> {
    texts.iter().map(|t| t.parse().ok()).collect()
}

/// `Some(None)` for nothing; `None` for what cannot be read.
fn value(stored: &Option<Masked>) -> Option<Option<Value>> {
    stored.as_ref().map_or(Some(None), |masked| masked.value().map(Some))
}

impl From<&Sheet> for StoredSheet {
    fn from(sheet: &Sheet) -> Self {
        let Sheet { plan, .. } = sheet;
        let mut groups = Groups::default();
        let step = |s: &Step| StoredStep {
            action: s.action,
            destroys: s.phase == Phase::Destroy,
            needs: s.needs.single().to_vec(),
            groups: s.needs.groups().iter().map(|group| groups.number(group)).collect(),
        };
        let steps = plan.steps.iter().map(step).collect();
        let output = |o: &OutputChange| StoredOutput {
            name: o.name.clone(),
            before: o.before.as_ref().map(Masked::of),
            after: o.after.as_ref().map(Masked::of),
            sensitive: o.sensitive,
        };
        Self {
            program: sheet.program.clone(),
            made: sheet.made,
            sandbox: sheet.sandbox,
            lineage: plan.lineage.clone(),
            serial: plan.serial,
            destroying: plan.destroying,
            asked: plan.asked.clone(),
            actions: plan.actions.iter().map(StoredAction::of).collect(),
            steps,
            groups: groups.all().iter().map(|group| group.to_vec()).collect(),
            outputs: plan.outputs.iter().map(output).collect(),
            instances: sheet.instances.iter().map(StoredSeen::of).collect(),
            variables: sheet.variables.iter().map(|(name, v)| (name.clone(), Masked::of(v))).collect(),
            judgements: sheet.judgements.clone(),
            configuration: sheet.configuration.clone(),
            findings: sheet.findings.clone(),
        }
    }
}

impl StoredSheet {
    /// The sheet; nothing when the data is damaged.
    pub fn sheet(&self) -> Option<Sheet> {
        let groups: Vec<Arc<[usize]>> = self.groups.iter().map(|group| group.as_slice().into()).collect();
        let step = |(place, s): (usize, &StoredStep)| {
            let before = s.groups.iter().map(|group| groups.get(*group).cloned()).collect::<Option<Vec<_>>>()?;
            // What does not come before it in the plan does not come before it.
            let comes = |steps: &[usize]| steps.iter().all(|step| *step < place);
            let sound = s.action < self.actions.len() && comes(&s.needs) && before.iter().all(|group| comes(group));
            let phase = if s.destroys { Phase::Destroy } else { Phase::Apply };
            sound.then(|| Step { action: s.action, phase, needs: Before::new(s.needs.clone(), before) })
        };
        let output = |o: &StoredOutput| {
            let (before, after) = (value(&o.before)?, value(&o.after)?);
            Some(OutputChange { name: o.name.clone(), before, after, sensitive: o.sensitive })
        };
        let plan = Plan {
            lineage: self.lineage.clone(),
            serial: self.serial,
            actions: self.actions.iter().map(StoredAction::action).collect::<Option<_>>()?,
            steps: self.steps.iter().enumerate().map(step).collect::<Option<_>>()?,
            outputs: self.outputs.iter().map(output).collect::<Option<_>>()?,
            destroying: self.destroying,
            asked: self.asked.clone(),
        };
        Some(Sheet {
            program: self.program.clone(),
            made: self.made,
            sandbox: self.sandbox,
            plan,
            instances: self.instances.iter().map(StoredSeen::seen).collect::<Option<_>>()?,
            variables: self.variables.iter().map(|(n, v)| Some((n.clone(), v.value()?))).collect::<Option<_>>()?,
            judgements: self.judgements.clone(),
            configuration: self.configuration.clone(),
            findings: self.findings.clone(),
        })
    }
}

impl StoredSeen {
    fn of(seen: &Seen) -> Self {
        Self {
            address: seen.address.to_string(),
            schema_version: seen.schema_version,
            declared: seen.declared,
            before: seen.before.as_ref().map(Masked::of),
            applied: seen.applied.as_ref().map(Masked::of),
            after: seen.after.as_ref().map(Masked::of),
            dependencies: texts(&seen.dependencies),
        }
    }

    fn seen(&self) -> Option<Seen> {
        Some(Seen {
            address: self.address.parse().ok()?,
            schema_version: self.schema_version,
            declared: self.declared,
            before: value(&self.before)?,
            applied: value(&self.applied)?,
            after: value(&self.after)?,
            dependencies: addresses(&self.dependencies)?,
        })
    }
}

impl StoredChange {
    fn of(change: &AttributeChange) -> Self {
        Self {
            path: change.path.clone(),
            before: Masked::of(&change.before),
            after: Masked::of(&change.after),
            sensitive: change.sensitive,
            reset: change.reset.as_deref().map(str::to_owned),
            replaces: change.replaces,
        }
    }

    fn change(&self) -> Option<AttributeChange> {
        Some(AttributeChange {
            path: self.path.clone(),
            before: self.before.value()?,
            after: self.after.value()?,
            sensitive: self.sensitive,
            reset: self.reset.clone().map(Cow::Owned),
            replaces: self.replaces,
        })
    }
}

impl StoredAction {
    fn of(action: &Action) -> Self {
        let changes = |all: &[AttributeChange]| all.iter().map(StoredChange::of).collect();
        Self {
            address: action.address.to_string(),
            kind: action.kind,
            cloud: action.cloud.clone(),
            destroy_cloud: action.destroy_cloud.clone(),
            reason: action.reason.clone(),
            attributes: changes(&action.attributes),
            drift: changes(&action.drift),
            state_changes: action.state_changes.clone(),
            records: action.records,
            notes: action.notes.clone(),
            effects: action.effects.clone(),
            destroy: action.destroy.clone(),
            apply: action.apply.clone(),
            resume: action.resume.as_deref().cloned(),
            identity: action.identity.clone(),
            changed: action.changed.clone(),
            protect: action.protect,
            import: action.import.clone(),
            dependencies: texts(&action.dependencies),
        }
    }

    fn action(&self) -> Option<Action> {
        let changes = |all: &[StoredChange]| all.iter().map(StoredChange::change).collect::<Option<Vec<_>>>();
        Some(Action {
            address: self.address.parse().ok()?,
            kind: self.kind,
            cloud: self.cloud.clone(),
            destroy_cloud: self.destroy_cloud.clone(),
            reason: self.reason.clone(),
            attributes: changes(&self.attributes)?,
            drift: changes(&self.drift)?,
            state_changes: self.state_changes.clone(),
            records: self.records,
            notes: self.notes.clone(),
            effects: self.effects.clone(),
            destroy: self.destroy.clone(),
            apply: self.apply.clone(),
            resume: self.resume.clone().map(Box::new),
            identity: self.identity.clone(),
            changed: self.changed.clone(),
            noted: BTreeSet::new(),
            protect: self.protect,
            import: self.import.clone(),
            shared: BTreeSet::new(),
            dependencies: addresses(&self.dependencies)?,
            ownership: None,
        })
    }
}
