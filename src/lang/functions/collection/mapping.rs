//! Functions of maps and objects.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::lang::value::convert::{convert, unify};
use crate::lang::value::{Data, Marks, Type, Value};

use super::super::call::{Call, Failure, Result, shown};
use super::first_type;

pub(super) fn keys_type(args: &[Value]) -> Result<Type> {
    match first_type(args) {
        Type::Map(_) => Ok(Type::list(Type::String)),
        Type::Object(o) => Ok(Type::Tuple(o.attributes.keys().map(|_| Type::String).collect())),
        _ => Err(Failure::at(0, "must have map or object type")),
    }
}

pub(super) fn keys(call: &Call<'_>) -> Result<Value> {
    let map = call.arg(0);
    let result = match map.ty() {
        // The names are known by the type alone.
        Type::Object(o) => Value::tuple(o.attributes.keys().map(|k| Value::string(k.clone())).collect()),
        _ if !map.is_known() => call.unknown(),
        _ => Value::list(Type::String, map.entries().map(|(k, _)| Value::string(k.clone())).collect()),
    };
    Ok(result.with_marks(map.marks))
}

pub(super) fn lookup_type(args: &[Value]) -> Result<Type> {
    if args.len() > 3 {
        return Err(format!("lookup() takes two or three arguments, got {}", args.len()).into());
    }
    let default = args.get(2);
    match first_type(args) {
        Type::Object(o) => {
            let Some(key) = args.get(1).and_then(Value::as_str) else { return Ok(Type::Any) };
            match (o.attributes.get(key), default) {
                (Some(attribute), _) => Ok(attribute.ty.clone()),
                (None, Some(default)) => Ok(default.ty()),
                (None, None) => Err(Failure::at(0, format!("the given object has no attribute {key:?}"))),
            }
        }
        Type::Map(element) => {
            if default.is_some_and(|d| convert(d, &element).is_err()) {
                return Err(Failure::at(2, "the default value must have the same type as the map elements"));
            }
            Ok((*element).clone())
        }
        _ => Err(Failure::at(0, "lookup() requires a map as the first argument")),
    }
}

pub(super) fn lookup(call: &Call<'_>) -> Result<Value> {
    let (map, key) = (call.arg(0), call.arg(1));
    let marks = map.marks | key.marks;
    if !map.is_known() || !key.is_known() {
        return Ok(call.unknown().with_marks(marks));
    }
    if let Some(found) = map.get(call.text(1)) {
        return Ok(found.clone().with_marks(marks));
    }
    match call.args.get(2) {
        Some(default) => Ok(convert(default, &call.ty).map_err(|e| e.message)?.with_marks(marks)),
        None => Err(format!("lookup failed to find key {}", shown(call.text(1), key.marks)).into()),
    }
}

pub(super) fn matchkeys_type(args: &[Value]) -> Result<Type> {
    let types: Vec<Type> = args.iter().skip(1).map(Value::ty).collect();
    if unify(&types).is_none() {
        return Err("keys and searchset must be of the same type".into());
    }
    Ok(first_type(args))
}

pub(super) fn matchkeys(call: &Call<'_>) -> Result<Value> {
    let [values, keys, wanted] = call.args.as_slice() else { return Ok(call.unknown()) };
    if values.elements().len() != keys.elements().len() {
        return Err("length of keys and values should be equal".into());
    }
    let empty = || Value::list(call.element_ty(), Vec::new());
    if wanted.elements().len() == 0 {
        return Ok(empty());
    }
    if !values.is_wholly_known() || !keys.is_wholly_known() {
        return Ok(call.unknown());
    }
    let ty = unify(&[keys.ty(), wanted.ty()]).unwrap_or(Type::Any);
    let keys = convert(keys, &ty).map_err(|e| e.message)?;
    let wanted = convert(wanted, &ty).map_err(|e| e.message)?;
    let mut found = Vec::new();
    for (key, value) in keys.elements().zip(values.elements()) {
        for candidate in wanted.elements() {
            match key.equals(candidate).as_bool() {
                Some(true) => {
                    found.push(value.clone());
                    break;
                }
                Some(false) => {}
                None => return Ok(empty()),
            }
        }
    }
    Ok(Value::list(call.element_ty(), found))
}

