//! The file of one kind: its example, and how it is walked.

use std::path::{Path, PathBuf};

use crate::requests::Stated;

pub struct Case {
    pub kind: String,
    /// A whole configuration.
    pub example: String,
    pub walks: Vec<Walk>,
    /// Attributes that cannot be walked, with the reason.
    fixed: Vec<(String, String)>,
    /// Fields of requests (`operation.field`) that are no attributes, with the reason.
    pub fields: Vec<(String, String)>,
    /// What has to run for it.
    pub needs: Option<String>,
    /// What the sandbox is told before it begins: method and path of a control endpoint, and JSON.
    pub before: Vec<(String, String, String)>,
    /// What its example costs.
    pub requests: Vec<Stated>,
}

#[derive(Debug, Default)]
pub struct Walk {
    pub attribute: String,
    pub values: Vec<Step>,
    pub with: Vec<(String, String)>,
    pub without: Vec<String>,
    pub kept: bool,
}

#[derive(Debug, Clone)]
pub struct Step {
    pub value: String,
    /// What changes with it: a value, or nothing for what is taken out.
    pub and: Vec<(String, Option<String>)>,
    pub outcome: Outcome,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Outcome {
    /// What the schema says.
    Usual,
    Records,
    Refused,
}

pub fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kinds")
}

impl Case {
    pub fn of(kind: &str) -> Self {
        let path = directory().join(format!("{kind}.hcl"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|_| {
            panic!("the kind {kind} has no example: write tests/kinds/{kind}.hcl as tests/kinds/main.rs says")
        });
        let lines: Vec<&str> = text.lines().collect();
        let start = lines.iter().position(|l| l.starts_with("#:")).unwrap_or(lines.len());
        let example = format!("{}\n", lines[..start].join("\n").trim_end());
        let mut case = Self {
            kind: kind.to_owned(),
            example,
            walks: vec![],
            fixed: vec![],
            fields: vec![],
            needs: None,
            before: vec![],
            requests: vec![],
        };
        for line in &lines[start..] {
            let Some(said) = line.strip_prefix("#:") else {
                assert!(line.trim().is_empty(), "{kind}: `{line}` stands behind the walks");
                continue;
            };
            case.take(said);
        }
        case
    }

    fn take(&mut self, said: &str) {
        let kind = self.kind.clone();
        let inner = said.starts_with("   ");
        let said = said.trim();
        if !inner {
            let (word, rest) = said.split_once(' ').unwrap_or((said, ""));
            let pair = || rest.split_once(": ").unwrap_or_else(|| panic!("{kind}: `{said}` gives no reason"));
            match word {
                "walk" => self.walks.push(Walk { attribute: rest.to_owned(), ..Walk::default() }),
                "fixed" => self.fixed.push((pair().0.to_owned(), pair().1.to_owned())),
                "field" => self.fields.push((pair().0.to_owned(), pair().1.to_owned())),
                "requests" => self.requests.push(Stated::read(&kind, rest)),
                "needs" => self.needs = Some(rest.to_owned()),
                "before" => {
                    // POST, unless a method stands before the path.
                    let (method, rest) =
                        rest.split_once(' ').filter(|_| !rest.starts_with('/')).unwrap_or(("POST", rest));
                    let (path, json) = rest.split_once(' ').unwrap_or((rest, "null"));
                    self.before.push((method.to_owned(), path.to_owned(), json.to_owned()));
                }
                _ => panic!("{kind}: `{said}` is no directive"),
            }
            return;
        }
        let walk = self.walks.last_mut().unwrap_or_else(|| panic!("{kind}: `{said}` belongs to no walk"));
        let step = |rest: &str, outcome| Step { value: rest.trim_start_matches("= ").to_owned(), and: vec![], outcome };
        match said.split_once(' ') {
            Some(("=", value)) => walk.values.push(step(value, Outcome::Usual)),
            Some(("records", rest)) => walk.values.push(step(rest, Outcome::Records)),
            Some(("refused", rest)) => walk.values.push(step(rest, Outcome::Refused)),
            Some(("and", rest)) => {
                let step = walk.values.last_mut().unwrap_or_else(|| panic!("{kind}: `{said}` belongs to no value"));
                match (rest.strip_prefix("no "), rest.split_once(" = ")) {
                    (Some(name), _) => step.and.push((name.to_owned(), None)),
                    (None, Some((name, value))) => step.and.push((name.to_owned(), Some(value.to_owned()))),
                    (None, None) => panic!("{kind}: `{said}` sets nothing"),
                }
            }
            Some(("with", rest)) => {
                let (name, value) = rest.split_once(" = ").unwrap_or_else(|| panic!("{kind}: `{said}` sets nothing"));
                walk.with.push((name.trim().to_owned(), value.to_owned()));
            }
            Some(("without", rest)) => walk.without.extend(rest.split(", ").map(str::to_owned)),
            None if said == "kept" => walk.kept = true,
            _ => panic!("{kind}: `{said}` is no part of a walk"),
        }
    }

    pub fn names(&self, attribute: &str) -> bool {
        self.walks.iter().any(|w| w.attribute == attribute) || self.fixed.iter().any(|(n, _)| n == attribute)
    }

    /// The example's first block of the kind.
    pub fn block(&self) -> Block {
        Block::find(&self.example, &self.kind)
    }
}

/// A block of a configuration whose attributes can be exchanged.
#[derive(Clone)]
pub struct Block {
    before: String,
    /// Attributes by name, with their lines.
    attributes: Vec<(String, String)>,
    after: String,
}

impl Block {
    fn find(text: &str, kind: &str) -> Self {
        let lines: Vec<&str> = text.lines().collect();
        let header = lines.iter().position(|l| l.starts_with(&format!("{kind} \"")));
        let header = header.unwrap_or_else(|| panic!("the example of {kind} holds no block of it"));
        let end = header + lines[header..].iter().position(|l| *l == "}").expect("the block's end");
        let mut attributes: Vec<(String, String)> = Vec::new();
        for line in &lines[header + 1..end] {
            let begins = line.strip_prefix("  ").filter(|l| l.starts_with(|c: char| c.is_alphabetic()));
            match (begins, attributes.last_mut()) {
                (Some(said), _) => {
                    let name = said.split([' ', '=']).next().unwrap_or_default();
                    attributes.push((name.to_owned(), (*line).to_owned()));
                }
                (None, Some((_, text))) => *text = format!("{text}\n{line}"),
                (None, None) => assert!(line.trim().is_empty() || line.trim().starts_with('#'), "{kind}: `{line}`"),
            }
        }
        let join = |lines: &[&str]| lines.iter().map(|l| format!("{l}\n")).collect();
        Self { before: join(&lines[..=header]), attributes, after: join(&lines[end..]) }
    }

    pub fn has(&self, name: &str) -> bool {
        self.attributes.iter().any(|(n, _)| n == name)
    }

    pub fn set(&mut self, name: &str, value: &str) {
        let line = format!("  {name} = {value}");
        match self.attributes.iter_mut().find(|(n, _)| n == name) {
            Some((_, text)) => *text = line,
            None => self.attributes.push((name.to_owned(), line)),
        }
    }

    pub fn remove(&mut self, name: &str) {
        self.attributes.retain(|(n, _)| n != name);
    }

    pub fn text(&self) -> String {
        let lines: String = self.attributes.iter().map(|(_, text)| format!("{text}\n")).collect();
        format!("{}{lines}{}", self.before, self.after)
    }
}
