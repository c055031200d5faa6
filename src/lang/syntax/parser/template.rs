//! Quoted strings, heredocs and template files.
//!
//! Done in two steps, since trimming and the indentation of heredocs look at neighbours: first a flat row of pieces,
//! then their tree, in which `if` and `for` directives hold what stands between them and their ends.

use std::sync::Arc;

use super::super::ast::{Expr, ExprKind, Ident, Template, TemplateFor, TemplateIf, TemplatePart};
use super::super::messages;
use super::super::token::{Token, TokenKind};
use super::literal::unescape_template;
use super::{MAX_DEPTH, Node, Parse, Parser, Reported};
use crate::diag::{Span, suggestion};

/// A piece of a template before directives are matched with their ends.
enum Piece {
    Literal { text: String, span: Span },
    Interpolation(Node),
    If { condition: Node, span: Span },
    For { key_var: Option<Ident>, value_var: Ident, collection: Node, span: Span },
    Else(Span),
    EndIf(Span),
    EndFor(Span),
}

impl Parser<'_> {
    /// A quoted string or heredoc, from its opening.
    pub(super) fn template_expression(&mut self) -> Parse<Node> {
        let open = self.next();
        let heredoc = open.kind == TokenKind::OpenHeredoc;
        let mut pieces = self.pieces(open)?;
        let close = self.next();
        if heredoc && open.text(self.text).starts_with("<<-") {
            strip_indentation(&mut pieces);
        }
        let (parts, links) = self.template_tree(pieces, self.span(close))?;
        let span = self.span(open).to(self.span(close));
        Ok(Node { expr: Expr { kind: ExprKind::Template(Template { parts, heredoc }), span }, links })
    }

    /// The whole text as a template.
    pub(in super::super) fn whole_template(&mut self) -> Parse<Template> {
        let pieces = self.pieces(self.end())?;
        let (parts, _) = self.template_tree(pieces, self.span(self.end()))?;
        Ok(Template { parts, heredoc: false })
    }

    /// Up to the token that closes the template opened by `open` (the end of the text for a template file), which is
    /// left for the caller.
    fn pieces(&mut self, open: Token) -> Parse<Vec<Piece>> {
        let close = match open.kind {
            TokenKind::OpenQuote => TokenKind::CloseQuote,
            TokenKind::OpenHeredoc => TokenKind::CloseHeredoc,
            _ => TokenKind::End,
        };
        let (mut pieces, mut trim_next) = (Vec::new(), false);
        loop {
            let token = self.peek();
            let trim_this = std::mem::take(&mut trim_next);
            match token.kind {
                kind if kind == close => return Ok(pieces),
                TokenKind::Literal => {
                    self.next();
                    let mut text = match open.kind {
                        TokenKind::OpenQuote => self.unescape_quoted(token)?,
                        _ => unescape_template(token.text(self.text)),
                    };
                    if trim_this {
                        text = text.trim_start().to_owned();
                    }
                    pieces.push(Piece::Literal { text, span: self.span(token) });
                }
                TokenKind::OpenInterpolation | TokenKind::OpenDirective => {
                    self.next();
                    if token.text(self.text).ends_with('~')
                        && let Some(Piece::Literal { text, .. }) = pieces.last_mut()
                    {
                        text.truncate(text.trim_end().len());
                    }
                    let (piece, end) = self.bracketed(|p| {
                        p.with_newlines(false, |p| match token.kind {
                            TokenKind::OpenInterpolation => p.interpolation(token),
                            _ => p.directive(token),
                        })
                    })?;
                    trim_next = end.text(self.text).starts_with('~');
                    pieces.push(piece);
                }
                _ => return self.unterminated(open, token),
            }
        }
    }

    fn unterminated<T>(&mut self, open: Token, end: Token) -> Parse<T> {
        let (open_span, end_span) = (self.span(open), self.span(end));
        let diagnostic = if open.kind == TokenKind::OpenHeredoc {
            let marker = open.text(self.text).trim_start_matches(['<', '-']).trim_end();
            messages::unterminated_heredoc(open_span, end_span, marker)
        } else {
            messages::unterminated_string(open_span, end_span)
        };
        self.fail(end, diagnostic)
    }

    fn interpolation(&mut self, open: Token) -> Parse<(Piece, Token)> {
        let node = self.expression()?;
        let close = self.peek();
        match close.kind {
            TokenKind::CloseSequence => Ok((Piece::Interpolation(node), self.next())),
            TokenKind::End | TokenKind::OpenQuote | TokenKind::MissingQuote => {
                self.fail(close, messages::unclosed_interpolation(self.span(open)))
            }
            _ => self.fail(close, messages::extra_in_interpolation(self.span(close), self.span(open))),
        }
    }

    fn directive(&mut self, open: Token) -> Parse<(Piece, Token)> {
        const NAMES: [&str; 5] = ["if", "else", "endif", "for", "endfor"];
        let word = self.peek();
        if word.kind != TokenKind::Ident {
            return self.fail(word, messages::invalid_directive(self.span(word)));
        }
        let name = word.text(self.text);
        if !NAMES.contains(&name) {
            return self.fail(word, messages::unknown_directive(self.span(word), name, suggestion(name, NAMES)));
        }
        self.next();
        let (condition, loop_parts) = match name {
            "if" => (Some(self.expression()?), None),
            "for" => {
                let (key_var, value_var) = self.for_variables(messages::invalid_for_directive)?;
                (None, Some((key_var, value_var, self.expression()?)))
            }
            _ => (None, None),
        };
        let close = self.peek();
        if close.kind != TokenKind::CloseSequence {
            return self.fail(close, messages::extra_in_directive(self.span(close), self.span(open), name));
        }
        self.next();
        let span = self.span(open).to(self.span(close));
        let piece = match (condition, loop_parts, name) {
            (Some(condition), ..) => Piece::If { condition, span },
            (_, Some((key_var, value_var, collection)), _) => Piece::For { key_var, value_var, collection, span },
            (.., "else") => Piece::Else(span),
            (.., "endif") => Piece::EndIf(span),
            _ => Piece::EndFor(span),
        };
        Ok((piece, close))
    }

    /// Matches directives with their ends; also gives the links of chains in the parts.
    fn template_tree(&mut self, pieces: Vec<Piece>, end: Span) -> Parse<(Vec<TemplatePart>, usize)> {
        let mut open: Vec<Frame> = Vec::new();
        let mut root = Parts::default();
        for piece in pieces {
            let parts = open.last_mut().map_or(&mut root, Frame::current);
            match piece {
                Piece::Literal { text, span } => parts.push_literal(text, span),
                Piece::Interpolation(node) => parts.push(TemplatePart::Interpolation(node.expr), node.links),
                Piece::If { condition, span } => self.open_frame(&mut open, Opener::If(condition), span)?,
                Piece::For { key_var, value_var, collection, span } => {
                    self.open_frame(&mut open, Opener::For(key_var, value_var, collection), span)?;
                }
                Piece::Else(span) => self.else_directive(open.last_mut(), span)?,
                Piece::EndIf(span) | Piece::EndFor(span) => {
                    let is_if = matches!(piece, Piece::EndIf(_));
                    let (part, links) = self.close_frame(open.pop(), is_if, span)?;
                    open.last_mut().map_or(&mut root, Frame::current).push(part, links);
                }
            }
        }
        match open.pop() {
            Some(frame) => {
                let name = if matches!(frame.opener, Opener::If(_)) { "if" } else { "for" };
                self.report(messages::unclosed_directive(frame.span, end, name));
                Err(Reported)
            }
            None => {
                let links = root.links;
                Ok((root.finish(), links))
            }
        }
    }

    fn open_frame(&mut self, open: &mut Vec<Frame>, opener: Opener, span: Span) -> Parse<()> {
        if self.brackets + open.len() + 1 >= MAX_DEPTH {
            self.report(messages::too_deep(span, MAX_DEPTH));
            return Err(Reported);
        }
        open.push(Frame { opener, span, before_else: Parts::default(), after_else: None });
        Ok(())
    }

    fn else_directive(&mut self, frame: Option<&mut Frame>, span: Span) -> Parse<()> {
        let (detail, within) = match frame {
            None => ("There is no %{ if } it could belong to.", None),
            Some(Frame { opener: Opener::For(..), span, .. }) => ("A %{ for } directive has no \"else\".", Some(*span)),
            Some(Frame { after_else: Some(_), span, .. }) => ("This %{ if } has an \"else\" already.", Some(*span)),
            Some(frame) => {
                frame.after_else = Some(Parts::default());
                return Ok(());
            }
        };
        self.report(messages::unexpected_directive(span, "else", detail, within));
        Err(Reported)
    }

    fn close_frame(&mut self, frame: Option<Frame>, is_if: bool, span: Span) -> Parse<(TemplatePart, usize)> {
        let name = if is_if { "endif" } else { "endfor" };
        let Some(frame) = frame else {
            let detail = "There is no directive it could end.";
            self.report(messages::unexpected_directive(span, name, detail, None));
            return Err(Reported);
        };
        let whole = frame.span.to(span);
        let links = frame.before_else.links.max(frame.after_else.as_ref().map_or(0, |p| p.links));
        let (part, below) = match frame.opener {
            Opener::If(condition) if is_if => {
                let (below, condition) = (condition.links, condition.expr);
                let if_true = frame.before_else.finish();
                let if_false = frame.after_else.map(Parts::finish).unwrap_or_default();
                (TemplatePart::If(Box::new(TemplateIf { condition, if_true, if_false, span: whole }).into()), below)
            }
            Opener::For(key_var, value_var, collection) if !is_if => {
                let (below, collection) = (collection.links, collection.expr);
                let body = frame.before_else.finish();
                let parts = TemplateFor { key_var, value_var, collection, body, span: whole };
                (TemplatePart::For(Box::new(parts).into()), below)
            }
            Opener::If(_) | Opener::For(..) => {
                let detail = "The directive that is open here is of the other sort.";
                self.report(messages::unexpected_directive(span, name, detail, Some(frame.span)));
                return Err(Reported);
            }
        };
        Ok((part, links.max(below)))
    }
}

