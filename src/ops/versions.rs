//! States as a whole: one is put in the place of another, those of before are listed and taken back, and what is stored
//! is written anew under the present key. No request is sent.

use std::collections::BTreeSet;

use housewright_state::{Past, Revision, State, recover};

use super::keeper::state_error;
use super::locking::lock;
use super::session::{Session, StatePlace};
use super::state::{StateChange, no_state};
use crate::diag::{Code, Diagnostic, Diagnostics};

/// What is stored, and what was stored before, the newest first.
///
/// # Errors
/// What the store says.
pub async fn history(place: &StatePlace) -> Result<(Option<State>, Vec<Past>), Diagnostics> {
    let failed = |e| Diagnostics::from(state_error(&e));
    let stored = place.store.read().await.map_err(failed)?;
    Ok((stored, place.store.history().await.map_err(failed)?))
}

/// What a state that took another's place changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replaced {
    /// Its serial.
    pub serial: u64,
    /// Instances that the state held before, and no longer.
    pub dropped: Vec<String>,
    /// Instances that it did not hold before.
    pub returned: Vec<String>,
}

/// Puts `new` in the place of what is stored. Unless `force`d, it must be a later version of that.
///
/// # Errors
/// When it belongs to something else, is no later version, or the store refuses; nothing is changed then.
pub async fn push_state(
    session: &Session,
    place: &StatePlace,
    new: State,
    force: bool,
) -> Result<StateChange<Replaced>, Diagnostics> {
    replace(session, place, "state push", |before| {
        let mut new = new;
        let Some(before) = before else {
            new.serial = new.serial.max(1);
            return Ok(new);
        };
        if new.lineage != before.lineage {
            return Err(other_lineage(before.revision(), new.revision()));
        }
        if new.serial <= before.serial && new != *before {
            if !force {
                return Err(not_later(before.serial, new.serial));
            }
            new.serial = before.serial + 1;
        }
        Ok(new)
    })
    .await
}

/// Stores the state of a serial of before once more, under the next serial.
///
/// # Errors
/// When it is not kept, or the store refuses; nothing is changed then.
pub async fn rollback_state(
    session: &Session,
    place: &StatePlace,
    serial: u64,
) -> Result<StateChange<Replaced>, Diagnostics> {
    let old = place.store.version(serial).await.map_err(|e| Diagnostics::from(state_error(&e)))?;
    replace(session, place, "state rollback", |before| {
        let Some(before) = before else { return Err(no_state(place)) };
        let mut old = old;
        old.serial = before.serial + 1;
        Ok(old)
    })
    .await
}

/// Writes the state anew, so that it is encrypted as the environment says now.
///
/// # Errors
/// When there is none, or the store refuses.
pub async fn rekey_state(session: &Session, place: &StatePlace) -> Result<StateChange<Replaced>, Diagnostics> {
    let mut change = Err(Diagnostics::new());
    // Twice, so that what is kept of before is written anew as well where only one version is.
    for _ in 0..2 {
        change = replace(session, place, "state rekey", |before| {
            let mut same = before.cloned().ok_or_else(|| no_state(place))?;
            same.serial += 1;
            Ok(same)
        })
        .await;
        if change.is_err() {
            break;
        }
    }
    change
}

async fn replace(
    session: &Session,
    place: &StatePlace,
    operation: &str,
    by: impl FnOnce(Option<&State>) -> Result<State, Diagnostic>,
) -> Result<StateChange<Replaced>, Diagnostics> {
    let held = lock(session, place, operation).await?;
    let taken_over = held.lock.taken_over.clone();
    let result = replaced(place, by).await;
    let released = held.release().await;
    let result = result?;
    released.map_err(Diagnostics::from)?;
    Ok(StateChange { result, taken_over })
}

async fn replaced(
    place: &StatePlace,
    by: impl FnOnce(Option<&State>) -> Result<State, Diagnostic>,
) -> Result<Replaced, Diagnostics> {
    let failed = |e| Diagnostics::from(state_error(&e));
    let before = recover(&*place.store).await.map_err(failed)?.state;
    let new = by(before.as_ref())?;
    place.store.write(&new, before.as_ref().map(State::revision)).await.map_err(failed)?;
    let addresses = |state: Option<&State>| -> BTreeSet<String> {
        state.iter().flat_map(|s| s.resources.keys().cloned()).collect()
    };
    let (old, now) = (addresses(before.as_ref()), addresses(Some(&new)));
    Ok(Replaced {
        serial: new.serial,
        dropped: old.difference(&now).cloned().collect(),
        returned: now.difference(&old).cloned().collect(),
    })
}

/// Reads a state that somebody gives.
///
/// # Errors
/// When it is none.
pub fn read_given(name: &str, bytes: &[u8]) -> Result<State, Diagnostic> {
    housewright_state::format::decode(bytes).map_err(|error| {
        Diagnostic::error(Code("HW0511"), format!("{name} is not a state that can be stored"))
            .with_detail(format!("What was given cannot be used: {error}. Nothing was changed."))
            .with_help(error.next("Give the whole output of `housewright state pull`."))
    })
}

fn other_lineage(stored: Revision, given: Revision) -> Diagnostic {
    Diagnostic::error(Code("HW0512"), "The given state belongs to something else")
        .with_detail(format!("Stored is {stored}, given is {given}. Nothing was changed."))
        .with_help("Check where the state is kept. To begin with another state there, remove what is stored first.")
}

fn not_later(stored: u64, given: u64) -> Diagnostic {
    Diagnostic::error(Code("HW0512"), "The given state is not a later version of the stored one")
        .with_detail(format!("Its serial is {given}, and {stored} is stored. Nothing was changed."))
        .with_help(
            "Pull the stored state and make the change in that; or, if the given one is right all the same, add --force.",
        )
}
