//! Diagnostics as data: what happened, where, why, and what to do next.
//!
//! Owns the vocabulary every module reports with. Must not know how anything is printed (only `cli::render` does), and
//! never reads files: source text is registered once in [`Sources`] by whoever read it.

use std::fmt;
use std::sync::Arc;

use crate::address::Address;

/// Index of a source text in [`Sources`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A half-open byte range of one source text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    pub file: FileId,
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub fn new(file: FileId, start: usize, end: usize) -> Self {
        // Files past 4 GiB are refused when they are read, so the casts cannot cut anything off.
        Self { file, start: start as u32, end: end as u32 }
    }

    /// The smallest span that covers both; both must lie in the same file.
    pub fn to(self, other: Span) -> Span {
        Span { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    pub fn len(self) -> usize {
        self.end.saturating_sub(self.start) as usize
    }

    pub fn is_empty(self) -> bool {
        self.start >= self.end
    }
}

/// The source texts diagnostics point into.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    files: Vec<Source>,
}

/// One source text and the name it is shown under.
#[derive(Clone)]
pub struct Source {
    pub name: String,
    pub text: Arc<str>,
}

/// Without the text: it may hold secrets.
impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Sources {
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<Arc<str>>) -> FileId {
        let id = FileId(self.files.len() as u32);
        self.files.push(Source { name: name.into(), text: text.into() });
        id
    }

    pub fn get(&self, id: FileId) -> Option<&Source> {
        self.files.get(id.0 as usize)
    }

    /// All of them, in the order they were read.
    pub fn iter(&self) -> std::slice::Iter<'_, Source> {
        self.files.iter()
    }

    /// The text a span covers; empty when the span does not fit its file.
    pub fn snippet(&self, span: Span) -> &str {
        self.get(span.file).and_then(|s| s.text.get(span.start as usize..span.end as usize)).unwrap_or("")
    }

    /// One-based line and column (in characters) of a span's start.
    pub fn line_column(&self, span: Span) -> Option<(usize, usize)> {
        let text = &self.get(span.file)?.text;
        let before = text.get(..(span.start as usize).min(text.len()))?;
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1;
        Some((line, column))
    }

    /// `name:line:column` of a span's start.
    pub fn describe(&self, span: Span) -> String {
        match (self.get(span.file), self.line_column(span)) {
            (Some(s), Some((l, c))) => format!("{}:{l}:{c}", s.name),
            _ => String::from("(unknown position)"),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    Error,
    Warning,
    /// Worth knowing, nothing to do.
    Note,
}

/// A stable identifier of a sort of diagnostic: `HW` and four digits.
///
/// HW01 syntax, HW02 configuration structure, HW03 values and types, HW04 references and graph, HW05 state,
/// HW06 plan, HW07 remote API, HW08 apply, HW09 command line and environment, HW1 rules of the kinds. What each means
/// stands in `docs/messages`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(pub &'static str);

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// A position with a few words on what stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    pub span: Span,
    pub text: String,
    /// Only where it stands may be told, not what stands there: that may be a secret.
    pub hidden: bool,
}

/// One finding. Build it with [`Diagnostic::error`] or [`Diagnostic::warning`] and the `with_` methods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    pub code: Code,
    pub severity: Severity,
    /// A short headline, without a final full stop.
    pub summary: String,
    /// Full sentences: why. May be empty.
    pub detail: String,
    /// The first label is the place of the cause.
    pub labels: Vec<Label>,
    /// What to do next.
    pub help: Option<String>,
    pub address: Option<Address>,
}

impl Diagnostic {
    pub fn new(severity: Severity, code: Code, summary: impl Into<String>) -> Self {
        Self {
            code,
            severity,
            summary: summary.into(),
            detail: String::new(),
            labels: Vec::new(),
            help: None,
            address: None,
        }
    }

    pub fn error(code: Code, summary: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, summary)
    }

    pub fn warning(code: Code, summary: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, summary)
    }

    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    #[must_use]
    pub fn with_label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into(), hidden: false });
        self
    }

    /// A label at a place whose text must not be shown, because it may hold a secret.
    #[must_use]
    pub fn with_hidden_label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into(), hidden: true });
        self
    }

    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    #[must_use]
    pub fn with_address(mut self, address: Address) -> Self {
        self.address = Some(address);
        self
    }

    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// The place of the cause, when it is in the configuration.
    pub fn span(&self) -> Option<Span> {
        self.labels.first().map(|l| l.span)
    }
}

/// Findings gathered while checking; checking returns a value *and* these.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    pub fn append(&mut self, mut other: Diagnostics) {
        self.0.append(&mut other.0);
    }

    pub fn has_errors(&self) -> bool {
        self.0.iter().any(Diagnostic::is_error)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }

    /// Errors before warnings before notes, each in the order of their positions; exact repetitions are dropped.
    pub fn sorted(mut self) -> Self {
        let place = |d: &Diagnostic| (d.severity, d.span().is_none(), d.span());
        self.0.sort_by_key(place);
        let mut kept: Vec<Diagnostic> = Vec::with_capacity(self.0.len());
        for diagnostic in self.0 {
            let here = place(&diagnostic);
            if !kept.iter().rev().take_while(|k| place(k) == here).any(|k| *k == diagnostic) {
                kept.push(diagnostic);
            }
        }
        Self(kept)
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<T: IntoIterator<Item = Diagnostic>>(&mut self, iter: T) {
        self.0.extend(iter);
    }
}

impl FromIterator<Diagnostic> for Diagnostics {
    fn from_iter<T: IntoIterator<Item = Diagnostic>>(iter: T) -> Self {
        Self(iter.into_iter().collect())
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Self(vec![diagnostic])
    }
}

/// The candidate closest to `given`, when one is close enough to be what was meant.
pub fn suggestion<'a>(given: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|c| (strsim::damerau_levenshtein(given, c), c))
        .filter(|(distance, c)| *distance <= 1 + given.len().max(c.len()) / 5)
        .min()
        .map(|(_, c)| c)
}
