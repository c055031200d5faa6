//! The pulse of a service: its load is observed every few minutes and wherever it jumps.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::sandbox::autoscale::{self, GB_PER_CORE, horizontal::QUERIES_PER_REPLICA};
use crate::sandbox::load::{Load, Sample};
use crate::sandbox::model::{Service, ServiceState};
use crate::sandbox::runtime::Runtime;
use crate::sandbox::timeline::What;
use crate::sandbox::world::World;

/// Instants of the last ten minutes whose median is taken, in seconds before now.
const MEDIAN_OF: [i64; 5] = [540, 420, 300, 180, 60];

impl World {
    /// Observes the load, wakes the service for it, and asks the autoscaler when it is its turn.
    pub(super) fn pulse(&mut self, id: Uuid) {
        self.observe(id);
        let Some(service) = self.services.get(&id) else { return };
        if service.state == ServiceState::Idle {
            let load = self.runtimes.get(&id).map(|runtime| runtime.load_at(self.now, self.grain(service)));
            if load.is_some_and(|load| load.is_active()) {
                self.wake(id, "a query came");
            }
        } else if service.state == ServiceState::Running && self.is_turn(service) {
            self.autoscale(id);
        }
    }

    /// When the next pulse is due: at the service's next turn, or where its load jumps. Nothing when nothing could come
    /// of it.
    pub(super) fn next_pulse(&self, service: &Service) -> Option<Timestamp> {
        let runtime = self.runtimes.get(&service.id)?;
        let load = runtime.load.as_ref();
        let matters = match service.state {
            ServiceState::Idle => load.is_some_and(|profile| profile.may_wake(self.now)),
            _ if service.has_replicas() => load.is_some() || self.may_shrink(service, runtime),
            _ => false,
        };
        if !matters {
            return None;
        }
        let turn = self.next_turn(service);
        let jump = load.and_then(|profile| profile.next_change(self.now));
        Some(jump.map_or(turn, |jump| jump.min(turn)))
    }

    /// Whether the autoscaler could take something away although nobody uses the service.
    fn may_shrink(&self, service: &Service, runtime: &Runtime) -> bool {
        if autoscale::is_horizontal(service, &self.organization) {
            return service.allocation.replicas > service.scaling_in_force.replicas.min();
        }
        let off = autoscale::vertical_off(service, &self.organization, runtime.policy(&self.settings)).is_some();
        !off && service.allocation.memory_gb > service.scaling_in_force.memory.min
    }

    /// Every service has a turn of its own in the autoscaler's cycle.
    fn slot(&self, service: &Service) -> (i64, i64) {
        let cycle = i64::from(self.settings.autoscaling.cycle.max(1));
        let offset = i64::from(service.id.as_fields().0) % cycle;
        (cycle, offset)
    }

    fn is_turn(&self, service: &Service) -> bool {
        let (cycle, offset) = self.slot(service);
        (self.now.as_second() - offset).rem_euclid(cycle) == 0
    }

    fn next_turn(&self, service: &Service) -> Timestamp {
        let (cycle, offset) = self.slot(service);
        let into = (self.now.as_second() - offset).rem_euclid(cycle);
        let next = self.now.as_second().saturating_add(cycle - into);
        Timestamp::from_second(next).unwrap_or(Timestamp::MAX)
    }

    /// Looks at the load since the last look.
    pub(in super::super) fn observe(&mut self, id: Uuid) {
        let now = self.now;
        let Some(service) = self.services.get(&id) else { return };
        let (grain, runs, readonly) = (self.grain(service), service.has_replicas(), service.is_readonly);
        let Some(runtime) = self.runtimes.get_mut(&id) else { return };
        let from = runtime.observed;
        if now <= from {
            return;
        }
        runtime.observed = now;
        if !runs {
            return;
        }
        let peak = runtime.load.as_ref().map_or_else(Load::default, |profile| profile.peak(from, now, grain));
        if peak.is_active() {
            runtime.quiet_since = now;
        }
        let hours = hours(now.duration_since(from));
        if !readonly {
            runtime.background.view_refreshes += peak.refreshes_per_hour * hours;
            runtime.background.merge_seconds += hours * 3_600.0;
        }
        runtime.background.s3_queue_files += peak.s3_queue_files_per_hour * hours;
        let Some(sample) = sample(runtime, &peak, grain, now) else { return };
        runtime.history.push(now, &sample);
        if sample.out_of_memory || sample.crashed {
            let text =
                format!("{:.1} GB are in use of {} GB on the busiest replica", sample.resident_gb, sample.memory_gb);
            self.chronicle(id, What::OutOfMemory, text, serde_json::Value::Null);
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "seconds between two looks are few")]
fn hours(span: SignedDuration) -> f64 {
    span.as_secs() as f64 / 3_600.0
}

/// What the busiest replica shows.
fn sample(runtime: &Runtime, peak: &Load, grain: u64, now: Timestamp) -> Option<Sample> {
    let serving: Vec<u32> = runtime.replicas.serving().map(|replica| replica.memory_gb).collect();
    let (count, smallest) = (u32::try_from(serving.len()).ok()?, serving.iter().min()?);
    let memory_gb = f64::from(*smallest);
    let cores = memory_gb / f64::from(GB_PER_CORE);
    let share = |load: &Load, total: f64| total / f64::from(count) * load.imbalance.max(1.0).min(f64::from(count));
    let cpu = |load: &Load| share(load, load.cpu_cores).min(cores);
    let query_gb = share(peak, peak.memory_gb);
    let asked_gb = query_gb + peak.resident_gb;
    Some(Sample {
        cpu: cpu(peak),
        cpu_median: median(runtime.load.as_ref().map_or([0.0; 5], |profile| {
            MEDIAN_OF.map(|before| {
                let then = now.saturating_add(SignedDuration::from_secs(-before)).unwrap_or(Timestamp::MIN);
                cpu(&profile.at(then, grain))
            })
        })),
        query_gb: query_gb.min(memory_gb),
        resident_gb: asked_gb.min(memory_gb),
        out_of_memory: asked_gb > memory_gb || peak.out_of_memory >= 1.0,
        crashed: peak.resident_gb > memory_gb,
        query_share: share(peak, peak.queries) / QUERIES_PER_REPLICA,
        cores,
        memory_gb,
    })
}

fn median(mut values: [f64; 5]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[2]
}
