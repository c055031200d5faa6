//! What all commands start from: the options of the command line, resolved once, and the ways to open things with them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use housewright_state::State;

use super::args::Global;
use super::exit;
use super::interrupt::Interrupts;
use super::render::{diagnostics, events};
use super::terminal::Terminal;
use crate::clock::{Clock as _, SystemClock};
use crate::cloud::{RequestObserver, RequestRecord, Warner};
use crate::desired::{CloudSettings, Completeness};
use crate::diag::{Code, Diagnostic, Diagnostics, Sources};
use crate::host::Host;
use crate::ops::{self, Connections, Options, PlanOptions, Session, StatePlace, Watchers};
use crate::sandbox::Held;

/// Real time between two steps of the sandbox's virtual time, so that a person can watch.
const PAUSE: Duration = Duration::from_millis(40);

/// How a command ends: with an exit code, or not as asked.
pub type Result<T = u8> = std::result::Result<T, Failure>;

/// Why a command could not do what was asked.
#[derive(Debug)]
pub struct Failure {
    diagnostics: Diagnostics,
    sources: Sources,
    code: u8,
}

impl Failure {
    /// Findings that point into the texts of a session.
    pub fn in_session(session: &Session, diagnostics: impl Into<Diagnostics>) -> Self {
        Self { diagnostics: diagnostics.into(), sources: session.sources.clone(), code: exit::FAILURE }
    }

    /// Findings that point nowhere.
    pub fn without_session(diagnostics: Diagnostics) -> Self {
        Self { diagnostics, sources: Sources::default(), code: exit::FAILURE }
    }

    /// Somebody interrupted it.
    pub fn interrupted() -> Self {
        Self { diagnostics: Diagnostics::new(), sources: Sources::default(), code: exit::INTERRUPTED }
    }

    /// Prints why, and gives the exit code.
    pub fn show(self, terminal: &Terminal) -> u8 {
        terminal.diagnostics(self.diagnostics, &self.sources);
        self.code
    }

    /// Tells why as events, and gives the exit code.
    pub fn tell(self, context: &Context, at: jiff::Timestamp) -> u8 {
        context.tell_events(self.diagnostics, &self.sources, at);
        self.code
    }
}

impl From<Diagnostic> for Failure {
    fn from(diagnostic: Diagnostic) -> Self {
        Self { diagnostics: diagnostic.into(), sources: Sources::default(), code: exit::FAILURE }
    }
}

/// The options of the command line, resolved.
pub struct Context {
    pub global: Global,
    pub terminal: Arc<Terminal>,
    pub host: Host,
}

impl Context {
    pub fn new(global: Global, host: Host) -> Self {
        let terminal = Arc::new(Terminal::new(&host, global.no_color, global.no_input));
        Self { global, terminal, host }
    }

    /// The configuration's directory: commands run in it.
    pub fn directory(&self) -> PathBuf {
        PathBuf::from(".")
    }

    /// Reads the configuration, whatever is wrong with it.
    pub fn session(&self) -> Session {
        Session::open(self.options(), self.host.clone(), SystemClock::default().now())
    }

    /// Reads the configuration for a kept plan.
    pub fn saved_session(&self, saved: &ops::Saved) -> Session {
        Session::open_saved(self.options(), self.host.clone(), saved)
    }

    fn options(&self) -> Options {
        Options {
            directory: self.directory(),
            variables: self.global.variables.clone(),
            variable_files: self.global.variable_files.clone(),
            state: self.global.state.clone(),
            sandbox: self.global.sandbox,
            targets: self.global.targets.clone(),
            parallelism: self.global.parallelism,
            update_modules: self.global.update_modules,
            lock_timeout: self.global.lock_timeout,
            notice: self.notice(),
        }
    }

    fn notice(&self) -> ops::Notice {
        let terminal = Arc::clone(&self.terminal);
        Arc::new(move |text| terminal.tell_line(text))
    }

    /// Where the state is kept, for those that do not plan. What is wrong elsewhere in the configuration is no matter,
    /// as long as it can be told where the state is.
    pub fn state_place(&self, session: &Session) -> Result<StatePlace> {
        let told = session.options.state.is_some() || session.options.sandbox;
        let unreadable = session.diagnostics.iter().any(|d| d.is_error() && !is_empty_directory(d));
        if unreadable && !told {
            let mut diagnostics = session.diagnostics.clone();
            diagnostics.push(
                Diagnostic::error(Code("HW0908"), "It cannot be told where the state is kept")
                    .with_detail("A `state` block may stand in the part of the configuration that cannot be read.")
                    .with_help("Correct the configuration, or name the file with --state FILE."),
            );
            return Err(Failure::in_session(session, diagnostics));
        }
        let (evaluation, _) = session.evaluation(Completeness::Lenient, true);
        let (place, diagnostics) = session.state_place(&evaluation);
        place.filter(|_| !diagnostics.has_errors()).ok_or_else(|| Failure::in_session(session, diagnostics))
    }

    /// The stored state; `None` when there is none yet.
    pub async fn state(&self, session: &Session) -> Result<Option<State>> {
        let place = self.state_place(session)?;
        ops::read_state(session, &place).await.map_err(|d| Failure::in_session(session, d))
    }

    /// Where the state is kept, and everybody the operation talks to.
    pub async fn open(&self, session: &Session, options: &PlanOptions) -> Result<(StatePlace, Connections)> {
        let (place, clouds) = self.places(session, options, false).await?;
        Ok((place, self.connect(session, clouds, None).await?))
    }

