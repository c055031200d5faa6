//! The type several types have in common.

use crate::lang::recursion::recurse;
use crate::lang::value::{ObjectType, Type};

use super::possible::{Mode, is_possible};

/// The most general of several types, or a new one, that all of them convert to, also when the conversion can fail on
/// some values. `None` when there is none, or nothing to unify.
pub fn unify(types: &[Type]) -> Option<Type> {
    unify_as(types, Mode::Unsafe)
}

/// As [`unify`], with conversions that never fail only.
pub fn unify_safe(types: &[Type]) -> Option<Type> {
    unify_as(types, Mode::Safe)
}

/// How many of the types are of which sort.
#[derive(Default)]
struct Census {
    maps: usize,
    lists: usize,
    sets: usize,
    objects: usize,
    tuples: usize,
    any: usize,
}

impl Census {
    fn of(types: &[Type]) -> Self {
        let mut census = Self::default();
        for ty in types {
            match ty {
                Type::Map(_) => census.maps += 1,
                Type::List(_) => census.lists += 1,
                Type::Set(_) => census.sets += 1,
                Type::Object(_) => census.objects += 1,
                Type::Tuple(_) => census.tuples += 1,
                Type::Any => census.any += 1,
                Type::Bool | Type::Number | Type::String => {}
            }
        }
        census
    }
}

pub(super) fn unify_as(types: &[Type], mode: Mode) -> Option<Type> {
    let (first, rest) = types.split_first()?;
    if rest.iter().all(|t| t == first) {
        return Some(first.clone());
    }
    recurse(|| unify_different(types, mode))
}

fn unify_different(types: &[Type], mode: Mode) -> Option<Type> {
    let all = types.len();
    let c = Census::of(types);
    // Before looking for the most general: converting an object to a subset of it would be possible, but not useful.
    if c.maps > 0 && c.maps + c.any == all {
        return collections(types, Type::map, c.any, mode);
    }
    if c.lists > 0 && c.lists + c.any == all {
        return collections(types, Type::list, c.any, mode);
    }
    if c.sets > 0 && c.sets + c.any == all {
        return collections(types, Type::set, c.any, mode);
    }
    if c.objects > 0 && c.objects + c.any == all {
        return if c.any > 0 { Some(Type::Any) } else { objects(types, mode) };
    }
    if c.tuples > 0 && c.tuples + c.any == all {
        return if c.any > 0 { Some(Type::Any) } else { tuples(types, mode) };
    }
    if c.maps > 0 && c.maps + c.objects + c.any == all {
        let found = replaced(types, |t| matches!(t, Type::Object(_)), objects_to_map, mode);
        if let Some(map @ Type::Map(_)) = found {
            return Some(map);
        }
    } else if c.lists > 0 && c.lists + c.tuples + c.any == all {
        let found = replaced(types, |t| matches!(t, Type::Tuple(_)), tuples_to_list, mode);
        if let Some(list @ Type::List(_)) = found {
            return Some(list);
        }
    } else if c.objects > 0 && c.tuples > 0 {
        return None;
    }
    most_general(types, mode)
}

/// The first type, the most general first, that all others convert to.
fn most_general(types: &[Type], mode: Mode) -> Option<Type> {
    let order = by_generality(types);
    let mut candidates = order.iter().filter_map(|i| types.get(*i));
    candidates.find(|wanted| all_convert(types, wanted, mode)).cloned()
}

fn all_convert(types: &[Type], wanted: &Type, mode: Mode) -> bool {
    types.iter().all(|t| is_possible(t, wanted, mode))
}

fn collections(types: &[Type], kind: fn(Type) -> Type, any: usize, mode: Mode) -> Option<Type> {
    if any > 0 {
        return Some(Type::Any);
    }
    let elements: Vec<Type> = types.iter().filter_map(Type::element).cloned().collect();
    let unified = kind(unify_as(&elements, mode)?);
    all_convert(types, &unified, mode).then_some(unified)
}

/// Unifies again with the structural types taken for the collection they amount to.
fn replaced(
    types: &[Type],
    is_structural: fn(&Type) -> bool,
    to_collection: fn(&[Type], Mode) -> Option<Type>,
    mode: Mode,
) -> Option<Type> {
    let structural: Vec<Type> = types.iter().filter(|t| is_structural(t)).cloned().collect();
    let collection = to_collection(&structural, mode)?;
    let replaced: Vec<Type> =
        types.iter().map(|t| if is_structural(t) { collection.clone() } else { t.clone() }).collect();
    unify_as(&replaced, mode)
}

fn attributes(ty: &Type) -> Option<&ObjectType> {
    if let Type::Object(o) = ty { Some(o) } else { None }
}

