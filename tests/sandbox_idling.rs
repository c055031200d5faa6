//! Idling and waking, by the sentences of the document about automatic scaling, and the loads that keep services awake.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

mod sandbox_support;

use sandbox_support::{Api, phases, status, timeline};
use serde_json::{Value, json};

const MINUTE: i64 = 60;
const HOUR: i64 = 3_600;

fn running(api: &mut Api, idle_timeout_minutes: u32) -> String {
    api.running(json!({ "idleScaling": true, "idleTimeoutMinutes": idle_timeout_minutes }))
}

fn constant(api: &mut Api, id: &str, members: Value) {
    api.control("PUT", &format!("/services/{id}/load"), json!({ "constant": members }));
}

fn query(api: &mut Api, id: &str, seconds: u32) {
    api.control("POST", &format!("/services/{id}/queries"), json!({ "seconds": seconds }));
}

#[test]
fn a_service_without_queries_idles_after_its_timeout_and_has_no_compute_then() {
    let mut api = Api::new();
    let id = running(&mut api, 20);
    api.pass(20 * MINUTE - 1);
    assert_eq!(api.state(&id), "running");
    api.pass(1);
    assert_eq!(api.state(&id), "idle");
    assert!(phases(&mut api, &id).is_empty());
    let entry = timeline(&mut api, &id, "state").pop().unwrap();
    assert_eq!(entry["numbers"]["timeoutMinutes"], 20);
    assert_eq!(entry["numbers"]["quietSince"], "2026-01-01T00:05:00Z");
}

#[test]
fn a_service_whose_idling_is_off_keeps_running() {
    let mut api = Api::new();
    let id = api.running(json!({ "idleScaling": false }));
    api.pass(100 * HOUR);
    assert_eq!(api.state(&id), "running");
}

#[test]
fn the_timeout_begins_when_the_last_query_has_ended() {
    let mut api = Api::new();
    let id = running(&mut api, 5);
    api.pass(4 * MINUTE);
    query(&mut api, &id, 600);
    api.pass(600 + 5 * MINUTE - 1);
    assert_eq!(api.state(&id), "running");
    api.pass(1);
    assert_eq!(api.state(&id), "idle");
}

#[test]
fn a_load_with_queries_keeps_a_service_awake_and_one_without_does_not() {
    let mut api = Api::new();
    let (busy, quiet) = (running(&mut api, 5), running(&mut api, 5));
    constant(&mut api, &busy, json!({ "queries": 1 }));
    constant(&mut api, &quiet, json!({ "queries": 0.9, "cpuCores": 3 }));
    api.pass(10 * HOUR);
    assert_eq!((api.state(&busy).as_str(), api.state(&quiet).as_str()), ("running", "idle"));
}

#[test]
fn ten_thousand_parts_let_a_service_idle_and_ten_thousand_and_one_do_not() {
    let mut api = Api::new();
    let (few, many) = (running(&mut api, 5), running(&mut api, 5));
    constant(&mut api, &few, json!({ "parts": 10_000 }));
    constant(&mut api, &many, json!({ "parts": 10_001 }));
    api.pass(HOUR);
    assert_eq!((api.state(&few).as_str(), api.state(&many).as_str()), ("idle", "running"));
    let held = timeline(&mut api, &many, "idle_held");
    assert_eq!(held.len(), 1, "told once: {held:?}");
    assert_eq!(held[0]["numbers"]["parts"], 10_001.0);
    constant(&mut api, &many, json!({ "parts": 10_000 }));
    api.pass(MINUTE);
    assert_eq!(api.state(&many), "idle");
}

#[test]
fn merges_that_run_are_finished_before_a_service_idles() {
    let mut api = Api::new();
    let id = running(&mut api, 5);
    let start = api.now;
    let spike = json!({ "spike": { "merges": 2 }, "start": start.to_string(), "seconds": 3_000 });
    api.control("PUT", &format!("/services/{id}/load"), json!({ "spike": spike }));
    api.pass(2_999);
    assert_eq!(api.state(&id), "running");
    api.pass(1);
    assert_eq!(api.state(&id), "idle");
    assert_eq!(timeline(&mut api, &id, "idle_held").len(), 1);
}

