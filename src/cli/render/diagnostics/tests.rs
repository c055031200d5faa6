use std::fmt::Write as _;

use insta::assert_snapshot;
use proptest::prelude::*;

use super::*;
use crate::address::{Address, InstanceKey};
use crate::diag::{Code, FileId, Span};

const PLAIN: Look = Look { width: 80, color: false, unicode: true };
const ASCII: Look = Look { unicode: false, ..PLAIN };

/// A diagnostic that labels `words` of one file.
fn labelled(text: &str, words: &[(&str, &str)]) -> (Diagnostic, Sources) {
    let mut sources = Sources::default();
    let file = sources.add("main.hcl", text);
    let mut diagnostic = Diagnostic::error(Code("HW0301"), "Wrong type");
    for (word, label) in words {
        let start = text.find(word).expect("the word is in the text");
        diagnostic = diagnostic.with_label(Span::new(file, start, start + word.len()), *label);
    }
    (diagnostic, sources)
}

fn show(text: &str, words: &[(&str, &str)], look: Look) -> String {
    let (diagnostic, sources) = labelled(text, words);
    super::text(diagnostic.into(), &sources, look)
}

const SERVICE: &str = "service \"main\" {\n  name   = \"x\"\n  region = 7\n}\n";

fn full() -> (Diagnostics, Sources) {
    let (error, sources) = labelled(SERVICE, &[("7", "this is a number"), ("region", "wants text")]);
    let address = Address::root("service", "main").with_key(Some(InstanceKey::Name("a".into())));
    let error = error
        .with_detail("The attribute `region` is a text. A number stands there, which is no region, and it cannot be turned into one.")
        .with_help("Write a region such as \"us-east-1\"; see `housewright kinds show service --attribute=region` for all.")
        .with_address(address);
    let warning =
        Diagnostic::warning(Code("HW0201"), "An unused variable").with_label(Span::new(FileId(0), 19, 23), "");
    let note = Diagnostic::new(Severity::Note, Code("HW0601"), "The list keeps a foreign entry");
    let mut all = Diagnostics::from(note);
    all.extend([warning, error]);
    (all, sources)
}

