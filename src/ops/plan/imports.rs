//! Things that `import` blocks, and the command of that name, take under management: what exists stands in for what was
//! applied.

use std::collections::{BTreeMap, BTreeSet};

use housewright_state::State;

use super::super::connect::{Connections, request_failed};
use super::super::import::Wish;
use super::super::{PlanOptions, stored};
use super::look::no_cloud;
use crate::address::Address;
use crate::desired::Evaluation;
use crate::diag::{Code, Diagnostic, Diagnostics, Span};
use crate::kinds::{self, Find, Kind, Listed, Listing};
use crate::observe::{Answers, fetch};
use crate::plan::Prior;

/// One thing to import, and where it is looked for.
pub(super) struct Asked {
    pub to: Address,
    pub find: Find,
    /// The block that asks for it; nothing when the command line does.
    pub span: Option<Span>,
    pub kind: &'static dyn Kind,
    /// Not whole before the thing was found.
    pub identity: kinds::Identity,
    pub cloud: String,
}

impl Asked {
    /// The diagnostic, with the block that asks.
    fn blamed(&self, diagnostic: Diagnostic, label: &str) -> Diagnostic {
        match self.span {
            Some(span) => diagnostic.with_label(span, label),
            None => diagnostic,
        }
    }
}

/// What is asked for and not in the state yet.
pub(super) fn asked_for(
    evaluation: &Evaluation<'_>,
    state: &State,
    options: &PlanOptions,
    wishes: &[Wish],
    diagnostics: &mut Diagnostics,
) -> BTreeMap<Address, Asked> {
    if options.destroy {
        return BTreeMap::new();
    }
    let (imports, found) = evaluation.imports();
    diagnostics.append(found);
    let blocks = imports.into_iter().map(|i| (i.to, i.find, None, Some(i.span)));
    let given = wishes.iter().map(|w| (w.to.clone(), w.find.clone(), w.identity.clone(), None));
    let mut asked: BTreeMap<Address, Asked> = BTreeMap::new();
    // What the command line names comes first: a block may say the same.
    for (to, find, identity, span) in given.chain(blocks) {
        let known = state.resources.contains_key(&to.to_string());
        let (Some(kind), Some(cloud)) = (kinds::of(&to), evaluation.cloud_of(&to)) else {
            diagnostics.push(undeclared(&to));
            continue;
        };
        if known {
            continue;
        }
        let identity = identity.unwrap_or_else(|| match &find {
            Find::Id(id) => kind.identify(id),
            Find::Name(_) | Find::Tags(_) => kinds::Identity::new(),
        });
        let new = Asked { to: to.clone(), find, span, kind, identity, cloud };
        match asked.get(&to) {
            Some(first) if first.span.is_none() && span.is_some() && first.find == new.find => {}
            Some(first) => diagnostics.push(twice(first, &new)),
            None => drop(asked.insert(to, new)),
        }
    }
    asked
}

fn twice(first: &Asked, second: &Asked) -> Diagnostic {
    let diagnostic = Diagnostic::error(Code("HW0616"), format!("Two imports into {}", first.to))
        .with_detail(format!("One is of {}, one of {}.", first.find, second.find))
        .with_help("Remove one of them.");
    first.blamed(second.blamed(diagnostic, "this one"), "and this one")
}

fn undeclared(to: &Address) -> Diagnostic {
    Diagnostic::error(Code("HW0612"), format!("There is no {} to import into", to.block()))
        .with_detail("What is imported is managed from then on, so it needs a block that says how it should be.")
        .with_help(format!("Add it: {} \"{}\" {{ … }}", to.kind, to.name))
}

