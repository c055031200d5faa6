//! The kind `service_clickhouse_settings`: ClickHouse settings of a service. Those that are not stated are left alone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use clickhouse_cloud_api::models as wire;
use serde_json::Value as Json;

use super::body::Fields;
use super::checker::Checker;
use super::{
    Answers, Change, Claim, Effect, EffectSort, Finding, Identity, Kind, Listing, Observed, Operation, RuleContext,
    part,
};
use crate::call::{Call, Method, Read, Tolerance};
use crate::lang::value::Value;
use crate::schema::{AttrType, Attribute, Schema, at_path};

pub struct ClickhouseSettings;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    Schema::new(
        "service_clickhouse_settings",
        1,
        "ClickHouse settings of a service. A setting that is taken out, or whose block is destroyed, goes back to the \
         platform's default; settings that others set stay.",
        vec![
            part::service_id(),
            Attribute::required(
                "settings",
                AttrType::Map(Box::new(AttrType::String)),
                "Settings by name, their values as text. The platform's schema says which there are, and which restart the \
                 service.",
            )
            .shared(),
            part::own_id(),
        ],
    )
});

const PLACE: &str = "/clickhouseSettings";

fn read(id: &str) -> Read {
    Read::one("serviceClickhouseSettingsListGet", part::path(id, PLACE))
}

/// Which settings there are, of which types, and what a change of them does.
fn schema(id: &str) -> Read {
    Read::one("serviceClickhouseSettingsSchemaGet", part::path(id, "/clickhouseSettings/schema"))
}

/// The settings in the answer of the list, their values as text.
fn values(answer: &Json) -> BTreeMap<String, String> {
    let list = answer.get("settings").and_then(Json::as_array).into_iter().flatten();
    let text = |value: &Json| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    list.filter_map(|s| Some((s.get("name")?.as_str()?.to_owned(), text(s.get("value")?)))).collect()
}

/// Settings by name, as far as they are known.
fn settings(value: Option<&Value>) -> BTreeMap<String, String> {
    value
        .into_iter()
        .flat_map(Value::entries)
        .filter_map(|(name, value)| Some((name.to_string(), value.as_str()?.to_owned())))
        .collect()
}

/// What the platform says about a setting.
fn described<'j>(schema: &'j Json, name: &str) -> Option<&'j Json> {
    let mut all = schema.get("settings")?.as_array()?.iter();
    all.find(|s| s.get("name").and_then(Json::as_str) == Some(name))
}

/// A value in the type that the platform wants: a setting that it calls an integer is sent as one.
fn typed(schema: &Json, name: &str, text: &str) -> wire::ServiceClickhouseSettingValue {
    let ty = described(schema, name).and_then(|s| s.get("type")).and_then(Json::as_str);
    match (ty, text.parse::<i64>()) {
        (Some("integer"), Ok(number)) => wire::ServiceClickhouseSettingValue::Integer(number),
        _ => wire::ServiceClickhouseSettingValue::String(text.to_owned()),
    }
}

/// Settings that are set anew, and those that go back.
fn difference(change: &Change<'_>) -> (BTreeMap<String, String>, Vec<String>) {
    let (want, have) = (settings(change.get("settings")), settings(change.current("settings")));
    let ours = settings(at_path(change.applied, "settings"));
    let new = want.iter().filter(|(name, value)| have.get(*name) != Some(value));
    let gone = ours.into_keys().filter(|name| !want.contains_key(name) && have.contains_key(name));
    (new.map(|(name, value)| (name.clone(), value.clone())).collect(), gone.collect())
}

/// The one PATCH for what is set anew. Before the schema is known, its values are.
fn set(change: &Change<'_>, new: &BTreeMap<String, String>) -> Option<Call> {
    let mut f = Fields::of(change);
    f.take("settings", "settings");
    let known = change.answers.get(&schema(part::id(change)));
    if known.is_none() {
        f.body.hole("settings", "settings");
    }
    let unknown = change.get("settings").is_some_and(|v| !v.is_wholly_known());
    if new.is_empty() && !unknown {
        return None;
    }
    let known = known.unwrap_or_default();
    let mut settings: wire::ServiceClickhouseSettingsMap =
        new.iter().map(|(name, text)| (name.clone(), typed(&known, name, text))).collect();
    if settings.is_empty() {
        // The type takes no empty map, and none of this is sent: what is not known yet is a hole.
        f.body.hole("settings", "settings");
        settings.insert(String::new(), typed(&known, "", ""));
    }
    let wire = wire::ServiceClickhouseSettingsPatchRequest { settings: Some(settings) };
    let mut call =
        Call::new("set", "serviceClickhouseSettingsUpdate", Method::Patch, part::path(part::id(change), PLACE));
    call.body = Some(f.body.finish(&wire));
    call.outdates = vec![read(part::id(change))];
    Some(call)
}

