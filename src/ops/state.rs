//! Operations on the state itself: what it remembers is read, moved and forgotten; no request is sent.

use housewright_state::{LockInfo, State, current, recover};
use uuid::Uuid;

use super::keeper::state_error;
use super::locking::lock;
use super::session::{Session, StatePlace};
use crate::address::Address;
use crate::diag::{Code, Diagnostic, Diagnostics, suggestion};

/// The state, with what the journal of an unfinished apply says; `None` when there is none yet.
///
/// # Errors
/// What the store says.
pub async fn read_state(session: &Session, place: &StatePlace) -> Result<Option<State>, Diagnostics> {
    // The sandbox makes its directory when it is first used.
    let never_used = session.options.sandbox
        && place.path.as_ref().and_then(|p| p.parent()).is_some_and(|d| !d.as_os_str().is_empty() && !d.exists());
    if never_used && session.options.state.is_none() {
        return Ok(None);
    }
    current(&*place.store).await.map_err(|e| state_error(&e).into())
}

/// What came of a change of the state.
#[derive(Debug)]
pub struct StateChange<T> {
    pub result: T,
    /// A dead owner's lock that was taken over.
    pub taken_over: Option<LockInfo>,
}

/// Changes the stored state under its lock, and writes it under the next serial when something changed.
///
/// # Errors
/// When there is no state, the change refuses, or the store does; the stored state is unchanged then.
pub async fn change_state<T>(
    session: &Session,
    place: &StatePlace,
    operation: &str,
    change: impl FnOnce(&mut State) -> Result<T, Diagnostic>,
) -> Result<StateChange<T>, Diagnostics> {
    if read_state(session, place).await?.is_none() {
        return Err(no_state(place).into());
    }
    let held = lock(session, place, operation).await?;
    let taken_over = held.lock.taken_over.clone();
    let result = changed(place, change).await;
    let released = held.release().await;
    let result = result?;
    released.map_err(Diagnostics::from)?;
    Ok(StateChange { result, taken_over })
}

async fn changed<T>(
    place: &StatePlace,
    change: impl FnOnce(&mut State) -> Result<T, Diagnostic>,
) -> Result<T, Diagnostics> {
    let found = recover(&*place.store).await.map_err(|e| Diagnostics::from(state_error(&e)))?;
    let Some(before) = found.state else { return Err(no_state(place).into()) };
    let mut state = before.clone();
    let result = change(&mut state)?;
    if state != before {
        state.serial += 1;
        place.store.write(&state, Some(before.revision())).await.map_err(|e| Diagnostics::from(state_error(&e)))?;
    }
    Ok(result)
}

/// Releases a lock by its id, whoever holds it.
///
/// # Errors
/// When it is not the lock that is held, or none is.
pub async fn unlock_state(place: &StatePlace, id: Uuid) -> Result<(), Diagnostics> {
    place.store.unlock(id).await.map_err(|e| state_error(&e).into())
}

/// What to say where there has to be a state.
pub fn no_state(place: &StatePlace) -> Diagnostic {
    Diagnostic::error(Code("HW0514"), "There is no state yet")
        .with_detail(format!("Nothing is stored at {}, so nothing is remembered.", place.store.place()))
        .with_help("Check the directory, --state and --sandbox; or apply first.")
}

/// The addresses in the state that `selection` covers.
///
/// # Errors
/// When there are none.
pub fn selected(state: &State, selection: &Address) -> Result<Vec<Address>, Diagnostic> {
    let addresses: Vec<Address> = state.resources.keys().filter_map(|text| text.parse().ok()).collect();
    let found: Vec<Address> = addresses.iter().filter(|a| selection.covers(a)).cloned().collect();
    if !found.is_empty() {
        return Ok(found);
    }
    Err(missing(selection, state.resources.keys().map(String::as_str)))
}

/// The state does not hold what was asked for.
pub fn missing<'a>(address: &Address, known: impl IntoIterator<Item = &'a str>) -> Diagnostic {
    let given = address.to_string();
    let help = match suggestion(&given, known) {
        Some(meant) => format!("Did you mean {meant}?"),
        None => "List what is there with: housewright state list".to_owned(),
    };
    Diagnostic::error(Code("HW0515"), format!("The state does not hold {given}")).with_help(help)
}

/// Releases the lock that this process took and could not give back, because its work was broken off.
///
/// # Errors
/// What the store says.
pub async fn abandon(session: &Session, place: &StatePlace) -> Result<(), Diagnostics> {
    let holder = place.store.lock_info().await.map_err(|e| Diagnostics::from(state_error(&e)))?;
    let (host, process) = (&session.host.name, session.host.process);
    match holder.filter(|h| h.host == *host && h.process == process) {
        Some(own) => unlock_state(place, own.id).await,
        None => Ok(()),
    }
}

/// Forgets what the selections cover; the things themselves stay.
///
/// # Errors
/// When a selection covers nothing.
pub fn forget(state: &mut State, selections: &[Address]) -> Result<Vec<Address>, Diagnostic> {
    let mut forgotten = Vec::new();
    for selection in selections {
        forgotten.extend(selected(state, selection)?);
    }
    forgotten.sort();
    forgotten.dedup();
    for address in &forgotten {
        state.resources.remove(&address.to_string());
    }
    let State { worlds, resources, .. } = state;
    worlds.retain(|label, _| resources.values().any(|r| r.cloud == *label));
    Ok(forgotten)
}

/// Lifts the protection from destruction of what the selections cover. Answers what was protected.
///
/// # Errors
/// When a selection covers nothing.
pub fn unprotect(state: &mut State, selections: &[Address]) -> Result<Vec<Address>, Diagnostic> {
    let mut lifted = Vec::new();
    for selection in selections {
        for address in selected(state, selection)? {
            if let Some(resource) = state.resources.get_mut(&address.to_string()).filter(|r| r.protected) {
                resource.protected = false;
                lifted.push(address);
            }
        }
    }
    lifted.sort();
    Ok(lifted)
}

