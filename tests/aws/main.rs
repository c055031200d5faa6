//! Private links and peerings against a real EC2 interface, which moto plays; `tests/servers/run` starts it. What moto
//! cannot play (acceptance that takes its time, rejection, lost answers), a proxy in front of it does.
//!
//! Verdicts are what EC2 and the sandbox hold, and which actions passed the proxy.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

#[path = "../support/fault_proxy.rs"]
mod fault_proxy;
#[path = "../support/moto.rs"]
mod moto;
#[path = "../support/mod.rs"]
mod support;

mod example;
mod link;
mod peering;

use serde_json::{Value, json};
use support::{Project, Run, Served};

/// A project, and the sandbox in another process that is its cloud.
pub struct Field {
    pub project: Project,
    pub served: Served,
}

impl Field {
    pub fn new(configuration: &str) -> Self {
        let project = Project::new(configuration);
        let served = Served::start(&project, "600");
        Self { project, served }
    }

    pub fn run(&self, arguments: &[&str]) -> Run {
        let mut command = self.served.client(&self.project, arguments);
        command.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test");
        command.env("AWS_EC2_METADATA_DISABLED", "true");
        command.output().expect("the binary runs").into()
    }

    #[track_caller]
    pub fn apply(&self) -> Run {
        self.run(&["apply", "--auto-approve"])
    }

    #[track_caller]
    pub fn plan(&self) -> Run {
        self.run(&["plan", "--detailed-exitcode"])
    }

    /// Applies, and plans again: nothing is left to do.
    #[track_caller]
    pub fn settles(&self) {
        self.apply().exits(0);
        self.plan().exits(0);
    }

    #[track_caller]
    pub fn destroys(&self) {
        self.run(&["destroy", "--auto-approve"]).exits(0);
    }

    /// The endpoints attached to the only service.
    pub fn attached(&self) -> Vec<String> {
        let services = self.served.api("GET", "/services", &Value::Null);
        let ids = services[0]["privateEndpointIds"].as_array().cloned().unwrap_or_default();
        ids.iter().map(|id| id.as_str().unwrap().to_owned()).collect()
    }

    pub fn service(&self) -> String {
        self.served.api("GET", "/services", &Value::Null)[0]["id"].as_str().unwrap().to_owned()
    }

    /// The bodies of the requests that changed a service's endpoints since the last look.
    pub fn attachments(&self) -> Vec<Value> {
        let requests = self.served.requests();
        self.served.control("DELETE", "/requests", "");
        let changes = |r: &&Value| r["method"] == "PATCH" && !r["body"]["privateEndpointIds"].is_null();
        requests.iter().filter(changes).map(|r| r["body"]["privateEndpointIds"].clone()).collect()
    }

    /// An infrastructure that is ready, with a private load balancer or without.
    pub fn infrastructure(&self, account: &str, range: &str) -> String {
        let body = json!({
            "regionId": "eu-central-1", "accountId": account, "externalId": "x", "availabilityZoneSuffixes": ["a", "b", "c"],
            "vpcCidrRange": range, "displayName": "data",
        });
        let made = self.served.api("POST", "/byocInfrastructure", &body);
        let id = made["id"].as_str().expect("an id").to_owned();
        for _ in 0..200 {
            let found = self.served.api("GET", &format!("/byocInfrastructure/{id}"), &Value::Null);
            if found["state"] == "infra-ready" {
                return id;
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        panic!("the infrastructure does not become ready");
    }
}