/// Attribute by attribute when all have the same names, else as a map.
fn objects(types: &[Type], mode: Mode) -> Option<Type> {
    let objects: Vec<&ObjectType> = types.iter().filter_map(attributes).collect();
    let (first, rest) = objects.split_first()?;
    if !rest.iter().all(|o| o.attributes.keys().eq(first.attributes.keys())) {
        return objects_to_map(types, mode);
    }
    let mut unified = Vec::with_capacity(first.attributes.len());
    for name in first.attributes.keys() {
        let across: Vec<Type> = objects.iter().filter_map(|o| o.attributes.get(name)).map(|a| a.ty.clone()).collect();
        unified.push((name.clone(), unify_as(&across, mode)?));
    }
    let unified = Type::object(unified);
    if all_convert(types, &unified, mode) { Some(unified) } else { objects_to_map(types, mode) }
}

fn objects_to_map(types: &[Type], mode: Mode) -> Option<Type> {
    let objects = types.iter().filter_map(attributes);
    let all: Vec<Type> = objects.flat_map(|o| o.attributes.values().map(|a| a.ty.clone())).collect();
    let unified = Type::map(unify_as(&all, mode)?);
    all_convert(types, &unified, mode).then_some(unified)
}

/// Element by element when all have the same length, else as a list.
fn tuples(types: &[Type], mode: Mode) -> Option<Type> {
    let tuples: Vec<&[Type]> = types.iter().filter_map(elements).collect();
    let (first, rest) = tuples.split_first()?;
    if rest.iter().any(|t| t.len() != first.len()) {
        return tuples_to_list(types, mode);
    }
    let mut unified = Vec::with_capacity(first.len());
    for i in 0..first.len() {
        let across: Vec<Type> = tuples.iter().filter_map(|t| t.get(i)).cloned().collect();
        unified.push(unify_as(&across, mode)?);
    }
    let unified = Type::Tuple(unified.into());
    if all_convert(types, &unified, mode) { Some(unified) } else { tuples_to_list(types, mode) }
}

fn elements(ty: &Type) -> Option<&[Type]> {
    if let Type::Tuple(ts) = ty { Some(ts) } else { None }
}

fn tuples_to_list(types: &[Type], mode: Mode) -> Option<Type> {
    let all: Vec<Type> = types.iter().filter_map(elements).flatten().cloned().collect();
    let unified = Type::list(unify_as(&all, mode)?);
    all_convert(types, &unified, mode).then_some(unified)
}

/// Which of two types is the more general, optimistically.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Generality {
    First,
    Second,
    Neither,
}

use Generality::{First, Neither, Second};

fn more_general(a: &Type, b: &Type) -> Generality {
    match (a, b) {
        (Type::Any, Type::Any) => Neither,
        (Type::Any, _) => Second,
        (_, Type::Any) => First,
        (Type::String, Type::Bool | Type::Number) => First,
        (Type::Bool | Type::Number, Type::String) => Second,
        (Type::List(a), Type::List(b)) | (Type::Set(a), Type::Set(b)) | (Type::Map(a), Type::Map(b)) => {
            recurse(|| more_general(a, b))
        }
        (Type::Tuple(_), Type::List(_)) | (Type::Object(_), Type::Map(_)) => Second,
        (Type::List(_), Type::Tuple(_)) | (Type::Map(_), Type::Object(_)) => First,
        (Type::Set(_), Type::Tuple(_) | Type::List(_)) => Second,
        (Type::Tuple(_) | Type::List(_), Type::Set(_)) => First,
        (Type::Object(a), Type::Object(b)) if a.attributes.keys().eq(b.attributes.keys()) => {
            both_ways(a.attributes.values().map(|a| &a.ty).zip(b.attributes.values().map(|b| &b.ty)))
        }
        (Type::Tuple(a), Type::Tuple(b)) if a.len() == b.len() => both_ways(a.iter().zip(b.iter())),
        _ => Neither,
    }
}

/// One is more general when it is so in some part and the other in none.
fn both_ways<'a>(pairs: impl Iterator<Item = (&'a Type, &'a Type)>) -> Generality {
    let parts: Vec<Generality> = pairs.map(|(a, b)| recurse(|| more_general(a, b))).collect();
    match (parts.contains(&First), parts.contains(&Second)) {
        (true, false) => First,
        (false, true) => Second,
        _ => Neither,
    }
}

/// Indices, each more general type before what it is more general than, otherwise in the order given.
fn by_generality(types: &[Type]) -> Vec<usize> {
    let mut below: Vec<Vec<usize>> = vec![Vec::new(); types.len()];
    let mut above: Vec<usize> = vec![0; types.len()];
    for (i, a) in types.iter().enumerate() {
        for (j, b) in types.iter().enumerate().skip(i + 1) {
            let (upper, lower) = match more_general(a, b) {
                First => (i, j),
                Second => (j, i),
                Neither => continue,
            };
            below[upper].push(lower);
            above[lower] += 1;
        }
    }
    let mut order: Vec<usize> = (0..types.len()).filter(|i| above[*i] == 0).collect();
    let mut next = 0;
    while let Some(&i) = order.get(next) {
        next += 1;
        for &j in &below[i] {
            above[j] -= 1;
            if above[j] == 0 {
                order.push(j);
            }
        }
    }
    order
}
