//! The sliding log of a key's requests: a pure value that is told the time.
//!
//! Times are the machine's, not those of a clock that runs at a sandbox's speed: processes whose clocks differ share one
//! log. Must not know where it is kept, or how anybody waits.

use std::ops::RangeInclusive;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Limit;
use crate::clock::{between, later};

/// By then a request that was sent has arrived, even if its answer takes longer.
const ON_THE_WAY: Duration = Duration::from_millis(500);

/// The longest pause that is believed.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);

/// How fast the time of an API may run: at a tenth a window takes 100 seconds, and nobody waits longer for one.
const SPEEDS: RangeInclusive<f64> = 0.1..=1e6;

/// What a key has sent lately.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    version: u32,
    /// How fast the time of the API runs, as it said itself: a sandbox's may run faster than the machine's.
    speed: f64,
    /// When each request has arrived at the latest.
    arrivals: Vec<Timestamp>,
    pause: Option<Pause>,
}

/// The platform asked for it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pause {
    since: Timestamp,
    milliseconds: u64,
}

/// Whether a request may be sent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Admission {
    /// It may, and is counted. The slot is what [`Log::answered`] wants to know.
    Now(Slot),
    /// It may not yet; asking again is worth while after so long in the machine's time.
    After(Duration),
}

/// A request that was admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot(Timestamp);

impl Default for Log {
    fn default() -> Self {
        Self { version: 1, speed: 1.0, arrivals: Vec::new(), pause: None }
    }
}

impl Log {
    /// What a file holds. A damaged one, and one of another version, counts as none.
    pub fn read(content: &[u8]) -> Self {
        let log = serde_json::from_slice::<Self>(content).unwrap_or_default();
        let sound = log.version == 1 && SPEEDS.contains(&log.speed);
        if sound { log } else { Self::default() }
    }

    pub fn write(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Asks for a slot.
    pub fn admit(&mut self, limit: Option<Limit>, now: Timestamp) -> Admission {
        self.forget_the_future(now);
        let pause = self.pause_left(now);
        if !pause.is_zero() {
            return Admission::After(pause);
        }
        self.pause = None;
        let Some(limit) = limit else { return Admission::Now(Slot(now)) };
        let window = limit.window.div_f64(self.speed);
        self.arrivals.retain(|at| later(*at, window) > now);
        if self.arrivals.len() < limit.requests {
            let slot = later(now, ON_THE_WAY);
            self.arrivals.push(slot);
            return Admission::Now(Slot(slot));
        }
        // As soon as so many have left the window that one more fits.
        self.arrivals.sort_unstable();
        let leaves = self.arrivals[self.arrivals.len() - limit.requests];
        Admission::After(between(now, later(leaves, window)))
    }

    /// The answer to an admitted request has come, so that it has arrived by now.
    pub fn answered(&mut self, slot: Slot, now: Timestamp) {
        if let Some(at) = self.arrivals.iter_mut().find(|at| **at == slot.0) {
            *at = slot.0.min(now);
        }
    }

    /// The platform asks to send nothing for so long, in its own time.
    pub fn pause(&mut self, length: Duration, now: Timestamp) {
        let length = length.min(LONGEST_PAUSE).div_f64(self.speed);
        if length > self.pause_left(now) {
            // A part of a millisecond counts as a whole one.
            let milliseconds = u64::try_from(length.as_micros().div_ceil(1000)).unwrap_or_default();
            self.pause = Some(Pause { since: now, milliseconds });
        }
    }

    /// How fast the time of the API runs.
    pub fn set_speed(&mut self, speed: f64) {
        self.speed = speed.clamp(*SPEEDS.start(), *SPEEDS.end());
    }

    pub fn speed(&self) -> f64 {
        self.speed
    }

    fn pause_left(&self, now: Timestamp) -> Duration {
        let Some(pause) = self.pause else { return Duration::ZERO };
        let length = Duration::from_millis(pause.milliseconds).min(LONGEST_PAUSE);
        between(now, later(pause.since, length))
    }

    /// What lies in the future was noted before the machine's clock was set back. It counts as having just happened, so
    /// that nobody waits for longer than if it had.
    fn forget_the_future(&mut self, now: Timestamp) {
        let latest = later(now, ON_THE_WAY);
        self.arrivals.iter_mut().for_each(|at| *at = (*at).min(latest));
        if let Some(pause) = &mut self.pause {
            pause.since = pause.since.min(now);
        }
    }
}
