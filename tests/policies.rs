//! The rules of examples/policies over the JSON of plans.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

mod support;

use std::path::Path;

use support::Project;

/// What the rules say of a plan, sorted.
fn denied(plan: &str) -> Vec<String> {
    let mut engine = regorus::Engine::new();
    for name in ["production", "memory", "open_access"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("examples/policies/{name}.rego"));
        engine.add_policy(format!("{name}.rego"), std::fs::read_to_string(path).unwrap()).unwrap();
    }
    engine.set_input(regorus::Value::from_json_str(plan).unwrap());
    let found = engine.eval_rule("data.main.deny".to_owned()).unwrap();
    let mut messages: Vec<String> =
        found.as_set().unwrap().iter().map(|m| m.as_string().unwrap().to_string()).collect();
    messages.sort();
    messages
}

fn service(name: &str, max: u32, source: &str, extra: &str) -> String {
    format!(
        "service \"{name}\" {{\n  cloud_provider = \"aws\"\n  region = \"eu-west-1\"\n  min_replica_memory_gb = 8\n  \
         max_replica_memory_gb = {max}\n  ip_access = [{{ source = \"{source}\" }}]\n  {extra}\n}}\n"
    )
}

fn project(text: &str) -> Project {
    Project::new(&format!("cloud {{ tier = \"enterprise\" }}\n{text}"))
}

fn plan(project: &Project, arguments: &[&str]) -> Vec<String> {
    denied(&project.sandbox(&[&["plan", "--json"], arguments].concat()).exits(0).stdout)
}

const OFFICE: &str = "192.0.2.0/24";
const PRODUCTION: &str = "tags = { environment = \"production\" }";

#[test]
fn rules_hold_over_plans() {
    let none: [&str; 0] = [];
    // 1: a creation with nothing wrong.
    let text = service("main", 16, OFFICE, "") + &service("shop", 64, OFFICE, PRODUCTION);
    let project = project(&text);
    assert_eq!(plan(&project, &[]), none);
    // 2: a creation that is too large and open.
    let wrong = self::project(&(service("a", 120, "0.0.0.0/0", "") + &service("b", 64, OFFICE, "")));
    assert_eq!(
        plan(&wrong, &[]),
        [
            "clickhouse_service.a would be open to everybody (0.0.0.0/0)",
            "clickhouse_service.a: max_replica_memory_gb is 120 GB, and the ceiling is 64 GB",
        ]
    );
    wrong.apply().exits(0);
    // 3: what was so before is no change.
    assert_eq!(plan(&wrong, &[]), none);
    project.apply().exits(0);
    // 4: nothing changes.
    assert_eq!(plan(&project, &[]), none);
    // 5: a growth beyond the ceiling.
    project.write("main.hcl", &("cloud { tier = \"enterprise\" }\n".to_owned() + &text.replacen("= 16", "= 120", 1)));
    assert_eq!(
        plan(&project, &[]),
        ["clickhouse_service.main: max_replica_memory_gb is 120 GB, and the ceiling is 64 GB"]
    );
    // 6: what is not in production may go.
    project.write(
        "main.hcl",
        &("cloud { tier = \"enterprise\" }\n".to_owned() + &service("shop", 64, OFFICE, PRODUCTION)),
    );
    assert_eq!(plan(&project, &[]), none);
    // 7: everything goes.
    let shop = "clickhouse_service.shop would be destroyed, and it is in production";
    assert_eq!(plan(&project, &["--destroy"]), [shop]);
    // 8: a replacement destroys as well.
    project.write("main.hcl", &format!("cloud {{ tier = \"enterprise\" }}\n{text}"));
    assert_eq!(plan(&project, &["--replace", "service.shop"]), [shop]);
    // 9: production by a variable.
    let variable = "variable \"environment\" { default = \"production\" }\n";
    project.write("main.hcl", &format!("cloud {{ tier = \"enterprise\" }}\n{variable}"));
    let main = "clickhouse_service.main would be destroyed, and it is in production";
    assert_eq!(plan(&project, &[]), [main, shop]);
    assert_eq!(plan(&project, &["--var", "environment=test"]), [shop]);
}

/// 10 to 20: the rules read Terraform's own plans, and say of ours the same.
#[test]
fn rules_say_the_same_of_terraforms_plans() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/terraform_plans");
    let (mut plans, mut denials) = (0, 0);
    for entry in std::fs::read_dir(cases).unwrap().flatten().filter(|e| e.path().is_dir()) {
        let theirs = std::fs::read_to_string(entry.path().join("terraform.json")).unwrap();
        let with_variable = theirs.replacen('{', "{\"variables\": {\"environment\": {\"value\": \"production\"}},", 1);
        plans += 1;
        assert_eq!(denied(&theirs), Vec::<String>::new(), "{:?}", entry.file_name());
        let deletes = theirs.contains("\"delete\"");
        let has_variables = theirs.contains("\n    \"variables\": {");
        if !has_variables {
            assert_eq!(!denied(&with_variable).is_empty(), deletes, "{:?}", entry.file_name());
            denials += usize::from(deletes);
        }
    }
    assert!(plans >= 10 && denials >= 3, "{plans} plans, {denials} with denials");
}
