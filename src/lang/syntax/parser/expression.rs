//! Operators, conditionals and the terms they join.

use std::sync::Arc;

use super::super::ast::{BinaryOp, Expr, ExprKind, Ident, UnaryOp};
use super::super::messages;
use super::super::token::{Token, TokenKind};
use super::{Node, Parse, Parser};
use crate::diag::Span;

/// Binding strength, weakest first; operators of the same strength group from the left.
fn binary_operator(kind: TokenKind) -> Option<(u8, BinaryOp)> {
    Some(match kind {
        TokenKind::Or => (1, BinaryOp::Or),
        TokenKind::And => (2, BinaryOp::And),
        TokenKind::EqualEqual => (3, BinaryOp::Equal),
        TokenKind::NotEqual => (3, BinaryOp::NotEqual),
        TokenKind::Greater => (4, BinaryOp::Greater),
        TokenKind::GreaterEqual => (4, BinaryOp::GreaterEqual),
        TokenKind::Less => (4, BinaryOp::Less),
        TokenKind::LessEqual => (4, BinaryOp::LessEqual),
        TokenKind::Plus => (5, BinaryOp::Add),
        TokenKind::Minus => (5, BinaryOp::Subtract),
        TokenKind::Star => (6, BinaryOp::Multiply),
        TokenKind::Slash => (6, BinaryOp::Divide),
        TokenKind::Percent => (6, BinaryOp::Modulo),
        _ => return None,
    })
}

