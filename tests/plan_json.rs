//! Plans as JSON: field by field what Terraform says of the same change, and as its JSON Schema describes.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

mod support;

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use support::Project;

/// The cases; tests/terraform_plans/record says how what Terraform says came there.
const CASES: [&str; 11] = [
    "conditions",
    "create",
    "delete",
    "destroy",
    "forgotten",
    "modules",
    "moved",
    "nothing",
    "replace",
    "sensitive",
    "update",
];

fn place(case: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/terraform_plans").join(case)
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        match path.is_dir() {
            true => copy(&path, &target),
            false => drop(std::fs::copy(&path, &target).unwrap()),
        }
    }
}

/// What this program says of the same change.
fn ours(case: &str) -> Value {
    let project = Project::empty();
    for entry in std::fs::read_dir(place(case)).unwrap().flatten().filter(|e| e.path().is_dir()) {
        copy(&entry.path(), &project.path(&entry.file_name().to_string_lossy()));
    }
    let text = |name: &str| std::fs::read_to_string(place(case).join(name)).ok();
    if let Some(before) = text("before.tf") {
        project.write("main.tf", &before);
        project.run(&["apply", "--auto-approve"]).exits(0);
    }
    project.write("main.tf", &text("after.tf").unwrap());
    let arguments = text("arguments").unwrap_or_default();
    let mut command = vec!["plan", "--json", "--out", "the.plan"];
    command.extend(arguments.split_whitespace());
    let direct = project.run(&command).exits(0).stdout;
    assert_eq!(direct, project.run(&["show", "--json", "the.plan"]).exits(0).stdout, "{case}: the file shows the same");
    serde_json::from_str(&direct).unwrap()
}

/// Takes out what this program calls sensitive and therefore leaves out: the values, and marks that Terraform lacks.
fn redact(theirs: &mut Value, ours: &Value) {
    match (theirs, ours) {
        (Value::Object(theirs), Value::Object(ours)) => {
            for (value, mask) in
                [("before", "before_sensitive"), ("after", "after_sensitive"), ("values", "sensitive_values")]
            {
                if let Some(our_mask) = ours.get(mask) {
                    let their_mask = theirs.get(mask).cloned().unwrap_or_default();
                    assert!(covers(our_mask, &their_mask), "less is sensitive here: {our_mask} {their_mask}");
                    theirs.insert(mask.to_owned(), our_mask.clone());
                    if leave_out(theirs.get_mut(value).unwrap_or(&mut Value::Null), our_mask) {
                        theirs.remove(value);
                    }
                }
            }
            if ours.get("sensitive") == Some(&json!(true)) {
                ["value", "type", "default"].iter().for_each(|field| drop(theirs.remove(*field)));
            }
            for (name, value) in theirs.iter_mut() {
                redact(value, ours.get(name).unwrap_or(&Value::Null));
            }
        }
        (Value::Array(theirs), Value::Array(ours)) => theirs.iter_mut().zip(ours).for_each(|(t, o)| redact(t, o)),
        _ => {}
    }
}

/// Whether everything that is true in `mask` is true in `ours`.
fn covers(ours: &Value, mask: &Value) -> bool {
    match (ours, mask) {
        (Value::Bool(true), _) => true,
        (_, Value::Bool(true)) => false,
        (Value::Object(ours), Value::Object(mask)) => {
            mask.iter().all(|(k, m)| covers(ours.get(k).unwrap_or(&Value::Null), m))
        }
        (Value::Array(ours), Value::Array(mask)) => ours.iter().zip(mask).all(|(o, m)| covers(o, m)),
        _ => true,
    }
}

/// Removes what the mask names; answers whether that is all of it.
fn leave_out(value: &mut Value, mask: &Value) -> bool {
    match (value, mask) {
        (_, Value::Bool(true)) => true,
        (Value::Object(fields), Value::Object(masks)) => {
            fields.retain(|name, value| !masks.get(name).is_some_and(|mask| leave_out(value, mask)));
            false
        }
        _ => false,
    }
}

