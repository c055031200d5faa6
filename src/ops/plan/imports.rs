//! Things that `import` blocks take under management: what exists stands in for what was applied.

use std::collections::{BTreeMap, BTreeSet};

use housewright_state::State;

use super::super::PlanOptions;
use super::super::stored;
use crate::address::Address;
use crate::desired::{Evaluation, Import};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::kinds::{self, Kind};
use crate::observe::Answers;
use crate::plan::Prior;

/// One thing to import, and where it is looked for.
pub(super) struct Asked {
    pub import: Import,
    pub kind: &'static dyn Kind,
    pub identity: kinds::Identity,
    pub cloud: String,
}

/// What is asked for and not in the state yet.
pub(super) fn asked_for(
    evaluation: &Evaluation<'_>,
    state: &State,
    options: &PlanOptions,
    diagnostics: &mut Diagnostics,
) -> BTreeMap<Address, Asked> {
    if options.destroy {
        return BTreeMap::new();
    }
    let (imports, found) = evaluation.imports();
    diagnostics.append(found);
    let mut asked: BTreeMap<Address, Asked> = BTreeMap::new();
    for import in imports {
        let known = state.resources.contains_key(&import.to.to_string());
        let (Some(kind), Some(cloud)) = (kinds::of(&import.to), evaluation.cloud_of(&import.to)) else { continue };
        if known {
            continue;
        }
        if let Some(first) = asked.get(&import.to) {
            diagnostics.push(
                Diagnostic::error(Code("HW0616"), format!("Two imports into {}", import.to))
                    .with_label(import.span, "this one")
                    .with_label(first.import.span, "and this one")
                    .with_help("Remove one of them."),
            );
            continue;
        }
        let identity = kind.identify(&import.id);
        asked.insert(import.to.clone(), Asked { import, kind, identity, cloud });
    }
    asked
}

/// What exists under these names, as if nothing of it had been stated yet.
pub(super) fn priors(
    asked: &BTreeMap<Address, Asked>,
    answers: &BTreeMap<String, Answers>,
    diagnostics: &mut Diagnostics,
) -> BTreeMap<Address, Prior> {
    let mut priors = BTreeMap::new();
    for (address, Asked { import, kind, identity, cloud }) in asked {
        let mut prior = Prior {
            identity: identity.clone(),
            applied: kind.schema().null(),
            fingerprints: BTreeMap::new(),
            observed: None,
            protected: false,
            settled: true,
            renews: false,
            cloud: cloud.clone(),
            dependencies: Vec::new(),
        };
        let seen = answers.get(cloud).and_then(|a| kind.observe(identity, a));
        prior.observed = stored::local(*kind, &prior).or(seen);
        if prior.observed.is_some() {
            priors.insert(address.clone(), prior);
            continue;
        }
        diagnostics.push(
            Diagnostic::error(Code("HW0617"), format!("There is nothing to import as {address}"))
                .with_detail(format!(
                    "The organization has no {} with the id {}, or the key may not see it.",
                    address.kind, import.id
                ))
                .with_label(import.span, "asked for here")
                .with_help("Compare the id with the console's, and the organization with the one of the key."),
        );
    }
    priors
}

/// Imports that no instance of the configuration took.
pub(super) fn left_over<'a>(
    asked: &'a BTreeMap<Address, Asked>,
    planned: &'a BTreeSet<Address>,
    selected: &'a dyn Fn(&Asked) -> bool,
) -> impl Iterator<Item = Diagnostic> + 'a {
    asked.values().filter(|a| !planned.contains(&a.import.to) && selected(a)).map(|a| {
        Diagnostic::error(Code("HW0612"), format!("There is no {} to import into", a.import.to))
            .with_detail("The block is declared, but it has no such instance.")
            .with_label(a.import.span, "asked for here")
            .with_help("Correct the key, or the for_each or count of the block.")
    })
}
