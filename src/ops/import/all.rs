//! Everything that exists and is not managed yet, written down as configuration. Nothing is stored here: the caller shows
//! it, writes the files, and imports.

use std::collections::BTreeSet;

use housewright_state::State;

use super::super::connect::Connections;
use super::super::discover::{Existing, as_written, discover};
use super::super::session::Session;
use super::super::stored;
use super::super::written::{Present, Written, written};
use super::Wish;
use crate::address::Address;
use crate::desired::Completeness;
use crate::diag::{Code, Diagnostic, Diagnostics, Severity, suggestion};
use crate::host;
use crate::kinds::{self, Find, Identity, RuleContext};

/// What of all that exists is meant.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    pub find: Option<Find>,
    /// Names of kinds; without any, all.
    pub kinds: Vec<String>,
}

/// What was found and written down.
#[derive(Debug)]
pub struct Survey {
    pub written: Written,
    pub diagnostics: Diagnostics,
}

impl Survey {
    /// What is to be imported once the files are there.
    pub fn wishes(&self) -> Vec<Wish> {
        let wish = |(to, identity): &(Address, Identity)| Wish {
            to: to.clone(),
            find: Find::Id(identity.get("id").cloned().unwrap_or_default()),
            identity: Some(identity.clone()),
            past: None,
        };
        self.written.addresses.iter().map(wish).collect()
    }
}

/// Finds what exists and nobody manages here, and writes it down.
///
/// # Errors
/// When the configuration cannot be read, or what exists.
pub async fn survey(
    session: &Session,
    connections: &Connections,
    state: Option<&State>,
    selection: &Selection,
) -> Result<Survey, Diagnostics> {
    let mut diagnostics = session.findings_with_configuration();
    let wanted = kinds_named(&selection.kinds)?;
    let present = present(session, state, &mut diagnostics);
    if diagnostics.has_errors() {
        return Err(diagnostics.sorted());
    }
    let (found, told) = discover(connections, state, &wanted, true).await?;
    diagnostics.append(told);
    let (chosen, refused) = writable(chosen(found, selection.find.as_ref()));
    diagnostics.extend(refused);
    Ok(Survey { written: written(&chosen, &present), diagnostics: diagnostics.sorted() })
}

/// Without what a block could not state: a bucket whose secret the platform does not tell, and the API asks for.
fn writable(found: Vec<Existing>) -> (Vec<Existing>, Vec<Diagnostic>) {
    let mut refused = Vec::new();
    let is_writable = |existing: &Existing| {
        let context = RuleContext { desired: &as_written(existing), tier: None };
        let found = existing.kind.check(&context).into_iter().find(|f| f.severity == Severity::Error);
        refused.extend(found.as_ref().map(|finding| {
            let (kind, name) = (existing.kind.schema().kind, &existing.listed.name);
            let id = existing.listed.identity.get("id").map_or("ID", String::as_str);
            Diagnostic::warning(Code("HW0661"), format!("{kind} \"{name}\" is left out"))
                .with_detail(format!(
                    "A block with what the platform tells of it would be refused: {}.",
                    finding.summary.trim_end_matches('.')
                ))
                .with_help(format!(
                    "Write its block with what is missing, and then: housewright import {kind}.NAME {id}"
                ))
        }));
        found.is_none()
    };
    let chosen = found.into_iter().filter(is_writable).collect();
    (chosen, refused)
}

/// The kinds under our names.
fn kinds_named(given: &[String]) -> Result<Vec<String>, Diagnostics> {
    let known: Vec<&str> = kinds::registry().iter().filter(|k| !k.is_local()).map(|k| k.schema().kind).collect();
    let mut named = Vec::new();
    for name in given {
        let name = crate::config::kind_name(name);
        if !known.contains(&name) {
            let help = match suggestion(name, known.iter().copied()) {
                Some(meant) => format!("Did you mean {meant}?"),
                None => format!("There are: {}.", known.join(", ")),
            };
            let unknown = Diagnostic::error(Code("HW0649"), format!("There is no kind `{name}`"));
            return Err(unknown.with_help(help).into());
        }
        named.push(name.to_owned());
    }
    Ok(named)
}

/// What is meant, with the parts of it.
fn chosen(found: Vec<Existing>, find: Option<&Find>) -> Vec<Existing> {
    let Some(find) = find else { return found };
    let meant: BTreeSet<Identity> =
        found.iter().filter(|e| find.means(&e.listed)).map(|e| e.listed.identity.clone()).collect();
    let is_part = |e: &Existing| meant.contains(&e.kind.located(&e.observed.values));
    found.into_iter().filter(|e| meant.contains(&e.listed.identity) || is_part(e)).collect()
}

/// What there is already of blocks, names, files, and of things that others can refer to.
fn present(session: &Session, state: Option<&State>, diagnostics: &mut Diagnostics) -> Present {
    let (evaluation, found) = session.evaluation(Completeness::Lenient, true);
    diagnostics.append(found);
    let mut present = Present {
        blocks: evaluation.declarations().map(|(a, ..)| a).filter(|a| a.module.is_empty()).collect(),
        ..Present::default()
    };
    let files = host::list(&session.options.directory).unwrap_or_default();
    present.files = files.into_iter().map(|(name, _)| name).collect();
    for (text, resource) in state.into_iter().flat_map(|s| &s.resources) {
        let (Ok(address), Some(kind)) = (text.parse::<Address>(), kinds::find(&resource.kind)) else { continue };
        // Outside its module nobody can refer to it, and what the configuration no longer has is about to go.
        if !address.module.is_empty() || !present.blocks.contains(&address.block()) {
            continue;
        }
        let seen = stored::last_seen(kind, resource);
        for attribute in kind.referred_by(&seen) {
            let Some(value) = seen.get(attribute).and_then(|v| v.as_str()) else { continue };
            present.references.entry(value.to_owned()).or_insert_with(|| format!("{address}.{attribute}"));
        }
        if kind.named_by().is_some() && address.key.is_none() {
            present.labels.insert(resource.identity.clone(), address.name.clone());
        }
    }
    present
}
