//! Discovering: everything that exists in the organizations and that nobody manages here.

use std::collections::BTreeSet;

use housewright_state::State;

use super::connect::{Connections, request_failed};
use super::remember::combined;
use super::stored;
use crate::call::Read;
use crate::cloud::ErrorKind;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::kinds::{self, Identity, Kind, Listed, Listing, Observed};
use crate::lang::value::{Data, Value};
use crate::observe::{Answers, Cloud, fetch};
use crate::schema::{Leaf, with_path};

/// One thing that exists.
pub(super) struct Existing {
    pub kind: &'static dyn Kind,
    /// Label of the cloud it is in.
    pub cloud: String,
    pub listed: Listed,
    pub observed: Observed,
}

/// What exists and `state` does not know, of the kinds that `wanted` names (of all, when it names none). With `details`,
/// with the attributes that take a request of their own.
///
/// # Errors
/// When it cannot be read. What the key may not list is told and left out.
pub(super) async fn discover(
    connections: &Connections,
    state: Option<&State>,
    wanted: &[String],
    details: bool,
) -> Result<(Vec<Existing>, Diagnostics), Diagnostics> {
    let (mut found, mut diagnostics) = (Vec::new(), Diagnostics::new());
    for (label, cloud) in &connections.clouds {
        let mut answers = Answers::default();
        let mut here = Vec::new();
        for kind in kinds::registry().iter().copied().filter(|k| !k.is_local()) {
            let named = wanted.iter().any(|w| w == kind.schema().kind);
            if !named && (!wanted.is_empty() || kind.is_listed_by_name_only()) {
                continue;
            }
            let mut of_kind = Survey { kind, cloud, label, answers: &mut answers };
            match of_kind.all(state, details).await {
                Ok(all) => here.extend(all),
                Err(Unread::Hidden) => diagnostics.push(hidden(kind)),
                Err(Unread::Failed(diagnostic)) => return Err((*diagnostic).into()),
            }
        }
        found.extend(unclaimed(here, state, label));
    }
    Ok((found, diagnostics))
}

enum Unread {
    /// The key may not see it, or the organization does not have it.
    Hidden,
    Failed(Box<Diagnostic>),
}

struct Survey<'a> {
    kind: &'static dyn Kind,
    cloud: &'a Cloud,
    label: &'a str,
    answers: &'a mut Answers,
}

impl Survey<'_> {
    async fn all(&mut self, state: Option<&State>, details: bool) -> Result<Vec<Existing>, Unread> {
        let listed = loop {
            match self.kind.list(self.answers) {
                Listing::Never => return Ok(Vec::new()),
                Listing::Found(listed) => break listed,
                Listing::Ask(reads) => self.ask(reads.into_iter().collect()).await?,
            }
        };
        let new: Vec<Listed> = listed.into_iter().filter(|l| !self.is_known(state, &l.identity)).collect();
        let wanted = |l: &Listed| if details { l.details.iter().copied().collect() } else { BTreeSet::new() };
        self.ask(new.iter().flat_map(|l| self.kind.reads(&l.identity, &wanted(l))).collect()).await?;
        let existing = |listed: Listed| {
            let observed = self.kind.observe(&listed.identity, self.answers)?;
            Some(Existing { kind: self.kind, cloud: self.label.to_owned(), listed, observed })
        };
        Ok(new.into_iter().filter_map(existing).filter(is_somebodys).collect())
    }

    async fn ask(&mut self, reads: BTreeSet<Read>) -> Result<(), Unread> {
        fetch(self.cloud, self.answers, reads).await.map_err(|e| match e.kind {
            ErrorKind::Forbidden => Unread::Hidden,
            _ => Unread::Failed(Box::new(request_failed(&e, "What exists could not be listed"))),
        })
    }

    fn is_known(&self, state: Option<&State>, identity: &Identity) -> bool {
        let mut resources = state.into_iter().flat_map(|s| s.resources.values());
        let kind = self.kind.schema().kind;
        resources.any(|r| r.kind == kind && r.cloud == self.label && r.identity == *identity)
    }
}

