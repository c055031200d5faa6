//! Profiles: how a load goes over time. `constant`, `daily`, `spike`, `recorded`.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Load, recorded};

/// Seconds of a day.
const DAY: i64 = 86_400;
/// Seconds for which noise stays the same.
const NOISE_SECONDS: i64 = 300;

/// How a load goes over time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Profile {
    /// Always the same.
    Constant(Load),
    /// Up and down once a day, along a cosine.
    Daily {
        /// Twelve hours from the peak.
        low: Load,
        /// At the peak.
        high: Load,
        /// Hour of the peak, UTC; may have a fraction.
        #[serde(default = "noon")]
        peak_hour_utc: f64,
        /// By which share queries, CPU and memory vary at random, from 0 to 1.
        #[serde(default)]
        noise: f64,
    },
    /// Another load for some time, once or again and again.
    Spike {
        /// Outside.
        #[serde(default)]
        base: Load,
        /// Inside.
        spike: Load,
        /// When it begins.
        start: Timestamp,
        /// How long it lasts.
        seconds: u32,
        /// After how many seconds it begins again.
        #[serde(default)]
        every_seconds: Option<u32>,
    },
    /// What was measured somewhere, step by step: each load lasts until the next one's time.
    Recorded {
        /// Times and loads, in order.
        steps: Vec<(Timestamp, Load)>,
        /// The series begins again after so many seconds; without it, the last load lasts.
        #[serde(default)]
        repeat_seconds: Option<u32>,
    },
}

fn noon() -> f64 {
    12.0
}

/// A profile as somebody gives it: a recorded series may be text.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum ProfileRequest {
    #[allow(missing_docs, reason = "as in `Profile`")]
    Constant(Load),
    #[allow(missing_docs, reason = "as in `Profile`")]
    Daily {
        low: Load,
        high: Load,
        #[serde(default = "noon")]
        peak_hour_utc: f64,
        #[serde(default)]
        noise: f64,
    },
    #[allow(missing_docs, reason = "as in `Profile`")]
    Spike {
        #[serde(default)]
        base: Load,
        spike: Load,
        start: Timestamp,
        seconds: u32,
        #[serde(default)]
        every_seconds: Option<u32>,
    },
    /// CSV with a header line, or the Prometheus text format with times.
    Recorded {
        /// First column `time`, others named as the members of a load.
        #[serde(default)]
        csv: Option<String>,
        /// Lines `metric{labels} value milliseconds`.
        #[serde(default)]
        prometheus: Option<String>,
        /// Begin again after so many seconds.
        #[serde(default)]
        repeat_seconds: Option<u32>,
        /// Move the series so that it begins at this time.
        #[serde(default)]
        start: Option<Timestamp>,
    },
}

impl ProfileRequest {
    /// The profile, with its numbers checked.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn resolve(self) -> Result<Profile, String> {
        let profile = match self {
            Self::Constant(load) => Profile::Constant(load),
            Self::Daily { low, high, peak_hour_utc, noise } => Profile::Daily { low, high, peak_hour_utc, noise },
            Self::Spike { base, spike, start, seconds, every_seconds } => {
                Profile::Spike { base, spike, start, seconds, every_seconds }
            }
            Self::Recorded { csv, prometheus, repeat_seconds, start } => {
                let steps = match (csv, prometheus) {
                    (Some(text), None) => recorded::csv(&text)?,
                    (None, Some(text)) => recorded::prometheus(&text)?,
                    _ => return Err("recorded needs one of csv and prometheus".to_owned()),
                };
                Profile::Recorded { steps: shifted(steps, start), repeat_seconds }
            }
        };
        profile.check()?;
        Ok(profile)
    }
}

/// The steps moved so that the first is at `start`.
fn shifted(steps: Vec<(Timestamp, Load)>, start: Option<Timestamp>) -> Vec<(Timestamp, Load)> {
    let (Some(start), Some((first, _))) = (start, steps.first().copied()) else { return steps };
    let by = start.duration_since(first);
    steps.into_iter().map(|(at, load)| (at.saturating_add(by).unwrap_or(Timestamp::MAX), load)).collect()
}

