//! Keeps configuration and state together while a plan is carried out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use housewright_state::journal::{CallEvent, CallId, Change, Intent, Recognise};
use housewright_state::{Ledger, StoreError, World};
use serde_json::Value as Json;

use super::stored;
use crate::address::Address;
use crate::apply::{Effect, Event, Noting, Record, Steward};
use crate::call::Call;
use crate::clock::Clock;
use crate::desired::Evaluation;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::kinds::{self, Identity, Trace};
use crate::lang::value::Value;
use crate::plan::{Action, ActionKind, Desired, Phase, Plan, Prior, settled_value, with_ignored};
use crate::secret::Fingerprints;

/// Told of everything that happens.
pub type Observer<'o> = dyn FnMut(Event<'_>) + 'o;

pub(super) struct Keeper<'k, 's> {
    pub plan: &'k Plan,
    pub evaluation: Evaluation<'s>,
    /// Of the instances that the plan touches.
    pub priors: BTreeMap<Address, Prior>,
    pub ledger: Ledger<'k>,
    /// Where each cloud of the connections is, by label.
    pub worlds: BTreeMap<String, World>,
    pub fingerprints: Fingerprints,
    pub clock: Arc<dyn Clock>,
    pub observer: &'k mut Observer<'k>,
}

impl Keeper<'_, '_> {
    /// What is noted of a call before it is sent.
    fn intent(&self, action: &Action, phase: Phase, call: &Call, trace: Option<&Trace>) -> Intent {
        let planned = if phase == Phase::Destroy { &action.destroy } else { &action.apply };
        let cloud = if phase == Phase::Destroy { &action.destroy_cloud } else { &action.cloud };
        let (body, withheld) = without_secrets(call, planned);
        Intent {
            call: self.id(action, phase, call),
            address: action.address.to_string(),
            cloud: cloud.clone(),
            step: call.step.clone(),
            method: call.method.as_str().to_owned(),
            path: call.path.clone(),
            body,
            withheld,
            recognise: match (mark(action, call), trace) {
                (_, Some(trace)) => Recognise::Traits(trace.traits.clone()),
                (Some(mark), None) => Recognise::Mark(mark.to_owned()),
                (None, None) => Recognise::Repeatable,
            },
            at: self.clock.now(),
        }
    }

    fn id(&self, action: &Action, phase: Phase, call: &Call) -> CallId {
        let phase = if phase == Phase::Destroy { "destroy" } else { "apply" };
        CallId::new(self.ledger.state().revision(), &action.address.to_string(), &format!("{phase} {}", call.step))
    }

    fn world(&self, label: &str) -> Option<Change> {
        let world = self.worlds.get(label).filter(|w| self.ledger.state().worlds.get(label) != Some(*w))?;
        Some(Change::PutWorld { label: label.to_owned(), world: world.clone() })
    }

    fn resource(&self, action: &Action, record: &Record<'_>) -> Vec<Change> {
        let Some(kind) = kinds::of(&action.address) else { return Vec::new() };
        let address = action.address.to_string();
        let before = self.ledger.state().resources.get(&address);
        // What lives in the state alone is told by its applied values.
        let seen = Record { observed: record.observed.filter(|_| !kind.is_local()), ..*record };
        let resource =
            stored::resource(kind.schema(), before, &seen, &action.dependencies, action.protect, &self.fingerprints);
        let mut changes = Vec::new();
        changes.extend(self.world(&resource.cloud).filter(|_| !kind.is_local()));
        if before != Some(&resource) {
            changes.push(Change::PutResource { address, resource: Box::new(resource) });
        }
        changes
    }
}

/// The mark that what a call creates carries.
fn mark<'a>(action: &'a Action, call: &Call) -> Option<&'a str> {
    action.ownership.as_deref().filter(|_| !call.identity.is_empty())
}

/// The body without what was not known while planning, secrets among it, and the names of those fields.
fn without_secrets(call: &Call, planned: &[Call]) -> (Option<Json>, Vec<String>) {
    let Some(body) = &call.body else { return (None, Vec::new()) };
    let plans = planned.iter().filter(|p| p.step == call.step).filter_map(|p| p.body.as_ref());
    let holes: BTreeSet<&String> = plans.chain([body]).flat_map(|b| b.holes.keys()).collect();
    let mut json = body.json.clone();
    let mut withheld = Vec::new();
    if let Json::Object(fields) = &mut json {
        withheld.extend(fields.keys().filter(|f| holes.contains(f)).cloned());
        fields.retain(|field, _| !holes.contains(field));
    }
    (Some(json), withheld)
}

fn event(effect: Effect) -> CallEvent {
    match effect {
        Effect::Taken => CallEvent::Succeeded,
        Effect::None => CallEvent::Refused,
        Effect::Unknown => CallEvent::Lost,
        Effect::Found => CallEvent::Found,
    }
}

