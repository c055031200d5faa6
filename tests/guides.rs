//! The guides, carried out as they are written: every command against the real program and a sandbox.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

#[path = "support/guide.rs"]
mod guide;
mod support;

use guide::Guide;

#[test]
fn getting_started() {
    Guide::of("getting-started.md").follow();
}

#[test]
fn from_the_console() {
    Guide::of("from-the-console.md").follow();
}

#[test]
fn from_terraform() {
    Guide::of("from-terraform.md").follow();
}

#[test]
fn living_with_drift() {
    Guide::of("living-with-drift.md").follow();
}

#[test]
fn byoc() {
    Guide::of("byoc.md").follow();
}

#[test]
fn pipelines() {
    Guide::of("pipelines.md").follow();
}

#[test]
fn recovering() {
    Guide::of("recovering.md").follow();
}

#[test]
fn beside_terraform() {
    Guide::of("beside-terraform.md").follow();
}
