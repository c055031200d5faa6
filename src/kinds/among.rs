//! What a rule may know of the other instances of a configuration: what they state, and what references to them give.
//!
//! Instances are found by values that need not be known yet: the id of a service that is still to be made is told from
//! another's by its origin. Must not know any particular kind, or how a finding is shown.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;

use super::{Answers, Item};
use crate::address::Address;
use crate::call::Read;
use crate::lang::value::Value;

/// Another instance, or the same.
#[derive(Debug, Clone, Copy)]
pub struct Neighbour<'a> {
    pub address: &'a Address,
    /// What its block states.
    pub stated: &'a Value,
    /// What references to it give.
    pub value: &'a Value,
}

impl<'a> Neighbour<'a> {
    /// What its block states at a dotted path, unless that is null.
    pub fn states(&self, path: &str) -> Option<&'a Value> {
        crate::schema::at_path(self.stated, path).filter(|v| !v.is_null())
    }

    /// What a reference to it gives at a dotted path, unless that is null.
    pub fn gives(&self, path: &str) -> Option<&'a Value> {
        crate::schema::at_path(self.value, path).filter(|v| !v.is_null())
    }
}

/// Something that only one block may state.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// What it is, in words: `the upgrade window of this service`.
    pub what: String,
    /// The values that tell it from others of its sort.
    pub of: Vec<Value>,
    /// The attribute that makes the claim.
    pub attribute: String,
}

impl Claim {
    /// A text that two claims share when they are for the same thing; none while that cannot be told.
    pub fn token(&self) -> Option<String> {
        let parts: Option<Vec<String>> = self.of.iter().map(Value::token).collect();
        Some(format!("{} {}", self.what, parts?.join(" ")))
    }
}

/// Places of instances, by token.
type ByToken = BTreeMap<String, Vec<usize>>;

/// All instances of one organization, in the order of their addresses.
pub struct Among<'a> {
    all: Vec<Neighbour<'a>>,
    answers: Option<&'a dyn Answers>,
    /// Indexes into `all`, by kind, and by kind, attribute and token.
    kinds: OnceCell<BTreeMap<&'a str, Vec<usize>>>,
    tokens: RefCell<BTreeMap<(String, String), ByToken>>,
}

impl<'a> Among<'a> {
    /// `answers` are what was read for other reasons; rules ask nothing of their own. Without them nothing was read.
    pub fn new(mut all: Vec<Neighbour<'a>>, answers: Option<&'a dyn Answers>) -> Self {
        all.sort_by_key(|n| n.address);
        Self { all, answers, kinds: OnceCell::new(), tokens: RefCell::default() }
    }

    /// The instances of a kind.
    pub fn of(&self, kind: &str) -> impl Iterator<Item = Neighbour<'a>> {
        let kinds = self.kinds.get_or_init(|| {
            let mut kinds: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
            for (index, neighbour) in self.all.iter().enumerate() {
                kinds.entry(neighbour.address.kind.as_str()).or_default().push(index);
            }
            kinds
        });
        kinds.get(kind).into_iter().flatten().map(|index| self.all[*index])
    }

    /// The instances of a kind whose attribute is, or will be, this text.
    pub fn with(&self, kind: &str, attribute: &str, value: &Value) -> Vec<Neighbour<'a>> {
        let Some(token) = value.token() else { return Vec::new() };
        let mut tokens = self.tokens.borrow_mut();
        let by_token = tokens.entry((kind.to_owned(), attribute.to_owned())).or_insert_with(|| {
            let mut by_token = ByToken::new();
            for (index, neighbour) in self.all.iter().enumerate().filter(|(_, n)| n.address.kind == kind) {
                let token = neighbour.gives(attribute).and_then(Value::token);
                token.into_iter().for_each(|token| by_token.entry(token).or_default().push(index));
            }
            by_token
        });
        by_token.get(&token).into_iter().flatten().map(|index| self.all[*index]).collect()
    }

    /// The answer to a read, if somebody had to know it.
    pub fn answer(&self, read: &Read) -> Option<Arc<Json>> {
        self.answers?.get(read)
    }

    /// The item of a list that was read already.
    pub fn item(&self, read: &Read, id: &str) -> Option<Item> {
        self.answers?.item(read, id)
    }
}
