//! Kept plans: carried out once, as they are, and only while what they rest on is the same.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

mod support;

use serde_json::json;
use support::{Project, Run};

fn service(name: &str, extra: &str) -> String {
    format!(
        "service \"{name}\" {{\n  cloud_provider = \"aws\"\n  region = \"eu-central-1\"\n  num_replicas = 2\n  \
         min_replica_memory_gb = 8\n  max_replica_memory_gb = 16\n  ip_access = [{{ source = \"192.0.2.0/24\" }}]\n  {extra}\n}}\n"
    )
}

fn keep(project: &Project) -> Run {
    project.sandbox(&["plan", "--out", "the.plan"])
}

fn carry_out(project: &Project) -> Run {
    project.sandbox(&["apply", "the.plan"])
}

#[test]
fn a_plan_on_an_empty_state_is_carried_out_once() {
    let project =
        Project::new(&(service("a", "") + &service("b", "warehouse_id = service.a.warehouse_id\n  readonly = true")));
    keep(&project).exits(0).says("Carry it out with: housewright apply --sandbox the.plan");
    project.written();
    carry_out(&project).exits(0).says("2 added");
    assert_eq!(project.written(), ["POST /services", "POST /services"]);
    carry_out(&project).exits(1).says("HW0630").says("The state has changed since the plan was made");
    assert_eq!(project.written(), Vec::<String>::new());
    project.plan().exits(0);
}

#[test]
fn a_plan_is_refused_when_what_it_touches_has_changed_and_names_the_fields() {
    let project = Project::new(&(service("a", "") + &service("b", "")));
    project.apply().exits(0);
    project.write("main.hcl", &(service("a", "").replace("= 16", "= 32") + &service("b", "")));
    keep(&project).exits(0);
    project.change_remotely("a", &json!({"maxReplicaMemoryGb": 24, "name": "other"}));
    project.written();
    let run = carry_out(&project).exits(1).says("HW0630").says("`max_replica_memory_gb` was 16 and is 24");
    run.says("`name` would change as well");
    assert_eq!(project.written(), Vec::<String>::new());
}

#[test]
fn what_a_plan_does_not_touch_may_change_and_is_left_alone() {
    let project = Project::new(&(service("a", "") + &service("b", "")));
    project.apply().exits(0);
    project.write("main.hcl", &(service("a", "").replace("= 16", "= 32") + &service("b", "")));
    keep(&project).exits(0);
    project.change_remotely("b", &json!({"name": "other"}));
    project.written();
    carry_out(&project).exits(0).says("HW0631").says("service.b");
    assert_eq!(project.written(), ["PATCH /services/*/replicaScaling"]);
    project.plan().exits(2).says("service.b").does_not_say("service.a will");
}

#[test]
fn another_configuration_is_another_plan() {
    let project = Project::new(&service("a", ""));
    keep(&project).exits(0);
    project.write("main.hcl", &service("a", "tags = { a = \"b\" }"));
    carry_out(&project).exits(1).says("These files differ: main.hcl");
    project.write("main.hcl", &service("a", ""));
    project.write("more.hcl", "locals {}\n");
    carry_out(&project).exits(1).says("more.hcl");
    std::fs::remove_file(project.path("more.hcl")).unwrap();
    carry_out(&project).exits(0);
}

#[test]
fn values_are_kept_but_for_sensitive_ones_which_are_given_again() {
    let variables = "variable \"name\" {}\nvariable \"password\" {\n  sensitive = true\n}\n";
    let project = Project::new(&format!("{variables}{}", service("a", "name = var.name\n  password = var.password")));
    project.sandbox(&["plan", "--out", "the.plan", "--var", "name=kept", "--var", "password=correct-Horse-1"]).exits(0);
    let kept = support::content(&project.path("the.plan"));
    assert!(kept.contains("\"kept\"") && !kept.contains("correct-Horse-1"), "no secret in the file");
    carry_out(&project).exits(1).says("HW0901");
    project
        .sandbox(&["apply", "the.plan", "--var", "password=another-Horse-2"])
        .exits(1)
        .says("\"password\" has another value");
    assert_eq!(project.services(), []);
    project.sandbox(&["apply", "the.plan", "--var", "password=correct-Horse-1"]).exits(0);
    assert_eq!(project.services()[0].0, "kept");
}

#[test]
fn a_plan_is_encrypted_as_the_state_is() {
    let project = Project::new(&service("a", "name = \"visible\""));
    let run = |key: Option<&str>, arguments: &[&str]| {
        let mut command = support::binary(project.root());
        command.args(arguments).arg("--sandbox");
        if let Some(key) = key {
            command.env("HOUSEWRIGHT_STATE_PASSPHRASE", key);
        }
        Run::from(command.output().unwrap())
    };
    run(Some("one"), &["plan", "--out", "the.plan"]).exits(0);
    let kept = support::content(&project.path("the.plan"));
    assert!(kept.contains("\"data\"") && !kept.contains("visible"), "nothing stands there in plain text");
    run(None, &["apply", "the.plan"]).exits(1).says("HW0922").says("HOUSEWRIGHT_STATE_PASSPHRASE");
    run(Some("two"), &["apply", "the.plan"]).exits(1).says("HW0922");
    assert_eq!(project.services(), []);
    run(Some("one"), &["apply", "the.plan"]).exits(0);
    assert_eq!(project.services()[0].0, "visible");
}

#[test]
fn options_belong_to_the_plan_and_files_that_are_none_are_refused() {
    let project = Project::new(&service("a", ""));
    project.apply().exits(0);
    project.sandbox(&["plan", "--destroy", "--out", "the.plan"]).exits(0);
    project.sandbox(&["apply", "the.plan", "--replace", "service.a"]).exits(1).says("HW0923");
    project.sandbox(&["apply", "--out", "x"]).exits(1).says("HW0923");
    project.write("not.plan", "{}");
    project.sandbox(&["apply", "not.plan"]).exits(1).says("HW0922").says("is not a plan");
    project.sandbox(&["apply", "nowhere.plan"]).exits(1).says("cannot be read");
    let plan = std::fs::read(project.path("the.plan")).unwrap();
    for (version, word) in [(3, "older version"), (9, "newer version")] {
        let mut other = plan.clone();
        let at = plan.windows(11).position(|w| w == b"\"version\":4").expect("the version") + 10;
        other[at] = b'0' + version;
        std::fs::write(project.path("other.plan"), other).unwrap();
        project.sandbox(&["apply", "other.plan"]).exits(1).says(word);
    }
    // As versions before this one wrote it, in one line.
    project.write("older.plan", "{\"format\":\"housewright-plan\",\"version\":2,\"program\":\"0.1.0\"}");
    project.sandbox(&["show", "older.plan"]).exits(1).says("older version");
    std::fs::write(project.path("cut.plan"), &plan[..plan.len() / 2]).unwrap();
    project.sandbox(&["apply", "cut.plan"]).exits(1).says("HW0922");
    assert_eq!(project.services().len(), 1);
    carry_out(&project).exits(0);
    assert_eq!(project.services(), []);
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(project.path("the.plan")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}
