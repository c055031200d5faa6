//! `import --all`: what was made by hand becomes configuration that a careful person would have written.

use serde_json::{Value, json};

use crate::hand::{api, service, wait};
use crate::support::Project;

fn taken(project: &Project) -> String {
    project.writes();
    let run = project.sandbox(&["import", "--all", "--auto-approve"]).exits(0).says("No changes.");
    project.plan().exits(0).says("No changes.");
    assert_eq!(project.written(), [] as [String; 0], "nothing is changed by an import");
    project.run(&["fmt", "--check"]).exits(0);
    run.stdout
}

/// Every configuration file, by name.
fn configuration(project: &Project) -> String {
    let mut names: Vec<String> = std::fs::read_dir(project.root())
        .expect("a directory")
        .map(|e| e.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|n| n.ends_with(".hcl"))
        .collect();
    names.sort();
    names.iter().map(|n| format!("# {n}\n\n{}", project.read(n))).collect()
}

#[test]
fn a_small_organization_reads_like_written_by_hand() {
    let project = Project::empty();
    let ingest = service(
        &project,
        "ingest",
        json!({
            "minReplicaMemoryGb": 16, "maxReplicaMemoryGb": 64, "numReplicas": 3, "idleScaling": false,
            "ipAccessList": [{ "source": "203.0.113.0/24", "description": "berlin" }, { "source": "198.51.100.7" }],
            "tags": [{ "key": "env", "value": "prod" }],
        }),
    );
    let warehouse = api(&project, "GET", &format!("/services/{ingest}"), &Value::Null)["dataWarehouseId"].clone();
    wait(&project);
    for n in 1..=3 {
        let fields = json!({
            "dataWarehouseId": warehouse, "isReadonly": true, "minReplicaMemoryGb": 8, "maxReplicaMemoryGb": 16,
            "numReplicas": 1, "ipAccessList": [{ "source": "10.0.0.0/8", "description": "inside" }],
        });
        service(&project, &format!("reader-{n}"), fields);
    }
    for (team, region, replicas) in [("eu", "eu-central-1", 2), ("us", "us-west-2", 2), ("ap", "ap-southeast-1", 4)] {
        service(&project, &format!("team-{team}"), json!({ "region": region, "numReplicas": replicas }));
    }
    service(&project, "Data Science (EU)", json!({}));
    wait(&project);
    let backup = json!({ "backupPeriodInHours": 12, "backupRetentionPeriodInHours": 72 });
    api(&project, "PATCH", &format!("/services/{ingest}/backupConfiguration"), &backup);
    api(&project, "PUT", &format!("/services/{ingest}/upgradeWindow"), &json!({ "weekday": 2, "startHourUtc": 6 }));
    taken(&project);
    insta::assert_snapshot!(configuration(&project));
}

