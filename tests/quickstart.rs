//! The examples from beginning to end: in the process, and against a sandbox served to another process.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

mod support;

use support::{Project, Served};

#[test]
fn quickstart_applies_plans_empty_and_destroys() {
    let project = Project::example("quickstart");
    project.sandbox(&["validate"]).exits(0);
    project.plan().exits(2).says("2 to add");
    let applied = project.apply().exits(0).says("primary_host").says("reports_host").says("provisioning");
    assert!(applied.stdout.contains("2 added"), "{}", applied.stdout);
    assert_eq!(project.written(), ["POST /services", "POST /services"]);

    project.apply().exits(0).says("No changes");
    assert_eq!(project.written(), Vec::<String>::new());
    project.plan().exits(0);

    project.sandbox(&["destroy", "--auto-approve"]).exits(0).says("2 destroyed");
    assert_eq!(project.services(), []);
    let state = project.sandbox(&["state", "list"]).exits(0);
    assert_eq!(state.stdout.trim(), "");
}

#[test]
fn fleet_applies_and_a_team_less_is_one_service_less() {
    let project = Project::example("fleet");
    project.apply().exits(0).says("5 added");
    project.plan().exits(0);
    let teams = "teams={ads={regions=[\"us-east-1\",\"eu-west-1\"],max_gb=64},search={regions=[\"us-east-1\"]}}";
    project.sandbox(&["plan", "--detailed-exitcode", "--var", teams]).exits(2).says("0 to add").says("2 to destroy");
}

#[test]
fn the_same_inputs_give_the_same_bytes() {
    let text = |project: &Project| project.plan().exits(2).stdout;
    assert_eq!(text(&Project::example("quickstart")), text(&Project::example("quickstart")));
}

#[test]
fn quickstart_over_http_against_another_process() {
    let project = Project::example("quickstart");
    let served = Served::start(&project, "600");
    served.run(&project, &["apply", "--auto-approve"]).exits(0).says("2 added").says("primary_host");
    served.run(&project, &["apply", "--auto-approve"]).exits(0).says("No changes");
    served.run(&project, &["plan", "--detailed-exitcode"]).exits(0);
    served
        .run(&project, &["plan", "--detailed-exitcode", "--var", "office_ranges=[\"203.0.113.0/24\"]"])
        .exits(2)
        .says("2 to change");
    served.run(&project, &["destroy", "--auto-approve"]).exits(0).says("2 destroyed");
    assert_eq!(served.run(&project, &["state", "list"]).exits(0).stdout.trim(), "");
}
