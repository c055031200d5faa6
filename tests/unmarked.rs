//! Creations that carry no mark: told by name, place and time when their answer is lost, and asked about when these do
//! not decide.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

mod support;

use std::time::{Duration, Instant};

use housewright::sandbox::{Durations, Options, Sandbox, Settings};
use serde_json::{Value, json};
use support::{Project, Served};

fn service(label: &str) -> String {
    format!(
        "service \"{label}\" {{\n  name = \"x\"\n  cloud_provider = \"aws\"\n  region = \"eu-west-1\"\n  \
         min_replica_memory_gb = 8\n  max_replica_memory_gb = 8\n  ip_access = []\n}}\n"
    )
}

fn unmarked(services: &[&str]) -> String {
    let services: String = services.iter().map(|label| service(label)).collect();
    format!("cloud {{\n  tier = \"enterprise\"\n  ownership_tag = false\n}}\n{services}")
}

const LOST: &str = "{ \"drop\": { \"when\": \"after\" } }";

fn lose_answers(project: &Project, times: u32) {
    let effect: Value = serde_json::from_str(LOST).unwrap();
    project.fault(&json!({ "method": "POST", "times": times, "effect": effect }));
}

#[test]
fn a_lost_creation_is_found_by_name_and_place_at_once() {
    let project = Project::new(&unmarked(&["x"]));
    project.plan().exits(2);
    project.writes();
    lose_answers(&project, 1);
    project.apply().exits(0).says("it was found again as");
    assert_eq!(project.written(), ["POST /services", "PATCH /services/*/password"]);
    let services = project.services();
    assert_eq!(services.len(), 1);
    project.sandbox(&["state", "show", "service.x"]).exits(0).says(&services[0].1);
    let world = project.control("GET", "/world", &Value::Null).to_string();
    assert!(!world.contains("\"housewright\""), "it carries no mark");
    project.plan().exits(0);
}

#[test]
fn a_namesake_that_was_there_before_is_left_alone() {
    let project = Project::new(&unmarked(&["x"]));
    project.apply().exits(0);
    let namesake = project.services();
    // The state forgets it: from now on it is somebody else's.
    project.sandbox(&["state", "rm", "service.x"]).exits(0);
    project.writes();
    lose_answers(&project, 1);
    project.apply().exits(0);
    assert_eq!(project.written(), ["POST /services", "PATCH /services/*/password"]);
    let ours = project.services().into_iter().find(|s| s.1 != namesake[0].1).expect("another one");
    project.sandbox(&["state", "show", "service.x"]).exits(0).says(&ours.1);
    assert_eq!(project.services().len(), 2);
}

#[test]
fn what_cannot_be_told_apart_is_asked_about_until_somebody_says() {
    let project = Project::new(&unmarked(&["x", "y"]));
    project.plan().exits(2);
    project.writes();
    lose_answers(&project, 2);
    let run = project.apply().exits(1).says("HW0621").says("service.x may have been created");
    let services = project.services();
    assert_eq!(services.len(), 2);
    let run = run.says(&services[0].1).says(&services[1].1);
    run.says("housewright state rm 'service.x'");
    assert_eq!(project.written(), ["POST /services", "POST /services"]);

    for _ in 0..2 {
        project.apply().exits(1).says("HW0621").says(&services[0].1).says(&services[1].1);
        assert_eq!(project.written(), Vec::<String>::new(), "nothing is sent before somebody has said which is which");
    }
    let imports: String = ["x", "y"]
        .iter()
        .zip(&services)
        .map(|(label, (_, id, _))| {
            project.sandbox(&["state", "rm", &format!("service.{label}")]).exits(0);
            format!("import {{\n  to = service.{label}\n  id = \"{id}\"\n}}\n")
        })
        .collect();
    project.write("main.hcl", &(unmarked(&["x", "y"]) + &imports));
    project.apply().exits(0);
    assert_eq!(project.written(), Vec::<String>::new());
    project.plan().exits(0);
    assert_eq!(project.services().len(), 2);
}

/// Kills an apply between the creation's request and its answer, in a sandbox whose time begins then.
fn killed(begin: jiff::Timestamp) -> (Project, Served, String) {
    let project = Project::new(&unmarked(&["x"]));
    let durations = Durations { provision: 20, ..Durations::default() };
    let settings = Settings { durations, start: begin, ..Settings::default() };
    drop(Sandbox::open(&project.path("served"), Options { settings, ..Options::default() }).expect("a new world"));
    let served = Served::start(&project, "10");
    let late = json!({ "operation": "instanceCreate", "effect": { "latency": { "milliseconds": 20_000 } } });
    served.control("POST", "/faults", &late.to_string());
    let mut applying = served.client(&project, &["apply", "--auto-approve"]);
    let mut applying =
        applying.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().expect("it starts");
    let (since, mut creation) = (Instant::now(), None);
    while creation.is_none() {
        assert!(since.elapsed() < Duration::from_secs(30), "nothing is created");
        creation = served.requests().into_iter().find(|r| r["method"] == "POST");
        std::thread::sleep(Duration::from_millis(5));
    }
    applying.kill().unwrap();
    applying.wait().unwrap();
    let world: Value = serde_json::from_str(&served.control("GET", "/world", "")).unwrap();
    let id = world["services"].as_object().unwrap().keys().next().expect("a service").clone();
    (project, served, id)
}

fn creations(served: &Served) -> usize {
    served.requests().iter().filter(|r| r["method"] == "POST").count()
}

#[test]
fn the_next_run_finds_what_was_made_just_then() {
    let (project, served, id) = killed(jiff::Timestamp::now());
    served.run(&project, &["apply", "--auto-approve"]).exits(0).says("HW0622").says(&id);
    assert_eq!(creations(&served), 1);
    served.run(&project, &["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn the_next_run_asks_where_the_time_does_not_fit() {
    let yesterday = jiff::Timestamp::now().checked_sub(jiff::SignedDuration::from_hours(24)).unwrap();
    let (project, served, id) = killed(yesterday);
    for command in [&["plan"][..], &["apply", "--auto-approve"]] {
        served.run(&project, command).exits(1).says("HW0621").says(&id).says("housewright state rm 'service.x'");
    }
    assert_eq!(creations(&served), 1);
}
