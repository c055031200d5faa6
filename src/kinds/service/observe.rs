//! What the API's answers say about a service.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value as Json;

use super::{DOWN, OWNERSHIP_TAG, list, path, schema};
use crate::call::Read;
use crate::kinds::{Alike, Answers, Holder, Identity, Observed};
use crate::lang::value::Value;

pub(super) fn reads(identity: &Identity, wanted: &BTreeSet<&str>) -> Vec<Read> {
    let mut reads = vec![list()];
    if let Some(id) = identity.get("id") {
        let sub = [
            ("backup_configuration", backup_configuration(id)),
            ("query_api_endpoints", query_endpoint(id)),
            ("private_endpoint_config", private_endpoint_config(id)),
        ];
        reads.extend(sub.into_iter().filter(|(name, _)| wanted.contains(name)).map(|(_, read)| read));
    }
    reads
}

pub(super) fn backup_configuration(id: &str) -> Read {
    Read::one("backupConfigurationGet", path(id, "/backupConfiguration"))
}

/// The service alone: asked when the list does not show it.
pub(super) fn alone(id: &str) -> Read {
    Read::one("instanceGet", path(id, ""))
}

pub(super) fn query_endpoint(id: &str) -> Read {
    Read::one("instanceQueryEndpointGet", path(id, "/serviceQueryEndpoint"))
}

pub(in crate::kinds) fn private_endpoint_config(id: &str) -> Read {
    Read::one("instancePrivateEndpointConfigGet", path(id, "/privateEndpointConfig"))
}

pub(super) fn observe(identity: &Identity, answers: &dyn Answers) -> Option<Observed> {
    let id = identity.get("id")?;
    let service = answers.item(&list(), id)?;
    let status = service.get("state").and_then(Json::as_str).map(str::to_owned);
    // A service on its way out is gone already for everybody but the one who waits for it.
    if matches!(status.as_deref(), Some("terminated" | "softdeleted")) {
        return None;
    }
    let mut fields = plain_fields(&service);
    fields.insert("backup_configuration", sub(answers.get(&backup_configuration(id)), &BACKUP));
    fields.insert("query_api_endpoints", sub(answers.get(&query_endpoint(id)), &QUERY));
    fields.insert("private_endpoint_config", sub(answers.get(&private_endpoint_config(id)), &PRIVATE));
    let usable = !matches!(
        status.as_deref(),
        Some("provisioning" | "starting" | "failed" | "degraded" | "terminating" | "softdeleting")
    );
    Some(Observed { values: typed(fields), status, usable })
}

pub(super) type Fields = BTreeMap<&'static str, Json>;

/// Attributes that stand in the service object under another name, unchanged.
const SAME: [(&str, &str); 24] = [
    ("id", "id"),
    ("name", "name"),
    ("cloud_provider", "provider"),
    ("region", "region"),
    ("tier", "tier"),
    ("warehouse_id", "dataWarehouseId"),
    ("readonly", "isReadonly"),
    ("is_primary", "isPrimary"),
    ("byoc_id", "byocId"),
    ("compliance_type", "complianceType"),
    ("profile", "profile"),
    ("autoscaling_mode", "autoscalingMode"),
    ("num_replicas", "numReplicas"),
    ("min_replicas", "minReplicas"),
    ("max_replicas", "maxReplicas"),
    ("min_replica_memory_gb", "minReplicaMemoryGb"),
    ("max_replica_memory_gb", "maxReplicaMemoryGb"),
    ("min_total_memory_gb", "minTotalMemoryGb"),
    ("max_total_memory_gb", "maxTotalMemoryGb"),
    ("idle_scaling", "idleScaling"),
    ("idle_timeout_minutes", "idleTimeoutMinutes"),
    ("iam_role", "iamRole"),
    ("encryption_key", "encryptionKey"),
    ("encryption_assumed_role_identifier", "encryptionAssumedRoleIdentifier"),
];

