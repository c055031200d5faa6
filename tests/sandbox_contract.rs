//! Every operation of the API's description, in the order of a life: each answer has the described shape and nothing
//! more, and each refusal the envelope of the overlay.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

mod sandbox_support;

use std::collections::BTreeSet;
use std::path::Path;

use housewright::sandbox::{Options, ROUTES, Sandbox, Settings, operations_page};
use sandbox_support::shapes::{METHODS, Shapes};
use sandbox_support::{Api, description, service_with};
use serde_json::{Value, json};

const NONE: Value = Value::Null;
const NOWHERE: &str = "8f9c1d1e-0000-4000-8000-000000000000";

/// What a life knows so far.
struct Life {
    api: Api,
    shapes: Shapes,
    covered: BTreeSet<&'static str>,
}

impl Life {
    fn new() -> Self {
        let mut settings = Settings::default();
        settings.organization.entitlements.snapshots = true;
        settings.organization.services_quota = Some(50);
        Self { api: Api::with(settings), shapes: Shapes::new(), covered: BTreeSet::new() }
    }

    /// Sends the operation, checks the answer's shape, and gives its result. The path's parameters follow in order.
    fn run(&mut self, operation: &str, ids: &[&str], query: &str, body: Value) -> Value {
        let route = ROUTES.iter().find(|route| route.operation == operation).unwrap();
        let path = fill(route.path, &self.api.sandbox.organization_id().to_string(), ids);
        let response = self.api.raw(route.method, &format!("{path}{query}"), (!body.is_null()).then_some(&body));
        let text = String::from_utf8(response.body.to_vec()).unwrap();
        let expected = self.shapes.success(operation);
        assert_eq!(response.status, expected, "{operation}: {text}");
        self.covered.insert(route.operation);
        if response.headers.iter().any(|(_, value)| value.starts_with("text/plain")) {
            assert!(self.shapes.is_text(operation), "{operation}");
            return Value::from(text);
        }
        let answer = response.body_json();
        self.shapes.check(operation, expected, &answer);
        if answer["result"].is_null() { answer } else { answer["result"].clone() }
    }

    fn get(&mut self, operation: &str, ids: &[&str]) -> Value {
        self.run(operation, ids, "", NONE)
    }
}

/// The path with the organization and the given parameters in their places.
fn fill(path: &str, organization: &str, ids: &[&str]) -> String {
    let mut ids = ids.iter();
    let parts = path.split('/').map(|part| match part {
        "{organizationId}" => organization,
        part if part.starts_with('{') => ids.next().copied().unwrap_or(NOWHERE),
        part => part,
    });
    format!("/v1{}", parts.collect::<Vec<_>>().join("/"))
}

fn id(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value}")).to_owned()
}

#[test]
fn every_operation_is_built_and_answers_as_described_or_is_in_the_table_of_those_that_are_not() {
    let mut life = Life::new();
    organization_and_access(&mut life);
    let service = services(&mut life);
    sub_objects(&mut life, &service);
    byoc(&mut life);
    metrics_and_cost(&mut life, &service);
    removal(&mut life, &service);

    let page = std::fs::read_to_string(page_path()).unwrap();
    let absent = page.split("## Not built").nth(1).unwrap();
    for (path, operations) in description()["paths"].as_object().unwrap() {
        for method in METHODS {
            let Some(operation) = operations[method]["operationId"].as_str() else { continue };
            let listed = absent.contains(&format!("| `{operation}` |"));
            let covered = life.covered.contains(operation);
            assert!(covered != listed, "{operation} ({method} {path}): built {covered}, listed as not built {listed}");
        }
    }
}

