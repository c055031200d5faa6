//! Every offline rule, as a person sees it: `tests/rules/*.hcl` break them one after the other, and beside each stands what
//! `validate` says, with the offending lines underlined.
//!
//! `UPDATE_RULES=1 cargo test --test rules` writes the outputs anew; read them before they are kept.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

mod support;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use support::Project;

fn directory(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn cases() -> Vec<PathBuf> {
    let mut cases: Vec<PathBuf> =
        std::fs::read_dir(directory("tests/rules")).unwrap().map(|e| e.unwrap().path()).collect();
    cases.retain(|path| path.extension().is_some_and(|e| e == "hcl"));
    cases.sort();
    cases
}

#[test]
fn each_broken_rule_is_underlined() {
    for case in cases() {
        let project = Project::new(&std::fs::read_to_string(&case).unwrap());
        let run = project.run(&["validate"]);
        let said = run.all();
        let kept = case.with_extension("txt");
        if std::env::var_os("UPDATE_RULES").is_some() {
            std::fs::write(&kept, &said).unwrap();
        }
        let expected = std::fs::read_to_string(&kept).unwrap_or_default();
        assert_eq!(said, expected, "{}", case.display());
        assert!(!project.path(".housewright").exists(), "nothing was asked");
    }
}

/// Told by the platform while planning, so that `validate` never says it.
const ASKED: [&str; 1] = ["HW1036"];

/// Codes of rules are HW10 and two digits: all that the kinds know are broken somewhere.
#[test]
fn no_rule_is_left_out() {
    let mut known = BTreeSet::new();
    let mut directories = vec![directory("src/kinds")];
    while let Some(next) = directories.pop() {
        for path in std::fs::read_dir(next).unwrap().map(|e| e.unwrap().path()) {
            if path.is_dir() {
                directories.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let at = text.match_indices("\"HW10").map(|(at, _)| text[at + 1..at + 7].to_owned());
            known.extend(at.filter(|_| !path.ends_with("tests.rs")));
        }
    }
    // Also told where the platform is asked first; as outputs that other tests keep, a code stands behind its severity.
    let tests = std::fs::read_dir(directory("tests")).unwrap().map(|e| e.unwrap().path());
    let tests = tests.filter(|path| path.extension().is_some_and(|e| e == "rs"));
    let kept: String = tests.map(|path| std::fs::read_to_string(path).unwrap()).collect();
    let elsewhere =
        |code: &str| kept.lines().any(|l| ["error", "warning"].iter().any(|s| l.trim() == format!("{s} {code}")));
    let said: String = cases().iter().map(|c| std::fs::read_to_string(c.with_extension("txt")).unwrap()).collect();
    let missing: Vec<&String> = known
        .iter()
        .filter(|code| !said.contains(code.as_str()) && !elsewhere(code))
        .filter(|code| !ASKED.contains(&code.as_str()))
        .collect();
    assert!(known.len() > 40 && missing.is_empty(), "no case breaks {missing:?}");
    let places = said.matches("main.hcl:").count();
    let findings = said.matches(" HW10").count();
    assert!(places >= findings, "{findings} findings, {places} places");
}
