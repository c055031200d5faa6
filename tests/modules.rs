//! Modules: inputs and outputs, instances, clouds handed down, sources, and what findings in them show.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

mod support;

use std::process::Command;

use support::Project;

/// Files of a project, each in the directories its name leads through.
fn project(files: &[(&str, &str)]) -> Project {
    let project = Project::empty();
    for (name, text) in files {
        std::fs::create_dir_all(project.path(name).parent().unwrap()).unwrap();
        project.write(name, text);
    }
    project
}

const TEAM: &str = r#"
variable "name" { type = string }
variable "region" { type = string }
resource "clickhouse_service" "this" {
  name                  = "${var.region}-${var.name}"
  cloud_provider        = "aws"
  region                = var.region
  num_replicas          = 2
  min_replica_memory_gb = 8
  max_replica_memory_gb = 8
  ip_access             = [{ source = "192.0.2.0/24" }]
}
output "id" { value = clickhouse_service.this.id }
"#;

const REGION: &str = r#"
variable "region" {}
variable "teams" { type = set(string) }
module "team" {
  source   = "./modules/team"
  for_each = var.teams
  name     = each.value
  region   = var.region
}
output "ids" { value = { for team, m in module.team : team => m.id } }
output "path" { value = path.module }
"#;

const ROOT: &str = r#"
variable "regions" { default = { eu-central-1 = ["a", "b"], us-east-1 = ["c"] } }
module "region" {
  source   = "./modules/region"
  for_each = var.regions
  region   = each.key
  teams    = each.value
}
output "ids" { value = { for r, m in module.region : r => m.ids } }
output "c" { value = module.region["us-east-1"].ids["c"] }
output "path" { value = module.region["us-east-1"].path }
"#;

fn tree() -> Project {
    project(&[("main.tf", ROOT), ("modules/region/main.tf", REGION), ("modules/region/modules/team/main.tf", TEAM)])
}

#[test]
fn instances_of_nested_modules_are_made_kept_and_destroyed() {
    let project = tree();
    project.apply().exits(0).says("module.region[\"eu-central-1\"].module.team[\"b\"].service.this: created");
    let names = |p: &Project| p.services().into_iter().map(|s| s.0).collect::<Vec<_>>();
    assert_eq!(names(&project), ["eu-central-1-a", "eu-central-1-b", "us-east-1-c"]);
    let outputs: serde_json::Value =
        serde_json::from_str(&project.sandbox(&["output", "--json"]).exits(0).stdout).unwrap();
    let id = |name: &str| project.services().into_iter().find(|s| s.0 == name).unwrap().1;
    assert_eq!(outputs["c"]["value"], id("us-east-1-c"));
    assert_eq!(outputs["ids"]["value"]["eu-central-1"]["b"], id("eu-central-1-b"));
    assert_eq!(outputs["path"]["value"], "modules/region");
    project.plan().exits(0);

    project.write("terraform.tfvars", "regions = { eu-central-1 = [\"b\"], us-east-1 = [\"c\"] }\n");
    project.written();
    project.apply().exits(0);
    assert_eq!(project.written(), ["PATCH /services/*/state", "DELETE /services/*"]);
    assert_eq!(names(&project), ["eu-central-1-b", "us-east-1-c"]);

    project.sandbox(&["apply", "--auto-approve", "--destroy", "--target", "module.region[\"us-east-1\"]"]).exits(0);
    assert_eq!(names(&project), ["eu-central-1-b"]);
    project.sandbox(&["destroy", "--auto-approve"]).exits(0);
    assert_eq!(names(&project), Vec::<String>::new());
}

#[test]
fn a_target_within_a_module_takes_what_it_needs_and_no_more() {
    let project = tree();
    project
        .sandbox(&["apply", "--auto-approve", "--target", "module.region[\"eu-central-1\"].module.team[\"a\"]"])
        .exits(0);
    assert_eq!(project.services().len(), 1);
    project.sandbox(&["plan", "--target", "module.region.module.nobody"]).exits(1).says("selects nothing");
}

