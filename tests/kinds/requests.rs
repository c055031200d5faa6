//! What a kind costs in requests: its file says so (`#: requests`), the sandbox's log shows it, and a plan tells it before.
//!
//! The files state how many requests make a plan, how many write, how many only read, and what is waited for. How often
//! that is looked at is counted here from the sandbox's durations, by the rule in `docs/requests.md` and not by the engine:
//! every 30 seconds as long as that does not lead beyond the end, then every 10.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use housewright::kinds::{data, registry};
use housewright::sandbox::Durations;
use serde_json::Value;

use crate::case::Case;
use crate::support::Project;

/// Requests, sorted by what they are for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cost {
    pub plan: u64,
    pub writes: u64,
    pub reads: u64,
    pub looks: u64,
}

/// What is done to the example, and what that costs.
pub struct Stated {
    /// `create`, `again`, `update`, `destroy`.
    pub what: String,
    /// For an update: the line that changes.
    pub edit: Option<(String, String)>,
    pub cost: Cost,
}

impl Stated {
    /// Reads what stands behind `#: requests`.
    pub fn read(kind: &str, text: &str) -> Self {
        let (what, cost) = text.rsplit_once(": ").unwrap_or_else(|| panic!("{kind}: `{text}` states no cost"));
        let (what, edit) = what.split_once(' ').map_or((what, None), |(what, edit)| (what, edit.split_once(" = ")));
        let edit = edit.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self { what: what.to_owned(), edit, cost: Cost::read(kind, cost) }
    }
}

impl Cost {
    fn read(kind: &str, text: &str) -> Self {
        let mut cost = Self::default();
        for part in text.split(", ") {
            let (word, rest) = part.split_once(' ').unwrap_or_else(|| panic!("{kind}: `{part}` is no cost"));
            let number = || rest.parse().unwrap_or_else(|_| panic!("{kind}: `{rest}` is no number"));
            match word {
                "plan" => cost.plan = number(),
                "writes" => cost.writes = number(),
                "reads" => cost.reads = number(),
                "waits" => cost.looks = rest.split(" + ").map(|wait| looks(lasts(kind, wait))).sum(),
                _ => panic!("{kind}: `{part}` is no cost"),
            }
        }
        cost
    }

    /// What `plan --json` tells beforehand.
    pub fn told(plan: &str) -> Self {
        let plan: Value = serde_json::from_str(plan).expect("a plan as JSON");
        let requests = &plan["housewright"]["requests"];
        let number = |name: &str| requests[name].as_u64().unwrap_or_else(|| panic!("no `{name}` in {requests}"));
        Self { plan: number("plan"), writes: number("writes"), reads: number("reads"), looks: number("looks") }
    }

    /// What the sandbox was sent by an apply whose plan took so many requests: those that write, and those that look, be it
    /// at what is waited for.
    pub fn sent(log: &[Value], plan: u64) -> (u64, u64) {
        let behind = log.get(usize::try_from(plan).unwrap()..).unwrap_or_default();
        let writes = behind.iter().filter(|r| r["method"] != "GET").count() as u64;
        (writes, behind.len() as u64 - writes)
    }
}

/// How often a wait is looked at that takes as long as usual, alone.
fn looks(seconds: u64) -> u64 {
    seconds / 30 + (seconds % 30).div_ceil(10)
}

fn lasts(kind: &str, wait: &str) -> u64 {
    let durations = Durations::default();
    let seconds = match wait {
        "provision" => durations.provision,
        "start" => durations.start,
        "stop" => durations.stop,
        "terminate" => durations.terminate,
        "byoc_provision" => durations.byoc_provision,
        "byoc_terminate" => durations.byoc_terminate,
        _ => panic!("{kind}: `{wait}` is nothing to wait for"),
    };
    u64::from(seconds)
}

/// Holds one step of an example to what its file says: told by the plan, and sent.
fn step(kind: &str, project: &Project, stated: &Stated) {
    let Stated { what, cost, .. } = stated;
    let destroying = what == "destroy";
    project.sent();
    let plan = if destroying { vec!["plan", "--json", "--destroy"] } else { vec!["plan", "--json"] };
    let plan = project.sandbox(&plan).exits(0).stdout;
    let planned = project.sent();
    assert_eq!(Cost::told(&plan), *cost, "{kind}: {what}, as the plan tells it");
    assert_eq!(planned.len() as u64, cost.plan, "{kind}: {what}, the plan: {planned:?}");
    let verb = if destroying { "destroy" } else { "apply" };
    project.sandbox(&[verb, "--auto-approve"]).exits(0);
    let sent = project.sent();
    let (writes, reads) = Cost::sent(&sent, cost.plan);
    let lines: Vec<String> = sent.iter().map(|r| format!("{} {}", r["method"], r["path"])).collect();
    assert_eq!((writes, reads), (cost.writes, cost.reads + cost.looks), "{kind}: {what}\n{}", lines.join("\n"));
}

/// Walks through the life of an example.
pub fn check(case: &Case) {
    let kind = &case.kind;
    if case.needs.is_some() {
        return;
    }
    let words: Vec<&str> = case.requests.iter().map(|s| s.what.as_str()).collect();
    assert_eq!(words, ["create", "again", "update", "destroy"], "{kind}: its file states no requests");
    let project = Project::new(&case.example);
    for (method, path, json) in &case.before {
        project.control(method, path, &serde_json::from_str(json).expect("JSON"));
    }
    for stated in &case.requests {
        if let Some((name, value)) = &stated.edit {
            let mut block = case.block();
            block.set(name, value);
            project.write("main.hcl", &block.text());
        }
        step(kind, &project, stated);
    }
}

