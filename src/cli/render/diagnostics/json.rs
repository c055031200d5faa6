//! Diagnostics as JSON: the format of `terraform validate -json`, version 1.0, so that the tools that read that one read
//! this one too, with `code` and `help` added.
//!
//! Of several labels only the first is told, since that format knows one range. Lines count from one; columns count from
//! one in what readers see as one character; bytes count from zero. Of a hidden label only the range is told.

use serde::Serialize;
use unicode_segmentation::UnicodeSegmentation as _;

use super::severity;
use crate::diag::{Diagnostic, Diagnostics, Severity, Source, Sources, Span};

/// The version of this format.
pub const FORMAT_VERSION: &str = "1.0";

/// The whole result of checking a configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    pub format_version: &'static str,
    /// No errors.
    pub valid: bool,
    pub error_count: usize,
    pub warning_count: usize,
    pub diagnostics: Vec<Item>,
}

/// One diagnostic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Item {
    /// `error`, `warning` or `note`.
    pub severity: &'static str,
    pub code: &'static str,
    pub summary: String,
    pub detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub range: Option<Range>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snippet: Option<Snippet>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Range {
    pub filename: String,
    pub start: Position,
    pub end: Position,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Position {
    pub line: usize,
    pub column: usize,
    pub byte: usize,
}

/// The lines of the range, whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Snippet {
    /// The header of the block they stand in.
    pub context: Option<String>,
    pub code: String,
    pub start_line: usize,
    /// Bytes in `code`.
    pub highlight_start_offset: usize,
    pub highlight_end_offset: usize,
    /// Always empty: what the expressions involved evaluate to may be secret.
    pub values: [(); 0],
}

/// All diagnostics in their order.
pub fn report(diagnostics: Diagnostics, sources: &Sources) -> Report {
    let diagnostics = diagnostics.sorted();
    let count = |severity| diagnostics.iter().filter(|d| d.severity == severity).count();
    Report {
        format_version: FORMAT_VERSION,
        valid: !diagnostics.has_errors(),
        error_count: count(Severity::Error),
        warning_count: count(Severity::Warning),
        diagnostics: diagnostics.iter().map(|d| item(d, sources)).collect(),
    }
}

/// One diagnostic, for streams of events.
pub fn item(diagnostic: &Diagnostic, sources: &Sources) -> Item {
    let place = diagnostic.span().and_then(|span| Some((sources.get(span.file)?, span)));
    let hidden = |label| super::hidden::is_hidden(label, &diagnostic.labels, sources);
    let shown = place.filter(|_| !diagnostic.labels.first().is_some_and(hidden));
    Item {
        severity: severity(diagnostic.severity),
        code: diagnostic.code.0,
        summary: diagnostic.summary.clone(),
        detail: diagnostic.detail.clone(),
        help: diagnostic.help.clone(),
        address: diagnostic.address.as_ref().map(ToString::to_string),
        range: place.map(|(source, span)| range(source, span)),
        snippet: shown.map(|(source, span)| snippet(source, span)),
    }
}

/// In bytes; at least one character where there is one, since an empty highlight cannot be seen.
fn highlight(text: &str, span: Span) -> std::ops::Range<usize> {
    let start = text.floor_char_boundary(span.start as usize);
    let end = text.floor_char_boundary(span.end as usize);
    let next = text[start..].graphemes(true).next().map_or(0, str::len);
    start..end.max(start + if end > start { 0 } else { next })
}

fn range(source: &Source, span: Span) -> Range {
    let place = highlight(&source.text, span);
    let position = |byte| position(&source.text, byte);
    Range { filename: source.name.clone(), start: position(place.start), end: position(place.end) }
}

fn position(text: &str, byte: usize) -> Position {
    let before = &text[..byte];
    let line_start = before.rfind('\n').map_or(0, |i| i + 1);
    let line = before.matches('\n').count() + 1;
    Position { line, column: text[line_start..byte].graphemes(true).count() + 1, byte }
}

fn snippet(source: &Source, span: Span) -> Snippet {
    let text = &*source.text;
    let place = highlight(text, span);
    let first = text[..place.start].rfind('\n').map_or(0, |i| i + 1);
    // The line break that a highlight ends with belongs to its last line.
    let within = text[place.clone()].strip_suffix('\n').map_or(place.end, |s| place.start + s.len());
    let last = text[within..].find('\n').map_or(text.len(), |i| within + i);
    let lines = &text[first..last];
    let code = lines.replace("\r\n", "\n");
    let code = code.strip_suffix('\r').unwrap_or(&code);
    let offset = |byte: usize| {
        let before = &text[first..byte.min(last)];
        (before.len() - before.matches("\r\n").count()).min(code.len())
    };
    Snippet {
        context: context(text, first, place.start),
        code: code.to_owned(),
        start_line: text[..first].matches('\n').count() + 1,
        highlight_start_offset: offset(place.start),
        highlight_end_offset: offset(place.end),
        values: [],
    }
}

/// The header of the top-level block around `byte`, which stands in the line that begins at `line`. Found by the layout
/// that `fmt` gives every file, so that it is also found where the syntax is broken.
fn context(text: &str, line: usize, byte: usize) -> Option<String> {
    let own = text[line..].lines().next().unwrap_or_default();
    let above = text[..line].lines().rev();
    let own_header = (byte > line).then_some(own);
    let is_outermost = |l: &&str| l.starts_with(|c: char| !c.is_whitespace() && !matches!(c, '#' | '/' | '*'));
    let outermost = own_header.into_iter().chain(above).find(is_outermost)?;
    let header = outermost.trim_end().strip_suffix('{')?.trim_end();
    let is_header = header.starts_with(|c: char| c.is_alphabetic() || c == '_') && !header.contains('=');
    is_header.then(|| header.to_owned())
}
