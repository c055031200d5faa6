//! The sandbox against the API's own description: every operation is in the routing table, every answer has the
//! described shape and nothing more, and every described bound of a request field is held.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

mod sandbox_support;

use std::collections::BTreeSet;

use housewright::sandbox::{Fate, ROUTES, Settings};
use sandbox_support::{Api, description, service_with};
use serde_json::{Value, json};

/// Methods of the description that are operations.
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

#[test]
fn the_routing_table_is_the_description() {
    let description = description();
    let mut described = BTreeSet::new();
    for (path, operations) in description["paths"].as_object().unwrap() {
        for method in METHODS {
            if let Some(id) = operations[method]["operationId"].as_str() {
                described.insert((method.to_ascii_uppercase(), path.clone(), id.to_owned()));
            }
        }
    }
    let routed: BTreeSet<_> = ROUTES
        .iter()
        .map(|route| (route.method.to_owned(), format!("/v1{}", route.path), route.operation.to_owned()))
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

/// Checks answers against the description, with objects closed: a member it does not know is an error.
struct Shapes {
    description: Value,
}

impl Shapes {
    fn new() -> Self {
        let mut description = description();
        close(&mut description["components"]["schemas"]);
        Self { description }
    }

    fn check(&self, operation: &str, status: u16, body: &Value) {
        let mut schema = self.response_schema(operation, status);
        close(&mut schema);
        schema["components"] = self.description["components"].clone();
        let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
        let errors: Vec<String> =
            validator.iter_errors(body).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{operation} {status}: {errors:#?}\n{body:#}");
    }

    fn response_schema(&self, operation: &str, status: u16) -> Value {
        let found = self.description["paths"].as_object().unwrap().values().find_map(|operations| {
            METHODS.iter().map(|method| &operations[*method]).find(|found| found["operationId"] == operation)
        });
        let found = found.unwrap_or_else(|| panic!("{operation} is not described"));
        found["responses"][status.to_string()]["content"]["application/json"]["schema"].clone()
    }
}

fn close(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            members.values_mut().for_each(close);
            if members.get("properties").is_some_and(Value::is_object) && !members.contains_key("additionalProperties")
            {
                members.insert("additionalProperties".to_owned(), Value::Bool(false));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
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
fn every_answer_of_a_built_operation_has_the_described_shape() {
    let shapes = Shapes::new();
    let (mut api, vertical, horizontal) = furnished();
    let mut covered = BTreeSet::new();
    let organization = api.sandbox.organization_id().to_string();
    let endpoint = json!({ "roles": ["sql_console_admin"], "openApiKeys": ["key"], "allowedOrigins": "a.example" });
    let of = |service: &str, rest: &str| format!("/organizations/{organization}/services/{service}{rest}");
    let scale = json!({ "autoscalingMode": "vertical", "numReplicas": 2 });
    let requests = [
        ("whoamiGet", "/whoami".to_owned(), Value::Null),
        ("organizationGetList", "/organizations".to_owned(), Value::Null),
        ("instancePrivateEndpointCreate", of(&vertical, "/privateEndpoint"), json!({ "id": "vpce-0123456789abcdef0" })),
        ("organizationGet", format!("/organizations/{organization}"), Value::Null),
        ("instanceGetList", format!("/organizations/{organization}/services"), Value::Null),
        ("instanceCreate", format!("/organizations/{organization}/services"), service_with(json!({}))),
        ("instanceGet", of(&vertical, ""), Value::Null),
        ("instanceGet", of(&horizontal, ""), Value::Null),
        ("instanceUpdate", of(&vertical, ""), json!({ "name": "renamed" })),
        ("instanceReplicaScalingUpdate", of(&vertical, "/replicaScaling"), json!({ "numReplicas": 5 })),
        ("instanceReplicaScalingUpdate", of(&horizontal, "/replicaScaling"), json!({ "idleScaling": false })),
        ("instanceReplicaScalingUpdate", of(&horizontal, "/replicaScaling"), scale),
        ("instanceScalingUpdate", of(&vertical, "/scaling"), json!({ "maxTotalMemoryGb": 360 })),
        ("instancePasswordUpdate", of(&vertical, "/password"), json!({})),
        ("backupConfigurationGet", of(&vertical, "/backupConfiguration"), Value::Null),
        ("backupConfigurationUpdate", of(&vertical, "/backupConfiguration"), json!({ "backupStartTime": "02:00" })),
        ("instanceQueryEndpointUpsert", of(&vertical, "/serviceQueryEndpoint"), endpoint),
        ("instanceQueryEndpointGet", of(&vertical, "/serviceQueryEndpoint"), Value::Null),
        ("instanceQueryEndpointDelete", of(&vertical, "/serviceQueryEndpoint"), Value::Null),
        ("instancePrivateEndpointConfigGet", of(&vertical, "/privateEndpointConfig"), Value::Null),
        ("instanceStateUpdate", of(&vertical, "/state"), json!({ "command": "stop" })),
    ];
    let mut run = |api: &mut Api, operation: &'static str, path: &str, body: &Value| {
        let route = ROUTES.iter().find(|route| route.operation == operation).unwrap();
        let response = api.raw(route.method, &format!("/v1{path}"), (!body.is_null()).then_some(body));
        assert_eq!(response.status, 200, "{operation}: {}", response.body_json());
        shapes.check(operation, 200, &response.body_json());
        covered.insert(operation);
    };
    for (operation, path, body) in &requests {
        run(&mut api, operation, path, body);
    }
    api.pass(60);
    run(&mut api, "instanceDelete", &of(&vertical, ""), &Value::Null);
    let built: BTreeSet<_> =
        ROUTES.iter().filter(|route| route.handler.is_some()).map(|route| route.operation).collect();
    assert_eq!(covered, built);

    let response = api.raw("DELETE", &format!("/v1{}", of(&horizontal, "")), None);
    assert_eq!(response.status, 409);
    shapes.check("instanceDelete", 400, &response.body_json());
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
    if schema["pattern"].is_string() {
        add(json!("two words"));
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
    let before = api.control("GET", "/world", Value::Null)["services"].clone();
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
    assert!(tried > 250, "{tried}");
    assert_eq!(api.control("GET", "/world", Value::Null)["services"], before);
}
