//! How services live: states, their durations, scaling, deletion, and what faults make of it.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

mod sandbox_support;

use sandbox_support::Api;
use serde_json::{Value, json};

fn state_command(api: &mut Api, id: &str, command: &str) -> Value {
    api.ok("PATCH", &format!("/services/{id}/state"), json!({ "command": command }))
}

#[test]
fn a_new_service_is_provisioning_then_running_and_its_password_comes_once() {
    let mut api = Api::new();
    let result = api.ok("POST", "/services", sandbox_support::service_with(json!({})));
    assert_eq!(result["service"]["state"], "provisioning");
    let password = result["password"].as_str().unwrap().to_owned();
    assert!(password.len() >= 12, "{password}");
    let id = result["service"]["id"].as_str().unwrap().to_owned();
    api.pass(299);
    assert_eq!(api.state(&id), "provisioning");
    api.pass(1);
    assert_eq!(api.state(&id), "running");
    let world = api.control("GET", "/world", Value::Null).to_string();
    assert!(!world.contains(&password));
}

#[test]
fn stop_and_start_pass_through_their_transitional_states() {
    let mut api = Api::new();
    let id = api.running(json!({}));
    assert_eq!(state_command(&mut api, &id, "stop")["state"], "stopping");
    assert_eq!(state_command(&mut api, &id, "stop")["state"], "stopping");
    api.pass(60);
    assert_eq!(api.state(&id), "stopped");
    let error = api.refused(409, "PATCH", &format!("/services/{id}/state"), json!({ "command": "awake" }));
    assert_eq!(error, "CONFLICT: Instance cannot be awakened. Current state: 'stopped'");
    assert_eq!(state_command(&mut api, &id, "start")["state"], "starting");
    api.pass(150);
    assert_eq!(api.state(&id), "running");
    assert_eq!(state_command(&mut api, &id, "awake")["state"], "running");
}

#[test]
fn an_idle_service_wakes_on_awake_and_not_on_start() {
    let mut api = Api::new();
    let id = api.running(json!({}));
    let forced = api.control("PATCH", &format!("/services/{id}"), json!({ "state": "idle" }));
    assert_eq!(forced["state"], "idle");
    assert_eq!(state_command(&mut api, &id, "start")["state"], "idle");
    assert_eq!(state_command(&mut api, &id, "awake")["state"], "awaking");
    api.pass(150);
    assert_eq!(api.state(&id), "running");
}

#[test]
fn a_running_service_cannot_be_deleted_and_a_stopped_one_is_gone_after_a_while() {
    let mut api = Api::new();
    let id = api.running(json!({}));
    let error = api.refused(409, "DELETE", &format!("/services/{id}"), Value::Null);
    assert_eq!(
        error,
        "CONFLICT: Only instance in one of the following states: 'provisioning','starting','awaking','idle',\
         'stopped','degraded','failed' can be terminated. Current state: 'running'"
    );
    state_command(&mut api, &id, "stop");
    api.pass(60);
    let (status, answer) = api.call("DELETE", &format!("/services/{id}"), Value::Null);
    assert_eq!(status, 200);
    assert!(answer.get("result").is_none(), "{answer}");
    assert_eq!(api.state(&id), "terminating");
    api.refused(409, "DELETE", &format!("/services/{id}"), Value::Null);
    api.refused(409, "PATCH", &format!("/services/{id}"), json!({ "name": "late" }));
    api.pass(60);
    assert!(api.refused(404, "GET", &format!("/services/{id}"), Value::Null).starts_with("NOT_FOUND: "));
    assert_eq!(api.sandbox.next_event(), None);
}

