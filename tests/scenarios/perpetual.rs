//! 16: every attribute left out, at its default, null, and written in another way: no diff that never ends.

use crate::support::Project;

/// The lines every service has unless it is about them.
const USUAL: [(&str, &str); 6] = [
    ("cloud_provider", "\"aws\""),
    ("region", "\"eu-west-1\""),
    ("num_replicas", "2"),
    ("min_replica_memory_gb", "16"),
    ("max_replica_memory_gb", "32"),
    ("ip_access", "[]"),
];

struct Row {
    attribute: &'static str,
    /// Usual lines that are left out.
    without: &'static [&'static str],
    /// Lines that stand beside it whenever it is set.
    beside: &'static str,
    /// What the platform takes when it is left out, where that can be written.
    default: Option<&'static str>,
    /// One value in several spellings.
    spellings: &'static [&'static str],
}

const fn row(attribute: &'static str, default: Option<&'static str>, spellings: &'static [&'static str]) -> Row {
    Row { attribute, without: &[], beside: "", default, spellings }
}

fn rows() -> Vec<Row> {
    let memory: &[&str] = &["min_replica_memory_gb", "max_replica_memory_gb", "num_replicas"];
    let replicas: &[&str] = &["num_replicas", "max_replica_memory_gb", "min_replica_memory_gb"];
    let horizontal = "autoscaling_mode = \"horizontal\"\n  min_replica_memory_gb = 16\n  max_replica_memory_gb = 16";
    vec![
        row("name", None, &["\"a name\"", "\"a ${\"name\"}\""]),
        row("cloud_provider", None, &["\"aws\"", "lower(\"AWS\")"]),
        row("region", None, &["\"eu-west-1\"", "join(\"-\", [\"eu\", \"west\", 1])"]),
        row("tier", None, &["\"enterprise\"", "\"${\"enterprise\"}\""]),
        row("num_replicas", Some("3"), &["2", "\"2\"", "2.0", "1 + 1"]),
        row("min_replica_memory_gb", Some("16"), &["16", "\"16\"", "16.0"]),
        row("max_replica_memory_gb", Some("120"), &["32", "\"32\"", "3.2e1"]),
        Row {
            without: memory,
            beside: "max_total_memory_gb = 96\n  num_replicas = 3",
            ..row("min_total_memory_gb", None, &["48", "\"48\"", "48.0"])
        },
        Row {
            without: memory,
            beside: "min_total_memory_gb = 48\n  num_replicas = 3",
            ..row("max_total_memory_gb", None, &["96", "\"96\"", "96.0"])
        },
        row("autoscaling_mode", Some("\"vertical\""), &["\"vertical\"", "lower(\"Vertical\")"]),
        Row { without: replicas, beside: "MORE\n  max_replicas = 8", ..row("min_replicas", None, &["2", "\"2\"", "2.0"]) },
        Row { without: replicas, beside: "MORE\n  min_replicas = 2", ..row("max_replicas", None, &["8", "\"8\"", "8.0"]) },
        row("idle_scaling", Some("true"), &["false", "\"false\"", "!true"]),
        Row { beside: "idle_scaling = true", ..row("idle_timeout_minutes", Some("15"), &["20", "\"20\"", "20.0"]) },
        row("running", Some("true"), &["true", "\"true\""]),
        row(
            "ip_access",
            None,
            &[
                "[{ source = \"10.0.0.1\" }, { source = \"192.0.2.0/24\", description = \"office\" }]",
                "[{ source = \"10.0.0.1/32\" }, { source = \"192.0.2.0/24\", description = \"office\" }]",
                "[{ source = \"192.0.2.77/24\", description = \"office\" }, { source = \"10.0.0.1\", description = \"\" }]",
                "[{ source = \"10.0.0.1\", description = null }, { source = \"192.0.2.0/24\", description = \"office\" }, { source = \"10.0.0.1/32\" }]",
            ],
        ),
        row(
            "endpoints",
            Some("{ mysql = { enabled = false } }"),
            &["{ mysql = { enabled = true } }", "{ mysql = { enabled = \"true\" } }", "{ \"mysql\" = { \"enabled\" : true } }"],
        ),
        row(
            "query_api_endpoints",
            None,
            &[
                "{ api_key_ids = [\"a2c65d0b-0000-4000-8000-000000000001\", \"a2c65d0b-0000-4000-8000-000000000002\"], roles = [\"sql_console_admin\"] }",
                "{ api_key_ids = [\"a2c65d0b-0000-4000-8000-000000000002\", \"a2c65d0b-0000-4000-8000-000000000001\"], roles = [\"sql_console_admin\"], allowed_origins = null }",
            ],
        ),
        row("password", None, &["\"correct horse\"", "join(\" \", [\"correct\", \"horse\"])"]),
        row("password_wo", None, &["\"correct horse\"", "\"battery staple\""]),
        Row { beside: "password_wo = \"correct horse\"", ..row("password_wo_version", None, &["1", "\"1\"", "1.0"]) },
        row(
            "password_hash",
            None,
            &["\"n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=\"", "base64sha256(\"test\")"],
        ),
        Row {
            beside: "password_hash = \"n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=\"",
            ..row(
                "double_sha1_password_hash",
                None,
                &["\"0123456789abcdef0123456789abcdef01234567\"", "lower(\"0123456789ABCDEF0123456789ABCDEF01234567\")"],
            )
        },
        row(
            "transparent_data_encryption",
            Some("{ enabled = false }"),
            &["{ enabled = true }", "{ enabled = \"true\" }", "{ enabled = !false }"],
        ),
        Row {
            beside: "encryption_assumed_role_identifier = \"arn:aws:iam::1:role/a\"",
            ..row("encryption_key", None, &["\"arn:aws:kms:eu-west-1:1:key/a\"", "\"arn:aws:kms:eu-west-1:${1}:key/a\""])
        },
        Row {
            beside: "encryption_key = \"arn:aws:kms:eu-west-1:1:key/a\"",
            ..row("encryption_assumed_role_identifier", None, &["\"arn:aws:iam::1:role/a\"", "\"arn:aws:iam::${1}:role/a\""])
        },
        row(
            "backup_configuration",
            Some("{ backup_period_in_hours = 24, backup_retention_period_in_hours = 24 }"),
            &[
                "{ backup_period_in_hours = 12, backup_retention_period_in_hours = 48 }",
                "{ backup_period_in_hours = \"12\", backup_retention_period_in_hours = 48.0, backup_start_time = null }",
            ],
        ),
        row("tags", Some("{}"), &["{ a = \"1\", b = \"\" }", "{ b = \"\", a = 1 }", "tomap({ \"a\" = \"1\", \"b\" = \"\" })"]),
        row("release_channel", Some("\"default\""), &["\"fast\"", "lower(\"FAST\")"]),
        row("enable_core_dumps", Some("true"), &["false", "\"false\""]),
        row("profile", None, &["\"v1-highmem-xs\"", "lower(\"V1-HIGHMEM-XS\")"]),
        row("compliance_type", None, &["\"hipaa\"", "lower(\"HIPAA\")"]),
        Row {
            without: &[],
            ..row("warehouse_id", None, &["service.first.warehouse_id", "\"${service.first.warehouse_id}\""])
        },
        Row {
            beside: "warehouse_id = service.first.warehouse_id",
            ..row("readonly", Some("false"), &["true", "\"true\""])
        },
        row("timeouts", None, &["{ create = \"60m\" }", "{ create = \"1h\" }"]),
    ]
    .into_iter()
    .map(|row| if row.beside.starts_with("MORE") { Row { beside: more(row.beside, horizontal), ..row } } else { row })
    .collect()
}

