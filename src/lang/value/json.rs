//! Values as JSON, both ways, with numbers of any size.
//!
//! The text form is exact. In a `serde_json::Value` a number that neither a 64-bit integer nor a 64-bit float can hold
//! is a string of its digits, which reading with a type turns back into the number. Must not know files or state.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::Deserializer as _;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;

use super::convert::{PathStep, convert, path_text};
use super::{Data, Number, Type, Value};
use crate::lang::recursion::recurse;

/// Levels of nesting accepted when reading text: each level reads again what stands inside it, so that the work grows with
/// the square of the depth.
const MAX_DEPTH: usize = 500;

/// Levels of nesting a `serde_json::Value` gets: reading one from its text ends at 128, surroundings included, and going over
/// one, dropping it included, is recursion that does not mind the stack.
const MAX_DATA_DEPTH: usize = 100;

/// Why a value cannot be written as JSON or read from it.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{}{message}", path_prefix(path))]
pub struct JsonError {
    /// Where in the value.
    pub path: Vec<PathStep>,
    /// Why, without a final full stop.
    pub message: String,
}

fn path_prefix(path: &[PathStep]) -> String {
    if path.is_empty() { String::new() } else { format!("{}: ", path_text(path)) }
}

impl JsonError {
    fn new(message: impl Into<String>) -> Self {
        Self { path: Vec::new(), message: message.into() }
    }

    fn within(mut self, step: PathStep) -> Self {
        self.path.insert(0, step);
        self
    }
}

impl Value {
    /// Compact JSON text, numbers with all their digits, `<`, `>` and `&` escaped as in HTML-safe JSON. Marks are
    /// ignored.
    ///
    /// # Errors
    /// When a part is unknown or infinite.
    pub fn to_json_text(&self) -> Result<String, JsonError> {
        let mut out = String::new();
        write(self, &mut out)?;
        Ok(out)
    }

    /// As [`Value::to_json_text`], as data.
    ///
    /// # Errors
    /// When a part is unknown or infinite, or is nested more than 100 levels deep.
    pub fn to_json(&self) -> Result<serde_json::Value, JsonError> {
        self.to_json_within(MAX_DATA_DEPTH)
    }

    fn to_json_within(&self, levels: usize) -> Result<serde_json::Value, JsonError> {
        let part = |value: &Value| match levels.checked_sub(1) {
            Some(levels) => recurse(|| value.to_json_within(levels)),
            None => Err(JsonError::new(format!("nested more than {MAX_DATA_DEPTH} levels deep"))),
        };
        match &self.data {
            Data::Null(_) => Ok(serde_json::Value::Null),
            Data::Bool(b) => Ok((*b).into()),
            Data::String(s) => Ok((**s).into()),
            Data::Number(n) if n.is_infinite() => Err(JsonError::new("cannot serialize infinity as JSON")),
            Data::Number(n) => Ok(json_number(n)),
            Data::Unknown(_) => Err(JsonError::new("value is not known")),
            Data::List(..) | Data::Set(..) | Data::Tuple(_) => {
                let element = |(i, v): (usize, &Value)| part(v).map_err(|e| e.within(PathStep::Index(i)));
                self.elements().enumerate().map(element).collect::<Result<Vec<_>, _>>().map(Into::into)
            }
            Data::Map(..) | Data::Object(_) => {
                let entry = |(k, v): (&Arc<str>, &Value)| match part(v) {
                    Ok(v) => Ok((k.to_string(), v)),
                    Err(e) => Err(e.within(self.step(k))),
                };
                self.entries().map(entry).collect::<Result<serde_json::Map<_, _>, _>>().map(Into::into)
            }
        }
    }

    fn step(&self, name: &Arc<str>) -> PathStep {
        match self.data {
            Data::Map(..) => PathStep::Key(name.clone()),
            _ => PathStep::Attribute(name.clone()),
        }
    }

    /// The value JSON text stands for, with the type it has by itself: arrays are tuples, objects are objects.
    ///
    /// # Errors
    /// When the text is not JSON, when it is nested too deeply, or when a property occurs twice with values of types that
    /// do not go together.
    pub fn parse_json(text: &str) -> Result<Value, JsonError> {
        let text = whole_surrogates(text);
        let raw: &RawValue = serde_json::from_str(&text).map_err(not_json)?;
        read(raw, 0)
    }

    /// The value with the type it has by itself: arrays are tuples, objects are objects.
    pub fn from_json(json: &serde_json::Value) -> Value {
        match json {
            serde_json::Value::Null => Value::null(Type::Any),
            serde_json::Value::Bool(b) => Value::bool(*b),
            // Every text of a JSON number is the text of a number.
            serde_json::Value::Number(n) => Value::number(Number::parse(&n.to_string()).unwrap_or_else(Number::zero)),
            serde_json::Value::String(s) => Value::from(s.as_str()),
            serde_json::Value::Array(a) => recurse(|| Value::tuple(a.iter().map(Value::from_json).collect())),
            serde_json::Value::Object(o) => {
                recurse(|| Value::object(o.iter().map(|(k, v)| (Arc::from(k.as_str()), Value::from_json(v))).collect()))
            }
        }
    }

