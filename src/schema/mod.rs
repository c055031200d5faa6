//! What an attribute of a kind is: its type, who sets it, what changing or removing it means, what must not be shown.
//!
//! Schemas are data written by the kinds and read by the engine, the documentation and the checks. Must not know HCL
//! syntax, HTTP, or any particular kind.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use crate::lang::value::{AttributeType, Common, ObjectType, Type, Value};

/// Everything the engine needs to know of a kind's attributes.
#[derive(Debug)]
pub struct Schema {
    pub kind: &'static str,
    /// Raised when the meaning of stored attributes changes.
    pub version: u32,
    pub summary: &'static str,
    pub attributes: Vec<Attribute>,
    /// Worked out once, because every instance asks for them.
    leaves: OnceLock<Vec<Leaf>>,
    nothing: OnceLock<Value>,
    /// The object of nulls, and the attributes in the order of their names.
    blank: OnceLock<(Arc<Common>, Vec<usize>)>,
}

#[derive(Debug, Clone)]
pub struct Attribute {
    pub name: &'static str,
    /// The name as objects of the language have it.
    key: Arc<str>,
    nothing: OnceLock<Value>,
    value_type: OnceLock<Type>,
    pub ty: AttrType,
    pub presence: Presence,
    pub change: Change,
    pub removal: Removal,
    pub exposure: Exposure,
    /// Whether the API says what its value is. What it does not say is compared with the applied value instead.
    pub reported: bool,
    pub comparison: Comparison,
    /// Others put entries into it as well: theirs always stay.
    pub shared: bool,
    pub doc: &'static str,
    /// Where it does not come from the API's document: which source it has.
    pub extension: Option<&'static str>,
    pub deprecated: Option<&'static str>,
}

#[derive(Debug, Clone)]
pub enum AttrType {
    /// A value of whatever type it has; kept with that type.
    Any,
    Bool,
    Number,
    String,
    List(Box<AttrType>),
    Map(Box<AttrType>),
    /// Written as an attribute: `x = { … }`.
    Object(Vec<Attribute>),
    /// Written as a block: `x { … }`.
    Block(Vec<Attribute>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    Required,
    /// May be left out; then it is unmanaged, and references see what the API reports.
    Optional,
    /// Set by the platform alone.
    Computed,
}

/// What a changed value asks of a thing that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    InPlace,
    /// Only a replacement could make it; the text says why.
    Refused(&'static str),
    /// Only a replacement can make it, and nothing is lost by one.
    Replaces,
    /// No request is needed: the value steers this program alone.
    Local,
}

/// What removing the line means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removal {
    /// The value stays as it is and is no longer managed.
    Release,
    /// The value goes back; the text says to what.
    Reset(&'static str),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exposure {
    Plain,
    /// Written nowhere; a fingerprint in the state detects a change.
    Secret,
    /// Written nowhere, and a change of its own is not looked for: the named attribute's change sends it.
    WriteOnly {
        trigger: &'static str,
    },
}

/// When two values are the same.
#[derive(Debug, Clone, Copy)]
pub enum Comparison {
    Exact,
    /// Order and repetition do not matter; `same` maps each element to what is compared.
    Set {
        same: fn(&Value) -> Value,
    },
    /// The kind judges: whether what is wanted, after what was last applied, is met by what stands there.
    Judged {
        holds: fn(&Value, Option<&Value>, &Value) -> bool,
    },
}

impl Attribute {
    /// A plain optional attribute that changes in place and is released when its line is removed.
    pub fn optional(name: &'static str, ty: AttrType, doc: &'static str) -> Self {
        Self {
            name,
            key: Arc::from(name),
            nothing: OnceLock::new(),
            value_type: OnceLock::new(),
            ty,
            presence: Presence::Optional,
            change: Change::InPlace,
            removal: Removal::Release,
            exposure: Exposure::Plain,
            reported: true,
            comparison: Comparison::Exact,
            shared: false,
            doc,
            extension: None,
            deprecated: None,
        }
    }

