//! Values as Terraform's JSON tells states: modules in modules, each with its resources.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};

use super::change::is_succeeded;
use super::{STATE_FORMAT_VERSION, TERRAFORM_VERSION};
use crate::address::{Address, InstanceKey, Mode, ModuleStep, module_text};
use crate::kinds;
use crate::lang::value::Value;
use crate::plan::sheet::{Seen, Sheet};

/// What will be.
pub(super) fn planned(sheet: &Sheet) -> Json {
    let resources = sheet.instances.iter().filter_map(|seen| Some((seen, resource(seen, seen.after.as_ref()?))));
    let mut values = Map::new();
    let outputs = outputs(sheet.plan.outputs.iter().filter_map(|o| Some((&o.name, o.after.as_ref()?, o.sensitive))));
    if outputs != json!({}) {
        values.insert("outputs".into(), outputs);
    }
    values.insert("root_module".into(), modules(resources));
    values.into()
}

/// What is there now. Without anything, there is no such part.
pub(super) fn prior(sheet: &Sheet) -> Json {
    // What is replaced now is deposed only once its successor is there.
    let succeeded: BTreeSet<_> = sheet.plan.actions.iter().filter(|a| is_succeeded(a)).map(|a| &a.address).collect();
    let resources = sheet.instances.iter().filter_map(|seen| {
        let mut told = resource(seen, seen.before.as_ref()?);
        if !seen.dependencies.is_empty() {
            told["depends_on"] =
                seen.dependencies.iter().map(|d| Json::from(kinds::terraform_address(&d.declared()))).collect();
        }
        if seen.address.deposed && !succeeded.contains(&seen.address) {
            told["deposed_key"] = DEPOSED.into();
        }
        Some((seen, told))
    });
    let mut values = Map::new();
    let outputs = outputs(sheet.plan.outputs.iter().filter_map(|o| Some((&o.name, o.before.as_ref()?, o.sensitive))));
    if outputs != json!({}) {
        values.insert("outputs".into(), outputs);
    }
    values.insert("root_module".into(), modules(resources));
    json!({ "format_version": STATE_FORMAT_VERSION, "terraform_version": TERRAFORM_VERSION, "values": values })
}

/// What is known of the key of what was replaced: there is one at most.
pub(super) const DEPOSED: &str = "deposed";

fn outputs<'o>(all: impl Iterator<Item = (&'o String, &'o Value, bool)>) -> Json {
    let one = |(name, value, sensitive): (&String, &Value, bool)| {
        let mut told = Map::new();
        told.insert("sensitive".into(), sensitive.into());
        if value.is_wholly_known() && !sensitive {
            told.insert("type".into(), value.ty().to_json());
            told.insert("value".into(), value.shown_json().unwrap_or_default());
        }
        (name.clone(), Json::Object(told))
    };
    Json::Object(all.map(one).collect())
}

/// How one instance is called: the fields that changes and states have in common.
pub(super) fn names(address: &Address) -> Map<String, Json> {
    let mut told = Map::new();
    told.insert("address".into(), kinds::terraform_address(address).into());
    told.insert("mode".into(), mode(address).into());
    told.insert("type".into(), kinds::terraform_type(address).into());
    told.insert("name".into(), address.name.clone().into());
    if let Some(index) = &address.key {
        told.insert("index".into(), key(index));
    }
    told.insert("provider_name".into(), kinds::terraform_provider(address).1.into());
    told
}

pub(super) fn mode(address: &Address) -> &'static str {
    match address.mode {
        Mode::Managed => "managed",
        Mode::Data => "data",
    }
}

pub(super) fn key(key: &InstanceKey) -> Json {
    match key {
        InstanceKey::Index(i) => (*i).into(),
        InstanceKey::Name(name) => name.as_str().into(),
    }
}

fn resource(seen: &Seen, value: &Value) -> Json {
    let mut told = names(&seen.address);
    told.insert("schema_version".into(), seen.schema_version.into());
    told.insert("values".into(), value.shown_json().unwrap_or_else(|| json!({})));
    told.insert("sensitive_values".into(), value.sensitive_json());
    told.into()
}

#[derive(Default)]
struct Folder {
    resources: Vec<Json>,
    children: BTreeMap<ModuleStep, Folder>,
}

fn modules<'s>(resources: impl Iterator<Item = (&'s Seen, Json)>) -> Json {
    let mut root = Folder::default();
    for (seen, told) in resources {
        let folder = seen.address.module.iter().fold(&mut root, |f, step| f.children.entry(step.clone()).or_default());
        folder.resources.push(told);
    }
    root.json(&[])
}

impl Folder {
    // Modules are nested 100 deep at most.
    fn json(self, steps: &[ModuleStep]) -> Json {
        let mut told = Map::new();
        if !steps.is_empty() {
            told.insert("address".into(), module_text(steps).into());
        }
        if !self.resources.is_empty() {
            told.insert("resources".into(), self.resources.into());
        }
        let below = |(step, folder): (ModuleStep, Folder)| folder.json(&[steps, &[step]].concat());
        let children: Vec<Json> = self.children.into_iter().map(below).collect();
        if !children.is_empty() {
            told.insert("child_modules".into(), children.into());
        }
        told.into()
    }
}
