//! Between what the state stores and what the engine works on.

use std::collections::{BTreeMap, BTreeSet};

use housewright_state::{Fields, FieldsText, ResourceState, as_fingerprint, fingerprint};
use serde_json::Value as Json;

use crate::address::Address;
use crate::apply::Record;
use crate::kinds::{Identity, Kind, Observed, is_named};
use crate::lang::value::{Type, Value};
use crate::plan::{Action, Prior};
use crate::schema::{self, AttrType, Leaf, Schema};
use crate::secret::Fingerprints;

/// What the state and `observed` say about an instance.
pub fn prior(schema: &Schema, stored: &ResourceState, observed: Option<Observed>) -> Prior {
    let mut applied = Json::Object(stored.applied.fields());
    let mut fingerprints = BTreeMap::new();
    for leaf in schema.leaves() {
        let Some(found) = json_at(&applied, &leaf.path).and_then(as_fingerprint).map(str::to_owned) else { continue };
        set_json(&mut applied, &leaf.path, None);
        fingerprints.insert(leaf.path.clone(), found);
    }
    Prior {
        identity: stored.identity.clone(),
        applied: typed(schema, &applied),
        fingerprints,
        observed,
        protected: stored.protected,
        settled: stored.settled,
        renews: stored.creating.is_some(),
        cloud: stored.cloud.clone(),
        dependencies: dependencies(stored),
    }
}

/// What an instance needed when it was last applied.
pub fn dependencies(stored: &ResourceState) -> Vec<Address> {
    stored.dependencies.iter().filter_map(|d| d.parse().ok()).collect()
}

/// What was last seen, for those who do not look.
pub fn last_seen(kind: &dyn Kind, stored: &ResourceState) -> Observed {
    let values = || typed(kind.schema(), &Json::Object(stored.observed.fields()));
    local(kind, &prior(kind.schema(), stored, None)).unwrap_or_else(|| Observed {
        values: values(),
        status: None,
        usable: stored.settled,
    })
}

/// What lives in the state alone, as the state tells it.
pub fn local(kind: &dyn Kind, prior: &Prior) -> Option<Observed> {
    let id = prior.identity.get("id").map_or_else(|| Value::null(Type::String), |id| Value::from(id.as_str()));
    kind.local(id, &prior.applied)
}

/// JSON as an object of the schema's type; what does not fit is null.
pub(super) fn typed(schema: &Schema, json: &Json) -> Value {
    let of = |a: &schema::Attribute| {
        let Some(value) = json.get(a.name).filter(|v| !v.is_null()) else { return a.null() };
        if matches!(a.ty, AttrType::Any) {
            return Value::from_tagged_json(value).unwrap_or_else(|| a.null());
        }
        Value::from_json_typed(value, a.value_type()).unwrap_or_else(|_| a.null())
    };
    schema.object(of)
}

/// What to store once `record` has been reached, over what was stored before.
pub fn resource(
    schema: &Schema,
    before: Option<&ResourceState>,
    record: &Record<'_>,
    dependencies: &[Address],
    protect: bool,
    fingerprints: &Fingerprints,
) -> ResourceState {
    let same = |b: &&ResourceState| b.identity.get("id") == record.identity.get("id") || !is_named(record.identity);
    let same_thing = before.filter(same);
    let mut applied = Json::Object(same_thing.map(|b| b.applied.fields()).unwrap_or_default());
    for leaf in schema.leaves().iter().filter(|l| record.written.contains(&l.path)) {
        set_json(&mut applied, &leaf.path, applied_json(leaf, record, fingerprints));
    }
    let observed = record.observed.map(|o| observed_fields(schema, &o.values).into());
    ResourceState {
        kind: schema.kind.to_owned(),
        schema_version: schema.version,
        cloud: record.desired.cloud.clone(),
        identity: identity(before, record),
        applied: fields(applied).into(),
        observed: observed.or_else(|| same_thing.map(|b| b.observed.clone())).unwrap_or_default(),
        dependencies: dependencies.iter().map(ToString::to_string).collect(),
        protected: protect,
        settled: record.settled,
        creating: before.filter(|_| record.renews).and_then(|b| b.creating.clone()),
        sensitive: sensitive(same_thing, record),
    }
}