pub(super) fn merge_type(args: &[Value]) -> Result<Type> {
    let mut attributes: BTreeMap<Arc<str>, Type> = BTreeMap::new();
    let mut all_known = true;
    for arg in args {
        let ty = arg.ty();
        match &ty {
            Type::Any => return Ok(Type::Any),
            Type::Object(_) | Type::Map(_) if arg.is_null() => {}
            Type::Object(o) => attributes.extend(o.attributes.iter().map(|(k, a)| (k.clone(), a.ty.clone()))),
            Type::Map(_) if !arg.is_known() => all_known = false,
            Type::Map(t) => attributes.extend(arg.entries().map(|(k, _)| (k.clone(), (**t).clone()))),
            other => {
                return Err(format!("arguments must be maps or objects, got {:?}", other.friendly_name()).into());
            }
        }
    }
    let first = first_type(args);
    Ok(if args.is_empty() {
        Type::object::<Arc<str>>([])
    } else if args.iter().all(|a| a.ty() == first) {
        first
    } else if all_known {
        Type::object(attributes)
    } else {
        Type::Any
    })
}

pub(super) fn merge(call: &Call<'_>) -> Result<Value> {
    let mut marks = Marks::NONE;
    let mut merged = BTreeMap::new();
    for arg in call.args.iter().filter(|a| !a.is_null()) {
        marks |= arg.marks;
        merged.extend(arg.entries().map(|(k, v)| (k.clone(), v.clone())));
    }
    let result = match &call.ty {
        Type::Map(element) => Value::map((**element).clone(), merged),
        _ => Value::object(merged),
    };
    Ok(result.with_marks(marks))
}

pub(super) fn transpose(call: &Call<'_>) -> Result<Value> {
    let map = call.arg(0);
    if !map.is_wholly_known() {
        return Ok(call.unknown());
    }
    let mut transposed: BTreeMap<Arc<str>, Vec<Arc<str>>> = BTreeMap::new();
    for (key, list) in map.entries() {
        if list.is_null() {
            return Err("input must not contain null list".into());
        }
        for element in list.elements() {
            let Data::String(text) = &element.data else {
                return Err("input list must not contain null string".into());
            };
            transposed.entry(text.clone()).or_default().push(key.clone());
        }
    }
    let lists = transposed
        .into_iter()
        .map(|(key, keys)| (key, Value::list(Type::String, keys.into_iter().map(Value::string).collect())));
    Ok(Value::map(Type::list(Type::String), lists.collect()))
}

pub(super) fn values_type(args: &[Value]) -> Result<Type> {
    match first_type(args) {
        Type::Map(t) => Ok(Type::List(t)),
        Type::Object(o) => Ok(Type::Tuple(o.attributes.values().map(|a| a.ty.clone()).collect())),
        _ => Err("values() requires a map as the first argument".into()),
    }
}

pub(super) fn values(call: &Call<'_>) -> Result<Value> {
    let map = call.arg(0);
    let values: Vec<Value> = map.entries().map(|(_, v)| v.clone()).collect();
    let result = match call.ty {
        Type::Tuple(_) => Value::tuple(values),
        _ => Value::list(call.element_ty(), values),
    };
    Ok(result.with_marks(map.marks))
}

fn different_lengths(keys: usize, values: usize) -> Failure {
    format!("number of keys ({keys}) does not match number of values ({values})").into()
}

pub(super) fn zipmap_type(args: &[Value]) -> Result<Type> {
    let [keys, values] = args else { return Ok(Type::Any) };
    match values.ty() {
        Type::List(t) => Ok(Type::Map(t)),
        Type::Tuple(_) if !keys.is_wholly_known() => Ok(Type::Any),
        Type::Tuple(types) => {
            let keys = keys.elements().as_slice();
            if keys.len() != types.len() {
                return Err(different_lengths(keys.len(), types.len()));
            }
            if let Some(i) = keys.iter().position(Value::is_null) {
                return Err(format!("keys list has null value at index {i}").into());
            }
            let names = keys.iter().filter_map(Value::as_str);
            Ok(Type::object(names.zip(types.iter().cloned())))
        }
        _ => Err("values argument must be a list or tuple value".into()),
    }
}

pub(super) fn zipmap(call: &Call<'_>) -> Result<Value> {
    let (keys, values) = (call.arg(0), call.arg(1));
    let mut marks = keys.marks | values.marks;
    if !keys.is_wholly_known() {
        return Ok(call.unknown().with_marks(marks));
    }
    if keys.elements().len() != values.elements().len() {
        return Err(different_lengths(keys.elements().len(), values.elements().len()));
    }
    let mut zipped = BTreeMap::new();
    for (i, (key, value)) in keys.elements().zip(values.elements()).enumerate() {
        let Data::String(name) = &key.data else {
            return Err(format!("keys list has null value at index {i}").into());
        };
        marks |= key.marks;
        zipped.insert(name.clone(), value.clone());
    }
    let result = match &call.ty {
        Type::Map(element) => Value::map((**element).clone(), zipped),
        _ => Value::object(zipped),
    };
    Ok(result.with_marks(marks))
}
