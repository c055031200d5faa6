//! Reading what is really there: on demand, in bulk, each read sent once however many ask for it.
//!
//! Must not know configuration blocks, diffs, or any particular kind.

mod states;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use serde_json::Value as Json;

use crate::aws;
use crate::call::{Call, Method, Read, Target};
use crate::cloud::{self, Client, CloudError, Content, ErrorKind};
use crate::kinds::{self, Answers as _, Item};

pub use states::States;

/// One organization to talk to.
#[derive(Clone)]
pub struct Cloud {
    pub client: Client,
    pub organization: String,
    pub ec2: aws::Client,
}

impl Cloud {
    /// The answer to a read; `None` when there is no such thing. A list is always there: if it is not in the answer, that
    /// is an error, because an empty list would mean that everything is gone.
    ///
    /// # Errors
    /// When no answer could be had, it was a refusal, or it is not what was asked for.
    pub async fn read(&self, read: &Read) -> Result<Option<Content>, CloudError> {
        let result: Option<Content> = match (&read.target, &read.body) {
            (Target::Ec2(place), _) => self.ec2.read(place, &read.path).await?.map(Content::from),
            (Target::State(_), _) => {
                let why = "a state of Terraform's belongs to no organization";
                return Err(CloudError::of(ErrorKind::Rejected, Method::Get, &read.operation, why));
            }
            (Target::Cloud, Some(body)) => {
                self.client.ask(&self.organization, &read.path, body).await?.map(Content::from)
            }
            (Target::Cloud, None) if read.list => self.client.read_list(&self.organization, &read.path).await?,
            (Target::Cloud, None) => self.client.read(&self.organization, &read.path).await?.map(Content::from),
        };
        let result = match (read.within.as_str(), result) {
            ("", result) => result,
            // What holds the list leaves it out where there is nothing in it.
            (pointer, Some(Content::One(mut holder @ Json::Object(_)))) => {
                let list = holder.pointer_mut(pointer).map(Json::take);
                Some(list.filter(|list| !list.is_null()).unwrap_or_else(|| Json::Array(Vec::new())).into())
            }
            _ => None,
        };
        if read.list && !result.as_ref().is_some_and(Content::is_list) {
            return Err(CloudError::unexpected(
                Method::Get,
                &read.path,
                "the answer holds no list, so nothing can be concluded from it",
            ));
        }
        Ok(result)
    }

    /// The answer to a call.
    ///
    /// # Errors
    /// As [`Client::write`].
    pub async fn write(&self, call: &Call) -> Result<Json, CloudError> {
        let body = call.body.as_ref().map(|b| &b.json);
        match &call.target {
            Target::Cloud => self.client.write(&self.organization, call.method, &call.path, body).await,
            Target::Ec2(place) => self.ec2.write(place, &call.path, body).await,
            Target::State(_) => {
                let why = "a state of Terraform's is never written";
                Err(CloudError::of(ErrorKind::Rejected, call.method, &call.path, why))
            }
        }
    }
}

/// The answers to all reads of one organization, each asked once.
#[derive(Debug, Default, Clone)]
pub struct Answers {
    by_read: BTreeMap<Read, Answer>,
    /// Items that are newer than the lists they belong to, by read and id; `None`: gone.
    newer: BTreeMap<(Read, String), Option<Arc<Json>>>,
    outdated: BTreeSet<Read>,
}

#[derive(Debug, Clone)]
struct Answer {
    /// The items of a list, as they came.
    list: Option<Arc<Vec<cloud::ItemText>>>,
    /// All of it; of a list, once somebody asked for all of it. Never, where there is no such thing.
    whole: Arc<OnceLock<Arc<Json>>>,
    /// Where the items of a list are, by their ids.
    items: Arc<OnceLock<HashMap<String, usize>>>,
}

impl Answers {
    /// A whole new answer; it is newer than all that was known of its items.
    pub fn put(&mut self, read: Read, result: Option<Content>) {
        self.newer.retain(|(r, _), _| *r != read);
        self.outdated.remove(&read);
        let (list, whole) = match result {
            Some(Content::List(items)) => (Some(Arc::new(items)), OnceLock::new()),
            Some(Content::One(json)) => (None, OnceLock::from(Arc::new(json))),
            None => (None, OnceLock::new()),
        };
        self.by_read.insert(read, Answer { list, whole: Arc::new(whole), items: Arc::default() });
    }

