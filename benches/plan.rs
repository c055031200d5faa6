//! How long `plan` of a directory with one service takes, as a whole process: start, configuration, state, the sandbox in
//! the process in place of the network, diff, and output.
//!
//! `cargo bench --bench plan`
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

use std::path::Path;
use std::process::{Command, Stdio};

use criterion::{Criterion, criterion_group, criterion_main};

const CONFIGURATION: &str = r#"
cloud {
  tier = "enterprise"
}

service "x" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 3
  min_replica_memory_gb = 16
  max_replica_memory_gb = 64
  ip_access             = [{ source = "192.0.2.0/24", description = "office" }]
}
"#;

fn housewright(directory: &Path, arguments: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_housewright"));
    command.current_dir(directory).args(arguments).stdin(Stdio::null()).stdout(Stdio::null());
    let status = command.status().expect("the binary runs");
    assert!(status.success(), "{arguments:?}: {status}");
}

fn plan(criterion: &mut Criterion) {
    let directory = tempfile::tempdir().expect("a directory");
    std::fs::write(directory.path().join("main.hcl"), CONFIGURATION).expect("a file");
    housewright(directory.path(), &["apply", "--sandbox", "--auto-approve"]);
    criterion.bench_function("plan of one service, whole process", |b| {
        b.iter(|| housewright(directory.path(), &["plan", "--sandbox"]));
    });
    criterion.bench_function("version, whole process", |b| b.iter(|| housewright(directory.path(), &["version"])));
}

criterion_group!(benches, plan);
criterion_main!(benches);
