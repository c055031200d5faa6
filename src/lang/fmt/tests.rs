use super::{format, formatted};
use crate::diag::FileId;
use crate::lang::syntax::parse_file;

/// Inputs with the answers that `terraform fmt` 1.11 gave: `=== given`, the text, `=== gives`, the text.
const RECORDED: &str = include_str!("recorded.txt");

fn recorded() -> impl Iterator<Item = (&'static str, &'static str)> {
    RECORDED.split("=== given\n").skip(1).map(|case| case.split_once("=== gives\n").expect("a case has two parts"))
}

#[test]
fn layout_is_terraforms() {
    assert!(recorded().count() > 100, "the recorded cases are read");
    for (given, expected) in recorded() {
        assert_eq!(format(given), expected, "given:\n{given}");
    }
}

#[test]
fn what_is_laid_out_stays_as_it_is() {
    // Terraform unwraps one interpolation at a time.
    for (_, expected) in recorded().filter(|(given, _)| !given.contains("${\"${")) {
        assert_eq!(format(expected), expected);
    }
}

#[test]
fn line_ends_and_marks_are_as_terraforms() {
    for (given, expected) in [
        ("a=1\r\nbb=2\r\n", "a  = 1\r\nbb = 2\r\n"),
        ("a=1 # x\r\nbb=2 // y\r\n", "a  = 1 # x\r\nbb = 2 // y\r\n"),
        ("a = <<EOT\r\n x\r\nEOT\r\nb=1\r\n", "a = <<EOT\r\n x\r\nEOT\r\nb = 1\r\n"),
        ("\u{feff}a=1\n", "a = 1\n"),
        ("a=1", "a = 1"),
        ("# c", "# c"),
        ("", ""),
        ("a=1\n   ", "a = 1\n   "),
    ] {
        assert_eq!(format(given), expected, "{given:?}");
    }
}

#[test]
fn no_label_is_lost() {
    // Terraform drops labels with a lone or doubled dollar sign.
    assert_eq!(format("x \"a$${b}\"   \"c$d\" {}\n"), "x \"a$${b}\" \"c$d\" {}\n");
}

#[test]
fn a_broken_text_comes_back_unchanged() {
    for text in ["a   = \n", "x {\n a=1\n", "a = \"x\nb=1\n"] {
        assert_eq!(format(text), text);
    }
}

#[test]
fn a_text_that_formatting_would_break_comes_back_unchanged() {
    let text = "a   = \"${# c\nx}\"\n";
    assert!(parse_file(FileId(0), &formatted(text, &parse_file(FileId(0), text).0)).1.has_errors());
    assert_eq!(format(text), text);
}
