//! The entries of maps and objects: names in order, in one piece of memory.
//!
//! Objects are many, small, and never change once they are built. A tree would take a kilobyte for each of them, and the
//! objects of one schema mostly hold the same nulls.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::sync::Arc;

use hashbrown::HashMap;
use smallvec::SmallVec;

use super::Value;
use crate::lang::recursion::Deep;

/// Values by name, sorted by name, each name once.
#[derive(Debug, Clone)]
pub struct Entries(Layout);

#[derive(Debug, Clone)]
enum Layout {
    Whole(Box<[(Arc<str>, Value)]>),
    /// Most objects of a schema leave most of it out: only what differs from a common object is held, by place.
    Over {
        common: Arc<Common>,
        own: Box<[(u32, Value)]>,
    },
}

/// What many objects have in common: all names, and what each has where an object says nothing else.
#[derive(Debug)]
pub struct Common {
    all: Box<[(Arc<str>, Value)]>,
    /// Where a name is in their order: looked up more often than anything else.
    places: HashMap<Arc<str>, u32>,
}

impl FromIterator<(Arc<str>, Value)> for Common {
    fn from_iter<I: IntoIterator<Item = (Arc<str>, Value)>>(entries: I) -> Self {
        let sorted: BTreeMap<Arc<str>, Value> = entries.into_iter().collect();
        let all: Box<[_]> = sorted.into_iter().collect();
        let places = all.iter().zip(0..).map(|((name, _), place)| (Arc::clone(name), place)).collect();
        Self { all, places }
    }
}

/// Few objects of a schema state more than this.
type Stated = SmallVec<[(u32, Value); 24]>;

impl Entries {
    /// What `common` has, except for what `own` gives in the place of its entries: by their places, which rise.
    pub fn over(common: Arc<Common>, own: impl IntoIterator<Item = (u32, Value)>) -> Self {
        let differs = |(place, value): &(u32, Value)| common.all[*place as usize].1 != *value;
        let own: Stated = own.into_iter().filter(differs).collect();
        debug_assert!(own.is_sorted_by(|(a, _), (b, _)| a < b), "places rise");
        Self(Layout::Over { common, own: own.into_boxed_slice() })
    }

    pub fn len(&self) -> usize {
        match &self.0 {
            Layout::Whole(all) => all.len(),
            Layout::Over { common, .. } => common.all.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn get<N: Borrow<str> + ?Sized>(&self, name: &N) -> Option<&Value> {
        self.place(name.borrow()).map(|place| self.at(place).1)
    }

    /// Where the entry of that name is in the order of the names.
    pub fn place(&self, name: &str) -> Option<usize> {
        match &self.0 {
            Layout::Whole(all) => all.binary_search_by(|(known, _)| (**known).cmp(name)).ok(),
            Layout::Over { common, .. } => common.places.get(name).map(|place| *place as usize),
        }
    }

    fn at(&self, place: usize) -> (&Arc<str>, &Value) {
        match &self.0 {
            Layout::Whole(all) => (&all[place].0, &all[place].1),
            Layout::Over { common, own } => {
                let (name, value) = &common.all[place];
                match own.binary_search_by(|(known, _)| (*known as usize).cmp(&place)) {
                    Ok(found) => (name, &own[found].1),
                    Err(_) => (name, value),
                }
            }
        }
    }

    pub fn contains_key<N: Borrow<str> + ?Sized>(&self, name: &N) -> bool {
        self.place(name.borrow()).is_some()
    }

    /// In the order of the names.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&Arc<str>, &Value)> + ExactSizeIterator {
        (0..self.len()).map(|place| self.at(place))
    }

    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &Arc<str>> + ExactSizeIterator {
        self.iter().map(|(name, _)| name)
    }

    pub fn values(&self) -> impl DoubleEndedIterator<Item = &Value> + ExactSizeIterator {
        self.iter().map(|(_, value)| value)
    }
}

impl Default for Entries {
    fn default() -> Self {
        Self(Layout::Whole(Box::default()))
    }
}

impl PartialEq for Entries {
    /// However they are held.
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Layout::Over { common: a, own: mine }, Layout::Over { common: b, own: theirs }) if Arc::ptr_eq(a, b) => {
                mine == theirs
            }
            _ => self.len() == other.len() && self.iter().eq(other.iter()),
        }
    }
}

impl From<BTreeMap<Arc<str>, Value>> for Entries {
    fn from(map: BTreeMap<Arc<str>, Value>) -> Self {
        Self(Layout::Whole(map.into_iter().collect()))
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
        Self(Layout::Whole(all.into_boxed_slice()))
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

    #[test]
    fn what_differs_from_a_common_object_is_held_alone() {
        let entry = |name: &str, value: i64| (Arc::from(name), Value::from(value));
        let common = Arc::new(Common::from_iter([entry("b", 2), entry("a", 1), entry("c", 3)]));
        let entries = Entries::over(Arc::clone(&common), [(0, Value::from(1)), (1, Value::from(9))]);
        let Layout::Over { own, .. } = &entries.0 else { panic!("{entries:?}") };
        assert_eq!(own.len(), 1, "the first is as it is in common");
        let written_out = Entries::from_iter([entry("a", 1), entry("b", 9), entry("c", 3)]);
        assert_eq!(entries, written_out);
        assert_eq!(entries, entries.clone());
        assert_ne!(entries, Entries::over(Arc::clone(&common), [(2, Value::from(9))]));
        assert_ne!(entries, Entries::over(Arc::clone(&common), []));
        assert_eq!(entries.iter().rev().map(|(name, _)| &**name).collect::<Vec<_>>(), ["c", "b", "a"]);
        assert_eq!(entries.get("b"), Some(&Value::from(9)));
        assert_eq!(entries.get("d"), None);
    }
}
