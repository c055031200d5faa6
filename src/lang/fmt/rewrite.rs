//! Old notations made new in passing: labels get quotes, `"${x}"` as the whole value of an argument becomes `x`, and
//! the type of a variable is written as an expression.

use std::collections::BTreeMap;

use super::Piece;
use crate::diag::Span;
use crate::lang::recursion::recurse;
use crate::lang::syntax::TokenKind as Kind;
use crate::lang::syntax::ast::{Block, Body, Item};

/// What is to be done at a place of the source, from byte to byte.
enum Rewrite {
    Value { end: usize },
    VariableType { end: usize },
    Labels { end: usize, labels: Vec<String> },
}

pub(super) fn modernise<'a>(pieces: Vec<Piece<'a>>, body: &Body) -> Vec<Piece<'a>> {
    let mut rewrites = BTreeMap::new();
    collect(body, &mut Vec::new(), &mut rewrites);
    let mut out = Vec::with_capacity(pieces.len());
    let mut pieces = pieces.into_iter().peekable();
    while let Some(piece) = pieces.next() {
        let Some(rewrite) = rewrites.remove(&piece.start) else {
            out.push(piece);
            continue;
        };
        let (Rewrite::Value { end } | Rewrite::VariableType { end } | Rewrite::Labels { end, .. }) = rewrite;
        let mut range = vec![piece];
        while let Some(next) = pieces.next_if(|p| p.start < end) {
            range.push(next);
        }
        out.extend(match rewrite {
            Rewrite::Value { .. } => unwrap_interpolation(range),
            Rewrite::VariableType { .. } => modern_type(range),
            Rewrite::Labels { labels, .. } => quoted_labels(range, labels),
        });
    }
    out
}

/// Gathers the rewrites of a body by the byte they begin at.
fn collect(body: &Body, inside: &mut Vec<String>, rewrites: &mut BTreeMap<usize, Rewrite>) {
    for item in &body.items {
        match item {
            Item::Attribute(attribute) => {
                let Span { start, end, .. } = attribute.expr.span;
                let is_type = *inside == ["variable"] && &*attribute.name.text == "type";
                let end = end as usize;
                let rewrite = if is_type { Rewrite::VariableType { end } } else { Rewrite::Value { end } };
                rewrites.insert(start as usize, rewrite);
            }
            Item::Block(block) => {
                rewrites.insert(block.keyword.span.start as usize, label_rewrite(block));
                inside.push(block.keyword.text.to_string());
                recurse(|| collect(&block.body, inside, rewrites));
                inside.pop();
            }
        }
    }
}

fn label_rewrite(block: &Block) -> Rewrite {
    let labels = block.labels.iter().map(|l| l.text.to_string()).collect();
    Rewrite::Labels { end: block.header.end as usize, labels }
}

/// `keyword` and its labels, each in quotes.
fn quoted_labels(header: Vec<Piece>, labels: Vec<String>) -> Vec<Piece> {
    let mut out: Vec<Piece> = header.into_iter().take(1).collect();
    for label in labels {
        out.push(Piece::new(Kind::OpenQuote, "\"", 0));
        if !label.is_empty() {
            out.push(Piece::new(Kind::Literal, escaped(&label), 0));
        }
        out.push(Piece::new(Kind::CloseQuote, "\"", 0));
    }
    out
}

/// The text between the quotes of a string that means `text`.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '$' | '%' if chars.peek() == Some(&'{') => out.extend([c, c]),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

/// `"${x}"` becomes `x`, where that is certainly the same.
fn unwrap_interpolation(value: Vec<Piece>) -> Vec<Piece> {
    let [open, interpolation, inside @ .., sequence_end, close] = value.as_slice() else { return value };
    let is_wrapped = open.kind == Kind::OpenQuote
        && interpolation.kind == Kind::OpenInterpolation
        && sequence_end.kind == Kind::CloseSequence
        && close.kind == Kind::CloseQuote;
    if !is_wrapped || inside.is_empty() || !is_one_expression(inside) {
        return value;
    }
    let is_newline = |p: &Piece| p.kind == Kind::Newline;
    let start = inside.iter().position(|p| !is_newline(p)).unwrap_or(inside.len());
    let end = inside.iter().rposition(|p| !is_newline(p)).map_or(start, |last| last + 1);
    let trimmed = &inside[start..end];
    let [first, .., last] = trimmed else { return trimmed.to_vec() };
    let in_parentheses = first.kind == Kind::OpenParen && last.kind == Kind::CloseParen;
    if in_parentheses || !trimmed.iter().any(is_newline) {
        return trimmed.to_vec();
    }
    // Outside of the interpolation a newline would end the value.
    let mut wrapped = vec![Piece::new(Kind::OpenParen, "(", 0)];
    wrapped.extend_from_slice(trimmed);
    wrapped.push(Piece::new(Kind::CloseParen, ")", 0));
    wrapped
}

/// Whether neither text nor another sequence stands beside the expression, as in `"${a}${b}"`. Nested strings may hold
/// both.
fn is_one_expression(inside: &[Piece]) -> bool {
    let mut quotes = 0;
    for piece in inside {
        match piece.kind {
            Kind::OpenQuote => quotes += 1,
            Kind::CloseQuote => quotes -= 1,
            Kind::OpenInterpolation | Kind::CloseSequence | Kind::Literal if quotes <= 0 => return false,
            _ => {}
        }
    }
    true
}

/// `list` becomes `list(any)`, `"list"` becomes `list(string)` (as it was understood when types were quoted).
fn modern_type(value: Vec<Piece>) -> Vec<Piece> {
    let (name, element) = match value.as_slice() {
        [name] if name.kind == Kind::Ident && matches!(&*name.text, "list" | "map" | "set") => (name, Some("any")),
        [open, name, _] if open.kind == Kind::OpenQuote => match &*name.text {
            "string" => (name, None),
            "list" | "map" => (name, Some("string")),
            _ => return value,
        },
        _ => return value,
    };
    let mut out = vec![Piece::new(Kind::Ident, name.text.clone(), name.start)];
    if let Some(element) = element {
        out.push(Piece::new(Kind::OpenParen, "(", 0));
        out.push(Piece::new(Kind::Ident, element, 0));
        out.push(Piece::new(Kind::CloseParen, ")", 0));
    }
    out
}
