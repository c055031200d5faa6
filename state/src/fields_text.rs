//! Attributes as the state keeps them in memory: as text.
//!
//! A state holds the attributes of thousands of instances for each one that is looked at, and a tree takes six times
//! the memory of its text. Reading and writing a state goes from text to text, without a tree between.

mod canonical;

use std::fmt;

use serde::de::{Deserializer, Error as _, IgnoredAny};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::model::Fields;

/// Attributes by name, as JSON without white space and with the keys of every object sorted: equal ones are equal texts.
#[derive(Clone)]
pub struct FieldsText(Box<RawValue>);

impl FieldsText {
    /// The attributes, to look at or to change.
    pub fn fields(&self) -> Fields {
        canonical::read(self.text()).expect("it was written here")
    }

    /// The names of the attributes, sorted.
    pub fn names(&self) -> Vec<String> {
        let named: std::collections::BTreeMap<String, IgnoredAny> =
            canonical::read(self.text()).expect("it was written here");
        named.into_keys().collect()
    }

    pub(crate) fn text(&self) -> &str {
        self.0.get()
    }

    pub(crate) fn raw(&self) -> &RawValue {
        &self.0
    }
}

impl PartialEq for FieldsText {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl Eq for FieldsText {}

impl From<Fields> for FieldsText {
    fn from(mut fields: Fields) -> Self {
        fields.sort_keys();
        fields.values_mut().for_each(serde_json::Value::sort_all_objects);
        Self(serde_json::value::to_raw_value(&fields).expect("every key is text and every number finite"))
    }
}

impl Default for FieldsText {
    fn default() -> Self {
        Fields::new().into()
    }
}

impl fmt::Debug for FieldsText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl Serialize for FieldsText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut json = serde_json::Deserializer::from_str(self.text());
        json.disable_recursion_limit();
        serde_transcode::transcode(&mut json, serializer)
    }
}

impl<'de> Deserialize<'de> for FieldsText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let canonical::Written { text, sorted } = canonical::rewrite(deserializer)?;
        if !sorted {
            return canonical::read::<Fields>(&text).map(Self::from).map_err(D::Error::custom);
        }
        RawValue::from_string(text).map(Self).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<FieldsText, serde_json::Error> {
        serde_json::from_str(text)
    }

    #[test]
    fn it_is_kept_without_white_space_and_sorted() {
        let text =
            r#"{ "b": [1, -2.50, 18446744073709551615, "\u00e9\"\u0001"], "a": { "z": null, "y": true, "z": 1e3 } }"#;
        let kept = read(text).expect("it is JSON");
        assert_eq!(kept.text(), r#"{"a":{"y":true,"z":1000.0},"b":[1,-2.5,18446744073709551615,"é\"\u0001"]}"#);
        let tree: Fields = serde_json::from_str(text).expect("it is JSON");
        assert_eq!(kept, tree.clone().into());
        assert_eq!(kept.fields(), tree);
        assert_eq!(kept.names(), ["a", "b"]);
        assert_eq!(read(kept.text()).expect("it is JSON"), kept);
        assert_eq!(serde_json::to_string(&kept).expect("it is JSON"), kept.text());
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for text in
            ["[]", "1", "null", "\"a\"", "{\"a\": 1e999}", "{\"a\"}", r#"{"a":{"$serde_json::private::RawValue":5}}"#]
        {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
