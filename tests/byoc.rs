//! BYOC infrastructures: asked before they are built, waited for with their stages, changed in place where they can be,
//! and kept while services run in them.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

mod support;

use insta::assert_snapshot;
use serde_json::{Value, json};
use support::{Project, Served};

const INFRASTRUCTURE: &str = r#"
byoc_infrastructure "eu" {
  region_id    = "eu-central-1"
  account_id   = "123456789012"
  display_name = "Europe"
}
"#;

fn with(lines: &str) -> String {
    INFRASTRUCTURE.replace("display_name = \"Europe\"", lines)
}

const SERVICE: &str = r#"
service "s" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  byoc_id               = byoc_infrastructure.eu.id
  min_replica_memory_gb = 116
  max_replica_memory_gb = 116
  num_replicas          = 1
  ip_access             = []
}
"#;

/// The only infrastructure of the world.
fn there(project: &Project) -> Value {
    project.control("GET", "/world", &Value::Null)["organization"]["byocInfrastructures"][0].clone()
}

fn deny(project: &Project, actions: &[&str]) {
    project.control("PATCH", "/organization", &json!({ "byocDeniedActions": actions }));
}

#[test]
fn an_infrastructure_is_built_changed_and_removed() {
    let project = Project::new(INFRASTRUCTURE);
    project.plan().exits(2).says("building it takes 30 to 90 minutes");
    let asked = project.written();
    assert_eq!(asked, ["POST /byocInfrastructure/validate"], "the preflight changes nothing, and is made once");
    let run = project.apply().exits(0).says("until it is built").says("of 5 stages ready").says("network: ");
    run.says("created in 40m");
    assert_eq!(project.written(), ["POST /byocInfrastructure/validate", "POST /byocInfrastructure"]);
    assert_eq!(there(&project)["state"], "infra-ready");
    project.plan().exits(0);
    assert_eq!(project.written(), Vec::<String>::new(), "what exists is asked about no more");

    let changed = with(
        "display_name = \"EU\"\n  tags = { team = \"data\" }\n  enable_private_load_balancer = true\n  enable_private_link = true",
    );
    project.write("main.hcl", &changed);
    project.plan().exits(2).says("1 to change");
    project.apply().exits(0);
    let writes = project.writes();
    assert_eq!(writes.len(), 1, "{writes:?}");
    // Tags are replaced as a whole, so that the mark is sent again.
    let mark = there(&project)["tags"]["housewright"].clone();
    assert_eq!(mark.as_str().map(str::len), Some(32));
    let wanted = json!({
        "displayName": "EU", "tags": { "team": "data", "housewright": mark },
        "enablePrivateLoadBalancer": true, "enablePrivateLink": true,
    });
    assert_eq!(writes[0].body, wanted);
    project.sandbox(&["show"]).exits(0).does_not_say(mark.as_str().unwrap());
    project.plan().exits(0);

    project.write("main.hcl", "");
    project.plan().exits(2).says("cannot be undone");
    project.apply().exits(0).says("until it is gone");
    assert_eq!(there(&project)["state"], "infra-terminated");
    project.plan().exits(0);
}

#[test]
fn a_preflight_that_fails_is_shown_and_nothing_is_built() {
    let project = Project::new(INFRASTRUCTURE);
    deny(&project, &["eks:CreateCluster", "s3:CreateBucket"]);
    let run = project.plan().exits(1).says("HW0634").says("does not allow 2 of 6 things");
    run.says("eks:CreateCluster").says("s3:CreateBucket").says("will be created").does_not_say("iam:PassRole");
    project.apply().exits(1).says("HW0634");
    assert_eq!(project.written(), ["POST /byocInfrastructure/validate"; 2]);
    // Whoever knows better goes on, and sees where it fails.
    project.write("main.hcl", &with("skip_preflight_validation = true"));
    project.plan().exits(2).does_not_say("HW0634");
    let run = project.apply().exits(1).says("HW0804").says("The account does not allow what this stage needs");
    run.says("stages ready");
    deny(&project, &[]);
    project.control("PATCH", "/organization", &json!({ "byocInfrastructures": [healed(&there(&project))] }));
    project.apply().exits(0).says("0 added, 1 changed");
    project.plan().exits(0);
}

/// The infrastructure once it has mended itself.
fn healed(broken: &Value) -> Value {
    let mut whole = broken.clone();
    whole["state"] = json!("infra-ready");
    whole
}

