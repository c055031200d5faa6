//! The sandbox's files: the same requests give the same world, a restart keeps it, a crash loses nothing that was
//! answered, and no file holds a secret.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

mod sandbox_support;

use std::fs;
use std::path::Path;

use housewright::sandbox::{Credentials, Options, Sandbox, Settings, StoreError};
use jiff::SignedDuration;
use sandbox_support::{Api, service_with};
use serde_json::{Value, json};

const HASH: &str = "jZae727K08KaOmKSgOaGzww/XVqGr/PKEgIMkjrcbJI=";
const DOUBLE: &str = "94bdcebe19083ce2a1f959fd02f964c7af4cfc29";

/// A life with something of everything; gives the passwords that were answered.
fn live(api: &mut Api) -> Vec<String> {
    let mut passwords = Vec::new();
    let created = api.ok("POST", "/services", service_with(json!({ "tags": [{ "key": "a", "value": "1" }] })));
    passwords.push(created["password"].as_str().unwrap().to_owned());
    let id = created["service"]["id"].as_str().unwrap().to_owned();
    api.control("POST", "/faults", json!({ "effect": { "provisioning": { "becomes": "failed" } } }));
    api.create(json!({ "name": "failing" }));
    api.pass(300);
    let path = format!("/services/{id}");
    api.ok("PATCH", &format!("{path}/password"), json!({ "newPasswordHash": HASH, "newDoubleSha1Hash": DOUBLE }));
    api.refused(400, "PATCH", &format!("{path}/password"), json!({ "newPasswordHash": "hunter2" }));
    api.refused(400, "PATCH", &format!("{path}/password"), json!({ "password": "hunter2" }));
    let generated = api.ok("PATCH", &format!("{path}/password"), json!({}));
    passwords.push(generated["password"].as_str().unwrap().to_owned());
    api.ok("PATCH", &format!("{path}/replicaScaling"), json!({ "numReplicas": 5 }));
    api.pass(700);
    api.ok("POST", &format!("{path}/serviceQueryEndpoint"), json!({ "roles": [], "openApiKeys": ["k"] }));
    api.control("POST", &format!("{path}/backups"), Value::Null);
    api.ok("PATCH", &format!("{path}/state"), json!({ "command": "stop" }));
    api.control("POST", "/clock", json!({ "advanceSeconds": 30 }));
    api.ok("GET", "/services?apiSecret=hunter2", Value::Null);
    passwords
}

fn open(directory: &Path) -> Api {
    Api::over(Sandbox::open(directory, Options::default()).unwrap())
}

fn bytes(api: &Api) -> String {
    api.sandbox.world_json().to_string()
}

#[test]
fn the_same_seed_and_requests_give_the_same_world_and_answers() {
    let (mut one, mut two) = (Api::new(), Api::new());
    assert_eq!(live(&mut one), live(&mut two));
    assert_eq!(bytes(&one), bytes(&two));
    let mut other = Api::with(Settings { seed: 1, ..Settings::default() });
    live(&mut other);
    assert_ne!(bytes(&one), bytes(&other));
}

#[test]
fn reading_more_often_changes_nothing_but_the_record() {
    let (mut one, mut two) = (Api::new(), Api::new());
    let (first, second) = (one.create(json!({})), two.create(json!({})));
    for _ in 0..100 {
        one.pass(7);
        one.get(&first);
    }
    two.pass(700);
    two.get(&second);
    let things = |api: &Api| {
        let world = api.sandbox.world_json();
        json!([world["services"], world["events"], world["now"]])
    };
    assert_eq!(things(&one), things(&two));
}

#[test]
fn a_restart_keeps_the_world_from_snapshot_and_journal_alike() {
    for snapshot_every in [1, 5, 1_000_000] {
        let directory = tempfile::tempdir().unwrap();
        let options = Options { snapshot_every, ..Options::default() };
        let mut api = Api::over(Sandbox::open(directory.path(), options).unwrap());
        live(&mut api);
        let (before, now) = (bytes(&api), api.now);
        // Dropped without a last snapshot, as a killed process leaves it.
        drop(api);
        let mut api = open(directory.path());
        assert_eq!(bytes(&api), before, "{snapshot_every}");
        assert_eq!(api.sandbox.now(), now);
        api.pass(3_600);
        let id = api.sandbox.status().services[0].id.to_string();
        assert_eq!(api.state(&id), "stopped");
    }
}

#[test]
fn every_prefix_of_the_journal_opens_and_is_a_world_that_was() {
    let directory = tempfile::tempdir().unwrap();
    let mut api = open(directory.path());
    let id = api.create(json!({}));
    api.pass(300);
    for name in ["one", "two", "three"] {
        api.ok("PATCH", &format!("/services/{id}"), json!({ "name": name }));
    }
    drop(api);
    let journal = fs::read(directory.path().join("journal.jsonl")).unwrap();
    let snapshot = fs::read(directory.path().join("world.json")).unwrap();
    let mut names = Vec::new();
    // Around every line's end, where it matters, and here and there inside.
    let near_end = |length: usize| journal[length.saturating_sub(2)..(length + 1).min(journal.len())].contains(&b'\n');
    for length in (0..=journal.len()).filter(|length| length % 41 == 0 || near_end(*length)) {
        fs::write(directory.path().join("world.json"), &snapshot).unwrap();
        fs::write(directory.path().join("journal.jsonl"), &journal[..length]).unwrap();
        let api = open(directory.path());
        let status = api.sandbox.status();
        let name = status.services.first().map_or("none".to_owned(), |service| service.name.clone());
        if names.last() != Some(&name) {
            names.push(name);
        }
    }
    assert_eq!(names, ["none", "orders", "one", "two", "three"]);
}