#[test]
fn everything_is_shown_in_order() {
    let (diagnostics, sources) = full();
    assert_snapshot!(text(diagnostics, &sources, PLAIN), @r#"
    error HW0301

      × Wrong type
      │ The attribute `region` is a text. A number stands there, which is no
      │ region, and it cannot be turned into one.
      │ at service.main["a"]
       ╭─[main.hcl:3:12]
     3 │   region = 7
       ·   ───┬──   ┬
       ·      │     ╰── this is a number
       ·      ╰── wants text
       ╰────
      help: Write a region such as "us-east-1"; see `housewright kinds show
            service --attribute=region` for all.

    warning HW0201

      ⚠ An unused variable
       ╭─[main.hcl:2:3]
     2 │   name   = "x"
       ·   ────
       ╰────

    note HW0601

      ☞ The list keeps a foreign entry

    1 error, 1 warning, 1 note
    "#);
}

#[test]
fn ascii_is_enough() {
    let (diagnostics, sources) = full();
    let shown = text(diagnostics, &sources, ASCII);
    assert!(shown.is_ascii());
    assert_snapshot!(shown, @r#"
    error HW0301

      x Wrong type
      | The attribute `region` is a text. A number stands there, which is no
      | region, and it cannot be turned into one.
      | at service.main["a"]
       ,-[main.hcl:3:12]
     3 |   region = 7
       :   ^^^|^^   |
       :      |     `-- this is a number
       :      `-- wants text
       `----
      help: Write a region such as "us-east-1"; see `housewright kinds show
            service --attribute=region` for all.

    warning HW0201

      ! An unused variable
       ,-[main.hcl:2:3]
     2 |   name   = "x"
       :   ^^^^
       `----

    note HW0601

      > The list keeps a foreign entry

    1 error, 1 warning, 1 note
    "#);
}

#[test]
fn color_adds_nothing_but_color() {
    let (diagnostics, sources) = full();
    let colored = text(diagnostics.clone(), &sources, Look { color: true, ..PLAIN });
    assert!(colored.contains("\u{1b}[31merror HW0301\u{1b}[0m"), "{colored:?}");
    let parts = colored.split('\u{1b}').enumerate();
    let plain: String =
        parts.map(|(i, p)| if i == 0 { p } else { p.split_once('m').map_or(p, |(_, rest)| rest) }).collect();
    let plain: String = plain.lines().flat_map(|l| [l.trim_end(), "\n"]).collect();
    assert_eq!(plain, text(diagnostics, &sources, PLAIN));
}

#[test]
fn narrow_terminals_are_no_problem() {
    let (diagnostics, sources) = full();
    assert_snapshot!(text(diagnostics, &sources, Look { width: 0, ..PLAIN }), @r#"
    error HW0301

      × Wrong type
      │ The attribute `region` is a text.
      │ A number stands there, which is no
      │ region, and it cannot be turned
      │ into one.
      │ at service.main["a"]
       ╭─[main.hcl:3:12]
     3 │   region = 7
       ·   ───┬──   ┬
       ·      │     ╰── this is a number
       ·      ╰── wants text
       ╰────
      help: Write a region such as
            "us-east-1"; see `housewright
            kinds show service
            --attribute=region` for all.

    warning HW0201

      ⚠ An unused variable
       ╭─[main.hcl:2:3]
     2 │   name   = "x"
       ·   ────
       ╰────

    note HW0601

      ☞ The list keeps a foreign entry

    1 error, 1 warning, 1 note
    "#);
}

#[test]
fn nothing_is_said_about_nothing() {
    assert_eq!(text(Diagnostics::new(), &Sources::default(), PLAIN), "");
}

#[test]
fn without_a_position_there_is_an_address_and_help() {
    let diagnostic = Diagnostic::error(Code("HW0701"), "The API refused the request")
        .with_detail("It said: quota exceeded.\n\nSecond paragraph.")
        .with_address(Address::root("service", "main"))
        .with_help("Either:\n  - ask for a higher quota\n  - remove a service");
    assert_snapshot!(text(diagnostic.into(), &Sources::default(), PLAIN), @r#"
    error HW0701

      × The API refused the request
      │ It said: quota exceeded.
      │ Second paragraph.
      │ at service.main
      help: Either:
              - ask for a higher quota
              - remove a service

    1 error
    "#);
}

#[test]
fn tabs_and_wide_characters_are_underlined_rightly() {
    let text = "a {\n\tb\t=\t\"ä\t日本\" # x\n}\n";
    assert_snapshot!(show(text, &[("\"ä\t日本\"", "wide"), ("# x", "after")], PLAIN), @r#"
    error HW0301

      × Wrong type
       ╭─[main.hcl:2:6]
     2 │     b   =   "ä  日本" # x
       ·             ────┬──── ─┬─
       ·                 │      ╰── after
       ·                 ╰── wide
       ╰────

    1 error
    "#);
}

#[test]
fn windows_line_ends_are_no_characters() {
    let text = "a {\r\n  b = 1\r\n  c = 2\r\n}\r\n";
    assert_snapshot!(show(text, &[("b = 1\r\n  c = 2", "both lines"), ("\r\n}", "behind the line")], PLAIN), @r#"
    error HW0301

      × Wrong type
       ╭─[main.hcl:2:3]
     2 │   b = 1
       ·   ──┬──
       ·     ╰── both lines
     3 │   c = 2
       ·        ┬
       ·        ╰── behind the line
       ╰────

    1 error
    "#);
    assert_snapshot!(show(text, &[("b = 1\r\n  c = 2\r\n", "both lines")], PLAIN), @r#"
    error HW0301

      × Wrong type
       ╭─[main.hcl:2:3]
     2 │ ╭─▶   b = 1
     3 │ ├─▶   c = 2
       · ╰──── both lines
       ╰────

    1 error
    "#);
}

#[test]
fn long_lines_are_cut_around_the_cause() {
    let (before, after) = ("\"aaaaaaaa\", ".repeat(500), "\"bbbb\", ".repeat(500));
    let text = format!("x = [{before}\"needle\", {after}]\n");
    assert_snapshot!(show(&text, &[("\"needle\"", "here"), ("x =", "far left"), ("]\n", "far right")], PLAIN), @r#"
    error HW0301

      × Wrong type
       ╭─[main.hcl:1:6006]
     1 │ …aaa", "aaaaaaaa", "needle", "bbbb", "bbbb", "bbbb", "bbbb", "bbbb", "bbbb…
       · ┬                  ────┬───                                               ┬
       · │                      │                                                  ╰── far right
       · │                      ╰── here
       · ╰── far left
       ╰────

    1 error
    "#);
    assert_snapshot!(show(&text, &[("x =", "here")], ASCII), @r#"
    error HW0301

      x Wrong type
       ,-[main.hcl:1:1]
     1 | x = ["aaaaaaaa", "aaaaaaaa", "aaaaaaaa", "aaaaaaaa", "aaaaaaaa", "aaaaaa...
       : ^|^
       :  `-- here
       `----

    1 error
    "#);
    assert_snapshot!(show(&text, &[("]", "here")], ASCII), @r#"
    error HW0301

      x Wrong type
       ,-[main.hcl:1:10016]
     1 | ...b", "bbbb", "bbbb", "bbbb", "bbbb", "bbbb", "bbbb", "bbbb", "bbbb", ]
       :                                                                        |
       :                                                                        `-- here
       `----

    1 error
    "#);
    assert_snapshot!(show(&text, &[(&text, "all of it")], PLAIN), @r#"
    error HW0301

      × Wrong type
       ╭─[main.hcl:1:1]
     1 │ x = ["aaaaaaaa", "aaaaaaaa", "aaaaaaaa", "aaaaaaaa", "aaaaaaaa", "aaaaaaa…
       · ────────────────────────────────────┬────────────────────────────────────
       ·                                     ╰── all of it
       ╰────

    1 error
    "#);
}

#[test]
fn long_labels_are_wrapped() {
    let label = "this stands here and must not, for reasons that take more words than fit in what is left of the line";
    assert_snapshot!(show("a = 1\n", &[("1", label)], PLAIN), @r#"
    error HW0301

      × Wrong type
       ╭─[main.hcl:1:5]
     1 │ a = 1
       ·     ┬
       ·     ╰─┤ this stands here and must not, for reasons that take more words
       ·       │ than fit in what is left of the line
       ╰────

    1 error
    "#);
}

#[test]
fn commands_to_the_terminal_are_not_passed_on() {
    let shown = show("evil = \"\u{1b}[31mred\u{202e}x\u{7}\"\n", &[("red", "a \u{1b}[0m label")], PLAIN);
    assert!(shown.chars().all(|c| c == '\n' || !is_dangerous(c)), "{shown:?}");
    assert_snapshot!(shown, @r#"
    error HW0301

      × Wrong type
       ╭─[main.hcl:1:14]
     1 │ evil = "�[31mred�x�"
       ·              ─┬─
       ·               ╰── a �[0m label
       ╰────

    1 error
    "#);
}

#[test]
fn the_end_of_a_file_can_be_pointed_at() {
    let mut shown = String::new();
    for text in ["a = {", "a = {\n", "", "a = {\r\n", "ä"] {
        let mut sources = Sources::default();
        let file = sources.add("main.hcl", text);
        let end = Span::new(file, text.len(), text.len());
        let diagnostic = Diagnostic::error(Code("HW0101"), "A `}` is missing").with_label(end, "the file ends here");
        let _ = writeln!(shown, "{text:?}\n{}", one(&diagnostic, 0, &sources, PLAIN));
    }
    assert_snapshot!(shown, @r#"
    "a = {"
    error HW0101

      × A `}` is missing
       ╭─[main.hcl:1:6]
     1 │ a = {
       ·      ┬
       ·      ╰── the file ends here
       ╰────

    "a = {\n"
    error HW0101

      × A `}` is missing
       ╭─[main.hcl:2:1]
     2 │
       · ┬
       · ╰── the file ends here
       ╰────

    ""
    error HW0101

      × A `}` is missing
       ╭─[main.hcl:1:1]
     1 │
       · ┬
       · ╰── the file ends here
       ╰────

    "a = {\r\n"
    error HW0101

      × A `}` is missing
       ╭─[main.hcl:2:1]
     2 │
       · ┬
       · ╰── the file ends here
       ╰────

    "ä"
    error HW0101

      × A `}` is missing
       ╭─[main.hcl:1:2]
     1 │ ä
       ·  ┬
       ·  ╰── the file ends here
       ╰────
    "#);
}

#[test]
fn labels_of_many_lines_are_cut() {
    let text: String = (0..30).map(|i| format!("line {i}\n")).collect();
    let block = text.get(21..100).expect("ASCII");
    assert_snapshot!(show(&text, &[(block, "a long block"), ("line 2", "short"), ("line 25", "far")], PLAIN), @r#"
    error HW0301

      × Wrong type
       ╭─[main.hcl:4:1]
     3 │ line 2
       · ───┬──
       ·    ╰── short
     4 │ line 3
       · ───┬──
       ·    ╰── a long block
       ╰────
        ╭─[main.hcl:26:1]
     26 │ line 25
        · ───┬───
        ·    ╰── far
        ╰────

    1 error
    "#);
    assert_snapshot!(show(&text, &[("line 3\nline 4\nline 5\n", "three lines")], PLAIN), @r#"
    error HW0301

      × Wrong type
       ╭─[main.hcl:4:1]
     4 │ ╭─▶ line 3
     5 │ │   line 4
     6 │ ├─▶ line 5
       · ╰──── three lines
       ╰────

    1 error
    "#);
}

#[test]
fn labels_of_several_files_and_wrong_ones_are_shown() {
    let mut sources = Sources::default();
    let a = sources.add("a.hcl", "x = 1\n");
    let b = sources.add("dir/b.hcl", "\n\nx = 2\n");
    let diagnostic = Diagnostic::error(Code("HW0202"), "Declared twice")
        .with_label(Span::new(b, 2, 3), "again here")
        .with_label(Span::new(a, 0, 1), "first here")
        .with_label(Span::new(FileId(9), 0, 1), "in no file")
        .with_label(Span::new(a, 100, 200), "outside");
    assert_snapshot!(text(diagnostic.into(), &sources, PLAIN), @r#"
    error HW0202

      × Declared twice
       ╭─[dir/b.hcl:3:1]
     3 │ x = 2
       · ┬
       · ╰── again here
       ╰────
       ╭─[a.hcl:1:1]
     1 │ x = 1
       · ┬
       · ╰── first here
     2 │
       · ┬
       · ╰── outside
       ╰────

    1 error
    "#);
}

#[test]
fn hidden_labels_tell_their_place_alone() {
    let mut sources = Sources::default();
    let file = sources.add("x.tfvars", "a = [\"canary\"]\nb = 1\n");
    let diagnostic = Diagnostic::error(Code("HW0903"), "Invalid value for variable")
        .with_hidden_label(Span::new(file, 5, 13), "this value")
        .with_label(Span::new(file, 0, 1), "on the same line")
        .with_label(Span::new(file, 15, 16), "elsewhere");
    assert_snapshot!(text(diagnostic.clone().into(), &sources, PLAIN), @r"
    error HW0903

      × Invalid value for variable
      │ at x.tfvars:1:6: this value (the line is not shown: it may hold a secret)
      │ at x.tfvars:1:1: on the same line (the line is not shown: it may hold a
      │ secret)
       ╭─[x.tfvars:2:1]
     2 │ b = 1
       · ┬
       · ╰── elsewhere
       ╰────

    1 error
    ");
    let item = json::item(&diagnostic, &sources);
    assert!(item.snippet.is_none());
    assert_eq!(item.range.map(|r| (r.start.line, r.start.column)), Some((1, 6)));
    let visible_first = Diagnostic { labels: diagnostic.labels.iter().rev().cloned().collect(), ..diagnostic };
    assert!(json::item(&visible_first, &sources).snippet.is_some_and(|s| s.code == "b = 1"));
}

#[test]
fn json_is_that_of_terraform_validate() {
    let (diagnostics, sources) = full();
    let report = serde_json::to_string_pretty(&json::report(diagnostics, &sources)).expect("plain data");
    assert_snapshot!(report, @r#"
    {
      "format_version": "1.0",
      "valid": false,
      "error_count": 1,
      "warning_count": 1,
      "diagnostics": [
        {
          "severity": "error",
          "code": "HW0301",
          "summary": "Wrong type",
          "detail": "The attribute `region` is a text. A number stands there, which is no region, and it cannot be turned into one.",
          "help": "Write a region such as \"us-east-1\"; see `housewright kinds show service --attribute=region` for all.",
          "address": "service.main[\"a\"]",
          "range": {
            "filename": "main.hcl",
            "start": {
              "line": 3,
              "column": 12,
              "byte": 43
            },
            "end": {
              "line": 3,
              "column": 13,
              "byte": 44
            }
          },
          "snippet": {
            "context": "service \"main\"",
            "code": "  region = 7",
            "start_line": 3,
            "highlight_start_offset": 11,
            "highlight_end_offset": 12,
            "values": []
          }
        },
        {
          "severity": "warning",
          "code": "HW0201",
          "summary": "An unused variable",
          "detail": "",
          "range": {
            "filename": "main.hcl",
            "start": {
              "line": 2,
              "column": 3,
              "byte": 19
            },
            "end": {
              "line": 2,
              "column": 7,
              "byte": 23
            }
          },
          "snippet": {
            "context": "service \"main\"",
            "code": "  name   = \"x\"",
            "start_line": 2,
            "highlight_start_offset": 2,
            "highlight_end_offset": 6,
            "values": []
          }
        },
        {
          "severity": "note",
          "code": "HW0601",
          "summary": "The list keeps a foreign entry",
          "detail": ""
        }
      ]
    }
    "#);
}

/// Start and end as line:column:byte, the context, the code with the highlight in brackets.
fn snippet(text: &str, start: usize, end: usize) -> String {
    let (mut diagnostic, sources) = labelled(text, &[("", "")]);
    diagnostic.labels[0].span = Span::new(FileId(0), start, end);
    let item = json::item(&diagnostic, &sources);
    let (range, snippet) = (item.range.expect("a place"), item.snippet.expect("a place"));
    let position = |p: json::Position| format!("{}:{}:{}", p.line, p.column, p.byte);
    let (before, rest) = snippet.code.split_at(snippet.highlight_start_offset);
    let (inside, after) = rest.split_at(snippet.highlight_end_offset - snippet.highlight_start_offset);
    let (start, end) = (position(range.start), position(range.end));
    format!("{start}-{end} {:?} {:?}", snippet.context.unwrap_or_default(), format!("{before}[{inside}]{after}"))
}

#[test]
fn json_positions_are_right_everywhere() {
    let windows = "x {\r\n  y = [\r\n    äób,\r\n  ]\r\n}\r\n";
    assert_eq!(snippet(windows, 11, 22), "2:7:11-3:7:22 \"x\" \"  y = [[\\n    äó]b,\"");
    assert_eq!(snippet(windows, 3, 5), "1:4:3-2:1:5 \"x\" \"x {[]\"");
    assert_eq!(snippet(windows, 0, 1), "1:1:0-1:2:1 \"\" \"[x] {\"");
    assert_eq!(snippet("a = \"e\u{301}\" c", 10, 11), "1:9:10-1:10:11 \"\" \"a = \\\"e\\u{301}\\\" [c]\"");
    assert_eq!(snippet("a {\n}\n# {\nb\n", 10, 10), "4:1:10-4:2:11 \"\" \"[b]\"");
    assert_eq!(snippet("a {\n", 4, 4), "2:1:4-2:1:4 \"a\" \"[]\"");
    assert_eq!(snippet("a {\n", 400, 2), "2:1:4-2:1:4 \"a\" \"[]\"");
    assert_eq!(snippet("", 0, 0), "1:1:0-1:1:0 \"\" \"[]\"");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_and_no_span_panics(
        text in "([a-c {}=\"#\t\r\n]|ä|日|\u{301}|\u{1b}|\u{202e}){0,200}",
        spans in prop::collection::vec((0usize..400, 0usize..60), 0..5),
        width in 0usize..100,
        unicode in any::<bool>(),
    ) {
        let mut sources = Sources::default();
        let file = sources.add("main.hcl", text);
        let mut diagnostic = Diagnostic::error(Code("HW0000"), "x");
        for (start, length) in spans {
            diagnostic = diagnostic.with_label(Span::new(file, start, start + length), "here");
        }
        let expected = diagnostic.labels.len();
        let shown = super::text(diagnostic.clone().into(), &sources, Look { width, color: false, unicode });
        prop_assert!(shown.chars().all(|c| c == '\n' || !is_dangerous(c)), "{shown:?}");
        prop_assert_eq!(shown.matches("here").count(), expected, "{}", shown);
        let item = json::item(&diagnostic, &sources);
        if let Some(snippet) = item.snippet {
            prop_assert!(snippet.code.get(snippet.highlight_start_offset..snippet.highlight_end_offset).is_some());
        }
    }
}
