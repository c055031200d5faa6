//! What finds a thing again in the API.
//!
//! Must not know what the names mean.

use std::ops::{Deref, DerefMut};

use litemap::LiteMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Texts by name, such as `id`. Mostly one, for which a tree would take half a kilobyte. Written as an object.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Identity(LiteMap<String, String>);

impl Identity {
    /// Nothing is known of it.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Deref for Identity {
    type Target = LiteMap<String, String>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Identity {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl FromIterator<(String, String)> for Identity {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(parts: I) -> Self {
        Self(parts.into_iter().collect())
    }
}

impl Extend<(String, String)> for Identity {
    fn extend<I: IntoIterator<Item = (String, String)>>(&mut self, parts: I) {
        parts.into_iter().for_each(|(name, value)| drop(self.0.insert(name, value)));
    }
}

impl IntoIterator for Identity {
    type Item = (String, String);
    type IntoIter = std::vec::IntoIter<(String, String)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_tuple_vec().into_iter()
    }
}

impl<'a> IntoIterator for &'a Identity {
    type Item = (&'a String, &'a String);
    type IntoIter = <&'a LiteMap<String, String> as IntoIterator>::IntoIter;

    fn into_iter(self) -> Self::IntoIter {
        (&self.0).into_iter()
    }
}

impl Serialize for Identity {
    /// The map's own form of nothing is a list.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self)
    }
}

impl<'de> Deserialize<'de> for Identity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        std::collections::BTreeMap::deserialize(deserializer).map(|parts| parts.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_an_object_even_when_there_is_nothing_in_it() {
        for text in ["{}", r#"{"id":"1"}"#, r#"{"id":"1","service_id":"2"}"#] {
            let identity: Identity = serde_json::from_str(text).expect("an object of texts");
            assert_eq!(serde_json::to_string(&identity).expect("texts"), text);
        }
        for text in ["[]", r#"[["id","1"]]"#, "null", r#"{"id":1}"#] {
            assert!(serde_json::from_str::<Identity>(text).is_err(), "{text}");
        }
    }
}
