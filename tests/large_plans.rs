//! Plans of ten thousand changes: what a person sees of them, and that whoever stops reading is no error.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

mod support;

use std::io::Read as _;
use std::process::Stdio;

use support::{Project, binary};

const SUMMARY: &str = "Plan: 10000 to add, 0 to change, 0 to destroy.";

fn values(count: usize) -> String {
    format!("terraform_data \"x\" {{\n  count = {count}\n  input = count.index\n}}\n")
}

#[test]
fn ten_thousand_creations_are_a_summary_and_the_first_of_them() {
    let project = Project::new(&values(10_000));
    let text = project.plan().exits(2).stdout;
    assert_eq!(text.lines().next(), Some(SUMMARY));
    assert!(text.lines().count() < 300, "{} lines", text.lines().count());
    let end: Vec<&str> = text.lines().rev().take(6).collect();
    assert!(end.contains(&SUMMARY), "{end:?}");
    assert!(text.contains("… 9980 more are created. --compact shows each in one line, --full all of it."), "{text}");

    let full = project.sandbox(&["plan", "--full"]).exits(0).stdout;
    assert_eq!(full.lines().filter(|line| line.ends_with(" will be created")).count(), 10_000);
    let compact = project.sandbox(&["plan", "--compact"]).exits(0).stdout;
    assert_eq!(compact.lines().filter(|line| line.starts_with("  + terraform_data.x[")).count(), 10_000);
}

#[test]
fn what_is_destroyed_is_named_each_by_each() {
    let project = Project::new(&values(2_000));
    project.apply().exits(0);
    project.write("main.hcl", &values(1));
    let text = project.plan().exits(2).stdout;
    let begin = |what: &str| text.lines().filter(|line| line.starts_with(what)).count();
    assert_eq!((begin("  # terraform_data.x["), begin("  - terraform_data.x[")), (20, 1_999 - 20));
    let own = |line: &&str| line.starts_with("  # ") || line.starts_with("  - ");
    let own: Vec<&str> = text.lines().filter(own).collect();
    let named = |i: usize| own.iter().any(|line| line.contains(&format!("terraform_data.x[{i}] ")));
    assert_eq!((1..2_000).find(|i| !named(*i)), None, "each has a line of its own");
    assert!(!text.contains("more are"), "nothing of it is counted only");
}

/// The whole of it, as a kept plan shows it and as it is made.
#[test]
fn json_of_ten_thousand_is_whole_and_the_same_twice() {
    let project = Project::new(&values(10_000));
    project.sandbox(&["plan", "--out", "x.plan"]).exits(0);
    let kept = project.run(&["show", "--json", "x.plan"]).exits(0).stdout;
    assert_eq!(kept, project.run(&["show", "--json", "x.plan"]).stdout);
    let plan: serde_json::Value = serde_json::from_str(&kept).unwrap();
    assert_eq!(plan["resource_changes"].as_array().unwrap().len(), 10_000);
    assert_eq!(plan["housewright"]["actions"].as_array().unwrap().len(), 10_000);
    assert_eq!(plan["planned_values"]["root_module"]["resources"].as_array().unwrap().len(), 10_000);
    assert_eq!(kept, format!("{plan}\n"), "in one line, with its fields in the order of their names");
}

#[test]
fn whoever_stops_reading_is_no_error() {
    let project = Project::new(&values(10_000));
    for arguments in [&["plan", "--full", "--sandbox"][..], &["plan", "--json", "--sandbox"], &["plan", "--sandbox"]] {
        let mut command = binary(project.root());
        command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary runs");
        let mut first = [0; 16];
        child.stdout.take().unwrap().read_exact(&mut first).expect("it says something");
        let output = child.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{arguments:?}: {}", output.status);
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{arguments:?}");
    }
}
