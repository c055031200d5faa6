use super::*;

#[track_caller]
fn check(text: &str, expected: &[(&str, &str)]) {
    let expected: Vec<_> = expected.iter().map(|(s, t)| (String::from(*s), String::from(*t))).collect();
    assert_eq!(findings(text), expected, "{text}");
}

#[test]
fn several_independent_mistakes_are_all_told() {
    let text = "service \"a\" {\n  name = \n  tags = { a = 1 b = 2 }\n  size = foo(1, 2\n  zone = 'x'\n}\n\nlocals {\n  a = 1 b = 2\n  c\n  d = [1, 2\n}\n\nservice \"b\"\n{\n}\n\noutput x = 1\n";
    check(
        text,
        &[
            ("Invalid expression", "\n"),
            ("Missing attribute separator", "b"),
            ("Missing argument separator", "zone"),
            ("Invalid character", "'x'"),
            ("Missing newline after argument", "b"),
            ("Argument or block definition required", "c"),
            ("Missing item separator", "}"),
            ("Invalid block definition", "\n"),
            ("Invalid block definition", "="),
        ],
    );
}

#[test]
fn what_is_sound_stays_in_the_tree() {
    let (body, _) = parse_file(FILE, "a = 1\nb = = 2\nservice \"x\" {\n  c = 3\n  d = (\n  e = 5\n}\nf = 6\n");
    let names: Vec<_> = body.attributes().map(|a| &*a.name.text).collect();
    assert_eq!(names, ["a", "b", "f"]);
    assert_eq!(body.attribute("b").map(|a| &a.expr.kind), Some(&ExprKind::Invalid));
    let block = body.blocks().next().expect("the block is kept");
    let names: Vec<_> = block.body.attributes().map(|a| &*a.name.text).collect();
    assert_eq!(names, ["c", "d", "e"]);
}

#[test]
fn blocks() {
    check("a {\n", &[("Unclosed configuration block", "{")]);
    check("a {\n  b {\n}\n", &[("Unclosed configuration block", "{")]);
    check("a { b = 1 }\nc {}\nd \"e\" f {\n}\n", &[]);
    check("a { b = 1, c = 2 }\nd = 1\n", &[("Invalid single-argument block definition", ",")]);
    check("a { b = 1\n}\n", &[("Invalid single-argument block definition", "\n")]);
    check("a { b {} }\n", &[("Argument definition required", "b")]);
    check("a {} b {}\n", &[("Missing newline after block definition", "b")]);
    check("a \"${b}\" {\n}\nc = 1\n", &[("Invalid string literal", "${")]);
    check("\"a\" = 1\n", &[("Invalid argument name", "\"")]);
    check("a = 1,\nb = 2\n", &[("Unexpected comma after argument", ",")]);
    check("}\na = 1\n", &[("Argument or block definition required", "}")]);
    check("a = 1\na = 2\n", &[("Attribute redefined", "a")]);
    check("a {\n  b = 1 }\nc = 1\n", &[("Missing newline after argument", "}")]);
}

#[test]
fn a_forgotten_quote_costs_its_line_only() {
    check("a = \"x\nb = \"y\"\nc = 'z'\n", &[("Invalid multi-line string", "\"x"), ("Invalid character", "'z'")]);
    check(
        "a = \"x ${f(\"y\")\"\nb = 1 2\n",
        &[("Unclosed template interpolation sequence", "${"), ("Missing newline after argument", "2")],
    );
    check(
        "service \"x {\n  a = 1\n}\n",
        &[("Invalid multi-line string", "\"x {"), ("Argument or block definition required", "}")],
    );
}

#[test]
fn characters_that_mean_nothing() {
    check("a = “b”\n", &[("Invalid character", "“b”")]);
    check("a = 1;\n", &[("Invalid character", ";")]);
    check("a = 1 | 2\n", &[("Unsupported operator", "|")]);
    check("a = @@@\n", &[("Invalid character", "@")]);
    check("a = 1 /* b\n", &[("Invalid expression", "/* b\n")]);
    check("a\u{a0}= 1\n", &[("Invalid character", "\u{a0}")]);
}

#[test]
fn every_finding_says_what_to_do() {
    let broken =
        ["a = 'x'", "a", "a {", "a = [1 2]", "a = \"${\"", "a = \"\\q\"", "1", "a b", "a = x.", "a = <<E\nx\n"];
    for text in broken {
        let (_, diagnostics) = parse_file(FILE, text);
        assert!(diagnostics.has_errors(), "{text}");
        for found in diagnostics.iter() {
            assert!(found.help.is_some() && !found.detail.is_empty() && found.span().is_some(), "{text}: {found:?}");
        }
    }
}

#[test]
fn layout_of_lines_does_not_matter() {
    for text in
        ["\u{feff}a = 1\n", "a = 1\r\nb = 2\r\n", "a = 1", "", "\n\n", "# c", "a = 1 // c", "/* c */ a = 1 # d\n"]
    {
        check(text, &[]);
    }
}
