//! Things that are part of a service: found where they are, repaired where somebody changed them, ended in the right order.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

mod support;

use serde_json::{Value, json};
use support::Project;

fn service(name: &str, extra: &str) -> String {
    format!(
        "service \"{name}\" {{\n  cloud_provider = \"aws\"\n  region = \"eu-west-1\"\n  num_replicas = 1\n  \
         min_replica_memory_gb = 8\n  max_replica_memory_gb = 16\n  ip_access = []\n  {extra}\n}}\n"
    )
}

fn project(parts: &str) -> Project {
    Project::new(&format!("cloud {{\n  tier = \"enterprise\"\n}}\n{}{parts}", service("x", "")))
}

const WINDOW: &str =
    "service_upgrade_window \"w\" {\n  service_id = service.x.id\n  weekday = 3\n  start_hour_utc = 12\n}\n";
const SCHEDULE: &str = "service_scheduled_scaling \"s\" {\n  service_id = service.x.id\n  entries = [{ name = \"night\", weekdays = [1], \
     start_hour_utc = 22, end_hour_utc = 6, min_replicas = 1, max_replicas = 1 }]\n}\n";
const SETTINGS: &str =
    "service_clickhouse_settings \"s\" {\n  service_id = service.x.id\n  settings = { max_threads = \"4\" }\n}\n";
const ENDPOINTS: &str = "service_private_endpoints_attachment \"e\" {\n  service_id = service.x.id\n  private_endpoint_ids = \
     [\"vpce-0123456789abcdef0\", \"vpce-0123456789abcdef1\"]\n}\n";

#[test]
fn what_is_there_already_is_taken_under_management() {
    let project = project("");
    project.apply().exits(0);
    let id = project.service("x");
    project.api("PUT", &format!("/services/{id}/upgradeWindow"), &json!({ "weekday": 3, "startHourUtc": 6 }));
    project.write("more.hcl", WINDOW);
    project.plan().exits(2).says("there is one already").says("start_hour_utc");
    project.apply().exits(0);
    let writes = project.writes();
    assert_eq!(writes.len(), 1);
    assert_eq!(
        (writes[0].what.as_str(), &writes[0].body),
        ("PUT /services/*/upgradeWindow", &json!({ "weekday": 3, "startHourUtc": 12 }))
    );
    project.plan().exits(0);
    // The same again, when nothing differs: nothing is sent.
    project.sandbox(&["state", "rm", "service_upgrade_window.w"]).exits(0);
    project.apply().exits(0);
    assert_eq!(project.written(), Vec::<String>::new());
    project.plan().exits(0);
}

#[test]
fn a_lost_answer_is_found_where_the_part_is() {
    for (part, step) in [(WINDOW, "PUT"), (SCHEDULE, "POST"), (SETTINGS, "PATCH")] {
        let project = project("");
        project.apply().exits(0);
        project.written();
        project.write("more.hcl", part);
        // The client repeats what can be repeated, so that all tries have to be lost.
        project.fault(&json!({ "method": step, "times": 10, "effect": { "drop": { "when": "after" } } }));
        project.apply().exits(1);
        project.control("DELETE", "/faults", &Value::Null);
        project.written();
        project.apply().exits(0);
        assert_eq!(project.written(), Vec::<String>::new(), "{step}: it is there");
        project.plan().exits(0);
    }
}

#[test]
fn a_new_name_needs_a_moved_block() {
    let project = project(WINDOW);
    project.apply().exits(0);
    project.written();
    let renamed = format!("{}{}", service("x", ""), WINDOW.replace("\"w\"", "\"v\""));
    project.write("main.hcl", &renamed);
    project.apply().exits(1).says("HW0623").says("`moved` block");
    assert_eq!(project.written(), Vec::<String>::new());
    let moved = "moved {\n  from = service_upgrade_window.w\n  to = service_upgrade_window.v\n}\n";
    project.write("main.hcl", &format!("{renamed}{moved}"));
    project.apply().exits(0);
    assert_eq!(project.written(), Vec::<String>::new());
    project.plan().exits(0);
}