/// Where two documents differ. Ids are drawn at random.
fn differences(path: &str, theirs: &Value, ours: &Value, out: &mut Vec<String>) {
    let is_id = |v: &Value| v.as_str().is_some_and(|s| s.len() == 36 && s.matches('-').count() == 4);
    match (theirs, ours) {
        (Value::Object(theirs), Value::Object(ours)) => {
            let names = theirs.keys().chain(ours.keys()).collect::<std::collections::BTreeSet<_>>();
            for name in names {
                let path = format!("{path}/{name}");
                match (theirs.get(name), ours.get(name)) {
                    (Some(t), Some(o)) => differences(&path, t, o, out),
                    (Some(t), None) => out.push(format!("{path}: only Terraform has {t}")),
                    (None, o) => out.push(format!("{path}: only this program has {}", o.unwrap_or(&Value::Null))),
                }
            }
        }
        (Value::Array(theirs), Value::Array(ours)) if theirs.len() == ours.len() => {
            let pairs = theirs.iter().zip(ours).enumerate();
            pairs.for_each(|(i, (t, o))| differences(&format!("{path}/{i}"), t, o, out));
        }
        (t, o) if t == o || (is_id(t) && is_id(o)) => {}
        (t, o) => out.push(format!("{path}: {t} there, {o} here")),
    }
}

/// Fields that may differ, each with its reason.
fn is_expected(difference: &str) -> bool {
    let path = difference.split(':').next().unwrap_or_default();
    // The time of the plan.
    path == "/timestamp"
        // All that Terraform's format has no place for.
        || path == "/housewright"
        // Which attributes made the plan differ is not told.
        || path == "/relevant_attributes"
        // Schemas have versions of their own here.
        || path.ends_with("/schema_version")
        // Terraform counts planned outputs among those that are there already.
        || path.starts_with("/prior_state/values/outputs")
        // Of what is forgotten, Terraform plans an instance without values.
        || (path == "/planned_values/root_module/resources" && difference.contains("let_go"))
        // Providers have keys of their own for each module there.
        || path.contains("/provider_config/") || path.ends_with("/provider_config_key")
        // What stands in brackets behind a name is left out of references.
        || (path.ends_with("/references") && difference.contains("[\\\""))
}

#[test]
fn plans_say_what_terraform_says_of_the_same_change() {
    let mut wrong = Vec::new();
    for case in CASES {
        let mut theirs: Value =
            serde_json::from_str(&std::fs::read_to_string(place(case).join("terraform.json")).unwrap()).unwrap();
        let ours = ours(case);
        redact(&mut theirs, &ours);
        if let Some(variables) = theirs.get_mut("variables").and_then(Value::as_object_mut) {
            let declared = &ours["configuration"]["root_module"]["variables"];
            for (_, variable) in variables.iter_mut().filter(|(name, _)| declared[*name]["sensitive"] == true) {
                variable.as_object_mut().unwrap().remove("value");
            }
        }
        let mut found = Vec::new();
        differences("", &theirs, &ours, &mut found);
        wrong.extend(found.into_iter().filter(|d| !is_expected(d)).map(|d| format!("{case}{d}")));
        assert!(ours["resource_changes"].as_array().is_some_and(|c| !c.is_empty()), "{case} changes something");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_comparison_finds_differences() {
    let mut found = Vec::new();
    differences("", &json!({"a": [1, 2], "b": 1}), &json!({"a": [1, 3], "c": 1}), &mut found);
    assert_eq!(found.len(), 3, "{found:?}");
    let mut theirs = json!({"before": {"x": "canary", "y": 1}, "before_sensitive": {"x": true}});
    redact(&mut theirs, &json!({"before": {"y": 1}, "before_sensitive": {"x": true}}));
    assert_eq!(theirs["before"], Value::Object(Map::from_iter([("y".to_owned(), json!(1))])));
}
