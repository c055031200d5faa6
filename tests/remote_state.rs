//! `data "terraform_remote_state"`: the outputs of a state that Terraform keeps. The states of the ordinary run lie in files
//! and behind a small server; where Terraform itself is there, it writes them.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

mod support;

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use support::{Project, Run, binary};

const CANARY: &str = "canary-of-the-network";

/// As Terraform writes it, with a resource whose attributes are nobody's business.
fn state(outputs: &Value) -> Value {
    json!({
        "version": 4, "terraform_version": "1.11.4", "serial": 3, "lineage": "648301b6-0594-fdcd-6b38-696900c3e2a6",
        "outputs": outputs, "check_results": null,
        "resources": [{ "mode": "managed", "type": "random_password", "name": "x", "instances": [
            { "attributes": { "result": "canary-of-a-resource" } }] }],
    })
}

fn outputs() -> Value {
    json!({
        "cidr": { "value": "192.0.2.0/24", "type": "string" },
        "ids": { "value": ["a", "b"], "type": ["list", "string"] },
        "sizes": { "value": { "small": 2 }, "type": ["map", "number"] },
        "token": { "value": CANARY, "type": "string", "sensitive": true },
    })
}

const CONFIG: &str = "{ path = \"net/terraform.tfstate\" }";

fn configuration(backend: &str, config: &str) -> String {
    format!(
        r#"
data "terraform_remote_state" "net" {{
  backend  = "{backend}"
  config   = {config}
  defaults = {{ cidr = "10.0.0.0/8", owner = "nobody" }}
}}

service "a" {{
  cloud_provider = "aws"
  region         = "eu-central-1"
  num_replicas   = data.terraform_remote_state.net.outputs.sizes["small"]
  ip_access      = [{{ source = data.terraform_remote_state.net.outputs.cidr }}]
}}

output "ids" {{
  value = data.terraform_remote_state.net.outputs.ids
}}

output "owner" {{
  value = data.terraform_remote_state.net.outputs.owner
}}

output "token" {{
  value     = data.terraform_remote_state.net.outputs.token
  sensitive = true
}}
"#
    )
}

fn project(configuration: &str) -> Project {
    let project = Project::new(configuration);
    keep(&project, "net/terraform.tfstate", &state(&outputs()).to_string());
    project
}

