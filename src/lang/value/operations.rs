//! What can be computed with values: equality, order, arithmetic, logic, lengths.
//!
//! Marks of the operands pass to the result. With an unknown operand the result is unknown, unless what is known about
//! the operand decides it. Operands must have the operation's type already; a result is unknown where they have not.

use std::cmp::Ordering;

use super::{Bound, Data, Number, Range, Refinement, Type, Value};
use crate::lang::recursion::recurse;

/// An arithmetic operation; no result where there is no number (zero by zero).
type Arithmetic = fn(&Number, &Number) -> Option<Number>;

fn unknown_bool() -> Value {
    Value::unknown(Type::Bool).refine_not_null()
}

impl Value {
    /// Whether both are the same value: true, false, or unknown. Values of different types differ, nulls of any type
    /// are equal.
    #[must_use]
    pub fn equals(&self, other: &Value) -> Value {
        if self.contains_marks() || other.contains_marks() {
            let ((a, am), (b, bm)) = (self.unmark_deep(), other.unmark_deep());
            return a.equals(&b).with_marks(am | bm);
        }
        self.equality(other).map_or_else(unknown_bool, Value::bool)
    }

    /// See [`Value::equals`]; for values without marks. `None` when it is not known yet.
    fn equality(&self, other: &Value) -> Option<bool> {
        if (self.is_null() && other.is_not_null()) || (other.is_null() && self.is_not_null()) {
            return Some(false);
        }
        match (self.is_known(), other.is_known()) {
            (false, false) => return None,
            (true, false) => return against_unknown(self, other),
            (false, true) => return against_unknown(other, self),
            (true, true) => {}
        }
        if self.is_null() || other.is_null() {
            return Some(self.is_null() && other.is_null());
        }
        let (a, b) = (self.ty(), other.ty());
        if !self.has_settled_type() || !other.has_settled_type() {
            return if a.conforms_to(&b) || b.conforms_to(&a) { None } else { Some(false) };
        }
        if a == b { self.same_content(other) } else { Some(false) }
    }

    /// See [`Value::equality`]; for values of one type, which what stands in such values is as well.
    fn equality_in_type(&self, other: &Value) -> Option<bool> {
        let comparable = |v: &Value| v.is_known() && !v.is_null();
        if comparable(self) && comparable(other) { recurse(|| self.same_content(other)) } else { self.equality(other) }
    }

    fn same_content(&self, other: &Value) -> Option<bool> {
        match (&self.data, &other.data) {
            (Data::Bool(a), Data::Bool(b)) => Some(a == b),
            (Data::Number(a), Data::Number(b)) => Some(a == b),
            (Data::String(a), Data::String(b)) => Some(a == b),
            (Data::List(_, a), Data::List(_, b)) | (Data::Tuple(a), Data::Tuple(b)) => {
                if a.len() == b.len() {
                    all_equal(a.iter().zip(b.iter()))
                } else {
                    Some(false)
                }
            }
            (Data::Set(_, a), Data::Set(_, b)) => {
                if a.iter().chain(b.iter()).any(|e| !e.is_known()) {
                    return None;
                }
                let same =
                    a.len() == b.len() && a.iter().all(|x| b.iter().any(|y| x.equality_in_type(y) == Some(true)));
                Some(same)
            }
            (Data::Map(_, a), Data::Map(_, b)) | (Data::Object(a), Data::Object(b)) => {
                if a.keys().eq(b.keys()) {
                    all_equal(a.values().zip(b.values()))
                } else {
                    Some(false)
                }
            }
            _ => Some(false),
        }
    }

    /// Whether nothing in it can still change its type.
    fn has_settled_type(&self) -> bool {
        match &self.data {
            Data::Unknown(ty) => ty.is_concrete(),
            _ => recurse(|| {
                self.elements().all(Self::has_settled_type) && self.entries().all(|(_, v)| v.has_settled_type())
            }),
        }
    }

    /// The sum; `None` when there is none (infinity less infinity).
    pub fn add(&self, other: &Value) -> Option<Value> {
        self.arithmetic(other, |a, b| a + b, true)
    }

