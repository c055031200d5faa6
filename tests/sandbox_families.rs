//! The official client drives a whole life of each family of operations against the sandbox as a server.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

mod sandbox_support;

use clickhouse_cloud_api::{Client, Error};
use housewright::sandbox::{Options, Sandbox, Server, ServerOptions, Settings, serve};
use sandbox_support::service_with;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// The result of a call that must succeed, as JSON.
macro_rules! shown {
    ($call:expr) => {
        serde_json::to_value($call.await.unwrap().result.unwrap()).unwrap()
    };
}
/// A server whose time stands still unless it is moved, with the client of its first key.
struct Cloud {
    server: Server,
    client: Client,
    organization: String,
}

impl Cloud {
    async fn new() -> Self {
        let mut settings = Settings::default();
        settings.organization.entitlements.snapshots = true;
        settings.organization.services_quota = Some(20);
        let sandbox = Sandbox::in_memory(Options { settings, ..Options::default() });
        let organization = sandbox.organization_id().to_string();
        let server = serve(sandbox, ServerOptions { speed: 0.0, ..ServerOptions::default() }).await.unwrap();
        let client = Client::with_base_url(server.base_url(), "sandbox", "sandbox");
        Self { server, client, organization }
    }

    async fn control(&self, method: reqwest::Method, path: &str, body: Value) -> Value {
        let url = format!("{}/_sandbox{path}", self.server.base_url());
        let response = reqwest::Client::new().request(method, url).json(&body).send().await.unwrap();
        assert_eq!(response.status(), 200);
        response.json().await.unwrap()
    }

    async fn pass(&self, seconds: u32) {
        self.control(reqwest::Method::POST, "/clock", json!({ "advanceSeconds": seconds })).await;
    }

    async fn running(&self) -> String {
        let created = shown!(self.client.instance_create(&self.organization, &body(service_with(json!({})))));
        self.pass(300).await;
        id(&created["service"])
    }
}

/// A body of the client's own type.
fn body<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

fn id(value: &Value) -> String {
    value["id"].as_str().unwrap_or_else(|| panic!("no id in {value}")).to_owned()
}