    /// Everything that was answered.
    pub fn reads(&self) -> impl Iterator<Item = &Read> {
        self.by_read.keys()
    }

    /// An answer may no longer hold: whoever needs it anew reads again; until then it is the best there is.
    pub fn outdate(&mut self, read: &Read) {
        self.outdated.insert(read.clone());
    }

    /// Whether a list has an item of that id.
    pub fn lists(&self, read: &Read, id: &str) -> bool {
        self.by_read.get(read).is_some_and(|answer| answer.place(id).is_some())
    }

    /// One item of a list, newer than the list.
    pub fn put_item(&mut self, read: &Read, id: &str, item: Option<Json>) {
        self.newer.insert((read.clone(), id.to_owned()), item.map(Arc::new));
    }
}

impl Answer {
    fn item(&self, id: &str) -> Option<Item> {
        if let Some(list) = &self.list {
            return self.place(id).map(|at| Item::whole(Arc::new(list[at].json())));
        }
        let whole = self.whole()?;
        if whole.is_array() {
            return self.place(id).map(|at| Item::of(whole, at));
        }
        (whole.get("id").and_then(Json::as_str) == Some(id)).then(|| Item::whole(whole))
    }

    /// Where in a list the item of that id is.
    fn place(&self, id: &str) -> Option<usize> {
        let index = || match &self.list {
            Some(list) => placed(list.iter().map(cloud::ItemText::id)),
            None => {
                let items = self.whole.get().and_then(|whole| whole.as_array());
                placed(items.into_iter().flatten().map(|item| item.get("id").and_then(Json::as_str)))
            }
        };
        self.items.get_or_init(index).get(id).copied()
    }

    fn whole(&self) -> Option<Arc<Json>> {
        let all =
            |list: &Arc<Vec<cloud::ItemText>>| Arc::new(Json::Array(list.iter().map(cloud::ItemText::json).collect()));
        match &self.list {
            Some(list) => Some(Arc::clone(self.whole.get_or_init(|| all(list)))),
            None => self.whole.get().cloned(),
        }
    }
}

fn placed<'i>(ids: impl Iterator<Item = Option<&'i str>>) -> HashMap<String, usize> {
    ids.enumerate().filter_map(|(at, id)| Some((id?.to_owned(), at))).collect()
}

impl kinds::Answers for Answers {
    fn holds(&self, read: &Read) -> bool {
        self.by_read.contains_key(read) && !self.outdated.contains(read)
    }

    fn get(&self, read: &Read) -> Option<Arc<Json>> {
        self.by_read.get(read)?.whole()
    }

    fn item(&self, read: &Read, id: &str) -> Option<Item> {
        match self.newer.get(&(read.clone(), id.to_owned())) {
            Some(item) => item.clone().map(Item::whole),
            None => self.by_read.get(read)?.item(id),
        }
    }
}

/// Takes the states of Terraform's out of the reads, and reads them, all at once.
pub async fn fetch_states(states: &States, answers: &mut Answers, reads: &mut BTreeSet<Read>) {
    let theirs: Vec<Read> = reads.iter().filter(|r| r.target.is_state()).cloned().collect();
    reads.retain(|r| !r.target.is_state());
    let mut open: FuturesUnordered<_> =
        theirs.into_iter().map(|read| async move { (states.answer(&read).await, read) }).collect();
    while let Some((answer, read)) = open.next().await {
        answers.put(read, answer.map(Content::from));
    }
}

/// Sends the reads that `answers` does not hold yet, all at once under the client's limit.
///
/// # Errors
/// The first read that failed; the others' answers are kept.
pub async fn fetch(cloud: &Cloud, answers: &mut Answers, reads: BTreeSet<Read>) -> Result<(), CloudError> {
    let missing = reads.into_iter().filter(|r| !answers.holds(r)).collect::<Vec<_>>();
    let mut open: FuturesUnordered<_> = missing
        .into_iter()
        .map(|read| async move {
            let result = cloud.read(&read).await;
            (read, result)
        })
        .collect();
    let mut failed: Option<CloudError> = None;
    while let Some((read, result)) = open.next().await {
        match result {
            Ok(result) => answers.put(read, result),
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    failed.map_or(Ok(()), Err)
}
