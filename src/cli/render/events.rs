//! What happens during an apply as JSON, one object a line: the shape of Terraform's machine-readable output, with what
//! it has no words for beside it.
//!
//! No secret is told: events hold none, and sensitive outputs are left out.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};

use super::duration;
use crate::address::{Address, module_text};
use crate::kinds::{self, Identity};
use crate::lang::value::Value;
use crate::plan::{Action, ActionKind, Phase, Plan, Summary};

/// The version of Terraform's format that this one follows.
pub const UI: &str = "1.2";

/// One event.
fn event(at: Timestamp, ty: &str, level: &str, message: String, fields: Json) -> String {
    let mut told = Map::new();
    told.insert("@level".into(), level.into());
    told.insert("@message".into(), message.into());
    told.insert("@module".into(), "housewright.ui".into());
    told.insert("@timestamp".into(), at.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string().into());
    told.insert("type".into(), ty.into());
    if let Json::Object(fields) = fields {
        told.extend(fields);
    }
    format!("{}\n", Json::Object(told))
}

/// Stands first.
pub fn version(at: Timestamp) -> String {
    let program = env!("CARGO_PKG_VERSION");
    event(at, "version", "info", format!("housewright {program}"), json!({ "housewright": program, "ui": UI }))
}

/// How an instance is called.
fn resource(address: &Address) -> Json {
    let key = address.key.as_ref().map(|key| match key {
        crate::address::InstanceKey::Index(i) => Json::from(*i),
        crate::address::InstanceKey::Name(name) => name.as_str().into(),
    });
    let full = kinds::terraform_address(address);
    let module = module_text(&address.module);
    let within = full.strip_prefix(&format!("{module}.")).unwrap_or(&full);
    json!({
        "addr": full,
        "address": address.to_string(),
        "module": module,
        "resource": within,
        "implied_provider": kinds::terraform_provider(address).0,
        "resource_type": kinds::terraform_type(address),
        "resource_name": address.name,
        "resource_key": key,
    })
}

/// What is planned: what others changed, what will be done, and how much that is.
pub fn plan(at: Timestamp, plan: &Plan) -> String {
    let mut out = String::new();
    for action in plan.actions.iter().filter(|a| !a.drift.is_empty()) {
        let message = format!("{}: changed outside", action.address);
        let attributes: Vec<&str> = action.drift.iter().map(|c| c.path.as_str()).collect();
        let change = json!({ "resource": resource(&action.address), "action": "update", "attributes": attributes });
        out.push_str(&event(at, "resource_drift", "info", message, json!({ "change": change })));
    }
    for action in crate::plan::sheet::by_urgency(plan) {
        out.push_str(&planned(at, action));
    }
    out + &summary(at, "plan", plan.summary())
}

fn planned(at: Timestamp, action: &Action) -> String {
    let word = match action.kind {
        ActionKind::Create => "create",
        ActionKind::Update => "update",
        ActionKind::Replace => "replace",
        ActionKind::Delete => "delete",
        ActionKind::Forget => "forget",
        ActionKind::Read => "read",
        ActionKind::NoOp => "noop",
    };
    let attributes: Vec<&str> = action.attributes.iter().map(|c| c.path.as_str()).collect();
    let change = json!({
        "resource": resource(&action.address),
        "action": word,
        "why": action.reason,
        "attributes": attributes,
        "effects": action.effects,
        "state_changes": action.state_changes,
    });
    event(at, "planned_change", "info", format!("{}: plan to {word}", action.address), json!({ "change": change }))
}

/// How much was planned or done.
pub fn summary(at: Timestamp, operation: &str, summary: Summary) -> String {
    let Summary { create, update, destroy, forget, state_only } = summary;
    let changes = json!({
        "add": create, "change": update, "import": 0, "remove": destroy,
        "forget": forget, "state_only": state_only, "operation": operation,
    });
    let message = format!("{operation}: {create} to add, {update} to change, {destroy} to destroy");
    event(at, "change_summary", "info", message, json!({ "changes": changes }))
}

