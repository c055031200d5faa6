//! The calls a change of a service needs: one PATCH for the basics, one for scaling, and the rest only when it changed.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use clickhouse_cloud_api::models as wire;
use serde_json::Value as Json;
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::rules::LEGACY_TIERS;
use super::schema::normal_source;
use super::{OWNERSHIP_TAG, UP, list, observe, path};
use crate::call::{BodyBuilder, Call, Method, Tolerance, Until, Wait};
use crate::kinds::body::{Fields, word};
use crate::kinds::{Change, Operation, timeouts};
use crate::lang::value::Value;

/// How long a wait lasts unless `timeouts` says otherwise.
const TIMEOUT: Duration = Duration::from_secs(90 * 60);

/// How long the platform usually takes. It documents only that a start takes two to three minutes; the others are what is
/// seen of it.
const PROVISIONING: Duration = Duration::from_secs(5 * 60);
const STARTING: Duration = Duration::from_secs(150);
const STOPPING: Duration = Duration::from_secs(60);
const TERMINATING: Duration = Duration::from_secs(60);

pub(super) const SCALING: [&str; 10] = [
    "autoscaling_mode",
    "num_replicas",
    "min_replicas",
    "max_replicas",
    "min_replica_memory_gb",
    "max_replica_memory_gb",
    "min_total_memory_gb",
    "max_total_memory_gb",
    "idle_scaling",
    "idle_timeout_minutes",
];

pub(super) const BACKUP: [&str; 3] = [
    "backup_configuration.backup_period_in_hours",
    "backup_configuration.backup_retention_period_in_hours",
    "backup_configuration.backup_start_time",
];

const QUERY: [&str; 3] =
    ["query_api_endpoints.api_key_ids", "query_api_endpoints.roles", "query_api_endpoints.allowed_origins"];

const PASSWORD: [&str; 5] =
    ["password", "password_wo", "password_wo_version", "password_hash", "double_sha1_password_hash"];

pub(super) fn calls(change: &Change<'_>) -> Vec<Call> {
    match change.operation {
        Operation::Create => create(change),
        Operation::Update => update(change),
        Operation::Delete => delete(change),
    }
}

/// The wait that an interrupted creation or deletion still owes.
pub(super) fn resume(change: &Change<'_>) -> Option<Wait> {
    match (change.operation, change.status()?) {
        (Operation::Delete, "terminating" | "softdeleting") => Some(until_gone(change)),
        (Operation::Update, "provisioning" | "starting" | "failed" | "degraded" | "terminating" | "softdeleting") => {
            Some(until_up(change, "create"))
        }
        _ => None,
    }
}

fn create(change: &Change<'_>) -> Vec<Call> {
    let mut calls = vec![post(change)];
    calls.extend(password(change));
    calls.extend(backup(change));
    calls.extend(query_endpoint(change));
    if change.get("running").and_then(Value::as_bool) == Some(false) {
        calls.push(stop(change));
    }
    calls
}

fn update(change: &Change<'_>) -> Vec<Call> {
    let running = change.changes("running").then(|| change.get("running").and_then(Value::as_bool)).flatten();
    let mut calls = Vec::new();
    if running == Some(true) {
        calls.push(start(change));
    }
    calls.extend(basics(change));
    calls.extend(scaling(change));
    calls.extend(password(change));
    calls.extend(backup(change));
    calls.extend(query_endpoint(change));
    if running == Some(false) {
        calls.push(stop(change));
    }
    calls
}

fn delete(change: &Change<'_>) -> Vec<Call> {
    let mut calls = Vec::new();
    match change.status() {
        Some("terminating" | "softdeleting") => return calls,
        Some("running" | "partially_running" | "idle") => calls.push(stop(change)),
        _ => {}
    }
    let mut call = Call::new("delete", "instanceDelete", Method::Delete, path(id(change), ""));
    call.tolerance = Tolerance::GoneOrLagging;
    call.wait = Some(until_gone(change));
    calls.push(call);
    calls
}

/// The id for a path; before the creation has given one, the hole for it.
fn id<'a>(change: &'a Change<'_>) -> &'a str {
    change.identity.get("id").map_or("{id}", String::as_str)
}

