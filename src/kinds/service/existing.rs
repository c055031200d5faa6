//! Services that somebody else made: which there are, what about them is worth writing down, what the platform does to
//! them by itself, and how Terraform's state tells them.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::list as all;
use super::observe::{is_leaving, tags};
use crate::kinds::{Answers, Identity, Listed, Listing, Observed, OwnDoing};
use crate::lang::value::Value;

/// What the platform takes for a service when nobody says anything.
const MEMORY: (i64, i64) = (16, 120);
const REPLICAS: i64 = 3;
const IDLE_MINUTES: i64 = 15;
const BACKUP_HOURS: i64 = 24;

/// All services but those on their way out.
pub(super) fn list(answers: &dyn Answers) -> Listing {
    if !answers.holds(&all()) {
        return Listing::Ask(vec![all()]);
    }
    let found = answers.get(&all());
    let services = found.as_deref().and_then(Json::as_array).into_iter().flatten();
    Listing::Found(services.filter(|s| !is_leaving(s)).filter_map(listed).collect())
}

fn listed(service: &Json) -> Option<Listed> {
    let text = |field: &str| service.get(field).and_then(Json::as_str).map(str::to_owned);
    let pairs = tags(service);
    let pair = |(key, value): (&String, &Json)| (key.clone(), value.as_str().unwrap_or_default().to_owned());
    Some(Listed {
        identity: Identity::from_iter([("id".to_owned(), text("id")?)]),
        name: text("name").unwrap_or_default(),
        tags: pairs.as_object().into_iter().flatten().map(pair).collect(),
        details: match service.get("isPrimary").and_then(Json::as_bool) {
            // Backups are those of the warehouse.
            Some(false) => vec!["query_api_endpoints"],
            _ => vec!["backup_configuration", "query_api_endpoints"],
        },
    })
}

/// Whether the list shows a service as the first of its warehouse.
pub(in crate::kinds) fn is_primary(id: &str, answers: &dyn Answers) -> bool {
    answers.item(&all(), id).is_some_and(|s| s.get("isPrimary").and_then(Json::as_bool) != Some(false))
}

pub(super) fn is_usual(path: &str, observed: &Observed) -> bool {
    let value = |path: &str| observed.get(path).filter(|v| !v.is_null());
    let is = |path: &str, flag: bool| value(path).and_then(Value::as_bool) == Some(flag);
    let number = |path: &str| value(path).and_then(Value::as_i64);
    let text = |path: &str| value(path).and_then(Value::as_str);
    let secondary = is("is_primary", false);
    match path {
        // A primary's warehouse is its own.
        "warehouse_id" => !secondary,
        // Whether it runs right now is nobody's intention yet.
        "running" => true,
        "readonly" | "transparent_data_encryption.enabled" | "endpoints.mysql.enabled" => is(path, false),
        "profile" => text(path) == Some("v1-default"),
        "autoscaling_mode" => text(path) == Some("vertical"),
        "num_replicas" => number(path) == Some(REPLICAS),
        "min_replica_memory_gb" | "max_replica_memory_gb" => {
            (number("min_replica_memory_gb"), number("max_replica_memory_gb")) == (Some(MEMORY.0), Some(MEMORY.1))
        }
        "idle_scaling" | "enable_core_dumps" => is(path, true),
        "idle_timeout_minutes" => number(path) == Some(IDLE_MINUTES) || !is("idle_scaling", true),
        "release_channel" => secondary || text(path) == Some("default"),
        path if path.starts_with("backup_configuration.") => secondary || number(path) == Some(BACKUP_HOURS),
        _ => false,
    }
}

/// A primary also by its warehouse.
pub(super) fn referred_by(observed: &Observed) -> Vec<&'static str> {
    match observed.get("is_primary").and_then(Value::as_bool) {
        Some(false) => vec!["id"],
        _ => vec!["id", "warehouse_id"],
    }
}

/// Attributes of the size that is stated, where the answer shows the size in force, and where a schedule shows the size
/// that holds outside its windows.
const SIZES: [(&str, &str, &str); 6] = [
    ("num_replicas", "effectiveMinReplicas", "minReplicas"),
    ("min_replicas", "effectiveMinReplicas", "minReplicas"),
    ("max_replicas", "effectiveMaxReplicas", "maxReplicas"),
    ("min_replica_memory_gb", "effectiveMinReplicaMemoryGb", "minReplicaMemoryGb"),
    ("max_replica_memory_gb", "effectiveMaxReplicaMemoryGb", "maxReplicaMemoryGb"),
    ("idle_timeout_minutes", "effectiveIdleTimeoutMinutes", "idleTimeoutMinutes"),
];