#[test]
fn findings_in_a_module_show_the_chain_of_calls_once_for_all_instances() {
    let project = tree();
    project.write("modules/region/modules/team/main.tf", &TEAM.replace("clickhouse_service.this.id", "var.nmae"));
    let run = project.run(&["validate"]).exits(1);
    let found = run.stderr;
    assert_eq!(found.matches("HW0402").count(), 1, "{found}");
    for part in [
        "Did you mean var.name?",
        "modules/region/modules/team/main.tf",
        "in module.region.module.team, called here",
        "in module.region, called here",
    ] {
        assert!(found.contains(part), "{part} is not in\n{found}");
    }
}

#[test]
fn calls_are_checked_against_the_variables_of_the_module() {
    let project = project(&[
        (
            "main.hcl",
            "module \"m\" {\n  source = \"./m\"\n  sise   = 1\n}\nmodule \"n\" {\n  source = \"./m\"\n  size = \"big\"\n}\n",
        ),
        ("m/main.hcl", "variable \"size\" {\n  type = number\n}\noutput \"size\" {\n  value = var.size\n}\n"),
    ]);
    project
        .run(&["validate"])
        .exits(1)
        .says("Did you mean \"size\"?")
        .says("`size` is missing in this call")
        .says("does not fit its declaration");
    project.write(
        "main.hcl",
        "module \"m\" {\n  source = \"./m\"\n  size = 1\n}\noutput \"x\" {\n  value = module.m.sise\n}\n",
    );
    project.run(&["validate"]).exits(1).says("no output named \"sise\"").says("Did you mean module.m.size?");
}

#[test]
fn a_circle_through_modules_is_told_as_a_path() {
    let project = project(&[
        ("main.hcl", "module \"m\" {\n  source = \"./m\"\n  a = module.m.b\n}\n"),
        ("m/main.hcl", "variable \"a\" {}\noutput \"b\" {\n  value = var.a\n}\n"),
    ]);
    let run = project.run(&["validate"]).exits(1);
    let found = run.all().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(found.contains("module.m.var.a → module.m.output.b → module.m.var.a"), "{found}");
}

#[test]
fn clouds_are_handed_down_under_other_names() {
    let project = project(&[
        (
            "main.tf",
            "provider \"clickhouse\" {\n  alias = \"eu\"\n}\nmodule \"m\" {\n  source = \"./m\"\n  providers = { clickhouse = clickhouse.eu }\n}\n",
        ),
        ("m/main.tf", &TEAM.replace("type = string", "default = \"eu-central-1\"")),
    ]);
    project.apply().exits(0);
    let state: serde_json::Value = serde_json::from_str(&project.read(".housewright/state.json")).unwrap();
    assert_eq!(state["state"]["resources"]["module.m.service.this"]["cloud"], "eu", "{state}");
}

#[test]
fn what_a_module_awaits_is_done_before_anything_in_it() {
    let project = project(&[
        (
            "main.hcl",
            "terraform_data \"first\" {\n  input = 1\n}\nmodule \"m\" {\n  source = \"./m\"\n  depends_on = [terraform_data.first]\n}\n",
        ),
        ("m/main.hcl", "terraform_data \"second\" {\n  input = 2\n}\n"),
    ]);
    let told = project.apply().exits(0).all();
    let at = |text: &str| told.find(text).unwrap_or_else(|| panic!("{text} is not in\n{told}"));
    assert!(at("terraform_data.first: created") < at("module.m.terraform_data.second: creating"), "{told}");
}

#[test]
fn sensitive_values_stay_so_on_their_way_through_modules() {
    let project = project(&[
        (
            "main.hcl",
            "module \"m\" {\n  source = \"./m\"\n  secret = \"hunter2\"\n}\noutput \"x\" {\n  value = module.m.secret\n}\n",
        ),
        ("m/main.hcl", "variable \"secret\" {\n  sensitive = true\n}\noutput \"secret\" {\n  value = var.secret\n}\n"),
    ]);
    project.apply().exits(1).says("HW0237").does_not_say("hunter2 is");
    project.write(
        "main.hcl",
        "module \"m\" {\n  source = \"./m\"\n  secret = \"hunter2\"\n}\noutput \"x\" {\n  value = module.m.secret\n  sensitive = true\n}\n",
    );
    project.apply().exits(0).does_not_say("hunter2");
    assert!(!project.read(".housewright/state.json").contains("hunter2"));
}

