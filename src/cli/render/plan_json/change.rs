//! Changes of resources and outputs, and what changed outside.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::state::{DEPOSED, names};
use crate::address::{Address, InstanceKey, Mode, module_text};
use crate::kinds;
use crate::lang::value::Value;
use crate::plan::sheet::{Declared, Sheet};
use crate::plan::{Action, ActionKind, OutputChange, reasons};
use crate::schema;

pub(super) struct Changes<'s> {
    sheet: &'s Sheet,
    by_address: BTreeMap<&'s Address, &'s Action>,
}

impl<'s> Changes<'s> {
    pub(super) fn of(sheet: &'s Sheet) -> Self {
        Self { sheet, by_address: sheet.plan.actions.iter().map(|a| (&a.address, a)).collect() }
    }

    pub(super) fn resources(&self) -> impl Iterator<Item = Json> {
        // What a successor replaces is told with the successor.
        let mut told: Vec<_> = self.by_address.values().filter(|a| !is_succeeded(a)).collect();
        // As Terraform orders them: those of outer modules before those of inner ones.
        told.sort_by_key(|a| a.address.module.len());
        told.into_iter().map(|a| self.resource(a))
    }

    pub(super) fn outputs(&self) -> Json {
        Json::Object(self.sheet.plan.outputs.iter().map(|o| (o.name.clone(), output(o))).collect())
    }

    /// What others changed, and what they deleted.
    pub(super) fn drift(&self) -> impl Iterator<Item = Json> {
        self.by_address.values().filter_map(|a| self.drifted(a))
    }

    fn resource(&self, action: &Action) -> Json {
        let address = &action.address;
        let mut told = names(address);
        if !address.module.is_empty() {
            told.insert("module_address".into(), module_text(&address.module).into());
        }
        if address.deposed {
            told.insert("deposed".into(), DEPOSED.into());
        }
        let moved = action.state_changes.iter().find_map(|c| c.strip_prefix(reasons::MOVED));
        if let Some(old) = moved.and_then(|old| old.parse::<Address>().ok()) {
            told.insert("previous_address".into(), kinds::terraform_address(&old).into());
        }
        if let Some(reason) = self.reason(action) {
            told.insert("action_reason".into(), reason.into());
        }
        told.insert("change".into(), self.change(action));
        told.into()
    }

    fn change(&self, action: &Action) -> Json {
        let address = &action.address;
        let old = self.succeeded(action);
        let seen = self.sheet.instance(address);
        let before = self.sheet.instance(old.map_or(address, |o| &o.address)).and_then(|s| s.before.as_ref());
        let before = before.filter(|_| action.kind != ActionKind::Create || old.is_some());
        let after = seen.and_then(|s| s.after.as_ref());
        let actions: &[&str] = match action.kind {
            ActionKind::Create if old.is_some() => &["create", "delete"],
            ActionKind::Create => &["create"],
            ActionKind::Update => &["update"],
            ActionKind::Replace => &["delete", "create"],
            ActionKind::Delete => &["delete"],
            ActionKind::Forget => &["forget"],
            ActionKind::Read => &["read"],
            ActionKind::NoOp => &["no-op"],
        };
        let mut told = sides(before, after);
        told.insert("actions".into(), actions.into());
        let replaces = action.attributes.iter().filter(|c| c.replaces);
        let paths: Vec<Json> = replaces.map(|c| c.path.split('.').collect::<Json>()).collect();
        if !paths.is_empty() && (action.kind == ActionKind::Replace || old.is_some()) {
            told.insert("replace_paths".into(), paths.into());
        }
        if let Some(id) = &action.import {
            told.insert("importing".into(), json!({ "id": id }));
        }
        told.into()
    }

