//! Labels whose text must not be shown: where they stand is told in words, without the line.

use std::ops::Range;

use crate::diag::{Label, Sources, Span};

/// Whether the lines of a label must not be shown: it is hidden itself, or shares a line with a hidden one of `all`.
pub(super) fn is_hidden(label: &Label, all: &[Label], sources: &Sources) -> bool {
    let lines = whole_lines(label.span, sources);
    let shares = |other: &Label| {
        let others = whole_lines(other.span, sources);
        other.span.file == label.span.file && others.start <= lines.end && lines.start <= others.end
    };
    label.hidden || all.iter().filter(|other| other.hidden).any(shares)
}

/// Such as `at main.tf:3:9: this value (the line is not shown: it may hold a secret)`.
pub(super) fn place(label: &Label, sources: &Sources) -> String {
    let text = if label.text.is_empty() { String::new() } else { format!(": {}", label.text) };
    format!("at {}{text} (the line is not shown: it may hold a secret)", sources.describe(label.span))
}

/// The bytes of the lines a span touches.
fn whole_lines(span: Span, sources: &Sources) -> Range<usize> {
    let text = sources.get(span.file).map_or("", |s| &s.text);
    let start = text.floor_char_boundary(span.start as usize);
    let end = text.floor_char_boundary(span.end as usize).max(start);
    let first = text[..start].rfind('\n').map_or(0, |i| i + 1);
    let last = text[end..].find('\n').map_or(text.len(), |i| end + i);
    first..last
}
