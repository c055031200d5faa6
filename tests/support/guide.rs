//! Guides, carried out as they are written. A block of `console` holds commands behind `$ `, what they print (with `…` for
//! what differs from run to run), and behind `? ` an exit code that is not 0; a block of `hcl` with a file's name is that
//! file, written when the guide comes to it.
#![allow(dead_code, reason = "each test file uses a part")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use crate::support::{Project, Served};

/// One command, what it should print, and how it should end.
#[derive(Debug)]
struct Step {
    command: String,
    prints: Vec<String>,
    code: i32,
}

enum Block {
    File(String, String),
    Console(Vec<Step>),
}

fn blocks(text: &str) -> Vec<Block> {
    let (mut blocks, mut lines) = (Vec::new(), text.lines());
    while let Some(line) = lines.next() {
        let Some(language) = line.strip_prefix("```").filter(|l| !l.is_empty()) else { continue };
        let body: Vec<&str> = lines.by_ref().take_while(|l| *l != "```").collect();
        match language.split_once(' ') {
            Some((_, name)) => blocks.push(Block::File(name.to_owned(), body.join("\n") + "\n")),
            None if language == "console" => blocks.push(Block::Console(steps(&body))),
            None => {}
        }
    }
    blocks
}

fn steps(lines: &[&str]) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for line in lines {
        if let Some(command) = line.strip_prefix("$ ") {
            steps.push(Step { command: command.to_owned(), prints: Vec::new(), code: 0 });
        } else if let (Some(step), Some(code)) = (steps.last_mut(), line.strip_prefix("? ")) {
            step.code = code.parse().expect("an exit code");
        } else if let Some(step) = steps.last_mut().filter(|_| !line.trim().is_empty()) {
            step.prints.push((*line).to_owned());
        }
    }
    steps
}

/// Whether a line is what the guide says.
fn fits(line: &str, expected: &str) -> bool {
    let mut rest = line.trim_end();
    let parts: Vec<&str> = expected.trim_end().split('…').collect();
    let (Some(first), Some(last)) = (parts.first(), parts.last()) else { return false };
    let inside = parts.iter().all(|part| match rest.find(part) {
        Some(at) => {
            rest = &rest[at + part.len()..];
            true
        }
        None => false,
    });
    let exact = parts.len() > 1 || line.trim_end() == expected.trim_end();
    inside && exact && line.starts_with(first) && line.trim_end().ends_with(last)
}

/// Stands between the outputs of two commands.
const END: &str = "\u{1}";

/// A page of `docs`, and what it needs that only the reader has.
pub struct Guide {
    name: String,
    files: BTreeMap<String, String>,
    variables: Vec<(String, String)>,
}

impl Guide {
    pub fn of(name: &str) -> Self {
        Self { name: name.to_owned(), files: BTreeMap::new(), variables: Vec::new() }
    }

    /// In the place of a file that the guide shows as an example of the reader's own.
    pub fn with_file(mut self, name: &str, text: &str) -> Self {
        self.files.insert(name.to_owned(), text.to_owned());
        self
    }

    pub fn with_variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Runs the guide in one shell, so that variables last, against a sandbox of its own.
    pub fn follow(self) {
        let name = &self.name;
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
        let text = std::fs::read_to_string(path).expect("a guide");
        let project = Project::empty();
        let served = Served::start(&project, "600");
        let work = project.path("work");
        std::fs::create_dir(&work).expect("a directory");
        let mut steps = Vec::new();
        let mut replaced = 0;
        for block in blocks(&text) {
            match block {
                Block::File(file, text) => {
                    replaced += usize::from(self.files.contains_key(&file));
                    steps.push(writing(&file, self.files.get(&file).unwrap_or(&text)));
                }
                Block::Console(more) => steps.extend(more),
            }
        }
        assert!(replaced >= self.files.len(), "{name} shows none of {:?}", self.files.keys());
        assert!(steps.len() > 2, "{name} has no steps");
        let script: String = steps.iter().map(|s| format!("{}\necho \"{END}$?\"\n", s.command)).collect();
        let out = self.run(&served, &work, &script);
        let mut outputs = out.split(END);
        let mut printed = outputs.next().unwrap_or_default().to_owned();
        for step in &steps {
            let next = outputs.next().unwrap_or_else(|| panic!("{name}: `{}` did not end: {printed}", step.command));
            let (code, rest) = next.split_once('\n').expect("an exit code");
            assert_eq!(code, step.code.to_string(), "{name}: `{}`\n{printed}", step.command);
            let mut lines = printed.lines();
            for expected in &step.prints {
                let found = lines.by_ref().any(|line| fits(line, expected));
                assert!(found, "{name}: `{}` does not print `{expected}` in\n{printed}", step.command);
            }
            rest.clone_into(&mut printed);
        }
    }

    fn run(&self, served: &Served, work: &Path, script: &str) -> String {
        let binary = Path::new(env!("CARGO_BIN_EXE_housewright")).parent().expect("a directory").display();
        let path = format!("{binary}:{}", std::env::var("PATH").unwrap_or_default());
        let output = Command::new("bash")
            .args(["-c", &format!("exec 2>&1\n{script}")])
            .current_dir(work)
            .env_clear()
            .envs([("PATH", path.as_str()), ("HOME", &work.display().to_string()), ("LANG", "C.UTF-8")])
            .env("CLICKHOUSE_API_URL", format!("{}/v1", served.url))
            .envs([("CLICKHOUSE_CLOUD_API_KEY", "sandbox"), ("CLICKHOUSE_CLOUD_API_SECRET", "sandbox")])
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .output()
            .expect("a shell");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

/// The step that writes a file.
fn writing(file: &str, text: &str) -> Step {
    let command = format!("mkdir -p \"$(dirname '{file}')\" && cat > '{file}' <<'END OF FILE'\n{text}END OF FILE");
    Step { command, prints: Vec::new(), code: 0 }
}
