//! The sandbox against the API's own description: every operation is in the routing table, every answer has the
//! described shape and nothing more, and every described bound of a request field is held.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

mod sandbox_support;

use std::collections::BTreeSet;

use housewright::sandbox::{Fate, ROUTES, Settings};
use sandbox_support::shapes::{METHODS, Shapes};
use sandbox_support::{Api, description, service_with};
use serde_json::{Value, json};

#[test]
fn the_routing_table_is_the_description() {
    let description = description();
    let mut described = BTreeSet::new();
    for (path, operations) in description["paths"].as_object().unwrap() {
        for method in METHODS {
            if let Some(id) = operations[method]["operationId"].as_str() {
                let scopes = operations[method]["security"][0]["basicAuth"].as_array().cloned().unwrap_or_default();
                let scopes: Vec<String> = scopes.iter().map(|scope| scope.as_str().unwrap().to_owned()).collect();
                described.insert((method.to_ascii_uppercase(), path.clone(), id.to_owned(), scopes));
            }
        }
    }
    let scopes = |names: &[&str]| names.iter().map(|name| format!("control-plane:{name}")).collect::<Vec<_>>();
    let routed: BTreeSet<_> = ROUTES
        .iter()
        .map(|route| {
            let path = format!("/v1{}", route.path);
            (route.method.to_owned(), path, route.operation.to_owned(), scopes(route.permissions))
        })
        .collect();
    assert_eq!(routed, described);
    assert_eq!(ROUTES.len(), described.len());
}

#[test]
fn what_is_not_built_answers_501_and_what_does_not_exist_404() {
    let mut api = Api::new();
    for route in ROUTES.iter().filter(|route| route.handler.is_none()) {
        let organization = api.sandbox.organization_id().to_string();
        let path = route.path.replace("{organizationId}", &organization).replace(['{', '}'], "");
        let response = api.raw(route.method, &format!("/v1{path}"), None);
        assert_eq!(response.status, 501, "{} {path}", route.method);
        let error = response.body_json()["error"].as_str().unwrap().to_owned();
        assert_eq!(error, format!("NOT_IMPLEMENTED: The sandbox does not have {} yet", route.operation));
    }
    for path in ["/v1/nothing", "/v2/organizations", "/", "/v1/organizations/"] {
        assert_eq!(api.raw("GET", path, None).status, 404, "{path}");
    }
}

#[test]
fn a_shape_test_can_fail() {
    let shapes = Shapes::new();
    for wrong in [
        json!({ "status": 200, "requestId": "x", "result": {} }),
        json!({ "status": 200, "more": 1 }),
        json!({ "status": 200, "result": { "autoscalingMode": "sideways", "currentScaling": {} } }),
        json!({ "status": 200, "result": { "autoscalingMode": "vertical" } }),
    ] {
        let checked = std::panic::catch_unwind(|| shapes.check("instanceGet", 200, &wrong));
        assert!(checked.is_err(), "{wrong}");
    }
}

/// A world in which every built operation has something to show.
fn furnished() -> (Api, String, String) {
    let mut settings = Settings::default();
    settings.organization.byoc_infrastructures = vec![
        serde_json::from_value(json!({
            "id": "byoc-1", "state": "infra-ready", "accountId": "123456789012", "regionId": "us-east-1",
            "cloudProvider": "aws", "displayName": "ours",
        }))
        .unwrap(),
    ];
    let mut api = Api::with(settings);
    let vertical = api.running(json!({
        "tags": [{ "key": "team", "value": "data" }, { "key": "bare" }],
        "endpoints": [{ "protocol": "mysql", "enabled": true }],
        "hasTransparentDataEncryption": true, "complianceType": "hipaa", "releaseChannel": "fast",
        "encryptionKey": "arn:aws:kms:eu-central-1:1:key/1", "encryptionAssumedRoleIdentifier": "arn:aws:iam::1:role/r",
        "profile": "v1-highmem-xs",
    }));
    let key = json!({ "transparentDataEncryptionKeyId": "key-1" });
    api.ok("PATCH", &format!("/services/{vertical}"), key);
    let horizontal = api.running(json!({
        "provider": "gcp", "region": "us-east1", "autoscalingMode": "horizontal", "numReplicas": null,
        "minReplicas": 2, "maxReplicas": 5, "minReplicaMemoryGb": 32, "maxReplicaMemoryGb": 32,
    }));
    let byoc = json!({ "byocId": "byoc-1", "region": "us-east-1", "minReplicaMemoryGb": 48, "maxReplicaMemoryGb": 48 });
    api.create(byoc);
    api.create(json!({ "provider": "azure", "region": "eastus" }));
    (api, vertical, horizontal)
}

