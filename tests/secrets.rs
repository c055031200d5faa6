//! A unique password is in no artifact, whatever is done; and nothing unrelated sends it again.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

mod support;

use support::Project;

const CANARY: &str = "canary-7Qx2mZ9vLw4t";

fn configuration(name: &str) -> String {
    format!(
        "variable \"password\" {{\n  type = string\n  sensitive = true\n}}\ncloud {{ tier = \"enterprise\" }}\nservice \"x\" {{\n  name = \"{name}\"\n  \
         cloud_provider = \"aws\"\n  region = \"eu-west-1\"\n  min_replica_memory_gb = 8\n  max_replica_memory_gb = 8\n  ip_access = []\n  \
         password = var.password\n}}\noutput \"password\" {{\n  value = service.x.password\n  sensitive = true\n}}\n"
    )
}

/// The secret itself and the hashes of it that travel.
fn needles() -> Vec<String> {
    use base64::Engine as _;
    use sha2::Digest as _;
    let sha256 = base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(CANARY));
    let sha1 = sha1::Sha1::digest(sha1::Sha1::digest(CANARY)).iter().map(|b| format!("{b:02x}")).collect();
    vec![CANARY.to_owned(), sha256, sha1]
}

fn search(directory: &std::path::Path, needles: &[String]) {
    for entry in std::fs::read_dir(directory).expect("a directory").flatten() {
        let path = entry.path();
        if path.is_dir() {
            search(&path, needles);
        } else {
            let content = support::content(&path);
            assert!(!needles.iter().any(|n| content.contains(n)), "{} holds the secret", path.display());
        }
    }
}

#[test]
fn the_canary_is_nowhere() {
    let project = Project::new(&configuration("x"));
    let variable = format!("password={CANARY}");
    let needles = needles();
    let runs: [&[&str]; 22] = [
        &["plan", "-v"],
        &["plan", "--calls", "--full"],
        &["plan", "--json"],
        &["plan", "--out", "new.plan"],
        &["show", "--json", "new.plan"],
        &["show", "--markdown", "new.plan"],
        &["show", "--html", "new.plan"],
        &["show", "--calls", "--full", "new.plan"],
        &["graph", "new.plan"],
        &["apply", "--auto-approve", "-v", "--json"],
        &["plan", "--detailed-exitcode", "-v"],
        &["plan", "--json"],
        &["plan", "--destroy", "--out", "end.plan"],
        &["show", "--json", "end.plan"],
        &["show", "--markdown", "end.plan"],
        &["show", "--html", "end.plan"],
        &["show"],
        &["output"],
        &["output", "--json"],
        &["state", "show", "service.x"],
        &["state", "pull"],
        &["validate", "--json"],
    ];
    for arguments in runs {
        let run = project.sandbox(&[arguments, &["--var", &variable]].concat());
        assert!(run.code == 0, "{arguments:?}: {}", run.all());
        assert!(!needles.iter().any(|n| run.all().contains(n)), "{arguments:?} shows the secret");
        search(project.root(), &needles);
    }
    assert_eq!(project.written(), ["POST /services", "PATCH /services/*/password"]);

    project.write("main.hcl", &configuration("renamed"));
    project.sandbox(&["apply", "--auto-approve", "--var", &variable]).exits(0);
    assert_eq!(project.written(), ["PATCH /services/*"], "a rename sends no password");
    search(project.root(), &needles);
}

