//! A record: the newest of what was written down, oldest first. What comes from a file stays text until somebody looks,
//! which most commands never do.
//!
//! Must not know what is written down.

use std::borrow::Cow;
use std::collections::VecDeque;

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// The newest entries.
#[derive(Debug, Clone)]
pub struct Record<T>(VecDeque<Entry<T>>);

#[derive(Debug, Clone)]
enum Entry<T> {
    Written(T),
    /// It can be read: that was tried when it came.
    Text(Box<RawValue>),
}

impl<T> Default for Record<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T: Clone + DeserializeOwned> Record<T> {
    /// Adds an entry and forgets the oldest beyond the limit.
    pub fn push(&mut self, entry: T, limit: usize) {
        self.0.push_back(Entry::Written(entry));
        while self.0.len() > limit {
            self.0.pop_front();
        }
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Cow<'_, T>> {
        self.0.iter().map(Entry::read)
    }

    /// Those for which `before` does not hold, where it holds for the first ones and for none after them.
    pub fn after(&self, before: impl Fn(&T) -> bool) -> impl Iterator<Item = Cow<'_, T>> {
        let first = self.0.partition_point(|entry| before(&entry.read()));
        self.0.range(first..).map(Entry::read)
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

impl<T: Clone + DeserializeOwned> Entry<T> {
    fn read(&self) -> Cow<'_, T> {
        match self {
            Self::Written(entry) => Cow::Borrowed(entry),
            Self::Text(text) => Cow::Owned(serde_json::from_str(text.get()).expect("it was read before")),
        }
    }
}

impl<T: Clone + DeserializeOwned + PartialEq> PartialEq for Record<T> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl<T: Serialize> Serialize for Record<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(&self.0)
    }
}

impl<T: Serialize> Serialize for Entry<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Written(entry) => entry.serialize(serializer),
            Self::Text(text) => text.serialize(serializer),
        }
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Record<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        VecDeque::deserialize(deserializer).map(Self)
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Entry<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <&RawValue>::deserialize(deserializer)?;
        serde_json::from_str::<T>(text.get()).map_err(D::Error::custom)?;
        Ok(Self::Text(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_and_what_was_added_are_one_record() {
        let mut record: Record<u32> = serde_json::from_str("[1, 2, 3]").expect("numbers");
        record.push(4, 3);
        assert_eq!(record.iter().map(Cow::into_owned).collect::<Vec<_>>(), [2, 3, 4]);
        assert_eq!(record.after(|n| *n <= 3).map(Cow::into_owned).collect::<Vec<_>>(), [4]);
        let text = serde_json::to_string(&record).expect("numbers");
        assert_eq!(text, "[2,3,4]");
        assert_eq!(serde_json::from_str::<Record<u32>>(&text).expect("numbers"), record);
        record.clear();
        assert_eq!((record.len(), record), (0, Record::default()));
    }

    #[test]
    fn what_could_not_be_read_later_is_refused_at_once() {
        assert!(serde_json::from_str::<Record<u32>>("[1, \"two\"]").is_err());
    }
}