/// What a phase of an action does, in Terraform's words.
fn word(kind: ActionKind, phase: Phase) -> &'static str {
    match (kind, phase) {
        (ActionKind::Create, _) | (ActionKind::Replace, Phase::Apply) => "create",
        (ActionKind::Update, _) => "update",
        (ActionKind::Delete, _) | (ActionKind::Replace, Phase::Destroy) => "delete",
        (ActionKind::Forget, _) => "forget",
        (ActionKind::Read, _) => "read",
        (ActionKind::NoOp, _) => "noop",
    }
}

/// Something that an action has come to.
pub struct Step<'a> {
    pub address: &'a Address,
    pub kind: ActionKind,
    pub phase: Phase,
    pub elapsed: Duration,
}

impl Step<'_> {
    fn hook(&self, at: Timestamp, ty: &str, level: &str, message: &str, more: Json) -> String {
        let mut hook = Map::new();
        hook.insert("resource".into(), resource(self.address));
        hook.insert("action".into(), word(self.kind, self.phase).into());
        hook.insert("elapsed_seconds".into(), self.elapsed.as_secs().into());
        if let Json::Object(more) = more {
            hook.extend(more);
        }
        event(at, ty, level, format!("{}: {message}", self.address), json!({ "hook": hook }))
    }

    pub fn started(&self, at: Timestamp) -> String {
        self.hook(at, "apply_start", "info", "begun", Json::Null)
    }

    /// It waits for the platform.
    pub fn waiting(&self, at: Timestamp, what: &str, status: Option<&str>) -> String {
        let message = format!("waiting {what}, {}", duration::text(self.elapsed));
        self.hook(at, "apply_progress", "info", &message, json!({ "waiting_for": what, "status": status }))
    }

    pub fn finished(&self, at: Timestamp, identity: &Identity) -> String {
        let id = identity.get("id").filter(|id| !id.is_empty());
        let more = id.map_or(Json::Null, |id| json!({ "id_key": "id", "id_value": id }));
        self.hook(at, "apply_complete", "info", &format!("done after {}", duration::text(self.elapsed)), more)
    }

    pub fn failed(&self, at: Timestamp) -> String {
        self.hook(at, "apply_errored", "error", &format!("failed after {}", duration::text(self.elapsed)), Json::Null)
    }
}

/// It was not tried.
pub fn skipped(at: Timestamp, address: &Address, because: &Address) -> String {
    let fields = json!({ "resource": resource(address), "because": resource(because) });
    event(at, "apply_skipped", "error", format!("{address}: not tried, because {because} failed"), fields)
}

/// Words about an instance.
pub fn note(at: Timestamp, address: &Address, text: &str) -> String {
    event(at, "log", "info", format!("{address}: {text}"), json!({ "resource": resource(address) }))
}

/// A finding, as `validate --json` tells it.
pub fn diagnostic(at: Timestamp, item: &super::diagnostics::json::Item) -> String {
    let level = if item.severity == "error" { "error" } else { "warn" };
    let message = format!("{}: {}", if level == "error" { "Error" } else { "Warning" }, item.summary);
    event(at, "diagnostic", level, message, json!({ "diagnostic": item }))
}

/// The outputs after the apply; of a sensitive one, that it is there.
pub fn outputs(at: Timestamp, outputs: &BTreeMap<String, Value>) -> String {
    let one = |(name, value): (&String, &Value)| {
        let mut told = Map::new();
        told.insert("sensitive".into(), value.contains_marks().into());
        if !value.contains_marks() && value.is_wholly_known() {
            told.insert("type".into(), value.ty().to_json());
            told.insert("value".into(), value.shown_json().unwrap_or_default());
        }
        (name.clone(), Json::Object(told))
    };
    let told: Map<String, Json> = outputs.iter().map(one).collect();
    event(at, "outputs", "info", format!("Outputs: {}", told.len()), json!({ "outputs": told }))
}

/// How to go on after a failure.
pub fn resume(at: Timestamp, done: &[String], failed: &[String], unfinished: &[String], command: &str) -> String {
    let fields = json!({ "done": done, "failed": failed, "unfinished": unfinished, "command": command });
    event(at, "apply_stopped", "error", format!("To go on: {command}"), fields)
}
