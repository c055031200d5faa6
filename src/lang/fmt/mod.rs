//! Canonical formatting: one way to lay out every configuration, the same that `terraform fmt` produces.
//!
//! Works on tokens, so that comments and everything else that is not layout stay as they are. Must not know what blocks
//! and arguments mean, but for the few old notations that are modernised in passing (see `rewrite`).

mod layout;
mod rewrite;
mod spacing;

use crate::diag::FileId;
use crate::lang::syntax::ast::Body;
use crate::lang::syntax::{Token, TokenKind, lex, parse_file};
use std::borrow::Cow;

/// Lays a configuration out canonically. A text with syntax errors comes back unchanged: to move things about in what
/// is not understood would make its repair harder. So does one that would no longer be read afterwards, which happens
/// to `terraform fmt` where a comment ends a line within `${ }`.
pub fn format(text: &str) -> String {
    let (body, diagnostics) = parse_file(FileId(0), text);
    if diagnostics.has_errors() {
        return text.to_owned();
    }
    let formatted = formatted(text, &body);
    if parse_file(FileId(0), &formatted).1.has_errors() { text.to_owned() } else { formatted }
}

fn formatted(text: &str, body: &Body) -> String {
    let tokens = lex(text);
    let mut out = layout::lay_out(rewrite::modernise(pieces(text, &tokens), body));
    // What stands behind the last line's end is no line, so its width is kept.
    if let [.., space, _end] = tokens.as_slice()
        && space.kind == TokenKind::Space
    {
        out.extend(std::iter::repeat_n(' ', space.end - space.start));
    }
    out
}

/// A token with what formatting may change: its text and the space before it.
#[derive(Debug, Clone)]
struct Piece<'a> {
    kind: TokenKind,
    text: Cow<'a, str>,
    /// Where it stood in the source.
    start: usize,
    spaces: usize,
}

impl<'a> Piece<'a> {
    fn new(kind: TokenKind, text: impl Into<Cow<'a, str>>, start: usize) -> Self {
        Self { kind, text: text.into(), start, spaces: 0 }
    }

    /// How many brackets it opens, or closes if negative.
    fn bracket_change(&self) -> i32 {
        match self.kind {
            TokenKind::OpenBrace
            | TokenKind::OpenBracket
            | TokenKind::OpenParen
            | TokenKind::OpenDirective
            | TokenKind::OpenInterpolation => 1,
            TokenKind::CloseBrace | TokenKind::CloseBracket | TokenKind::CloseParen | TokenKind::CloseSequence => -1,
            _ => 0,
        }
    }

    fn is_comment(&self) -> bool {
        matches!(self.kind, TokenKind::LineComment | TokenKind::BlockComment)
    }

    fn ends_line(&self) -> bool {
        self.kind == TokenKind::Newline || (self.is_comment() && self.text.ends_with('\n'))
    }
}

/// Everything but spaces and the byte order mark; a line comment takes the end of its line along.
fn pieces<'a>(text: &'a str, tokens: &[Token]) -> Vec<Piece<'a>> {
    let mut pieces: Vec<Piece<'a>> = Vec::new();
    let mut after_comment = false;
    for token in tokens {
        let is_newline = token.kind == TokenKind::Newline;
        match (token.kind, pieces.last_mut()) {
            (TokenKind::Space | TokenKind::Bom | TokenKind::End, _) => {}
            (TokenKind::Newline, Some(comment)) if after_comment => {
                comment.text = Cow::Borrowed(text.get(comment.start..token.end).unwrap_or(""));
            }
            _ => pieces.push(Piece::new(token.kind, token.text(text), token.start)),
        }
        after_comment = token.kind == TokenKind::LineComment && !is_newline;
    }
    pieces
}

#[cfg(test)]
mod tests;