#[test]
fn what_is_not_offered_is_said() {
    let azure = r#"
byoc_infrastructure "az" {
  region_id                   = "eastus"
  account_id                  = "subscription"
  tenant_id                   = "tenant"
  service_principal_client_id = "client"
}
"#;
    let project = Project::new(azure);
    project.plan().exits(2).says("HW0635").says("Nobody has checked what the account allows");
    project.apply().exits(0);
    project.plan().exits(0);
}

#[test]
fn every_cloud_and_a_vpc_of_ones_own() {
    let own_aws = with(
        "vpc_id = \"vpc-1\"\n  private_subnet_ids = [\"a\", \"b\"]\n  public_subnet_ids = [\"c\"]\n  external_id = \"x\"",
    );
    let own_gcp = r#"
byoc_infrastructure "g" {
  region_id                      = "europe-west4"
  account_id                     = "project"
  vpc_id                         = "network"
  private_subnet_ids             = ["subnet"]
  gcp_pod_cidr_range_names       = ["pods"]
  gcp_shared_vpc_host_project_id = "host"
  enable_private_link            = true
  gcp_psc_subnet_id              = "psc"
}
"#;
    let managed = with(
        "vpc_cidr_range = \"10.4.0.0/16\"\n  availability_zone_suffixes = [\"c\", \"b\", \"a\"]\n  tags = { a = \"b\" }",
    );
    for text in [own_aws.as_str(), own_gcp, managed.as_str()] {
        let project = Project::new(text);
        project.apply().exits(0);
        project.plan().exits(0);
        let is_own = there(&project)["network"]["vpcId"] != Value::Null;
        let shown = project.sandbox(&["state", "show", address(text)]).exits(0).all();
        let line = format!("is_byo_vpc = {is_own}");
        assert!(shown.lines().any(|l| l.split_whitespace().eq(line.split_whitespace())), "{line}\n{shown}");
    }
}

fn address(text: &str) -> &'static str {
    if text.contains("\"g\"") { "byoc_infrastructure.g" } else { "byoc_infrastructure.eu" }
}

#[test]
fn what_cannot_change_names_what_stands_in_the_way() {
    let project = Project::new(&format!("{INFRASTRUCTURE}{SERVICE}"));
    project.apply().exits(0);
    project.plan().exits(0);
    project.written();
    let rows = [
        ("eu-central-1", "us-east-1", "region_id"),
        ("123456789012", "999999999999", "account_id"),
        ("display_name = \"Europe\"", "vpc_cidr_range = \"10.8.0.0/16\"", "vpc_cidr_range"),
        (
            "display_name = \"Europe\"",
            "availability_zone_suffixes = [\"a\", \"b\", \"d\"]",
            "availability_zone_suffixes",
        ),
    ];
    for (from, to, attribute) in rows {
        project.write("main.hcl", &format!("{}{SERVICE}", INFRASTRUCTURE.replace(from, to)));
        let run = project.plan().exits(1).says("HW0601").says(&format!("`{attribute}` cannot be changed"));
        run.says("In its way stands: service \"s\"").says("runs in");
    }
    // Not even by name while the service is there.
    project.write("main.hcl", &format!("{}{SERVICE}", INFRASTRUCTURE.replace("123456789012", "999999999999")));
    let run = project.sandbox(&["plan", "--replace", "byoc_infrastructure.eu"]).exits(1);
    run.says("HW0620").says("service \"s\"");
    assert_eq!(
        project.written(),
        ["POST /byocInfrastructure/validate"],
        "nothing but the question whether it could be"
    );
}

#[test]
fn services_go_before_what_they_run_in_also_when_the_configuration_is_gone() {
    let project = Project::new(&format!("{INFRASTRUCTURE}{SERVICE}"));
    project.apply().exits(0);
    project.written();
    project.write("main.hcl", "");
    project.apply().exits(0);
    assert_eq!(project.written(), ["PATCH /services/*/state", "DELETE /services/*", "DELETE /byocInfrastructure/*"]);
    assert_eq!(there(&project)["state"], "infra-terminated");
}

#[test]
fn a_second_infrastructure_in_one_account_and_region_is_refused_and_can_be_imported() {
    let project = Project::new(INFRASTRUCTURE);
    project.apply().exits(0);
    let id = there(&project)["id"].as_str().unwrap().to_owned();
    project.sandbox(&["state", "rm", "byoc_infrastructure.eu"]).exits(0);
    project.written();
    project.plan().exits(1).says("HW0633").says(&id);
    assert_eq!(project.written(), Vec::<String>::new(), "there is nothing to ask the account about");
    project
        .write("main.hcl", &format!("{INFRASTRUCTURE}import {{\n  to = byoc_infrastructure.eu\n  id = \"{id}\"\n}}\n"));
    project.apply().exits(0);
    project.plan().exits(0);
}

