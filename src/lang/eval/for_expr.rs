//! `for` expressions, and the iteration they share with `for` directives of templates.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diag::{Diagnostic, Diagnostics};
use crate::lang::syntax::ast::{Expr, For, Ident};
use crate::lang::value::convert::convert;
use crate::lang::value::{Data, Marks, Number, Type, Value};

use super::scope::{Env, Frame};
use super::{Evaluator, codes, error, unknown};

/// The head of a `for`: what it goes over and what it calls the elements.
#[derive(Clone, Copy)]
pub(super) struct Head<'a> {
    pub key_var: Option<&'a Ident>,
    pub value_var: &'a Ident,
    pub collection: &'a Expr,
    pub condition: Option<&'a Expr>,
}

/// The key of an element, made a value only where it is asked for.
enum Key<'a> {
    Position(usize),
    Name(&'a Arc<str>),
    Element(&'a Value),
}

impl Key<'_> {
    fn value(&self) -> Value {
        match self {
            Self::Position(i) => Value::number(Number::from(i64::try_from(*i).unwrap_or(i64::MAX))),
            Self::Name(name) => Value::string(Arc::clone(name)),
            Self::Element(value) => (*value).clone(),
        }
    }
}

/// What an iteration has gathered besides the results: marks, and whether all of it is known.
struct Progress {
    marks: Marks,
    known: bool,
}

