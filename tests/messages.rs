//! What codes mean: every code that the program can give is explained, nothing else is, and the examples do what the pages
//! say of them.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use housewright::messages::{self, Message};
use nix::pty::{Winsize, openpty};
use support::Project;

/// Files of the program, without those of tests.
fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut found, mut directories) = (Vec::new(), vec![root.join("src"), root.join("state/src")]);
    while let Some(directory) = directories.pop() {
        for path in std::fs::read_dir(directory).unwrap().map(|e| e.unwrap().path()) {
            match path.file_name().unwrap().to_str().unwrap() {
                "tests" | "tests.rs" | "samples.rs" => {}
                _ if path.is_dir() => directories.push(path),
                name if name.ends_with(".rs") => {
                    let text = std::fs::read_to_string(&path).unwrap();
                    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().to_owned();
                    found.push((path.strip_prefix(root).unwrap().to_owned(), text));
                }
                _ => {}
            }
        }
    }
    found
}

/// The codes that stand in quotes in a text.
fn codes(text: &str) -> BTreeSet<String> {
    let code = |at: usize| text.get(at + 1..at + 7).filter(|c| c[2..].bytes().all(|b| b.is_ascii_digit()));
    let found = text.match_indices("\"HW").filter_map(|(at, _)| code(at));
    found.map(str::to_owned).collect()
}

fn explained() -> Vec<Message> {
    messages::chapters().into_iter().flat_map(|c| c.messages).collect()
}

#[test]
fn every_code_is_explained_and_nothing_else() {
    let given: BTreeSet<String> = sources().iter().flat_map(|(_, text)| codes(text)).collect();
    let explained: BTreeSet<String> = explained().iter().map(|m| m.code.to_owned()).collect();
    let missing: Vec<_> = given.difference(&explained).collect();
    let idle: Vec<_> = explained.difference(&given).collect();
    assert!(missing.is_empty(), "not in docs/messages: {missing:?}");
    assert!(idle.is_empty(), "in docs/messages, and given by nobody: {idle:?}");
    assert!(given.len() > 240, "{} codes", given.len());
    for message in explained_texts() {
        let said = message.text.len() + message.title.len();
        assert!(said > 60, "{} says too little: {} {}", message.code, message.title, message.text);
    }
}

fn explained_texts() -> Vec<Message> {
    // Where the title and an example say all.
    explained().into_iter().filter(|m| !m.text.starts_with("```")).collect()
}

/// Codes that are given in several files, because the same is found out in several places. A new one stands here only when
/// it means the same in all of them; otherwise it needs another number.
const SHARED: [&str; 34] = [
    "HW0201", "HW0210", "HW0211", "HW0212", "HW0213", "HW0221", "HW0223", "HW0224", "HW0225", "HW0232", "HW0233",
    "HW0316", "HW0402", "HW0511", "HW0512", "HW0513", "HW0601", "HW0603", "HW0612", "HW0615", "HW0634", "HW0663",
    "HW0703", "HW0706", "HW0801", "HW0903", "HW0904", "HW0906", "HW0908", "HW0911", "HW0916", "HW0918", "HW1024",
    "HW1027",
];

/// As [`SHARED`], of what several kinds know.
const SHARED_BY_KINDS: [&str; 9] =
    ["HW1032", "HW1033", "HW1034", "HW1036", "HW1204", "HW1205", "HW1206", "HW1208", "HW0620"];

#[test]
fn no_code_has_two_meanings() {
    let mut files: BTreeMap<String, BTreeSet<PathBuf>> = BTreeMap::new();
    for (path, text) in sources() {
        for code in codes(&text) {
            files.entry(code).or_default().insert(path.clone());
        }
    }
    let several: BTreeSet<&str> = files.iter().filter(|(_, f)| f.len() > 1).map(|(code, _)| code.as_str()).collect();
    let known: BTreeSet<&str> = SHARED.into_iter().chain(SHARED_BY_KINDS).collect();
    let new: Vec<_> = several.difference(&known).map(|code| (code, &files[*code])).collect();
    let gone: Vec<_> = known.difference(&several).collect();
    assert!(new.is_empty(), "in several files: do they mean the same? {new:#?}");
    assert!(gone.is_empty(), "no longer in several files: {gone:?}");
}