    /// The value as that type, converted where needed.
    ///
    /// # Errors
    /// When it cannot be converted.
    pub fn from_json_typed(json: &serde_json::Value, ty: &Type) -> Result<Value, JsonError> {
        convert(&Value::from_json(json), ty).map_err(|e| JsonError { path: e.path, message: e.message })
    }
}

/// As a JSON number when that loses nothing, else as a string.
fn json_number(number: &Number) -> serde_json::Value {
    if let Some(i) = number.to_i64() {
        return i.into();
    }
    let float = number.to_f64();
    match serde_json::Number::from_f64(float) {
        Some(n) if Number::parse(&n.to_string()).as_ref() == Some(number) => n.into(),
        _ => number.to_string().into(),
    }
}

fn write(value: &Value, out: &mut String) -> Result<(), JsonError> {
    match &value.data {
        Data::Null(_) => out.push_str("null"),
        Data::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Data::String(s) => write_string(s, out),
        Data::Number(n) if n.is_infinite() => return Err(JsonError::new("cannot serialize infinity as JSON")),
        Data::Number(n) => out.push_str(&n.to_string()),
        Data::Unknown(_) => return Err(JsonError::new("value is not known")),
        Data::List(..) | Data::Set(..) | Data::Tuple(_) => {
            out.push('[');
            for (i, element) in value.elements().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                recurse(|| write(element, out)).map_err(|e| e.within(PathStep::Index(i)))?;
            }
            out.push(']');
        }
        Data::Map(..) | Data::Object(_) => {
            out.push('{');
            for (i, (name, element)) in value.entries().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_string(name, out);
                out.push(':');
                recurse(|| write(element, out)).map_err(|e| e.within(value.step(name)))?;
            }
            out.push('}');
        }
    }
    Ok(())
}

fn write_string(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\0'..' ' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// The text with every `\uD800` to `\uDFFF` that has no partner replaced, as it stands for no character.
fn whole_surrogates(text: &str) -> Cow<'_, str> {
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
        u32::from_str_radix(digits, 16).ok()
    };
    let mut out = String::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|t| t.find('\\')) {
        at += found;
        let length = match (unit(at), unit(at + 6)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => 12,
            (Some(0xD800..=0xDFFF), _) => {
                out.push_str(text.get(copied..at).unwrap_or_default());
                out.push(char::REPLACEMENT_CHARACTER);
                copied = at + 6;
                6
            }
            // Two bytes are an escape, whose second must not be taken for the start of another.
            _ => 2,
        };
        at += length;
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    Cow::Owned(out)
}

fn not_json(error: serde_json::Error) -> JsonError {
    JsonError::new(error.to_string())
}

fn read(raw: &RawValue, depth: usize) -> Result<Value, JsonError> {
    if depth > MAX_DEPTH {
        return Err(JsonError::new(format!("nested more than {MAX_DEPTH} levels deep")));
    }
    let text = raw.get();
    recurse(|| match text.as_bytes().first() {
        Some(b'{') => read_object(text, depth),
        Some(b'[') => {
            let parts: Vec<&RawValue> = serde_json::from_str(text).map_err(not_json)?;
            let part = |(i, raw): (usize, &&RawValue)| read(raw, depth + 1).map_err(|e| e.within(PathStep::Index(i)));
            parts.iter().enumerate().map(part).collect::<Result<_, _>>().map(Value::tuple)
        }
        Some(b'"') => serde_json::from_str::<String>(text).map(Value::from).map_err(not_json),
        Some(b't') => Ok(Value::bool(true)),
        Some(b'f') => Ok(Value::bool(false)),
        Some(b'n') => Ok(Value::null(Type::Any)),
        _ => Number::parse(text)
            .map(Value::number)
            .ok_or_else(|| JsonError::new(format!("the number {text} is out of range"))),
    })
}

fn read_object(text: &str, depth: usize) -> Result<Value, JsonError> {
    let mut source = serde_json::Deserializer::from_str(text);
    let properties = source.deserialize_map(Properties).map_err(not_json)?;
    let mut attributes: BTreeMap<Arc<str>, Value> = BTreeMap::new();
    for (name, raw) in properties {
        let name: Arc<str> = name.into();
        let value = read(raw, depth + 1).map_err(|e| e.within(PathStep::Attribute(name.clone())))?;
        if attributes.get(&name).is_some_and(|before| convert(before, &value.ty()).is_err()) {
            return Err(JsonError::new(format!("duplicate {name:?} property in JSON object")));
        }
        attributes.insert(name, value);
    }
    Ok(Value::object(attributes))
}

/// Collects the properties of an object in order, repetitions included.
struct Properties;

impl<'de> Visitor<'de> for Properties {
    type Value = Vec<(String, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut properties = Vec::new();
        while let Some(entry) = map.next_entry()? {
            properties.push(entry);
        }
        Ok(properties)
    }
}
