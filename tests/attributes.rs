//! Every attribute of a service: set it, change it, remove it; each time the plan is exactly that, only the calls it needs
//! are sent, and the next plan is empty.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

mod support;

use serde_json::Value;
use support::Project;

/// What an edit of one attribute does.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Edit {
    /// These calls, each with just these fields in its body.
    Sends(&'static [(&'static str, &'static [&'static str])]),
    /// Refused: no call, exit code 1.
    Refused,
    /// The state alone changes: exit code 2, no call.
    Releases,
    /// Recorded without being called a change: exit code 0, no call.
    Records,
    /// The edit is not tried: the offline rules forbid it.
    NotTried,
}
use Edit::{NotTried, Records, Refused, Releases, Sends};

struct Row {
    attribute: &'static str,
    /// Lines that stand in the block all the time, beside the usual ones.
    beside: &'static str,
    /// Usual lines (by attribute) that are left out.
    without: &'static [&'static str],
    first: &'static str,
    second: &'static str,
    set: Edit,
    change: Edit,
    remove: Edit,
}

const BASICS: &str = "PATCH /services/*";
const SCALING: &str = "PATCH /services/*/replicaScaling";
const PASSWORD: &str = "PATCH /services/*/password";
const BACKUP: &str = "PATCH /services/*/backupConfiguration";
const STATE: &str = "PATCH /services/*/state";
const QUERY: &str = "POST /services/*/serviceQueryEndpoint";
const NO_QUERY: &str = "DELETE /services/*/serviceQueryEndpoint";

const HASHES: &[&str] = &["newDoubleSha1Hash", "newPasswordHash"];

/// The lines every service has unless a row leaves them out.
const USUAL: [(&str, &str); 6] = [
    ("cloud_provider", "\"aws\""),
    ("region", "\"eu-central-1\""),
    ("num_replicas", "2"),
    ("min_replica_memory_gb", "16"),
    ("max_replica_memory_gb", "32"),
    ("ip_access", "[{ source = \"192.0.2.0/24\", description = \"office\" }]"),
];

const fn row(
    attribute: &'static str,
    first: &'static str,
    second: &'static str,
    set: Edit,
    change: Edit,
    remove: Edit,
) -> Row {
    Row { attribute, beside: "", without: &[], first, second, set, change, remove }
}