/// Runs git in a directory, as nobody in particular.
fn git(directory: &std::path::Path, arguments: &[&str]) {
    let mut command = Command::new("git");
    command.current_dir(directory).args([
        "-c",
        "user.name=t",
        "-c",
        "user.email=t@example.com",
        "-c",
        "init.defaultBranch=main",
    ]);
    let output = command.args(arguments).env("GIT_CONFIG_GLOBAL", "/dev/null").output().expect("git runs");
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A repository with a module in `modules/x`, whose output is 1 at the tag v1 and 2 on the branch.
fn repository() -> tempfile::TempDir {
    let repository = tempfile::tempdir().unwrap();
    let file = repository.path().join("modules/x/main.hcl");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    git(repository.path(), &["init", "--quiet"]);
    for (value, tag) in [("1", Some("v1")), ("2", None)] {
        std::fs::write(&file, format!("output \"value\" {{\n  value = {value}\n}}\n")).unwrap();
        git(repository.path(), &["add", "."]);
        git(repository.path(), &["commit", "--quiet", "-m", value]);
        if let Some(tag) = tag {
            git(repository.path(), &["tag", tag]);
        }
    }
    repository
}

fn value_of(project: &Project, arguments: &[&str]) -> String {
    let mut all = vec!["apply", "--auto-approve"];
    all.extend(arguments);
    project.sandbox(&all).exits(0);
    project.sandbox(&["output", "--json", "value"]).exits(0).stdout.trim().to_owned()
}

#[test]
fn modules_come_from_git_repositories_at_a_reference() {
    let repository = repository();
    let url = format!("git::file://{}//modules/x", repository.path().display());
    let call = |reference: &str| {
        format!(
            "module \"x\" {{\n  source = \"{url}{reference}\"\n}}\noutput \"value\" {{\n  value = module.x.value\n}}\n"
        )
    };
    let project = Project::new(&call("?ref=v1"));
    assert_eq!(value_of(&project, &[]), "1");
    project.write("main.hcl", &call(""));
    assert_eq!(value_of(&project, &[]), "2");

    // The copy is used until somebody asks for a new one.
    std::fs::write(repository.path().join("modules/x/main.hcl"), "output \"value\" {\n  value = 3\n}\n").unwrap();
    git(repository.path(), &["commit", "--quiet", "-a", "-m", "3"]);
    assert_eq!(value_of(&project, &[]), "2");
    assert_eq!(value_of(&project, &["--update-modules"]), "3");

    let head = Command::new("git").current_dir(repository.path()).args(["rev-parse", "HEAD~1"]).output().unwrap();
    project.write("main.hcl", &call(&format!("?ref={}", String::from_utf8_lossy(&head.stdout).trim())));
    assert_eq!(value_of(&project, &[]), "2");

    project.write("main.hcl", &call("?ref=nowhere"));
    project.run(&["validate"]).exits(1).says("HW0228").says("main.hcl:2");
    assert!(
        std::fs::read_dir(project.path(".housewright/modules")).unwrap().count() <= 3,
        "nothing half fetched stays"
    );
}

#[test]
fn variables_decide_the_source_of_a_module() {
    let project = project(&[
        (
            "main.hcl",
            "variable \"flavour\" {\n  default = \"a\"\n}\nmodule \"m\" {\n  source = \"./${var.flavour}\"\n  inner = \"deep\"\n}\noutput \"value\" {\n  value = module.m.value\n}\n",
        ),
        (
            "a/main.hcl",
            "variable \"inner\" {}\nlocals {\n  path = \"../${var.inner}\"\n}\nmodule \"n\" {\n  source = local.path\n}\noutput \"value\" {\n  value = module.n.value\n}\n",
        ),
        ("b/main.hcl", "variable \"inner\" {}\noutput \"value\" {\n  value = \"b\"\n}\n"),
        ("deep/main.hcl", "output \"value\" {\n  value = \"deep\"\n}\n"),
    ]);
    assert_eq!(value_of(&project, &[]), "\"deep\"");
    assert_eq!(value_of(&project, &["--var", "flavour=b"]), "\"b\"");
    project.write("main.hcl", "variable \"flavour\" {}\nmodule \"m\" {\n  source = var.flavour\n}\n");
    project.run(&["validate"]).exits(1).says("Module source is not known").says("main.hcl:3");
    project.write("main.hcl", "terraform_data \"x\" {}\nmodule \"m\" {\n  source = terraform_data.x.output\n}\n");
    project.run(&["validate"]).exits(1).says("HW0240").says("depends on a resource");
}
