//! What can be applied to a value by writing it behind: attributes, indexes and splats.

use std::sync::Arc;

use super::super::ast::{ExprKind, SplatStyle};
use super::super::messages;
use super::super::token::{Token, TokenKind};
use super::{Node, Parse, Parser};
use crate::diag::Span;

impl Parser<'_> {
    pub(super) fn traversals(&mut self, mut node: Node) -> Parse<Node> {
        loop {
            node = match self.peek_kind() {
                TokenKind::Dot => self.dot(node)?,
                TokenKind::OpenBracket => self.bracket(node)?,
                _ => return Ok(node),
            };
        }
    }

    fn dot(&mut self, base: Node) -> Parse<Node> {
        self.next();
        let token = self.peek();
        match token.kind {
            TokenKind::Star => {
                self.next();
                self.attribute_splat(base, token)
            }
            _ => self.dotted(base),
        }
    }

    /// A name, or digits as the older notation of an index, behind a dot.
    fn dotted(&mut self, base: Node) -> Parse<Node> {
        let token = self.peek();
        let span = base.expr.span.to(self.span(token));
        let below = base.links;
        match token.kind {
            TokenKind::Ident => {
                self.next();
                self.link(ExprKind::Attr { base: base.boxed(), name: self.ident(token) }, span, below)
            }
            TokenKind::Number => {
                self.next();
                let digits = token.text(self.text);
                if digits.contains('.') {
                    return self.fail(token, messages::invalid_legacy_index(self.span(token), digits));
                }
                let key = Node::leaf(ExprKind::Number(Arc::from(digits)), self.span(token));
                self.link(ExprKind::Index { base: base.boxed(), key: key.boxed() }, span, below)
            }
            _ => self.fail(token, messages::invalid_attribute_name(self.span(token))),
        }
    }

    /// `.*` takes the names and digits behind it; an index in brackets applies to its result.
    fn attribute_splat(&mut self, source: Node, star: Token) -> Parse<Node> {
        let mut each = Node::leaf(ExprKind::SplatItem, self.span(star));
        while self.peek_kind() == TokenKind::Dot {
            self.next();
            let token = self.peek();
            if token.kind == TokenKind::Star {
                return self.fail(token, messages::nested_splat(self.span(token)));
            }
            each = self.dotted(each)?;
        }
        self.splat(source, each, SplatStyle::Attribute)
    }

    fn splat(&mut self, source: Node, each: Node, style: SplatStyle) -> Parse<Node> {
        let span = source.expr.span.to(each.expr.span);
        let below = source.links.max(each.links);
        self.link(ExprKind::Splat { source: source.boxed(), each: each.boxed(), style }, span, below)
    }

    fn bracket(&mut self, base: Node) -> Parse<Node> {
        let open = self.next();
        if let Some(star) = self.next_if(TokenKind::Star) {
            let close = self.close_bracket(open, true)?;
            let marker = self.span(open).to(self.span(star)).to(self.span(close));
            // Everything behind applies to each element, further splats included.
            let each = self.linked(|p| p.traversals(Node::leaf(ExprKind::SplatItem, marker)))?;
            return self.splat(base, each, SplatStyle::Full);
        }
        let (key, close) = self.bracketed(|p| {
            p.with_newlines(false, |p| {
                let key = p.expression()?;
                Ok((key, p.close_bracket(open, false)?))
            })
        })?;
        let span: Span = base.expr.span.to(self.span(close));
        let below = base.links.max(key.links);
        self.link(ExprKind::Index { base: base.boxed(), key: key.boxed() }, span, below)
    }

    fn close_bracket(&mut self, open: Token, splat: bool) -> Parse<Token> {
        let close = self.peek();
        if close.kind != TokenKind::CloseBracket {
            return self.fail(close, messages::unclosed_index(self.span(close), self.span(open), splat));
        }
        Ok(self.next())
    }
}
