//! Carries a plan out: dependency order, as much at once as allowed, one shared poll for all who wait.
//!
//! Before a call its intent is noted, after it what came of it, before anything else is sent; a failure stops what depends on it and nothing else. Must not
//! know HCL, rendering, the wall clock (it takes a `Clock`), or any particular kind.

mod reading;
mod run;
mod runs;
#[cfg(test)]
mod tests;
mod waiting;
mod watches;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use futures_util::stream::FuturesUnordered;
use secrecy::SecretString;
use serde_json::Value as Json;

use crate::address::Address;
use crate::call::{Call, Read};
use crate::clock::{BoxFuture, Clock};
use crate::cloud::{CloudError, Content};
use crate::diag::{Diagnostic, Diagnostics};
use crate::kinds::{Identity, Observed, Trace};
use crate::lang::value::Value;
use crate::observe::{Answers, Cloud, States};
use crate::plan::readiness::{Readiness, Status};
use crate::plan::{ActionKind, Desired, Phase, Plan, Prior};

use run::Run;
use runs::{Awaited, Runs};
use watches::Watches;

/// Before something that the platform was not ready for is sent, asked or looked for again.
const TICK: Duration = Duration::from_secs(10);

/// How often a deletion is sent again while the platform lags behind its own state.
const LAG_TRIES: u32 = 90;

/// Those who know the configuration and the state.
pub trait Steward {
    /// What the configuration asks of the action's instance, now that everything before it is done.
    ///
    /// # Errors
    /// When it can no longer be evaluated.
    fn desired(&mut self, action: usize) -> Result<Desired, Diagnostics>;

    /// What was known of the instance when the plan was made.
    fn prior(&self, action: usize) -> Option<Prior>;

    /// The attributes (names of the top level) somebody needs to see of the instance.
    fn wanted(&self, action: usize) -> BTreeSet<String>;

    /// Notes durably that a call of the action is about to be sent, so that whatever happens somebody can find out
    /// whether it took effect: what is known of the thing's identity, and of a creation that carries no mark, its trace.
    ///
    /// # Errors
    /// When it could not be noted; the call must not be sent then.
    fn intend<'s>(
        &'s mut self,
        action: usize,
        phase: Phase,
        call: &'s Call,
        identity: &'s Identity,
        trace: Option<&'s Trace>,
    ) -> Noting<'s>;

    /// Notes durably what became known of a call's effect, where nothing else has to be noted with it.
    ///
    /// # Errors
    /// When it could not be noted; nothing further may be sent then.
    fn learn<'s>(&'s mut self, action: usize, phase: Phase, call: &'s Call, effect: Effect) -> Noting<'s>;

    /// Notes durably what has been reached, and that it was reached by the call, if it was one.
    ///
    /// # Errors
    /// As [`Steward::learn`].
    fn record<'s>(&'s mut self, action: usize, record: &'s Record<'s>, call: Option<(&'s Call, Effect)>) -> Noting<'s>;

    /// What the conditions on an instance find, now that it is done.
    fn judge(&mut self, action: usize) -> Diagnostics;

    /// Takes what a data source told; nothing of it is kept.
    fn found(&mut self, action: usize, value: Value);

    /// Notes durably that the instance is gone, or no longer ours.
    ///
    /// # Errors
    /// As [`Steward::learn`].
    fn forget(&mut self, action: usize) -> Noting<'_>;

    fn event(&mut self, event: Event<'_>);
}

/// Noting something durably may mean waiting for a store far away.
pub type Noting<'s> = LocalBoxFuture<'s, Result<(), Diagnostic>>;

/// What became known of a call's effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// The answer says that it took effect.
    Taken,
    /// The answer says that it had none.
    None,
    /// The answer was lost, or tells nothing.
    Unknown,
    /// It was looked for, and took effect.
    Found,
}

/// What has been reached of an instance.
pub struct Record<'a> {
    pub desired: &'a Desired,
    pub identity: &'a Identity,
    /// Attributes (dotted paths) that hold as desired.
    pub written: &'a BTreeSet<String>,
    pub observed: Option<&'a Observed>,
    /// Whether nothing is owed any more.
    pub settled: bool,
    /// Whether what a lost answer told only once is still to be told again.
    pub renews: bool,
}

