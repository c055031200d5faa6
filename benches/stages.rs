//! How long each stage of a plan takes by itself, and whether that stays in proportion: reading and evaluating a
//! configuration, ordering, comparing, showing, and reading and writing the state, for 10 to 100,000 instances.
//!
//! `cargo bench --bench stages`; a part of it with `-- parse`
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "benchmarks use the real machine")]

use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use housewright::address::{Address, InstanceKey};
use housewright::cli::render::{Look, plan as render};
use housewright::diag::FileId;
use housewright::graph::Graph;
use housewright::host::Host;
use housewright::kinds::{self, Kind, Observed};
use housewright::lang::syntax;
use housewright::lang::value::Value;
use housewright::ops::{self, Options, Session};
use housewright::plan::{self, Desired, Plan, Prior, Request};
use housewright_state::{ResourceState, Salt, State, format};
use serde_json::{Value as Json, json};

const SIZES: [usize; 5] = [10, 100, 1_000, 10_000, 100_000];

fn stated() -> Json {
    json!({
        "cloud_provider": "aws", "region": "eu-central-1", "num_replicas": 3, "min_replica_memory_gb": 16,
        "max_replica_memory_gb": 64, "ip_access": [{ "source": "192.0.2.0/24", "description": "office" }],
        "tags": { "team": "data", "environment": "production" },
    })
}

/// One block for each instance.
fn written_out(count: usize) -> String {
    let block = |i: usize| {
        format!(
            "service \"s{i}\" {{\n  cloud_provider = \"aws\"\n  region = \"eu-central-1\"\n  num_replicas = {}\n  min_replica_memory_gb = 16\n  \
             max_replica_memory_gb = 64\n  ip_access = [{{ source = \"192.0.2.0/24\", description = \"office\" }}]\n}}\n",
            2 + i % 3
        )
    };
    (0..count).map(block).collect()
}

/// One block with `for_each`.
fn repeated(count: usize) -> String {
    let names: Vec<String> = (0..count).map(|i| format!("\"s{i}\"")).collect();
    format!(
        "locals {{\n  names = [{}]\n}}\nservice \"fleet\" {{\n  for_each = toset(local.names)\n  name = upper(each.key)\n  \
         cloud_provider = \"aws\"\n  region = \"eu-central-1\"\n  num_replicas = 2 + length(each.key) % 3\n  min_replica_memory_gb = 16\n  \
         max_replica_memory_gb = 64\n  ip_access = [{{ source = \"192.0.2.0/24\", description = \"office\" }}]\n}}\n",
        names.join(", ")
    )
}

fn session(text: &str) -> (tempfile::TempDir, Session) {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("main.hcl"), text).unwrap();
    let options = Options {
        directory: directory.path().to_owned(),
        variables: Vec::new(),
        variable_files: Vec::new(),
        state: None,
        sandbox: false,
        targets: Vec::new(),
        parallelism: 1,
        update_modules: false,
        lock_timeout: Duration::ZERO,
        notice: std::sync::Arc::new(|_| {}),
    };
    let host = Host {
        environment: BTreeMap::new(),
        directory: directory.path().to_owned(),
        user: "bench".to_owned(),
        name: "bench".to_owned(),
        process: 1,
        birth: String::new(),
    };
    let session = Session::open(options, host, jiff::Timestamp::UNIX_EPOCH);
    (directory, session)
}

fn kind() -> &'static dyn Kind {
    kinds::find("service").unwrap()
}

fn object(json: &Json) -> Value {
    let of = |a: &housewright::schema::Attribute| {
        let value = json.get(a.name).filter(|v| !v.is_null());
        value.map_or_else(|| a.null(), |v| Value::from_json_typed(v, &a.ty.to_type()).unwrap())
    };
    Value::object(kind().schema().attributes.iter().map(|a| (a.key(), of(a))).collect())
}

