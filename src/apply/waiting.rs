//! Waiting: one poll for all who wait for the same read, and what its answer means for each of them.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value as Json;

use super::runs::Awaited;
use super::{Event, Executor};
use crate::call::{Read, Until, Wait, pause};
use crate::clock::{between, later};
use crate::cloud::{CloudError, Content, ErrorKind};
use crate::diag::{Code, Diagnostic};
use crate::kinds;

/// What a step waits for.
pub(super) struct Waiting {
    pub wait: Wait,
    pub since: Timestamp,
    /// Polls in a row whose answer did not show it.
    pub missing: u32,
}

impl Waiting {
    /// When it wants to be looked at again, after a look (or its beginning) at that time.
    fn next_look(&self, looked: Timestamp) -> Timestamp {
        later(looked, pause(between(self.since, looked), self.wait.typical))
    }
}

/// A list may lag behind a creation; missing this often in a row, the thing is gone.
const MISSING: u32 = 3;

impl Executor<'_> {
    pub(super) async fn wait(&mut self, step: usize, mut wait: Wait) {
        let since = self.clock.now();
        let Some(run) = self.runs.get_mut(&step) else { return };
        wait.fill(&run.identity);
        self.runs.wait(step, Waiting { wait, since, missing: 0 });
        // What was just answered may already be what is waited for.
        self.judge(step).await;
        let Some(run) = self.runs.get(&step) else { return };
        if let (Some(waiting), Some(awaited)) = (&run.waiting, run.awaited()) {
            self.watches.add(awaited, waiting.next_look(since));
        }
    }

    pub(super) async fn polled(&mut self, cloud: &str, read: &Read, result: Result<Option<Content>, CloudError>) {
        let steps = self.runs.waiting_for(&(cloud.to_owned(), read.clone()));
        match result {
            Ok(result) => {
                self.answers.entry(cloud.to_owned()).or_default().put(read.clone(), result);
                for step in steps {
                    self.judge(step).await;
                }
            }
            Err(error) => steps.into_iter().for_each(|step| self.poll_failed(step, &error)),
        }
        self.watch_again((cloud.to_owned(), read.clone()));
    }

    /// A look was answered: when the next is due for those who still wait.
    fn watch_again(&mut self, awaited: Awaited) {
        let now = self.clock.now();
        let theirs = self.runs.waiting_for(&awaited);
        let next = theirs.iter().filter_map(|step| Some(self.runs.get(step)?.waiting.as_ref()?.next_look(now))).min();
        self.watches.answered(awaited, next);
    }

    /// A passing trouble does not end a wait; a refusal, or the end of its time, does.
    fn poll_failed(&mut self, step: usize, error: &CloudError) {
        let passing =
            matches!(error.kind, ErrorKind::NotSent | ErrorKind::Server | ErrorKind::Ambiguous | ErrorKind::NotJson);
        let waiting = self.runs.get(&step).and_then(|r| r.waiting.as_ref());
        let over = waiting.is_none_or(|w| later(w.since, w.wait.timeout) <= self.clock.now());
        let plan = self.plan;
        let address = &plan.actions[plan.steps[step].action].address;
        if passing && !over {
            let text = format!("it cannot be watched at the moment, and is waited for all the same: {error}");
            return self.steward.event(Event::Note { address, text });
        }
        let help = error.help.clone().unwrap_or_else(|| "Run `apply` again: it goes on waiting.".into());
        let diagnostic = Diagnostic::error(Code("HW0803"), format!("{address}: it can no longer be watched"))
            .with_detail(error.to_string())
            .with_help(help)
            .with_address(address.clone());
        self.fail(step, diagnostic.into());
    }

    /// Looks whether what a step waits for has come, cannot come, or takes too long.
    async fn judge(&mut self, step: usize) {
        let now = self.clock.now();
        let Some(run) = self.runs.get_mut(&step) else { return };
        let Some(waiting) = &mut run.waiting else { return };
        let id = run.identity.get("id").map_or("", String::as_str);
        let item = self.answers.get(&run.cloud).and_then(|a| kinds::Answers::item(a, &waiting.wait.read, id));
        let status = item.as_ref().and_then(|i| i.pointer(waiting.wait.until.pointer())).and_then(Json::as_str);
        let status = status.map(str::to_owned);
        let progress = item.as_ref().and_then(|i| run.kind.progress(i));
        waiting.missing = if item.is_none() { waiting.missing + 1 } else { 0 };
        let verdict = verdict(&waiting.wait, item.as_deref(), waiting.missing);
        let elapsed = between(waiting.since, now);
        let (what, timeout) = (waiting.wait.what.clone(), waiting.wait.timeout);
        let plan = self.plan;
        let address = &plan.actions[plan.steps[step].action].address;
        match verdict {
            Verdict::Reached => {
                self.runs.go_on(step);
                self.advance(step).await;
            }
            Verdict::Failed(why) => {
                let detail = progress.map_or(why.clone(), |progress| format!("{why} {progress}"));
                let diagnostic = Diagnostic::error(Code("HW0804"), format!("{address} is {}", status.as_deref().unwrap_or("gone")))
                    .with_detail(detail)
                    .with_help(format!(
                        "It is kept in the state and is not replaced. Once it has recovered, run `apply` again: it goes on \
                         from here. If it stays so, another is made in its place, and what is in this one is lost, with: \
                         --replace '{address}'"
                    ))
                    .with_address(address.clone());
                self.fail(step, diagnostic.into());
            }
            Verdict::NotYet if later(waiting.since, timeout) <= now => {
                let state = progress.or(status).map(|s| format!(" It is {s}.")).unwrap_or_default();
                let diagnostic =
                    Diagnostic::error(Code("HW0805"), format!("{address}: waited {} {what}", minutes(timeout)))
                        .with_detail(format!("The wait ended before the platform did.{state}"))
                        .with_help("Run `apply` again to go on waiting, or allow more in the `timeouts` block.")
                        .with_address(address.clone());
                self.fail(step, diagnostic.into());
            }
            Verdict::NotYet => {
                let status = progress.or(status);
                self.steward.event(Event::Waiting { address, what: &what, status: status.as_deref(), elapsed })
            }
        }
    }
}

enum Verdict {
    Reached,
    NotYet,
    Failed(String),
}

fn verdict(wait: &Wait, item: Option<&Json>, missing: u32) -> Verdict {
    let value = item.and_then(|i| i.pointer(wait.until.pointer())).and_then(Json::as_str).unwrap_or_default();
    match (&wait.until, item) {
        (Until::Gone { .. }, None) => Verdict::Reached,
        (Until::Gone { ended, .. }, Some(_)) if ended.iter().any(|e| e == value) => Verdict::Reached,
        (Until::Gone { .. }, Some(_)) => Verdict::NotYet,
        (Until::Field { .. }, None) if missing >= MISSING => {
            Verdict::Failed("It disappeared while it was waited for: somebody deleted it.".to_owned())
        }
        (Until::Field { .. }, None) => Verdict::NotYet,
        (Until::Field { good, bad, .. }, Some(_)) => match bad.get(value) {
            Some(why) => Verdict::Failed(why.clone()),
            None if good.iter().any(|g| g == value) => Verdict::Reached,
            None => Verdict::NotYet,
        },
    }
}

fn minutes(duration: Duration) -> String {
    format!("{} minutes", duration.as_secs() / 60)
}