fn keep(project: &Project, name: &str, text: &str) {
    let path = project.path(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// What the configuration makes of the outputs.
fn holds(project: &Project) {
    project.plan().exits(2).does_not_say(CANARY);
    project.apply().exits(0).does_not_say(CANARY);
    project.plan().exits(0).says("No changes.");
    let id = project.service("a");
    let service = project.api("GET", &format!("/services/{id}"), &Value::Null);
    assert_eq!((&service["ipAccessList"][0]["source"], &service["numReplicas"]), (&json!("192.0.2.0/24"), &json!(2)));
    let told: Value = serde_json::from_str(&project.sandbox(&["output", "--json"]).exits(0).stdout).unwrap();
    assert_eq!(told["ids"], json!({ "sensitive": false, "type": ["list", "string"], "value": ["a", "b"] }));
    assert_eq!((&told["owner"]["value"], &told["token"]["sensitive"]), (&json!("nobody"), &json!(true)));
    let state = project.sandbox(&["state", "pull"]).stdout;
    assert!(!state.contains("canary"), "{state}");
}

#[test]
fn outputs_of_a_file_are_values_like_others() {
    holds(&project(&configuration("local", CONFIG)));
}

#[test]
fn terraforms_spelling_is_the_same() {
    let project = project("");
    std::fs::remove_file(project.path("main.hcl")).unwrap();
    let text = configuration("local", CONFIG).replace("service \"a\"", "resource \"clickhouse_service\" \"a\"");
    project.write("main.tf", &text);
    holds(&project);
    // The short spelling of the same is another file, and the plan stays empty.
    project.run(&["convert"]).exits(0);
    assert!(project.read("main.hcl").contains("data \"terraform_remote_state\" \"net\" {"));
    project.plan().exits(0);
}

#[test]
fn a_workspace_is_a_state_of_its_own() {
    let project = project(&configuration("local", "{}").replace("defaults", "workspace = \"blue\"\n  defaults"));
    project.plan().exits(1).says("There is no state at terraform.tfstate.d/blue/terraform.tfstate");
    keep(&project, "terraform.tfstate.d/blue/terraform.tfstate", &state(&outputs()).to_string());
    holds(&project);
}

#[test]
fn what_is_sensitive_there_is_so_here() {
    let project = project(&format!(
        "{}output \"leak\" {{\n  value = data.terraform_remote_state.net.outputs.token\n}}\n",
        configuration("local", CONFIG)
    ));
    project.plan().exits(1).says("HW0237").does_not_say("canary");
    // What opens a state may be sensitive as well.
    project.write(
        "main.hcl",
        "variable \"path\" {\n  type = string\n  sensitive = true\n  default = \"net/canary.tfstate\"\n}\n\
         data \"terraform_remote_state\" \"net\" {\n  backend = \"local\"\n  config = { path = var.path }\n}\n\
         output \"all\" {\n  value = data.terraform_remote_state.net.config\n  sensitive = true\n}\n",
    );
    project.plan().exits(1).says("HW0663");
}

/// Each with what it says, where it stands, and what to do.
#[test]
fn what_cannot_be_read_says_why() {
    let whole = state(&outputs());
    let with = |fields: Value| {
        let mut state = whole.clone();
        state.as_object_mut().unwrap().extend(fields.as_object().cloned().unwrap());
        state.to_string()
    };
    let own = {
        let project = project(&configuration("local", CONFIG));
        project.apply().exits(0);
        project.sandbox(&["state", "pull"]).stdout
    };
    let cases = [
        (None, "There is no state at net/terraform.tfstate"),
        (Some(with(json!({ "version": 5, "terraform_version": "2.0.0" }))), "written by a newer Terraform"),
        (Some(with(json!({ "version": 3 }))), "too old"),
        (Some(json!({ "meta": {}, "encrypted_data": "AAAA", "encryption_version": "v0" }).to_string()), "is encrypted"),
        (Some("{\"format\":\"housewright-encrypted\",\"version\":1}".to_owned()), "is encrypted"),
        (Some(own), "housewright state export --tfstate FILE"),
        (Some("{ \"name\": \"package\" }".to_owned()), "is no state of Terraform's"),
        (Some("version = 4".to_owned()), "It is no JSON (line 1"),
        (Some("[]".to_owned()), "is no state of Terraform's"),
        (Some(with(json!({ "outputs": { "cidr": { "value": [CANARY], "type": "number" } } }))), "is damaged"),
    ];
    let project = project(&configuration("local", CONFIG));
    for (text, words) in cases {
        match text {
            Some(text) => keep(&project, "net/terraform.tfstate", &text),
            None => std::fs::remove_file(project.path("net/terraform.tfstate")).unwrap(),
        }
        let told = project.plan().exits(1).says("HW0663").says(words).says("main.hcl:4");
        told.does_not_say("canary");
        assert_eq!(project.sandbox(&["state", "list"]).stdout, "", "{words}");
    }
    // A directory is no file.
    project.write("main.hcl", &configuration("local", "{ path = \"net\" }"));
    project.plan().exits(1).says("HW0663").says("cannot be read");
}

#[test]
fn mistakes_are_found_offline() {
    let project = project("");
    for (backend, config, words) in [
        ("consul", "{}", "States cannot be read from the backend \"consul\""),
        ("S3", "{}", "Did you mean \"s3\"?"),
        ("s3", "\"bucket\"", "`config` is no object"),
        ("s3", "{ assume_role = { role_arn = \"x\" } }", "`assume_role` in `config` is more than one value"),
    ] {
        project.write("main.hcl", &configuration(backend, config));
        project.run(&["validate"]).exits(1).says("HW1081").says(words).says("main.hcl:");
    }
    project.write("main.hcl", &configuration("s3", "{ bucket = \"b\", key = \"k\", profile = \"x\" }"));
    project.run(&["validate"]).exits(0);
    project.plan().exits(1).says("HW0663").says("`profile` in `config` is not known");
    project.write("main.hcl", &configuration("s3", "{ bucket = \"b\" }"));
    project.plan().exits(1).says("`key` is missing");
    project.write("main.hcl", &configuration("local", CONFIG).replace("backend  = \"local\"", ""));
    project.run(&["validate"]).exits(1).says("backend");
}

/// In a check block it is only worth a warning; and a path that comes with the apply is read then.
#[test]
fn states_are_read_when_their_place_is_known() {
    let text = r#"
terraform_data "path" {
  input = "net/terraform.tfstate"
}

data "terraform_remote_state" "net" {
  backend = "local"
  config  = { path = terraform_data.path.output }
}

output "cidr" {
  value = data.terraform_remote_state.net.outputs.cidr
}
"#;
    let project = project(text);
    project.plan().exits(2);
    project.apply().exits(0);
    assert_eq!(project.sandbox(&["output", "--raw", "cidr"]).exits(0).stdout, "192.0.2.0/24");
    project.plan().exits(0);
    // A change there is a change here.
    let mut changed = outputs();
    changed["cidr"]["value"] = json!("198.51.100.0/24");
    keep(&project, "net/terraform.tfstate", &state(&changed).to_string());
    project.plan().exits(2).says("198.51.100.0/24");
    project.write(
        "main.hcl",
        "check \"net\" {\n  data \"terraform_remote_state\" \"net\" {\n    backend = \"local\"\n    config = { path = \"absent\" }\n  }\n  \
         assert {\n    condition = data.terraform_remote_state.net.outputs.cidr != \"\"\n    error_message = \"No network.\"\n  }\n}\n\
         terraform_data \"path\" {\n  input = \"net/terraform.tfstate\"\n}\n",
    );
    project.sandbox(&["plan"]).exits(0).says("HW0663").says("There is no state at absent");
}

/// A state belongs to no organization: nobody needs a key for it.
#[test]
fn a_state_needs_no_key_of_an_organization() {
    let only = "data \"terraform_remote_state\" \"net\" {\n  backend = \"local\"\n  config = { path = \"net/terraform.tfstate\" }\n}\n\
                terraform_data \"later\" {\n  input = \"net/terraform.tfstate\"\n}\n\
                data \"terraform_remote_state\" \"later\" {\n  backend = \"local\"\n  config = { path = terraform_data.later.output }\n}\n\
                output \"cidrs\" {\n  value = [data.terraform_remote_state.net.outputs.cidr, data.terraform_remote_state.later.outputs.cidr]\n}\n";
    let project = project(only);
    project.run(&["apply", "--auto-approve"]).exits(0);
    assert_eq!(project.run(&["output", "--json", "cidrs"]).stdout, "[\"192.0.2.0/24\",\"192.0.2.0/24\"]\n");
    project.run(&["plan", "--detailed-exitcode"]).exits(0);
}

/// To what reads Terraform's plans it is what it is there: a data source that is built in.
#[test]
fn plans_call_it_as_terraform_does() {
    let later = "terraform_data \"path\" {\n  input = \"net/terraform.tfstate\"\n}\n\
                 data \"terraform_remote_state\" \"net\" {\n  backend = \"local\"\n  config = { path = terraform_data.path.output }\n}\n";
    let project = project(later);
    let plan: Value = serde_json::from_str(&project.sandbox(&["plan", "--json"]).exits(0).stdout).unwrap();
    let change = |plan: &Value| {
        let all = plan["resource_changes"].as_array().unwrap().clone();
        all.into_iter().find(|c| c["mode"] == "data").expect("it is read during the apply")
    };
    let change = change(&plan);
    assert_eq!(
        (&change["type"], &change["address"]),
        (&json!("terraform_remote_state"), &json!("data.terraform_remote_state.net"))
    );
    assert_eq!(change["provider_name"], "terraform.io/builtin/terraform");
    assert!(!plan.to_string().contains("clickhouse_terraform_remote_state"), "{plan}");
}

/// What a small server was asked, and what it answers.
struct Server {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
    answer: Arc<Mutex<(u16, String)>>,
}

impl Server {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (asked, answer) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new((200, String::new()))));
        let (heard, said) = (Arc::clone(&asked), Arc::clone(&answer));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut head = Vec::new();
                for line in BufReader::new(&stream).lines().map_while(Result::ok) {
                    if line.is_empty() {
                        break;
                    }
                    head.push(line);
                }
                heard.lock().unwrap().push(head.join("\n"));
                let (status, body) = said.lock().unwrap().clone();
                let length = body.len();
                let answer =
                    format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}");
                stream.write_all(answer.as_bytes()).unwrap();
            }
        });
        Self { url, asked, answer }
    }

    fn answers(&self, status: u16, body: &str) {
        *self.answer.lock().unwrap() = (status, body.to_owned());
    }
}

