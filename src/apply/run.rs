//! One step on its way: its calls one after the other, its waits, and what is recorded after each.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::Value as Json;

use super::waiting::Waiting;
use super::{Arrival, Effect, Event, Executor, LAG_TRIES, Record, Sight};
use crate::call::{Call, Method, Read, Tolerance};
use crate::clock::between;
use crate::cloud::{CloudError, Content, ErrorKind};
use crate::diag::{Code, Diagnostic, Diagnostics, Severity};
use crate::kinds::{self, Answers as _, Change, Identity, Kind, Observed, Operation, Search, Shown, Trace};
use crate::lang::value::Value;
use crate::observe::Answers;
use crate::plan::readiness::Status;
use crate::plan::{Action, ActionKind, Desired, Phase};

/// A step that was started and is not over.
pub(super) struct Run {
    pub(super) kind: &'static dyn Kind,
    pub(super) cloud: String,
    phase: Phase,
    started: Timestamp,
    pub(super) desired: Option<Desired>,
    pub(super) identity: Identity,
    written: BTreeSet<String>,
    queue: VecDeque<Call>,
    pub(super) waiting: Option<Waiting>,
    /// What a creation without a mark can be told by, once it is about to be sent.
    trace: Option<Trace>,
    /// What its kind asked before it could tell the calls.
    pub(super) asked: BTreeSet<Read>,
    /// Since when something is waited for that its calls need.
    pub(super) lacking: Option<Timestamp>,
    /// What the lost answer to its creation told only once is to be told again by a call in the queue.
    renews: bool,
}

/// How often a creation whose answer was lost is looked for.
const LOOKS: u32 = 3;

impl Run {
    pub(super) fn is_waiting(&self) -> bool {
        self.waiting.is_some()
    }

    /// The read whose answer it waits for.
    pub(super) fn awaited(&self) -> Option<(String, Read)> {
        self.waiting.as_ref().map(|w| (self.cloud.clone(), w.wait.read.clone()))
    }

    pub(super) fn id(&self) -> &str {
        self.identity.get("id").map_or("", String::as_str)
    }
}

