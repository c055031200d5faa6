//! The number of requests is a formula: one list for all services, one for each sub-object that is stated or read.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

mod support;

use serde_json::json;
use support::Project;

fn fleet(count: usize, extra: &str) -> String {
    format!(
        "cloud {{ tier = \"scale\" }}\nservice \"x\" {{\n  count = {count}\n  cloud_provider = \"aws\"\n  region = \"eu-west-1\"\n  \
         min_replica_memory_gb = 8\n  max_replica_memory_gb = 8\n  ip_access = []\n  {extra}\n}}\n"
    )
}

fn reads(project: &Project) -> Vec<String> {
    let requests = project.requests();
    requests.into_iter().filter(|r| r.starts_with("GET")).collect()
}

#[test]
fn a_plan_lists_once_however_many_services_there_are() {
    for count in [1, 7, 25] {
        let project = Project::new(&fleet(count, ""));
        project.apply().exits(0);
        project.requests();
        project.plan().exits(0);
        assert_eq!(reads(&project), ["GET /services → 200"], "{count} services");
    }
}

#[test]
fn a_sub_object_costs_a_request_only_where_it_is_managed_or_read() {
    let project = Project::new(&fleet(3, "backup_configuration = { backup_period_in_hours = 12 }"));
    project.apply().exits(0);
    project.requests();
    project.plan().exits(0);
    let backups = reads(&project).iter().filter(|r| r.contains("/backupConfiguration")).count();
    assert_eq!(backups, 3);

    project.write("main.hcl", &(fleet(3, "") + "output \"e\" {\n  value = service.x[*].private_endpoint_config\n}\n"));
    project.apply().exits(0);
    project.requests();
    project.plan().exits(0);
    let requests = reads(&project);
    assert_eq!(requests.iter().filter(|r| r.contains("/privateEndpointConfig")).count(), 3, "{requests:?}");
    assert_eq!(requests.len(), 4, "{requests:?}");
}

#[test]
fn an_apply_is_its_writes_and_one_list_a_tick_for_all_that_wait() {
    let project = Project::new(&fleet(20, ""));
    project.apply().exits(0);
    let requests = project.requests();
    let writes = requests.iter().filter(|r| !r.starts_with("GET")).count();
    assert_eq!(writes, 20);
    // One list for the plan; then a look every thirty seconds until the first five minutes are over. The limit of ten
    // requests in ten seconds spreads the creations over twenty seconds, so that two more follow.
    assert_eq!(requests.len() - writes - 1, 12);
}

#[test]
fn order_does_not_matter_and_one_entry_is_one_entry() {
    let many = "ip_access = [{ source = \"192.0.2.1\" }, { source = \"192.0.2.2\", description = \"b\" }, { source = \"192.0.2.3/32\" }]\n  tags = { a = \"1\", b = \"2\", c = \"3\" }";
    let text = fleet(1, many).replacen("ip_access = []\n", "", 1);
    let project = Project::new(&text);
    project.apply().exits(0);
    project.fault(&json!({ "times": null, "effect": "shuffleLists" }));
    for _ in 0..5 {
        project.plan().exits(0);
    }
    project.change_remotely("x-0", &json!({ "ipAccessList": [{ "source": "192.0.2.1" }, { "source": "192.0.2.3" }] }));
    project.plan().exits(2).says("192.0.2.2").does_not_say("192.0.2.3");
    project.requests();
    project.apply().exits(0);
    let writes = project.writes();
    assert_eq!(writes.len(), 1);
    assert_eq!(
        writes[0].body,
        json!({ "ipAccessList": { "add": [{ "source": "192.0.2.2", "description": "b" }], "remove": [] } })
    );
    project.plan().exits(0);
}
