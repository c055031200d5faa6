//! What every input goes through: all that reads a configuration, short of sending anything.

use std::path::{Path, PathBuf};

use housewright::cli::render::{Look, diagnostics};
use housewright::desired::Completeness;
use housewright::diag::{FileId, Sources};
use housewright::host::Host;
use housewright::lang::eval::Scope;
use housewright::lang::eval::console::answer;
use housewright::lang::{fmt, syntax};
use housewright::ops::{self, Options, Session};

use super::corpus;
use super::mutate::{Input, Kind};

/// A directory with a configuration of its own for every kind of input.
pub struct Subject {
    directory: tempfile::TempDir,
    /// What expressions and templates are evaluated in.
    names: Session,
}

impl Subject {
    pub fn new() -> Self {
        let memory = Path::new("/dev/shm");
        let directory = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
        let directory = directory.expect("a directory");
        let names = directory.path().join("names");
        std::fs::create_dir(&names).expect("a directory");
        std::fs::write(names.join("main.tf"), corpus::NAMES).expect("a file");
        let names = open(names);
        assert!(!names.diagnostics.has_errors(), "the names are sound");
        Self { directory, names }
    }

    /// Uses the input up, its evaluation `twice`; says which promise it broke.
    pub fn take(&mut self, input: &Input, twice: bool) -> Result<(), String> {
        if let Ok(text) = std::str::from_utf8(&input.bytes) {
            read(text)?;
            match input.kind {
                Kind::Expression | Kind::Template => return self.evaluate(text, twice),
                Kind::File(_) => {}
            }
        }
        match input.kind {
            Kind::File(name) => self.validate(name, &input.bytes, twice),
            Kind::Expression | Kind::Template => Ok(()),
        }
    }

    fn evaluate(&self, text: &str, twice: bool) -> Result<(), String> {
        let (evaluation, _) = self.names.evaluation(Completeness::Lenient, true);
        let scope = evaluation.scope();
        same("the answer to an expression", twice, || answer(FileId(0), text, &scope as &dyn Scope).to_line(Some("x")))
    }

    fn validate(&self, name: &str, bytes: &[u8], twice: bool) -> Result<(), String> {
        let directory = self.directory.path().join(name);
        if !directory.is_dir() {
            std::fs::create_dir(&directory).expect("a directory");
            if name.contains("tfvars") {
                std::fs::write(directory.join("main.tf"), corpus::NAMES).expect("a file");
            }
        }
        std::fs::write(directory.join(name), bytes).expect("a file");
        let session = open(directory);
        let look = Look { width: 80, color: false, unicode: true };
        // With the state's values in it, as `console` and `output` see it.
        drop(ops::remember(&session, None));
        same("validation", twice, || diagnostics::text(ops::validate(&session), &session.sources, look))
    }
}

/// Lexing, every parser, and formatting.
fn read(text: &str) -> Result<(), String> {
    let file = FileId(0);
    for tokens in [syntax::lex(text), syntax::lex_template(text)] {
        let joined: String = tokens.iter().map(|t| t.text(text)).collect();
        if joined != text {
            return Err("the tokens are not the text".to_owned());
        }
    }
    let (_, found) = syntax::parse_file(file, text);
    let mut sources = Sources::default();
    sources.add("text", text);
    diagnostics::text(found.clone(), &sources, Look { width: 80, color: false, unicode: true });
    let (_, in_argument) = syntax::parse_argument(file, text);
    let (_, in_expression) = syntax::parse_expression(file, text);
    let (_, in_template) = syntax::parse_template(file, text);
    let (_, in_json) = syntax::parse_json(file, text);
    for label in [&found, &in_argument, &in_expression, &in_template, &in_json]
        .iter()
        .flat_map(|found| found.iter())
        .flat_map(|d| &d.labels)
    {
        if text.get(label.span.start as usize..label.span.end as usize).is_none() {
            return Err("a label stands outside the text".to_owned());
        }
    }
    let formatted = fmt::format(text);
    if found.has_errors() {
        return if formatted == text { Ok(()) } else { Err("a broken text was formatted".to_owned()) };
    }
    if syntax::parse_file(file, &formatted).1.has_errors() {
        return Err("formatting broke the text".to_owned());
    }
    Ok(())
}

/// Gives something, and if it is done `twice`, the same again.
fn same(what: &str, twice: bool, give: impl Fn() -> String) -> Result<(), String> {
    let first = give();
    if !twice || first == give() { Ok(()) } else { Err(format!("{what} is not the same twice")) }
}

fn open(directory: PathBuf) -> Session {
    let options = Options {
        directory: directory.clone(),
        variables: Vec::new(),
        variable_files: Vec::new(),
        state: None,
        sandbox: false,
        targets: Vec::new(),
        parallelism: 1,
        update_modules: false,
        lock_timeout: std::time::Duration::ZERO,
        notice: std::sync::Arc::new(|_| {}),
    };
    let host = Host {
        environment: [("HOME".to_owned(), "/home/fuzz".to_owned())].into(),
        directory,
        user: "fuzz".to_owned(),
        name: "fuzz".to_owned(),
        process: 1,
        birth: String::new(),
    };
    Session::open(options, host, jiff::Timestamp::UNIX_EPOCH)
}
