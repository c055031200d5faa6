//! Functions that make lists and tuples from others.

use crate::lang::recursion::recurse;
use crate::lang::value::convert::{convert, unify};
use crate::lang::value::{Data, Marks, Number, Type, Value};

use super::super::call::{Call, Failure, Result, integer};
use super::{first_type, is_sequence};

pub(super) fn chunklist(call: &Call<'_>) -> Result<Value> {
    let (list, size) = (call.arg(0), call.arg(1));
    let size_number = integer(size).map_err(|e| format!("invalid size: {e}"))?;
    let size_number = usize::try_from(size_number).map_err(|_| "the size argument must be positive")?;
    let ty = list.ty();
    let chunks = match (list.elements().as_slice(), size_number) {
        ([], _) => Vec::new(),
        (_, 0) => vec![list.unmarked()],
        (elements, size) => {
            let element = ty.element().cloned().unwrap_or(Type::Any);
            elements.chunks(size).map(|chunk| Value::list(element.clone(), chunk.to_vec())).collect()
        }
    };
    Ok(Value::list(ty, chunks).with_marks(list.marks | size.marks))
}

pub(super) fn compact(call: &Call<'_>) -> Result<Value> {
    let list = call.arg(0);
    if !list.is_wholly_known() {
        return Ok(call.unknown());
    }
    let kept = list.elements().filter(|e| e.as_str().is_some_and(|s| !s.is_empty()));
    Ok(Value::list(Type::String, kept.cloned().collect()))
}

pub(super) fn concat_type(args: &[Value]) -> Result<Type> {
    if args.is_empty() {
        return Err("at least one argument is required".into());
    }
    let types: Vec<Type> = args.iter().map(Value::ty).collect();
    if types.iter().all(|t| matches!(t, Type::List(_)))
        && let Some(common) = unify(&types)
    {
        return Ok(common);
    }
    let mut elements = Vec::new();
    for (i, (arg, ty)) in args.iter().zip(&types).enumerate() {
        match ty {
            Type::Tuple(ts) => elements.extend(ts.iter().cloned()),
            Type::List(_) if !arg.is_known() => return Ok(Type::Any),
            Type::List(t) => elements.extend(std::iter::repeat_n((**t).clone(), arg.elements().len())),
            other => {
                let got = other.friendly_name();
                return Err(Failure::at(i, format!("all arguments must be lists or tuples; got {got}")));
            }
        }
    }
    Ok(Type::Tuple(elements.into()))
}

pub(super) fn concat(call: &Call<'_>) -> Result<Value> {
    let mut marks = Marks::NONE;
    let mut elements = Vec::new();
    let as_list = matches!(call.ty, Type::List(_));
    for (i, arg) in call.args.iter().enumerate() {
        let converted;
        let part = if as_list {
            converted = convert(arg, &call.ty).map_err(|e| Failure::at(i, e.message))?;
            &converted
        } else {
            arg
        };
        marks |= part.marks;
        elements.extend(part.elements().cloned());
    }
    let result = if as_list { Value::list(call.element_ty(), elements) } else { Value::tuple(elements) };
    Ok(result.with_marks(marks))
}

pub(super) fn distinct(call: &Call<'_>) -> Result<Value> {
    let list = call.arg(0);
    if !list.is_wholly_known() {
        return Ok(call.unknown());
    }
    let mut kept: Vec<Value> = Vec::new();
    for element in list.elements() {
        if !kept.iter().any(|k| k.equals(element).as_bool() == Some(true)) {
            kept.push(element.clone());
        }
    }
    Ok(Value::list(call.element_ty(), kept))
}

pub(super) fn flatten_type(args: &[Value]) -> Result<Type> {
    let Some(list) = args.first().filter(|l| l.is_wholly_known()) else { return Ok(Type::Any) };
    if !is_sequence(&list.ty()) {
        return Err("can only flatten lists, sets and tuples".into());
    }
    Ok(Type::Any)
}

pub(super) fn flatten(call: &Call<'_>) -> Result<Value> {
    let mut flat = Flat { elements: Vec::new(), marks: Marks::NONE, known: true };
    flat.add(call.arg(0));
    let result = if flat.known { Value::tuple(flat.elements) } else { call.unknown() };
    Ok(result.with_marks(flat.marks))
}

struct Flat {
    elements: Vec<Value>,
    marks: Marks,
    /// Whether the number of elements is known.
    known: bool,
}

impl Flat {
    fn add(&mut self, sequence: &Value) {
        self.marks |= sequence.marks;
        if !sequence.length().is_known() {
            self.known = false;
            return;
        }
        // An object or map can only be the argument itself, and only while something in it is unknown.
        for element in sequence.elements().chain(sequence.entries().map(|(_, value)| value)) {
            match &element.data {
                Data::List(..) | Data::Set(..) | Data::Tuple(_) => recurse(|| self.add(element)),
                Data::Unknown(ty) if is_sequence(ty) => {
                    self.known = false;
                    self.marks |= element.marks;
                }
                Data::Unknown(Type::Any) => self.known = false,
                _ => self.elements.push(element.clone()),
            }
        }
    }
}

