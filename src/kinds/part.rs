//! What the kinds that are part of a service have in common: where they are, how they are named, when they end.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::checker::Checker;
use super::{Among, Answers, Change, Claim, Identity, Kind, Listed, Listing, Neighbour, Observed, service};
use crate::call::Read;
use crate::lang::value::Value;
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
    id.map(|id| Identity::from_iter([("id".to_owned(), id.to_owned())])).unwrap_or_default()
}

/// A service has several of it: the service's id stands beside one that the platform gives.
pub(super) fn one_of_several(values: &Value) -> Identity {
    let service = values.get("service_id").and_then(Value::as_str);
    service.map(|id| Identity::from_iter([("service_id".to_owned(), id.to_owned())])).unwrap_or_default()
}

/// The identity of one of several, as the official provider names it: `SERVICE:ID`.
pub(super) fn named_one(id: &str) -> Identity {
    let (service, id) = id.split_once(':').unwrap_or(("", id));
    [("service_id", service), ("id", id)].map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect()
}

/// The service's id and its own, of one of several; holes for what is not known yet.
pub(super) fn both_ids<'a>(change: &'a Change<'_>) -> (&'a str, &'a str) {
    let part = |name, hole| change.identity.get(name).map_or(hole, String::as_str);
    (part("service_id", "{service_id}"), part("id", "{id}"))
}

/// Which services have parts of their own of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    Every,
    /// The other services of a warehouse show what is the primary's.
    Primary,
}

/// The parts of this kind that the services have, as far as somebody has set them.
pub(super) fn list(kind: &dyn Kind, whose: Whose, answers: &dyn Answers, is_set: fn(&Observed) -> bool) -> Listing {
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
    let is_there = |s: &Listed| kind.observe(&s.identity, answers).is_some_and(|seen| is_set(&seen));
    Listing::Found(
        services
            .into_iter()
            .filter(is_there)
            .map(|s| Listed { tags: BTreeMap::new(), details: Vec::new(), ..s })
            .collect(),
    )
}

/// For a part that is there only once somebody has made it.
pub(super) fn always(_: &Observed) -> bool {
    true
}

/// Whether a list or a map has something in it.
pub(super) fn has_any(observed: &Observed, attribute: &str) -> bool {
    let entries = |value: &Value| value.elements().next().is_some() || value.entries().next().is_some();
    observed.get(attribute).is_some_and(entries)
}

/// Only one block may state it for a service.
pub(super) fn claim(values: &Value, what: &str) -> Vec<Claim> {
    let service = values.get("service_id").cloned();
    let claim = |id| Claim { what: what.to_owned(), of: vec![id], attribute: "service_id".to_owned() };
    service.map(claim).into_iter().collect()
}

/// Only one block may attach a private endpoint to a service.
pub(super) fn attachment(service: &Value, endpoint: &Value, attribute: String) -> Claim {
    let what = "the attachment of this private endpoint to this service".to_owned();
    Claim { what, of: vec![service.clone(), same_endpoint(endpoint)], attribute }
}

/// Resource ids of Azure are the same in capitals.
pub(super) fn same_endpoint(id: &Value) -> Value {
    id.as_str().map_or_else(|| id.clone(), |text| Value::from(text.to_ascii_lowercase()))
}

/// Something that only the primary of a warehouse has is stated of another service.
pub(super) fn primary_only(c: &mut Checker<'_>, among: &Among<'_>, what: &str) {
    let Some(owner) = owner(c, among) else { return };
    let stated = owner.states("warehouse_id").is_some();
    let primary = owner.gives("is_primary").and_then(Value::as_bool);
    if primary.map_or(stated, |primary| !primary) {
        let summary = format!("{what} is that of the warehouse's primary");
        let detail = format!("{} is a further service over the data of a warehouse.", owner.address);
        c.error("HW1024", &["service_id"], summary, detail, "Name the primary's id, or remove the block.");
        c.beside(&owner, "warehouse_id", "not the primary");
    }
}

/// The service it is part of, where the configuration states it.
pub(super) fn owner<'a>(c: &Checker<'_>, among: &Among<'a>) -> Option<Neighbour<'a>> {
    among.with("service", "id", c.get("service_id")?).first().copied()
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
    schema.object(|attribute| {
        let json = fields.get(attribute.name).unwrap_or(&Json::Null);
        Value::from_json_typed(json, attribute.value_type()).unwrap_or_else(|_| attribute.null())
    })
}

/// Fields of an answer under the names of attributes; an empty text is how the API says that there is none.
pub(super) fn picked<'n>(answer: &Json, names: &[(&'n str, &str)]) -> BTreeMap<&'n str, Json> {
    let value = |theirs: &str| answer.get(theirs).filter(|v| v.as_str() != Some("")).cloned().unwrap_or(Json::Null);
    names.iter().map(|(ours, theirs)| (*ours, value(theirs))).collect()
}
