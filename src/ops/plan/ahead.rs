//! The reads that an apply will send besides looking at what it waits for: asked of the kinds before anything exists, with
//! names standing for what is not known yet. Must not know any particular kind.

use std::collections::{BTreeMap, BTreeSet};

use crate::call::{Call, Read};
use crate::desired::Evaluation;
use crate::kinds::data::{DataSource, Look};
use crate::kinds::{self, Answers as _, Identity, Kind};
use crate::lang::value::{Type, Value};
use crate::observe::Answers;
use crate::plan::{self, Action, ActionKind, Desired, Reads};
use crate::schema::Schema;

/// What can be told of an action's reads before it is known what others see of it.
pub(super) struct Ahead {
    before: usize,
    /// What the thing will be found by.
    identity: Identity,
}

/// What an action that has calls reads before them, and where it will be found.
pub(super) fn of_action(kind: &dyn Kind, desired: &Desired, action: &Action, answers: &Answers) -> Option<Ahead> {
    if kind.is_local() || action.apply.is_empty() {
        return None;
    }
    let values = named(kind.schema(), &plan::mask_secrets(kind.schema(), &desired.values));
    let creating = matches!(action.kind, ActionKind::Create | ActionKind::Replace);
    let mut identity = if creating { kind.located(&values) } else { action.identity.clone() };
    // What was not there when the plan was made is asked for again.
    let empty = |read: &Read| answers.get(read).is_none_or(|a| a.as_array().is_some_and(Vec::is_empty));
    let asked = kind.asks(&values, &identity, answers);
    let before = asked.iter().filter(|read| read.target.is_cloud() && empty(read)).count();
    identity.entry("id".to_owned()).or_insert_with(|| "{id}".to_owned());
    Some(Ahead { before, identity })
}

/// What a data source asks that can only be asked during the apply: its first round.
pub(super) fn of_source(source: &dyn DataSource, desired: &Desired, wanted: &BTreeSet<&str>) -> Ahead {
    let before = match source.look(&named(source.schema(), &desired.values), wanted, &Answers::default()) {
        Look::Ask(reads) => reads.iter().filter(|read| read.target.is_cloud()).count(),
        _ => 0,
    };
    Ahead { before, identity: Identity::new() }
}

/// The values with the attributes' own names standing for texts that are not known yet.
fn named(schema: &Schema, values: &Value) -> Value {
    let open = |name: &str| values.get(name).is_some_and(|v| !v.is_known() && v.ty() == Type::String);
    let names = schema.attributes.iter().map(|a| a.name).filter(|name| open(name));
    names.fold(values.clone(), |values, name| {
        crate::schema::with_path(&values, name, Value::from(format!("{{{name}}}").as_str()))
    })
}

/// All that the actions will read, by their places.
pub(super) fn reads(
    aheads: &BTreeMap<usize, Ahead>,
    actions: &[Action],
    evaluation: &Evaluation<'_>,
    answers: &BTreeMap<String, Answers>,
) -> BTreeMap<usize, Reads> {
    let nothing = Answers::default();
    let told = aheads.iter().filter_map(|(index, Ahead { before, identity })| {
        let action = actions.get(*index)?;
        let answers = answers.get(&action.cloud).unwrap_or(&nothing);
        let behind = kinds::of(&action.address).map_or(0, |kind| {
            let wanted = evaluation.wanted(&action.address.block());
            behind(kind, action, identity, &wanted.iter().map(|name| &**name).collect(), answers)
        });
        let reads = Reads { before: *before, behind };
        (reads != Reads::default()).then_some((*index, reads))
    });
    told.collect()
}

/// How many reads are left when all calls were answered.
fn behind(kind: &dyn Kind, action: &Action, identity: &Identity, wanted: &BTreeSet<&str>, answers: &Answers) -> usize {
    let mut reads = kind.reads(identity, wanted);
    reads.extend(kind.further_reads(identity, wanted, answers));
    let left = reads.iter().filter(|read| read.target.is_cloud());
    left.filter(|read| !held(read, &action.apply, identity, answers)).count()
}

/// Whether the answer to a read is there once the calls were sent and all waits are over.
fn held(read: &Read, calls: &[Call], identity: &Identity, answers: &Answers) -> bool {
    let same = |other: &Read| {
        let mut other = other.clone();
        other.fill(identity);
        other == *read
    };
    calls.iter().fold(answers.holds(read), |held, call| {
        let held = held && !call.outdates.iter().any(same);
        let shown = call.shows.as_ref().is_some_and(|(shown, _)| !shown.list && same(shown));
        let watched = call.wait.as_ref().is_some_and(|wait| !wait.typical.is_zero() && same(&wait.read));
        held || shown || watched
    })
}
