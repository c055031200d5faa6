//! The rate limit of a key: a sliding log of the last requests, so that never more than the limit falls into any window.
//! (A bucket with a burst of ten would admit twenty in ten seconds.)
//!
//! The log is kept in the process, or in a small file that all processes of the user on this machine share. The file's
//! name is a digest of the API's address and the key's id; in it stand times and nothing else.

mod log;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use crate::clock::Clock;
use crate::diag::{Code, Diagnostic};
use crate::host::{self, Host};

pub use log::Slot;
use log::{Admission, Log};

/// How many requests may be sent in how much time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    pub requests: usize,
    pub window: Duration,
}

impl Default for Limit {
    /// 10 requests in 10 seconds and key: the platform's limit.
    fn default() -> Self {
        Self { requests: 10, window: Duration::from_secs(10) }
    }
}

/// Told what a person should know and no request is about.
pub type Warner = Arc<dyn Fn(Diagnostic) + Send + Sync>;

/// Admits requests one by one, in the order they were asked for.
pub struct Limiter {
    limit: Option<Limit>,
    /// Whose turn it is: one waits for the log, the others of this process for that one.
    turn: tokio::sync::Mutex<()>,
    /// What this process knows; all there is, when nothing is shared.
    own: Mutex<Log>,
    shared: Option<Shared>,
}

struct Shared {
    file: PathBuf,
    /// The file could not be used, and that was said.
    given_up: AtomicBool,
    warner: Warner,
}

impl Limiter {
    /// Limits this process alone. `None` admits everything at once, except while the platform asks for a pause.
    pub fn new(limit: Option<Limit>) -> Self {
        let limit = limit.filter(|l| l.requests > 0);
        Self { limit, turn: tokio::sync::Mutex::default(), own: Mutex::default(), shared: None }
    }

    /// Limits all processes of the user on this machine together, as far as their file can be used.
    pub fn shared(limit: Limit, host: &Host, api: &str, key_id: &str, warner: Warner) -> Self {
        let mut limiter = Self::new(Some(limit));
        let directories = host.shared_directories();
        let files: Vec<PathBuf> = directories.iter().map(|d| d.join(file_name(api, key_id))).collect();
        let usable = |file: &&PathBuf| host::change_shared(file, &mut <[u8]>::to_vec).is_ok();
        let file = files.iter().find(usable).or(files.first()).cloned();
        match file {
            Some(file) => limiter.shared = Some(Shared { file, given_up: AtomicBool::new(false), warner }),
            None => warner(alone("Neither HOME nor XDG_STATE_HOME nor XDG_RUNTIME_DIR names a directory.")),
        }
        limiter
    }

    /// Completes when the next request may be sent, and counts it.
    pub async fn permit(&self, clock: &dyn Clock) -> Slot {
        let _turn = self.turn.lock().await;
        loop {
            let admit = |log: &mut Log| (log.admit(self.limit, clock.machine_time()), log.speed());
            match self.with_log(admit) {
                (Admission::Now(slot), _) => return slot,
                // The sleep is in the clock's time, which may still run at another speed than the log's.
                (Admission::After(wait), _) => clock.sleep(wait.mul_f64(clock.speed())).await,
            }
        }
    }

    /// The answer to a permitted request has come.
    pub fn answered(&self, slot: Slot, clock: &dyn Clock) {
        let now = clock.machine_time();
        let speed = clock.speed();
        self.with_log(|log| {
            log.set_speed(speed);
            log.answered(slot, now);
        });
    }

    /// Sends nothing until `wait` has passed: the platform said so.
    pub fn pause(&self, wait: Duration, clock: &dyn Clock) {
        let now = clock.machine_time();
        self.with_log(|log| log.pause(wait, now));
    }

    /// Does something with the log all processes share; or with this process's own, which always follows it.
    fn with_log<T>(&self, mut act: impl FnMut(&mut Log) -> T) -> T {
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(shared) = self.shared.as_ref().filter(|s| !s.given_up.load(Ordering::Relaxed)) else {
            return act(&mut own);
        };
        let mut outcome = None;
        let changed = host::change_shared(&shared.file, &mut |content| {
            *own = Log::read(content);
            outcome = Some(act(&mut own));
            own.write()
        });
        if let Err(error) = changed
            && !shared.given_up.swap(true, Ordering::Relaxed)
        {
            (shared.warner)(unusable(&shared.file, &error));
        }
        outcome.unwrap_or_else(|| act(&mut own))
    }
}

/// One file for each key of each API, from whose name nothing can be told.
fn file_name(api: &str, key_id: &str) -> String {
    let digest = Sha256::digest(format!("{api}\0{key_id}"));
    let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("rate-{hex}.json")
}

fn unusable(file: &Path, error: &std::io::Error) -> Diagnostic {
    alone(&format!("{} cannot be used: {error}.", file.display()))
}

fn alone(why: &str) -> Diagnostic {
    Diagnostic::warning(Code("HW0707"), "The rate limit is kept for this process alone")
        .with_detail(format!(
            "Processes of one user share the limit of their API key through a small file. {why} Others that use the \
             key at the same time may make the platform ask for pauses; these are obeyed, and nothing is lost."
        ))
        .with_help("Let HOME or XDG_STATE_HOME name a directory that can be written.")
}
