use super::*;

fn json(text: &str) -> Value {
    Value::parse_json(text).unwrap_or_else(|e| panic!("{text}: {e}"))
}

fn unknown_string() -> Value {
    Value::unknown(Type::String)
}

#[test]
fn strings_are_in_normal_form_c() {
    assert_eq!(Value::from("e\u{301}").as_str(), Some("é"));
    let map = Value::map(Type::Any, BTreeMap::from([("e\u{301}".into(), Value::from(1))]));
    assert!(map.get("é").is_some());
}

#[test]
fn collections_give_untyped_elements_their_type() {
    let list = Value::list(Type::Any, vec![Value::null(Type::Any), Value::from("a")]);
    assert_eq!(list.ty(), Type::list(Type::String));
    assert_eq!(list.elements().next(), Some(&Value::null(Type::String)));
}

#[test]
fn sets_are_sorted_and_distinct() {
    let numbers = ["10", "9", "1e1", "-1"].map(|n| Value::number(Number::parse(n).unwrap())).to_vec();
    assert_eq!(Value::set(Type::Number, numbers).to_json_text().unwrap(), "[-1,9,10]");
    let mixed = vec![Value::null(Type::String), Value::from("b"), unknown_string(), Value::from("a"), Value::from("b")];
    let set = Value::set(Type::String, mixed);
    let shown: Vec<String> = set.elements().map(display::value).collect();
    assert_eq!(shown, ["\"a\"", "\"b\"", "(known after apply)", "tostring(null)"]);
    let tuples = ["[10]", "[9]", "[1.5]"].map(json).to_vec();
    assert_eq!(Value::set(Type::Any, tuples).to_json_text().unwrap(), "[[1.5],[10],[9]]");
}

#[test]
fn unknown_elements_of_a_set_are_not_taken_for_the_same() {
    let set = Value::set(Type::String, vec![unknown_string(), unknown_string()]);
    assert_eq!(set.elements().len(), 2);
    assert!(!set.length().is_known());
    assert_eq!(Value::set(Type::String, vec![unknown_string()]).length(), Value::number(1usize.into()));
}

#[test]
fn marks_of_elements_are_hoisted_to_a_set_only() {
    let secret = || Value::from("s").with_marks(Marks::SENSITIVE);
    let set = Value::set(Type::String, vec![secret(), Value::from("a")]);
    assert_eq!(set.marks, Marks::SENSITIVE);
    assert!(set.elements().all(|e| !e.has_marks()));
    let list = Value::list(Type::String, vec![secret(), Value::from("a")]);
    assert!(!list.has_marks() && list.contains_marks());
    let (bare, marks) = list.unmark_deep();
    assert_eq!((bare.contains_marks(), marks), (false, Marks::SENSITIVE));
}

#[test]
fn equality_waits_for_what_decides_it() {
    let answer = |a: &Value, b: &Value| a.equals(b).as_bool();
    assert_eq!(answer(&Value::null(Type::Bool), &Value::null(Type::String)), Some(true));
    assert_eq!(answer(&Value::from(1), &Value::from("1")), Some(false));
    assert_eq!(answer(&unknown_string(), &Value::from("a")), None);
    assert_eq!(answer(&unknown_string(), &Value::from(1)), Some(false));
    assert_eq!(answer(&unknown_string(), &Value::null(Type::Any)), None);
    assert_eq!(answer(&unknown_string().refine_not_null(), &Value::null(Type::Any)), Some(false));
    assert_eq!(answer(&unknown_string().refine_prefix("abc-"), &Value::from("x")), Some(false));
    let (a, b) = (Value::tuple(vec![unknown_string(), Value::from(1)]), json("[\"x\", 2]"));
    assert_eq!(answer(&a, &b), None, "the first pair is unknown");
    let marked = Value::from(1).with_marks(Marks::EPHEMERAL);
    assert_eq!(marked.equals(&Value::from(1)), Value::bool(true).with_marks(Marks::EPHEMERAL));
}

