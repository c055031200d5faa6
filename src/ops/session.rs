//! A session: the configuration that was read, the values given to its variables, and where its state is kept.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use housewright_state::{LocalStore, Store};

use super::{Options, RealFiles};
use crate::config::{Kinds, Loader, Module, parse_tfvars, parse_tfvars_json};
use crate::desired::{Assigned, Assignment, Completeness, Evaluation};
use crate::diag::{Code, Diagnostic, Diagnostics, Severity, Sources};
use crate::host::{self, Host};
use crate::kinds;
use crate::lang::functions;

/// The name of the state file, unless a `state` block or `--state` says otherwise.
const STATE_FILE: &str = "housewright.state.json";

/// The directory the sandbox lives in, within the configuration's.
pub const SANDBOX_DIRECTORY: &str = ".housewright";

/// Everything an operation starts from.
pub struct Session {
    pub options: Options,
    pub host: Host,
    pub module: Arc<Module>,
    pub sources: Sources,
    assignments: Vec<Assignment>,
    /// Findings of reading the configuration and the variables' values.
    pub diagnostics: Diagnostics,
    /// When the session began: `timestamp()` and `plantimestamp()`.
    now: jiff::Timestamp,
}

/// A state store and the file it keeps the state in.
pub struct StatePlace {
    pub store: Box<dyn Store>,
    pub path: PathBuf,
}

impl Session {
    /// Reads the configuration and the values given to variables. Never fails: what is wrong is in the diagnostics.
    pub fn open(options: Options, host: Host, now: jiff::Timestamp) -> Self {
        let mut sources = Sources::default();
        let names: Vec<&str> = kinds::registry().iter().map(|k| k.schema().kind).collect();
        let kinds = Kinds { managed: &names, data: &[] };
        let (tree, mut diagnostics) = Loader::new(&RealFiles, kinds, &mut sources).load_tree(&options.directory);
        diagnostics.extend(tree.module.module_calls.values().map(no_modules));
        let private = tree.module.variables.values().any(|v| v.sensitive || v.ephemeral);
        let assignments = Assignments {
            options: &options,
            host: &host,
            private,
            sources: &mut sources,
            diagnostics: &mut diagnostics,
        };
        let assignments = assignments.gather();
        Self { module: tree.module, options, host, sources, assignments, diagnostics, now }
    }

    /// What functions see of the world. `planning`: what differs from call to call is unknown.
    fn functions(&self, planning: bool) -> functions::Context {
        let directory = &self.options.directory;
        let home = self.host.variable("HOME").map(PathBuf::from);
        functions::Context {
            files: Arc::new(RealFiles),
            random: Arc::new(RealFiles),
            module_dir: directory.clone(),
            // Without the `.` that the directory mostly is.
            cwd: self.host.directory.join(directory).components().collect(),
            home,
            now: self.now,
            planning,
        }
    }

    /// Prepares the evaluation of the configuration.
    pub fn evaluation(&self, completeness: Completeness, planning: bool) -> (Evaluation<'_>, Diagnostics) {
        Evaluation::new(&self.module, self.functions(planning), self.assignments.clone(), completeness)
    }

    pub fn now(&self) -> jiff::Timestamp {
        self.now
    }

    /// Where the state is kept.
    pub fn state_place(&self, evaluation: &Evaluation<'_>) -> (StatePlace, Diagnostics) {
        let (settings, diagnostics) = evaluation.state_settings();
        let directory = &self.options.directory;
        let path = match (&self.options.state, settings.and_then(|s| s.path)) {
            (Some(file), _) => self.host.directory.join(file),
            (None, _) if self.options.sandbox => directory.join(SANDBOX_DIRECTORY).join("state.json"),
            (None, Some(path)) => directory.join(path),
            (None, None) => directory.join(STATE_FILE),
        };
        (StatePlace { store: Box::new(LocalStore::new(path.clone())), path }, diagnostics)
    }
}

fn no_modules(call: &crate::config::ModuleCall) -> Diagnostic {
    Diagnostic::error(Code("HW0224"), "Module calls are not supported")
        .with_detail(format!("This version reads one directory; the module \"{}\" would be left out.", call.name.text))
        .with_label(call.span, "a call of another module")
        .with_help("Move the module's blocks into this directory.")
}

/// What cannot be read belongs to nobody yet: it may be the value of a sensitive variable.
fn hidden(mut diagnostic: Diagnostic) -> Diagnostic {
    diagnostic.labels.iter_mut().for_each(|label| label.hidden = true);
    diagnostic
}

