//! Lists, objects and `for` expressions.

use super::super::ast::{Expr, ExprKind, For, Ident, ObjectItem, ObjectKey};
use super::super::messages;
use super::super::token::{Token, TokenKind};
use super::{Node, Parse, Parser};

impl Parser<'_> {
    pub(super) fn tuple_or_for(&mut self) -> Parse<Node> {
        let open = self.next();
        self.with_newlines(false, |p| if p.at_word("for") { p.for_expression(open) } else { p.tuple(open) })
    }

    pub(super) fn object_or_for(&mut self) -> Parse<Node> {
        let open = self.next();
        // Newlines separate the items of an object, but mean nothing in a `for` expression, not even before its `for`.
        let is_for = self.with_newlines(false, |p| p.at_word("for"));
        self.with_newlines(!is_for, |p| if is_for { p.for_expression(open) } else { p.object(open) })
    }

    fn tuple(&mut self, open: Token) -> Parse<Node> {
        let (mut items, mut links) = (Vec::new(), 0);
        loop {
            if self.peek_kind() == TokenKind::CloseBracket {
                break;
            }
            let item = self.expression()?;
            links = links.max(item.links);
            items.push(item.expr);
            let next = self.peek();
            match next.kind {
                TokenKind::Comma => _ = self.next(),
                TokenKind::CloseBracket => break,
                TokenKind::End => return self.fail(next, messages::unterminated_tuple(self.span(open))),
                _ => return self.fail(next, messages::missing_item_separator(self.span(next), self.span(open))),
            }
        }
        let span = self.span(open).to(self.close());
        Ok(Node { expr: Expr { kind: ExprKind::Tuple(items), span }, links })
    }

    /// Reads the closing bracket the caller saw.
    fn close(&mut self) -> crate::diag::Span {
        let token = self.next();
        self.span(token)
    }

    fn object(&mut self, open: Token) -> Parse<Node> {
        let (mut items, mut links) = (Vec::new(), 0);
        loop {
            while self.next_if(TokenKind::Newline).is_some() {}
            if self.peek_kind() == TokenKind::CloseBrace {
                break;
            }
            let (item, below) = self.object_item(open)?;
            links = links.max(below);
            items.push(item);
            let next = self.peek();
            match next.kind {
                TokenKind::Comma | TokenKind::Newline => _ = self.next(),
                TokenKind::CloseBrace => break,
                TokenKind::End => return self.fail(next, messages::unterminated_object(self.span(open))),
                _ => return self.fail(next, messages::missing_attribute_separator(self.span(next), self.span(open))),
            }
        }
        let span = self.span(open).to(self.close());
        Ok(Node { expr: Expr { kind: ExprKind::Object(items), span }, links })
    }

    fn object_item(&mut self, open: Token) -> Parse<(ObjectItem, usize)> {
        let token = self.peek();
        if token.kind == TokenKind::End {
            let missing = messages::missing_expression(self.span(token));
            return self.fail(token, missing.with_label(self.span(open), "this brace is never closed"));
        }
        // Only a bare name stands for itself; any other expression is evaluated.
        let bare = token.kind == TokenKind::Ident && is_separator(self.peek_second().kind);
        let (key, links) = if bare {
            (ObjectKey::Name(self.next_ident()), 0)
        } else {
            let key = self.expression()?;
            (ObjectKey::Expr(key.expr), key.links)
        };
        let separator = self.peek();
        if !is_separator(separator.kind) {
            let span = self.span(separator);
            let diagnostic = match separator.kind {
                TokenKind::Newline | TokenKind::Comma => messages::missing_attribute_value(span),
                TokenKind::End => messages::unterminated_object(self.span(open)),
                kind => messages::missing_key_separator(span, kind == TokenKind::Ident),
            };
            return self.fail(separator, diagnostic);
        }
        self.next();
        let value = self.expression()?;
        Ok((ObjectItem { key, value: value.expr }, links.max(value.links)))
    }

    fn next_ident(&mut self) -> Ident {
        let token = self.next();
        self.ident(token)
    }

    fn for_expression(&mut self, open: Token) -> Parse<Node> {
        let is_object = open.kind == TokenKind::OpenBrace;
        self.next();
        let (key_var, value_var) = self.for_variables(messages::invalid_for)?;
        let collection = self.expression()?;
        let colon = self.peek();
        if colon.kind != TokenKind::Colon {
            return self.fail(colon, messages::invalid_for(self.span(colon), "A colon must follow the collection."));
        }
        self.next();
        let mut value = self.expression()?;
        let mut key = None;
        if self.next_if(TokenKind::FatArrow).is_some() {
            key = Some(std::mem::replace(&mut value, self.expression()?));
        }
        let group = self.next_if(TokenKind::Ellipsis);
        let condition = if self.at_word("if") {
            self.next();
            Some(self.expression()?)
        } else {
            None
        };
        let close = self.for_close(is_object, &key, &value, group)?;
        let links = [&key, &condition].into_iter().flatten().map(|n| n.links);
        let links = links.chain([collection.links, value.links]).max().unwrap_or(0);
        let parts = For {
            key_var,
            value_var,
            collection: collection.expr,
            key: key.map(|n| n.expr),
            value: value.expr,
            group: group.is_some(),
            condition: condition.map(|n| n.expr),
        };
        let span = self.span(open).to(self.span(close));
        Ok(Node { expr: Expr { kind: ExprKind::For(Box::new(parts)), span }, links })
    }

    /// Reads the closing bracket, and checks that the parts fit it: an object needs keys, a list has none.
    fn for_close(&mut self, is_object: bool, key: &Option<Node>, value: &Node, group: Option<Token>) -> Parse<Token> {
        let close = self.peek();
        let expected = if is_object { TokenKind::CloseBrace } else { TokenKind::CloseBracket };
        if close.kind != expected {
            let detail = "The expression is complete, but its closing bracket does not follow.";
            return self.fail(close, messages::invalid_for(self.span(close), detail));
        }
        self.next();
        let wrong = match (is_object, key) {
            (true, None) => Some((value.expr.span, "An object needs a key for each value: key => value.")),
            (false, Some(key)) => Some((key.expr.span, "A list has no keys; they are for objects, in braces.")),
            (false, None) => group.map(|g| (self.span(g), "Only the values of an object can be grouped with \"...\".")),
            _ => None,
        };
        match wrong {
            Some((span, detail)) => self.fail(close, messages::invalid_for(span, detail)),
            None => Ok(close),
        }
    }

    /// `key, value in` or `value in`, of an expression or a directive.
    pub(super) fn for_variables(
        &mut self,
        message: fn(crate::diag::Span, &str) -> crate::diag::Diagnostic,
    ) -> Parse<(Option<Ident>, Ident)> {
        let first = self.variable_name(message, "The name of a variable must follow \"for\".")?;
        let (key, value) = if self.next_if(TokenKind::Comma).is_some() {
            let value = self.variable_name(message, "The name of a second variable must follow the comma.")?;
            (Some(first), value)
        } else {
            (None, first)
        };
        if !self.at_word("in") {
            let token = self.peek();
            return self.fail(token, message(self.span(token), "\"in\" must follow the names of the variables."));
        }
        self.next();
        Ok((key, value))
    }

    fn variable_name(
        &mut self,
        message: fn(crate::diag::Span, &str) -> crate::diag::Diagnostic,
        detail: &str,
    ) -> Parse<Ident> {
        let token = self.peek();
        if token.kind != TokenKind::Ident {
            return self.fail(token, message(self.span(token), detail));
        }
        Ok(self.next_ident())
    }
}

fn is_separator(kind: TokenKind) -> bool {
    matches!(kind, TokenKind::Equal | TokenKind::Colon)
}