/// A state store's error as a diagnostic.
pub fn state_error(error: &StoreError) -> Diagnostic {
    use housewright_state::ErrorKind;
    let code = match error.kind() {
        ErrorKind::Locked(_)
        | ErrorKind::LockDamaged
        | ErrorKind::LockLost
        | ErrorKind::NotLocked
        | ErrorKind::LockMismatch(_) => "HW0510",
        ErrorKind::Damaged(_) | ErrorKind::Newer { .. } | ErrorKind::Foreign(_) => "HW0511",
        ErrorKind::LineageMismatch { .. } | ErrorKind::Stale { .. } | ErrorKind::SerialNotGreater { .. } => "HW0512",
        ErrorKind::JournalDamaged(_) | ErrorKind::JournalForeign(_) | ErrorKind::JournalPending => "HW0518",
        _ => "HW0513",
    };
    Diagnostic::error(Code(code), format!("{} ({})", error.what(), error.place()))
        .with_detail(error.why().to_owned())
        .with_help(error.next().to_owned())
}

impl Steward for Keeper<'_, '_> {
    fn desired(&mut self, action: usize) -> Result<Desired, Diagnostics> {
        let address = &self.plan.actions[action].address;
        let instance = self.evaluation.instance(address)?;
        let Some(kind) = kinds::of(address) else { return Ok(instance.desired) };
        // What was unknown while planning is checked now.
        let found = super::findings::findings(kind, &instance.desired, None, &instance.places);
        let broken: Diagnostics = found.into_iter().filter(Diagnostic::is_error).collect();
        if broken.has_errors() {
            return Err(broken);
        }
        Ok(match self.priors.get(address).filter(|p| p.observed.is_some()) {
            Some(prior) => with_ignored(kind.schema(), &instance.desired, prior).into_owned(),
            None => instance.desired,
        })
    }

    fn prior(&self, action: usize) -> Option<Prior> {
        self.priors.get(&self.plan.actions[action].address).cloned()
    }

    fn wanted(&self, action: usize) -> BTreeSet<String> {
        let block = self.plan.actions[action].address.block();
        self.evaluation.wanted(&block).iter().map(ToString::to_string).collect()
    }

    fn intend<'s>(
        &'s mut self,
        action: usize,
        phase: Phase,
        call: &'s Call,
        identity: &'s Identity,
        trace: Option<&'s Trace>,
    ) -> Noting<'s> {
        let action = &self.plan.actions[action];
        let intent = self.intent(action, phase, call, trace);
        let mut changes = Vec::new();
        let creating = trace.map(Trace::write).or_else(|| mark(action, call).map(str::to_owned));
        if let (Some(mark), Some(kind)) = (&creating, kinds::of(&action.address)) {
            changes.extend(self.world(&action.cloud));
            let resource = Box::new(stored::intention(kind.schema(), action, identity, mark));
            changes.push(Change::PutResource { address: action.address.to_string(), resource });
        }
        Box::pin(async move { self.ledger.intend(intent, changes).await.map_err(|e| state_error(&e)) })
    }

    fn learn<'s>(&'s mut self, action: usize, phase: Phase, call: &'s Call, effect: Effect) -> Noting<'s> {
        let id = self.id(&self.plan.actions[action], phase, call);
        Box::pin(async move { self.ledger.outcome(id, event(effect), Vec::new()).await.map_err(|e| state_error(&e)) })
    }

    fn record<'s>(&'s mut self, action: usize, record: &'s Record<'s>, call: Option<(&'s Call, Effect)>) -> Noting<'s> {
        let action = &self.plan.actions[action];
        if let Some((kind, observed)) = kinds::of(&action.address).zip(record.observed).filter(|_| record.settled) {
            let value = settled_value(kind, record.desired, observed);
            self.evaluation.set_instance(&action.address, value);
        }
        let changes = self.resource(action, record);
        let local = kinds::of(&action.address).is_some_and(kinds::Kind::is_local);
        Box::pin(async move {
            let noted = match call {
                None if local => self.ledger.note_later(changes),
                Some((call, effect)) => {
                    self.ledger.outcome(self.id(action, Phase::Apply, call), event(effect), changes).await
                }
                None => self.ledger.note(changes).await,
            };
            let noted = match noted {
                Ok(()) if call.is_none() && record.settled => self.ledger.supersede(&action.address.to_string()).await,
                noted => noted,
            };
            noted.map_err(|e| state_error(&e))
        })
    }

    fn judge(&mut self, action: usize) -> Diagnostics {
        self.evaluation.judge(&self.plan.actions[action].address)
    }

    fn found(&mut self, action: usize, value: Value) {
        self.evaluation.set_instance(&self.plan.actions[action].address, value);
    }

    fn forget(&mut self, action: usize) -> Noting<'_> {
        let action = &self.plan.actions[action];
        let (address, label) = (action.address.to_string(), &action.cloud);
        let mut others = self.ledger.state().resources.iter().filter(|(a, _)| **a != address);
        let last = !others.any(|(_, r)| r.cloud == *label) && self.ledger.state().worlds.contains_key(label);
        let mut changes = Vec::new();
        if self.ledger.state().resources.contains_key(&address) {
            changes.push(Change::RemoveResource { address: address.clone() });
        }
        if last && action.kind != ActionKind::Replace {
            changes.push(Change::RemoveWorld { label: label.clone() });
        }
        Box::pin(async move {
            let noted = self.ledger.note(changes).await;
            let noted = if noted.is_ok() { self.ledger.supersede(&address).await } else { noted };
            noted.map_err(|e| state_error(&e))
        })
    }

    fn event(&mut self, event: Event<'_>) {
        (self.observer)(event);
    }
}
