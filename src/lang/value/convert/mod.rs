//! Conversion of values between types: what a declaration, a function or an operator asks for.
//!
//! A conversion is possible or not by the types alone; a possible one can still fail on a value (`"x"` to a number).
//! Must not know who asks.

mod apply;
mod mismatch;
mod possible;
mod unify;

use std::fmt::Write as _;
use std::sync::Arc;

use super::{Type, Value};

pub use mismatch::mismatch;
pub use possible::{Mode, is_possible};
pub use unify::{unify, unify_safe};

/// Why a value cannot be converted.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct ConvertError {
    /// Where in the value; empty when the whole is meant.
    pub path: Vec<PathStep>,
    /// What is required instead, in lower case, without a final full stop.
    pub message: String,
}

/// One step into a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PathStep {
    Attribute(Arc<str>),
    Index(usize),
    Key(Arc<str>),
}

/// The steps as they are written after a name: `.a[0]["k"]`.
pub fn path_text(path: &[PathStep]) -> String {
    let mut text = String::new();
    for step in path {
        // Writing to a String cannot fail.
        let _ = match step {
            PathStep::Attribute(name) => write!(text, ".{name}"),
            PathStep::Index(i) => write!(text, "[{i}]"),
            PathStep::Key(key) => write!(text, "[{key:?}]"),
        };
    }
    text
}

/// The value as that type. Attributes that are optional in the type and absent in the value become null, attributes the
/// type does not have are dropped, marks stay where they are.
///
/// # Errors
/// When the types do not go together, or when the value does not, with Terraform's wording.
pub fn convert(value: &Value, to: &Type) -> Result<Value, ConvertError> {
    let from = value.ty();
    if from == to.without_optional() {
        return Ok(value.clone());
    }
    if !is_possible(&from, to, Mode::Unsafe) {
        return Err(ConvertError { path: Vec::new(), message: mismatch(&from, to) });
    }
    apply::apply(value, to, Mode::Unsafe, &mut Vec::new())
}

#[cfg(test)]
mod tests;
