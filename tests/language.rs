//! Runs the cases of `tests/language/`: expressions with their expected values or errors. The README there has the format.
#![allow(clippy::disallowed_methods, reason = "a test reads its own files")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use housewright::diag::{Code, Diagnostic, FileId, Sources};
use housewright::lang::eval::console::{self, Answer};
use housewright::lang::eval::{Scope, constraint, evaluate};
use housewright::lang::functions::{self, FileKind, Files, Random};
use housewright::lang::syntax::ast::{Expr, Ident};
use housewright::lang::syntax::parse_expression;
use housewright::lang::value::{Marks, Value};

/// What a case expects.
#[derive(Default)]
struct Case {
    line: usize,
    expression: String,
    display: Vec<String>,
    errors: Vec<ExpectedError>,
}

#[derive(Default)]
struct ExpectedError {
    summary: String,
    detail: Option<String>,
    place: Option<String>,
    help: Option<String>,
}

/// The names a file of cases defines.
struct Names {
    locals: BTreeMap<String, Value>,
    variables: BTreeMap<String, Value>,
    functions: functions::Context,
}

impl Scope for Names {
    fn resolve(&self, path: &[&Ident]) -> Result<(Value, usize), Diagnostic> {
        let part = |i: usize| path.get(i).map_or("", |name| &name.text);
        let (names, summary) = match part(0) {
            "local" => (&self.locals, "Reference to undeclared local value"),
            "var" => (&self.variables, "Reference to undeclared input variable"),
            _ => return Err(Diagnostic::error(Code("HW0400"), "Invalid reference").with_label(path[0].span, "")),
        };
        let undeclared = || Diagnostic::error(Code("HW0400"), summary).with_label(path[0].span, "");
        names.get(part(1)).map(|value| (value.clone(), 2)).ok_or_else(undeclared)
    }

    fn functions(&self) -> &functions::Context {
        &self.functions
    }
}

struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _: &Path) -> io::Result<Vec<u8>> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn kind(&self, _: &Path) -> io::Result<FileKind> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn list(&self, _: &Path) -> io::Result<Vec<String>> {
        Err(io::ErrorKind::NotFound.into())
    }
}

struct Sevens;

impl Random for Sevens {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

impl Names {
    fn new() -> Self {
        let functions = functions::Context {
            files: Arc::new(NoFiles),
            random: Arc::new(Sevens),
            module_dir: PathBuf::from("."),
            cwd: PathBuf::from("/"),
            home: None,
            now: jiff::Timestamp::UNIX_EPOCH,
            planning: false,
        };
        Self { locals: BTreeMap::new(), variables: BTreeMap::new(), functions }
    }

    fn define(&mut self, line: &str) -> Option<()> {
        if let Some((name, text)) = line.strip_prefix("let ").and_then(|rest| rest.split_once('=')) {
            let value = self.value(text);
            self.locals.insert(name.trim().to_owned(), value);
        } else if let Some((name, text)) = line.strip_prefix("ephemeral ").and_then(|rest| rest.split_once('=')) {
            let value = self.value(text).with_marks(Marks::EPHEMERAL);
            self.variables.insert(name.trim().to_owned(), value);
        } else {
            let (name, ty) = line.strip_prefix("unknown ")?.split_once(':')?;
            let (constraint, diagnostics) = constraint::read(&parsed(ty), self);
            assert!(diagnostics.is_empty(), "{line}: {diagnostics:?}");
            self.variables.insert(name.trim().to_owned(), Value::unknown(constraint.ty));
        }
        Some(())
    }