/// What the user calls sensitive is stored where the platform returns it, and shown nowhere: not when it is made, not when it
/// changes, not when somebody changed it outside, and not when it goes.
#[test]
fn what_is_sensitive_is_in_nothing_that_is_shown() {
    let other = format!("{CANARY}-2");
    let text = "variable \"tag\" {\n  sensitive = true\n}\nservice \"x\" {\n  cloud_provider = \"aws\"\n  region = \"eu-west-1\"\n  \
        min_replica_memory_gb = 8\n  max_replica_memory_gb = 8\n  ip_access = []\n  tags = { note = var.tag }\n}\noutput \"tag\" {\n  \
        value = var.tag\n  sensitive = true\n}\nresource \"terraform_data\" \"t\" {\n  input = var.tag\n}\n";
    let project = Project::new(text);
    let looks = |tag: &str, arguments: &[&str], changes: bool| {
        let variable = format!("tag={tag}");
        let plan = [&["plan", "--out", "the.plan", "--calls", "--full", "--var", &variable], arguments].concat();
        let shown = project.sandbox(&plan).exits(0).does_not_say(CANARY);
        assert_eq!(!shown.stdout.contains("No changes."), changes, "{}", shown.stdout);
        let kept = support::content(&project.path("the.plan"));
        assert!(!kept.contains(CANARY), "{arguments:?}: the kept plan holds it");
        for form in ["--json", "--markdown", "--html", "--full", "--compact"] {
            project.run(&["show", form, "the.plan"]).exits(0).does_not_say(CANARY).says("service.x");
        }
        project.run(&["graph", "the.plan"]).exits(0).does_not_say(CANARY);
    };
    looks(CANARY, &[], true);
    let apply =
        |tag: &str| project.sandbox(&["apply", "--auto-approve", "--json", "--var", &format!("tag={tag}")]).exits(0);
    apply(CANARY).does_not_say(CANARY);
    looks(&other, &[], true);
    apply(&other).does_not_say(CANARY);
    project.change_remotely("x", &serde_json::json!({ "tags": [{ "key": "note", "value": CANARY }] }));
    looks(&other, &[], true);
    looks(&other, &["--destroy"], true);
    // Nor when the configuration no longer says that it is sensitive.
    project.write("main.hcl", "variable \"tag\" {\n  sensitive = true\n}\n");
    looks(&other, &[], true);
    project
        .run(&["show", "--state", ".housewright/state.json"])
        .exits(0)
        .does_not_say(CANARY)
        .says("(sensitive value)");
}

#[test]
fn a_made_up_password_is_handed_over_once_and_kept_nowhere() {
    let text =
        configuration("x").replace("password = var.password", "").split("output").next().unwrap_or_default().to_owned();
    let project = Project::new(&text);
    let variable = format!("password={CANARY}");
    let run =
        project.sandbox(&["apply", "--auto-approve", "--var", &variable, "--password-file", "handed-over"]).exits(0);
    let file = project.read("handed-over");
    let secret = file
        .split(|c: char| c.is_whitespace() || "\"=:,{}".contains(c))
        .rfind(|w| w.len() >= 8)
        .expect("a password")
        .to_owned();
    assert!(!run.all().contains(&secret), "it is shown");
    use std::os::unix::fs::PermissionsExt as _;
    assert_eq!(std::fs::metadata(project.path("handed-over")).expect("a file").permissions().mode() & 0o777, 0o600);
    std::fs::remove_file(project.path("handed-over")).expect("removed");
    search(project.root(), &[secret]);

    let project = Project::new(&text);
    project.sandbox(&["apply", "--auto-approve", "--var", &variable]).exits(0).says("password");
}

/// A service with these lines, and a sensitive variable `v` of a type.
fn with_variable(ty: &str, lines: &str) -> String {
    format!(
        "variable \"v\" {{\n  type = {ty}\n  sensitive = true\n}}\ncloud {{ tier = \"enterprise\" }}\nservice \"x\" {{\n  \
         cloud_provider = \"aws\"\n  region = \"eu-west-1\"\n  min_replica_memory_gb = 8\n  max_replica_memory_gb = 8\n{lines}}}\n"
    )
}

#[test]
fn diagnostics_about_a_sensitive_variable_do_not_show_its_value() {
    let texts = [format!("[\"{CANARY}\""), format!("{{ \"{CANARY}\" = [1] }}"), format!("jsondecode(\"{CANARY}\")")];
    for text in texts.iter().chain([&format!("{{ a = {CANARY} }}")]) {
        for declared in ["sensitive", "ephemeral"] {
            let project = Project::new(&with_variable("list(string)", "").replace("sensitive", declared));
            for json in [&["validate"][..], &["validate", "--json"]] {
                let run = project.run(&[json, &["--var", &format!("v={text}")]].concat()).exits(1);
                run.does_not_say(CANARY).says("Invalid value for variable");
            }
            project.write("given.tfvars", &format!("v = {text}\n"));
            project
                .run(&["validate", "--var-file", "given.tfvars"])
                .exits(1)
                .does_not_say(CANARY)
                .says("given.tfvars:1");
            project.run(&["validate", "--var-file", "given.tfvars", "--json"]).exits(1).does_not_say(CANARY);
        }
    }
    let default = with_variable("list(string)", "")
        .replace("sensitive", &format!("default = {{ \"{CANARY}\" = [1] }}\n  sensitive"));
    Project::new(&default).run(&["validate"]).exits(1).says("main.hcl:3").does_not_say(CANARY);
    // What is not sensitive is shown.
    let open = Project::new(&with_variable("list(string)", "").replace("sensitive = true", ""));
    open.run(&["validate", "--var", &format!("v=[\"{CANARY}\"")]).exits(1).says(CANARY);
}

