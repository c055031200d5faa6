//! 14: an organization that was made by hand is taken over as it is, and what comes later is seen.

use housewright::sandbox::Request;
use serde_json::{Value, json};

use crate::support::Project;

fn by_hand(project: &Project, name: &str, fields: &Value) {
    let mut sandbox = project.open();
    let mut body =
        json!({ "name": name, "provider": "aws", "region": "eu-west-1", "ipAccessList": [{ "source": "10.0.0.0/8" }] });
    let members = body.as_object_mut().expect("an object");
    members.extend(fields.as_object().cloned().unwrap_or_default());
    let path = format!("/v1/organizations/{}/services", sandbox.organization_id());
    let request = Request::new("POST", &path).basic_auth("sandbox", "sandbox").json(&body);
    let answer = sandbox.handle(sandbox.now(), &request);
    assert_eq!(answer.status, 200, "{}", answer.body_json());
}

#[test]
fn scenario_14_adoption() {
    let project = Project::empty();
    for n in 0..12 {
        let tags = json!([{ "key": "team", "value": (format!("t{}", n % 3)) }]);
        let size = json!({ "numReplicas": 2 + n % 2, "idleScaling": (n % 4 != 0), "tags": tags });
        by_hand(&project, &format!("{}-{n}", ["web", "etl", "bi"][n % 3]), &size);
    }
    project.control("POST", "/clock", &json!({ "advanceSeconds": 900 }));
    project.writes();
    let told = project.sandbox(&["import", "--all", "--auto-approve"]).exits(0);
    assert!(!told.all().to_lowercase().contains("enter a value"), "nobody is asked for a password: {}", told.all());
    project.plan().exits(0);
    assert_eq!(project.written(), [] as [String; 0], "taking over changes nothing");
    project.sandbox(&["drift", "--unmanaged"]).exits(0);
    by_hand(&project, "thirteenth", &json!({}));
    project.control("POST", "/clock", &json!({ "advanceSeconds": 900 }));
    project.sandbox(&["drift", "--unmanaged"]).exits(2).says("thirteenth");
    project.sandbox(&["import", "--all", "--auto-approve"]).exits(0);
    project.sandbox(&["drift", "--unmanaged"]).exits(0);
    project.plan().exits(0);
    assert_eq!(project.services().len(), 13);
}
