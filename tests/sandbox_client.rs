//! The official client against the sandbox as a server on a loopback port.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

mod sandbox_support;

use std::time::Duration;

use clickhouse_cloud_api::models::{
    IpAccessListEntry, Service, ServicePostRequest, ServicePostRequestProvider, ServicePostRequestRegion, ServiceState,
    ServiceStatePatchRequest, ServiceStatePatchRequestCommand,
};
use clickhouse_cloud_api::{Client, Error};
use housewright::sandbox::{Options, Sandbox, Server, ServerOptions, serve};
use serde_json::{Value, json};

/// A sandbox whose time stands still unless it is told to move.
async fn server(speed: f64) -> (Server, Client, String) {
    let sandbox = Sandbox::in_memory(Options::default());
    let organization = sandbox.organization_id().to_string();
    let server = serve(sandbox, ServerOptions { speed, ..ServerOptions::default() }).await.unwrap();
    let client = Client::with_base_url(server.base_url(), "sandbox", "sandbox");
    (server, client, organization)
}

async fn control(server: &Server, method: reqwest::Method, path: &str, body: Value) -> Value {
    let url = format!("{}/_sandbox{path}", server.base_url());
    let response = reqwest::Client::new().request(method, url).json(&body).send().await.unwrap();
    assert_eq!(response.status(), 200);
    response.json().await.unwrap()
}

async fn advance(server: &Server, seconds: u32) {
    control(server, reqwest::Method::POST, "/clock", json!({ "advanceSeconds": seconds })).await;
}

fn request() -> ServicePostRequest {
    ServicePostRequest {
        name: "orders".to_owned(),
        provider: ServicePostRequestProvider::Aws,
        region: ServicePostRequestRegion::Eu_central_1,
        ip_access_list: vec![IpAccessListEntry { source: "10.0.0.0/8".to_owned(), description: None }],
        min_replica_memory_gb: Some(16.0),
        max_replica_memory_gb: Some(64.0),
        num_replicas: Some(2),
        ..ServicePostRequest::default()
    }
}

