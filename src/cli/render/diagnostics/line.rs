//! One line of source text, made safe and short enough to print: tabs become spaces, characters that are commands to a
//! terminal are replaced, and a long line is cut around what matters in it.

use std::ops::Range;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::super::{Look, is_dangerous};

const TAB_WIDTH: usize = 4;

#[derive(Debug)]
pub(super) struct Line {
    /// Ends with a space, which a label behind the end of the line can point at.
    pub(super) text: String,
    /// Where the characters that are left stand: byte in the source line, byte in `text`.
    places: Vec<(usize, usize)>,
    /// Where a label goes that stands behind the last of them.
    end: usize,
}

/// A character of a line and the column it begins at.
struct Cell {
    byte: usize,
    column: usize,
    width: usize,
    shown: char,
}

impl Line {
    /// `focus` is what must be seen, in bytes of `source`.
    pub(super) fn new(source: &str, focus: Option<Range<usize>>, width: usize, look: Look) -> Self {
        let window = window(source, focus, width, look);
        let mut line = Self { text: String::new(), places: Vec::new(), end: 0 };
        if window.start > 0 {
            line.text.push_str(look.ellipsis());
        }
        let mut cut = false;
        for cell in cells(source, look) {
            if cell.column >= window.end || cell.column + cell.width > window.end {
                cut = true;
                break;
            }
            if cell.column >= window.start {
                line.push(&cell);
            }
        }
        line.end = line.text.len();
        line.text.push_str(if cut { look.ellipsis() } else { " " });
        line
    }

    fn push(&mut self, cell: &Cell) {
        self.places.push((cell.byte, self.text.len()));
        match cell.shown {
            '\t' => self.text.extend(std::iter::repeat_n(' ', cell.width)),
            shown => self.text.push(shown),
        }
    }

    /// Where a byte of the source line stands in `text`. What was cut off stands where the marks of the cut are.
    pub(super) fn position(&self, byte: usize) -> usize {
        match self.places.binary_search_by_key(&byte, |(source, _)| *source) {
            Ok(i) => self.places[i].1,
            Err(0) if !self.places.is_empty() => 0,
            Err(i) => self.places.get(i).map_or(self.end, |(_, shown)| *shown),
        }
    }
}

/// The columns that are shown.
fn window(source: &str, focus: Option<Range<usize>>, width: usize, look: Look) -> Range<usize> {
    let column = |byte: usize| cells(source, look).find(|c| c.byte >= byte).map(|c| c.column);
    let total = cells(source, look).last().map_or(0, |last| last.column + last.width);
    // One column is for a label behind the end.
    if total < width {
        return 0..total;
    }
    let focus = focus.unwrap_or(0..0);
    let (start, end) = (column(focus.start).unwrap_or(total), column(focus.end).unwrap_or(total));
    let mark = look.ellipsis().width();
    if end + mark <= width {
        return 0..width - mark;
    }
    let visible = width - 2 * mark;
    let first = start.saturating_sub(visible / 4).min(total.saturating_sub(visible));
    first..first + visible
}

fn cells(source: &str, look: Look) -> impl Iterator<Item = Cell> {
    let mut column = 0;
    source.char_indices().map(move |(byte, c)| {
        let (shown, width) = match c {
            '\t' => (c, TAB_WIDTH - column % TAB_WIDTH),
            c if is_dangerous(c) => (look.replacement(), 1),
            c => (c, c.width().unwrap_or(0)),
        };
        let cell = Cell { byte, column, width, shown };
        column += width;
        cell
    })
}