fn lose(project: &Project, when: &str) {
    let effect = json!({ "drop": { "when": when } });
    project.fault(&json!({ "operation": "organizationByocInfrastructureCreate", "effect": effect }));
}

fn creations(project: &Project) -> usize {
    project.written().into_iter().filter(|w| w == "POST /byocInfrastructure").count()
}

#[test]
fn a_building_whose_answer_was_lost_is_found_by_account_and_region() {
    for cloud in ["", "cloud {\n  ownership_tag = false\n}\n"] {
        let project = Project::new(&format!("{cloud}{INFRASTRUCTURE}"));
        lose(&project, "after");
        project.apply().exits(0).says("found again as");
        assert_eq!(creations(&project), 1);
        assert_eq!(there(&project)["tags"]["housewright"].is_string(), cloud.is_empty());
        project.plan().exits(0);
    }
}

/// What somebody else built in the account meanwhile is theirs: it does not carry the mark of the lost creation.
#[test]
fn anothers_building_in_the_account_is_not_taken_for_the_lost_one() {
    let place = json!({ "regionId": "eu-central-1", "accountId": "123456789012" });
    for (tags, ours) in [(json!({}), false), (json!({ "housewright": "another" }), false), (Value::Null, true)] {
        let project = Project::new(INFRASTRUCTURE);
        lose(&project, "before");
        project.apply().exits(1).says("it was most likely not created");
        let state: Value = serde_json::from_str(&project.read(".housewright/state.json")).unwrap();
        let note =
            state["state"]["resources"]["byoc_infrastructure.eu"]["creating"].as_str().expect("the trace is noted");
        let note: Value = serde_json::from_str(note).unwrap();
        // The request may have arrived after all, only later.
        let mut body = place.clone();
        body["tags"] = if ours { json!({ "housewright": note["mark"] }) } else { tags };
        let made = project.api("POST", "/byocInfrastructure", &body);
        project.written();
        if ours {
            project.apply().exits(0).does_not_say("HW0622");
            assert_eq!(creations(&project), 0);
            project.plan().exits(0);
        } else {
            let id = made["id"].as_str().unwrap();
            project.apply().exits(1).says("HW0633").says(id);
            assert_eq!(creations(&project), 0);
        }
    }
}