    /// The difference; `None` when there is none.
    pub fn subtract(&self, other: &Value) -> Option<Value> {
        self.arithmetic(other, |a, b| a - b, true)
    }

    /// The product; `None` when there is none (zero times infinity).
    pub fn multiply(&self, other: &Value) -> Option<Value> {
        self.arithmetic(other, |a, b| a * b, true)
    }

    /// The quotient; `None` when there is none (zero by zero). Refusing a zero divisor is up to the caller.
    pub fn divide(&self, other: &Value) -> Option<Value> {
        self.arithmetic(other, |a, b| a / b, false)
    }

    /// What is left after division; `None` when there is no number.
    pub fn modulo(&self, other: &Value) -> Option<Value> {
        self.arithmetic(other, |a, b| a % b, false)
    }

    fn arithmetic(&self, other: &Value, operation: Arithmetic, bounded: bool) -> Option<Value> {
        let marks = self.marks | other.marks;
        let result = match (&self.data, &other.data) {
            (Data::Number(a), Data::Number(b)) => Value::number(operation(a, b)?),
            _ => {
                let unknown = Value::unknown(Type::Number).refine_not_null();
                if bounded { refine_by_bounds(unknown, &self.range(), &other.range(), operation) } else { unknown }
            }
        };
        Some(result.with_marks(marks))
    }

    /// The number with the other sign.
    #[must_use]
    pub fn negate(&self) -> Value {
        match &self.data {
            Data::Number(n) => Value::number(-&**n),
            _ => Value::unknown(Type::Number).refine_not_null(),
        }
        .with_marks(self.marks)
    }

    #[must_use]
    pub fn not(&self) -> Value {
        self.as_bool().map_or_else(unknown_bool, |b| Value::bool(!b)).with_marks(self.marks)
    }

    /// False as soon as one is false, even if the other is unknown.
    #[must_use]
    pub fn and(&self, other: &Value) -> Value {
        let result = match (self.as_bool(), other.as_bool()) {
            (Some(false), _) | (_, Some(false)) => Value::bool(false),
            (Some(true), Some(true)) => Value::bool(true),
            _ => unknown_bool(),
        };
        result.with_marks(self.marks | other.marks)
    }

    /// True as soon as one is true, even if the other is unknown.
    #[must_use]
    pub fn or(&self, other: &Value) -> Value {
        let result = match (self.as_bool(), other.as_bool()) {
            (Some(true), _) | (_, Some(true)) => Value::bool(true),
            (Some(false), Some(false)) => Value::bool(false),
            _ => unknown_bool(),
        };
        result.with_marks(self.marks | other.marks)
    }

    #[must_use]
    pub fn less_than(&self, other: &Value) -> Value {
        self.ordered(other, Ordering::Less)
    }

    #[must_use]
    pub fn greater_than(&self, other: &Value) -> Value {
        self.ordered(other, Ordering::Greater)
    }

    #[must_use]
    pub fn less_than_or_equal(&self, other: &Value) -> Value {
        self.less_than(other).or(&self.equals(other))
    }

    #[must_use]
    pub fn greater_than_or_equal(&self, other: &Value) -> Value {
        self.greater_than(other).or(&self.equals(other))
    }

    fn ordered(&self, other: &Value, wanted: Ordering) -> Value {
        let result = match (&self.data, &other.data) {
            (Data::Number(a), Data::Number(b)) => Value::bool(a.cmp(b) == wanted),
            _ => match order_by_bounds(&self.range().refinement, &other.range().refinement) {
                Some(order) => Value::bool(order == wanted),
                None => unknown_bool(),
            },
        };
        result.with_marks(self.marks | other.marks)
    }

