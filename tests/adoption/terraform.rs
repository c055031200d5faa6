//! `import --from-tfstate`: a state that Terraform wrote with the official provider, over the same files.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use crate::hand::{api, service, wait};
use crate::support::{Project, binary};

fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/adoption/terraform").join(name);
    std::fs::read_to_string(path).expect("a fixture")
}

/// The services of the fixture in the sandbox, and the files of the configuration. Answers the state with the ids that
/// the sandbox has drawn in the place of those that Terraform saw.
pub fn taken_to_the_sandbox(project: &Project) -> String {
    let services: Vec<Value> = serde_json::from_str(&fixture("services.json")).expect("JSON");
    let mut ids: BTreeMap<String, String> = BTreeMap::new();
    let (primaries, secondaries): (Vec<_>, Vec<_>) = services.iter().partition(|s| s["isPrimary"] == true);
    for old in primaries.into_iter().chain(secondaries) {
        let wanted = [
            "ipAccessList",
            "minReplicaMemoryGb",
            "maxReplicaMemoryGb",
            "numReplicas",
            "idleScaling",
            "region",
            "tags",
        ];
        let mut fields: serde_json::Map<String, Value> =
            wanted.iter().filter_map(|f| Some(((*f).to_owned(), old.get(f)?.clone()))).collect();
        if old["idleScaling"] == true {
            fields.insert("idleTimeoutMinutes".to_owned(), old["idleTimeoutMinutes"].clone());
        }
        if old["isPrimary"] == false {
            let warehouse = &ids[old["dataWarehouseId"].as_str().expect("an id")];
            fields.insert("dataWarehouseId".to_owned(), json!(warehouse));
            fields.insert("isReadonly".to_owned(), json!(true));
        }
        let id = service(project, old["name"].as_str().expect("a name"), Value::Object(fields));
        let made = api(project, "GET", &format!("/services/{id}"), &Value::Null);
        let text = |json: &Value, field: &str| json[field].as_str().expect("a text").to_owned();
        ids.insert(text(old, "id"), id);
        ids.insert(text(old, "dataWarehouseId"), text(&made, "dataWarehouseId"));
    }
    wait(project);
    let backup = json!({ "backupPeriodInHours": 24, "backupRetentionPeriodInHours": 72 });
    let ingest = &ids["0f43ef70-ff38-4ac3-8da2-41b9e3ecb4fd"];
    api(project, "PATCH", &format!("/services/{ingest}/backupConfiguration"), &backup);
    project.writes();
    project.write("main.tf", &fixture("main.tf"));
    std::fs::create_dir_all(project.path("modules/team")).expect("a directory");
    project.write("modules/team/main.tf", &fixture("modules/team/main.tf"));
    let state = fixture("terraform.tfstate");
    ids.iter().fold(state, |text, (old, new)| text.replace(old, new))
}

#[test]
fn a_real_state_is_taken_over_and_plans_empty() {
    let project = Project::empty();
    project.write("terraform.tfstate", &taken_to_the_sandbox(&project));
    let told = project.sandbox(&["import", "--from-tfstate", "terraform.tfstate"]).exits(0).says("No changes");
    for address in [
        "service.ingest",
        "service.readers[0]",
        "service.readers[1]",
        "module.team[\"eu\"].service.this",
        "module.team[\"us\"].service.this",
    ] {
        told.clone().says(&format!("Imported {address}: "));
    }
    project.plan().exits(0).says("No changes");
    assert_eq!(project.written(), [] as [String; 0]);
    let state = project.sandbox(&["state", "pull"]).stdout;
    assert!(!state.contains("Example-Passw0rd") && !state.contains("n4bQgYhMfWWaL"), "{state}");
    // The password hash is known by its fingerprint, the write-only password by its version.
    let file = project
        .read("modules/team/main.tf")
        .replace("n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=", "XohImNooBHFR0OVvjcYpJ3NgPQ1qq73WKhHvch0VQtg=");
    project.write("modules/team/main.tf", &file);
    project.plan().exits(2).says("password_hash");
}

#[test]
fn a_state_comes_through_standard_input() {
    let project = Project::empty();
    let state = taken_to_the_sandbox(&project);
    let mut command = binary(project.root());
    command.args(["import", "--from-tfstate", "-", "--sandbox"]).stdin(std::process::Stdio::piped());
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    std::io::Write::write_all(&mut child.stdin.take().expect("its input"), state.as_bytes()).expect("written");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    project.sandbox(&["state", "list"]).exits(0).says("module.team[\"us\"].service.this");
}

