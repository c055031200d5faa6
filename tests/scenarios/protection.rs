//! 9, 17 and 18: what is not to be destroyed is not, and what may not be done stops what depends on it and nothing else.

use serde_json::{Value, json};

use crate::support::{Project, Run, Served};
use crate::{enterprise, service};

const PROTECTED: &str = "lifecycle {\n    prevent_destroy = true\n  }";

#[test]
fn scenario_09_protection() {
    let beside = service("beside", "");
    let project = Project::new(&enterprise(&[service("x", PROTECTED), beside.clone()]));
    project.apply().exits(0);
    let services = project.services();
    project.writes();
    let renamed =
        enterprise(&[service("y", PROTECTED).replace("ip_access", "name = \"x\"\n  ip_access"), beside.clone()]);
    for (text, command) in [
        (enterprise(std::slice::from_ref(&beside)), ["apply", "--auto-approve"]),
        (renamed, ["apply", "--auto-approve"]),
        (enterprise(&[service("x", PROTECTED), beside]), ["destroy", "--auto-approve"]),
    ] {
        project.write("main.hcl", &text);
        let run = project.sandbox(&command).exits(1).says("HW0603").says("service.x").says("will be destroyed");
        let run = run.says("Plan:");
        if command[0] == "destroy" {
            run.says("service.beside");
        }
        assert_eq!(project.written(), Vec::<String>::new());
        assert_eq!(project.services(), services);
    }
}

#[test]
fn scenario_17_warehouse() {
    let secondary = |label: &str| service(label, "warehouse_id = service.primary.warehouse_id");
    let text = enterprise(&[service("primary", ""), secondary("one"), secondary("two")]);
    let project = Project::new(&text);
    project.apply().exits(0);
    let ids: Vec<(String, String)> = project.services().into_iter().map(|(name, id, _)| (name, id)).collect();
    let warehouse = project.sandbox(&["state", "show", "service.one"]).exits(0).stdout;
    let warehouse =
        warehouse.lines().find(|l| l.contains("warehouse_id")).and_then(|l| l.split('"').nth(1)).unwrap().to_owned();

    // The primary's block alone is removed.
    let kept = |label: &str| service(label, &format!("warehouse_id = \"{warehouse}\""));
    project.writes();
    project.write("main.hcl", &enterprise(&[kept("one"), kept("two")]));
    let run =
        project.apply().exits(1).says("HW0620").says("service.primary cannot be destroyed").says("shares its data");
    run.says("\"one\"").says("\"two\"");
    assert_eq!(project.written(), Vec::<String>::new(), "it is not even stopped");
    let states: Vec<String> = project.services().into_iter().map(|(name, ..)| name).collect();
    assert_eq!(states.len(), 3, "{states:?}");
    project.write("main.hcl", &text);
    project.apply().exits(0);

    project.writes();
    project.sandbox(&["destroy", "--auto-approve"]).exits(0);
    assert_eq!(project.services(), []);
    let log = project.control("GET", "/requests", &serde_json::Value::Null);
    let requests = log.as_array().or_else(|| log["requests"].as_array()).cloned().unwrap();
    let deleted: Vec<(String, u64)> = requests
        .iter()
        .filter(|r| r["method"] == "DELETE")
        .map(|r| (r["path"].as_str().unwrap().rsplit('/').next().unwrap().to_owned(), r["status"].as_u64().unwrap()))
        .collect();
    let primary = &ids.iter().find(|(name, _)| name == "primary").unwrap().1;
    assert_eq!(deleted.iter().map(|(_, status)| *status).collect::<Vec<_>>(), [200, 200, 200], "none is refused");
    assert_eq!(&deleted[2].0, primary, "secondaries first");
}

/// A key whose only role has these policies.
fn key(served: &Served, name: &str, policies: &[Value]) -> (String, String) {
    let role = served.api("POST", "/roles", &json!({ "name": name, "actors": [], "policies": policies }));
    let key = served.api("POST", "/keys", &json!({ "name": name, "assignedRoleIds": [role["id"]] }));
    let text = |field: &str| key[field].as_str().unwrap().to_owned();
    (text("keyId"), text("keySecret"))
}