/// What is in force differs from what is set: a window of the schedule is open, or the platform scaled.
pub(super) fn own_doing(identity: &Identity, answers: &dyn Answers) -> Vec<OwnDoing> {
    let Some(service) = identity.get("id").and_then(|id| answers.item(&all(), id)) else { return Vec::new() };
    let fields = super::observe::plain_fields(&service);
    let schedule = service.get("scalingSchedule").unwrap_or(&Json::Null);
    let active = schedule.get("activeEntryId").filter(|id| !id.is_null());
    let entries = schedule.get("entries").and_then(Json::as_array);
    let entry = active.and_then(|id| entries?.iter().find(|entry| entry.get("id") == Some(id)));
    let name = entry.and_then(|entry| entry.get("name")).and_then(Json::as_str);
    let cause = match (active, name) {
        (Some(_), Some(name)) => format!("the window \"{name}\" of its scaling schedule is open"),
        (Some(_), None) => "a window of its scaling schedule is open".to_owned(),
        (None, _) => "the platform scaled it".to_owned(),
    };
    let differs = |(attribute, in_force, base): &(&'static str, &str, &str)| {
        let shown = fields.get(attribute).and_then(Json::as_i64)?;
        let base = schedule.get("baseConfig").filter(|_| active.is_some()).and_then(|b| b.get(*base)?.as_i64());
        let set = base.unwrap_or(shown);
        let in_force = service.get("currentScaling").and_then(|c| c.get(*in_force)?.as_i64()).unwrap_or(shown);
        let why = format!("{attribute} is {in_force} instead of {set}: {cause}");
        (set != in_force).then(|| OwnDoing { attribute, set: Value::from(set), why })
    };
    SIZES.iter().filter_map(differs).collect()
}

/// The provider's older versions knew a service's endpoints as a list, and MySQL in a place of its own.
pub(super) fn terraform_attributes(mut attributes: Map<String, Json>) -> Map<String, Json> {
    if let Some(Json::Array(list)) = attributes.get("endpoints") {
        let of = |protocol: &str| list.iter().find(|e| e.get("protocol").and_then(Json::as_str) == Some(protocol));
        let mut objects: BTreeMap<&str, Json> = BTreeMap::new();
        for protocol in ["https", "nativesecure"] {
            objects.insert(protocol, of(protocol).cloned().unwrap_or(Json::Null));
        }
        objects.insert("mysql", json!({ "enabled": of("mysql").is_some() }));
        attributes.insert("endpoints".to_owned(), json!(objects));
    }
    if let Some(enabled) =
        attributes.remove("endpoints_configuration").as_ref().and_then(|c| c.pointer("/mysql/enabled"))
    {
        attributes.insert("endpoints".to_owned(), json!({ "mysql": { "enabled": enabled } }));
    }
    if let Some(role) = attributes.remove("transparent_data_encryption_role_id")
        && !attributes.contains_key("transparent_data_encryption")
    {
        attributes
            .insert("transparent_data_encryption".to_owned(), json!({ "enabled": !role.is_null(), "role_id": role }));
    }
    attributes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn converted(json: Json) -> Json {
        let Json::Object(map) = json else { panic!("an object") };
        Json::Object(terraform_attributes(map))
    }

    #[test]
    fn older_endpoints_become_objects() {
        let old = json!({ "name": "a", "endpoints": [
            { "protocol": "https", "host": "h", "port": 8443 }, { "protocol": "mysql", "host": "h", "port": 3306 }] });
        let new = converted(old);
        assert_eq!(new.pointer("/endpoints/https/port"), Some(&json!(8443)));
        assert_eq!(new.pointer("/endpoints/mysql/enabled"), Some(&json!(true)));
        let old = json!({ "endpoints_configuration": { "mysql": { "enabled": true } } });
        assert_eq!(converted(old), json!({ "endpoints": { "mysql": { "enabled": true } } }));
    }

    #[test]
    fn an_open_window_is_told_by_its_name() {
        use crate::observe::Answers;
        let service = json!({
            "id": "i", "autoscalingMode": "vertical", "numReplicas": 3,
            "currentScaling": { "effectiveMinReplicas": 8, "effectiveMaxReplicas": 8 },
            "scalingSchedule": { "activeEntryId": "e", "entries": [{ "id": "e", "name": "day" }] },
        });
        let mut answers = Answers::default();
        answers.put(all(), Some(json!([service]).into()));
        let found = own_doing(&Identity::from_iter([("id".to_owned(), "i".to_owned())]), &answers);
        let told: Vec<&str> = found.iter().map(|f| f.why.as_str()).collect();
        assert_eq!(told, ["num_replicas is 8 instead of 3: the window \"day\" of its scaling schedule is open"]);
    }
}