    pub fn required(name: &'static str, ty: AttrType, doc: &'static str) -> Self {
        Self { presence: Presence::Required, ..Self::optional(name, ty, doc) }
    }

    pub fn computed(name: &'static str, ty: AttrType, doc: &'static str) -> Self {
        Self { presence: Presence::Computed, ..Self::optional(name, ty, doc) }
    }

    #[must_use]
    pub fn refused(mut self, reason: &'static str) -> Self {
        self.change = Change::Refused(reason);
        self
    }

    #[must_use]
    pub fn replaces(mut self) -> Self {
        self.change = Change::Replaces;
        self
    }

    #[must_use]
    pub fn resets_to(mut self, what: &'static str) -> Self {
        self.removal = Removal::Reset(what);
        self
    }

    #[must_use]
    pub fn unreported(mut self) -> Self {
        self.reported = false;
        self
    }

    #[must_use]
    pub fn secret(mut self) -> Self {
        self.exposure = Exposure::Secret;
        self.reported = false;
        self
    }

    #[must_use]
    pub fn write_only(mut self, trigger: &'static str) -> Self {
        self.exposure = Exposure::WriteOnly { trigger };
        self.reported = false;
        self
    }

    #[must_use]
    pub fn local(mut self) -> Self {
        self.change = Change::Local;
        self.reported = false;
        self
    }

    #[must_use]
    pub fn set_of(mut self, same: fn(&Value) -> Value) -> Self {
        self.comparison = Comparison::Set { same };
        self
    }

    /// Entries of a list or map that others put there stay.
    #[must_use]
    pub fn shared(mut self) -> Self {
        self.shared = true;
        self
    }

    #[must_use]
    pub fn judged(mut self, holds: fn(&Value, Option<&Value>, &Value) -> bool) -> Self {
        self.comparison = Comparison::Judged { holds };
        self
    }

    #[must_use]
    pub fn extension(mut self, source: &'static str) -> Self {
        self.extension = Some(source);
        self
    }

    #[must_use]
    pub fn deprecated(mut self, instead: &'static str) -> Self {
        self.deprecated = Some(instead);
        self
    }

    /// The name as objects of the language have it.
    pub fn key(&self) -> Arc<str> {
        Arc::clone(&self.key)
    }

    /// The null of its type.
    pub fn null(&self) -> Value {
        self.nothing.get_or_init(|| Value::null(self.value_type().clone())).clone()
    }

    /// Its type as a constraint of the language: what may be left out in it is optional.
    pub fn value_type(&self) -> &Type {
        self.value_type.get_or_init(|| self.ty.to_type())
    }

    /// Whether a configuration may set it.
    pub fn settable(&self) -> bool {
        self.presence != Presence::Computed
    }

    /// Whether its value may stand in state, plan, output or log.
    pub fn is_secret(&self) -> bool {
        self.exposure != Exposure::Plain
    }

    /// Attributes inside it, when it is an object.
    pub fn nested(&self) -> &[Attribute] {
        self.ty.nested()
    }
}

impl AttrType {
    pub fn nested(&self) -> &[Attribute] {
        match self {
            Self::Object(attributes) | Self::Block(attributes) => attributes,
            Self::List(inner) | Self::Map(inner) => inner.nested(),
            Self::Any | Self::Bool | Self::Number | Self::String => &[],
        }
    }

