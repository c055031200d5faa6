//! The real binary, killed at any instant again and again: the end is the same, nothing is made twice, and nothing is
//! forgotten. The verdict is the sandbox's.
//!
//! HOUSEWRIGHT_KILLS says how many applies are tried in each place; 100 in the long run.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

mod support;

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use support::{Project, Run, Served};

const SERVICES: usize = 3;

fn configuration() -> String {
    let service = |n: usize| {
        let needs = if n == 0 { String::new() } else { format!("  depends_on = [service.s{}]\n", (n - 1) / 2) };
        format!(
            "service \"s{n}\" {{\n  cloud_provider = \"aws\"\n  region = \"eu-west-1\"\n  min_replica_memory_gb = 8\n  max_replica_memory_gb = 8\n  ip_access = []\n{needs}}}\n"
        )
    };
    format!("cloud {{ tier = \"enterprise\" }}\n{}", (0..SERVICES).map(service).collect::<String>())
}

/// A number below `limit` that looks drawn, and is the same for the same seed.
fn drawn(seed: u64, limit: u64) -> u64 {
    let mixed = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed ^ (mixed >> 31)) % limit
}

fn log(served: &Served) -> Vec<Value> {
    let log: Value = serde_json::from_str(&served.control("GET", "/requests", "")).unwrap();
    log.as_array().or_else(|| log["requests"].as_array()).unwrap().clone()
}

/// One apply, killed until it gets through; then what is there is judged.
fn apply_under_fire(block: &str, environment: &[(&str, String)], seed: u64) -> usize {
    let project = Project::new(&format!("{}{block}", configuration()));
    let served = Served::start(&project, "600");
    let command = |arguments: &[&str]| {
        let mut command: Command = served.client(&project, arguments);
        command.env("COLUMNS", "1000").envs(environment.iter().map(|(n, v)| (*n, v.as_str())));
        command
    };
    let mut kills = 0;
    loop {
        let mut apply = command(&["apply", "--auto-approve", "--lock-timeout", "30s"]);
        let mut child = apply.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // Longer each time, so that it gets through at last.
        let fuse = Duration::from_millis(drawn(seed * 1000 + kills as u64, 700) + 150 * kills as u64);
        let began = Instant::now();
        let ended = loop {
            match child.try_wait().unwrap() {
                Some(status) => break Some(status),
                None if began.elapsed() >= fuse => break None,
                None => std::thread::sleep(Duration::from_millis(2)),
            }
        };
        match ended {
            Some(status) if status.success() => break,
            Some(status) => panic!("seed {seed}: it ended with {status} after {kills} kills"),
            None => {
                let _ = child.kill();
                child.wait().unwrap();
                kills += 1;
            }
        }
        assert!(kills < 60, "seed {seed}: it does not get through");
    }
    Run::from(command(&["plan", "--detailed-exitcode"]).output().unwrap()).exits(0);
    let state = Run::from(command(&["state", "list"]).output().unwrap()).exits(0).stdout;
    assert_eq!(state.lines().count(), SERVICES, "seed {seed}: {state}");
    let requests = log(&served);
    let made = |r: &&Value| {
        let status = r["status"].as_u64().unwrap_or_default();
        r["method"] == "POST" && r["path"].as_str().unwrap().ends_with("/services") && status < 300
    };
    assert_eq!(requests.iter().filter(made).count(), SERVICES, "seed {seed}, {kills} kills");
    assert!(!requests.iter().any(|r| r["method"] == "DELETE"), "seed {seed}, {kills} kills");
    kills
}

fn under_fire(place: impl Fn(u64) -> (String, Vec<(&'static str, String)>)) {
    let runs: u64 = std::env::var("HOUSEWRIGHT_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(3);
    let kills: usize = (1..=runs)
        .map(|seed| {
            let (block, environment) = place(seed);
            apply_under_fire(&block, &environment, seed)
        })
        .sum();
    assert!(kills as u64 >= runs, "{kills} kills in {runs} runs");
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run this through tests/servers/run"))
}

#[test]
fn in_a_file() {
    under_fire(|_| (String::new(), Vec::new()));
}

#[test]
#[ignore = "tests/run starts the server"]
fn on_s3() {
    under_fire(|seed| {
        let block = format!(
            "state \"s3\" {{\n  bucket = \"{}\"\n  key = \"kills-{}-{seed}\"\n  endpoint = \"{}\"\n  region = \"eu-west-1\"\n}}\n",
            variable("HOUSEWRIGHT_TEST_BUCKET"),
            std::process::id(),
            variable("HOUSEWRIGHT_TEST_S3")
        );
        (block, vec![("AWS_ACCESS_KEY_ID", "id".to_owned()), ("AWS_SECRET_ACCESS_KEY", "secret".to_owned())])
    });
}

#[test]
#[ignore = "tests/run starts the server"]
fn in_postgres() {
    under_fire(|seed| {
        let block =
            format!("state \"pg\" {{\n  schema_name = \"kills\"\n  name = \"{}-{seed}\"\n}}\n", std::process::id());
        (block, vec![("PG_CONN_STR", variable("HOUSEWRIGHT_TEST_POSTGRES"))])
    });
}
