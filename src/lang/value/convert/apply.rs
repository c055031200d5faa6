//! Converting values whose types are known to go together.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::lang::recursion::recurse;
use crate::lang::value::{Data, Number, ObjectType, Range, Type, Value};

use super::possible::{Mode, is_possible};
use super::unify::unify_as;
use super::{ConvertError, PathStep, mismatch};

type Path = Vec<PathStep>;
type Result<T> = std::result::Result<T, ConvertError>;

fn fail<T>(path: &Path, message: impl Into<String>) -> Result<T> {
    Err(ConvertError { path: path.clone(), message: message.into() })
}

/// The value as that type; the conversion must be possible.
pub(super) fn apply(value: &Value, to: &Type, mode: Mode, path: &mut Path) -> Result<Value> {
    if value.has_marks() {
        return apply(&value.unmarked(), to, mode, path).map(|v| v.with_marks(value.marks));
    }
    if *to == Type::Any {
        return Ok(value.clone());
    }
    match (&value.data, to) {
        (Data::Null(from), _) => Ok(Value::null(fill_in(from, &to.without_optional()))),
        (Data::Unknown(from), _) => {
            let converted = unknown(&value.range(), fill_in(from, &to.without_optional()));
            Ok(if from == to { converted.with_origin_of(value) } else { converted })
        }
        (Data::Bool(_), Type::Bool) | (Data::Number(_), Type::Number) | (Data::String(_), Type::String) => {
            Ok(value.clone())
        }
        (Data::Bool(b), Type::String) => Ok(Value::from(if *b { "true" } else { "false" })),
        (Data::Number(n), Type::String) => Ok(Value::from(n.to_string())),
        (Data::String(s), Type::Number) => match Number::parse(s) {
            Some(n) => Ok(Value::number(n)),
            None => fail(path, "a number is required"),
        },
        (Data::String(s), Type::Bool) => to_bool(s, path),
        (Data::Object(_), Type::Object(t)) => object_to_object(value, t, mode, path),
        (Data::Tuple(elements), Type::Tuple(ts)) => {
            let mut converted = Vec::with_capacity(elements.len());
            for (i, (element, t)) in elements.iter().zip(ts.iter()).enumerate() {
                converted.push(at(path, PathStep::Index(i), |path| apply(element, t, mode, path))?);
            }
            Ok(Value::tuple(converted))
        }
        (Data::Tuple(_), Type::List(t) | Type::Set(t)) => tuple_to_sequence(value, t, to, mode, path),
        (Data::List(f, _) | Data::Set(f, _), Type::List(t) | Type::Set(t)) => {
            sequence_to_sequence(value, f, t, to, mode, path)
        }
        (Data::Map(f, _), Type::Map(t)) => map_to_map(value, f, t, mode, path),
        (Data::Object(_), Type::Map(t)) => object_to_map(value, t, mode, path),
        (Data::Map(..), Type::Object(t)) => map_to_object(value, t, mode, path),
        _ => fail(path, mismatch(&value.ty(), to)),
    }
}

fn at<T>(path: &mut Path, step: PathStep, work: impl FnOnce(&mut Path) -> T) -> T {
    path.push(step);
    let result = recurse(|| work(path));
    path.pop();
    result
}

fn to_bool(text: &str, path: &Path) -> Result<Value> {
    match text {
        "true" | "1" => Ok(Value::bool(true)),
        "false" | "0" => Ok(Value::bool(false)),
        _ => match text.to_lowercase().as_str() {
            lower @ ("true" | "false") => {
                fail(path, format!("a bool is required; to convert from string, use lowercase \"{lower}\""))
            }
            _ => fail(path, "a bool is required"),
        },
    }
}

/// An unknown value of the type wanted, with what is known about the one it comes from as far as it carries over.
fn unknown(source: &Range, to: Type) -> Value {
    let mut result = Value::unknown(to.clone());
    if source.is_not_null() {
        result = result.refine_not_null();
    }
    let known = &source.refinement;
    match (&source.ty, &to) {
        (Type::Object(o), Type::Map(_)) => result.refine_length(o.attributes.len(), Some(o.attributes.len())),
        (Type::Tuple(ts), Type::List(_)) => result.refine_length(ts.len(), Some(ts.len())),
        // Elements may turn out to be the same, but never all vanish.
        (Type::Tuple(ts), Type::Set(_)) => result.refine_length(ts.len().min(1), Some(ts.len())),
        (f, Type::Set(_)) if f.is_collection() => result.refine_length(known.min_length.min(1), known.max_length),
        (f, t) if f.is_collection() && t.is_collection() => result.refine_length(known.min_length, known.max_length),
        _ => result,
    }
}

