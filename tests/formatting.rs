//! `fmt` as a person and a script use it: the real binary over standard input, files and directories.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

mod support;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use support::{Project, Run, binary};

/// Inputs with the answers that `terraform fmt -` 1.11 gave over standard input.
const RECORDED: &str = include_str!("../src/lang/fmt/recorded.txt");

fn fmt(input: &[u8], arguments: &[&str]) -> Run {
    let project = Project::empty();
    let mut command = binary(project.root());
    command.arg("fmt").args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary runs");
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap().into()
}

#[test]
fn standard_input_is_laid_out_as_terraform_does_it() {
    let cases = RECORDED.split("=== given\n").skip(1).filter_map(|case| case.split_once("=== gives\n"));
    let mut count = 0;
    for (given, expected) in cases {
        let run = fmt(given.as_bytes(), &["-"]).exits(0);
        assert_eq!(run.stdout, expected, "given:\n{given}");
        count += 1;
    }
    assert!(count > 100, "{count} cases");
}

/// Over standard input, the last line always ends.
#[test]
fn the_last_line_ends() {
    for (given, expected) in [
        ("a=1", "a = 1\n"),
        ("", "\n"),
        ("\n", "\n"),
        ("   ", "   \n"),
        ("a=1 ", "a = 1 \n"),
        ("a=1\n   ", "a = 1\n   \n"),
        ("a=1\n\t", "a = 1\n \n"),
        ("# c", "# c\n"),
        ("a=1\n  # c", "a = 1\n# c\n"),
        ("a {\n}\n\t\t", "a {\n}\n  \n"),
        ("a=1\r\n", "a = 1\r\n"),
    ] {
        assert_eq!(fmt(given.as_bytes(), &["-"]).exits(0).stdout, expected, "{given:?}");
    }
}

fn configurations(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|e| e.unwrap().path());
    let all = entries.flat_map(|path| if path.is_dir() { configurations(&path) } else { vec![path] });
    let ours = |p: &PathBuf| p.extension().is_some_and(|e| ["hcl", "tf", "tfvars"].iter().any(|ours| e == *ours));
    all.filter(ours).collect()
}

/// Terraform leaves every one of them as it is.
#[test]
fn the_examples_are_in_the_canonical_format() {
    let examples = configurations(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples"));
    assert!(examples.len() >= 2, "{examples:?}");
    for path in examples {
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(fmt(text.as_bytes(), &["-"]).exits(0).stdout, text, "{}", path.display());
    }
}

#[test]
fn check_and_diff_change_nothing() {
    let project = Project::new("a=1\nbb = 2\n");
    project.write("fine.tf", "a = 1\n");
    project.run(&["fmt", "--check"]).exits(3).says("main.hcl").does_not_say("fine.tf");
    let shown = project.run(&["fmt", "--check", "--diff"]).exits(3);
    for line in ["-a=1\n", "+a  = 1\n", " bb = 2\n", "--- old/main.hcl", "+++ new/main.hcl"] {
        assert!(shown.stdout.contains(line), "{line}\n{}", shown.stdout);
    }
    assert_eq!(project.read("main.hcl"), "a=1\nbb = 2\n");
    assert_eq!(project.run(&["fmt"]).exits(0).stdout, "main.hcl\n");
    assert_eq!(project.read("main.hcl"), "a  = 1\nbb = 2\n");
    assert_eq!(project.run(&["fmt", "--check"]).exits(0).stdout, "");

    assert_eq!(fmt(b"a=1\n", &["--check", "-"]).exits(3).stdout, "");
    assert_eq!(fmt(b"a = 1\n", &["--check", "-"]).exits(0).stdout, "");
    let shown = fmt(b"a=1\n", &["--diff", "-"]).exits(0);
    assert!(shown.stdout.contains("-a=1\n+a = 1\n"), "{}", shown.stdout);
}

#[test]
fn what_is_broken_is_told_and_left() {
    let project = Project::new("a = [1\nb=2\n");
    project.write("fine.tf", "a=1\n");
    project.run(&["fmt"]).exits(1).says("main.hcl:");
    assert_eq!(project.read("main.hcl"), "a = [1\nb=2\n");
    assert_eq!(project.read("fine.tf"), "a = 1\n");
    let run = fmt(b"a = [1\nb=2\n", &["-"]).exits(1).says("<stdin>:");
    assert_eq!(run.stdout, "");
    fmt(b"a = \"\xff\"\n", &["-"]).exits(1).says("UTF-8");
}
