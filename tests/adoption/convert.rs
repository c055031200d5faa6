//! `convert`: what Terraform's files declare is the same before and after.

use std::collections::BTreeMap;

use crate::support::Project;

const USUAL: &str = "cloud_provider = \"aws\"\n  region         = \"eu-central-1\"\n  ip_access      = []";

/// Configurations by name: each is applied as it is, converted, and planned again. `USUAL` stands for the usual lines.
const EXAMPLES: [(&str, &[(&str, &str)]); 12] = [
    (
        "one service",
        &[("main.tf", "# The first.\nresource \"clickhouse_service\" \"a\" { # here\n  name = \"a\"\n  USUAL\n}\n")],
    ),
    (
        "references and outputs",
        &[(
            "main.tf",
            "resource \"clickhouse_service\" \"a\" {\n  name = \"a\"\n  USUAL\n}\n\noutput \"id\" {\n  value = \"${clickhouse_service.a.id}!\" # both\n}\n\noutput \"all\" {\n  value = { for k in [\"id\", \"name\"] : k => clickhouse_service.a[k] }\n}\n",
        )],
    ),
    (
        "count and for_each",
        &[(
            "main.tf",
            "locals {\n  rows = { x = 2, y = 3 }\n}\n\nresource \"clickhouse_service\" \"a\" {\n  for_each     = local.rows\n  name         = each.key\n  num_replicas = each.value\n  USUAL\n}\n\nresource \"clickhouse_service\" \"b\" {\n  count = 2\n  name  = \"b-${count.index}\"\n  tags  = { of = clickhouse_service.a[\"x\"].name }\n  USUAL\n}\n",
        )],
    ),
    (
        "a module",
        &[
            (
                "main.tf",
                "module \"m\" {\n  source   = \"./m\"\n  for_each = toset([\"p\", \"q\"])\n  name     = each.key\n}\n\noutput \"ids\" {\n  value = [for m in module.m : m.id]\n}\n",
            ),
            (
                "m/main.tf",
                "variable \"name\" { type = string }\n\n/* the one */\nresource \"clickhouse_service\" \"this\" {\n  name = var.name\n  USUAL\n}\n\noutput \"id\" { value = clickhouse_service.this.id }\n",
            ),
        ],
    ),
    (
        "terraform and provider blocks",
        &[(
            "versions.tf",
            "terraform {\n  required_version = \">= 1.5\"\n  required_providers {\n    clickhouse = {\n      source = \"ClickHouse/clickhouse\"\n    }\n  }\n}\n\n# nothing to say\nprovider \"clickhouse\" {}\n\nresource \"clickhouse_service\" \"a\" {\n  USUAL\n}\n",
        )],
    ),
    (
        "a backend",
        &[(
            "main.tf",
            "terraform {\n  backend \"local\" {\n    # beside the files\n    path = \"x.state.json\"\n  }\n}\n\nresource \"clickhouse_service\" \"a\" {\n  USUAL\n}\n",
        )],
    ),
    (
        "an aliased provider",
        &[(
            "main.tf",
            "variable \"org\" {\n  type    = string\n  default = \"o\"\n}\n\nprovider \"clickhouse\" {\n  alias           = \"eu\"\n  organization_id = var.org # ours\n}\n\nresource \"clickhouse_service\" \"a\" {\n  provider = clickhouse.eu\n  USUAL\n}\n",
        )],
    ),
    (
        "a module with providers",
        &[
            (
                "main.tf",
                "provider \"clickhouse\" {\n  alias = \"eu\"\n}\n\nmodule \"m\" {\n  source    = \"./m\"\n  providers = { clickhouse = clickhouse.eu }\n}\n",
            ),
            ("m/main.tf", "resource \"clickhouse_service\" \"a\" {\n  USUAL\n}\n"),
        ],
    ),
    (
        "dynamic blocks and conditions",
        &[(
            "main.tf",
            "variable \"slow\" {\n  type    = bool\n  default = true\n}\n\nresource \"clickhouse_service\" \"a\" {\n  USUAL\n\n  dynamic \"timeouts\" {\n    for_each = var.slow ? [\"2h\"] : []\n    content {\n      create = timeouts.value\n    }\n  }\n\n  lifecycle {\n    ignore_changes  = [tags[\"x\"]]\n    prevent_destroy = true\n    precondition {\n      condition     = var.slow || length(data.clickhouse_services.all.services) > 0\n      error_message = \"None but ${clickhouse_service.b.name}.\"\n    }\n  }\n}\n\ndata \"clickhouse_services\" \"all\" {}\n\nresource \"clickhouse_service\" \"b\" {\n  USUAL\n}\n",
        )],
    ),
    (
        "a variable with the name of a kind",
        &[(
            "main.tf",
            "resource \"clickhouse_service\" \"a\" {\n  USUAL\n}\n\noutput \"x\" {\n  value = [for service in [\"n\"] : \"${service}-${clickhouse_service.a.name}\"]\n}\n",
        )],
    ),
    (
        "heredocs and templates",
        &[(
            "main.tf",
            "resource \"clickhouse_service\" \"a\" {\n  name = \"a\"\n  USUAL\n}\n\noutput \"text\" {\n  value = <<-EOT\n    # no comment: ${clickhouse_service.a.name}\n    %{for n in [1, 2]}${n} ${clickhouse_service.a.region} %{endfor}\n    clickhouse_service.a\n  EOT\n}\n",
        )],
    ),
    (
        "depends_on, moved and terraform_data",
        &[(
            "main.tf",
            "moved {\n  from = clickhouse_service.old\n  to   = clickhouse_service.a\n}\n\nresource \"terraform_data\" \"t\" {\n  input = clickhouse_service.a.name\n}\n\nresource \"clickhouse_service\" \"a\" {\n  USUAL\n  depends_on = [clickhouse_service.b]\n}\n\nresource \"clickhouse_service\" \"b\" {\n  USUAL\n}\n",
        )],
    ),
];