fn organization_and_access(life: &mut Life) {
    life.get("whoamiGet", &[]);
    life.run("organizationGetList", &[], "?limit=1", NONE);
    life.get("organizationGet", &[]);
    let endpoint = json!({ "id": "vpce-0123456789abcdef0", "cloudProvider": "aws", "region": "us-east-1" });
    let change = json!({ "name": "renamed", "privateEndpoints": { "add": [endpoint] }, "enableCoreDumps": true });
    assert_eq!(life.run("organizationUpdate", &[], "", change)["name"], "renamed");
    assert_eq!(life.get("organizationQuotasGetList", &[]).as_array().unwrap().len(), 3);
    life.get("organizationQuotaGet", &["api-keys-per-organization"]);
    life.run("serviceProfilesList", &[], "?region_id=us-east-1", NONE);

    let organization = life.api.sandbox.organization_id();
    let policy = json!({
        "allowDeny": "ALLOW", "permissions": ["control-plane:organization:view"],
        "resources": [format!("organization/{organization}")], "tags": { "roleV2": "sql-console-readonly" },
    });
    let body = json!({ "name": "watcher", "actors": [], "policies": [policy] });
    let role = id(&life.run("organizationRolePost", &[], "", body), "id");
    assert!(life.get("organizationRolesGetList", &[]).as_array().unwrap().len() > 1);
    life.get("organizationRoleGet", &[&role]);
    life.run("organizationRolePatch", &[&role], "", json!({ "name": "watchers" }));

    let key = life.run("openapiKeyCreate", &[], "", json!({ "name": "ci", "assignedRoleIds": [role] }));
    let key = id(&key["key"], "id");
    life.run("openapiKeyCreate", &[], "", json!({ "name": "old", "roles": ["developer"], "expireAt": null }));
    life.run("openapiKeyGetList", &[], "?limit=2", NONE);
    life.get("openapiKeyGet", &[&key]);
    life.run("openapiKeyUpdate", &[&key], "", json!({ "state": "disabled", "expireAt": "2030-01-01T00:00:00Z" }));
    life.get("openapiKeyDelete", &[&key]);

    let body = json!({ "email": "Ada@Example.com", "assignedRoleIds": [role] });
    let invitation = id(&life.run("invitationCreate", &[], "", body), "id");
    life.get("invitationGetList", &[]);
    assert_eq!(life.get("invitationGet", &[&invitation])["email"], "ada@example.com");
    life.api.control("POST", &format!("/invitations/{invitation}/accept"), json!({ "name": "Ada" }));
    let other = id(&life.run("invitationCreate", &[], "", json!({ "email": "b@c.de", "role": "admin" })), "id");
    life.get("invitationDelete", &[&other]);
    let members = life.get("memberGetList", &[]);
    let member = id(&members[1], "userId");
    life.get("memberGet", &[&member]);
    life.run("memberUpdate", &[&member], "", json!({ "role": "developer" }));
    life.get("memberDelete", &[&member]);
    life.get("organizationRoleDelete", &[&role]);

    let activities = life.get("activityGetList", &[]);
    let kinds: BTreeSet<&str> = activities.as_array().unwrap().iter().filter_map(|a| a["type"].as_str()).collect();
    for kind in ["role_create", "openapi_key_update", "organization_invite_create", "organization_member_delete"] {
        assert!(kinds.contains(kind), "{kind} in {kinds:?}");
    }
    life.get("activityGet", &[&id(&activities[0], "id")]);
}

fn services(life: &mut Life) -> String {
    let body = service_with(json!({
        "tags": [{ "key": "team", "value": "data" }, { "key": "bare" }],
        "endpoints": [{ "protocol": "mysql", "enabled": true }],
        "hasTransparentDataEncryption": true, "complianceType": "hipaa", "releaseChannel": "fast",
        "encryptionKey": "arn:aws:kms:eu-central-1:1:key/1", "encryptionAssumedRoleIdentifier": "arn:aws:iam::1:role/r",
        "profile": "v1-highmem-xs",
    }));
    let service = id(&life.run("instanceCreate", &[], "", body)["service"], "id");
    life.api.pass(300);
    let horizontal = service_with(json!({
        "provider": "gcp", "region": "us-east1", "autoscalingMode": "horizontal", "numReplicas": null,
        "minReplicas": 2, "maxReplicas": 5, "minReplicaMemoryGb": 32, "maxReplicaMemoryGb": 32,
    }));
    let horizontal = id(&life.run("instanceCreate", &[], "", horizontal)["service"], "id");
    life.run("instanceCreate", &[], "", service_with(json!({ "provider": "azure", "region": "eastus" })));
    life.api.pass(300);
    life.run("instanceGetList", &[], "?filter=tag:team=data", NONE);
    life.get("instanceGet", &[&service]);
    life.get("instanceGet", &[&horizontal]);
    let change = json!({ "name": "renamed", "transparentDataEncryptionKeyId": "key-1" });
    life.run("instanceUpdate", &[&service], "", change);
    life.run("instanceReplicaScalingUpdate", &[&service], "", json!({ "numReplicas": 5 }));
    life.run("instanceReplicaScalingUpdate", &[&horizontal], "", json!({ "idleScaling": false }));
    let vertical = json!({ "autoscalingMode": "vertical", "numReplicas": 2 });
    life.run("instanceReplicaScalingUpdate", &[&horizontal], "", vertical);
    life.run("instanceScalingUpdate", &[&horizontal], "", json!({ "maxTotalMemoryGb": 360 }));
    life.run("instancePasswordUpdate", &[&service], "", json!({}));
    life.get("instancePrivateEndpointConfigGet", &[&service]);
    life.run("organizationPrivateEndpointConfigGetList", &[], "?cloud_provider=aws&region_id=eu-central-1", NONE);
    life.run("instancePrivateEndpointCreate", &[&service], "", json!({ "id": "vpce-0123456789abcdef1" }));
    service
}

