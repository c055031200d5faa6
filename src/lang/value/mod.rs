//! Values of the language: what expressions evaluate to and what the engine compares.
//!
//! Cheap to clone. A value is known, null or unknown (with a type, perhaps with something known about it all the same),
//! and carries marks that propagate through every operation. Must not know expressions, schemas, state or the network.

pub mod convert;
pub mod display;
mod entries;
mod json;
mod marks;
mod number;
mod operations;
mod origin;
mod refinement;
mod set;
mod shown;
mod stored;
mod tagged;
mod types;

use std::collections::BTreeMap;
use std::sync::Arc;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use crate::lang::recursion::{Deep, Parts, recurse};

pub use entries::{Common, Entries};
pub use json::JsonError;
pub use marks::Marks;
pub use number::{Decimal, Number};
use origin::Origin;
pub use refinement::{Bound, Range, Refinement};
pub(crate) use set::is_printable;
pub use types::{AttributeType, ObjectType, Type};

/// A value with its marks. Elements carry marks of their own; those of a set's elements are hoisted to the set.
#[derive(Debug, Clone)]
pub struct Value {
    pub data: Data,
    pub marks: Marks,
    /// `None` for every value that is not unknown.
    hint: Option<Arc<Hint>>,
}

/// What is known about a value that is unknown itself.
#[derive(Debug, Clone, Default)]
struct Hint {
    refinement: Option<Arc<Refinement>>,
    origin: Origin,
}

impl PartialEq for Value {
    /// What is not known is equal or not whatever is known of its origin.
    fn eq(&self, other: &Self) -> bool {
        self.data == other.data && self.marks == other.marks && self.refinement() == other.refinement()
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum Data {
    Null(Type),
    Unknown(Type),
    Bool(bool),
    /// Behind a pointer: numbers of any size take more room than everything else.
    Number(Arc<Number>),
    String(Arc<str>),
    List(Type, Deep<Parts<Value>>),
    /// Elements sorted and distinct.
    Set(Type, Deep<Parts<Value>>),
    Map(Type, Deep<Arc<Entries>>),
    Tuple(Deep<Parts<Value>>),
    Object(Deep<Arc<Entries>>),
}

impl From<Data> for Value {
    fn from(data: Data) -> Self {
        Self { data, marks: Marks::NONE, hint: None }
    }
}

/// The text in Unicode normal form C, in which all strings of the language are.
pub fn normalize(text: impl Into<Arc<str>>) -> Arc<str> {
    let text = text.into();
    if text.is_ascii() {
        return text;
    }
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => text,
        _ => text.nfc().collect::<String>().into(),
    }
}

/// Names are mostly in normal form C already, and then nothing is to do.
fn with_normal_names(entries: BTreeMap<Arc<str>, Value>) -> BTreeMap<Arc<str>, Value> {
    if entries.keys().all(|name| name.is_ascii()) {
        return entries;
    }
    entries.into_iter().map(|(name, value)| (normalize(name), value)).collect()
}

impl Value {
    /// A null without a type.
    pub const MISSING: Self = Self { data: Data::Null(Type::Any), marks: Marks::NONE, hint: None };

    pub fn null(ty: Type) -> Self {
        Data::Null(ty.without_optional()).into()
    }

    pub fn unknown(ty: Type) -> Self {
        Data::Unknown(ty.without_optional()).into()
    }

    pub fn bool(value: bool) -> Self {
        Data::Bool(value).into()
    }

    pub fn number(value: Number) -> Self {
        Data::Number(value.shared()).into()
    }

    /// Brings the text into normal form C.
    pub fn string(value: impl Into<Arc<str>>) -> Self {
        Data::String(normalize(value)).into()
    }

    /// The elements must have the given type; with `Any` as type, the first element that has one tells it. Untyped nulls
    /// and unknowns take the type of the others.
    pub fn list(element: Type, elements: Vec<Value>) -> Self {
        let (ty, elements) = typed(element, elements);
        Data::List(ty, elements.into()).into()
    }

    /// As for [`Value::list`]; sorts, drops repetitions and hoists marks.
    pub fn set(element: Type, elements: Vec<Value>) -> Self {
        let mut marks = Marks::NONE;
        let bare = elements.into_iter().map(|e| {
            let (e, m) = e.unmark_deep();
            marks |= m;
            e
        });
        let (ty, elements) = typed(element, bare.collect());
        Self::from(Data::Set(ty, set::arrange(elements).into())).with_marks(marks)
    }

