//! What the kinds that are part of a service have in common: where they are, how they are named, when they end.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;

use super::{Answers, Change, Identity, Kind, Listed, Listing, Observed, service};
use crate::call::Read;
use crate::lang::value::{Type, Value};
use crate::schema::{AttrType, Attribute, Schema};

/// The path of something of a service; of one whose id is not known yet, with a hole.
pub(super) fn path(id: &str, rest: &str) -> String {
    format!("/v1/organizations/{{organizationId}}/services/{id}{rest}")
}

/// The id for a path; before it is known, the hole for it.
pub(super) fn id<'a>(change: &'a Change<'_>) -> &'a str {
    change.identity.get("id").map_or("{id}", String::as_str)
}

/// The attribute that says which service it is part of.
pub(super) fn service_id() -> Attribute {
    Attribute::required("service_id", AttrType::String, "Id of the service it is part of.").replaces()
}

/// The id of a part that a service has one of.
pub(super) fn own_id() -> Attribute {
    Attribute::computed("id", AttrType::String, "The same as `service_id`: a service has one of it.")
}

/// A service has one of it: the service's id is its own.
pub(super) fn located(values: &Value) -> Identity {
    let id = values.get("service_id").and_then(Value::as_str);
    id.map(|id| Identity::from([("id".to_owned(), id.to_owned())])).unwrap_or_default()
}

/// Which services have parts of their own of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    Every,
    /// The other services of a warehouse show what is the primary's.
    Primary,
}

/// The parts of this kind that the services have.
pub(super) fn list(kind: &dyn Kind, whose: Whose, answers: &dyn Answers) -> Listing {
    let mut services = match service::Service.list(answers) {
        Listing::Found(services) => services,
        other => return other,
    };
    let is_primary = |s: &Listed| s.identity.get("id").is_some_and(|id| service::existing::is_primary(id, answers));
    services.retain(|s| whose == Whose::Every || is_primary(s));
    let names = kind.schema().attributes.iter().map(|a| a.name).collect();
    let reads = services.iter().flat_map(|s| kind.reads(&s.identity, &names));
    let open: Vec<Read> = reads.filter(|read| !answers.holds(read)).collect();
    if !open.is_empty() {
        return Listing::Ask(open);
    }
    let is_there = |s: &Listed| kind.observe(&s.identity, answers).is_some();
    Listing::Found(
        services
            .into_iter()
            .filter(is_there)
            .map(|s| Listed { tags: BTreeMap::new(), details: Vec::new(), ..s })
            .collect(),
    )
}

/// It ends before its service.
pub(super) fn deletion_ranks(observed: &Observed) -> Vec<(String, u32)> {
    let service = observed.get("service_id").and_then(Value::as_str);
    service.map(|id| (format!("service {id}"), 0)).into_iter().collect()
}

/// What was observed of a part that is there and has no states of its own.
pub(super) fn observed(schema: &Schema, identity: &Identity, mut fields: BTreeMap<&str, Json>) -> Option<Observed> {
    let id = identity.get("id")?;
    for name in ["id", "service_id"] {
        fields.entry(name).or_insert_with(|| Json::from(id.as_str()));
    }
    Some(Observed { values: typed(schema, &fields), status: None, usable: true })
}

/// The fields as an object of the schema's type; a field of an unexpected shape is null.
pub(super) fn typed(schema: &Schema, fields: &BTreeMap<&str, Json>) -> Value {
    let of = |attribute: &Attribute| {
        let ty: Type = attribute.ty.to_type();
        let json = fields.get(attribute.name).unwrap_or(&Json::Null);
        Value::from_json_typed(json, &ty).unwrap_or_else(|_| Value::null(ty))
    };
    Value::object(schema.attributes.iter().map(|a| (Arc::from(a.name), of(a))).collect())
}

/// Fields of an answer under the names of attributes; an empty text is how the API says that there is none.
pub(super) fn picked<'n>(answer: &Json, names: &[(&'n str, &str)]) -> BTreeMap<&'n str, Json> {
    let value = |theirs: &str| answer.get(theirs).filter(|v| v.as_str() != Some("")).cloned().unwrap_or(Json::Null);
    names.iter().map(|(ours, theirs)| (*ours, value(theirs))).collect()
}
