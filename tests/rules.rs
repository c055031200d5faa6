//! Every offline rule, as a person sees it: `tests/rules/*.hcl` break them one after the other, and beside each stands what
//! `validate` says, with the offending lines underlined.
//!
//! `UPDATE_RULES=1 cargo test --test rules` writes the outputs anew; read them before they are kept.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

mod support;

use std::collections::BTreeMap;
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

/// Files whose rules rest on what was read while planning, so that `validate` never finds them broken.
const ASKED: [&str; 3] = ["profiles.rs", "examine.rs", "tests.rs"];

/// Each code that the kinds' offline rules know, and in how many places it is given.
fn known() -> BTreeMap<String, usize> {
    let mut known = BTreeMap::new();
    let mut directories = vec![directory("src/kinds")];
    while let Some(next) = directories.pop() {
        for path in std::fs::read_dir(next).unwrap().map(|e| e.unwrap().path()) {
            if path.is_dir() {
                directories.push(path);
                continue;
            }
            if ASKED.iter().any(|name| path.ends_with(name)) {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            for (at, _) in text.match_indices("\"HW1") {
                *known.entry(text[at + 1..at + 7].to_owned()).or_default() += 1;
            }
        }
    }
    known
}

/// Codes of rules are HW1 and three digits. All that the kinds know are broken somewhere, each as often as there are places
/// that give it, and each finding says where.
#[test]
fn no_rule_is_left_out() {
    let said: String = cases().iter().map(|c| std::fs::read_to_string(c.with_extension("txt")).unwrap()).collect();
    let heads = |code: &str| {
        let is_head = |l: &&str| ["error", "warning", "note"].iter().any(|s| *l == format!("{s} {code}"));
        said.lines().filter(is_head).count()
    };
    let known = known();
    let short: Vec<String> = known
        .iter()
        .filter(|(code, places)| heads(code) < **places)
        .map(|(code, places)| format!("{code}: given in {places} places, broken {} times", heads(code)))
        .collect();
    assert!(known.len() > 65 && short.is_empty(), "{short:#?}");
    let places = said.matches("main.hcl:").count();
    let findings = said.lines().filter(|l| l.contains(" HW1") && !l.starts_with(' ')).count();
    assert!(places >= findings, "{findings} findings, {places} places");
}
