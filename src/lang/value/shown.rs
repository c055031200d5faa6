//! Values as they may be shown: without what is sensitive and without what is not known, both told beside them.
//!
//! The three parts are those of Terraform's JSON plans: the value, where it is unknown, where it is sensitive. Must not
//! know plans.

use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::{Data, Marks, Type, Value};
use crate::lang::recursion::recurse;

/// Levels of nesting that are told: what reads JSON ends at 128, surroundings included.
const MAX_DEPTH: usize = 90;

const TOO_DEEP: &str = "(nested too deeply to be shown)";

impl Value {
    /// The same value with something harmless in the place of everything that is marked: null stays null and unknown
    /// unknown, and everything else is an empty text. The marks stay; ephemeral values count as sensitive.
    #[must_use]
    pub fn masked(&self) -> Self {
        if self.has_marks() {
            let bare = match &self.data {
                Data::Null(ty) => Self::null(ty.clone()),
                Data::Unknown(ty) => Self::unknown(ty.clone()),
                _ => Self::from(""),
            };
            return bare.with_marks(Marks::SENSITIVE);
        }
        if !self.contains_marks() {
            return self.clone();
        }
        recurse(|| match &self.data {
            // Elements of one type may become texts of another.
            Data::List(..) => Self::tuple(self.elements().map(Self::masked).collect()),
            Data::Map(..) => Self::object(self.entries().map(|(k, v)| (Arc::clone(k), v.masked())).collect()),
            _ => self.map_parts(&mut Self::masked),
        })
    }

    /// What may be shown: names whose values are marked or unknown are left out, elements of lists are null instead.
    pub fn shown_json(&self) -> Option<Json> {
        shown(self, 0)
    }

    /// `true` where it is unknown; objects without the names that are wholly known.
    pub fn unknown_json(&self) -> Json {
        unknown(self, 0)
    }

    /// `true` where it is marked; objects without the names in which nothing is.
    pub fn sensitive_json(&self) -> Json {
        sensitive(self, 0)
    }

    /// The value with the marks that [`Value::sensitive_json`] told.
    #[must_use]
    pub fn with_sensitive_json(&self, mask: &Json) -> Self {
        match (mask, &self.data) {
            (Json::Bool(true), _) => self.clone().with_marks(Marks::SENSITIVE),
            (Json::Array(masks), Data::Tuple(elements)) => {
                let marked = elements.iter().zip(masks).map(|(v, m)| recurse(|| v.with_sensitive_json(m)));
                Self::tuple(marked.collect())
            }
            (Json::Object(masks), Data::Object(_)) if !masks.is_empty() => {
                let of = |name: &str, v: &Value| match masks.get(name) {
                    Some(mask) => recurse(|| v.with_sensitive_json(mask)),
                    None => v.clone(),
                };
                Self::object(self.entries().map(|(name, v)| (Arc::clone(name), of(name, v))).collect())
            }
            _ => self.clone(),
        }
    }
}

fn shown(value: &Value, depth: usize) -> Option<Json> {
    if value.has_marks() {
        return None;
    }
    if depth > MAX_DEPTH {
        return Some(TOO_DEEP.into());
    }
    match &value.data {
        Data::Unknown(_) => None,
        Data::List(..) | Data::Set(..) | Data::Tuple(_) => {
            Some(value.elements().map(|v| recurse(|| shown(v, depth + 1)).unwrap_or_default()).collect())
        }
        Data::Map(..) | Data::Object(_) => {
            let entry = |(k, v): (&Arc<str>, &Value)| Some((k.to_string(), recurse(|| shown(v, depth + 1))?));
            Some(Json::Object(value.entries().filter_map(entry).collect()))
        }
        // An infinite number has no form in JSON.
        _ => Some(value.to_json().unwrap_or_default()),
    }
}

fn unknown(value: &Value, depth: usize) -> Json {
    if !value.is_known() {
        return true.into();
    }
    parts(value, depth, &unknown)
}

