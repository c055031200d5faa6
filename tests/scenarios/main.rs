//! The acceptance scenarios: what users of today's tools suffer from, turned round. One test for each, named after it.
//! Verdicts come from the sandbox's request log and world.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

#[path = "../support/mod.rs"]
mod support;

mod adoption;
mod convergence;
mod failures;
mod limits;
mod ownership;
mod perpetual;
mod protection;
mod pull_request;
mod secrecy;

/// A service in the usual place, with further lines.
fn service(label: &str, extra: &str) -> String {
    format!(
        "service \"{label}\" {{\n  cloud_provider = \"aws\"\n  region = \"eu-west-1\"\n  min_replica_memory_gb = 8\n  \
         max_replica_memory_gb = 8\n  ip_access = []\n  {extra}\n}}\n"
    )
}

/// A configuration of these services, in an organization that may do everything.
fn enterprise(services: &[String]) -> String {
    format!("cloud {{ tier = \"enterprise\" }}\n{}", services.concat())
}