/// What happens, for whoever watches.
pub enum Event<'a> {
    Started {
        address: &'a Address,
        kind: ActionKind,
        phase: Phase,
    },
    Calling {
        address: &'a Address,
        call: &'a Call,
    },
    Waiting {
        address: &'a Address,
        what: &'a str,
        status: Option<&'a str>,
        elapsed: Duration,
    },
    Finished {
        address: &'a Address,
        kind: ActionKind,
        phase: Phase,
        identity: &'a Identity,
        elapsed: Duration,
    },
    Failed {
        address: &'a Address,
        elapsed: Duration,
    },
    /// Something before it failed.
    Skipped {
        address: &'a Address,
        because: &'a Address,
    },
    /// The platform told secrets this only time.
    Secrets {
        address: &'a Address,
        identity: &'a Identity,
        /// By the names they are handed over under.
        secrets: BTreeMap<String, SecretString>,
    },
    Note {
        address: &'a Address,
        text: String,
    },
}

/// Asks an apply to stop: nothing new is started, waits are given up, what is under way is recorded.
#[derive(Debug, Clone, Default)]
pub struct Cancel {
    asked: Arc<AtomicBool>,
    wake: Arc<tokio::sync::Notify>,
}

impl Cancel {
    pub fn ask(&self) {
        self.asked.store(true, Ordering::SeqCst);
        self.wake.notify_one();
    }

    pub fn is_asked(&self) -> bool {
        self.asked.load(Ordering::SeqCst)
    }
}

/// How an apply ended.
#[derive(Debug, Default)]
pub struct Outcome {
    pub done: usize,
    pub failed: Vec<Address>,
    /// Not attempted, because something before them failed or the run was interrupted.
    pub skipped: Vec<Address>,
    pub interrupted: bool,
    pub diagnostics: Diagnostics,
}

/// What a look shows: the list, and the marks of what may be meant, where the list does not show them.
type Sight = (Result<Option<Content>, CloudError>, Vec<(Read, Option<Content>)>);

/// What came back from the network.
enum Arrival {
    Call {
        step: usize,
        call: Box<Call>,
        tries: u32,
        result: Result<Json, CloudError>,
    },
    /// The answer to the look after a creation whose answer was lost.
    Look {
        step: usize,
        call: Box<Call>,
        lost: CloudError,
        tries: u32,
        sight: Sight,
    },
    Reads {
        step: usize,
        results: Vec<(Read, Result<Option<Content>, CloudError>)>,
    },
    /// The answers to what a kind asked before its calls.
    Asked {
        step: usize,
        results: Vec<(Read, Result<Option<Content>, CloudError>)>,
    },
    /// The answers to what a data source asked.
    Told {
        step: usize,
        results: Vec<(Read, Result<Option<Content>, CloudError>)>,
    },
    Poll {
        cloud: String,
        read: Read,
        result: Result<Option<Content>, CloudError>,
    },
}

/// What ends a pause of the executor.
enum Woken {
    Arrival(Box<Arrival>),
    Tick,
    Cancelled,
}

/// The identity of what lives in the state alone: drawn from the plan, so that the same plan makes the same.
fn local_identity(plan: &Plan, address: &Address) -> Identity {
    let name = format!("{}/{}/{address}", plan.lineage, plan.serial);
    let id = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_URL, name.as_bytes());
    Identity::from_iter([("id".to_owned(), id.to_string())])
}

/// Carries a plan out.
pub struct Executor<'a> {
    plan: &'a Plan,
    clouds: &'a BTreeMap<String, Cloud>,
    states: States,
    answers: BTreeMap<String, Answers>,
    steward: &'a mut dyn Steward,
    clock: Arc<dyn Clock>,
    cancel: Cancel,
    parallelism: usize,
    steps: Readiness,
    runs: Runs,
    open: FuturesUnordered<BoxFuture<'static, Arrival>>,
    /// Answers to what data sources asked during the apply, by step.
    told: BTreeMap<usize, Answers>,
    watches: Watches,
    /// The state could not be written: nothing further may be sent.
    halted: bool,
    outcome: Outcome,
}

/// What an executor works with.
pub struct Setting<'a> {
    pub plan: &'a Plan,
    pub clouds: &'a BTreeMap<String, Cloud>,
    pub states: States,
    /// What was read for the plan, by cloud label.
    pub answers: BTreeMap<String, Answers>,
    pub clock: Arc<dyn Clock>,
    pub cancel: Cancel,
    /// Steps with a request under way at the same time.
    pub parallelism: usize,
}

impl<'a> Executor<'a> {
    pub fn new(setting: Setting<'a>, steward: &'a mut dyn Steward) -> Self {
        let Setting { plan, clouds, states, answers, clock, cancel, parallelism } = setting;
        Self {
            steps: Readiness::of(plan),
            plan,
            clouds,
            states,
            answers,
            steward,
            clock,
            cancel,
            parallelism: parallelism.max(1),
            runs: Runs::default(),
            open: FuturesUnordered::new(),
            told: BTreeMap::new(),
            watches: Watches::default(),
            halted: false,
            outcome: Outcome::default(),
        }
    }

