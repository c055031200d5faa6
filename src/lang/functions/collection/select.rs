//! Functions that pick or compute one value from several.

use crate::lang::value::convert::{convert, unify};
use crate::lang::value::{Type, Value};

use super::super::call::{Call, Failure, Result, integer};
use super::{first_type, is_list_or_tuple, is_sequence, tuple_types};

/// Functions the language no longer has refuse by their arguments already.
pub(super) fn removed(_: &Call<'_>) -> Result<Value> {
    Err("this function is no longer available".into())
}

pub(super) fn alltrue(call: &Call<'_>) -> Result<Value> {
    for element in call.arg(0).elements() {
        if !element.is_known() {
            return Ok(call.unknown());
        }
        if element.as_bool() != Some(true) {
            return Ok(Value::bool(false));
        }
    }
    Ok(Value::bool(true))
}

pub(super) fn anytrue(call: &Call<'_>) -> Result<Value> {
    let mut elements = call.arg(0).elements();
    if elements.any(|e| e.as_bool() == Some(true)) {
        return Ok(Value::bool(true));
    }
    if call.arg(0).elements().any(|e| !e.is_known()) {
        return Ok(call.unknown());
    }
    Ok(Value::bool(false))
}

pub(super) fn coalesce_type(args: &[Value]) -> Result<Type> {
    let types: Vec<Type> = args.iter().map(Value::ty).collect();
    unify(&types).ok_or_else(|| "all arguments must have the same type".into())
}

pub(super) fn coalesce(call: &Call<'_>) -> Result<Value> {
    for arg in &call.args {
        // What cannot be converted is passed over like a null.
        let Ok(value) = convert(arg, &call.ty) else { continue };
        if !value.is_known() {
            return Ok(call.unknown());
        }
        if value.is_null() || value.as_str() == Some("") {
            continue;
        }
        return Ok(value);
    }
    Err("no non-null, non-empty-string arguments".into())
}

pub(super) fn coalescelist_type(args: &[Value]) -> Result<Type> {
    if args.is_empty() {
        return Err("at least one argument is required".into());
    }
    for arg in args {
        if !arg.is_known() {
            return Ok(Type::Any);
        }
        if !is_list_or_tuple(&arg.ty()) {
            return Err("coalescelist arguments must be lists or tuples".into());
        }
    }
    let first = first_type(args);
    Ok(if args.iter().all(|a| a.ty() == first) { first } else { Type::Any })
}

pub(super) fn coalescelist(call: &Call<'_>) -> Result<Value> {
    for arg in &call.args {
        if !arg.is_known() {
            return Ok(call.unknown());
        }
        if arg.elements().len() > 0 {
            return Ok(arg.clone());
        }
    }
    Err("no non-null arguments".into())
}

pub(super) fn contains(call: &Call<'_>) -> Result<Value> {
    let (list, wanted) = (call.arg(0), call.arg(1));
    if !is_sequence(&list.ty()) {
        return Err("argument must be list, tuple, or set".into());
    }
    let answers = list.elements().map(|e| wanted.equals(e).as_bool());
    let mut unknown = false;
    for answer in answers {
        match answer {
            Some(true) => return Ok(Value::bool(true)),
            Some(false) => {}
            None => unknown = true,
        }
    }
    Ok(if unknown { call.unknown() } else { Value::bool(false) })
}

/// An index as it wraps around a sequence of that length.
fn wrapped(index: &Value, length: usize) -> Result<usize> {
    let index = integer(index).map_err(|e| format!("invalid index: {e}"))?;
    if length == 0 {
        return Err("cannot use element function with an empty list".into());
    }
    // The remainder is not negative and below the length.
    Ok(index.rem_euclid(length as i64) as usize)
}

pub(super) fn element_type(args: &[Value]) -> Result<Type> {
    let [list, index] = args else { return Ok(Type::Any) };
    match list.ty() {
        Type::List(t) => Ok((*t).clone()),
        Type::Tuple(_) if !index.is_known() => Ok(Type::Any),
        Type::Tuple(types) => {
            if index.as_i64().is_some_and(|i| i < 0 && i % types.len().max(1) as i64 != 0) {
                let help = "convert it with tolist() to count from its end";
                return Err(format!("the index of a tuple's element must not be negative; {help}").into());
            }
            let index = wrapped(index, types.len())?;
            Ok(types.get(index).cloned().unwrap_or(Type::Any))
        }
        other => Err(format!("cannot read elements from {}", other.friendly_name()).into()),
    }
}

pub(super) fn element(call: &Call<'_>) -> Result<Value> {
    let list = call.arg(0);
    let elements = list.elements();
    let index = wrapped(call.arg(1), elements.len())?;
    let element = elements.as_slice().get(index).cloned().unwrap_or_else(|| call.unknown());
    Ok(element.with_marks(list.marks))
}

pub(super) fn index(call: &Call<'_>) -> Result<Value> {
    let (list, wanted) = (call.arg(0), call.arg(1));
    if !is_list_or_tuple(&list.ty()) {
        return Err("argument must be a list or tuple".into());
    }
    if list.elements().len() == 0 {
        return Err("cannot search an empty list".into());
    }
    for (i, element) in list.elements().enumerate() {
        match element.equals(wanted).as_bool() {
            Some(true) => return Ok(Value::number(i.into())),
            Some(false) => {}
            None => return Ok(call.unknown()),
        }
    }
    Err("item not found".into())
}

const NOT_ONE: &str = "must be a list, set, or tuple value with either zero or one elements";

pub(super) fn one_type(args: &[Value]) -> Result<Type> {
    let ty = first_type(args);
    match (&ty, tuple_types(&ty)) {
        (Type::List(t) | Type::Set(t), _) => Ok((**t).clone()),
        (_, Some([])) => Ok(Type::Any),
        (_, Some([only])) => Ok(only.clone()),
        _ => Err(Failure::at(0, NOT_ONE)),
    }
}

pub(super) fn one(call: &Call<'_>) -> Result<Value> {
    let list = call.arg(0);
    if !list.length().is_known() {
        return Ok(call.unknown());
    }
    match list.elements().as_slice() {
        [] => Ok(Value::null(call.ty.clone())),
        [only] => Ok(only.clone()),
        _ => Err(Failure::at(0, NOT_ONE)),
    }
}

pub(super) fn sum(call: &Call<'_>) -> Result<Value> {
    const NOT_NUMBERS: &str = "argument must be list, set, or tuple of number values";
    let list = call.arg(0);
    let ty = list.ty();
    if !(ty.is_collection() || matches!(ty, Type::Tuple(_) | Type::Object(_))) {
        return Err(Failure::at(0, "cannot sum noniterable"));
    }
    if list.elements().len() == 0 && list.entries().next().is_none() {
        return Err(Failure::at(0, "cannot sum an empty list"));
    }
    if !is_sequence(&ty) {
        let received = ty.friendly_name();
        return Err(Failure::at(0, format!("argument must be list, set, or tuple. Received {received}")));
    }
    if !list.is_wholly_known() {
        return Ok(call.unknown());
    }
    let mut sum: Option<Value> = None;
    for element in list.elements() {
        let number = convert(element, &Type::Number).ok().filter(|n| !n.is_null());
        let number = number.ok_or_else(|| Failure::at(0, NOT_NUMBERS))?;
        sum = match sum {
            None => Some(number),
            Some(sum) => Some(sum.add(&number).ok_or("can't compute sum of opposing infinities")?),
        };
    }
    sum.ok_or_else(|| Failure::at(0, "cannot sum an empty list"))
}
