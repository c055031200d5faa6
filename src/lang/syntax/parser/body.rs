//! Files and blocks: their arguments and nested blocks. Broken items are reported and passed over.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::ast::{Attribute, Block, Body, Expr, ExprKind, Ident, Item};
use super::super::messages;
use super::super::token::{Token, TokenKind};
use super::{MAX_FINDINGS, Parse, Parser, Reported};
use crate::diag::Span;

impl Parser<'_> {
    pub(in super::super) fn file_body(&mut self) -> Body {
        let items = self.items(TokenKind::End);
        Body { items, span: self.range(0, self.text.len()) }
    }

    /// Up to the token that ends the body, which is left for the caller.
    fn items(&mut self, end: TokenKind) -> Vec<Item> {
        let mut items = Vec::new();
        let mut names = BTreeMap::new();
        while self.diagnostics.len() < MAX_FINDINGS {
            let token = self.peek();
            match token.kind {
                kind if kind == end || kind == TokenKind::End => break,
                TokenKind::Newline => _ = self.next(),
                TokenKind::Ident => {
                    let start = self.at;
                    match self.item() {
                        Ok(item) => self.add_item(&mut items, &mut names, item),
                        // At the end of the text a block is not closed: what stands inside it has been read.
                        Err(Reported) if self.peek_kind() == TokenKind::End => {}
                        Err(Reported) => self.skip_item(start),
                    }
                }
                _ => self.misplaced(token),
            }
        }
        items
    }

    fn add_item(&mut self, items: &mut Vec<Item>, names: &mut BTreeMap<Arc<str>, Span>, item: Item) {
        if let Item::Attribute(attribute) = &item {
            let Ident { text, span } = attribute.name.clone();
            if let Some(first) = names.get(&text) {
                return self.report(messages::redefined(span, *first, &text));
            }
            names.insert(text, span);
        }
        items.push(item);
    }

    /// Something that begins neither an argument nor a block.
    fn misplaced(&mut self, token: Token) {
        let start = self.at;
        let span = self.span(token);
        let diagnostic = match token.kind {
            TokenKind::OpenQuote => messages::quoted_name(span),
            TokenKind::CloseBrace => messages::stray_brace(span),
            _ => messages::item_required(span, None),
        };
        let Err(Reported) = self.fail::<()>(token, diagnostic) else { return };
        if token.kind == TokenKind::CloseBrace {
            self.next();
        } else {
            self.skip_item(start);
        }
    }

    fn item(&mut self) -> Parse<Item> {
        let name = self.next();
        match self.peek_kind() {
            TokenKind::Equal => Ok(Item::Attribute(self.attribute(name)?)),
            TokenKind::OpenQuote | TokenKind::OpenBrace | TokenKind::Ident => {
                self.bracketed(|p| p.block(name)).map(Item::Block)
            }
            _ => self.fail(self.peek(), messages::item_required(self.span(name), Some(name.text(self.text)))),
        }
    }

    fn attribute(&mut self, name: Token) -> Parse<Attribute> {
        let start = self.at.saturating_sub(1);
        let attribute = self.attribute_value(name);
        let next = self.peek();
        match next.kind {
            _ if attribute.expr.kind == ExprKind::Invalid => self.skip_item(start),
            TokenKind::Newline | TokenKind::End => _ = self.next(),
            kind => {
                let message = messages::newline_after_argument(self.span(next), kind == TokenKind::Comma);
                let Err(Reported) = self.fail::<()>(next, message) else { return Ok(attribute) };
                self.skip_rest();
            }
        }
        Ok(attribute)
    }

    /// The rest of an argument, from the equals sign. A value that cannot be read leaves [`ExprKind::Invalid`].
    fn attribute_value(&mut self, name: Token) -> Attribute {
        let equal = self.next();
        let name = self.ident(name);
        let expr = match self.with_newlines(true, Self::expression) {
            Ok(node) => node.expr,
            Err(Reported) => Expr { kind: ExprKind::Invalid, span: self.span(equal) },
        };
        let span = name.span.to(expr.span);
        Attribute { name, expr, span }
    }

    fn block(&mut self, keyword: Token) -> Parse<Block> {
        let keyword = self.ident(keyword);
        let labels = self.labels()?;
        let header = labels.last().map_or(keyword.span, |l: &Ident| keyword.span.to(l.span));
        let open = self.next();
        let items = match self.peek_kind() {
            TokenKind::Newline | TokenKind::End | TokenKind::CloseBrace => self.items(TokenKind::CloseBrace),
            _ => self.one_line_body()?,
        };
        let close = self.peek();
        if close.kind != TokenKind::CloseBrace {
            return self.unclosed_block(open);
        }
        self.next();
        let body = Body { items, span: self.range(open.end, close.start) };
        let span = keyword.span.to(self.span(close));
        self.end_of_block();
        Ok(Block { keyword, labels, body, header, span })
    }

    fn unclosed_block<T>(&mut self, open: Token) -> Parse<T> {
        // Something wrong inside is likelier the cause: an inner block without its end, a bracket that is not closed.
        let open = self.span(open);
        if self.diagnostics.iter().all(|d| d.span().is_none_or(|s| s < open)) {
            self.report(messages::unclosed_block(open));
        }
        self.at = self.tokens.len().saturating_sub(1);
        Err(Reported)
    }

    fn end_of_block(&mut self) {
        let next = self.peek();
        if matches!(next.kind, TokenKind::Newline | TokenKind::End) {
            self.next();
            return;
        }
        if self.fail::<()>(next, messages::newline_after_block(self.span(next))).is_err() {
            self.skip_rest();
        }
    }

    /// Up to the opening brace, which is left for the caller.
    fn labels(&mut self) -> Parse<Vec<Ident>> {
        let mut labels = Vec::new();
        loop {
            let token = self.peek();
            match token.kind {
                TokenKind::OpenBrace => return Ok(labels),
                TokenKind::Ident => {
                    self.next();
                    labels.push(self.ident(token));
                }
                TokenKind::OpenQuote => {
                    let (text, span) = self.plain_string()?;
                    labels.push(Ident { text: Arc::from(text), span });
                }
                kind => {
                    let detail = match kind {
                        TokenKind::Equal => "An equals sign belongs to an argument, and an argument has no labels.",
                        TokenKind::Newline => "The opening brace must stand in the line of the keyword and labels.",
                        _ => "Only labels and an opening brace can follow the keyword of a block.",
                    };
                    return self.fail(token, messages::invalid_block(self.span(token), detail));
                }
            }
        }
    }

    /// `{ name = value }`: the closing brace is left for the caller.
    fn one_line_body(&mut self) -> Parse<Vec<Item>> {
        let name = self.peek();
        if name.kind != TokenKind::Ident {
            return self.fail(name, messages::item_required(self.span(name), None));
        }
        self.next();
        let text = name.text(self.text);
        match self.peek_kind() {
            TokenKind::Equal => {}
            TokenKind::OpenQuote | TokenKind::OpenBrace | TokenKind::Ident => {
                return self.fail(name, messages::argument_required(self.span(name), text));
            }
            _ => return self.fail(self.peek(), messages::item_required(self.span(name), Some(text))),
        }
        let attribute = self.attribute_value(name);
        if attribute.expr.kind == ExprKind::Invalid {
            return Err(Reported);
        }
        let next = self.peek();
        let detail = match next.kind {
            TokenKind::CloseBrace | TokenKind::End => return Ok(vec![Item::Attribute(attribute)]),
            TokenKind::Comma => {
                "A block written in one line holds one argument only; commas separate the items of objects."
            }
            TokenKind::Newline => {
                "An argument in the line of the opening brace makes a block of one line, so the closing brace must follow."
            }
            _ => "The value is complete, but the closing brace does not follow.",
        };
        self.fail(next, messages::single_argument_block(self.span(next), detail))
    }
}
