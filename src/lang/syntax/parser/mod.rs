//! From tokens to the syntax tree, by recursive descent.
//!
//! Every `fn` of the grammar that fails has reported why and returns [`Reported`]; the enclosing item of a body goes on
//! behind it, so that a file gives as many independent findings as it has broken items. Recursion is bounded by
//! [`MAX_DEPTH`], and so are the chains of the tree, for the sake of everything that walks it.

mod body;
mod collection;
mod expression;
mod literal;
mod recover;
mod template;
mod traversal;

use std::sync::Arc;

use super::MAX_DEPTH;
use super::ast::{Expr, ExprKind, Ident};
use super::messages;
use super::token::{Token, TokenKind};
use crate::diag::{Diagnostic, Diagnostics, FileId, Span};
use crate::lang::recursion::recurse;

/// After so many findings in one text, further ones help nobody.
const MAX_FINDINGS: usize = 200;

/// A diagnostic says why; what could not be read is left out of the tree.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reported;

pub(super) type Parse<T> = Result<T, Reported>;

/// An expression, and how many links of chains stand above one another in it at most.
pub(super) struct Node {
    expr: Expr,
    links: usize,
}

impl Node {
    fn leaf(kind: ExprKind, span: Span) -> Self {
        Self { expr: Expr { kind, span }, links: 0 }
    }

    fn boxed(self) -> Box<Expr> {
        Box::new(self.expr)
    }
}

pub(super) struct Parser<'a> {
    text: &'a str,
    file: FileId,
    /// Without trivia; ends with [`TokenKind::End`].
    tokens: Vec<Token>,
    at: usize,
    /// Whether a newline is a token or nothing: inside parentheses and brackets it is nothing.
    newlines: bool,
    /// The brackets and links around the place that is being read.
    brackets: usize,
    links: usize,
    place: Place,
    pub(super) diagnostics: Diagnostics,
}

/// Where the parsed text stands in its file.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    /// It begins at this byte.
    At(usize),
    /// It was unescaped from there, so that its positions say nothing.
    Within(Span),
}

impl<'a> Parser<'a> {
    pub(super) fn new(file: FileId, text: &'a str, tokens: Vec<Token>) -> Self {
        Self::placed(file, Place::At(0), text, tokens)
    }

    /// For a text that is part of a file.
    pub(super) fn placed(file: FileId, place: Place, text: &'a str, tokens: Vec<Token>) -> Self {
        let mut parser = Self {
            text,
            file,
            tokens: Vec::new(),
            at: 0,
            newlines: true,
            brackets: 0,
            links: 0,
            place,
            diagnostics: Diagnostics::new(),
        };
        parser.report_error_tokens(&tokens);
        parser.tokens = tokens.into_iter().filter(|t| !t.kind.is_trivia()).collect();
        parser
    }

    /// The whole text as one expression that newlines do not end.
    pub(super) fn whole_expression(&mut self) -> Parse<Expr> {
        let node = self.with_newlines(false, Self::expression)?;
        let next = self.with_newlines(false, |p| p.peek());
        if next.kind == TokenKind::End {
            return Ok(node.expr);
        }
        self.fail(next, messages::extra_after_expression(self.span(next)))
    }

    /// The whole text as what follows the equals sign of an argument.
    pub(super) fn whole_argument(&mut self) -> Parse<Expr> {
        let node = self.expression()?;
        let mut next = self.peek();
        if !matches!(next.kind, TokenKind::Newline | TokenKind::End) {
            return self.fail(next, messages::newline_after_argument(self.span(next), next.kind == TokenKind::Comma));
        }
        while self.next_if(TokenKind::Newline).is_some() {}
        next = self.peek();
        if next.kind != TokenKind::End {
            return self.fail(next, messages::item_required(self.span(next), None));
        }
        Ok(node.expr)
    }

    fn peek(&self) -> Token {
        self.peek_from(self.at).1
    }

    fn peek_kind(&self) -> TokenKind {
        self.peek().kind
    }

    /// The token after the next.
    fn peek_second(&self) -> Token {
        let (index, _) = self.peek_from(self.at);
        self.peek_from(index + 1).1
    }

    fn peek_from(&self, mut index: usize) -> (usize, Token) {
        loop {
            match self.tokens.get(index) {
                Some(token) if token.kind == TokenKind::Newline && !self.newlines => index += 1,
                Some(token) => return (index, *token),
                None => return (self.tokens.len().saturating_sub(1), self.end()),
            }
        }
    }

    fn end(&self) -> Token {
        Token { kind: TokenKind::End, start: self.text.len(), end: self.text.len() }
    }

    fn next(&mut self) -> Token {
        let (index, token) = self.peek_from(self.at);
        if token.kind != TokenKind::End {
            self.at = index + 1;
        }
        token
    }

