//! Where to go on after an item that could not be read.

use super::super::token::{Token, TokenKind};
use super::Parser;

impl Parser<'_> {
    /// Goes on behind the item that begins with the token at `start`.
    pub(super) fn skip_item(&mut self, start: usize) {
        self.newlines = true;
        let end = self.balanced_end(start).unwrap_or_else(|| self.end_by_layout(start));
        // At least one token further, or the same would be read again.
        self.at = end.max(start + 1).min(self.tokens.len().saturating_sub(1));
    }

    /// Goes on behind what follows a complete item without a newline between.
    pub(super) fn skip_rest(&mut self) {
        self.at = self.balanced_end(self.at).unwrap_or_else(|| self.end_by_layout(self.at));
    }

    /// The first line's end outside all brackets, or the brace that closes the surrounding block; nothing when the
    /// brackets from here on do not match.
    fn balanced_end(&self, start: usize) -> Option<usize> {
        let mut open: Vec<TokenKind> = Vec::new();
        for (index, token) in self.tokens.iter().enumerate().skip(start) {
            match token.kind {
                TokenKind::End => return open.is_empty().then_some(index),
                // A line that begins with a brace continues the header of a block.
                TokenKind::Newline if open.is_empty() && !self.brace_follows(index) => return Some(index + 1),
                TokenKind::CloseBrace if open.is_empty() => return Some(index),
                TokenKind::MissingQuote => {
                    while open.pop().is_some_and(|kind| kind != TokenKind::OpenQuote) {}
                    while let [.., TokenKind::OpenQuote, TokenKind::OpenInterpolation] = open.as_slice() {
                        open.truncate(open.len() - 2);
                    }
                }
                kind if closer(kind).is_some() => open.push(kind),
                kind if is_closer(kind) && open.pop().and_then(closer) != Some(kind) => return None,
                _ => {}
            }
        }
        None
    }

    fn brace_follows(&self, newline: usize) -> bool {
        let following = self.tokens.iter().skip(newline).find(|t| t.kind != TokenKind::Newline);
        following.is_some_and(|t| t.kind == TokenKind::OpenBrace)
    }

    /// The next line that is not indented deeper than the item's own and begins with a name or a closing brace.
    fn end_by_layout(&self, start: usize) -> usize {
        let column = self.tokens.get(start).map_or(0, |t| self.column(*t));
        let pairs = self.tokens.iter().zip(self.tokens.iter().skip(1)).enumerate().skip(start);
        let mut begins = pairs.filter(|(_, (first, second))| {
            first.kind == TokenKind::Newline
                && matches!(second.kind, TokenKind::Ident | TokenKind::CloseBrace | TokenKind::End)
                && (second.kind == TokenKind::End || self.column(**second) <= column)
        });
        begins.next().map_or(self.tokens.len(), |(index, _)| index + 1)
    }

    fn column(&self, token: Token) -> usize {
        let before = self.text.get(..token.start).unwrap_or("");
        before.len() - before.rfind('\n').map_or(0, |newline| newline + 1)
    }
}

fn closer(open: TokenKind) -> Option<TokenKind> {
    Some(match open {
        TokenKind::OpenBrace => TokenKind::CloseBrace,
        TokenKind::OpenBracket => TokenKind::CloseBracket,
        TokenKind::OpenParen => TokenKind::CloseParen,
        TokenKind::OpenQuote => TokenKind::CloseQuote,
        TokenKind::OpenHeredoc => TokenKind::CloseHeredoc,
        TokenKind::OpenInterpolation | TokenKind::OpenDirective => TokenKind::CloseSequence,
        _ => return None,
    })
}

fn is_closer(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::CloseBrace
            | TokenKind::CloseBracket
            | TokenKind::CloseParen
            | TokenKind::CloseQuote
            | TokenKind::CloseHeredoc
            | TokenKind::CloseSequence
    )
}
