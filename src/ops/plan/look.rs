//! What is there: the reads a plan needs, and what they and the state say about every instance.

use std::collections::{BTreeMap, BTreeSet};

use housewright_state::{ResourceState, State};

use super::super::PlanOptions;
use super::super::connect::{Connections, request_failed};
use super::Priors;
use super::imports::Asked;
use crate::address::{Address, Mode};
use crate::call::Read;
use crate::cloud::{CloudError, ErrorKind};
use crate::desired::Evaluation;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::kinds::{self, Kind, Search, Shown, Trace};
use crate::observe::{Answers, Cloud, fetch};

/// Whether the state's word is taken for what is there. Not where it cannot be enough: to destroy, or to go on with what
/// is unfinished, one has to look.
pub(super) fn blind(state: &State, options: &PlanOptions) -> bool {
    options.no_refresh && !options.destroy && state.resources.values().all(|r| r.settled)
}

/// What was found.
#[derive(Default)]
pub(super) struct Looked {
    /// By cloud label.
    pub answers: BTreeMap<String, Answers>,
    /// Instances (as the state writes their addresses) that the key may not see.
    hidden: BTreeSet<String>,
}

/// Sends the reads that the state's instances and the configuration's blocks need, over the answers that are known.
pub(super) async fn look(
    evaluation: &Evaluation<'_>,
    state: &State,
    imports: &BTreeMap<Address, Asked>,
    connections: &Connections,
    options: &PlanOptions,
    mut known: BTreeMap<String, Answers>,
) -> Result<Looked, Diagnostics> {
    if blind(state, options) && imports.is_empty() {
        return Ok(Looked::default());
    }
    let subjects = subjects(evaluation, state, imports);
    let mut reads: BTreeMap<String, BTreeSet<Read>> = BTreeMap::new();
    for Subject { kind, identity, cloud, wanted, declared, .. } in &subjects {
        let here = kind.reads(identity, &names(wanted)).into_iter();
        // How to reach what lies outside the cloud is for the configuration to say, where it still has the block.
        let here = here.filter(|read| read.target.is_cloud() || !declared || options.destroy);
        reads.entry(cloud.clone()).or_default().extend(here);
    }
    for (address, _, cloud) in evaluation.declarations().filter(|_| !options.destroy) {
        let Some(kind) = kinds::find(&address.kind).filter(|_| address.mode == Mode::Managed) else { continue };
        reads.entry(cloud).or_default().extend(kind.reads(&kinds::Identity::new(), &BTreeSet::new()));
    }
    let mut looked = Looked::default();
    for (label, reads) in reads {
        if reads.is_empty() {
            continue;
        }
        let Some(cloud) = connections.clouds.get(&label) else { return Err(no_cloud(&label).into()) };
        let ours: Vec<&Subject> = subjects.iter().filter(|s| s.cloud == label).collect();
        let mut found = known.remove(&label).unwrap_or_default();
        let failed = |e| Diagnostics::from(request_failed(&e, "What is there could not be read"));
        fetch_all(cloud, &mut found, reads, &ours).await.map_err(failed)?;
        let again = found_subjects(state, &ours, &found);
        let reads = again.iter().flat_map(|s| s.kind.reads(&s.identity, &names(&s.wanted))).collect();
        fetch_all(cloud, &mut found, reads, &again.iter().collect::<Vec<_>>()).await.map_err(failed)?;
        looked.hidden.extend(confirm(state, &label, cloud, &mut found).await.map_err(failed)?);
        looked.answers.insert(label, found);
    }
    Ok(looked)
}

/// A thing that may be there, and the attributes of it that matter.
#[derive(Clone)]
struct Subject {
    address: Address,
    kind: &'static dyn Kind,
    identity: kinds::Identity,
    cloud: String,
    wanted: BTreeSet<String>,
    declared: bool,
}

fn names(wanted: &BTreeSet<String>) -> BTreeSet<&str> {
    wanted.iter().map(String::as_str).collect()
}

