//! What is shown of the source texts: the labelled lines, and no others, because neighbours may hold secrets that belong
//! into no log.
//!
//! The lines that are left, of all files, form one text in which miette looks the labels up; [`Excerpt`] tells it where
//! each piece comes from. How one line is made safe and short enough is decided in [`line`](super::line).

use std::ops::Range;

use miette::{LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};
use textwrap::WordSplitter;
use unicode_width::UnicodeWidthStr;

use super::super::Look;
use super::clean;
use super::line::Line;
use crate::diag::{FileId, Label, Sources};

/// A label of more lines is cut to its first, and so is every label of several lines that has others around it: arrows
/// and underlines do not mix well.
const MAX_LABEL_LINES: usize = 6;

/// Columns a label's text gets at least, even if it then reaches over the edge.
const MIN_LABEL_WIDTH: usize = 30;

#[derive(Debug)]
pub(super) struct Excerpt {
    text: String,
    pieces: Vec<Piece>,
    /// In the order of the labels; the first is the primary one.
    marks: Vec<Mark>,
}

/// Consecutive lines of one file.
#[derive(Debug)]
struct Piece {
    name: String,
    /// Where they stand in the text of the excerpt.
    range: Range<usize>,
    /// Number of the first of them, counted from zero.
    line: usize,
    line_count: usize,
}

/// A label in the text of the excerpt.
#[derive(Debug)]
struct Mark {
    range: Range<usize>,
    text: String,
    /// Where it begins in the file, counted from zero.
    line: usize,
    column: usize,
}

/// A label in its file.
#[derive(Clone, Copy)]
struct Located<'a> {
    index: usize,
    file: FileId,
    text: &'a str,
    /// Bytes, on character boundaries.
    start: usize,
    end: usize,
    first_line: usize,
    last_line: usize,
    column: usize,
}

impl Excerpt {
    /// Labels of unknown files are left out, and those that do not fit their file are moved into it.
    pub(super) fn new(labels: &[Label], sources: &Sources, look: Look) -> Self {
        let located: Vec<_> = labels.iter().enumerate().filter_map(|(i, l)| Located::new(i, l, sources)).collect();
        let mut excerpt = Self { text: String::new(), pieces: Vec::new(), marks: Vec::new() };
        let mut marks = Vec::new();
        for mut group in groups(located) {
            let Some(source) = group.first().and_then(|l| sources.get(l.file)) else { continue };
            if group.len() > 1 {
                group.iter_mut().for_each(|l| l.cut_to_first_line(&source.text));
            }
            let lines = Lines::new(&source.text);
            marks.extend(excerpt.add_piece(clean(&source.name, look), &lines, &group, look));
        }
        marks.sort_by_key(|(index, _)| *index);
        excerpt.marks = marks.into_iter().map(|(_, mark)| mark).collect();
        excerpt
    }

    /// As miette wants them; none when nothing is to be shown.
    pub(super) fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let labels = self.marks.iter().enumerate().map(|(i, mark)| {
            let text = (!mark.text.is_empty()).then(|| mark.text.clone());
            let span = (mark.range.start, mark.range.len());
            match i {
                0 => LabeledSpan::new_primary_with_span(text, span),
                _ => LabeledSpan::new_with_span(text, span),
            }
        });
        if self.marks.is_empty() { None } else { Some(Box::new(labels)) }
    }

    /// Appends the lines of one group of labels and tells where the labels are now, with their indexes.
    fn add_piece(&mut self, name: String, lines: &Lines, group: &[Located], look: Look) -> Vec<(usize, Mark)> {
        let shown = lines_of(group);
        let width = look.width.saturating_sub(frame_width(group, shown.end)).max(20);
        let piece_start = self.text.len();
        let mut line_starts = Vec::new();
        let mut laid_out = Vec::new();
        for number in shown.clone() {
            let bytes = lines.bytes(number);
            let on_line = group.iter().filter(|l| l.first_line == number || l.last_line == number);
            let focus = on_line.min_by_key(|l| l.index).map(|l| l.within(&bytes));
            let line = Line::new(lines.text.get(bytes).unwrap_or_default(), focus, width, look);
            line_starts.push(self.text.len());
            self.text.push_str(&line.text);
            self.text.push('\n');
            laid_out.push(line);
        }
        let place = |number: usize, byte: usize| {
            let nth = number - shown.start;
            line_starts[nth] + laid_out[nth].position(byte.saturating_sub(lines.bytes(number).start))
        };
        let marks = group.iter().map(|l| {
            let range = self.visible(place(l.first_line, l.start), place(l.last_line, l.end));
            let line = &self.text[line_starts[l.first_line - shown.start]..range.start];
            let text = wrap_label(&clean(l.text, look), width.saturating_sub(line.width() + 4));
            (l.index, Mark { range, text, line: l.first_line, column: l.column })
        });
        let marks = marks.collect();
        let range = piece_start..self.text.len();
        self.pieces.push(Piece { name, range, line: shown.start, line_count: shown.len() });
        marks
    }

    /// At least one character; every line has one to spare at its end.
    fn visible(&self, start: usize, end: usize) -> Range<usize> {
        let one = self.text[start..].chars().next().map_or(0, char::len_utf8);
        start..end.max(start + one)
    }
}

