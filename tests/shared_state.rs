//! A state that a team shares: chosen by the `state` block, used by several processes, and whole when one of them is
//! killed. The servers are real ones; `tests/servers/run` starts those that are not part of the tests.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

#[path = "../state/tests/support/gitlab.rs"]
#[allow(dead_code, reason = "other tests use more of it")]
mod gitlab;
mod support;

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use support::{Project, Run, Served, binary};

const SERVICE: &str = "cloud { tier = \"enterprise\" }\nservice \"x\" {\n  cloud_provider = \"aws\"\n  region = \"eu-west-1\"\n  min_replica_memory_gb = 8\n  max_replica_memory_gb = 8\n  ip_access = []\n}\n";
const CANARY: &str = "canary-of-the-store";

/// Where a state is shared.
struct Place {
    block: String,
    environment: Vec<(&'static str, String)>,
    keeps_history: bool,
}

/// A project whose state is there, and the cloud it works against.
struct Team {
    project: Project,
    served: Served,
    place: Place,
}

impl Team {
    fn new(place: Place) -> Self {
        let project = Project::new(&format!("{SERVICE}{}", place.block));
        let served = Served::start(&project, "1");
        Self { project, served, place }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.served.client(&self.project, arguments);
        command.env("COLUMNS", "1000").envs(self.place.environment.iter().map(|(n, v)| (*n, v.clone())));
        command
    }

    /// Runs a command, which never shows what opens the store.
    fn run(&self, arguments: &[&str]) -> Run {
        let run = Run::from(self.command(arguments).output().expect("the binary runs"));
        run.does_not_say(CANARY)
    }

    /// An apply whose service is being made.
    fn applying(&self) -> Child {
        let mut command = self.command(&["apply", "--auto-approve"]);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let began = Instant::now();
        while !self.run(&["state", "pull"]).stdout.contains("\"id\": \"") {
            assert!(began.elapsed() < Duration::from_secs(60), "it does not get on");
        }
        child
    }

    fn let_it_become_ready(&self) {
        self.served.control("POST", "/clock", "{\"advanceSeconds\": 600}");
    }

    fn creations(&self) -> usize {
        let log: serde_json::Value = serde_json::from_str(&self.served.control("GET", "/requests", "")).unwrap();
        let requests = log.as_array().or_else(|| log["requests"].as_array()).unwrap();
        let is_creation =
            |r: &&serde_json::Value| r["method"] == "POST" && r["path"].as_str().unwrap().ends_with("/services");
        requests.iter().filter(is_creation).count()
    }
}

/// What a team goes through with a place.
fn journey(place: Place) {
    let team = Team::new(place);
    team.run(&["state", "list"]).exits(0);
    team.run(&["plan", "--detailed-exitcode"]).exits(2).says("1 to add");

    // Two at once: the second is told who the first is.
    let mut first = team.applying();
    let refused = team.run(&["apply", "--auto-approve"]).exits(1);
    refused.says("The state is locked").says("by tester").says("state unlock");

    // The first one dies. Whoever looks sees what it had reached; whoever applies goes on from there.
    first.kill().unwrap();
    first.wait().unwrap();
    team.run(&["state", "list"]).exits(0).says("service.x");
    team.let_it_become_ready();
    let again = team.run(&["apply", "--auto-approve", "--lock-timeout", "20s"]).exits(0);
    again.says("left its lock behind").says("was brought into the state");
    team.run(&["plan", "--detailed-exitcode"]).exits(0);
    assert_eq!(team.creations(), 1);

    // Nothing is kept here, whatever happened.
    let mut names: Vec<String> = std::fs::read_dir(team.project.root())
        .unwrap()
        .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with("housewright"))
        .collect();
    names.sort();
    assert!(names.is_empty(), "{names:?}");