/// Everything the state knows, and everything that is to be imported.
fn subjects(evaluation: &Evaluation<'_>, state: &State, imports: &BTreeMap<Address, Asked>) -> Vec<Subject> {
    let mut subjects = Vec::new();
    let mut wanted: BTreeMap<Address, BTreeSet<String>> = BTreeMap::new();
    for (text, resource) in &state.resources {
        let (Ok(address), Some(kind)) = (text.parse::<Address>(), kinds::find(&resource.kind)) else { continue };
        let block = address.declared();
        let names = wanted
            .entry(block.clone())
            .or_insert_with(|| evaluation.wanted(&block).iter().map(ToString::to_string).collect());
        let wanted = resource.applied.names().into_iter().chain(names.iter().cloned()).collect();
        let (identity, cloud) = (resource.identity.clone(), resource.cloud.clone());
        let declared = evaluation.declaration(&block).is_some();
        subjects.push(Subject { address, kind, identity, cloud, wanted, declared });
    }
    for (address, Asked { kind, identity, cloud, .. }) in imports {
        let wanted = evaluation.wanted(address).iter().map(ToString::to_string).collect();
        subjects.push(Subject {
            address: address.clone(),
            kind: *kind,
            identity: identity.clone(),
            cloud: cloud.clone(),
            wanted,
            // Its block is there, and says how to reach it.
            declared: true,
        });
    }
    subjects
}

/// What was found again, of which so far only a list was read.
fn found_subjects(state: &State, subjects: &[&Subject], found: &Answers) -> Vec<Subject> {
    let subject = |subject: &&Subject| {
        if kinds::is_named(&subject.identity) {
            return None;
        }
        let resource = state.resources.get(&subject.address.to_string())?;
        // What is to be said of it is said when all is read.
        let said = &mut Diagnostics::new();
        let identity = found_again(&subject.address, subject.kind, (resource, state), found, said)?;
        Some(Subject { identity, ..(*subject).clone() })
    };
    subjects.iter().filter_map(subject).collect()
}

/// Sends the reads, and those that their answers lead to.
async fn fetch_all(
    cloud: &Cloud,
    found: &mut Answers,
    mut reads: BTreeSet<Read>,
    subjects: &[&Subject],
) -> Result<(), CloudError> {
    while !reads.is_empty() {
        fetch(cloud, found, reads).await?;
        let further = subjects.iter().flat_map(|s| s.kind.further_reads(&s.identity, &names(&s.wanted), found));
        reads = further.filter(|read| !kinds::Answers::holds(found, read)).collect();
    }
    Ok(())
}

/// A label that no `cloud` block has.
pub(super) fn no_cloud(label: &str) -> Diagnostic {
    Diagnostic::error(Code("HW0225"), format!("There is no `cloud` block with the label \"{label}\""))
        .with_help(format!("Declare it: cloud \"{label}\" {{ … }}"))
}

/// Asks for each thing alone that the list does not show: a list may lag, and "gone" would mean to make it again. Gives
/// those that the key may not see.
async fn confirm(
    state: &State,
    label: &str,
    cloud: &Cloud,
    found: &mut Answers,
) -> Result<BTreeSet<String>, CloudError> {
    let mut hidden = BTreeSet::new();
    for (address, resource) in state.resources.iter().filter(|(_, r)| r.cloud == label) {
        let Some(kind) = kinds::find(&resource.kind) else { continue };
        let Some((alone, list)) = kind.confirmation(&resource.identity) else { continue };
        let listed = resource.identity.get("id").is_some_and(|id| found.lists(&list, id));
        if listed || kind.observe(&resource.identity, found).is_some() {
            continue;
        }
        match (cloud.read(&alone).await, resource.identity.get("id")) {
            (Ok(Some(item)), Some(id)) => found.put_item(&list, id, Some(item.json())),
            (Err(error), _) if error.kind == ErrorKind::Forbidden => drop(hidden.insert(address.clone())),
            (answer, _) => drop(answer?),
        }
    }
    Ok(hidden)
}