async fn read(client: &Client, organization: &str, id: &str) -> Service {
    client.instance_get(organization, id).await.unwrap().result.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_official_client_creates_scales_stops_and_deletes_a_service() {
    let (server, client, organization) = server(0.0).await;
    let organizations = client.organization_get_list(None, None).await.unwrap().result.unwrap();
    assert_eq!(organizations[0].id.unwrap().to_string(), organization);

    let created = client.instance_create(&organization, &request()).await.unwrap().result.unwrap();
    assert!(created.password.is_some());
    let service = created.service.unwrap();
    assert_eq!(service.state, Some(ServiceState::Provisioning));
    let id = service.id.unwrap().to_string();
    advance(&server, 300).await;
    let service = read(&client, &organization, &id).await;
    assert_eq!(service.state, Some(ServiceState::Running));
    assert_eq!((service.min_replica_memory_gb, service.num_replicas), (Some(16.0), Some(2)));

    let scaling = serde_json::from_value(json!({ "numReplicas": 4, "maxReplicaMemoryGb": 120.0 })).unwrap();
    client.instance_replica_scaling_update(&organization, &id, &scaling).await.unwrap();
    let service = read(&client, &organization, &id).await;
    assert_eq!((service.max_replica_memory_gb, service.num_replicas), (Some(120.0), Some(4)));

    match client.instance_delete(&organization, &id).await {
        Err(Error::Api { status: 409, message }) => assert!(message.ends_with("Current state: 'running'"), "{message}"),
        other => panic!("{other:?}"),
    }
    let stop = ServiceStatePatchRequest { command: Some(ServiceStatePatchRequestCommand::Stop) };
    let service = client.instance_state_update(&organization, &id, &stop).await.unwrap().result.unwrap();
    assert_eq!(service.state, Some(ServiceState::Stopping));
    advance(&server, 60).await;
    client.instance_delete(&organization, &id).await.unwrap();
    advance(&server, 60).await;
    match client.instance_get(&organization, &id).await {
        Err(Error::Api { status: 404, message }) => assert!(message.starts_with("NOT_FOUND: "), "{message}"),
        other => panic!("{other:?}"),
    }
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn time_runs_at_the_speed_the_header_tells() {
    let (server, client, organization) = server(30_000.0).await;
    let response = reqwest::Client::new().get(format!("{}/v1/whoami", server.base_url())).send().await.unwrap();
    assert_eq!(response.status(), 401);
    assert_eq!(response.headers()["x-sandbox-speed"], "30000");
    let created = client.instance_create(&organization, &request()).await.unwrap().result.unwrap();
    let id = created.service.unwrap().id.unwrap().to_string();
    tokio::time::timeout(Duration::from_secs(20), async {
        while read(&client, &organization, &id).await.state != Some(ServiceState::Running) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .unwrap();
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_requests_in_flight_all_succeed() {
    let directory = tempfile::tempdir().unwrap();
    let options = Options { snapshot_every: 50, ..Options::default() };
    let sandbox = Sandbox::open(directory.path(), options.clone()).unwrap();
    let organization = sandbox.organization_id().to_string();
    let server = serve(sandbox, ServerOptions::default()).await.unwrap();
    let client = Client::with_base_url(server.base_url(), "sandbox", "sandbox");
    let requests: Vec<_> = (0..200)
        .map(|_| {
            let (client, organization) = (client.clone(), organization.clone());
            tokio::spawn(async move { client.instance_create(&organization, &request()).await })
        })
        .collect();
    for request in requests {
        request.await.unwrap().unwrap();
    }
    let list = client.instance_get_list(&organization, &[]).await.unwrap().result.unwrap();
    assert_eq!(list.len(), 200);
    server.stop().await.unwrap();
    let sandbox = Sandbox::open(directory.path(), options).unwrap();
    assert_eq!(sandbox.status().services.len(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_answer_is_a_broken_connection_and_the_request_took_effect() {
    let (server, client, organization) = server(0.0).await;
    let fault = json!({ "method": "POST", "effect": { "drop": { "when": "after" } } });
    control(&server, reqwest::Method::POST, "/faults", fault).await;
    match client.instance_create(&organization, &request()).await {
        Err(Error::Http(_)) => {}
        other => panic!("{other:?}"),
    }
    let list = client.instance_get_list(&organization, &[]).await.unwrap().result.unwrap();
    assert_eq!(list.len(), 1);
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_api_request_is_refused_in_the_envelope() {
    let (server, _, organization) = server(0.0).await;
    let http = reqwest::Client::new();
    let url = format!("{}/v1/organizations/{organization}/services", server.base_url());
    let large = vec![b'x'; 2 * 1024 * 1024];
    for (request, status) in [
        (http.post(&url).body(large), 413),
        (http.post(&url).body("{"), 400),
        (http.request(reqwest::Method::OPTIONS, &url), 404),
        (http.get(format!("{}/nothing", server.base_url())), 404),
    ] {
        let response = request.basic_auth("sandbox", Some("sandbox")).send().await.unwrap();
        assert_eq!(response.status(), status);
        let body: Value = response.json().await.unwrap();
        assert_eq!(body["status"], status);
        assert!(body["requestId"].is_string() && body["error"].is_string(), "{body}");
    }
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn time_goes_on_from_where_it_was_moved_to() {
    let (server, _, _) = server(1_000.0).await;
    advance(&server, 1_000_000).await;
    let now = |clock: &Value| clock["now"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let first = now(&control(&server, reqwest::Method::GET, "/clock", json!({})).await);
    tokio::time::sleep(Duration::from_millis(20)).await;
    let second = now(&control(&server, reqwest::Method::GET, "/clock", json!({})).await);
    assert!(second.duration_since(first).as_secs() >= 10, "{first} {second}");
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn control_endpoints_are_for_the_own_machine_only() {
    let sandbox = Sandbox::in_memory(Options::default());
    let options = ServerOptions { address: "0.0.0.0:0".parse().unwrap(), ..ServerOptions::default() };
    let server = serve(sandbox, options).await.unwrap();
    let base = format!("http://127.0.0.1:{}", server.address().port());
    let status = async |path: &str| reqwest::get(format!("{base}{path}")).await.unwrap().status();
    assert_eq!(status("/_sandbox/world").await, 403);
    assert_eq!(status("/v1/whoami").await, 401);
    server.stop().await.unwrap();
}

#[tokio::test]
async fn a_senseless_speed_or_a_taken_address_is_reported() {
    let sandbox = || Sandbox::in_memory(Options::default());
    for speed in [-1.0, f64::NAN, f64::INFINITY] {
        let error = serve(sandbox(), ServerOptions { speed, ..ServerOptions::default() }).await.unwrap_err();
        assert!(error.to_string().starts_with("the speed must be a number from 0 up"), "{error}");
    }
    let server = serve(sandbox(), ServerOptions::default()).await.unwrap();
    let options = ServerOptions { address: server.address(), ..ServerOptions::default() };
    let error = serve(sandbox(), options).await.unwrap_err();
    assert!(error.to_string().starts_with("cannot listen on 127.0.0.1:"), "{error}");
    server.stop().await.unwrap();
}