fn sensitive(value: &Value, depth: usize) -> Json {
    if value.has_marks() {
        return true.into();
    }
    match value.data {
        Data::Unknown(Type::List(_) | Type::Set(_) | Type::Tuple(_)) => Json::Array(Vec::new()),
        Data::Unknown(Type::Map(_) | Type::Object(_)) => Json::Object(Map::new()),
        _ => parts(value, depth, &sensitive),
    }
}

/// Of collections what `of` says of each part, of everything else `false`.
fn parts(value: &Value, depth: usize, of: &dyn Fn(&Value, usize) -> Json) -> Json {
    if depth > MAX_DEPTH {
        return false.into();
    }
    match &value.data {
        Data::List(..) | Data::Set(..) | Data::Tuple(_) => {
            value.elements().map(|v| recurse(|| of(v, depth + 1))).collect()
        }
        Data::Map(..) | Data::Object(_) => {
            let entries = value.entries().map(|(k, v)| (k.to_string(), recurse(|| of(v, depth + 1))));
            Json::Object(entries.filter(|(_, told)| *told != Json::Bool(false)).collect())
        }
        _ => false.into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn secret(text: &str) -> Value {
        Value::from(text).with_marks(Marks::SENSITIVE)
    }

    fn object(fields: &[(&str, Value)]) -> Value {
        Value::object(fields.iter().map(|(n, v)| (Arc::from(*n), v.clone())).collect())
    }

    #[test]
    fn the_parts_are_those_of_a_json_plan() {
        let value = object(&[
            ("a", 1.into()),
            ("b", Value::unknown(Type::String)),
            ("c", secret("canary")),
            ("d", Value::tuple(vec!["x".into(), secret("canary"), Value::unknown(Type::Any)])),
            ("e", object(&[("f", true.into())])),
            ("g", Value::null(Type::String)),
        ]);
        let shown = json!({"a": 1, "d": ["x", null, null], "e": {"f": true}, "g": null});
        assert_eq!(value.shown_json(), Some(shown));
        assert_eq!(value.unknown_json(), json!({"b": true, "d": [false, false, true], "e": {}}));
        assert_eq!(value.sensitive_json(), json!({"c": true, "d": [false, true, false], "e": {}}));
        assert_eq!(secret("canary").shown_json(), None);
        assert_eq!(Value::unknown(Type::list(Type::String)).sensitive_json(), json!([]));
    }

    #[test]
    fn what_is_masked_holds_nothing_and_keeps_its_marks() {
        let list = Value::list(Type::Number, vec![1.into(), Value::from(2).with_marks(Marks::SENSITIVE)]);
        let map = Value::map(Type::String, [("k".into(), secret("canary"))].into());
        let later = Value::unknown(Type::String).with_marks(Marks::EPHEMERAL);
        let value = object(&[("l", list), ("m", map), ("o", Value::from("seen")), ("u", later)]);
        let masked = value.masked();
        assert!(!format!("{masked:?}").contains("canary"));
        assert_eq!(masked.sensitive_json(), json!({"l": [false, true], "m": {"k": true}, "u": true}));
        assert_eq!(masked.unknown_json(), json!({"l": [false, false], "m": {}, "u": true}));
        assert_eq!(masked.get("o"), Some(&Value::from("seen")));
        let bare = masked.unmark_deep().0;
        assert_eq!(bare.with_sensitive_json(&masked.sensitive_json()), masked);
    }

    #[test]
    fn depth_is_bounded() {
        let nested = (0..500).fold(Value::from(1), |inner, _| Value::tuple(vec![inner]));
        let text = nested.shown_json().unwrap_or_default().to_string();
        assert!(text.contains(TOO_DEEP) && serde_json::from_str::<Json>(&text).is_ok());
        assert!(serde_json::from_str::<Json>(&nested.unknown_json().to_string()).is_ok());
    }
}
