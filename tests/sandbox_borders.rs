//! What the parts of the sandbox must not know, held by looking at their text.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

use std::fs;
use std::path::{Path, PathBuf};

/// The sandbox's sources: each file's path with its code lines, without comments and unit tests.
fn sources() -> Vec<(PathBuf, Vec<String>)> {
    let mut paths = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sandbox"), &mut paths);
    assert!(paths.len() > 20, "{paths:?}");
    let code = |path: &PathBuf| {
        let source = fs::read_to_string(path).unwrap();
        let code = source.split("#[cfg(test)]").next().unwrap_or_default();
        code.lines().filter(|line| !line.trim_start().starts_with("//")).map(str::to_owned).collect()
    };
    paths.iter().map(|path| (path.clone(), code(path))).collect()
}

fn collect(directory: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
}

#[test]
fn the_sandbox_knows_nothing_of_the_engine() {
    for (path, code) in sources() {
        for line in code {
            let outside = line.split("crate::").skip(1).any(|rest| !rest.starts_with("sandbox::"));
            assert!(!outside, "{} reaches outside the sandbox: {line}", path.display());
        }
    }
}

#[test]
fn files_sockets_and_real_time_have_one_place_each() {
    for (text, place) in [
        ("std::fs", "store.rs"),
        ("axum::", "server.rs"),
        ("tokio::", "server.rs"),
        ("Instant", "server.rs"),
        ("Timestamp::now", "nowhere"),
        ("SystemTime", "nowhere"),
        ("std::env", "nowhere"),
        ("HashMap", "nowhere"),
        ("HashSet", "nowhere"),
        ("rand::", "nowhere"),
        ("println!", "nowhere"),
        (".unwrap()", "nowhere"),
    ] {
        let mut places = 0;
        for (path, code) in sources() {
            let has = code.iter().any(|line| line.contains(text));
            assert!(!has || path.ends_with(place), "{text} is in {}", path.display());
            places += usize::from(has);
        }
        assert_eq!(places, usize::from(place != "nowhere"), "{text}");
    }
}
