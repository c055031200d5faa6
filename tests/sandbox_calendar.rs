//! What goes by the calendar: windows of scaling schedules, backups and their expiry, releases and upgrade windows.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

mod sandbox_support;

use housewright::sandbox::{Durations, Settings};
use sandbox_support::{Api, phases, service_with, serving, timeline};
use serde_json::{Value, json};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// The world begins on Thursday the first of January 2026 at midnight; windows take effect at their hour.
fn punctual(durations: Durations) -> Api {
    Api::with(Settings { durations: Durations { schedule_lag: 0, ..durations }, ..Settings::default() })
}

fn awake(api: &mut Api, changes: Value) -> String {
    let mut body = json!({ "idleScaling": false });
    for (name, value) in changes.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    api.running(body)
}

fn schedule(api: &mut Api, id: &str, entries: Value) {
    api.ok("POST", &format!("/services/{id}/scalingSchedule"), json!({ "entries": entries }));
}

/// Passes until so many seconds after the world's beginning.
fn until(api: &mut Api, seconds: i64) {
    let start = 1_767_225_600;
    api.pass(start + seconds - api.now.as_second());
}

fn backups(api: &mut Api, id: &str) -> Vec<Value> {
    api.ok("GET", &format!("/services/{id}/backups"), Value::Null).as_array().unwrap().clone()
}

fn effective(api: &mut Api, id: &str) -> (u64, u64) {
    let scaling = api.get(id)["currentScaling"].clone();
    (scaling["effectiveMinReplicaMemoryGb"].as_u64().unwrap(), scaling["effectiveMaxReplicas"].as_u64().unwrap())
}

#[test]
fn a_window_opens_and_closes_and_the_base_configuration_is_restored() {
    let mut api = punctual(Durations::default());
    let id = awake(&mut api, json!({}));
    let thursday = json!({ "name": "busy", "weekdays": [4], "startHourUtc": 2, "endHourUtc": 4,
        "minReplicaMemoryGb": 64, "maxReplicaMemoryGb": 64, "numReplicas": 5 });
    schedule(&mut api, &id, json!([thursday]));
    until(&mut api, 2 * HOUR - 1);
    assert_eq!(effective(&mut api, &id), (16, 3));
    until(&mut api, 2 * HOUR);
    assert_eq!(effective(&mut api, &id), (64, 5));
    until(&mut api, 2 * HOUR + 600);
    assert_eq!(serving(&mut api, &id), [64; 5]);
    let service = api.get(&id);
    assert_eq!((&service["minReplicaMemoryGb"], &service["numReplicas"]), (&json!(16), &json!(3)), "the base stays");
    until(&mut api, 4 * HOUR);
    assert_eq!(effective(&mut api, &id), (16, 3));
    until(&mut api, 5 * HOUR);
    assert_eq!(serving(&mut api, &id).len(), 3);
    until(&mut api, 7 * DAY + 2 * HOUR);
    assert_eq!(effective(&mut api, &id), (64, 5), "a week later again");
}

#[test]
fn a_change_of_the_base_during_a_window_holds_after_it() {
    let mut api = punctual(Durations::default());
    let id = awake(&mut api, json!({}));
    let entry = json!({ "name": "busy", "weekdays": [4], "startHourUtc": 0, "endHourUtc": 4, "numReplicas": 6 });
    schedule(&mut api, &id, json!([entry]));
    api.pass(0);
    assert_eq!(effective(&mut api, &id), (16, 6));
    api.ok("PATCH", &format!("/services/{id}/replicaScaling"), json!({ "numReplicas": 2, "minReplicaMemoryGb": 32 }));
    assert_eq!(effective(&mut api, &id), (32, 6), "what the entry leaves out is the base's");
    until(&mut api, 4 * HOUR);
    assert_eq!(effective(&mut api, &id), (32, 2));
}

#[test]
fn deleting_a_schedule_with_an_open_window_applies_the_base_first() {
    let mut api = punctual(Durations::default());
    let id = awake(&mut api, json!({}));
    let entry = json!({ "name": "busy", "weekdays": [4], "startHourUtc": 0, "endHourUtc": 24, "numReplicas": 6 });
    schedule(&mut api, &id, json!([entry]));
    until(&mut api, 2 * HOUR);
    assert_eq!(serving(&mut api, &id).len(), 6);
    api.ok("DELETE", &format!("/services/{id}/scalingSchedule"), Value::Null);
    assert_eq!(effective(&mut api, &id), (16, 3));
    assert_eq!(serving(&mut api, &id).len(), 3);
}

#[test]
fn a_window_can_keep_a_service_awake_and_let_it_sleep_afterwards() {
    let mut api = punctual(Durations::default());
    let id = api.running(json!({ "idleTimeoutMinutes": 15 }));
    let entry = json!({ "name": "awake", "weekdays": [4], "startHourUtc": 0, "endHourUtc": 3, "idleScaling": false });
    schedule(&mut api, &id, json!([entry]));
    until(&mut api, 3 * HOUR - 1);
    assert_eq!(api.state(&id), "running");
    until(&mut api, 3 * HOUR);
    assert_eq!(api.state(&id), "idle", "quiet for long enough");
}

