//! Expressions that are written out: they alone can be edited to another value.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::lang::recursion::recurse;
use crate::lang::syntax::ast::{Body, Expr, ExprKind, ObjectItem, ObjectKey, UnaryOp};
use crate::lang::value::{Number, Type, Value};

/// The value of an expression without any reference, call or operator; nothing for others.
pub(super) fn literal(expr: &Expr) -> Option<Value> {
    let inner = |expr: &Expr| recurse(|| literal(expr));
    match &expr.kind {
        ExprKind::Null => Some(Value::null(Type::Any)),
        ExprKind::Bool(flag) => Some(Value::from(*flag)),
        ExprKind::Number(digits) => Number::parse(digits).map(Value::number),
        ExprKind::Template(template) => template.literal().map(Value::from),
        ExprKind::Unary { op: UnaryOp::Negate, operand } => inner(operand).map(|v| v.negate()),
        ExprKind::Paren(expr) => inner(expr),
        ExprKind::Tuple(items) => items.iter().map(inner).collect::<Option<_>>().map(Value::tuple),
        ExprKind::Object(items) => {
            let entry = |item: &ObjectItem| Some((Arc::from(name(item)?.as_str()), inner(&item.value)?));
            items.iter().map(entry).collect::<Option<BTreeMap<_, _>>>().map(Value::object)
        }
        _ => None,
    }
}

/// The key of an item that is written out.
pub(super) fn name(item: &ObjectItem) -> Option<String> {
    match &item.key {
        ObjectKey::Name(name) => Some(name.text.to_string()),
        ObjectKey::Expr(expr) => literal(expr)?.as_str().map(str::to_owned),
    }
}

/// What stands in a body at a dotted path.
#[derive(Debug)]
pub(super) enum Found<'b> {
    Expr(&'b Expr),
    /// Nobody wrote the attribute; what encloses it is written, or the whole body.
    Missing {
        within: Option<&'b Expr>,
        rest: &'b str,
    },
    /// An enclosing value comes from this expression.
    Behind(&'b Expr),
}

pub(super) fn find<'b>(body: &'b Body, path: &'b str) -> Found<'b> {
    let (head, rest) = path.split_once('.').map_or((path, None), |(h, r)| (h, Some(r)));
    match (body.attribute(head), rest) {
        (None, _) => Found::Missing { within: None, rest: path },
        (Some(attribute), None) => Found::Expr(&attribute.expr),
        (Some(attribute), Some(rest)) => within(&attribute.expr, rest),
    }
}

fn within<'b>(expr: &'b Expr, path: &'b str) -> Found<'b> {
    let ExprKind::Object(items) = &expr.kind else { return Found::Behind(expr) };
    let (head, rest) = path.split_once('.').map_or((path, None), |(h, r)| (h, Some(r)));
    match (items.iter().find(|item| name(item).as_deref() == Some(head)), rest) {
        (None, _) => Found::Missing { within: Some(expr), rest: path },
        (Some(item), None) => Found::Expr(&item.value),
        (Some(item), Some(rest)) => recurse(|| within(&item.value, rest)),
    }
}
