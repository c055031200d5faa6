use super::shape::parts;
use super::*;

#[track_caller]
fn check(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(read(text), *expected, "{text}");
    }
}

#[test]
fn quoted_strings_and_their_escapes() {
    check(&[
        (r#""""#, "<>"),
        (r#""a\n\r\t\"\\b""#, r#"<"a\n\r\t\"\\b">"#),
        (r#""\u00e9\U0001F600""#, "<\"é😀\">"),
        (r#""$${a} %%{b} $ $$ % $x""#, r#"<"${a} %{b} $ $$ % $x">"#),
        (r#""$$${a}""#, r#"<"$${a}">"#),
        (r#""${a}""#, "<${a}>"),
        (r#""x${a}y${"${b}"}""#, "<\"x\" ${a} \"y\" ${<${b}>}>"),
        (r#""${ {a = "}"} }""#, "<${{a=<\"}\">}}>"),
        (r#""\q""#, "! Invalid escape sequence"),
        (r#""\u12""#, "! Invalid escape sequence"),
        (r#""\ud800""#, "! Invalid escape sequence"),
        (r#""\${a}""#, "! Invalid escape sequence"),
    ]);
}

#[test]
fn trimming_takes_the_space_of_the_neighbouring_literal() {
    check(&[
        (r#""a  ${~ b ~}  c""#, "<\"a\" ${b} \"c\">"),
        (r#""  ${~ b}""#, "<\"\" ${b}>"),
        (r#""${~ b ~}""#, "<${b}>"),
        ("<<E\na\n${~ b ~}\n\nc\nE\n", "heredoc<\"a\" ${b} \"\\nc\\n\">"),
        ("<<E\na \n%{~ if b ~}\n  c \n%{~ endif ~}\n  d\nE\n", "heredoc<\"a\" if b <\"  c\"> else <> \"  d\\n\">"),
    ]);
}

#[test]
fn directives() {
    check(&[
        (r#""%{ if a }b%{ else }c%{ endif }""#, "<if a <\"b\"> else <\"c\">>"),
        (r#""%{ if a }b%{ endif }""#, "<if a <\"b\"> else <>>"),
        (r#""%{ for k, v in a }${k}%{ endfor }""#, "<for k, v in a <${k}>>"),
        (r#""%{ for v in a }%{ if v }x%{ endif }%{ endfor }y""#, "<for v in a <if v <\"x\"> else <>> \"y\">"),
        (r#""%{ if a }b""#, "! Unexpected end of template"),
        (r#""%{ endif }""#, "! Unexpected endif directive"),
        (r#""%{ for x in a }%{ endif }""#, "! Unexpected endif directive"),
        (r#""%{ if a }%{ else }%{ else }%{ endif }""#, "! Unexpected else directive"),
        (r#""%{ if a }%{ else if b }%{ endif }""#, "! Extra characters in else marker"),
        (r#""%{ elseif }""#, "! Invalid template control keyword"),
        (r#""%{}""#, "! Invalid template directive"),
        (r#""%{ for x }%{ endfor }""#, "! Invalid 'for' directive"),
        (r#""${a b}""#, "! Extra characters after interpolation expression"),
        (r#""${a"#, "! Unclosed template interpolation sequence"),
        (r#""a${1}"#, "! Unterminated template string"),
    ]);
}

#[test]
fn heredocs() {
    check(&[
        ("<<E\na\n  b\nE\n", "heredoc<\"a\\n  b\\n\">"),
        ("<<E\na\n  E  \n", "heredoc<\"a\\n\">"),
        ("<<E\nE\n", "heredoc<>"),
        ("<<E\na\nE", "heredoc<\"a\\n\">"),
        ("<<E\r\na\r\nE\r\n", "heredoc<\"a\\r\\n\">"),
        ("<<E\nEE\n E x\nE\n", "heredoc<\"EE\\n E x\\n\">"),
        ("<<E\n\\n $${x} $x\nE\n", "heredoc<\"\\\\n ${x} $x\\n\">"),
        ("<<-E\n    a\n  b\n      c\n    E\n", "heredoc<\"  a\\nb\\n    c\\n\">"),
        ("<<-E\n      \n  a\n  E\n", "heredoc<\"      \\na\\n\">"),
        ("<<-E\n  ${a}\n    b\n  E\n", "heredoc<\"\" ${a} \"\\n  b\\n\">"),
        ("<<-E\n${a}\n    b\n  E\n", "heredoc<${a} \"\\n    b\\n\">"),
        ("<<-E\n\tt\n    s\n  E\n", "heredoc<\"t\\n   s\\n\">"),
        (
            "<<-E\n  %{ for x in y ~}\n  - ${x}\n  %{ endfor ~}\n  E\n",
            "heredoc<\"\" for x in y <\"  - \" ${x} \"\\n\"> \"\">",
        ),
        ("<<E\nouter ${<<I\ninner\nI\n} end\nE\n", "heredoc<\"outer \" ${heredoc<\"inner\\n\">} \" end\\n\">"),
        ("[<<A\na\nA\n, <<B\nb\nB\n]", "[heredoc<\"a\\n\">, heredoc<\"b\\n\">]"),
        ("<<E\na\n", "! Unterminated template string"),
        ("<<E", "! Invalid expression"),
        ("<<\"E\"\nE\n", "! Invalid expression"),
    ]);
}

#[test]
fn template_files_are_read_as_the_inside_of_a_heredoc() {
    let (template, diagnostics) = parse_template(FILE, "a \"${b}\" \\n\n%{ for x in y ~}\n${x}\n%{ endfor ~}\n$");
    assert!(diagnostics.is_empty());
    assert_eq!(parts(&template.parts), "<\"a \\\"\" ${b} \"\\\" \\\\n\\n\" for x in y <\"\" ${x} \"\\n\"> \"$\">");
    assert_eq!(parse_template(FILE, "").0.parts, []);
    assert_eq!(parse_template(FILE, "${a").1.iter().next().map(|d| d.code.0), Some("HW0141"));
}