fn refused<T: std::fmt::Debug>(expected: u16, outcome: Result<T, Error>) -> String {
    match outcome {
        Err(Error::Api { status, message }) if status == expected => message,
        other => panic!("{expected} expected: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn organization_quotas_activities_and_cost() {
    let cloud = Cloud::new().await;
    let (client, organization) = (&cloud.client, cloud.organization.as_str());
    let whoami = shown!(client.whoami_get());
    assert_eq!((&whoami["actorType"], &whoami["organizationId"]), (&json!("apiKey"), &json!(organization)));
    let changed = shown!(client.organization_update(organization, &body(json!({ "name": "Ours" }))));
    assert_eq!(changed["name"], "Ours");
    assert_eq!(shown!(client.organization_get(organization))["name"], "Ours");
    let quotas = shown!(client.organization_quotas_get_list(organization));
    assert_eq!(quotas.as_array().unwrap().len(), 3);
    let quota = shown!(client.organization_quota_get(organization, "services-per-organization"));
    assert_eq!((&quota["value"], &quota["usage"]), (&json!(20), &json!(0)));
    refused(404, client.organization_quota_get(organization, "no-such-quota").await);
    let activities = shown!(client.activity_get_list(organization, None, None));
    assert_eq!(activities[0]["type"], "organization_update_name");
    assert_eq!(shown!(client.activity_get(organization, &id(&activities[0]))), activities[0]);
    cloud.running().await;
    cloud.pass(3600).await;
    let cost = shown!(client.usage_cost_get(organization, "2026-01-01", "2026-01-01", &[]));
    assert!(cost["grandTotalCHC"].as_f64().unwrap() > 0.0, "{cost}");
    cloud.server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_and_keys() {
    let cloud = Cloud::new().await;
    let (client, organization) = (&cloud.client, cloud.organization.as_str());
    let service = cloud.running().await;
    let policy = |permission: &str, resource: &str| json!({ "allowDeny": "ALLOW", "permissions": [permission], "resources": [resource] });
    let view = policy("control-plane:service:view", "instance/*");
    let request = body(json!({ "name": "reader", "actors": [], "policies": [view] }));
    let role = id(&shown!(client.organization_role_post(organization, &request)));
    let made =
        shown!(client.openapi_key_create(organization, &body(json!({ "name": "ci", "assignedRoleIds": [role] }))));
    let (key_id, secret) = (made["keyId"].as_str().unwrap(), made["keySecret"].as_str().unwrap());
    let key = id(&made["key"]);
    let reader = Client::with_base_url(cloud.server.base_url(), key_id, secret);
    assert_eq!(shown!(reader.instance_get(organization, &service))["name"], "orders");
    let message = refused(403, reader.instance_update(organization, &service, &body(json!({ "name": "x" }))).await);
    assert!(message.contains("control-plane:service:manage"), "{message}");

    let manage = policy("control-plane:service:manage", "instance/*");
    let change = json!({ "name": "writer", "actors": [format!("apiKey/{key}")], "policies": [manage] });
    shown!(client.organization_role_patch(organization, &role, &body(change)));
    shown!(reader.instance_update(organization, &service, &body(json!({ "name": "x" }))));
    refused(403, reader.instance_get(organization, &service).await);
    assert_eq!(shown!(client.organization_role_get(organization, &role))["name"], "writer");
    let roles = shown!(client.organization_roles_get_list(organization));
    assert_eq!(roles.as_array().unwrap().iter().filter(|role| role["type"] == "custom").count(), 1);

    assert_eq!(shown!(client.openapi_key_get_list(organization, None, None)).as_array().unwrap().len(), 2);
    let off = body(json!({ "name": "ci", "state": "disabled" }));
    assert_eq!(shown!(client.openapi_key_update(organization, &key, &off))["state"], "disabled");
    refused(401, reader.whoami_get().await);
    client.openapi_key_delete(organization, &key).await.unwrap();
    refused(404, client.openapi_key_get(organization, &key).await);
    client.organization_role_delete(organization, &role).await.unwrap();
    refused(404, client.organization_role_get(organization, &role).await);
    cloud.server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn invitations_and_members() {
    let cloud = Cloud::new().await;
    let (client, organization) = (&cloud.client, cloud.organization.as_str());
    let request = body(json!({ "email": "ada@example.com", "role": "developer" }));
    let invitation = id(&shown!(client.invitation_create(organization, &request)));
    assert_eq!(shown!(client.invitation_get_list(organization)).as_array().unwrap().len(), 1);
    assert_eq!(shown!(client.invitation_get(organization, &invitation))["email"], "ada@example.com");
    let accept = format!("/invitations/{invitation}/accept");
    let member = cloud.control(reqwest::Method::POST, &accept, json!({ "name": "Ada" })).await;
    refused(404, client.invitation_get(organization, &invitation).await);
    let member = member["userId"].as_str().unwrap();
    assert_eq!(shown!(client.member_get(organization, member))["role"], "developer");
    let admin = shown!(client.member_update(organization, member, &body(json!({ "role": "admin" }))));
    assert_eq!(admin["assignedRoles"][0]["roleName"], "Admin");
    client.member_delete(organization, member).await.unwrap();
    assert_eq!(shown!(client.member_get_list(organization)).as_array().unwrap().len(), 1);
    let again = id(&shown!(client.invitation_create(organization, &body(json!({ "email": "b@example.com" })))));
    client.invitation_delete(organization, &again).await.unwrap();
    cloud.server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn schedule_window_settings_and_routing() {
    let cloud = Cloud::new().await;
    let (client, organization) = (&cloud.client, cloud.organization.as_str());
    let service = cloud.running().await;
    let service = service.as_str();

    refused(404, client.scaling_schedule_get(organization, service).await);
    let entry =
        json!({ "name": "day", "weekdays": [1, 2, 3, 4, 5], "startHourUtc": 8, "endHourUtc": 18, "numReplicas": 5 });
    let made = shown!(client.scaling_schedule_upsert(organization, service, &body(json!({ "entries": [entry] }))));
    assert_eq!(made["entries"][0]["maxReplicas"], 5);
    assert_eq!(shown!(client.scaling_schedule_get(organization, service))["entries"], made["entries"]);
    client.scaling_schedule_delete(organization, service).await.unwrap();
    refused(404, client.scaling_schedule_get(organization, service).await);

    refused(404, client.upgrade_window_get(organization, service).await);
    let window = body(json!({ "weekday": 2, "startHourUtc": 6 }));
    assert_eq!(shown!(client.upgrade_window_update(organization, service, &window))["duration"], 6);
    assert_eq!(shown!(client.upgrade_window_get(organization, service))["weekday"], 2);
    client.upgrade_window_delete(organization, service).await.unwrap();

    let schema = shown!(client.service_clickhouse_settings_schema_get(organization, service));
    assert!(schema["settings"].as_array().unwrap().iter().any(|entry| entry["name"] == "max_threads"));
    let request: clickhouse_cloud_api::models::ServiceClickhouseSettingsPatchRequest<Value> =
        clickhouse_cloud_api::models::ServiceClickhouseSettingsPatchRequest {
            settings: Some(json!({ "max_threads": 4 })),
        };
    shown!(client.service_clickhouse_settings_update(organization, service, &request));
    assert_eq!(shown!(client.service_clickhouse_setting_get(organization, service, "max_threads"))["value"], 4);
    client.service_clickhouse_setting_delete(organization, service, "max_threads").await.unwrap();
    let list = shown!(client.service_clickhouse_settings_list_get(organization, service));
    assert_eq!(list["settings"], json!([]));

    let on = body(json!({ "httpEnabled": true }));
    assert_eq!(shown!(client.replica_aware_routing_update(organization, service, &on))["httpEnabled"], true);
    assert_eq!(shown!(client.replica_aware_routing_get(organization, service))["nativeEnabled"], false);
    let metrics = client.instance_prometheus_get(organization, service, Some("true")).await.unwrap();
    assert!(metrics.contains(service), "{metrics}");
    assert_eq!(client.organization_prometheus_discovery_get(organization, None).await.unwrap().len(), 1);
    cloud.server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn backups_bucket_and_snapshots() {
    let cloud = Cloud::new().await;
    let (client, organization) = (&cloud.client, cloud.organization.as_str());
    let service = cloud.running().await;
    let service = service.as_str();
    let often = body(json!({ "backupPeriodInHours": 12, "backupRetentionPeriodInHours": 48 }));
    let configuration = shown!(client.backup_configuration_update(organization, service, &often));
    assert_eq!(configuration["backupPeriodInHours"], 12.0);
    assert_eq!(shown!(client.backup_configuration_get(organization, service)), configuration);
    let made = cloud.control(reqwest::Method::POST, &format!("/services/{service}/backups"), json!({})).await;
    let backup = shown!(client.backup_get(organization, service, &id(&made)));
    assert_eq!(backup["status"], "done");
    assert!(shown!(client.backup_get_list(organization, service)).as_array().unwrap().contains(&backup));
    let mut restored = service_with(json!({ "name": "restored" }));
    restored["backupId"] = made["id"].clone();
    shown!(client.instance_create(organization, &body(restored)));

    let bucket = json!({ "bucketProvider": "AWS", "bucketPath": "s3://b", "iamRoleArn": "arn:aws:iam::1:role/r" });
    shown!(client.backup_bucket_create(organization, service, &body(bucket)));
    let change = json!({ "bucketProvider": "AWS", "bucketPath": "s3://c", "iamRoleArn": "arn:aws:iam::1:role/r" });
    shown!(client.backup_bucket_update(organization, service, &body(change)));
    assert_eq!(shown!(client.backup_bucket_get(organization, service))["bucketPath"], "s3://c");
    client.backup_bucket_delete(organization, service).await.unwrap();
    refused(404, client.backup_bucket_get(organization, service).await);

    let on = body(json!({ "enabled": true, "gap": 30.0, "timeFrame": 1440.0 }));
    shown!(client.snapshot_configuration_update(organization, service, &on));
    assert_eq!(shown!(client.snapshot_configuration_get(organization, service))["enabled"], true);
    cloud.pass(3700).await;
    let snapshots = shown!(client.snapshot_get_list(organization, service, None, None));
    assert_eq!(snapshots.as_array().unwrap().len(), 2);
    assert_eq!(shown!(client.snapshot_get(organization, service, &id(&snapshots[1])))["status"], "done");
    cloud.server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn query_and_private_endpoints() {
    let cloud = Cloud::new().await;
    let (client, organization) = (&cloud.client, cloud.organization.as_str());
    let service = cloud.running().await;
    let service = service.as_str();
    let request = body(json!({ "roles": ["sql_console_admin"], "openApiKeys": ["key"] }));
    let endpoint = shown!(client.instance_query_endpoint_upsert(organization, service, &request));
    assert_eq!(shown!(client.instance_query_endpoint_get(organization, service)), endpoint);
    client.instance_query_endpoint_delete(organization, service).await.unwrap();
    refused(404, client.instance_query_endpoint_get(organization, service).await);
    let config = shown!(client.instance_private_endpoint_config_get(organization, service));
    assert!(config["endpointServiceId"].as_str().unwrap().starts_with("com.amazonaws.vpce."), "{config}");
    let request = body(json!({ "id": "vpce-0123456789abcdef0", "description": "ours" }));
    shown!(client.instance_private_endpoint_create(organization, service, &request));
    let remove = body(json!({ "privateEndpointIds": { "add": [], "remove": ["vpce-0123456789abcdef0"] } }));
    let left = shown!(client.instance_update(organization, service, &remove));
    assert_eq!(left["availablePrivateEndpointIds"], json!(["vpce-0123456789abcdef0"]));
    let password = shown!(client.instance_password_update(organization, service, &body(json!({}))));
    assert!(password["password"].is_string(), "{password}");
    cloud.server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn byoc() {
    let cloud = Cloud::new().await;
    let (client, organization) = (&cloud.client, cloud.organization.as_str());
    let place = json!({ "regionId": "us-east-1", "accountId": "123456789012", "displayName": "ours" });
    let mut preflight = place.clone();
    preflight.as_object_mut().unwrap().remove("displayName");
    let checks = shown!(client.organization_byoc_infrastructure_validate(organization, &body(preflight)));
    assert_eq!(checks["allPassed"], true);
    let made = shown!(client.organization_byoc_infrastructure_create(organization, &body(place)));
    assert_eq!(made["state"], "infra-provisioning");
    let infrastructure = id(&made);
    let infrastructure = infrastructure.as_str();
    let progress = shown!(client.organization_byoc_infrastructure_progress_get(organization, infrastructure));
    assert_eq!(progress["status"], "in_progress");
    cloud.pass(2400).await;
    let details = shown!(client.organization_byoc_infrastructure_get(organization, infrastructure));
    assert_eq!((&details["state"], &details["enablePublicLoadBalancer"]), (&json!("infra-ready"), &json!(true)));
    let change = json!({ "enablePrivateLoadBalancer": true, "enablePrivateLink": true, "tags": { "team": "data" } });
    shown!(client.organization_byoc_infrastructure_update(organization, infrastructure, &body(change)));
    let tags = shown!(client.organization_byoc_infrastructure_tags_get(organization, infrastructure));
    assert_eq!(tags["tags"]["team"], "data");
    let early = client.organization_byoc_infrastructure_private_endpoint_config_get(organization, infrastructure).await;
    refused(404, early);
    cloud.pass(120).await;
    let endpoint = client.organization_byoc_infrastructure_private_endpoint_config_get(organization, infrastructure);
    assert!(shown!(endpoint)["endpointName"].is_string());
    let profiles = shown!(client.service_profiles_list(organization, None, Some(infrastructure)));
    assert_eq!(profiles.as_array().unwrap().len(), 4);
    let request = service_with(json!({ "byocId": infrastructure, "region": "us-east-1", "minReplicaMemoryGb": 48,
        "maxReplicaMemoryGb": 48 }));
    let service = id(&shown!(client.instance_create(organization, &body(request)))["service"]);
    refused(409, client.organization_byoc_infrastructure_delete(organization, infrastructure).await);
    client.instance_delete(organization, &service).await.unwrap();
    cloud.pass(60).await;
    client.organization_byoc_infrastructure_delete(organization, infrastructure).await.unwrap();
    cloud.pass(1800).await;
    let listed = shown!(client.organization_get(organization));
    assert_eq!(listed["byocConfig"][0]["state"], "infra-terminated");
    cloud.server.stop().await.unwrap();
}
