//! What `moved` blocks make of the addresses in a state: pure renaming.

use std::collections::{BTreeMap, BTreeSet};

use crate::address::{Address, ModuleStep, Target};
use crate::diag::{Code, Diagnostic, Diagnostics, Span};

/// A `moved` block and the module it stands in.
#[derive(Debug, Clone)]
pub struct Move {
    /// The steps to the module, without keys: a block holds in all instances of its module.
    pub module: Vec<ModuleStep>,
    pub from: Target,
    pub to: Target,
    pub span: Span,
}

/// New names of the addresses that moved: old by new. `implied` says what becomes of an address when nothing was
/// written about it, because its block gained or lost `count`.
pub fn renamed(
    known: &BTreeSet<Address>,
    moves: &[Move],
    implied: &dyn Fn(&Address) -> Option<Address>,
) -> (BTreeMap<Address, Address>, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    let mut goals: BTreeMap<Address, Address> = BTreeMap::new();
    for old in known {
        match follow(old, moves) {
            Ok(Some(new)) => drop(goals.insert(old.clone(), new)),
            Ok(None) => {
                if let Some(new) = implied(old).filter(|new| !known.contains(new)) {
                    goals.insert(old.clone(), new);
                }
            }
            Err(span) => diagnostics.push(circle(old, span)),
        }
    }
    let mut renamed: BTreeMap<Address, Address> = BTreeMap::new();
    for (old, new) in &goals {
        let taken = known.contains(new) && !goals.contains_key(new);
        match renamed.get(new) {
            None if !taken => drop(renamed.insert(new.clone(), old.clone())),
            _ => diagnostics.push(blocked(old, new)),
        }
    }
    (renamed, diagnostics)
}

/// Where an address ends when it follows all moves; nothing when none is about it.
fn follow(address: &Address, moves: &[Move]) -> Result<Option<Address>, Span> {
    let mut seen = BTreeSet::from([address.clone()]);
    let mut at = address.clone();
    while let Some((next, span)) = moves.iter().find_map(|m| Some((m.apply(&at)?, m.span))) {
        if !seen.insert(next.clone()) {
            return Err(span);
        }
        at = next;
    }
    Ok((at != *address).then_some(at))
}

impl Move {
    /// The new name of an address that the block is about.
    fn apply(&self, address: &Address) -> Option<Address> {
        let depth = self.module.len();
        let outer = address.module.get(..depth)?;
        if !outer.iter().zip(&self.module).all(|(a, m)| a.name == m.name) {
            return None;
        }
        let inner = &address.module[depth..];
        let moved = match (&self.from, &self.to) {
            (Target::Resource(from), Target::Resource(to)) => {
                let same = inner == from.module
                    && (address.mode, &address.kind, &address.name) == (from.mode, &from.kind, &from.name);
                let key = key(address.key.as_ref(), from.key.as_ref(), to.key.as_ref()).filter(|_| same)?;
                Address { module: to.module.clone(), key: key.cloned(), deposed: address.deposed, ..to.clone() }
            }
            (Target::Module(from), Target::Module(to)) => {
                let (last, path) = from.split_last()?;
                let (new_last, new_path) = to.split_last()?;
                let own = inner.get(path.len()).filter(|own| own.name == last.name)?;
                let key = key(own.key.as_ref(), last.key.as_ref(), new_last.key.as_ref())?;
                let step = ModuleStep { name: new_last.name.clone(), key: key.cloned() };
                let rest = inner.get(from.len()..).filter(|_| inner.starts_with(path))?;
                Address { module: [new_path, &[step], rest].concat(), ..address.clone() }
            }
            _ => return None,
        };
        Some(Address { module: [outer, &moved.module].concat(), ..moved })
    }
}

