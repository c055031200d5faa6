//! Types: what a value is, and what a declaration asks it to be.
//!
//! Must not know expressions or where a value comes from.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

use crate::lang::recursion::{Deep, Parts, recurse};

/// The type of a value, or (with `Any` and optional attributes) a constraint on one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Type {
    /// Not known yet, or anything: the type of an untyped `null` and of a value that is wholly unknown.
    Any,
    Bool,
    Number,
    String,
    List(Deep<Arc<Type>>),
    Set(Deep<Arc<Type>>),
    Map(Deep<Arc<Type>>),
    Tuple(Deep<Parts<Type>>),
    Object(Deep<Arc<ObjectType>>),
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ObjectType {
    pub attributes: BTreeMap<Arc<str>, AttributeType>,
    plain: Plain,
}

impl ObjectType {
    /// The type of objects with these attributes.
    pub fn new(attributes: BTreeMap<Arc<str>, AttributeType>) -> Self {
        Self { attributes, plain: Plain::default() }
    }
}

/// A type without anything optional in it, once somebody asked: the values of thousands of instances share it. Follows
/// from the type, and plays no part when types are compared.
#[derive(Debug, Clone, Default)]
struct Plain(OnceLock<Type>);

impl PartialEq for Plain {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Plain {}

impl PartialOrd for Plain {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Plain {
    fn cmp(&self, _: &Self) -> Ordering {
        Ordering::Equal
    }
}

impl Hash for Plain {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttributeType {
    pub ty: Type,
    /// `optional(…)` in a constraint: may be left out. Always false in the type of a value.
    pub optional: bool,
}

impl Type {
    pub fn list(element: Type) -> Self {
        Self::List(Arc::new(element).into())
    }

    pub fn set(element: Type) -> Self {
        Self::Set(Arc::new(element).into())
    }

    pub fn map(element: Type) -> Self {
        Self::Map(Arc::new(element).into())
    }

    /// An object type all of whose attributes are required.
    pub fn object<N: Into<Arc<str>>>(attributes: impl IntoIterator<Item = (N, Type)>) -> Self {
        let attributes =
            attributes.into_iter().map(|(n, ty)| (n.into(), AttributeType { ty, optional: false })).collect();
        Self::Object(Arc::new(ObjectType::new(attributes)).into())
    }

    /// Whether `Any` stands nowhere in it.
    pub fn is_concrete(&self) -> bool {
        recurse(|| match self {
            Self::Any => false,
            Self::Bool | Self::Number | Self::String => true,
            Self::List(t) | Self::Set(t) | Self::Map(t) => t.is_concrete(),
            Self::Tuple(ts) => ts.iter().all(Self::is_concrete),
            Self::Object(o) => o.attributes.values().all(|a| a.ty.is_concrete()),
        })
    }
}

impl Type {
    /// The type of the elements of a list, set or map.
    pub fn element(&self) -> Option<&Type> {
        match self {
            Self::List(t) | Self::Set(t) | Self::Map(t) => Some(t),
            _ => None,
        }
    }

    pub fn is_primitive(&self) -> bool {
        matches!(self, Self::Bool | Self::Number | Self::String)
    }

    /// A list, set or map.
    pub fn is_collection(&self) -> bool {
        matches!(self, Self::List(_) | Self::Set(_) | Self::Map(_))
    }

    /// The same type without anything optional in it, as values have it.
    #[must_use]
    pub fn without_optional(&self) -> Type {
        if !self.has_optional() {
            return self.clone();
        }
        recurse(|| match self {
            Self::List(t) => Self::list(t.without_optional()),
            Self::Set(t) => Self::set(t.without_optional()),
            Self::Map(t) => Self::map(t.without_optional()),
            Self::Tuple(ts) => Self::Tuple(ts.iter().map(Self::without_optional).collect()),
            Self::Object(o) => {
                let plain = || Self::object(o.attributes.iter().map(|(n, a)| (n.clone(), a.ty.without_optional())));
                o.plain.0.get_or_init(plain).clone()
            }
            simple => simple.clone(),
        })
    }

    fn has_optional(&self) -> bool {
        recurse(|| match self {
            Self::List(t) | Self::Set(t) | Self::Map(t) => t.has_optional(),
            Self::Tuple(ts) => ts.iter().any(Self::has_optional),
            Self::Object(o) => o.attributes.values().any(|a| a.optional || a.ty.has_optional()),
            _ => false,
        })
    }

    /// Whether this type is `wanted`, where `Any` in `wanted` stands for every type.
    pub fn conforms_to(&self, wanted: &Type) -> bool {
        recurse(|| match (self, wanted) {
            (_, Self::Any) => true,
            (Self::List(a), Self::List(b)) | (Self::Set(a), Self::Set(b)) | (Self::Map(a), Self::Map(b)) => {
                a.conforms_to(b)
            }
            (Self::Tuple(a), Self::Tuple(b)) => {
                a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| a.conforms_to(b))
            }
            (Self::Object(a), Self::Object(b)) => {
                a.attributes.keys().eq(b.attributes.keys())
                    && a.attributes.values().zip(b.attributes.values()).all(|(a, b)| a.ty.conforms_to(&b.ty))
            }
            _ => self == wanted,
        })
    }

    /// The type in a sentence about a value: `list of string`, `object`, `dynamic`.
    pub fn friendly_name(&self) -> String {
        self.name_in_sentence("dynamic", "dynamic")
    }

    /// The type in a sentence about what is wanted: `list of any single type`, `any type`.
    pub fn friendly_name_for_constraint(&self) -> String {
        self.name_in_sentence("any type", "any single type")
    }

    fn name_in_sentence(&self, any: &str, any_element: &str) -> String {
        let of = |kind: &str, element: &Type| match element {
            Self::Any => format!("{kind} of {any_element}"),
            other => format!("{kind} of {}", recurse(|| other.name_in_sentence(any, any_element))),
        };
        match self {
            Self::Any => any.to_owned(),
            Self::Bool => "bool".to_owned(),
            Self::Number => "number".to_owned(),
            Self::String => "string".to_owned(),
            Self::List(t) => of("list", t),
            Self::Set(t) => of("set", t),
            Self::Map(t) => of("map", t),
            Self::Tuple(_) => "tuple".to_owned(),
            Self::Object(_) => "object".to_owned(),
        }
    }
}
