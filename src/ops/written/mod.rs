//! Configuration written down from what exists, as a careful person would: references instead of repeated ids, what
//! belongs together side by side, rows that repeat as `for_each`, and nothing spelled out that is so anyway.
//!
//! Must not know any particular kind, files, or the state.

mod names;
mod rows;
mod term;
mod text;

use std::collections::{BTreeMap, BTreeSet};

use super::discover::{Existing, worth_writing};
use crate::address::{Address, InstanceKey};
use crate::kinds::Identity;

use names::Names;
use rows::Block;
use term::{Lines, Term};

/// What is in the configuration already.
#[derive(Debug, Default)]
pub(super) struct Present {
    /// Blocks of the root module.
    pub blocks: BTreeSet<Address>,
    /// How to refer to what is managed, by the value that refers to it.
    pub references: BTreeMap<String, String>,
    /// By identity of what something can be part of: the label of its block.
    pub labels: BTreeMap<Identity, String>,
    /// Names of the directory's files.
    pub files: BTreeSet<String>,
}

/// What was written down.
#[derive(Debug, Default)]
pub struct Written {
    /// Names and texts of new files.
    pub files: Vec<(String, String)>,
    /// Which instance each thing became.
    pub addresses: Vec<(Address, Identity)>,
}

/// One thing on its way into a block.
struct Thing<'e> {
    existing: &'e Existing,
    /// Attributes of the top level, in the schema's order; without the name.
    lines: Lines,
}

/// Writes down what exists.
pub(super) fn written(existing: &[Existing], present: &Present) -> Written {
    let mut order: Vec<&Existing> = existing.iter().collect();
    let rank = |e: &Existing| crate::kinds::registry().iter().position(|k| k.schema().kind == e.kind.schema().kind);
    order.sort_by_key(|e| (rank(e), e.listed.name.clone(), e.listed.identity.clone()));
    let things = things(&order, present);
    let mut names = Names::new(present);
    let blocks = rows::blocks(&things, &mut names, present);
    let addresses = |block: &Block| -> Vec<(Address, Identity)> {
        let address = Address::root(things[block.members[0].thing].existing.kind.schema().kind, block.label.clone());
        let key = |k: &Option<String>| k.clone().map(InstanceKey::Name);
        let of = |m: &rows::Member| (address.with_key(key(&m.key)), things[m.thing].existing.listed.identity.clone());
        block.members.iter().map(of).collect()
    };
    Written { files: text::files(&things, &blocks, present), addresses: blocks.iter().flat_map(addresses).collect() }
}

/// The things with their lines, in which ids of others are references. A reference that would close a circle stays an id.
fn things<'e>(order: &[&'e Existing], present: &Present) -> Vec<Thing<'e>> {
    let mut targets: BTreeMap<String, (usize, &'static str)> = BTreeMap::new();
    for (index, existing) in order.iter().enumerate() {
        for attribute in existing.kind.referred_by(&existing.observed) {
            let value = existing.observed.get(attribute).and_then(|v| v.as_str());
            // What is part of a thing has the thing's id: the thing comes first.
            value.map(|v| targets.entry(v.to_owned()).or_insert((index, attribute)));
        }
    }
    let mut needs: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); order.len()];
    let mut things = Vec::new();
    for (index, existing) in order.iter().enumerate() {
        let leaves = worth_writing(existing.kind, &existing.observed);
        let named = existing.kind.named_by();
        let kept = leaves.into_iter().filter(|leaf| Some(leaf.path.as_str()) != named);
        let mut refer = |text: &str| -> Option<Term> {
            if let Some((to, attribute)) = targets.get(text).filter(|(to, _)| *to != index) {
                if leads_to(&needs, *to, index) {
                    return None;
                }
                needs[index].insert(*to);
                return Some(Term::Reference { to: *to, attribute });
            }
            present.references.get(text).cloned().map(Term::Expression)
        };
        let values = kept.filter_map(|leaf| {
            let value = existing.observed.get(&leaf.path)?;
            Some((leaf, existing.kind.as_written(&leaf.path, value)))
        });
        things.push(Thing { existing, lines: term::lines(values, &mut refer) });
    }
    things
}

/// Whether something is needed by what another needs.
fn leads_to(needs: &[BTreeSet<usize>], from: usize, to: usize) -> bool {
    let (mut seen, mut stack) = (BTreeSet::new(), vec![from]);
    while let Some(at) = stack.pop() {
        if at == to {
            return true;
        }
        stack.extend(needs[at].iter().copied().filter(|n| seen.insert(*n)));
    }
    false
}