/// The new key of what has `own`; nothing when the block is about another instance. Without keys, the whole moves.
fn key<'k, K: PartialEq>(own: Option<&'k K>, from: Option<&K>, to: Option<&'k K>) -> Option<Option<&'k K>> {
    match (from, to) {
        (None, None) => Some(own),
        _ => (own == from).then_some(to),
    }
}

fn circle(address: &Address, span: Span) -> Diagnostic {
    Diagnostic::error(Code("HW0607"), "These moves lead in a circle")
        .with_detail(format!("Following the moved blocks, {address} comes back to where it was."))
        .with_label(span, "leads back")
        .with_help("Remove the block that is no longer true.")
}

fn blocked(old: &Address, new: &Address) -> Diagnostic {
    Diagnostic::warning(Code("HW0608"), format!("{old} cannot move to {new}: there is something already"))
        .with_detail("Both are in the state. What would have moved keeps its old name.")
        .with_help(format!("Move one of them away first, with `moved` or with: housewright state mv '{old}' NEW"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::FileId;

    fn target(text: &str) -> Target {
        text.parse().expect("a target")
    }

    fn after(known: &[&str], moves: &[(&str, &str, &str)]) -> Vec<String> {
        let module = |text: &str| match text {
            "" => Vec::new(),
            text => match target(text) {
                Target::Module(steps) => steps,
                Target::Resource(_) => Vec::new(),
            },
        };
        let moves: Vec<Move> = moves
            .iter()
            .map(|(m, from, to)| Move {
                module: module(m),
                from: target(from),
                to: target(to),
                span: Span::new(FileId(0), 0, 0),
            })
            .collect();
        let known: BTreeSet<Address> = known.iter().map(|k| k.parse().expect("an address")).collect();
        let (renamed, found) = renamed(&known, &moves, &|_| None);
        let pairs = renamed.iter().map(|(new, old)| format!("{old} > {new}"));
        pairs.chain(found.iter().map(|d| d.code.to_string())).collect()
    }

    #[test]
    fn addresses_follow_moves() {
        /// Addresses in the state; moves, each with its module; what becomes of them.
        type Case =
            (&'static [&'static str], &'static [(&'static str, &'static str, &'static str)], &'static [&'static str]);
        let cases: &[Case] = &[
            (
                &["service.a", "service.a[0]"],
                &[("", "service.a", "service.b")],
                &["service.a > service.b", "service.a[0] > service.b[0]"],
            ),
            (&["service.a"], &[("", "service.a", "service.a[\"x\"]")], &["service.a > service.a[\"x\"]"]),
            (&["service.a[0]", "service.a[1]"], &[("", "service.a[0]", "service.b")], &["service.a[0] > service.b"]),
            (
                &["module.m[1].service.a"],
                &[("", "module.m", "module.n")],
                &["module.m[1].service.a > module.n[1].service.a"],
            ),
            (
                &["module.m.module.o.service.a"],
                &[("", "module.m", "module.n[\"k\"]")],
                &["module.m.module.o.service.a > module.n[\"k\"].module.o.service.a"],
            ),
            (&["service.a"], &[("", "service.a", "module.m.service.a")], &["service.a > module.m.service.a"]),
            (
                &["module.m[\"x\"].service.a"],
                &[("module.m", "service.a", "service.b")],
                &["module.m[\"x\"].service.a > module.m[\"x\"].service.b"],
            ),
            (
                &["service.a"],
                &[("", "service.a", "service.b"), ("", "service.b", "service.c")],
                &["service.a > service.c"],
            ),
            (
                &["service.a", "service.b"],
                &[("", "service.a", "service.b"), ("", "service.b", "service.a")],
                &["HW0607", "HW0607"],
            ),
            (&["service.a", "service.b"], &[("", "service.a", "service.b")], &["HW0608"]),
            (&["service.a"], &[("", "service.x", "service.b")], &[]),
        ];
        for (known, moves, expected) in cases {
            assert_eq!(after(known, moves), *expected, "{known:?} {moves:?}");
        }
    }
}