impl Profile {
    fn check(&self) -> Result<(), String> {
        match self {
            Self::Constant(load) => load.check(),
            Self::Daily { low, high, peak_hour_utc, noise } => {
                if !(0.0..=24.0).contains(peak_hour_utc) {
                    return Err(format!("daily.peakHourUtc must be from 0 to 24, not {peak_hour_utc}"));
                }
                if !(0.0..=1.0).contains(noise) {
                    return Err(format!("daily.noise must be from 0 to 1, not {noise}"));
                }
                low.check().and_then(|()| high.check())
            }
            Self::Spike { base, spike, seconds, every_seconds, .. } => {
                if *seconds == 0 || every_seconds.is_some_and(|every| every <= *seconds) {
                    return Err("spike.seconds must be at least 1 and less than spike.everySeconds".to_owned());
                }
                base.check().and_then(|()| spike.check())
            }
            Self::Recorded { steps, repeat_seconds } => {
                let (Some((first, _)), Some((last, _))) = (steps.first(), steps.last()) else {
                    return Err("recorded has no line with a value".to_owned());
                };
                if repeat_seconds.is_some_and(|every| i64::from(every) <= last.as_second() - first.as_second()) {
                    return Err("recorded.repeatSeconds must be longer than the series".to_owned());
                }
                steps.iter().try_for_each(|(at, load)| load.check().map_err(|error| format!("at {at}: {error}")))
            }
        }
    }

    /// The load at that time. `grain` makes the noise of one service differ from another's.
    pub fn at(&self, now: Timestamp, grain: u64) -> Load {
        match self {
            Self::Constant(load) => *load,
            Self::Daily { low, high, peak_hour_utc, noise } => {
                low.between(*high, height(now, *peak_hour_utc)).scaled(1.0 + noise * wobble(now, grain))
            }
            Self::Spike { base, spike, start, seconds, every_seconds } => {
                let inside = into_spike(now, *start, *every_seconds).is_some_and(|into| into < i64::from(*seconds));
                if inside { *spike } else { *base }
            }
            Self::Recorded { steps, repeat_seconds } => {
                let (now, _) = within_series(now, steps, *repeat_seconds);
                let past = steps.partition_point(|(at, _)| *at <= now);
                past.checked_sub(1).and_then(|index| steps.get(index)).map_or_else(Load::default, |(_, load)| *load)
            }
        }
    }

    /// The highest load between two times, whose second is not past the next change.
    pub fn peak(&self, from: Timestamp, to: Timestamp, grain: u64) -> Load {
        // A load of steps is the same from one change up to the next.
        let ends = match self {
            Self::Constant(load) => return *load,
            Self::Spike { .. } | Self::Recorded { .. } => return self.at(from, grain),
            Self::Daily { .. } => self.at(from, grain).max(self.at(to, grain)),
        };
        match self.crest(from, to) {
            Some(crest) => ends.max(self.at(crest, grain)),
            None => ends,
        }
    }

    /// The daily peak between two times.
    fn crest(&self, from: Timestamp, to: Timestamp) -> Option<Timestamp> {
        let Self::Daily { peak_hour_utc, .. } = self else { return None };
        let until = (seconds_of(*peak_hour_utc) - from.as_second()).rem_euclid(DAY);
        let crest = later(from, until);
        (crest < to).then_some(crest)
    }

    /// When the load next jumps, after that time.
    pub fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Constant(_) | Self::Daily { .. } => None,
            Self::Spike { start, seconds, every_seconds, .. } => {
                let Some(into) = into_spike(now, *start, *every_seconds) else { return Some(*start) };
                let ends = i64::from(*seconds) - into;
                if ends > 0 {
                    Some(later(now, ends))
                } else {
                    every_seconds.map(|every| later(now, i64::from(every) - into))
                }
            }
            Self::Recorded { steps, repeat_seconds } => {
                let (inside, lap_end) = within_series(now, steps, *repeat_seconds);
                let next = steps.get(steps.partition_point(|(at, _)| *at <= inside)).map(|(at, _)| *at);
                match next {
                    Some(next) => Some(now.saturating_add(next.duration_since(inside)).unwrap_or(Timestamp::MAX)),
                    None => lap_end,
                }
            }
        }
    }

    /// Whether queries may come after that time, so that an idle service has something to wake for.
    pub fn may_wake(&self, now: Timestamp) -> bool {
        match self {
            Self::Constant(load) => load.is_active(),
            Self::Daily { low, high, .. } => low.is_active() || high.is_active(),
            Self::Spike { .. } | Self::Recorded { .. } => {
                self.at(now, 0).is_active() || self.next_change(now).is_some()
            }
        }
    }
}

fn later(from: Timestamp, seconds: i64) -> Timestamp {
    from.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}

#[expect(clippy::cast_possible_truncation, reason = "hours of a day are checked to be few")]
fn seconds_of(hour: f64) -> i64 {
    (hour * 3_600.0) as i64
}

/// From 0, twelve hours from the peak, to 1 at it.
#[expect(clippy::cast_precision_loss, reason = "seconds of a day are few")]
fn height(now: Timestamp, peak_hour: f64) -> f64 {
    let from_peak = (now.as_second() - seconds_of(peak_hour)).rem_euclid(DAY) as f64 / DAY as f64;
    f64::midpoint(1.0, libm::cos(from_peak * std::f64::consts::TAU))
}