    // To another place and back to an earlier version.
    let elsewhere = Project::new(SERVICE);
    elsewhere.write("pulled.json", &team.run(&["state", "pull"]).exits(0).stdout);
    Run::from(binary(elsewhere.root()).args(["state", "push", "pulled.json"]).output().unwrap()).exits(0);
    team.served.run(&elsewhere, &["plan", "--detailed-exitcode"]).exits(0);
    team.run(&["state", "rm", "service.x"]).exits(0);
    if team.place.keeps_history {
        let history = team.run(&["state", "history"]).exits(0).stdout;
        let before = history.lines().nth(1).and_then(|line| line.split_whitespace().next()).expect("one before");
        team.run(&["state", "rollback", before]).exits(0).says("service.x is remembered again");
    } else {
        team.run(&["state", "history"]).exits(0).says("stored now");
        team.run(&["state", "rollback", "1"]).exits(1).says("There is no state of serial 1");
        let pulled = elsewhere.path("pulled.json");
        let pulled = pulled.to_str().unwrap();
        team.run(&["state", "push", pulled]).exits(1).says("not a later version");
        team.run(&["state", "push", pulled, "--force"]).exits(0).says("service.x is remembered again");
    }
    team.run(&["plan", "--detailed-exitcode"]).exits(0);
    assert_eq!(team.creations(), 1);
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run this through tests/servers/run"))
}

/// A name that no other place of this run has.
fn unique() -> String {
    format!("team-{}-{:?}", std::process::id(), std::thread::current().id()).replace(['(', ')'], "")
}

#[test]
fn over_gitlabs_protocol() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime.block_on(gitlab::GitLab::start());
    let address = format!("{}/state/production", server.address);
    let block = format!(
        "state \"http\" {{\n  address = \"{address}\"\n  lock_address = \"{address}/lock\"\n  lock_method = \"POST\"\n  unlock_method = \"DELETE\"\n}}\n"
    );
    let environment =
        vec![("TF_HTTP_USERNAME", gitlab::USER.to_owned()), ("TF_HTTP_PASSWORD", gitlab::PASSWORD.to_owned())];
    journey(Place { block, environment, keeps_history: false });
    let serials = server.serials("production");
    assert!(serials.is_sorted() && !serials.is_empty(), "{serials:?}");
}

#[test]
#[ignore = "tests/run starts the server"]
fn on_s3() {
    // The bucket's name comes from a variable.
    let block = format!(
        "variable \"bucket\" {{\n  default = \"{}\"\n}}\nstate \"s3\" {{\n  bucket = var.bucket\n  key = \"{}/${{var.bucket}}.json\"\n  endpoint = \"{}\"\n  region = \"eu-west-1\"\n}}\n",
        variable("HOUSEWRIGHT_TEST_BUCKET"),
        unique(),
        variable("HOUSEWRIGHT_TEST_S3"),
    );
    let environment = vec![("AWS_ACCESS_KEY_ID", "id".to_owned()), ("AWS_SECRET_ACCESS_KEY", CANARY.to_owned())];
    journey(Place { block, environment, keeps_history: true });
}

#[test]
#[ignore = "tests/run starts the server"]
fn on_azure() {
    let block = format!(
        "state \"azurerm\" {{\n  storage_account_name = \"devstoreaccount1\"\n  container_name = \"{}\"\n  key = \"{}\"\n  endpoint = \"{}\"\n}}\n",
        variable("HOUSEWRIGHT_TEST_BUCKET"),
        unique(),
        variable("HOUSEWRIGHT_TEST_AZURE"),
    );
    let environment = vec![("ARM_ACCESS_KEY", variable("HOUSEWRIGHT_TEST_AZURE_KEY"))];
    journey(Place { block, environment, keeps_history: true });
}

#[test]
#[ignore = "tests/run starts the server"]
fn in_postgres() {
    let address = variable("HOUSEWRIGHT_TEST_POSTGRES");
    let (scheme, rest) = address.split_once("://").unwrap();
    let (user, rest) = rest.split_once(':').unwrap();
    let (password, host) = rest.split_once('@').unwrap();
    let block =
        format!("state \"pg\" {{\n  conn_str = \"{scheme}://{user}@{host}\"\n  schema_name = \"{}\"\n}}\n", unique());
    journey(Place { block, environment: vec![("PGPASSWORD", password.to_owned())], keeps_history: true });
}

