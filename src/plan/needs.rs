//! What a plan needs to be allowed to do: permissions of API keys, and actions of AWS accounts, with what needs them.
//!
//! From the names of operations alone; whether anybody has them is not asked.

use std::collections::{BTreeMap, BTreeSet};

use super::Plan;
use crate::address::Address;
use crate::call::{Call, Read, Target};
use crate::kinds::permissions;

/// Who has to be allowed to do something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holder {
    /// The API key of the `cloud` block with this label.
    Key(String),
    /// Whoever is named by these credentials in an AWS region.
    Aws { region: String, profile: Option<String>, roles: Vec<String> },
}

/// What needs one permission or action.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reasons {
    /// Operations of the API, or the action itself.
    pub operations: BTreeSet<String>,
    /// What is changed by them; nothing where they only look.
    pub addresses: BTreeSet<Address>,
}

/// Permissions and actions, by who has to have them.
pub type Needs = BTreeMap<Holder, BTreeMap<String, Reasons>>;

impl Plan {
    /// What the calls need, and the reads, given by the label of the cloud they were sent to.
    pub fn needs<'r>(&self, reads: impl IntoIterator<Item = (&'r str, &'r Read)>) -> Needs {
        let mut needs = Needs::new();
        for action in &self.actions {
            let destroy = action.destroy.iter().map(|call| (call, &action.destroy_cloud));
            for (call, cloud) in destroy.chain(action.apply.iter().map(|call| (call, &action.cloud))) {
                add_call(&mut needs, call, cloud, &action.address);
            }
        }
        for (cloud, read) in reads {
            add(&mut needs, (&read.target, cloud), &read.operation, None);
        }
        needs
    }
}

/// A call, and the read that is repeated after it.
fn add_call(needs: &mut Needs, call: &Call, cloud: &str, address: &Address) {
    add(needs, (&call.target, cloud), &call.operation, Some(address));
    if let Some(wait) = &call.wait {
        add(needs, (&wait.read.target, cloud), &wait.read.operation, None);
    }
}

fn add(needs: &mut Needs, (target, cloud): (&Target, &str), operation: &str, address: Option<&Address>) {
    let (holder, names): (Holder, Vec<&str>) = match target {
        Target::Cloud => (Holder::Key(cloud.to_owned()), permissions::of(operation).to_vec()),
        Target::Ec2(place) => {
            let roles = place.roles.iter().map(|role| role.arn.clone()).collect();
            let holder = Holder::Aws { region: place.region.clone(), profile: place.profile.clone(), roles };
            (holder, vec![operation])
        }
        // What it needs is for its backend to say.
        Target::State(_) => return,
    };
    for name in names {
        let reasons = needs.entry(holder.clone()).or_default().entry(name.to_owned()).or_default();
        reasons.operations.insert(operation.to_owned());
        reasons.addresses.extend(address.cloned());
    }
}