    fn value(&self, text: &str) -> Value {
        let (value, diagnostics) = evaluate(&parsed(text), self);
        assert!(diagnostics.is_empty(), "{text}: {diagnostics:?}");
        value
    }
}

fn parsed(text: &str) -> Expr {
    let (expr, diagnostics) = parse_expression(FileId(0), text);
    assert!(diagnostics.is_empty(), "{text}: {diagnostics:?}");
    expr
}

fn read(text: &str, names: &mut Names) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for (i, line) in text.lines().enumerate() {
        let (mark, rest) = line.split_at_checked(2).unwrap_or((line, ""));
        match (mark, cases.last_mut()) {
            ("> ", _) => cases.push(Case { line: i + 1, expression: rest.to_owned(), ..Case::default() }),
            ("| " | "|", Some(case)) => case.expression += &format!("\n{rest}"),
            ("= " | "=", Some(case)) => case.display.push(rest.to_owned()),
            ("! ", Some(case)) => {
                case.errors.push(ExpectedError { summary: rest.to_owned(), ..ExpectedError::default() });
            }
            ("~ " | "@ " | "? ", Some(case)) => {
                let error = case.errors.last_mut().unwrap_or_else(|| panic!("line {}: no error above", i + 1));
                match mark {
                    "~ " => error.detail = Some(rest.to_owned()),
                    "@ " => error.place = Some(rest.to_owned()),
                    _ => error.help = Some(rest.to_owned()),
                }
            }
            ("", _) | ("# ", _) => {}
            _ => names.define(line).unwrap_or_else(|| panic!("line {}: {line:?} is nothing a case file holds", i + 1)),
        }
    }
    cases
}

/// What is wrong with the answer to a case.
fn judge(case: &Case, names: &Names) -> Result<(), String> {
    let mut sources = Sources::default();
    let file = sources.add("case", case.expression.as_str());
    let diagnostics = match console::answer(file, &case.expression, names) {
        Answer::Value(shown) if case.errors.is_empty() => {
            let wanted = case.display.join("\n");
            return if shown.display == wanted { Ok(()) } else { Err(format!("gave {}", shown.display)) };
        }
        Answer::Value(shown) => return Err(format!("gave {} instead of an error", shown.display)),
        Answer::Refused(diagnostics) => diagnostics,
    };
    let summaries: Vec<_> = diagnostics.iter().map(|d| d.summary.as_str()).collect();
    let wanted: Vec<_> = case.errors.iter().map(|e| e.summary.as_str()).collect();
    if summaries != wanted {
        let all = diagnostics.iter().map(|d| format!("{}: {}", d.summary, d.detail)).collect::<Vec<_>>();
        return Err(format!("errors: {}", all.join("\n    ")));
    }
    for (error, diagnostic) in case.errors.iter().zip(diagnostics.iter()) {
        let squeezed = diagnostic.detail.split_whitespace().collect::<Vec<_>>().join(" ");
        let place = diagnostic.span().map(|span| sources.snippet(span).lines().next().unwrap_or_default());
        if error.detail.as_ref().is_some_and(|detail| *detail != squeezed) {
            return Err(format!("detail: {squeezed}"));
        }
        if error.place.is_some() && error.place.as_deref() != place {
            return Err(format!("points at {place:?}"));
        }
        if let Some(help) = &error.help
            && !diagnostic.help.as_deref().unwrap_or_default().contains(help.as_str())
        {
            return Err(format!("help: {:?}", diagnostic.help));
        }
    }
    Ok(())
}

#[test]
fn every_case_gives_what_it_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/language");
    let mut files: Vec<_> = std::fs::read_dir(&folder).expect("tests/language").flatten().map(|e| e.path()).collect();
    files.retain(|path| path.extension().is_some_and(|e| e == "cases"));
    files.sort();
    let (mut count, mut failures) = (0, String::new());
    for path in files {
        let mut names = Names::new();
        let text = std::fs::read_to_string(&path).expect("a file of cases");
        for case in read(&text, &mut names) {
            count += 1;
            assert!(case.display.is_empty() != case.errors.is_empty(), "{}:{}", path.display(), case.line);
            if let Err(why) = judge(&case, &names) {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                let _ = writeln!(failures, "{name}:{}: {}\n    {why}", case.line, case.expression);
            }
        }
    }
    assert!(failures.is_empty(), "\n{failures}");
    assert!(count >= 300, "only {count} cases were found");
}
