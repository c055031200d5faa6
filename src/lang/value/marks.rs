//! Marks: what must be remembered about a value besides itself.
//!
//! Must not know what a mark leads to; that is for whoever shows or writes a value.

use std::ops::{BitOr, BitOrAssign};
use std::sync::Arc;

use super::{Data, Entries, Value};
use crate::lang::recursion::recurse;

/// What must be remembered about a value besides itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Marks {
    /// Redacted wherever something is shown.
    pub sensitive: bool,
    /// Written nowhere.
    pub ephemeral: bool,
}

impl Marks {
    pub const NONE: Self = Self { sensitive: false, ephemeral: false };
    pub const SENSITIVE: Self = Self { sensitive: true, ephemeral: false };
    pub const EPHEMERAL: Self = Self { sensitive: false, ephemeral: true };

    pub fn is_empty(self) -> bool {
        self == Self::NONE
    }
}

impl BitOr for Marks {
    type Output = Self;

    /// The marks of both.
    fn bitor(self, other: Self) -> Self {
        Self { sensitive: self.sensitive || other.sensitive, ephemeral: self.ephemeral || other.ephemeral }
    }
}

impl BitOrAssign for Marks {
    fn bitor_assign(&mut self, other: Self) {
        *self = *self | other;
    }
}

impl Value {
    /// The value with these marks added to its own.
    #[must_use]
    pub fn with_marks(self, marks: Marks) -> Self {
        Self { marks: self.marks | marks, ..self }
    }

    /// Marked itself.
    pub fn has_marks(&self) -> bool {
        !self.marks.is_empty()
    }

    /// Marked itself or anywhere inside.
    pub fn contains_marks(&self) -> bool {
        recurse(|| {
            self.has_marks()
                || self.elements().any(Self::contains_marks)
                || self.entries().any(|(_, v)| v.contains_marks())
        })
    }

    /// Without its own marks; those of its parts stay.
    #[must_use]
    pub fn unmarked(&self) -> Self {
        Self { marks: Marks::NONE, ..self.clone() }
    }

    /// Without any marks, and all that were there.
    pub fn unmark_deep(&self) -> (Self, Marks) {
        if !self.contains_marks() {
            return (self.clone(), Marks::NONE);
        }
        let mut marks = Marks::NONE;
        let value = self.without_marks(&mut marks);
        (value, marks)
    }

    fn without_marks(&self, found: &mut Marks) -> Self {
        *found |= self.marks;
        recurse(|| self.unmarked().map_parts(&mut |part| part.without_marks(found)))
    }

    /// The same value with every element or attribute replaced, which must not change its type.
    #[must_use]
    pub(crate) fn map_parts(&self, change: &mut dyn FnMut(&Value) -> Value) -> Self {
        let mut changed = |entries: &Entries| -> Arc<Entries> {
            Arc::new(entries.iter().map(|(k, v)| (k.clone(), change(v))).collect())
        };
        let data = match &self.data {
            Data::List(t, elements) => Data::List(t.clone(), elements.iter().map(change).collect()),
            Data::Set(t, elements) => {
                return Self::set(t.clone(), elements.iter().map(change).collect()).with_marks(self.marks);
            }
            Data::Tuple(elements) => Data::Tuple(elements.iter().map(change).collect()),
            Data::Map(t, entries) => Data::Map(t.clone(), changed(entries).into()),
            Data::Object(entries) => Data::Object(changed(entries).into()),
            simple => simple.clone(),
        };
        Self { data, ..self.clone() }
    }
}
