//! The entries of maps and objects: names in order, in one piece of memory.
//!
//! Objects are many, small, and never change once they are built. A tree would take a kilobyte for each of them.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::Value;
use crate::lang::recursion::Deep;

/// Values by name, sorted by name, each name once.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Entries(Box<[(Arc<str>, Value)]>);

impl Entries {
    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn get<N: Borrow<str> + ?Sized>(&self, name: &N) -> Option<&Value> {
        let found = self.0.binary_search_by(|(known, _)| (**known).cmp(name.borrow()));
        found.ok().map(|at| &self.0[at].1)
    }

    pub fn contains_key<N: Borrow<str> + ?Sized>(&self, name: &N) -> bool {
        self.get(name).is_some()
    }

    /// In the order of the names.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&Arc<str>, &Value)> + ExactSizeIterator {
        self.0.iter().map(|(name, value)| (name, value))
    }

    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &Arc<str>> + ExactSizeIterator {
        self.0.iter().map(|(name, _)| name)
    }

    pub fn values(&self) -> impl DoubleEndedIterator<Item = &Value> + ExactSizeIterator {
        self.0.iter().map(|(_, value)| value)
    }
}

impl From<BTreeMap<Arc<str>, Value>> for Entries {
    fn from(map: BTreeMap<Arc<str>, Value>) -> Self {
        Self(map.into_iter().collect())
    }
}

impl From<BTreeMap<Arc<str>, Value>> for Deep<Arc<Entries>> {
    fn from(map: BTreeMap<Arc<str>, Value>) -> Self {
        Arc::new(Entries::from(map)).into()
    }
}

impl FromIterator<(Arc<str>, Value)> for Entries {
    /// Of two values with one name the later stays.
    fn from_iter<I: IntoIterator<Item = (Arc<str>, Value)>>(entries: I) -> Self {
        let mut all: Vec<_> = entries.into_iter().collect();
        if !all.is_sorted_by(|(a, _), (b, _)| a < b) {
            all.sort_by(|(a, _), (b, _)| a.cmp(b));
            all.dedup_by(|later, earlier| {
                let same = later.0 == earlier.0;
                if same {
                    std::mem::swap(later, earlier);
                }
                same
            });
        }
        Self(all.into_boxed_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_sorted_and_the_later_of_two_stays() {
        let entry = |name: &str, value: i64| (Arc::from(name), Value::from(value));
        let entries = Entries::from_iter([entry("b", 1), entry("a", 2), entry("b", 3), entry("é", 4)]);
        assert_eq!(
            entries,
            [entry("a", 2), entry("b", 3), entry("é", 4)].into_iter().collect::<BTreeMap<_, _>>().into()
        );
        assert_eq!(entries.get("b"), Some(&Value::from(3)));
        assert!(!entries.contains_key("c"));
        assert_eq!(entries.keys().map(|k| &**k).collect::<Vec<_>>(), ["a", "b", "é"]);
    }
}
