use proptest::prelude::{ProptestConfig, Strategy, prop, prop_assert_eq, proptest};

use super::*;

fn decoded(text: &str) -> String {
    decode::decode(text).map_or_else(|why| format!("! {why}"), |v| v.to_json_text().unwrap_or_default())
}

#[test]
fn a_block_of_text_may_just_stop() {
    for (text, expected) in [
        ("a: |\n  x\n  y", r#"{"a":"x\ny"}"#),
        ("a: |\n  x\n  y\n", r#"{"a":"x\ny\n"}"#),
        ("a: >\n  x\n  y\n\n  z", r#"{"a":"x y\nz"}"#),
        ("a: |2\n   x", r#"{"a":" x"}"#),
        ("a: |-\n  x", r#"{"a":"x"}"#),
        ("a: |+\n  x", r#"{"a":"x"}"#),
        ("a: |+\n  x\n  ", r#"{"a":"x\n"}"#),
        ("a: |\n  x\n  ", r#"{"a":"x\n"}"#),
        ("a: |\n  x\n    ", r#"{"a":"x\n  "}"#),
        ("a: |\n  x\n# c", r#"{"a":"x\n"}"#),
        ("a: |\n  x\nb: 1", r#"{"a":"x\n","b":1}"#),
        ("a: |\r\n  x\r\n  y", r#"{"a":"x\ny"}"#),
        ("- |\n x", r#"["x"]"#),
        ("--- |\n x", r#""x""#),
        ("\u{feff}a: |\n  x", r#"{"a":"x"}"#),
        ("\u{fb01}: |\n  x", "{\"\u{fb01}\":\"x\"}"),
        ("a: '|'", r#"{"a":"|"}"#),
        ("a: b|", r#"{"a":"b|"}"#),
    ] {
        assert_eq!(decoded(text), expected, "{text:?}");
    }
}

#[test]
fn only_one_version_is_read() {
    assert_eq!(decoded("%YAML 1.1\n---\na"), "\"a\"");
    assert_eq!(decoded("%YAML 1.2\n---\na"), "! found incompatible YAML document");
}

fn nearly_yaml() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "a",
        "b",
        ": ",
        ":",
        "- ",
        "-",
        "\n",
        "\n  ",
        "\n    ",
        "\r\n",
        " ",
        "|",
        ">",
        "|-",
        "|+",
        "|2",
        ">9",
        "'",
        "\"",
        "[",
        "]",
        "{",
        "}",
        ", ",
        "? ",
        "&x ",
        "*x",
        "!!str ",
        "!",
        "!<",
        "%YAML 1.1\n",
        "---",
        "...",
        "#",
        "\t",
        "\\",
        "\\x4",
        "\\u12",
        "<<",
        "~",
        "1",
        ".inf",
        "2001-01-01",
        "0x",
        "é",
        "\u{feff}",
        "\u{85}",
        "\u{2028}",
        "\u{fb01}",
        "\u{0}",
        "@",
        "`",
        "=",
    ]);
    prop::collection::vec(words, 0..24).prop_map(|words| words.concat())
}

#[test]
fn a_tag_before_a_comma_is_an_error() {
    for text in ["[!, ", "[!, ]", "[!!str, a]", "{a: !x, b: 1}", "[!<tag:a,2000:b>, ]"] {
        assert!(decode::decode(text).is_err(), "{text}");
    }
    assert!(decode::decode("a: '!x, y'").is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1024) })]

    #[test]
    fn no_text_panics(text in nearly_yaml()) {
        let _ = decode::decode(&text);
    }

    #[test]
    fn what_is_written_is_read_again(text in proptest::arbitrary::any::<String>()) {
        let value = Value::tuple(vec![Value::from(text.as_str())]);
        if let Ok(written) = encode::encode(&value) {
            prop_assert_eq!(decode::decode(&written), Ok(value), "{}", written);
        }
    }
}