#[test]
fn values_of_undeclared_variables_are_not_shown() {
    let project = Project::new(&with_variable("string", ""));
    project.run(&["validate", "--var", &format!("w={CANARY}")]).exits(1).says("HW0902").does_not_say(CANARY);
    project.write("given.tfvars", &format!("w = \"{CANARY}\"\n"));
    project.run(&["validate", "--var-file", "given.tfvars"]).says("HW0902").does_not_say(CANARY);
}

#[test]
fn rules_do_not_quote_sensitive_values() {
    let rows = [
        ("map(string)", "tags = var.v", format!("{{ \"{CANARY}/\" = \"x\" }}"), "`tags` breaks a rule"),
        ("string", "ip_access = [{ source = var.v }]", CANARY.to_owned(), "`ip_access` breaks a rule"),
        ("string", "autoscaling_mode = var.v", CANARY.to_owned(), "`autoscaling_mode` breaks a rule"),
        ("number", "idle_timeout_minutes = var.v", "1.7421".to_owned(), "`idle_timeout_minutes` breaks a rule"),
    ];
    for (ty, line, value, says) in rows {
        let project = Project::new(&with_variable(ty, &format!("  {line}\n")));
        let variable = format!("v={value}");
        let shown = if ty == "number" { "1.7421" } else { CANARY };
        for arguments in [&["validate"][..], &["validate", "--json"], &["plan", "--sandbox"]] {
            let run = project.run(&[arguments, &["--var", &variable]].concat()).exits(1);
            run.does_not_say(shown).says(says).says("main.hcl");
        }
        let open = Project::new(&with_variable(ty, &format!("  {line}\n")).replace("sensitive = true", ""));
        open.run(&["validate", "--var", &variable]).exits(1).says(shown);
    }
    // A rule that does not rest on the value keeps its words.
    let twice = with_variable("string", "  password = var.v\n  password_hash = var.v\n");
    Project::new(&twice).run(&["validate", "--var", &format!("v={CANARY}")]).exits(1).says("given twice");
}

#[test]
fn a_literal_password_is_in_no_diagnostic() {
    let rows = [
        format!("  password = \"{CANARY}\"\n  password_wo = \"other\"\n  password_wo_version = 1\n"),
        format!("  password_hash = \"{CANARY}\"\n"),
        format!("  password = \"{CANARY}\"\n  warehouse_id = \"w\"\n"),
        format!("  password = [\"{CANARY}\"]\n"),
        format!("  pasword = \"{CANARY}\"\n"),
    ];
    for lines in rows {
        let project = Project::new(&with_variable("string", &lines));
        project.run(&["validate"]).exits(1).says("main.hcl:11").does_not_say(CANARY);
        project.run(&["validate", "--json"]).exits(1).says("\"line\":").does_not_say(CANARY);
    }
    let key = Project::new(&format!("cloud {{\n  api_secret = \"{CANARY}\"\n}}\n"));
    key.run(&["validate"]).exits(1).says("HW0221").says("main.hcl:2").does_not_say(CANARY);
}

#[test]
fn addresses_that_are_closed_are_not_told_when_they_are_sensitive() {
    let lines = "  ip_access = [for s in var.v : { source = s }]\n";
    for (sensitive, says) in [(true, "connections from some addresses"), (false, "connections from 192.0.2.77")] {
        let text = with_variable("list(string)", lines);
        let text = if sensitive { text } else { text.replace("sensitive = true", "") };
        let project = Project::new(&text);
        project.sandbox(&["apply", "--auto-approve", "--var", "v=[\"192.0.2.77\", \"192.0.2.1\"]"]).exits(0);
        let run = project.sandbox(&["plan", "--var", "v=[\"192.0.2.1\"]"]).exits(0).says(says);
        assert!(!sensitive || !run.all().contains("192.0.2.77"), "{}", run.all());
    }
}