/// The lines of a horizontal service before the row's own.
fn more(beside: &'static str, horizontal: &str) -> &'static str {
    Box::leak(beside.replacen("MORE", horizontal, 1).into_boxed_str())
}

/// What needs a thing that has to be made elsewhere first: a backup, an infrastructure in one's own account.
const ELSEWHERE: [&str; 2] = ["backup_id", "byoc_id"];

const REQUIRED: [&str; 3] = ["cloud_provider", "region", "ip_access"];

/// One service for each row; `value` gives what its attribute is, nothing leaves the line out, and so does the row when
/// there is none for it.
fn configuration<'r>(rows: &'r [Row], value: impl Fn(&'r Row) -> Option<Option<&'r str>>) -> String {
    let mut text = "cloud { tier = \"enterprise\" }\n".to_owned() + &crate::service("first", "");
    for (number, row) in rows.iter().enumerate() {
        let Some(value) = value(row) else { continue };
        let usual = USUAL.iter().filter(|(name, _)| !row.without.contains(name) && *name != row.attribute);
        let mut lines: Vec<String> = usual.map(|(name, value)| format!("{name} = {value}")).collect();
        if value.is_some_and(|v| v != "null") || row.beside.contains("idle_scaling") {
            lines.push(row.beside.to_owned());
        }
        match value {
            Some(value) if row.attribute == "timeouts" && value != "null" => {
                lines.push(format!("timeouts {}", value.replace("{ ", "{\n    ").replace(" }", "\n  }")));
            }
            Some("null") if row.attribute == "timeouts" => {}
            Some(value) => lines.push(format!("{} = {value}", row.attribute)),
            None => {}
        }
        text.push_str(&format!("service \"s{number}-{}\" {{\n  {}\n}}\n", row.attribute, lines.join("\n  ")));
    }
    text
}

#[track_caller]
fn quiet(project: &Project, what: &str) {
    let plan = project.plan();
    assert_eq!(plan.code, 0, "{what}\n{}", plan.all());
    assert_eq!(project.written(), Vec::<String>::new(), "{what}");
}

#[test]
fn scenario_16_perpetual_diff() {
    let rows = rows();
    let required = |row: &Row| REQUIRED.contains(&row.attribute);
    for (what, text) in [
        ("left out", configuration(&rows, |row| (!required(row)).then_some(None))),
        ("null", configuration(&rows, |row| (!required(row)).then_some(Some("null")))),
        ("at its default", configuration(&rows, |row| row.default.map(Some))),
    ] {
        let project = Project::new(&text);
        project.apply().exits(0);
        project.writes();
        quiet(&project, what);
    }

    let most = rows.iter().map(|row| row.spellings.len()).max().unwrap_or_default();
    let spelled =
        |round: usize| configuration(&rows, move |row| Some(Some(row.spellings[round % row.spellings.len()])));
    let project = Project::new(&spelled(0));
    project.apply().exits(0);
    project.writes();
    quiet(&project, "as it was written");
    for round in 1..=most {
        project.write("main.hcl", &spelled(round));
        quiet(&project, "written in another way");
        project.apply().exits(0);
        assert_eq!(project.written(), Vec::<String>::new(), "written in another way, and applied");
    }

    let kind = housewright::kinds::find("service").unwrap();
    for attribute in kind.schema().attributes.iter().filter(|a| a.settable() && !ELSEWHERE.contains(&a.name)) {
        assert!(rows.iter().any(|r| r.attribute == attribute.name), "{} is not in the table", attribute.name);
    }
}
