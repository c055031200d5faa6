//! How long a tree of modules takes to validate and to plan, and whether that stays in proportion: three levels, with
//! `for_each` at two of them, as whole processes. Planning creates nothing, so it works on an empty sandbox.
//!
//! `cargo bench --bench modules`
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

use std::path::Path;
use std::process::{Command, Stdio};

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};

const ROOT: &str = r#"
variable "groups" { type = number }
module "group" {
  source   = "./group"
  for_each = toset([for i in range(var.groups) : tostring(i)])
  name     = each.key
}
output "count" { value = sum([for g in module.group : length(g.names)]) }
"#;

const GROUP: &str = r#"
variable "name" { type = string }
module "unit" {
  source   = "./unit"
  for_each = toset([for i in range(20) : "${var.name}-${i}"])
  name     = each.key
}
output "names" { value = [for u in module.unit : u.name] }
"#;

const UNIT: &str = r#"
variable "name" { type = string }
locals { label = upper(var.name) }
resource "clickhouse_service" "this" {
  name                  = local.label
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 8
  max_replica_memory_gb = 16
  ip_access             = [{ source = "192.0.2.0/24" }]
}
output "name" { value = clickhouse_service.this.name }
"#;

fn housewright(directory: &Path, arguments: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_housewright"));
    command.current_dir(directory).args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let status = command.status().expect("the binary runs");
    assert!(status.success(), "{arguments:?}: {status}");
}

fn modules(criterion: &mut Criterion) {
    let directory = tempfile::tempdir().expect("a directory");
    std::fs::create_dir_all(directory.path().join("group/unit")).expect("directories");
    for (name, text) in [("main.tf", ROOT), ("group/main.tf", GROUP), ("group/unit/main.tf", UNIT)] {
        std::fs::write(directory.path().join(name), text).expect("a file");
    }
    let mut group = criterion.benchmark_group("modules, whole process");
    group.sample_size(10);
    for instances in [1_000, 2_000, 4_000] {
        let groups = format!("groups={}", instances / 20);
        for arguments in [&["validate", "--var", &groups][..], &["plan", "--sandbox", "--var", &groups]] {
            group.bench_function(BenchmarkId::new(arguments[0], instances), |b| {
                b.iter(|| housewright(directory.path(), arguments));
            });
        }
    }
}

criterion_group!(benches, modules);
criterion_main!(benches);
