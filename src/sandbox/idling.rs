//! Whether a service may idle, and when: pure rules over what is handed in.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::settings::after;

const MINUTE: u32 = 60;

/// What decides about idling.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Facts {
    /// The customer allows it and the region has it.
    pub enabled: bool,
    /// Configured timeout in minutes.
    pub timeout_minutes: u32,
    /// Seconds a server needs to start.
    pub initialization_seconds: u32,
    /// When the last query ended; while one runs, nothing.
    pub quiet_since: Option<Timestamp>,
    /// Active parts of the fullest table.
    pub parts: f64,
    /// Parts above which a service never idles.
    pub most_parts: u32,
    /// Merges that run.
    pub merges: f64,
    /// Replicas come or go.
    pub scales: bool,
    /// A backup runs.
    pub backs_up: bool,
}

/// Why a service stays awake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Held {
    /// Idling is off.
    Off,
    /// User queries run.
    Queries,
    /// The timeout has not passed; it will by then.
    Until(Timestamp),
    /// Too many parts: background maintenance goes on.
    Parts,
    /// Merges run.
    Merges,
    /// Replicas come or go.
    Scaling,
    /// A backup runs.
    Backup,
}

impl Held {
    /// For people.
    pub fn words(self) -> String {
        match self {
            Self::Off => "idling is off".to_owned(),
            Self::Queries => "queries run".to_owned(),
            Self::Until(time) => format!("idles at {time} unless a query comes"),
            Self::Parts => "parts are above the threshold, so maintenance goes on".to_owned(),
            Self::Merges => "merges run".to_owned(),
            Self::Scaling => "replicas come or go".to_owned(),
            Self::Backup => "a backup runs".to_owned(),
        }
    }
}

/// Seconds without queries after which a service idles: as configured for servers that start within a quarter of an
/// hour; others have a timeout of their own, which takes the configured one's place.
pub fn timeout_seconds(configured_minutes: u32, initialization_seconds: u32) -> u32 {
    let minutes = match initialization_seconds {
        ..900 => configured_minutes,
        900..1_800 => 15,
        1_800..=3_600 => 30,
        _ => 60,
    };
    minutes.saturating_mul(MINUTE)
}

/// What keeps the service awake; nothing when it idles now.
pub fn held(facts: &Facts, now: Timestamp) -> Option<Held> {
    if !facts.enabled {
        return Some(Held::Off);
    }
    let Some(quiet_since) = facts.quiet_since else { return Some(Held::Queries) };
    let due = after(quiet_since, timeout_seconds(facts.timeout_minutes, facts.initialization_seconds));
    if due > now {
        return Some(Held::Until(due));
    }
    if facts.parts > f64::from(facts.most_parts) {
        return Some(Held::Parts);
    }
    if facts.merges >= 1.0 {
        return Some(Held::Merges);
    }
    if facts.scales {
        return Some(Held::Scaling);
    }
    facts.backs_up.then_some(Held::Backup)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Facts {
        Facts {
            enabled: true,
            timeout_minutes: 5,
            initialization_seconds: 150,
            quiet_since: Some(Timestamp::UNIX_EPOCH),
            parts: 0.0,
            most_parts: 10_000,
            merges: 0.0,
            scales: false,
            backs_up: false,
        }
    }

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(minute * 60).unwrap()
    }

    #[test]
    fn a_server_that_starts_within_15_minutes_keeps_the_configured_timeout() {
        assert_eq!(timeout_seconds(5, 0), 5 * 60);
        assert_eq!(timeout_seconds(120, 15 * 60 - 1), 120 * 60);
    }

    #[test]
    fn from_15_to_30_minutes_of_initialization_the_timeout_is_15_minutes() {
        assert_eq!(timeout_seconds(5, 15 * 60), 15 * 60);
        assert_eq!(timeout_seconds(120, 30 * 60 - 1), 15 * 60);
    }

    #[test]
    fn from_30_to_60_minutes_of_initialization_the_timeout_is_30_minutes() {
        assert_eq!(timeout_seconds(5, 30 * 60), 30 * 60);
        assert_eq!(timeout_seconds(5, 60 * 60), 30 * 60);
    }

    #[test]
    fn above_60_minutes_of_initialization_the_timeout_is_an_hour() {
        assert_eq!(timeout_seconds(5, 60 * 60 + 1), 60 * 60);
        assert_eq!(timeout_seconds(u32::MAX, 60 * 60 + 1), 60 * 60);
    }

    #[test]
    fn parts_above_10_000_keep_a_service_awake_and_10_000_do_not() {
        assert_eq!(held(&Facts { parts: 10_000.0, ..facts() }, at(5)), None);
        assert_eq!(held(&Facts { parts: 10_001.0, ..facts() }, at(5)), Some(Held::Parts));
    }

    #[test]
    fn whatever_runs_keeps_a_service_awake() {
        assert_eq!(held(&facts(), at(5)), None);
        assert_eq!(held(&facts(), at(4)), Some(Held::Until(at(5))));
        assert_eq!(held(&Facts { enabled: false, ..facts() }, at(5)), Some(Held::Off));
        assert_eq!(held(&Facts { quiet_since: None, ..facts() }, at(5)), Some(Held::Queries));
        assert_eq!(held(&Facts { merges: 1.0, ..facts() }, at(5)), Some(Held::Merges));
        assert_eq!(held(&Facts { scales: true, ..facts() }, at(5)), Some(Held::Scaling));
        assert_eq!(held(&Facts { backs_up: true, ..facts() }, at(5)), Some(Held::Backup));
    }
}