fn until_up(change: &Change<'_>, operation: &str) -> Wait {
    let bad = [
        ("failed", "the platform could not bring it up; look at the service in the console, or ask ClickHouse support"),
        ("degraded", "it is up, but not healthy; look at the service in the console, or ask ClickHouse support"),
        ("terminating", "somebody is deleting it"),
        ("softdeleting", "somebody is deleting it"),
    ];
    // A service that is being stopped by somebody else is up as far as its creation is concerned.
    let good = UP.iter().chain(&["stopped", "stopping"]);
    wait(change, (operation, PROVISIONING), "until it is usable", good, &bad)
}

fn wait<'s>(
    change: &Change<'_>,
    (operation, typical): (&str, Duration),
    what: &str,
    good: impl IntoIterator<Item = &'s &'s str>,
    bad: &[(&str, &str)],
) -> Wait {
    let good = good.into_iter().map(|s| (*s).to_owned()).collect();
    let bad = bad.iter().map(|(s, why)| ((*s).to_owned(), (*why).to_owned())).collect();
    let until = Until::Field { pointer: "/state".to_owned(), good, bad };
    Wait { read: list(), until, timeout: timeouts::of(change, operation, TIMEOUT), typical, what: what.to_owned() }
}

fn until_gone(change: &Change<'_>) -> Wait {
    let ended = vec!["terminated".to_owned(), "softdeleted".to_owned()];
    let until = Until::Gone { pointer: "/state".to_owned(), ended };
    let timeout = timeouts::of(change, "delete", TIMEOUT);
    Wait { read: list(), until, timeout, typical: TERMINATING, what: "until it is gone".to_owned() }
}

fn post(change: &Change<'_>) -> Call {
    let mut f = Fields::of(change);
    let wire = wire::ServicePostRequest {
        name: f.text("name", "name").unwrap_or_default(),
        provider: f.word("provider", "cloud_provider").unwrap_or_default(),
        region: f.word("region", "region").unwrap_or_default(),
        tier: f.word("tier", "tier").filter(|_| legacy_tier(change)),
        ip_access_list: ip_entries(f.take("ipAccessList", "ip_access")),
        min_total_memory_gb: f.amount("minTotalMemoryGb", "min_total_memory_gb"),
        max_total_memory_gb: f.amount("maxTotalMemoryGb", "max_total_memory_gb"),
        autoscaling_mode: f.word("autoscalingMode", "autoscaling_mode").or_else(|| inferred_mode(change)),
        min_replica_memory_gb: f.amount("minReplicaMemoryGb", "min_replica_memory_gb"),
        max_replica_memory_gb: f.amount("maxReplicaMemoryGb", "max_replica_memory_gb"),
        num_replicas: f.count("numReplicas", "num_replicas"),
        min_replicas: f.count("minReplicas", "min_replicas"),
        max_replicas: f.count("maxReplicas", "max_replicas"),
        idle_scaling: f.flag("idleScaling", "idle_scaling"),
        idle_timeout_minutes: f.amount("idleTimeoutMinutes", "idle_timeout_minutes"),
        is_readonly: f.flag("isReadonly", "readonly"),
        data_warehouse_id: f.text("dataWarehouseId", "warehouse_id"),
        backup_id: f.word("backupId", "backup_id"),
        release_channel: f.word("releaseChannel", "release_channel"),
        byoc_id: f.text("byocId", "byoc_id"),
        has_transparent_data_encryption: f.flag("hasTransparentDataEncryption", "transparent_data_encryption.enabled"),
        endpoints: mysql(&mut f).filter(|e| e.iter().any(|e| e.enabled)),
        profile: f.word("profile", "profile"),
        compliance_type: f.word("complianceType", "compliance_type"),
        tags: create_tags(&mut f),
        enable_core_dumps: f.flag("enableCoreDumps", "enable_core_dumps"),
        ..wire::ServicePostRequest::default()
    };
    // Two fields that the official provider sends and the API's document does not have.
    let extensions = [
        ("encryptionKey", f.text("encryptionKey", "encryption_key")),
        (
            "encryptionAssumedRoleIdentifier",
            f.text("encryptionAssumedRoleIdentifier", "encryption_assumed_role_identifier"),
        ),
    ];
    let mut body = f.body.finish(&wire);
    if !legacy_tier(change) {
        body.holes.remove("tier");
    }
    for (field, value) in extensions {
        if let (Some(value), Json::Object(map)) = (value, &mut body.json) {
            map.insert(field.to_owned(), Json::from(value));
        }
    }
    let mut call = Call::new("create", "instanceCreate", Method::Post, list().path);
    call.body = Some(body);
    call.identity = BTreeMap::from([("id".to_owned(), "/service/id".to_owned())]);
    call.shows = Some((list(), "/service".to_owned()));
    call.hands_over = if makes_up_password(change) { made_up_password() } else { BTreeMap::new() };
    call.wait = Some(until_up(change, "create"));
    let later: Vec<&str> = [&PASSWORD[..], &BACKUP, &QUERY, &["running"]].concat();
    call.writes = change.changed.iter().filter(|a| !later.contains(&a.as_str())).cloned().collect();
    call
}

