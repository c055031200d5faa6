//! From a stored state and a journal to the state that the run had reached. Pure, and the same function whether the run
//! lives or is read about afterwards.

use std::collections::{BTreeMap, BTreeSet};

use super::{CallEvent, CallId, CallStatus, Change, Entry, IllegalEvent, Intent, Journal, OpenCall};
use crate::model::{Revision, State};

/// Why a journal does not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    #[error("it continues {journal}, and {stored} is stored")]
    OtherState { journal: Revision, stored: String },
    #[error("its entry {entry} is impossible: {illegal}")]
    Illegal { entry: usize, illegal: IllegalEvent },
}

/// What a journal comes to.
#[derive(Debug, Clone, PartialEq)]
pub enum Replayed {
    /// The stored state holds all of it already.
    Stored,
    /// The state that the run had reached, under the next serial. Its `calls` are those to be looked for.
    Continued(Box<State>),
}

impl Journal {
    /// What this journal makes of the stored state.
    ///
    /// # Errors
    /// When it belongs to another state, or says what cannot be.
    pub fn replay(&self, stored: Option<&State>) -> Result<Replayed, ReplayError> {
        let base = self.header.base;
        let other = || ReplayError::OtherState {
            journal: base,
            stored: stored.map_or_else(|| "no state".to_owned(), |s| s.revision().to_string()),
        };
        let mut state = match stored {
            Some(stored) if stored.lineage != base.lineage || stored.serial < base.serial => return Err(other()),
            Some(stored) if stored.serial > base.serial => return Ok(Replayed::Stored),
            Some(stored) => stored.clone(),
            None if base.serial > 0 => return Err(other()),
            None => State::new(base.lineage, self.header.salt),
        };
        let mut calls = Calls::of(&state);
        for (index, entry) in self.entries.iter().enumerate() {
            let illegal = |illegal| ReplayError::Illegal { entry: index + 1, illegal };
            calls.take(entry, &mut state).map_err(illegal)?;
        }
        state.serial = base.serial + 1;
        Ok(Replayed::Continued(Box::new(state)))
    }
}

/// The calls of a run, by what is known of them.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    all: BTreeMap<CallId, CallStatus>,
    /// Those that are open in the state, by the address they are for.
    open: BTreeMap<String, BTreeSet<CallId>>,
}

impl Calls {
    /// Those that a state still has open.
    pub(crate) fn of(state: &State) -> Self {
        let mut calls = Self::default();
        for (id, open) in &state.calls {
            calls.all.insert(*id, open.status);
            calls.open.entry(open.intent.address.clone()).or_default().insert(*id);
        }
        calls
    }

    pub(crate) fn status(&self, call: CallId) -> CallStatus {
        self.all.get(&call).copied().unwrap_or(CallStatus::Fresh)
    }

    /// Those that are open for an address.
    pub(crate) fn open_for(&self, address: &str) -> Vec<CallId> {
        self.open.get(address).into_iter().flatten().copied().collect()
    }

    /// Brings an entry into the state.
    ///
    /// # Errors
    /// When it says what cannot be; nothing is changed then.
    pub(crate) fn take(&mut self, entry: &Entry, state: &mut State) -> Result<(), IllegalEvent> {
        let changes = match entry {
            Entry::Intent { intent, changes } => {
                self.happened(intent.call, CallEvent::Intended, Some(intent), state)?;
                changes
            }
            Entry::Outcome { call, event, changes } => {
                self.happened(*call, *event, None, state)?;
                changes
            }
            Entry::Note { changes } => changes,
        };
        changes.iter().cloned().for_each(|change: Change| change.apply(state));
        Ok(())
    }

    fn close(&mut self, call: CallId, address: Option<&str>) {
        let Some((address, open)) = address.and_then(|address| Some((address, self.open.get_mut(address)?))) else {
            return;
        };
        open.remove(&call);
        if open.is_empty() {
            self.open.remove(address);
        }
    }

    fn happened(
        &mut self,
        call: CallId,
        event: CallEvent,
        intent: Option<&Intent>,
        state: &mut State,
    ) -> Result<(), IllegalEvent> {
        let status = self.status(call).after(event)?;
        self.all.insert(call, status);
        match intent {
            Some(intent) => {
                self.open.entry(intent.address.clone()).or_default().insert(call);
                state.calls.insert(call, OpenCall { status, intent: intent.clone() });
            }
            None if status.is_open() => {
                if let Some(open) = state.calls.get_mut(&call) {
                    open.status = status;
                }
            }
            None => {
                let closed = state.calls.remove(&call);
                self.close(call, closed.as_ref().map(|open| open.intent.address.as_str()));
            }
        }
        Ok(())
    }
}
