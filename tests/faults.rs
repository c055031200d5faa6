//! What goes wrong on the platform's side: named at once, never answered by a duplicate or a deletion.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

mod support;

use serde_json::json;
use support::Project;

fn service(extra: &str) -> String {
    format!(
        "cloud {{ tier = \"enterprise\" }}\nservice \"x\" {{\n  cloud_provider = \"aws\"\n  region = \"eu-west-1\"\n  \
         min_replica_memory_gb = 8\n  max_replica_memory_gb = 8\n  ip_access = []\n  {extra}\n}}\n"
    )
}

/// Two services, of which one does not come up. The sandbox must exist before a fault can be set.
fn started(configuration: &str) -> Project {
    let project = Project::new(configuration);
    project.plan().exits(2);
    project
}

#[test]
fn failed_and_degraded_are_named_and_told_apart() {
    let two = service("") + &service("").replace("cloud { tier = \"enterprise\" }\n", "").replace("\"x\"", "\"y\"");
    let project = started(&two);
    project.fault(&json!({ "effect": { "provisioning": { "becomes": "failed", "name": "x" } } }));
    project.fault(&json!({ "effect": { "provisioning": { "becomes": "degraded", "name": "y" } } }));
    project.apply().exits(1).says("service.x is failed").says("service.y is degraded");
    assert_eq!(project.written(), ["POST /services", "POST /services"]);
    assert_eq!(project.services().len(), 2, "nothing is deleted or made again");
    let listed = project.sandbox(&["state", "list"]).stdout;
    assert!(listed.contains("service.x") && listed.contains("service.y"), "{listed}");

    project.change_remotely("y", &json!({ "state": "running" }));
    project.change_remotely("x", &json!({ "state": "running" }));
    project.apply().exits(0);
    assert_eq!(project.written(), Vec::<String>::new());
    project.plan().exits(0);
}

#[test]
fn a_lost_answer_does_not_make_a_second_service() {
    for effect in [
        json!({ "drop": { "when": "after" } }),
        json!({ "answer": { "when": "after", "status": 500, "error": "INTERNAL" } }),
        json!({ "answer": { "when": "after", "status": 502, "html": "<html>bad gateway</html>" } }),
    ] {
        let project = started(&service(""));
        project.fault(&json!({ "method": "POST", "effect": effect }));
        project.apply().exits(0);
        assert_eq!(project.services().len(), 1);
        // Nobody saw the password that the answer told.
        assert_eq!(project.written(), ["POST /services", "PATCH /services/*/password"]);
        project.plan().exits(0);
    }
}

#[test]
fn a_lost_request_is_not_taken_for_a_lost_answer() {
    let project = started(&service(""));
    project.fault(&json!({ "method": "POST", "effect": { "drop": { "when": "before" } } }));
    project.apply().exits(1);
    assert_eq!(project.services().len(), 0);
    project.apply().exits(0);
    assert_eq!(project.services().len(), 1);
}

#[test]
fn a_creation_whose_answer_was_never_noted_is_found_by_the_next_run() {
    let project = Project::new(&service("password = \"correct horse\""));
    project.apply().exits(0);
    let services = project.services();
    // As if the program had been killed after the request and before its answer: the state knows the intention alone.
    let stored = project.read(".housewright/state.json");
    let mut state: serde_json::Value = serde_json::from_str(&stored).expect("a state");
    let world = project.control("GET", "/world", &serde_json::Value::Null).to_string();
    let mark =
        world.split("\"housewright\"").nth(1).and_then(|rest| rest.split('"').find(|w| w.len() == 32)).expect("a mark");
    let resource = &mut state["state"]["resources"]["service.x"];
    for (field, value) in [
        ("identity", json!({})),
        ("applied", json!({})),
        ("observed", json!({})),
        ("settled", json!(false)),
        ("creating", json!(mark)),
    ] {
        resource[field] = value;
    }
    state.as_object_mut().expect("an object").remove("checksum");
    project.write(".housewright/state.json", &state.to_string());
    project.written();
    project.apply().exits(0);
    assert_eq!(project.services(), services, "it is found, not made again");
    assert_eq!(project.written(), ["PATCH /services/*/password"], "what is not known to have been sent is sent");
    project.plan().exits(0);
    project.sandbox(&["destroy", "--auto-approve"]).exits(0);
    assert_eq!(project.services(), []);
}

#[test]
fn an_answer_without_a_list_is_no_empty_list() {
    let project = Project::new(&service(""));
    project.apply().exits(0);
    for effect in [
        json!({ "answer": { "status": 404, "error": "NOT_FOUND: no such organization" } }),
        json!({ "answer": { "status": 200, "html": "<html>sign in</html>" } }),
    ] {
        for command in ["plan", "destroy"] {
            project.fault(&json!({ "method": "GET", "times": 4, "effect": effect }));
            let arguments: &[&str] = if command == "plan" { &["plan"] } else { &["destroy", "--auto-approve"] };
            project.sandbox(arguments).exits(1).does_not_say("deleted it outside");
            project.control("DELETE", "/faults", &serde_json::Value::Null);
        }
    }
    assert_eq!(project.services().len(), 1);
    project.sandbox(&["state", "show", "service.x"]).exits(0);
    project.plan().exits(0);
}

#[test]
fn a_failure_after_the_creation_is_mended_not_replaced() {
    let project = started(&service("password = \"correct horse\""));
    let refusal = json!({ "answer": { "status": 400, "error": "BAD_REQUEST: too weak" } });
    project.fault(&json!({ "method": "PATCH", "effect": refusal }));
    project.apply().exits(1).says("too weak");
    let services = project.services();
    project.sandbox(&["state", "show", "service.x"]).exits(0).says(&services[0].1);
    project.written();
    project.apply().exits(0);
    assert_eq!(project.written(), ["PATCH /services/*/password"]);
    assert_eq!(project.services(), services);
    project.plan().exits(0);
}

#[test]
fn deletion_endures_the_platforms_lag() {
    let project = Project::new(&service(""));
    project.apply().exits(0);
    project.fault(&json!({ "times": 5, "effect": "deleteConflict" }));
    project.sandbox(&["destroy", "--auto-approve"]).exits(0);
    assert_eq!(project.services(), []);
}

#[test]
fn a_rate_limit_is_waited_out() {
    let project = started(&service(""));
    let limited =
        json!({ "answer": { "status": 429, "error": "TOO_MANY_REQUESTS", "headers": { "x-ratelimit-reset": "3" } } });
    project.fault(&json!({ "times": 4, "effect": limited }));
    project.apply().exits(0).does_not_say("TOO_MANY_REQUESTS");
}

#[test]
fn what_was_deleted_outside_is_made_again_and_said() {
    let project = Project::new(&service(""));
    project.apply().exits(0);
    project.change_remotely("x", &json!({ "state": "terminated" }));
    project.plan().exits(2).says("deleted it outside").says("1 to add");
}