/// A service to ask about.
const SERVICE: &str = "cloud {\n  tier = \"enterprise\"\n}\n\nservice \"x\" {\n  cloud_provider = \"aws\"\n  region = \"eu-west-1\"\n  \
                       num_replicas = 2\n  min_replica_memory_gb = 16\n  max_replica_memory_gb = 16\n  ip_access = []\n}\n\n";

const INFRASTRUCTURE: &str =
    "byoc_infrastructure \"x\" {\n  region_id = \"eu-central-1\"\n  account_id = \"123456789012\"\n}\n\n";

/// What stands before a data source, its arguments, and the requests that a plan takes with and without it.
const SOURCES: [(&str, &str, &str, u64, u64); 15] = [
    // It stands in the list.
    ("service", SERVICE, "id = service.x.id", 1, 1),
    ("services", SERVICE, "", 1, 1),
    // The infrastructure was read by itself, and the list holds it.
    ("byoc_infrastructure", INFRASTRUCTURE, "id = byoc_infrastructure.x.id", 3, 3),
    ("byoc_infrastructures", "", "", 1, 0),
    ("api_key_id", "", "", 1, 0),
    ("role", "", "name = \"Admin\"", 1, 0),
    ("roles", "", "", 1, 0),
    ("user", "", "email = \"ann@example.com\"", 1, 0),
    ("users", "", "", 1, 0),
    ("quotas", "", "", 1, 0),
    ("service_profiles", "", "region_id = \"us-east-1\"", 1, 0),
    ("private_endpoint_config", SERVICE, "cloud_provider = \"aws\"\n  region = \"eu-west-1\"", 2, 1),
    ("backups", SERVICE, "service_id = service.x.id", 2, 1),
    ("prometheus_target", SERVICE, "service_id = service.x.id", 2, 1),
    // It asks nobody at ClickHouse.
    ("terraform_remote_state", "", "backend = \"local\"", 0, 0),
];

pub fn check_sources() {
    for source in data::registry() {
        let name = source.schema().kind;
        let row = SOURCES.iter().find(|row| row.0 == name);
        let (_, before, arguments, with, without) = row.unwrap_or_else(|| panic!("what does data {name} cost?"));
        let project = Project::new(before);
        let state = serde_json::json!({
            "version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "l", "outputs": {}, "resources": []
        });
        project.write("terraform.tfstate", &state.to_string());
        project.control("POST", "/members", &serde_json::json!({ "name": "Ann", "email": "ann@example.com" }));
        if !before.is_empty() {
            project.apply().exits(0);
        }
        for (count, text) in
            [(without, String::new()), (with, format!("data \"{name}\" \"y\" {{\n  {arguments}\n}}\n"))]
        {
            if format!("{before}{text}").is_empty() {
                continue;
            }
            project.write("main.hcl", &format!("{before}{text}"));
            project.sent();
            let plan = project.sandbox(&["plan", "--json"]).exits(0).stdout;
            let told = Cost { plan: *count, ..Cost::default() };
            assert_eq!(Cost::told(&plan), told, "data {name}: {text}");
            assert_eq!(project.sent().len() as u64, *count, "data {name}: {text}");
        }
    }
}

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/requests.md")
}

const BEGINS: &str = "<!-- What the examples cost: written by tests/kinds. -->\n";
const ENDS: &str = "<!-- So far. -->\n";

/// Holds the table in the page to what the files state, or writes it anew.
pub fn check_page() {
    let text = std::fs::read_to_string(page()).unwrap();
    let (before, rest) = text.split_once(BEGINS).expect("the beginning of the table");
    let (_, after) = rest.split_once(ENDS).expect("the end of the table");
    let whole = format!("{before}{BEGINS}{}{ENDS}{after}", table());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(page(), &whole).unwrap();
        return;
    }
    assert_eq!(text, whole, "write it anew with UPDATE_DOCS=1 cargo test --test kinds");
}

fn table() -> String {
    let mut text = "\n| example of | create | plan again | update | destroy |\n|---|---|---|---|---|\n".to_owned();
    for kind in registry() {
        let case = Case::of(kind.schema().kind);
        let costs: BTreeMap<&str, String> = case.requests.iter().map(|s| (s.what.as_str(), words(s))).collect();
        if costs.is_empty() {
            continue;
        }
        let row = ["create", "again", "update", "destroy"].map(|what| costs[what].clone()).join(" | ");
        text.push_str(&format!("| [`{0}`](kinds/{0}.md) | {row} |\n", case.kind));
    }
    text.push_str("\n| data source | a plan takes more |\n|---|---|\n");
    for (name, _, _, with, without) in SOURCES {
        text.push_str(&format!("| [`{name}`](kinds/data-{name}.md) | {} |\n", with - without));
    }
    text.push('\n');
    text
}

/// Such as `1 + 2 + 10 looks`, what is nothing left out.
fn words(stated: &Stated) -> String {
    let Cost { plan, writes, reads, looks } = stated.cost;
    let parts = [(writes, "write"), (reads, "read"), (looks, "look")].into_iter().filter(|(count, _)| *count > 0);
    let parts = parts.map(|(count, noun)| format!("{count} {noun}{}", if count == 1 { "" } else { "s" }));
    let edit = stated.edit.as_ref().map(|(name, _)| format!("`{name}`: ")).unwrap_or_default();
    edit + &std::iter::once(plan.to_string()).chain(parts).collect::<Vec<_>>().join(" + ")
}