fn rows() -> Vec<Row> {
    let id = "\"11111111-2222-4333-8444-555555555555\"";
    let _ = id;
    vec![
        row(
            "name",
            "\"one\"",
            "\"two\"",
            Sends(&[(BASICS, &["name"])]),
            Sends(&[(BASICS, &["name"])]),
            Sends(&[(BASICS, &["name"])]),
        ),
        Row {
            without: &["cloud_provider"],
            ..row("cloud_provider", "\"aws\"", "\"gcp\"", NotTried, NotTried, NotTried)
        },
        Row { without: &["region"], ..row("region", "\"eu-central-1\"", "\"us-east-1\"", NotTried, Refused, NotTried) },
        row("tier", "\"enterprise\"", "\"scale\"", Records, Records, Records),
        Row {
            without: &["num_replicas"],
            ..row("num_replicas", "3", "4", Records, Sends(&[(SCALING, &["numReplicas"])]), Releases)
        },
        Row {
            without: &["max_replica_memory_gb"],
            ..row(
                "max_replica_memory_gb",
                "64",
                "96",
                Sends(&[(SCALING, &["minReplicaMemoryGb", "maxReplicaMemoryGb"])]),
                Sends(&[(SCALING, &["minReplicaMemoryGb", "maxReplicaMemoryGb"])]),
                Releases,
            )
        },
        Row {
            without: &["min_replica_memory_gb"],
            ..row(
                "min_replica_memory_gb",
                "20",
                "24",
                Sends(&[(SCALING, &["minReplicaMemoryGb", "maxReplicaMemoryGb"])]),
                Sends(&[(SCALING, &["minReplicaMemoryGb", "maxReplicaMemoryGb"])]),
                Releases,
            )
        },
        Row {
            without: &["min_replica_memory_gb", "max_replica_memory_gb"],
            beside: "max_total_memory_gb = 360",
            ..row(
                "min_total_memory_gb",
                "72",
                "96",
                Sends(&[(SCALING, &["minReplicaMemoryGb", "maxReplicaMemoryGb"])]),
                Sends(&[(SCALING, &["minReplicaMemoryGb", "maxReplicaMemoryGb"])]),
                Releases,
            )
        },
        Row {
            without: &["min_replica_memory_gb", "max_replica_memory_gb"],
            beside: "min_total_memory_gb = 48",
            ..row(
                "max_total_memory_gb",
                "96",
                "192",
                Sends(&[(SCALING, &["minReplicaMemoryGb", "maxReplicaMemoryGb"])]),
                Sends(&[(SCALING, &["minReplicaMemoryGb", "maxReplicaMemoryGb"])]),
                Releases,
            )
        },
        row("autoscaling_mode", "\"vertical\"", "\"horizontal\"", Records, NotTried, Releases),
        Row {
            without: &["num_replicas", "max_replica_memory_gb"],
            beside: "autoscaling_mode = \"horizontal\"\n  max_replica_memory_gb = 16\n  max_replicas = 8",
            ..row("min_replicas", "2", "3", NotTried, Sends(&[(SCALING, &["minReplicas", "maxReplicas"])]), NotTried)
        },
        Row {
            without: &["num_replicas", "max_replica_memory_gb"],
            beside: "autoscaling_mode = \"horizontal\"\n  max_replica_memory_gb = 16\n  min_replicas = 2",
            ..row("max_replicas", "8", "9", NotTried, Sends(&[(SCALING, &["minReplicas", "maxReplicas"])]), NotTried)
        },
        row(
            "idle_scaling",
            "false",
            "true",
            Sends(&[(SCALING, &["idleScaling"])]),
            Sends(&[(SCALING, &["idleScaling"])]),
            Releases,
        ),
        Row {
            beside: "idle_scaling = true",
            ..row(
                "idle_timeout_minutes",
                "20",
                "30",
                Sends(&[(SCALING, &["idleScaling", "idleTimeoutMinutes"])]),
                Sends(&[(SCALING, &["idleScaling", "idleTimeoutMinutes"])]),
                Releases,
            )
        },
        row("running", "false", "true", Sends(&[(STATE, &["command"])]), Sends(&[(STATE, &["command"])]), Releases),
        Row {
            without: &["ip_access"],
            ..row(
                "ip_access",
                "[{ source = \"192.0.2.0/24\" }]",
                "[{ source = \"192.0.2.0/24\" }, { source = \"198.51.100.7\", description = \"home\" }]",
                NotTried,
                Sends(&[(BASICS, &["ipAccessList"])]),
                NotTried,
            )
        },
        row(
            "endpoints",
            "{ mysql = { enabled = true } }",
            "{ mysql = { enabled = false } }",
            Sends(&[(BASICS, &["endpoints"])]),
            Sends(&[(BASICS, &["endpoints"])]),
            Releases,
        ),
        row(
            "query_api_endpoints",
            "{ api_key_ids = [\"a2c65d0b-0000-4000-8000-000000000001\"], roles = [\"sql_console_read_only\"] }",
            "{ api_key_ids = [\"a2c65d0b-0000-4000-8000-000000000001\"], roles = [\"sql_console_admin\"], allowed_origins = \"example.com\" }",
            Sends(&[(QUERY, &["roles", "openApiKeys"])]),
            Sends(&[(QUERY, &["roles", "openApiKeys", "allowedOrigins"])]),
            Sends(&[(NO_QUERY, &[])]),
        ),
        row(
            "password",
            "\"correct horse\"",
            "\"battery staple\"",
            Sends(&[(PASSWORD, HASHES)]),
            Sends(&[(PASSWORD, HASHES)]),
            Releases,
        ),
        row("password_wo", "\"correct horse\"", "\"battery staple\"", Sends(&[(PASSWORD, HASHES)]), NotTried, Records),
        Row {
            beside: "password_wo = \"correct horse\"",
            ..row("password_wo_version", "1", "2", Sends(&[(PASSWORD, HASHES)]), Sends(&[(PASSWORD, HASHES)]), Releases)
        },
        row(
            "password_hash",
            "\"n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=\"",
            "\"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\"",
            Sends(&[(PASSWORD, &["newPasswordHash"])]),
            Sends(&[(PASSWORD, &["newPasswordHash"])]),
            Releases,
        ),
        Row {
            beside: "password_hash = \"n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=\"",
            ..row(
                "double_sha1_password_hash",
                "\"0123456789abcdef0123456789abcdef01234567\"",
                "\"1123456789abcdef0123456789abcdef01234567\"",
                Sends(&[(PASSWORD, HASHES)]),
                Sends(&[(PASSWORD, HASHES)]),
                Releases,
            )
        },
        row("transparent_data_encryption", "{ enabled = true }", "{ enabled = false }", Refused, NotTried, NotTried),
        row(
            "encryption_key",
            "\"arn:aws:kms:eu-central-1:1:key/a\"",
            "\"arn:aws:kms:eu-central-1:1:key/b\"",
            NotTried,
            NotTried,
            NotTried,
        ),
        Row {
            beside: "encryption_assumed_role_identifier = \"arn:aws:iam::1:role/a\"",
            ..row(
                "encryption_key",
                "\"arn:aws:kms:eu-central-1:1:key/a\"",
                "\"arn:aws:kms:eu-central-1:1:key/b\"",
                NotTried,
                Refused,
                NotTried,
            )
        },
        Row {
            beside: "encryption_key = \"arn:aws:kms:eu-central-1:1:key/a\"",
            ..row(
                "encryption_assumed_role_identifier",
                "\"arn:aws:iam::1:role/a\"",
                "\"arn:aws:iam::1:role/b\"",
                NotTried,
                Refused,
                NotTried,
            )
        },
        row(
            "backup_configuration",
            "{ backup_period_in_hours = 12, backup_retention_period_in_hours = 48 }",
            "{ backup_period_in_hours = 6, backup_retention_period_in_hours = 48 }",
            Sends(&[(BACKUP, &["backupPeriodInHours", "backupRetentionPeriodInHours"])]),
            Sends(&[(BACKUP, &["backupPeriodInHours"])]),
            Sends(&[(BACKUP, &["backupPeriodInHours", "backupRetentionPeriodInHours"])]),
        ),
        row(
            "backup_configuration",
            "{ backup_start_time = \"02:00\" }",
            "{ backup_start_time = \"03:30\" }",
            Sends(&[(BACKUP, &["backupStartTime"])]),
            Sends(&[(BACKUP, &["backupStartTime"])]),
            Sends(&[(BACKUP, &["backupStartTime"])]),
        ),
        row(
            "tags",
            "{ team = \"data\" }",
            "{ team = \"ads\", env = \"dev\" }",
            Sends(&[(BASICS, &["tags"])]),
            Sends(&[(BASICS, &["tags"])]),
            Sends(&[(BASICS, &["tags"])]),
        ),
        row(
            "release_channel",
            "\"fast\"",
            "\"slow\"",
            Sends(&[(BASICS, &["releaseChannel"])]),
            Sends(&[(BASICS, &["releaseChannel"])]),
            Releases,
        ),
        row(
            "enable_core_dumps",
            "false",
            "true",
            Sends(&[(BASICS, &["enableCoreDumps"])]),
            Sends(&[(BASICS, &["enableCoreDumps"])]),
            Releases,
        ),
        row("profile", "\"v1-highmem-xs\"", "\"v1-highmem-s\"", Refused, NotTried, NotTried),
        row("compliance_type", "\"hipaa\"", "\"pci\"", Refused, NotTried, NotTried),
        row(
            "backup_id",
            "\"a2c65d0b-0000-4000-8000-000000000009\"",
            "\"a2c65d0b-0000-4000-8000-00000000000a\"",
            Refused,
            NotTried,
            NotTried,
        ),
        row("byoc_id", "\"a2c65d0b-0000-4000-8000-000000000009\"", "\"x\"", NotTried, NotTried, NotTried),
        row(
            "warehouse_id",
            "\"a2c65d0b-0000-4000-8000-000000000009\"",
            "\"a2c65d0b-0000-4000-8000-00000000000a\"",
            Refused,
            NotTried,
            NotTried,
        ),
        row("readonly", "false", "true", Records, NotTried, Releases),
        row("timeouts", "{ create = \"30m\" }", "{ create = \"40m\", delete = \"1h\" }", Records, Records, Records),
    ]
}