#[test]
fn a_read_only_secondary_is_not_held_awake_by_merges() {
    let mut api = Api::new();
    let primary = running(&mut api, 5);
    let warehouse = api.get(&primary)["dataWarehouseId"].clone();
    let readonly = json!({ "dataWarehouseId": warehouse, "isReadonly": true, "idleTimeoutMinutes": 5 });
    let (secondary, writer) =
        (api.running(readonly), api.running(json!({ "dataWarehouseId": warehouse, "idleTimeoutMinutes": 5 })));
    for id in [&secondary, &writer] {
        constant(&mut api, id, json!({ "merges": 1 }));
    }
    api.pass(HOUR);
    assert_eq!((api.state(&secondary).as_str(), api.state(&writer).as_str()), ("idle", "running"));
}

/// The four bands of server initialization time and the timeouts that follow, with a configured one of five minutes.
#[test]
fn initialization_time_overrides_the_timeout_by_its_bands() {
    for (initialization_minutes, seconds_more, timeout_minutes) in
        [(14, 59, 5), (15, 0, 15), (29, 59, 15), (30, 0, 30), (60, 0, 30), (60, 1, 60), (120, 0, 60)]
    {
        let mut api = Api::new();
        let id = running(&mut api, 5);
        let initialization = initialization_minutes * 60 + seconds_more;
        api.control("PATCH", &format!("/services/{id}/behaviour"), json!({ "initializationSeconds": initialization }));
        api.pass(timeout_minutes * MINUTE - 1);
        assert_eq!(api.state(&id), "running", "{initialization_minutes}:{seconds_more}");
        api.pass(1);
        assert_eq!(api.state(&id), "idle", "{initialization_minutes}:{seconds_more}");
    }
}

#[test]
fn the_override_shortens_a_long_timeout_as_well() {
    let mut api = Api::new();
    let id = running(&mut api, 600);
    api.control("PATCH", &format!("/services/{id}/behaviour"), json!({ "initializationSeconds": 1_000 }));
    api.pass(15 * MINUTE);
    assert_eq!(api.state(&id), "idle");
}

#[test]
fn while_idle_views_are_not_refreshed_s3queue_takes_nothing_and_no_merge_is_scheduled() {
    let mut api = Api::new();
    let id = running(&mut api, 30);
    constant(&mut api, &id, json!({ "refreshesPerHour": 60, "s3QueueFilesPerHour": 120 }));
    let background = |api: &mut Api| status(api, &id)["load"]["background"].clone();
    api.pass(30 * MINUTE);
    assert_eq!(api.state(&id), "idle");
    let before = background(&mut api);
    assert!((before["viewRefreshes"].as_f64().unwrap() - 30.0).abs() < 1e-6, "{before}");
    assert!((before["s3QueueFiles"].as_f64().unwrap() - 60.0).abs() < 1e-6, "{before}");
    api.pass(10 * HOUR);
    assert_eq!(background(&mut api), before);
    query(&mut api, &id, 60);
    api.pass(HOUR);
    assert!(background(&mut api)["viewRefreshes"].as_f64() > before["viewRefreshes"].as_f64());
}

#[test]
fn with_idling_off_views_and_s3queue_go_on() {
    let mut api = Api::new();
    let id = api.running(json!({ "idleScaling": false }));
    constant(&mut api, &id, json!({ "refreshesPerHour": 60 }));
    api.pass(10 * HOUR);
    assert!(status(&mut api, &id)["load"]["background"]["viewRefreshes"].as_f64().unwrap() >= 590.0);
}

#[test]
fn a_query_a_ping_and_awake_wake_an_idle_service_and_waking_takes_time() {
    for way in ["query", "ping", "awake"] {
        let mut api = Api::new();
        let id = running(&mut api, 5);
        api.pass(HOUR);
        assert_eq!(api.state(&id), "idle");
        match way {
            "query" => query(&mut api, &id, 10),
            "ping" => {
                let answer = api.raw("POST", &format!("/_sandbox/services/{id}/ping"), None);
                assert_eq!(answer.status, 409, "nothing answers while it wakes");
            }
            _ => drop(api.ok("PATCH", &format!("/services/{id}/state"), json!({ "command": "awake" }))),
        }
        assert_eq!(api.state(&id), "awaking", "{way}");
        assert_eq!(phases(&mut api, &id), [("joining", 3)].into());
        api.pass(149);
        assert_eq!(api.state(&id), "awaking", "{way}");
        api.pass(1);
        assert_eq!(api.state(&id), "running", "{way}");
        assert_eq!(phases(&mut api, &id), [("serving", 3)].into());
    }
}

