//! Diagnostics as terminal text, through miette's graphical handler, and (in [`json`], [`sarif`] and [`github`]) for
//! programs.
//!
//! Owns the layout of one diagnostic and of many. What of the source text is shown, and how, is decided in `excerpt`;
//! what must not be shown because it may be a secret, in `hidden`.

mod excerpt;
pub mod github;
mod hidden;
pub mod json;
mod line;
pub mod sarif;

use std::fmt;

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode, ThemeCharacters, ThemeStyles};
use textwrap::{WordSeparator, WordSplitter};

use super::{Look, is_dangerous};
use crate::diag::{Diagnostic, Diagnostics, Label, Severity, Sources};
use excerpt::Excerpt;

/// Below this nothing readable can be laid out; narrower terminals wrap by themselves.
const MIN_WIDTH: usize = 40;

/// All diagnostics in their order, an empty line after each, and a last line that counts them. Empty without any. What
/// holds for several instances alike is said once.
pub fn text(diagnostics: Diagnostics, sources: &Sources, look: Look) -> String {
    let look = Look { width: look.width.max(MIN_WIDTH), ..look };
    let diagnostics = together(diagnostics.sorted());
    if diagnostics.is_empty() {
        return String::new();
    }
    let mut out: String = diagnostics.iter().map(|(d, others)| one(d, *others, sources, look) + "\n").collect();
    out.push_str(&count(&diagnostics.into_iter().map(|(d, _)| d).collect()));
    out.push('\n');
    out
}

/// Such as `3 errors, 1 warning`; empty without any.
pub fn count(diagnostics: &Diagnostics) -> String {
    let part = |severity, name| {
        let n = diagnostics.iter().filter(|d| d.severity == severity).count();
        (n > 0).then(|| format!("{n} {name}{}", if n == 1 { "" } else { "s" }))
    };
    let parts = [part(Severity::Error, "error"), part(Severity::Warning, "warning"), part(Severity::Note, "note")];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// Findings that differ in the instance alone as one, each with the number of further instances.
fn together(sorted: Diagnostics) -> Vec<(Diagnostic, usize)> {
    let same = |a: &Diagnostic, b: &Diagnostic| {
        a.address.is_some()
            && b.address.is_some()
            && Diagnostic { address: None, ..a.clone() } == Diagnostic { address: None, ..b.clone() }
    };
    let mut all: Vec<(Diagnostic, usize)> = Vec::new();
    for diagnostic in sorted {
        let here = |d: &Diagnostic| d.severity == diagnostic.severity && d.span() == diagnostic.span();
        match all.iter_mut().rev().take_while(|(d, _)| here(d)).find(|(d, _)| same(d, &diagnostic)) {
            Some((_, others)) => *others += 1,
            None => all.push((diagnostic, 0)),
        }
    }
    all
}

fn one(diagnostic: &Diagnostic, others: usize, sources: &Sources, look: Look) -> String {
    let shown = Shown::new(diagnostic, others, sources, look);
    let mut out = String::new();
    handler(look)
        .render_report(&mut out, &shown)
        .expect("writing to a String cannot fail, and no label leaves its text");
    // The handler pads empty lines.
    out.lines().flat_map(|line| [line.trim_end(), "\n"]).collect()
}

fn handler(look: Look) -> GraphicalReportHandler {
    let theme = GraphicalTheme {
        characters: if look.unicode { ThemeCharacters::unicode() } else { ThemeCharacters::ascii() },
        styles: if look.color { ThemeStyles::ansi() } else { ThemeStyles::none() },
    };
    GraphicalReportHandler::new_themed(theme)
        .with_width(look.width)
        .with_links(false)
        // Commands, paths and addresses are copied out of messages, so they are never broken.
        .with_break_words(false)
        .with_word_separator(WordSeparator::AsciiSpace)
        .with_word_splitter(WordSplitter::NoHyphenation)
}

/// One diagnostic in the form miette takes.
#[derive(Debug)]
struct Shown {
    heading: String,
    severity: Severity,
    message: String,
    help: Option<String>,
    excerpt: Excerpt,
}

impl Shown {
    fn new(diagnostic: &Diagnostic, others: usize, sources: &Sources, look: Look) -> Self {
        let severity = severity(diagnostic.severity);
        let clean = |text: &str| clean(text, look);
        let others = match others {
            0 => String::new(),
            1 => " and another instance".to_owned(),
            n => format!(" and {n} more instances"),
        };
        let address = diagnostic.address.as_ref().map(|a| format!("at {a}{others}"));
        let (hidden, visible): (Vec<Label>, Vec<Label>) =
            diagnostic.labels.iter().cloned().partition(|l| hidden::is_hidden(l, &diagnostic.labels, sources));
        let places: Vec<String> = hidden.iter().map(|l| hidden::place(l, sources)).collect();
        let parts = [Some(&diagnostic.summary), Some(&diagnostic.detail), address.as_ref()].into_iter().flatten();
        let parts: Vec<String> = parts.chain(&places).map(|part| clean(part)).collect();
        // An empty line would tear the bar at the margin.
        let lines: Vec<_> = parts.iter().flat_map(|p| p.lines()).filter(|l| !l.trim().is_empty()).collect();
        Self {
            heading: format!("{severity} {}", diagnostic.code),
            severity: diagnostic.severity,
            message: lines.join("\n"),
            help: diagnostic.help.as_deref().map(clean),
            excerpt: Excerpt::new(&visible, sources, look),
        }
    }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// Text that may come from elsewhere (a file, the API) and must do nothing but be seen.
fn clean(text: &str, look: Look) -> String {
    let text = text.trim_end().replace("\r\n", "\n").replace('\t', "    ");
    text.chars().map(|c| if c != '\n' && is_dangerous(c) { look.replacement() } else { c }).collect()
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Shown {}

impl miette::Diagnostic for Shown {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(&self.heading))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Note => miette::Severity::Advice,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.excerpt)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.excerpt.labels()
    }
}

#[cfg(test)]
mod tests;
