//! What the state remembers of something that was found instead of made.

use std::collections::BTreeSet;

use housewright_state::{Fields, ResourceState, fingerprint};
use serde_json::{Map, Value as Json};

use super::super::stored;
use crate::apply::Record;
use crate::kinds::Kind;
use crate::plan::{Desired, Prior};
use crate::schema::{self, Exposure, Leaf};
use crate::secret::Fingerprints;

/// Applied is what the configuration states and was found so; with `past`, what the configuration states and Terraform
/// had applied.
pub(super) fn resource(
    kind: &dyn Kind,
    desired: &Desired,
    prior: &Prior,
    past: Option<&Map<String, Json>>,
    fingerprints: &Fingerprints,
) -> ResourceState {
    let schema = kind.schema();
    let stated = |leaf: &&Leaf| {
        let value = schema::at_path(&desired.values, &leaf.path);
        leaf.attribute.settable() && value.is_some_and(|v| !v.is_null() && v.is_wholly_known())
    };
    let mut applied = desired.clone();
    if let Some(past) = past {
        applied.values = stored::typed(schema, &as_stored(kind, past));
    }
    let holds = |leaf: &&Leaf| match past {
        Some(_) => schema::at_path(&applied.values, &leaf.path).is_some_and(|v| !v.is_null()),
        None => is_found(leaf, desired, prior),
    };
    let written: BTreeSet<String> =
        schema.leaves().iter().filter(stated).filter(holds).map(|leaf| leaf.path.clone()).collect();
    let record = Record {
        desired: &applied,
        identity: &prior.identity,
        written: &written,
        observed: prior.observed.as_ref().filter(|_| !kind.is_local()),
        settled: true,
        renews: false,
    };
    let protect = desired.protect.unwrap_or(false);
    let mut resource = stored::resource(schema, None, &record, &desired.dependencies, protect, fingerprints);
    let sent = schema.leaves().iter().filter(stated).filter(|leaf| was_sent(leaf, past));
    let mut fields = Json::Object(resource.applied.fields());
    for leaf in sent {
        stored::set_json(&mut fields, &leaf.path, Some(fingerprint("sent")));
    }
    if let Json::Object(fields) = fields {
        resource.applied = fields.into();
    }
    resource
}

/// What is stated stands there; of what the platform does not tell, the configuration's word is taken, unless it is a
/// secret or decides whether one is sent.
fn is_found(leaf: &Leaf, desired: &Desired, prior: &Prior) -> bool {
    let attribute = &leaf.attribute;
    let Some(want) = schema::at_path(&desired.values, &leaf.path) else { return false };
    if attribute.reported {
        let seen = prior.observed.as_ref().and_then(|o| o.get(&leaf.path));
        return seen.is_some_and(|seen| schema::same(attribute, seen, want));
    }
    let schema = crate::kinds::schema_of(&desired.address);
    let triggers = |l: &Leaf| matches!(l.attribute.exposure, Exposure::WriteOnly { trigger } if trigger == leaf.path);
    let is_trigger = schema.is_some_and(|s| s.leaves().iter().any(triggers));
    !desired.keeps_secret(leaf) && !is_trigger
}

/// A write-only value that Terraform had sent: its trigger is in the state.
fn was_sent(leaf: &Leaf, past: Option<&Map<String, Json>>) -> bool {
    let Exposure::WriteOnly { trigger } = leaf.attribute.exposure else { return false };
    past.and_then(|p| p.get(trigger)).is_some_and(|value| !value.is_null())
}

/// Values of any type carry their type.
fn as_stored(kind: &dyn Kind, past: &Map<String, Json>) -> Json {
    let mut fields: Fields = past.clone();
    for attribute in kind.schema().attributes.iter().filter(|a| matches!(a.ty, schema::AttrType::Any)) {
        let plain = fields.get(attribute.name).filter(|v| !v.is_null() && v.get("type").is_none()).cloned();
        if let Some(tagged) = plain.and_then(|v| crate::lang::value::Value::from_json(&v).to_tagged_json().ok()) {
            fields.insert(attribute.name.to_owned(), tagged);
        }
    }
    Json::Object(fields)
}
