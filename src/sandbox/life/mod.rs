//! What happens in a world by itself: transitions end, replicas come and go, load is observed, services scale, idle and
//! wake, schedules and backups come due.
//!
//! Each event is handled at its own time and schedules what follows, so the world never ticks. Rules that need no world
//! are elsewhere: [`super::replicas`], [`super::autoscale`], [`super::idling`], [`super::load`].

mod backups;
mod idle;
mod pulse;
mod queries;
mod scaling;
mod schedule;
mod status;
mod upgrades;

use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use super::events::{Channel, Event};
use super::http::ApiError;
use super::lifecycle::{self, Transition, Work};
use super::model::{Service, ServiceState};
use super::replicas::Change;
use super::runtime::Runtime;
use super::settings::after;
use super::timeline::{TimelineEntry, What};
use super::world::World;

pub use status::{IdleStatus, LoadStatus, ReplicaStatus};

impl World {
    /// Lets an event happen, at its time.
    pub(super) fn happen(&mut self, event: &Event) {
        let id = event.service;
        if !self.services.contains_key(&id) {
            return;
        }
        match event.work {
            Work::Scale => self.replicas_due(id),
            Work::Pulse => self.pulse(id),
            Work::Idle => self.idle_due(id),
            Work::Query => self.queries_due(id),
            Work::Schedule => self.schedule_due(id),
            Work::Backup => self.backup_due(id),
            Work::Expiry => self.expiry_due(id),
            Work::Upgrade => self.upgrade_due(id),
            work => self.finish(id, work),
        }
        // Most pulses change nothing that the calendar depends on.
        match event.work {
            Work::Pulse => self.rearm(id),
            _ => self.replan(id),
        }
    }

    /// The inside of a service, made when it is first asked for.
    pub(super) fn runtime_mut(&mut self, id: Uuid) -> &mut Runtime {
        let now = self.now;
        self.runtimes.entry(id).or_insert_with(|| Box::new(Runtime::new(now)))
    }

    /// What makes the noise of one service's load differ from another's.
    pub(super) fn grain(&self, service: &Service) -> u64 {
        self.settings.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(service.number)
    }

    /// Starts the work of a transition and puts the service into its transitional state.
    pub(super) fn begin(&mut self, id: Uuid, transition: Transition) -> Result<(), ApiError> {
        let Some((state, work)) = transition else { return Ok(()) };
        self.service(id)?;
        self.observe(id);
        if work == Work::Start {
            let in_force = self.in_force(self.service(id)?);
            self.service_mut(id)?.scaling_in_force = in_force;
        }
        // Scaling in flight has nothing left to act on: the next start brings the new size.
        self.cancel_work(id);
        let runtime = self.runtime_mut(id);
        runtime.forced = false;
        runtime.replicas.halt();
        self.enter(id, state, "by request");
        self.schedule(id, work);
        self.replan(id);
        Ok(())
    }

    /// Forgets what goes on with the compute of a service. Its queries, its backup and its calendar go on.
    fn cancel_work(&mut self, id: Uuid) {
        for channel in [Channel::State, Channel::Replicas, Channel::Pulse, Channel::Idle] {
            self.events.cancel_channel(id, channel);
        }
    }

    /// Schedules the end of a transition. One that brings compute sets up its replicas meanwhile.
    pub(super) fn schedule(&mut self, id: Uuid, work: Work) {
        let due = after(self.now, self.duration(id, work));
        self.events.schedule(due, id, work);
        if matches!(work, Work::Provision | Work::Start | Work::Wake) {
            self.set_up(id, due);
        }
        if work == Work::Provision {
            self.adopt_load(id);
            self.chronicle(id, What::State, "provisioning: created".to_owned(), Value::Null);
            self.replan(id);
        }
    }

    /// Virtual seconds that a transition of this service takes.
    fn duration(&mut self, id: Uuid, work: Work) -> u32 {
        let durations = self.settings.durations;
        match (work, self.runtime_mut(id).initialization_seconds) {
            (Work::Wake | Work::Start, Some(seconds)) => seconds,
            _ => work.duration(&durations),
        }
    }

