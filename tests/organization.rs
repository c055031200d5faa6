//! What belongs to the organization: keys, roles and who has them, invitations, members, settings.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

mod support;

use std::process::Stdio;
use std::time::{Duration, Instant};

use housewright::sandbox::{Options, Sandbox, Settings};
use serde_json::{Value, json};
use support::{Project, Run, Served};

const KEYS: &str = "api_key \"ci\" {\n  ip_access = [{ source = \"192.0.2.0/24\" }]\n}\n";

fn world(project: &Project, part: &str) -> Value {
    project.control("GET", "/world", &Value::Null)["access"][part].clone()
}

/// The thing of the world's list with this name.
fn named(project: &Project, part: &str, name: &str) -> Value {
    let all = world(project, part);
    all.as_array().unwrap().iter().find(|thing| thing["name"] == name).cloned().unwrap_or(Value::Null)
}

fn apply(project: &Project) -> Run {
    let _ = std::fs::remove_file(project.path("secrets"));
    project.sandbox(&["apply", "--auto-approve", "--password-file", "secrets"])
}

fn handed_over(project: &Project) -> Vec<Value> {
    project.read("secrets").lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
fn a_key_is_handed_over_once_and_never_stored() {
    let project = Project::new(KEYS);
    project.plan().exits(2).says("--password-file");
    project.written();
    apply(&project).exits(0).says("its key_id and key_secret are in secrets");
    let lines = handed_over(&project);
    assert_eq!(lines.len(), 1);
    let key = named(&project, "keys", "ci");
    assert_eq!(lines[0]["identity"]["id"], key["id"]);
    let secret = lines[0]["key_secret"].as_str().unwrap();
    assert!(secret.len() > 8 && lines[0]["key_id"].as_str().is_some_and(|id| !id.is_empty()), "{lines:?}");
    assert!(!project.read(".housewright/state.json").contains(secret));
    assert_eq!(project.written(), ["POST /keys"]);
    project.plan().exits(0);
    project.write("main.hcl", &KEYS.replace("ip_access", "state = \"disabled\"\n  ip_access"));
    project.plan().exits(2).says("programs that use the key are refused");
    apply(&project).exits(0);
    assert_eq!(named(&project, "keys", "ci")["state"], "disabled");
    project.plan().exits(0);
    project.sandbox(&["destroy", "--auto-approve"]).exits(0);
    assert_eq!(named(&project, "keys", "ci"), Value::Null);
}

#[test]
fn a_key_whose_answer_was_lost_is_deleted_and_made_anew() {
    let project = Project::new(KEYS);
    project.plan().exits(2);
    project.written();
    project.fault(&json!({ "method": "POST", "effect": { "drop": { "when": "after" } } }));
    apply(&project).exits(0).says("found again as").says("the secret that it told only then is made anew");
    assert_eq!(project.written(), ["POST /keys", "DELETE /keys/*", "POST /keys"]);
    let key = named(&project, "keys", "ci");
    let lines = handed_over(&project);
    assert_eq!((lines.len(), &lines[0]["identity"]["id"]), (1, &key["id"]));
    let others = world(&project, "keys").as_array().unwrap().iter().filter(|k| k["name"] == "ci").count();
    assert_eq!(others, 1);
    project.plan().exits(0);
}

#[test]
fn a_key_that_could_not_be_made_anew_is_still_owed() {
    let project = Project::new(KEYS);
    project.plan().exits(2);
    project.fault(&json!({ "method": "POST", "effect": { "drop": { "when": "after" } } }));
    let refusal = json!({ "answer": { "status": 403, "error": "FORBIDDEN: not now" } });
    project.fault(&json!({ "method": "DELETE", "effect": refusal }));
    apply(&project).exits(1).says("not now");
    let first = named(&project, "keys", "ci")["id"].clone();
    project.written();
    project.plan().exits(2).says("the secret that it told only then is made anew");
    apply(&project).exits(0);
    assert_eq!(project.written(), ["DELETE /keys/*", "POST /keys"]);
    assert_ne!(named(&project, "keys", "ci")["id"], first);
    assert_eq!(handed_over(&project).len(), 1);
    project.plan().exits(0);
}

#[test]
fn a_key_of_ones_own_tells_nothing() {
    let hash = "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=";
    let own = format!("key_id_hash = \"{hash}\"\n  key_id_suffix = \"abcd\"\n  key_secret_hash = \"{hash}\"");
    let project = Project::new(&format!("api_key \"own\" {{\n  {own}\n}}\n"));
    apply(&project).exits(0);
    assert_eq!(handed_over(&project), Vec::<Value>::new());
    assert_eq!(named(&project, "keys", "own")["suffix"], "abcd");
    assert!(!project.read(".housewright/state.json").contains(hash));
    project.plan().exits(0);
}

const ROLE: &str = r#"
role "reader" {
  policies = [
    {
      effect      = "ALLOW"
      permissions = ["control-plane:service:view", "control-plane:service:manage"]
      resources   = ["instance/*"]
    },
  ]
}
"#;

#[test]
fn what_the_platform_adds_to_a_role_is_no_difference_and_what_it_takes_is() {
    let project = Project::new(ROLE);
    project.apply().exits(0);
    let given = named(&project, "roles", "reader")["policies"][0]["permissions"].clone();
    assert!(given.as_array().unwrap().len() > 2, "the platform adds what `manage` implies: {given}");
    project.plan().exits(0);
    project.written();
    // A permission that is taken out of the configuration goes.
    project.write("main.hcl", &ROLE.replace(", \"control-plane:service:manage\"", ""));
    project.plan().exits(2).says("policies");
    project.apply().exits(0);
    assert_eq!(project.written(), ["PATCH /roles/*"]);
    let given = named(&project, "roles", "reader")["policies"][0]["permissions"].clone();
    assert_eq!(given, json!(["control-plane:service:view"]));
    project.plan().exits(0);
}

#[test]
fn a_role_is_assigned_and_taken_away_before_it_goes() {
    let assigned = format!(
        "{ROLE}{KEYS}role_assignment \"ci\" {{\n  role_id = role.reader.id\n  api_key_ids = [api_key.ci.id]\n}}\n"
    );
    let project = Project::new(&assigned);
    project.apply().exits(0);
    let key = named(&project, "keys", "ci")["id"].as_str().unwrap().to_owned();
    assert_eq!(named(&project, "roles", "reader")["actors"], json!([format!("apiKey/{key}")]));
    project.plan().exits(0);
    project.written();
    project.write("main.hcl", "");
    project.apply().exits(0);
    let written = project.written();
    let at = |what: &str| written.iter().position(|w| w == what).expect(what);
    assert!(at("PATCH /roles/*") < at("DELETE /roles/*") && at("PATCH /roles/*") < at("DELETE /keys/*"), "{written:?}");
    assert_eq!(named(&project, "roles", "reader"), Value::Null);
}

#[test]
fn an_assignment_to_a_role_of_the_system_keeps_those_it_does_not_manage() {
    let text = format!(
        "data \"role\" \"billing\" {{\n  name = \"Billing\"\n}}\n{KEYS}role_assignment \"b\" {{\n  role_id = \
         data.role.billing.id\n  api_key_ids = [api_key.ci.id]\n}}\n"
    );
    let project = Project::new(&text);
    project.apply().exits(0);
    let actors = || named(&project, "roles", "Billing")["actors"].as_array().unwrap().len();
    assert_eq!(actors(), 1);
    project.plan().exits(0);
    project.written();
    project.sandbox(&["destroy", "--auto-approve"]).exits(0);
    assert_eq!(actors(), 0);
}

#[test]
fn a_role_of_the_system_is_not_changed() {
    let role = "role \"billing\" {\n  name     = \"Billing\"\n  policies = []\n}\n";
    let project = Project::new(role);
    let all = project.api("GET", "/roles", &Value::Null);
    let billing = all.as_array().unwrap().iter().find(|r| r["name"] == "Billing").expect("a role of the system");
    let import = format!("import {{\n  to = role.billing\n  id = {}\n}}\n", billing["id"]);
    project.write("main.hcl", &format!("{role}{import}"));
    project.plan().exits(1).says("HW0638").says("policies = []").says("role_assignment");
    project.apply().exits(1).says("HW0638");
    assert_eq!(project.written(), Vec::<String>::new());
}

#[test]
fn an_invitation_that_was_accepted_leaves_nothing_to_do() {
    let text = "invitation \"ann\" {\n  email = \"Ann@example.com\"\n  role  = \"developer\"\n}\n";
    let project = Project::new(text);
    project.apply().exits(0);
    project.plan().exits(0);
    let id = world(&project, "invitations")[0]["id"].as_str().unwrap().to_owned();
    project.control("POST", &format!("/invitations/{id}/accept"), &json!({ "name": "Ann" }));
    assert_eq!(world(&project, "invitations"), json!([]));
    project.plan().exits(0);
    project.written();
    let run = project.sandbox(&["plan", "--destroy"]).exits(0);
    run.says("it was accepted: the member stays");
    project.sandbox(&["destroy", "--auto-approve"]).exits(0);
    assert_eq!(project.written(), Vec::<String>::new());
    assert_eq!(named(&project, "members", "Ann")["email"], "ann@example.com");
}

#[test]
fn members_are_invited_not_made() {
    let project = Project::new("member \"x\" {\n  user_id = \"a2c65d0b-0000-4000-8000-000000000001\"\n}\n");
    project.plan().exits(1).says("HW0632").says("invitation");
    assert_eq!(project.written(), Vec::<String>::new());
}

#[test]
fn a_member_is_taken_over_changed_and_removed() {
    let project = Project::new("invitation \"ann\" {\n  email = \"ann@example.com\"\n}\n");
    project.apply().exits(0);
    let id = world(&project, "invitations")[0]["id"].as_str().unwrap().to_owned();
    project.control("POST", &format!("/invitations/{id}/accept"), &json!({ "name": "Ann" }));
    let member = "data \"user\" \"ann\" {\n  email = \"ann@example.com\"\n}\ndata \"role\" \"member\" {\n  name = \
        \"Member\"\n}\nmember \"ann\" {\n  user_id = data.user.ann.id\n  assigned_role_ids = [data.role.member.id]\n}\n";
    project.write("main.hcl", member);
    project.written();
    project.plan().exits(2).says("there is one already");
    project.apply().exits(0);
    assert_eq!(project.written(), ["PATCH /members/*"]);
    project.plan().exits(0);
    project.write("main.hcl", "");
    project.plan().exits(2).says("only another invitation brings them back");
    project.apply().exits(0);
    assert_eq!(named(&project, "members", "Ann"), Value::Null);
}

#[test]
fn settings_of_the_organization_are_taken_over_and_left_as_they_are() {
    let project = Project::new("organization_settings \"x\" {\n  core_dumps_enabled = false\n}\n");
    project.plan().exits(2).says("core_dumps_enabled");
    project.written();
    project.apply().exits(0);
    assert_eq!(project.written(), ["PATCH "]);
    project.plan().exits(0);
    project.write("main.hcl", "organization_settings \"x\" {\n  core_dumps_enabled = false\n  name = \"Ours\"\n}\n");
    project.apply().exits(0);
    project.plan().exits(0);
    project.written();
    project.sandbox(&["destroy", "--auto-approve"]).exits(0);
    assert_eq!(project.written(), Vec::<String>::new());
    let organization = project.control("GET", "/world", &Value::Null)["organization"].clone();
    assert_eq!((&organization["enableCoreDumps"], &organization["name"]), (&json!(false), &json!("Ours")));
}

#[test]
fn what_is_there_can_be_asked() {
    let project = Project::new(
        r#"
data "role" "admin" {
  name = "Admin"
}
data "roles" "all" {}
data "users" "all" {}
data "quotas" "all" {}
data "api_key_id" "ours" {}
data "api_key_id" "named" {
  name = data.api_key_id.ours.name
}
data "byoc_infrastructures" "all" {}
output "admin" {
  value = one([for r in data.roles.all.roles : r.id if r.name == "Admin"]) == data.role.admin.id
}
output "key" {
  value = data.api_key_id.ours.id == data.api_key_id.named.id && data.api_key_id.ours.id != null
}
output "keys" {
  value = data.quotas.all.quotas["api-keys-per-organization"].value
}
output "members" {
  value = length(data.users.all.users)
}
output "none" {
  value = length(data.byoc_infrastructures.all.infrastructures)
}
"#,
    );
    let run = project.apply().exits(0);
    for line in ["admin   = true", "key     = true", "keys    = 100", "none    = 0"] {
        let found = run.all().lines().any(|l| l.split_whitespace().eq(line.split_whitespace()));
        assert!(found, "{line}\n{}", run.all());
    }
    project.write(
        "main.hcl",
        "data \"role\" \"x\" {\n  name = \"Nobody\"\n}\noutput \"x\" {\n  value = data.role.x.id\n}\n",
    );
    project.plan().exits(1).says("HW0615").says("Nobody");
    project.write("main.hcl", "data \"role\" \"x\" {}\noutput \"x\" {\n  value = data.role.x.id\n}\n");
    project.plan().exits(1).says("Neither `id` nor `name` is set");
}

/// Kills an apply between the creation's request and its answer, in a sandbox whose time is the machine's.
fn killed(configuration: &str, operation: &str) -> (Project, Served) {
    let project = Project::new(configuration);
    let settings = Settings { start: jiff::Timestamp::now(), ..Settings::default() };
    drop(Sandbox::open(&project.path("served"), Options { settings, ..Options::default() }).expect("a new world"));
    let served = Served::start(&project, "10");
    let late = json!({ "operation": operation, "effect": { "latency": { "milliseconds": 20_000 } } });
    served.control("POST", "/faults", &late.to_string());
    let mut applying = served.client(&project, &["apply", "--auto-approve"]);
    let mut applying = applying.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
    let since = Instant::now();
    while !served.requests().iter().any(|r| r["method"] == "POST") {
        assert!(since.elapsed() < Duration::from_secs(30), "nothing is created");
        std::thread::sleep(Duration::from_millis(5));
    }
    applying.kill().unwrap();
    applying.wait().unwrap();
    (project, served)
}

#[test]
fn what_a_killed_run_made_is_found_by_its_name_and_time() {
    let invitation = "invitation \"ann\" {\n  email = \"Ann@example.com\"\n}\n";
    let rows = [
        (KEYS, "openapiKeyCreate", "POST DELETE POST"),
        (ROLE, "organizationRolePost", "POST"),
        (invitation, "invitationCreate", "POST"),
    ];
    for (configuration, operation, sent) in rows {
        let (project, served) = killed(configuration, operation);
        served.run(&project, &["apply", "--auto-approve", "--password-file", "secrets"]).exits(0).says("HW0622");
        let writes = served.requests().into_iter().filter(|r| r["method"] != "GET");
        let methods: Vec<String> = writes.map(|r| r["method"].as_str().unwrap().to_owned()).collect();
        assert_eq!(methods.join(" "), sent, "{operation}");
        // The secret of a key that nobody has heard is made anew, and handed over.
        assert_eq!(handed_over(&project).len(), usize::from(operation == "openapiKeyCreate"), "{operation}");
        served.run(&project, &["plan", "--detailed-exitcode"]).exits(0);
    }
}
