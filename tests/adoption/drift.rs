//! `drift`: changed by hand, changed by the platform, gone, and what nobody manages.

use serde_json::{Value, json};

use crate::hand::{api, service, wait};
use crate::support::Project;

const CONFIGURATION: &str = r#"
service "main" {
  cloud_provider = "aws"
  region         = "eu-central-1"
  num_replicas   = 3
  ip_access      = [{ source = "10.0.0.0/8", description = "vpn" }]
  tags           = { env = "prod" }
}
service "shared" {
  cloud_provider = "aws"
  region         = "eu-central-1"
  ip_access      = [{ source = "10.0.0.0/8" }]
  shared         = ["ip_access"]
  lifecycle {
    ignore_changes = [tags]
  }
  tags = { a = "b" }
}
variable "key" {
  type      = string
  sensitive = true
}
service "quiet" {
  cloud_provider = "aws"
  region         = "eu-central-1"
  ip_access      = []
  tags           = { key = var.key }
}
"#;

fn applied() -> Project {
    let project = Project::new(CONFIGURATION);
    project.sandbox(&["apply", "--auto-approve", "--var", "key=canary"]).exits(0);
    project.writes();
    project
}

fn id(project: &Project, name: &str) -> String {
    project.services().into_iter().find(|s| s.0 == name).map(|s| s.1).expect("a service of that name")
}

/// The instances that are told, with how each is.
fn told(project: &Project) -> (Vec<(String, String)>, Value) {
    let run = project.sandbox(&["drift", "--json"]);
    let document: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|e| panic!("{e}: {}", run.all()));
    let text = |v: &Value, field: &str| v[field].as_str().expect("a text").to_owned();
    let all = document["drift"].as_array().expect("a list").iter();
    (all.map(|d| (text(d, "address"), text(d, "status"))).collect(), document)
}

#[test]
fn what_is_as_it_was_applied_is_no_drift() {
    let project = applied();
    let state = project.sandbox(&["state", "pull"]).stdout;
    // No variable has to be given: nothing is planned.
    project.sandbox(&["drift"]).exits(0).says("No drift: all 3 managed are as they were applied.");
    project.sandbox(&["drift", "--unmanaged"]).exits(0).says("Unmanaged: 0.");
    // A change of the configuration alone is no drift.
    project.write("main.hcl", &CONFIGURATION.replace("num_replicas   = 3", "num_replicas   = 4"));
    project.sandbox(&["drift"]).exits(0);
    assert_eq!(project.written(), [] as [String; 0]);
    assert_eq!(project.sandbox(&["state", "pull"]).stdout, state);
}

#[test]
fn people_the_platform_and_deletion_are_told_apart() {
    let project = applied();
    project.change_remotely("main", &json!({ "numReplicas": 5 }));
    project.change_remotely("quiet", &json!({ "tags": [{ "key": "key", "value": "other" }] }));
    // Foreign entries of a shared list, and what is ignored, are nobody's drift.
    let shared = json!([{ "source": "10.0.0.0/8" }, { "source": "192.0.2.1/32", "description": "a guest" }]);
    project.change_remotely("shared", &json!({ "ipAccessList": shared, "tags": [] }));
    let (all, document) = told(&project);
    let expected = [("service.main", "changed_by_hand"), ("service.quiet", "changed_by_hand")];
    assert_eq!(all, expected.map(|(a, s)| (a.to_owned(), s.to_owned())));
    assert_eq!(document["drift"][0]["changes"], json!([{ "attribute": "num_replicas", "applied": 3, "observed": 5 }]));
    assert_eq!(document["drift"][1]["changes"], json!([{ "attribute": "tags", "sensitive": true }]));
    project.sandbox(&["drift"]).exits(2).says("num_replicas = 3 -> 5").says("(sensitive value)").does_not_say("canary");
    project
        .sandbox(&["drift", "--markdown"])
        .exits(2)
        .says("| `service.main` | `num_replicas` changed by hand | `3` | `5` |");
    // Somebody deletes one.
    let quiet = id(&project, "quiet");
    api(&project, "PATCH", &format!("/services/{quiet}/state"), &json!({ "command": "stop" }));
    wait(&project);
    api(&project, "DELETE", &format!("/services/{quiet}"), &Value::Null);
    wait(&project);
    let (all, _) = told(&project);
    assert_eq!(all[1], ("service.quiet".to_owned(), "gone".to_owned()));
    project.sandbox(&["drift"]).exits(2).says("service.quiet is gone").says("1 changed by hand, 1 gone, of 3 managed");
}

#[test]
fn a_window_of_a_schedule_is_the_platforms_doing() {
    let project = applied();
    let entry = json!({
        "name": "always", "weekdays": [0, 1, 2, 3, 4, 5, 6], "startHourUtc": 0, "endHourUtc": 24, "numReplicas": 6,
    });
    api(
        &project,
        "POST",
        &format!("/services/{}/scalingSchedule", id(&project, "main")),
        &json!({ "entries": [entry] }),
    );
    wait(&project);
    let (all, document) = told(&project);
    assert_eq!(all, [("service.main".to_owned(), "changed_by_platform".to_owned())]);
    assert_eq!(document["summary"]["changed_by_hand"], 0);
    project.sandbox(&["drift"]).exits(0).says("num_replicas is 6 instead of 3: the window \"always\"").says("No drift");
    // A person's change at the same time is still drift.
    let main = id(&project, "main");
    api(&project, "PATCH", &format!("/services/{main}/replicaScaling"), &json!({ "numReplicas": 4 }));
    let (all, _) = told(&project);
    assert_eq!(all[0].1, "changed_by_hand");
}

#[test]
fn what_nobody_manages_is_listed() {
    let project = applied();
    let stray = service(&project, "stray", json!({}));
    wait(&project);
    project.sandbox(&["drift"]).exits(0);
    project
        .sandbox(&["drift", "--unmanaged"])
        .exits(2)
        .says("Nobody manages here:")
        .says(&format!("service \"stray\" ({stray})"));
    let run = project.sandbox(&["drift", "--unmanaged", "--json"]).exits(2);
    let document: Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(document["unmanaged"], json!([{ "kind": "service", "name": "stray", "id": stray, "cloud": "" }]));
    // Without any configuration, everything is unmanaged.
    let empty = Project::empty();
    service(&empty, "alone", json!({}));
    empty.sandbox(&["drift", "--unmanaged"]).exits(2).says("service \"alone\"");
}

#[test]
fn an_error_is_no_drift() {
    let project = applied();
    project.write("main.hcl", "service \"main\" {");
    project.sandbox(&["drift"]).exits(1);
    project.write("main.hcl", CONFIGURATION);
    project.fault(
        &json!({ "method": "GET", "pathPrefix": "/v1/", "times": null, "effect": { "answer": { "status": 403 } } }),
    );
    project.sandbox(&["drift"]).exits(1).says("HW0702");
}
