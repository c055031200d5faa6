//! Things that the stated values alone find: what is there already is taken under management instead of being made.

use std::collections::{BTreeMap, BTreeSet};

use super::weave::Weaver;
use crate::address::Address;
use crate::diag::{Code, Diagnostic};
use crate::kinds::{self, Answers as _, Identity, Kind};
use crate::observe::Answers;
use crate::plan::{Desired, Prior};

impl Weaver<'_> {
    /// What is there of an instance that the state does not know, or knows in another place. When nobody has looked yet,
    /// the look is asked for.
    pub(super) fn adopt(&mut self, kind: &dyn Kind, desired: &Desired, prior: Option<&Prior>) -> Option<Prior> {
        let there = prior.is_some_and(|p| p.observed.is_some());
        let identity = kind.located(&desired.values);
        if there || self.ground.options.no_refresh || !kinds::is_named(&identity) {
            return None;
        }
        let names: BTreeSet<&str> = kind.schema().attributes.iter().map(|a| a.name).collect();
        let nothing = Answers::default();
        let answers = self.answers.get(&desired.cloud).unwrap_or(&nothing);
        let unread: Vec<_> = kind.reads(&identity, &names).into_iter().filter(|r| !answers.holds(r)).collect();
        if !unread.is_empty() {
            self.asked.entry(desired.cloud.clone()).or_default().extend(unread);
            return None;
        }
        let observed = kind.observe(&identity, answers)?;
        if let Some(owner) = self.owner(&desired.address, &desired.cloud, &identity) {
            self.diagnostics.push(owned(&desired.address, &owner));
            return None;
        }
        Some(Prior {
            identity,
            applied: kind.schema().null(),
            fingerprints: BTreeMap::new(),
            observed: Some(observed),
            protected: false,
            settled: true,
            renews: false,
            cloud: desired.cloud.clone(),
            dependencies: Vec::new(),
        })
    }

    /// Who manages it under another name.
    fn owner(&self, address: &Address, cloud: &str, identity: &Identity) -> Option<Address> {
        let same = |other: &Address, prior: &Prior| {
            other.kind == address.kind && prior.cloud == cloud && prior.identity == *identity && other != address
        };
        self.ground.priors.iter().find(|(other, prior)| same(other, prior)).map(|(other, _)| other.clone())
    }
}

fn owned(address: &Address, owner: &Address) -> Diagnostic {
    Diagnostic::error(Code("HW0623"), format!("{address} is the same thing as {owner}"))
        .with_detail("Both are about one thing, and the state knows it under the other name. Nothing was changed.")
        .with_help(format!(
            "If the block got another name, say so: moved {{ from = {owner}, to = {address} }}. If both are declared, remove one."
        ))
        .with_address(address.clone())
}
