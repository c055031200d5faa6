//! State and journal kept together: what an apply writes through.
//!
//! A [`Ledger`] works under the lock of its store. It notes every step in the journal as it happens, knows the state as
//! it is after all of them, and writes that once, when the apply ends. What a run that died has left is brought in by
//! [`recover`]. Must not know what calls and values mean.

use uuid::Uuid;

use crate::error::StoreError;
use crate::journal::{CallEvent, CallId, CallStatus, Calls, Change, Entry, Header, Intent, Journal, Replayed};
use crate::model::{Revision, State};
use crate::store::Store;

/// The state as the next run will find it, without the lock and without changing anything: what is stored, and what the
/// journal of a run that lives or died says since.
///
/// # Errors
/// What the store says; or a journal that does not fit.
pub async fn current(store: &dyn Store) -> Result<Option<State>, StoreError> {
    // In this order: a journal that is brought in meanwhile is then in the state.
    let journal = store.journal().await?;
    let stored = store.read().await?;
    let Some(journal) = journal.filter(|j| !j.entries.is_empty()) else { return Ok(stored) };
    match replay(store, &journal, stored.as_ref())? {
        Replayed::Stored => Ok(stored),
        Replayed::Continued(state) => Ok(Some(*state)),
    }
}

/// What [`recover`] found.
#[derive(Debug, Clone, PartialEq)]
pub struct Recovered {
    /// The state as it is stored now.
    pub state: Option<State>,
    /// How many entries of a dead run's journal were brought into it.
    pub replayed: usize,
}

/// Reads the state under the lock; what the journal of a run that died says is brought in first, and stored.
///
/// # Errors
/// What the store says; or a journal that does not fit.
pub async fn recover(store: &dyn Store) -> Result<Recovered, StoreError> {
    let stored = store.read().await?;
    let Some(journal) = store.journal().await? else { return Ok(Recovered { state: stored, replayed: 0 }) };
    if journal.entries.is_empty() {
        store.end().await?;
        return Ok(Recovered { state: stored, replayed: 0 });
    }
    let (state, replayed) = match replay(store, &journal, stored.as_ref())? {
        Replayed::Stored => (stored, 0),
        Replayed::Continued(state) => {
            store.write(&state, stored.as_ref().map(State::revision)).await?;
            (Some(*state), journal.entries.len())
        }
    };
    store.end().await?;
    Ok(Recovered { state, replayed })
}

fn replay(store: &dyn Store, journal: &Journal, stored: Option<&State>) -> Result<Replayed, StoreError> {
    journal.replay(stored).map_err(|error| {
        let restore = "Restore the state that the journal belongs to; or, when the stored state is the right one, move \
                       the journal away.";
        StoreError::journal_foreign(&store.place(), error, restore)
    })
}

/// State and journal of one apply. The store must be locked by this client, and [`recover`]ed.
#[derive(Debug)]
pub struct Ledger<'s> {
    store: &'s dyn Store,
    lock: Uuid,
    stored: Option<Revision>,
    state: State,
    calls: Calls,
    journal: Progress,
    /// Changes that are noted along with the next entry.
    later: Vec<Change>,
    /// The state differs from what is stored.
    dirty: bool,
}

/// How far the journal has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    NotBegun,
    Begun,
    /// Something could not be noted. The state is still written when the apply ends, if it can be.
    Broken,
}

impl<'s> Ledger<'s> {
    /// `state` is what is stored, or a new one of serial 0.
    ///
    /// The lock's id stands in the journal, so that people can tell whose it is.
    pub fn new(store: &'s dyn Store, lock: Uuid, state: State) -> Self {
        let stored = Some(state.revision()).filter(|r| r.serial > 0);
        let calls = Calls::of(&state);
        Self { store, lock, stored, state, calls, journal: Progress::NotBegun, later: Vec::new(), dirty: false }
    }

    /// The state after everything that was noted.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// What is known of a call's effect.
    pub fn status(&self, call: CallId) -> CallStatus {
        self.calls.status(call)
    }

    /// Notes durably that a call is about to be sent. The changes hold whatever becomes of it.
    ///
    /// # Errors
    /// What the store says; the call must not be sent then, and nothing is changed.
    pub async fn intend(&mut self, intent: Intent, changes: Vec<Change>) -> Result<(), StoreError> {
        let entry = Entry::Intent { intent: Box::new(intent), changes };
        let Entry::Intent { intent, .. } = &entry else { return Ok(()) };
        self.legal(intent.call, CallEvent::Intended)?;
        self.append(&entry).await?;
        self.take(&entry)
    }

