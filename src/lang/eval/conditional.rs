//! Conditionals. Both results are evaluated, because the type of the whole depends on both; only the diagnostics of
//! the chosen one count. Marks of the condition and of both results pass to the whole.

use crate::diag::{Diagnostics, Span};
use crate::lang::syntax::ast::Expr;
use crate::lang::value::convert::{convert, unify};
use crate::lang::value::{Bound, Data, ObjectType, Type, Value};

use super::scope::Env;
use super::{Evaluator, codes, error, recurse};

/// One result of a conditional, evaluated.
pub(super) struct Branch {
    pub value: Value,
    pub diagnostics: Diagnostics,
    pub span: Span,
    pub ty: Type,
}

impl Branch {
    pub fn new((value, diagnostics): (Value, Diagnostics), span: Span) -> Self {
        Self { ty: value.ty(), value, diagnostics, span }
    }

    /// A bare `null`, which takes the type of the other result.
    fn is_untyped_null(&self) -> bool {
        matches!(self.value.data, Data::Null(Type::Any)) && !self.value.has_marks()
    }
}

impl Evaluator<'_> {
    pub(super) fn conditional(&mut self, condition: &Expr, if_true: &Expr, if_false: &Expr, env: Env<'_>) -> Value {
        let t = Branch::new(self.attempt(|e| e.value(if_true, env)), if_true.span);
        let f = Branch::new(self.attempt(|e| e.value(if_false, env)), if_false.span);
        self.choose(condition, t, f, env)
    }

    /// The result of a conditional whose two branches are evaluated already.
    pub(super) fn choose(&mut self, condition: &Expr, t: Branch, f: Branch, env: Env<'_>) -> Value {
        let Some(ty) = common_type(&t, &f) else {
            let detail = format!(
                "The true and false result expressions must have consistent types. {}.",
                mismatch(&t.ty, &f.ty)
            );
            let diagnostic = error(codes::CONDITIONAL_TYPES, INCONSISTENT, detail, t.span.to(f.span))
                .with_help("Convert one of them, for example with tostring(), tolist() or tomap().");
            return self.fail(diagnostic);
        };
        let given = self.value(condition, env);
        if given.is_null() {
            let detail = "The condition value is null. Conditions must either be true or false.";
            self.report(error(codes::CONDITION, "Null condition", detail, condition.span));
            return Value::unknown(ty);
        }
        let marks = given.marks | t.value.marks | f.value.marks;
        if !given.is_known() {
            return undecided(&t, &f, ty).with_marks(marks);
        }
        let Some(condition) = convert(&given.unmarked(), &Type::Bool).ok().and_then(|c| c.as_bool()) else {
            let detail = "The condition expression must be of type bool.";
            self.report(error(codes::CONDITION, "Incorrect condition type", detail, condition.span));
            return Value::unknown(ty);
        };
        let (chosen, name) = if condition { (t, "true") } else { (f, "false") };
        self.diagnostics.append(chosen.diagnostics);
        self.converted(&chosen.value, &chosen.ty, &ty, name, chosen.span).with_marks(marks)
    }

    fn converted(&mut self, value: &Value, from: &Type, to: &Type, name: &str, span: Span) -> Value {
        if from == to || *to == Type::Any {
            return value.clone();
        }
        convert(value, to).unwrap_or_else(|why| {
            let detail = format!("The {name} result value has the wrong type: {}.", why.message);
            self.report(error(codes::CONDITIONAL_TYPES, INCONSISTENT, detail, span));
            Value::unknown(to.clone())
        })
    }
}

