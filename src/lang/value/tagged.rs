//! Types in JSON, and values with theirs: what is kept of a value that may be of any type.
//!
//! A type is written as Terraform writes it: `"string"`, `["list", "string"]`, `["object", {…}]`. A list and a tuple of
//! the same elements are the same JSON, so where no schema tells the type it is kept beside the value.

use serde_json::{Value as Json, json};

use super::{JsonError, Type, Value};
use crate::lang::recursion::recurse;

impl Type {
    pub fn to_json(&self) -> Json {
        recurse(|| match self {
            Self::Any => json!("dynamic"),
            Self::Bool => json!("bool"),
            Self::Number => json!("number"),
            Self::String => json!("string"),
            Self::List(t) => json!(["list", t.to_json()]),
            Self::Set(t) => json!(["set", t.to_json()]),
            Self::Map(t) => json!(["map", t.to_json()]),
            Self::Tuple(ts) => json!(["tuple", ts.iter().map(Self::to_json).collect::<Vec<_>>()]),
            Self::Object(o) => {
                let fields: serde_json::Map<String, Json> =
                    o.attributes.iter().map(|(n, a)| (n.to_string(), a.ty.to_json())).collect();
                json!(["object", fields])
            }
        })
    }

    /// The type that JSON writes; nothing when it writes none.
    pub fn from_json(json: &Json) -> Option<Self> {
        let inner = |json: &Json| recurse(|| Self::from_json(json));
        match json {
            Json::String(name) => match name.as_str() {
                "dynamic" => Some(Self::Any),
                "bool" => Some(Self::Bool),
                "number" => Some(Self::Number),
                "string" => Some(Self::String),
                _ => None,
            },
            Json::Array(parts) => match (parts.first()?.as_str()?, parts.get(1)?) {
                ("list", element) => inner(element).map(Self::list),
                ("set", element) => inner(element).map(Self::set),
                ("map", element) => inner(element).map(Self::map),
                ("tuple", Json::Array(elements)) => elements.iter().map(inner).collect::<Option<_>>().map(Self::Tuple),
                ("object", Json::Object(fields)) => {
                    let types = fields.values().map(inner).collect::<Option<Vec<_>>>()?;
                    Some(Self::object(fields.keys().map(String::as_str).zip(types)))
                }
                _ => None,
            },
            _ => None,
        }
    }
}

impl Value {
    /// The value with its type. Marks are ignored.
    ///
    /// # Errors
    /// As [`Value::to_json`].
    pub fn to_tagged_json(&self) -> Result<Json, JsonError> {
        Ok(json!({ "type": self.ty().to_json(), "value": self.to_json()? }))
    }

    /// The value that [`Value::to_tagged_json`] wrote; nothing when that is not what the JSON is.
    pub fn from_tagged_json(json: &Json) -> Option<Value> {
        let ty = Type::from_json(json.get("type")?)?;
        Value::from_json_typed(json.get("value")?, &ty).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_with_their_types() {
        let text = |t: &str| Value::from(t);
        for value in [
            Value::list(Type::String, vec![text("a")]),
            Value::tuple(vec![text("a"), Value::from(1)]),
            Value::set(Type::Number, vec![Value::from(2), Value::from(1)]),
            Value::map(Type::String, [("k".into(), text("v"))].into()),
            Value::object([("k".into(), Value::null(Type::Bool))].into()),
            Value::null(Type::Any),
        ] {
            let json = value.to_tagged_json().expect("it is known");
            assert_eq!(Value::from_tagged_json(&json), Some(value), "{json}");
        }
        assert_eq!(Value::from_tagged_json(&json!("a")), None);
    }
}
