use std::collections::BTreeMap;

use super::*;
use crate::lang::value::{AttributeType, Data, Marks, ObjectType};

fn json(text: &str) -> Value {
    Value::parse_json(text).unwrap_or_else(|e| panic!("{text}: {e}"))
}

/// An object type with required and optional attributes.
fn object(required: &[(&str, Type)], optional: &[(&str, Type)]) -> Type {
    let attribute =
        |optional| move |(n, ty): &(&str, Type)| (Arc::from(*n), AttributeType { ty: ty.clone(), optional });
    let attributes = required.iter().map(attribute(false)).chain(optional.iter().map(attribute(true)));
    Type::Object(Arc::new(ObjectType::new(attributes.collect::<BTreeMap<_, _>>())).into())
}

/// The converted value as JSON, or the path and the message.
fn shown(text: &str, to: &Type) -> String {
    match convert(&json(text), to) {
        Ok(value) => value.to_json_text().unwrap_or_else(|e| e.to_string()),
        Err(e) => format!("{} {}", path_text(&e.path), e.message).trim().to_owned(),
    }
}

#[test]
fn primitives() {
    assert_eq!(shown("1.50", &Type::String), "\"1.5\"");
    assert_eq!(shown("true", &Type::String), "\"true\"");
    assert_eq!(shown("\"1e3\"", &Type::Number), "1000");
    assert_eq!(shown("\"1\"", &Type::Bool), "true");
    assert_eq!(shown("\"x\"", &Type::Number), "a number is required");
    assert_eq!(shown("\"True\"", &Type::Bool), "a bool is required; to convert from string, use lowercase \"true\"");
    assert_eq!(shown("1", &Type::Bool), "bool required");
    assert_eq!(shown("[]", &Type::String), "string required");
}

#[test]
fn the_path_leads_to_the_part_that_does_not_fit() {
    let ty = object(&[("a", Type::list(Type::map(Type::Number)))], &[]);
    assert_eq!(shown("{\"a\": [{\"k\": \"1\"}]}", &ty), "{\"a\":[{\"k\":1}]}");
    assert_eq!(shown("{\"a\": [{}, {\"k\": \"x\"}]}", &ty), ".a[1][\"k\"] a number is required");
    assert_eq!(shown("{\"a\": [1]}", &ty), "attribute \"a\": element 0: map of number required");
    assert_eq!(
        shown("{}", &object(&[("a", Type::Bool), ("b", Type::Bool)], &[])),
        "attributes \"a\" and \"b\" are required"
    );
}

#[test]
fn optional_attributes_become_null_and_others_are_dropped() {
    let ty = object(&[("a", Type::String)], &[("b", Type::list(Type::String))]);
    assert_eq!(shown("{\"a\": 1, \"c\": 2}", &ty), "{\"a\":\"1\",\"b\":null}");
    let value = convert(&json("{\"a\": 1}"), &ty).unwrap();
    assert!(matches!(value.get("b").map(|b| &b.data), Some(Data::Null(Type::List(_)))));
    assert_eq!(value.ty(), ty.without_optional());
}

#[test]
fn a_map_becomes_an_object_when_it_has_what_is_required() {
    let map = Value::map(Type::String, BTreeMap::from([("a".into(), Value::from("1"))]));
    let fits = convert(&map, &object(&[("a", Type::Number)], &[("b", Type::list(Type::Bool))])).unwrap();
    assert_eq!(fits.to_json_text().unwrap(), "{\"a\":1,\"b\":null}");
    let missing = convert(&map, &object(&[("b", Type::String)], &[])).unwrap_err();
    assert_eq!(missing.message, "map has no element for required attribute \"b\"");
}

