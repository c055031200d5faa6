//! The limit of requests a key may make in a while. Counts in fixed windows, each of which begins with the first request
//! after the one before. Knows no HTTP.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

/// How many requests a key may make in how many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// Requests.
    pub requests: u32,
    /// Virtual seconds.
    pub seconds: u32,
}

impl Default for RateLimit {
    /// The real one: 10 requests in 10 seconds.
    fn default() -> Self {
        Self { requests: 10, seconds: 10 }
    }
}

/// The windows of all keys.
#[derive(Debug)]
pub struct Limiter {
    limit: RateLimit,
    windows: BTreeMap<String, Window>,
}

#[derive(Debug)]
struct Window {
    until: Timestamp,
    count: u32,
}

impl Limiter {
    /// Nobody has asked for anything yet.
    pub fn new(limit: RateLimit) -> Self {
        Self { limit, windows: BTreeMap::new() }
    }

    /// Counts a request of that key. When it is one too many: seconds until the next window.
    pub fn count(&mut self, key: &str, now: Timestamp) -> Option<u64> {
        let length = SignedDuration::from_secs(i64::from(self.limit.seconds));
        let until = now.saturating_add(length).unwrap_or(Timestamp::MAX);
        let window = self.windows.entry(key.to_owned()).or_insert(Window { until, count: 0 });
        if window.until <= now {
            *window = Window { until, count: 0 };
        }
        if window.count < self.limit.requests {
            window.count += 1;
            return None;
        }
        let left = window.until.duration_since(now).as_millis().max(0);
        u64::try_from(((left + 999) / 1000).max(1)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_eleventh_request_of_a_window_is_refused_until_the_window_ends() {
        let mut limiter = Limiter::new(RateLimit::default());
        let at = |milliseconds: i64| Timestamp::from_millisecond(milliseconds).unwrap();
        for request in 0..10 {
            assert_eq!(limiter.count("a", at(request * 100)), None);
        }
        assert_eq!(limiter.count("a", at(2_500)), Some(8));
        assert_eq!(limiter.count("b", at(2_500)), None, "another key has a window of its own");
        assert_eq!(limiter.count("a", at(9_999)), Some(1));
        assert_eq!(limiter.count("a", at(10_000)), None);
    }
}