pub(super) fn plain_fields(service: &Json) -> Fields {
    let field = |name: &str| service.get(name).cloned().unwrap_or(Json::Null);
    let mut fields: Fields = SAME.iter().map(|(ours, theirs)| (*ours, field(theirs))).collect();
    horizontal(&mut fields, service);
    let state = service.get("state").and_then(Json::as_str).unwrap_or_default();
    fields.insert("running", Json::Bool(!DOWN.contains(&state)));
    fields.insert("release_channel", field("releaseChannel"));
    fields.insert("enable_core_dumps", field("enableCoreDumps"));
    fields.insert("ip_access", ip_access(service));
    fields.insert("tags", tags(service));
    fields.insert("endpoints", endpoints(service));
    fields.insert(
        "transparent_data_encryption",
        serde_json::json!({
            "enabled": service.get("hasTransparentDataEncryption").and_then(Json::as_bool).unwrap_or(false),
            "role_id": field("encryptionRoleId"),
        }),
    );
    fields
}

/// Horizontal services report their fixed memory as `replicaMemoryGb`; a vertical one may report an equal band.
fn horizontal(fields: &mut Fields, service: &Json) {
    let fixed = service.get("replicaMemoryGb").filter(|v| !v.is_null());
    if let Some(memory) = fixed {
        for name in ["min_replica_memory_gb", "max_replica_memory_gb"] {
            let field = fields.entry(name).or_insert(Json::Null);
            if field.is_null() {
                *field = memory.clone();
            }
        }
    }
    let (low, high) = (fields.get("min_replicas").cloned(), fields.get("max_replicas").cloned());
    let vertical = service.get("autoscalingMode").and_then(Json::as_str) != Some("horizontal");
    let unset = fields.get("num_replicas").is_none_or(Json::is_null);
    if let (true, true, Some(low), Some(high)) = (vertical, unset, low, high)
        && low == high
    {
        fields.insert("num_replicas", low);
    }
}

/// The service in a list whose mark of ownership is `mark`, unless it is on its way out.
pub(super) fn recognise(list: &Json, mark: &str) -> Option<Identity> {
    let ours = |service: &&Json| {
        let text = |tag: &Json, field: &str| tag.get(field).and_then(Json::as_str).map(str::to_owned);
        let marked =
            |t: &Json| text(t, "key").as_deref() == Some(OWNERSHIP_TAG) && text(t, "value").as_deref() == Some(mark);
        !is_leaving(service) && items(service, "tags").any(marked)
    };
    let id = list.as_array()?.iter().find(ours)?.get("id")?.as_str()?;
    Some(Identity::from_iter([("id".to_owned(), id.to_owned())]))
}

/// Fields of a creation that the service will be told by.
const TRAITS: [&str; 3] = ["name", "provider", "region"];

/// Name and place of what is going to be created.
pub(super) fn traits(body: &Json) -> BTreeMap<String, String> {
    let text = |field: &str| Some((field.to_owned(), body.get(field)?.as_str()?.to_owned()));
    TRAITS.into_iter().filter_map(text).collect()
}

/// The services in a list with that name and place, unless they are on their way out.
pub(super) fn alike(list: &Json, traits: &BTreeMap<String, String>) -> Vec<Alike> {
    let has = |s: &&Json| traits.iter().all(|(field, value)| s.get(field).and_then(Json::as_str) == Some(value));
    let services = list.as_array().into_iter().flatten().filter(|s| !is_leaving(s)).filter(has);
    let text = |s: &Json, field: &str| s.get(field).and_then(Json::as_str).map(str::to_owned);
    let made = |s: &Json| text(s, "createdAt").and_then(|t| t.parse().ok());
    let alike = |s: &Json| Some(Alike { id: text(s, "id")?, made: made(s), only: false });
    services.filter_map(alike).collect()
}

pub(in crate::kinds) fn is_leaving(service: &Json) -> bool {
    let state = service.get("state").and_then(Json::as_str);
    matches!(state, Some("terminating" | "terminated" | "softdeleting" | "softdeleted"))
}

