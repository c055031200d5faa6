//! Indentation, and the alignment of equals signs and comments in neighbouring lines.

use unicode_segmentation::UnicodeSegmentation;

use super::Piece;
use super::spacing::space_between;
use crate::lang::syntax::TokenKind;

/// A line in up to three cells: what leads, the equals sign with the value if that is complete in the line, and the
/// comment that ends it. The numbers are the cells' ends within `pieces`.
struct Line<'a> {
    pieces: Vec<Piece<'a>>,
    lead_end: usize,
    value_end: usize,
}

impl<'a> Line<'a> {
    fn new(pieces: Vec<Piece<'a>>) -> Self {
        let has_comment = pieces.len() > 1 && pieces.last().is_some_and(Piece::is_comment);
        let value_end = pieces.len() - usize::from(has_comment);
        let equal = pieces.iter().take(value_end).skip(1).position(|p| p.kind == TokenKind::Equal).map(|i| i + 1);
        let is_complete =
            |from: &usize| pieces.iter().take(value_end).skip(*from).map(Piece::bracket_change).sum::<i32>() == 0;
        let lead_end = equal.filter(is_complete).unwrap_or(value_end);
        Self { pieces, lead_end, value_end }
    }

    fn has_value(&self) -> bool {
        self.lead_end < self.value_end
    }

    fn has_comment(&self) -> bool {
        self.value_end < self.pieces.len()
    }

    /// Brackets opened minus brackets closed, but for those inside a heredoc that begins in the line.
    fn net_brackets(&self) -> i32 {
        let (lead, rest) = self.pieces.split_at(self.lead_end);
        let lead = lead.iter().take_while(|p| p.kind != TokenKind::OpenHeredoc);
        lead.chain(rest.iter().take(self.value_end - self.lead_end)).map(Piece::bracket_change).sum()
    }

    /// Columns taken by the pieces before `end`.
    fn columns(&self, end: usize) -> usize {
        self.pieces.iter().take(end).map(|p| p.spaces + p.text.graphemes(true).count()).sum()
    }

    fn set_spaces(&mut self, at: usize, spaces: usize) {
        if let Some(piece) = self.pieces.get_mut(at) {
            piece.spaces = spaces;
        }
    }
}

pub(super) fn lay_out(pieces: Vec<Piece>) -> String {
    let mut lines: Vec<Line> = Vec::new();
    let mut current = Vec::new();
    for piece in pieces {
        let ends = piece.ends_line();
        current.push(piece);
        if ends {
            lines.push(Line::new(std::mem::take(&mut current)));
        }
    }
    if !current.is_empty() {
        lines.push(Line::new(current));
    }
    lines.iter_mut().for_each(space);
    indent(&mut lines);
    align(&mut lines, |line| line.has_value(), |line| line.lead_end);
    align(&mut lines, |line| line.has_comment(), |line| line.value_end);
    let mut out = String::new();
    for piece in lines.iter().flat_map(|l| &l.pieces) {
        out.push_str(&" ".repeat(piece.spaces));
        out.push_str(&piece.text);
    }
    out
}

/// Spaces between the pieces of each cell.
fn space(line: &mut Line) {
    let cells = [(0, line.lead_end), (line.lead_end, line.value_end)];
    for (start, end) in cells {
        for at in start..end.saturating_sub(1) {
            let before = if at > start { line.pieces.get(at - 1) } else { None };
            let (Some(left), Some(right)) = (line.pieces.get(at), line.pieces.get(at + 1)) else { continue };
            let spaces = usize::from(space_between(before, left, right));
            line.set_spaces(at + 1, spaces);
        }
    }
}

/// Two spaces for every line above that opened brackets which are still open. What one line opened together counts
/// once, and is closed once.
fn indent(lines: &mut [Line]) {
    let mut open: Vec<i32> = Vec::new();
    for line in lines {
        if line.pieces.first().is_none_or(|p| p.kind == TokenKind::Newline) {
            continue;
        }
        let net = line.net_brackets();
        let mut closed = -net;
        while closed > 0
            && let Some(last) = open.last_mut()
        {
            if closed < *last {
                *last -= closed;
                break;
            }
            closed -= *last;
            open.pop();
        }
        line.set_spaces(0, 2 * open.len());
        if net > 0 {
            open.push(net);
        }
    }
}

/// Gives a cell the same column in each run of neighbouring lines that have it.
fn align(lines: &mut [Line], has_cell: fn(&Line) -> bool, start: fn(&Line) -> usize) {
    for run in lines.chunk_by_mut(|a, b| has_cell(a) && has_cell(b)).filter(|run| run.first().is_some_and(has_cell)) {
        let widest = run.iter().map(|l| l.columns(start(l))).max().unwrap_or(0);
        for line in run {
            let at = start(line);
            line.set_spaces(at, widest - line.columns(at) + 1);
        }
    }
}
