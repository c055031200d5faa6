//! Text that grows line by line, in the width there is.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr as _;

use super::super::{Look, Paint, harmless};
use super::{Detail, Level};

/// Lines of one value that are shown, and columns of one of its lines; `--full` shows all.
const LINES: usize = 40;
const COLUMNS: usize = 400;

/// Prose is never narrower than this, however narrow the terminal.
const NARROWEST: usize = 40;

pub(super) struct Page {
    pub look: Look,
    pub detail: Detail,
    text: String,
}

impl Page {
    pub fn new(look: Look, detail: Detail) -> Self {
        Self { look, detail, text: String::new() }
    }

    pub fn text(self) -> String {
        self.text
    }

    /// What was written so far; the page goes on empty.
    pub fn take(&mut self) -> String {
        std::mem::take(&mut self.text)
    }

    pub fn line(&mut self, indent: usize, text: &str) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.text, "{:indent$}{text}", "");
    }

    pub fn blank(&mut self) {
        self.text.push('\n');
    }

    /// Sentences, broken at words; what follows the first line stands two columns further in. Long words stay whole, so
    /// that they can be copied.
    pub fn prose(&mut self, indent: usize, paint: Option<Paint>, text: &str) {
        let width = self.look.width.saturating_sub(indent).max(NARROWEST);
        let options = textwrap::Options::new(width).subsequent_indent("  ").break_words(false);
        let options = options.word_splitter(textwrap::WordSplitter::NoHyphenation);
        for line in textwrap::wrap(&harmless(text), options) {
            let line = paint.map_or_else(|| line.to_string(), |paint| self.look.paint(paint, &line));
            self.line(indent, &line);
        }
    }

    /// The lines of a value as far as they are worth showing.
    pub fn cut(&self, lines: Vec<String>) -> Vec<String> {
        if self.detail.level == Level::Full {
            return lines;
        }
        let ellipsis = self.look.ellipsis();
        let more = lines.len().saturating_sub(LINES);
        let shorter = |line: String| {
            let count = line.chars().count();
            if line.width() <= COLUMNS || line.contains('\u{1b}') {
                return line;
            }
            let kept: String = line.chars().take(COLUMNS).collect();
            format!("{kept}{ellipsis} ({} more characters; --full shows all)", count - COLUMNS)
        };
        let mut kept: Vec<String> = lines.into_iter().map(shorter).collect();
        if more > 1 {
            let last = kept.pop();
            kept.truncate(LINES - 1);
            kept.push(format!("  {ellipsis} ({more} more lines; --full shows all)"));
            kept.extend(last);
        }
        kept
    }
}
