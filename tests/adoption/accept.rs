//! `plan --accept-drift`: what others changed becomes what the files say.

use serde_json::json;

use crate::support::Project;

const CONFIGURATION: &str = r#"variable "most" {
  type    = number
  default = 64
}

service "main" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 3 # as agreed
  min_replica_memory_gb = 16
  max_replica_memory_gb = var.most

  ip_access = [
    { source = "10.0.0.0/8", description = "vpn" }, # the office
    # a guest
    { source = "192.0.2.7" },
  ]
  tags = { env = "prod", team = "a" }
}

service "rows" {
  for_each = toset(["a", "b"])

  cloud_provider = "aws"
  region         = "eu-central-1"
  num_replicas   = 2
  ip_access      = []
}
"#;

fn applied() -> Project {
    let project = Project::new(CONFIGURATION);
    project.apply().exits(0);
    project.writes();
    project
}

#[test]
fn literals_are_edited_in_place_and_the_plan_is_empty() {
    let project = applied();
    let addresses = json!([{ "source": "10.0.0.0/8", "description": "vpn" }, { "source": "203.0.113.1" }]);
    let tags = json!([{ "key": "env", "value": "dev" }, { "key": "team", "value": "a" }]);
    project.change_remotely("main", &json!({ "numReplicas": 5, "ipAccessList": addresses, "tags": tags }));
    let state = project.sandbox(&["state", "pull"]).stdout;
    let shown = project.sandbox(&["plan", "--accept-drift"]).exits(0);
    insta::assert_snapshot!(shown.stdout);
    assert_eq!(project.read("main.hcl"), CONFIGURATION, "without --write nothing is written");
    project.sandbox(&["plan", "--accept-drift", "--write"]).exits(0);
    project.plan().exits(0);
    assert_eq!(project.written(), [] as [String; 0]);
    assert_eq!(project.sandbox(&["state", "pull"]).stdout, state, "a plan never writes a state");
    project.apply().exits(0);
    project.sandbox(&["drift"]).exits(0);
    project.sandbox(&["plan", "--accept-drift"]).exits(0).says("There is no drift to accept.");
}

#[test]
fn expressions_are_named_instead() {
    let project = applied();
    project.change_remotely("main", &json!({ "maxReplicaMemoryGb": 32 }));
    project.change_remotely("rows-a", &json!({ "numReplicas": 4 }));
    let told = project.sandbox(&["plan", "--accept-drift", "--write"]).exits(1);
    told.says("service.main.max_replica_memory_gb: it comes from an expression (main.hcl:11:27): var.most")
        .says("service.rows[\"a\"].num_replicas: the block stands for several instances, and they are not all alike");
    assert_eq!(project.read("main.hcl"), CONFIGURATION);
    // Once they are all alike, one line is all of them.
    project.change_remotely("main", &json!({ "maxReplicaMemoryGb": 64 }));
    project.change_remotely("rows-b", &json!({ "numReplicas": 4 }));
    project.sandbox(&["plan", "--accept-drift", "--write"]).exits(0).says("+  num_replicas   = 4");
    project.plan().exits(0);
}

#[test]
fn what_is_gone_and_what_nobody_wrote() {
    let project = applied();
    project.change_remotely("main", &json!({ "name": "renamed" }));
    project.sandbox(&["plan", "--accept-drift", "--write"]).exits(0).says("+  name");
    project.plan().exits(0);
    project.change_remotely("rows-a", &json!({ "state": "terminated" }));
    project.sandbox(&["plan", "--accept-drift"]).exits(1).says("service.rows[\"a\"]: it is gone");
}
