//! Splat expressions: `source[*].a` and `source.*.a`.

use crate::lang::syntax::ast::Expr;
use crate::lang::value::{Data, Type, Value};

use super::scope::Env;
use super::{Evaluator, codes, error, unknown};

/// What a splat goes over.
enum Source<'a> {
    /// A list or set becomes a list.
    Collection(&'a [Value], &'a Type),
    Tuple(&'a [Value]),
    UnknownCollection(&'a Type),
    UnknownTuple(&'a [Type]),
    /// Anything else counts as a sequence of one, or of none where it is null.
    Single,
}

impl<'a> Source<'a> {
    fn of(value: &'a Value) -> Self {
        match &value.data {
            Data::List(element, items) | Data::Set(element, items) => Self::Collection(items, element),
            Data::Tuple(items) => Self::Tuple(items),
            Data::Unknown(Type::List(element) | Type::Set(element)) => Self::UnknownCollection(element),
            Data::Unknown(Type::Tuple(types)) => Self::UnknownTuple(types),
            _ => Self::Single,
        }
    }
}

impl Evaluator<'_> {
    pub(super) fn splat(&mut self, source: &Expr, each: &Expr, env: Env<'_>) -> Value {
        let Some(value) = self.sound(source, env) else { return unknown() };
        match &value.data {
            Data::Null(Type::List(_) | Type::Set(_) | Type::Tuple(_)) => {
                let detail = "Splat expressions (with the * symbol) cannot be applied to null sequences.";
                self.fail(error(codes::NULL_ACCESS, "Splat of null value", detail, source.span))
            }
            Data::Null(_) => Value::tuple(Vec::new()).with_marks(value.marks),
            Data::Unknown(Type::Any) => unknown().with_marks(value.marks),
            _ => self.splat_over(&value, each, env).with_marks(value.marks),
        }
    }

    fn splat_over(&mut self, value: &Value, each: &Expr, env: Env<'_>) -> Value {
        match Source::of(value) {
            Source::UnknownCollection(element) => {
                let list = Value::unknown(Type::list(self.each_type(element, each, env))).refine_not_null();
                match value.refinement() {
                    Some(known) => list.refine_length(known.min_length, known.max_length),
                    None => list,
                }
            }
            Source::UnknownTuple(types) => {
                Value::unknown(self.tuple_type(types.iter().cloned(), each, env)).refine_not_null()
            }
            Source::Collection([], element) => Value::list(self.each_type(element, each, env), Vec::new()),
            Source::Collection(items, _) => match self.each_of(items, each, env) {
                Ok(results) => list(results),
                Err(results) => Value::unknown(list(results).ty()),
            },
            Source::Tuple(items) => self.tuple_of(items, each, env),
            Source::Single => {
                let results = self.tuple_of(std::slice::from_ref(value), each, env);
                // An unknown single value may turn out null, and then there is no element.
                if value.is_not_null() { results } else { unknown() }
            }
        }
    }

    fn tuple_of(&mut self, items: &[Value], each: &Expr, env: Env<'_>) -> Value {
        match self.each_of(items, each, env) {
            Ok(results) => Value::tuple(results),
            Err(results) => Value::unknown(Value::tuple(results).ty()),
        }
    }

    /// Applies what follows the star to each element.
    ///
    /// # Errors
    /// When that failed for one of them: the results all the same, for their types.
    fn each_of(&mut self, items: &[Value], each: &Expr, env: Env<'_>) -> Result<Vec<Value>, Vec<Value>> {
        let mut complete = true;
        let results = items.iter().map(|item| {
            let (value, diagnostics) = self.attempt(|e| e.value(each, env.with_item(item)));
            complete &= !diagnostics.has_errors();
            for diagnostic in diagnostics {
                if !self.diagnostics.iter().any(|d| *d == diagnostic) {
                    self.report(diagnostic);
                }
            }
            value
        });
        let results = results.collect();
        if complete { Ok(results) } else { Err(results) }
    }

    fn tuple_type(&mut self, types: impl Iterator<Item = Type>, each: &Expr, env: Env<'_>) -> Type {
        let types: Vec<_> = types.map(|ty| self.each_type(&ty, each, env)).collect();
        Type::Tuple(types.into())
    }

    fn each_type(&mut self, element: &Type, each: &Expr, env: Env<'_>) -> Type {
        let item = Value::unknown(element.clone());
        self.value(each, env.with_item(&item)).ty()
    }
}

/// A list of results that have one type, as those of a list's elements do unless a part is not typed yet.
fn list(items: Vec<Value>) -> Value {
    let ty = items.first().map_or(Type::Any, Value::ty);
    if items.iter().all(|item| item.ty() == ty) { Value::list(ty, items) } else { unknown() }
}
