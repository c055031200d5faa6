//! A plan as JSON: Terraform's published representation of plans, so that policies and tools made for it work unchanged,
//! with one field of our own, `housewright`.
//!
//! What is sensitive is left out, not only marked. Built from the sheet alone.

mod change;
mod extension;
mod state;

use std::io;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value as Json, json};

use crate::plan::sheet::{Judged, Judgement, Sheet, Verdict};

use change::Changes;

/// The version of Terraform's format that this one follows.
pub const FORMAT_VERSION: &str = "1.2";

/// The version of Terraform's format for states that this one follows.
const STATE_FORMAT_VERSION: &str = "1.0";

/// The version of Terraform whose output this is compared with.
pub const TERRAFORM_VERSION: &str = "1.11.4";

/// Writes the whole plan in one line, with its end. What there is one of for each instance is made while it is written, one
/// at a time: together it can be many times as large as the sheet.
///
/// # Errors
/// When it cannot be written.
pub fn write(sheet: &Sheet, mut out: &mut dyn io::Write) -> io::Result<()> {
    serde_json::to_writer(&mut out, &Whole(sheet))?;
    out.write_all(b"\n")
}

/// The whole plan at once.
#[cfg(test)]
pub fn json(sheet: &Sheet) -> Json {
    serde_json::to_value(Whole(sheet)).expect("what is printed is plain data with string keys")
}

/// A plan as it is written: its fields in the order of their names, as all objects here.
struct Whole<'s>(&'s Sheet);

impl Serialize for Whole<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let sheet = self.0;
        let changes = Changes::of(sheet);
        let errored = sheet.is_errored();
        let mut plan = serializer.serialize_map(None)?;
        plan.serialize_entry("applyable", &(sheet.plan.has_work() && !errored))?;
        optional(&mut plan, "checks", &checks(&sheet.judgements))?;
        plan.serialize_entry("complete", &true)?;
        plan.serialize_entry("configuration", &sheet.configuration)?;
        plan.serialize_entry("errored", &errored)?;
        plan.serialize_entry("format_version", FORMAT_VERSION)?;
        plan.serialize_entry("housewright", &extension::Extension(sheet))?;
        optional(&mut plan, "output_changes", &changes.outputs())?;
        plan.serialize_entry("planned_values", &state::planned(sheet))?;
        plan.serialize_entry("prior_state", &state::prior(sheet))?;
        plan.serialize_entry("resource_changes", &Each(|| changes.resources()))?;
        if changes.drift().next().is_some() {
            plan.serialize_entry("resource_drift", &Each(|| changes.drift()))?;
        }
        plan.serialize_entry("terraform_version", TERRAFORM_VERSION)?;
        plan.serialize_entry("timestamp", &sheet.made.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())?;
        optional(&mut plan, "variables", &variables(sheet))?;
        plan.end()
    }
}

/// A list whose items are made while it is written.
struct Each<F>(F);

impl<F: Fn() -> I, I: Iterator<Item = Json>> Serialize for Each<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((self.0)())
    }
}

/// Writes a field, unless there is nothing in it.
fn optional<M: SerializeMap>(map: &mut M, name: &str, value: &Json) -> Result<(), M::Error> {
    if is_empty(value) { Ok(()) } else { map.serialize_entry(name, value) }
}

fn is_empty(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::Array(items) => items.is_empty(),
        Json::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

/// Of a sensitive one the value is left out.
fn variables(sheet: &Sheet) -> Json {
    let told = sheet.variables.iter().map(|(name, value)| {
        let told = value.shown_json().map_or_else(|| json!({}), |shown| json!({ "value": shown }));
        (name.clone(), told)
    });
    Json::Object(told.collect())
}

/// Conditions with what they say: one entry for each block, with its instances.
fn checks(judgements: &[Judgement]) -> Json {
    let mut blocks: Vec<(Json, Vec<&Judgement>)> = Vec::new();
    for judgement in judgements {
        let address = block(judgement);
        match blocks.iter_mut().find(|(known, _)| *known == address) {
            Some((_, all)) => all.push(judgement),
            None => blocks.push((address, vec![judgement])),
        }
    }
    blocks.sort_by_cached_key(|(address, _)| address["to_display"].to_string());
    let told = blocks.into_iter().map(|(address, all)| {
        let worst = all.iter().map(|j| j.verdict).max().unwrap_or(Verdict::Pass);
        let instances: Vec<Json> = all.into_iter().map(instance).collect();
        json!({ "address": address, "status": status(worst), "instances": instances })
    });
    told.collect()
}

fn status(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Unknown => "unknown",
        Verdict::Fail => "fail",
        Verdict::Error => "error",
    }
}

fn resource(judgement: &Judgement) -> Option<crate::address::Address> {
    judgement.name.parse().ok().filter(|_| judgement.sort == Judged::Resource)
}

/// The address without keys.
fn block(judgement: &Judgement) -> Json {
    let mut address = match resource(judgement) {
        Some(resource) => {
            let declared = resource.declared();
            json!({
                "kind": "resource",
                "mode": state::mode(&resource),
                "type": crate::kinds::terraform_type(&resource),
                "name": resource.name,
                "to_display": crate::kinds::terraform_address(&declared),
            })
        }
        None => {
            let (kind, prefix) = words(judgement.sort);
            json!({ "kind": kind, "name": judgement.name, "to_display": format!("{prefix}.{}", judgement.name) })
        }
    };
    if !judgement.module.is_empty() {
        let module = without_keys(&judgement.module);
        let display = address["to_display"].as_str().unwrap_or_default().to_owned();
        if resource(judgement).is_none() {
            address["to_display"] = format!("{module}.{display}").into();
        }
        address["module"] = module.into();
    }
    address
}

fn words(sort: Judged) -> (&'static str, &'static str) {
    match sort {
        Judged::Check => ("check", "check"),
        Judged::Resource => ("resource", "resource"),
        Judged::OutputValue => ("output_value", "output"),
        Judged::Variable => ("var", "var"),
    }
}

/// `module.a["x"].module.b` → `module.a.module.b`
fn without_keys(module: &str) -> String {
    match module.parse::<crate::address::Target>() {
        Ok(crate::address::Target::Module(steps)) => {
            let names: Vec<String> = steps.iter().map(|s| format!("module.{}", s.name)).collect();
            names.join(".")
        }
        _ => module.to_owned(),
    }
}

fn instance(judgement: &Judgement) -> Json {
    let mut address = Map::new();
    match resource(judgement) {
        Some(resource) => {
            address.insert("to_display".into(), crate::kinds::terraform_address(&resource).into());
            if let Some(key) = &resource.key {
                address.insert("instance_key".into(), state::key(key));
            }
        }
        None => {
            let prefix = words(judgement.sort).1;
            let module = if judgement.module.is_empty() { String::new() } else { format!("{}.", judgement.module) };
            address.insert("to_display".into(), format!("{module}{prefix}.{}", judgement.name).into());
        }
    }
    if !judgement.module.is_empty() {
        address.insert("module".into(), judgement.module.clone().into());
    }
    let mut told = Map::new();
    told.insert("address".into(), address.into());
    told.insert("status".into(), status(judgement.verdict).into());
    if !judgement.problems.is_empty() {
        told.insert("problems".into(), judgement.problems.iter().map(|p| json!({ "message": p })).collect());
    }
    told.into()
}