#[test]
fn a_block_that_is_wrong_is_explained_before_anything_is_sent() {
    let project = Project::empty();
    for (block, says) in [
        ("state \"s4\" {}", "Did you mean \"s3\"?"),
        ("state \"s3\" {\n  bukket = \"x\"\n}", "Did you mean \"bucket\"?"),
        ("state \"s3\" {}", "`bucket` is missing"),
        (
            "state \"s3\" {\n  bucket = \"b\"\n  secret_key = \"canary-of-the-store\"\n}",
            "A secret stands in the configuration",
        ),
        (
            "state \"pg\" {\n  conn_str = \"postgres://u:canary-of-the-store@h/d\"\n}",
            "A secret stands in the configuration",
        ),
        ("state \"pg\" {\n  conn_str = \"\"\n}", "where the database is"),
        ("variable \"v\" {}\nstate \"s3\" {\n  bucket = var.v\n}", "A variable that says it has no value"),
        ("state \"local\" {\n  bucket = \"x\"\n}", "Unsupported argument"),
        (
            "state \"http\" {\n  address = \"http://a/b\"\n  lock_address = \"http://c/d\"\n}",
            "must begin with `address`",
        ),
    ] {
        project.write("main.hcl", block);
        project.run(&["state", "list"]).exits(1).says(says).does_not_say(CANARY);
    }
    // Terraform's spelling is the same block.
    project.write("main.hcl", "");
    project.write("main.tf", "terraform {\n  backend \"s3\" {\n    key = \"x\"\n  }\n}\n");
    project.run(&["state", "list"]).exits(1).says("`bucket` is missing");
}

#[test]
fn a_store_that_cannot_be_reached_is_named_without_its_secrets() {
    // Nobody listens there.
    let project = Project::new(
        "state \"http\" {\n  address = \"http://127.0.0.1:9/state?token=canary-of-the-store\"\n  retry_max = 0\n}\n",
    );
    project.run(&["state", "list"]).exits(1).says("cannot be reached").says("127.0.0.1:9").does_not_say(CANARY);
    let project = Project::new("state \"pg\" {\n  conn_str = \"postgres://anna@127.0.0.1:9/d\"\n}\n");
    let run = binary(project.root()).args(["state", "list"]).env("PGPASSWORD", CANARY).output().unwrap();
    Run::from(run).exits(1).says("127.0.0.1").says("run again").does_not_say(CANARY);
}

#[test]
fn a_pushed_state_must_belong_there_and_be_a_later_version() {
    let (one, other) = (Project::new(SERVICE), Project::new(SERVICE));
    let pulled = |project: &Project| {
        project.apply().exits(0);
        project.sandbox(&["state", "pull"]).exits(0).stdout
    };
    let place = Project::empty();
    place.write("one.json", &pulled(&one));
    place.run(&["state", "history"]).exits(0);
    place.run(&["state", "push", "one.json"]).exits(0).says("service.x is remembered again");
    place.run(&["state", "push", "one.json"]).exits(0);
    let stored = place.read("housewright.state.json");
    place.write("other.json", &pulled(&other));
    place.write("broken.json", "{\n  \"format\": \"housewright-state\"\n}\n");
    for (file, says) in [
        ("other.json", "belongs to something else"),
        ("broken.json", "is not a state that can be stored"),
        ("missing.json", "cannot be read"),
    ] {
        place.run(&["state", "push", file, "--force"]).exits(1).says(says);
    }
    assert_eq!(place.read("housewright.state.json"), stored);
    place.run(&["state", "rm", "service.x"]).exits(0);
    place.run(&["state", "push", "one.json"]).exits(1).says("not a later version");
    place.run(&["state", "push", "one.json", "--force"]).exits(0);
    place.run(&["state", "list"]).exits(0).says("service.x");
    place.run(&["state", "rollback", "77"]).exits(1).says("There is no state of serial 77").says("state history");
}
