//! What Terraform's format has no place for: effects, requests, times, findings. All of it stands in one field.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value as Json, json};

use crate::address::Address;
use crate::call::{Call, Target};
use crate::kinds::terraform_address;
use crate::plan::sheet::{Moment, Sheet, by_urgency, schedule};
use crate::plan::{Action, Groups, Phase, Plan, Step};

use super::Each;

/// The version of this part.
pub const VERSION: u32 = 1;

/// All of it, as it is written.
pub(super) struct Extension<'s>(pub &'s Sheet);

impl Serialize for Extension<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(sheet) = *self;
        let plan = &sheet.plan;
        let moments = schedule(plan);
        let context = Context { sheet, moments: &moments, steps: steps(plan), groups: groups(plan) };
        let mut told = serializer.serialize_map(None)?;
        told.serialize_entry("actions", &Each(|| by_urgency(plan).into_iter().map(|a| context.action(a))))?;
        told.serialize_entry("destroying", &plan.destroying)?;
        // As data, so that their fields stand in the order of their names as well.
        told.serialize_entry("diagnostics", &Each(|| sheet.findings.iter().map(|f| json!(f))))?;
        told.serialize_entry("lineage", &plan.lineage)?;
        told.serialize_entry("permissions", &plan.permissions())?;
        told.serialize_entry("program", &sheet.program)?;
        told.serialize_entry("requests", &requests(plan, &moments))?;
        told.serialize_entry("sandbox", &sheet.sandbox)?;
        told.serialize_entry("serial", &plan.serial)?;
        told.serialize_entry("summary", &summary(plan))?;
        told.serialize_entry("version", &VERSION)?;
        told.end()
    }
}

/// Where in the plan the steps of an instance are.
fn steps(plan: &Plan) -> BTreeMap<&Address, Vec<usize>> {
    let mut steps: BTreeMap<&Address, Vec<usize>> = BTreeMap::new();
    for (index, step) in plan.steps.iter().enumerate() {
        if let Some(action) = plan.actions.get(step.action) {
            steps.entry(&action.address).or_default().push(index);
        }
    }
    steps
}

/// The groups of steps, and the blocks whose instances the steps of each are.
fn groups(plan: &Plan) -> (Groups, Vec<Vec<Json>>) {
    let mut groups = Groups::default();
    for group in plan.steps.iter().flat_map(|step| step.needs.groups()) {
        groups.number(group);
    }
    let block = |index: &usize| {
        let step = plan.steps.get(*index)?;
        Some((plan.actions.get(step.action)?.address.block().to_string(), word(step.phase)))
    };
    let blocks = |group: &Arc<[usize]>| {
        let blocks: BTreeSet<(String, &str)> = group.iter().filter_map(block).collect();
        blocks.into_iter().map(|(address, phase)| json!({ "address": address, "phase": phase })).collect()
    };
    let blocks = groups.all().iter().map(blocks).collect();
    (groups, blocks)
}

fn requests(plan: &Plan, moments: &[Moment]) -> Json {
    let budget = plan.budget();
    json!({
        "plan": budget.plan,
        "writes": budget.writes,
        "reads": budget.reads,
        "looks": budget.looks,
        "least_seconds": moments.iter().map(|m| m.ends).max().unwrap_or(0),
        "waits": plan.waits(),
    })
}

fn summary(plan: &Plan) -> Json {
    let summary = plan.summary();
    json!({
        "create": summary.create,
        "update": summary.update,
        "destroy": summary.destroy,
        "forget": summary.forget,
        "state_only": summary.state_only,
        "drifted": plan.actions.iter().filter(|a| !a.drift.is_empty()).count(),
    })
}

struct Context<'s> {
    sheet: &'s Sheet,
    moments: &'s [Moment],
    /// Where in the plan the steps of an instance are.
    steps: BTreeMap<&'s Address, Vec<usize>>,
    /// Groups of steps, and the blocks they are of, by their numbers.
    groups: (Groups, Vec<Vec<Json>>),
}

impl Context<'_> {
    fn action(&self, action: &Action) -> Json {
        let mut told = Map::new();
        let mut put = |name: &str, value: Json| drop(told.insert(name.to_owned(), value));
        put("address", action.address.to_string().into());
        put("terraform_address", terraform_address(&action.address).into());
        put("action", json!(action.kind));
        put("reason", action.reason.clone().into());
        put("effects", json!(action.effects));
        put("notes", json!(action.notes));
        put("state_changes", json!(action.state_changes));
        put(
            "resets",
            action.attributes.iter().filter(|c| c.reset.is_some()).map(|c| Json::from(c.path.clone())).collect(),
        );
        put("goes_on_waiting", action.resume.as_ref().map(|w| w.what.clone()).into());
        let destroys = action.destroy.iter().map(|c| call(c, "destroy"));
        put("calls", destroys.chain(action.apply.iter().map(|c| call(c, "apply"))).collect());
        put("steps", self.steps(action));
        told.into()
    }

    /// The steps of an action: when each begins at the earliest, and what comes before it.
    fn steps(&self, action: &Action) -> Json {
        let plan = &self.sheet.plan;
        let name = |index: &usize| {
            let step = plan.steps.get(*index)?;
            Some(json!({ "address": plan.actions.get(step.action)?.address.to_string(), "phase": word(step.phase) }))
        };
        let blocks = |step: &Step| {
            let (groups, blocks) = &self.groups;
            let told = step.needs.groups().iter().filter_map(|group| blocks.get(groups.find(group)?));
            told.flatten().cloned().collect::<Vec<_>>()
        };
        let mine = self.steps.get(&action.address).into_iter().flatten();
        let told = mine.filter_map(|index| {
            let (step, moment) = (plan.steps.get(*index)?, self.moments.get(*index)?);
            Some(json!({
                "phase": word(step.phase),
                "earliest_second": moment.begins,
                "done_second": moment.ends,
                "may_wait_seconds": moment.may_wait,
                "after": step.needs.single().iter().filter_map(name).chain(blocks(step)).collect::<Vec<_>>(),
            }))
        });
        told.collect()
    }
}

fn call(call: &Call, phase: &str) -> Json {
    let mut told = Map::new();
    let mut put = |name: &str, value: Json| drop(told.insert(name.to_owned(), value));
    put("phase", phase.into());
    put("step", call.step.clone().into());
    put("operation", call.operation.clone().into());
    put("method", call.method.as_str().into());
    put("path", call.path.clone().into());
    if let Target::Ec2(place) = &call.target {
        put("ec2_region", place.region.clone().into());
    }
    if let Some(body) = &call.body {
        put("body", body.json.clone());
        put("filled_at_apply", json!(body.holes));
    }
    if let Some(wait) = &call.wait {
        put("waits", json!({ "for": wait.what, "at_most_seconds": wait.timeout.as_secs() }));
    }
    told.into()
}

fn word(phase: Phase) -> &'static str {
    match phase {
        Phase::Destroy => "destroy",
        Phase::Apply => "apply",
    }
}
