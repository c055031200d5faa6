//! From stated values to the fields of a request's body.
//!
//! A field whose value is not known yet leaves a hole. Must not know any particular kind.

use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use super::Change;
use crate::call::BodyBuilder;
use crate::lang::value::Value;

/// A value of a wire enumeration. All of them take unknown words, so every text has one.
pub(super) fn word<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_value(Json::from(text)).ok()
}

/// Reads typed fields off the stated values, noting holes.
pub(super) struct Fields<'c, 'a> {
    pub change: &'c Change<'a>,
    pub body: BodyBuilder,
}

impl<'c, 'a> Fields<'c, 'a> {
    pub fn of(change: &'c Change<'a>) -> Self {
        Self { change, body: BodyBuilder::default() }
    }

    pub fn take(&mut self, field: &str, attribute: &str) -> Option<&'c Value> {
        self.body.take(field, attribute, self.change.get(attribute))
    }

    pub fn text(&mut self, field: &str, attribute: &str) -> Option<String> {
        self.take(field, attribute)?.as_str().map(str::to_owned)
    }

    pub(super) fn word<T: DeserializeOwned>(&mut self, field: &str, attribute: &str) -> Option<T> {
        self.take(field, attribute)?.as_str().and_then(word)
    }

    pub fn flag(&mut self, field: &str, attribute: &str) -> Option<bool> {
        self.take(field, attribute)?.as_bool()
    }

    pub fn count(&mut self, field: &str, attribute: &str) -> Option<i64> {
        self.take(field, attribute)?.as_i64()
    }

    pub fn amount(&mut self, field: &str, attribute: &str) -> Option<f64> {
        // GB, hours and minutes are small whole numbers.
        self.count(field, attribute).map(|n| n as f64)
    }

    pub fn texts(&mut self, field: &str, attribute: &str) -> Option<Vec<String>> {
        let value = self.take(field, attribute)?;
        Some(value.elements().filter_map(Value::as_str).map(str::to_owned).collect())
    }
}