#[test]
fn a_window_that_opens_while_a_service_idles_holds_when_it_wakes() {
    let mut api = punctual(Durations::default());
    let id = api.running(json!({ "idleTimeoutMinutes": 15 }));
    let entry = json!({ "name": "busy", "weekdays": [4], "startHourUtc": 2, "endHourUtc": 20, "numReplicas": 5 });
    schedule(&mut api, &id, json!([entry]));
    until(&mut api, 6 * HOUR);
    assert_eq!((api.state(&id).as_str(), effective(&mut api, &id)), ("idle", (16, 5)));
    api.ok("PATCH", &format!("/services/{id}/state"), json!({ "command": "awake" }));
    api.pass(150);
    assert_eq!(serving(&mut api, &id).len(), 5);
}

#[test]
fn windows_take_effect_within_three_minutes() {
    let mut api = Api::new();
    let ids: Vec<String> = (0..12).map(|_| api.create(json!({ "idleScaling": false }))).collect();
    api.pass(300);
    for id in &ids {
        let entry = json!({ "name": "busy", "weekdays": [4], "startHourUtc": 2, "endHourUtc": 4, "numReplicas": 5 });
        schedule(&mut api, id, json!([entry]));
    }
    until(&mut api, 2 * HOUR - 1);
    assert!(ids.iter().all(|id| effective(&mut api, id).1 == 3));
    until(&mut api, 2 * HOUR + 60);
    let soon = ids.iter().filter(|id| effective(&mut api, id).1 == 5).count();
    assert!((1..ids.len()).contains(&soon), "each has a lag of its own: {soon}");
    until(&mut api, 2 * HOUR + 180);
    assert!(ids.iter().all(|id| effective(&mut api, id).1 == 5));
}

#[test]
fn backups_appear_every_day_and_expire_while_the_newest_and_the_full_ones_they_need_stay() {
    let mut api = Api::new();
    let id = awake(&mut api, json!({}));
    until(&mut api, DAY - 1);
    assert_eq!(backups(&mut api, &id), Vec::<Value>::new());
    until(&mut api, DAY);
    assert_eq!(backups(&mut api, &id)[0]["status"], "in_progress");
    until(&mut api, DAY + 600);
    let first = backups(&mut api, &id);
    assert_eq!((&first[0]["status"], &first[0]["type"]), (&json!("done"), &json!("full")));
    assert_eq!(first[0]["durationInSeconds"], 600);
    until(&mut api, 4 * DAY);
    let kinds: Vec<String> = backups(&mut api, &id).iter().map(|b| b["type"].as_str().unwrap().to_owned()).collect();
    // The one that runs, the one of yesterday, and the full one both need.
    assert_eq!(kinds, ["incremental", "incremental", "full"]);
    until(&mut api, 9 * DAY + HOUR);
    let kinds: Vec<String> = backups(&mut api, &id).iter().map(|b| b["type"].as_str().unwrap().to_owned()).collect();
    assert_eq!(kinds, ["incremental", "full"], "a new chain has begun");
    assert_eq!(timeline(&mut api, &id, "backup_done").len(), 9);
}

#[test]
fn the_configuration_says_when_and_how_long() {
    let mut api = Api::new();
    let id = awake(&mut api, json!({}));
    let path = format!("/services/{id}/backupConfiguration");
    api.ok("PATCH", &path, json!({ "backupPeriodInHours": 6, "backupRetentionPeriodInHours": 48 }));
    until(&mut api, 3 * DAY + HOUR);
    assert_eq!(backups(&mut api, &id).len(), 9, "eight of two days, and the full one they need");
    let daily = awake(&mut api, json!({}));
    api.ok("PATCH", &format!("/services/{daily}/backupConfiguration"), json!({ "backupStartTime": "15:30" }));
    until(&mut api, 6 * DAY);
    let starts: Vec<String> =
        backups(&mut api, &daily).iter().map(|b| b["startedAt"].as_str().unwrap().to_owned()).collect();
    assert!(!starts.is_empty() && starts.iter().all(|start| start.contains("T15:30:00")), "{starts:?}");
}

#[test]
fn only_a_primary_whose_compute_runs_makes_backups() {
    let mut api = Api::new();
    let primary = awake(&mut api, json!({}));
    let warehouse = api.get(&primary)["dataWarehouseId"].clone();
    let secondary = awake(&mut api, json!({ "dataWarehouseId": warehouse }));
    let sleeper = api.running(json!({}));
    until(&mut api, 5 * DAY);
    assert!(!backups(&mut api, &primary).is_empty());
    assert_eq!(backups(&mut api, &secondary), Vec::<Value>::new());
    assert_eq!(backups(&mut api, &sleeper), Vec::<Value>::new());
    api.ok("PATCH", &format!("/services/{sleeper}/state"), json!({ "command": "awake" }));
    api.pass(HOUR);
    assert_eq!(backups(&mut api, &sleeper).len(), 1, "the one that was due comes when it wakes");
    assert_eq!(api.state(&sleeper), "idle");
}