#[test]
fn the_size_members_follow_the_mode() {
    let (mut api, vertical, horizontal) = furnished();
    let service = api.get(&vertical);
    assert_eq!(service["numReplicas"], 3);
    assert_eq!((&service["minTotalMemoryGb"], &service["maxTotalMemoryGb"]), (&json!(48), &json!(192)));
    for absent in ["minReplicas", "maxReplicas", "replicaMemoryGb", "tier", "scalingSchedule"] {
        assert!(service.get(absent).is_none(), "{absent}");
    }
    let service = api.get(&horizontal);
    assert_eq!((&service["minReplicas"], &service["maxReplicas"]), (&json!(2), &json!(5)));
    assert_eq!((&service["replicaMemoryGb"], &service["minReplicaMemoryGb"]), (&json!(32), &json!(32)));
    for absent in ["numReplicas", "minTotalMemoryGb", "maxTotalMemoryGb", "encryptionRoleId"] {
        assert!(service.get(absent).is_none(), "{absent}");
    }
    assert_eq!(
        service["currentScaling"],
        json!({
            "effectiveAutoscalingMode": "horizontal", "effectiveMinReplicaMemoryGb": 32,
            "effectiveMaxReplicaMemoryGb": 32, "effectiveMinReplicas": 2, "effectiveMaxReplicas": 5,
            "effectiveIdleScaling": true, "effectiveIdleTimeoutMinutes": 15,
        })
    );
    assert!(serde_json::to_string(&Fate::Stuck).is_ok());
}

/// Values that break one described rule of a property, with the path the refusal must name.
fn violations(description: &Value, schema: &Value, path: &str) -> Vec<(String, Value)> {
    let schema = resolved(description, schema);
    let mut broken = Vec::new();
    let mut add = |value: Value| broken.push((path.to_owned(), value));
    let kinds: Vec<&str> = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        kind => kind.as_str().into_iter().collect(),
    };
    add(if kinds.contains(&"string") { json!(7) } else { json!("seven") });
    if !kinds.contains(&"null") {
        add(Value::Null);
    }
    if schema["enum"].is_array() {
        add(json!("no-such-word"));
    }
    let step = schema["multipleOf"].as_i64().unwrap_or(1);
    if let Some(minimum) = schema["minimum"].as_i64() {
        add(json!(minimum - step));
        add(json!(minimum as f64 + 0.5));
        if step > 1 {
            add(json!(minimum + 1));
        }
    }
    if let Some(maximum) = schema["maximum"].as_i64() {
        add(json!(maximum + step));
    }
    if schema["minLength"].as_u64() == Some(1) {
        add(json!(""));
    }
    if let Some(length) = schema["maxLength"].as_u64() {
        add(json!("x".repeat(length as usize + 1)));
    }
    if let Some(pattern) = schema["pattern"].as_str() {
        add(json!(if pattern == "\\S" { "  " } else { "two words" }));
    }
    if let Some(most) = schema["maxItems"].as_u64() {
        let items: Vec<Value> = (0..=most).map(|n| json!({ "key": format!("k{n}") })).collect();
        add(Value::Array(items));
    }
    if schema["items"].is_object() {
        for (inner, value) in violations(description, &schema["items"], &format!("{path}[0]")) {
            broken.push((inner, json!([value])));
        }
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        for (inner, value) in violations(description, property, &format!("{path}.{name}")) {
            let mut object = smallest(description, &schema);
            object[name.as_str()] = value;
            broken.push((inner, object));
        }
    }
    broken
}