#[test]
fn every_state_that_can_be_deleted_is_and_no_other() {
    let deletable = ["provisioning", "starting", "awaking", "idle", "stopped", "degraded", "failed"];
    let others =
        ["running", "stopping", "partially_running", "terminating", "softdeleting", "terminated", "softdeleted"];
    for state in deletable.iter().chain(&others) {
        let mut api = Api::new();
        let id = api.running(json!({}));
        api.control("PATCH", &format!("/services/{id}"), json!({ "state": state }));
        let (status, _) = api.call("DELETE", &format!("/services/{id}"), Value::Null);
        assert_eq!(status, if deletable.contains(state) { 200 } else { 409 }, "{state}");
    }
}

#[test]
fn a_primary_outlives_its_secondaries() {
    let mut api = Api::new();
    let primary = api.stopped(json!({}));
    let warehouse = api.get(&primary)["dataWarehouseId"].clone();
    let secondary = api.stopped(json!({ "dataWarehouseId": warehouse, "isReadonly": true }));
    let service = api.get(&secondary);
    assert_eq!((&service["isPrimary"], &service["isReadonly"]), (&json!(false), &json!(true)));
    assert_eq!(service["dataWarehouseId"], warehouse);
    let error = api.refused(409, "DELETE", &format!("/services/{primary}"), Value::Null);
    assert_eq!(error, "CONFLICT: service has dependent resources");
    api.ok("DELETE", &format!("/services/{secondary}"), Value::Null);
    api.refused(409, "DELETE", &format!("/services/{primary}"), Value::Null);
    api.pass(60);
    api.ok("DELETE", &format!("/services/{primary}"), Value::Null);
    let late = sandbox_support::service_with(json!({ "dataWarehouseId": warehouse }));
    assert!(api.refused(400, "POST", "/services", late).contains("is not a data warehouse"));
}

#[test]
fn a_running_service_gets_its_new_replicas_after_a_while_and_the_newest_request_wins() {
    let mut api = Api::new();
    let id = api.running(json!({}));
    let path = format!("/services/{id}/replicaScaling");
    let service = api.ok("PATCH", &path, json!({ "numReplicas": 5 }));
    assert_eq!((&service["state"], &service["numReplicas"]), (&json!("running"), &json!(5)));
    assert_eq!(service["currentScaling"]["effectiveMinReplicas"], 5);
    api.pass(300);
    api.ok("PATCH", &path, json!({ "numReplicas": 2, "minReplicaMemoryGb": 32 }));
    api.pass(599);
    api.get(&id);
    assert_eq!(api.sandbox.status().services[0].replicas, 3);
    api.pass(1);
    api.get(&id);
    let status = api.sandbox.status();
    assert_eq!((status.services[0].replicas, status.services[0].memory_gb), (2, 32));
}

#[test]
fn a_stopped_service_takes_its_new_size_over_when_it_starts_and_an_idle_one_at_once() {
    let mut api = Api::new();
    let id = api.stopped(json!({}));
    let service = api.ok("PATCH", &format!("/services/{id}/replicaScaling"), json!({ "numReplicas": 1 }));
    assert_eq!((&service["numReplicas"], &service["currentScaling"]["effectiveMaxReplicas"]), (&json!(1), &json!(3)));
    let service = state_command(&mut api, &id, "start");
    assert_eq!(service["currentScaling"]["effectiveMaxReplicas"], 1);
    api.pass(150);
    api.get(&id);
    assert_eq!(api.sandbox.status().services[0].replicas, 1);

    api.control("PATCH", &format!("/services/{id}"), json!({ "state": "idle" }));
    let service = api.ok("PATCH", &format!("/services/{id}/replicaScaling"), json!({ "numReplicas": 4 }));
    assert_eq!((&service["state"], &service["currentScaling"]["effectiveMaxReplicas"]), (&json!("idle"), &json!(4)));
}

