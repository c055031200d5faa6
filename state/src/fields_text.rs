//! Attributes as the state keeps them in memory: as text.
//!
//! A state holds the attributes of thousands of instances for each one that is looked at, and a tree takes six times
//! the memory of its text.

use std::fmt;

use serde::de::Deserializer;
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::Fields;

/// Attributes by name, as JSON without white space and with the keys of every object sorted: equal ones are equal texts.
#[derive(Clone, PartialEq, Eq)]
pub struct FieldsText(Box<str>);

impl FieldsText {
    /// The attributes, to look at or to change.
    pub fn fields(&self) -> Fields {
        let mut json = serde_json::Deserializer::from_str(&self.0);
        json.disable_recursion_limit();
        Fields::deserialize(&mut json).expect("it was written here")
    }

    pub(crate) fn text(&self) -> &str {
        &self.0
    }
}

impl From<Fields> for FieldsText {
    fn from(mut fields: Fields) -> Self {
        fields.sort_keys();
        fields.values_mut().for_each(Value::sort_all_objects);
        Self(serde_json::to_string(&fields).expect("every key is text and every number finite").into())
    }
}

impl Default for FieldsText {
    fn default() -> Self {
        Self("{}".into())
    }
}

impl fmt::Debug for FieldsText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for FieldsText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.fields().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for FieldsText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Fields::deserialize(deserializer).map(Self::from)
    }
}
