//! A project directory and the real binary run in it. What was sent and what exists is read from the sandbox alone.
#![allow(dead_code, reason = "each test file uses a part")]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use housewright::sandbox::{Options, Request, Sandbox, StoreError};
use serde_json::{Value, json};

/// What a run of the binary gave.
#[derive(Debug, Clone)]
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    pub fn all(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }

    /// Fails the test unless the exit code is this.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "exit code\n--- stdout\n{}\n--- stderr\n{}", self.stdout, self.stderr);
        self
    }

    /// Fails the test unless the output holds the text.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(
            self.all().contains(text),
            "`{text}` is not in\n--- stdout\n{}\n--- stderr\n{}",
            self.stdout,
            self.stderr
        );
        self
    }

    #[track_caller]
    pub fn does_not_say(self, text: &str) -> Self {
        assert!(!self.all().contains(text), "`{text}` is in\n--- stdout\n{}\n--- stderr\n{}", self.stdout, self.stderr);
        self
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// The binary without any of this machine's settings.
pub fn binary(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_housewright"));
    command.current_dir(directory).env_clear().env("HOME", directory).env("USER", "tester").env("LANG", "C.UTF-8");
    command.stdin(Stdio::null());
    command
}

/// What stands in a file; a kept plan, which is compressed behind its first line, as it was before that.
pub fn content(path: &Path) -> String {
    let bytes = std::fs::read(path).unwrap_or_default();
    let line =
        bytes.iter().position(|b| *b == b'\n').filter(|_| bytes.starts_with(b"{\"format\":\"housewright-plan\""));
    let Some(end) = line else { return String::from_utf8_lossy(&bytes).into_owned() };
    let mut text = String::from_utf8_lossy(&bytes[..=end]).into_owned();
    let mut plan = flate2::read::ZlibDecoder::new(&bytes[end + 1..]);
    std::io::Read::read_to_string(&mut plan, &mut text).expect("a kept plan");
    text
}

/// A sandbox in another process.
pub struct Served {
    child: Child,
    pub url: String,
}

impl Served {
    pub fn start(project: &Project, speed: &str) -> Self {
        Self::start_with(project, speed, &[])
    }

    /// As [`Served::start`], with further arguments.
    pub fn start_with(project: &Project, speed: &str, arguments: &[&str]) -> Self {
        let mut command = binary(project.root());
        command.args(["sandbox", "serve", "--listen", "127.0.0.1:0", "--speed", speed, "--data", "served"]);
        command.args(arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().expect("the sandbox starts");
        let mut out = BufReader::new(child.stdout.take().expect("its output"));
        let mut line = String::new();
        let url = loop {
            line.clear();
            assert!(out.read_line(&mut line).expect("its output") > 0, "it ended without saying where it listens");
            if let Some(at) = line.find("http://127.0.0.1:") {
                let port = line[at + 17..].chars().take_while(char::is_ascii_digit).collect::<String>();
                break format!("http://127.0.0.1:{port}");
            }
        };
        // What it says later must have somewhere to go.
        std::thread::spawn(move || std::io::copy(&mut out, &mut std::io::sink()));
        Self { child, url }
    }

    /// The binary with this sandbox as its cloud.
    pub fn client(&self, project: &Project, arguments: &[&str]) -> Command {
        let mut command = binary(project.root());
        command.env("CLICKHOUSE_API_URL", format!("{}/v1", self.url));
        command.env("CLICKHOUSE_CLOUD_API_KEY", "sandbox").env("CLICKHOUSE_CLOUD_API_SECRET", "sandbox");
        command.args(arguments);
        command
    }

    pub fn run(&self, project: &Project, arguments: &[&str]) -> Run {
        self.client(project, arguments).output().expect("the binary runs").into()
    }

    /// Everything that was sent, as the sandbox logged it.
    pub fn requests(&self) -> Vec<Value> {
        let log: Value = serde_json::from_str(&self.control("GET", "/requests", "")).expect("JSON");
        log.as_array().or_else(|| log["requests"].as_array()).cloned().expect("a list of requests")
    }

    /// Asks one of the control endpoints and gives the answer's body.
    pub fn control(&self, method: &str, path: &str, body: &str) -> String {
        let (head, body) = self.ask(method, &format!("/_sandbox{path}"), body);
        assert!(head.contains(" 200"), "{head} {body}");
        body
    }

    /// The result of a request of the API, below the organization, with the key that may do everything.
    pub fn api(&self, method: &str, path: &str, body: &Value) -> Value {
        let (_, organizations) = self.ask("GET", "/v1/organizations", "");
        let organizations: Value = serde_json::from_str(&organizations).expect("JSON");
        let organization = organizations["result"][0]["id"].as_str().expect("an organization");
        let (head, answer) = self.ask(method, &format!("/v1/organizations/{organization}{path}"), &body.to_string());
        assert!(head.contains(" 200"), "{head} {answer}");
        serde_json::from_str::<Value>(&answer).expect("JSON")["result"].clone()
    }

    /// Head and body of an answer.
    fn ask(&self, method: &str, path: &str, body: &str) -> (String, String) {
        let address = self.url.trim_start_matches("http://");
        let mut stream = std::net::TcpStream::connect(address).expect("the sandbox listens");
        let length = body.len();
        let head = format!("{method} {path} HTTP/1.0\r\nhost: {address}\r\ncontent-type: application/json\r\n");
        // sandbox:sandbox
        let key = "authorization: Basic c2FuZGJveDpzYW5kYm94\r\n";
        let request = format!("{head}{key}content-length: {length}\r\nconnection: close\r\n\r\n{body}");
        std::io::Write::write_all(&mut stream, request.as_bytes()).expect("sent");
        let mut answer = String::new();
        let _ = std::io::Read::read_to_string(&mut stream, &mut answer);
        let (head, body) = answer.split_once("\r\n\r\n").expect("an answer");
        (head.to_owned(), body.to_owned())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A directory with a configuration.
pub struct Project {
    // Before the directory it works in.
    served: Option<Served>,
    directory: tempfile::TempDir,
}

/// A request that changed something, or tried to: method and the path behind the organization's, and the body.
#[derive(Debug, Clone, PartialEq)]
pub struct Write {
    pub what: String,
    pub body: Value,
    pub status: u16,
}

impl Project {
    pub fn empty() -> Self {
        Self { served: None, directory: tempfile::tempdir().expect("a directory") }
    }

    /// A directory whose commands work against a sandbox in another process.
    pub fn empty_and_served() -> Self {
        let mut project = Self::empty();
        project.served = Some(Served::start(&project, "600"));
        project
    }

    pub fn new(configuration: &str) -> Self {
        let project = Self::empty();
        project.write("main.hcl", configuration);
        project
    }

    /// A copy of one of the examples.
    pub fn example(name: &str) -> Self {
        let project = Self::empty();
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name);
        for entry in std::fs::read_dir(from).expect("an example") {
            let path = entry.expect("an entry").path();
            if path.is_file() {
                std::fs::copy(&path, project.path(&path.file_name().expect("a name").to_string_lossy()))
                    .expect("a copy");
            }
        }
        project
    }

    pub fn root(&self) -> &Path {
        self.directory.path()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("a file is written");
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    pub fn run(&self, arguments: &[&str]) -> Run {
        binary(self.root()).args(arguments).output().expect("the binary runs").into()
    }

    /// Runs a command against the sandbox: in the process, or the served one.
    pub fn sandbox(&self, arguments: &[&str]) -> Run {
        if let Some(served) = &self.served {
            return served.run(self, arguments);
        }
        let mut all = arguments.to_vec();
        all.push("--sandbox");
        self.run(&all)
    }

    pub fn apply(&self) -> Run {
        self.sandbox(&["apply", "--auto-approve"])
    }

    pub fn plan(&self) -> Run {
        self.sandbox(&["plan", "--detailed-exitcode"])
    }

    /// The sandbox of commands that run it in their own process.
    pub fn open(&self) -> Sandbox {
        // A process that another test is just starting holds this one's files until it has begun.
        for _ in 0..200 {
            match Sandbox::open(&self.path(".housewright/sandbox"), Options::default()) {
                Ok(sandbox) => return sandbox,
                Err(StoreError::InUse { .. }) => std::thread::sleep(std::time::Duration::from_millis(10)),
                Err(error) => panic!("the sandbox does not open: {error}"),
            }
        }
        panic!("the sandbox stays in use")
    }

    /// Asks one of the sandbox's control endpoints.
    #[track_caller]
    pub fn control(&self, method: &str, path: &str, body: &Value) -> Value {
        if let Some(served) = &self.served {
            let body = if body.is_null() { String::new() } else { body.to_string() };
            return serde_json::from_str(&served.control(method, path, &body)).expect("JSON");
        }
        let mut sandbox = self.open();
        let request = Request::new(method, &format!("/_sandbox{path}"));
        let request = if body.is_null() { request } else { request.json(body) };
        let response = sandbox.handle(sandbox.now(), &request);
        assert!(response.status < 300, "{method} {path}: {} {}", response.status, response.body_json());
        response.body_json()
    }

    /// Sends a request of the API behind everybody's back, with the key that may do everything; the path is below the
    /// organization. Gives the result.
    #[track_caller]
    pub fn api(&self, method: &str, path: &str, body: &Value) -> Value {
        let mut sandbox = self.open();
        let target = format!("/v1/organizations/{}{path}", sandbox.organization_id());
        let request = Request::new(method, &target).basic_auth("sandbox", "sandbox");
        let request = if body.is_null() { request } else { request.json(body) };
        let response = sandbox.handle(sandbox.now(), &request);
        assert!(response.status < 300, "{method} {path}: {} {}", response.status, response.body_json());
        drop(sandbox);
        self.control("DELETE", "/requests", &Value::Null);
        response.body_json()["result"].clone()
    }

    /// The id of a service.
    #[track_caller]
    pub fn service(&self, name: &str) -> String {
        self.services().into_iter().find(|(n, ..)| n == name).map(|s| s.1).expect("a service of that name")
    }

    pub fn fault(&self, fault: &Value) {
        self.control("POST", "/faults", fault);
    }

    /// Everything that was sent since the last look, as `METHOD path → status`, the organization's part left out.
    pub fn requests(&self) -> Vec<String> {
        let sandbox = self.open();
        let prefix = format!("/v1/organizations/{}", sandbox.organization_id());
        let line = |r: std::borrow::Cow<'_, housewright::sandbox::LoggedRequest>| {
            format!("{} {} → {}", r.method, r.path.strip_prefix(&prefix).unwrap_or(&r.path), r.status)
        };
        let lines = sandbox.requests().map(line).collect();
        drop(sandbox);
        self.control("DELETE", "/requests", &Value::Null);
        lines
    }

    /// The writes since the last look. The id of a service in a path is `*`.
    pub fn writes(&self) -> Vec<Write> {
        writes_of(&self.sent())
    }

    /// Everything that was sent since the last look, as the sandbox logged it.
    pub fn sent(&self) -> Vec<Value> {
        let log = self.control("GET", "/requests", &Value::Null);
        self.control("DELETE", "/requests", &Value::Null);
        log.as_array().or_else(|| log["requests"].as_array()).cloned().expect("a list of requests")
    }

    /// What was written, without bodies.
    pub fn written(&self) -> Vec<String> {
        self.writes().into_iter().map(|w| w.what).collect()
    }

    /// The services of the sandbox: name, id and state.
    pub fn services(&self) -> Vec<(String, String, String)> {
        let sandbox = self.open();
        let state = |s: &housewright::sandbox::ServiceStatus| json!(s.state).as_str().unwrap_or_default().to_owned();
        sandbox.status().services.iter().map(|s| (s.name.clone(), s.id.to_string(), state(s))).collect()
    }

    /// Changes a service behind everybody's back.
    pub fn change_remotely(&self, name: &str, change: &Value) {
        let id = self.services().into_iter().find(|(n, ..)| n == name).map(|s| s.1).expect("a service of that name");
        self.control("PATCH", &format!("/services/{id}"), change);
    }
}

/// The writes among what was sent. The id of a service in a path is `*`.
pub fn writes_of(requests: &[Value]) -> Vec<Write> {
    let text = |r: &Value, field: &str| r[field].as_str().unwrap_or_default().to_owned();
    let write = |r: &Value| {
        // Behind /v1/organizations/ID.
        let path = text(r, "path")
            .split('/')
            .skip(4)
            .map(|p| if p.len() == 36 { "/*".into() } else { format!("/{p}") })
            .collect::<String>();
        let status = r["status"].as_u64().and_then(|s| u16::try_from(s).ok()).unwrap_or_default();
        Write { what: format!("{} {path}", text(r, "method")), body: r["body"].clone(), status }
    };
    requests.iter().filter(|r| r["method"] != "GET").map(write).collect()
}