#[test]
fn stopping_ends_what_was_being_scaled() {
    let mut api = Api::new();
    let id = api.running(json!({}));
    api.ok("PATCH", &format!("/services/{id}/replicaScaling"), json!({ "numReplicas": 5 }));
    state_command(&mut api, &id, "stop");
    api.pass(60);
    assert_eq!(api.state(&id), "stopped");
    assert_eq!(api.sandbox.next_event(), None);
    state_command(&mut api, &id, "start");
    api.pass(150);
    api.get(&id);
    assert_eq!(api.sandbox.status().services[0].replicas, 5);
}

#[test]
fn scaling_back_before_the_replicas_came_leaves_nothing_to_do() {
    let mut api = Api::new();
    let id = api.running(json!({}));
    let path = format!("/services/{id}/replicaScaling");
    api.ok("PATCH", &path, json!({ "numReplicas": 5 }));
    assert!(api.sandbox.next_event().is_some());
    api.ok("PATCH", &path, json!({ "numReplicas": 3 }));
    assert_eq!(api.sandbox.next_event(), None);
}

#[test]
fn scaling_waits_until_a_service_has_been_set_up() {
    let mut api = Api::new();
    let id = api.create(json!({}));
    for (path, body) in [
        ("replicaScaling", json!({ "numReplicas": 4 })),
        ("state", json!({ "command": "stop" })),
        ("password", json!({})),
    ] {
        let error = api.refused(409, "PATCH", &format!("/services/{id}/{path}"), body);
        assert!(error.ends_with("Current state: 'provisioning'"), "{error}");
    }
    api.pass(300);
    let result = api.ok("PATCH", &format!("/services/{id}/password"), json!({}));
    assert!(result["password"].is_string());
}

#[test]
fn provisioning_can_fail_degrade_or_never_end() {
    for (becomes, expected) in [("failed", "failed"), ("degraded", "degraded"), ("stuck", "provisioning")] {
        let mut api = Api::new();
        let effect = json!({ "provisioning": { "becomes": becomes, "name": "bad" } });
        api.control("POST", "/faults", json!({ "effect": effect }));
        let awake = |name: &str| json!({ "name": name, "idleScaling": false });
        let good = api.create(awake("good"));
        let bad = api.create(awake("a bad one"));
        let next = api.create(awake("another bad one"));
        api.pass(100_000);
        assert_eq!(api.state(&good), "running");
        assert_eq!(api.state(&bad), expected);
        assert_eq!(api.state(&next), "running");
        api.ok("DELETE", &format!("/services/{bad}"), Value::Null);
    }
}

#[test]
fn a_fault_before_has_no_effect_and_one_after_has() {
    let mut api = Api::new();
    for (when, services) in [("before", 0), ("after", 1)] {
        let effect = json!({ "answer": { "when": when, "status": 503, "error": "SERVICE_UNAVAILABLE: come back",
            "headers": { "Retry-After": "3" } } });
        api.control("POST", "/faults", json!({ "method": "post", "pathPrefix": "/v1/", "effect": effect }));
        let path = format!("/v1/organizations/{}/services", api.sandbox.organization_id());
        let response = api.raw("POST", &path, Some(&sandbox_support::service_with(json!({}))));
        assert_eq!(response.status, 503);
        assert_eq!(response.body_json()["error"], "SERVICE_UNAVAILABLE: come back");
        assert!(response.headers.contains(&("retry-after".to_owned(), "3".to_owned())));
        let list = api.ok("GET", "/services", Value::Null);
        assert_eq!(list.as_array().unwrap().len(), services);
    }
    assert_eq!(api.control("GET", "/faults", Value::Null), json!([]));
}

