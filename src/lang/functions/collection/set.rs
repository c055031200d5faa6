//! Functions of sets.

use std::cmp::Ordering;

use crate::lang::value::convert::{convert, unify};
use crate::lang::value::{Data, Marks, Type, Value};

use super::super::call::{Call, Failure, Result};

/// The set type all given sets can be converted to. An empty set without an element type does not count.
pub(super) fn common_type(args: &[Value]) -> Result<Type> {
    let counts = |arg: &&Value| !matches!(&arg.data, Data::Set(Type::Any, elements) if elements.is_empty());
    let types: Vec<Type> = args.iter().filter(counts).filter_map(|a| a.ty().element().cloned()).collect();
    if types.is_empty() {
        return Ok(Type::set(Type::Any));
    }
    match unify(&types) {
        Some(element) => Ok(Type::set(element)),
        None => Err("given sets must all have compatible element types".into()),
    }
}

/// The arguments as sets of one type.
fn converted(call: &Call<'_>) -> Result<Vec<Value>> {
    let convert = |(i, arg)| convert(arg, &call.ty).map_err(|e| Failure::at(i, e.message));
    call.args.iter().enumerate().map(convert).collect()
}

/// Whether an element is in a set, whose elements are sorted.
fn has(set: &[Value], element: &Value) -> bool {
    let start = set.partition_point(|e| e.compare_as_element(element) == Ordering::Less);
    let alike = set.iter().skip(start).take_while(|e| e.compare_as_element(element) == Ordering::Equal);
    alike.into_iter().any(|e| e.equals(element).as_bool() == Some(true))
}

pub(super) fn union(call: &Call<'_>) -> Result<Value> {
    let elements = converted(call)?.iter().flat_map(|s| s.elements().cloned().collect::<Vec<_>>()).collect();
    Ok(Value::set(call.element_ty(), elements))
}

pub(super) fn intersection(call: &Call<'_>) -> Result<Value> {
    reduce(call, |set, other| set.retain(|e| has(other, e)))
}

pub(super) fn subtract(call: &Call<'_>) -> Result<Value> {
    reduce(call, |set, other| set.retain(|e| !has(other, e)))
}

fn reduce(call: &Call<'_>, step: fn(&mut Vec<Value>, &[Value])) -> Result<Value> {
    let sets = converted(call)?;
    if sets.iter().any(|s| !s.is_wholly_known()) {
        return Ok(call.unknown());
    }
    let Some((first, others)) = sets.split_first() else { return Ok(call.unknown()) };
    let mut elements: Vec<Value> = first.elements().cloned().collect();
    for other in others {
        step(&mut elements, other.elements().as_slice());
    }
    Ok(Value::set(call.element_ty(), elements))
}

/// A list of tuples when every argument has an order, else a set of tuples.
pub(super) fn product_type(args: &[Value]) -> Result<Type> {
    if args.len() < 2 {
        return Err("at least two arguments are required".into());
    }
    let mut elements = Vec::with_capacity(args.len());
    let mut ordered = true;
    for (i, arg) in args.iter().enumerate() {
        elements.push(match arg.ty() {
            Type::Set(t) => {
                ordered = false;
                (*t).clone()
            }
            Type::List(t) => (*t).clone(),
            Type::Tuple(types) if types.is_empty() => Type::Any,
            Type::Tuple(types) => {
                unify(&types).ok_or_else(|| Failure::at(i, "all elements must be of the same type"))?
            }
            _ => return Err(Failure::at(i, "a set or a list is required")),
        });
    }
    let tuple = Type::Tuple(elements.into());
    Ok(if ordered { Type::list(tuple) } else { Type::set(tuple) })
}

pub(super) fn product(call: &Call<'_>) -> Result<Value> {
    let marks = call.args.iter().fold(Marks::NONE, |m, a| m | a.marks);
    let args: Vec<Value> = call.args.iter().map(Value::unmarked).collect();
    if args.iter().any(|a| !a.is_known() || !a.length().is_known()) {
        return Ok(of_unknown_length(call.unknown(), &args).with_marks(marks));
    }
    let element = call.element_ty();
    let Type::Tuple(types) = &element else { return Ok(call.unknown()) };
    const LIMIT: usize = 1 << 24;
    let total = args.iter().try_fold(1usize, |n, a| n.checked_mul(a.elements().len()));
    if total.is_none_or(|total| total > LIMIT) {
        return Err(format!("the result would have more than {LIMIT} elements").into());
    }
    let mut tuples: Vec<Vec<Value>> = vec![Vec::new()];
    for (arg, ty) in args.iter().zip(types.iter()) {
        let column: Vec<Value> =
            arg.elements().map(|e| convert(e, ty).map_err(|e| Failure::from(e.message))).collect::<Result<_>>()?;
        tuples =
            tuples.iter().flat_map(|head| column.iter().map(|e| head.iter().chain([e]).cloned().collect())).collect();
    }
    let tuples = tuples.into_iter().map(Value::tuple).collect();
    let result = match call.ty {
        Type::List(_) => Value::list(element, tuples),
        _ => Value::set(element, tuples),
    };
    Ok(result.with_marks(marks))
}

/// What the largest possible lengths of the arguments tell about the length of the result.
fn of_unknown_length(result: Value, args: &[Value]) -> Value {
    let mut longest = 1usize;
    for arg in args {
        let max = match arg.ty() {
            Type::Tuple(types) => Some(types.len()),
            _ => arg.range().refinement.max_length,
        };
        let Some(max) = max.filter(|max| *max <= 1024) else { return result };
        longest *= max;
        if longest > 2048 {
            return result;
        }
    }
    result.refine_not_null().refine_length(longest.min(1), Some(longest))
}