    /// How many elements a collection, tuple or object has. Unknown for an unknown collection, and for a set whose
    /// unknown elements can turn out to be the same as others.
    #[must_use]
    pub fn length(&self) -> Value {
        let count = |n: usize| Value::number(Number::from(n));
        let between = |min: usize, max: Option<usize>| {
            let value = Value::unknown(Type::Number).refine_not_null();
            let value = value.refine_lower(Bound::inclusive(Number::from(min)));
            match max {
                Some(max) => value.refine_upper(Bound::inclusive(Number::from(max))),
                None => value,
            }
        };
        let length = match &self.data {
            Data::Set(_, elements) if elements.len() > 1 && !self.is_wholly_known() => between(1, Some(elements.len())),
            Data::List(_, elements) | Data::Set(_, elements) | Data::Tuple(elements) => count(elements.len()),
            Data::Map(_, entries) | Data::Object(entries) => count(entries.len()),
            Data::Unknown(Type::Tuple(ts)) => count(ts.len()),
            Data::Unknown(Type::Object(o)) => count(o.attributes.len()),
            Data::Unknown(ty) if ty.is_collection() => {
                let refinement = self.refinement().cloned().unwrap_or_default();
                between(refinement.min_length, refinement.max_length)
            }
            _ => Value::unknown(Type::Number).refine_not_null(),
        };
        length.with_marks(self.marks)
    }
}

/// Whether a value that is known is the same as one that is not.
fn against_unknown(known: &Value, unknown: &Value) -> Option<bool> {
    let ty = unknown.ty();
    if !could_be(unknown, known, &ty) {
        return Some(false);
    }
    let undecided = known.is_null() || !ty.is_concrete() || known.ty() == ty;
    if undecided { None } else { Some(false) }
}

/// Whether what is known about `unknown` leaves room for `known`.
fn could_be(unknown: &Value, known: &Value, ty: &Type) -> bool {
    let Some(refinement) = unknown.refinement() else {
        return known.is_null() || known.ty().conforms_to(ty) || !ty.is_concrete();
    };
    if known.is_null() {
        return !refinement.not_null;
    }
    if !known.ty().conforms_to(ty) {
        return false;
    }
    match &known.data {
        Data::String(s) => s.starts_with(&*refinement.prefix),
        Data::Number(n) => refinement.admits(n),
        Data::List(..) | Data::Set(..) | Data::Map(..) => {
            let length = known.range().refinement;
            let too_short = length.max_length.is_some_and(|max| max < refinement.min_length);
            let too_long = refinement.max_length.is_some_and(|max| length.min_length > max);
            !too_short && !too_long
        }
        _ => true,
    }
}

impl Refinement {
    /// Whether a number lies within the bounds.
    fn admits(&self, number: &Number) -> bool {
        let above = self.lower.as_ref().is_none_or(|b| number > &b.value || (b.inclusive && *number == b.value));
        let below = self.upper.as_ref().is_none_or(|b| number < &b.value || (b.inclusive && *number == b.value));
        above && below
    }
}

/// Stops at the first pair that is unknown or differs.
fn all_equal<'a>(pairs: impl Iterator<Item = (&'a Value, &'a Value)>) -> Option<bool> {
    for (a, b) in pairs {
        if !a.equality_in_type(b)? {
            return Some(false);
        }
    }
    Some(true)
}

/// The order of two ranges that do not touch.
fn order_by_bounds(a: &Refinement, b: &Refinement) -> Option<Ordering> {
    let apart = |low: &Option<Bound>, high: &Option<Bound>| match (low, high) {
        (Some(low), Some(high)) => low.value < high.value,
        _ => false,
    };
    if apart(&a.upper, &b.lower) {
        Some(Ordering::Less)
    } else if apart(&b.upper, &a.lower) {
        Some(Ordering::Greater)
    } else {
        None
    }
}

/// Bounds of a result from the bounds of the operands, for an operation that is monotonous in both.
fn refine_by_bounds(result: Value, a: &Range, b: &Range, operation: Arithmetic) -> Value {
    let end = |bound: &Option<Bound>, negative: bool| {
        bound.as_ref().map_or_else(|| Number::infinity(negative), |b| b.value.clone())
    };
    let ends = |r: &Range| [end(&r.refinement.lower, true), end(&r.refinement.upper, false)];
    let (a, b) = (ends(a), ends(b));
    let results: Option<Vec<Number>> = a.iter().flat_map(|x| b.iter().map(move |y| operation(x, y))).collect();
    let Some(results) = results else { return result };
    let (Some(min), Some(max)) = (results.iter().min(), results.iter().max()) else { return result };
    result.refine_lower(Bound::inclusive(min.clone())).refine_upper(Bound::inclusive(max.clone()))
}