#[test]
fn a_dropped_answer_and_an_html_one_and_a_late_delete() {
    let mut api = Api::new();
    let id = api.stopped(json!({}));
    api.control("POST", "/faults", json!({ "effect": { "drop": { "when": "after" } }, "times": 1 }));
    let path = format!("/v1/organizations/{}/services/{id}", api.sandbox.organization_id());
    assert!(api.raw("PATCH", &path, Some(&json!({ "name": "renamed" }))).dropped);
    assert_eq!(api.get(&id)["name"], "renamed");

    let effect = json!({ "answer": { "status": 502, "html": "<h1>Bad Gateway</h1>" } });
    api.control("POST", "/faults", json!({ "effect": effect }));
    let response = api.raw("GET", &path, None);
    assert_eq!((response.status, &response.body[..]), (502, &b"<h1>Bad Gateway</h1>"[..]));

    api.control("POST", "/faults", json!({ "effect": "deleteConflict", "times": 2 }));
    for _ in 0..2 {
        let error = api.refused(409, "DELETE", &format!("/services/{id}"), Value::Null);
        assert!(error.ends_with("Current state: 'stopping'"), "{error}");
        assert_eq!(api.state(&id), "stopped");
    }
    api.ok("DELETE", &format!("/services/{id}"), Value::Null);
}

#[test]
fn shuffled_lists_hold_the_same_things() {
    let mut api = Api::new();
    let sources: Vec<Value> = (1..9).map(|n| json!({ "source": format!("10.0.0.{n}") })).collect();
    let id = api.create(json!({ "ipAccessList": sources }));
    let plain = api.get(&id)["ipAccessList"].clone();
    api.control("POST", "/faults", json!({ "effect": "shuffleLists", "times": null }));
    let orders: Vec<Value> = (0..5).map(|_| api.get(&id)["ipAccessList"].clone()).collect();
    assert!(orders.iter().any(|order| *order != plain));
    for order in orders {
        let mut entries = order.as_array().unwrap().clone();
        entries.sort_by_key(|entry| entry["source"].to_string());
        assert_eq!(Value::Array(entries), plain);
    }
}

#[test]
fn changes_behind_the_back_show_when_reading() {
    let mut api = Api::new();
    let id = api.running(json!({}));
    let changes = json!({
        "name": "renamed", "tags": [{ "key": "team", "value": "data" }], "maxReplicaMemoryGb": 120, "numReplicas": 2,
        "ipAccessList": [], "idleTimeoutMinutes": 30,
    });
    let service = api.control("PATCH", &format!("/services/{id}"), changes);
    assert_eq!(service, api.get(&id));
    for (field, value) in [
        ("name", json!("renamed")),
        ("numReplicas", json!(2)),
        ("maxReplicaMemoryGb", json!(120)),
        ("ipAccessList", json!([])),
        ("idleTimeoutMinutes", json!(30)),
    ] {
        assert_eq!(service[field], value, "{field}");
    }
    let response = api.raw("PATCH", &format!("/_sandbox/services/{id}"), Some(&json!({ "nmae": "x" })));
    assert_eq!(response.status, 400);
    assert_eq!(api.get(&id)["name"], "renamed");
}

#[test]
fn a_forced_state_stays() {
    let mut api = Api::new();
    let id = api.create(json!({}));
    api.control("PATCH", &format!("/services/{id}"), json!({ "state": "partially_running" }));
    api.pass(100_000);
    assert_eq!(api.state(&id), "partially_running");
    assert_eq!(state_command(&mut api, &id, "stop")["state"], "stopping");
}

#[test]
fn the_request_log_tells_who_asked_what_and_starts_anew_on_demand() {
    let mut api = Api::new();
    let id = api.running(json!({}));
    let hash = "jZae727K08KaOmKSgOaGzww/XVqGr/PKEgIMkjrcbJI=";
    api.ok("PATCH", &format!("/services/{id}/password"), json!({ "newPasswordHash": hash }));
    let log = api.control("GET", "/requests", Value::Null);
    assert!(!log.to_string().contains(hash));
    let last = log.as_array().unwrap().last().unwrap();
    assert_eq!(last["operation"], "instancePasswordUpdate");
    assert_eq!(last["body"], json!({ "newPasswordHash": "(secret)" }));
    assert_eq!(last["status"], 200);
    let sequence = last["sequence"].as_u64().unwrap();
    api.control("DELETE", "/requests", Value::Null);
    api.get(&id);
    let log = api.control("GET", &format!("/requests?since={sequence}"), Value::Null);
    assert_eq!(log.as_array().unwrap().len(), 1);
    assert_eq!(log[0]["sequence"], sequence + 1);
}