#[test]
fn a_running_backup_always_finishes_however_long_its_replica_has_to_stay() {
    let mut api = punctual(Durations { backup: 3 * 3_600, ..Durations::default() });
    let id = awake(&mut api, json!({}));
    until(&mut api, DAY);
    assert_eq!(backups(&mut api, &id)[0]["status"], "in_progress");
    api.ok("PATCH", &format!("/services/{id}/replicaScaling"), json!({ "minReplicaMemoryGb": 32 }));
    until(&mut api, DAY + 600);
    assert_eq!(phases(&mut api, &id), [("serving", 3), ("draining", 1)].into(), "the others had nothing to wait for");
    until(&mut api, DAY + 3 * HOUR - 1);
    assert_eq!(phases(&mut api, &id)["draining"], 1, "longer than an hour");
    until(&mut api, DAY + 3 * HOUR);
    assert_eq!(phases(&mut api, &id), [("serving", 3)].into());
    assert_eq!(backups(&mut api, &id)[0]["status"], "done");
}

#[test]
fn a_service_can_be_made_from_a_scheduled_backup() {
    let mut api = Api::new();
    let id = awake(&mut api, json!({}));
    until(&mut api, DAY + HOUR);
    let backup = backups(&mut api, &id)[0]["id"].clone();
    let restored = api.ok("POST", "/services", service_with(json!({ "name": "restored", "backupId": backup })));
    assert_eq!(restored["service"]["state"], "provisioning");
    assert_ne!(restored["service"]["dataWarehouseId"], api.get(&id)["dataWarehouseId"], "it stands alone");
}

#[test]
fn a_release_reaches_the_fast_channel_first_then_the_default_one_then_the_slow_one() {
    let mut api = Api::new();
    let ids = ["fast", "default", "slow"].map(|channel| awake(&mut api, json!({ "releaseChannel": channel })));
    api.control("POST", "/releases", json!({ "version": "26.3" }));
    let versions = |api: &mut Api| -> Vec<String> {
        ids.iter().map(|id| api.get(id)["clickhouseVersion"].as_str().unwrap().to_owned()).collect()
    };
    api.pass(DAY);
    assert_eq!(versions(&mut api), ["26.3", "26.2", "26.2"]);
    api.pass(14 * DAY);
    assert_eq!(versions(&mut api), ["26.3", "26.3", "26.2"]);
    api.pass(14 * DAY);
    assert_eq!(versions(&mut api), ["26.3", "26.3", "26.3"]);
}

#[test]
fn an_upgrade_waits_for_its_window_and_makes_before_it_breaks() {
    let mut api = Api::new();
    let id = awake(&mut api, json!({ "releaseChannel": "fast" }));
    let warehouse = api.get(&id)["dataWarehouseId"].clone();
    let secondary = awake(&mut api, json!({ "dataWarehouseId": warehouse }));
    api.ok("PUT", &format!("/services/{id}/upgradeWindow"), json!({ "weekday": 6, "startHourUtc": 12 }));
    api.control("POST", "/releases", json!({ "version": "26.3" }));
    until(&mut api, 2 * DAY + 12 * HOUR - 1);
    assert_eq!(api.get(&id)["clickhouseVersion"], "26.2");
    until(&mut api, 2 * DAY + 12 * HOUR);
    for service in [&id, &secondary] {
        assert_eq!(phases(&mut api, service), [("serving", 3), ("joining", 3)].into());
    }
    until(&mut api, 2 * DAY + 12 * HOUR + 600);
    assert_eq!(phases(&mut api, &id), [("serving", 3)].into());
    assert_eq!(api.get(&id)["clickhouseVersion"], "26.3");
    assert_eq!(api.get(&secondary)["clickhouseVersion"], "26.3", "the window is the primary's");
}

#[test]
fn a_security_fix_waits_for_neither_channel_nor_window() {
    let mut api = Api::new();
    let id = awake(&mut api, json!({ "releaseChannel": "slow" }));
    api.ok("PUT", &format!("/services/{id}/upgradeWindow"), json!({ "weekday": 3, "startHourUtc": 12 }));
    api.control("POST", "/releases", json!({ "version": "26.2.1", "security": true }));
    api.pass(2 * HOUR);
    assert_eq!(api.get(&id)["clickhouseVersion"], "26.2.1");
}

#[test]
fn an_idle_service_has_the_new_version_when_it_wakes() {
    let mut api = Api::new();
    let id = api.running(json!({ "releaseChannel": "fast" }));
    api.control("POST", "/releases", json!({ "version": "26.3" }));
    api.pass(2 * HOUR);
    assert_eq!((api.state(&id).as_str(), &api.get(&id)["clickhouseVersion"]), ("idle", &json!("26.3")));
}