fn sub_objects(life: &mut Life, service: &str) {
    life.get("backupConfigurationGet", &[service]);
    life.run("backupConfigurationUpdate", &[service], "", json!({ "backupStartTime": "02:00" }));
    let backup = life.api.control("POST", &format!("/services/{service}/backups"), NONE);
    let backups = life.get("backupGetList", &[service]);
    assert!(backups.as_array().unwrap().iter().any(|known| known["id"] == backup["id"]), "{backups}");
    life.get("backupGet", &[service, &id(&backup, "id")]);

    for bucket in [
        json!({ "bucketProvider": "AWS", "bucketPath": "s3://b/p", "iamRoleArn": "arn:aws:iam::1:role/r",
            "iamRoleExternalId": "x" }),
        json!({ "bucketProvider": "GCP", "bucketPath": "gs://b", "accessKeyId": "k", "secretAccessKey": "s" }),
        json!({ "bucketProvider": "AZURE", "containerName": "c", "connectionString": "s" }),
    ] {
        life.run("backupBucketCreate", &[service], "", bucket.clone());
        life.get("backupBucketGet", &[service]);
        life.run("backupBucketUpdate", &[service], "", bucket);
        life.get("backupBucketDelete", &[service]);
    }

    life.get("snapshotConfigurationGet", &[service]);
    let often = json!({ "enabled": true, "gap": 60, "timeFrame": 2880 });
    life.run("snapshotConfigurationUpdate", &[service], "", often);
    life.api.pass(3 * 3600 + 30);
    let snapshots = life.run("snapshotGetList", &[service], "?limit=2", NONE);
    assert_eq!((&snapshots[0]["status"], &snapshots[1]["status"]), (&json!("in_progress"), &json!("done")));
    life.get("snapshotGet", &[service, &id(&snapshots[1], "id")]);

    life.get("replicaAwareRoutingGet", &[service]);
    life.run("replicaAwareRoutingUpdate", &[service], "", json!({ "httpEnabled": true }));

    let weekdays = [0, 1, 2, 3, 4, 5, 6];
    let entries = json!({ "entries": [
        { "name": "day", "weekdays": weekdays, "startHourUtc": 0, "endHourUtc": 20, "numReplicas": 4,
            "minReplicaMemoryGb": 16, "maxReplicaMemoryGb": 64 },
        { "name": "night", "weekdays": weekdays, "startHourUtc": 20, "endHourUtc": 24, "autoscalingMode": "horizontal",
            "minReplicaMemoryGb": 16, "maxReplicaMemoryGb": 16, "minReplicas": 1, "maxReplicas": 3, "idleScaling": true,
            "idleTimeoutMinutes": 5 },
    ] });
    let schedule = life.run("scalingScheduleUpsert", &[service], "", entries);
    assert_eq!(schedule["activeEntryId"], schedule["entries"][0]["id"]);
    assert_eq!(
        (&schedule["entries"][0]["minReplicas"], &schedule["entries"][0]["maxReplicas"]),
        (&json!(4), &json!(4))
    );
    life.get("scalingScheduleGet", &[service]);
    let whole = life.get("instanceGet", &[service]);
    assert_eq!(whole["scalingSchedule"]["entries"].as_array().unwrap().len(), 2);
    life.get("scalingScheduleDelete", &[service]);
    assert_eq!(life.run("scalingScheduleUpsert", &[service], "", json!({ "entries": [] }))["baseConfig"], json!({}));

    life.run("upgradeWindowUpdate", &[service], "", json!({ "weekday": 6, "startHourUtc": 18 }));
    assert_eq!(life.get("upgradeWindowGet", &[service])["duration"], 6);
    life.get("upgradeWindowDelete", &[service]);

    life.get("serviceClickhouseSettingsSchemaGet", &[service]);
    let settings = json!({ "settings": { "max_threads": 4, "compatibility": "26.1", "keep_alive_timeout": 9 } });
    let answer = life.run("serviceClickhouseSettingsUpdate", &[service], "", settings);
    assert_eq!(answer["warnings"][0]["name"], "keep_alive_timeout");
    life.get("serviceClickhouseSettingsListGet", &[service]);
    assert_eq!(life.get("serviceClickhouseSettingGet", &[service, "max_threads"])["value"], 4);
    life.get("serviceClickhouseSettingDelete", &[service, "max_threads"]);

    let endpoint = json!({ "roles": ["sql_console_admin"], "openApiKeys": ["key"], "allowedOrigins": "a.example" });
    life.run("instanceQueryEndpointUpsert", &[service], "", endpoint);
    life.get("instanceQueryEndpointGet", &[service]);
    life.get("instanceQueryEndpointDelete", &[service]);

    let query = json!({ "name": "one", "sql": "SELECT {n:UInt8}", "database": "default", "parameters": { "n": "1" } });
    let saved = life.run("savedQueryCreate", &[service], "", query);
    let (saved, other) = (id(&saved, "id"), json!({ "name": "two", "sql": "SELECT 2", "database": "default" }));
    life.run("savedQueryList", &[service], "?limit=1", NONE);
    assert_eq!(life.get("savedQueryGet", &[service, &saved])["parameters"]["n"], "1");
    assert_eq!(life.run("savedQueryUpdate", &[service, &saved], "", other)["parameters"], json!({}));
    life.get("savedQueryDelete", &[service, &saved]);

    let key = "3f9fc1c1-5a2e-4c40-8d0a-1f7e5ab0b6a1";
    let mut endpoint = json!({
        "name": "one", "sql": "SELECT {n:UInt8}", "database": "default", "parameters": { "n": "1" },
        "apiKeyIds": [key], "roles": ["sql_console_read_only"], "allowedOrigins": ["https://example.com"],
    });
    let made = life.run("queryApiEndpointCreate", &[service], "", endpoint.clone());
    let made = id(&made, "id");
    let listed = life.run("queryApiEndpointList", &[service], "?limit=1", NONE);
    assert_eq!((&listed[0]["name"], listed[0].get("sql")), (&json!("one"), None));
    assert_eq!(life.get("queryApiEndpointGet", &[service, &made])["parameters"]["n"], "1");
    endpoint.as_object_mut().unwrap().remove("parameters");
    let changed = life.run("queryApiEndpointUpdate", &[service, &made], "", endpoint);
    assert_eq!((&changed["parameters"], &changed["id"]), (&json!({}), &json!(made)));
    life.get("queryApiEndpointDelete", &[service, &made]);
}

