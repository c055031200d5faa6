//! Accepting drift: the edits of the user's own files under which what is there becomes what is wanted. Literals are edited
//! where they stand; where a value comes from an expression, that is said instead. Writes nothing itself.

mod edit;
mod literal;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path};

use housewright_state::State;

use super::PlanOptions;
use super::connect::Connections;
use super::plan::plan;
use super::session::{Session, WORKING_DIRECTORY};
use crate::address::Address;
use crate::config::{ConfigFile, Resource, Syntax};
use crate::desired::Evaluation;
use crate::diag::{Diagnostics, FileId, Span};
use crate::kinds;
use crate::lang::fmt;
use crate::lang::value::Value;
use crate::lang::write;
use crate::plan::{Action, ActionKind, AttributeChange};
use crate::schema::{Attribute, Leaf, at_path};

use edit::{Edit, change, edited};
use literal::{Found, find};

/// What would accept the drift.
#[derive(Debug, Default)]
pub struct Acceptance {
    /// Name, text before, text after.
    pub files: Vec<(String, String, String)>,
    /// What has to be changed by hand, and why.
    pub by_hand: Vec<String>,
    pub diagnostics: Diagnostics,
}

/// Works the edits out.
///
/// # Errors
/// When no plan can be made.
pub async fn accept(
    session: &Session,
    connections: &Connections,
    state: Option<State>,
) -> Result<Acceptance, Diagnostics> {
    let mut planned = plan(session, connections, state, &PlanOptions::default()).await?;
    let mut work = Work { session, edits: BTreeMap::new(), acceptance: Acceptance::default() };
    let drifted: Vec<&Action> = planned.plan.actions.iter().filter(|a| is_drifted(a)).collect();
    let mut seen = BTreeSet::new();
    for action in &drifted {
        if action.drift.is_empty() {
            work.gone(action);
        }
        for drift in &action.drift {
            let block = action.address.declared();
            // A block is edited once for all its instances.
            if seen.insert((block.clone(), drift.path.clone())) {
                let siblings: Vec<&&Action> = drifted.iter().filter(|a| a.address.declared() == block).collect();
                work.attribute(&mut planned.evaluation, &planned.plan.actions, &siblings, drift);
            }
        }
    }
    let Work { edits, mut acceptance, .. } = work;
    acceptance.files = edits.into_iter().filter_map(|(file, edits)| changed(session, file, &edits)).collect();
    acceptance.diagnostics = planned.diagnostics;
    Ok(acceptance)
}

fn is_drifted(action: &Action) -> bool {
    let gone =
        action.kind == ActionKind::Create && action.reason.as_deref().is_some_and(|r| r.contains("no longer there"));
    gone || !action.drift.is_empty()
}

/// A file before and after; in the canonical format if it was so before.
fn changed(session: &Session, file: FileId, edits: &[Edit]) -> Option<(String, String, String)> {
    let source = session.sources.get(file)?;
    let text = edited(&source.text, edits);
    let text = if fmt::format(&source.text) == *source.text { fmt::format(&text) } else { text };
    Some((source.name.clone(), source.text.to_string(), text))
}

struct Work<'s> {
    session: &'s Session,
    edits: BTreeMap<FileId, Vec<Edit>>,
    acceptance: Acceptance,
}