fn policy(effect: &str, permissions: &[&str], resource: &str) -> Value {
    let permissions: Vec<String> = permissions.iter().map(|name| format!("control-plane:{name}")).collect();
    json!({ "allowDeny": effect, "permissions": permissions, "resources": [resource] })
}

const VIEWS: &[&str] = &["service:view", "service:view-backups"];

#[test]
fn scenario_18_half_an_organization() {
    let project = Project::new(&enterprise(&[service("seen", ""), service("hidden", "")]));
    let served = Served::start(&project, "600");
    served.run(&project, &["apply", "--auto-approve"]).exits(0);
    let world: Value = serde_json::from_str(&served.control("GET", "/world", "")).unwrap();
    let services = world["services"].as_object().unwrap();
    let id = |name: &str| services.iter().find(|(_, s)| s["name"] == name).unwrap().0.clone();
    let hides = policy("DENY", &["service:view"], &format!("instance/{}", id("hidden")));
    let reader = key(&served, "reader", &[policy("ALLOW", VIEWS, "instance/*"), hides]);
    let with = |arguments: &[&str]| -> Run {
        let mut command = served.client(&project, arguments);
        command.env("CLICKHOUSE_CLOUD_API_KEY", &reader.0).env("CLICKHOUSE_CLOUD_API_SECRET", &reader.1);
        command.output().expect("the binary runs").into()
    };
    served.control("DELETE", "/requests", "");

    // What cannot be seen is neither made again nor called gone.
    let plan = with(&["plan", "--detailed-exitcode"]).exits(0);
    plan.says("service.hidden cannot be seen with this API key").says("control-plane:service:view");

    // One thing to change, one that hangs on it, and one to make.
    let tags = "tags = { of = service.seen.id, team = \"data\" }";
    let changed = service("seen", "tags = { team = \"data\" }\n  num_replicas = 4");
    let more = service("more", tags) + &service("alone", "");
    project.write("main.hcl", &enterprise(&[changed, service("hidden", ""), more]));
    let needs = with(&["plan"]).exits(0).says("unverified");
    let needs = needs.says("control-plane:organization:create-service").says("control-plane:service:manage");
    needs.says("control-plane:service:manage-scaling-config");
    let writes = || -> Vec<(String, u64)> {
        let requests = served.requests();
        let writes = requests.iter().filter(|r| r["method"] != "GET");
        writes.map(|r| (r["operation"].as_str().unwrap().to_owned(), r["status"].as_u64().unwrap())).collect()
    };
    assert_eq!(writes(), []);

    let before = project.read("housewright.state.json");
    let apply = with(&["apply", "--auto-approve"]).exits(1).says("HW0702");
    let apply = apply.says("lacks the permission control-plane:service:manage").says("Give the API key a role with");
    apply.says("control-plane:organization:create-service and control-plane:service:manage").says("service.more");
    let refused = writes();
    assert!(refused.iter().all(|(_, status)| *status == 403), "{refused:?}");
    // The change of `seen` ends with its first call, `more` is not tried, `alone` hangs on nothing.
    assert_eq!(refused.len(), 2, "{refused:?}");

    // Nothing is half-recorded: the state says of each thing what it said before, and another key finds everything to do.
    let things = |text: &str| serde_json::from_str::<Value>(text).unwrap()["state"]["resources"].clone();
    assert_eq!(things(&project.read("housewright.state.json")), things(&before));
    assert!(
        !project.path("housewright.state.json.journal").exists()
            && !project.path("housewright.state.json.lock").exists()
    );
    served.run(&project, &["apply", "--auto-approve"]).exits(0).says("2 added, 1 changed");
    served.run(&project, &["plan", "--detailed-exitcode"]).exits(0);
}