/// From -1 to 1, at random but always the same for a time and a grain.
#[expect(clippy::cast_precision_loss, reason = "the lowest bits of a random number do not matter")]
fn wobble(now: Timestamp, grain: u64) -> f64 {
    let mut bits = grain ^ now.as_second().div_euclid(NOISE_SECONDS).unsigned_abs().wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((bits ^ (bits >> 31)) >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
}

/// Seconds since the last beginning of the spike; nothing before the first.
fn into_spike(now: Timestamp, start: Timestamp, every: Option<u32>) -> Option<i64> {
    let passed = now.as_second() - start.as_second();
    if passed < 0 {
        return None;
    }
    Some(every.map_or(passed, |every| passed % i64::from(every)))
}

/// The time inside a series that repeats, and when the present round ends.
fn within_series(now: Timestamp, steps: &[(Timestamp, Load)], repeat: Option<u32>) -> (Timestamp, Option<Timestamp>) {
    let (Some((first, _)), Some(every)) = (steps.first(), repeat) else { return (now, None) };
    let passed = now.as_second() - first.as_second();
    if passed < 0 {
        return (now, None);
    }
    let into = passed % i64::from(every);
    (later(*first, into), Some(later(now, i64::from(every) - into)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn cores(cpu_cores: f64) -> Load {
        Load { cpu_cores, ..Load::default() }
    }

    #[test]
    fn a_daily_load_peaks_at_its_hour_and_is_lowest_twelve_hours_away() {
        let daily = Profile::Daily { low: cores(2.0), high: cores(10.0), peak_hour_utc: 14.5, noise: 0.0 };
        let hour = |hour: f64| daily.at(at(seconds_of(hour)), 0).cpu_cores;
        assert!((hour(14.5) - 10.0).abs() < 1e-9);
        assert!((hour(2.5) - 2.0).abs() < 1e-9);
        assert!((hour(8.5) - 6.0).abs() < 1e-9);
        let around = daily.peak(at(14 * 3_600), at(15 * 3_600), 0).cpu_cores;
        assert!((around - 10.0).abs() < 1e-9, "the peak inside counts: {around}");
    }

    #[test]
    fn noise_depends_on_the_grain_and_stays_within_its_share() {
        let daily = Profile::Daily { low: cores(10.0), high: cores(10.0), peak_hour_utc: 0.0, noise: 0.1 };
        let values: Vec<f64> = (0..500).map(|n| daily.at(at(n * 300), 7).cpu_cores).collect();
        assert!(values.iter().all(|value| (9.0..=11.0).contains(value)));
        assert!(values.iter().any(|value| *value < 9.3) && values.iter().any(|value| *value > 10.7));
        assert_ne!(daily.at(at(300), 7), daily.at(at(300), 8));
        assert_eq!(daily.at(at(300), 7), daily.at(at(301), 7));
    }

    #[test]
    fn a_spike_lasts_its_seconds_and_comes_back() {
        let spike = |every_seconds| Profile::Spike {
            base: cores(1.0),
            spike: cores(9.0),
            start: at(1_000),
            seconds: 100,
            every_seconds,
        };
        let (once, often) = (spike(None), spike(Some(500)));
        for (second, expected) in [(999, 1.0), (1_000, 9.0), (1_099, 9.0), (1_100, 1.0), (1_500, 1.0)] {
            assert!((once.at(at(second), 0).cpu_cores - expected).abs() < 1e-9, "{second}");
        }
        assert!((often.at(at(1_500), 0).cpu_cores - 9.0).abs() < 1e-9);
        assert_eq!(once.next_change(at(0)), Some(at(1_000)));
        assert_eq!(once.next_change(at(1_000)), Some(at(1_100)));
        assert_eq!(once.next_change(at(1_100)), None);
        assert_eq!(often.next_change(at(1_100)), Some(at(1_500)));
    }

    #[test]
    fn a_recorded_series_goes_step_by_step_and_may_repeat() {
        let steps = vec![(at(100), cores(1.0)), (at(200), cores(5.0)), (at(300), cores(2.0))];
        let once = Profile::Recorded { steps: steps.clone(), repeat_seconds: None };
        for (second, expected) in [(99, 0.0), (100, 1.0), (250, 5.0), (9_999, 2.0)] {
            assert!((once.at(at(second), 0).cpu_cores - expected).abs() < 1e-9, "{second}");
        }
        let often = Profile::Recorded { steps, repeat_seconds: Some(400) };
        assert!((often.at(at(650), 0).cpu_cores - 5.0).abs() < 1e-9);
        assert_eq!(often.next_change(at(650)), Some(at(700)));
        assert_eq!(often.next_change(at(350)), Some(at(500)));
        assert_eq!(once.next_change(at(350)), None);
    }
}