fn address(index: usize) -> Address {
    Address { key: Some(InstanceKey::Name(format!("s{index}"))), ..Address::root("service", "fleet") }
}

fn desired(index: usize, values: &Value) -> Desired {
    Desired {
        address: address(index),
        values: values.clone(),
        sensitive: BTreeSet::new(),
        shared: BTreeSet::new(),
        ignored: BTreeSet::new(),
        protect: None,
        cloud: String::new(),
        dependencies: Vec::new(),
    }
}

fn prior(index: usize, values: &Value) -> Prior {
    Prior {
        identity: FromIterator::from_iter([("id".to_owned(), format!("{index}"))]),
        applied: values.clone(),
        fingerprints: BTreeMap::new(),
        observed: Some(Observed { values: values.clone(), status: Some("running".to_owned()), usable: true }),
        protected: false,
        settled: true,
        renews: false,
        cloud: String::new(),
        dependencies: Vec::new(),
    }
}

fn planned(count: usize, priors: Option<&[Prior]>) -> Plan {
    let values = object(&stated());
    let request =
        Request { replace: None, ownership: &|| None, fingerprint: &|_| String::new(), answers: &kinds::Unasked };
    let action = |i: usize| plan::plan_instance(kind(), &desired(i, &values), priors.map(|p| &p[i]), &request).action;
    let actions = (0..count).map(action).collect();
    let identity = ("lineage".to_owned(), 1);
    plan::build(identity, actions, Vec::new(), &BTreeMap::new(), &BTreeMap::new(), false).unwrap()
}

fn state(count: usize) -> State {
    let mut state = State::new(uuid::Uuid::nil(), Salt([0; 16]));
    let fields = stated().as_object().cloned().unwrap();
    state.serial = 1;
    for index in 0..count {
        let resource = ResourceState {
            kind: "service".to_owned(),
            schema_version: 1,
            cloud: String::new(),
            identity: FromIterator::from_iter([("id".to_owned(), format!("{index}"))]),
            applied: fields.clone().into(),
            observed: fields.clone().into(),
            dependencies: Vec::new(),
            protected: false,
            settled: true,
            creating: None,
            sensitive: Vec::new(),
        };
        state.resources.insert(address(index).to_string(), resource);
    }
    state
}

/// Each instance needs the one before it, and every tenth a common one.
fn graph(count: usize) -> Graph {
    let mut graph = Graph::with_nodes(count);
    for node in 1..count {
        graph.add(node, node - 1);
        if node % 10 == 0 {
            graph.add(node, 0);
        }
    }
    graph
}

fn stages(criterion: &mut Criterion) {
    for count in SIZES {
        let mut group = criterion.benchmark_group("stages");
        group.sample_size(10).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
        group.throughput(Throughput::Elements(count as u64));
        let mut bench = |name: &str, routine: &mut dyn FnMut()| {
            group.bench_function(BenchmarkId::new(name, count), |b| b.iter(&mut *routine));
        };
        let text = written_out(count);
        bench("parse", &mut || drop(black_box(syntax::parse_file(FileId(0), &text))));
        let (_directory, session) = session(&repeated(count));
        bench("evaluate and check", &mut || drop(black_box(ops::validate(&session))));
        let graph = graph(count);
        bench("graph", &mut || drop(black_box(graph.order())));
        let values = object(&stated());
        let priors: Vec<Prior> = (0..count).map(|i| prior(i, &values)).collect();
        bench("diff and order", &mut || drop(black_box(planned(count, Some(&priors)))));
        let creating = planned(count, None);
        let look = Look { width: 80, color: false, unicode: true };
        bench("render", &mut || drop(black_box(render::text(&creating, look))));
        let state = state(count);
        let bytes = format::encode(&state).unwrap();
        bench("state write", &mut || drop(black_box(format::encode(&state))));
        bench("state read", &mut || drop(black_box(format::decode(&bytes))));
    }
}

criterion_group!(benches, stages);
criterion_main!(benches);
