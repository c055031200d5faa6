//! Keeps configuration and state together while a plan is carried out.

use std::collections::BTreeSet;

use housewright_state::{ResourceState, Revision, State, Store, StoreError, World};

use super::stored;
use crate::apply::{Event, Record, Steward};
use crate::desired::Evaluation;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::kinds;
use crate::plan::{ActionKind, Desired, Plan, Prior, settled_value, with_ignored};
use crate::secret::Fingerprints;

/// Told of everything that happens.
pub type Observer<'o> = dyn FnMut(Event<'_>) + 'o;

pub(super) struct Keeper<'k, 's> {
    pub plan: &'k Plan,
    pub evaluation: Evaluation<'s>,
    pub priors: std::collections::BTreeMap<crate::address::Address, Prior>,
    pub state: State,
    /// What is stored now.
    pub stored: Option<Revision>,
    pub store: &'k dyn Store,
    /// Where each cloud of the connections is, by label.
    pub worlds: std::collections::BTreeMap<String, World>,
    pub fingerprints: Fingerprints,
    pub observer: &'k mut Observer<'k>,
    /// Something that was reached could not be written.
    pub unsaved: bool,
}

impl Keeper<'_, '_> {
    /// Writes the state under the next serial.
    pub fn save(&mut self) -> Result<(), Diagnostic> {
        let mut next = self.state.clone();
        next.serial += 1;
        // Local stores answer at once; a store that waits would need an executor that lets it.
        let written = futures_util::FutureExt::now_or_never(self.store.write(&next, self.stored));
        match written {
            Some(Ok(())) => {
                self.stored = Some(next.revision());
                self.state = next;
                self.unsaved = false;
                Ok(())
            }
            Some(Err(error)) => {
                self.unsaved = true;
                Err(state_error(&error))
            }
            None => Err(Diagnostic::error(Code("HW0505"), "The state store did not answer")),
        }
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
        let Some(kind) = kinds::find(&address.kind) else { return Ok(instance.desired) };
        // What was unknown while planning is checked now.
        let found = super::findings::findings(kind, &instance.desired, None, &instance.places);
        let broken: Diagnostics = found.into_iter().filter(Diagnostic::is_error).collect();
        if broken.has_errors() {
            return Err(broken);
        }
        Ok(match self.priors.get(address).filter(|p| p.observed.is_some()) {
            Some(prior) => with_ignored(kind.schema(), &instance.desired, prior),
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

    fn intend(&mut self, action: usize, mark: &str) -> Result<(), Diagnostic> {
        let action = &self.plan.actions[action];
        let Some(kind) = kinds::find(&action.address.kind) else { return Ok(()) };
        if let Some(world) = self.worlds.get(&action.cloud) {
            self.state.worlds.insert(action.cloud.clone(), world.clone());
        }
        let resource = stored::intention(kind.schema(), action, mark);
        self.state.resources.insert(action.address.to_string(), resource);
        self.save()
    }

    fn record(&mut self, action: usize, record: &Record<'_>) -> Result<(), Diagnostic> {
        let action = &self.plan.actions[action];
        let Some(kind) = kinds::find(&action.address.kind) else { return Ok(()) };
        let key = action.address.to_string();
        let before = self.state.resources.get(&key);
        let resource: ResourceState =
            stored::resource(kind.schema(), before, record, &action.dependencies, action.protect, &self.fingerprints);
        if let Some(world) = self.worlds.get(&resource.cloud) {
            self.state.worlds.insert(resource.cloud.clone(), world.clone());
        }
        if let Some(observed) = record.observed.filter(|_| record.settled) {
            let value = settled_value(kind.schema(), record.desired, observed);
            self.evaluation.set_instance(&action.address, value);
        }
        if before == Some(&resource) {
            return Ok(());
        }
        self.state.resources.insert(key, resource);
        self.save()
    }

    fn forget(&mut self, action: usize) -> Result<(), Diagnostic> {
        let action = &self.plan.actions[action];
        self.state.resources.remove(&action.address.to_string());
        let label = &action.cloud;
        if action.kind != ActionKind::Replace && !self.state.resources.values().any(|r| r.cloud == *label) {
            self.state.worlds.remove(label);
        }
        self.save()
    }

    fn event(&mut self, event: Event<'_>) {
        (self.observer)(event);
    }
}
