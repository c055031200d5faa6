//! How long a simulated week of 500 services takes, each with a daily load of its own: their queries, memory and CPU are
//! observed every five minutes, the autoscaler decides each time, replicas come and go, services idle and wake.
//!
//! `cargo bench --bench sandbox`
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "benchmarks use the real machine")]

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use housewright::sandbox::{Options, Request, Sandbox, Settings};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

const SERVICES: usize = 500;
const WEEK: i64 = 7 * 24 * 3_600;

fn send(sandbox: &mut Sandbox, now: Timestamp, method: &str, path: &str, body: &Value) -> Value {
    let request = Request::new(method, path).basic_auth("sandbox", "sandbox").json(body);
    let response = sandbox.handle(now, &request);
    assert_eq!(response.status, 200, "{method} {path}: {}", response.body_json());
    response.body_json()
}

/// Services in three sizes, whose load peaks at another hour each; at night most have no query.
fn world() -> Sandbox {
    let mut sandbox = Sandbox::in_memory(Options { settings: Settings::default(), ..Options::default() });
    let services = format!("/v1/organizations/{}/services", sandbox.organization_id());
    let now = sandbox.now();
    for number in 0..SERVICES {
        let cores = 4 + 8 * (number % 3);
        let body = json!({
            "name": format!("service-{number}"),
            "provider": "aws",
            "region": "eu-central-1",
            "ipAccessList": [],
            "minReplicaMemoryGb": 16,
            "maxReplicaMemoryGb": 120,
            "numReplicas": 3,
        });
        let created = send(&mut sandbox, now, "POST", &services, &body);
        let id = created["result"]["service"]["id"].as_str().unwrap().to_owned();
        let load = json!({ "daily": {
            "low": { "queries": 0, "cpuCores": 0.5, "memoryGb": 4, "parts": 300 },
            "high": { "queries": 50, "cpuCores": cores, "memoryGb": 3 * cores, "parts": 900, "longestQuerySeconds": 600 },
            "peakHourUtc": number % 24,
            "noise": 0.1,
        }});
        send(&mut sandbox, now, "PUT", &format!("/_sandbox/services/{id}/load"), &load);
    }
    sandbox
}

fn week(mut sandbox: Sandbox) -> Sandbox {
    let end = sandbox.now() + SignedDuration::from_secs(WEEK);
    send(&mut sandbox, end, "GET", "/_sandbox/clock", &Value::Null);
    sandbox
}

fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sandbox");
    group.sample_size(10);
    group.bench_function("a week of 500 services", |b| b.iter_batched(world, week, BatchSize::PerIteration));
    // The cost of a request must not grow with what has happened.
    for (name, mut sandbox) in [("a new world", world()), ("a week later", week(world()))] {
        let path =
            format!("/v1/organizations/{}/services/{}", sandbox.organization_id(), sandbox.status().services[0].id);
        let now = sandbox.now();
        group.bench_function(format!("one request in {name}"), |b| {
            b.iter(|| send(&mut sandbox, now, "GET", &path, &Value::Null));
        });
    }
    group.finish();
}

criterion_group!(sandbox, benches);
criterion_main!(sandbox);
