//! Conversion functions, and those that change or tell marks.

use crate::lang::recursion::recurse;
use crate::lang::value::convert::{Mode, convert, is_possible};
use crate::lang::value::{Data, Marks, Type, Value};

use super::call::{Call, Failure, Result};
use super::signature::{BOOL, Function, Parameter, Returns, Wanted, any};

const ANYTHING: &[Parameter] = &[any("value").nullable().unknown().untyped().marked()];
const CONVERTED: &[Parameter] = &[any("v").nullable().unknown().untyped().marked()];
const SAME: Returns = Returns::From(|args| Ok(args.first().map_or(Type::Any, Value::ty)));

pub(super) const FUNCTIONS: &[Function] = &[
    // Done by the evaluator: they take expressions.
    Function::new("can", &[any("expression")], BOOL, by_evaluator),
    Function::new("try", &[], Returns::Always(Wanted::Any), by_evaluator).variadic(any("expressions")),
    Function::new("ephemeralasnull", ANYTHING, SAME, |c| Ok(without_ephemeral(c.arg(0)))).maybe_null(),
    Function::new("issensitive", ANYTHING, BOOL, issensitive).maybe_null(),
    Function::new("nonsensitive", ANYTHING, SAME, nonsensitive).maybe_null(),
    Function::new("sensitive", ANYTHING, SAME, |c| Ok(c.arg(0).clone().with_marks(Marks::SENSITIVE))).maybe_null(),
    Function::new("tobool", CONVERTED, Returns::From(|a| to_type(a, Wanted::Bool)), |c| to(c, Wanted::Bool))
        .maybe_null(),
    Function::new("tolist", CONVERTED, Returns::From(|a| to_type(a, Wanted::ListOfAny)), |c| to(c, Wanted::ListOfAny))
        .maybe_null(),
    Function::new("tomap", CONVERTED, Returns::From(|a| to_type_of(a, &map())), |c| to_of(c, &map())).maybe_null(),
    Function::new("tonumber", CONVERTED, Returns::From(|a| to_type(a, Wanted::Number)), |c| to(c, Wanted::Number))
        .maybe_null(),
    Function::new("toset", CONVERTED, Returns::From(|a| to_type(a, Wanted::SetOfAny)), |c| to(c, Wanted::SetOfAny))
        .maybe_null(),
    Function::new("tostring", CONVERTED, Returns::From(|a| to_type(a, Wanted::String)), |c| to(c, Wanted::String))
        .maybe_null(),
];

fn map() -> Type {
    Type::map(Type::Any)
}

fn by_evaluator(_: &Call<'_>) -> Result<Value> {
    Err("this function takes an expression and cannot be called with a value".into())
}

fn to_type(args: &[Value], wanted: Wanted) -> Result<Type> {
    to_type_of(args, &wanted.ty())
}

fn to_type_of(args: &[Value], wanted: &Type) -> Result<Type> {
    let given = args.first().map_or(Type::Any, Value::ty);
    if given == *wanted || is_possible(&given, wanted, Mode::Unsafe) {
        return Ok(wanted.clone());
    }
    Err(Failure::at(0, cannot_convert(&given, wanted)))
}

fn cannot_convert(given: &Type, wanted: &Type) -> String {
    format!("cannot convert {} to {}", given.friendly_name(), wanted.friendly_name_for_constraint())
}

fn to(call: &Call<'_>, wanted: Wanted) -> Result<Value> {
    to_of(call, &wanted.ty())
}

fn to_of(call: &Call<'_>, wanted: &Type) -> Result<Value> {
    let given = call.arg(0);
    if !given.is_known() {
        return Ok(call.unknown().with_marks(given.marks));
    }
    convert(given, wanted).map_err(|_| Failure::at(0, why_not(given, wanted)))
}

fn why_not(given: &Value, wanted: &Type) -> String {
    let (bare, marks) = given.unmark_deep();
    let ty = bare.ty();
    match (&bare.data, wanted) {
        _ if marks.sensitive => {
            format!("cannot convert this sensitive {} to {}", ty.friendly_name(), wanted.friendly_name_for_constraint())
        }
        (Data::String(s), Type::Bool) => {
            format!("cannot convert {s:?} to bool; only the strings \"true\" or \"false\" are allowed")
        }
        (Data::String(s), Type::Number) => {
            format!("cannot convert {s:?} to number; given string must be a decimal representation of a number")
        }
        _ => cannot_convert(&ty, wanted),
    }
}

fn without_ephemeral(value: &Value) -> Value {
    if !value.marks.ephemeral {
        return recurse(|| value.map_parts(&mut without_ephemeral));
    }
    let marks = Marks { ephemeral: false, ..value.marks };
    let replaced = if value.is_known() { Value::null(value.ty()) } else { Value::unknown(value.ty()) };
    replaced.with_marks(marks)
}

fn issensitive(call: &Call<'_>) -> Result<Value> {
    let value = call.arg(0);
    Ok(match (value.marks.sensitive, value.is_known()) {
        (true, _) => Value::bool(true),
        (false, false) => Value::unknown(Type::Bool),
        (false, true) => Value::bool(false),
    })
}

fn nonsensitive(call: &Call<'_>) -> Result<Value> {
    let value = call.arg(0);
    let marks = Marks { sensitive: false, ..value.marks };
    Ok(value.unmarked().with_marks(marks))
}