/// The type wanted, with the type given wherever anything is wanted.
fn fill_in(given: &Type, wanted: &Type) -> Type {
    let unified = |types: &[Type], t: &Type| match unify_as(types, Mode::Unsafe) {
        Some(found) => fill_in(&found, t),
        None => t.clone(),
    };
    let attribute_types = |o: &ObjectType| o.attributes.values().map(|a| a.ty.clone()).collect::<Vec<_>>();
    recurse(|| match (given, wanted) {
        (Type::Any, _) => wanted.clone(),
        (_, Type::Any) => given.clone(),
        (Type::Map(g), Type::Map(w)) => Type::map(fill_in(g, w)),
        (Type::Object(g), Type::Map(w)) => Type::map(unified(&attribute_types(g), w)),
        (Type::Set(g) | Type::List(g), Type::Set(w)) => Type::set(fill_in(g, w)),
        (Type::Set(g) | Type::List(g), Type::List(w)) => Type::list(fill_in(g, w)),
        (Type::Tuple(gs), Type::Set(w)) => Type::set(unified(gs, w)),
        (Type::Tuple(gs), Type::List(w)) => Type::list(unified(gs, w)),
        (Type::Tuple(gs), Type::Tuple(ws)) => {
            Type::Tuple(gs.iter().zip(ws.iter()).map(|(g, w)| fill_in(g, w)).collect())
        }
        (Type::Map(g), Type::Object(w)) => {
            Type::object(w.attributes.iter().map(|(name, a)| (name.clone(), fill_in(g, &a.ty))))
        }
        (Type::Object(g), Type::Object(w)) => Type::object(w.attributes.iter().map(|(name, a)| {
            let given = g.attributes.get(name).map_or(&Type::Any, |a| &a.ty);
            (name.clone(), fill_in(given, &a.ty))
        })),
        _ => wanted.clone(),
    })
}

fn object_to_object(value: &Value, to: &ObjectType, mode: Mode, path: &mut Path) -> Result<Value> {
    let mut attributes = BTreeMap::new();
    for (name, wanted) in &to.attributes {
        let converted = match value.get(name) {
            Some(v) => at(path, PathStep::Attribute(name.clone()), |path| apply(v, &wanted.ty, mode, path))?,
            None => Value::null(wanted.ty.clone()),
        };
        attributes.insert(name.clone(), converted);
    }
    Ok(Value::object(attributes))
}

/// A list or set of elements that were converted one by one.
fn collect(elements: Vec<Value>, element: &Type, from: &Type, to: &Type, path: &Path) -> Result<Value> {
    if elements.is_empty() {
        let ty = if *element == Type::Any { from } else { element };
        return Ok(make(to, ty.clone(), elements));
    }
    // Each was made one of them.
    if element.is_concrete() {
        return Ok(make(to, element.clone(), elements));
    }
    if !same_types(elements.iter()) {
        let kind = if matches!(to, Type::Set(_)) { "set" } else { "list" };
        return fail(path, format!("element types must all match for conversion to {kind}"));
    }
    Ok(make(to, Type::Any, elements))
}

fn make(to: &Type, element: Type, elements: Vec<Value>) -> Value {
    match to {
        Type::Set(_) => Value::set(element, elements),
        _ => Value::list(element, elements),
    }
}

/// Whether all that have a type have the same.
fn same_types<'a>(values: impl Iterator<Item = &'a Value>) -> bool {
    let mut types = values.map(Value::ty).filter(|t| *t != Type::Any);
    let Some(first) = types.next() else { return true };
    types.all(|t| t == first)
}

fn sequence_to_sequence(
    value: &Value,
    from: &Type,
    element: &Type,
    to: &Type,
    mode: Mode,
    path: &mut Path,
) -> Result<Value> {
    if matches!(to, Type::List(_)) && !value.length().is_known() {
        return Ok(Value::unknown(Type::list(from.clone())));
    }
    let mut elements = Vec::with_capacity(value.elements().len());
    for (i, v) in value.elements().enumerate() {
        let converted = if from == element {
            v.clone()
        } else {
            at(path, PathStep::Index(i), |path| apply(v, element, mode, path))?
        };
        elements.push(converted);
    }
    collect(elements, element, from, to, path)
}

