//! Which types convert to which.

use crate::lang::recursion::recurse;
use crate::lang::value::{ObjectType, Type};

use super::unify::unify_as;

/// How much a conversion may risk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// It succeeds with every value of the type.
    Safe,
    /// It can fail on some values, or lose something.
    Unsafe,
}

/// Whether values of one type can be converted to the other, which can be the same.
pub fn is_possible(from: &Type, to: &Type, mode: Mode) -> bool {
    let risky = mode == Mode::Unsafe;
    recurse(|| match (from, to) {
        (_, Type::Any) => true,
        (Type::Any, _) => risky,
        (f, t) if f.is_primitive() && t.is_primitive() => primitive(f, t, risky),
        (Type::Object(f), Type::Object(t)) => objects(f, t, mode),
        (Type::Tuple(f), Type::Tuple(t)) => {
            f.len() == t.len() && f.iter().zip(t.iter()).all(|(f, t)| is_possible(f, t, mode))
        }
        (Type::List(f) | Type::Set(f), Type::List(t)) | (Type::Set(f), Type::Set(t)) => is_possible(f, t, mode),
        (Type::List(f), Type::Set(t)) => risky && is_possible(f, t, mode),
        (Type::Map(f), Type::Map(t)) => is_possible(f, t, mode),
        (Type::Tuple(f), Type::List(t) | Type::Set(t)) => elements(f.iter(), t, mode, true),
        (Type::Object(f), Type::Map(t)) => elements(f.attributes.values().map(|a| &a.ty), t, mode, false),
        (Type::Map(f), Type::Object(t)) => risky && map_to_object(f, t, mode),
        _ => false,
    })
}

/// Numbers and bools can always be written as strings; the way back depends on the string.
fn primitive(from: &Type, to: &Type, risky: bool) -> bool {
    match (from, to) {
        (Type::Number | Type::Bool, Type::String) => true,
        (Type::String, Type::Number | Type::Bool) => risky,
        _ => from == to,
    }
}

fn objects(from: &ObjectType, to: &ObjectType, mode: Mode) -> bool {
    to.attributes.iter().all(|(name, wanted)| match from.attributes.get(name) {
        Some(given) => is_possible(&given.ty, &wanted.ty, mode),
        None => wanted.optional,
    })
}

/// Whether elements of different types all fit a collection.
fn elements<'a>(from: impl Iterator<Item = &'a Type> + Clone, to: &Type, mode: Mode, ordered: bool) -> bool {
    let mut types = from.clone().peekable();
    if types.peek().is_none() {
        return true;
    }
    let unified;
    let to = if *to == Type::Any {
        let Some(found) = unify_as(&from.clone().cloned().collect::<Vec<_>>(), mode) else { return false };
        if ordered && found == Type::Any && from.clone().any(|t| *t != Type::Any) {
            return false;
        }
        unified = found;
        &unified
    } else {
        to
    };
    types.all(|t| is_possible(t, to, mode))
}

/// Attributes that do not fit are no hindrance while they are optional: the map may not have them.
fn map_to_object(element: &Type, to: &ObjectType, mode: Mode) -> bool {
    to.attributes.values().all(|a| a.optional || is_possible(element, &a.ty, mode))
}