    /// A transition ends.
    fn finish(&mut self, id: Uuid, work: Work) {
        let Some(service) = self.services.get_mut(&id) else { return };
        let fate = match work {
            Work::Provision | Work::Start | Work::Wake => service.fate.take(),
            _ => None,
        };
        let Some(state) = lifecycle::completed(work, fate) else { return };
        service.allocation = service.allocation.within(&service.scaling_in_force);
        match state {
            ServiceState::Running | ServiceState::Degraded => self.compute_runs(id),
            _ => self.compute_ends(id),
        }
        self.enter(id, state, "the transition has ended");
        if work == Work::Terminate {
            self.events.cancel(id);
            self.services.remove(&id);
            self.runtimes.remove(&id);
        }
    }

    /// Puts a service into a state and tells the timeline.
    pub(super) fn enter(&mut self, id: Uuid, state: ServiceState, why: &str) {
        self.enter_with(id, state, why, Value::Null);
    }

    /// The same with the numbers behind it.
    fn enter_with(&mut self, id: Uuid, state: ServiceState, why: &str, numbers: Value) {
        let Some(service) = self.services.get_mut(&id) else { return };
        if service.state == state {
            return;
        }
        service.state = state;
        self.chronicle(id, What::State, format!("{}: {why}", state.word()), numbers);
    }

    /// Replicas serve from now on.
    fn compute_runs(&mut self, id: Uuid) {
        let now = self.now;
        let runtime = self.runtime_mut(id);
        let joined = runtime.replicas.serve();
        runtime.observed = now;
        runtime.quiet_since = now;
        runtime.told_held = None;
        joined.into_iter().for_each(|replica| self.tell(id, Change::Joined(replica)));
        self.run_waiting_queries(id);
    }

    /// No replica is left.
    pub(super) fn compute_ends(&mut self, id: Uuid) {
        self.cut_queries(id);
        let left = self.runtime_mut(id).replicas.clear();
        left.into_iter().for_each(|replica| self.tell(id, Change::Left(replica)));
        self.events.cancel_channel(id, Channel::Replicas);
    }

    /// Adds an entry to the timeline.
    pub(super) fn chronicle(&mut self, id: Uuid, what: What, text: String, numbers: Value) {
        let Some(service) = self.services.get(&id) else { return };
        let (service_id, service) = (id, service.name.clone());
        let entry = TimelineEntry { sequence: 0, at: self.now, service_id, service, what, text, numbers };
        self.timeline.push(entry, self.settings.timeline_limit);
    }

    /// Gives a new service the load of the first rule about its name.
    fn adopt_load(&mut self, id: Uuid) {
        let Some(service) = self.services.get(&id) else { return };
        let rule = self.loads.iter().find(|rule| rule.concerns(&service.name));
        let load = rule.map(|rule| rule.profile.clone());
        self.runtime_mut(id).load = load;
    }

    /// Schedules what comes back by itself, as the service is now. Events that are there already stay, unless they come
    /// too late; those that make no sense any more go.
    pub(super) fn rearm(&mut self, id: Uuid) {
        let Some(service) = self.services.get(&id) else { return };
        let forced = self.runtimes.get(&id).is_none_or(|runtime| runtime.forced);
        let wanted: [(Work, Option<Timestamp>); 2] = if forced {
            [(Work::Pulse, None), (Work::Idle, None)]
        } else {
            [(Work::Pulse, self.next_pulse(service)), (Work::Idle, self.next_idle_check(service))]
        };
        for (work, due) in wanted {
            self.arm(id, work, due);
        }
    }

    /// Schedules everything that comes back by itself, what goes by the calendar as well: after requests, and when
    /// compute comes or goes.
    pub(super) fn replan(&mut self, id: Uuid) {
        self.rearm(id);
        let Some(service) = self.services.get(&id) else { return };
        if self.runtimes.get(&id).is_none_or(|runtime| runtime.forced) {
            return;
        }
        let (border, upgrade) = (self.next_border(service), self.next_upgrade(service));
        self.arm(id, Work::Schedule, border);
        if self.events.due(id, Channel::Upgrade) != upgrade {
            self.arm(id, Work::Upgrade, None);
        }
        self.arm(id, Work::Upgrade, upgrade);
        self.arm_backups(id);
    }

    fn arm(&mut self, id: Uuid, work: Work, due: Option<Timestamp>) {
        let channel = work.channel();
        match (due, self.events.due(id, channel)) {
            (None, None) => {}
            (None, Some(_)) => self.events.cancel_channel(id, channel),
            (Some(due), Some(there)) if there <= due => {}
            (Some(due), _) => self.events.schedule(due, id, work),
        }
    }
}
