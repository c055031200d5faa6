//! Values as data that tells everything about them but their marks: null, unknown and every type can be told apart, so
//! that what is read is what was written.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::{Data, Number, Type, Value};
use crate::lang::recursion::recurse;

impl Value {
    /// The value as JSON. Marks, and what is known about an unknown value, are left out.
    pub fn to_stored(&self) -> Json {
        let all = |values: &Value| values.elements().map(|v| recurse(|| v.to_stored())).collect::<Vec<_>>();
        let named = |values: &Value| -> serde_json::Map<String, Json> {
            values.entries().map(|(k, v)| (k.to_string(), recurse(|| v.to_stored()))).collect()
        };
        match &self.data {
            Data::Null(ty) => json!({ "null": ty.to_json() }),
            Data::Unknown(ty) => json!({ "unknown": ty.to_json() }),
            Data::Bool(b) => json!(b),
            Data::Number(n) => json!({ "number": n.to_string() }),
            Data::String(s) => json!(&**s),
            Data::List(ty, _) => json!({ "list": [ty.to_json(), all(self)] }),
            Data::Set(ty, _) => json!({ "set": [ty.to_json(), all(self)] }),
            Data::Map(ty, _) => json!({ "map": [ty.to_json(), named(self)] }),
            Data::Tuple(_) => json!({ "tuple": all(self) }),
            Data::Object(_) => json!({ "object": named(self) }),
        }
    }

    /// The value that [`Value::to_stored`] wrote; nothing when that is not what the JSON is.
    pub fn from_stored(json: &Json) -> Option<Value> {
        let all = |json: &Json| -> Option<Vec<Value>> {
            json.as_array()?.iter().map(|j| recurse(|| Self::from_stored(j))).collect()
        };
        let named = |json: &Json| -> Option<BTreeMap<Arc<str>, Value>> {
            let entry = |(k, j): (&String, &Json)| Some((Arc::from(k.as_str()), recurse(|| Self::from_stored(j))?));
            json.as_object()?.iter().map(entry).collect()
        };
        let typed = |json: &Json| Some((Type::from_json(json.get(0)?)?, json.get(1)?.clone()));
        match json {
            Json::Bool(b) => Some(Value::bool(*b)),
            Json::String(s) => Some(Value::string(s.as_str())),
            Json::Object(object) => {
                let (word, inner) = object.iter().next().filter(|_| object.len() == 1)?;
                match word.as_str() {
                    "null" => Some(Value::null(Type::from_json(inner)?)),
                    "unknown" => Some(Value::unknown(Type::from_json(inner)?)),
                    "number" => Number::parse(inner.as_str()?).map(Value::number),
                    "list" => typed(inner).and_then(|(ty, j)| Some(Value::list(ty, all(&j)?))),
                    "set" => typed(inner).and_then(|(ty, j)| Some(Value::set(ty, all(&j)?))),
                    "map" => typed(inner).and_then(|(ty, j)| Some(Value::map(ty, named(&j)?))),
                    "tuple" => all(inner).map(Value::tuple),
                    "object" => named(inner).map(Value::object),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_as_they_were() {
        let text = |t: &str| Value::from(t);
        for value in [
            text("a\u{0}b"),
            Value::bool(true),
            Value::number(Number::parse("0.1").expect("a number")),
            Value::from(-12),
            Value::null(Type::list(Type::String)),
            Value::unknown(Type::Any),
            Value::list(Type::String, vec![text("a"), Value::unknown(Type::String)]),
            Value::list(Type::Number, Vec::new()),
            Value::set(Type::Number, vec![Value::from(2), Value::from(1)]),
            Value::map(Type::String, [("null".into(), text("v"))].into()),
            Value::tuple(vec![Value::null(Type::Any), text("x")]),
            Value::object([("unknown".into(), Value::from(1)), ("b".into(), Value::tuple(Vec::new()))].into()),
        ] {
            let json = value.to_stored();
            assert_eq!(Value::from_stored(&json), Some(value), "{json}");
        }
        for bad in [json!(1), json!(null), json!({}), json!({"list": []}), json!({"number": "x"}), json!({"what": 1})] {
            assert_eq!(Value::from_stored(&bad), None, "{bad}");
        }
    }
}