pub(super) fn range(call: &Call<'_>) -> Result<Value> {
    const LIMIT: usize = 1024;
    let numbers: Vec<Number> = call.args.iter().filter_map(|a| a.as_number().cloned()).collect();
    let default_step = |down: bool| Number::from(if down { -1i64 } else { 1 });
    let (start, end, step) = match numbers.as_slice() {
        [end] => (Number::zero(), end.clone(), default_step(*end < Number::zero())),
        [start, end] => (start.clone(), end.clone(), default_step(end < start)),
        [start, end, step] => (start.clone(), end.clone(), step.clone()),
        _ => return Err("must have one, two, or three arguments".into()),
    };
    let down = step.is_negative();
    if down && end > start {
        return Err(Failure::at(1, "end must be less than start when step is negative"));
    }
    if !down && end < start {
        return Err(Failure::at(1, "end must be greater than start when step is positive"));
    }
    let mut values = Vec::new();
    let mut current = start;
    while if down { current > end } else { current < end } {
        if values.len() >= LIMIT {
            return Err(format!(
                "more than {LIMIT} values were generated; either decrease the difference between start and end or use a \
                 smaller step"
            )
            .into());
        }
        values.push(Value::number(current.clone()));
        current = (&current + &step).ok_or("can't compute sum of opposing infinities")?;
    }
    Ok(Value::list(Type::Number, values))
}

pub(super) fn reverse_type(args: &[Value]) -> Result<Type> {
    match first_type(args) {
        Type::Tuple(ts) => Ok(Type::Tuple(ts.iter().rev().cloned().collect())),
        Type::List(t) | Type::Set(t) => Ok(Type::List(t)),
        other => {
            let name = other.friendly_name();
            Err(Failure::at(0, format!("can only reverse list or tuple values, not {name}")))
        }
    }
}

pub(super) fn reverse(call: &Call<'_>) -> Result<Value> {
    let list = call.arg(0);
    let elements: Vec<Value> = list.elements().rev().cloned().collect();
    Ok(like(&call.ty, elements).with_marks(list.marks))
}

/// A tuple where the type of the result is one, else a list.
fn like(ty: &Type, elements: Vec<Value>) -> Value {
    match ty {
        Type::Tuple(_) => Value::tuple(elements),
        other => Value::list(other.element().cloned().unwrap_or(Type::Any), elements),
    }
}

pub(super) fn slice_type(args: &[Value]) -> Result<Type> {
    let ty = first_type(args);
    match &ty {
        Type::Set(_) => {
            return Err(Failure::at(
                0,
                "cannot slice a set, because its elements do not have indices; explicitly convert to a list if the \
                 ordering of the result is not important",
            ));
        }
        Type::List(_) | Type::Tuple(_) => {}
        _ => return Err(Failure::at(0, "must be a list or tuple value")),
    }
    let bounds = slice_bounds(args)?;
    match (&ty, bounds) {
        (Type::Tuple(types), Some((start, end))) => Ok(Type::Tuple(types.get(start..end).unwrap_or_default().into())),
        (Type::Tuple(_), None) => Ok(Type::Any),
        _ => Ok(ty),
    }
}

/// Start and end when both are known, checked as far as they and the list are.
fn slice_bounds(args: &[Value]) -> Result<Option<(usize, usize)>> {
    let length = args.first().map(Value::length).and_then(|l| l.as_i64());
    let bound = |index: usize, name: &str| -> Result<Option<usize>> {
        let Some(arg) = args.get(index).filter(|a| a.is_known()) else { return Ok(None) };
        let number = integer(arg).map_err(|e| Failure::at(index, format!("invalid {name} index: {e}")))?;
        let Ok(position) = usize::try_from(number) else {
            return Err(Failure::at(index, format!("{name} index must not be less than zero")));
        };
        if length.is_some_and(|l| number > l) {
            return Err(Failure::at(index, format!("{name} index must not be greater than the length of the list")));
        }
        Ok(Some(position))
    };
    match (bound(1, "start")?, bound(2, "end")?) {
        (Some(start), Some(end)) if start > end => {
            Err(Failure::at(1, "start index must not be greater than end index"))
        }
        (Some(start), Some(end)) => Ok(Some((start, end))),
        _ => Ok(None),
    }
}

pub(super) fn slice(call: &Call<'_>) -> Result<Value> {
    let list = call.arg(0);
    let Some((start, end)) = slice_bounds(&call.args)? else { return Ok(call.unknown().with_marks(list.marks)) };
    let elements = list.elements().as_slice().get(start..end).unwrap_or_default().to_vec();
    Ok(like(&call.ty, elements).with_marks(list.marks))
}
