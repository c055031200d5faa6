//! 12: what others attached to a service is theirs.

use serde_json::{Value, json};

use crate::support::{Project, Served};
use crate::{enterprise, service};

const FOREIGN: &str = "vpce-0f0f0f0f0f0f0f0f0";
const OURS: &str = "vpce-0123456789abcdef0";

fn only_service(served: &Served) -> Value {
    served.api("GET", "/services", &Value::Null)[0].clone()
}

/// What was sent about a service's endpoints since the last look.
fn sent(served: &Served) -> Vec<Value> {
    let writes = served.requests().into_iter().filter(|r| r["method"] == "PATCH");
    let bodies = writes.map(|r| r["body"]["privateEndpointIds"].clone()).collect();
    served.control("DELETE", "/requests", "");
    bodies
}

#[test]
fn scenario_12_privatelink_ownership() {
    let alone = enterprise(&[service("x", "")]);
    let link =
        format!("{alone}private_link \"ours\" {{\n  endpoint_id = \"{OURS}\"\n  service_ids = [service.x.id]\n}}\n");
    let project = Project::new(&alone);
    let served = Served::start(&project, "600");
    let apply = || served.run(&project, &["apply", "--auto-approve"]).exits(0);
    apply();
    let path = format!("/services/{}", only_service(&served)["id"].as_str().unwrap());
    assert_eq!(only_service(&served)["ipAccessList"], json!([]), "the IP list is empty");
    served.api("PATCH", &path, &json!({ "privateEndpointIds": { "add": [FOREIGN] } }));
    sent(&served);

    project.write("main.hcl", &link);
    apply();
    assert_eq!(sent(&served), [json!({ "add": [OURS], "remove": [] })], "one add, no remove");
    served.run(&project, &["plan", "--detailed-exitcode"]).exits(0);
    assert_eq!(only_service(&served)["privateEndpointIds"], json!([FOREIGN, OURS]));

    project.write("main.hcl", &alone);
    apply();
    assert_eq!(sent(&served), [json!({ "add": [], "remove": [OURS] })]);
    assert_eq!(only_service(&served)["privateEndpointIds"], json!([FOREIGN]), "the foreign endpoint stays");
}