enum Opener {
    If(Node),
    For(Option<Ident>, Ident, Node),
}

/// A directive whose end has not come yet.
struct Frame {
    opener: Opener,
    span: Span,
    before_else: Parts,
    after_else: Option<Parts>,
}

impl Frame {
    fn current(&mut self) -> &mut Parts {
        self.after_else.as_mut().unwrap_or(&mut self.before_else)
    }
}

#[derive(Default)]
struct Parts {
    items: Vec<TemplatePart>,
    /// Literal text not yet put into `items`: neighbours become one.
    pending: Option<(String, Span)>,
    links: usize,
}

impl Parts {
    fn push_literal(&mut self, text: String, span: Span) {
        match &mut self.pending {
            Some((before, whole)) => {
                before.push_str(&text);
                *whole = whole.to(span);
            }
            None => self.pending = Some((text, span)),
        }
    }

    fn push(&mut self, part: TemplatePart, links: usize) {
        self.flush();
        self.links = self.links.max(links);
        self.items.push(part);
    }

    fn flush(&mut self) {
        if let Some((text, span)) = self.pending.take() {
            self.items.push(TemplatePart::Literal { text: Arc::from(text), span });
        }
    }

    fn finish(mut self) -> Vec<TemplatePart> {
        self.flush();
        self.items
    }
}

/// Takes the indentation that all lines share off each, as `<<-` asks.
///
/// Only literal text counts, never what an interpolation gives; lines of nothing but space do not count.
fn strip_indentation(pieces: &mut [Piece]) {
    let mut shared = usize::MAX;
    let mut starts = Vec::new();
    let mut line_start = true;
    for (index, piece) in pieces.iter().enumerate() {
        if line_start {
            match piece {
                Piece::Literal { text, .. } if text.trim_start().is_empty() && text.ends_with('\n') => {}
                Piece::Literal { text, .. } => {
                    shared = shared.min(text.chars().take_while(|c| c.is_whitespace()).count());
                    starts.push(index);
                }
                _ => shared = 0,
            }
        }
        // A directive or interpolation leaves the position within its line.
        line_start = matches!(piece, Piece::Literal { text, .. } if text.ends_with('\n'));
    }
    for index in starts {
        if let Some(Piece::Literal { text, .. }) = pieces.get_mut(index) {
            *text = text.chars().skip(shared).collect();
        }
    }
}
