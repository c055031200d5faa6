//! What a lost answer told only once is made anew, and said: a generated password.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

mod support;

use serde_json::{Value, json};
use support::{Project, Run};

const SERVICE: &str = "service \"x\" {\n  cloud_provider = \"aws\"\n  region = \"eu-west-1\"\n  \
    min_replica_memory_gb = 8\n  max_replica_memory_gb = 8\n  ip_access = []\n}\n";

fn apply(project: &Project) -> Run {
    let _ = std::fs::remove_file(project.path("secrets"));
    project.sandbox(&["apply", "--auto-approve", "--password-file", "secrets"])
}

/// What was handed over, one line for each thing.
fn handed_over(project: &Project) -> Vec<Value> {
    project.read("secrets").lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn lose_the_creation(project: &Project) {
    project.plan().exits(2);
    project.written();
    project.fault(&json!({ "method": "POST", "effect": { "drop": { "when": "after" } } }));
}

#[test]
fn a_password_whose_answer_was_lost_is_made_anew_at_once() {
    let project = Project::new(SERVICE);
    lose_the_creation(&project);
    apply(&project).exits(0).says("found again as").says("the secret that it told only then is made anew");
    assert_eq!(project.written(), ["POST /services", "PATCH /services/*/password"]);
    let lines = handed_over(&project);
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["identity"]["id"], json!(project.services()[0].1));
    assert!(lines[0]["password"].as_str().is_some_and(|p| !p.is_empty()), "{lines:?}");
    project.plan().exits(0);
}

#[test]
fn a_password_that_could_not_be_made_anew_is_owed_until_it_is() {
    let project = Project::new(SERVICE);
    lose_the_creation(&project);
    let refusal = json!({ "answer": { "status": 400, "error": "BAD_REQUEST: not now" } });
    project.fault(&json!({ "method": "PATCH", "effect": refusal }));
    apply(&project).exits(1).says("not now");
    assert_eq!(handed_over(&project), Vec::<Value>::new());
    project.written();
    project.plan().exits(2).says("the secret that it told only then is made anew");
    apply(&project).exits(0);
    assert_eq!(project.written(), ["PATCH /services/*/password"]);
    assert_eq!(handed_over(&project).len(), 1);
    project.plan().exits(0);
}

#[test]
fn a_password_that_is_given_is_not_made_anew() {
    let project = Project::new(&SERVICE.replace("ip_access = []", "ip_access = []\n  password = \"correct horse\""));
    lose_the_creation(&project);
    apply(&project).exits(0).does_not_say("made anew");
    let writes = project.writes();
    assert_eq!(writes.len(), 2, "{writes:?}");
    assert!(writes[1].body.get("newPasswordHash").is_some(), "{writes:?}");
    assert_eq!(handed_over(&project), Vec::<Value>::new());
}