/// Whether nobody says the password of the service, so that the platform makes one up.
fn makes_up_password(change: &Change<'_>) -> bool {
    let given = ["password", "password_wo", "password_hash", "warehouse_id"];
    given.iter().all(|attribute| change.get(attribute).is_none())
}

fn made_up_password() -> BTreeMap<String, String> {
    BTreeMap::from([("password".to_owned(), "/password".to_owned())])
}

/// Has another password made up in the place of one that nobody has seen.
pub(super) fn renewal(change: &Change<'_>) -> Vec<Call> {
    if !makes_up_password(change) {
        return Vec::new();
    }
    let body = BodyBuilder::default().finish(&wire::ServicePasswordPatchRequest::default());
    let mut call = patch(change, "new password", "instancePasswordUpdate", "/password", body, &[]);
    call.shows = None;
    call.hands_over = made_up_password();
    vec![call]
}

fn legacy_tier(change: &Change<'_>) -> bool {
    change.get("tier").and_then(Value::as_str).is_some_and(|t| LEGACY_TIERS.contains(&t))
}

/// The mode that a change of replicas brings about without saying so, where it is not the current one.
fn implied_mode(change: &Change<'_>, horizontal: bool) -> Option<wire::AutoscalingMode> {
    let fixed = change.get("num_replicas").is_some() && change.get("autoscaling_mode").is_none();
    match horizontal {
        true => fixed.then_some(wire::AutoscalingMode::Vertical),
        false => inferred_mode(change),
    }
}

/// A band of replicas without a mode means horizontal, which the API must be told.
fn inferred_mode(change: &Change<'_>) -> Option<wire::AutoscalingMode> {
    let band = |name| change.get(name).and_then(Value::as_i64);
    let distinct = matches!((band("min_replicas"), band("max_replicas")), (Some(low), Some(high)) if low != high);
    (distinct && change.get("autoscaling_mode").is_none()).then_some(wire::AutoscalingMode::Horizontal)
}

fn create_tags(f: &mut Fields<'_, '_>) -> Option<Vec<wire::ResourceTagsV1>> {
    let stated = f.take("tags", "tags");
    let mut tags: Vec<_> = stated.map(tag_map).unwrap_or_default().into_iter().map(tag).collect();
    tags.extend(f.change.ownership.map(|mark| tag((OWNERSHIP_TAG.to_owned(), mark.to_owned()))));
    (!tags.is_empty()).then_some(tags)
}

fn tag((key, value): (String, String)) -> wire::ResourceTagsV1 {
    wire::ResourceTagsV1 { key, value: Some(value).filter(|v| !v.is_empty()) }
}

fn tag_map(tags: &Value) -> BTreeMap<String, String> {
    tags.entries().map(|(k, v)| (k.to_string(), v.as_str().unwrap_or("").to_owned())).collect()
}

fn mysql(f: &mut Fields<'_, '_>) -> Option<Vec<wire::ServiceEndpointChange>> {
    let enabled = f.flag("endpoints", "endpoints.mysql.enabled")?;
    Some(vec![wire::ServiceEndpointChange { enabled, protocol: wire::ServiceEndpointChangeProtocol::Mysql }])
}