/// Gives an instance, or all instances of a block, another address. Answers the pairs of old and new ones.
///
/// # Errors
/// When there is nothing to move, another kind is asked for, or the new address is taken.
pub fn rename(state: &mut State, from: &Address, to: &Address) -> Result<Vec<(Address, Address)>, Diagnostic> {
    if from.kind != to.kind || from.mode != to.mode {
        return Err(Diagnostic::error(Code("HW0516"), format!("{from} cannot become {to}"))
            .with_detail("A thing does not become one of another kind.")
            .with_help("Only the name and the key of an address can change."));
    }
    let moving = selected(state, from)?;
    let whole = to.key.is_none() && from.key.is_none();
    if to.key.is_some() && moving.len() > 1 {
        return Err(Diagnostic::error(Code("HW0516"), format!("{from} has several instances"))
            .with_detail(format!("They cannot all become {to}."))
            .with_help("Move one instance: name it with its key."));
    }
    let target = |address: &Address| if whole { to.with_key(address.key.clone()) } else { to.clone() };
    let pairs: Vec<(Address, Address)> = moving.into_iter().map(|a| (a.clone(), target(&a))).collect();
    if let Some((_, taken)) = pairs.iter().find(|(_, new)| state.resources.contains_key(&new.to_string())) {
        return Err(Diagnostic::error(Code("HW0516"), format!("{taken} is in the state already"))
            .with_detail("Nothing was moved.")
            .with_help("Move that one away first, or choose another address."));
    }
    for (old, new) in &pairs {
        if let Some(resource) = state.resources.remove(&old.to_string()) {
            state.resources.insert(new.to_string(), resource);
        }
    }
    redirect(state, from, to);
    Ok(pairs)
}

/// Once a block has no instances left, whoever depended on it depends on the new one.
fn redirect(state: &mut State, from: &Address, to: &Address) {
    let (from, to) = (from.block(), to.block());
    let remains = state.resources.keys().filter_map(|t| t.parse::<Address>().ok()).any(|a| a.block() == from);
    if remains || from == to {
        return;
    }
    let (from, to) = (from.to_string(), to.to_string());
    for resource in state.resources.values_mut() {
        resource.dependencies.iter_mut().filter(|d| **d == from).for_each(|d| d.clone_from(&to));
    }
}

#[cfg(test)]
mod tests {
    use housewright_state::{FieldsText, ResourceState, Salt, World};

    use super::*;

    fn resource(dependencies: &[&str]) -> ResourceState {
        ResourceState {
            kind: "service".into(),
            schema_version: 1,
            cloud: String::new(),
            identity: [("id".to_owned(), "1".to_owned())].into_iter().collect(),
            applied: FieldsText::default(),
            observed: FieldsText::default(),
            dependencies: dependencies.iter().map(|d| (*d).to_owned()).collect(),
            protected: false,
            settled: true,
            creating: None,
            sensitive: Vec::new(),
        }
    }

    fn state(resources: &[(&str, &[&str])]) -> State {
        let mut state = State::new(Uuid::nil(), Salt([0; 16]));
        state.worlds.insert(String::new(), World { api: "a".into(), organization: "o".into() });
        state.resources = resources.iter().map(|(a, d)| ((*a).to_owned(), resource(d))).collect();
        state
    }

    fn address(text: &str) -> Address {
        text.parse().expect("the test gives an address")
    }

    fn keys(state: &State) -> Vec<&str> {
        state.resources.keys().map(String::as_str).collect()
    }

    #[test]
    fn a_block_moves_with_all_instances_and_those_that_need_it() {
        let mut state = state(&[("service.a[0]", &[]), ("service.a[1]", &[]), ("service.b", &["service.a"])]);
        rename(&mut state, &address("service.a"), &address("service.new")).expect("it is there");
        assert_eq!(keys(&state), ["service.b", "service.new[0]", "service.new[1]"]);
        assert_eq!(state.resources["service.b"].dependencies, ["service.new"]);
    }

    #[test]
    fn one_instance_moves_to_a_key() {
        let mut state = state(&[("service.a", &[]), ("service.b", &["service.a"])]);
        rename(&mut state, &address("service.a"), &address("service.a[\"eu\"]")).expect("it is there");
        assert_eq!(keys(&state), ["service.a[\"eu\"]", "service.b"]);
        assert_eq!(state.resources["service.b"].dependencies, ["service.a"]);
    }

    #[test]
    fn refused_moves_change_nothing() {
        let before = state(&[("service.a[0]", &[]), ("service.a[1]", &[]), ("service.b", &[])]);
        for (from, to) in [
            ("service.x", "service.y"),
            ("service.a", "service.c[0]"),
            ("service.b", "service.a[0]"),
            ("service.b", "other.b"),
        ] {
            let mut state = before.clone();
            assert!(rename(&mut state, &address(from), &address(to)).is_err(), "{from} to {to}");
            assert_eq!(state, before);
        }
    }

    #[test]
    fn forgetting_the_last_forgets_the_world() {
        let mut state = state(&[("service.a[0]", &[]), ("service.a[1]", &[])]);
        assert!(forget(&mut state, &[address("service.b")]).is_err());
        forget(&mut state, &[address("service.a[0]")]).expect("it is there");
        assert_eq!((keys(&state), state.worlds.len()), (vec!["service.a[1]"], 1));
        forget(&mut state, &[address("service.a")]).expect("it is there");
        assert_eq!((keys(&state).len(), state.worlds.len()), (0, 0));
    }
}
