//! Outputs for others: `output` in Terraform's form, and `state export --tfstate` as a state that Terraform reads. Terraform
//! itself is the judge where it is on the PATH; where it is not, that is told loudly.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

mod support;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use support::{Project, Run};

const SECRET: &str = "canary-of-an-output";

/// The same for both programs: nothing but outputs.
const OUTPUTS: &str = r#"
variable "secret" {
  type      = string
  sensitive = true
}
output "text" {
  value = "a \"quoted\" $${x}\ttab and ünï"
}
output "number" {
  value = 1.5
}
output "big" {
  value = 12345678901234567890
}
output "flag" {
  value = true
}
output "nothing" {
  value = null
}
output "list" {
  value = tolist(["a", "b"])
}
output "set" {
  value = toset(["b", "a"])
}
output "map" {
  value = tomap({ a = 1, "b c" = 2 })
}
output "tuple" {
  value = ["a", 1, true, null]
}
output "object" {
  value = { id = "x", nested = { list = tolist([1, 2]), empty = [], none = null, text = "a\nb" } }
}
output "lines" {
  value = "a\nb\n"
}
output "empty_list" {
  value = tolist([])
}
output "empty_map" {
  value = {}
}
output "secret" {
  value     = var.secret
  sensitive = true
}
"#;

const NAMES: [&str; 12] =
    ["text", "number", "big", "flag", "list", "set", "map", "tuple", "object", "lines", "empty_list", "empty_map"];

/// Runs Terraform; nothing, told loudly, where it is not on the PATH.
fn terraform(directory: &Path, arguments: &[&str]) -> Option<Run> {
    let mut command = Command::new("terraform");
    command.current_dir(directory).env_clear().env("HOME", directory).env("CHECKPOINT_DISABLE", "1");
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("TF_VAR_secret", SECRET);
    match command.args(arguments).output() {
        Ok(output) => Some(output.into()),
        Err(_) => {
            // Past what the test runner keeps to itself.
            let _ =
                writeln!(std::io::stderr(), "SKIPPED: terraform is not on the PATH, so nothing is compared with it");
            None
        }
    }
}

/// A project whose outputs are stored.
fn applied(configuration: &str) -> Project {
    let project = Project::empty();
    project.write("main.tf", configuration);
    let secret = format!("secret={SECRET}");
    project.sandbox(&["apply", "--auto-approve", "--var", &secret]).exits(0).does_not_say(SECRET);
    project
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}"))
}

#[test]
fn outputs_have_terraforms_form() {
    let project = applied(OUTPUTS);
    let theirs = tempfile::tempdir().unwrap();
    std::fs::write(theirs.path().join("main.tf"), OUTPUTS).unwrap();
    let Some(run) = terraform(theirs.path(), &["apply", "-auto-approve", "-no-color"]) else { return };
    run.exits(0);
    let told = |arguments: &[&str]| terraform(theirs.path(), arguments).unwrap();
    assert_eq!(project.sandbox(&["output"]).exits(0).stdout, told(&["output", "-no-color"]).stdout);
    // Sensitive values are in no state of ours; all else is the same, byte for byte.
    let ours = project.sandbox(&["output", "--json"]).exits(0).stdout;
    let whole = told(&["output", "-json"]).stdout;
    let without =
        whole.replace(&format!("\"type\": \"string\",\n    \"value\": \"{SECRET}\"\n"), "\"type\": \"string\"\n");
    assert_ne!(whole, without);
    assert_eq!(ours, without);
    for name in NAMES {
        let of = |flag: &str| (project.sandbox(&["output", flag, name]), told(&["output", "-no-color", flag, name]));
        let (ours, theirs) = of("-json");
        assert_eq!(ours.stdout, theirs.stdout, "{name}");
        let (ours, theirs) = of("-raw");
        assert_eq!((ours.code, &ours.stdout), (theirs.code, &theirs.stdout), "{name}");
        let (ours, theirs) = (project.sandbox(&["output", name]), told(&["output", "-no-color", name]));
        assert_eq!(ours.stdout, theirs.stdout, "{name}");
    }
    for name in ["absent", "nothing"] {
        assert_eq!(told(&["output", name]).code, 1);
        project.sandbox(&["output", name]).exits(1).says("HW0912");
    }
    for flag in ["--raw", "--json"] {
        project.sandbox(&["output", flag, "secret"]).exits(1).says("HW0913").does_not_say(SECRET);
    }
}

