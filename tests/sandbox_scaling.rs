//! Scaling, by the sentences of the document about automatic scaling: replicas, make before break, requests that
//! supersede each other, the bounds, and where nothing scales by itself.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

mod sandbox_support;

use housewright::sandbox::Settings;
use sandbox_support::{Api, phases, service_with, serving, size, timeline};
use serde_json::{Value, json};

const HOUR: i64 = 3_600;

fn scale(api: &mut Api, id: &str, body: Value) -> Value {
    api.ok("PATCH", &format!("/services/{id}/replicaScaling"), body)
}

fn load(api: &mut Api, id: &str, profile: Value) {
    api.control("PUT", &format!("/services/{id}/load"), profile);
}

fn constant(api: &mut Api, id: &str, members: Value) {
    load(api, id, json!({ "constant": members }));
}

/// A service of three replicas between 16 and 64 GB that never idles.
fn awake(api: &mut Api, changes: Value) -> String {
    let mut body = json!({ "idleScaling": false });
    for (name, value) in changes.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    api.running(body)
}

#[test]
fn three_replicas_scaled_out_to_six_of_16_gib_have_96_gib_in_total() {
    let mut api = Api::new();
    let id = awake(&mut api, json!({ "minReplicaMemoryGb": 16, "maxReplicaMemoryGb": 16 }));
    let answer = scale(&mut api, &id, json!({ "numReplicas": 6 }));
    assert_eq!(answer["numReplicas"], 6);
    assert_eq!(serving(&mut api, &id), [16; 3]);
    api.pass(600);
    let memory = serving(&mut api, &id);
    assert_eq!((memory.len(), memory.iter().sum::<u64>()), (6, 96));
    assert_eq!(api.get(&id)["numReplicas"], 6);
}

#[test]
fn requests_in_a_row_converge_to_the_last_and_ignore_what_lies_between() {
    let mut api = Api::new();
    let id = awake(&mut api, json!({}));
    for count in [6, 10, 4, 8, 5] {
        scale(&mut api, &id, json!({ "numReplicas": count }));
        api.pass(100);
    }
    api.pass(600);
    assert_eq!(serving(&mut api, &id).len(), 5);
    assert_eq!(api.sandbox.next_event(), None);
    let joined = timeline(&mut api, &id, "replica_joined").len();
    assert_eq!(joined, 3 + 2, "no replica of an intermediate request served");
}

#[test]
fn new_replicas_join_before_old_ones_leave_and_the_count_may_pass_the_maximum() {
    let mut api = Api::new();
    let id = awake(&mut api, json!({}));
    constant(&mut api, &id, json!({ "queries": 5, "longestQuerySeconds": 1200 }));
    scale(&mut api, &id, json!({ "minReplicaMemoryGb": 32 }));
    api.pass(599);
    assert_eq!(phases(&mut api, &id), [("serving", 3), ("joining", 3)].into());
    assert_eq!(serving(&mut api, &id), [16; 3]);
    api.pass(1);
    assert_eq!(phases(&mut api, &id), [("serving", 3), ("draining", 3)].into());
    assert_eq!(serving(&mut api, &id), [32; 3]);
    api.pass(1_199);
    assert_eq!(phases(&mut api, &id)["draining"], 3);
    api.pass(1);
    assert_eq!(phases(&mut api, &id), [("serving", 3)].into());
}

#[test]
fn capacity_is_not_lost_while_scaling_up() {
    let mut api = Api::new();
    let id = awake(&mut api, json!({}));
    scale(&mut api, &id, json!({ "minReplicaMemoryGb": 64, "numReplicas": 4 }));
    for _ in 0..70 {
        api.pass(10);
        assert!(serving(&mut api, &id).iter().sum::<u64>() >= 48);
    }
    assert_eq!(serving(&mut api, &id), [64; 4]);
}

#[test]
fn an_old_replica_waits_for_its_queries_at_most_an_hour_so_one_of_61_minutes_is_cut_off_at_60() {
    let mut api = Api::new();
    let id = awake(&mut api, json!({ "numReplicas": 1 }));
    let query = |api: &mut Api, seconds: u32| {
        api.control("POST", &format!("/services/{id}/queries"), json!({ "seconds": seconds }))["number"].clone()
    };
    scale(&mut api, &id, json!({ "minReplicaMemoryGb": 32 }));
    api.pass(600 - 1);
    let (long, short) = (query(&mut api, 61 * 60 + 1), query(&mut api, 59 * 60));
    api.pass(1);
    assert_eq!(phases(&mut api, &id), [("serving", 1), ("draining", 1)].into());
    api.pass(HOUR - 1);
    assert_eq!(phases(&mut api, &id)["draining"], 1);
    assert_eq!(timeline(&mut api, &id, "query_cut_off"), Vec::<Value>::new());
    api.pass(1);
    assert_eq!(phases(&mut api, &id), [("serving", 1)].into());
    let cut = timeline(&mut api, &id, "query_cut_off");
    assert_eq!(cut.iter().map(|entry| &entry["numbers"]["number"]).collect::<Vec<_>>(), [&long]);
    let ended = timeline(&mut api, &id, "query_ended");
    assert_eq!(ended.iter().map(|entry| &entry["numbers"]["number"]).collect::<Vec<_>>(), [&short]);
}