fn configuration(row: &Row, value: Option<&str>) -> String {
    let usual = USUAL.iter().filter(|(name, _)| !row.without.contains(name) && *name != row.attribute);
    let mut lines: Vec<String> = usual.map(|(name, value)| format!("{name} = {value}")).collect();
    lines.push(row.beside.to_owned());
    lines.extend(value.map(|v| format!("{} = {v}", row.attribute)));
    format!("cloud {{\n  tier = \"enterprise\"\n}}\n\nservice \"x\" {{\n  {}\n}}\n", lines.join("\n  "))
}

/// Writes the configuration and checks that it does what the table says.
fn edit(project: &Project, row: &Row, value: Option<&str>, expected: Edit, step: &str) {
    project.write("main.hcl", &configuration(row, value));
    let what = format!("{step} {} = {value:?}", row.attribute);
    let plan = project.plan();
    assert_eq!(project.written(), Vec::<String>::new(), "{what}: a plan writes nothing");
    let code = match expected {
        Sends(_) | Releases => 2,
        Records => 0,
        Refused => 1,
        NotTried => return,
    };
    assert_eq!(plan.code, code, "{what}: the plan's exit code\n{}", plan.all());
    let changed = changed_attributes(&plan.stdout);
    if matches!(expected, Sends(_)) {
        let strangers: Vec<_> = changed.iter().filter(|c| *c != row.attribute).collect();
        assert!(strangers.is_empty() && !changed.is_empty(), "{what}: the plan is of {changed:?}\n{}", plan.all());
    }
    let apply = project.apply();
    assert_eq!(apply.code, i32::from(expected == Refused), "{what}: the apply's exit code\n{}", apply.all());
    let writes = project.writes();
    let expected_calls: &[(&str, &[&str])] = if let Sends(calls) = expected { calls } else { &[] };
    let sent: Vec<(String, Vec<String>)> = writes.iter().map(|w| (w.what.clone(), fields(&w.body))).collect();
    let wanted: Vec<(String, Vec<String>)> =
        expected_calls.iter().map(|(call, names)| ((*call).to_owned(), sorted(names))).collect();
    assert_eq!(sent, wanted, "{what}: what was sent\n{}", apply.all());
    if expected == Refused {
        return;
    }
    let again = project.plan();
    assert_eq!(again.code, 0, "{what}: the plan after the apply\n{}", again.all());
    assert_eq!(project.written(), Vec::<String>::new(), "{what}: nothing more is written");
}

