//! What goes while something like it comes: most likely one thing under another name, which a `moved` block would say.
//!
//! Only offered, never assumed. Must not know any particular kind.

use std::collections::{BTreeMap, BTreeSet};

use super::super::moved;
use super::Priors;
use crate::address::Address;
use crate::diag::{Code, Diagnostic};
use crate::kinds::{self, Kind};
use crate::lang::value::Value;
use crate::plan::{Action, ActionKind, Prior};
use crate::schema::{self, Change, Leaf};

/// The moves that would leave things as they are.
pub(super) fn offered(
    actions: &[Action],
    priors: &Priors,
    prior: &dyn Fn(&Address) -> Option<Prior>,
) -> Vec<Diagnostic> {
    let new: Vec<&Action> = actions.iter().filter(|a| a.kind == ActionKind::Create).collect();
    if new.is_empty() {
        return Vec::new();
    }
    let gone: Vec<(&Address, Prior)> = actions
        .iter()
        .filter(|a| a.kind == ActionKind::Delete && !a.address.deposed)
        .filter_map(|a| Some((&a.address, prior(&a.address)?)))
        .collect();
    let pairs = pairs(&gone, &new);
    moves(&pairs, priors).iter().map(|(from, to)| offer(from, to)).collect()
}

/// How sure it is that one is the other, the most telling first: the same name, key, and module.
type Likeness = (bool, bool, bool);

/// The most alike of one, and whether nothing else is as much so.
type Best = BTreeMap<usize, (Likeness, usize, bool)>;

/// So many pairs are looked at; of more, only those whose keys are the same.
const MOST: usize = 10_000;

/// Old addresses by those of what is like them: each is like the other more than like any third.
fn pairs(gone: &[(&Address, Prior)], new: &[&Action]) -> BTreeMap<Address, Address> {
    let many = gone.len() * new.len() > MOST;
    let (mut of_gone, mut of_new) = (Best::new(), Best::new());
    for (g, (address, prior)) in gone.iter().enumerate() {
        let Some(kind) = kinds::of(address) else { continue };
        for (n, action) in new.iter().enumerate().filter(|(_, a)| a.address.kind == address.kind) {
            let same_key = address.key == action.address.key;
            if many && !same_key {
                continue;
            }
            let Some(same_name) = alike(kind, prior, action) else { continue };
            let same_module = address.module == action.address.module;
            let likeness = (same_name, same_key, same_module);
            improve(&mut of_gone, g, likeness, n);
            improve(&mut of_new, n, likeness, g);
        }
    }
    let mutual = |(g, (_, n, alone)): (usize, (Likeness, usize, bool))| {
        let back = of_new.get(&n).is_some_and(|(_, other, alone)| *other == g && *alone);
        (alone && back).then(|| (new[n].address.clone(), gone[g].0.clone()))
    };
    of_gone.into_iter().filter_map(mutual).collect()
}

fn improve(best: &mut Best, of: usize, likeness: Likeness, other: usize) {
    match best.get_mut(&of) {
        Some((most, ..)) if *most > likeness => {}
        Some((most, _, alone)) if *most == likeness => *alone = false,
        _ => drop(best.insert(of, (likeness, other, true))),
    }
}

/// Whether what comes may be what goes, and whether its name says so. What makes a thing the one it is must be the same;
/// where that is not known, or its name is another, everything else.
fn alike(kind: &dyn Kind, gone: &Prior, new: &Action) -> Option<bool> {
    if gone.cloud != new.cloud {
        return None;
    }
    // What nobody states is shown as well: it is known after the apply.
    let stated = |path: &str| new.changed.contains(path) || new.noted.contains(path);
    let wanted = |path: &str| new.attributes.iter().find(|a| a.path == path && stated(path)).map(|a| &a.after);
    let had = |path: &str| schema::at_path(&gone.applied, path).filter(|v| !v.is_null());
    let is_name = |leaf: &&Leaf| Some(leaf.path.as_str()) == kind.named_by();
    let leaves: Vec<&Leaf> = kind.schema().leaves().iter().filter(|l| l.attribute.settable()).collect();
    let named = |leaf: &&&Leaf| is_name(leaf);
    let same_name = leaves.iter().find(named).is_some_and(|leaf| {
        let seen = gone.observed.as_ref().and_then(|o| o.get(&leaf.path));
        wanted(&leaf.path).is_some_and(|w| w.is_known() && Some(w) == seen)
    });
    let told: Vec<&&Leaf> = leaves.iter().filter(|l| !is_name(l) && !l.attribute.is_secret()).collect();
    let differs = |leaf: &&&Leaf| match (had(&leaf.path), wanted(&leaf.path)) {
        (Some(before), Some(after)) => after.is_wholly_known() && !schema::same(&leaf.attribute, before, after),
        (before, after) => before.is_some() != after.is_some(),
    };
    let gives_identity = |leaf: &&Leaf| matches!(leaf.attribute.change, Change::Refused(_) | Change::Replaces);
    let is_open = |leaf: &&&Leaf| gives_identity(leaf) && wanted(&leaf.path).is_some_and(|w| !w.is_wholly_known());
    let is_told =
        same_name || kinds::is_named(&kind.located(&gone.applied)) && !told.iter().copied().any(|l| is_open(&l));
    let broken = match is_told {
        true => told.iter().copied().filter(|l| gives_identity(l)).any(|l| differs(&l)),
        false => told.iter().copied().any(|l| differs(&l)) || had_nothing(&gone.applied),
    };
    (!broken).then_some(same_name)
}

/// Nothing was stated of it: then everything is like it.
fn had_nothing(applied: &Value) -> bool {
    applied.entries().all(|(_, value)| value.is_null())
}

/// Whole blocks, where all their instances keep their keys; single instances elsewhere.
fn moves(pairs: &BTreeMap<Address, Address>, priors: &Priors) -> BTreeSet<(Address, Address)> {
    let olds: BTreeMap<&Address, &Address> = pairs.iter().map(|(new, old)| (old, new)).collect();
    let mut instances: BTreeMap<Address, Vec<&Address>> = BTreeMap::new();
    priors.addresses().for_each(|address| instances.entry(address.block()).or_default().push(address));
    let mut whole: BTreeMap<(Address, Address), bool> = BTreeMap::new();
    for (new, old) in pairs {
        whole.entry((old.block(), new.block())).or_insert_with_key(|(from, to)| {
            let kept = |a: &&Address| olds.get(*a).is_some_and(|n| n.block() == *to && n.key == a.key);
            instances.get(from).is_none_or(|all| all.iter().all(kept))
        });
    }
    let named = |(new, old): (&Address, &Address)| {
        let blocks = (old.block(), new.block());
        if whole.get(&blocks) == Some(&true) { blocks } else { (old.clone(), new.clone()) }
    };
    pairs.iter().map(named).collect()
}

fn offer(from: &Address, to: &Address) -> Diagnostic {
    let block = moved::block(&from.to_string(), &to.to_string());
    Diagnostic::warning(Code("HW0664"), format!("{from} is to go, and {to}, which is like it, to come"))
        .with_detail("If it is one thing under another name, nothing has to be destroyed or made.")
        .with_help(format!("Then write:\n\n{block}"))
        .with_address(from.clone())
}