#[test]
fn two_blocks_for_one_part_are_refused_before_anything_is_asked() {
    let project = project(&format!("{SCHEDULE}{}", SCHEDULE.replace("\"s\"", "\"other\"")));
    project.run(&["validate"]).exits(1).says("HW0624").says("claimed here");
    project.plan().exits(1).says("HW0624");
    assert_eq!(project.written(), Vec::<String>::new());
}

/// An endpoint detached behind our back is named and attached again, and nothing else is touched.
#[test]
fn a_detached_endpoint_is_repaired_alone() {
    let project = project(&format!("{ENDPOINTS}{SCHEDULE}{SETTINGS}"));
    project.apply().exits(0);
    let id = project.service("x");
    let detach = json!({ "privateEndpointIds": { "remove": ["vpce-0123456789abcdef1"] } });
    project.api("PATCH", &format!("/services/{id}"), &detach);
    let plan = project.plan().exits(2);
    let changes = plan.stdout.lines().filter(|l| l.contains("will be")).collect::<Vec<_>>();
    assert!(changes.len() == 1 && changes[0].contains("service_private_endpoints_attachment.e"), "{}", plan.all());
    project.apply().exits(0);
    let writes = project.writes();
    assert_eq!(writes.len(), 1);
    assert_eq!(writes[0].body, json!({ "privateEndpointIds": { "add": ["vpce-0123456789abcdef1"], "remove": [] } }));
    project.plan().exits(0);
}

#[test]
fn endpoints_and_settings_of_others_stay() {
    let project = project(&format!("{ENDPOINTS}{SETTINGS}"));
    project.apply().exits(0);
    let id = project.service("x");
    let attach = json!({ "privateEndpointIds": { "add": ["vpce-0fffffffffffffff0"] } });
    project.api("PATCH", &format!("/services/{id}"), &attach);
    let set = json!({ "settings": { "max_query_size": 262144 } });
    project.api("PATCH", &format!("/services/{id}/clickhouseSettings"), &set);
    project.plan().exits(0);
    project.write("main.hcl", &service("x", ""));
    project.apply().exits(0);
    let left = project.api("GET", &format!("/services/{id}"), &Value::Null);
    assert_eq!(left["privateEndpointIds"], json!(["vpce-0fffffffffffffff0"]));
    let settings = project.api("GET", &format!("/services/{id}/clickhouseSettings"), &Value::Null);
    assert_eq!(settings["settings"], json!([{ "name": "max_query_size", "value": 262144 }]));
}

/// Parts end before their service and secondaries before the primary, by what things are, even where no reference says so
/// and the configuration is gone.
#[test]
fn what_hangs_on_others_ends_first_without_a_configuration() {
    let secondary = service("second", "warehouse_id = service.x.warehouse_id");
    let on_second = SCHEDULE.replace("\"s\"", "\"second\"").replace("service.x.id", "service.second.id");
    let project = project(&format!("{secondary}{WINDOW}{SCHEDULE}{on_second}{ENDPOINTS}{SETTINGS}"));
    project.apply().exits(0);
    // Written with literals, the parts no longer refer to their services.
    let literal = project.read("main.hcl").replace("service.x.id", &format!("\"{}\"", project.service("x")));
    let literal = literal.replace("service.second.id", &format!("\"{}\"", project.service("second")));
    project.write("main.hcl", &literal);
    project.apply().exits(0);
    project.written();
    let (first, second) = (project.service("x"), project.service("second"));
    project.write("main.hcl", "cloud {}\n");
    project.apply().exits(0);
    assert_eq!(project.services(), []);
    let log = project.control("GET", "/requests", &Value::Null);
    let sent: Vec<String> = log
        .as_array()
        .or_else(|| log["requests"].as_array())
        .unwrap()
        .iter()
        .filter(|r| r["method"] != "GET")
        .map(|r| format!("{} {}", r["method"].as_str().unwrap(), r["path"].as_str().unwrap()))
        .collect();
    let at = |method: &str, end: &str| {
        let found = sent.iter().position(|s| s.starts_with(method) && s.ends_with(end));
        found.unwrap_or_else(|| panic!("{method} {end} is not in {sent:?}"))
    };
    let ends = |id: &str| at("DELETE", &format!("/services/{id}"));
    for part in ["upgradeWindow", "scalingSchedule", "clickhouseSettings/max_threads"] {
        assert!(at("DELETE", &format!("{first}/{part}")) < ends(&first), "{part}: {sent:?}");
    }
    assert!(at("PATCH", &format!("/services/{first}")) < ends(&first), "endpoints: {sent:?}");
    assert!(at("DELETE", &format!("{second}/scalingSchedule")) < ends(&second), "{sent:?}");
    assert!(ends(&second) < ends(&first), "{sent:?}");
}

