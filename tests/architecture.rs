//! The borders between modules: imports run downward only, and what a module must not know it does not import.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

use std::path::{Path, PathBuf};

/// From the top down; a module may use those behind it. Those of one line may use each other.
const ORDER: [&[&str]; 14] = [
    &["cli"],
    &["ops"],
    &["apply"],
    &["desired"],
    &["plan"],
    &["observe"],
    &["aws"],
    &["cloud"],
    &["kinds"],
    &["config"],
    &["schema", "call"],
    &["lang"],
    &["sandbox", "secret", "host", "graph"],
    &["clock", "diag", "address", "messages"],
];

/// What a module must not name, beside what stands above it.
const BANS: [(&str, &[&str]); 13] = [
    ("kinds", &["crate::cloud", "crate::config", "lang::syntax", "lang::eval", "reqwest", "housewright_state"]),
    ("plan", &["crate::cloud", "crate::observe", "crate::clock", "crate::config", "reqwest", "tokio"]),
    ("apply", &["crate::config", "lang::syntax", "lang::eval", "crate::cli", "housewright_state"]),
    ("aws", &["crate::config", "crate::lang", "crate::plan", "crate::kinds", "housewright_state", "reqwest"]),
    ("observe", &["crate::config", "crate::plan"]),
    ("schema", &["lang::syntax", "lang::eval", "reqwest"]),
    ("lang", &["crate::config", "housewright_state", "reqwest", "tokio"]),
    ("config", &["lang::value", "lang::eval", "housewright_state"]),
    ("cloud", &["crate::config", "crate::lang", "crate::plan", "housewright_state"]),
    (
        "sandbox",
        &[
            "crate::clock",
            "crate::diag",
            "crate::address",
            "crate::secret",
            "crate::host",
            "crate::graph",
            "housewright_state",
        ],
    ),
    ("ops", &["clap", "indicatif", "miette"]),
    ("desired", &["housewright_state", "crate::cloud", "reqwest"]),
    ("cli", &["reqwest"]),
];

fn sources(module: &str) -> Vec<PathBuf> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let file = src.join(format!("{module}.rs"));
    let mut found = if file.is_file() { vec![file] } else { Vec::new() };
    let mut directories = vec![src.join(module)];
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
            match entry.path() {
                path if path.is_dir() => directories.push(path),
                path if path.extension().is_some_and(|e| e == "rs") => found.push(path),
                _ => {}
            }
        }
    }
    found
}

/// The code of a file, without comments and tests.
fn code(path: &Path) -> String {
    let text = std::fs::read_to_string(path).expect("a source file");
    let is_test = path.components().any(|c| c.as_os_str() == "tests" || c.as_os_str() == "tests.rs");
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = text.lines().filter(|l| !l.trim_start().starts_with("//") && !is_test);
    lines.collect::<Vec<_>>().join("\n")
}

fn mentions(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + name.len()..].chars().next();
        let joins = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        !joins(before) && (name.ends_with(':') || !joins(after))
    })
}

#[test]
fn imports_run_downward() {
    for (level, modules) in ORDER.iter().enumerate() {
        for module in *modules {
            let files = sources(module);
            assert!(!files.is_empty(), "there is no module {module}");
            for (above, path) in
                ORDER[..level].iter().flat_map(|l| l.iter()).flat_map(|m| files.iter().map(move |f| (m, f)))
            {
                assert!(
                    !mentions(&code(path), &format!("crate::{above}")),
                    "{} uses {above}, which stands above {module}",
                    path.display()
                );
            }
        }
    }
}

#[test]
fn modules_do_not_know_what_they_must_not() {
    for (module, bans) in BANS {
        for path in sources(module) {
            for ban in bans {
                assert!(!mentions(&code(&path), ban), "{} names {ban}", path.display());
            }
        }
    }
}

#[test]
fn the_engine_names_no_kind() {
    for module in ["apply", "plan", "observe", "desired", "ops", "schema", "config", "cloud", "aws"] {
        for path in sources(module) {
            assert!(!code(&path).contains("kinds::service"), "{} names a kind", path.display());
        }
    }
}

/// Every module stands in the order, and says in its first lines what it must not know.
#[test]
fn every_module_is_placed() {
    let lib = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).expect("lib.rs");
    for module in lib.lines().filter_map(|l| l.strip_prefix("pub mod ")?.strip_suffix(';')) {
        assert!(ORDER.iter().any(|l| l.contains(&module)), "{module} has no place in the order");
    }
}

/// A mutation that no longer fits the program breaks nothing, and the long run would find out late.
#[test]
fn every_mutation_fits() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for entry in std::fs::read_dir(root.join("tests/mutations")).expect("mutations") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|e| e != "patch") {
            continue;
        }
        let mut git = std::process::Command::new("git");
        let checked = git.current_dir(root).args(["apply", "--check"]).arg(&path).output().expect("git runs");
        assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    }
}
