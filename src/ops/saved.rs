//! Plans in files: made by `plan --out`, carried out by `apply FILE`, once, and only while what they rest on is the same.

use std::collections::BTreeMap;
use std::path::Path;

use housewright_state::{Salt, State};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::backends::seal;
use super::plan::Planned;
use super::session::Session;
use super::{Options, PlanOptions};
use crate::config::EXTENSIONS;
use crate::desired::{Assigned, Assignment};
use crate::diag::{Code, Diagnostic, Diagnostics, Severity, Sources};
use crate::host::{self, Host};
use crate::lang::value::Value;
use crate::plan::file::{self, Keeping, Kept, PlanFile};
use crate::plan::packed::{self, Unreadable};
use crate::plan::sheet::Sheet;
use crate::secret::Fingerprints;

/// What plans are sealed for, so that nothing else sealed with the key passes for one.
const PURPOSE: &str = "plan";

/// Writes a plan into a file that only its owner can read, in the place of what is there; encrypted as the state is.
///
/// # Errors
/// When it cannot be written.
pub fn save(
    session: &Session,
    planned: &Planned<'_>,
    sheet: &Sheet,
    options: &PlanOptions,
    path: &Path,
) -> Result<(), Diagnostic> {
    let kept = PlanFile { sheet: Some(sheet.into()), ..keep(session, planned, options) };
    let failed = |why: String| {
        Diagnostic::error(Code("HW0921"), format!("The plan cannot be written to {}", path.display()))
            .with_detail(why)
            .with_help("Name another file with --out. Nothing was changed.")
    };
    let packed = packed::pack(&kept).map_err(failed)?;
    let sealed = seal(&session.host)?.seal(PURPOSE, packed);
    host::write_private(&session.host.directory.join(path), &sealed).map_err(|e| failed(e.to_string()))
}

fn keep(session: &Session, planned: &Planned<'_>, options: &PlanOptions) -> PlanFile {
    let fingerprint = |text: &str| planned.fingerprints.of(text);
    let keeping = Keeping { fingerprint: &fingerprint };
    PlanFile {
        program: env!("CARGO_PKG_VERSION").to_owned(),
        made: session.now(),
        lineage: planned.plan.lineage.clone(),
        salt: planned.state.salt.to_string(),
        serial: planned.plan.serial,
        stored: planned.was_stored,
        files: digests(&session.sources),
        variables: variables(&planned.evaluation.inputs(), &keeping),
        replace: options.replace.iter().map(ToString::to_string).collect(),
        targets: session.options.targets.iter().map(ToString::to_string).collect(),
        refresh: !options.no_refresh,
        destroy: options.destroy,
        actions: file::decided(&planned.plan, &keeping),
        outputs: planned.plan.outputs.iter().map(|o| keeping.output(o)).collect(),
        sheet: None,
    }
}

fn variables(inputs: &BTreeMap<String, Value>, keeping: &Keeping<'_>) -> BTreeMap<String, Kept> {
    let kept = |(name, value): (&String, &Value)| {
        let (plain, marks) = value.unmark_deep();
        (name.clone(), keeping.value(&plain, marks.sensitive || marks.ephemeral))
    };
    inputs.iter().map(kept).collect()
}

/// Digests of the configuration's files. Values of variables are kept themselves.
fn digests(sources: &Sources) -> BTreeMap<String, String> {
    let is_configuration = |name: &str| EXTENSIONS.iter().any(|e| name.ends_with(e));
    let digest = |text: &str| Sha256::digest(text).iter().map(|b| format!("{b:02x}")).collect();
    sources.iter().filter(|s| is_configuration(&s.name)).map(|s| (s.name.clone(), digest(&s.text))).collect()
}

/// A plan that was read from a file, and what it is called.
#[derive(Debug)]
pub struct Saved {
    pub plan: PlanFile,
    pub name: String,
}

impl Saved {
    /// Reads a kept plan.
    ///
    /// # Errors
    /// When there is none in the file, or a newer one than this program knows.
    pub fn open(path: &Path, host: &Host) -> Result<Self, Diagnostic> {
        let name = path.display().to_string();
        let failed = |summary: String, why: String| {
            Diagnostic::error(Code("HW0922"), summary)
                .with_detail(why)
                .with_help("Name a file that `plan --out FILE` has written.")
        };
        let bytes = host::read(&host.directory.join(path))
            .map_err(|e| failed(format!("{name} cannot be read"), format!("{e}.")))?;
        let bytes = seal(host)?.open(PURPOSE, bytes).map_err(|e| {
            let unreadable = failed(format!("{name} cannot be opened"), format!("{e}."));
            match e.next() {
                Some(next) => unreadable.with_help(next),
                None => unreadable,
            }
        })?;
        let plan = packed::unpack(&bytes).map_err(|why| match why {
            Unreadable::NotAPlan => failed(format!("{name} is not a plan"), "It does not begin like one.".to_owned()),
            Unreadable::Damaged(why) => failed(format!("{name} is damaged"), format!("{why}.")),
            Unreadable::Version(version) => {
                let (word, next) = if version > packed::VERSION {
                    ("a newer", "Use that version, or make the plan anew: housewright plan --out FILE")
                } else {
                    ("an older", "Make the plan anew: housewright plan --out FILE")
                };
                let known = packed::VERSION;
                failed(
                    format!("{name} was made by {word} version"),
                    format!("Its format is {version}, and this program reads {known}."),
                )
                .with_help(next)
            }
        })?;
        Ok(Self { plan, name })
    }