fn resolved(description: &Value, schema: &Value) -> Value {
    match schema["$ref"].as_str() {
        Some(reference) => description.pointer(reference.trim_start_matches('#')).unwrap().clone(),
        None => schema.clone(),
    }
}

/// An object of the schema with what it needs.
fn smallest(description: &Value, schema: &Value) -> Value {
    let mut object = json!({});
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        let property = resolved(description, &schema["properties"][name]);
        object[name] = match property["type"].as_str() {
            Some("string") => property["enum"].get(0).cloned().unwrap_or_else(|| json!("word")),
            Some("array") if property["minItems"].as_u64() == Some(1) => json!([1]),
            Some("array") => json!([]),
            _ => json!(1),
        };
    }
    object
}

#[test]
fn every_described_bound_of_a_request_is_held() {
    let description = description();
    let (mut api, vertical, _) = furnished();
    let of = |rest: &str| format!("/services/{vertical}{rest}");
    let operations = [
        ("ServicePostRequest", "POST", "/services".to_owned(), service_with(json!({}))),
        ("ServicePatchRequest", "PATCH", of(""), json!({})),
        ("ServiceStatePatchRequest", "PATCH", of("/state"), json!({ "command": "start" })),
        ("ServiceReplicaScalingPatchRequest", "PATCH", of("/replicaScaling"), json!({})),
        ("ServiceScalingPatchRequest", "PATCH", of("/scaling"), json!({})),
        ("ServicePasswordPatchRequest", "PATCH", of("/password"), json!({})),
        ("BackupConfigurationPatchRequest", "PATCH", of("/backupConfiguration"), json!({})),
        (
            "InstanceServiceQueryApiEndpointsPostRequest",
            "POST",
            of("/serviceQueryEndpoint"),
            json!({ "roles": [], "openApiKeys": [] }),
        ),
        (
            "ServicPrivateEndpointePostRequest",
            "POST",
            of("/privateEndpoint"),
            json!({ "id": "vpce-0123456789abcdef0" }),
        ),
    ];
    let byoc = json!({ "regionId": "us-east-1", "accountId": "123456789012" });
    let entry = json!({ "name": "day", "weekdays": [1], "startHourUtc": 8, "endHourUtc": 18 });
    let bucket = |name: &str| {
        let aws = json!({ "bucketProvider": "AWS", "bucketPath": "s3://b", "iamRoleArn": "arn:aws:iam::1:role/r" });
        let gcp =
            json!({ "bucketProvider": "GCP", "bucketPath": "gs://b", "accessKeyId": "k", "secretAccessKey": "s" });
        let azure = json!({ "bucketProvider": "AZURE", "containerName": "c", "connectionString": "s" });
        match name {
            "Aws" => aws,
            "Gcp" => gcp,
            _ => azure,
        }
    };
    let member = api.ok("GET", "/members", Value::Null)[0]["userId"].as_str().unwrap().to_owned();
    let key = api.ok("POST", "/keys", json!({ "name": "k" }))["key"]["id"].as_str().unwrap().to_owned();
    let role = api.ok("POST", "/roles", json!({ "name": "r", "actors": [], "policies": [] }))["id"].clone();
    let role = role.as_str().unwrap();
    let operations = operations.into_iter().chain([
        ("OrganizationPatchRequest", "PATCH", String::new(), json!({})),
        ("ApiKeyPostRequest", "POST", "/keys".to_owned(), json!({ "name": "key" })),
        ("ApiKeyPatchRequest", "PATCH", format!("/keys/{key}"), json!({})),
        ("MemberPatchRequest", "PATCH", format!("/members/{member}"), json!({})),
        ("InvitationPostRequest", "POST", "/invitations".to_owned(), json!({ "email": "a@example.com" })),
        ("RoleCreateRequest", "POST", "/roles".to_owned(), json!({ "name": "x", "actors": [], "policies": [] })),
        ("RoleUpdateRequest", "PATCH", format!("/roles/{role}"), json!({})),
        ("ScalingSchedulePostRequest", "POST", of("/scalingSchedule"), json!({ "entries": [entry] })),
        ("UpgradeWindowPutRequest", "PUT", of("/upgradeWindow"), json!({ "weekday": 0, "startHourUtc": 6 })),
        (
            "ServiceClickhouseSettingsPatchRequest",
            "PATCH",
            of("/clickhouseSettings"),
            json!({ "settings": { "max_threads": 1 } }),
        ),
        (
            "PublicSavedQueryRequest",
            "POST",
            of("/saved-queries"),
            json!({ "name": "q", "sql": "SELECT 1", "database": "default" }),
        ),
        (
            "PublicQueryApiEndpointRequest",
            "POST",
            of("/query-api-endpoints"),
            json!({ "name": "q", "sql": "SELECT 1", "database": "default", "apiKeyIds": [key], "roles": ["r"] }),
        ),
        ("SnapshotConfigurationPatchRequest", "PATCH", of("/snapshotConfiguration"), json!({ "enabled": false })),
        ("ReplicaAwareRoutingPatchRequest", "PATCH", of("/replicaAwareRouting"), json!({ "httpEnabled": false })),
        ("AwsBackupBucketPostRequestV1", "POST", of("/backupBucket"), bucket("Aws")),
        ("GcpBackupBucketPostRequestV1", "POST", of("/backupBucket"), bucket("Gcp")),
        ("AzureBackupBucketPostRequestV1", "POST", of("/backupBucket"), bucket("Azure")),
        ("AwsBackupBucketPatchRequestV1", "PATCH", of("/backupBucket"), bucket("Aws")),
        ("GcpBackupBucketPatchRequestV1", "PATCH", of("/backupBucket"), bucket("Gcp")),
        ("AzureBackupBucketPatchRequestV1", "PATCH", of("/backupBucket"), bucket("Azure")),
        ("ByocInfrastructurePostRequest", "POST", "/byocInfrastructure".to_owned(), byoc.clone()),
        ("ByocInfrastructureValidatePostRequest", "POST", "/byocInfrastructure/validate".to_owned(), byoc),
        ("ByocInfrastructurePatchRequest", "PATCH", "/byocInfrastructure/byoc-1".to_owned(), json!({})),
    ]);
    let world = |api: &mut Api| {
        let world = api.control("GET", "/world", Value::Null);
        ["services", "organization", "access"].map(|part| world[part].clone())
    };
    let touched = |mut parts: [Value; 3]| {
        // When a key was used last changes with each request.
        for key in parts[2]["keys"].as_array_mut().unwrap() {
            key["usedAt"] = Value::Null;
        }
        parts
    };
    let before = touched(world(&mut api));
    let mut tried = 0;
    for (name, method, path, good) in operations {
        let schema = &description["components"]["schemas"][name];
        for (property, rules) in schema["properties"].as_object().unwrap() {
            for (field, value) in violations(&description, rules, property) {
                let mut body = good.clone();
                body[property.as_str()] = value;
                let error = api.refused(400, method, &path, body.clone());
                assert!(error.starts_with(&format!("BAD_REQUEST: request body.{field}: ")), "{body}: {error}");
                assert!(!error.contains("is not a field"), "{body}: {error}");
                tried += 1;
            }
        }
        for required in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            let mut body = good.clone();
            body.as_object_mut().unwrap().remove(required);
            let error = api.refused(400, method, &path, body);
            assert_eq!(error, format!("BAD_REQUEST: request body.{required}: is required <undefined>"));
        }
        let mut body = good.clone();
        body["noSuchField"] = json!(1);
        let error = api.refused(400, method, &path, body);
        assert_eq!(error, "BAD_REQUEST: request body.noSuchField: is not a field of this request <number>");
    }
    assert!(tried > 500, "{tried}");
    assert_eq!(touched(world(&mut api)), before);
}