#[test]
fn a_query_that_wakes_a_service_runs_once_the_service_does() {
    let mut api = Api::new();
    let id = running(&mut api, 5);
    api.pass(HOUR);
    query(&mut api, &id, 30);
    let queries = |api: &mut Api| api.control("GET", &format!("/services/{id}/queries"), Value::Null);
    assert_eq!(queries(&mut api)[0]["began"], Value::Null);
    api.pass(150);
    assert_eq!(queries(&mut api)[0]["began"], json!(api.now.to_string()));
    api.pass(30);
    assert_eq!(queries(&mut api), json!([]));
}

#[test]
fn a_stopped_service_does_not_wake_and_refuses_queries() {
    let mut api = Api::new();
    let id = api.stopped(json!({}));
    let answer = api.raw("POST", &format!("/_sandbox/services/{id}/queries"), Some(&json!({})));
    assert_eq!(answer.status, 409);
    api.pass(HOUR);
    assert_eq!(api.state(&id), "stopped");
}

#[test]
fn a_large_initialization_time_makes_waking_as_long() {
    let mut api = Api::new();
    let id = running(&mut api, 5);
    api.control("PATCH", &format!("/services/{id}/behaviour"), json!({ "initializationSeconds": 1_800 }));
    api.pass(30 * MINUTE);
    assert_eq!(api.state(&id), "idle");
    query(&mut api, &id, 1);
    api.pass(1_799);
    assert_eq!(api.state(&id), "awaking");
    api.pass(1);
    assert_eq!(api.state(&id), "running");
}

#[test]
fn a_daily_load_lets_a_service_sleep_at_night_and_wakes_it_in_the_morning() {
    let mut api = Api::new();
    let id = running(&mut api, 30);
    let daily = json!({ "low": { "queries": 0 }, "high": { "queries": 3 }, "peakHourUtc": 12 });
    api.control("PUT", &format!("/services/{id}/load"), json!({ "daily": daily }));
    let mut states = Vec::new();
    for _ in 0..3 * 24 {
        api.pass(HOUR);
        states.push(api.state(&id));
    }
    // Three queries at noon, less than one while the height is below a third: before 04:38 and after 19:22.
    let hour = |day: usize, hour: usize| states[day * 24 + hour - 1].as_str();
    for day in 1..3 {
        assert_eq!((hour(day, 3), hour(day, 12), hour(day, 19), hour(day, 21)), ("idle", "running", "running", "idle"));
    }
}

#[test]
fn a_change_of_replicas_is_finished_before_a_service_idles() {
    let mut api = Api::new();
    let id = running(&mut api, 5);
    api.ok("PATCH", &format!("/services/{id}/replicaScaling"), json!({ "numReplicas": 5 }));
    api.pass(599);
    assert_eq!(api.state(&id), "running");
    api.pass(1);
    assert_eq!(api.state(&id), "idle");
}

#[test]
fn a_service_in_a_private_region_does_not_idle_and_a_byoc_service_does() {
    let mut api = Api::new();
    let private = running(&mut api, 5);
    api.control("PATCH", &format!("/services/{private}"), json!({ "region": "eu-north-1" }));
    let infrastructure = json!({ "id": "infra", "state": "infra-ready", "accountId": "1", "regionId": "eu-central-1",
        "cloudProvider": "aws" });
    api.control("PATCH", "/organization", json!({ "byocInfrastructures": [infrastructure] }));
    let byoc = api.running(json!({ "byocId": "infra", "minReplicaMemoryGb": 48, "maxReplicaMemoryGb": 48 }));
    api.pass(HOUR);
    assert_eq!((api.state(&private).as_str(), api.state(&byoc).as_str()), ("running", "idle"));
}

#[test]
fn degraded_services_do_not_idle() {
    let mut api = Api::new();
    api.control("POST", "/faults", json!({ "effect": { "provisioning": { "becomes": "degraded" } } }));
    let id = api.create(json!({}));
    api.pass(10 * HOUR);
    assert_eq!(api.state(&id), "degraded");
}

