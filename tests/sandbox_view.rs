//! Seeing what happens in the sandbox: `sandbox status` and `sandbox events`, from its files and while it is served, for
//! people and for programs; and that nothing of it is lost when the process is killed.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

mod support;

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use serde_json::{Value, json};
use support::{Project, Served, binary};

const CONFIGURATION: &str = r#"
cloud {
  tier = "enterprise"
}

service "orders" {
  name                  = "orders"
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 3
  min_replica_memory_gb = 16
  max_replica_memory_gb = 64
  ip_access             = [{ source = "192.0.2.0/24", description = "office" }]
}
"#;

const LOADS: &str = r#"[{ "service": "ord*", "profile": { "recorded": { "csvFile": "orders.csv" } } }]"#;
const SERIES: &str = "time,queries,cpuCores\n2026-01-01T00:00:00Z,4,9\n";

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn an_unused_sandbox_says_so() {
    let project = Project::empty();
    project.run(&["sandbox", "status"]).exits(0).says("has not been used yet");
    project.run(&["sandbox", "events"]).exits(0).says("has not been used yet");
    assert_eq!(json_of(&project.run(&["sandbox", "events", "--json"]).exits(0).stdout), json!([]));
}

#[test]
fn status_and_events_tell_of_the_world_in_the_files() {
    let project = Project::new(CONFIGURATION);
    project.apply().exits(0);
    let status = project.run(&["sandbox", "status"]).exits(0);
    for text in ["orders", "running", "3 x 16 GB", "3 serving", "thirty-hour", "aws eu-central-1"] {
        assert!(status.stdout.contains(text), "{text}: {}", status.stdout);
    }
    let status = json_of(&project.run(&["sandbox", "status", "--json"]).exits(0).stdout);
    assert_eq!(status["services"][0]["replicaList"].as_array().unwrap().len(), 3);
    let events = project.run(&["sandbox", "events"]).exits(0);
    assert!(events.stdout.contains("  orders  state: running: "), "{}", events.stdout);
    let events = json_of(&project.run(&["sandbox", "events", "--json", "--service", "orders"]).exits(0).stdout);
    let last = events.as_array().unwrap().last().unwrap()["sequence"].as_u64().unwrap();
    assert!(last >= 5, "{events}");
    let rest = project.run(&["sandbox", "events", "--json", "--since", &last.to_string()]).exits(0);
    assert_eq!(json_of(&rest.stdout), json!([]));
    assert_eq!(
        json_of(&project.run(&["sandbox", "events", "--json", "--service", "other"]).exits(0).stdout),
        json!([])
    );
    project.run(&["sandbox", "events", "--follow"]).exits(1).says("Nobody serves this sandbox");
}

#[test]
fn a_served_sandbox_is_followed_while_a_load_from_a_file_scales_it() {
    let project = Project::new(CONFIGURATION);
    project.write("loads.json", LOADS);
    project.write("orders.csv", SERIES);
    project.write("settings.json", r#"{ "durations": { "provision": 60, "replicaAdd": 120 } }"#);
    let files = ["--load", "loads.json", "--settings", "settings.json"];
    let served = Served::start_with(&project, "500", &files);
    let mut command = binary(project.root());
    command.args(["sandbox", "events", "--follow", "--json", "--data", "served"]);
    let mut follower = command.stdout(Stdio::piped()).spawn().unwrap();
    served.run(&project, &["apply", "--auto-approve", "--password-file", "passwords"]).exits(0);
    let lines = BufReader::new(follower.stdout.take().unwrap()).lines();
    let decided = lines.map(|line| json_of(&line.unwrap())).find(|entry| entry["what"] == "scaling_decided").unwrap();
    assert_eq!(decided["numbers"]["cpuShare"], 0.75);
    assert_eq!((&decided["numbers"]["to"]["memoryGb"], &decided["service"]), (&json!(32), &json!("orders")));
    follower.kill().unwrap();
    follower.wait().unwrap();
    let status = project.run(&["sandbox", "status", "--data", "served"]).exits(0);
    assert!(status.stdout.contains("orders"), "{}", status.stdout);

    // Killed, and opened again: what was told is still there, with the same numbers.
    let before = json_of(&project.run(&["sandbox", "events", "--json", "--data", "served"]).exits(0).stdout);
    drop(served);
    let after = json_of(&project.run(&["sandbox", "events", "--json", "--data", "served"]).exits(0).stdout);
    let (before, after) = (before.as_array().unwrap(), after.as_array().unwrap());
    assert!(after.len() >= before.len() && after[..before.len()] == before[..], "{before:#?}\n{after:#?}");
}

#[test]
fn files_that_make_no_sense_are_refused_before_anything_is_served() {
    let project = Project::empty();
    project.write("no.json", "{");
    project.write("wrong.json", r#"[{ "service": "x", "profile": { "constant": { "queries": -1 } } }]"#);
    project.write("gone.json", r#"[{ "service": "x", "profile": { "recorded": { "csvFile": "gone.csv" } } }]"#);
    project.write("settings.json", r#"{ "seed": 5 }"#);
    for (option, file, text) in [
        ("--load", "no.json", "it is no JSON"),
        ("--load", "wrong.json", "queries must be a number from 0"),
        ("--load", "gone.json", "gone.csv"),
        ("--load", "nowhere.json", "nowhere.json"),
        ("--settings", "settings.json", "keeps what it was born with"),
    ] {
        let run = project.run(&["sandbox", "serve", "--listen", "127.0.0.1:0", option, file]);
        run.exits(1).says(text).says("Nothing was served");
    }
}
