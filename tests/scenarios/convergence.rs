//! 1, 2 and 13: what was applied is what is there, whatever was written; what cannot be is found before anything is sent.

use std::collections::BTreeSet;

use serde_json::json;

use crate::support::{Project, Served};
use crate::{enterprise, service};

/// Draws the same choices each time.
struct Draw(u64);

impl Draw {
    fn below(&mut self, end: usize) -> usize {
        // The multiplier and increment of Knuth's MMIX.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % end as u64).unwrap()
    }

    fn one<'t>(&mut self, choices: &[&'t str]) -> &'t str {
        choices[self.below(choices.len())]
    }
}

/// Lines of which a service takes one choice of each group. An empty one leaves the attributes out.
const GROUPS: &[&[&str]] = &[
    &["", "name = \"given\"", "name = \"given ${1 + 1}\""],
    &["", "tier = \"enterprise\""],
    &[
        "cloud_provider = \"aws\"\n  region = \"eu-west-1\"",
        "cloud_provider = \"gcp\"\n  region = \"europe-west4\"",
        "cloud_provider = \"azure\"\n  region = \"westus3\"",
    ],
    &[
        "num_replicas = 2\n  min_replica_memory_gb = 16\n  max_replica_memory_gb = 64",
        "autoscaling_mode = \"vertical\"\n  num_replicas = 3\n  min_replica_memory_gb = 8\n  max_replica_memory_gb = 356",
        "autoscaling_mode = \"horizontal\"\n  min_replicas = 2\n  max_replicas = 6\n  min_replica_memory_gb = 16\n  max_replica_memory_gb = 16",
        "num_replicas = 3\n  min_total_memory_gb = 48\n  max_total_memory_gb = 192",
        "min_replica_memory_gb = 16",
        "profile = \"v1-highmem-s\"",
        "",
    ],
    &["", "idle_scaling = false", "idle_scaling = true", "idle_scaling = true\n  idle_timeout_minutes = 30"],
    &["", "running = true", "running = false"],
    &[
        "ip_access = []",
        "ip_access = [{ source = \"0.0.0.0/0\" }]",
        "ip_access = [{ source = \"192.0.2.9\" }, { source = \"198.51.100.0/24\", description = \"office\" }]",
    ],
    &["", "endpoints = { mysql = { enabled = true } }", "endpoints = { mysql = { enabled = false } }"],
    &[
        "",
        "query_api_endpoints = { api_key_ids = [\"a2c65d0b-0000-4000-8000-000000000001\"], roles = [\"sql_console_admin\"] }",
        "query_api_endpoints = { api_key_ids = [\"a2c65d0b-0000-4000-8000-000000000001\"], roles = [\"sql_console_read_only\"], allowed_origins = \"example.com,example.org\" }",
    ],
    &[
        "",
        "password = \"correct horse\"",
        "password_wo = \"correct horse\"\n  password_wo_version = 1",
        "password_hash = \"n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=\"",
        "password_hash = \"n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=\"\n  double_sha1_password_hash = \"0123456789abcdef0123456789abcdef01234567\"",
    ],
    &[
        "",
        "backup_configuration = { backup_period_in_hours = 12, backup_retention_period_in_hours = 48 }",
        "backup_configuration = { backup_start_time = \"02:30\" }",
        "backup_configuration = { backup_retention_period_in_hours = 72 }",
    ],
    &["", "tags = {}", "tags = { team = \"data\", empty = \"\", \"with.dot\" = \"a.b\" }"],
    &["", "release_channel = \"slow\"", "release_channel = \"default\"", "release_channel = \"fast\""],
    &["", "enable_core_dumps = true", "enable_core_dumps = false"],
    &["", "timeouts {\n    create = \"40m\"\n    update = \"50m\"\n    delete = \"1h\"\n  }"],
    &["", "transparent_data_encryption = { enabled = true }", "transparent_data_encryption = { enabled = false }"],
    &["", "compliance_type = \"hipaa\""],
    &[
        "",
        "encryption_key = \"arn:aws:kms:eu-west-1:1:key/a\"\n  encryption_assumed_role_identifier = \"arn:aws:iam::1:role/a\"",
    ],
];

const USUAL: &str = "cloud_provider = \"aws\"\n  region = \"eu-west-1\"\n  min_replica_memory_gb = 8\n  max_replica_memory_gb = 8\n  ip_access = []";

/// What needs a thing that has to be made elsewhere first: a backup, an infrastructure in one's own account.
const ELSEWHERE: [&str; 2] = ["backup_id", "byoc_id"];

/// Whether two choices cannot stand together.
fn excluded(lines: &str) -> bool {
    let has = |word: &str| lines.contains(word);
    let on_aws = has("\"aws\"");
    (has("encryption_key") && (!on_aws || has("transparent_data_encryption")))
        || (has("transparent_data_encryption") && has("\"azure\""))
        || (has("compliance_type") && !on_aws)
}

fn drawn(draw: &mut Draw) -> String {
    loop {
        let lines: Vec<&str> = GROUPS.iter().map(|group| draw.one(group)).filter(|l| !l.is_empty()).collect();
        let lines = lines.join("\n  ");
        if !excluded(&lines) {
            return lines;
        }
    }
}