#[test]
fn the_request_log_keeps_the_newest() {
    let settings = housewright::sandbox::Settings { request_log_limit: 3, ..Default::default() };
    let mut api = Api::with(settings);
    for _ in 0..5 {
        api.ok("GET", "", Value::Null);
    }
    let kept: Vec<u64> = api.sandbox.requests().map(|request| request.sequence).collect();
    assert_eq!(kept, [3, 4, 5]);
}

#[test]
fn the_clock_moves_by_seconds_to_a_time_or_to_the_next_event() {
    let mut api = Api::new();
    let id = api.create(json!({}));
    assert_eq!(api.control("GET", "/clock", Value::Null)["nextEvent"], "2026-01-01T00:05:00Z");
    api.control("POST", "/clock", json!({ "advanceSeconds": 10 }));
    assert_eq!(api.state(&id), "provisioning");
    let clock = api.control("POST", "/clock", json!({ "toNextEvent": true }));
    assert_eq!(clock, json!({ "now": "2026-01-01T00:05:00Z", "nextEvent": null }));
    assert_eq!(api.state(&id), "running");
    api.control("POST", "/reset", Value::Null);
    assert_eq!(api.ok("GET", "/services", Value::Null), json!([]));
    let response = api.raw("POST", "/_sandbox/clock", Some(&json!({})));
    assert_eq!(response.status, 400);
}

#[test]
fn senseless_forces_and_requests_break_nothing() {
    let mut api = Api::new();
    let id = api.running(json!({}));
    let huge = json!({ "fixed": u32::MAX });
    let memory = json!({ "min": u32::MAX, "max": 0 });
    let scaling = json!({ "replicas": huge, "memory": memory });
    api.control("PATCH", &format!("/services/{id}"), json!({ "scaling": scaling }));
    api.refused(400, "PATCH", &format!("/services/{id}/replicaScaling"), json!({ "idleScaling": true }));
    api.ok("GET", "/services", Value::Null);
    let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
    let organization = api.sandbox.organization_id();
    let services = format!("/v1/organizations/{organization}/services");
    for body in [deep.as_str(), "\u{feff}{}", "{\"name\":\"\\ud800\"}", "nul", "[]", "1e999", "\"x\""] {
        for (method, path) in [
            ("POST", services.clone()),
            ("PATCH", format!("{services}/{id}")),
            ("PATCH", format!("/_sandbox/services/{id}")),
            ("POST", "/_sandbox/faults".to_owned()),
            ("POST", "/_sandbox/clock".to_owned()),
            ("PATCH", "/_sandbox/organization".to_owned()),
        ] {
            let mut request = housewright::sandbox::Request::new(method, &path).basic_auth("sandbox", "sandbox");
            request.body = body.to_owned().into();
            let status = api.sandbox.handle(api.now, &request).status;
            assert_eq!(status, 400, "{method} {path} {}", body.chars().take(20).collect::<String>());
        }
    }
    for path in ["//", "/_sandbox", "/_sandbox/", "/_sandboxes", "/v1//", "", "?", "/v1/organizations/%00/services"] {
        let status = api.raw("GET", path, None).status;
        assert!((400..=404).contains(&status), "{path}: {status}");
    }
    let far = json!({ "to": "9999-12-30T00:00:00Z" });
    api.control("POST", "/clock", far);
    let response = api.raw("POST", "/_sandbox/clock", Some(&json!({ "advanceSeconds": u32::MAX })));
    assert_eq!(response.status, 400);
    api.create(json!({}));
    api.ok("GET", "/services", Value::Null);
}
