//! Things that the stated values alone find: what is there already is taken under management instead of being made.

use std::collections::{BTreeMap, BTreeSet};

use housewright_state::ResourceState;

use super::super::moved;
use super::look;
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
        let owner = self.owner(kind, desired, &identity);
        if let Some(owner) = owner.filter(|_| !kind.is_divisible()) {
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

    /// What is there of an instance that lies outside the cloud, seen through the access that the configuration states
    /// now: the one that the state remembers may be another person's, or another machine's.
    pub(super) fn relook(&mut self, kind: &dyn Kind, desired: &Desired, prior: Option<&Prior>) -> Option<Prior> {
        let prior = prior.filter(|_| kind.lies_outside())?;
        let access = kind.located(&desired.values).into_iter().filter(|(name, _)| name != "id");
        let identity = prior.identity.clone().into_iter().chain(access).collect();
        self.look_outside(kind, &desired.address, identity, prior)
    }

    /// What is there of an instance that lies outside the cloud; nothing where that was not asked.
    pub(super) fn look_outside(
        &mut self,
        kind: &dyn Kind,
        address: &Address,
        mut identity: Identity,
        prior: &Prior,
    ) -> Option<Prior> {
        let names: BTreeSet<&str> = kind.schema().attributes.iter().map(|a| a.name).collect();
        let mut reads = kind.reads(&identity, &names);
        if self.ground.options.no_refresh || !kind.lies_outside() || reads.iter().all(|read| read.target.is_cloud()) {
            return None;
        }
        let nothing = Answers::default();
        let answers = self.answers.get(&prior.cloud).unwrap_or(&nothing);
        if let Some(stored) = self.ground.state.resources.get(&address.to_string()) {
            let resource = ResourceState { identity: identity.clone(), ..stored.clone() };
            let subject = (&resource, self.ground.state);
            identity = look::found_again(address, kind, subject, answers, &mut self.diagnostics).unwrap_or(identity);
        }
        reads.extend(kind.further_reads(&identity, &names, answers));
        reads.retain(|read| !answers.holds(read));
        let observed = if reads.is_empty() { kind.observe(&identity, answers) } else { None };
        if !reads.is_empty() {
            self.asked.entry(prior.cloud.clone()).or_default().extend(reads);
        }
        Some(Prior { identity, observed, ..prior.clone() })
    }

    /// Who manages it under another name.
    fn owner(&self, kind: &dyn Kind, desired: &Desired, identity: &Identity) -> Option<Address> {
        let owners = self.ground.priors.owners(kind, &desired.cloud, identity, self.ground.state);
        owners.iter().find(|other| **other != desired.address).cloned()
    }
}

fn owned(address: &Address, owner: &Address) -> Diagnostic {
    Diagnostic::error(Code("HW0623"), format!("{address} is the same thing as {owner}"))
        .with_detail("Both are about one thing, and the state knows it under the other name. Nothing was changed.")
        .with_help(format!(
            "If the block got another name, say so in a `moved` block, from {owner} to {address}. If both are declared, remove one.\n\n{}",
            moved::block(&owner.to_string(), &address.to_string())
        ))
        .with_address(address.clone())
}
