//! One limit for a key, however many processes use it: real processes against a sandbox that refuses the eleventh request
//! of a window. Nobody sees a refusal, because none comes.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

mod support;

use std::time::{Duration, Instant};

use housewright::sandbox::{Durations, Options, Sandbox, Settings};
use serde_json::Value;
use support::{Project, Served};

fn fleet(count: usize) -> String {
    format!(
        "cloud {{ tier = \"scale\" }}\nservice \"x\" {{\n  count = {count}\n  cloud_provider = \"aws\"\n  \
         region = \"eu-west-1\"\n  min_replica_memory_gb = 8\n  max_replica_memory_gb = 8\n  ip_access = []\n}}\n"
    )
}

/// A sandbox with the platform's limit, whose services are up after twenty of its seconds.
fn limited(project: &Project, speed: &str) -> Served {
    let durations = Durations { provision: 20, ..Durations::default() };
    let settings = Settings { durations, ..Settings::default() };
    drop(Sandbox::open(&project.path("served"), Options { settings, ..Options::default() }).expect("a new world"));
    Served::start_with(project, speed, &["--rate-limit", "on"])
}

fn refused(requests: &[Value]) -> usize {
    requests.iter().filter(|r| r["status"] == 429).count()
}

/// Requests by what they are: those that ask for the organization, lists of services, creations, others.
fn sorts(requests: &[Value]) -> (usize, usize, usize, usize) {
    let mut counts = (0, 0, 0, 0);
    for request in requests {
        let path = request["path"].as_str().unwrap_or_default();
        match (request["method"].as_str().unwrap_or_default(), path.ends_with("/services")) {
            ("GET", true) => counts.1 += 1,
            ("GET", false) if path == "/v1/organizations" => counts.0 += 1,
            ("POST", true) => counts.2 += 1,
            _ => counts.3 += 1,
        }
    }
    counts
}

#[test]
fn a_process_that_cannot_share_says_so_and_still_keeps_the_limit() {
    let project = Project::new(&fleet(1));
    let served = limited(&project, "20");
    project.write("file", "");
    let mut command = served.client(&project, &["plan"]);
    let run: support::Run = command.env("HOME", project.path("file")).output().expect("the binary runs").into();
    run.exits(0).says("HW0707").says("cannot be used");
}

#[test]
#[ignore = "takes a minute of real time: `tests/run --long`"]
fn twenty_five_creations_under_the_real_limit_are_what_the_formula_says() {
    let project = Project::new(&fleet(25));
    let served = limited(&project, "1");
    let began = Instant::now();
    served.run(&project, &["apply", "--auto-approve"]).exits(0);
    let took = began.elapsed();
    let requests = served.requests();
    assert_eq!(refused(&requests), 0, "{requests:?}");
    let (organization, lists, creations, others) = sorts(&requests);
    assert_eq!((organization, creations, others), (1, 25, 0));
    // The plan's list, and a look 30 and 60 seconds after the first creation: services usually take five minutes, and nobody
    // knows that these take less. The last were created after 20 seconds, and are up 20 later.
    let formula = 1 + 1 + 25 + 2;
    assert_eq!(requests.len(), formula, "in {took:?} ({lists} lists)");
    assert!(took < Duration::from_secs(75), "{took:?}");
}
