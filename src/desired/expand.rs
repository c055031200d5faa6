//! Expansion: how many instances a block has, and what distinguishes them.

use std::collections::BTreeSet;

use crate::address::InstanceKey;
use crate::diag::{Code, Diagnostic, Diagnostics, Span};
use crate::lang::eval::references;
use crate::lang::syntax::ast::Expr;
use crate::lang::value::convert::convert;
use crate::lang::value::{Data, Type, Value};

use super::modules::Place;
use super::nodes::{Node, subject_of};
use super::{Completeness, Evaluation};

/// One instance to be: its key, and what `each` and `count` give in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Expanded {
    pub key: Option<InstanceKey>,
    /// `each.key` and `each.value`.
    pub each: Option<(Value, Value)>,
    /// It stands for all instances of a block whose number is not known yet.
    pub open: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expansion {
    Single(Expanded),
    Count(Vec<Expanded>),
    ForEach(Vec<Expanded>),
    /// How many there will be depends on values that nobody gave yet.
    Open(Expanded),
    /// It cannot be told how many; why is an error of its own.
    Failed,
}

impl Expansion {
    pub(super) fn instances(&self) -> impl Iterator<Item = &Expanded> {
        match self {
            Self::Single(one) | Self::Open(one) => std::slice::from_ref(one).iter(),
            Self::Count(all) | Self::ForEach(all) => all.iter(),
            Self::Failed => [].iter(),
        }
    }

    /// The instance of a key.
    pub(super) fn find(&self, key: Option<&InstanceKey>) -> Option<&Expanded> {
        match (self, key) {
            // Indexes count from 0.
            (Self::Count(all), Some(InstanceKey::Index(i))) => all.get(usize::try_from(*i).ok()?),
            // Names come in the order of maps and sets.
            (Self::ForEach(all), Some(key)) => {
                let found = all.binary_search_by(|x| x.key.as_ref().cmp(&Some(key))).ok().and_then(|i| all.get(i));
                found.or_else(|| all.iter().find(|x| x.key.as_ref() == Some(key)))
            }
            _ => self.instances().find(|x| x.key.as_ref() == key),
        }
    }

    fn single() -> Self {
        Self::Single(Expanded { key: None, each: None, open: false })
    }
}

/// More than this would be a mistake rather than a fleet.
const MOST: u64 = 1_000_000;

impl Evaluation<'_> {
    /// The instances of a resource or of a module call at a place.
    pub(super) fn expand(
        &self,
        place: Place,
        count: Option<&Expr>,
        for_each: Option<&Expr>,
    ) -> (Expansion, Diagnostics) {
        let Some(expr) = count.or(for_each) else { return (Expansion::single(), Diagnostics::new()) };
        let (value, found) = self.expression(place, expr, None);
        if found.has_errors() {
            return (Expansion::Failed, found);
        }
        if self.is_open(place, expr, &value) {
            let each = for_each.map(|_| (Value::unknown(Type::String), Value::unknown(Type::Any)));
            return (Expansion::Open(Expanded { key: None, each, open: true }), found);
        }
        let expanded = if count.is_some() { by_count(&value, expr.span) } else { by_name(&value, expr.span) };
        match expanded {
            Ok(expansion) => (expansion, found),
            Err(problem) => (Expansion::Failed, found.into_iter().chain([*problem]).collect()),
        }
    }

    /// Whether it cannot be told yet, and need not: because checking must not need the values of variables, or because
    /// a variable has no value, which is an error of its own.
    fn is_open(&self, place: Place, expr: &Expr, value: &Value) -> bool {
        let is_set = matches!(value.data, Data::Set(..));
        let unknown = !value.is_known() || (is_set && !value.is_wholly_known());
        unknown
            && !value.marks.sensitive
            && (self.completeness == Completeness::Lenient || self.waits_for_variable(place, expr))
    }

    /// Whether it depends on a variable of the root that nobody gave a value, be it through modules.
    fn waits_for_variable(&self, place: Place, expr: &Expr) -> bool {
        let subjects = references(expr).into_iter().filter_map(|r| subject_of(&r.path));
        let found = subjects.filter_map(|(subject, _)| self.nodes.find(place.module, &subject));
        let mut stack: Vec<usize> = found.collect();
        let mut seen = BTreeSet::new();
        while let Some(node) = stack.pop() {
            if !seen.insert(node) {
                continue;
            }
            match self.nodes.get(node) {
                Node::Variable(_) if self.nodes.module(node) == 0 => {
                    let value = self.value_of(node, 0);
                    if value.is_some_and(|v| !v.is_wholly_known()) {
                        return true;
                    }
                }
                Node::Local(_) | Node::Variable(_) | Node::Output(_) => stack.extend(self.nodes.needs(node)),
                _ => {}
            }
        }
        false
    }
}

