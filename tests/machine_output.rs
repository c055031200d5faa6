//! What programs read: plans, events and findings are as their JSON Schemas in docs/schemas say.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

mod support;

use std::path::Path;

use serde_json::{Value, json};
use support::{Project, Run};

fn check(schema: &str, value: &Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("docs/schemas/{schema}.json"));
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let wrong: Vec<String> = validator.iter_errors(value).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(wrong.is_empty(), "{}\n{value:#}", wrong.join("\n"));
}

fn json(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|e| panic!("{e}: {}", run.all()))
}

/// Each line of an event stream, checked.
fn events(run: &Run) -> Vec<Value> {
    let lines: Vec<Value> = run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    lines.iter().for_each(|event| check("events", event));
    assert_eq!(lines[0]["type"], "version", "the version stands first");
    lines
}

fn service(name: &str, extra: &str) -> String {
    format!(
        "service \"{name}\" {{\n  cloud_provider = \"aws\"\n  region = \"eu-west-1\"\n  min_replica_memory_gb = 8\n  \
         max_replica_memory_gb = 16\n  ip_access = [{{ source = \"192.0.2.0/24\" }}]\n  {extra}\n}}\n"
    )
}

fn plan(project: &Project, arguments: &[&str]) -> Value {
    let run = project.sandbox(&[&["plan", "--json"], arguments].concat());
    let plan = json(&run.exits(0));
    check("plan", &plan);
    plan
}

fn project(configuration: &str) -> Project {
    Project::new(&format!("cloud {{ tier = \"enterprise\" }}\n{configuration}"))
}

#[test]
fn plans_of_services_are_as_their_schema_says() {
    let both = service("a", "password = \"correct-Horse-1\"")
        + &service("b", "warehouse_id = service.a.warehouse_id\n  readonly = true");
    let project = project(&format!("{both}output \"id\" {{ value = service.a.id }}\n"));
    let created = plan(&project, &[]);
    let change = &created["resource_changes"][0];
    assert_eq!((&change["address"], &change["type"]), (&json!("clickhouse_service.a"), &json!("clickhouse_service")));
    assert_eq!(change["change"]["actions"], json!(["create"]));
    assert_eq!(change["change"]["after_sensitive"]["password"], true);
    assert_eq!(change["change"]["after_unknown"]["id"], true);
    let own = &created["housewright"]["actions"][0];
    assert_eq!(own["calls"][0]["path"], "/v1/organizations/{organizationId}/services");
    assert!(created["housewright"]["requests"]["writes"].as_u64() >= Some(2));
    project.apply().exits(0);

    project.write("main.hcl", &project.read("main.hcl").replacen("= 16", "= 32", 1));
    project.change_remotely("a", &json!({"name": "by hand"}));
    let changed = plan(&project, &[]);
    let change = &changed["resource_changes"][0]["change"];
    assert_eq!(change["actions"], json!(["update"]));
    assert_eq!(
        (&change["before"]["max_replica_memory_gb"], &change["after"]["max_replica_memory_gb"]),
        (&json!(16), &json!(32))
    );
    let drift = &changed["resource_drift"][0]["change"];
    assert_eq!((&drift["before"]["name"], &drift["after"]["name"]), (&json!("a"), &json!("by hand")));
    assert!(changed["housewright"]["actions"][0]["effects"].as_array().is_some_and(|e| !e.is_empty()));
    assert!(!changed.to_string().contains("correct-Horse-1"));

    let replaced = plan(&project, &["--replace", "service.b"]);
    let change = replaced["resource_changes"].as_array().unwrap().iter().find(|c| c["name"] == "b").unwrap().clone();
    assert_eq!(change["change"]["actions"], json!(["delete", "create"]));
    assert_eq!(change["action_reason"], "replace_by_request");
    let gone = plan(&project, &["--destroy"]);
    assert_eq!(gone["resource_changes"][0]["change"]["after"], Value::Null);
    assert_eq!(gone["planned_values"]["root_module"], json!({}));
}