/// What the configuration calls sensitive, and what it called so and no longer states: that keeps its value.
fn sensitive(before: Option<&ResourceState>, record: &Record<'_>) -> Vec<String> {
    let is_stated = |path: &str| schema::at_path(&record.desired.values, path).is_some_and(|v| !v.is_null());
    let released = before.into_iter().flat_map(|b| &b.sensitive).filter(|path| !is_stated(path));
    record.desired.sensitive.iter().chain(released).collect::<BTreeSet<_>>().into_iter().cloned().collect()
}

/// What to store of a creation that is about to be sent, with what is known of its identity.
pub fn intention(schema: &Schema, action: &Action, identity: &Identity, mark: &str) -> ResourceState {
    ResourceState {
        kind: schema.kind.to_owned(),
        schema_version: schema.version,
        cloud: action.cloud.clone(),
        identity: identity.clone(),
        applied: FieldsText::default(),
        observed: FieldsText::default(),
        dependencies: action.dependencies.iter().map(ToString::to_string).collect(),
        protected: action.protect,
        settled: false,
        creating: Some(mark.to_owned()),
        sensitive: Vec::new(),
    }
}

fn identity(before: Option<&ResourceState>, record: &Record<'_>) -> Identity {
    if !is_named(record.identity) {
        before.map(|b| b.identity.clone()).unwrap_or_default()
    } else {
        record.identity.clone()
    }
}

/// What to remember of an attribute that holds as desired: of a secret, its fingerprint; of a write-only value, that it
/// was sent.
fn applied_json(leaf: &Leaf, record: &Record<'_>, fingerprints: &Fingerprints) -> Option<Json> {
    let value = schema::at_path(&record.desired.values, &leaf.path).filter(|v| !v.is_null())?;
    let kept_secret = record.desired.keeps_secret(leaf);
    match leaf.attribute.exposure {
        schema::Exposure::WriteOnly { .. } => Some(fingerprint("sent")),
        _ if kept_secret => {
            let text = value.as_str().map(str::to_owned).or_else(|| value.to_json_text().ok())?;
            Some(fingerprint(fingerprints.of(&text)))
        }
        _ if matches!(leaf.attribute.ty, AttrType::Any) => value.to_tagged_json().ok(),
        _ => value.to_json().ok(),
    }
}

/// Everything reported, without nulls. The platform never reports a secret, and secret attributes are left out even so.
fn observed_fields(schema: &Schema, values: &Value) -> Fields {
    let secret: BTreeSet<&str> = schema.attributes.iter().filter(|a| a.is_secret()).map(|a| a.name).collect();
    let shown = values.entries().filter(|(name, v)| !v.is_null() && !secret.contains(&***name));
    shown.filter_map(|(name, v)| Some((name.to_string(), v.to_json().ok()?))).collect()
}

fn fields(json: Json) -> Fields {
    match json {
        Json::Object(map) => map,
        _ => Fields::new(),
    }
}

fn json_at<'j>(json: &'j Json, path: &str) -> Option<&'j Json> {
    path.split('.').try_fold(json, |j, name| j.get(name))
}

/// Sets or removes the value at a dotted path; objects that become empty go.
pub(super) fn set_json(json: &mut Json, path: &str, value: Option<Json>) {
    let Json::Object(map) = json else { return };
    match (path.split_once('.'), value) {
        (None, Some(value)) => drop(map.insert(path.to_owned(), value)),
        (None, None) => drop(map.remove(path)),
        (Some((head, rest)), value) => {
            let inner = map.entry(head).or_insert_with(|| Json::Object(Fields::new()));
            if !inner.is_object() {
                *inner = Json::Object(Fields::new());
            }
            set_json(inner, rest, value);
            if inner.as_object().is_some_and(Fields::is_empty) {
                map.remove(head);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_set_and_removed() {
        let mut json = serde_json::json!({ "a": { "b": 1 } });
        set_json(&mut json, "a.c.d", Some(Json::from(2)));
        assert_eq!(json, serde_json::json!({ "a": { "b": 1, "c": { "d": 2 } } }));
        set_json(&mut json, "a.c.d", None);
        set_json(&mut json, "a.b", None);
        assert_eq!(json, serde_json::json!({}));
    }
}