#[test]
fn bounds_decide_comparisons_of_unknown_numbers() {
    let length = Value::unknown(Type::list(Type::String)).length();
    assert_eq!(length.less_than(&Value::from(-1)).as_bool(), Some(false));
    assert_eq!(length.greater_than(&Value::from(-1)).as_bool(), Some(true));
    assert_eq!(length.greater_than_or_equal(&Value::from(0)).as_bool(), None);
    let more = length.add(&Value::from(5)).unwrap();
    assert_eq!(more.less_than(&Value::from(4)).as_bool(), Some(false));
    assert_eq!(Value::bool(false).and(&Value::unknown(Type::Bool)).as_bool(), Some(false));
    assert_eq!(Value::bool(true).or(&Value::unknown(Type::Bool)).as_bool(), Some(true));
}

#[test]
fn one_possibility_left_is_the_value() {
    let list = Value::unknown(Type::list(Type::Bool)).refine_not_null().refine_length(2, Some(2));
    assert_eq!(list.elements().len(), 2);
    let number = Value::unknown(Type::Number)
        .refine_not_null()
        .refine_lower(Bound::inclusive(3i64.into()))
        .refine_upper(Bound::inclusive(3i64.into()));
    assert_eq!(number, Value::from(3));
    // What might be null is not settled by its bounds.
    assert!(!Value::unknown(Type::list(Type::Bool)).refine_length(0, Some(0)).is_known());
}

#[test]
fn a_known_start_stops_before_what_could_still_change() {
    let prefix = |text: &str| unknown_string().refine_prefix(text).refinement().map(|r| r.prefix.to_string());
    assert_eq!(prefix("abc-").as_deref(), Some("abc-"));
    assert_eq!(prefix("abc").as_deref(), Some("ab"), "an accent may join the c");
    assert_eq!(prefix("e"), None);
}

#[test]
fn json_keeps_numbers_of_any_size() {
    let text = "[123456789012345678901234567890,0.1,1e400,-0.5]";
    let value = json(text);
    let written = value.to_json_text().unwrap();
    assert!(written.starts_with("[123456789012345678901234567890,0.1,1000"), "{written}");
    assert_eq!(json(&written), value);
    // As data, what JSON numbers cannot hold is text, which a type turns back.
    let data = value.to_json().unwrap();
    assert_eq!(data[0], serde_json::json!("123456789012345678901234567890"));
    assert_eq!(data[1], serde_json::json!(0.1));
    assert_eq!(Value::from_json_typed(&data, &value.ty()).unwrap(), value);
}

#[test]
fn json_escapes_what_html_would_read() {
    assert_eq!(Value::from("<&>\u{2028}\u{1}\n").to_json_text().unwrap(), "\"\\u003c\\u0026\\u003e\\u2028\\u0001\\n\"");
}

#[test]
fn json_is_refused_with_a_reason() {
    for text in ["", "{", "[1,]", "01", "{\"a\":\"x\",\"a\":1}", "1 2", "\"\u{1}\""] {
        assert!(Value::parse_json(text).is_err(), "{text}");
    }
    assert_eq!(json("{\"a\":1,\"a\":2}").to_json_text().unwrap(), "{\"a\":2}");
    let deep = "[".repeat(3000) + &"]".repeat(3000);
    assert!(Value::parse_json(&deep).unwrap_err().message.contains("nested"));
    let unknown = Value::tuple(vec![unknown_string()]);
    assert_eq!(unknown.to_json_text().unwrap_err().to_string(), "[0]: value is not known");
    assert!(Value::number(Number::infinity(false)).to_json().is_err());
}

