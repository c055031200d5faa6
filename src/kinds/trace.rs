//! How a creation is told afterwards that carries no mark, or one that lists do not show: by its name and place, by what
//! was there before it, and by when it was made; by its mark where that can be read. What that cannot decide is asked.
//!
//! Must not know any particular kind, or how a trace is kept.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::{Answers, Identity, Kind};
use crate::address::Address;
use crate::call::Read;
use crate::diag::{Code, Diagnostic};

/// What was made so long after a creation was sent, or before, is not taken for its work without asking.
const NEAR: SignedDuration = SignedDuration::from_mins(15);

/// What is known of a creation before it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// Name, place, and what else the thing will have.
    pub traits: BTreeMap<String, String>,
    /// The mark of ownership it carries, where a list does not show it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<String>,
    /// Ids of the things that had these traits already.
    before: BTreeSet<String>,
    at: Timestamp,
}

/// A thing with the traits of a creation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alike {
    pub id: String,
    pub made: Option<Timestamp>,
    /// Nothing else can have these traits.
    pub only: bool,
}

/// What there is to search in.
#[derive(Clone, Copy)]
pub struct Shown<'a> {
    /// The answer to the creation's own read.
    pub list: &'a Json,
    /// All answers, among them to the reads of marks.
    pub answers: &'a dyn Answers,
}

/// What a search came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Search {
    /// There is nothing it could have made.
    Nothing,
    Found(Identity),
    /// It may have made one of these.
    Unsure(Vec<Alike>),
}

impl Trace {
    /// Of a creation that is about to be sent; `list` is the answer to its own read.
    pub fn of(kind: &dyn Kind, body: &Json, mark: Option<&str>, list: Option<&Json>, at: Timestamp) -> Self {
        let traits = kind.traits(body);
        let before = list.map(|list| kind.alike(list, &traits)).unwrap_or_default();
        Self { traits, mark: mark.map(str::to_owned), before: before.into_iter().map(|a| a.id).collect(), at }
    }

    /// What [`Trace::write`] wrote; a mark is none.
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    pub fn write(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    fn is_near(&self, made: Timestamp) -> bool {
        made.duration_since(self.at).abs() <= NEAR
    }

    /// Looks for the creation's work among what nobody else's work is. `at_once`: the answer was lost just now, so that
    /// one new thing is enough. What is read to have another mark, or none, is somebody else's.
    pub fn search(&self, kind: &dyn Kind, shown: Shown<'_>, others: &BTreeSet<&str>, at_once: bool) -> Search {
        let mut alike = kind.alike(shown.list, &self.traits);
        let is_told = |read: &Read| self.mark.is_some() && shown.answers.get(read).is_some();
        let told = |a: &Alike| kind.mark_read(&a.id).is_some_and(|read| is_told(&read));
        let marked = |a: &Alike| kind.mark(&a.id, shown.answers) == self.mark;
        alike.retain(|a| !self.before.contains(&a.id) && !others.contains(a.id.as_str()));
        alike.retain(|a| !told(a) || marked(a));
        match alike.as_slice() {
            [] => Search::Nothing,
            [one] if at_once || one.only || one.made.is_some_and(|made| self.is_near(made)) => {
                Search::Found(kind.identify(&one.id))
            }
            _ => Search::Unsure(alike),
        }
    }
}

/// Texts of a creation's body that what it makes can be told by.
pub(super) fn texts(body: &Json, fields: &[&str]) -> BTreeMap<String, String> {
    let text = |field: &&str| Some(((*field).to_owned(), body.get(*field)?.as_str()?.to_owned()));
    fields.iter().filter_map(text).collect()
}

/// The things of a list with these texts; `made` names the field with the time of their creation.
pub(super) fn with_texts(list: &Json, texts: &BTreeMap<String, String>, made: &str) -> Vec<Alike> {
    let text = |thing: &Json, field: &str| thing.get(field).and_then(Json::as_str).map(str::to_owned);
    let has = |thing: &&Json| texts.iter().all(|(field, value)| text(thing, field).as_ref() == Some(value));
    let made = |thing: &Json| text(thing, made).and_then(|t| t.parse().ok());
    let alike = |thing: &Json| Some(Alike { id: text(thing, "id")?, made: made(thing), only: false });
    list.as_array().into_iter().flatten().filter(has).filter_map(alike).collect()
}

/// The question that only a person can answer.
pub fn unsure(address: &Address, candidates: &[Alike]) -> Diagnostic {
    let name = |a: &Alike| match a.made {
        Some(made) => format!("{} (made {made})", a.id),
        None => a.id.clone(),
    };
    let names: Vec<String> = candidates.iter().map(name).collect();
    let first = candidates.first().map_or("", |a| a.id.as_str());
    Diagnostic::error(Code("HW0621"), format!("{address} may have been created, and it cannot be told for certain"))
        .with_detail(format!(
            "The answer to its creation was lost, and it carries no mark of ownership. Alike, and not there before: {}. Nothing \
             was changed.",
            names.join(", ")
        ))
        .with_help(format!(
            "Look at them in the console. If one is yours: housewright state rm '{address}', and add import {{ to = {address}, id = \
             \"{first}\" }} with its id. If none is: housewright state rm '{address}', and apply again creates it."
        ))
        .with_address(address.clone())
}