/// Each with what it says; nothing is stored.
#[test]
fn bad_states_say_why_and_leave_no_state() {
    let project = Project::empty();
    let good = taken_to_the_sandbox(&project);
    let parsed: Value = serde_json::from_str(&good).expect("JSON");
    let changed = |pointer: &str, value: Value| {
        let mut state = parsed.clone();
        *state.pointer_mut(pointer).expect("the fixture has it") = value;
        state.to_string()
    };
    let first = "/resources/0/instances/0/attributes/id";
    let other = parsed.pointer("/resources/1/instances/0/attributes/id").expect("an id").clone();
    let cases = [
        (changed("/version", json!(5)), "HW0645", "written by a newer Terraform"),
        (good.replacen("\"version\": 4", "\"version\": ", 1), "HW0645", "It is no JSON"),
        (changed("/resources/0/instances", json!("x")), "HW0646", "damaged"),
        (changed("/resources/0/name", json!("no name")), "HW0646", "is not a name"),
        (changed(first, json!("00000000-0000-4000-8000-000000000000")), "HW0617", "service.ingest"),
        (changed(first, other), "HW0643", "are one thing"),
        (changed("/resources/0/name", json!("gone")), "HW0612", "service.gone"),
        // As the file lies there: every id is another organization's.
        (fixture("terraform.tfstate"), "HW0617", "the organization with the one of the key"),
    ];
    for (state, code, words) in cases {
        project.write("terraform.tfstate", &state);
        project.sandbox(&["import", "--from-tfstate", "terraform.tfstate"]).exits(1).says(code).says(words);
        assert_eq!(project.sandbox(&["state", "list"]).exits(0).stdout, "", "{words}");
    }
}

/// Where there is a state, it stays as it is, whatever is wrong with what is to be taken over.
#[test]
fn bad_states_leave_the_state_there_is_untouched() {
    let project = Project::empty();
    let own = service(&project, "own", json!({}));
    let good = taken_to_the_sandbox(&project);
    project.write(
        "own.hcl",
        "service \"own\" {\n  cloud_provider = \"aws\"\n  region = \"eu-central-1\"\n  ip_access = []\n}\n",
    );
    project.sandbox(&["import", "service.own", &own]).exits(0);
    let before = project.sandbox(&["state", "pull"]).exits(0).stdout;
    let parsed: Value = serde_json::from_str(&good).expect("JSON");
    let changed = |pointer: &str, value: Value| {
        let mut state = parsed.clone();
        *state.pointer_mut(pointer).expect("the fixture has it") = value;
        state.to_string()
    };
    let refused = |state: &str, code: &str, words: &str| {
        project.write("terraform.tfstate", state);
        project.sandbox(&["import", "--from-tfstate", "terraform.tfstate"]).exits(1).says(code).says(words);
        assert_eq!(project.sandbox(&["state", "pull"]).stdout, before, "{words}");
    };
    let id = "/resources/0/instances/0/attributes/id";
    refused(&changed("/version", json!(5)), "HW0645", "written by a newer Terraform");
    refused(&changed("/resources/0/instances", json!({})), "HW0646", "damaged, or was changed by hand");
    refused(&fixture("terraform.tfstate"), "HW0617", "There is nothing to import as");
    refused(&changed(id, json!(own)), "HW0643", "service.ingest and service.own are one thing");
    refused(&changed("/resources/0/name", json!("own")), "HW0642", "service.own is in the state already");
    refused(&changed("/resources/0/name", json!("9 lives")), "HW0646", "`9 lives` is not a name");
    // Somebody deletes one meanwhile.
    let reader = project.services().into_iter().find(|s| s.0.contains("reader")).expect("a reader").1;
    api(&project, "PATCH", &format!("/services/{reader}/state"), &json!({ "command": "stop" }));
    wait(&project);
    api(&project, "DELETE", &format!("/services/{reader}"), &Value::Null);
    wait(&project);
    refused(&good, "HW0617", "There is nothing to import as service.readers[");
    project.sandbox(&["import", "service.own", &own]).exits(1).says("HW0642");
    assert_eq!(project.sandbox(&["state", "pull"]).stdout, before);
}

#[test]
fn other_providers_stay_with_terraform() {
    let project = Project::empty();
    let mut state: Value = serde_json::from_str(&taken_to_the_sandbox(&project)).expect("JSON");
    let vpc = json!({
        "mode": "managed", "type": "aws_vpc", "name": "main",
        "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]", "instances": [{ "attributes": { "id": "vpc-1" } }],
    });
    state["resources"].as_array_mut().expect("a list").push(vpc);
    project.write("terraform.tfstate", &state.to_string());
    project.sandbox(&["import", "--from-tfstate", "terraform.tfstate"]).exits(0).says("aws_vpc: of another provider");
}