#[test]
fn outputs_come_over_http() {
    let server = Server::start();
    server.answers(200, &state(&outputs()).to_string());
    let address = format!("{{ address = \"{}/state/net\", retry_max = 0, username = \"anna\" }}", server.url);
    let project = Project::new(&configuration("http", &address));
    let run = |arguments: &[&str]| -> Run {
        let mut command = binary(project.root());
        command.env("TF_HTTP_PASSWORD", "canary-password").args(arguments).arg("--sandbox");
        Run::from(command.output().unwrap()).does_not_say("canary")
    };
    run(&["apply", "--auto-approve"]).exits(0);
    run(&["plan", "--detailed-exitcode"]).exits(0);
    let asked = server.asked.lock().unwrap().clone();
    for head in &asked {
        assert!(head.starts_with("GET /state/net HTTP/1.1"), "it is only read: {head}");
        // anna:canary-password
        assert!(
            head.to_lowercase().contains("authorization: basic") && head.contains("YW5uYTpjYW5hcnktcGFzc3dvcmQ="),
            "{head}"
        );
    }
    server.answers(404, "");
    run(&["plan"]).exits(1).says("HW0663").says("There is no state at");
    server.answers(401, "");
    run(&["plan"]).exits(1).says("HW0663").says("401");
    server.answers(200, "<html>Sign in</html>");
    run(&["plan"]).exits(1).says("is no state of Terraform's").says("It is no JSON");
    project.write("main.hcl", &configuration("http", &address).replace("defaults", "workspace = \"blue\"\n  defaults"));
    run(&["plan"]).exits(1).says("An address has no workspaces.");
    project.write("main.hcl", &configuration("http", "{ address = \"http://127.0.0.1:1/x\", retry_max = 0 }"));
    run(&["plan"]).exits(1).says("HW0663").says("cannot be reached");
}

