//! Unary and binary operators: operands are converted to the operator's type, marks pass to the result, an unknown
//! operand makes an unknown result of the operator's type. `&&` and `||` look at both operands.

use crate::diag::{Diagnostic, Span};
use crate::lang::syntax::ast::{BinaryOp, Expr, UnaryOp};
use crate::lang::value::convert::convert;
use crate::lang::value::{Type, Value};

use super::scope::Env;
use super::{Evaluator, codes, error};

/// The type an operator wants of its operands, and the type of its result.
fn signature(op: BinaryOp) -> (Type, Type) {
    use BinaryOp::*;
    match op {
        Or | And => (Type::Bool, Type::Bool),
        Equal | NotEqual => (Type::Any, Type::Bool),
        Less | LessEqual | Greater | GreaterEqual => (Type::Number, Type::Bool),
        Add | Subtract | Multiply | Divide | Modulo => (Type::Number, Type::Number),
    }
}

impl Evaluator<'_> {
    pub(super) fn unary(&mut self, op: UnaryOp, operand: &Expr, span: Span, env: Env<'_>) -> Value {
        let ty = match op {
            UnaryOp::Negate => Type::Number,
            UnaryOp::Not => Type::Bool,
        };
        let Some(given) = self.sound(operand, env) else { return Value::unknown(ty) };
        match self.operand(&given, &ty, "unary", operand.span, None) {
            None => Value::unknown(ty),
            Some(value) if value.is_null() => self.null_operand(ty, span),
            Some(value) => match op {
                UnaryOp::Negate => value.negate(),
                UnaryOp::Not => value.not(),
            },
        }
    }

    pub(super) fn binary(&mut self, op: BinaryOp, left: &Expr, right: &Expr, span: Span, env: Env<'_>) -> Value {
        let (wanted, result) = signature(op);
        let hint = |value: &Value| {
            let text = op == BinaryOp::Add && value.as_str().is_some();
            text.then_some("+ adds numbers. To put strings together, write a template: \"${a}${b}\".")
        };
        let mut operand = |expr: &Expr, place| {
            self.sound(expr, env).and_then(|given| self.operand(&given, &wanted, place, expr.span, hint(&given)))
        };
        let (l, r) = (operand(left, "left"), operand(right, "right"));
        match (l, r) {
            (Some(l), Some(r)) => self.compute(op, &l, &r, result, span),
            _ => Value::unknown(result),
        }
    }

    /// The value of an expression, unless computing it met an error: what follows from an error is not reported too.
    pub(super) fn sound(&mut self, expr: &Expr, env: Env<'_>) -> Option<Value> {
        let (value, diagnostics) = self.attempt(|e| e.value(expr, env));
        let sound = !diagnostics.has_errors();
        self.diagnostics.append(diagnostics);
        sound.then_some(value)
    }

    /// Converts an operand to what its operator wants.
    fn operand(&mut self, value: &Value, ty: &Type, place: &str, span: Span, hint: Option<&str>) -> Option<Value> {
        match convert(value, ty) {
            Ok(value) => Some(value),
            Err(why) => {
                let detail = format!("Unsuitable value for {place} operand: {}.", why.message);
                let diagnostic = error(codes::OPERAND, "Invalid operand", detail, span);
                self.report(match hint {
                    Some(hint) => diagnostic.with_help(hint),
                    None => diagnostic,
                });
                None
            }
        }
    }

    /// The result for converted operands.
    fn compute(&mut self, op: BinaryOp, left: &Value, right: &Value, result: Type, span: Span) -> Value {
        match op {
            BinaryOp::Equal => return left.equals(right),
            BinaryOp::NotEqual => return left.equals(right).not(),
            _ if left.is_null() || right.is_null() => return self.null_operand(result, span),
            BinaryOp::Less => return left.less_than(right),
            BinaryOp::LessEqual => return left.less_than_or_equal(right),
            BinaryOp::Greater => return left.greater_than(right),
            BinaryOp::GreaterEqual => return left.greater_than_or_equal(right),
            _ => {}
        }
        if !(left.is_known() && right.is_known()) {
            return Value::unknown(result).refine_not_null().with_marks(left.marks | right.marks);
        }
        let (value, impossible) = match op {
            BinaryOp::And => (Some(left.and(right)), ""),
            BinaryOp::Or => (Some(left.or(right)), ""),
            BinaryOp::Add => (left.add(right), "can't compute sum of opposing infinities"),
            BinaryOp::Subtract => (left.subtract(right), "can't subtract infinity from itself"),
            BinaryOp::Multiply => (left.multiply(right), "can't multiply zero by infinity"),
            BinaryOp::Divide => (left.divide(right), "can't divide zero by zero or infinity by infinity"),
            _ => (left.modulo(right), "can't use modulo with zero and infinity"),
        };
        value.unwrap_or_else(|| {
            self.report(operation_failed(impossible, span));
            Value::unknown(result)
        })
    }

    fn null_operand(&mut self, result: Type, span: Span) -> Value {
        let diagnostic = operation_failed("argument must not be null", span)
            .with_help("Give a null value a substitute first, for example with coalesce().");
        self.report(diagnostic);
        Value::unknown(result)
    }
}

fn operation_failed(why: &str, span: Span) -> Diagnostic {
    error(codes::OPERATION, "Operation failed", format!("Error during operation: {why}."), span)
}