#[test]
fn any_stands_for_one_type_in_a_collection() {
    assert_eq!(shown("[1, \"a\", true]", &Type::list(Type::Any)), "[\"1\",\"a\",\"true\"]");
    assert_eq!(shown("[{\"a\": 1}, {\"a\": \"x\"}]", &Type::list(Type::Any)), "[{\"a\":\"1\"},{\"a\":\"x\"}]");
    assert_eq!(shown("[1, []]", &Type::list(Type::Any)), "all list elements must have the same type");
    assert_eq!(shown("{\"a\": 1, \"b\": {}}", &Type::map(Type::Any)), "all map elements must have the same type");
    let empty = convert(&json("[]"), &Type::list(Type::Any)).unwrap();
    assert_eq!(empty.ty(), Type::list(Type::Any));
}

#[test]
fn nulls_and_unknowns_take_the_type_and_keep_what_is_known() {
    let null = convert(&Value::null(Type::Any), &Type::list(Type::String)).unwrap();
    assert_eq!(null, Value::null(Type::list(Type::String)));
    let tuple = Value::unknown(Type::Tuple(vec![Type::Number, Type::Bool].into())).refine_not_null();
    let list = convert(&tuple, &Type::list(Type::String)).unwrap();
    assert_eq!(list.elements().len(), 2, "a list from a tuple has as many elements");
    let set = convert(&tuple, &Type::set(Type::String)).unwrap();
    assert_eq!(set.refinement().map(|r| (r.min_length, r.max_length)), Some((1, Some(2))));
}

#[test]
fn marks_stay_where_they_are() {
    let list = Value::tuple(vec![Value::from(1).with_marks(Marks::SENSITIVE), Value::from("a")]);
    let converted = convert(&list, &Type::list(Type::String)).unwrap();
    let marks: Vec<Marks> = converted.elements().map(|e| e.marks).collect();
    assert_eq!(marks, [Marks::SENSITIVE, Marks::NONE]);
    assert_eq!(convert(&list, &Type::set(Type::String)).unwrap().marks, Marks::SENSITIVE);
}

#[test]
fn unify_finds_the_most_general_type() {
    let (list, set, map) = (Type::list, Type::set, Type::map);
    let tuple = |ts: &[Type]| Type::Tuple(ts.to_vec().into());
    assert_eq!(unify(&[Type::Number, Type::String]), Some(Type::String));
    assert_eq!(unify(&[Type::Number, Type::Bool]), None);
    assert_eq!(unify(&[list(Type::Number), list(Type::String)]), Some(list(Type::String)));
    assert_eq!(unify(&[tuple(&[Type::Number]), tuple(&[Type::String])]), Some(tuple(&[Type::String])));
    assert_eq!(unify(&[tuple(&[Type::Number]), tuple(&[])]), Some(list(Type::Number)));
    assert_eq!(unify(&[list(Type::Number), tuple(&[Type::String])]), Some(list(Type::String)));
    assert_eq!(unify(&[set(Type::Bool), list(Type::Bool)]), Some(list(Type::Bool)));
    let (a, b) = (Type::object([("a", Type::Number)]), Type::object([("b", Type::String)]));
    assert_eq!(unify(&[a.clone(), b]), Some(map(Type::String)));
    assert_eq!(unify(&[a, map(Type::Bool)]), None);
    assert_eq!(unify(&[Type::Any, Type::String]), Some(Type::String));
    assert_eq!(unify(&[Type::Any, list(Type::String)]), Some(Type::Any));
    assert_eq!(unify(&[]), None);
    assert_eq!(unify_safe(&[Type::String, Type::Number]), Some(Type::String));
}

#[test]
fn what_is_possible_without_risk() {
    assert!(is_possible(&Type::Number, &Type::String, Mode::Safe));
    assert!(!is_possible(&Type::String, &Type::Number, Mode::Safe));
    assert!(is_possible(&Type::String, &Type::Number, Mode::Unsafe));
    assert!(!is_possible(&Type::list(Type::String), &Type::set(Type::String), Mode::Safe));
    assert!(!is_possible(&Type::Number, &Type::Bool, Mode::Unsafe));
}
