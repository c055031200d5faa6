//! 15: a plan of 300 changes in a pull request.

use serde_json::{Value, json};

use crate::enterprise;
use crate::support::{Project, Served};

/// Services of these numbers, and one beside them.
fn configuration(numbers: std::ops::Range<usize>, max: usize) -> String {
    let (from, to) = (numbers.start, numbers.end);
    let lines = |max: usize| {
        format!(
            "  cloud_provider = \"aws\"\n  region = \"eu-west-1\"\n  min_replica_memory_gb = 8\n  \
             max_replica_memory_gb = {max}\n  ip_access = []\n"
        )
    };
    let each = format!("  for_each = toset([for i in range({from}, {to}) : \"s${{i}}\"])\n");
    let fleet = format!("service \"fleet\" {{\n{each}{}}}\n", lines(max));
    enterprise(&[fleet, format!("service \"calendar\" {{\n{}}}\n", lines(16))])
}

fn named(number: usize) -> String {
    format!("service.fleet[\"s{number}\"]")
}

fn id(served: &Served, name: &str) -> String {
    let all = served.api("GET", "/services", &Value::Null);
    let found = all.as_array().unwrap().iter().find(|s| s["name"] == name).unwrap_or_else(|| panic!("no {name}"));
    found["id"].as_str().unwrap().to_owned()
}

#[test]
fn scenario_15_pull_request() {
    let project = Project::new(&configuration(0..240, 16));
    let served = Served::start(&project, "600");
    let run = |arguments: &[&str]| served.run(&project, arguments);
    run(&["apply", "--auto-approve"]).exits(0);

    let (idle, stopped, calendar) = (id(&served, "fleet-s70"), id(&served, "fleet-s71"), id(&served, "calendar"));
    served.control("PATCH", &format!("/services/{idle}"), &json!({"state": "idle"}).to_string());
    served.control("PATCH", &format!("/services/{stopped}"), &json!({"state": "stopped"}).to_string());
    let entry = json!({
        "name": "always", "weekdays": [0, 1, 2, 3, 4, 5, 6], "startHourUtc": 0, "endHourUtc": 24,
        "minReplicaMemoryGb": 16, "maxReplicaMemoryGb": 32,
    });
    served.api("POST", &format!("/services/{calendar}/scalingSchedule"), &json!({ "entries": [entry] }));

    // 60 are destroyed, one is replaced, 179 updated, 60 created.
    project.write("main.hcl", &configuration(60..300, 32));
    let plan = run(&["plan", "--out", "the.plan", "--json", "--replace", &named(60)]).exits(0);
    let json: Value = serde_json::from_str(&plan.stdout).unwrap();
    let changes = json["resource_changes"].as_array().unwrap();
    let changed = changes.iter().filter(|c| c["change"]["actions"] != json!(["no-op"])).count();
    assert_eq!(changed, 300);

    let markdown = run(&["show", "--markdown", "the.plan"]).exits(0).stdout;
    assert!(markdown.chars().count() <= 65_536, "{} characters", markdown.chars().count());
    for number in 0..=60 {
        assert!(markdown.contains(&format!("`{}`", named(number))), "{} is lost and not named", named(number));
    }
    assert_eq!(markdown, run(&["show", "--markdown", "the.plan"]).stdout, "it is stable");

    // The idle one is changed, the stopped one explained, and the schedule is nobody's change.
    let text = run(&["show", "the.plan"]).exits(0).stdout;
    let about = |number: usize| {
        let from = text.find(&format!("# {} will be updated", named(number))).expect("it is there");
        text[from..].split("\n    }\n").next().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert!(about(70).contains("the service is idle: the new size applies when it wakes"), "{}", about(70));
    assert!(
        about(71).contains("the service is stopped: the new size takes effect when it is next started"),
        "{}",
        about(71)
    );
    assert_eq!(json.get("resource_drift"), None);
    assert!(!text.contains("service.calendar"), "the schedule shows no drift");

    run(&["apply", "the.plan"]).exits(0).says("61 added, 179 changed, 61 destroyed");
    assert_eq!(served.api("GET", "/services", &Value::Null).as_array().unwrap().len(), 241);
    for service in [idle, stopped] {
        assert_eq!(served.api("GET", &format!("/services/{service}"), &Value::Null)["maxReplicaMemoryGb"], 32);
    }
    run(&["plan", "--detailed-exitcode"]).exits(0);
}