    /// Runs until everything is done, or nothing more can be.
    pub async fn run(mut self) -> Outcome {
        loop {
            if self.stopping() {
                self.give_up_waiting();
            } else {
                self.start_ready().await;
            }
            // Nobody waits for what is left of a run that was given up.
            let given_up = self.stopping() && self.told.is_empty();
            if self.runs.is_empty() && (self.open.is_empty() || given_up) {
                break;
            }
            self.await_something().await;
        }
        self.close()
    }

    /// Nothing new is to be sent.
    fn stopping(&self) -> bool {
        self.halted || self.cancel.is_asked()
    }

    fn close(mut self) -> Outcome {
        for step in self.steps.pending() {
            self.outcome.skipped.push(self.plan.actions[self.plan.steps[step].action].address.clone());
        }
        self.outcome.interrupted = self.cancel.is_asked();
        self.outcome
    }

    /// Waits for an answer, the next tick, or a request to stop; answers first.
    async fn await_something(&mut self) {
        let now = self.clock.now();
        let tick = self.watches.next();
        let asked = self.cancel.is_asked();
        let woken = tokio::select! {
            biased;
            Some(arrival) = self.open.next() => Woken::Arrival(Box::new(arrival)),
            () = self.cancel.wake.notified(), if !asked => Woken::Cancelled,
            () = self.clock.sleep_until(tick.unwrap_or(now)), if tick.is_some() => Woken::Tick,
            // Every run has a request under way or waits; without either, going on would be for ever.
            else => return self.runs.clear(),
        };
        match woken {
            Woken::Arrival(arrival) => self.arrived(*arrival).await,
            Woken::Tick => self.tick(),
            Woken::Cancelled => {}
        }
    }

    async fn start_ready(&mut self) {
        loop {
            while let Some((step, broken)) = self.steps.next_broken() {
                self.skip(step, broken);
            }
            if self.runs.busy() >= self.parallelism {
                return;
            }
            let Some(step) = self.steps.begin() else { return };
            self.start(step).await;
        }
    }

    fn skip(&mut self, step: usize, broken: usize) {
        let plan = self.plan;
        let address = &plan.actions[plan.steps[step].action].address;
        let because = &plan.actions[plan.steps[broken].action].address;
        self.outcome.skipped.push(address.clone());
        if address != because {
            self.steward.event(Event::Skipped { address, because });
        }
    }

    /// Sends the reads whose time has come, one for all who wait for the same.
    fn tick(&mut self) {
        for (cloud, read) in self.watches.due(self.clock.now()) {
            let awaited = (cloud, read);
            let Some(target) = self.clouds.get(&awaited.0).cloned() else {
                self.unwatched(awaited);
                continue;
            };
            let (cloud, read) = awaited;
            self.open.push(Box::pin(async move {
                let result = target.read(&read).await;
                Arrival::Poll { cloud, read, result }
            }));
        }
    }

    /// Nothing can be asked where it is.
    fn unwatched(&mut self, awaited: Awaited) {
        for step in self.runs.waiting_for(&awaited) {
            self.fail(step, run::no_cloud().into());
        }
        self.watches.answered(awaited, None);
    }

    fn give_up_waiting(&mut self) {
        let waits = |r: &Run| r.is_waiting() || r.lacking.is_some() && r.desired.is_none();
        let waiting: Vec<usize> = self.runs.iter().filter(|(_, r)| waits(r)).map(|(s, _)| *s).collect();
        self.watches = Watches::default();
        for step in waiting {
            self.runs.remove(&step);
            self.steps.set(step, Status::Failed);
            let action = self.plan.steps[step].action;
            self.outcome.skipped.push(self.plan.actions[action].address.clone());
        }
    }

    async fn arrived(&mut self, arrival: Arrival) {
        match arrival {
            Arrival::Call { step, call, tries, result } => self.call_answered(step, *call, tries, result).await,
            Arrival::Look { step, call, lost, tries, sight } => self.looked(step, *call, lost, tries, sight).await,
            Arrival::Reads { step, results } => self.reads_answered(step, results).await,
            Arrival::Asked { step, results } => self.asked(step, results).await,
            Arrival::Told { step, results } => self.told(step, results),
            Arrival::Poll { cloud, read, result } => self.polled(&cloud, &read, result).await,
        }
    }
}
