//! Failures on demand: which requests they strike, and what becomes of the answer.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

mod sandbox_support;

use std::time::{Duration, Instant};

use housewright::sandbox::{Options, RateLimit, Sandbox, ServerOptions, serve};
use sandbox_support::{Api, service_with};
use serde_json::{Value, json};

const NONE: Value = Value::Null;

#[test]
fn a_fault_strikes_its_operation_only() {
    let mut api = Api::new();
    let id = api.running(json!({}));
    api.control("POST", "/faults", json!({ "operation": "instanceGet", "effect": { "answer": { "status": 500 } } }));
    api.ok("GET", "/services", NONE);
    assert_eq!(api.call("GET", &format!("/services/{id}"), NONE).0, 500);
    assert_eq!(api.call("GET", &format!("/services/{id}"), NONE).0, 200);
    let wrong = json!({ "operation": "noSuch", "effect": "truncate" });
    assert_eq!(api.raw("POST", "/_sandbox/faults", Some(&wrong)).status, 400);
}

#[test]
fn a_probability_strikes_its_part_and_the_same_requests_each_time() {
    let storm = || {
        let mut api = Api::new();
        let fault = json!({ "probability": 0.3, "times": null, "effect": { "answer": { "status": 503 } } });
        api.control("POST", "/faults", fault);
        (0..1000).map(|_| api.call("GET", "/services", NONE).0).collect::<Vec<u16>>()
    };
    let statuses = storm();
    let struck = statuses.iter().filter(|status| **status == 503).count();
    assert!((230..=370).contains(&struck), "{struck}");
    assert_eq!(statuses, storm());
    for probability in [0.0, -1.0, 1.5] {
        let fault = json!({ "probability": probability, "effect": "truncate" });
        assert_eq!(Api::new().raw("POST", "/_sandbox/faults", Some(&fault)).status, 400);
    }
}

#[test]
fn a_truncated_answer_has_taken_effect_and_is_no_json() {
    let mut api = Api::new();
    api.control("POST", "/faults", json!({ "method": "POST", "effect": "truncate" }));
    let path = format!("/v1/organizations/{}/services", api.sandbox.organization_id());
    let response = api.raw("POST", &path, Some(&service_with(json!({}))));
    assert_eq!(response.status, 200);
    assert!(serde_json::from_slice::<Value>(&response.body).is_err());
    assert_eq!(api.ok("GET", "/services", NONE).as_array().unwrap().len(), 1);
}

#[test]
fn a_fault_can_say_that_there_were_too_many_requests() {
    let mut api = Api::new();
    api.control("POST", "/faults", json!({ "effect": { "rateLimited": { "resetSeconds": 7 } } }));
    let path = format!("/v1/organizations/{}/services", api.sandbox.organization_id());
    let response = api.raw("POST", &path, Some(&service_with(json!({}))));
    assert_eq!(response.status, 429);
    assert!(response.headers.contains(&("x-ratelimit-reset".to_owned(), "7".to_owned())));
    assert_eq!(api.ok("GET", "/services", NONE), json!([]));
}

#[test]
fn one_request_too_many_is_refused_recorded_and_remembered_as_such() {
    let directory = tempfile::tempdir().unwrap();
    let open = || Sandbox::open(directory.path(), Options::default()).unwrap();
    let mut api = Api::over(open());
    api.sandbox.limit(Some(RateLimit::default()));
    let statuses: Vec<u16> = (0..12).map(|_| api.call("POST", "/services", service_with(json!({}))).0).collect();
    assert_eq!(statuses, [[200; 10].as_slice(), &[429; 2]].concat());
    let world = api.control("GET", "/world", NONE);
    assert_eq!(world["services"].as_object().unwrap().len(), 10);
    assert_eq!(world["requests"].as_array().unwrap().len(), 12);
    api.pass(10);
    assert_eq!(api.call("GET", "/services", NONE).0, 200);
    let before = api.sandbox.world_json();
    drop(api);
    assert_eq!(open().world_json(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_answer_holds_up_nobody_else() {
    let server = serve(Sandbox::in_memory(Options::default()), ServerOptions::default()).await.unwrap();
    let (base, http) = (server.base_url(), reqwest::Client::new());
    let fault = json!({ "operation": "whoamiGet", "effect": { "latency": { "milliseconds": 700 } } });
    http.post(format!("{base}/_sandbox/faults")).json(&fault).send().await.unwrap();
    let get = async |path: &str| {
        let begin = Instant::now();
        let response = http.get(format!("{base}{path}")).basic_auth("sandbox", Some("sandbox")).send().await.unwrap();
        assert_eq!(response.status(), 200);
        begin.elapsed()
    };
    let (late, other) = tokio::join!(get("/v1/whoami"), async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        get("/v1/organizations").await
    });
    assert!(late >= Duration::from_millis(700), "{late:?}");
    assert!(other < late, "{other:?} {late:?}");
    server.stop().await.unwrap();
}
