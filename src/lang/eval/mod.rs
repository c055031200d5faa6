//! The evaluator: expressions of the syntax tree become values, with diagnostics for what cannot be one.
//!
//! Follows the semantics of HCL and cty as Terraform 1.11.4 uses them. Evaluation never fails: an error yields a
//! diagnostic and an unknown value of unknown type, so that what depends on it stays silent and one run reports every
//! independent error. Names are looked up through a [`Scope`] only. Must not know what names mean (configuration,
//! state, plan), where files are, or how a diagnostic is shown.

mod access;
mod call;
mod codes;
mod conditional;
pub mod console;
pub mod constraint;
mod constructors;
mod for_expr;
mod operators;
mod references;
mod rendering;
mod scope;
mod splat;
mod template;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::diag::{Code, Diagnostic, Diagnostics, Span};
use crate::lang::functions;
use crate::lang::recursion::recurse;
use crate::lang::syntax::ast::{Expr, ExprKind, Template};
use crate::lang::value::{Number, Type, Value};

pub use references::{Reference, calls, references, template_references};
pub use scope::Scope;

use call::Restriction;
use scope::Env;

/// The value of an expression. An error yields a diagnostic and an unknown value.
pub fn evaluate(expr: &Expr, scope: &dyn Scope) -> (Value, Diagnostics) {
    evaluate_within(expr, scope, Restriction::None)
}

fn evaluate_within(expr: &Expr, scope: &dyn Scope, restriction: Restriction) -> (Value, Diagnostics) {
    let mut evaluator = Evaluator::new(scope, restriction);
    let value = evaluator.value(expr, Env::default());
    (value, evaluator.diagnostics)
}

/// The value of a template. `span` covers all of it and is used where no part of it is to blame.
pub fn evaluate_template(template: &Template, span: Span, scope: &dyn Scope) -> (Value, Diagnostics) {
    let mut evaluator = Evaluator::new(scope, Restriction::None);
    let value = evaluator.template(template, span, Env::default());
    (value, evaluator.diagnostics)
}

/// The value of an expression that may neither name nor call anything, as in a file of variables.
pub fn constant(expr: &Expr, functions: &functions::Context) -> (Value, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    for reference in references(expr) {
        let place = reference.path.first().map_or(expr.span, |root| root.span);
        let detail = "Variables may not be used here.";
        diagnostics.push(error(codes::UNKNOWN_NAME, "Variables not allowed", detail, place));
    }
    for name in calls(expr) {
        let detail = "Functions may not be called here.";
        diagnostics.push(error(codes::UNKNOWN_FUNCTION, "Function calls not allowed", detail, name.span));
    }
    if diagnostics.has_errors() {
        return (unknown(), diagnostics);
    }
    let nothing = Value::object(BTreeMap::new());
    evaluate(expr, &rendering::TemplateScope { variables: &nothing, functions })
}

/// Checks the names and function namespaces an expression uses, wherever they stand in it, without evaluating it:
/// neither `try()` nor a branch not taken excuses a misspelt name.
pub fn check(expr: &Expr, scope: &dyn Scope) -> Diagnostics {
    check_within(expr, scope, Restriction::None)
}

fn check_within(expr: &Expr, scope: &dyn Scope, restriction: Restriction) -> Diagnostics {
    let unresolved = references(expr).into_iter().filter_map(|reference| {
        let path: Vec<_> = reference.path.iter().collect();
        scope.resolve(&path).err()
    });
    let misplaced = calls(expr).into_iter().filter(|name| call::is_misplaced(&name.text, restriction));
    let mut diagnostics = Diagnostics::new();
    diagnostics.extend(unresolved);
    diagnostics.extend(misplaced.map(|name| call::unknown_function(&name)));
    diagnostics
}

/// One evaluation: where names come from, what may be called, and what was found wrong so far.
struct Evaluator<'s> {
    scope: &'s dyn Scope,
    restriction: Restriction,
    diagnostics: Diagnostics,
}

impl<'s> Evaluator<'s> {
    fn new(scope: &'s dyn Scope, restriction: Restriction) -> Self {
        Self { scope, restriction, diagnostics: Diagnostics::new() }
    }

    fn value(&mut self, expr: &Expr, env: Env<'_>) -> Value {
        recurse(|| self.dispatch(expr, env))
    }

    fn dispatch(&mut self, expr: &Expr, env: Env<'_>) -> Value {
        match &expr.kind {
            ExprKind::Null => Value::null(Type::Any),
            ExprKind::Bool(b) => Value::bool(*b),
            ExprKind::Number(digits) => self.number(digits, expr.span),
            ExprKind::Template(template) => self.template(template, expr.span, env),
            ExprKind::Tuple(items) => self.tuple(items, env),
            ExprKind::Object(items) => self.object(items, env),
            ExprKind::Variable(_) | ExprKind::Attr { .. } | ExprKind::Index { .. } => self.access(expr, env),
            ExprKind::Splat { source, each, .. } => self.splat(source, each, env),
            ExprKind::SplatItem => env.item.cloned().unwrap_or_else(unknown),
            ExprKind::Call { name, args, expand } => self.call(name, args, *expand, expr.span, env),
            ExprKind::Unary { op, operand } => self.unary(*op, operand, expr.span, env),
            ExprKind::Binary { op, left, right } => self.binary(*op, left, right, expr.span, env),
            ExprKind::Conditional { condition, if_true, if_false } => {
                self.conditional(condition, if_true, if_false, env)
            }
            ExprKind::For(f) => self.for_expr(f, env),
            ExprKind::Paren(inner) => self.value(inner, env),
            ExprKind::Invalid => unknown(),
        }
    }

    fn number(&mut self, digits: &str, span: Span) -> Value {
        match Number::parse(digits) {
            Some(number) => Value::number(number),
            None => self.fail(
                Diagnostic::error(codes::NUMBER, "Invalid number literal")
                    .with_detail("Failed to recognize the value of this number literal.")
                    .with_label(span, "not a number"),
            ),
        }
    }

    /// Evaluates without reporting; the caller decides what becomes of the diagnostics.
    fn attempt(&mut self, evaluate: impl FnOnce(&mut Self) -> Value) -> (Value, Diagnostics) {
        let before = std::mem::take(&mut self.diagnostics);
        let value = evaluate(self);
        (value, std::mem::replace(&mut self.diagnostics, before))
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Reports an error and answers the value that stands for what could not be computed.
    fn fail(&mut self, diagnostic: Diagnostic) -> Value {
        self.report(diagnostic);
        unknown()
    }
}

/// The value of an expression about which nothing is known, not even its type.
fn unknown() -> Value {
    Value::unknown(Type::Any)
}

/// An error with its place; the label repeats nothing of the detail.
fn error(code: Code, summary: &str, detail: impl Into<String>, span: Span) -> Diagnostic {
    Diagnostic::error(code, summary).with_detail(detail).with_label(span, "")
}
