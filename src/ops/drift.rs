//! Drift: what is there against what was applied, for everything that is managed; and what exists that nobody manages.
//! Never writes.

use std::collections::{BTreeMap, BTreeSet};

use housewright_state::State;

use super::connect::Connections;
use super::discover::discover;
use super::plan::{Seen, see};
use super::session::Session;
use crate::address::Address;
use crate::config::Resource;
use crate::desired::{Completeness, Evaluation, Instance, Planner};
use crate::diag::Diagnostics;
use crate::kinds::{self, Kind, OwnDoing};
use crate::lang::value::{Type, Value};
use crate::observe::Answers;
use crate::plan::{self, AttributeChange, Desired, Prior};

/// What came of looking.
#[derive(Debug, Default)]
pub struct Drift {
    /// How many instances are managed.
    pub managed: usize,
    /// Those that are not as they were applied, or that the platform itself has changed for a while.
    pub drifted: Vec<Drifted>,
    /// What nobody manages; nothing when it was not asked for.
    pub unmanaged: Option<Vec<Unmanaged>>,
    pub diagnostics: Diagnostics,
}

/// One instance that is another than it was applied.
#[derive(Debug)]
pub struct Drifted {
    pub address: Address,
    pub id: String,
    /// It is no longer there.
    pub gone: bool,
    /// What somebody changed.
    pub by_hand: Vec<AttributeChange>,
    /// What the platform changed by itself, in words: no drift.
    pub by_platform: Vec<String>,
}

/// One thing that exists and that nobody manages here.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unmanaged {
    pub kind: String,
    pub name: String,
    pub id: String,
    /// Label of the cloud it is in.
    pub cloud: String,
}

impl Drifted {
    /// Whether somebody has to do something about it.
    pub fn is_drift(&self) -> bool {
        self.gone || !self.by_hand.is_empty()
    }
}

impl Drift {
    pub fn is_any(&self) -> bool {
        self.drifted.iter().any(Drifted::is_drift) || self.unmanaged.as_ref().is_some_and(|u| !u.is_empty())
    }
}

/// Compares what is there with what was applied.
///
/// # Errors
/// When the configuration cannot be read, or what is there.
pub async fn drift(
    session: &Session,
    connections: &Connections,
    state: Option<State>,
    unmanaged: bool,
) -> Result<Drift, Diagnostics> {
    let (mut evaluation, mut diagnostics) = session.evaluation(Completeness::Lenient, true);
    diagnostics.append(session.findings_with_configuration());
    if diagnostics.has_errors() {
        return Err(diagnostics.sorted());
    }
    let mut drift = Drift::default();
    let mut known = state;
    if let Some(state) = known.take() {
        let seen = see(&evaluation, state, connections).await?;
        diagnostics.append(seen.diagnostics.clone());
        drift.managed = seen.priors.len();
        let stated = stated(&mut evaluation, &mut diagnostics)?;
        drift.drifted = seen.priors.addresses().filter_map(|a| drifted(a, &seen.prior(a)?, &stated, &seen)).collect();
        known = Some(seen.state);
    }
    if unmanaged {
        let (found, told) = discover(connections, known.as_ref(), &[], false).await?;
        diagnostics.append(told);
        let of = |e: super::discover::Existing| Unmanaged {
            kind: e.kind.schema().kind.to_owned(),
            name: e.listed.name,
            id: e.listed.identity.get("id").cloned().unwrap_or_default(),
            cloud: e.cloud,
        };
        let all: BTreeSet<Unmanaged> = found.into_iter().map(of).collect();
        drift.unmanaged = Some(all.into_iter().collect());
    }
    drift.diagnostics = diagnostics.sorted();
    Ok(drift)
}

/// What the configuration states of each instance: which lists are shared, which changes are ignored, what is sensitive.
fn stated(
    evaluation: &mut Evaluation<'_>,
    diagnostics: &mut Diagnostics,
) -> Result<BTreeMap<Address, Desired>, Diagnostics> {
    let mut stated = Stated::default();
    let found = evaluation.walk(&mut stated);
    if found.has_errors() {
        return Err(found.sorted());
    }
    diagnostics.append(found);
    Ok(stated.0)
}

#[derive(Default)]
struct Stated(BTreeMap<Address, Desired>);

impl Planner for Stated {
    fn instance(&mut self, _resource: &Resource, instance: Instance) -> Value {
        self.0.insert(instance.desired.address.clone(), instance.desired);
        Value::unknown(Type::Any)
    }

    fn data(&mut self, resource: &Resource, instance: Instance, _scoped: bool) -> Value {
        let schema = kinds::schema_of(&resource.address);
        schema.map_or_else(|| Value::unknown(Type::Any), |schema| plan::plan_data(schema, &instance.desired).1)
    }
}

fn drifted(address: &Address, prior: &Prior, stated: &BTreeMap<Address, Desired>, seen: &Seen) -> Option<Drifted> {
    let kind = kinds::of(address).filter(|k| !k.is_local())?;
    // What is unfinished is the next apply's business.
    if !prior.settled || address.deposed {
        return None;
    }
    let id = prior.identity.get("id").cloned().unwrap_or_default();
    let gone = prior.observed.is_none();
    let mut drifted = Drifted { address: address.clone(), id, gone, by_hand: Vec::new(), by_platform: Vec::new() };
    if !gone {
        // An instance whose key is not known yet is like the others of its block.
        let desired = stated.get(address).or_else(|| stated.get(&address.block()));
        let unstated = nothing(kind, address);
        let changes = plan::drift(kind.schema(), desired.unwrap_or(&unstated), prior);
        let doings = seen.answers.get(&prior.cloud).map(|a: &Answers| kind.own_doing(&prior.identity, a));
        attribute(&mut drifted, changes, doings.unwrap_or_default());
    }
    (drifted.is_drift() || !drifted.by_platform.is_empty()).then_some(drifted)
}

/// Tells the platform's own changes from those of people: what it changed for a while is set to what was applied.
fn attribute(drifted: &mut Drifted, changes: Vec<AttributeChange>, doings: Vec<OwnDoing>) {
    let is_own = |change: &AttributeChange| doings.iter().any(|d| d.attribute == change.path && d.set == change.before);
    drifted.by_hand = changes.into_iter().filter(|c| !is_own(c)).collect();
    drifted.by_platform = doings.into_iter().map(|d| d.why).collect();
}

/// Of an instance that the configuration no longer has.
fn nothing(kind: &dyn Kind, address: &Address) -> Desired {
    Desired {
        address: address.clone(),
        values: Value::null(kind.schema().object_type()),
        sensitive: BTreeSet::new(),
        shared: BTreeSet::new(),
        ignored: BTreeSet::new(),
        protect: None,
        cloud: String::new(),
        dependencies: Vec::new(),
    }
}