/// All files below a directory but those of the sandbox and the state.
fn files(project: &Project) -> BTreeMap<String, String> {
    let (mut found, mut open) = (BTreeMap::new(), vec![project.root().to_owned()]);
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(directory).expect("a directory").flatten() {
            let path = entry.path();
            let name = path.strip_prefix(project.root()).expect("within").to_string_lossy().into_owned();
            match path.is_dir() {
                true if !name.starts_with('.') => open.push(path),
                false if name.ends_with(".tf") || name.ends_with(".hcl") => {
                    drop(found.insert(name.clone(), project.read(&name)));
                }
                _ => {}
            }
        }
    }
    found
}

fn comments(text: &str) -> Vec<String> {
    let begins = |l: &str| l.find("# ").or_else(|| l.find("/* ")).map(|at| l[at..].to_owned());
    text.lines().filter_map(begins).collect()
}

#[test]
fn configurations_are_the_same_before_and_after() {
    for (name, example) in EXAMPLES {
        let project = Project::empty();
        for (file, text) in example {
            std::fs::create_dir_all(project.path(file).parent().expect("a directory")).expect("made");
            project.write(file, &text.replace("USUAL", USUAL));
        }
        project.apply().exits(0);
        project.plan().exits(0);
        project.writes();
        let state = project.sandbox(&["state", "pull"]).stdout;
        let before = files(&project);
        project.run(&["convert"]).exits(0);
        let after = files(&project);
        assert!(after.keys().all(|f| f.ends_with(".hcl")) && after.len() == before.len(), "{name}: {after:?}");
        for (file, text) in &before {
            let new = &after[&file.replace(".tf", ".hcl")];
            let kept: Vec<String> = comments(text)
                .into_iter()
                .filter(|c| !c.contains("nothing to say") && !c.contains("no comment"))
                .collect();
            assert!(kept.iter().all(|c| new.contains(c.as_str())), "{name}: comments {kept:?} in\n{new}");
            assert!(!new.contains("resource \"") && !new.contains("required_providers"), "{name}:\n{new}");
        }
        project.plan().exits(0).says("No changes.");
        project.run(&["fmt", "--check", "--recursive"]).exits(0);
        assert_eq!(project.sandbox(&["state", "pull"]).stdout, state, "{name}");
        assert_eq!(project.written(), [] as [String; 0], "{name}");
    }
}

#[test]
fn nothing_is_lost_when_something_is_in_the_way() {
    let project = Project::empty();
    project.write("main.tf", "resource \"clickhouse_service\" \"a\" {\n}\n");
    project.write("other.tf", "locals {\n}\n");
    project.write("main.hcl", "locals {\n}\n");
    let before = files(&project);
    project.run(&["convert"]).exits(1).says("HW0650").says("main.hcl is there already");
    assert_eq!(files(&project), before);
    std::fs::remove_file(project.path("main.hcl")).expect("removed");
    project.write("other.tf", "locals {\n");
    let before = files(&project);
    project.run(&["convert"]).exits(1).says("other.tf");
    assert_eq!(files(&project), before);
    project.write("other.tf", "locals {\n}\n");
    let before = files(&project);
    project
        .run(&["convert", "--dry-run"])
        .exits(0)
        .says("-resource \"clickhouse_service\" \"a\" {")
        .says("+service \"a\" {");
    assert_eq!(files(&project), before);
    project.run(&["convert"]).exits(0).says("./main.tf is ./main.hcl now");
    project.run(&["convert"]).exits(0).says("no .tf file");
}

#[test]
fn the_fixture_converts_and_still_plans_empty() {
    let project = Project::empty();
    project.write("terraform.tfstate", &crate::terraform::taken_to_the_sandbox(&project));
    project.sandbox(&["import", "--from-tfstate", "terraform.tfstate"]).exits(0);
    project.run(&["convert"]).exits(0);
    project.plan().exits(0).says("No changes.");
    assert!(project.read("main.hcl").contains("# read-only compute on the same data"));
}
