//! What the sandbox's tests share: a client without sockets, and the API's own description.
#![allow(dead_code, reason = "each test binary uses its part")]
#![allow(clippy::disallowed_methods, reason = "tests read files where they like")]

pub mod shapes;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use housewright::sandbox::{Options, Request, Response, Sandbox, Settings};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// A caller with good credentials and a clock of its own.
pub struct Api {
    pub sandbox: Sandbox,
    pub now: Timestamp,
}

impl Api {
    pub fn new() -> Self {
        Self::with(Settings::default())
    }

    pub fn with(settings: Settings) -> Self {
        Self::over(Sandbox::in_memory(Options { settings, ..Options::default() }))
    }

    pub fn over(sandbox: Sandbox) -> Self {
        let now = sandbox.now();
        Self { sandbox, now }
    }

    pub fn raw(&mut self, method: &str, path: &str, body: Option<&Value>) -> Response {
        self.raw_as(("sandbox", "sandbox"), method, path, body)
    }

    /// The same as somebody else.
    pub fn raw_as(&mut self, key: (&str, &str), method: &str, path: &str, body: Option<&Value>) -> Response {
        let mut request = Request::new(method, path).basic_auth(key.0, key.1);
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = self.sandbox.handle(self.now, &request);
        self.now = self.now.max(self.sandbox.now());
        response
    }

    /// Path below the organization; gives status and body.
    pub fn call(&mut self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let path = format!("/v1/organizations/{}{path}", self.sandbox.organization_id());
        let response = self.raw(method, &path, (!body.is_null()).then_some(&body));
        (response.status, response.body_json())
    }

    /// The result of a call that must succeed.
    pub fn ok(&mut self, method: &str, path: &str, body: Value) -> Value {
        let (status, answer) = self.call(method, path, body);
        assert_eq!(status, 200, "{method} {path}: {answer}");
        answer["result"].clone()
    }

    /// The error text of a call that must be refused with that status.
    pub fn refused(&mut self, status: u16, method: &str, path: &str, body: Value) -> String {
        let (got, answer) = self.call(method, path, body.clone());
        assert_eq!(got, status, "{method} {path} {body}: {answer}");
        assert_eq!(answer["status"], status, "{answer}");
        answer["error"].as_str().unwrap_or_default().to_owned()
    }

    /// A control request that must succeed.
    pub fn control(&mut self, method: &str, path: &str, body: Value) -> Value {
        let response = self.raw(method, &format!("/_sandbox{path}"), (!body.is_null()).then_some(&body));
        assert_eq!(response.status, 200, "{method} {path}: {}", response.body_json());
        response.body_json()
    }

    pub fn get(&mut self, id: &str) -> Value {
        self.ok("GET", &format!("/services/{id}"), Value::Null)
    }

    pub fn state(&mut self, id: &str) -> String {
        self.get(id)["state"].as_str().unwrap_or_default().to_owned()
    }

    pub fn pass(&mut self, seconds: i64) {
        self.now += SignedDuration::from_secs(seconds);
    }

    /// Creates a service and gives its id; it is still provisioning.
    pub fn create(&mut self, changes: Value) -> String {
        let result = self.ok("POST", "/services", service_with(changes));
        result["service"]["id"].as_str().expect("a service has an id").to_owned()
    }

    /// Creates a service and waits until it runs.
    pub fn running(&mut self, changes: Value) -> String {
        let id = self.create(changes);
        self.pass(300);
        assert_eq!(self.state(&id), "running");
        id
    }

    pub fn stopped(&mut self, changes: Value) -> String {
        let id = self.running(changes);
        self.ok("PATCH", &format!("/services/{id}/state"), json!({ "command": "stop" }));
        self.pass(60);
        assert_eq!(self.state(&id), "stopped");
        id
    }
}

/// The status of a service, in short.
pub fn status(api: &mut Api, id: &str) -> Value {
    let status = api.control("GET", "/status", Value::Null);
    let service = status["services"].as_array().unwrap().iter().find(|service| service["id"] == id);
    service.cloned().unwrap_or_default()
}

/// All replicas of a service.
pub fn replicas(api: &mut Api, id: &str) -> Vec<Value> {
    status(api, id)["replicaList"].as_array().cloned().unwrap_or_default()
}

/// How many replicas are in each phase.
pub fn phases(api: &mut Api, id: &str) -> BTreeMap<&'static str, usize> {
    let mut phases = BTreeMap::new();
    for replica in replicas(api, id) {
        let phase = ["joining", "serving", "draining"].into_iter().find(|phase| replica["phase"] == *phase).unwrap();
        *phases.entry(phase).or_default() += 1;
    }
    phases
}

/// GB of each replica that takes queries.
pub fn serving(api: &mut Api, id: &str) -> Vec<u64> {
    let serving = replicas(api, id).into_iter().filter(|replica| replica["phase"] == "serving");
    serving.map(|replica| replica["memoryGb"].as_u64().unwrap()).collect()
}

/// Number and GB of the replicas that take queries, which are all of one size.
pub fn size(api: &mut Api, id: &str) -> (usize, u64) {
    let memory = serving(api, id);
    assert!(memory.windows(2).all(|pair| pair[0] == pair[1]), "{memory:?}");
    (memory.len(), memory.first().copied().unwrap_or(0))
}

/// Entries of the timeline about a service, of one sort.
pub fn timeline(api: &mut Api, id: &str, what: &str) -> Vec<Value> {
    let entries = api.control("GET", &format!("/events?service={id}"), Value::Null);
    entries.as_array().unwrap().iter().filter(|entry| entry["what"] == what).cloned().collect()
}

/// A good create request, with members added, replaced, or (by null) removed.
pub fn service_with(changes: Value) -> Value {
    let mut body = json!({
        "name": "orders",
        "provider": "aws",
        "region": "eu-central-1",
        "ipAccessList": [{ "source": "10.0.0.0/8", "description": "office" }],
        "minReplicaMemoryGb": 16,
        "maxReplicaMemoryGb": 64,
        "numReplicas": 3,
    });
    if let (Some(body), Value::Object(changes)) = (body.as_object_mut(), changes) {
        for (name, value) in changes {
            if value.is_null() {
                body.remove(&name);
            } else {
                body.insert(name, value);
            }
        }
    }
    body
}

/// The API's description, as the official client's package has it: the one this project is built with.
pub fn description() -> Value {
    static DESCRIPTION: OnceLock<Value> = OnceLock::new();
    DESCRIPTION.get_or_init(read_description).clone()
}

fn read_description() -> Value {
    let compiler = output(Command::new("rustc").arg("-vV"));
    let host = compiler.lines().find_map(|line| line.strip_prefix("host: ")).expect("rustc names its host");
    // Packages of other platforms may not be on this machine, and are not needed.
    let metadata = output(
        Command::new(env!("CARGO"))
            .args(["metadata", "--format-version", "1", "--offline", "--filter-platform", host])
            .current_dir(env!("CARGO_MANIFEST_DIR")),
    );
    let metadata: Value = serde_json::from_str(&metadata).expect("cargo metadata is JSON");
    let manifest = metadata["packages"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|package| package["name"] == "clickhouse-cloud-api")
        .and_then(|package| package["manifest_path"].as_str())
        .map(PathBuf::from)
        .expect("the official client is among the packages");
    let path = manifest.with_file_name("clickhouse_cloud_openapi.json");
    let text = std::fs::read(&path).expect("the package has the API's description");
    serde_json::from_slice(&text).expect("the API's description is JSON")
}

fn output(command: &mut Command) -> String {
    let output = command.output().expect("the toolchain is there");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("the toolchain speaks UTF-8")
}