#[test]
fn a_snapshot_whose_journal_was_not_emptied_applies_nothing_twice() {
    let directory = tempfile::tempdir().unwrap();
    let mut api = open(directory.path());
    api.create(json!({}));
    let journal = fs::read(directory.path().join("journal.jsonl")).unwrap();
    api.sandbox.snapshot().unwrap();
    let before = bytes(&api);
    drop(api);
    fs::write(directory.path().join("journal.jsonl"), &journal).unwrap();
    let api = open(directory.path());
    assert_eq!(bytes(&api), before);
    assert_eq!(api.sandbox.status().services.len(), 1);
}

#[test]
fn no_file_holds_a_secret() {
    let directory = tempfile::tempdir().unwrap();
    let options = Options { credentials: Credentials::new("key-7", "s3cr3t-of-the-key"), ..Options::default() };
    let mut sandbox = Sandbox::open(directory.path(), options.clone()).unwrap();
    let request = housewright::sandbox::Request::new("GET", "/v1/whoami").basic_auth("key-7", "s3cr3t-of-the-key");
    let response = sandbox.handle(sandbox.now(), &request);
    assert_eq!(response.body_json()["result"]["name"], "key-7");
    drop(sandbox);

    let mut api = open(directory.path());
    let passwords = live(&mut api);
    let look = |when: &str| {
        for entry in fs::read_dir(directory.path()).unwrap() {
            let path = entry.unwrap().path();
            let text = String::from_utf8(fs::read(&path).unwrap()).unwrap();
            let secrets = [HASH, DOUBLE, "hunter2", "s3cr3t-of-the-key", "c2FuZGJveDpzYW5kYm94"];
            for secret in secrets.iter().copied().chain(passwords.iter().map(String::as_str)) {
                assert!(!text.contains(secret), "{when}: {} holds {secret}", path.display());
            }
        }
    };
    look("journal");
    api.sandbox.snapshot().unwrap();
    look("snapshot");
    assert!(bytes(&api).contains("(secret)"));
    assert!(!format!("{:?}", options.credentials).contains("s3cr3t"));
}

#[test]
fn one_process_at_a_time() {
    let directory = tempfile::tempdir().unwrap();
    let first = open(directory.path());
    let error = Sandbox::open(directory.path(), Options::default()).unwrap_err();
    assert!(matches!(error, StoreError::InUse { .. }), "{error}");
    assert!(error.to_string().contains("is open in another process"), "{error}");
    drop(first);
    open(directory.path());
}

#[test]
fn damage_is_reported_and_nothing_is_overwritten() {
    let directory = tempfile::tempdir().unwrap();
    let mut api = open(directory.path());
    api.create(json!({}));
    api.create(json!({}));
    drop(api);
    let (snapshot, journal) = (directory.path().join("world.json"), directory.path().join("journal.jsonl"));
    let good = fs::read_to_string(&journal).unwrap();
    let bad = good.replacen("\"position\":1", "\"position\":", 1);
    fs::write(&journal, &bad).unwrap();
    let error = Sandbox::open(directory.path(), Options::default()).unwrap_err().to_string();
    assert!(error.contains("journal.jsonl cannot be read: line 1: "), "{error}");
    assert_eq!(fs::read_to_string(&journal).unwrap(), bad);

    fs::write(&journal, &good).unwrap();
    let whole = fs::read_to_string(&snapshot).unwrap();
    for bad in ["", "{", "[]", &whole.replacen("\"format\":1", "\"format\":2", 1)] {
        fs::write(&snapshot, bad).unwrap();
        let error = Sandbox::open(directory.path(), Options::default()).unwrap_err().to_string();
        assert!(error.contains("world.json cannot be read: "), "{error}");
        assert_eq!(fs::read_to_string(&snapshot).unwrap(), bad);
    }
    fs::write(&snapshot, &whole).unwrap();
    assert_eq!(open(directory.path()).sandbox.status().services.len(), 2);
}

#[test]
fn a_reset_is_remembered_and_time_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let mut api = open(directory.path());
    api.create(json!({}));
    api.pass(1_000);
    api.ok("GET", "/services", Value::Null);
    let now = api.now;
    api.sandbox.reset().unwrap();
    api.create(json!({ "name": "after" }));
    let before = bytes(&api);
    drop(api);
    let mut api = open(directory.path());
    assert_eq!(bytes(&api), before);
    assert_eq!(api.sandbox.now(), now);
    assert_eq!(api.sandbox.status().services.len(), 1);
    assert_eq!(api.sandbox.next_event(), Some(now + SignedDuration::from_secs(300)));
    api.pass(-10_000);
    api.ok("GET", "/services", Value::Null);
    assert_eq!(api.sandbox.now(), now);
}