    /// As a constraint of the language: what may be left out is optional.
    pub fn to_type(&self) -> Type {
        match self {
            Self::Any => Type::Any,
            Self::Bool => Type::Bool,
            Self::Number => Type::Number,
            Self::String => Type::String,
            Self::List(inner) => Type::list(inner.to_type()),
            Self::Map(inner) => Type::map(inner.to_type()),
            Self::Object(attributes) | Self::Block(attributes) => object_type(attributes),
        }
    }
}

fn object_type(attributes: &[Attribute]) -> Type {
    let attributes: BTreeMap<Arc<str>, AttributeType> = attributes
        .iter()
        .map(|a| (a.key(), AttributeType { ty: a.ty.to_type(), optional: a.presence != Presence::Required }))
        .collect();
    Type::Object(Arc::new(ObjectType::new(attributes)).into())
}

impl Schema {
    pub fn new(kind: &'static str, version: u32, summary: &'static str, attributes: Vec<Attribute>) -> Self {
        Self {
            kind,
            version,
            summary,
            attributes,
            leaves: OnceLock::new(),
            nothing: OnceLock::new(),
            blank: OnceLock::new(),
        }
    }

    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|a| a.name == name)
    }

    /// The null of [`Schema::object_type`].
    pub fn null(&self) -> Value {
        self.nothing.get_or_init(|| Value::null(self.object_type())).clone()
    }

    /// A whole instance, with each attribute as `of` says. What is null takes no memory.
    pub fn object(&self, mut of: impl FnMut(&Attribute) -> Value) -> Value {
        let (common, order) = self.blank.get_or_init(|| {
            let mut order: Vec<usize> = (0..self.attributes.len()).collect();
            order.sort_by_key(|at| self.attributes[*at].name);
            (Arc::new(self.attributes.iter().map(|a| (a.key(), a.null())).collect()), order)
        });
        let own = (0..).zip(order).map(|(place, at)| (place, of(&self.attributes[*at])));
        Value::object_over(Arc::clone(common), own)
    }

    /// The type of a whole instance: all attributes, optional where they may be left out.
    pub fn object_type(&self) -> Type {
        object_type(&self.attributes)
    }
}

/// Two values of one attribute are the same to the platform.
pub fn same(attribute: &Attribute, left: &Value, right: &Value) -> bool {
    match attribute.comparison {
        Comparison::Exact | Comparison::Judged { .. } => left == right,
        Comparison::Set { same } => {
            left.is_null() == right.is_null() && canonical_set(left, same) == canonical_set(right, same)
        }
    }
}

fn canonical_set(value: &Value, same: fn(&Value) -> Value) -> Vec<Value> {
    let mut elements: Vec<Value> = value.elements().map(same).collect();
    elements.sort_by(Value::compare_as_element);
    elements.dedup();
    elements
}

/// The value at a dotted path of nested objects; `None` where an object on the way is null, unknown or lacks it.
pub fn at_path<'v>(object: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').try_fold(object, |value, name| value.get(name))
}

/// The object with another value at a dotted path; where an object on the way is missing, nothing changes.
pub fn with_path(object: &Value, path: &str, value: Value) -> Value {
    let (name, rest) = path.split_once('.').map_or((path, None), |(n, r)| (n, Some(r)));
    let Some(current) = object.get(name) else { return object.clone() };
    let new = match rest {
        Some(rest) => with_path(current, rest, value),
        None => value,
    };
    let mut entries: BTreeMap<Arc<str>, Value> = object.entries().map(|(k, v)| (k.clone(), v.clone())).collect();
    entries.insert(name.into(), new);
    Value::object(entries)
}

/// An attribute that holds no others, with its dotted path from the top.
#[derive(Debug, Clone)]
pub struct Leaf {
    pub path: String,
    pub attribute: Attribute,
}

impl Schema {
    /// All attributes that hold no others, in the order of the schema.
    pub fn leaves(&self) -> &[Leaf] {
        self.leaves.get_or_init(|| {
            let mut leaves = Vec::new();
            collect_leaves("", &self.attributes, &mut leaves);
            leaves
        })
    }
}

fn collect_leaves(prefix: &str, attributes: &[Attribute], out: &mut Vec<Leaf>) {
    for attribute in attributes {
        let path = if prefix.is_empty() { attribute.name.to_owned() } else { format!("{prefix}.{}", attribute.name) };
        match &attribute.ty {
            AttrType::Object(nested) | AttrType::Block(nested) => collect_leaves(&path, nested, out),
            _ => out.push(Leaf { path, attribute: attribute.clone() }),
        }
    }
}