fn by_count(value: &Value, span: Span) -> Result<Expansion, Box<Diagnostic>> {
    let refuse = |detail: &str, help: &str| Err(Box::new(refused("Invalid count argument", detail, help, span)));
    let (plain, marks) = value.unmark_deep();
    let number = convert(&plain, &Type::Number).ok().filter(|n| n.is_known() && !n.is_null());
    let count = number.as_ref().and_then(Value::as_i64).and_then(|n| u64::try_from(n).ok()).filter(|n| *n <= MOST);
    if marks.sensitive {
        return refuse(
            "Sensitive values, or values derived from them, cannot be used as count: it shows in addresses.",
            "Use a value that is not sensitive.",
        );
    }
    if !plain.is_wholly_known() {
        return refuse(
            UNKNOWN_COUNT,
            "Let the count come from variables, or use --target to apply first only what it depends on.",
        );
    }
    let Some(count) = count else {
        return refuse("The count is a whole number from 0 to 1000000, and must not be null.", "Write a whole number.");
    };
    let numbered = |i: u64| Expanded { key: Some(InstanceKey::Index(i)), each: None, open: false };
    Ok(Expansion::Count((0..count).map(numbered).collect()))
}

fn by_name(value: &Value, span: Span) -> Result<Expansion, Box<Diagnostic>> {
    let entries = entries(value).map_err(|(detail, help)| refused("Invalid for_each argument", &detail, help, span))?;
    let all = entries.into_iter().map(|(name, value)| Expanded {
        key: Some(InstanceKey::Name(name.clone())),
        each: Some((Value::from(name.as_str()), value)),
        open: false,
    });
    Ok(Expansion::ForEach(all.collect()))
}

const UNKNOWN_COUNT: &str = "The count depends on attributes that are known after apply only, so it cannot be told how many instances there will be.";

/// Names and values of a `for_each`; otherwise why it is none, and what to do.
fn entries(value: &Value) -> Result<Vec<(String, Value)>, (String, &'static str)> {
    let marks = value.marks;
    if marks.sensitive {
        return Err((
            "Sensitive values, or values derived from them, cannot be used as for_each: its keys show in addresses."
                .into(),
            "Use keys that are not sensitive.",
        ));
    }
    match &value.data {
        Data::Map(..) | Data::Object(_) => Ok(value.entries().map(|(k, v)| (k.to_string(), v.clone())).collect()),
        Data::Set(_, items) => items
            .iter()
            .map(|item| match item.as_str() {
                Some(text) => Ok((text.to_owned(), item.clone())),
                None if !item.is_known() => Err(unknown()),
                None => Err((
                    "A set for for_each must hold strings, none of them null.".into(),
                    "Convert it with toset([for x in … : tostring(x)]).",
                )),
            })
            .collect(),
        Data::Unknown(..) => Err(unknown()),
        Data::Null(_) => Err(("The for_each value is null.".into(), "Use an empty map, {}, to have no instances.")),
        _ => {
            let ty = value.ty().friendly_name();
            Err((
                format!("for_each takes a map, an object or a set of strings; this is {ty}."),
                "Convert a list with toset(…), or write a map.",
            ))
        }
    }
}

fn unknown() -> (String, &'static str) {
    let why = "The for_each value depends on attributes that are known after apply only, so its keys cannot be told.";
    (
        why.to_owned(),
        "Use keys known beforehand and put what comes later into the values, or use --target to apply first what it depends on.",
    )
}

fn refused(summary: &str, detail: &str, help: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code("HW0404"), summary).with_detail(detail).with_help(help).with_label(span, "this value")
}