    fn next_if(&mut self, kind: TokenKind) -> Option<Token> {
        (self.peek_kind() == kind).then(|| self.next())
    }

    /// Whether the next token is this word; words like `for` and `in` are keywords in some places only.
    fn at_word(&self, word: &str) -> bool {
        let token = self.peek();
        token.kind == TokenKind::Ident && token.text(self.text) == word
    }

    fn with_newlines<T>(&mut self, newlines: bool, parse: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.newlines, newlines);
        let result = parse(self);
        self.newlines = before;
        result
    }

    fn span(&self, token: Token) -> Span {
        self.range(token.start, token.end)
    }

    /// The place of the bytes from `start` to `end` of the parsed text.
    fn range(&self, start: usize, end: usize) -> Span {
        match self.place {
            Place::At(offset) => Span::new(self.file, offset + start, offset + end),
            Place::Within(span) => span,
        }
    }

    fn ident(&self, token: Token) -> Ident {
        Ident { text: Arc::from(token.text(self.text)), span: self.span(token) }
    }

    /// Reports that `token` does not fit. A token that is wrong in itself was reported already.
    fn fail<T>(&mut self, token: Token, diagnostic: Diagnostic) -> Parse<T> {
        if !token.kind.is_error() && self.diagnostics.iter().all(|d| *d != diagnostic) {
            self.report(diagnostic);
        }
        Err(Reported)
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        if self.diagnostics.len() < MAX_FINDINGS {
            self.diagnostics.push(diagnostic);
        }
    }

    /// Inside one more bracket of any sort: parentheses, a list, an object, a call, an index, an interpolation, a block.
    fn bracketed<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parse<T>) -> Parse<T> {
        self.check_depth(self.brackets)?;
        self.brackets += 1;
        let result = recurse(|| parse(self));
        self.brackets -= 1;
        result
    }

    /// Behind one more link of a chain that is read by recursion.
    fn linked<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parse<T>) -> Parse<T> {
        self.check_depth(self.links)?;
        self.links += 1;
        let result = recurse(|| parse(self));
        self.links -= 1;
        result
    }

    fn check_depth(&mut self, around: usize) -> Parse<()> {
        if around + 1 < MAX_DEPTH {
            return Ok(());
        }
        let next = self.peek();
        self.fail(next, messages::too_deep(self.span(next), MAX_DEPTH))
    }

    /// A link above what it joins, `below` being the links in that.
    fn link(&mut self, kind: ExprKind, span: Span, below: usize) -> Parse<Node> {
        if below + 1 >= MAX_DEPTH {
            self.report(messages::too_deep(span, MAX_DEPTH));
            return Err(Reported);
        }
        Ok(Node { expr: Expr { kind, span }, links: below + 1 })
    }

    /// Tokens that are wrong wherever they stand. Repetitions of the same mistake in a row are told once.
    fn report_error_tokens(&mut self, tokens: &[Token]) {
        let mut openers = Vec::new();
        let mut last_invalid = None;
        for token in tokens {
            let (span, text) = (self.span(*token), token.text(self.text));
            let found = match token.kind {
                TokenKind::OpenQuote | TokenKind::OpenInterpolation | TokenKind::OpenDirective => {
                    openers.push(*token);
                    continue;
                }
                TokenKind::CloseQuote | TokenKind::CloseSequence => {
                    openers.pop();
                    continue;
                }
                TokenKind::MissingQuote => self.missing_quote(*token, &mut openers),
                TokenKind::Bitwise => messages::bitwise_operator(span, text),
                TokenKind::Semicolon => messages::semicolon(span),
                TokenKind::ForeignQuote => messages::foreign_quote(span, text),
                TokenKind::UnclosedComment => messages::unclosed_comment(span),
                TokenKind::Invalid if last_invalid.replace(token.end) == Some(token.start) => continue,
                TokenKind::Invalid => messages::invalid_character(span, text),
                _ => continue,
            };
            self.report(found);
        }
    }

    /// A string without its end. If it seems to begin inside an interpolation of another string, its quote is the
    /// other's closing one, and the interpolation is what lacks an end.
    fn missing_quote(&self, token: Token, openers: &mut Vec<Token>) -> Diagnostic {
        let open = openers.pop().unwrap_or(token);
        let mut sequence = None;
        while let [.., quote, inner] = openers.as_slice()
            && quote.kind == TokenKind::OpenQuote
            && inner.kind == TokenKind::OpenInterpolation
        {
            sequence = Some(*inner);
            openers.truncate(openers.len() - 2);
        }
        let (span, open) = (self.span(token), self.span(open));
        match sequence {
            Some(sequence) => messages::unclosed_interpolation(self.span(sequence)),
            None if token.end == self.text.len() => messages::unterminated_string(open, span),
            None => messages::line_ends_in_string(open, span),
        }
    }
}