fn tuple_to_sequence(value: &Value, element: &Type, to: &Type, mode: Mode, path: &mut Path) -> Result<Value> {
    let element = common_element(element, value.elements().map(Value::ty), mode);
    let mut elements = Vec::with_capacity(value.elements().len());
    for (i, v) in value.elements().enumerate() {
        elements.push(at(path, PathStep::Index(i), |path| apply(v, &element, mode, path))?);
    }
    if matches!(to, Type::List(_)) && !element.is_concrete() {
        unify_elements(elements.iter_mut().enumerate().map(|(i, v)| (PathStep::Index(i), v)), mode, path)?;
    }
    collect(elements, &element, &Type::Any, to, path)
}

/// The type of the elements, found from theirs when anything is wanted.
fn common_element(wanted: &Type, types: impl Iterator<Item = Type>, mode: Mode) -> Type {
    match wanted {
        Type::Any => unify_as(&types.collect::<Vec<_>>(), mode).unwrap_or(Type::Any),
        wanted => wanted.clone(),
    }
}

/// Whether elements that were made this may differ in their types all the same.
fn is_open(element: &Type) -> bool {
    (element.is_collection() || matches!(element, Type::Object(_))) && !element.is_concrete()
}

/// Brings elements that the wanted type left some freedom to one type.
fn unify_elements<'a>(
    elements: impl Iterator<Item = (PathStep, &'a mut Value)>,
    mode: Mode,
    path: &mut Path,
) -> Result<()> {
    let elements: Vec<_> = elements.collect();
    let types: Vec<Type> = elements.iter().map(|(_, v)| v.ty()).collect();
    if types.windows(2).all(|pair| matches!(pair, [a, b] if a == b)) {
        return Ok(());
    }
    let Some(common) = unify_as(&types, mode) else {
        return fail(path, "cannot find a common base type for all elements");
    };
    for (step, value) in elements {
        *value = at(path, step, |path| apply(value, &common, mode, path))?;
    }
    Ok(())
}

fn map_of(entries: BTreeMap<Arc<str>, Value>, element: &Type, from: &Type, noun: &str, path: &Path) -> Result<Value> {
    if entries.is_empty() {
        let ty = if *element == Type::Any { from } else { element };
        return Ok(Value::map(ty.clone(), entries));
    }
    // Each was made one of them.
    if element.is_concrete() {
        return Ok(Value::map(element.clone(), entries));
    }
    if !same_types(entries.values()) {
        return fail(path, format!("{noun} types must all match for conversion to map"));
    }
    Ok(Value::map(Type::Any, entries))
}

fn map_to_map(value: &Value, from: &Type, element: &Type, mode: Mode, path: &mut Path) -> Result<Value> {
    let mut entries = entries_as(value, element, mode, path)?;
    if is_open(element) {
        let parts = entries.iter_mut().map(|(k, v)| (PathStep::Key(k.clone()), v));
        unify_elements(parts, Mode::Safe, path)?;
    }
    map_of(entries, element, from, "element", path)
}

fn object_to_map(value: &Value, element: &Type, mode: Mode, path: &mut Path) -> Result<Value> {
    let element = common_element(element, value.entries().map(|(_, v)| v.ty()), mode);
    let mut entries = entries_as(value, &element, mode, path)?;
    if is_open(&element) {
        let parts = entries.iter_mut().map(|(k, v)| (PathStep::Key(k.clone()), v));
        unify_elements(parts, mode, path)?;
    }
    map_of(entries, &element, &Type::Any, "attribute", path)
}

fn entries_as(value: &Value, element: &Type, mode: Mode, path: &mut Path) -> Result<BTreeMap<Arc<str>, Value>> {
    let mut entries = BTreeMap::new();
    for (key, v) in value.entries() {
        let converted = at(path, PathStep::Key(key.clone()), |path| apply(v, element, mode, path))?;
        entries.insert(key.clone(), converted);
    }
    Ok(entries)
}

fn map_to_object(value: &Value, to: &ObjectType, mode: Mode, path: &mut Path) -> Result<Value> {
    let mut attributes = BTreeMap::new();
    for (name, wanted) in &to.attributes {
        let converted = match value.get(name) {
            Some(v) if v.ty() == wanted.ty || is_possible(&v.ty(), &wanted.ty, mode) => {
                at(path, PathStep::Key(name.clone()), |path| apply(v, &wanted.ty, mode, path))?
            }
            Some(v) => {
                let why = mismatch(&v.ty(), &wanted.ty);
                return fail(path, format!("map element type is incompatible with attribute {name:?}: {why}"));
            }
            None if wanted.optional => Value::null(wanted.ty.clone()),
            None => return fail(path, format!("map has no element for required attribute {name:?}")),
        };
        attributes.insert(name.clone(), converted);
    }
    Ok(Value::object(attributes))
}
