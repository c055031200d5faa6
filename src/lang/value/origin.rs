//! Where an unknown value will come from: two unknown values of one origin will be one value.
//!
//! Must not know what an origin's text means.

use std::sync::Arc;

use super::{Hint, Value};

/// Plays no part when values are compared, stored or shown.
pub(super) type Origin = Option<(Arc<str>, &'static str)>;

impl Value {
    /// The value, if it is unknown, with the place it will come from, and which part of that it will be.
    #[must_use]
    pub fn from_origin(self, place: &Arc<str>, part: &'static str) -> Self {
        self.with_origin(Some((place.clone(), part)))
    }

    /// The value, if it is unknown, with the origin of another.
    #[must_use]
    pub fn with_origin_of(self, other: &Self) -> Self {
        self.with_origin(other.origin().cloned())
    }

    fn with_origin(self, origin: Origin) -> Self {
        if self.is_known() || origin.is_none() && self.hint.is_none() {
            return self;
        }
        let hint = Hint { origin, ..self.hint.as_deref().cloned().unwrap_or_default() };
        Self { hint: Some(Arc::new(hint)), ..self }
    }

    fn origin(&self) -> Option<&(Arc<str>, &'static str)> {
        self.hint.as_ref()?.origin.as_ref()
    }

    /// A text that two values share only if they are, or will be, the same text.
    pub fn token(&self) -> Option<String> {
        match (self.as_str(), self.origin()) {
            (Some(text), _) => Some(format!("={text}")),
            (None, Some((place, part))) if !self.is_known() => Some(format!("?{place}.{part}")),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::lang::value::{Type, Value};

    #[test]
    fn unknown_values_of_one_origin_are_one() {
        let unknown = |place: &str| Value::unknown(Type::String).from_origin(&place.into(), "id");
        assert_eq!(unknown("a").token(), unknown("a").token());
        assert_ne!(unknown("a").token(), unknown("b").token());
        assert_ne!(Value::from("a.id").token(), unknown("a").token());
        assert_eq!(Value::unknown(Type::String).token(), None);
        assert_eq!(Value::from("x").from_origin(&"a".into(), "id").token(), Value::from("x").token());
        assert_eq!(unknown("a"), unknown("b"), "comparisons know nothing of it");
    }
}