#[test]
fn an_interrupted_wait_is_gone_on_with() {
    let project = Project::new(INFRASTRUCTURE);
    let served = Served::start(&project, "60");
    let mut applying = served.client(&project, &["apply", "--auto-approve"]);
    applying.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    let mut applying = applying.spawn().unwrap();
    let progress = |r: &Value| r["path"].as_str().unwrap_or_default().ends_with("/progress");
    let began = std::time::Instant::now();
    while !served.requests().iter().any(progress) {
        assert!(began.elapsed().as_secs() < 60, "it is never waited for");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    applying.kill().unwrap();
    applying.wait().unwrap();
    served.control("POST", "/clock", "{\"advanceSeconds\": 1200}");
    let run = served.run(&project, &["plan", "--detailed-exitcode"]).exits(2);
    run.says("an earlier run did not see its creation through");
    served.control("POST", "/clock", "{\"advanceSeconds\": 1100}");
    served.run(&project, &["apply", "--auto-approve"]).exits(0);
    let posts = served
        .requests()
        .iter()
        .filter(|r| r["method"] == "POST" && !r["path"].as_str().unwrap_or_default().ends_with("validate"))
        .count();
    assert_eq!(posts, 1);
    served.run(&project, &["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn sizes_are_those_of_the_infrastructure() {
    let project = Project::new(INFRASTRUCTURE);
    project.apply().exits(0);
    project.write(
        "main.hcl",
        &format!(
            "{INFRASTRUCTURE}{}",
            SERVICE.replace("num_replicas", "profile = \"v1-standard-byoc-7\"\n  num_replicas")
        ),
    );
    project.plan().exits(1).says("HW1034").says("v1-standard-byoc-32");
    let wrong = SERVICE.replace("num_replicas", "profile = \"v1-standard-byoc-16\"\n  num_replicas");
    project.write("main.hcl", &format!("{INFRASTRUCTURE}{wrong}"));
    project.plan().exits(1).says("HW1034").says("48");
    project.write("main.hcl", &format!("{INFRASTRUCTURE}{}", wrong.replace("116", "48")));
    project.apply().exits(0);
    project.plan().exits(0);
}

/// What `validate` says of an infrastructure with these lines, from the code to the help.
fn told(lines: &str) -> String {
    let project = Project::new(&with(lines));
    project.run(&["validate"]).all()
}

/// Every offline rule with the line that breaks it: too small a range, one that is soon full, zones, a region, a VPC.
#[test]
fn broken_rules_are_underlined() {
    assert_snapshot!(told("vpc_cidr_range = \"10.0.0.0/24\""), @r#"
    error HW1046

      × The range 10.0.0.0/24 is too small
      │ On aws a VPC for BYOC needs a range of /23 or larger; it cannot be changed later.
      │ at byoc_infrastructure.eu
       ╭─[main.hcl:5:3]
     5 │   vpc_cidr_range = "10.0.0.0/24"
       ·   ──────────────────────────────
       ╰────
      help: Write a larger one, such as 10.0.0.0/16.

    1 error
    "#);
    assert_snapshot!(told("vpc_cidr_range = \"10.0.0.0/23\""), @r#"
    The configuration is valid, with warnings.
    warning HW1046

      ⚠ The range 10.0.0.0/23 is soon full
      │ A /23 has room for about 30 server pods, and it cannot be changed later.
      │ at byoc_infrastructure.eu
       ╭─[main.hcl:5:3]
     5 │   vpc_cidr_range = "10.0.0.0/23"
       ·   ──────────────────────────────
       ╰────
      help: ClickHouse advises /22 or larger.

    1 warning
    "#);
    assert_snapshot!(told("availability_zone_suffixes = [\"a\", \"b\"]"), @r#"
    error HW1048

      × 2 zones are too few
      │ An infrastructure spans at least three availability zones.
      │ at byoc_infrastructure.eu
       ╭─[main.hcl:5:3]
     5 │   availability_zone_suffixes = ["a", "b"]
       ·   ───────────────────────────────────────
       ╰────
      help: Write for example ["a", "b", "c"].

    1 error
    "#);
    assert_snapshot!(told("availability_zone_suffixes = [\"a\", \"b\", \"b\"]"), @r#"
    error HW1048

      × A zone is there twice
      │ Each zone is named once.
      │ at byoc_infrastructure.eu
       ╭─[main.hcl:5:3]
     5 │   availability_zone_suffixes = ["a", "b", "b"]
       ·   ────────────────────────────────────────────
       ╰────
      help: Write for example ["a", "b", "c"].

    1 error
    "#);
    assert_snapshot!(told("private_subnet_ids = [\"subnet-1\"]"), @r#"
    error HW1060

      × `private_subnet_ids` needs `vpc_id`
      │ It says where in a VPC of your own to build; without `vpc_id` ClickHouse makes the VPC.
      │ at byoc_infrastructure.eu
       ╭─[main.hcl:5:3]
     5 │   private_subnet_ids = ["subnet-1"]
       ·   ─────────────────────────────────
       ╰────
      help: Set vpc_id, or remove `private_subnet_ids`.

    1 error
    "#);
    assert_snapshot!(told("enable_private_link = true\n  enable_private_load_balancer = false"), @r#"
    error HW1060

      × Private link needs the private load balancer
      │ Private link leads to the private load balancer.
      │ at byoc_infrastructure.eu
       ╭─[main.hcl:5:3]
     5 │   enable_private_link = true
       ·   ──────────────────────────
     6 │   enable_private_load_balancer = false
       ·   ────────────────────────────────────
       ╰────
      help: Set both to true.

    1 error
    "#);
}

/// 49: the region is one that BYOC is offered in.
#[test]
fn a_region_that_does_not_exist_is_underlined() {
    let text = INFRASTRUCTURE.replace("eu-central-1", "eu-central-7");
    let run = Project::new(&text).run(&["validate"]);
    assert_snapshot!(run.exits(1).all(), @r#"
    error HW1049

      × There is no region `eu-central-7` for BYOC
      │ The API's document does not list it, and BYOC is offered in public regions only.
      │ at byoc_infrastructure.eu
       ╭─[main.hcl:3:3]
     3 │   region_id    = "eu-central-7"
       ·   ─────────────────────────────
       ╰────
      help: Did you mean "eu-central-1"?

    1 error
    "#);
}
