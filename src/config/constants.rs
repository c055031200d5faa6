//! Values that must be known before anything is evaluated, so they are written out as literals.

use crate::diag::{Diagnostics, Span};
use crate::lang::recursion::recurse;
use crate::lang::syntax::ast::{Expr, ExprKind};

use super::messages;

/// A quoted string without templates, and its place.
pub(super) fn constant_string(expr: &Expr, name: &str, diagnostics: &mut Diagnostics) -> Option<(String, Span)> {
    match &expr.kind {
        ExprKind::Template(template) if let Some(text) = template.literal() => Some((text.to_owned(), expr.span)),
        ExprKind::Paren(inner) => recurse(|| constant_string(inner, name, diagnostics)),
        ExprKind::Invalid => None,
        _ => {
            diagnostics.push(messages::not_constant(expr.span, name, "a text in quotes"));
            None
        }
    }
}

pub(super) fn constant_bool(expr: &Expr, name: &str, diagnostics: &mut Diagnostics) -> Option<bool> {
    match &expr.kind {
        ExprKind::Bool(value) => Some(*value),
        ExprKind::Template(template) if matches!(template.literal(), Some("true" | "false")) => {
            Some(template.literal() == Some("true"))
        }
        ExprKind::Paren(inner) => recurse(|| constant_bool(inner, name, diagnostics)),
        ExprKind::Invalid => None,
        _ => {
            diagnostics.push(messages::not_constant(expr.span, name, "true or false"));
            None
        }
    }
}

/// The items of a list that is written out.
pub(super) fn written_list<'a>(expr: &'a Expr, name: &str, example: &str, diagnostics: &mut Diagnostics) -> &'a [Expr] {
    match &expr.kind {
        ExprKind::Tuple(items) => items,
        ExprKind::Invalid => &[],
        _ => {
            diagnostics.push(messages::not_a_list(expr.span, name, example));
            &[]
        }
    }
}