    /// The end of what this creation is the successor of.
    fn succeeded(&self, action: &Action) -> Option<&'s Action> {
        let old = self.by_address.get(&action.address.deposed()).copied()?;
        (action.kind == ActionKind::Create && is_succeeded(old)).then_some(old)
    }

    /// Terraform's word for why an action is planned.
    fn reason(&self, action: &Action) -> Option<&'static str> {
        let why = action.reason.as_deref().unwrap_or_default();
        let why = why.strip_prefix(reasons::SUCCEEDS).unwrap_or(why);
        match action.kind {
            ActionKind::Replace | ActionKind::Create if why == reasons::REPLACE_REQUESTED => Some("replace_by_request"),
            ActionKind::Replace | ActionKind::Create if why.starts_with(reasons::REPLACE_TRIGGERED) => {
                Some("replace_by_triggers")
            }
            ActionKind::Replace => Some("replace_because_cannot_update"),
            ActionKind::Create if self.succeeded(action).is_some() => Some("replace_because_cannot_update"),
            ActionKind::Delete if why == reasons::INSTANCE_GONE => Some(self.instance_gone(&action.address)),
            ActionKind::Delete if why == reasons::BLOCK_GONE => Some("delete_because_no_resource_config"),
            ActionKind::Forget => Some("delete_because_no_resource_config"),
            ActionKind::Read => Some("read_because_config_unknown"),
            _ => None,
        }
    }

    /// Which way the block of an instance that is gone has instances.
    fn instance_gone(&self, address: &Address) -> &'static str {
        let declared = self.sheet.instance(address).map(|s| s.declared);
        match (declared, &address.key) {
            (Some(Declared::NoModule), _) => "delete_because_no_module",
            (Some(Declared::ForEach), Some(InstanceKey::Name(_))) => "delete_because_each_key",
            (Some(Declared::Count), Some(InstanceKey::Index(_))) => "delete_because_count_index",
            _ => "delete_because_wrong_repetition",
        }
    }

    fn drifted(&self, action: &Action) -> Option<Json> {
        let seen = self.sheet.instance(&action.address).filter(|s| s.address.mode == Mode::Managed)?;
        let (before, after) = match (&seen.applied, &seen.before) {
            (Some(applied), None) => (applied.clone(), None),
            (_, Some(now)) if !action.drift.is_empty() => {
                let was = action.drift.iter().fold(now.clone(), |object, change| {
                    // What is sensitive is so on both sides.
                    let hidden = change.sensitive || schema::at_path(now, &change.path).is_some_and(Value::has_marks);
                    let before = if hidden { return object } else { change.before.clone() };
                    schema::with_path(&object, &change.path, before)
                });
                (was, Some(now))
            }
            _ => return None,
        };
        let mut change = sides(Some(&before), after);
        change.insert("actions".into(), json!([if after.is_some() { "update" } else { "delete" }]));
        let mut told = names(&action.address);
        if !action.address.module.is_empty() {
            told.insert("module_address".into(), module_text(&action.address.module).into());
        }
        told.insert("change".into(), change.into());
        Some(told.into())
    }
}

/// The end of something whose successor comes in the same plan.
pub(super) fn is_succeeded(action: &Action) -> bool {
    action.address.deposed && action.reason.as_deref() == Some(reasons::SUCCEEDED)
}

/// What was and what will be, what of it is unknown, and what sensitive.
fn sides(before: Option<&Value>, after: Option<&Value>) -> Map<String, Json> {
    let shown = |value: Option<&Value>| value.and_then(Value::shown_json).unwrap_or_default();
    let sensitive = |value: Option<&Value>| value.map_or(Json::Bool(false), Value::sensitive_json);
    let unknown = match after {
        Some(value) if !value.is_wholly_known() => value.unknown_json(),
        _ => json!({}),
    };
    let mut told = Map::new();
    told.insert("before".into(), shown(before));
    told.insert("after".into(), shown(after));
    told.insert("after_unknown".into(), unknown);
    told.insert("before_sensitive".into(), sensitive(before));
    told.insert("after_sensitive".into(), sensitive(after));
    told
}

fn output(output: &OutputChange) -> Json {
    let action = match (&output.before, &output.after) {
        _ if !output.is_change() => "no-op",
        (None, _) => "create",
        (_, None) => "delete",
        _ => "update",
    };
    let shown = |value: &Option<Value>| value.as_ref().and_then(Value::shown_json);
    let unknown = output.after.as_ref().is_some_and(|v| !v.is_wholly_known());
    let mut told = Map::new();
    told.insert("actions".into(), json!([action]));
    if !output.sensitive {
        told.insert("before".into(), shown(&output.before).unwrap_or_default());
    }
    if !unknown && !output.sensitive {
        told.insert("after".into(), shown(&output.after).unwrap_or_default());
    }
    told.insert("after_unknown".into(), unknown.into());
    told.insert("before_sensitive".into(), output.sensitive.into());
    told.insert("after_sensitive".into(), output.sensitive.into());
    told.into()
}
