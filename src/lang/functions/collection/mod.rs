//! Functions of collections: lists, tuples, sets, maps and objects.

mod mapping;
mod select;
mod sequence;
mod set;

use crate::lang::value::{Type, Value};

use super::call::{Call, Failure, Result};
use super::signature::{BOOL, Function, NUMBER, Parameter, Returns, STRINGS, Wanted, any, number, string};

const LIST: Parameter = Parameter::new("list", Wanted::ListOfAny);
const FIRST_SET: Parameter = Parameter::new("first_set", Wanted::SetOfAny).untyped();
const OTHER_SETS: Parameter = Parameter::new("other_sets", Wanted::SetOfAny).untyped();

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("alltrue", &[Parameter::new("list", Wanted::ListOfBool)], BOOL, select::alltrue),
    Function::new("anytrue", &[Parameter::new("list", Wanted::ListOfBool)], BOOL, select::anytrue),
    Function::new(
        "chunklist",
        &[LIST.marked(), number("size").marked()],
        Returns::From(|args| Ok(Type::list(first_type(args)))),
        sequence::chunklist,
    ),
    Function::new("coalesce", &[], Returns::From(select::coalesce_type), select::coalesce)
        .variadic(any("vals").unknown().untyped().nullable()),
    Function::new("coalescelist", &[], Returns::From(select::coalescelist_type), select::coalescelist)
        .variadic(any("vals").unknown().untyped().nullable()),
    Function::new("compact", &[Parameter::new("list", Wanted::ListOfString)], STRINGS, sequence::compact),
    Function::new("concat", &[], Returns::From(sequence::concat_type), sequence::concat).variadic(any("seqs").marked()),
    Function::new("contains", &[any("list"), any("value")], BOOL, select::contains),
    Function::new("distinct", &[LIST], Returns::From(|args| Ok(first_type(args))), sequence::distinct),
    Function::new(
        "element",
        &[any("list").marked(), number("index")],
        Returns::From(select::element_type),
        select::element,
    )
    .maybe_null(),
    Function::new("flatten", &[any("list").marked()], Returns::From(sequence::flatten_type), sequence::flatten),
    Function::new("index", &[any("list"), any("value")], NUMBER, select::index),
    Function::new("keys", &[any("inputMap").unknown().marked()], Returns::From(mapping::keys_type), mapping::keys),
    Function::new("length", &[any("value").unknown().untyped().marked()], Returns::From(length_type), length),
    Function::new("list", &[], Returns::From(|_| Err(removed("list", "tolist([ ... ])"))), select::removed)
        .variadic(any("vals").unknown().untyped().nullable()),
    Function::new(
        "lookup",
        &[any("inputMap").marked().unknown(), string("key").marked().unknown()],
        Returns::From(mapping::lookup_type),
        mapping::lookup,
    )
    .variadic(any("default").unknown().untyped().nullable().marked())
    .maybe_null(),
    Function::new("map", &[], Returns::From(|_| Err(removed("map", "tomap({ ... })"))), select::removed)
        .variadic(any("vals").unknown().untyped().nullable()),
    Function::new(
        "matchkeys",
        &[
            Parameter::new("values", Wanted::ListOfAny),
            Parameter::new("keys", Wanted::ListOfAny),
            Parameter::new("searchset", Wanted::ListOfAny),
        ],
        Returns::From(mapping::matchkeys_type),
        mapping::matchkeys,
    ),
    Function::new("merge", &[], Returns::From(mapping::merge_type), mapping::merge)
        .variadic(any("maps").untyped().nullable().marked()),
    Function::new("one", &[any("list")], Returns::From(select::one_type), select::one).maybe_null(),
    Function::new("range", &[], Returns::Always(Wanted::ListOfNumber), sequence::range).variadic(number("params")),
    Function::new("reverse", &[any("list").marked()], Returns::From(sequence::reverse_type), sequence::reverse),
    Function::new("setintersection", &[FIRST_SET], Returns::From(set::common_type), set::intersection)
        .variadic(OTHER_SETS),
    Function::new("setproduct", &[], Returns::From(set::product_type), set::product)
        .variadic(any("sets").marked().unknown()),
    Function::new(
        "setsubtract",
        &[Parameter::new("a", Wanted::SetOfAny).untyped(), Parameter::new("b", Wanted::SetOfAny).untyped()],
        Returns::From(set::common_type),
        set::subtract,
    ),
    Function::new("setunion", &[FIRST_SET], Returns::From(set::common_type), set::union).variadic(OTHER_SETS),
    Function::new(
        "slice",
        &[any("list").marked(), number("start_index"), number("end_index")],
        Returns::From(sequence::slice_type),
        sequence::slice,
    ),
    Function::new("sum", &[any("list")], NUMBER, select::sum),
    Function::new(
        "transpose",
        &[Parameter::new("values", Wanted::MapOfListOfString)],
        Returns::Always(Wanted::MapOfListOfString),
        mapping::transpose,
    ),
    Function::new("values", &[any("mapping").marked()], Returns::From(mapping::values_type), mapping::values),
    Function::new(
        "zipmap",
        &[Parameter::new("keys", Wanted::ListOfString).marked(), any("values").marked()],
        Returns::From(mapping::zipmap_type),
        mapping::zipmap,
    ),
];

fn removed(name: &str, instead: &str) -> Failure {
    let what = if name == "map" { "map" } else { "list" };
    format!(
        "the \"{name}\" function was deprecated in Terraform v0.12 and is no longer available; use {instead} syntax to \
         write a literal {what}"
    )
    .into()
}

fn first_type(args: &[Value]) -> Type {
    args.first().map_or(Type::Any, Value::ty)
}

/// The types of a tuple's elements.
fn tuple_types(ty: &Type) -> Option<&[Type]> {
    if let Type::Tuple(types) = ty { Some(types) } else { None }
}

fn is_list_or_tuple(ty: &Type) -> bool {
    matches!(ty, Type::List(_) | Type::Tuple(_))
}

fn is_sequence(ty: &Type) -> bool {
    matches!(ty, Type::List(_) | Type::Set(_) | Type::Tuple(_))
}

fn length_type(args: &[Value]) -> Result<Type> {
    match first_type(args) {
        Type::Bool | Type::Number => Err("argument must be a string, a collection type, or a structural type".into()),
        _ => Ok(Type::Number),
    }
}

fn length(call: &Call<'_>) -> Result<Value> {
    let value = call.arg(0);
    Ok(match value.ty() {
        Type::Any => Value::unknown(Type::Number).with_marks(value.marks),
        Type::String => super::string::length(value),
        _ => value.length(),
    })
}