    /// As for [`Value::list`]. Brings the keys into normal form C.
    pub fn map(element: Type, elements: BTreeMap<Arc<str>, Value>) -> Self {
        let (keys, values): (Vec<_>, Vec<_>) = with_normal_names(elements).into_iter().unzip();
        let (ty, values) = typed(element, values);
        Data::Map(ty, keys.into_iter().zip(values).collect::<BTreeMap<_, _>>().into()).into()
    }

    pub fn tuple(elements: Vec<Value>) -> Self {
        Data::Tuple(elements.into()).into()
    }

    /// Brings the names into normal form C.
    pub fn object(attributes: BTreeMap<Arc<str>, Value>) -> Self {
        Data::Object(with_normal_names(attributes).into()).into()
    }

    /// An object like a common one, except for what `own` gives in the place of its entries: by their places in the
    /// order of names, which rise.
    pub fn object_over(common: Arc<Common>, own: impl IntoIterator<Item = (u32, Value)>) -> Self {
        Data::Object(Arc::new(Entries::over(common, own)).into()).into()
    }

    pub fn ty(&self) -> Type {
        match &self.data {
            Data::Null(t) | Data::Unknown(t) => t.clone(),
            Data::Bool(_) => Type::Bool,
            Data::Number(_) => Type::Number,
            Data::String(_) => Type::String,
            Data::List(t, _) => Type::list(t.clone()),
            Data::Set(t, _) => Type::set(t.clone()),
            Data::Map(t, _) => Type::map(t.clone()),
            Data::Tuple(elements) => recurse(|| Type::Tuple(elements.iter().map(Self::ty).collect())),
            Data::Object(attributes) => recurse(|| Type::object(attributes.iter().map(|(n, v)| (n.clone(), v.ty())))),
        }
    }

    pub fn is_null(&self) -> bool {
        matches!(self.data, Data::Null(_))
    }

    /// Not unknown itself; parts of it may be.
    pub fn is_known(&self) -> bool {
        !matches!(self.data, Data::Unknown(_))
    }

    /// Nothing in it is unknown.
    pub fn is_wholly_known(&self) -> bool {
        recurse(|| {
            self.is_known()
                && self.elements().all(Self::is_wholly_known)
                && self.entries().all(|(_, v)| v.is_wholly_known())
        })
    }

    pub fn as_str(&self) -> Option<&str> {
        if let Data::String(s) = &self.data { Some(s) } else { None }
    }

    pub fn as_bool(&self) -> Option<bool> {
        if let Data::Bool(b) = &self.data { Some(*b) } else { None }
    }

    pub fn as_number(&self) -> Option<&Number> {
        if let Data::Number(n) = &self.data { Some(n) } else { None }
    }

    /// An integer in range, exactly.
    pub fn as_i64(&self) -> Option<i64> {
        self.as_number().and_then(Number::to_i64)
    }

    /// The elements of a list, set or tuple; none for everything else.
    pub fn elements(&self) -> std::slice::Iter<'_, Value> {
        match &self.data {
            Data::List(_, elements) | Data::Set(_, elements) | Data::Tuple(elements) => elements.iter(),
            _ => [].iter(),
        }
    }

    /// The entries of an object or map, in the order of their names; none for everything else.
    pub fn entries(&self) -> impl Iterator<Item = (&Arc<str>, &Value)> {
        let entries = match &self.data {
            Data::Map(_, entries) | Data::Object(entries) => Some(entries),
            _ => None,
        };
        entries.into_iter().flat_map(|e| e.iter())
    }

    /// The attribute of an object or the element of a map.
    pub fn get(&self, name: &str) -> Option<&Value> {
        match &self.data {
            Data::Map(_, entries) | Data::Object(entries) => entries.get(name),
            _ => None,
        }
    }
}

/// The element type, told by the first element that has one where the given type is `Any`, and the elements with that
/// type given to their untyped nulls and unknowns.
fn typed(element: Type, elements: Vec<Value>) -> (Type, Vec<Value>) {
    let mut ty = element.without_optional();
    if ty == Type::Any {
        ty = elements.iter().map(Value::ty).find(|t| *t != Type::Any).unwrap_or(Type::Any);
    }
    let retyped = elements.into_iter().map(|e| match e.data {
        Data::Null(Type::Any) => Value { data: Data::Null(ty.clone()), ..e },
        Data::Unknown(Type::Any) => Value { data: Data::Unknown(ty.clone()), ..e },
        _ => e,
    });
    let elements = retyped.collect();
    (ty, elements)
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::number(Number::from(value))
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::string(value)
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::string(value)
    }
}

#[cfg(test)]
mod tests;
