//! Bad input: a clear error that names the next step; nothing is lost and nothing is sent.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

mod support;

use std::io::{Read as _, Write as _};

use support::{Project, Run, binary};

const SERVICE: &str = "service \"x\" {\n  cloud_provider = \"aws\"\n  region = \"eu-west-1\"\n  min_replica_memory_gb = 8\n  max_replica_memory_gb = 8\n  ip_access = []\n}\n";

fn validate(text: &str) -> Run {
    let project = Project::new(text);
    let run = project.run(&["validate"]);
    assert!(!project.path(".housewright").exists(), "nothing was asked");
    run
}

#[test]
fn ten_mistakes_are_ten_diagnostics_in_one_run() {
    let project = Project::new(
        r#"
cloud {
  tier = "enterprise"
}

variable "size" {
  type    = number
  default = "large"
}

service "memory" {
  cloud_provider        = "aws"
  region                = "eu-west-1"
  min_replica_memory_gb = 10
  max_replica_memory_gb = 16
  ip_access             = []
}

service "order" {
  cloud_provider        = "aws"
  region                = "eu-west-1"
  min_replica_memory_gb = 64
  max_replica_memory_gb = 16
  ip_access             = []
}

service "byoc" {
  cloud_provider        = "aws"
  region                = "eu-west-1"
  byoc_id               = "b"
  min_replica_memory_gb = 64
  max_replica_memory_gb = 64
  ip_access             = []
}

service "band" {
  cloud_provider        = "aws"
  region                = "eu-west-1"
  num_replicas          = 3
  min_replicas          = 2
  max_replicas          = 4
  min_replica_memory_gb = 16
  max_replica_memory_gb = 16
  ip_access             = []
}

service "mode" {
  cloud_provider        = "aws"
  region                = "eu-west-1"
  autoscaling_mode      = "horizontal"
  min_replica_memory_gb = 16
  max_replica_memory_gb = 16
  ip_access             = []
}

service "idle" {
  cloud_provider        = "aws"
  region                = "eu-west-1"
  idle_scaling          = false
  idle_timeout_minutes  = 10
  min_replica_memory_gb = 16
  max_replica_memory_gb = 16
  ip_access             = []
}

service "place" {
  cloud_provider        = "aws"
  region                = "us-east1"
  min_replica_memory_gb = 16
  max_replica_memory_gb = 16
  ip_access             = [{ source = "localhost" }]
}

service "names" {
  cloud_provider        = "aws"
  regoin                = "eu-west-1"
  min_replica_memory_gb = var.sise
  max_replica_memory_gb = 16
  ip_access             = []
}
"#,
    );
    let run = project.run(&["validate"]).exits(1);
    for code in [
        "HW0903", "HW1005", "HW1006", "HW1034", "HW1010", "HW1017", "HW1021", "HW1004", "HW1052", "HW0211", "HW0213",
        "HW0402",
    ] {
        assert!(run.all().contains(code), "{code} is missing\n{}", run.all());
    }
    let places = run.all().matches("main.hcl:").count();
    assert!(places >= 10, "{places} places\n{}", run.all());
    assert!(!project.path(".housewright").exists());
}

#[test]
fn no_credentials() {
    let project = Project::new(SERVICE);
    project.run(&["plan"]).exits(1).says("CLICKHOUSE_CLOUD_API_KEY").says("--sandbox");
}

fn with_api(project: &Project, url: &str, secret: &str, arguments: &[&str]) -> Run {
    let mut command = binary(project.root());
    command
        .env("CLICKHOUSE_API_URL", url)
        .env("CLICKHOUSE_CLOUD_API_KEY", "sandbox")
        .env("CLICKHOUSE_CLOUD_API_SECRET", secret);
    command.args(arguments).output().expect("the binary runs").into()
}

/// A server that answers every request with these bytes.
fn answering(answer: &'static str) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut buffer = [0; 4096];
            let _ = stream.read(&mut buffer);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    url
}

