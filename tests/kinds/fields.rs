//! Every field of a request that some kind sends is sent in some walk, or listed with the reason why it is no attribute.
//!
//! What was sent is the sandbox's log, and which fields there are is the API's own description.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::Value;

use crate::case::Case;

/// A request that changed something.
#[derive(Debug, Clone)]
pub struct Sent {
    /// Method, and the path behind the organization's.
    pub what: String,
    pub body: Value,
}

/// The API's description, as the official client brings it.
fn description() -> Value {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::var_os("HOME").map(|h| PathBuf::from(h).join(".cargo"))).unwrap();
    let registries = std::fs::read_dir(home.join("registry/src")).expect("the sources of dependencies");
    let name = "clickhouse-cloud-api-0.5.0/clickhouse_cloud_openapi.json";
    let found = registries.flatten().map(|r| r.path().join(name)).find(|p| p.is_file()).expect("the description");
    serde_json::from_str(&std::fs::read_to_string(found).unwrap()).unwrap()
}

struct Operation {
    id: String,
    method: String,
    /// Behind the organization's part.
    path: Vec<String>,
    fields: BTreeSet<String>,
}

fn operations(description: &Value) -> Vec<Operation> {
    let mut all = Vec::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        let Some(rest) = path.strip_prefix("/v1/organizations/{organizationId}") else { continue };
        for (method, operation) in methods.as_object().unwrap() {
            let Some(id) = operation["operationId"].as_str() else { continue };
            let mut fields = BTreeSet::new();
            properties(
                description,
                &operation["requestBody"]["content"]["application/json"]["schema"],
                "",
                &mut fields,
            );
            let path = rest.split('/').skip(1).map(str::to_owned).collect();
            all.push(Operation { id: id.to_owned(), method: method.to_uppercase(), path, fields });
        }
    }
    all
}

/// The dotted paths of all fields that hold no others; lists are passed through.
fn properties(description: &Value, schema: &Value, path: &str, out: &mut BTreeSet<String>) {
    if let Some(name) = schema["$ref"].as_str().and_then(|r| r.strip_prefix("#/components/schemas/")) {
        return properties(description, &description["components"]["schemas"][name], path, out);
    }
    let alternatives = ["oneOf", "anyOf", "allOf"].iter().filter_map(|k| schema[k].as_array()).flatten();
    let before = out.len();
    for alternative in alternatives {
        properties(description, alternative, path, out);
    }
    if schema["items"].is_object() {
        return properties(description, &schema["items"], path, out);
    }
    for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
        let inner_path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        properties(description, inner, &inner_path, out);
    }
    if out.len() == before && !path.is_empty() {
        out.insert(path.to_owned());
    }
}

/// The dotted paths of a body, each with those that it stands in.
fn paths(body: &Value, path: &str, out: &mut BTreeSet<String>) {
    match body {
        Value::Object(fields) => {
            for (name, inner) in fields {
                let inner_path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                out.insert(inner_path.clone());
                paths(inner, &inner_path, out);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| paths(item, path, out)),
        _ => {}
    }
}

pub fn check(sent: &[Sent], cases: &[Case]) {
    let operations = operations(&description());
    let mut seen: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for request in sent {
        let (method, path) = request.what.split_once(' ').unwrap();
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        let literal = |o: &&Operation| o.path.iter().filter(|p| !p.starts_with('{')).count();
        let fits = |o: &&Operation| {
            let same = |(template, part): (&String, &&str)| template.starts_with('{') || template == part;
            o.method == method && o.path.len() == parts.len() && o.path.iter().zip(&parts).all(same)
        };
        let operation = operations.iter().filter(fits).max_by_key(literal);
        let operation = operation.unwrap_or_else(|| panic!("{} is no operation of the API", request.what));
        paths(&request.body, "", seen.entry(&operation.id).or_default());
    }
    let listed: BTreeMap<&str, &str> =
        cases.iter().flat_map(|c| &c.fields).map(|(f, why)| (f.as_str(), why.as_str())).collect();
    let mut missing = Vec::new();
    let mut known = BTreeSet::new();
    for operation in operations.iter().filter(|o| seen.contains_key(o.id.as_str())) {
        for field in &operation.fields {
            let name = format!("{}.{field}", operation.id);
            let sends = seen[operation.id.as_str()].contains(field);
            match (sends, listed.contains_key(name.as_str())) {
                (false, false) => missing.push(name.clone()),
                (true, true) => missing.push(format!("{name} is listed as no attribute, and yet it is sent")),
                _ => {}
            }
            known.insert(name);
        }
    }
    missing.extend(
        listed.keys().filter(|f| !known.contains(**f)).map(|f| format!("{f} is listed, and no such field is used")),
    );
    assert!(missing.is_empty(), "fields that are neither sent in a walk nor listed:\n{}", missing.join("\n"));
}