#[test]
fn terraform_reads_what_is_exported() {
    let project = applied(OUTPUTS);
    let export = |arguments: &[&str]| project.sandbox(&[&["state", "export", "--tfstate"], arguments].concat());
    let told = export(&["ours.tfstate"]).exits(0);
    told.says("Wrote the outputs").says("HW0522").says("Sensitive outputs are left out: secret");
    assert!(!project.read("ours.tfstate").contains("canary"));
    let theirs = tempfile::tempdir().unwrap();
    let path = project.path("ours.tfstate");
    let data = format!(
        "data \"terraform_remote_state\" \"ours\" {{\n  backend = \"local\"\n  config = {{ path = {:?} }}\n}}\n\
         output \"all\" {{\n  value = data.terraform_remote_state.ours.outputs\n  sensitive = true\n}}\n",
        path.display().to_string()
    );
    std::fs::write(theirs.path().join("main.tf"), data).unwrap();
    let read = || -> Option<Value> {
        terraform(theirs.path(), &["init", "-no-color"])?.exits(0);
        terraform(theirs.path(), &["apply", "-auto-approve", "-no-color"])?.exits(0);
        Some(parsed(&terraform(theirs.path(), &["output", "-json", "all"])?.stdout))
    };
    let ours = parsed(&project.sandbox(&["output", "--json"]).stdout);
    let values: BTreeMap<&String, &Value> =
        ours.as_object().unwrap().iter().filter_map(|(n, o)| Some((n, o.get("value")?))).collect();
    if let Some(all) = read() {
        assert_eq!(all, json!(values));
    }
    // With the sensitive ones, where somebody asks for them and gives what was applied.
    let secret = format!("secret={SECRET}");
    export(&["--sensitive", "--var", "secret=another", "ours.tfstate"]).exits(0).says("left out: secret");
    export(&["--sensitive", "--var", &secret, "ours.tfstate"]).exits(0).does_not_say("HW0522").does_not_say(SECRET);
    let exported = parsed(&project.read("ours.tfstate"));
    assert_eq!(exported["outputs"]["secret"], json!({ "value": SECRET, "type": "string", "sensitive": true }));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o077, 0, "only its owner reads it");
    }
    if let Some(all) = read() {
        assert_eq!(all["secret"], SECRET);
    }
    // A later state is a later export, and ours read it as well.
    let changed = OUTPUTS.replace("1.5", "2.5");
    project.write("main.tf", &changed);
    project.sandbox(&["apply", "--auto-approve", "--var", &secret]).exits(0);
    export(&["ours.tfstate"]).exits(0);
    if let Some(all) = read() {
        assert_eq!(all["number"], 2.5);
    }
    let reader = Project::new(&format!(
        "data \"terraform_remote_state\" \"a\" {{\n  backend = \"local\"\n  config = {{ path = {:?} }}\n}}\n\
         output \"number\" {{\n  value = data.terraform_remote_state.a.outputs.number\n}}\n",
        path.display().to_string()
    ));
    reader.apply().exits(0);
    assert_eq!(reader.sandbox(&["output", "--raw", "number"]).stdout, "2.5");
}

#[test]
fn nothing_of_others_is_written_over() {
    let project = applied(OUTPUTS);
    let theirs = json!({
        "version": 4, "terraform_version": "1.11.4", "serial": 9, "lineage": "648301b6-0594-fdcd-6b38-696900c3e2a6",
        "outputs": {}, "resources": [], "check_results": null,
    });
    let pulled = project.sandbox(&["state", "pull"]).stdout;
    let printed = project.sandbox(&["state", "export", "--tfstate"]).exits(0).stdout;
    let own = parsed(&printed)["lineage"].clone();
    let with_resources = json!({ "version": 4, "lineage": own, "resources": [{ "type": "aws_vpc" }] });
    for text in [theirs.to_string(), with_resources.to_string(), "precious".to_owned(), pulled.clone()] {
        project.write("there.tfstate", &text);
        project.sandbox(&["state", "export", "--tfstate", "there.tfstate"]).exits(1).says("HW0523");
        assert_eq!(project.read("there.tfstate"), text);
    }
    assert!(own.is_string() && pulled.contains(own.as_str().unwrap()), "it is the lineage of the state");
    let empty = Project::empty();
    empty.sandbox(&["state", "export", "--tfstate"]).exits(1).says("HW0514");
    project.sandbox(&["state", "export"]).exits(1);
    project.sandbox(&["state", "export", "--tfstate", "--json", "new.tfstate"]).exits(1).says("HW0909");
}

/// A text can do nothing to a terminal.
#[test]
fn texts_stay_texts() {
    let project = Project::new("output \"bad\" {\n  value = \"a\\n\\u001b]0;x\\u0007\"\n}\n");
    let told = project.apply().exits(0).stdout + &project.sandbox(&["output"]).stdout;
    assert!(!told.contains('\u{1b}') && !told.contains('\u{7}'), "{told:?}");
}