/// Of a primary, the services that share its data and are not on their way out.
pub(super) fn secondaries(identity: &Identity, answers: &dyn Answers) -> Vec<Holder> {
    let text = |service: &Json, field: &str| service.get(field).and_then(Json::as_str).unwrap_or_default().to_owned();
    let (Some(id), Some(services)) = (identity.get("id"), answers.get(&super::list())) else { return Vec::new() };
    let Some(primary) = answers.item(&super::list(), id) else { return Vec::new() };
    let warehouse = text(&primary, "dataWarehouseId");
    if primary.get("isPrimary").and_then(Json::as_bool) != Some(true) || warehouse.is_empty() {
        return Vec::new();
    }
    let shares = |s: &&Json| text(s, "dataWarehouseId") == warehouse && text(s, "id") != *id && !is_leaving(s);
    let others = services.as_array().into_iter().flatten().filter(shares);
    let holder =
        |s: &Json| Holder { kind: "service", id: text(s, "id"), name: text(s, "name"), how: "shares its data" };
    others.map(holder).collect()
}

pub(in crate::kinds) fn ip_access(service: &Json) -> Json {
    let entry = |e: &Json| serde_json::json!({ "source": e.get("source"), "description": e.get("description") });
    Json::Array(items(service, "ipAccessList").map(entry).collect())
}

/// All tags but the mark of ownership.
pub(in crate::kinds) fn tags(service: &Json) -> Json {
    let pair = |t: &Json| {
        let key = t.get("key")?.as_str()?.to_owned();
        (key != OWNERSHIP_TAG).then(|| (key, Json::from(t.get("value").and_then(Json::as_str).unwrap_or(""))))
    };
    Json::Object(items(service, "tags").filter_map(pair).collect())
}

fn endpoints(service: &Json) -> Json {
    let of = |protocol: &str| {
        items(service, "endpoints").find(|e| e.get("protocol").and_then(Json::as_str) == Some(protocol)).cloned()
    };
    let place = |e: &Json| serde_json::json!({ "host": e.get("host"), "port": e.get("port") });
    let mysql = match of("mysql") {
        Some(e) => serde_json::json!({ "enabled": true, "host": e.get("host"), "port": e.get("port") }),
        None => serde_json::json!({ "enabled": false, "host": null, "port": null }),
    };
    serde_json::json!({
        "mysql": mysql,
        "https": of("https").as_ref().map(place),
        "nativesecure": of("nativesecure").as_ref().map(place),
    })
}

fn items<'j>(service: &'j Json, field: &str) -> impl Iterator<Item = &'j Json> {
    service.get(field).and_then(Json::as_array).into_iter().flatten()
}

const BACKUP: [(&str, &str); 3] = [
    ("backup_period_in_hours", "backupPeriodInHours"),
    ("backup_retention_period_in_hours", "backupRetentionPeriodInHours"),
    ("backup_start_time", "backupStartTime"),
];

const QUERY: [(&str, &str); 3] =
    [("api_key_ids", "openApiKeys"), ("roles", "roles"), ("allowed_origins", "allowedOrigins")];

const PRIVATE: [(&str, &str); 2] =
    [("endpoint_service_id", "endpointServiceId"), ("private_dns_hostname", "privateDnsHostname")];

fn sub(answer: Option<Arc<Json>>, names: &[(&str, &str)]) -> Json {
    let Some(answer) = answer else { return Json::Null };
    let pick = |(ours, theirs): &(&str, &str)| {
        // An empty text is how the API says that there is none.
        let value = answer.get(*theirs).filter(|v| v.as_str() != Some("")).cloned().unwrap_or(Json::Null);
        ((*ours).to_owned(), value)
    };
    Json::Object(names.iter().map(pick).collect())
}

/// The fields as an object of the schema's type; a field of an unexpected shape is null.
fn typed(fields: Fields) -> Value {
    let of = |attribute: &crate::schema::Attribute| {
        let Some(json) = fields.get(attribute.name).filter(|j| !j.is_null()) else { return attribute.null() };
        Value::from_json_typed(json, attribute.value_type()).unwrap_or_else(|_| attribute.null())
    };
    schema::SCHEMA.object(of)
}