#[test]
fn a_draining_replica_leaves_as_soon_as_its_queries_have_ended() {
    let mut api = Api::new();
    let id = awake(&mut api, json!({}));
    scale(&mut api, &id, json!({ "numReplicas": 1 }));
    assert_eq!(phases(&mut api, &id), [("serving", 1)].into());
    api.control("POST", &format!("/services/{id}/queries"), json!({ "seconds": 900 }));
    scale(&mut api, &id, json!({ "minReplicaMemoryGb": 32 }));
    api.pass(600);
    assert_eq!(phases(&mut api, &id)["draining"], 1);
    api.pass(300);
    assert_eq!(phases(&mut api, &id), [("serving", 1)].into());
}

#[test]
fn all_replicas_of_a_service_have_the_same_size_and_are_spread_over_zones() {
    let mut api = Api::new();
    let id = awake(&mut api, json!({}));
    scale(&mut api, &id, json!({ "minReplicaMemoryGb": 32, "numReplicas": 6 }));
    api.pass(600);
    assert_eq!(serving(&mut api, &id), [32; 6]);
    let replicas = sandbox_support::replicas(&mut api, &id);
    for zone in ["a", "b", "c"] {
        assert_eq!(replicas.iter().filter(|r| r["phase"] == "serving" && r["zone"] == zone).count(), 2, "{zone}");
    }
}

#[test]
fn use_above_the_threshold_scales_up_within_the_bounds_and_thirty_hours_later_down_again() {
    let mut api = Api::new();
    let id = awake(&mut api, json!({}));
    // 16 GB have 4 vCPUs: 3 of them are 75 %.
    constant(&mut api, &id, json!({ "queries": 5, "cpuCores": 9 }));
    api.pass(300 + 600);
    assert_eq!(size(&mut api, &id), (3, 32));
    constant(&mut api, &id, json!({ "queries": 1, "cpuCores": 0.3 }));
    api.pass(29 * HOUR);
    assert_eq!(size(&mut api, &id), (3, 32), "the peak is still within 30 hours");
    api.pass(2 * HOUR);
    assert_eq!(size(&mut api, &id), (3, 16));
    let why = timeline(&mut api, &id, "scaling_decided");
    assert_eq!(why.len(), 2);
    assert_eq!((&why[0]["numbers"]["cpuShare"], &why[0]["numbers"]["policy"]), (&json!(0.75), &json!("thirty-hour")));
    assert!(why[0]["text"].as_str().unwrap().contains("from 3 x 16 GB to 3 x 32 GB"), "{}", why[0]);
}

#[test]
fn the_largest_memory_is_never_passed_however_much_is_used() {
    let mut api = Api::new();
    let id = awake(&mut api, json!({ "maxReplicaMemoryGb": 48 }));
    constant(&mut api, &id, json!({ "queries": 5, "cpuCores": 500, "memoryGb": 5000 }));
    api.pass(20 * HOUR);
    assert_eq!(size(&mut api, &id), (3, 48));
}

#[test]
fn an_out_of_memory_error_asks_for_half_as_much_again() {
    let mut api = Api::new();
    let id = awake(&mut api, json!({}));
    constant(&mut api, &id, json!({ "queries": 1, "cpuCores": 3, "memoryGb": 48.1 }));
    api.pass(300 + 600);
    assert_eq!(size(&mut api, &id), (3, 24), "150 % of the 16 GB that were there");
    assert!(!timeline(&mut api, &id, "out_of_memory").is_empty());
}

#[test]
fn equal_bounds_pin_the_service_to_that_size_at_once_and_switch_autoscaling_off() {
    let mut api = Api::new();
    let id = awake(&mut api, json!({}));
    scale(&mut api, &id, json!({ "minReplicaMemoryGb": 32, "maxReplicaMemoryGb": 32 }));
    assert_eq!(phases(&mut api, &id)["joining"], 3, "without waiting for the autoscaler");
    constant(&mut api, &id, json!({ "queries": 5, "cpuCores": 500, "memoryGb": 500 }));
    api.pass(20 * HOUR);
    assert_eq!(size(&mut api, &id), (3, 32), "not even use above it scales it");
    assert_eq!(timeline(&mut api, &id, "scaling_decided"), Vec::<Value>::new());
}