/// A list of sources as the API writes it.
pub(in crate::kinds) fn ip_entries(list: Option<&Value>) -> Vec<wire::IpAccessListEntry> {
    list.into_iter().flat_map(Value::elements).map(ip_entry).collect()
}

fn ip_entry(entry: &Value) -> wire::IpAccessListEntry {
    let text = |name| entry.get(name).and_then(Value::as_str).map(str::to_owned);
    wire::IpAccessListEntry { source: text("source").unwrap_or_default(), description: text("description") }
}

/// The one PATCH for name, addresses, tags, endpoints, channel and core dumps.
fn basics(change: &Change<'_>) -> Option<Call> {
    const BASICS: [&str; 6] =
        ["name", "ip_access", "tags", "endpoints.mysql.enabled", "release_channel", "enable_core_dumps"];
    if !change.changes_any(&BASICS) {
        return None;
    }
    let mut f = Fields::of(change);
    let mut wire = wire::ServicePatchRequest::default();
    if change.changes("name") {
        wire.name = f.text("name", "name");
    }
    if change.changes("ip_access") {
        wire.ip_access_list = f.take("ipAccessList", "ip_access").map(|stated| ip_patch(change, stated));
    }
    if change.changes("tags") {
        wire.tags = tags_patch(&mut f);
    }
    if change.changes("endpoints.mysql.enabled") {
        wire.endpoints = mysql(&mut f);
    }
    if change.changes("release_channel") {
        wire.release_channel = f.word("releaseChannel", "release_channel");
    }
    if change.changes("enable_core_dumps") {
        wire.enable_core_dumps = f.flag("enableCoreDumps", "enable_core_dumps");
    }
    let body = f.body.finish(&wire);
    Some(patch(change, "update", "instanceUpdate", "", body, &BASICS))
}

fn patch(
    change: &Change<'_>,
    step: &str,
    operation: &str,
    rest: &str,
    body: crate::call::Body,
    about: &[&str],
) -> Call {
    let mut call = Call::new(step, operation, Method::Patch, path(id(change), rest));
    call.body = Some(body);
    call.shows = Some((list(), String::new()));
    call.writes = about.iter().filter(|a| change.changes(a)).map(|a| (*a).to_owned()).collect();
    call
}

/// What to add and remove so that the list is as stated. Foreign entries of a shared list stay.
fn ip_patch(change: &Change<'_>, stated: &Value) -> wire::IpAccessListPatch {
    type Key = (String, String);
    let key = |e: &wire::IpAccessListEntry| (normal_source(&e.source), e.description.clone().unwrap_or_default());
    let keyed = |value: Option<&Value>| -> BTreeMap<Key, wire::IpAccessListEntry> {
        ip_entries(value).into_iter().map(|e| (key(&e), e)).collect()
    };
    let (want, have) = (keyed(Some(stated)), keyed(change.current("ip_access")));
    let ours: BTreeSet<String> =
        keyed(crate::schema::at_path(change.applied, "ip_access")).into_keys().map(|k| k.0).collect();
    let wanted: BTreeSet<&String> = want.keys().map(|k| &k.0).collect();
    let foreign = |k: &Key| change.shared.contains("ip_access") && !ours.contains(&k.0) && !wanted.contains(&k.0);
    let missing = |from: &BTreeMap<Key, wire::IpAccessListEntry>, other: &BTreeMap<Key, wire::IpAccessListEntry>| {
        from.iter().filter(|(k, _)| !other.contains_key(*k)).map(|(k, e)| (k.clone(), e.clone())).collect::<Vec<_>>()
    };
    wire::IpAccessListPatch {
        add: missing(&want, &have).into_iter().map(|(_, e)| e).collect(),
        remove: missing(&have, &want).into_iter().filter(|(k, _)| !foreign(k)).map(|(_, e)| e).collect(),
    }
}