/// Labels whose lines touch; the group of the first label comes first.
fn groups(mut labels: Vec<Located>) -> Vec<Vec<Located>> {
    labels.sort_by_key(|l| (l.file, l.first_line, l.index));
    let mut groups: Vec<Vec<Located>> = Vec::new();
    for label in labels {
        match groups.last_mut() {
            Some(group) if group.iter().any(|l| l.touches(&label)) => group.push(label),
            _ => groups.push(vec![label]),
        }
    }
    groups.sort_by_key(|group| group.iter().all(|l| l.index != 0));
    groups
}

fn lines_of(group: &[Located]) -> Range<usize> {
    let first = group.iter().map(|l| l.first_line).min().unwrap_or(0);
    let last = group.iter().map(|l| l.last_line).max().unwrap_or(0);
    first..last + 1
}

/// Columns for line numbers, the frame, and the arrows of labels of several lines.
fn frame_width(group: &[Located], last_line: usize) -> usize {
    let arrows = group.iter().filter(|l| l.first_line != l.last_line).count();
    last_line.to_string().len() + 4 + if arrows > 0 { arrows + 3 } else { 0 }
}

fn wrap_label(text: &str, width: usize) -> String {
    let options = textwrap::Options::new(width.max(MIN_LABEL_WIDTH))
        .break_words(false)
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation);
    textwrap::fill(text, options)
}

impl<'a> Located<'a> {
    fn new(index: usize, label: &'a Label, sources: &Sources) -> Option<Self> {
        let text = &*sources.get(label.span.file)?.text;
        let start = text.floor_char_boundary(label.span.start as usize);
        let end = text.floor_char_boundary(label.span.end as usize).max(start);
        let line_of = |byte: usize| text[..byte].matches('\n').count();
        let first_line = line_of(start);
        // The line of its last character: a label that ends with a line does not reach into the next.
        let last_line = if end > start { line_of(text.floor_char_boundary(end - 1)) } else { first_line };
        let column = text[..start].rsplit('\n').next().map_or(0, |before| before.chars().count());
        let mut located =
            Self { index, file: label.span.file, text: &label.text, start, end, first_line, last_line, column };
        if last_line - first_line >= MAX_LABEL_LINES {
            located.cut_to_first_line(text);
        }
        Some(located)
    }

    fn cut_to_first_line(&mut self, file: &str) {
        if self.first_line != self.last_line {
            self.end = file[self.start..].find('\n').map_or(file.len(), |length| self.start + length);
            self.last_line = self.first_line;
        }
    }

    fn touches(&self, other: &Self) -> bool {
        self.file == other.file && self.last_line + 1 >= other.first_line
    }

    /// Its part in a line that stands at `line` in the file, counted from there.
    fn within(&self, line: &Range<usize>) -> Range<usize> {
        let inside = |byte: usize| byte.clamp(line.start, line.end) - line.start;
        inside(self.start)..inside(self.end)
    }
}

/// A text and where its lines begin.
struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(i, _)| i + 1)).collect();
        Self { text, starts }
    }

    /// Where a line stands, without its end.
    fn bytes(&self, number: usize) -> Range<usize> {
        let start = self.starts.get(number).copied().unwrap_or(self.text.len());
        let end = self.starts.get(number + 1).map_or(self.text.len(), |next| next - 1);
        let line = &self.text[start..end];
        start..end - usize::from(line.ends_with('\r'))
    }
}

impl SourceCode for Excerpt {
    /// The whole piece a span lies in; when no context is wanted, miette only asks where the span begins.
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let span = span.offset()..span.offset() + span.len();
        let fits = |p: &&Piece| p.range.start <= span.start && span.end <= p.range.end;
        let piece = self.pieces.iter().find(fits).ok_or(MietteError::OutOfBounds)?;
        let mark = self.marks.iter().find(|mark| (before, after) == (0, 0) && mark.range == span);
        let (line, column) = mark.map_or((piece.line, 0), |mark| (mark.line, mark.column));
        let text = &self.text.as_bytes()[piece.range.clone()];
        let place = (piece.range.start, piece.range.len()).into();
        Ok(Box::new(MietteSpanContents::new_named(piece.name.clone(), text, place, line, column, piece.line_count)))
    }
}
