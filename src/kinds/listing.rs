//! What exists of a kind, and how somebody who did not make it names one of it: by id, by name, by tags.
//!
//! Must not know any particular kind.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde_json::Value as Json;

use super::{Answers, Identity, Kind};
use crate::call::Read;
use crate::lang::value::Value;

/// What there is of a kind.
#[derive(Debug, Clone, PartialEq)]
pub enum Listing {
    /// The platform does not list things of this kind.
    Never,
    /// These reads have to be answered first.
    Ask(Vec<Read>),
    Found(Vec<Listed>),
}

/// One thing that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub identity: Identity,
    /// What people call it: its own name, or that of the thing it is part of.
    pub name: String,
    pub tags: BTreeMap<String, String>,
    /// Attributes (names of the top level) that the list does not show, and that the thing may have.
    pub details: Vec<&'static str>,
}

impl Listed {
    /// A thing without tags, of which the list shows everything.
    pub fn named(identity: Identity, name: String) -> Self {
        Self { identity, name, tags: BTreeMap::new(), details: Vec::new() }
    }

    /// The same, whose paths need the id of what it is in.
    #[must_use]
    pub fn within(mut self, part: &str, id: &str) -> Self {
        self.identity.insert(part.to_owned(), id.to_owned());
        self
    }
}

/// The things of a list of the API that `which` chooses, by their field `id`, called what `name` says.
pub(super) fn all(list: &Read, answers: &dyn Answers, which: impl Fn(&Json) -> bool, name: &str) -> Listing {
    if !answers.holds(list) {
        return Listing::Ask(vec![list.clone()]);
    }
    let found = answers.get(list);
    let text = |item: &Json, field: &str| Some(item.get(field)?.as_str()?.to_owned());
    let listed = |item: &Json| {
        let id = text(item, "id")?;
        let name = text(item, name).unwrap_or_else(|| id.clone());
        Some(Listed::named(Identity::from_iter([("id".to_owned(), id)]), name))
    };
    let items = found.as_deref().and_then(Json::as_array).into_iter().flatten();
    Listing::Found(items.filter(|item| which(item)).filter_map(listed).collect())
}

/// The things in lists that services have one each of, as [`all`] gives those of one list.
pub(super) fn within_services(answers: &dyn Answers, list: fn(&str) -> Read, which: fn(&Json) -> bool) -> Listing {
    let services = match super::service::Service.list(answers) {
        Listing::Found(services) => services,
        other => return other,
    };
    let ids: Vec<&String> = services.iter().filter_map(|s| s.identity.get("id")).collect();
    let open: Vec<Read> = ids.iter().map(|id| list(id)).filter(|read| !answers.holds(read)).collect();
    if !open.is_empty() {
        return Listing::Ask(open);
    }
    let things = |service: &String| match all(&list(service), answers, which, "name") {
        Listing::Found(found) => found.into_iter().map(|l| l.within("service_id", service)).collect(),
        _ => Vec::new(),
    };
    Listing::Found(ids.into_iter().flat_map(things).collect())
}

/// What the platform itself has made of an attribute, which is no drift: `a window of its schedule is open`.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnDoing {
    /// Dotted path.
    pub attribute: &'static str,
    /// What somebody set it to, which holds again afterwards.
    pub set: Value,
    pub why: String,
}

/// What names a thing that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Find {
    Id(String),
    Name(String),
    /// All of these; a thing may have more.
    Tags(BTreeMap<String, String>),
}

impl Find {
    /// Whether a listed thing is meant. By id nothing is looked up in a list.
    pub fn means(&self, listed: &Listed) -> bool {
        match self {
            Self::Id(id) => listed.identity.get("id") == Some(id),
            Self::Name(name) => listed.name == *name,
            Self::Tags(tags) => tags.iter().all(|(key, value)| listed.tags.get(key) == Some(value)),
        }
    }
}

impl fmt::Display for Find {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => f.write_str(id),
            Self::Name(name) => write!(f, "name:{name}"),
            Self::Tags(tags) => {
                let pairs: Vec<String> = tags.iter().map(|(key, value)| format!("{key}={value}")).collect();
                write!(f, "tag:{}", pairs.join(","))
            }
        }
    }
}

/// Why a text names nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` names no thing: write its id, name:NAME, or tag:KEY=VALUE (several with commas)")]
pub struct FindError(pub String);

impl FromStr for Find {
    type Err = FindError;

    /// An id, `name:NAME`, or `tag:KEY=VALUE,…`.
    fn from_str(text: &str) -> Result<Self, FindError> {
        let wrong = || FindError(text.to_owned());
        if let Some(name) = text.strip_prefix("name:") {
            return if name.is_empty() { Err(wrong()) } else { Ok(Self::Name(name.to_owned())) };
        }
        let Some(pairs) = text.strip_prefix("tag:") else {
            return if text.trim().is_empty() { Err(wrong()) } else { Ok(Self::Id(text.to_owned())) };
        };
        let pair = |pair: &str| {
            let (key, value) = pair.split_once('=').filter(|(key, _)| !key.is_empty())?;
            Some((key.to_owned(), value.to_owned()))
        };
        pairs.split(',').map(pair).collect::<Option<_>>().map(Self::Tags).ok_or_else(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_printed() {
        for text in ["0f43ef70-ff38-4ac3-8da2-41b9e3ecb4fd", "name:a b", "tag:env=prod", "tag:a=,b=c"] {
            assert_eq!(text.parse::<Find>().map(|f| f.to_string()), Ok(text.to_owned()));
        }
        for text in ["", " ", "name:", "tag:", "tag:env", "tag:=x", "tag:a=b,"] {
            assert!(text.parse::<Find>().is_err(), "{text}");
        }
    }

    #[test]
    fn tags_may_be_some_of_a_things() {
        let tags = BTreeMap::from([("a".to_owned(), "1".to_owned()), ("b".to_owned(), "2".to_owned())]);
        let listed = Listed { identity: Identity::new(), name: "x".to_owned(), tags, details: Vec::new() };
        let means = |text: &str| text.parse::<Find>().expect("it names something").means(&listed);
        assert_eq!(["name:x", "tag:a=1", "tag:b=2,a=1"].map(means), [true; 3]);
        assert_eq!(["name:y", "tag:a=2", "tag:a=1,c=3", "x"].map(means), [false; 4]);
    }
}
