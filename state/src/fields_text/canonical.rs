//! From JSON of any form to JSON without white space, telling whether the keys of every object were in order.
//!
//! Must not know what the attributes mean.

use std::fmt;

use serde::Serialize;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// What was read, written again.
pub(super) struct Written {
    pub text: String,
    /// Whether the keys of every object rise, so that none is there twice.
    pub sorted: bool,
}

/// Reads text that was read before.
pub(super) fn read<T: DeserializeOwned>(text: &str) -> serde_json::Result<T> {
    let mut json = serde_json::Deserializer::from_str(text);
    json.disable_recursion_limit();
    T::deserialize(&mut json)
}

/// Writes an object again.
pub(super) fn rewrite<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Written, D::Error> {
    let mut out = Out { bytes: Vec::new(), sorted: true };
    deserializer.deserialize_map(Object(&mut out))?;
    let text = String::from_utf8(out.bytes).map_err(D::Error::custom)?;
    Ok(Written { text, sorted: out.sorted })
}

struct Out {
    bytes: Vec<u8>,
    sorted: bool,
}

impl Out {
    fn write<E: Error>(&mut self, part: impl Serialize) -> Result<(), E> {
        serde_json::to_writer(&mut self.bytes, &part).map_err(E::custom)
    }

    fn object<'de, A: MapAccess<'de>>(&mut self, mut fields: A) -> Result<(), A::Error> {
        let mut last: Option<String> = None;
        self.bytes.push(b'{');
        while let Some(name) = fields.next_key::<String>()? {
            // To `serde_json` it is no name, but says that text follows.
            if name == "$serde_json::private::RawValue" {
                return Err(A::Error::custom("no attribute has such a name"));
            }
            if last.is_some() {
                self.bytes.push(b',');
            }
            self.sorted &= last.as_ref().is_none_or(|last| *last < name);
            self.write(&name)?;
            self.bytes.push(b':');
            fields.next_value_seed(Anything(self))?;
            last = Some(name);
        }
        self.bytes.push(b'}');
        Ok(())
    }
}

/// An object, and nothing else.
struct Object<'o>(&'o mut Out);

impl<'de> Visitor<'de> for Object<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<(), A::Error> {
        self.0.object(fields)
    }
}

struct Anything<'o>(&'o mut Out);

impl<'de> DeserializeSeed<'de> for Anything<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Anything<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any valid JSON value")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.0.write(value)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.0.write(value)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.0.write(value)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.0.write(value)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.0.write(text)
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.0.write(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let mut first = true;
        self.0.bytes.push(b'[');
        loop {
            let before = self.0.bytes.len();
            if !first {
                self.0.bytes.push(b',');
            }
            if items.next_element_seed(Anything(self.0))?.is_none() {
                self.0.bytes.truncate(before);
                break;
            }
            first = false;
        }
        self.0.bytes.push(b']');
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<(), A::Error> {
        self.0.object(fields)
    }
}
