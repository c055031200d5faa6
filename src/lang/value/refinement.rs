//! What is known about a value that is not known yet: that it will not be null, how a string starts, between which
//! bounds a number lies, how many elements a collection has.
//!
//! Refinements let a comparison be decided before the value is there. Must not know expressions.

use std::collections::BTreeMap;
use std::sync::Arc;

use unicode_segmentation::UnicodeSegmentation;

use super::{Data, Hint, Number, Type, Value, normalize};

/// What is known about an unknown value.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Refinement {
    pub not_null: bool,
    /// What a string starts with; empty when nothing is known.
    pub prefix: Arc<str>,
    /// The bounds of a number.
    pub lower: Option<Bound>,
    pub upper: Option<Bound>,
    /// The least and the largest number of elements of a collection.
    pub min_length: usize,
    pub max_length: Option<usize>,
}

/// One end of a range of numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Bound {
    pub value: Number,
    /// The bound itself is possible.
    pub inclusive: bool,
}

/// What a value, known or not, can turn out to be.
#[derive(Debug, Clone, PartialEq)]
pub struct Range {
    pub ty: Type,
    pub null: bool,
    pub refinement: Arc<Refinement>,
}

impl Range {
    /// It can be neither null nor fail to be of its type.
    pub fn is_not_null(&self) -> bool {
        self.refinement.not_null
    }
}

impl Bound {
    pub fn inclusive(value: Number) -> Self {
        Self { value, inclusive: true }
    }
}

impl Value {
    /// What is known about an unknown value, if anything.
    pub fn refinement(&self) -> Option<&Refinement> {
        self.hint.as_ref()?.refinement.as_deref()
    }

    /// Whether it cannot be null.
    pub fn is_not_null(&self) -> bool {
        match self.data {
            Data::Null(_) => false,
            Data::Unknown(_) => self.refinement().is_some_and(|r| r.not_null),
            _ => true,
        }
    }

    /// What the value can turn out to be.
    pub fn range(&self) -> Range {
        let refinement = match &self.data {
            Data::Unknown(_) => self.hint.as_ref().and_then(|hint| hint.refinement.clone()).unwrap_or_default(),
            Data::Null(_) => Arc::default(),
            _ => Arc::new(self.exact_refinement()),
        };
        Range { ty: self.ty(), null: self.is_null(), refinement }
    }

    fn exact_refinement(&self) -> Refinement {
        let mut r = Refinement { not_null: true, ..Refinement::default() };
        match &self.data {
            Data::String(s) => r.prefix = s.clone(),
            Data::Number(n) => {
                r.lower = Some(Bound::inclusive(Number::clone(n)));
                r.upper = r.lower.clone();
            }
            Data::List(..) | Data::Set(..) | Data::Map(..) => {
                if let Some(n) = self.length().as_i64().and_then(|n| usize::try_from(n).ok()) {
                    r.min_length = n;
                    r.max_length = Some(n);
                }
            }
            _ => {}
        }
        r
    }

    /// Changes what is known about an unknown value of a known type; every other value stays as it is. A value that
    /// only one thing is left for becomes that.
    #[must_use]
    pub fn refine(self, change: impl FnOnce(&mut Refinement)) -> Self {
        let Data::Unknown(ty) = &self.data else { return self };
        if *ty == Type::Any {
            return self;
        }
        let mut refinement = self.refinement().cloned().unwrap_or_default();
        change(&mut refinement);
        if let Some(data) = refinement.only_possibility(ty) {
            return Self::from(data).with_marks(self.marks);
        }
        let refinement = (refinement != Refinement::default()).then(|| Arc::new(refinement));
        let hint = Hint { refinement, ..self.hint.as_deref().cloned().unwrap_or_default() };
        Self { hint: Some(Arc::new(hint)), ..self }
    }

    #[must_use]
    pub fn refine_not_null(self) -> Self {
        self.refine(|r| r.not_null = true)
    }

    /// The value starts with that text; the end of it is left out where what follows could change it (an accent that
    /// joins the last letter).
    #[must_use]
    pub fn refine_prefix(self, prefix: &str) -> Self {
        let safe = stable_prefix(prefix);
        self.refine_prefix_full(&safe)
    }

    /// The value starts with exactly that text.
    #[must_use]
    pub fn refine_prefix_full(self, prefix: &str) -> Self {
        self.refine(|r| r.extend_prefix(prefix))
    }

    #[must_use]
    pub fn refine_lower(self, bound: Bound) -> Self {
        self.refine(|r| r.raise_lower(bound))
    }

    #[must_use]
    pub fn refine_upper(self, bound: Bound) -> Self {
        self.refine(|r| r.drop_upper(bound))
    }

    /// The collection has at least and at most that many elements.
    #[must_use]
    pub fn refine_length(self, min: usize, max: Option<usize>) -> Self {
        self.refine(|r| {
            r.min_length = r.min_length.max(min);
            r.max_length = [r.max_length, max].into_iter().flatten().min();
        })
    }
}

impl Refinement {
    fn extend_prefix(&mut self, prefix: &str) {
        let prefix = normalize(prefix);
        if prefix.len() > self.prefix.len() {
            self.prefix = prefix;
        }
    }

    fn raise_lower(&mut self, bound: Bound) {
        let tighter = match &self.lower {
            None => true,
            Some(have) => bound.value > have.value || (bound.value == have.value && have.inclusive),
        };
        let bounds_nothing = bound.value.is_infinite() && bound.value.is_negative();
        if tighter && !bounds_nothing {
            self.lower = Some(bound);
        }
    }

    fn drop_upper(&mut self, bound: Bound) {
        let tighter = match &self.upper {
            None => true,
            Some(have) => bound.value < have.value || (bound.value == have.value && have.inclusive),
        };
        let bounds_nothing = bound.value.is_infinite() && !bound.value.is_negative();
        if tighter && !bounds_nothing {
            self.upper = Some(bound);
        }
    }

    /// The one value that fits, when there is only one.
    fn only_possibility(&self, ty: &Type) -> Option<Data> {
        if !self.not_null {
            return None;
        }
        if let (Some(lower), Some(upper)) = (&self.lower, &self.upper)
            && lower == upper
            && lower.inclusive
        {
            return Some(Data::Number(Arc::new(lower.value.clone())));
        }
        let length = self.max_length.filter(|max| *max == self.min_length)?;
        let unknown = |element: &Type| Value::unknown(element.clone());
        match (ty, length) {
            (Type::List(t), n) => Some(Data::List((**t).clone(), vec![unknown(t); n].into())),
            (Type::Set(t), 0) => Some(Data::Set((**t).clone(), [].into())),
            (Type::Set(t), 1) => Some(Data::Set((**t).clone(), [unknown(t)].into())),
            (Type::Map(t), 0) => Some(Data::Map((**t).clone(), BTreeMap::new().into())),
            _ => None,
        }
    }
}

/// What of a text stays whatever follows it: all but the last cluster, unless that is a character nothing joins.
fn stable_prefix(text: &str) -> Arc<str> {
    const STABLE: &str = "-_:;/\\,.(){}[]|?!~ \t@#$%^&*+\"'";
    let text = normalize(text);
    let Some((last, cluster)) = text.grapheme_indices(true).next_back() else { return text };
    let mut characters = cluster.chars();
    let stable = matches!((characters.next(), characters.next()), (Some(c), None) if STABLE.contains(c));
    if stable { text } else { text.get(..last).unwrap_or_default().into() }
}