impl Executor<'_> {
    pub(super) fn action(&self, step: usize) -> &Action {
        &self.plan.actions[self.plan.steps[step].action]
    }

    pub(super) async fn start(&mut self, step: usize) {
        let plan = self.plan;
        let index = plan.steps[step].action;
        let (action, phase) = (&plan.actions[index], plan.steps[step].phase);
        if action.is_idle() {
            self.steps.set(step, Status::Done);
            return;
        }
        if action.kind == ActionKind::Read {
            return self.ask(step);
        }
        let Some(kind) = kinds::of(&action.address) else {
            let missing = Diagnostic::error(Code("HW0801"), format!("There is no kind `{}`", action.address.kind));
            return self.fail(step, missing.into());
        };
        let run = Run {
            kind,
            cloud: if phase == Phase::Destroy { action.destroy_cloud.clone() } else { action.cloud.clone() },
            phase,
            started: self.clock.now(),
            desired: None,
            identity: action.identity.clone(),
            written: BTreeSet::new(),
            queue: VecDeque::new(),
            waiting: None,
            trace: None,
            asked: BTreeSet::new(),
            lacking: None,
            renews: false,
        };
        self.runs.insert(step, run);
        if action.is_change() && action.kind != ActionKind::NoOp {
            self.steward.event(Event::Started { address: &action.address, kind: action.kind, phase });
        }
        match phase {
            Phase::Destroy => self.start_destroy(step).await,
            Phase::Apply => self.start_apply(step).await,
        }
    }

    async fn start_destroy(&mut self, step: usize) {
        let (calls, resume) = (self.action(step).destroy.clone(), self.action(step).resume.clone());
        if let Some(run) = self.runs.get_mut(&step) {
            run.queue = calls.into();
        }
        match resume {
            Some(wait) => self.wait(step, *wait).await,
            None => self.advance(step).await,
        }
    }

    /// Evaluates the instance again, now that all it needs is known, and checks that the calls are the planned ones.
    pub(super) async fn start_apply(&mut self, step: usize) {
        let index = self.plan.steps[step].action;
        let desired = match self.steward.desired(index) {
            Ok(desired) => desired,
            Err(diagnostics) => return self.fail(step, diagnostics),
        };
        let action = self.action(step).clone();
        let Some(run) = self.runs.get_mut(&step) else { return };
        let creating = matches!(action.kind, ActionKind::Create | ActionKind::Replace);
        if creating {
            run.identity = run.kind.located(&desired.values);
        }
        if self.ask_first(step, &desired.values) {
            return;
        }
        let Some(run) = self.runs.get_mut(&step) else { return };
        let prior = self.steward.prior(index).filter(|p| p.observed.is_some() && action.kind != ActionKind::Replace);
        let former = self.steward.prior(index).filter(|p| creating && p.observed.is_none());
        let former = former.map(|p| p.identity).filter(kinds::is_named);
        let (nothing, unasked) = (run.kind.schema().null(), Answers::default());
        let change = Change {
            operation: if creating { Operation::Create } else { Operation::Update },
            identity: &run.identity,
            former: former.as_ref(),
            desired: &desired.values,
            applied: prior.as_ref().map_or(&nothing, |p| &p.applied),
            observed: prior.as_ref().and_then(|p| p.observed.as_ref()),
            changed: &action.changed,
            sensitive: &desired.sensitive,
            shared: &action.shared,
            ownership: action.ownership.as_deref(),
            answers: self.answers.get(&run.cloud).unwrap_or(&unasked),
        };
        let mut calls = if action.apply.is_empty() { Vec::new() } else { run.kind.calls(&change) };
        run.renews = prior.as_ref().is_some_and(|p| p.renews);
        if run.renews {
            calls.splice(..0, run.kind.renewal(&change));
        }
        if run.kind.is_local() && run.identity.is_empty() {
            run.identity = super::local_identity(self.plan, &action.address);
        }
        if let Some(what) = calls.iter().find_map(|c| c.lacks.clone()) {
            return self.ask_again(step, &what);
        }
        run.desired = Some(desired);
        if let Some(unplanned) = unplanned(&action, &calls) {
            return self.fail(step, unplanned.into());
        }
        run.queue = calls.into();
        match action.resume {
            Some(wait) => self.wait(step, *wait).await,
            None => self.advance(step).await,
        }
    }

    /// Sends the next call, or ends the step.
    pub(super) async fn advance(&mut self, step: usize) {
        let stopping = self.stopping();
        let Some(run) = self.runs.get_mut(&step) else { return };
        let Some(mut call) = run.queue.pop_front() else { return self.observe_result(step).await };
        if stopping {
            return self.interrupt(step);
        }
        call.fill(&run.identity);
        // What it makes is another thing, whatever was there before.
        run.identity.retain(|name, _| !call.identity.contains_key(name));
        let plan = self.plan;
        let (index, phase, identity) = (plan.steps[step].action, run.phase, run.identity.clone());
        let trace = self.trace(step, &call);
        if let Some(run) = self.runs.get_mut(&step) {
            run.trace.clone_from(&trace);
        }
        if let Err(diagnostic) = self.steward.intend(index, phase, &call, &identity, trace.as_ref()).await {
            return self.halt(step, diagnostic);
        }
        self.steward.event(Event::Calling { address: &plan.actions[index].address, call: &call });
        self.send(step, call, 1, Duration::ZERO);
    }

    /// What a creation can be told by whose mark, if it carries one, no list shows.
    fn trace(&self, step: usize, call: &Call) -> Option<Trace> {
        let run = self.runs.get(&step)?;
        let mark = self.action(step).ownership.as_deref();
        if call.identity.is_empty() || mark.is_some() && run.kind.mark_read("").is_none() {
            return None;
        }
        let (body, (read, _)) = (call.body.as_ref()?, call.shows.as_ref()?);
        let list = self.answers.get(&run.cloud).and_then(|a| a.get(read));
        Some(Trace::of(run.kind, &body.json, mark, list.as_deref(), self.clock.now()))
    }

    fn send(&mut self, step: usize, call: Call, tries: u32, after: Duration) {
        let Some(cloud) = self.runs.get(&step).and_then(|r| self.clouds.get(&r.cloud)) else {
            return self.fail(step, no_cloud().into());
        };
        let (cloud, clock) = (cloud.clone(), self.clock.clone());
        self.open.push(Box::pin(async move {
            if !after.is_zero() {
                clock.sleep(after).await;
            }
            let result = cloud.write(&call).await;
            Arrival::Call { step, call: Box::new(call), tries, result }
        }));
    }

    pub(super) async fn call_answered(
        &mut self,
        step: usize,
        call: Call,
        tries: u32,
        result: Result<Json, CloudError>,
    ) {
        let tolerated = |kind| match call.tolerance {
            Tolerance::None => false,
            Tolerance::Gone | Tolerance::GoneOrLagging => kind == ErrorKind::NotFound,
            Tolerance::Done => kind == ErrorKind::Conflict,
        };
        match result {
            Ok(answer) => self.succeeded(step, call, answer).await,
            Err(error) if tolerated(error.kind) => self.succeeded(step, call, Json::Null).await,
            Err(error)
                if error.kind == ErrorKind::Conflict
                    && call.tolerance == Tolerance::GoneOrLagging
                    && tries < LAG_TRIES
                    && !self.cancel.is_asked() =>
            {
                self.send_again(step, call, tries + 1).await;
            }
            Err(error) if error.kind == ErrorKind::Ambiguous && !call.identity.is_empty() => {
                self.lost(step, call, error).await;
            }
            Err(error) => {
                let diagnostic = self.call_failed(step, &call, &error);
                self.refused(step, &call, error.kind).await;
                self.fail(step, diagnostic.into());
            }
        }
    }

    fn call_failed(&self, step: usize, call: &Call, error: &CloudError) -> Diagnostic {
        let address = self.action(step).address.clone();
        let help = forbidden(call, error).or_else(|| error.help.clone());
        let help = help.unwrap_or_else(|| "Mend the cause and run `apply` again: it goes on from here.".to_owned());
        Diagnostic::error(error.code().unwrap_or(Code("HW0802")), format!("{address}: the call `{}` failed", call.step))
            .with_detail(error.describe())
            .with_help(help)
            .with_address(address)
    }

    /// A call did not succeed: notes whether it certainly had no effect. A creation that had none need not be looked for.
    async fn refused(&mut self, step: usize, call: &Call, kind: ErrorKind) {
        let certain = !matches!(kind, ErrorKind::Ambiguous | ErrorKind::Server | ErrorKind::NotJson);
        let Some(run) = self.runs.get(&step) else { return };
        let (index, phase) = (self.plan.steps[step].action, run.phase);
        let nameless = !kinds::is_named(&run.identity) && !call.identity.is_empty();
        let effect = if certain { Effect::None } else { Effect::Unknown };
        let mut noted = self.steward.learn(index, phase, call, effect).await;
        if noted.is_ok() && certain && nameless {
            noted = self.steward.forget(index).await;
        }
        if let Err(diagnostic) = noted {
            self.halted = true;
            self.outcome.diagnostics.push(diagnostic);
        }
    }

    /// The platform lags behind its own state: what it refused is sent once more, later.
    async fn send_again(&mut self, step: usize, call: Call, tries: u32) {
        let Some((phase, identity)) = self.runs.get(&step).map(|r| (r.phase, r.identity.clone())) else { return };
        let index = self.plan.steps[step].action;
        let mut noted = self.steward.learn(index, phase, &call, Effect::None).await;
        if noted.is_ok() {
            noted = self.steward.intend(index, phase, &call, &identity, None).await;
        }
        match noted {
            Ok(()) => self.send(step, call, tries, super::TICK),
            Err(diagnostic) => self.halt(step, diagnostic),
        }
    }

    /// A creation's answer was lost: notes it, and looks for what it may have made.
    async fn lost(&mut self, step: usize, call: Call, error: CloudError) {
        let Some(phase) = self.runs.get(&step).map(|r| r.phase) else { return };
        match self.steward.learn(self.plan.steps[step].action, phase, &call, Effect::Unknown).await {
            Ok(()) => self.look(step, call, error, 1, Duration::ZERO),
            Err(diagnostic) => self.halt(step, diagnostic),
        }
    }

    /// Nothing can be noted any more: nothing more is sent, and what exists is named.
    fn halt(&mut self, step: usize, mut diagnostic: Diagnostic) {
        self.halted = true;
        if let Some(run) = self.runs.get(&step).filter(|r| kinds::is_named(&r.identity)) {
            let identity: Vec<String> = run.identity.iter().map(|(k, v)| format!("{k} {v}")).collect();
            let note = format!(
                " {} exists as {}, and the state does not say so.",
                self.action(step).address,
                identity.join(", ")
            );
            diagnostic.detail.push_str(&note);
        }
        self.fail(step, diagnostic.into());
    }

    /// A creation's answer was lost: look whether it took effect, before anything else.
    fn look(&mut self, step: usize, call: Call, lost: CloudError, tries: u32, after: Duration) {
        let read = call.shows.as_ref().map(|(read, _)| read.clone());
        let target = self.runs.get(&step).and_then(|r| self.clouds.get(&r.cloud));
        let (Some(read), Some(cloud)) = (read, target) else { return };
        let (cloud, clock) = (cloud.clone(), self.clock.clone());
        let told = self.runs.get(&step).and_then(|r| Some((r.kind, r.trace.as_ref()?.traits.clone())));
        self.open.push(Box::pin(async move {
            if !after.is_zero() {
                clock.sleep(after).await;
            }
            let result = cloud.read(&read).await;
            let mut marks = Vec::new();
            if let (Some((kind, traits)), Ok(Some(list))) = (told, &result) {
                for read in kind.alike(&list.json(), &traits).iter().filter_map(|a| kind.mark_read(&a.id)) {
                    // One that cannot be read decides nothing.
                    marks.extend(cloud.read(&read).await.ok().map(|answer| (read, answer)));
                }
            }
            Arrival::Look { step, call: Box::new(call), lost, tries, sight: (result, marks) }
        }));
    }

    /// The answer to a look: found, looked for again (a list may lag), or given up until the next run, which looks again.
    pub(super) async fn looked(
        &mut self,
        step: usize,
        call: Call,
        lost: CloudError,
        tries: u32,
        (result, marks): Sight,
    ) {
        if let Some(run) = self.runs.get(&step) {
            let answers = self.answers.entry(run.cloud.clone()).or_default();
            marks.into_iter().for_each(|(read, answer)| answers.put(read, answer));
        }
        let list = result.ok().flatten();
        let found = match list.as_ref().map(|list| self.search(step, &list.json())) {
            Some(Search::Found(identity)) => Some(identity),
            Some(Search::Unsure(candidates)) => {
                return self.fail(step, kinds::unsure(&self.action(step).address, &candidates).into());
            }
            Some(Search::Nothing) | None => None,
        };
        let Some(run) = self.runs.get_mut(&step) else { return };
        match found {
            Some(identity) => {
                run.identity.extend(identity);
                self.found_again(step, call, list).await;
            }
            None if tries < LOOKS && !self.stopping() => self.look(step, call, lost, tries + 1, super::TICK),
            None => {
                let mut diagnostic = self.call_failed(step, &call, &lost);
                diagnostic.help = Some(
                    "It was looked for and not found, so it was most likely not created. Run `apply` again: it looks once more \
                     before it creates anything."
                        .to_owned(),
                );
                self.fail(step, diagnostic.into());
            }
        }
    }

    /// What a creation whose answer was lost has made, by its mark or its trace.
    fn search(&self, step: usize, list: &Json) -> Search {
        let Some(run) = self.runs.get(&step) else { return Search::Nothing };
        let alike = |r: &&Run| std::ptr::eq(r.kind.schema(), run.kind.schema());
        let others: BTreeSet<&str> =
            self.runs.values().filter(alike).map(Run::id).filter(|id| !id.is_empty()).collect();
        let nothing = Answers::default();
        let answers = self.answers.get(&run.cloud).unwrap_or(&nothing);
        match (&run.trace, &self.action(step).ownership) {
            (Some(trace), _) => trace.search(run.kind, Shown { list, answers }, &others, true),
            (None, Some(mark)) => run.kind.recognise(list, mark).map_or(Search::Nothing, Search::Found),
            (None, None) => Search::Nothing,
        }
    }

    async fn found_again(&mut self, step: usize, call: Call, list: Option<Content>) {
        let renewal = self.renewal(step, &call);
        let Some(run) = self.runs.get_mut(&step) else { return };
        if let Some((read, _)) = &call.shows {
            self.answers.entry(run.cloud.clone()).or_default().put(read.clone(), list);
        }
        let mut text = format!("the answer to its creation was lost; it was found again as {}", run.id());
        run.renews = !renewal.is_empty();
        if run.renews {
            text.push_str(", and the secret that it told only then is made anew");
        }
        for call in renewal.into_iter().rev() {
            run.queue.push_front(call);
        }
        let plan = self.plan;
        let address = &plan.actions[plan.steps[step].action].address;
        self.steward.event(Event::Note { address, text });
        self.went_through(step, call, Effect::Found).await;
    }

    /// The calls that have told again what the lost answer to this one told only once.
    fn renewal(&self, step: usize, lost: &Call) -> Vec<Call> {
        let Some(run) = self.runs.get(&step).filter(|_| !lost.hands_over.is_empty()) else { return Vec::new() };
        let Some(desired) = &run.desired else { return Vec::new() };
        let action = self.action(step);
        run.kind.renewal(&Change {
            operation: Operation::Create,
            identity: &run.identity,
            former: None,
            desired: &desired.values,
            applied: &Value::null(run.kind.schema().object_type()),
            observed: None,
            changed: &action.changed,
            sensitive: &desired.sensitive,
            shared: &action.shared,
            ownership: None,
            answers: &kinds::Unasked,
        })
    }

    async fn succeeded(&mut self, step: usize, call: Call, answer: Json) {
        let Some(run) = self.runs.get_mut(&step) else { return };
        for (name, pointer) in &call.identity {
            match answer.pointer(pointer).and_then(Json::as_str) {
                Some(value) => drop(run.identity.insert(name.clone(), value.to_owned())),
                None => {
                    let lost =
                        CloudError::unexpected(call.method, &call.path, "the answer does not say what was created");
                    return self.lost(step, call, lost).await;
                }
            }
        }
        let secrets = handed_over(&call, &answer);
        run.renews &= secrets.is_empty();
        let (identity, cloud, id) = (run.identity.clone(), run.cloud.clone(), run.id().to_owned());
        if let Some(answers) = self.answers.get_mut(&cloud) {
            call.outdates.iter().for_each(|read| answers.outdate(read));
        }
        if let Some((read, pointer)) = &call.shows {
            let shown = answer.pointer(pointer).cloned().filter(|j| !j.is_null());
            let answers = self.answers.entry(cloud).or_default();
            if shown.as_ref().is_some_and(|s| s.get("id").and_then(Json::as_str) == Some(id.as_str()))
                && call.method != Method::Delete
                && read.list
            {
                answers.put_item(read, &id, shown);
            } else if !read.list {
                answers.put(read.clone(), shown.map(Content::from));
            }
        }
        if !secrets.is_empty() {
            let plan = self.plan;
            let address = &plan.actions[plan.steps[step].action].address;
            self.steward.event(Event::Secrets { address, identity: &identity, secrets });
        }
        self.went_through(step, call, Effect::Taken).await;
    }

    /// A call took effect: note it, then wait or go on.
    async fn went_through(&mut self, step: usize, call: Call, effect: Effect) {
        let index = self.plan.steps[step].action;
        let Some(run) = self.runs.get_mut(&step) else { return };
        run.written.extend(call.writes.iter().cloned());
        let noted = match run.phase {
            Phase::Apply => self.note(step, false, Some((&call, effect))).await,
            Phase::Destroy => self.steward.learn(index, Phase::Destroy, &call, effect).await,
        };
        if let Err(diagnostic) = noted {
            return self.halt(step, diagnostic);
        }
        match call.wait {
            Some(wait) => self.wait(step, wait).await,
            None => self.advance(step).await,
        }
    }

    async fn note(&mut self, step: usize, settled: bool, call: Option<(&Call, Effect)>) -> Result<(), Diagnostic> {
        let index = self.plan.steps[step].action;
        let existed =
            self.steward.prior(index).is_some_and(|p| p.settled && self.plan.actions[index].kind == ActionKind::Update);
        let Some(run) = self.runs.get(&step) else { return Ok(()) };
        let Some(desired) = &run.desired else { return Ok(()) };
        let observed = self.observation(run);
        let settled = settled || existed;
        let record = Record {
            desired,
            identity: &run.identity,
            written: &run.written,
            observed: observed.as_ref(),
            settled,
            renews: run.renews && !settled,
        };
        self.steward.record(index, &record, call).await
    }

    fn observation(&self, run: &Run) -> Option<Observed> {
        let values = run.desired.as_ref().map(|d| &d.values);
        if let Some(local) = values.and_then(|v| run.kind.local(Value::from(run.id()), v)) {
            return Some(local);
        }
        self.answers.get(&run.cloud).and_then(|answers| run.kind.observe(&run.identity, answers))
    }

    /// Everything was sent: read what nobody has answered yet, then note the end.
    async fn observe_result(&mut self, step: usize) {
        let index = self.plan.steps[step].action;
        let Some(run) = self.runs.get(&step) else { return };
        if run.phase == Phase::Destroy {
            return self.finish(step).await;
        }
        let wanted = self.steward.wanted(index);
        let names: BTreeSet<&str> = wanted.iter().map(String::as_str).collect();
        let nothing = Answers::default();
        let answers = self.answers.get(&run.cloud).unwrap_or(&nothing);
        let mut reads = run.kind.reads(&run.identity, &names);
        reads.extend(run.kind.further_reads(&run.identity, &names, answers));
        reads.retain(|r| !answers.holds(r));
        let Some(cloud) = self.clouds.get(&run.cloud).filter(|_| !reads.is_empty()) else {
            return self.finish(step).await;
        };
        let cloud = cloud.clone();
        self.open.push(Box::pin(async move {
            let mut results = Vec::new();
            for read in reads {
                let result = cloud.read(&read).await;
                results.push((read, result));
            }
            Arrival::Reads { step, results }
        }));
    }

    pub(super) async fn reads_answered(
        &mut self,
        step: usize,
        results: Vec<(Read, Result<Option<Content>, CloudError>)>,
    ) {
        let Some(cloud) = self.runs.get(&step).map(|r| r.cloud.clone()) else { return };
        let answers = self.answers.entry(cloud).or_default();
        let mut failed = None;
        for (read, result) in results {
            match result {
                Ok(result) => answers.put(read, result),
                Err(error) => failed = Some(error),
            }
        }
        match failed {
            // What they say may lead to further reads.
            None => self.observe_result(step).await,
            Some(error) => {
                let address = self.action(step).address.clone();
                let diagnostic =
                    Diagnostic::error(Code("HW0806"), format!("{address}: it was changed, but could not be read back"))
                        .with_detail(error.to_string())
                        .with_help("Run `plan` again: it reads anew.")
                        .with_address(address);
                self.fail(step, diagnostic.into());
            }
        }
    }

    async fn finish(&mut self, step: usize) {
        let plan = self.plan;
        let index = plan.steps[step].action;
        let action = &plan.actions[index];
        let Some(run) = self.runs.get_mut(&step) else { return };
        let result = match run.phase {
            Phase::Destroy => self.steward.forget(index).await,
            Phase::Apply => {
                run.written.extend(action.changed.union(&action.noted).cloned());
                self.note(step, true, None).await
            }
        };
        if let Err(diagnostic) = result {
            return self.halt(step, diagnostic);
        }
        let phase = self.runs.get(&step).map(|r| r.phase);
        let judged = if phase == Some(Phase::Apply) { self.steward.judge(index) } else { Diagnostics::new() };
        if judged.has_errors() {
            return self.fail(step, judged);
        }
        self.outcome.diagnostics.append(judged);
        let reminders = self.reminders(step);
        let Some(run) = self.runs.remove(&step) else { return };
        self.steps.set(step, Status::Done);
        if action.is_change() && action.kind != ActionKind::NoOp {
            for text in reminders {
                self.steward.event(Event::Note { address: &action.address, text });
            }
            self.outcome.done += 1;
            let elapsed = between(run.started, self.clock.now());
            let (address, kind, phase) = (&action.address, action.kind, run.phase);
            self.steward.event(Event::Finished { address, kind, phase, identity: &run.identity, elapsed });
        }
    }

    /// What the kind's rules say of a thing that is done, now that everything about it is known: what is left to people.
    fn reminders(&self, step: usize) -> Vec<String> {
        let Some(run) = self.runs.get(&step).filter(|r| r.phase == Phase::Apply) else { return Vec::new() };
        let (Some(desired), Some(answers)) = (&run.desired, self.answers.get(&run.cloud)) else { return Vec::new() };
        let found = run.kind.examine(&desired.values, &run.identity, answers).into_iter();
        let told = found.filter(|f| f.severity == Severity::Warning && desired.sensitive.is_empty());
        told.map(|f| format!("{}. {} {}", f.summary, f.detail, f.help)).collect()
    }

    pub(super) fn interrupt(&mut self, step: usize) {
        self.runs.remove(&step);
        self.steps.set(step, Status::Failed);
        self.outcome.skipped.push(self.action(step).address.clone());
    }

    pub(super) fn fail(&mut self, step: usize, diagnostics: Diagnostics) {
        let plan = self.plan;
        let address = &plan.actions[plan.steps[step].action].address;
        let elapsed = self.runs.remove(&step).map_or(Duration::ZERO, |r| between(r.started, self.clock.now()));
        self.steps.set(step, Status::Failed);
        self.steward.event(Event::Failed { address, elapsed });
        self.outcome.failed.push(address.clone());
        self.outcome.diagnostics.append(diagnostics);
    }
}

