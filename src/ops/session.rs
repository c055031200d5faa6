//! A session: the configuration that was read, the values given to its variables, and where its state is kept.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use housewright_state::Store;

use super::modules::Repositories;
use super::saved::Saved;
use super::{Options, RealFiles, backends};
use crate::config::{Kinds, Loader, ModuleTree, parse_tfvars, parse_tfvars_json};
use crate::desired::{Assigned, Assignment, Completeness, Evaluation};
use crate::diag::{Code, Diagnostic, Diagnostics, Severity, Sources};
use crate::host::{self, Host};
use crate::kinds;
use crate::lang::functions;

/// The name of the state file, unless a `state` block or `--state` says otherwise.
pub(super) const STATE_FILE: &str = "housewright.state.json";

/// The directory for what is made while working, within the configuration's: the sandbox and copies of modules.
pub const WORKING_DIRECTORY: &str = ".housewright";

/// Everything an operation starts from.
pub struct Session {
    pub options: Options,
    pub host: Host,
    pub tree: ModuleTree,
    pub sources: Sources,
    assignments: Vec<Assignment>,
    /// Findings of reading the configuration and the variables' values.
    pub diagnostics: Diagnostics,
    /// When the session began: `timestamp()` and `plantimestamp()`.
    now: jiff::Timestamp,
}

/// A state store, and the file it keeps the state in, if it is one.
pub struct StatePlace {
    pub store: Arc<dyn Store>,
    pub path: Option<PathBuf>,
}

impl Session {
    /// Reads the configuration and the values given to variables. Never fails: what is wrong is in the diagnostics.
    pub fn open(options: Options, host: Host, now: jiff::Timestamp) -> Self {
        Self::with(options, host, now, Vec::new())
    }

    /// As [`Session::open`], for a plan that was made before: with its time and its values.
    pub fn open_saved(options: Options, host: Host, saved: &Saved) -> Self {
        let mut session = Self::with(saved.options(options), host, saved.plan.made, saved.assignments());
        let found = saved.check_inputs(&session);
        session.diagnostics.append(found);
        session
    }

    /// `first`: values that come before all others.
    fn with(options: Options, host: Host, now: jiff::Timestamp, first: Vec<Assignment>) -> Self {
        let mut sources = Sources::default();
        let (mut assignments, given) = Assignments::gather(&options, &host, &mut sources);
        assignments.extend(first);
        let names: Vec<&str> = kinds::registry().iter().map(|k| k.schema().kind).collect();
        let data: Vec<&str> = kinds::data::registry().iter().map(|d| d.schema().kind).collect();
        let kinds = Kinds { managed: &names, data: &data };
        let outside = Repositories {
            directory: options.directory.join(WORKING_DIRECTORY).join("modules"),
            update: options.update_modules,
            assignments: &assignments,
            functions: functions(&options, &host, now, true),
        };
        let (tree, mut diagnostics) =
            Loader::new(&RealFiles, kinds, &mut sources).load_tree(&options.directory, &outside);
        // Values that cannot be read may be meant for variables that must not be shown.
        let private = tree.module.variables.values().any(|v| v.sensitive || v.ephemeral);
        diagnostics.extend(given.into_iter().map(|d| if private { hidden(d) } else { d }));
        Self { tree, options, host, sources, assignments, diagnostics, now }
    }

    /// Prepares the evaluation of the configuration.
    pub fn evaluation(&self, completeness: Completeness, planning: bool) -> (Evaluation<'_>, Diagnostics) {
        Evaluation::new(
            &self.tree,
            functions(&self.options, &self.host, self.now, planning),
            self.assignments.clone(),
            completeness,
        )
    }

    /// The findings of reading, for those who can do without any configuration.
    pub(super) fn findings_with_configuration(&self) -> Diagnostics {
        self.diagnostics.clone().into_iter().filter(|d| d.code != Code("HW0201")).collect()
    }

    /// What functions see of the world.
    pub(super) fn functions(&self) -> functions::Context {
        functions(&self.options, &self.host, self.now, true)
    }

    pub fn now(&self) -> jiff::Timestamp {
        self.now
    }

    /// Where the state is kept; `None` when that cannot be told.
    pub fn state_place(&self, evaluation: &Evaluation<'_>) -> (Option<StatePlace>, Diagnostics) {
        let (settings, mut diagnostics) = evaluation.state_settings();
        diagnostics.extend(settings.as_ref().map(backends::check).into_iter().flatten());
        if diagnostics.has_errors() {
            return (None, diagnostics);
        }
        match backends::place(self, settings) {
            Ok(place) => (Some(place), diagnostics),
            Err(found) => {
                diagnostics.append(found);
                (None, diagnostics)
            }
        }
    }
}

/// What functions see of the world. `planning`: what differs from call to call is unknown.
fn functions(options: &Options, host: &Host, now: jiff::Timestamp, planning: bool) -> functions::Context {
    functions::Context {
        files: Arc::new(RealFiles),
        random: Arc::new(RealFiles),
        module_dir: options.directory.clone(),
        // Without the `.` that the directory mostly is.
        cwd: host.directory.join(&options.directory).components().collect(),
        home: host.variable("HOME").map(PathBuf::from),
        now,
        planning,
    }
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
    sources: &'a mut Sources,
    diagnostics: Diagnostics,
}

impl<'a> Assignments<'a> {
    fn gather(options: &'a Options, host: &'a Host, sources: &'a mut Sources) -> (Vec<Assignment>, Diagnostics) {
        let mut this = Self { options, host, sources, diagnostics: Diagnostics::new() };
        let mut all = this.environment("TF_VAR_");
        all.extend(this.environment("HOUSEWRIGHT_VAR_"));
        for path in this.found_files() {
            all.extend(this.file(&path, Severity::Warning));
        }
        for path in &options.variable_files {
            all.extend(this.file(&host.directory.join(path), Severity::Warning));
        }
        for given in &options.variables {
            all.extend(this.argument(given));
        }
        (all, this.diagnostics)
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
        self.diagnostics.append(found);
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
