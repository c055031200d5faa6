//! Applying: lock the state, plan, ask, carry out, note the outputs.

use std::collections::BTreeMap;

use housewright_state::{ErrorKind, Ledger, LockInfo, State, Store, World, recover};
use uuid::Uuid;

use super::connect::Connections;
use super::keeper::{Keeper, Observer, state_error};
use super::locking::lock;
use super::plan::{Planned, plan};
use super::session::{Session, StatePlace};
use super::{PlanOptions, outputs};
use crate::apply::{Cancel, Executor, Outcome, Setting};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::lang::value::Value;

/// Asked before anything is changed.
pub type Approval<'a> = dyn FnMut(&Planned<'_>) -> bool + 'a;

/// What came of an apply.
#[derive(Debug, Default)]
pub struct Applied {
    /// `None`: it was not approved, or there was nothing to do.
    pub outcome: Option<Outcome>,
    pub approved: bool,
    /// The outputs as they are now.
    pub outputs: BTreeMap<String, Value>,
    /// Warnings, and what went wrong on the way.
    pub diagnostics: Diagnostics,
    /// A dead owner's lock that was taken over.
    pub taken_over: Option<LockInfo>,
}

/// Plans under the state's lock, asks, and carries the plan out. With a kept plan, carries out that one, or says what
/// differs from it.
///
/// # Errors
/// When it did not come to the question. What goes wrong afterwards is in the result.
pub async fn apply(
    session: &Session,
    connections: &Connections,
    place: &StatePlace,
    options: &PlanOptions,
    approve: &mut Approval<'_>,
    observer: &mut Observer<'_>,
    cancel: Cancel,
) -> Result<Applied, Diagnostics> {
    let held = lock(session, place, if options.destroy { "destroy" } else { "apply" }).await?;
    let (id, taken_over) = (held.lock.info.id, held.lock.taken_over.clone());
    let result = locked(session, connections, place, id, options, approve, observer, cancel).await;
    let released = held.release().await;
    let mut applied = result?;
    applied.taken_over = taken_over;
    applied.diagnostics.extend(released.err());
    Ok(applied)
}

#[expect(clippy::too_many_arguments, reason = "each is another of the caller's")]
async fn locked(
    session: &Session,
    connections: &Connections,
    place: &StatePlace,
    lock: Uuid,
    options: &PlanOptions,
    approve: &mut Approval<'_>,
    observer: &mut Observer<'_>,
    cancel: Cancel,
) -> Result<Applied, Diagnostics> {
    let found = recover(&*place.store).await.map_err(|e| Diagnostics::from(state_error(&e)))?;
    let stored = found.state.clone();
    if let Some(saved) = &options.saved {
        saved.check_state(stored.as_ref())?;
    }
    let mut planned = plan(session, connections, found.state, options).await?;
    if let Some(saved) = &options.saved {
        saved.restrict(&mut planned)?;
    }
    planned.diagnostics.extend(recovered(found.replayed));
    let approved = approve(&planned);
    if planned.diagnostics.has_errors() || !approved {
        return Ok(Applied { approved, diagnostics: planned.diagnostics, ..Applied::default() });
    }
    if !planned.plan.has_work() {
        let outputs = planned.evaluation.outputs().0;
        return Ok(Applied { approved, outputs, diagnostics: planned.diagnostics, ..Applied::default() });
    }
    let ledger = ledger(&*place.store, lock, stored, &planned).await?;
    Ok(carry_out(connections, ledger, planned, observer, cancel, session.options.parallelism).await)
}

/// What is noted and stored through, with what the plan changes of the state alone.
async fn ledger<'s>(
    store: &'s dyn Store,
    lock: Uuid,
    stored: Option<State>,
    planned: &Planned<'_>,
) -> Result<Ledger<'s>, Diagnostics> {
    let state = stored.unwrap_or_else(|| State::new(planned.state.lineage, planned.state.salt));
    let mut ledger = Ledger::new(store, lock, state);
    ledger.reach(&planned.state).await.map_err(|e| Diagnostics::from(state_error(&e)))?;
    Ok(ledger)
}

/// A word on what an apply that ended early has left.
pub(super) fn recovered(entries: usize) -> Option<Diagnostic> {
    (entries > 0).then(|| {
        Diagnostic::warning(Code("HW0519"), "An apply that ended early was brought into the state")
            .with_detail(format!(
                "Its journal held {entries} entries that the state did not hold yet. Nothing was lost."
            ))
            .with_help("Look at the plan: it goes on from where that apply ended.")
    })
}

async fn carry_out<'s>(
    connections: &Connections,
    ledger: Ledger<'s>,
    planned: Planned<'_>,
    observer: &mut Observer<'_>,
    cancel: Cancel,
    parallelism: usize,
) -> Applied {
    let touched = planned.plan.actions.iter().filter(|action| !action.is_idle()).map(|action| &action.address);
    let priors = touched.filter_map(|address| Some((address.clone(), planned.prior(address)?))).collect();
    let Planned { plan, mut diagnostics, mut evaluation, answers, fingerprints, .. } = planned;
    evaluation.forget_derived();
    let world = |c: &crate::observe::Cloud| World { api: c.client.api.clone(), organization: c.organization.clone() };
    let worlds = connections.clouds.iter().map(|(label, c)| (label.clone(), world(c))).collect();
    let mut observer = |event: crate::apply::Event<'_>| observer(event);
    let mut keeper = Keeper {
        plan: &plan,
        evaluation,
        priors,
        ledger,
        worlds,
        fingerprints,
        clock: connections.clock.clone(),
        observer: &mut observer,
    };
    let clock = connections.clock.clone();
    let setting = Setting {
        plan: &plan,
        clouds: &connections.clouds,
        states: connections.states.clone(),
        answers,
        clock,
        cancel,
        parallelism,
    };
    let mut outcome = Executor::new(setting, &mut keeper).run().await;
    diagnostics.append(std::mem::take(&mut outcome.diagnostics));
    let outputs = close(&mut keeper, plan.destroying, &mut diagnostics).await;
    Applied { outcome: Some(outcome), approved: true, outputs, diagnostics, taken_over: None }
}

/// Evaluates the outputs with what is known now, and writes the state with them.
async fn close(
    keeper: &mut Keeper<'_, '_>,
    destroying: bool,
    diagnostics: &mut Diagnostics,
) -> BTreeMap<String, Value> {
    keeper.evaluation.forget_derived();
    let (values, found) = if destroying { Default::default() } else { keeper.evaluation.outputs() };
    // After a failure, outputs of what is missing cannot be told; that is no finding of its own.
    if !diagnostics.has_errors() {
        diagnostics.append(found);
        let checked = if destroying { Diagnostics::new() } else { keeper.evaluation.checks() };
        diagnostics.append(checked);
    }
    let mut state = keeper.ledger.state().clone();
    let too_deep = outputs::store(&mut state, values.clone(), &keeper.fingerprints);
    diagnostics.extend(too_deep.into_iter().map(|name| {
        Diagnostic::warning(Code("HW0521"), format!("The output \"{name}\" is nested too deeply to be stored"))
            .with_detail("Values of more than 100 levels are not kept in the state, so each plan will show it as new.")
            .with_help("Flatten the value, or encode it as a text with jsonencode(…).")
    }));
    // What cannot be noted any more can still be written.
    let noted = keeper.ledger.reach(&state).await;
    let closed = keeper.ledger.close().await;
    if let Some(error) = closed.err().or(noted.err().filter(|e| *e.kind() != ErrorKind::JournalClosed)) {
        diagnostics.push(state_error(&error));
    }
    values
}