/// Of things that several blocks may state parts of, only what nobody else has: an endpoint that a private link attaches to
/// a service needs no second block.
fn unclaimed(found: Vec<Existing>, state: Option<&State>, label: &str) -> Vec<Existing> {
    let tokens = |kind: &dyn Kind, values: &Value| -> Vec<String> {
        kind.claims(values).iter().filter_map(kinds::Claim::token).collect()
    };
    let stored = state.into_iter().flat_map(|s| s.resources.values()).filter(|r| r.cloud == *label);
    let managed = stored.filter_map(|r| Some((kinds::find(&r.kind)?, r)));
    // What the platform does not tell, the state knows.
    let known = |kind: &dyn Kind, resource| {
        combined(&stored::last_seen(kind, resource).values, &stored::prior(kind.schema(), resource, None).applied)
    };
    let mut taken: BTreeSet<String> = managed.flat_map(|(kind, r)| tokens(kind, &known(kind, r))).collect();
    taken.extend(found.iter().filter(|e| !e.kind.is_divisible()).flat_map(|e| tokens(e.kind, &e.observed.values)));
    let rest = |mut existing: Existing| {
        if existing.kind.is_divisible() {
            let claims = existing.kind.claims(&existing.observed.values);
            let foreign = claims.iter().filter(|c| c.token().is_some_and(|token| taken.contains(&token)));
            let places: BTreeSet<&str> = foreign.map(|c| c.attribute.as_str()).collect();
            existing.observed.values = without(&existing.observed.values, &places);
        }
        existing
    };
    found.into_iter().map(rest).filter(is_somebodys).collect()
}

/// The values without elements of lists: `private_endpoint_ids.2`.
fn without(values: &Value, places: &BTreeSet<&str>) -> Value {
    let lists: BTreeSet<&str> = places.iter().filter_map(|place| Some(place.rsplit_once('.')?.0)).collect();
    lists.into_iter().fold(values.clone(), |values, list| {
        let Some(Data::List(element, items)) = values.get(list).map(|v| &v.data) else { return values };
        let stays = |(index, _): &(usize, &Value)| !places.contains(format!("{list}.{index}").as_str());
        let rest = items.iter().enumerate().filter(stays).map(|(_, item)| item.clone()).collect();
        let rest = Value::list(element.clone(), rest);
        with_path(&values, list, rest)
    })
}

fn hidden(kind: &dyn Kind) -> Diagnostic {
    Diagnostic::warning(Code("HW0647"), format!("Things of the kind {} are left out", kind.schema().kind))
        .with_detail("The API key may not list them, or the organization does not have the feature.")
        .with_help("Give the key a role that may see them, where they matter.")
}

/// Whether a thing is more than what the platform always has: a part of something else is, once somebody set it.
fn is_somebodys(existing: &Existing) -> bool {
    let Existing { kind, observed, listed, .. } = existing;
    let place = kind.located(&observed.values);
    if place != listed.identity {
        return true;
    }
    let says_where = |leaf: &Leaf| {
        let value = observed.get(&leaf.path).and_then(Value::as_str);
        value.is_some_and(|text| place.values().any(|part| part == text))
    };
    worth_writing(*kind, observed).iter().any(|leaf| !says_where(leaf))
}

/// The attributes that a configuration written down from what exists has to state: what may be set, has a value, and is
/// not what everybody gets.
pub(super) fn worth_writing<'k>(kind: &'k dyn Kind, observed: &Observed) -> Vec<&'k Leaf> {
    let is_worth = |leaf: &&Leaf| {
        let attribute = &leaf.attribute;
        let plain = attribute.settable() && attribute.reported && !attribute.is_secret();
        let Some(value) = observed.get(&leaf.path).filter(|v| plain && !v.is_null()) else { return false };
        let required = is_required(kind, &leaf.path);
        required || attribute.deprecated.is_none() && !is_empty(value) && !kind.is_usual(&leaf.path, observed)
    };
    kind.schema().leaves().iter().filter(is_worth).collect()
}

/// The values that such a configuration states.
pub(super) fn as_written(existing: &Existing) -> Value {
    let mut json = serde_json::Value::Object(serde_json::Map::new());
    for leaf in worth_writing(existing.kind, &existing.observed) {
        let value = existing.observed.get(&leaf.path).and_then(|value| value.to_json().ok());
        stored::set_json(&mut json, &leaf.path, value);
    }
    stored::typed(existing.kind.schema(), &json)
}

/// Whether the attribute of the top level must be written.
fn is_required(kind: &dyn Kind, path: &str) -> bool {
    kind.schema().attribute(path).is_some_and(|a| a.presence == crate::schema::Presence::Required)
}

fn is_empty(value: &Value) -> bool {
    match &value.data {
        Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => items.is_empty(),
        Data::Map(..) => value.entries().next().is_none(),
        Data::String(text) => text.is_empty(),
        _ => false,
    }
}