#[test]
fn a_single_replica_is_never_resized_by_thirty_hour_and_can_be_scaled_out_by_hand() {
    let mut api = Api::new();
    let id = awake(&mut api, json!({ "numReplicas": 1 }));
    constant(&mut api, &id, json!({ "queries": 5, "cpuCores": 3.9, "memoryGb": 15 }));
    api.pass(40 * HOUR);
    assert_eq!(size(&mut api, &id), (1, 16));
    scale(&mut api, &id, json!({ "numReplicas": 3 }));
    api.pass(600);
    assert_eq!(serving(&mut api, &id).len(), 3);
    scale(&mut api, &id, json!({ "numReplicas": 1 }));
    assert_eq!(serving(&mut api, &id).len(), 1, "in to one replica is allowed");
}

#[test]
fn two_window_resizes_a_single_replica() {
    let mut api = Api::new();
    let id = awake(&mut api, json!({ "numReplicas": 1 }));
    api.control("PATCH", &format!("/services/{id}/behaviour"), json!({ "policy": "two-window" }));
    constant(&mut api, &id, json!({ "queries": 5, "cpuCores": 3.8 }));
    api.pass(300 + 600);
    assert_eq!(size(&mut api, &id), (1, 32), "3.8 of 4 vCPUs ask for 8");
}

#[test]
fn two_window_goes_down_after_three_hours() {
    let mut api = Api::new();
    let id = awake(&mut api, json!({}));
    api.control("PATCH", "/settings", json!({ "autoscaling": { "policy": "two-window" } }));
    constant(&mut api, &id, json!({ "queries": 5, "cpuCores": 11.4 }));
    api.pass(1_000);
    assert_eq!(size(&mut api, &id), (3, 32));
    constant(&mut api, &id, json!({ "queries": 1, "cpuCores": 3 }));
    api.pass(2 * HOUR);
    assert_eq!(size(&mut api, &id), (3, 32));
    api.pass(2 * HOUR);
    assert_eq!(size(&mut api, &id), (3, 16));
}

#[test]
fn nothing_scales_by_itself_on_basic_custom_profiles_byoc_and_private_regions() {
    let heavy = json!({ "queries": 5, "cpuCores": 500, "memoryGb": 15 });
    let byoc = json!({ "byocInfrastructures": [{ "id": "infra", "state": "infra-ready", "accountId": "1",
        "regionId": "eu-central-1", "cloudProvider": "aws" }] });
    let cases = [
        (
            "Basic",
            json!({ "tier": "basic" }),
            json!({ "minReplicaMemoryGb": 8, "maxReplicaMemoryGb": 8, "numReplicas": 1 }),
            json!({}),
        ),
        ("custom profiles", json!({}), json!({ "profile": "v1-highmem-xs" }), json!({})),
        ("BYOC", byoc, json!({ "byocId": "infra", "minReplicaMemoryGb": 48, "maxReplicaMemoryGb": 116 }), json!({})),
        ("private regions", json!({}), json!({}), json!({ "region": "eu-north-1" })),
    ];
    for (name, organization, service, forced) in cases {
        let mut api = Api::new();
        api.control("PATCH", "/organization", organization);
        let id = awake(&mut api, service);
        api.control("PATCH", &format!("/services/{id}"), forced);
        let before = size(&mut api, &id);
        constant(&mut api, &id, heavy.clone());
        api.pass(40 * HOUR);
        assert_eq!(size(&mut api, &id), before, "{name}");
        let status = api.control("GET", "/status", Value::Null);
        let autoscaler = status["services"][0]["autoscaler"].as_str().unwrap();
        assert!(autoscaler.starts_with("off: ") && autoscaler.contains(name), "{name}: {autoscaler}");
    }
}

#[test]
fn custom_profiles_scale_out_by_hand_but_not_up_except_through_support() {
    let mut api = Api::new();
    let id = awake(&mut api, json!({ "profile": "v1-highmem-xs" }));
    let path = format!("/services/{id}/replicaScaling");
    let error = api.refused(400, "PATCH", &path, json!({ "minReplicaMemoryGb": 32 }));
    assert!(error.contains("custom profile"), "{error}");
    scale(&mut api, &id, json!({ "numReplicas": 5 }));
    api.pass(600);
    assert_eq!(serving(&mut api, &id).len(), 5);
    api.control("PATCH", &format!("/services/{id}"), json!({ "minReplicaMemoryGb": 32 }));
    assert_eq!(serving(&mut api, &id), [32; 5]);
}

#[test]
fn a_byoc_service_scales_by_hand_both_ways() {
    let mut api = Api::new();
    let infrastructure = json!({ "id": "infra", "state": "infra-ready", "accountId": "1", "regionId": "eu-central-1",
        "cloudProvider": "aws" });
    api.control("PATCH", "/organization", json!({ "byocInfrastructures": [infrastructure] }));
    let id = awake(&mut api, json!({ "byocId": "infra", "minReplicaMemoryGb": 48, "maxReplicaMemoryGb": 48 }));
    scale(&mut api, &id, json!({ "minReplicaMemoryGb": 116, "maxReplicaMemoryGb": 116, "numReplicas": 2 }));
    api.pass(600);
    assert_eq!(serving(&mut api, &id), [116; 2]);
}