    /// As [`Context::open`], and reads the state meanwhile; that of a sandbox not before others are kept out, who may be about
    /// to end with it.
    pub async fn open_and_read(
        &self,
        session: &Session,
        options: &PlanOptions,
    ) -> Result<(Connections, Option<State>)> {
        let (place, clouds) = self.places(session, options, false).await?;
        let held = session.hold_sandbox().map_err(|d| Failure::in_session(session, d))?;
        let (connections, state) = tokio::join!(self.connect(session, clouds, held), ops::read_state(session, &place));
        Ok((connections?, state.map_err(|d| Failure::in_session(session, d))?))
    }

    /// As [`Context::open`], with every cloud, whether something of it is managed or not; without a configuration, with
    /// the cloud that the environment names.
    pub async fn open_all(&self, session: &Session) -> Result<(StatePlace, Connections)> {
        // Nothing is planned, so no variable has to have a value.
        let lenient = PlanOptions { destroy: true, ..PlanOptions::default() };
        let (place, clouds) = self.places(session, &lenient, true).await?;
        Ok((place, self.connect(session, clouds, None).await?))
    }

    /// Where the state is, and the clouds that are used.
    async fn places(
        &self,
        session: &Session,
        options: &PlanOptions,
        all: bool,
    ) -> Result<(StatePlace, BTreeMap<String, CloudSettings>)> {
        let completeness = if options.destroy { Completeness::Lenient } else { Completeness::Required };
        let (evaluation, mut diagnostics) = session.evaluation(completeness, true);
        let told = session.diagnostics.clone().into_iter().filter(|d| !(all && is_empty_directory(d)));
        diagnostics.extend(told);
        let (clouds, found) = evaluation.clouds();
        diagnostics.append(found);
        let (place, found) = session.state_place(&evaluation);
        diagnostics.append(found);
        let Some(place) = place.filter(|_| !diagnostics.has_errors()) else {
            // Whoever has to correct this wants to know of the rest as well.
            if !options.destroy {
                diagnostics.append(ops::validate(session));
            }
            return Err(Failure::in_session(session, diagnostics.sorted()));
        };
        if all {
            return Ok((place, clouds));
        }
        let mut used = evaluation.used_clouds();
        if !clouds.keys().all(|label| used.contains(label)) {
            used.extend(self.remembered_clouds(&place).await);
        }
        Ok((place, clouds.into_iter().filter(|(label, _)| used.contains(label)).collect()))
    }

    async fn connect(
        &self,
        session: &Session,
        clouds: BTreeMap<String, CloudSettings>,
        held: Option<Held>,
    ) -> Result<Connections> {
        let pause = if self.terminal.has_bars() { PAUSE } else { Duration::ZERO };
        let watchers = Watchers { requests: self.request_observer(), warnings: self.warner() };
        Connections::open(session, clouds, pause, watchers, held).await.map_err(|d| Failure::in_session(session, d))
    }

    /// The clouds that something of the state lives in, by label: nobody needs a key to another.
    async fn remembered_clouds(&self, place: &StatePlace) -> Vec<String> {
        // What is wrong with the state is told when it is used.
        let state = housewright_state::current(&*place.store).await.ok().flatten();
        state.into_iter().flat_map(|s| s.worlds.into_keys()).collect()
    }

    /// Listens for signals from now on.
    pub fn interrupts(&self) -> Result<Interrupts> {
        Interrupts::listen(&self.terminal).map_err(|e| {
            Diagnostic::error(Code("HW0911"), "The program cannot start")
                .with_detail(format!("The system does not let it listen for signals: {e}."))
                .with_help("End other programs, or raise the limit of processes.")
                .into()
        })
    }

    /// With `-v`, tells every request.
    fn request_observer(&self) -> RequestObserver {
        if !self.global.verbose {
            return Arc::new(|_| {});
        }
        let terminal = Arc::clone(&self.terminal);
        Arc::new(move |record: &RequestRecord| {
            let status = record.status.map_or_else(|| "no answer".to_owned(), |s| s.to_string());
            let arrow = if terminal.look().unicode { "→" } else { "->" };
            terminal.tell_line(&format!("{} {} {arrow} {status}", record.method.as_str(), record.path));
        })
    }

    /// Tells warnings that belong to no operation.
    fn warner(&self) -> Warner {
        let terminal = Arc::clone(&self.terminal);
        Arc::new(move |warning| terminal.diagnostics(warning.into(), &Sources::default()))
    }

    /// Findings as events, one object a line.
    pub fn tell_events(&self, found: Diagnostics, sources: &Sources, at: jiff::Timestamp) {
        for diagnostic in found.sorted().iter() {
            self.terminal.print(&events::diagnostic(at, &diagnostics::json::item(diagnostic, sources)));
        }
    }

    /// Refuses `--json` for a command that has no such form.
    pub fn refuse_json(&self, command: &str) -> Result<()> {
        if !self.global.json {
            return Ok(());
        }
        Err(Diagnostic::error(Code("HW0909"), format!("`{command}` has no JSON form"))
            .with_detail("Commands with one: validate, plan, drift, apply, destroy, show, output, state list, state pull, state history, sandbox status, sandbox events, version.")
            .with_help("Leave --json out; after an apply, `show --json` and `output --json` tell what there is.")
            .into())
    }
}

/// A directory without configuration is fine for those that only look at the state.
pub fn is_empty_directory(diagnostic: &Diagnostic) -> bool {
    diagnostic.code == Code("HW0201")
}

/// The directory to run in cannot be used.
pub fn no_directory(directory: &Path, error: &std::io::Error) -> Failure {
    Diagnostic::error(Code("HW0910"), format!("The directory {} cannot be used", directory.display()))
        .with_detail(format!("{error}. Nothing was done."))
        .with_help("Name the directory of the configuration with -C DIR, or change to it.")
        .into()
}
