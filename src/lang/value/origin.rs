//! Where an unknown value will come from: two unknown values of one origin will be one value.
//!
//! Must not know what an origin's text means.

use std::sync::Arc;

use super::Value;

/// Plays no part when values are compared, stored or shown.
#[derive(Debug, Clone, Default)]
pub struct Origin(Option<Arc<(Arc<str>, &'static str)>>);

impl Origin {
    pub const NOWHERE: Self = Self(None);
}

/// What is not known is equal or not whatever is known of its origin.
impl PartialEq for Origin {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Value {
    /// The value, if it is unknown, with the place it will come from, and which part of that it will be.
    #[must_use]
    pub fn from_origin(self, place: &Arc<str>, part: &'static str) -> Self {
        if self.is_known() { self } else { Self { origin: Origin(Some(Arc::new((place.clone(), part)))), ..self } }
    }

    /// The value, if it is unknown, with the origin of another.
    #[must_use]
    pub fn with_origin_of(self, other: &Self) -> Self {
        if self.is_known() { self } else { Self { origin: other.origin.clone(), ..self } }
    }

    /// A text that two values share only if they are, or will be, the same text.
    pub fn token(&self) -> Option<String> {
        match (self.as_str(), self.origin.0.as_deref()) {
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