#[test]
fn parts_follow_a_service_that_is_replaced() {
    let project = project(&format!("{WINDOW}{SCHEDULE}{ENDPOINTS}{SETTINGS}"));
    project.apply().exits(0);
    let before = project.service("x");
    project.sandbox(&["apply", "--auto-approve", "--replace", "service.x"]).exits(0);
    let after = project.service("x");
    assert_ne!(before, after);
    assert_eq!(project.services().len(), 1);
    let window = project.api("GET", &format!("/services/{after}/upgradeWindow"), &Value::Null);
    assert_eq!(window["weekday"], 3);
    project.plan().exits(0);
}

#[test]
fn a_service_that_is_gone_takes_its_parts_along() {
    let project = project(&format!("{WINDOW}{SETTINGS}"));
    project.apply().exits(0);
    let id = project.service("x");
    project.api("PATCH", &format!("/services/{id}/state"), &json!({ "command": "stop" }));
    project.control("POST", "/clock", &json!({ "advanceSeconds": 600 }));
    project.api("DELETE", &format!("/services/{id}"), &Value::Null);
    project.control("POST", "/clock", &json!({ "advanceSeconds": 600 }));
    project.plan().exits(2).says("service_upgrade_window.w").says("no longer there");
    project.apply().exits(0);
    project.plan().exits(0);
}

#[test]
fn a_part_is_imported_by_its_service() {
    let project = project(WINDOW);
    project.apply().exits(0);
    let id = project.service("x");
    project.sandbox(&["state", "rm", "service_upgrade_window.w"]).exits(0);
    project.written();
    let import = format!("import {{\n  to = service_upgrade_window.w\n  id = \"{id}\"\n}}\n");
    project.write("import.hcl", &import);
    project.apply().exits(0);
    assert_eq!(project.written(), Vec::<String>::new());
    project.plan().exits(0);
}

#[test]
fn the_organization_s_own_limit_decides_where_it_is_read_and_the_usual_one_elsewhere() {
    const READ: &str = "data \"quotas\" \"all\" {}\n";
    let many = |count: u32, more: &str| {
        let text = service("x", "").replace("service \"x\" {\n", &format!("service \"x\" {{\n  count = {count}\n"));
        Project::new(&format!("cloud {{\n  tier = \"enterprise\"\n}}\n{text}{more}"))
    };
    let asked = |project: &Project| project.requests().iter().filter(|r| r.contains("/quotas")).count();
    many(20, "").plan().exits(2).does_not_say("HW1056");
    // No rule asks anything, however much is stated.
    let usual = many(22, "");
    usual.plan().exits(2).says("HW1056").says("This is service 21").says("usual limit is 20");
    assert_eq!(asked(&usual), 0);
    // Without a limit, nothing is wrong.
    let unlimited = many(22, READ);
    unlimited.plan().exits(2).does_not_say("HW1056");
    assert_eq!(asked(&unlimited), 1);
    let limited = many(22, READ);
    limited.control("PATCH", "/organization", &json!({ "servicesQuota": 21 }));
    limited.plan().exits(1).says("HW1056").says("This is service 22").says("limit is 21");
}