#[test]
fn the_command_that_goes_on_repeats_what_matters_and_no_value() {
    let project = Project::new(&configuration("x"));
    let variable = format!("password={CANARY}");
    project.sandbox(&["apply", "--auto-approve", "--var", &variable]).exits(0);
    let refusal = |method: &str| {
        let answer = serde_json::json!({ "answer": { "status": 400, "error": "BAD_REQUEST: not now" } });
        project.fault(&serde_json::json!({ "method": method, "effect": answer }));
    };
    let apply = |options: &[&str]| {
        let run = project.sandbox(&[&["apply", "--auto-approve", "--var", &variable], options].concat());
        let run = run.exits(1).does_not_say(CANARY);
        let all = run.all();
        all.lines().find_map(|l| l.split_once("To go on: ")).map(|(_, c)| c.to_owned()).unwrap_or_default()
    };
    refusal("DELETE");
    let command = apply(&["--replace", "service.x", "--target", "service.x"]);
    assert_eq!(command, "housewright apply --sandbox --var password=… --target service.x --replace service.x");
    refusal("PATCH");
    let command = apply(&["--replace", "service.x"]);
    assert_eq!(command, "housewright apply --sandbox --var password=…", "it was destroyed already");
    project.sandbox(&["apply", "--auto-approve", "--var", &variable]).exits(0);
    refusal("DELETE");
    assert_eq!(apply(&["--destroy"]), "housewright apply --destroy --sandbox --var password=…");
}

#[test]
fn debug_output_holds_no_secret() {
    use housewright::address::Address;
    use housewright::call::{Body, BodyBuilder, Method};
    use housewright::desired::{Assigned, Assignment};
    use housewright::lang::value::Value;
    let text = || CANARY.to_owned();
    let desired = housewright::plan::Desired {
        address: Address::root("service", "x"),
        values: Value::from(CANARY),
        sensitive: Default::default(),
        shared: Default::default(),
        ignored: Default::default(),
        protect: None,
        cloud: String::new(),
        dependencies: Vec::new(),
    };
    let body: Body = BodyBuilder::default().finish(&serde_json::json!({ "password": CANARY }));
    let request = housewright::cloud::HttpRequest {
        method: Method::Post,
        url: "https://api".to_owned(),
        headers: vec![("authorization".to_owned(), text())],
        body: Some(text().into_bytes()),
    };
    let response = housewright::cloud::HttpResponse { status: 200, headers: Vec::new(), body: text().into_bytes() };
    let host = housewright::host::Host {
        environment: [("TF_VAR_password".to_owned(), text())].into(),
        directory: "/".into(),
        user: String::new(),
        name: String::new(),
        process: 1,
        birth: String::new(),
    };
    let options = housewright::ops::Options {
        update_modules: false,
        directory: ".".into(),
        variables: vec![format!("password={CANARY}"), text()],
        variable_files: Vec::new(),
        state: None,
        sandbox: false,
        targets: Vec::new(),
        parallelism: 1,
        lock_timeout: std::time::Duration::ZERO,
        notice: std::sync::Arc::new(|_| {}),
    };
    let mut sources = housewright::diag::Sources::default();
    let file = sources.add("--var password", text());
    let assigned = Assigned::Text { file, text: text() };
    let (expr, _) = housewright::lang::syntax::parse_expression(file, &format!("\"{CANARY}\""));
    let assignment =
        |value| Assignment { name: "password".to_owned(), value, origin: "--var".to_owned(), undeclared: None };
    let assignments = [assignment(assigned.clone()), assignment(Assigned::Expr(expr.clone()))];
    let shown = [
        (format!("{desired:?}"), "service"),
        (format!("{body:?}"), "password"),
        (format!("{request:?}"), "https://api"),
        (format!("{response:?}"), "200"),
        (format!("{host:?}"), "TF_VAR_password"),
        (format!("{options:?}"), "password=…"),
        (format!("{sources:?}"), "--var password"),
        (format!("{assigned:?} {:?}", Assigned::Expr(expr)), "Text"),
        (format!("{assignments:?}"), "password"),
    ];
    // Bytes are printed as numbers.
    let bytes = format!("{:?}", CANARY.as_bytes());
    for (text, holds) in shown {
        let hidden = !text.contains(CANARY) && !text.contains(bytes.trim_matches(['[', ']']));
        assert!(hidden && text.contains(holds), "{text}");
    }
}