#[test]
fn scenario_01_convergence() {
    let mut draw = Draw(20_260_101);
    let mut seen = BTreeSet::new();
    for round in 0..4 {
        // Services of one warehouse share most of what can be said, so that one of them is not drawn.
        let shares = format!("{USUAL}\n  warehouse_id = service.first.warehouse_id\n  readonly = {}", round % 2 == 0);
        let mut services = vec![service("first", "")];
        for number in 0..10 {
            let lines = if number == 0 { shares.clone() } else { drawn(&mut draw) };
            seen.extend(lines.split(|c: char| !(c.is_alphanumeric() || c == '_')).map(str::to_owned));
            services.push(format!("service \"s{number}\" {{\n  {lines}\n}}\n"));
        }
        let project = Project::new(&enterprise(&services));
        project.apply().exits(0);
        assert_eq!(project.services().len(), 11);
        project.writes();
        let plan = project.plan();
        assert_eq!(plan.code, 0, "round {round}\n{}\n{}", services.concat(), plan.all());
        assert_eq!(project.written(), Vec::<String>::new());
    }
    let kind = housewright::kinds::find("service").unwrap();
    let settable = kind.schema().attributes.iter().filter(|a| a.settable()).map(|a| a.name);
    let missing: Vec<&str> = settable.filter(|name| !seen.contains(*name) && !ELSEWHERE.contains(name)).collect();
    assert!(missing.is_empty(), "no configuration that was drawn has {missing:?}");
}

#[test]
fn scenario_02_order_blind() {
    let lists = "ip_access = [{ source = \"192.0.2.1\" }, { source = \"192.0.2.2\", description = \"b\" }, { source = \"192.0.2.3/32\" }]\n  \
                 tags = { a = \"1\", b = \"2\", c = \"3\", d = \"4\" }\n  endpoints = { mysql = { enabled = true } }";
    let project = Project::new(&enterprise(&[service("x", lists).replacen("ip_access = []\n", "", 1)]));
    project.apply().exits(0);
    project.fault(&json!({ "times": null, "effect": "shuffleLists" }));
    for _ in 0..5 {
        project.plan().exits(0);
    }
    project.change_remotely("x", &json!({ "ipAccessList": [{ "source": "192.0.2.1" }, { "source": "192.0.2.3" }] }));
    let plan = project.plan().exits(2).says("192.0.2.2").does_not_say("192.0.2.1").does_not_say("192.0.2.3");
    plan.says("0 to add, 1 to change, 0 to destroy").does_not_say("mysql");
    project.writes();
    project.apply().exits(0);
    let added = json!({ "ipAccessList": { "add": [{ "source": "192.0.2.2", "description": "b" }], "remove": [] } });
    assert_eq!(project.writes().into_iter().map(|w| w.body).collect::<Vec<_>>(), [added]);
    project.plan().exits(0);
}

#[test]
fn scenario_13_early_validation() {
    let mistakes: [(&str, &str); 10] = [
        ("memory", "min_replica_memory_gb = 10\n  max_replica_memory_gb = 16"),
        ("order", "min_replica_memory_gb = 64\n  max_replica_memory_gb = 16"),
        ("byoc", "byoc_id = \"b\"\n  min_replica_memory_gb = 50\n  max_replica_memory_gb = 64"),
        ("band", "num_replicas = 3\n  min_replicas = 2\n  max_replicas = 4"),
        ("mode", "autoscaling_mode = \"horizontal\"\n  min_replica_memory_gb = 16\n  max_replica_memory_gb = 16"),
        ("idle", "idle_scaling = false\n  idle_timeout_minutes = 10"),
        ("place", "region = \"eu-west-1\"\n  cloud_provider = \"digitalocean\""),
        ("source", "ip_access = [{ source = \"300.1.2.3\" }]"),
        ("channel", "release_channel = \"sometimes\""),
        ("readonly", "readonly = true"),
    ];
    let usual = [("cloud_provider", "\"aws\""), ("region", "\"eu-west-1\""), ("ip_access", "[]")];
    let text: String = mistakes
        .iter()
        .map(|(label, lines)| {
            let rest = usual.iter().filter(|(name, _)| !lines.contains(name));
            let rest: Vec<String> = rest.map(|(name, value)| format!("{name} = {value}")).collect();
            format!("service \"{label}\" {{\n  {}\n  {lines}\n}}\n", rest.join("\n  "))
        })
        .collect();
    let project = Project::new(&enterprise(std::slice::from_ref(&text)));
    let served = Served::start(&project, "1");
    let run = served.run(&project, &["validate", "--json"]).exits(1);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let found = report["diagnostics"].as_array().expect("diagnostics");
    let errors: Vec<_> = found.iter().filter(|d| d["severity"] == "error").collect();
    let source = project.read("main.hcl");
    for (label, _) in mistakes {
        let header = source.lines().position(|l| l.contains(&format!("\"{label}\""))).unwrap() + 1;
        let end = header + source.lines().skip(header).position(|l| l == "}").unwrap();
        let here = |d: &&&serde_json::Value| {
            let line = d["range"]["start"]["line"].as_u64().and_then(|l| usize::try_from(l).ok()).unwrap_or_default();
            (header..=end).contains(&line) && d["range"]["filename"].as_str().is_some_and(|f| f.ends_with("main.hcl"))
        };
        let mine: Vec<_> = errors.iter().filter(here).collect();
        assert!(!mine.is_empty(), "nothing is said about {label}: {found:#?}");
        let helps = |d: &&&&serde_json::Value| {
            d.to_string().contains("help") || d["detail"].as_str().is_some_and(|t| !t.is_empty())
        };
        assert!(mine.iter().all(|d| helps(&d)), "no fix for {label}: {mine:#?}");
    }
    assert_eq!(served.requests(), Vec::<serde_json::Value>::new(), "no request was sent");
}