/// A variable that `tests/servers/run` sets.
fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run this through tests/servers/run"))
}

/// Terraform in a directory; nothing, told loudly, where it is not on the PATH.
fn terraform(directory: &Path, environment: &[(&str, &str)], arguments: &[&str]) -> Option<Run> {
    let mut command = Command::new("terraform");
    command.current_dir(directory).env_clear().env("HOME", directory).env("CHECKPOINT_DISABLE", "1");
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).envs(environment.iter().copied());
    match command.args(arguments).output() {
        Ok(output) => Some(output.into()),
        Err(_) => {
            // Past what the test runner keeps to itself.
            let _ =
                writeln!(std::io::stderr(), "SKIPPED: terraform is not on the PATH, so it writes nothing to be read");
            None
        }
    }
}

/// Terraform keeps a state with its own backend, in two workspaces, and the outputs are read.
fn terraform_writes(backend: &str, block: &str, config: &str, environment: &[(&str, &str)]) {
    let project = Project::empty();
    let theirs = project.path("theirs");
    std::fs::create_dir(&theirs).unwrap();
    let text = format!(
        "terraform {{\n  backend \"{backend}\" {{\n{block}\n  }}\n}}\noutput \"of\" {{\n  value = terraform.workspace\n}}\n\
         output \"token\" {{\n  value = \"canary\"\n  sensitive = true\n}}\n"
    );
    std::fs::write(theirs.join("main.tf"), text).unwrap();
    let run = |arguments: &[&str]| terraform(&theirs, environment, arguments);
    let Some(first) = run(&["init", "-no-color"]) else { return };
    first.exits(0);
    run(&["apply", "-auto-approve", "-no-color"]).unwrap().exits(0);
    run(&["workspace", "new", "blue", "-no-color"]).unwrap().exits(0);
    run(&["apply", "-auto-approve", "-no-color"]).unwrap().exits(0);
    let data = |label: &str, workspace: &str| {
        format!(
            "data \"terraform_remote_state\" \"{label}\" {{\n  backend = \"{backend}\"\n  workspace = \"{workspace}\"\n  config = {config}\n}}\n\
             output \"{label}\" {{\n  value = data.terraform_remote_state.{label}.outputs.of\n}}\n"
        )
    };
    project.write("main.hcl", &format!("{}{}", data("first", "default"), data("second", "blue")));
    let mut command = binary(project.root());
    command.envs(environment.iter().copied()).args(["apply", "--auto-approve", "--sandbox"]);
    Run::from(command.output().unwrap()).exits(0).does_not_say("canary");
    let told: Value = serde_json::from_str(&project.sandbox(&["output", "--json"]).exits(0).stdout).unwrap();
    assert_eq!((&told["first"]["value"], &told["second"]["value"]), (&json!("default"), &json!("blue")));
}

#[test]
fn terraform_writes_files() {
    let config = "{ path = \"theirs/terraform.tfstate\", workspace_dir = \"theirs/terraform.tfstate.d\" }";
    terraform_writes("local", "", config, &[]);
}

#[test]
#[ignore = "tests/run starts the server"]
fn terraform_writes_to_s3() {
    let (endpoint, bucket) = (variable("HOUSEWRIGHT_TEST_S3"), variable("HOUSEWRIGHT_TEST_BUCKET"));
    let arguments = format!(
        "bucket = \"{bucket}\"\nkey = \"net/{}.tfstate\"\nregion = \"eu-west-1\"\nendpoints = {{ s3 = \"{endpoint}\" }}\n\
         use_path_style = true\nskip_credentials_validation = true\nskip_requesting_account_id = true\nskip_s3_checksum = true",
        std::process::id()
    );
    let environment =
        [("AWS_ACCESS_KEY_ID", "x"), ("AWS_SECRET_ACCESS_KEY", "x"), ("AWS_EC2_METADATA_DISABLED", "true")];
    terraform_writes("s3", &arguments, &format!("{{\n{arguments}\n}}"), &environment);
}

#[test]
#[ignore = "tests/run starts the server"]
fn terraform_writes_to_postgres() {
    let address = variable("HOUSEWRIGHT_TEST_POSTGRES");
    let schema = format!("schema_name = \"theirs_{}\"", std::process::id());
    let address = format!("{address}?sslmode=disable");
    terraform_writes("pg", &schema, &format!("{{\n{schema}\n}}"), &[("PG_CONN_STR", &address)]);
}
