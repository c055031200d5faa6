//! Which instances `--target` and `--replace` select.

use std::collections::BTreeSet;

use super::super::PlanOptions;
use crate::address::{Address, Target};
use crate::desired::Evaluation;
use crate::diag::{Code, Diagnostic, Diagnostics, suggestion};

/// What `--target` selects: the named blocks and instances, and what they need.
pub(super) struct Targets {
    named: Vec<Target>,
    /// Blocks without any keys.
    needed: BTreeSet<Address>,
}

impl Targets {
    pub fn of(named: &[Target], evaluation: &Evaluation<'_>) -> Self {
        let mut needed = BTreeSet::new();
        let selected = evaluation.declarations().map(|(address, ..)| address);
        let mut stack: Vec<Address> = selected.filter(|a| named.iter().any(|n| leads_to(n, a))).collect();
        while let Some(block) = stack.pop() {
            for dependency in evaluation.dependencies(&block) {
                if needed.insert(dependency.clone()) {
                    stack.push(dependency);
                }
            }
        }
        Self { named: named.to_vec(), needed }
    }

    pub fn hold(&self, address: &Address) -> bool {
        self.named.is_empty()
            || self.named.iter().any(|n| n.covers(address))
            || self.needed.contains(&address.declared())
    }
}

/// Whether some instance of a block (an address without keys) may be selected.
fn leads_to(target: &Target, block: &Address) -> bool {
    match target {
        Target::Resource(address) => address.declared() == *block,
        Target::Module(steps) => {
            steps.len() <= block.module.len() && steps.iter().zip(&block.module).all(|(s, b)| s.name == b.name)
        }
    }
}

/// Selections that select nothing are slips of the pen.
pub(super) fn unmatched(
    options: &PlanOptions,
    targets: &[Target],
    known: &dyn Fn() -> BTreeSet<Address>,
) -> Diagnostics {
    if options.replace.is_empty() && targets.is_empty() {
        return Diagnostics::new();
    }
    let known = known();
    let replace = options.replace.iter().map(|a| ("--replace", Target::from(a.clone())));
    let given = replace.chain(targets.iter().map(|t| ("--target", t.clone())));
    let missing = given.filter(|(_, t)| !known.iter().any(|k| t.covers(k) || leads_to(t, k)));
    let finding = |(option, address): (&str, Target)| {
        let names: Vec<String> = known.iter().map(ToString::to_string).collect();
        let meant = suggestion(&address.to_string(), names.iter().map(String::as_str)).map(str::to_owned);
        let help = meant.map_or_else(
            || "`housewright state list` shows what there is.".to_owned(),
            |m| format!("Did you mean {m}?"),
        );
        Diagnostic::error(Code("HW0602"), format!("{option} {address} selects nothing"))
            .with_detail("Neither the configuration nor the state has anything of that name.")
            .with_help(help)
    };
    missing.map(finding).collect()
}
