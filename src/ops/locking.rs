//! Locking the state for an operation: waiting for it if asked to, taking it over from the dead, keeping it alive.

use std::sync::Arc;
use std::time::Duration;

use housewright_state::{ErrorKind, HEARTBEAT, Life, Lock, LockInfo, Store, StoreError};
use uuid::Uuid;

use super::keeper::state_error;
use super::session::{Session, StatePlace};
use crate::clock::{Clock, SystemClock, between, later};
use crate::diag::{Diagnostic, Diagnostics};
use crate::host::{self, Host};

/// How often a lock that somebody else holds is asked for.
const PATIENCE: Duration = Duration::from_secs(1);

/// A lock that gives signs of life until it is released or dropped.
#[derive(Debug)]
pub(super) struct Held {
    pub lock: Lock,
    store: Arc<dyn Store>,
    beating: tokio::task::JoinHandle<()>,
}

impl Held {
    /// Gives the lock back.
    pub async fn release(self) -> Result<(), Diagnostic> {
        self.beating.abort();
        self.store.unlock(self.lock.info.id).await.map_err(|e| state_error(&e))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.beating.abort();
    }
}

/// Takes the state's lock. Waits for it as long as `--lock-timeout` says, and takes it over from a process of this
/// machine that has certainly ended.
pub(super) async fn lock(session: &Session, place: &StatePlace, operation: &str) -> Result<Held, Diagnostics> {
    // Locks are about the real machine, whatever time a sandbox has.
    let clock = SystemClock::default();
    let deadline = later(clock.now(), session.options.lock_timeout);
    let (mut abandoned, mut tried, mut told) = (None, None, false);
    loop {
        let info = info(&session.host, operation, &clock);
        let error = match place.store.lock(info).await {
            Ok(mut lock) => {
                lock.taken_over = lock.taken_over.or(abandoned);
                return Ok(held(place, lock));
            }
            Err(error) => error,
        };
        let ErrorKind::Locked(holder) = error.kind() else { return Err(state_error(&error).into()) };
        if tried != Some(holder.id) && host::has_ended(&session.host, holder.process, &holder.birth) {
            tried = Some(holder.id);
            // Should somebody be faster, the next attempt says who it is.
            let released = place.store.unlock(holder.id).await;
            abandoned = released.is_ok().then(|| (**holder).clone());
            continue;
        }
        let now = clock.now();
        if now >= deadline {
            return Err(explained(&error, holder, session, now).into());
        }
        if !told {
            told = true;
            (session.options.notice)(&format!("Waiting for the lock of the state, which is held by {holder}."));
        }
        clock.sleep(PATIENCE.min(between(now, deadline))).await;
    }
}

fn info(host: &Host, operation: &str, clock: &SystemClock) -> LockInfo {
    let now = clock.now();
    LockInfo {
        id: Uuid::from_bytes(host::random()),
        owner: host.user.clone(),
        host: host.name.clone(),
        process: host.process,
        birth: host.birth.clone(),
        operation: operation.to_owned(),
        since: now,
        heartbeat: now,
    }
}

fn held(place: &StatePlace, lock: Lock) -> Held {
    let store = Arc::clone(&place.store);
    let beating = tokio::spawn(beat(Arc::clone(&store)));
    Held { lock, store, beating }
}

/// Gives signs of life until the lock is lost. That it is lost is told by whatever is to be written next.
async fn beat(store: Arc<dyn Store>) {
    let clock = SystemClock::default();
    loop {
        clock.sleep(HEARTBEAT).await;
        if store.beat(clock.now()).await.is_err_and(|e| *e.kind() == ErrorKind::LockLost) {
            return;
        }
    }
}

/// Who holds the lock, whether they still live, and a safe way on.
fn explained(error: &StoreError, holder: &LockInfo, session: &Session, now: jiff::Timestamp) -> Diagnostic {
    let mut diagnostic = state_error(error);
    let LockInfo { id, host, process, .. } = holder;
    let release = format!("housewright state unlock {id}");
    let (sign, next) = match holder.life(now) {
        Life::Beating(ago) => (
            format!("It gave a sign of life {} ago.", words(ago)),
            format!(
                "Wait until it has ended, for example with --lock-timeout 10m. If you are sure that process {process} on \
                 {host} no longer runs: {release}"
            ),
        ),
        Life::Silent(ago) => (
            format!(
                "Its last sign of life is {} old, and there should be one every {}: it has most likely died, or lost its \
                 network.",
                words(ago),
                words(HEARTBEAT)
            ),
            format!(
                "Make sure that process {process} on {host} no longer runs, then: {release}. What it did is not lost: the \
                 next apply reads its journal and goes on from there."
            ),
        ),
        Life::Ahead => (
            "Its last sign of life lies in the future: the clock of that machine, or of this one, is wrong.".to_owned(),
            format!("Correct the clock. If you are sure that process {process} on {host} no longer runs: {release}"),
        ),
    };
    let waited = session.options.lock_timeout;
    let waited = if waited.is_zero() { String::new() } else { format!(" It was waited for {}.", words(waited)) };
    diagnostic.detail = format!("{} {sign}{waited}", diagnostic.detail);
    diagnostic.with_help(next)
}

/// A duration in the two largest units that matter.
fn words(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60) {
        (0, 0, 0, s) => format!("{s} s"),
        (0, 0, m, s) => format!("{m} min {s} s"),
        (0, h, m, _) => format!("{h} h {m} min"),
        (d, h, ..) => format!("{d} d {h} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_told_in_two_units() {
        let told = [0, 59, 61, 3600, 90_061].map(|s| words(Duration::from_secs(s)));
        assert_eq!(told, ["0 s", "59 s", "1 min 1 s", "1 h 0 min", "1 d 1 h"]);
    }
}