/// Gathers values for variables in rising precedence: environment, files found, files and values of the command line.
struct Assignments<'a> {
    options: &'a Options,
    host: &'a Host,
    /// Some of the variables have values that must not be shown.
    private: bool,
    sources: &'a mut Sources,
    diagnostics: &'a mut Diagnostics,
}

impl Assignments<'_> {
    fn gather(mut self) -> Vec<Assignment> {
        let mut all = self.environment("TF_VAR_");
        all.extend(self.environment("HOUSEWRIGHT_VAR_"));
        for path in self.found_files() {
            all.extend(self.file(&path, Severity::Warning));
        }
        for path in &self.options.variable_files {
            all.extend(self.file(&self.host.directory.join(path), Severity::Warning));
        }
        for given in &self.options.variables {
            all.extend(self.argument(given));
        }
        all
    }

    fn environment(&mut self, prefix: &str) -> Vec<Assignment> {
        let given = self.host.environment.iter().filter_map(|(k, v)| Some((k.strip_prefix(prefix)?, k, v)));
        let all: Vec<_> = given.map(|(name, key, text)| (name.to_owned(), key.clone(), text.clone())).collect();
        all.into_iter()
            .map(|(name, key, text)| {
                let file = self.sources.add(key.clone(), text.clone());
                let origin = format!("the environment variable {key}");
                Assignment { name, value: Assigned::Text { file, text }, origin, undeclared: None }
            })
            .collect()
    }

    /// `terraform.tfvars`, then `*.auto.tfvars` by name; each also as JSON.
    fn found_files(&self) -> Vec<PathBuf> {
        let names: Vec<String> =
            host::list(&self.options.directory).map(|l| l.into_iter().map(|(n, _)| n).collect()).unwrap_or_default();
        let fixed = ["terraform.tfvars", "terraform.tfvars.json"].into_iter().filter(|f| names.iter().any(|n| n == f));
        let auto = names
            .iter()
            .map(String::as_str)
            .filter(|n| n.ends_with(".auto.tfvars") || n.ends_with(".auto.tfvars.json"));
        fixed.chain(auto).map(|n| self.options.directory.join(n)).collect()
    }

    fn file(&mut self, path: &Path, undeclared: Severity) -> Vec<Assignment> {
        let origin = path.display().to_string();
        let text = match host::read(path).map(String::from_utf8) {
            Ok(Ok(text)) => text,
            Ok(Err(_)) => return self.unreadable(&origin, "It is not UTF-8 text."),
            Err(error) => return self.unreadable(&origin, &error.to_string()),
        };
        let file = self.sources.add(origin.clone(), text.clone());
        let json = origin.ends_with(".json");
        let (values, found) = if json { parse_tfvars_json(file, &text) } else { parse_tfvars(file, &text) };
        self.diagnostics.extend(found.into_iter().map(|d| if self.private { hidden(d) } else { d }));
        let of = |(name, attribute): (Arc<str>, crate::lang::syntax::ast::Attribute)| Assignment {
            name: name.to_string(),
            value: Assigned::Expr(attribute.expr),
            origin: origin.clone(),
            undeclared: Some(undeclared),
        };
        values.into_iter().map(of).collect()
    }

    fn unreadable(&mut self, path: &str, why: &str) -> Vec<Assignment> {
        let help = "Check the path given with --var-file, and that the file can be read.";
        self.diagnostics.push(
            Diagnostic::error(Code("HW0904"), format!("{path} cannot be read"))
                .with_detail(format!("It should give values to variables. {why}"))
                .with_help(help),
        );
        Vec::new()
    }

    fn argument(&mut self, given: &str) -> Option<Assignment> {
        let Some((name, text)) = given.split_once('=').filter(|(n, _)| !n.trim().is_empty()) else {
            self.diagnostics.push(
                Diagnostic::error(Code("HW0904"), "A value for a variable cannot be read")
                    .with_detail("--var takes a name and a value: NAME=VALUE.")
                    .with_help("Write for example --var 'region=eu-central-1'."),
            );
            return None;
        };
        let file = self.sources.add(format!("--var {}", name.trim()), text);
        let value = Assigned::Text { file, text: text.to_owned() };
        Some(Assignment {
            name: name.trim().to_owned(),
            value,
            origin: "--var".to_owned(),
            undeclared: Some(Severity::Error),
        })
    }
}
