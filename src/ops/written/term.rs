//! What stands right of an equals sign: values, and references to other things that are written down.

use crate::lang::recursion::recurse;
use crate::lang::value::{Data, Value};
use crate::schema::{Attribute, Leaf};

/// A value as it will be written.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Term {
    /// A bool, a number, a text.
    Plain(Value),
    /// An attribute of another thing that is written down.
    Reference {
        to: usize,
        attribute: &'static str,
    },
    /// Something that is there already: `service.main.id`.
    Expression(String),
    /// A text that ends in one of the two: `instance/${service.main.id}`.
    Joined {
        before: String,
        end: Box<Term>,
    },
    List(Vec<Term>),
    /// By name, in order.
    Object(Vec<(String, Term)>),
}

/// Names with values, in order.
pub(super) type Lines = Vec<(String, Term)>;

/// Makes terms of the values of attributes: parts of one object come together.
pub(super) fn lines<'l>(
    values: impl Iterator<Item = (&'l Leaf, Value)>,
    refer: &mut dyn FnMut(&str) -> Option<Term>,
) -> Lines {
    let mut lines = Lines::new();
    for (leaf, value) in values {
        let new = term(&value, leaf.attribute.nested(), refer);
        put(&mut lines, &leaf.path, new);
    }
    lines
}

fn put(lines: &mut Lines, path: &str, new: Term) {
    let Some((head, rest)) = path.split_once('.') else {
        return lines.push((path.to_owned(), new));
    };
    match lines.iter_mut().find(|(name, _)| name == head) {
        Some((_, Term::Object(inner))) => put(inner, rest, new),
        _ => {
            let mut inner = Lines::new();
            put(&mut inner, rest, new);
            lines.push((head.to_owned(), Term::Object(inner)));
        }
    }
}

/// Of objects, what is null or an empty text is left out, and the rest stands in the schema's order; of maps all is said.
fn term(value: &Value, nested: &[Attribute], refer: &mut dyn FnMut(&str) -> Option<Term>) -> Term {
    let said = |v: &&Value| !v.is_null() && v.as_str() != Some("");
    match &value.data {
        Data::String(text) => refer(text).or_else(|| joined(text, refer)).unwrap_or_else(|| Term::Plain(value.clone())),
        Data::List(..) | Data::Set(..) | Data::Tuple(_) => {
            Term::List(value.elements().map(|v| recurse(|| term(v, nested, refer))).collect())
        }
        Data::Map(..) => {
            Term::Object(value.entries().map(|(k, v)| (k.to_string(), recurse(|| term(v, nested, refer)))).collect())
        }
        Data::Object(_) => {
            let part = |a: &Attribute| {
                let value = value.get(a.name).filter(said)?;
                Some((a.name.to_owned(), recurse(|| term(value, a.nested(), refer))))
            };
            Term::Object(nested.iter().filter(|a| a.settable()).filter_map(part).collect())
        }
        _ => Term::Plain(value.clone()),
    }
}

/// A path that ends in what can be referred to.
fn joined(text: &str, refer: &mut dyn FnMut(&str) -> Option<Term>) -> Option<Term> {
    let at = text.rfind('/')? + 1;
    let end = Box::new(refer(&text[at..])?);
    Some(Term::Joined { before: text[..at].to_owned(), end })
}

impl Term {
    /// The things it refers to.
    pub fn targets(&self) -> Vec<usize> {
        match self {
            Self::Reference { to, .. } => vec![*to],
            Self::Joined { end, .. } => end.targets(),
            Self::List(items) => items.iter().flat_map(|t| recurse(|| t.targets())).collect(),
            Self::Object(parts) => parts.iter().flat_map(|(_, t)| recurse(|| t.targets())).collect(),
            Self::Plain(_) | Self::Expression(_) => Vec::new(),
        }
    }

    /// Whether it fits into one cell of a table of rows.
    pub fn is_small(&self) -> bool {
        !matches!(self, Self::List(_) | Self::Object(_))
    }
}