#[test]
fn a_longer_timeout_counts_at_once_and_so_does_a_shorter_one() {
    let mut api = Api::new();
    let id = running(&mut api, 10);
    let set = |api: &mut Api, minutes: u32| {
        api.ok("PATCH", &format!("/services/{id}/replicaScaling"), json!({ "idleTimeoutMinutes": minutes }));
    };
    api.pass(9 * MINUTE);
    set(&mut api, 20);
    api.pass(10 * MINUTE);
    assert_eq!(api.state(&id), "running");
    set(&mut api, 5);
    api.pass(0);
    assert_eq!(api.state(&id), "idle");
}

#[test]
fn recorded_series_drive_a_service_as_csv_and_as_prometheus_text() {
    let minutes = |count: i64| 1_767_225_600 + 300 + count * 60;
    let csv = format!("time,queries,cpuCores\n{},4,9\n{},0,0\n", minutes(10), minutes(40));
    let prometheus = format!(
        "ClickHouseMetrics_Query{{replica=\"a\"}} 4 {0}000\nClickHouseAsyncMetrics_CGroupUserTime 9 {0}000\n\
         ClickHouseMetrics_Query{{replica=\"a\"}} 0 {1}000\nClickHouseAsyncMetrics_CGroupUserTime 0 {1}000\n",
        minutes(10),
        minutes(40),
    );
    for series in [json!({ "csv": csv }), json!({ "prometheus": prometheus })] {
        let mut api = Api::new();
        let id = running(&mut api, 5);
        api.control("PUT", &format!("/services/{id}/load"), json!({ "recorded": series }));
        api.pass(5 * MINUTE);
        assert_eq!(api.state(&id), "idle");
        api.pass(5 * MINUTE);
        assert_eq!(api.state(&id), "awaking");
        api.pass(20 * MINUTE);
        assert_eq!(sandbox_support::size(&mut api, &id), (3, 32), "9 of 12 vCPUs doubled them");
        api.pass(10 * MINUTE + 5 * MINUTE - 1);
        assert_eq!(api.state(&id), "running");
        api.pass(1);
        assert_eq!(api.state(&id), "idle");
    }
}

#[test]
fn loads_by_name_are_for_services_that_are_there_and_those_that_come() {
    let mut api = Api::new();
    let there = api.running(json!({ "name": "etl-eu" }));
    let rule = json!({ "service": "etl-*", "profile": { "constant": { "queries": 1 } } });
    api.control("PUT", "/load", json!([rule]));
    let (comes, other) = (api.running(json!({ "name": "etl-us" })), api.running(json!({ "name": "web" })));
    api.pass(HOUR);
    let states = [&there, &comes, &other].map(|id| api.state(id));
    assert_eq!(states, ["running", "running", "idle"]);
}

#[test]
fn a_wrong_load_is_refused_with_what_is_wrong_and_changes_nothing() {
    let mut api = Api::new();
    let id = running(&mut api, 5);
    for (load, part) in [
        (json!({ "constant": { "queries": -1 } }), "queries must be a number from 0"),
        (json!({ "constant": { "quries": 1 } }), "quries"),
        (json!({ "daily": { "low": {}, "high": {}, "peakHourUtc": 25 } }), "peakHourUtc"),
        (json!({ "spike": { "spike": {}, "start": "2026-01-01T00:00:00Z", "seconds": 0 } }), "spike.seconds"),
        (json!({ "recorded": { "csv": "time,queries\nnow,1" } }), "line 2"),
        (json!({ "recorded": {} }), "needs one of csv and prometheus"),
        (json!({ "recorded": { "csv": "time,queries\n" } }), "no line with a value"),
        (json!({ "sometimes": {} }), "sometimes"),
    ] {
        let answer = api.raw("PUT", &format!("/_sandbox/services/{id}/load"), Some(&load));
        assert_eq!(answer.status, 400, "{load}");
        let error = answer.body_json()["error"].as_str().unwrap().to_owned();
        assert!(error.contains(part), "{load}: {error}");
    }
    assert_eq!(api.control("GET", &format!("/services/{id}/load"), Value::Null), Value::Null);
}
