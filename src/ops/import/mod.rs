//! Importing: what exists is taken into the state under the addresses of the configuration's blocks. Nothing is changed
//! but the state, and the plan that follows is the proof.
//!
//! Must not know files of HCL, or how the state is stored.

mod all;
mod found;
mod terraform;

use std::collections::BTreeMap;

use housewright_state::{LockInfo, ResourceState, State, World, recover};
use serde_json::{Map, Value as Json};

use super::PlanOptions;
use super::apply::recovered;
use super::connect::Connections;
use super::keeper::state_error;
use super::locking::lock;
use super::plan::{Planned, plan, plan_importing};
use super::session::{Session, StatePlace};
use crate::address::Address;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::kinds::{self, Find, Identity};
use crate::plan::{Action, Plan};

pub use all::{Selection, Survey, survey};
pub use terraform::{Output, TerraformState, read_terraform};

/// One thing to take over.
#[derive(Debug, Clone)]
pub struct Wish {
    pub to: Address,
    pub find: Find,
    /// What finds it in the API, where somebody has looked already.
    pub identity: Option<Identity>,
    /// What Terraform's state says was applied, under our names.
    pub past: Option<Map<String, Json>>,
}

/// All that is asked for at once.
#[derive(Debug, Default)]
pub struct Request {
    pub wishes: Vec<Wish>,
    /// Outputs that Terraform's state holds.
    pub outputs: BTreeMap<String, Output>,
    /// Import nothing unless all of it is then as the configuration says.
    pub proven: bool,
}

/// What came of an import.
#[derive(Debug)]
pub struct Imported {
    /// By address, the id of what was taken over.
    pub taken: BTreeMap<Address, String>,
    /// What an apply would do from here on.
    pub plan: Plan,
    pub diagnostics: Diagnostics,
    /// A dead owner's lock that was taken over.
    pub taken_over: Option<LockInfo>,
}

/// Takes things into the state.
///
/// # Errors
/// When one of them cannot be taken over: then none is, and the stored state is as it was.
pub async fn import(
    session: &Session,
    connections: &Connections,
    place: &StatePlace,
    request: &Request,
) -> Result<Imported, Diagnostics> {
    let held = lock(session, place, "import").await?;
    let taken_over = held.lock.taken_over.clone();
    let result = locked(session, connections, place, request).await;
    let released = held.release().await;
    let mut imported = result?;
    imported.taken_over = taken_over;
    imported.diagnostics.extend(released.err());
    Ok(imported)
}

async fn locked(
    session: &Session,
    connections: &Connections,
    place: &StatePlace,
    request: &Request,
) -> Result<Imported, Diagnostics> {
    let wishes = &request.wishes;
    let found = recover(&*place.store).await.map_err(|e| Diagnostics::from(state_error(&e)))?;
    let before = found.state.as_ref().map(State::revision);
    refuse_taken(found.state.as_ref(), wishes)?;
    refuse_known(found.state.as_ref(), wishes)?;
    let options = PlanOptions::default();
    let planned = plan_importing(session, connections, found.state, &options, wishes).await?;
    refuse_doubles(&planned, wishes)?;
    let (mut state, taken) = with_wishes(planned, connections, request)?;
    state.serial += 1;
    // A state that would be no good is not stored.
    let Planned { plan, mut diagnostics, .. } = plan(session, connections, Some(state.clone()), &options).await?;
    if request.proven {
        refuse_changes(&plan, &taken)?;
    }
    place.store.write(&state, before).await.map_err(|e| Diagnostics::from(state_error(&e)))?;
    diagnostics.extend(recovered(found.replayed));
    Ok(Imported { taken, plan, diagnostics, taken_over: None })
}

/// The state with what was found.
fn with_wishes(
    planned: Planned<'_>,
    connections: &Connections,
    request: &Request,
) -> Result<(State, BTreeMap<Address, String>), Diagnostics> {
    let Planned { mut evaluation, priors, mut state, answers, fingerprints, .. } = planned;
    let mut taken = BTreeMap::new();
    for wish in &request.wishes {
        let (Some(kind), Some(prior)) = (kinds::of(&wish.to), priors.get(&wish.to, &state, &answers)) else { continue };
        let desired = evaluation.instance(&wish.to)?.desired;
        let resource = found::resource(kind, &desired, &prior, wish.past.as_ref(), &fingerprints);
        remember_world(&mut state, &resource, kind.is_local(), connections);
        state.resources.insert(wish.to.to_string(), resource);
        taken.insert(wish.to.clone(), prior.identity.get("id").cloned().unwrap_or_default());
    }
    let outputs = request.outputs.iter().filter_map(|(name, o)| Some((name.clone(), o.stored(&fingerprints)?)));
    state.outputs.extend(outputs);
    Ok((state, taken))
}