#[test]
fn wrong_credentials() {
    let refused = "HTTP/1.1 401 Unauthorized\r\ncontent-type: application/json\r\ncontent-length: 63\r\nconnection: close\r\n\r\n{\"requestId\":\"00000000\",\"error\":\"Invalid credentials\",\"status\":401}";
    let project = Project::new(SERVICE);
    with_api(&project, &answering(refused), "wrong-secret", &["plan"])
        .exits(1)
        .says("HW0701")
        .says("CLICKHOUSE_CLOUD_API_SECRET")
        .does_not_say("wrong-secret");
}

#[test]
fn a_proxy_that_answers_html() {
    let html = "HTTP/1.1 404 Not Found\r\ncontent-type: text/html\r\ncontent-length: 21\r\nconnection: close\r\n\r\n<html>sign in</html>\n";
    let project = Project::new(SERVICE);
    with_api(&project, &answering(html), "secret", &["plan"]).exits(1).says("text/html").says("proxy");
}

#[test]
fn an_api_that_is_not_there() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let project = Project::new(SERVICE);
    with_api(&project, &url, "secret", &["plan"]).exits(1).says("HW0703").says("CLICKHOUSE_API_URL");
}

#[test]
fn a_state_of_another_organization() {
    let project = Project::new(SERVICE);
    project.apply().exits(0);
    let state = project.read(".housewright/state.json");
    project.write("housewright.state.json", &state);
    project.sandbox(&["sandbox", "reset"]);
    let world = serde_json::from_str::<serde_json::Value>(&state).expect("JSON");
    let text = state.replace(
        world["state"]["worlds"][""]["organization"].as_str().expect("an organization"),
        "9c9c9c9c-0000-4000-8000-000000000000",
    );
    // Without its checksum an edited state is taken as it is.
    let text: String = text.lines().filter(|l| !l.contains("\"checksum\"")).map(|l| format!("{l}\n")).collect();
    project.write(".housewright/state.json", &text);
    project.plan().exits(1).says("HW0501").says("another organization");
    assert_eq!(project.read(".housewright/state.json"), text);
}

#[test]
fn damaged_and_newer_states_are_left_alone() {
    for (text, says) in [
        ("{ \"format\":", "restore"),
        ("{\"format\":\"housewright-state\",\"version\":99,\"state\":{}}", "99"),
        ("", "empty"),
    ] {
        let project = Project::new(SERVICE);
        std::fs::create_dir_all(project.path(".housewright")).expect("a directory");
        project.write(".housewright/state.json", text);
        let run = project.plan().exits(1);
        assert!(run.all().to_lowercase().contains(says), "{says}: {}", run.all());
        assert_eq!(project.read(".housewright/state.json"), text);
    }
}

#[test]
fn a_read_only_directory() {
    // Root may write everywhere; a file where the directory must be stands for one that cannot be written.
    let project = Project::new(SERVICE);
    project.write(".housewright", "in the way");
    project.apply().exits(1).says(".housewright");
    assert_eq!(project.read(".housewright"), "in the way");
}

#[test]
fn names_memory_and_places() {
    validate(
        &SERVICE.replace("region =", "name = \"0123456789012345678901234567890123456789012345678 x\"\n  region ="),
    )
    .exits(1)
    .says("51 characters");
    validate(&SERVICE.replace("= 8", "= 10")).exits(1).says("HW1005").says("main.hcl:4");
    validate(&SERVICE.replace("eu-west-1", "us-east1")).exits(1).says("a region of gcp");
    validate(&SERVICE.replace("eu-west-1", "eu-wset-1")).exits(1).says("eu-west-1");
}