#[test]
fn forty_services_are_taken_over_and_plan_empty() {
    let project = Project::empty();
    let mut primaries = Vec::new();
    for n in 0..16 {
        let fields = json!({
            "region": (["eu-central-1", "us-east-1"][n % 2]), "numReplicas": 2 + n % 3,
            "minReplicaMemoryGb": 8 * (1 + n % 2), "maxReplicaMemoryGb": 32,
            "endpoints": [{ "protocol": "mysql", "enabled": (n % 4 == 0) }],
            "tags": [{ "key": "team", "value": (format!("t{}", n % 5)) }],
            "ipAccessList": [{ "source": (format!("10.{n}.0.0/16")), "description": "office" }],
        });
        primaries.push(service(&project, &format!("warehouse-{n:02}"), fields));
    }
    wait(&project);
    for n in 0..24 {
        let primary = api(&project, "GET", &format!("/services/{}", primaries[n % 8]), &Value::Null);
        let fields = json!({
            "dataWarehouseId": primary["dataWarehouseId"], "isReadonly": (n % 2 == 0), "region": primary["region"],
            "numReplicas": 1, "minReplicaMemoryGb": 8, "maxReplicaMemoryGb": (16 + 8 * (n % 2)),
            "idleTimeoutMinutes": (5 + n % 3),
        });
        service(&project, &format!("{} {n}", ["dashboards", "etl", "ad hoc"][n % 3]), fields);
    }
    wait(&project);
    for (n, id) in primaries.iter().enumerate() {
        if n % 3 == 0 {
            let backup = json!({ "backupStartTime": "03:00", "backupRetentionPeriodInHours": 96 });
            api(&project, "PATCH", &format!("/services/{id}/backupConfiguration"), &backup);
            let window = json!({ "weekday": (n % 7), "startHourUtc": 6 });
            api(&project, "PUT", &format!("/services/{id}/upgradeWindow"), &window);
        }
        if n % 5 == 0 {
            let entry =
                json!({ "name": "day", "weekdays": [1, 2], "startHourUtc": 8, "endHourUtc": 18, "numReplicas": 5 });
            api(&project, "POST", &format!("/services/{id}/scalingSchedule"), &json!({ "entries": [entry] }));
        }
    }
    taken(&project);
    let text = configuration(&project);
    assert_eq!(project.services().len(), 40);
    for never in ["password", "autoscaling_mode", "release_channel", "profile", "is_primary", "min_total_memory_gb"] {
        let said = text.lines().any(|line| line.trim_start().starts_with(never));
        assert!(!said, "{never} is in\n{text}");
    }
    // No id is repeated: others are referred to.
    for id in &primaries {
        assert!(!text.contains(id.as_str()), "{id} is in\n{text}");
    }
    insta::assert_snapshot!(text);
}

#[test]
fn a_second_run_takes_only_what_is_new() {
    let project = Project::empty();
    let first = service(&project, "first", json!({}));
    wait(&project);
    taken(&project);
    let before = project.read("services.hcl");
    let warehouse = api(&project, "GET", &format!("/services/{first}"), &Value::Null)["dataWarehouseId"].clone();
    service(&project, "second", json!({ "dataWarehouseId": warehouse }));
    service(&project, "first", json!({}));
    wait(&project);
    project.sandbox(&["drift", "--unmanaged"]).exits(2);
    taken(&project);
    assert_eq!(project.read("services.hcl"), before, "files that are there stay as they are");
    let new = project.read("services-2.hcl");
    assert!(new.contains("service \"first_2\" {") && new.contains("= service.first.warehouse_id"), "{new}");
    project.sandbox(&["drift", "--unmanaged"]).exits(0);
    project.sandbox(&["import", "--all"]).exits(0).says("Everything that exists is managed already.");
}

#[test]
fn a_selection_takes_what_it_names_with_its_parts() {
    let project = Project::empty();
    let tagged = service(&project, "tagged", json!({ "tags": [{ "key": "env", "value": "prod" }] }));
    let other = service(&project, "other", json!({}));
    wait(&project);
    for id in [&tagged, &other] {
        api(&project, "PUT", &format!("/services/{id}/upgradeWindow"), &json!({ "weekday": 2, "startHourUtc": 6 }));
    }
    project.sandbox(&["import", "--all", "--auto-approve", "--filter", "tag:env=prod"]).exits(0);
    let list = project.sandbox(&["state", "list"]).exits(0).stdout;
    assert_eq!(list, "service.tagged\nservice_upgrade_window.tagged\n");
    project.sandbox(&["import", "--all", "--auto-approve", "--kind", "clickhouse_service"]).exits(0);
    let list = project.sandbox(&["state", "list"]).exits(0).stdout;
    assert_eq!(list, "service.other\nservice.tagged\nservice_upgrade_window.tagged\n");
    project.sandbox(&["import", "--all", "--kind", "servce"]).exits(1).says("HW0649").says("Did you mean service?");
}

#[test]
fn without_an_answer_nothing_is_written() {
    let project = Project::empty();
    service(&project, "one", json!({}));
    wait(&project);
    project.sandbox(&["import", "--all"]).exits(1).says("service \"one\" {").says("HW0918");
    assert_eq!(configuration(&project), "");
    assert_eq!(project.sandbox(&["state", "list"]).exits(0).stdout, "");
}