/// What an example without a block around it stands in: a service, where the example does not say so itself.
const SERVICE: [&str; 5] = [
    "cloud_provider = \"aws\"",
    "region = \"eu-central-1\"",
    "min_replica_memory_gb = 16",
    "max_replica_memory_gb = 16",
    "ip_access = [{ source = \"192.0.2.0/24\" }]",
];

fn whole(example: &str) -> String {
    let is_argument = example.lines().next().is_some_and(|l| l.split_whitespace().nth(1) == Some("="));
    if !is_argument {
        return example.to_owned();
    }
    let names: BTreeSet<&str> = example.lines().filter_map(|l| l.split_whitespace().next()).collect();
    let rest: Vec<&str> =
        SERVICE.into_iter().filter(|l| !names.contains(l.split_whitespace().next().unwrap())).collect();
    format!("service \"example\" {{\n{}\n{example}}}\n", rest.join("\n"))
}

/// The wrong and the right example of a message.
fn examples(message: &Message) -> Option<(String, String)> {
    let code = message.text.split("```hcl\n").nth(1)?.split("```").next()?;
    let (wrong, right) = code.strip_prefix("# wrong\n")?.split_once("# right\n")?;
    Some((whole(wrong), whole(right)))
}

#[test]
fn examples_are_wrong_and_right_as_they_say() {
    let mut seen = 0;
    let mut failures = Vec::new();
    for message in explained() {
        assert_eq!(message.text.matches("```hcl").count(), usize::from(message.text.contains("# wrong\n")));
        let Some((wrong, right)) = examples(&message) else { continue };
        let run = Project::new(&wrong).run(&["validate"]);
        if !run.all().contains(message.code) {
            failures.push(format!("{}: the wrong example gives\n{wrong}\n{}", message.code, run.all()));
        }
        let run = Project::new(&right).run(&["validate"]);
        if run.code != 0 || run.all().contains(message.code) {
            failures.push(format!("{}: the right example gives\n{right}\n{}", message.code, run.all()));
        }
        seen += 1;
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(seen > 80, "{seen} examples");
}

#[test]
fn explain_says_it() {
    let project = Project::empty();
    let run = project.run(&["explain", "HW0123"]).exits(0).says("HW0123: Unbalanced parentheses");
    assert!(run.stdout.contains("\n    # wrong\n    locals { sum = (1 + 2 * 3 }\n"), "{}", run.stdout);
    assert!(!run.stdout.contains("```"), "{}", run.stdout);
    assert!(run.stdout.lines().all(|l| l.chars().count() <= 100), "{}", run.stdout);
    assert_eq!(project.run(&["explain", "hw123"]).exits(0).stdout, run.stdout);
}

#[test]
fn an_unknown_code_is_met_with_near_ones() {
    let project = Project::empty();
    project.run(&["explain", "HW0124x"]).exits(1).says("HW0933").says("`HW0124x`");
    project.run(&["explain", "HW1025"]).exits(1).says("HW1024 (").says("HW1026 (");
    project.run(&["explain", "cycle"]).exits(1).says("HW0403 (Cycle)");
}

#[test]
fn on_a_terminal_the_last_line_says_where_more_is_said() {
    let project = Project::new("locals { a = b }\nlocals { c = ");
    let hint = "housewright explain HW";
    project.run(&["validate"]).exits(1).does_not_say(hint);
    let size = Winsize { ws_row: 40, ws_col: 100, ws_xpixel: 0, ws_ypixel: 0 };
    let terminal = openpty(&size, None).expect("a pseudo-terminal");
    let mut command = support::binary(project.root());
    command.env("TERM", "xterm").arg("validate").stderr(std::process::Stdio::from(terminal.slave));
    let run = command.output().unwrap();
    drop(command);
    let (mut screen, mut buffer) = (String::new(), [0; 4096]);
    let mut master = std::fs::File::from(terminal.master);
    while let Ok(n @ 1..) = std::io::Read::read(&mut master, &mut buffer) {
        screen.push_str(&String::from_utf8_lossy(&buffer[..n]));
    }
    assert_eq!(run.status.code(), Some(1));
    let last = screen.trim_end().lines().last().unwrap_or_default();
    assert_eq!(last, "housewright explain HW0402 says more.", "{screen}");
}

#[test]
fn explain_alone_lists_all() {
    let listed = Project::empty().run(&["explain"]).exits(0).stdout;
    for message in explained() {
        assert!(listed.contains(&format!("  {}  {}\n", message.code, message.title)), "{}", message.code);
    }
    assert!(listed.starts_with("HW01: syntax\n"), "{listed}");
}
