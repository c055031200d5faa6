//! What a person does in the console.

use housewright::sandbox::Request;
use serde_json::{Value, json};

use crate::support::Project;

/// A request of the API, below the organization, with the key that may do everything; its result.
#[track_caller]
pub fn api(project: &Project, method: &str, path: &str, body: &Value) -> Value {
    let mut sandbox = project.open();
    let path = format!("/v1/organizations/{}{path}", sandbox.organization_id());
    let request = Request::new(method, &path).basic_auth("sandbox", "sandbox");
    let request = if body.is_null() { request } else { request.json(body) };
    let answer = sandbox.handle(sandbox.now(), &request);
    assert!(answer.status < 300, "{method} {path} {body}: {}", answer.body_json());
    answer.body_json()["result"].clone()
}

/// A service in the usual place with these fields besides; answers its id.
#[track_caller]
pub fn service(project: &Project, name: &str, fields: Value) -> String {
    let mut body = json!({ "name": name, "provider": "aws", "region": "eu-central-1", "ipAccessList": [] });
    let members = body.as_object_mut().expect("an object");
    members.extend(fields.as_object().cloned().unwrap_or_default());
    let made = api(project, "POST", "/services", &body);
    made["service"]["id"].as_str().expect("an id").to_owned()
}

/// Lets time pass until all are up.
pub fn wait(project: &Project) {
    project.control("POST", "/clock", &json!({ "advanceSeconds": 900 }));
}