fn sorted(names: &[&str]) -> Vec<String> {
    let mut names: Vec<String> = names.iter().map(|n| (*n).to_owned()).collect();
    names.sort();
    names
}

fn fields(body: &Value) -> Vec<String> {
    let mut names: Vec<String> = body.as_object().into_iter().flat_map(|o| o.keys().cloned()).collect();
    names.sort();
    names
}

/// Names of the outermost attributes with a marker in the plan of `service.x`: those of the least indentation.
fn changed_attributes(plan: &str) -> Vec<String> {
    let marked = |line: &str| {
        let rest = line.trim_start();
        let indent = line.len() - rest.len();
        let (marker, rest) = rest.split_once(' ')?;
        let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let is_attribute =
            rest.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_').trim_start().starts_with('=');
        (["+", "~", "-"].contains(&marker) && is_attribute).then_some((indent, name))
    };
    let all: Vec<(usize, String)> = plan.lines().filter_map(marked).collect();
    let least = all.iter().map(|(indent, _)| *indent).min();
    let mut names: Vec<String> =
        all.into_iter().filter(|(indent, _)| Some(*indent) == least).map(|(_, name)| name).collect();
    names.dedup();
    names
}

#[test]
fn set_change_and_remove_every_attribute() {
    rows().iter().for_each(|row| walk(&Project::empty(), row));
}

#[test]
fn the_same_against_a_sandbox_in_another_process() {
    rows().iter().for_each(|row| walk(&Project::empty_and_served(), row));
}

fn walk(project: &Project, row: &Row) {
    // An attribute that cannot be added later, or must always be there, starts with its first value.
    let starts_set = matches!(row.set, NotTried);
    project.write("main.hcl", &configuration(row, starts_set.then_some(row.first)));
    if starts_set && row.change == NotTried {
        return;
    }
    project.apply().exits(0);
    assert_eq!(project.written().first().map(String::as_str), Some("POST /services"), "{}", row.attribute);
    project.plan().exits(0);
    if !starts_set {
        edit(project, row, Some(row.first), row.set, "set");
    }
    if row.set == Refused {
        return;
    }
    edit(project, row, Some(row.second), row.change, "change");
    if row.change != Refused {
        edit(project, row, None, row.remove, "remove");
    }
}

/// No attribute is forgotten: the table names every one that can be set.
#[test]
fn the_table_is_complete() {
    let rows = rows();
    for kind in housewright::kinds::registry().iter().filter(|k| k.schema().kind == "service") {
        for attribute in kind.schema().attributes.iter().filter(|a| a.settable()) {
            assert!(rows.iter().any(|r| r.attribute == attribute.name), "{} is not in the table", attribute.name);
        }
    }
}
