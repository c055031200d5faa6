//! Values as Terraform's JSON tells states: modules in modules, each with its resources.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::{Map, Value as Json, json};

use super::change::is_succeeded;
use super::{Each, STATE_FORMAT_VERSION, TERRAFORM_VERSION, optional};
use crate::address::{Address, InstanceKey, Mode, ModuleStep, module_text};
use crate::kinds;
use crate::lang::value::Value;
use crate::plan::sheet::{Seen, Sheet};

/// Outputs and resources, as states and what will become of them have them.
pub(super) struct Values<'s> {
    outputs: Json,
    root: Folder<'s>,
}

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut values = serializer.serialize_map(None)?;
        optional(&mut values, "outputs", &self.outputs)?;
        values.serialize_entry("root_module", &Module { folder: &self.root, steps: &[] })?;
        values.end()
    }
}

/// What will be.
pub(super) fn planned(sheet: &Sheet) -> Values<'_> {
    let after = |seen: &Seen| seen.after.as_ref().map(|after| resource(seen, after));
    let outputs = outputs(sheet.plan.outputs.iter().filter_map(|o| Some((&o.name, o.after.as_ref()?, o.sensitive))));
    let there = sheet.instances.iter().filter(|seen| seen.after.is_some());
    Values { outputs, root: Folder::of(there, Rc::new(after)) }
}

/// A state.
pub(super) struct Prior<'s>(Values<'s>);

impl Serialize for Prior<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut state = serializer.serialize_map(None)?;
        state.serialize_entry("format_version", STATE_FORMAT_VERSION)?;
        state.serialize_entry("terraform_version", TERRAFORM_VERSION)?;
        state.serialize_entry("values", &self.0)?;
        state.end()
    }
}

/// What is there now. Without anything, there is no such part.
pub(super) fn prior(sheet: &Sheet) -> Prior<'_> {
    // What is replaced now is deposed only once its successor is there.
    let succeeded: BTreeSet<_> = sheet.plan.actions.iter().filter(|a| is_succeeded(a)).map(|a| &a.address).collect();
    let before = move |seen: &Seen| {
        let mut told = resource(seen, seen.before.as_ref()?);
        if !seen.dependencies.is_empty() {
            told["depends_on"] =
                seen.dependencies.iter().map(|d| Json::from(kinds::terraform_address(&d.declared()))).collect();
        }
        if seen.address.deposed && !succeeded.contains(&seen.address) {
            told["deposed_key"] = DEPOSED.into();
        }
        Some(told)
    };
    let outputs = outputs(sheet.plan.outputs.iter().filter_map(|o| Some((&o.name, o.before.as_ref()?, o.sensitive))));
    let there = sheet.instances.iter().filter(|seen| seen.before.is_some());
    Prior(Values { outputs, root: Folder::of(there, Rc::new(before)) })
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

/// How an instance is told, if it is.
type Tell<'s> = Rc<dyn Fn(&Seen) -> Option<Json> + 's>;

/// The instances of a module, and the modules in it.
struct Folder<'s> {
    tell: Tell<'s>,
    resources: Vec<&'s Seen>,
    children: BTreeMap<ModuleStep, Folder<'s>>,
}

impl<'s> Folder<'s> {
    fn new(tell: &Tell<'s>) -> Self {
        Self { tell: Rc::clone(tell), resources: Vec::new(), children: BTreeMap::new() }
    }

    fn of(instances: impl Iterator<Item = &'s Seen>, tell: Tell<'s>) -> Self {
        let mut root = Self::new(&tell);
        for seen in instances {
            let steps = seen.address.module.iter();
            let folder =
                steps.fold(&mut root, |f, step| f.children.entry(step.clone()).or_insert_with(|| Self::new(&tell)));
            folder.resources.push(seen);
        }
        root
    }
}

/// A folder at its place. Modules are nested 100 deep at most.
struct Module<'f> {
    folder: &'f Folder<'f>,
    steps: &'f [ModuleStep],
}

impl Serialize for Module<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { folder, steps } = self;
        let mut module = serializer.serialize_map(None)?;
        if !steps.is_empty() {
            module.serialize_entry("address", &module_text(steps))?;
        }
        if !folder.children.is_empty() {
            module.serialize_entry("child_modules", &Children { folder, steps })?;
        }
        if !folder.resources.is_empty() {
            let told = || folder.resources.iter().filter_map(|seen| (folder.tell)(seen));
            module.serialize_entry("resources", &Each(told))?;
        }
        module.end()
    }
}

/// The modules in a folder.
struct Children<'f> {
    folder: &'f Folder<'f>,
    steps: &'f [ModuleStep],
}

impl Serialize for Children<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut modules = serializer.serialize_seq(Some(self.folder.children.len()))?;
        for (step, folder) in &self.folder.children {
            let steps = [self.steps, std::slice::from_ref(step)].concat();
            modules.serialize_element(&Module { folder, steps: &steps })?;
        }
        modules.end()
    }
}
