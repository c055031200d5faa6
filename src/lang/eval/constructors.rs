//! Tuple and object constructors.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::lang::syntax::ast::{Expr, ExprKind, ObjectItem, ObjectKey};
use crate::lang::value::convert::convert;
use crate::lang::value::{Marks, Type, Value};

use super::scope::Env;
use super::{Evaluator, codes, error, unknown};

impl Evaluator<'_> {
    pub(super) fn tuple(&mut self, items: &[Expr], env: Env<'_>) -> Value {
        Value::tuple(items.iter().map(|item| self.value(item, env)).collect())
    }

    /// An object with a key that is not known has no known type either. A key given twice has its last value.
    pub(super) fn object(&mut self, items: &[ObjectItem], env: Env<'_>) -> Value {
        let mut attributes = BTreeMap::new();
        let mut marks = Marks::NONE;
        let mut complete = true;
        for item in items {
            let key = self.object_key(item, env, &mut marks);
            let value = self.value(&item.value, env);
            match key {
                Some(key) => {
                    attributes.insert(key, value);
                }
                None => complete = false,
            }
        }
        if complete { Value::object(attributes).with_marks(marks) } else { unknown() }
    }

    fn object_key(&mut self, item: &ObjectItem, env: Env<'_>, marks: &mut Marks) -> Option<Arc<str>> {
        let expr = match &item.key {
            ObjectKey::Name(name) => return Some(name.text.clone()),
            ObjectKey::Expr(expr) => expr,
        };
        if is_dotted_name(expr) {
            let detail = "If this expression is intended to be a reference, wrap it in parentheses. If it's instead \
                          intended as a literal name containing periods, wrap it in quotes to create a string literal.";
            self.report(error(codes::KEY, "Ambiguous attribute key", detail, expr.span));
            return None;
        }
        let value = self.sound(expr, env)?;
        if value.is_null() {
            self.report(error(codes::KEY, "Null value as key", "Can't use a null value as a key.", expr.span));
            return None;
        }
        *marks |= value.marks;
        match convert(&value.unmarked(), &Type::String) {
            Ok(key) => key.as_str().map(Arc::from),
            Err(why) => {
                let detail = format!("Can't use this value as a key: {}.", why.message);
                self.report(error(codes::KEY, "Incorrect key type", detail, expr.span));
                None
            }
        }
    }
}

/// `a.b` as a key: a reference or a name with a period?
fn is_dotted_name(expr: &Expr) -> bool {
    let mut at = expr;
    loop {
        at = match &at.kind {
            ExprKind::Attr { base, .. } => base,
            ExprKind::Index { base, key } if is_literal(key) => base,
            ExprKind::Variable(_) => return !std::ptr::eq(at, expr),
            _ => return false,
        }
    }
}

/// Whether a key makes its index part of a traversal, as opposed to an operation.
pub(super) fn is_literal(key: &Expr) -> bool {
    match &key.kind {
        ExprKind::Number(_) => true,
        ExprKind::Template(template) => template.literal().is_some(),
        _ => false,
    }
}