fn remember_world(state: &mut State, resource: &ResourceState, is_local: bool, connections: &Connections) {
    if let Some(cloud) = connections.clouds.get(&resource.cloud).filter(|_| !is_local) {
        let world = World { api: cloud.client.api.clone(), organization: cloud.organization.clone() };
        state.worlds.insert(resource.cloud.clone(), world);
    }
}

/// What was written down from what exists must be what exists.
fn refuse_changes(plan: &Plan, taken: &BTreeMap<Address, String>) -> Result<(), Diagnostics> {
    let differs = plan.actions.iter().filter(|a| taken.contains_key(&a.address) && (a.is_change() || a.has_calls()));
    let told = |action: &Action| {
        let attributes: Vec<&str> = action.attributes.iter().map(|a| a.path.as_str()).collect();
        Diagnostic::error(Code("HW0648"), format!("{} would not be as it is", action.address))
            .with_detail(format!(
                "An apply would change it right away: {}. Nothing was imported, and no file was kept.",
                if attributes.is_empty() { action.state_changes.join(", ") } else { attributes.join(", ") }
            ))
            .with_help("If somebody changed it just now, run the command again. Otherwise leave it out with --kind or --filter, and report this.")
            .with_address(action.address.clone())
    };
    let found: Diagnostics = differs.map(told).collect();
    if found.has_errors() { Err(found) } else { Ok(()) }
}

/// An address that has something already takes nothing else.
fn refuse_taken(state: Option<&State>, wishes: &[Wish]) -> Result<(), Diagnostics> {
    let known = |wish: &&Wish| state.is_some_and(|s| s.resources.contains_key(&wish.to.to_string()));
    let taken = |wish: &Wish| {
        let address = &wish.to;
        Diagnostic::error(Code("HW0642"), format!("{address} is in the state already"))
            .with_detail("An address stands for one thing. Nothing was imported.")
            .with_help(format!(
                "Choose another address, or have the state forget that one first: housewright state rm '{address}'"
            ))
            .with_address(address.clone())
    };
    let found: Diagnostics = wishes.iter().filter(known).map(taken).collect();
    if found.has_errors() { Err(found) } else { Ok(()) }
}

/// Ids that the state has under another address, or that are asked for twice: told without a request.
fn refuse_known(state: Option<&State>, wishes: &[Wish]) -> Result<(), Diagnostics> {
    let named = |wish: &Wish| match &wish.find {
        Find::Id(id) => Some((wish.to.kind.clone(), id.clone())),
        _ => None,
    };
    let stored = state.into_iter().flat_map(|s| &s.resources);
    let mut owners: BTreeMap<(String, String), String> =
        stored.filter_map(|(a, r)| Some(((r.kind.clone(), r.identity.get("id")?.clone()), a.clone()))).collect();
    let mut found = Diagnostics::new();
    for wish in wishes {
        let Some(key) = named(wish) else { continue };
        match owners.get(&key) {
            Some(owner) => found.push(one_thing(&wish.to, owner, &key.1)),
            None => drop(owners.insert(key, wish.to.to_string())),
        }
    }
    if found.has_errors() { Err(found) } else { Ok(()) }
}

/// One thing has one address, whatever it was found by.
fn refuse_doubles(planned: &Planned<'_>, wishes: &[Wish]) -> Result<(), Diagnostics> {
    let mut found = Diagnostics::new();
    for (index, wish) in wishes.iter().enumerate() {
        let Some((kind, prior)) = kinds::of(&wish.to).zip(planned.prior(&wish.to)) else { continue };
        let owners = planned.priors.owners(kind, &prior.cloud, &prior.identity, &planned.state);
        // Of two wishes for one thing, one finding is enough.
        let later = |address: &Address| wishes.iter().skip(index + 1).any(|w| w.to == *address);
        if let Some(other) = owners.iter().find(|other| **other != wish.to).filter(|other| !later(other)) {
            let id = prior.identity.get("id").map_or("", String::as_str);
            found.push(one_thing(&wish.to, &other.to_string(), id));
        }
    }
    if found.has_errors() { Err(found) } else { Ok(()) }
}

fn one_thing(address: &Address, other: &str, id: &str) -> Diagnostic {
    Diagnostic::error(Code("HW0643"), format!("{address} and {other} are one thing"))
        .with_detail(format!(
            "Both would be {id}. Two addresses would each try to have their way with it. Nothing was imported."
        ))
        .with_help("Import it under one of the addresses, and remove the other block.")
        .with_address(address.clone())
}
