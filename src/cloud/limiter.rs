//! The rate limit of a key: a sliding log of the last send times, so that never more than the limit falls into any
//! window. (A bucket with a burst of ten would admit twenty in ten seconds.)

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use crate::clock::{Clock, later};

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

/// Admits requests one by one.
#[derive(Debug)]
pub struct Limiter {
    limit: Option<Limit>,
    log: Mutex<Log>,
}

#[derive(Debug, Default)]
struct Log {
    /// Times of sent and promised requests, ascending.
    sent: VecDeque<Timestamp>,
    not_before: Option<Timestamp>,
}

impl Limiter {
    /// `None` admits everything at once, except while the platform asks for a pause.
    pub fn new(limit: Option<Limit>) -> Self {
        Self { limit: limit.filter(|l| l.requests > 0), log: Mutex::default() }
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Completes when the next request may be sent, and counts it.
    pub async fn permit(&self, clock: &dyn Clock) {
        let at = self.reserve(clock.now());
        if at > clock.now() {
            clock.sleep_until(at).await;
        }
    }

    fn reserve(&self, now: Timestamp) -> Timestamp {
        let mut log = self.log();
        let mut at = log.not_before.map_or(now, |t| t.max(now));
        if let Some(limit) = self.limit {
            if log.sent.len() >= limit.requests {
                log.sent.pop_front().into_iter().for_each(|oldest| at = at.max(later(oldest, limit.window)));
            }
            at = log.sent.back().map_or(at, |last| at.max(*last));
            log.sent.push_back(at);
        }
        at
    }

    /// Sends nothing until `wait` has passed: the platform said so.
    pub fn pause(&self, wait: Duration, clock: &dyn Clock) {
        let until = later(clock.now(), wait);
        let mut log = self.log();
        log.not_before = Some(log.not_before.map_or(until, |t| t.max(until)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_window_holds_more_than_the_limit(gaps in proptest::collection::vec(0i64..4000, 1..80)) {
            let limiter = Limiter::new(Some(Limit::default()));
            let mut now = Timestamp::UNIX_EPOCH;
            let mut sent = Vec::new();
            for gap in gaps {
                now = later(now, Duration::from_millis(gap as u64));
                sent.push(limiter.reserve(now));
            }
            prop_assert!(sent.is_sorted());
            for window in sent.windows(11) {
                prop_assert!(window[10].duration_since(window[0]) >= jiff::SignedDuration::from_secs(10));
            }
        }
    }
}
