//! Saying why one type does not convert to another.

use crate::lang::recursion::recurse;
use crate::lang::value::{ObjectType, Type};

use super::possible::{Mode, is_possible};

/// What is required, as a half sentence: `string required`, `attribute "a" is required`, `element 0: bool required`.
pub fn mismatch(given: &Type, wanted: &Type) -> String {
    recurse(|| match (given, wanted) {
        (Type::Object(g), Type::Object(w)) => objects(g, w),
        (Type::Tuple(_), Type::List(t)) if **t == Type::Any => "all list elements must have the same type".to_owned(),
        (Type::Tuple(_), Type::Set(t)) if **t == Type::Any => "all set elements must have the same type".to_owned(),
        (Type::Object(_), Type::Map(t)) if **t == Type::Any => "all map elements must have the same type".to_owned(),
        (Type::Tuple(gs), Type::List(t) | Type::Set(t)) => {
            let named = gs.iter().enumerate().map(|(i, g)| (i.to_string(), g));
            element_of_structure(named, t)
        }
        (Type::Object(g), Type::Map(t)) => {
            let named = g.attributes.iter().map(|(name, a)| (format!("{name:?}"), &a.ty));
            element_of_structure(named, t)
        }
        (Type::List(g) | Type::Set(g), Type::List(t)) => element_of_collection("list", g, t),
        (Type::List(g) | Type::Set(g), Type::Set(t)) => element_of_collection("set", g, t),
        (Type::Map(g), Type::Map(t)) => element_of_collection("map", g, t),
        _ => format!("{} required", wanted.friendly_name_for_constraint()),
    })
}

fn element_of_structure<'a>(elements: impl Iterator<Item = (String, &'a Type)>, wanted: &Type) -> String {
    let mut misfits = elements.filter(|(_, given)| !is_possible(given, wanted, Mode::Unsafe));
    match misfits.next() {
        Some((name, given)) => format!("element {name}: {}", mismatch(given, wanted)),
        None => format!("all elements must be {}", wanted.friendly_name_for_constraint()),
    }
}

fn element_of_collection(kind: &str, given: &Type, wanted: &Type) -> String {
    format!("incorrect {kind} element type: {}", mismatch(given, wanted))
}

/// Missing attributes first; otherwise the first attribute that does not fit.
fn objects(given: &ObjectType, wanted: &ObjectType) -> String {
    let required = wanted.attributes.iter().filter(|(_, a)| !a.optional);
    let missing: Vec<String> = required
        .filter(|(name, _)| !given.attributes.contains_key(*name))
        .map(|(name, _)| format!("{name:?}"))
        .collect();
    match missing.as_slice() {
        [] => {}
        [one] => return format!("attribute {one} is required"),
        [one, two] => return format!("attributes {one} and {two} are required"),
        [most @ .., last] => return format!("attributes {}, and {last} are required", most.join(", ")),
    }
    let misfit = |mode| {
        wanted.attributes.iter().find_map(|(name, w)| {
            let g = &given.attributes.get(name)?.ty;
            let fits = is_possible(g, &w.ty, mode);
            (!fits).then(|| format!("attribute {name:?}: {}", mismatch(g, &w.ty)))
        })
    };
    misfit(Mode::Unsafe).or_else(|| misfit(Mode::Safe)).unwrap_or_else(|| "incorrect object attributes".to_owned())
}