#[test]
fn surrogates_without_a_partner_stand_for_nothing() {
    assert_eq!(json(r#""\ud83d\ude00 \ud800 \\ud800 \udc00x""#).as_str(), Some("😀 \u{fffd} \\ud800 \u{fffd}x"));
}

#[test]
fn display_is_what_the_console_prints() {
    let value = json("{\"a\": [1, null, \"x\\ny\"], \"b c\": {}}");
    let expected = "{\n  \"a\" = [\n    1,\n    null,\n    <<-EOT\n    x\n    y\n    EOT,\n  ]\n  \"b c\" = {}\n}";
    assert_eq!(display::value(&value), expected);
    assert_eq!(display::value(&Value::list(Type::String, Vec::new())), "tolist([])");
    assert_eq!(display::value(&Value::null(Type::map(Type::Bool))), "tomap(null) /* of bool */");
    assert_eq!(display::value(&Value::from("s").with_marks(Marks::SENSITIVE)), "(sensitive value)");
    assert_eq!(display::value(&Value::from("s").with_marks(Marks::EPHEMERAL)), "(ephemeral value)");
    assert_eq!(display::value(&Value::from("a\u{0}\u{200b}é")), "\"a\\x00\\u200bé\"");
}

#[test]
fn types_are_written_as_type_writes_them() {
    let ty = Type::list(Type::object([("a", Type::set(Type::Number)), ("b", Type::Tuple(vec![Type::Any].into()))]));
    let expected = "list(\n    object({\n        a: set(number),\n        b: tuple([\n            dynamic,\n        ]),\n    }),\n)";
    assert_eq!(ty.to_string(), expected);
    assert_eq!(Type::list(Type::Any).friendly_name_for_constraint(), "list of any single type");
}

#[test]
fn cloning_does_not_copy_the_content() {
    let list = Value::list(Type::Number, (0..10_000i64).map(Value::from).collect());
    let (Data::List(_, a), Data::List(_, b)) = (&list.data, &list.clone().data) else { panic!("lists") };
    assert!(std::ptr::eq(&**a, &**b));
}

/// The laws a value keeps whatever it holds.
mod laws {
    use super::*;
    use proptest::prelude::*;

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<bool>().prop_map(Value::bool),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_filter_map("more digits than are written", |f| Number::from_f64(f)
                .filter(|_| f.abs() < 9e15)
                .map(Value::number)),
            "\\PC{0,6}".prop_map(Value::from),
            Just(Value::null(Type::Any)),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::tuple),
                prop::collection::btree_map("[a-d]", inner, 0..4)
                    .prop_map(|m| Value::object(m.into_iter().map(|(k, v)| (k.into(), v)).collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn json_text_reads_back(v in value()) {
            let again = Value::parse_json(&v.to_json_text().unwrap()).unwrap();
            prop_assert_eq!(again.equals(&v).as_bool(), Some(true));
        }

        #[test]
        fn json_data_reads_back_with_the_type(v in value()) {
            let again = Value::from_json_typed(&v.to_json().unwrap(), &v.ty()).unwrap();
            prop_assert_eq!(again.equals(&v).as_bool(), Some(true));
        }

        #[test]
        fn a_set_does_not_depend_on_the_order_given(vs in prop::collection::vec(value(), 0..6)) {
            let wrap = |v: &Value| Value::from(v.to_json_text().unwrap());
            let there = Value::set(Type::String, vs.iter().map(wrap).collect());
            let back = Value::set(Type::String, vs.iter().rev().map(wrap).collect());
            prop_assert_eq!(there, back);
        }

        #[test]
        fn marks_come_back(v in value()) {
            let marked = Value::tuple(vec![v.clone().with_marks(Marks::SENSITIVE)]);
            let (bare, marks) = marked.unmark_deep();
            prop_assert_eq!(marks, Marks::SENSITIVE);
            prop_assert_eq!(bare, Value::tuple(vec![v]));
        }

        #[test]
        fn any_text_is_answered_by_the_json_reader(text in "[\\[\\]{}:,\"\\\\u0-9a-f. -]{0,20}") {
            let _ = Value::parse_json(&text);
        }
    }
}