impl Parser<'_> {
    /// Any expression, conditionals included.
    pub(super) fn expression(&mut self) -> Parse<Node> {
        let condition = self.binary(1)?;
        match self.next_if(TokenKind::Question) {
            Some(_) => self.linked(|p| p.conditional(condition)),
            None => Ok(condition),
        }
    }

    fn conditional(&mut self, condition: Node) -> Parse<Node> {
        let if_true = self.expression()?;
        let colon = self.peek();
        if colon.kind != TokenKind::Colon {
            return self.fail(colon, messages::missing_false_result(self.span(colon)));
        }
        self.next();
        let if_false = self.expression()?;
        let span = condition.expr.span.to(if_false.expr.span);
        let below = condition.links.max(if_true.links).max(if_false.links);
        let (condition, if_true, if_false) = (condition.boxed(), if_true.boxed(), if_false.boxed());
        self.link(ExprKind::Conditional { condition, if_true, if_false }, span, below)
    }

    /// Operators that bind at least as strongly as `weakest`.
    fn binary(&mut self, weakest: u8) -> Parse<Node> {
        let mut left = self.operand()?;
        while let Some((strength, op)) = binary_operator(self.peek_kind()).filter(|(s, _)| *s >= weakest) {
            self.next();
            let right = self.binary(strength + 1)?;
            let span = left.expr.span.to(right.expr.span);
            let below = left.links.max(right.links);
            left = self.link(ExprKind::Binary { op, left: left.boxed(), right: right.boxed() }, span, below)?;
        }
        Ok(left)
    }

    /// A term with the attributes, indexes and splats applied to it.
    fn operand(&mut self) -> Parse<Node> {
        let term = self.term()?;
        self.traversals(term)
    }

    fn term(&mut self) -> Parse<Node> {
        let token = self.peek();
        match token.kind {
            TokenKind::OpenParen => self.bracketed(Self::parenthesised),
            TokenKind::Number => self.number(),
            TokenKind::Ident => self.name(),
            TokenKind::OpenQuote | TokenKind::OpenHeredoc => self.template_expression(),
            TokenKind::Minus => self.unary(UnaryOp::Negate),
            TokenKind::Not => self.unary(UnaryOp::Not),
            TokenKind::OpenBracket => self.bracketed(Self::tuple_or_for),
            TokenKind::OpenBrace => self.bracketed(Self::object_or_for),
            TokenKind::End => self.fail(token, messages::missing_expression(self.span(token))),
            _ => self.fail(token, messages::invalid_expression(self.span(token), &self.describe(token))),
        }
    }

    fn describe(&self, token: Token) -> String {
        match token.kind {
            TokenKind::Newline => String::from("the end of the line"),
            TokenKind::Literal | TokenKind::CloseHeredoc => String::from("this text"),
            _ => format!("\"{}\"", token.text(self.text)),
        }
    }

    fn number(&mut self) -> Parse<Node> {
        let token = self.next();
        let digits = token.text(self.text);
        if !is_number(digits) {
            return self.fail(token, messages::invalid_number(self.span(token)));
        }
        Ok(Node::leaf(ExprKind::Number(Arc::from(digits)), self.span(token)))
    }

    fn name(&mut self) -> Parse<Node> {
        let token = self.next();
        if matches!(self.peek_kind(), TokenKind::OpenParen | TokenKind::DoubleColon) {
            return self.call(token);
        }
        let kind = match token.text(self.text) {
            "true" => ExprKind::Bool(true),
            "false" => ExprKind::Bool(false),
            "null" => ExprKind::Null,
            name => ExprKind::Variable(Arc::from(name)),
        };
        Ok(Node::leaf(kind, self.span(token)))
    }

    fn unary(&mut self, op: UnaryOp) -> Parse<Node> {
        let symbol = self.next();
        let operand = self.linked(Self::operand)?;
        let span = self.span(symbol).to(operand.expr.span);
        let below = operand.links;
        self.link(ExprKind::Unary { op, operand: operand.boxed() }, span, below)
    }

    fn parenthesised(&mut self) -> Parse<Node> {
        let open = self.next();
        let (inner, close) = self.with_newlines(false, |p| {
            let inner = p.expression()?;
            let close = p.peek();
            if close.kind != TokenKind::CloseParen {
                return p.fail(close, messages::unbalanced_parentheses(p.span(close), p.span(open)));
            }
            Ok((inner, p.next()))
        })?;
        let span = self.span(open).to(self.span(close));
        Ok(Node { links: inner.links, expr: Expr { kind: ExprKind::Paren(inner.boxed()), span } })
    }

    /// The rest of a call, behind the first part of the function's name.
    fn call(&mut self, first: Token) -> Parse<Node> {
        let name = self.function_name(first)?;
        let open = self.peek();
        if open.kind != TokenKind::OpenParen {
            return self.fail(open, messages::missing_open_parenthesis(self.span(open)));
        }
        self.next();
        let head = name.span.to(self.span(open));
        let mut args = Arguments::default();
        let close = self.bracketed(|p| p.with_newlines(false, |p| p.arguments(head, &mut args)))?;
        let span = name.span.to(self.span(close));
        let kind = ExprKind::Call { name, args: args.exprs, expand: args.expand };
        Ok(Node { expr: Expr { kind, span }, links: args.links })
    }

    fn function_name(&mut self, first: Token) -> Parse<Ident> {
        let mut name = first.text(self.text).to_owned();
        let mut span = self.span(first);
        while self.next_if(TokenKind::DoubleColon).is_some() {
            let part = self.peek();
            if part.kind != TokenKind::Ident {
                return self.fail(part, messages::missing_function_name(self.span(part)));
            }
            self.next();
            name.push_str("::");
            name.push_str(part.text(self.text));
            span = span.to(self.span(part));
        }
        Ok(Ident { text: Arc::from(name), span })
    }

    /// Up to and with the closing parenthesis, which is returned.
    fn arguments(&mut self, head: Span, args: &mut Arguments) -> Parse<Token> {
        loop {
            if let Some(close) = self.next_if(TokenKind::CloseParen) {
                return Ok(close);
            }
            let argument = self.expression()?;
            args.links = args.links.max(argument.links);
            args.exprs.push(argument.expr);
            let separator = self.peek();
            match separator.kind {
                TokenKind::Comma => _ = self.next(),
                TokenKind::CloseParen => return Ok(self.next()),
                TokenKind::Ellipsis => {
                    self.next();
                    args.expand = true;
                    let close = self.peek();
                    if close.kind != TokenKind::CloseParen {
                        return self.fail(close, messages::expansion_not_last(self.span(separator)));
                    }
                    return Ok(self.next());
                }
                TokenKind::End => return self.fail(separator, messages::unterminated_call(head)),
                _ => return self.fail(separator, messages::missing_argument_separator(self.span(separator), head)),
            }
        }
    }
}

#[derive(Default)]
struct Arguments {
    exprs: Vec<Expr>,
    expand: bool,
    links: usize,
}

/// Digits, perhaps a point and further digits, perhaps an exponent.
fn is_number(text: &str) -> bool {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.strip_prefix(['+', '-']).unwrap_or(exponent)),
        None => (text, "0"),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    !whole.is_empty() && !exponent.is_empty() && digits(whole) && digits(fraction) && digits(exponent)
}