/// Looks up what is named otherwise than by its id.
pub(super) async fn resolve(
    asked: &mut BTreeMap<Address, Asked>,
    connections: &Connections,
    answers: &mut BTreeMap<String, Answers>,
    diagnostics: &mut Diagnostics,
) -> Result<(), Diagnostics> {
    for asked in asked.values_mut().filter(|a| !matches!(a.find, Find::Id(_))) {
        let cloud = connections.clouds.get(&asked.cloud).ok_or_else(|| no_cloud(&asked.cloud))?;
        let answers = answers.entry(asked.cloud.clone()).or_default();
        let found = loop {
            match asked.kind.list(answers) {
                Listing::Found(all) => break all,
                Listing::Never => {
                    diagnostics.push(unlisted(asked));
                    break Vec::new();
                }
                Listing::Ask(reads) => fetch(cloud, answers, reads.into_iter().collect())
                    .await
                    .map_err(|e| request_failed(&e, "What is there could not be listed"))?,
            }
        };
        let meant: Vec<Listed> = found.into_iter().filter(|listed| asked.find.means(listed)).collect();
        match meant.as_slice() {
            [one] => asked.identity = one.identity.clone(),
            [] => {}
            several => diagnostics.push(ambiguous(asked, several)),
        }
    }
    Ok(())
}

fn unlisted(asked: &Asked) -> Diagnostic {
    let diagnostic = Diagnostic::error(Code("HW0640"), format!("{} can be imported by its id only", asked.to))
        .with_detail(format!("The platform does not list things of the kind {}.", asked.to.kind))
        .with_help("Give its id, as the console shows it.");
    asked.blamed(diagnostic, "asked for here")
}

fn ambiguous(asked: &Asked, several: &[Listed]) -> Diagnostic {
    let name = |l: &Listed| format!("{} ({})", l.name, l.identity.get("id").map_or("", String::as_str));
    let names: Vec<String> = several.iter().map(name).collect();
    let diagnostic = Diagnostic::error(Code("HW0641"), format!("{} is more than one {}", asked.find, asked.to.kind))
        .with_detail(format!("There are {}. Nothing was imported.", names.join(", ")))
        .with_help("Give the id of the one that is meant.");
    asked.blamed(diagnostic, "asked for here")
}

/// What exists under these names, as if nothing of it had been stated yet.
pub(super) fn priors(
    asked: &BTreeMap<Address, Asked>,
    answers: &BTreeMap<String, Answers>,
    diagnostics: &mut Diagnostics,
) -> BTreeMap<Address, Prior> {
    let mut priors = BTreeMap::new();
    for (address, asked) in asked {
        let Asked { kind, identity, cloud, .. } = asked;
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
        // What lies outside is looked for where its block says how to reach it.
        if prior.observed.is_some() || kind.lies_outside() {
            priors.insert(address.clone(), prior);
        } else {
            diagnostics.push(missing(asked));
        }
    }
    priors
}

pub(super) fn missing(asked: &Asked) -> Diagnostic {
    let what = match &asked.find {
        Find::Id(id) => format!("the id {id}"),
        other => other.to_string(),
    };
    let diagnostic = Diagnostic::error(Code("HW0617"), format!("There is nothing to import as {}", asked.to))
        .with_detail(format!("The organization has no {} with {what}, or the key may not see it.", asked.to.kind))
        .with_help("Compare it with what the console shows, and the organization with the one of the key.")
        .with_address(asked.to.clone());
    asked.blamed(diagnostic, "asked for here")
}

/// Imports that no instance of the configuration took.
pub(super) fn left_over<'a>(
    asked: &'a BTreeMap<Address, Asked>,
    planned: &'a BTreeSet<&Address>,
    selected: &'a dyn Fn(&Asked) -> bool,
) -> impl Iterator<Item = Diagnostic> + 'a {
    asked.values().filter(|a| !planned.contains(&a.to) && selected(a)).map(|a| {
        let diagnostic = Diagnostic::error(Code("HW0612"), format!("There is no {} to import into", a.to))
            .with_detail("The block is declared, but it has no such instance.")
            .with_help("Correct the key, or the for_each or count of the block.");
        a.blamed(diagnostic, "asked for here")
    })
}
