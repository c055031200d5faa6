use super::*;

#[track_caller]
fn check(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(read(text), *expected, "{text}");
    }
}

#[test]
fn operators_bind_as_in_terraform() {
    check(&[
        ("1 + 2 * 3", "(1 Add (2 Multiply 3))"),
        ("1 - 2 - 3", "((1 Subtract 2) Subtract 3)"),
        ("-a.b + 1", "((Negate a.b) Add 1)"),
        ("!a && b || c", "(((Not a) And b) Or c)"),
        ("a || b && c", "(a Or (b And c))"),
        ("a == b != c", "((a Equal b) NotEqual c)"),
        ("a < b == c > d", "((a Less b) Equal (c Greater d))"),
        ("a ? b : c ? d : e", "(a ? b : (c ? d : e))"),
        ("a ? b ? c : d : e", "(a ? (b ? c : d) : e)"),
        ("a == 1 ? x : y", "((a Equal 1) ? x : y)"),
        ("(1 + 2) % 3", "(((1 Add 2)) Modulo 3)"),
        ("- -1", "(Negate (Negate 1))"),
    ]);
}

#[test]
fn literals_keep_their_text() {
    check(&[
        ("1.50", "1.50"),
        ("1e3", "1e3"),
        ("1.5E-10", "1.5E-10"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("true", "true"),
        ("null", "null"),
        ("1..2", "! Invalid number literal"),
        ("1e5e5", "! Invalid number literal"),
        ("1e+", "! Extra characters after expression"),
        ("1_000", "! Extra characters after expression"),
    ]);
}

#[test]
fn names_may_hold_dashes_and_letters_of_any_script() {
    check(&[("a-b", "a-b"), ("größe.été", "größe.été"), ("_x1", "_x1"), ("a - b", "(a Subtract b)")]);
}

#[test]
fn traversals_indexes_and_splats() {
    check(&[
        ("a.b[0].c[\"d\"]", "a.b[0].c[<\"d\">]"),
        ("a.0.b", "a[0].b"),
        ("a.0.1", "! Invalid legacy index syntax"),
        ("a[*].b[0].c", "<a[*] _.b[0].c>"),
        ("a.*.b.0", "<a.* _.b[0]>"),
        ("a.*.b[0]", "<a.* _.b>[0]"),
        ("a[*].b[*].c", "<a[*] <_.b[*] _.c>>"),
        ("a.*.b.*.c", "! Nested splat expression not allowed"),
        ("a.*.b[*].c", "<<a.* _.b>[*] _.c>"),
        ("f(x).y", "f(x).y"),
        ("[1][0]", "[1][0]"),
        ("a[", "! Missing expression"),
        ("a[0,1]", "! Missing close bracket on index"),
        ("a[*.b]", "! Missing close bracket on splat index"),
        ("a.", "! Invalid attribute name"),
    ]);
}

#[test]
fn calls() {
    check(&[
        ("f()", "f()"),
        ("f(1, 2,)", "f(1, 2)"),
        ("f(a...)", "f(a...)"),
        ("f(1,\n 2\n)", "f(1, 2)"),
        ("provider::terraform::x(1)", "provider::terraform::x(1)"),
        ("a::b", "! Missing open parenthesis"),
        ("a::(1)", "! Missing function name"),
        ("f(a..., b)", "! Missing closing parenthesis"),
        ("f(1 2)", "! Missing argument separator"),
        ("f(1", "! Unterminated function call"),
    ]);
}

#[test]
fn objects_take_bare_names_strings_and_expressions_as_keys() {
    check(&[
        ("{}", "{}"),
        ("{a = 1, b : 2}", "{a=1, b=2}"),
        ("{\n  a = 1 # one\n\n  b = 2,\n  c = 3\n}", "{a=1, b=2, c=3}"),
        ("{\"a\" = 1, (b) = 2, c.d = 3, 4 = 5, true = 6}", "{<<\"a\">>=1, <(b)>=2, <c.d>=3, <4>=5, true=6}"),
        ("{a}", "! Missing key/value separator"),
        ("{\n  a\n}", "! Missing attribute value"),
        ("{a = 1 b = 2}", "! Missing attribute separator"),
        ("{a = 1", "! Unterminated object constructor expression"),
        ("{\n  a = 1 +\n  2\n}", "! Invalid expression"),
        ("{\n  a = (1 +\n  2)\n}", "{a=((1 Add 2))}"),
    ]);
}

#[test]
fn for_expressions() {
    check(&[
        ("[for x in y : x]", "for x in y : x"),
        ("[for k, v in y : v if k != \"\"]", "for k, v in y : v if (k NotEqual <>)"),
        ("{for k, v in y : k => v...}", "for k, v in y : k => v..."),
        ("{\n  for k, v in {\n    a = 1\n  } :\n  k => v\n}", "for k, v in {a=1} : k => v"),
        ("[for]", "! Invalid 'for' expression"),
        ("[for x in y : k => v]", "! Invalid 'for' expression"),
        ("{for x in y : x}", "! Invalid 'for' expression"),
        ("[for x in y : x...]", "! Invalid 'for' expression"),
        ("[for x in y x]", "! Invalid 'for' expression"),
    ]);
}

#[test]
fn what_ends_a_value_depends_on_where_it_stands() {
    assert_eq!(read("a\n? b\n: c"), "(a ? b : c)");
    let (_, diagnostics) = parse_argument(FILE, "a\n? b\n: c");
    let summaries: Vec<_> = diagnostics.iter().map(|d| d.summary.as_str()).collect();
    assert_eq!(summaries, ["Argument or block definition required"]);
    assert!(parse_argument(FILE, "(a\n? b\n: c)\n").1.is_empty());
}
