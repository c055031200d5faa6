//! Scaling schedules over time: windows come and go, and the base configuration is restored after each.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use uuid::Uuid;

use crate::sandbox::model::{AutoscalingMode, Replicas, Scaling, ScheduleEntry, Service, ServiceState};
use crate::sandbox::settings::after;
use crate::sandbox::timeline::What;
use crate::sandbox::world::World;

const HOUR: i64 = 3_600;
/// Hours of a week.
const WEEK: i64 = 7 * 24;

/// The entry whose window is open.
fn open(service: &Service, at: Timestamp) -> Option<&ScheduleEntry> {
    service.sub_objects.scaling_schedule.iter().find(|entry| entry.is_open(at))
}

/// The base configuration with what the entry says instead.
fn over(base: Scaling, entry: &ScheduleEntry) -> Scaling {
    let replicas = match (entry.replicas, entry.autoscaling_mode) {
        (Some(replicas), _) => replicas,
        (None, AutoscalingMode::Vertical) => Replicas::Fixed(base.replicas.max()),
        (None, AutoscalingMode::Horizontal) => base.replicas,
    };
    Scaling {
        replicas,
        memory: entry.memory.unwrap_or(base.memory),
        idle_scaling: entry.idle_scaling.unwrap_or(base.idle_scaling),
        idle_timeout_minutes: entry.idle_timeout_minutes.unwrap_or(base.idle_timeout_minutes),
    }
}

impl World {
    /// The scaling that holds now: the configured one, with what the entry of the schedule says that is in force.
    pub(super) fn in_force(&self, service: &Service) -> Scaling {
        let runtime = self.runtimes.get(&service.id).filter(|runtime| !runtime.schedule_refused);
        let entry = runtime.and_then(|runtime| runtime.schedule_entry);
        let entry = service.sub_objects.scaling_schedule.iter().find(|known| Some(known.id) == entry);
        entry.map_or(service.scaling, |entry| over(service.scaling, entry))
    }

    /// When the schedule next changes what is in force. Windows take effect a little late, each service by its own lag.
    pub(super) fn next_border(&self, service: &Service) -> Option<Timestamp> {
        let in_force = self.runtimes.get(&service.id).and_then(|runtime| runtime.schedule_entry);
        let schedule = &service.sub_objects.scaling_schedule;
        if schedule.is_empty() {
            return in_force.map(|_| self.now);
        }
        let lag = service.id.as_fields().0 % self.settings.durations.schedule_lag.saturating_add(1);
        let id_at = |at: Timestamp| open(service, at).map(|entry| entry.id);
        if id_at(self.now) != in_force {
            return Some(after(self.now, lag));
        }
        let hour = self.now.as_second().div_euclid(HOUR) * HOUR;
        let hours = (1..=WEEK).map(|n| Timestamp::from_second(hour + n * HOUR).unwrap_or(Timestamp::MAX));
        hours.into_iter().find(|at| id_at(*at) != in_force).map(|at| after(at, lag))
    }

    /// A window opens or closes.
    pub(super) fn schedule_due(&mut self, id: Uuid) {
        self.observe(id);
        let Some(service) = self.services.get(&id) else { return };
        let entry = open(service, self.now).cloned();
        let limit = self.organization.max_replica_memory_gb();
        let fits = |entry: &ScheduleEntry| entry.memory.is_none_or(|memory| memory.max <= limit);
        let wanted = entry.as_ref().filter(|entry| fits(entry));
        let runtime = self.runtime_mut(id);
        let before = runtime.schedule_entry;
        runtime.schedule_entry = entry.as_ref().map(|entry| entry.id);
        runtime.schedule_refused = entry.is_some() && wanted.is_none();
        if before == runtime.schedule_entry {
            return;
        }
        match (&entry, wanted) {
            (Some(entry), Some(_)) => {
                self.chronicle(id, What::ScheduleBegan, format!("the window '{}' is open", entry.name), json!(entry));
            }
            (Some(entry), None) => {
                let text = format!("the window '{}' asks for more than {limit} GB, so the base holds", entry.name);
                self.chronicle(id, What::ScheduleRefused, text, json!(entry));
            }
            (None, _) => {
                let text = "no window is open, so the base configuration holds".to_owned();
                self.chronicle(id, What::ScheduleEnded, text, serde_json::Value::Null);
            }
        }
        self.apply_in_force(id, What::ScheduleScaled, "the schedule asks for it");
    }

    /// Puts the scaling in force that holds now, and goes there.
    pub(super) fn apply_in_force(&mut self, id: Uuid, what: What, why: &str) {
        let Some(service) = self.services.get(&id) else { return };
        if service.state == ServiceState::Stopped {
            return;
        }
        let in_force = self.in_force(service);
        if let Some(service) = self.services.get_mut(&id) {
            service.scaling_in_force = in_force;
        }
        self.follow(id, what, why);
    }
}

/// The time of the day, UTC, on the day of another time.
pub(super) fn on_day_of(day: Timestamp, hour: i64, minute: i64) -> Timestamp {
    let midnight = day.as_second().div_euclid(24 * HOUR) * 24 * HOUR;
    Timestamp::from_second(midnight + hour * HOUR + minute * 60).unwrap_or(Timestamp::MAX)
}

/// The first time from there on that is so many hours into that day of the week, 0 for Sunday.
pub(super) fn next_weekday(from: Timestamp, weekday: u32, hour: u32) -> Timestamp {
    use crate::sandbox::model::hour_of_week;
    let wanted = i64::from(weekday % 7) * 24 + i64::from(hour);
    let start = from.as_second().div_euclid(HOUR) * HOUR;
    let ahead = (wanted - i64::from(hour_of_week(from))).rem_euclid(WEEK);
    let time = Timestamp::from_second(start + ahead * HOUR).unwrap_or(Timestamp::MAX);
    if time < from {
        time.saturating_add(SignedDuration::from_secs(WEEK * HOUR)).unwrap_or(Timestamp::MAX)
    } else {
        time
    }
}