/// The result while the condition is not known: what both branches have in common is known of it already.
fn undecided(t: &Branch, f: &Branch, ty: Type) -> Value {
    if t.value.is_null() && f.value.is_null() {
        return Value::null(ty);
    }
    let (a, b) = (t.value.range().refinement, f.value.range().refinement);
    let bounded = t.ty == Type::Number && f.ty == Type::Number;
    let counted = t.ty == f.ty && ty.is_collection();
    let mut result = Value::unknown(ty);
    if t.value.is_not_null() && f.value.is_not_null() {
        result = result.refine_not_null();
    }
    if bounded && let (Some(x), Some(y)) = (&a.lower, &b.lower) {
        result = result.refine_lower(wider(x, y, x.value < y.value));
    }
    if bounded && let (Some(x), Some(y)) = (&a.upper, &b.upper) {
        result = result.refine_upper(wider(x, y, x.value > y.value));
    }
    if counted {
        let max = a.max_length.zip(b.max_length).map(|(x, y)| x.max(y));
        result = result.refine_length(a.min_length.min(b.min_length), max);
    }
    result
}

/// The bound that admits more, `first` telling which one that is unless they are at the same number.
fn wider(x: &Bound, y: &Bound, first: bool) -> Bound {
    if x.value == y.value {
        Bound { inclusive: x.inclusive || y.inclusive, value: x.value.clone() }
    } else if first {
        x.clone()
    } else {
        y.clone()
    }
}

const INCONSISTENT: &str = "Inconsistent conditional result types";

fn common_type(t: &Branch, f: &Branch) -> Option<Type> {
    if t.is_untyped_null() {
        return Some(f.ty.clone());
    }
    if f.is_untyped_null() {
        return Some(t.ty.clone());
    }
    if t.ty == Type::Any || f.ty == Type::Any {
        return Some(Type::Any);
    }
    unify(&[t.ty.clone(), f.ty.clone()])
}

/// Names the first difference between two types that have nothing in common.
fn mismatch(t: &Type, f: &Type) -> String {
    let inner = match (t, f) {
        (Type::Object(t), Type::Object(f)) => object_mismatch(t, f),
        (Type::Tuple(t), Type::Tuple(f)) => tuple_mismatch(t, f),
        (Type::List(t), Type::List(f)) => element_mismatch("list", t, f),
        (Type::Set(t), Type::Set(f)) => element_mismatch("set", t, f),
        (Type::Map(t), Type::Map(f)) => element_mismatch("map", t, f),
        _ => None,
    };
    inner.unwrap_or_else(|| {
        let (t, f) = (t.friendly_name(), f.friendly_name());
        if t == f {
            "At least one deeply-nested attribute or element is not compatible across both the 'true' and the 'false' \
             value"
                .to_owned()
        } else {
            format!("The 'true' value is {t}, but the 'false' value is {f}")
        }
    })
}

fn object_mismatch(t: &ObjectType, f: &ObjectType) -> Option<String> {
    for (name, attribute) in &t.attributes {
        match f.attributes.get(name) {
            None => {
                return Some(format!(
                    "The 'true' value includes object attribute {name:?}, which is absent in the 'false' value"
                ));
            }
            Some(other) if other.ty != attribute.ty => {
                let why = recurse(|| mismatch(&attribute.ty, &other.ty));
                return Some(format!("Type mismatch for object attribute {name:?}: {why}"));
            }
            Some(_) => {}
        }
    }
    let extra = f.attributes.keys().find(|name| !t.attributes.contains_key(*name))?;
    Some(format!("The 'false' value includes object attribute {extra:?}, which is absent in the 'true' value"))
}

fn tuple_mismatch(t: &[Type], f: &[Type]) -> Option<String> {
    if t.len() != f.len() {
        return Some(format!("The 'true' tuple has length {}, but the 'false' tuple has length {}", t.len(), f.len()));
    }
    let (i, (t, f)) = t.iter().zip(f).enumerate().find(|(_, (t, f))| t != f)?;
    Some(format!("Type mismatch for tuple element {i}: {}", recurse(|| mismatch(t, f))))
}

fn element_mismatch(noun: &str, t: &Type, f: &Type) -> Option<String> {
    let structural = matches!((t, f), (Type::Object(_), Type::Object(_)) | (Type::Tuple(_), Type::Tuple(_)));
    structural.then(|| format!("Mismatched {noun} element types: {}", mismatch(t, f)))
}