#[test]
fn horizontal_autoscaling_moves_the_number_of_replicas_within_its_band() {
    let mut api = Api::new();
    let band = json!({ "autoscalingMode": "horizontal", "numReplicas": null, "minReplicas": 2, "maxReplicas": 6,
        "minReplicaMemoryGb": 32, "maxReplicaMemoryGb": 32 });
    let id = awake(&mut api, band);
    // 16 vCPUs of 2 replicas: 90 % of them.
    constant(&mut api, &id, json!({ "queries": 5, "cpuCores": 14.4 }));
    api.pass(2_000);
    assert_eq!(size(&mut api, &id), (3, 32), "2 x 0.9 / 0.6");
    constant(&mut api, &id, json!({ "queries": 5, "cpuCores": 100 }));
    api.pass(4 * HOUR);
    assert_eq!(size(&mut api, &id), (6, 32));
    constant(&mut api, &id, json!({ "queries": 1, "cpuCores": 0.1 }));
    api.pass(600);
    assert_eq!(size(&mut api, &id), (6, 32), "in is slower than out");
    api.pass(6 * HOUR);
    assert_eq!(size(&mut api, &id), (2, 32));
    let decided = timeline(&mut api, &id, "scaling_decided");
    assert!(decided.iter().all(|entry| entry["numbers"]["policy"] == "horizontal"));
    let counts: Vec<u64> = decided.iter().map(|e| e["numbers"]["to"]["replicas"].as_u64().unwrap()).collect();
    assert_eq!(counts.iter().rev().take(4).collect::<Vec<_>>(), [&2, &3, &4, &5], "one at a time: {counts:?}");
}

#[test]
fn an_expected_spike_is_prepared_by_a_request_and_followed_by_another() {
    let mut api = Api::new();
    let id = awake(&mut api, json!({}));
    scale(&mut api, &id, json!({ "minReplicaMemoryGb": 64 }));
    api.pass(600);
    assert_eq!(size(&mut api, &id), (3, 64));
    scale(&mut api, &id, json!({ "minReplicaMemoryGb": 16 }));
    assert_eq!(size(&mut api, &id), (3, 64), "a lower minimum alone takes nothing away");
    constant(&mut api, &id, json!({ "queries": 1, "cpuCores": 0.1 }));
    api.pass(2 * HOUR);
    assert_eq!(size(&mut api, &id), (3, 16));
}

#[test]
fn services_without_make_before_break_replace_one_replica_after_the_other() {
    let mut settings = Settings::default();
    settings.autoscaling.make_before_break = false;
    let mut api = Api::with(settings);
    let id = awake(&mut api, json!({}));
    scale(&mut api, &id, json!({ "minReplicaMemoryGb": 32 }));
    assert_eq!(phases(&mut api, &id), [("serving", 2), ("joining", 1)].into());
    api.pass(599);
    assert_eq!(serving(&mut api, &id), [16; 2]);
    api.pass(1 + 2 * 600);
    assert_eq!(serving(&mut api, &id), [32; 3]);
}

#[test]
fn a_service_has_its_new_size_after_the_next_start() {
    let mut api = Api::new();
    let id = awake(&mut api, json!({}));
    api.ok("PATCH", &format!("/services/{id}/state"), json!({ "command": "stop" }));
    api.pass(60);
    assert_eq!(serving(&mut api, &id), Vec::<u64>::new());
    scale(&mut api, &id, json!({ "numReplicas": 2, "minReplicaMemoryGb": 64 }));
    api.ok("PATCH", &format!("/services/{id}/state"), json!({ "command": "start" }));
    assert_eq!(phases(&mut api, &id), [("joining", 2)].into());
    api.pass(150);
    assert_eq!(serving(&mut api, &id), [64; 2]);
}

#[test]
fn the_same_seed_gives_the_same_life() {
    let live = || {
        let mut api = Api::with(Settings { seed: 7, ..Settings::default() });
        let id = api.create(service_with(json!({})));
        let daily =
            json!({ "low": { "queries": 0 }, "high": { "queries": 9, "cpuCores": 30, "memoryGb": 90 }, "noise": 0.3 });
        load(&mut api, &id, json!({ "daily": daily }));
        for hour in 0..100 {
            api.pass(HOUR);
            if hour % 30 == 0 {
                scale(&mut api, &id, json!({ "numReplicas": 2 + hour / 30 }));
            }
        }
        api.control("GET", "/world", Value::Null).to_string()
    };
    assert_eq!(live(), live());
}
