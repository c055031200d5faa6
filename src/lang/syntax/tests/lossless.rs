use proptest::prelude::*;

use super::*;

fn joined(text: &str, tokens: &[Token]) -> String {
    tokens.iter().map(|t| t.text(text)).collect()
}

/// Texts made of what the language is made of, so that most of them are nearly right.
fn nearly_right() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "a",
        "service",
        "\"x\"",
        "\"",
        "{",
        "}",
        "{\n",
        "}\n",
        "[",
        "]",
        "(",
        ")",
        " = ",
        "=",
        "\n",
        "\r\n",
        ", ",
        ":",
        "?",
        ".",
        "...",
        "::",
        "*",
        "[*]",
        "+",
        "-",
        "!",
        "&&",
        "==",
        "=>",
        "${",
        "~}",
        "%{",
        "%{ if x }",
        "%{ endif }",
        "%{~ for x in y ~}",
        "%{ endfor }",
        "$${",
        "<<EOT\n",
        "<<-EOT\n",
        "EOT\n",
        "  EOT",
        "for x in y : x",
        "# c\n",
        "// c",
        "/* c */",
        "/*",
        "1",
        "1.5",
        "1e",
        "\\n",
        "\\u12",
        "\\",
        "'",
        "`",
        ";",
        "|",
        "é",
        "\u{feff}",
        "\u{a0}",
        "\t",
        " ",
        "true",
        "null",
        "in",
        "if",
    ]);
    prop::collection::vec(words, 0..40).prop_map(|words| words.concat())
}

fn hold(text: &str) -> Result<(), TestCaseError> {
    for tokens in [lex(text), lex_template(text)] {
        prop_assert_eq!(joined(text, &tokens), text);
        prop_assert!(tokens.windows(2).all(|w| matches!(w, [a, b] if a.end == b.start)));
    }
    let (_, found) = parse_file(FILE, text);
    for span in found.iter().flat_map(|d| &d.labels).map(|l| l.span) {
        prop_assert!(text.get(span.start as usize..span.end as usize).is_some(), "a label outside of the text");
    }
    parse_expression(FILE, text);
    parse_argument(FILE, text);
    parse_template(FILE, text);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn nothing_is_lost_and_nothing_panics(text in any::<String>()) {
        hold(&text)?;
    }

    #[test]
    fn nearly_right_texts_neither(text in nearly_right()) {
        hold(&text)?;
    }
}