#[test]
fn errors_in_a_plan_are_in_its_json() {
    let project = project(&service("a", "lifecycle {\n    prevent_destroy = true\n  }"));
    project.apply().exits(0);
    let run = project.sandbox(&["plan", "--json", "--destroy"]).exits(1);
    let plan = json(&run);
    check("plan", &plan);
    assert_eq!((&plan["errored"], &plan["applyable"]), (&json!(true), &json!(false)));
    assert_eq!(plan["housewright"]["diagnostics"][0]["code"], "HW0603");
}

#[test]
fn an_apply_tells_events() {
    let project = project(&(service("a", "") + "output \"name\" { value = service.a.name }\n"));
    project.sandbox(&["apply", "--json"]).exits(1).says("HW0931");
    assert_eq!(project.services(), []);
    let told = events(&project.sandbox(&["apply", "--json", "--auto-approve"]).exits(0));
    let types: Vec<&str> = told.iter().map(|e| e["type"].as_str().unwrap()).collect();
    let at = |ty: &str| types.iter().position(|t| *t == ty).unwrap_or_else(|| panic!("{ty} is not in {types:?}"));
    assert!(at("planned_change") < at("change_summary") && at("change_summary") < at("apply_start"));
    assert!(at("apply_start") < at("apply_progress") && at("apply_progress") < at("apply_complete"));
    assert!(at("apply_complete") < at("outputs"));
    let id = &project.services()[0].1;
    assert_eq!(told[at("apply_complete")]["hook"]["id_value"], id.as_str());
    assert_eq!(told[at("outputs")]["outputs"]["name"]["value"], "a");
    let waits = told.iter().filter(|e| e["type"] == "apply_progress").count();
    let states: std::collections::BTreeSet<String> =
        told.iter().filter(|e| e["type"] == "apply_progress").map(|e| e["hook"]["status"].to_string()).collect();
    assert_eq!(waits, states.len(), "one event for each state, none for a poll");
    events(&project.sandbox(&["destroy", "--json", "--auto-approve"]).exits(0));
    assert_eq!(project.services(), []);
}

#[test]
fn a_failed_apply_says_in_events_how_to_go_on() {
    let project = project(&(service("a", "") + &service("b", "warehouse_id = service.a.warehouse_id")));
    project.sandbox(&["sandbox", "status"]);
    project.fault(
        &json!({"method": "POST", "effect": {"answer": {"when": "before", "status": 400, "error": "BAD_REQUEST"}}}),
    );
    let run = project.sandbox(&["apply", "--json", "--auto-approve"]);
    assert_eq!(run.code, 1, "{}", run.all());
    let told = events(&run);
    let of = |ty: &str| told.iter().find(|e| e["type"] == ty).unwrap_or_else(|| panic!("no {ty} in {}", run.stdout));
    assert_eq!(of("apply_errored")["hook"]["resource"]["address"], "service.a");
    assert_eq!(of("apply_skipped")["because"]["address"], "service.a");
    assert_eq!(of("diagnostic")["diagnostic"]["severity"], "error");
    assert_eq!(of("apply_stopped")["command"], "housewright apply --sandbox");
    // What fails before the plan is an event as well.
    project.write("main.hcl", "service \"a\" {");
    let told = events(&project.sandbox(&["apply", "--json", "--auto-approve"]).exits(1));
    assert_eq!(told.last().unwrap()["type"], "diagnostic");
}

#[test]
fn findings_are_told_in_three_formats() {
    let project = Project::new("service \"a\" {\n  regoin = \"x\"\n}\n");
    let report = json(&project.run(&["validate", "--json"]).exits(1));
    check("validate", &report);
    let sarif = json(&project.run(&["validate", "--sarif"]).exits(1));
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), report["diagnostics"].as_array().unwrap().len());
    let place = &results[0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "main.hcl");
    let annotations = project.run(&["validate", "--github"]).exits(1).stdout;
    assert_eq!(annotations.lines().count(), results.len());
    assert!(annotations.starts_with("::error file=main.hcl,line="), "{annotations}");
    // Seen from above, files have the directory before their names.
    std::fs::create_dir(project.path("infra")).unwrap();
    std::fs::rename(project.path("main.hcl"), project.path("infra/main.hcl")).unwrap();
    project.run(&["-C", "infra", "validate", "--github"]).exits(1).says("file=infra/main.hcl,");
    project.run(&["validate", "--sarif", "--json"]).exits(1).says("cannot be used with");
}