#[test]
fn a_required_argument_must_not_be_null() {
    let says = "is required and must not be null";
    validate(&SERVICE.replace("ip_access = []", "ip_access = null"))
        .exits(1)
        .says("HW0213")
        .says(says)
        .says("main.hcl:6");
    let variable = "variable \"p\" {\n  type = string\n  default = null\n}\n";
    let text = SERVICE.replace("\"aws\"", "var.p");
    validate(&format!("{text}{variable}")).exits(1).says("HW0213").says(says).says("main.hcl:2");
    validate(&format!("{text}variable \"p\" {{}}\n")).exits(0);
}

#[test]
fn names_that_stand_for_nothing() {
    let rows = [
        ("data.a.b", "Reference to undeclared resource"),
        ("a.b", "Reference to undeclared resource"),
        ("local", "Reference to undeclared local value"),
        ("local[\"x\"]", "Reference to undeclared local value"),
        ("local.x", "Reference to undeclared local value"),
        ("var[\"name\"]", "Reference to undeclared input variable"),
        ("path", "Invalid \"path\" attribute"),
        ("path.foo", "Invalid \"path\" attribute"),
        ("count", "Invalid \"count\" attribute"),
        ("count.index", "Reference to \"count\" in non-counted context"),
        ("each.key", "Reference to \"each\" in context without for_each"),
        ("each.other", "Invalid \"each\" attribute"),
        ("self", "Invalid \"self\" reference"),
        ("terraform.env", "Invalid \"terraform\" attribute"),
        ("module.x", "Reference to undeclared module"),
        ("module.x.y", "Reference to undeclared module"),
        ("foo", "Invalid reference"),
    ];
    for (name, headline) in rows {
        validate(&format!("output \"o\" {{\n  value = {name}\n}}\n")).exits(1).says(headline).says("main.hcl:2");
    }
    validate("output \"o\" {\n  value = terraform.applying\n}\n").exits(1).says("Invalid use of ephemeral value");
    validate("output \"o\" {\n  value = terraform.workspace\n}\n").exits(0);
}

#[test]
fn structure_and_files() {
    validate("locals {\n  a = local.b\n  b = local.a\n}\n").exits(1).says("Cycle").says("local.a → local.b → local.a");
    validate(&format!("{SERVICE}{SERVICE}")).exits(1).says("main.hcl:1").says("main.hcl:8");
    validate("service \"x\" {\n  region = \n}\nservice \"y\" {\n  region = = 1\n}\n")
        .exits(1)
        .says("main.hcl:2")
        .says("main.hcl:5");
    let empty = Project::empty();
    empty.run(&["validate"]).exits(1).says(".hcl");
    empty.run(&["plan", "--sandbox"]).exits(1);
    let project = Project::empty();
    std::fs::write(project.path("main.hcl"), [b'a', b'=', 0xff, 0xfe]).expect("a file");
    project.run(&["validate"]).exits(1).says("UTF-8").says("main.hcl");
    Project::new(SERVICE).run(&["validate", "-C", "missing"]).exits(1).says("missing");
}

#[test]
fn wrong_usage() {
    let project = Project::new(SERVICE);
    project.run(&["plna"]).exits(1).says("plan");
    project.run(&["plan", "--var", "novalue", "--sandbox"]).exits(1).says("NAME=VALUE");
    project.run(&["plan", "--var", "regoin=x", "--sandbox"]).exits(1).says("regoin");
    project.run(&["plan", "--target", "service", "--sandbox"]).exits(1).says("address");
    project.run(&["apply", "--sandbox"]).exits(1).says("--auto-approve");
    assert!(project.run(&["--help"]).code == 0);
}

#[test]
fn a_plan_tells_all_that_validate_tells() {
    let project = Project::new("");
    project.write(
        "main.tf",
        "resource \"random_password\" \"p\" {\n  length = 20\n}\nresource \"clickhouse_service\" \"a\" {\n  name = \"a\"\n  \
         cloud_provider = \"aws\"\n  region = \"eu-west-1\"\n  num_replicas = 0\n  ip_access = []\n}\n",
    );
    for run in [project.run(&["validate"]), project.sandbox(&["plan"])] {
        run.exits(1).says("HW0217").says("HW1009");
    }
}