fn byoc(life: &mut Life) {
    let place = json!({ "regionId": "us-east-1", "accountId": "123456789012", "externalId": "x" });
    let checks = life.run("organizationByocInfrastructureValidate", &[], "", place.clone());
    assert_eq!((&checks["allPassed"], &checks["supported"]), (&json!(true), &json!(true)));
    let mut body = place;
    body["displayName"] = json!("ours");
    let infrastructure = id(&life.run("organizationByocInfrastructureCreate", &[], "", body), "id");
    life.api.pass(1000);
    let progress = life.get("organizationByocInfrastructureProgressGet", &[&infrastructure]);
    let statuses: Vec<&str> =
        progress["stages"].as_array().unwrap().iter().map(|s| s["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["ready", "ready", "in_progress", "pending", "pending"]);
    life.api.pass(1400);
    assert_eq!(life.get("organizationByocInfrastructureGet", &[&infrastructure])["state"], "infra-ready");
    let change = json!({ "enablePrivateLoadBalancer": true, "enablePrivateLink": true, "tags": { "team": "data" } });
    life.run("organizationByocInfrastructureUpdate", &[&infrastructure], "", change);
    life.api.pass(120);
    life.get("organizationByocInfrastructurePrivateEndpointConfigGet", &[&infrastructure]);
    assert_eq!(life.get("organizationByocInfrastructureTagsGet", &[&infrastructure])["tags"]["team"], "data");
    let profiles = life.run("serviceProfilesList", &[], &format!("?byoc_id={infrastructure}"), NONE);
    assert_eq!(profiles[0]["memoryGi"], 48);
    let service = service_with(json!({ "byocId": infrastructure, "region": "us-east-1", "minReplicaMemoryGb": 48,
        "maxReplicaMemoryGb": 48, "profile": profiles[0]["profile"] }));
    let service = id(&life.run("instanceCreate", &[], "", service)["service"], "id");
    let error = life.api.refused(409, "DELETE", &format!("/byocInfrastructure/{infrastructure}"), NONE);
    assert!(error.contains(&service), "{error}");
    life.get("instanceDelete", &[&service]);
    life.api.pass(60);
    life.get("organizationByocInfrastructureDelete", &[&infrastructure]);
    life.api.pass(1800);
    assert_eq!(life.get("organizationByocInfrastructureGet", &[&infrastructure])["state"], "infra-terminated");
}

fn metrics_and_cost(life: &mut Life, service: &str) {
    let text = life.run("instancePrometheusGet", &[service], "?filtered_metrics=false", NONE);
    assert!(text.as_str().unwrap().contains(&format!("clickhouse_service=\"{service}\"")), "{text}");
    life.get("organizationPrometheusGet", &[]);
    let targets = life.run("organizationPrometheusDiscoveryGet", &[], "?filtered_metrics=true", NONE);
    assert_eq!(targets.as_array().unwrap().len(), 3);
    assert_eq!(targets[0]["labels"]["__meta_clickhouse_tag_team"], "data");
    let cost = life.run("usageCostGet", &[], "?from_date=2026-01-01&to_date=2026-01-02", NONE);
    assert!(cost["grandTotalCHC"].as_f64().unwrap() > 0.0, "{cost}");
}

fn removal(life: &mut Life, service: &str) {
    life.run("instanceStateUpdate", &[service], "", json!({ "command": "stop" }));
    life.api.pass(60);
    life.get("instanceDelete", &[service]);
}

fn page_path() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/sandbox-operations.md")
}

/// `UPDATE_DOCS=1 cargo test --test sandbox_contract` writes the page anew.
#[test]
fn the_page_of_operations_is_the_routing_table() {
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(page_path(), operations_page()).unwrap();
    }
    assert_eq!(std::fs::read_to_string(page_path()).unwrap(), operations_page());
}

