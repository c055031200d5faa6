//! What is protected is not destroyed, whichever way it is tried; nothing that holds data is replaced without being named.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

mod support;

use support::Project;

fn service(name: &str, extra: &str) -> String {
    format!(
        "cloud {{ tier = \"enterprise\" }}\nservice \"{name}\" {{\n  name = \"x\"\n  cloud_provider = \"aws\"\n  region = \"eu-west-1\"\n  \
         min_replica_memory_gb = 8\n  max_replica_memory_gb = 8\n  ip_access = []\n  {extra}\n}}\n"
    )
}

const PROTECTED: &str = "lifecycle {\n    prevent_destroy = true\n  }";

#[test]
fn a_protected_service_survives_its_block_a_rename_and_destroy() {
    let project = Project::new(&service("x", PROTECTED));
    project.apply().exits(0);
    project.written();
    for attempt in ["cloud {}\n".to_owned(), service("y", "")] {
        project.write("main.hcl", &attempt);
        project.apply().exits(1).says("service.x").says("protected").says("will be destroyed");
        assert_eq!(project.written(), Vec::<String>::new());
    }
    project.write("main.hcl", &service("x", PROTECTED));
    project.sandbox(&["destroy", "--auto-approve"]).exits(1).says("HW0603");
    project.sandbox(&["apply", "--auto-approve", "--replace", "service.x"]).exits(1).says("HW0603");
    assert_eq!(project.written(), Vec::<String>::new());

    // With the block gone, the protection is lifted by name.
    let copy = Project::new(&service("x", PROTECTED));
    copy.apply().exits(0);
    copy.write("main.hcl", "cloud {}\n");
    copy.apply().exits(1).says("state unprotect 'service.x'");
    copy.sandbox(&["state", "unprotect", "service.x"]).exits(0).says("Unprotected service.x");
    copy.sandbox(&["state", "unprotect", "service.x"]).exits(0).says("Nothing of that is protected");
    copy.sandbox(&["state", "unprotect", "service.y"]).exits(1);
    copy.apply().exits(0);
    assert_eq!(copy.services(), []);

    project.write("main.hcl", &service("x", "lifecycle {\n    prevent_destroy = false\n  }"));
    project.plan().exits(2);
    project.apply().exits(0);
    assert_eq!(project.written(), Vec::<String>::new(), "protection is a matter of the state alone");
    project.sandbox(&["destroy", "--auto-approve"]).exits(0);
    assert_eq!(project.services(), []);
}

#[test]
fn a_replacement_is_refused_unless_it_is_named() {
    let project = Project::new(&service("x", ""));
    project.apply().exits(0);
    let before = project.services();
    project.written();
    project.write("main.hcl", &service("x", "").replace("eu-west-1", "us-east-1"));
    project.apply().exits(1).says("HW0601").says("`region` cannot be changed").says("--replace 'service.x'");
    assert_eq!(project.written(), Vec::<String>::new());
    assert_eq!(project.services(), before);

    project.sandbox(&["apply", "--auto-approve", "--replace", "service.x"]).exits(0);
    assert_eq!(project.written(), ["PATCH /services/*/state", "DELETE /services/*", "POST /services"]);
    let after = project.services();
    assert!(after.len() == 1 && after[0].1 != before[0].1, "{before:?} {after:?}");
    project.plan().exits(0);
}

#[test]
fn secondaries_go_before_the_primary_and_the_primary_alone_cannot_go() {
    let project = Project::example("quickstart");
    project.apply().exits(0);
    project.written();
    let text = project.read("main.hcl");
    let without_primary = text.split("service \"primary\"").next().unwrap_or_default().to_owned()
        + &text[text.find("service \"reports\"").unwrap_or(0)..text.find("output").unwrap_or(text.len())]
            .replace("service.primary.cloud_provider", "\"aws\"")
            .replace("service.primary.region", "\"eu-central-1\"")
            .replace(
                "warehouse_id   = service.primary.warehouse_id",
                &format!("warehouse_id = \"{}\"", warehouse(&project)),
            );
    project.write("main.hcl", &without_primary);
    project.apply().exits(1).says("HW0620");
    project.write("main.hcl", &text);
    project.apply().exits(0);
    project.written();
    project.sandbox(&["destroy", "--auto-approve"]).exits(0);
    assert_eq!(project.services(), []);
    let deletes =
        project.writes().into_iter().filter(|w| w.what.starts_with("DELETE")).map(|w| w.status).collect::<Vec<_>>();
    assert_eq!(deletes, [200, 200], "no deletion was refused on the way");
}

fn warehouse(project: &Project) -> String {
    let world = project.control("GET", "/world", &serde_json::Value::Null);
    find(&world, &["dataWarehouseId", "warehouseId", "warehouse"]).unwrap_or_default()
}

/// The first text behind one of these keys, anywhere.
fn find(json: &serde_json::Value, keys: &[&str]) -> Option<String> {
    match json {
        serde_json::Value::Object(map) => {
            let here = map.iter().find(|(k, v)| keys.contains(&k.as_str()) && v.is_string());
            here.and_then(|(_, v)| v.as_str().map(str::to_owned)).or_else(|| map.values().find_map(|v| find(v, keys)))
        }
        serde_json::Value::Array(items) => items.iter().find_map(|v| find(v, keys)),
        _ => None,
    }
}