#[test]
fn an_ip_entry_added_elsewhere_with_and_without_shared() {
    let entry = |source: &str| json!({ "source": source, "description": "theirs" });
    let listed = |project: &Project, id: &str| {
        let service = project.api("GET", &format!("/services/{id}"), &Value::Null);
        let entries = service["ipAccessList"].as_array().unwrap().clone();
        entries.iter().map(|e| e["source"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let text = |extra: &str, ours: &str| {
        service("x", extra).replace("ip_access = []", &format!("ip_access = [{{ source = \"{ours}\" }}]"))
    };
    // The list is whole: what somebody added is drift, shown and removed.
    let whole = Project::new(&text("", "192.0.2.0/24"));
    whole.apply().exits(0);
    let id = whole.service("x");
    whole.api("PATCH", &format!("/services/{id}"), &json!({ "ipAccessList": { "add": [entry("198.51.100.7/32")] } }));
    whole.plan().exits(2).says("198.51.100.7");
    whole.apply().exits(0);
    assert_eq!(whole.writes()[0].body["ipAccessList"]["remove"][0]["source"], "198.51.100.7/32");
    assert_eq!(listed(&whole, &id), ["192.0.2.0/24"]);
    whole.plan().exits(0);
    // Shared, it stays and is told of; an open range is marked; ours change around it.
    let shared = Project::new(&text("shared = [\"ip_access\"]", "192.0.2.0/24"));
    shared.apply().exits(0);
    let id = shared.service("x");
    let add = json!({ "ipAccessList": { "add": [entry("198.51.100.7/32"), entry("0.0.0.0/0")] } });
    shared.api("PATCH", &format!("/services/{id}"), &add);
    shared.plan().exits(0).says("HW0625").says("open to everybody");
    shared.write("main.hcl", &text("shared = [\"ip_access\"]", "203.0.113.0/24"));
    shared.apply().exits(0);
    let mut left = listed(&shared, &id);
    left.sort();
    assert_eq!(left, ["0.0.0.0/0", "198.51.100.7/32", "203.0.113.0/24"]);
    shared.plan().exits(0);
}

#[test]
fn what_is_read_about_services() {
    let data = r#"
data "service_profiles" "here" {
  region_id = "eu-west-1"
}
data "private_endpoint_config" "here" {
  cloud_provider = "aws"
  region         = "eu-west-1"
  depends_on     = [service.x]
}
data "backups" "x" {
  service_id = service.x.id
}
data "prometheus_target" "x" {
  service_id       = service.x.id
  filtered_metrics = true
}
output "profile" {
  value = data.service_profiles.here.profiles[0].profile
}
output "endpoint" {
  value = data.private_endpoint_config.here.endpoint_service_id
}
output "backup" {
  value = data.backups.x.latest_id
}
output "path" {
  value = "${data.prometheus_target.x.targets[0].scheme}:${data.prometheus_target.x.targets[0].metrics_path}"
}
"#;
    let project = project(data);
    project.apply().exits(0);
    let id = project.service("x");
    let backup = project.control("POST", &format!("/services/{id}/backups"), &Value::Null);
    project.apply().exits(0);
    project.plan().exits(0);
    let outputs: Value = serde_json::from_str(&project.sandbox(&["output", "--json"]).exits(0).stdout).unwrap();
    assert_eq!(outputs["profile"]["value"], "v1-highmem-xs");
    assert!(outputs["endpoint"]["value"].as_str().unwrap().starts_with("com.amazonaws.vpce.eu-west-1."), "{outputs}");
    assert_eq!(outputs["backup"]["value"], backup["id"]);
    assert!(outputs["path"]["value"].as_str().unwrap().ends_with(&format!("/services/{id}/prometheus")), "{outputs}");
    project
        .write("more.hcl", "data \"backups\" \"none\" {\n  service_id = \"8f9c1d1e-0000-4000-8000-000000000000\"\n}\n");
    project.plan().exits(1).says("HW0615").says("service_id");
}

#[test]
fn settings_that_only_the_apply_tells_are_planned_and_sent() {
    let project = project(
        "terraform_data \"t\" {\n  input = { max_threads = \"4\" }\n}\nservice_clickhouse_settings \"s\" {\n  \
         service_id = service.x.id\n  settings = terraform_data.t.output\n}\n",
    );
    project.plan().exits(2).says("service_clickhouse_settings.s will be created");
    project.apply().exits(0);
    let writes = project.writes();
    let sent = writes.iter().find(|w| w.what == "PATCH /services/*/clickhouseSettings").expect("settings are sent");
    assert_eq!(sent.body, json!({ "settings": { "max_threads": 4 } }));
    project.plan().exits(0);
}