impl Work<'_> {
    fn gone(&mut self, action: &Action) {
        self.say(&action.address, "", "it is gone: remove its block, or apply to have it made again");
    }

    fn say(&mut self, address: &Address, attribute: &str, why: &str) {
        let dot = if attribute.is_empty() { "" } else { "." };
        self.acceptance.by_hand.push(format!("{address}{dot}{attribute}: {why}"));
    }

    /// One attribute of a block of which some instances have drifted.
    fn attribute(
        &mut self,
        evaluation: &mut Evaluation<'_>,
        actions: &[Action],
        siblings: &[&&Action],
        drift: &AttributeChange,
    ) {
        let address = siblings.iter().find(|a| a.drift.contains(drift)).map_or(&siblings[0].address, |a| &a.address);
        let (address, path) = (address.clone(), drift.path.as_str());
        let Some(resource) = evaluation.declaration(&address) else {
            return self.say(&address, path, "the configuration no longer has the block");
        };
        let leaf = kinds::of(&address).and_then(|k| k.schema().leaves().iter().find(|l| l.path == path));
        let Some(leaf) = leaf else { return };
        if drift.sensitive {
            return self.say(&address, path, "it is sensitive, and is not shown: edit it by hand");
        }
        let desired = evaluation.instance(&address).map(|i| i.desired.values).unwrap_or(Value::MISSING);
        let is_wanted = at_path(&desired, path).is_some_and(|w| crate::schema::same(&leaf.attribute, w, &drift.after));
        if is_wanted {
            return;
        }
        let instances: Vec<&Action> = actions.iter().filter(|a| a.address.declared() == address.declared()).collect();
        let agree = |a: &&Action| a.drift.iter().any(|d| d.path == path && d.after == drift.after);
        if !instances.iter().all(agree) {
            return self.say(&address, path, "the block stands for several instances, and they are not all alike");
        }
        match self.edit(resource, leaf, &drift.after) {
            Ok((file, edit)) => self.edits.entry(file).or_default().push(edit),
            Err(why) => self.say(&address, path, &why),
        }
    }

    fn edit(&self, resource: &Resource, leaf: &Leaf, wanted: &Value) -> Result<(FileId, Edit), String> {
        self.is_ours(resource.span)?;
        let source = self.text(resource.span);
        let attribute: &Attribute = &leaf.attribute;
        let from = |span: Span| {
            let text = self.session.sources.snippet(span).trim();
            let first = text.lines().next().unwrap_or_default();
            let more = if first.len() < text.len() { " …" } else { "" };
            format!("it comes from an expression ({}): {first}{more}", self.session.sources.describe(span))
        };
        match find(&resource.body, &leaf.path) {
            Found::Expr(expr) => {
                change(source, expr, attribute, wanted).map(|e| (expr.span.file, e)).ok_or_else(|| from(expr.span))
            }
            Found::Behind(expr) => Err(from(expr.span)),
            Found::Missing { within, rest } => inserted(source, resource, within.map(|e| e.span), rest, wanted),
        }
    }

    fn text(&self, span: Span) -> &str {
        self.session.sources.get(span.file).map_or("", |s| &s.text)
    }

    /// Files that were fetched are somebody else's, and JSON has another notation.
    fn is_ours(&self, span: Span) -> Result<(), String> {
        let name = self.session.sources.get(span.file).map_or("", |s| s.name.as_str());
        let path = Path::new(name);
        let fetched = path.components().any(|c| c == Component::Normal(WORKING_DIRECTORY.as_ref()));
        let file = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        match ConfigFile::classify(&file) {
            _ if fetched => Err(format!("its module was fetched ({name}): change it where it comes from")),
            Some(file) if file.syntax == Syntax::Json => Err(format!("it stands in JSON ({name}): edit it by hand")),
            _ => Ok(()),
        }
    }
}

/// A line for an attribute that nobody wrote, at the end of the block or of the object around it.
fn inserted(
    source: &str,
    resource: &Resource,
    within: Option<Span>,
    rest: &str,
    wanted: &Value,
) -> Result<(FileId, Edit), String> {
    let text = write::value(wanted).ok_or("its value is not known")?;
    let names: Vec<&str> = rest.split('.').collect();
    let line = names.iter().rev().fold(text, |inner, name| match inner.is_empty() {
        true => inner,
        false if *name == names[names.len() - 1] => format!("{name} = {inner}"),
        false => format!("{name} = {{ {inner} }}"),
    });
    let end = match within {
        Some(span) => span.end as usize - 1,
        None => resource.body.span.end as usize,
    };
    let before = source[..end].trim_end_matches([' ', '\t']);
    let flat = within.is_some_and(|span| !source[span.start as usize..end].contains('\n'));
    let is_empty = before.ends_with('{');
    let text = match (flat, is_empty) {
        (true, true) => format!(" {line} "),
        (true, false) => format!(", {line} "),
        (false, _) if before.ends_with('\n') => format!("{line}\n"),
        (false, _) => format!("\n{line}\n"),
    };
    let start = if flat { before.len() } else { end };
    Ok((resource.span.file, Edit { start, end, text }))
}
