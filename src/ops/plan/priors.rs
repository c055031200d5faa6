//! What was there before the plan, of every instance: worked out from the state and the answers when it is asked for.
//!
//! Of thousands of instances most are looked at once and are as they should be, so what they hold is not kept. Must not
//! know the configuration.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use housewright_state::{ResourceState, State};

use super::super::stored;
use crate::address::Address;
use crate::kinds::{self, Identity, Kind};
use crate::observe::Answers;
use crate::plan::Prior;

/// By cloud label.
pub(in super::super) type AnswersOf = BTreeMap<String, Answers>;

/// The instances that the state knows, and those that are there all the same.
#[derive(Default)]
pub(in super::super) struct Priors {
    by_address: BTreeMap<Address, Known>,
    /// Whether the state's word is taken for what is there.
    blind: bool,
    owners: OnceCell<BTreeMap<Owned, Vec<Address>>>,
}

/// Under what the state has an instance, where it is not how its address is written.
type Key = Option<Box<str>>;

/// Kind, cloud and identity: what one thing is told by.
type Owned = (String, String, Identity);

/// How an instance is known.
enum Known {
    /// By the state and the answers. What the state does not say of its identity was found again.
    Stored { key: Key, found: Option<Identity>, hidden: bool },
    /// It was looked at.
    Seen(Box<Prior>),
}

impl Priors {
    pub fn new(blind: bool) -> Self {
        Self { blind, ..Self::default() }
    }

    /// An instance of the state, where it stands under this text; `hidden` where the API key may not see it.
    pub fn know(&mut self, text: &str, address: Address, found: Option<Identity>, hidden: bool) {
        self.owners.take();
        let key = (address.to_string() != text).then(|| text.into());
        self.by_address.insert(address, Known::Stored { key, found, hidden });
    }

    /// An instance that was looked at.
    pub fn see(&mut self, address: Address, prior: Prior) {
        self.owners.take();
        self.by_address.insert(address, Known::Seen(Box::new(prior)));
    }

    pub fn len(&self) -> usize {
        self.by_address.len()
    }

    pub fn contains(&self, address: &Address) -> bool {
        self.by_address.contains_key(address)
    }

    pub fn addresses(&self) -> impl Iterator<Item = &Address> {
        self.by_address.keys()
    }

    /// It goes by another address from now on, in the state as well.
    pub fn rename(&mut self, from: &Address, to: Address) {
        self.owners.take();
        if let Some(mut known) = self.by_address.remove(from) {
            if let Known::Stored { key, .. } = &mut known {
                *key = None;
            }
            self.by_address.insert(to, known);
        }
    }

    /// What was there.
    pub fn get(&self, address: &Address, state: &State, answers: &AnswersOf) -> Option<Prior> {
        let (key, found, hidden) = match self.by_address.get(address)? {
            Known::Seen(prior) => return Some(Prior::clone(prior)),
            Known::Stored { key, found, hidden } => (key, found.as_ref(), *hidden),
        };
        let resource = resource(address, key, state)?;
        let kind = kinds::find(&resource.kind)?;
        let identity = whole(resource, found);
        let observed = if self.blind || hidden {
            Some(stored::last_seen(kind, resource))
        } else {
            answers.get(&resource.cloud).and_then(|a| kind.observe(&identity, a))
        };
        let prior = stored::prior(kind.schema(), resource, observed);
        let observed = stored::local(kind, &prior).or(prior.observed);
        Some(Prior { identity, observed, ..prior })
    }

    /// What it needed when it was last applied, by address.
    pub fn dependencies(&self, address: &Address, state: &State) -> Vec<Address> {
        match self.by_address.get(address) {
            None => Vec::new(),
            Some(Known::Seen(prior)) => prior.dependencies.clone(),
            Some(Known::Stored { key, .. }) => {
                resource(address, key, state).map(stored::dependencies).unwrap_or_default()
            }
        }
    }

    /// Who manages that thing, under whatever name.
    pub fn owners(&self, kind: &dyn Kind, cloud: &str, identity: &Identity, state: &State) -> &[Address] {
        let owned = || {
            let mut owners: BTreeMap<Owned, Vec<Address>> = BTreeMap::new();
            for (address, known) in &self.by_address {
                let Some((cloud, identity)) = thing(address, known, state) else { continue };
                owners.entry((address.kind.clone(), cloud, identity)).or_default().push(address.clone());
            }
            owners
        };
        let key = (kind.schema().kind.to_owned(), cloud.to_owned(), identity.clone());
        self.owners.get_or_init(owned).get(&key).map_or(&[], Vec::as_slice)
    }
}

/// The cloud and the identity of an instance.
fn thing(address: &Address, known: &Known, state: &State) -> Option<(String, Identity)> {
    match known {
        Known::Seen(prior) => Some((prior.cloud.clone(), prior.identity.clone())),
        Known::Stored { key, found, .. } => {
            let resource = resource(address, key, state)?;
            Some((resource.cloud.clone(), whole(resource, found.as_ref())))
        }
    }
}

fn resource<'s>(address: &Address, key: &Key, state: &'s State) -> Option<&'s ResourceState> {
    match key {
        Some(key) => state.resources.get(&**key),
        None => state.resources.get(&address.to_string()),
    }
}

fn whole(resource: &ResourceState, found: Option<&Identity>) -> Identity {
    resource.identity.clone().into_iter().chain(found.cloned().unwrap_or_default()).collect()
}
