//! What surrounds a plan when it is shown: every instance before and after, conditions, findings, the configuration.

mod configuration;

use std::collections::{BTreeMap, BTreeSet};

use super::Connections;
use super::plan::Planned;
use super::remember;
use super::session::Session;
use crate::address::{Address, Mode};
use crate::diag::{Diagnostics, Severity, Sources};
use crate::kinds;
use crate::lang::value::Value;
use crate::plan::sheet::{self, Declared, Remark, Seen, Sheet};
use crate::plan::{Action, ActionKind, AttributeChange, Prior};
use crate::schema::{self, Schema};

/// The sheet of a plan that was just made.
pub fn sheet(session: &Session, connections: &Connections, planned: &Planned<'_>) -> Sheet {
    let variables = planned.evaluation.variables();
    Sheet {
        program: env!("CARGO_PKG_VERSION").to_owned(),
        made: session.now(),
        sandbox: connections.is_sandbox(),
        plan: sheet::masked(&planned.plan),
        instances: instances(planned),
        variables: variables.into_iter().map(|(name, value)| (name, value.masked())).collect(),
        judgements: planned.judgements(),
        configuration: configuration::configuration(session),
        findings: remarks(&planned.diagnostics, &session.sources),
    }
}

fn remarks(diagnostics: &Diagnostics, sources: &Sources) -> Vec<Remark> {
    let remark = |d: &crate::diag::Diagnostic| Remark {
        severity: match d.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        }
        .to_owned(),
        code: d.code.0.to_owned(),
        summary: d.summary.clone(),
        detail: d.detail.clone(),
        help: d.help.clone(),
        address: d.address.as_ref().map(ToString::to_string),
        place: d.span().map(|span| sources.describe(span)),
    };
    diagnostics.iter().map(remark).collect()
}

/// Everything that is there or will be, by address.
fn instances(planned: &Planned<'_>) -> Vec<Seen> {
    let actions: BTreeMap<&Address, &Action> = planned.plan.actions.iter().map(|a| (&a.address, a)).collect();
    let addresses: BTreeSet<&Address> = planned.priors.addresses().chain(actions.keys().copied()).collect();
    addresses.into_iter().filter_map(|address| seen(planned, address, actions.get(address).copied())).collect()
}

fn seen(planned: &Planned<'_>, address: &Address, action: Option<&Action>) -> Option<Seen> {
    let schema = kinds::schema_of(address)?;
    let prior = planned.prior(address);
    let prior = prior.as_ref();
    let value = planned.evaluation.value(address).filter(|_| !address.deposed && !planned.plan.destroying);
    let mut sensitive = sensitive_paths(schema, value, action);
    if value.is_none() {
        // Nothing asks for it any more; the state remembers what was called sensitive.
        let stored = planned.state.resources.get(&address.to_string());
        sensitive.extend(stored.into_iter().flat_map(|s| s.sensitive.iter().cloned()));
    }
    let before = prior.and_then(|p| before(p, &sensitive));
    let after = match action.map(|a| a.kind) {
        Some(ActionKind::Delete | ActionKind::Forget) => None,
        Some(_) => value.map(Value::masked),
        // Nobody asked for it in this plan: it stays as it is.
        None => before.clone(),
    };
    let gone = prior.filter(|p| p.observed.is_none() && address.mode == Mode::Managed);
    Some(Seen {
        address: address.clone(),
        schema_version: schema.version,
        declared: declared(planned, address),
        before,
        applied: gone.map(|p| hidden(&p.applied, p, &sensitive)),
        after,
        dependencies: prior.map(|p| p.dependencies.clone()).unwrap_or_default(),
    })
}

fn declared(planned: &Planned<'_>, address: &Address) -> Declared {
    match planned.evaluation.declaration(address) {
        None => Declared::NoBlock,
        Some(_) if !planned.evaluation.has_module(address) => Declared::NoModule,
        Some(block) if block.for_each.is_some() => Declared::ForEach,
        Some(block) if block.count.is_some() => Declared::Count,
        Some(_) => Declared::Single,
    }
}

/// What is there, and where the platform does not tell, what was applied.
fn before(prior: &Prior, sensitive: &BTreeSet<String>) -> Option<Value> {
    let observed = prior.observed.as_ref()?;
    Some(hidden(&remember::combined(&observed.values, &prior.applied), prior, sensitive))
}

fn hidden(value: &Value, prior: &Prior, sensitive: &BTreeSet<String>) -> Value {
    remember::hidden(value, prior.fingerprints.keys(), sensitive).masked()
}

/// Attributes (dotted paths) that must not be shown, be it in what is there or in what will be.
fn sensitive_paths(schema: &Schema, value: Option<&Value>, action: Option<&Action>) -> BTreeSet<String> {
    let marked = |path: &str| value.and_then(|v| schema::at_path(v, path)).is_some_and(Value::contains_marks);
    let leaves = schema.leaves().iter();
    let mut paths: BTreeSet<String> =
        leaves.filter(|l| l.attribute.is_secret() || marked(&l.path)).map(|l| l.path.clone()).collect();
    let changes = action.into_iter().flat_map(|a| a.attributes.iter().chain(&a.drift));
    paths.extend(changes.filter(|c: &&AttributeChange| c.sensitive).map(|c| c.path.clone()));
    paths
}
