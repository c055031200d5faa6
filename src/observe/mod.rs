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
use crate::cloud::{Client, CloudError, ErrorKind};
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
    pub async fn read(&self, read: &Read) -> Result<Option<Json>, CloudError> {
        let result = match (&read.target, &read.body) {
            (Target::Ec2(place), _) => self.ec2.read(place, &read.path).await?,
            (Target::State(_), _) => {
                let why = "a state of Terraform's belongs to no organization";
                return Err(CloudError::of(ErrorKind::Rejected, Method::Get, &read.operation, why));
            }
            (Target::Cloud, Some(body)) => self.client.ask(&self.organization, &read.path, body).await?,
            (Target::Cloud, None) if read.list => self.client.read_list(&self.organization, &read.path).await?,
            (Target::Cloud, None) => self.client.read(&self.organization, &read.path).await?,
        };
        let result = match read.within.as_str() {
            "" => result,
            // What holds the list leaves it out where there is nothing in it.
            pointer => result.filter(Json::is_object).map(|mut holder| {
                let list = holder.pointer_mut(pointer).map(Json::take);
                list.filter(|list| !list.is_null()).unwrap_or_else(|| Json::Array(Vec::new()))
            }),
        };
        if read.list && !result.as_ref().is_some_and(Json::is_array) {
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
    /// `None`: there is no such thing.
    result: Option<Arc<Json>>,
    /// Where the items of a list are, by their ids.
    items: Arc<OnceLock<HashMap<String, usize>>>,
}

impl Answers {
    /// A whole new answer; it is newer than all that was known of its items.
    pub fn put(&mut self, read: Read, result: Option<Json>) {
        self.newer.retain(|(r, _), _| *r != read);
        self.outdated.remove(&read);
        self.by_read.insert(read, Answer { result: result.map(Arc::new), items: Arc::default() });
    }

    /// Everything that was answered.
    pub fn reads(&self) -> impl Iterator<Item = &Read> {
        self.by_read.keys()
    }

    /// An answer may no longer hold: whoever needs it anew reads again; until then it is the best there is.
    pub fn outdate(&mut self, read: &Read) {
        self.outdated.insert(read.clone());
    }

    /// One item of a list, newer than the list.
    pub fn put_item(&mut self, read: &Read, id: &str, item: Option<Json>) {
        self.newer.insert((read.clone(), id.to_owned()), item.map(Arc::new));
    }
}

impl Answer {
    fn item(&self, id: &str) -> Option<Item> {
        let list = self.result.as_ref()?;
        if list.is_object() {
            let is_it = list.get("id").and_then(Json::as_str) == Some(id);
            return is_it.then(|| Item::whole(Arc::clone(list)));
        }
        let index = || {
            let items = list.as_array().into_iter().flatten().enumerate();
            items.filter_map(|(at, item)| Some((item.get("id")?.as_str()?.to_owned(), at))).collect()
        };
        self.items.get_or_init(index).get(id).map(|at| Item::of(Arc::clone(list), *at))
    }
}

impl kinds::Answers for Answers {
    fn holds(&self, read: &Read) -> bool {
        self.by_read.contains_key(read) && !self.outdated.contains(read)
    }

    fn get(&self, read: &Read) -> Option<Arc<Json>> {
        self.by_read.get(read)?.result.clone()
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
        answers.put(read, answer);
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
