//! `import ADDRESS ID` and `import` blocks.

use serde_json::json;

use crate::hand::{service, wait};
use crate::support::Project;

const BLOCK: &str =
    "service \"main\" {\n  cloud_provider = \"aws\"\n  region = \"eu-central-1\"\n  ip_access = []\n}\n";

#[test]
fn what_exists_is_taken_over_by_its_id() {
    let project = Project::new(BLOCK);
    let id = service(&project, "main", json!({}));
    wait(&project);
    project.writes();
    project
        .sandbox(&["import", "service.main", &id])
        .exits(0)
        .says(&format!("Imported service.main: {id}"))
        .says("No changes");
    project.plan().exits(0);
    assert_eq!(project.written(), [] as [String; 0], "an import changes nothing but the state");
    // From then on it is managed like any other.
    project.write("main.hcl", &BLOCK.replace("ip_access = []", "ip_access = []\n  num_replicas = 2"));
    project.apply().exits(0);
    assert_eq!(project.written(), ["PATCH /services/*/replicaScaling"]);
}

#[test]
fn what_differs_is_shown_and_left_as_it_is() {
    let project = Project::new(
        &BLOCK.replace("ip_access = []", "ip_access = []\n  num_replicas = 2\n  password = \"Battery-staple-7\""),
    );
    let id = service(&project, "main", json!({ "tags": [{ "key": "env", "value": "prod" }] }));
    wait(&project);
    project.writes();
    let told = project.sandbox(&["import", "service.main", "tag:env=prod"]).exits(0);
    told.says(&id).says("num_replicas").says("(sensitive value)").does_not_say("Battery");
    assert_eq!(project.written(), [] as [String; 0]);
    project.plan().exits(2);
}

#[test]
fn blocks_name_by_id_name_and_tags() {
    let project = Project::empty();
    let first = service(&project, "first", json!({}));
    service(&project, "second", json!({ "tags": [{ "key": "team", "value": "b" }] }));
    service(&project, "third", json!({ "tags": [{ "key": "team", "value": "c" }, { "key": "x", "value": "1" }] }));
    service(&project, "fourth", json!({}));
    wait(&project);
    project.writes();
    let common = "cloud_provider = \"aws\"\n  region = \"eu-central-1\"\n  ip_access = []\n";
    project.write(
        "main.hcl",
        &format!(
            "import {{\n  to = service.a\n  id = \"{first}\"\n}}\nservice \"a\" {{\n  name = \"first\"\n  {common}}}\n\
             import {{\n  for_each = {{ second = \"b\", third = \"c\" }}\n  to = service.b[each.key]\n  tags = {{ team = each.value }}\n}}\n\
             service \"b\" {{\n  for_each = toset([\"second\", \"third\"])\n  name = each.key\n  {common}}}\n\
             import {{\n  to = service.fourth\n  name = \"fourth\"\n}}\nservice \"fourth\" {{\n  {common}}}\n"
        ),
    );
    project.plan().exits(2).says("imported: it exists as");
    project.apply().exits(0);
    project.plan().exits(0);
    assert_eq!(project.written(), [] as [String; 0]);
    assert_eq!(project.services().len(), 4);
}

/// Each with what it says; the state stays as it was.
#[test]
fn bad_imports_say_why_and_change_nothing() {
    let project = Project::new(&format!("{BLOCK}{}", BLOCK.replace("\"main\"", "\"other\"")));
    let id = service(&project, "main", json!({ "tags": [{ "key": "team", "value": "a" }] }));
    let twin = service(&project, "twin", json!({ "tags": [{ "key": "team", "value": "a" }] }));
    wait(&project);
    project.sandbox(&["import", "service.main", &id]).exits(0);
    let state = project.sandbox(&["state", "pull"]).exits(0).stdout;
    let absent = "00000000-0000-4000-8000-000000000000";
    let cases: [(&str, &str, &str, &str); 9] = [
        ("service.main", &twin, "HW0642", "is in the state already"),
        ("service.other", &id, "HW0643", "are one thing"),
        ("service.other", absent, "HW0617", "There is nothing to import"),
        ("service.other", "name:nobody", "HW0617", "name:nobody"),
        ("service.other", "tag:team=a", "HW0641", "more than one"),
        ("service.nowhere", &twin, "HW0612", "Add it: service \"nowhere\""),
        ("service.other[0]", &twin, "HW0612", "no such instance"),
        ("service.9lives", &twin, "service.9lives", "is not a resource address"),
        ("service.other", "tag:", "tag:KEY=VALUE", "names no thing"),
    ];
    for (address, what, code, words) in cases {
        project.sandbox(&["import", address, what]).exits(1).says(code).says(words);
        assert_eq!(project.sandbox(&["state", "pull"]).stdout, state, "{address} {what}");
    }
    project.write("import.hcl", "import {\n  to = service.other\n}\n");
    project.plan().exits(1).says("HW0230").says("does not say what is imported");
    project.write("import.hcl", "import {\n  to = service.other\n  id = \"a\"\n  name = \"b\"\n}\n");
    project.plan().exits(1).says("HW0230").says("names the same thing twice");
    project.write("import.hcl", "import {\n  to = service.other\n  tags = {}\n}\n");
    project.plan().exits(1).says("HW0611");
    project.write("import.hcl", &format!("import {{\n  to = service.other\n  id = \"{twin}\"\n}}\nimport {{\n  to = service.other\n  name = \"x\"\n}}\n"));
    project.plan().exits(1).says("HW0616");
    assert_eq!(project.sandbox(&["state", "pull"]).stdout, state);
}