/// The refusals of an overlay, checked.
struct Overlay(Value);

impl Overlay {
    fn new() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contract/overlay.json");
        Self(serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap())
    }

    fn check(&self, what: &str, expected: u16, status: u16, body: &Value) {
        assert_eq!(status, expected, "{what}: {body}");
        let validator = jsonschema::options().should_validate_formats(true).build(&self.0["envelope"]).unwrap();
        let errors: Vec<String> = validator.iter_errors(body).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{what}: {errors:?} {body}");
        let word = self.0["statuses"][status.to_string()].as_str().unwrap();
        assert!(body["error"].as_str().unwrap().starts_with(&format!("{word}: ")), "{what}: {body}");
        assert_eq!(body["status"], status, "{what}");
    }
}

#[test]
fn every_refusal_has_the_envelope_of_the_overlay() {
    let overlay = Overlay::new();
    let mut api = Api::over(Sandbox::in_memory(Options::default()));
    let organization = api.sandbox.organization_id().to_string();
    let service = api.create(json!({}));
    let made = api.ok("POST", "/keys", json!({ "name": "powerless" }));
    let powerless = (id(&made, "keyId"), id(&made, "keySecret"));
    let powerless = (powerless.0.as_str(), powerless.1.as_str());
    for route in ROUTES {
        let ids: &[&str] = if route.path.contains("{serviceId}") { &[&service] } else { &[] };
        let path = fill(route.path, &organization, ids);
        let body = if route.method == "GET" || route.method == "DELETE" { None } else { Some(json!([])) };
        let mut refused = |expected: u16, key: (&str, &str), path: &str| {
            let response = api.raw_as(key, route.method, path, body.as_ref());
            let what = format!("{} {path}", route.method);
            overlay.check(&what, expected, response.status, &response.body_json());
        };
        refused(401, ("sandbox", "wrong"), &path);
        if route.handler.is_none() {
            refused(501, ("sandbox", "sandbox"), &path);
            continue;
        }
        if route.path.contains("{organizationId}") {
            refused(403, ("sandbox", "sandbox"), &fill(route.path, NOWHERE, ids));
            refused(400, ("sandbox", "sandbox"), &fill(route.path, "no-uuid", ids));
        }
        if !route.permissions.is_empty() {
            refused(403, powerless, &path);
        }
        let names_more = route.path.matches('{').count() > 1 + ids.len();
        if names_more {
            refused(404, ("sandbox", "sandbox"), &path);
        } else if body.is_some() {
            refused(400, ("sandbox", "sandbox"), &path);
        }
        if route.path.contains("{serviceId}") && body.is_none() {
            refused(404, ("sandbox", "sandbox"), &fill(route.path, &organization, &[NOWHERE]));
            refused(400, ("sandbox", "sandbox"), &fill(route.path, &organization, &["no-uuid"]));
        }
    }
}
