//! Renames in the state what `moved` blocks, and a `count` that came or went, gave another name.

use std::collections::{BTreeMap, BTreeSet};

use housewright_state::State;

use crate::address::{Address, InstanceKey, Target};
use crate::desired::Evaluation;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::plan::{Move, renamed};

use super::Priors;

/// Renames in the state; answers the old addresses by the new ones.
pub(super) fn follow(state: &mut State, evaluation: &Evaluation<'_>) -> (BTreeMap<Address, Address>, Diagnostics) {
    let moves: Vec<Move> = evaluation
        .modules()
        .flat_map(|(steps, module)| {
            let block = move |m: &crate::config::Moved| Move {
                module: steps.clone(),
                from: m.from.clone(),
                to: m.to.clone(),
                span: m.span,
            };
            module.moved.iter().map(block)
        })
        .collect();
    let mut diagnostics: Diagnostics = moves.iter().filter_map(|m| still_there(m, evaluation)).collect();
    let known: BTreeSet<Address> = state.resources.keys().filter_map(|text| text.parse().ok()).collect();
    let (renamed, found) = renamed(&known, &moves, &|address| implied(address, evaluation));
    diagnostics.append(found);
    rename(state, &renamed);
    (renamed, diagnostics)
}

/// What a replacement set aside, and whose successor never came, takes its place again.
pub(super) fn restore(state: &mut State) {
    let addresses = state.resources.keys().filter_map(|text| text.parse::<Address>().ok());
    let orphans: Vec<Address> = addresses.filter(|a| a.deposed).collect();
    for old in orphans {
        let current = old.current().to_string();
        if !state.resources.contains_key(&current)
            && let Some(resource) = state.resources.remove(&old.to_string())
        {
            state.resources.insert(current, resource);
        }
    }
}

/// Sets aside what is to be destroyed only when its successor is there.
pub(super) fn depose(addresses: &[Address], state: &mut State, priors: &mut Priors) {
    for address in addresses {
        if let Some(resource) = state.resources.remove(&address.to_string()) {
            state.resources.insert(address.deposed().to_string(), resource);
        }
        priors.rename(address, address.deposed());
    }
}

/// What was moved away must not be declared any more.
fn still_there(m: &Move, evaluation: &Evaluation<'_>) -> Option<Diagnostic> {
    let declared = match (m.from.within(&m.module), m.to.within(&m.module)) {
        (Target::Resource(from), Target::Resource(to)) => {
            from.key.is_none() && from.block() != to.block() && evaluation.declaration(&from).is_some()
        }
        (Target::Module(from), Target::Module(to)) => {
            let same = from.iter().map(|s| &s.name).eq(to.iter().map(|s| &s.name));
            !same && from.last().is_some_and(|s| s.key.is_none()) && evaluation.module_call(&from).is_some()
        }
        _ => false,
    };
    declared.then(|| {
        Diagnostic::error(Code("HW0609"), "What was moved is still declared")
            .with_detail(format!(
                "The block says that {} has another name now, and the configuration still has it.",
                m.from
            ))
            .with_label(m.span, "moved")
            .with_help("Rename the declaration, or remove the moved block.")
    })
}

/// What gained `count` is the first of many; what lost it is the only one.
fn implied(address: &Address, evaluation: &Evaluation<'_>) -> Option<Address> {
    let new_key = |key: &Option<InstanceKey>, count: bool, for_each: bool| match key {
        None if count => Some(InstanceKey::Index(0)),
        Some(InstanceKey::Index(0)) if !count && !for_each => None,
        other => other.clone(),
    };
    let mut new = address.clone();
    for depth in 0..new.module.len() {
        let call = evaluation.module_call(&address.module[..=depth])?;
        new.module[depth].key = new_key(&address.module[depth].key, call.count.is_some(), call.for_each.is_some());
    }
    let declaration = evaluation.declaration(address)?;
    new.key = new_key(&address.key, declaration.count.is_some(), declaration.for_each.is_some());
    (new != *address).then_some(new)
}

fn rename(state: &mut State, renamed: &BTreeMap<Address, Address>) {
    let mut taken = Vec::new();
    for (new, old) in renamed {
        taken.extend(state.resources.remove(&old.to_string()).map(|resource| (new.to_string(), resource)));
    }
    state.resources.extend(taken);
    let blocks: BTreeMap<String, String> =
        renamed.iter().map(|(new, old)| (old.block().to_string(), new.block().to_string())).collect();
    for dependency in state.resources.values_mut().flat_map(|r| r.dependencies.iter_mut()) {
        if let Some(new) = blocks.get(dependency) {
            dependency.clone_from(new);
        }
    }
}