impl Evaluator<'_> {
    pub(super) fn for_expr(&mut self, f: &For, env: Env<'_>) -> Value {
        let head = Head {
            key_var: f.key_var.as_ref(),
            value_var: &f.value_var,
            collection: &f.collection,
            condition: f.condition.as_ref(),
        };
        match &f.key {
            None => self.for_tuple(head, env, |e, env| e.value(&f.value, env)),
            Some(key) => self.for_object(head, key, f, env),
        }
    }

    /// One result for each element, in order.
    pub(super) fn for_tuple(
        &mut self,
        head: Head<'_>,
        env: Env<'_>,
        mut result: impl FnMut(&mut Self, Env<'_>) -> Value,
    ) -> Value {
        let mut results = Vec::new();
        match self.walk(head, env, |e, env, _| results.push(result(e, env))) {
            Ok(marks) => Value::tuple(results).with_marks(marks),
            Err(undecided) => undecided,
        }
    }

    fn for_object(&mut self, head: Head<'_>, key: &Expr, f: &For, env: Env<'_>) -> Value {
        let mut results: BTreeMap<Arc<str>, Vec<Value>> = BTreeMap::new();
        let walked = self.walk(head, env, |e, env, progress| {
            let Some(name) = e.for_key(key, env, progress) else { return };
            let value = e.value(&f.value, env);
            let values = results.entry(name.clone()).or_default();
            if values.is_empty() || f.group {
                values.push(value);
            } else {
                e.report(duplicate_key(&name, key, progress.marks));
            }
        });
        let object = |(name, mut values): (Arc<str>, Vec<Value>)| {
            let value = if f.group { Value::tuple(values) } else { values.pop()? };
            Some((name, value))
        };
        match walked {
            Ok(marks) => Value::object(results.into_iter().filter_map(object).collect()).with_marks(marks),
            Err(undecided) => undecided,
        }
    }

    /// The key of one element of an object; `None` when it is not known or wrong.
    fn for_key(&mut self, key: &Expr, env: Env<'_>, progress: &mut Progress) -> Option<Arc<str>> {
        let value = self.value(key, env);
        if value.is_null() {
            let detail = "Key expression in 'for' expression must not produce a null value.";
            return self.problem(progress, error(codes::KEY, "Invalid object key", detail, key.span));
        }
        progress.marks |= value.marks;
        if !value.is_known() {
            progress.known = false;
            return None;
        }
        match convert(&value.unmarked(), &Type::String) {
            Ok(name) => name.as_str().map(Arc::from),
            Err(why) => {
                let detail = format!("The key expression produced an invalid result: {}.", why.message);
                self.problem(progress, error(codes::KEY, "Invalid object key", detail, key.span))
            }
        }
    }

    /// Reports what keeps the whole from being known, unless something else did before.
    fn problem<T>(&mut self, progress: &mut Progress, diagnostic: Diagnostic) -> Option<T> {
        if std::mem::replace(&mut progress.known, false) {
            self.report(diagnostic);
        }
        None
    }

    /// Calls `visit` for each element the condition lets through. Answers the marks of the result, or the result itself
    /// where the elements or their number are not known.
    fn walk(
        &mut self,
        head: Head<'_>,
        env: Env<'_>,
        mut visit: impl FnMut(&mut Self, Env<'_>, &mut Progress),
    ) -> Result<Marks, Value> {
        let collection = self.value(head.collection, env);
        if matches!(collection.data, Data::Unknown(Type::Any)) {
            return Err(unknown());
        }
        if let Some(diagnostic) = not_iterable(&collection, head.collection) {
            return Err(self.fail(diagnostic));
        }
        let condition_marks = self.check_condition(head, env)?;
        let Some(elements) = elements(&collection) else {
            return Err(unknown().with_marks(collection.marks | condition_marks));
        };
        let mut progress = Progress { marks: collection.marks, known: true };
        let mut repeated = Repeated::default();
        for (key, value) in elements {
            let before = std::mem::take(&mut self.diagnostics);
            let key = head.key_var.map(|name| Frame::new(&name.text, key.value(), env));
            let outer = key.as_ref().map_or(env, Frame::env);
            let frame = Frame::new(&head.value_var.text, value.clone(), outer);
            if self.included(head, frame.env(), &mut progress) {
                visit(self, frame.env(), &mut progress);
            }
            let new = std::mem::replace(&mut self.diagnostics, before);
            repeated.keep_new(new, &mut self.diagnostics);
        }
        if progress.known { Ok(progress.marks) } else { Err(unknown().with_marks(progress.marks)) }
    }

    /// Evaluates the condition with nothing known of the element: what is wrong with it in any case is said once.
    fn check_condition(&mut self, head: Head<'_>, env: Env<'_>) -> Result<Marks, Value> {
        let Some(condition) = head.condition else { return Ok(Marks::NONE) };
        let key = head.key_var.map(|name| Frame::new(&name.text, unknown(), env));
        let outer = key.as_ref().map_or(env, Frame::env);
        let frame = Frame::new(&head.value_var.text, unknown(), outer);
        let Some(value) = self.sound(condition, frame.env()) else { return Err(unknown()) };
        if value.is_null() {
            let detail = "The value of the 'if' clause must not be null.";
            return Err(self.fail(error(codes::CONDITION, "Condition is null", detail, condition.span)));
        }
        if let Err(why) = convert(&value, &Type::Bool) {
            return Err(self.fail(invalid_condition(&why.message, condition)));
        }
        Ok(value.marks)
    }

    /// Whether the condition lets the element through; unknown counts as no, and makes the whole unknown.
    fn included(&mut self, head: Head<'_>, env: Env<'_>, progress: &mut Progress) -> bool {
        let Some(condition) = head.condition else { return true };
        let value = self.value(condition, env);
        if value.is_null() {
            let detail = "The value of the 'if' clause must not be null.";
            let diagnostic = error(codes::CONDITION, "Invalid 'for' condition", detail, condition.span);
            return self.problem(progress, diagnostic).unwrap_or(false);
        }
        progress.marks |= value.marks;
        if !value.is_known() {
            progress.known = false;
            return false;
        }
        match convert(&value.unmarked(), &Type::Bool) {
            Ok(answer) => answer.as_bool().unwrap_or(false),
            Err(why) => self.problem(progress, invalid_condition(&why.message, condition)).unwrap_or(false),
        }
    }
}

fn invalid_condition(why: &str, condition: &Expr) -> Diagnostic {
    let detail = format!("The 'if' clause value is invalid: {why}.");
    error(codes::CONDITION, "Invalid 'for' condition", detail, condition.span)
}

fn duplicate_key(name: &str, key: &Expr, marks: Marks) -> Diagnostic {
    // A key that came from a sensitive value must not show.
    let which = if marks == Marks::NONE { format!("the key {name:?}") } else { "the same key".to_owned() };
    let detail = format!(
        "Two different items produced {which} in this 'for' expression. If duplicates are expected, use the ellipsis \
         (...) after the value expression to enable grouping by key."
    );
    error(codes::KEY, "Duplicate object key", detail, key.span)
}

fn not_iterable(collection: &Value, expr: &Expr) -> Option<Diagnostic> {
    if collection.is_null() {
        let detail = "A null value cannot be used as the collection in a 'for' expression.";
        let diagnostic = error(codes::ITERATION, "Iteration over null value", detail, expr.span);
        return Some(diagnostic.with_help("Where null is expected, go over coalesce(…, []) or coalesce(…, {})."));
    }
    let ty = match &collection.data {
        Data::Bool(_) => Type::Bool,
        Data::Number(_) => Type::Number,
        Data::String(_) => Type::String,
        Data::Unknown(ty @ (Type::Bool | Type::Number | Type::String)) => ty.clone(),
        _ => return None,
    };
    let detail =
        format!("A value of type {} cannot be used as the collection in a 'for' expression.", ty.friendly_name());
    Some(error(codes::ITERATION, "Iteration over non-iterable value", detail, expr.span))
}

/// The elements with their keys; `None` when they are not known.
fn elements(collection: &Value) -> Option<Box<dyn Iterator<Item = (Key<'_>, &Value)> + '_>> {
    match &collection.data {
        Data::List(_, items) | Data::Tuple(items) => {
            Some(Box::new(items.iter().enumerate().map(|(i, v)| (Key::Position(i), v))))
        }
        Data::Set(_, items) => Some(Box::new(items.iter().map(|v| (Key::Element(v), v)))),
        Data::Map(_, entries) | Data::Object(entries) => {
            Some(Box::new(entries.iter().map(|(name, v)| (Key::Name(name), v))))
        }
        _ => None,
    }
}

/// Diagnostics of a loop's rounds: what every round repeats is kept once, and not without end.
#[derive(Default)]
struct Repeated {
    seen: Vec<Diagnostic>,
}

impl Repeated {
    /// Different diagnostics one loop may report.
    const LIMIT: usize = 20;

    fn keep_new(&mut self, new: Diagnostics, kept: &mut Diagnostics) {
        for diagnostic in new {
            if self.seen.len() < Self::LIMIT && !self.seen.contains(&diagnostic) {
                self.seen.push(diagnostic.clone());
                kept.push(diagnostic);
            }
        }
    }
}
