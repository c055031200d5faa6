//! Where names come from: the caller's [`Scope`], and the variables of `for` expressions inside it.

use crate::diag::Diagnostic;
use crate::lang::functions;
use crate::lang::syntax::ast::Ident;
use crate::lang::value::Value;

/// What the evaluator asks its caller for. Resolving may be lazy: it happens when, and as often as, evaluation meets a
/// name; a scope whose values are expensive keeps them.
pub trait Scope {
    /// `path` holds the leading identifiers of a traversal, root first (`service.x.id` gives three; never empty).
    /// Answers the value and how many of the identifiers it stands for (`service.x` → 2, at least 1); the evaluator
    /// applies the rest.
    ///
    /// # Errors
    /// Why nothing has this name. The evaluator reports it and goes on with an unknown value.
    #[allow(clippy::result_large_err, reason = "errors end in a list of diagnostics; boxing each would serve nobody")]
    fn resolve(&self, path: &[&Ident]) -> Result<(Value, usize), Diagnostic>;

    /// What functions may use of the world outside.
    fn functions(&self) -> &functions::Context;
}

/// What surrounds the expression at hand, innermost first.
#[derive(Clone, Copy, Default)]
pub(super) struct Env<'a> {
    variables: Option<&'a Frame<'a>>,
    /// The element the innermost splat is at.
    pub item: Option<&'a Value>,
}

/// One variable of a `for`.
pub(super) struct Frame<'a> {
    name: &'a str,
    value: Value,
    outer: Env<'a>,
}

impl<'a> Frame<'a> {
    pub fn new(name: &'a str, value: Value, outer: Env<'a>) -> Self {
        Self { name, value, outer }
    }

    /// The surroundings of what sees this variable.
    pub fn env(&'a self) -> Env<'a> {
        Env { variables: Some(self), item: self.outer.item }
    }
}

impl<'a> Env<'a> {
    pub fn with_item(self, item: &'a Value) -> Env<'a> {
        Env { item: Some(item), ..self }
    }

    pub fn variable(self, name: &str) -> Option<&'a Value> {
        let mut frame = self.variables;
        while let Some(f) = frame {
            if f.name == name {
                return Some(&f.value);
            }
            frame = f.outer.variables;
        }
        None
    }
}
