//! The valid texts that inputs are made from: the examples, the cases of the language and of the formatter, and files
//! made for it in `corpus/`.

use std::path::{Path, PathBuf};

use super::mutate::Kind;

/// Variables of all types, and locals, for expressions and files of variables.
pub const NAMES: &str = include_str!("corpus/names.tf");

/// A valid text and what it is.
pub struct Seed {
    pub kind: Kind,
    pub text: String,
}

/// All of them, always in the same order.
pub fn seeds() -> Vec<Seed> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut seeds = Vec::new();
    for path in files(&root.join("examples")).into_iter().chain(files(&root.join("tests/fuzz/corpus"))) {
        if let (Some(kind), Ok(text)) = (kind(&path), std::fs::read_to_string(&path)) {
            seeds.push(Seed { kind, text });
        }
    }
    for path in files(&root.join("tests/language")) {
        seeds.extend(cases(&std::fs::read_to_string(path).expect("a file of cases")));
    }
    seeds.extend(formatted(include_str!("../../src/lang/fmt/recorded.txt")));
    assert!(seeds.len() > 500, "there are {} seeds", seeds.len());
    seeds
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|e| e.expect("an entry").path());
    let mut paths: Vec<PathBuf> = entries.collect();
    paths.sort();
    paths.into_iter().flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn kind(path: &Path) -> Option<Kind> {
    let name = path.file_name()?.to_str()?;
    let kinds = [
        (".tf.json", "main.tf.json"),
        (".hcl.json", "main.hcl.json"),
        (".tfvars.json", "terraform.tfvars.json"),
        (".tfvars", "terraform.tfvars"),
        (".tf", "main.tf"),
        (".hcl", "main.hcl"),
    ];
    if name.ends_with(".tmpl") {
        return Some(Kind::Template);
    }
    kinds.into_iter().find(|(ending, _)| name.ends_with(ending)).map(|(_, name)| Kind::File(name))
}

/// The expressions of a file of cases. What is slow on purpose stays out.
fn cases(text: &str) -> Vec<Seed> {
    let mut found: Vec<String> = Vec::new();
    for line in text.lines() {
        if let Some(first) = line.strip_prefix("> ") {
            found.push(first.to_owned());
        } else if let (Some(more), Some(last)) = (line.strip_prefix("| "), found.last_mut()) {
            last.push('\n');
            last.push_str(more);
        }
    }
    found.retain(|text| !text.contains("bcrypt"));
    found.into_iter().map(|text| Seed { kind: Kind::Expression, text }).collect()
}

/// The inputs of the formatter's cases.
fn formatted(recorded: &str) -> impl Iterator<Item = Seed> {
    recorded.split("=== given\n").skip(1).filter_map(|case| {
        let (given, _) = case.split_once("=== gives\n")?;
        Some(Seed { kind: Kind::File("main.hcl"), text: given.to_owned() })
    })
}
