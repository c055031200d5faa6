//! Remembering: the configuration evaluated with what the state knows, without looking at what is really there.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use housewright_state::State;

use super::session::Session;
use super::stored;
use crate::address::Address;
use crate::config::Resource;
use crate::desired::{Completeness, Evaluation, Instance, Planner};
use crate::diag::Diagnostics;
use crate::kinds::{self, Kind};
use crate::lang::value::{Marks, Type, Value};

/// The configuration with the state's values in it.
pub struct Remembered<'s> {
    pub evaluation: Evaluation<'s>,
    /// Every instance of the state as it was last seen and applied. What is secret or marked sensitive is marked.
    pub instances: BTreeMap<Address, Value>,
    pub diagnostics: Diagnostics,
}

/// Evaluates the configuration with the values that the state has. Values nobody gave are unknown, and so are
/// resources that do not exist yet.
pub fn remember<'s>(session: &'s Session, state: Option<&State>) -> Remembered<'s> {
    let (mut evaluation, mut diagnostics) = session.evaluation(Completeness::Lenient, false);
    let mut memory = Memory { state, instances: BTreeMap::new(), visited: BTreeMap::new() };
    diagnostics.append(evaluation.walk(&mut memory));
    let Memory { mut instances, visited, .. } = memory;
    // What the configuration does not ask for, or not yet: what is sensitive in a block is so in all its instances.
    for (text, resource) in state.iter().flat_map(|s| &s.resources) {
        let (Ok(address), Some(kind)) = (text.parse::<Address>(), kinds::find(&resource.kind)) else { continue };
        if address.deposed {
            continue;
        }
        let block = address.block();
        if let Entry::Vacant(place) = instances.entry(address.clone()) {
            let siblings = visited.iter().filter(|(a, _)| a.block() == block);
            let sensitive = siblings.flat_map(|(_, s)| s.iter().cloned()).collect();
            let value = place.insert(known(kind, resource, &sensitive));
            if visited.contains_key(&block) && is_repeated(&evaluation, &block) {
                evaluation.set_instance(&address, value.clone());
            }
        }
    }
    Remembered { evaluation, instances, diagnostics: diagnostics.sorted() }
}

/// Whether a block has `count` or `for_each`. Visited as a whole, it is not known how many instances it has.
fn is_repeated(evaluation: &Evaluation<'_>, block: &Address) -> bool {
    evaluation.declaration(block).is_some_and(|r| r.count.is_some() || r.for_each.is_some())
}

struct Memory<'a> {
    state: Option<&'a State>,
    instances: BTreeMap<Address, Value>,
    /// Attributes (dotted paths) that are sensitive in each instance.
    visited: BTreeMap<Address, BTreeSet<String>>,
}

impl Planner for Memory<'_> {
    fn instance(&mut self, resource: &Resource, instance: Instance) -> Value {
        let desired = instance.desired;
        self.visited.insert(desired.address.clone(), desired.sensitive.clone());
        let stored = self.state.and_then(|s| s.resources.get(&desired.address.to_string()));
        let (Some(kind), Some(stored)) = (kinds::of(&resource.address), stored) else {
            return Value::unknown(Type::Any);
        };
        let value = known(kind, stored, &desired.sensitive);
        self.instances.insert(desired.address, value.clone());
        value
    }

    /// What data sources tell is not kept.
    fn data(&mut self, resource: &Resource, instance: Instance, _scoped: bool) -> Value {
        let schema = kinds::schema_of(&resource.address);
        schema.map_or_else(|| Value::unknown(Type::Any), |schema| crate::plan::plan_data(schema, &instance.desired).1)
    }
}

/// What was last seen, and where nothing was, what was applied.
fn known(kind: &dyn Kind, resource: &housewright_state::ResourceState, sensitive: &BTreeSet<String>) -> Value {
    let (seen, applied) = (stored::last_seen(kind, resource).values, stored::prior(kind.schema(), resource, None));
    let sensitive = sensitive.iter().chain(&resource.sensitive).cloned().collect();
    hidden(&combined(&seen, &applied.applied), applied.fingerprints.keys(), &sensitive)
}

/// The value with what is secret or sensitive marked. Of the secrets that a state remembers nothing is told but that they
/// are there.
pub(super) fn hidden<'p>(
    value: &Value,
    secrets: impl Iterator<Item = &'p String> + Clone,
    sensitive: &'p BTreeSet<String>,
) -> Value {
    let value = secrets.clone().fold(value.clone(), |v, path| with(&v, path, &|_| Value::from("")));
    let mark = |v: &Value| v.clone().with_marks(Marks { sensitive: true, ephemeral: false });
    secrets.chain(sensitive).fold(value, |v, path| with(&v, path, &mark))
}

/// `first`, and where it is null `second`; objects attribute by attribute.
pub(super) fn combined(first: &Value, second: &Value) -> Value {
    use crate::lang::value::Data;
    match (&first.data, &second.data) {
        (Data::Null(_), _) => second.clone(),
        (Data::Object(fields), Data::Object(_)) => {
            let of = |name: &str, value: &Value| second.get(name).map_or_else(|| value.clone(), |s| combined(value, s));
            Value::object(fields.iter().map(|(name, value)| (name.clone(), of(name, value))).collect())
        }
        _ => first.clone(),
    }
}

/// The object with the value at a dotted path changed; without that path, as it is.
fn with(object: &Value, path: &str, change: &dyn Fn(&Value) -> Value) -> Value {
    use crate::lang::value::Data;
    let Data::Object(fields) = &object.data else { return object.clone() };
    let (head, rest) = path.split_once('.').map_or((path, None), |(head, rest)| (head, Some(rest)));
    let of = |name: &str, value: &Value| match rest {
        _ if name != head => value.clone(),
        Some(rest) => with(value, rest, change),
        None => change(value),
    };
    Value::object(fields.iter().map(|(name, value)| (name.clone(), of(name, value))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(fields: &[(&str, Value)]) -> Value {
        Value::object(fields.iter().map(|(n, v)| ((*n).into(), v.clone())).collect())
    }

    #[test]
    fn what_was_seen_comes_before_what_was_applied() {
        let seen = object(&[
            ("a", 1.into()),
            ("b", Value::null(Type::Number)),
            ("c", object(&[("d", Value::null(Type::Number))])),
        ]);
        let applied = object(&[("a", 2.into()), ("b", 3.into()), ("c", object(&[("d", 4.into())]))]);
        let expected = object(&[("a", 1.into()), ("b", 3.into()), ("c", object(&[("d", 4.into())]))]);
        assert_eq!(combined(&seen, &applied), expected);
    }

    #[test]
    fn values_are_changed_at_their_paths() {
        let before = object(&[("a", object(&[("b", 1.into())])), ("c", 2.into())]);
        let after = object(&[("a", object(&[("b", 9.into())])), ("c", 2.into())]);
        assert_eq!(with(&before, "a.b", &|_| 9.into()), after);
        assert_eq!(with(&before, "a.x", &|_| 9.into()), before);
    }
}
