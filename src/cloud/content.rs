//! What the result of a read is kept as: a list by its items, each as text with its `id` beside it.
//!
//! Of a list mostly a few items are looked at, or each of them once. As text it takes a fifth of the memory. What comes
//! out of here as text is sound: it can be read.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use serde_json::value::RawValue;

/// The result of a read.
#[derive(Debug, Clone)]
pub enum Content {
    One(Json),
    List(Vec<ItemText>),
}

impl Content {
    /// All of it.
    pub fn json(&self) -> Json {
        match self {
            Self::One(json) => json.clone(),
            Self::List(items) => Json::Array(items.iter().map(ItemText::json).collect()),
        }
    }

    /// Whether it is a list.
    pub fn is_list(&self) -> bool {
        matches!(self, Self::List(_) | Self::One(Json::Array(_)))
    }
}

impl From<Json> for Content {
    fn from(json: Json) -> Self {
        Self::One(json)
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <&RawValue>::deserialize(deserializer)?.get();
        let read = if text.starts_with('[') {
            serde_json::from_str(text).map(Self::List)
        } else {
            serde_json::from_str(text).map(Self::One)
        };
        read.map_err(D::Error::custom)
    }
}

/// One item of a list.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct ItemText {
    #[serde(skip)]
    id: Option<Box<str>>,
    text: Box<RawValue>,
}

impl ItemText {
    /// Its field `id`, where that is a text.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    pub fn json(&self) -> Json {
        serde_json::from_str(self.text.get()).expect("it was read before")
    }
}

impl<'de> Deserialize<'de> for ItemText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Box::<RawValue>::deserialize(deserializer)?;
        let id =
            Scan::Item.deserialize(&mut serde_json::Deserializer::from_str(text.get())).map_err(D::Error::custom)?;
        Ok(Self { id, text })
    }
}

/// Reads a value without keeping more of it than the text asked for. What is read as [`RawValue`] alone may hold numbers
/// out of range, or be nested too deep.
#[derive(Clone, Copy)]
enum Scan {
    /// For the `id` in it.
    Item,
    /// For itself.
    Id,
    Inner,
}

impl<'de> DeserializeSeed<'de> for Scan {
    type Value = Option<Box<str>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Scan {
    type Value = Option<Box<str>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(matches!(self, Self::Id).then(|| text.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        while items.next_element_seed(Self::Inner)?.is_some() {}
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
        let mut id = None;
        while let Some(IsId(is_id)) = fields.next_key()? {
            let is_id = is_id && matches!(self, Self::Item);
            let found = fields.next_value_seed(if is_id { Self::Id } else { Self::Inner })?;
            if is_id {
                id = found;
            }
        }
        Ok(id)
    }
}

/// Whether a field is called `id`.
struct IsId(bool);

impl<'de> Deserialize<'de> for IsId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;
        impl Visitor<'_> for Name {
            type Value = IsId;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_str<E>(self, name: &str) -> Result<IsId, E> {
                Ok(IsId(name == "id"))
            }
        }
        deserializer.deserialize_identifier(Name)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(text: &str) -> Result<Content, serde_json::Error> {
        serde_json::from_str(text)
    }

    #[test]
    fn a_list_is_kept_by_its_items() {
        let Ok(Content::List(items)) = read(r#" [{"a": {"id": "no"}, "id": "x", "b": [1.5, null]}, {"id": 7}, "id"]"#)
        else {
            panic!("a list");
        };
        assert_eq!(items.iter().map(ItemText::id).collect::<Vec<_>>(), [Some("x"), None, None]);
        assert_eq!(items[0].json(), json!({ "a": { "id": "no" }, "id": "x", "b": [1.5, null] }));
        assert_eq!(read(r#"{"id": "x"}"#).expect("an object").json(), json!({ "id": "x" }));
    }

    #[test]
    fn what_could_not_be_read_later_is_refused_at_once() {
        let deep = format!(r#"[{{"id": "x", "a": {}1{}}}]"#, "[".repeat(200), "]".repeat(200));
        for text in [&deep, r#"[{"id": "x", "a": 1e999}]"#, r#"[{"id": "x", "a": "\ud800"}]"#, "[{]"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