    /// Notes durably what became known of a call's effect.
    ///
    /// # Errors
    /// What the store says; nothing further must be sent then. The state here knows of it even so, and is written when
    /// the apply ends, if it can be.
    pub async fn outcome(&mut self, call: CallId, event: CallEvent, changes: Vec<Change>) -> Result<(), StoreError> {
        self.legal(call, event)?;
        self.happened(Entry::Outcome { call, event, changes }).await
    }

    /// Notes durably a change of the state that no call made. Without changes, nothing is noted.
    ///
    /// # Errors
    /// As [`Ledger::outcome`].
    pub async fn note(&mut self, changes: Vec<Change>) -> Result<(), StoreError> {
        if changes.is_empty() { Ok(()) } else { self.happened(Entry::Note { changes }).await }
    }

    /// Takes a change of what lives in the state alone, which a run that dies may lose: it is noted along with whatever
    /// is noted next, or with the state when the apply ends.
    ///
    /// # Errors
    /// Never for changes; as [`Ledger::outcome`] in general.
    pub fn note_later(&mut self, changes: Vec<Change>) -> Result<(), StoreError> {
        let entry = Entry::Note { changes };
        self.take(&entry)?;
        if let Entry::Note { changes } = entry {
            self.later.extend(changes);
        }
        Ok(())
    }

    /// Notes durably whatever makes the state this one; nothing when it is.
    ///
    /// # Errors
    /// As [`Ledger::outcome`].
    pub async fn reach(&mut self, state: &State) -> Result<(), StoreError> {
        self.note(Change::between(&self.state, state)).await
    }

    /// Notes that the open calls of an instance no longer matter, because what they were for was reached or given up.
    ///
    /// # Errors
    /// As [`Ledger::outcome`].
    pub async fn supersede(&mut self, address: &str) -> Result<(), StoreError> {
        for call in self.calls.open_for(address) {
            self.outcome(call, CallEvent::Superseded, Vec::new()).await?;
        }
        Ok(())
    }

    /// Writes the state and ends the journal. Does nothing when nothing has changed.
    ///
    /// # Errors
    /// What the store says. What was noted lasts even so, and the next run brings it in.
    pub async fn close(&mut self) -> Result<(), StoreError> {
        if self.dirty {
            let mut next = self.state.clone();
            next.serial += 1;
            self.store.write(&next, self.stored).await?;
            self.stored = Some(next.revision());
            self.state = next;
            self.later.clear();
            self.dirty = false;
        }
        if self.journal != Progress::NotBegun {
            self.store.end().await?;
            self.journal = Progress::NotBegun;
        }
        Ok(())
    }

    async fn happened(&mut self, entry: Entry) -> Result<(), StoreError> {
        // First here: what has happened has happened, whether it can be noted or not.
        self.take(&entry)?;
        self.append(&entry).await
    }

    fn legal(&self, call: CallId, event: CallEvent) -> Result<(), StoreError> {
        let legal = self.status(call).after(event);
        legal.map(drop).map_err(|illegal| StoreError::illegal(&self.store.place(), illegal))
    }

    fn take(&mut self, entry: &Entry) -> Result<(), StoreError> {
        self.dirty = true;
        self.calls.take(entry, &mut self.state).map_err(|illegal| StoreError::illegal(&self.store.place(), illegal))
    }

    async fn append(&mut self, entry: &Entry) -> Result<(), StoreError> {
        if !self.later.is_empty() {
            let changes = std::mem::take(&mut self.later);
            self.append_one(&Entry::Note { changes }).await?;
        }
        self.append_one(entry).await
    }

    async fn append_one(&mut self, entry: &Entry) -> Result<(), StoreError> {
        let noted = match self.journal {
            Progress::Broken => return Err(StoreError::journal_closed(&self.store.place())),
            Progress::Begun => self.store.append(entry).await,
            Progress::NotBegun => self.begin_with(entry).await,
        };
        self.journal = if noted.is_ok() { Progress::Begun } else { Progress::Broken };
        noted
    }

    async fn begin_with(&mut self, entry: &Entry) -> Result<(), StoreError> {
        let base = self.stored.unwrap_or(Revision { lineage: self.state.lineage, serial: 0 });
        self.store.begin(&Header { base, salt: self.state.salt, lock: self.lock }).await?;
        self.store.append(entry).await
    }
}

#[cfg(test)]
mod tests;
