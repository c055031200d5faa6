//! How much memory each service had and when, from which its cost follows. Knows no prices.

use std::collections::{BTreeMap, VecDeque};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::model::{Service, ServiceState};

/// How long a change is kept: as far back as anybody may ask, twice.
const KEPT: SignedDuration = SignedDuration::from_hours(64 * 24);

/// Meters of all services, those that are gone as well.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Meters(BTreeMap<Uuid, Meter>);

/// The meter of a service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Meter {
    /// Name of the service.
    pub name: String,
    /// Warehouse of the service.
    pub warehouse: Uuid,
    /// From when on it had so many GB of memory.
    changes: VecDeque<(Timestamp, u32)>,
}

impl Meters {
    /// Writes down what the service has now, if that is another amount than before.
    pub fn read(&mut self, service: &Service, now: Timestamp) {
        let amount = match service.state {
            ServiceState::Running | ServiceState::PartiallyRunning | ServiceState::Degraded => {
                service.allocation.replicas.saturating_mul(service.allocation.memory_gb)
            }
            _ => 0,
        };
        let meter = self.0.entry(service.id).or_insert_with(|| Meter {
            name: service.name.clone(),
            warehouse: service.data_warehouse_id,
            changes: VecDeque::new(),
        });
        if meter.name != service.name {
            meter.name.clone_from(&service.name);
        }
        meter.change(now, amount);
    }

    /// Writes down that the service is gone.
    pub fn stop(&mut self, service: Uuid, now: Timestamp) {
        if let Some(meter) = self.0.get_mut(&service) {
            meter.change(now, 0);
        }
    }

    /// All meters.
    pub fn iter(&self) -> impl Iterator<Item = (&Uuid, &Meter)> {
        self.0.iter()
    }
}

impl Meter {
    fn change(&mut self, now: Timestamp, amount: u32) {
        if self.changes.back().map_or(0, |(_, last)| *last) == amount {
            return;
        }
        self.changes.push_back((now, amount));
        // The newest change before the horizon says what was there at the horizon.
        while self.changes.get(1).is_some_and(|(at, _)| now.duration_since(*at) > KEPT) {
            self.changes.pop_front();
        }
    }

    /// Hours times GB on that day (UTC), up to `now`.
    pub fn gb_hours(&self, day: Date, now: Timestamp) -> f64 {
        let Some((start, end)) = bounds(day) else { return 0.0 };
        let end = end.min(now);
        let ends = self.changes.iter().skip(1).map(|(at, _)| *at).chain([Timestamp::MAX]);
        let spans = self.changes.iter().zip(ends);
        let overlap = |from: Timestamp, to: Timestamp| to.min(end).duration_since(from.max(start)).as_secs_f64();
        spans.map(|((from, amount), to)| overlap(*from, to).max(0.0) / 3600.0 * f64::from(*amount)).sum()
    }
}

fn bounds(day: Date) -> Option<(Timestamp, Timestamp)> {
    let midnight = |day: Date| Some(day.to_zoned(TimeZone::UTC).ok()?.timestamp());
    Some((midnight(day)?, midnight(day.tomorrow().ok()?)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_the_hours_of_that_day_only() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let mut meter = Meter { name: String::new(), warehouse: Uuid::nil(), changes: VecDeque::new() };
        meter.change(at("2026-01-01T22:00:00Z"), 16);
        meter.change(at("2026-01-02T01:30:00Z"), 0);
        let now = at("2026-01-03T00:00:00Z");
        let day = |text: &str| text.parse::<Date>().unwrap();
        let of = |text: &str| meter.gb_hours(day(text), now).round() as i64;
        assert_eq!([of("2025-12-31"), of("2026-01-01"), of("2026-01-02"), of("2026-01-03")], [0, 32, 24, 0]);
    }
}