/// A step's cloud is not among those that are known.
pub(super) fn no_cloud() -> Diagnostic {
    Diagnostic::error(Code("HW0801"), "There is no `cloud` block of that name")
}

/// The secrets in an answer, by the names they are handed over under.
fn handed_over(call: &Call, answer: &Json) -> BTreeMap<String, SecretString> {
    let told = call.hands_over.iter().filter_map(|(name, pointer)| Some((name, answer.pointer(pointer)?.as_str()?)));
    told.map(|(name, secret)| (name.clone(), secret.to_owned().into())).collect()
}

/// What to do when the key may not send a call: which permissions it needs.
fn forbidden(call: &Call, error: &CloudError) -> Option<String> {
    let needed = kinds::permissions::of(&call.operation);
    (error.kind == ErrorKind::Forbidden && !needed.is_empty()).then(|| {
        format!(
            "The call had no effect. Give the API key a role with {}, or use another key, and run `apply` again: it goes on from \
             here.",
            needed.join(" and ")
        )
    })
}

/// Calls that were not planned mean that something the plan relied on has changed.
fn unplanned(action: &Action, calls: &[Call]) -> Option<Diagnostic> {
    let mut planned = action.apply.as_slice();
    let stray = calls.iter().find(|call| match planned.iter().position(|p| p.allows(call)) {
        Some(at) => {
            // What stands for several may be followed by more of them.
            planned = &planned[at + usize::from(!planned[at].each)..];
            false
        }
        None => true,
    })?;
    let address = &action.address;
    Some(
        Diagnostic::error(Code("HW0807"), format!("{address}: the call `{}` is not the planned one", stray.step))
            .with_detail(
                "With what became known during the apply, the change would be another than the one in the plan.",
            )
            .with_help("Nothing was sent for it. Run `plan` again.")
            .with_address(address.clone()),
    )
}