/// It is there, and that is all there is to know.
fn not_seen(address: &Address, kind: &dyn Kind, resource: &ResourceState) -> Diagnostic {
    let read = kind.confirmation(&resource.identity).map(|(alone, _)| kinds::permissions::of(&alone.operation));
    let needed = read.unwrap_or_default().join(" and ");
    Diagnostic::warning(Code("HW0619"), format!("{address} cannot be seen with this API key"))
        .with_detail("It is taken for what it was when it was last seen; what somebody changed since is not noticed.")
        .with_help(format!("Give the API key a role with {needed} on it, or use another key."))
        .with_address(address.clone())
}

/// What the state and the answers say about every instance the state knows.
pub(super) fn priors(state: &State, looked: &Looked, blind: bool, diagnostics: &mut Diagnostics) -> Priors {
    let mut priors = Priors::new(blind);
    for (text, resource) in &state.resources {
        let (Ok(address), Some(kind)) = (text.parse::<Address>(), kinds::find(&resource.kind)) else {
            diagnostics.push(
                Diagnostic::error(
                    Code("HW0503"),
                    format!("The state holds `{text}`, which this version cannot manage"),
                )
                .with_detail(format!("Its kind is `{}`.", resource.kind))
                .with_help("Use the version that made the state."),
            );
            continue;
        };
        if resource.schema_version > kind.schema().version {
            diagnostics.push(
                Diagnostic::error(Code("HW0504"), format!("{address} was written by a newer version"))
                    .with_help("Use that version, or a newer one. The state is left as it is.")
                    .with_address(address),
            );
            continue;
        }
        let answers = looked.answers.get(&resource.cloud);
        let hidden = looked.hidden.contains(text);
        if hidden {
            diagnostics.push(not_seen(&address, kind, resource));
        }
        let found = answers.and_then(|a| found_again(&address, kind, (resource, state), a, diagnostics));
        priors.know(text, address, found, hidden);
    }
    priors
}

/// The identity of a thing whose creation was sent, but whose answer never came: its mark tells, or its trace.
pub(super) fn found_again(
    address: &Address,
    kind: &dyn Kind,
    (resource, state): (&ResourceState, &State),
    answers: &Answers,
    diagnostics: &mut Diagnostics,
) -> Option<kinds::Identity> {
    let creating = resource.creating.as_ref().filter(|_| !kinds::is_named(&resource.identity))?;
    let list = kind.reads(&resource.identity, &BTreeSet::new()).into_iter().next()?;
    let list = kinds::Answers::get(answers, &list)?;
    // What its paths need besides its id was noted.
    let whole = |found: kinds::Identity| resource.identity.clone().into_iter().chain(found).collect();
    let Some(trace) = Trace::read(creating) else { return kind.recognise(&list, creating).map(whole) };
    let alike = state.resources.values().filter(|r| r.kind == resource.kind);
    let others = alike.filter_map(|r| r.identity.get("id")).map(String::as_str).collect();
    match trace.search(kind, Shown { list: &list, answers }, &others, false) {
        Search::Nothing => None,
        Search::Found(identity) => {
            let id = identity.get("id").map_or("", String::as_str);
            if trace.mark.is_none() || kind.mark(id, answers) != trace.mark {
                diagnostics.push(recognised(address, &identity));
            }
            Some(whole(identity))
        }
        Search::Unsure(candidates) => {
            diagnostics.push(kinds::unsure(address, &candidates));
            None
        }
    }
}

fn recognised(address: &Address, identity: &kinds::Identity) -> Diagnostic {
    let id = identity.get("id").map_or("", String::as_str);
    Diagnostic::warning(Code("HW0622"), format!("{address} was found again as {id}"))
        .with_detail(
            "The answer to its creation was lost, and no mark of it can be seen. What it can be told by is right, it was not there \
             before, and it was made just when the creation was sent.",
        )
        .with_help(format!("If it is another's after all, forget it: housewright state rm '{address}'"))
        .with_address(address.clone())
}