    /// The plan as it is shown.
    ///
    /// # Errors
    /// When an earlier version wrote the file.
    pub fn sheet(&self) -> Result<Sheet, Diagnostic> {
        self.plan.sheet.as_ref().and_then(crate::plan::sheet::StoredSheet::sheet).ok_or_else(|| {
            Diagnostic::error(Code("HW0930"), format!("{} does not say how it is shown", self.name))
                .with_detail("It was made by another version, which kept only what an apply needs.")
                .with_help("Make the plan again with `plan --out FILE`.")
        })
    }

    /// The options it was made with, over those that say where things are.
    pub fn options(&self, given: Options) -> Options {
        let targets = self.plan.targets.iter().filter_map(|t| t.parse().ok()).collect();
        Options { targets, ..given }
    }

    pub fn plan_options(self: &std::sync::Arc<Self>) -> PlanOptions {
        PlanOptions {
            replace: self.plan.replace.iter().filter_map(|a| a.parse().ok()).collect(),
            no_refresh: !self.plan.refresh,
            destroy: self.plan.destroy,
            saved: Some(self.clone()),
        }
    }

    /// What a state that does not exist yet is to be.
    pub(super) fn born(&self) -> Option<(Uuid, Salt)> {
        Some((self.plan.lineage.parse().ok()?, self.plan.salt.parse().ok()?))
    }

    /// The kept values, which come before all others.
    pub(super) fn assignments(&self) -> Vec<Assignment> {
        let assignment = |(name, kept): (&String, &Kept)| match kept {
            Kept::Value(json) => Some(Assignment {
                name: name.clone(),
                value: Assigned::Value(Value::from_stored(json)?),
                origin: self.name.clone(),
                undeclared: Some(Severity::Error),
            }),
            Kept::Fingerprint(_) => None,
        };
        self.plan.variables.iter().filter_map(assignment).collect()
    }

    /// What the configuration and the given values must have in common with what the plan was made from.
    pub(super) fn check_inputs(&self, session: &Session) -> Diagnostics {
        let now = digests(&session.sources);
        let names = self.plan.files.keys().chain(now.keys()).collect::<std::collections::BTreeSet<_>>();
        let changed: Vec<&str> =
            names.into_iter().filter(|n| self.plan.files.get(*n) != now.get(*n)).map(String::as_str).collect();
        let mut diagnostics = Diagnostics::new();
        if !changed.is_empty() {
            diagnostics.push(self.refused(
                "The configuration is another than the plan's",
                format!("These files differ: {}.", changed.join(", ")),
            ));
        }
        diagnostics
    }

    /// Whether the state is the one the plan was made from.
    pub(super) fn check_state(&self, stored: Option<&State>) -> Result<(), Diagnostic> {
        let same = match stored {
            None => !self.plan.stored,
            Some(state) => {
                self.plan.stored && state.lineage.to_string() == self.plan.lineage && state.serial == self.plan.serial
            }
        };
        if same {
            return Ok(());
        }
        let now = stored.map_or_else(|| "there is none".to_owned(), |s| format!("now it is {}", s.revision()));
        let then = if self.plan.stored {
            format!("serial {} of lineage {}", self.plan.serial, self.plan.lineage)
        } else {
            "none".to_owned()
        };
        Err(self.refused(
            "The state has changed since the plan was made",
            format!("The plan was made on {then}; {now}. It was applied already, or somebody else applied something."),
        ))
    }

    /// Takes what the kept plan does not touch out of the new one.
    ///
    /// # Errors
    /// Where the two differ.
    pub(super) fn restrict(&self, planned: &mut Planned<'_>) -> Result<(), Diagnostics> {
        let fingerprints = Fingerprints::new(planned.state.salt.0);
        let fingerprint = |text: &str| fingerprints.of(text);
        let keeping = Keeping { fingerprint: &fingerprint };
        let mut diagnostics = Diagnostics::new();
        let inputs = variables(&planned.evaluation.inputs(), &keeping);
        for (name, _) in self.plan.variables.iter().filter(|(name, kept)| inputs.get(*name) != Some(*kept)) {
            diagnostics.push(
                self.refused(
                    &format!("The variable \"{name}\" has another value than when the plan was made"),
                    "The plan does not keep sensitive values, so they have to be given again, and to be the same."
                        .to_owned(),
                ),
            );
        }
        let (differences, left_out) = file::difference(&self.plan.actions, &mut planned.plan, &keeping);
        if !differences.is_empty() {
            diagnostics.push(self.refused("What is there has changed since the plan was made", differences.join("\n")));
        }
        if diagnostics.has_errors() {
            return Err(diagnostics);
        }
        planned.diagnostics.extend(left_out.into_iter().map(|address| {
            Diagnostic::warning(Code("HW0631"), format!("{address} differs now, and is no part of this plan"))
                .with_detail("It changed after the plan was made. It is left as it is.")
                .with_help("Make another plan to deal with it.")
                .with_address(address)
        }));
        Ok(())
    }

    fn refused(&self, summary: &str, detail: String) -> Diagnostic {
        Diagnostic::error(Code("HW0630"), summary.to_owned())
            .with_detail(format!("{detail}\nNothing was changed."))
            .with_help("Make a new plan with `plan --out FILE`, look at it, and apply that.")
    }
}
