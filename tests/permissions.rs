//! What a plan needs to be allowed to do: the table is the API's description, and `plan --permissions` tells what for.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

mod support;

use std::collections::BTreeMap;
use std::path::PathBuf;

use housewright::kinds::permissions;
use insta::assert_snapshot;
use serde_json::Value;
use support::Project;

/// The API's description, as the official client brings it.
fn description() -> Value {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::var_os("HOME").map(|h| PathBuf::from(h).join(".cargo"))).unwrap();
    let registries = std::fs::read_dir(home.join("registry/src")).expect("the sources of dependencies");
    let name = "clickhouse-cloud-api-0.5.0/clickhouse_cloud_openapi.json";
    let found = registries.flatten().map(|r| r.path().join(name)).find(|p| p.is_file()).expect("the description");
    serde_json::from_str(&std::fs::read_to_string(found).unwrap()).unwrap()
}

#[test]
fn the_table_is_the_description() {
    let description = description();
    let mut described: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for operations in description["paths"].as_object().unwrap().values() {
        for operation in operations.as_object().unwrap().values() {
            let scopes = operation["security"][0]["basicAuth"].as_array().into_iter().flatten();
            let scopes: Vec<&str> = scopes.filter_map(Value::as_str).collect();
            if let Some(id) = operation["operationId"].as_str().filter(|_| !scopes.is_empty()) {
                described.insert(id, scopes);
            }
        }
    }
    let table: BTreeMap<&str, Vec<&str>> = permissions::TABLE.iter().map(|(id, all)| (*id, all.to_vec())).collect();
    assert_eq!(table, described);
    assert!(permissions::TABLE.is_sorted(), "it is searched by halves");
    assert_eq!(permissions::of("instanceDelete"), ["control-plane:service:delete"]);
    assert!(permissions::of("openapiKeyDelete").contains(&"control-plane:organization:delete-api-keys"));
    assert_eq!(permissions::of("noSuchOperation"), <[&str; 0]>::default());
}

#[test]
fn a_plan_tells_what_it_needs_and_what_for() {
    let project = Project::new(
        r#"
byoc_infrastructure "eu" {
  region_id  = "eu-central-1"
  account_id = "123456789012"
}
service "s" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  byoc_id               = byoc_infrastructure.eu.id
  min_replica_memory_gb = 116
  max_replica_memory_gb = 116
  ip_access             = [{ source = "192.0.2.0/24" }]
}
api_key "ci" {}
"#,
    );
    let run = project.sandbox(&["plan", "--permissions"]).exits(0);
    let told = run.stdout.split("The API key needs:").nth(1).expect("a section");
    assert_snapshot!(told, @r"

    control-plane:organization:create-api-keys  openapiKeyCreate: api_key.ci
    control-plane:organization:create-service   instanceCreate: service.s
    control-plane:organization:manage           organizationByocInfrastructureCreate, organizationByocInfrastructureValidate: byoc_infrastructure.eu
    control-plane:organization:view             to look: organizationByocInfrastructureProgressGet, organizationGet
    control-plane:organization:view-api-keys    to look: openapiKeyGetList
    control-plane:service:manage                instanceCreate: service.s
    ");
    project.sandbox(&["apply", "--permissions"]).exits(1).says("HW0923").says("plan --permissions");
}
