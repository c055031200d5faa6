//! What could not be asked while planning: data sources, and what a kind has to know before its calls. Asked when all
//! they depend on is done.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{Arrival, Event, Executor};
use crate::call::Read;
use crate::clock::{between, later};
use crate::cloud::{CloudError, Content};
use crate::diag::{Code, Diagnostic};
use crate::kinds::data::Look;
use crate::kinds::{self, Answers as _};
use crate::lang::value::Value;
use crate::observe::Answers;
use crate::plan::readiness::Status;

/// How long something is waited for that calls need.
const PATIENCE: Duration = Duration::from_secs(30 * 60);

/// A read and what came of it.
type Answered = (Read, Result<Option<Content>, CloudError>);

impl Executor<'_> {
    /// Looks with the answers there are, and sends what is missing.
    pub(super) fn ask(&mut self, step: usize) {
        let index = self.plan.steps[step].action;
        let action = &self.plan.actions[index];
        let (address, cloud) = (action.address.clone(), action.cloud.clone());
        let desired = match self.steward.desired(index) {
            Ok(desired) => desired,
            Err(diagnostics) => return self.fail(step, diagnostics),
        };
        let Some(source) = kinds::data::find(&address.kind) else { return };
        let wanted = self.steward.wanted(index);
        let names: BTreeSet<&str> = wanted.iter().map(String::as_str).collect();
        // What was read before the apply may have changed since.
        let answers = self.told.entry(step).or_default();
        match source.look(&desired.values, &names, answers) {
            Look::Found(value) => {
                self.told.remove(&step);
                self.steward.found(index, value);
                self.steps.set(step, Status::Done);
            }
            Look::Ask(reads) => self.send_reads(step, &cloud, reads, |step, results| Arrival::Told { step, results }),
            Look::Unusable { summary, detail, help, .. } => {
                let unusable = Diagnostic::error(Code("HW0663"), summary);
                self.fail(step, unusable.with_detail(detail).with_help(help).with_address(address).into());
            }
            Look::Missing { attribute, detail, help } => {
                let missing =
                    Diagnostic::error(Code("HW0615"), format!("{address}: there is nothing with this {attribute}"));
                self.fail(step, missing.with_detail(detail).with_help(help).with_address(address).into());
            }
        }
    }

    /// Sends what the kind asks before it can tell its calls, and says whether something was sent. What was not there
    /// before may have come with what was done meanwhile.
    pub(super) fn ask_first(&mut self, step: usize, desired: &Value) -> bool {
        let Some(run) = self.runs.get_mut(&step) else { return false };
        let answers = self.answers.entry(run.cloud.clone()).or_default();
        let empty = |read: &Read| answers.get(read).is_none_or(|a| a.as_array().is_some_and(Vec::is_empty));
        // What lies outside is also asked for again where this run has changed it: a replacement finds what is left of the old.
        let stale = |read: &Read| !read.target.is_cloud() && !answers.holds(read);
        let mut reads = run.kind.asks(desired, &run.identity, answers);
        reads.retain(|r| !run.asked.contains(r) && (empty(r) || stale(r)));
        if reads.is_empty() {
            return false;
        }
        run.asked.extend(reads.iter().cloned());
        let cloud = run.cloud.clone();
        self.send_reads(step, &cloud, reads, |step, results| Arrival::Asked { step, results });
        true
    }

    /// Something that the calls need is not there yet: asks again later.
    pub(super) fn ask_again(&mut self, step: usize, what: &str) {
        let now = self.clock.now();
        let Some(run) = self.runs.get_mut(&step) else { return };
        let since = *run.lacking.get_or_insert(now);
        let address = &self.plan.actions[self.plan.steps[step].action].address;
        if later(since, PATIENCE) <= now {
            let diagnostic = Diagnostic::error(Code("HW0809"), format!("{address}: {what} is still not there"))
                .with_detail(format!("It was waited for {} minutes. Nothing was sent.", PATIENCE.as_secs() / 60))
                .with_help("Look in the console why it does not come, and run `apply` again.")
                .with_address(address.clone());
            return self.fail(step, diagnostic.into());
        }
        run.asked.clear();
        let what = format!("for {what}");
        self.steward.event(Event::Waiting { address, what: &what, status: None, elapsed: between(since, now) });
        let sleep = self.clock.sleep(super::TICK);
        self.open.push(Box::pin(async move {
            sleep.await;
            Arrival::Asked { step, results: Vec::new() }
        }));
    }

    /// The answers to what a kind asked before its calls.
    pub(super) async fn asked(&mut self, step: usize, results: Vec<Answered>) {
        if self.stopping() {
            return self.interrupt(step);
        }
        let Some(cloud) = self.runs.get(&step).map(|r| r.cloud.clone()) else { return };
        let answers = self.answers.entry(cloud).or_default();
        match keep(answers, results) {
            None => self.start_apply(step).await,
            Some(error) => self.unread(step, &error),
        }
    }

    fn send_reads(&mut self, step: usize, cloud: &str, reads: Vec<Read>, arrive: fn(usize, Vec<Answered>) -> Arrival) {
        let (cloud, states) = (self.clouds.get(cloud).cloned(), self.states.clone());
        if cloud.is_none() && !reads.iter().all(|read| read.target.is_state()) {
            let unknown = Diagnostic::error(Code("HW0801"), "There is no `cloud` block of that name");
            return self.fail(step, unknown.into());
        }
        self.open.push(Box::pin(async move {
            let mut results = Vec::new();
            for read in reads {
                let result = match &cloud {
                    Some(cloud) if !read.target.is_state() => cloud.read(&read).await,
                    _ => Ok(states.answer(&read).await.map(Content::from)),
                };
                results.push((read, result));
            }
            arrive(step, results)
        }));
    }

    pub(super) fn told(&mut self, step: usize, results: Vec<Answered>) {
        match keep(self.told.entry(step).or_default(), results) {
            None => self.ask(step),
            Some(error) => self.unread(step, &error),
        }
    }

    fn unread(&mut self, step: usize, error: &CloudError) {
        let address = self.plan.actions[self.plan.steps[step].action].address.clone();
        let help = error.help.clone().unwrap_or_else(|| "Run `apply` again: it goes on from here.".to_owned());
        let diagnostic =
            Diagnostic::error(Code("HW0808"), format!("{address}: what it needs to know could not be read"))
                .with_detail(error.to_string())
                .with_help(help)
                .with_address(address);
        self.fail(step, diagnostic.into());
    }
}

/// Keeps the answers; gives the last failure.
fn keep(answers: &mut Answers, results: Vec<Answered>) -> Option<CloudError> {
    let mut failed = None;
    for (read, result) in results {
        match result {
            Ok(result) => answers.put(read, result),
            Err(error) => failed = Some(error),
        }
    }
    failed
}