/// Tags to add and remove. A tag whose value changes is added over the old one after that is removed.
fn tags_patch(f: &mut Fields<'_, '_>) -> Option<wire::InstanceTagsPatch> {
    let change = f.change;
    let stated = match change.get("tags") {
        None => BTreeMap::new(),
        Some(_) => tag_map(f.take("tags", "tags")?),
    };
    let have = change.current("tags").map(tag_map).unwrap_or_default();
    let ours = crate::schema::at_path(change.applied, "tags").map(tag_map).unwrap_or_default();
    // Removing the whole attribute takes away what we set, not what others set.
    let shared = change.shared.contains("tags") || change.get("tags").is_none();
    let differing = |from: &BTreeMap<String, String>, other: &BTreeMap<String, String>| {
        from.iter().filter(|(k, v)| other.get(*k) != Some(v)).map(|(k, v)| (k.clone(), v.clone())).collect::<Vec<_>>()
    };
    let foreign = |key: &str| shared && !ours.contains_key(key) && !stated.contains_key(key);
    Some(wire::InstanceTagsPatch {
        add: differing(&stated, &have).into_iter().map(tag).collect(),
        remove: differing(&have, &stated).into_iter().filter(|(k, _)| !foreign(k)).map(tag).collect(),
    })
}

/// The one PATCH for mode, replicas, memory and idling: what changed, and what the API wants together with it.
fn scaling(change: &Change<'_>) -> Option<Call> {
    if !change.changes_any(&SCALING) {
        return None;
    }
    let changed = |names: &[&str]| change.changes_any(names) || change.changes("autoscaling_mode");
    let mut f = Fields::of(change);
    let mut wire = wire::ServiceReplicaScalingPatchRequest::default();
    if change.changes("autoscaling_mode") {
        wire.autoscaling_mode = f.word("autoscalingMode", "autoscaling_mode");
    }
    if changed(&["num_replicas", "min_replicas", "max_replicas"]) {
        wire.num_replicas = f.count("numReplicas", "num_replicas");
        wire.min_replicas = f.count("minReplicas", "min_replicas");
        wire.max_replicas = f.count("maxReplicas", "max_replicas");
        let horizontal = change.current("autoscaling_mode").and_then(Value::as_str) == Some("horizontal");
        wire.autoscaling_mode = wire.autoscaling_mode.or_else(|| implied_mode(change, horizontal));
    }
    if changed(&["min_replica_memory_gb", "max_replica_memory_gb", "min_total_memory_gb", "max_total_memory_gb"]) {
        wire.min_replica_memory_gb = replica_memory(&mut f, "min");
        wire.max_replica_memory_gb = replica_memory(&mut f, "max");
    }
    if change.changes_any(&["idle_scaling", "idle_timeout_minutes"]) {
        wire.idle_scaling = f.flag("idleScaling", "idle_scaling");
        wire.idle_timeout_minutes = f.amount("idleTimeoutMinutes", "idle_timeout_minutes");
    }
    let body = f.body.finish(&wire);
    Some(patch(change, "scale", "instanceReplicaScalingUpdate", "/replicaScaling", body, &SCALING))
}

/// Memory of one replica; the deprecated totals speak of three.
fn replica_memory(f: &mut Fields<'_, '_>, end: &str) -> Option<f64> {
    let field = format!("{end}ReplicaMemoryGb");
    f.amount(&field, &format!("{end}_replica_memory_gb"))
        .or_else(|| f.amount(&field, &format!("{end}_total_memory_gb")).map(|total| total / 3.0))
}