fn reset(change: &Change<'_>, name: &str) -> Call {
    let route = part::path(part::id(change), &format!("{PLACE}/{name}"));
    let mut call = Call::new(&format!("reset {name}"), "serviceClickhouseSettingDelete", Method::Delete, route);
    call.tolerance = Tolerance::Gone;
    call.outdates = vec![read(part::id(change))];
    call
}

impl Kind for ClickhouseSettings {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn holds_data(&self) -> bool {
        false
    }

    fn located(&self, values: &Value) -> Identity {
        part::located(values)
    }

    fn claims(&self, values: &Value) -> Vec<Claim> {
        part::claim(values, "the settings of this service")
    }

    /// The schema, where something is to be set.
    fn asks(&self, desired: &Value, _identity: &Identity, answers: &dyn Answers) -> Vec<Read> {
        let Some(id) = part::located(desired).remove("id") else { return Vec::new() };
        let stated = desired.get("settings");
        let known = stated.is_some_and(Value::is_wholly_known);
        match answers.get(&read(&id)).map(|answer| values(&answer)) {
            Some(have) if known && settings(stated).iter().all(|(name, v)| have.get(name) == Some(v)) => Vec::new(),
            _ => vec![schema(&id)],
        }
    }

    fn check(&self, context: &RuleContext<'_>) -> Vec<Finding> {
        let mut c = Checker::of(context);
        let Some(stated) = c.get("settings").filter(|v| v.is_known()) else { return c.findings };
        for (name, _) in stated.entries() {
            if name.is_empty() || !name.chars().all(|ch| ch.is_ascii_alphanumeric() || ch == '_') {
                let detail = "Names of settings consist of letters, digits and underscores.";
                let summary = format!("`{name}` is no name of a setting");
                c.error("HW1071", &["settings"], summary, detail, "Correct the name.");
            }
        }
        if stated.entries().next().is_none() {
            let detail = "The block sets nothing.";
            c.error("HW1071", &["settings"], "No setting is stated", detail, "State one, or remove the block.");
        }
        c.findings
    }

    fn reads(&self, identity: &Identity, _wanted: &BTreeSet<&str>) -> Vec<Read> {
        identity.get("id").map(|id| read(id)).into_iter().collect()
    }

    fn observe(&self, identity: &Identity, answers: &dyn Answers) -> Option<Observed> {
        let answer = answers.get(&read(identity.get("id")?))?;
        part::observed(&SCHEMA, identity, [("settings", serde_json::json!(values(&answer)))].into())
    }

    fn calls(&self, change: &Change<'_>) -> Vec<Call> {
        let (new, gone) = difference(change);
        let mut calls: Vec<Call> = gone.iter().map(|name| reset(change, name)).collect();
        if change.operation != Operation::Delete {
            calls.extend(set(change, &new));
        }
        if let Some(last) = calls.last_mut() {
            last.writes = change.changed.iter().cloned().collect();
        }
        calls
    }

    fn effects(&self, change: &Change<'_>) -> Vec<Effect> {
        let (new, gone) = difference(change);
        let Some(schema) = change.answers.get(&schema(part::id(change))) else { return Vec::new() };
        let warning = |name: &String| {
            let text = described(&schema, name)?.get("warning")?.as_str()?;
            let sort = if text.contains("restart") { EffectSort::Restart } else { EffectSort::Notice };
            Some(Effect::new(sort, format!("{name}: {text}")))
        };
        new.keys().chain(&gone).filter_map(warning).collect()
    }

    fn list(&self, answers: &dyn Answers) -> Listing {
        part::list(self, part::Whose::Every, answers, |seen| part::has_any(seen, "settings"))
    }

    fn deletion_ranks(&self, observed: &Observed) -> Vec<(String, u32)> {
        part::deletion_ranks(observed)
    }
}