/// The password call, with hashes alone. While planning, the secrets are unknown and leave holes.
fn password(change: &Change<'_>) -> Option<Call> {
    let given = ["password", "password_wo", "password_hash"].iter().any(|a| change.get(a).is_some());
    if !given || !change.changes_any(&PASSWORD) {
        return None;
    }
    let mut f = Fields::of(change);
    let mut wire = wire::ServicePasswordPatchRequest::default();
    for attribute in ["password", "password_wo"] {
        if let Some(plain) = f.text("newPasswordHash", attribute) {
            wire.new_password_hash = Some(BASE64.encode(Sha256::digest(&plain)));
            wire.new_double_sha1_hash = Some(hex(&Sha1::digest(Sha1::digest(&plain))));
        } else if change.get(attribute).is_some() {
            f.body.hole("newDoubleSha1Hash", attribute);
        }
    }
    if change.get("password_hash").is_some() {
        wire.new_password_hash = f.text("newPasswordHash", "password_hash");
        wire.new_double_sha1_hash = f.text("newDoubleSha1Hash", "double_sha1_password_hash");
    }
    let mut call = patch(change, "password", "instancePasswordUpdate", "/password", f.body.finish(&wire), &PASSWORD);
    call.shows = None;
    Some(call)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// The backup PATCH: stated values, and null for what goes back to its default.
fn backup(change: &Change<'_>) -> Option<Call> {
    if !change.changes_any(&BACKUP) {
        return None;
    }
    let fields = ["backupPeriodInHours", "backupRetentionPeriodInHours", "backupStartTime"];
    let mut f = Fields::of(change);
    let wire = wire::BackupConfigurationPatchRequest {
        backup_period_in_hours: f.amount(fields[0], BACKUP[0]).filter(|_| change.changes(BACKUP[0])),
        backup_retention_period_in_hours: f.amount(fields[1], BACKUP[1]).filter(|_| change.changes(BACKUP[1])),
        backup_start_time: f.text(fields[2], BACKUP[2]).filter(|_| change.changes(BACKUP[2])).map(Some),
    };
    let mut body = f.body.finish(&wire);
    // The wire type cannot say null for numbers; the API's document asks for it to go back to the default.
    for (field, attribute) in fields.iter().zip(BACKUP) {
        if let (true, None, Json::Object(map)) = (change.changes(attribute), change.get(attribute), &mut body.json) {
            map.insert((*field).to_owned(), Json::Null);
        }
    }
    let mut call = patch(change, "backups", "backupConfigurationUpdate", "/backupConfiguration", body, &BACKUP);
    call.shows = Some((observe::backup_configuration(id(change)), String::new()));
    Some(call)
}

fn query_endpoint(change: &Change<'_>) -> Option<Call> {
    if !change.changes_any(&QUERY) {
        return None;
    }
    let route = path(id(change), "/serviceQueryEndpoint");
    let writes = QUERY.iter().filter(|a| change.changes(a)).map(|a| (*a).to_owned()).collect();
    if change.get(QUERY[0]).is_none() && change.get(QUERY[1]).is_none() {
        let mut call = Call::new("query endpoint", "instanceQueryEndpointDelete", Method::Delete, route);
        call.tolerance = Tolerance::Gone;
        call.shows = Some((observe::query_endpoint(id(change)), String::new()));
        call.writes = writes;
        return Some(call);
    }
    let mut f = Fields::of(change);
    let roles = f.texts("roles", QUERY[1]).unwrap_or_default();
    let wire = wire::InstanceServiceQueryApiEndpointsPostRequest {
        roles: roles.iter().filter_map(|r| word(r)).collect(),
        open_api_keys: f.texts("openApiKeys", QUERY[0]).unwrap_or_default(),
        allowed_origins: f.text("allowedOrigins", QUERY[2]),
    };
    let mut call = Call::new("query endpoint", "instanceQueryEndpointUpsert", Method::Post, route);
    call.body = Some(f.body.finish(&wire));
    call.shows = Some((observe::query_endpoint(id(change)), String::new()));
    call.writes = writes;
    Some(call)
}

fn state(change: &Change<'_>, command: wire::ServiceStatePatchRequestCommand, step: &str) -> Call {
    let wire = wire::ServiceStatePatchRequest { command: Some(command) };
    let body = BodyBuilder::default().finish(&wire);
    patch(change, step, "instanceStateUpdate", "/state", body, &["running"])
}

fn start(change: &Change<'_>) -> Call {
    let mut call = state(change, wire::ServiceStatePatchRequestCommand::Start, "start");
    let mut wait = Wait { typical: STARTING, ..until_up(change, "update") };
    if let Until::Field { good, .. } = &mut wait.until {
        good.retain(|s| UP.contains(&s.as_str()));
    }
    call.wait = Some(wait);
    call
}

fn stop(change: &Change<'_>) -> Call {
    let mut call = state(change, wire::ServiceStatePatchRequestCommand::Stop, "stop");
    let operation = if change.operation == Operation::Delete { "delete" } else { "update" };
    let bad = [("failed", "the platform could not stop it; look at the service in the console")];
    call.wait = Some(wait(change, (operation, STOPPING), "until it has stopped", &["stopped"], &bad));
    call
}
