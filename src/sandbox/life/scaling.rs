//! Sizes: what is in force, how replicas get there, and what the autoscaler decides.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::sandbox::autoscale::{self, Policy, Size, horizontal, thirty_hour, two_window};
use crate::sandbox::events::Channel;
use crate::sandbox::http::ApiError;
use crate::sandbox::lifecycle::Work;
use crate::sandbox::load::Window;
use crate::sandbox::model::{Allocation, Organization, Replicas, Scaling, ServiceState, Tier};
use crate::sandbox::replicas::{Change, Target, Terms};
use crate::sandbox::settings::after;
use crate::sandbox::timeline::What;
use crate::sandbox::world::World;

/// Availability zones a service is spread over.
fn zones(organization: &Organization) -> usize {
    if organization.tier == Tier::Basic { 1 } else { 3 }
}

fn words(size: Allocation) -> String {
    format!("{} x {} GB", size.replicas, size.memory_gb)
}

impl World {
    /// Gives a service a new scaling. One that runs gets new replicas after a while; one that idles, wakes or starts
    /// has the new size when it runs; a stopped one takes it over at its next start.
    pub(in super::super) fn scale(&mut self, id: Uuid, scaling: Scaling) -> Result<(), ApiError> {
        let service = self.service_mut(id)?;
        service.scaling = scaling;
        self.apply_in_force(id, What::ScalingRequested, "asked for");
        self.replan(id);
        Ok(())
    }

    /// Goes to the size nearest to the present one that the scaling in force allows.
    pub(super) fn follow(&mut self, id: Uuid, what: What, why: &str) {
        let Some(service) = self.services.get(&id) else { return };
        if !service.has_replicas() {
            // What is being set up has not served yet: it is set up at the new size instead.
            if let Some(due) = self.events.due(id, Channel::State)
                && matches!(service.state, ServiceState::Starting | ServiceState::Awaking)
            {
                self.set_up(id, due);
            }
            return;
        }
        let heading = self.runtimes.get(&id).and_then(|runtime| runtime.replicas.target());
        let from = heading.map_or(service.allocation, |target| target.size);
        let to = from.within(&service.scaling_in_force);
        if to != from {
            let text = format!("from {} to {}: {why}", words(from), words(to));
            self.chronicle(id, what, text, json!({ "from": from, "to": to }));
        }
        self.aim(id, to);
    }

    /// Replicas that a starting service will have, being set up until then.
    pub(super) fn set_up(&mut self, id: Uuid, until: Timestamp) {
        let zones = zones(&self.organization);
        let Some(service) = self.services.get(&id) else { return };
        let size = service.allocation.within(&service.scaling_in_force);
        let runtime = self.runtime_mut(id);
        let target = Target { size, generation: runtime.generation };
        runtime.replicas.start(target, zones, until);
    }

    /// A service whose state was changed behind everybody's back: what was under way is forgotten, the replicas are those
    /// of the state, and nothing changes by itself until a command.
    pub(in super::super) fn force_state(&mut self, id: Uuid) {
        self.cancel_work(id);
        self.events.cancel_channel(id, Channel::Query);
        self.runtime_mut(id).forced = true;
        let Some(service) = self.services.get(&id) else { return };
        let (state, runs) = (service.state, service.has_replicas());
        self.chronicle(id, What::State, format!("{}: forced", state.word()), Value::Null);
        if runs {
            self.settle(id);
        } else {
            self.compute_ends(id);
        }
    }

    /// A service whose size was changed behind everybody's back has it at once.
    pub(in super::super) fn force_size(&mut self, id: Uuid, resized: bool) {
        let Some(service) = self.services.get(&id) else { return };
        if service.has_replicas() && (resized || self.runtime_mut(id).replicas.target().is_some()) {
            self.events.cancel_channel(id, Channel::Replicas);
            self.settle(id);
        }
        self.rearm(id);
    }

    /// The replicas are at once what they shall be.
    fn settle(&mut self, id: Uuid) {
        self.observe(id);
        self.set_up(id, self.now);
        self.compute_runs(id);
    }

    /// Aims the replicas of a running service at a size; what is under way is superseded.
    pub(super) fn aim(&mut self, id: Uuid, size: Allocation) {
        let generation = self.runtime_mut(id).generation;
        self.move_replicas(id, Some(Target { size, generation }));
    }

    /// A replica joins or leaves.
    pub(super) fn replicas_due(&mut self, id: Uuid) {
        self.observe(id);
        self.move_replicas(id, None);
    }

    /// Aims at the target, if there is a new one, and lets happen what is due.
    pub(super) fn move_replicas(&mut self, id: Uuid, mut target: Option<Target>) {
        let now = self.now;
        loop {
            let drained = self.drained(id);
            let terms = Terms {
                join_seconds: self.settings.durations.replica_add,
                make_before_break: self.runtimes.get(&id).is_none_or(|r| r.make_before_break(&self.settings)),
                zones: zones(&self.organization),
                drained: &|number| drained.get(&number).copied().unwrap_or(now),
            };
            let Some(runtime) = self.runtimes.get_mut(&id) else { return };
            let changes = match target.take() {
                Some(target) => runtime.replicas.aim(target, now, &terms),
                None => runtime.replicas.step(now, &terms),
            };
            let next = runtime.replicas.next_due();
            changes.into_iter().for_each(|change| self.tell(id, change));
            match next {
                Some(due) if due <= now => {}
                Some(due) => return self.events.schedule(due, id, Work::Scale),
                None => return self.events.cancel_channel(id, Channel::Replicas),
            }
        }
    }

    /// When each replica has drained that begins to do so now: its queries have ended, or an hour has passed.
    fn drained(&self, id: Uuid) -> BTreeMap<u32, Timestamp> {
        let (Some(service), Some(runtime)) = (self.services.get(&id), self.runtimes.get(&id)) else {
            return BTreeMap::new();
        };
        let now = self.now;
        let limit = after(now, self.settings.durations.drain_limit);
        let load = runtime.load_at(now, self.grain(service));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast saturates")]
        let loaded = if load.is_active() { after(now, load.longest_query_seconds as u32) } else { now };
        let drained = |number: u32| {
            let own = runtime.queries.iter().filter(|query| query.replica == Some(number)).filter_map(|q| q.ends);
            let queries = own.fold(loaded, Timestamp::max).min(limit);
            // A backup always finishes, however long it takes.
            self.backup_holds(id, number).map_or(queries, |backup| backup.max(queries))
        };
        runtime.replicas.members().iter().map(|replica| (replica.number, drained(replica.number))).collect()
    }

    /// Tells the timeline what happened to a replica.
    pub(super) fn tell(&mut self, id: Uuid, change: Change) {
        let (what, text, numbers) = match change {
            Change::Added(r) => {
                (What::ReplicaAdded, format!("replica {} of {} GB in zone {}", r.number, r.memory_gb, r.zone), json!(r))
            }
            Change::Abandoned(r) => {
                (What::ReplicaAbandoned, format!("replica {}: a newer request does not need it", r.number), json!(r))
            }
            Change::Joined(r) => (What::ReplicaJoined, format!("replica {} serves", r.number), json!(r)),
            Change::Drains(r, until) => {
                self.limit_queries(id, r.number, until);
                (
                    What::ReplicaDraining,
                    format!("replica {} takes no new queries, leaves at {until}", r.number),
                    json!(r),
                )
            }
            Change::Left(r) => (What::ReplicaLeft, format!("replica {} is gone", r.number), json!(r)),
            Change::Reached(target) => return self.reached(id, target),
        };
        self.chronicle(id, what, text, numbers);
    }

    fn reached(&mut self, id: Uuid, target: Target) {
        let Some(service) = self.services.get_mut(&id) else { return };
        let from = service.allocation;
        service.allocation = target.size;
        if target.generation == self.runtime_mut(id).generation
            && let Some(version) = self.runtime_mut(id).upgrades_to.take()
        {
            self.upgraded(id, version);
        }
        if from != target.size {
            let now = self.now;
            let runtime = self.runtime_mut(id);
            runtime.history.forget_shares();
            runtime.horizontal.looked = Some(now);
            let text = format!("now {}", words(target.size));
            self.chronicle(id, What::ScalingDone, text, json!({ "from": from, "to": target.size }));
        }
    }

    /// Asks the autoscaler, and follows it.
    pub(super) fn autoscale(&mut self, id: Uuid) {
        let (Some(service), Some(runtime)) = (self.services.get(&id), self.runtimes.get(&id)) else { return };
        // What is under way ends first; the advice would be about a size that is going.
        if runtime.replicas.target().is_some() {
            return;
        }
        if autoscale::is_horizontal(service, &self.organization) {
            return self.scale_horizontally(id);
        }
        let policy = runtime.policy(&self.settings);
        if autoscale::vertical_off(service, &self.organization, policy).is_some() {
            return;
        }
        let size = Size {
            memory_gb: service.allocation.memory_gb,
            replicas: service.allocation.replicas,
            bounds: service.scaling_in_force.memory,
        };
        match policy {
            Policy::ThirtyHour => self.thirty_hour(id, size),
            Policy::TwoWindow => self.two_window(id, size),
        }
    }

    fn thirty_hour(&mut self, id: Uuid, size: Size) {
        let Some(runtime) = self.runtimes.get(&id) else { return };
        let Some(look) = runtime.history.look(Window::LARGE, self.now) else { return };
        let advice = thirty_hour::advise(&look, &size, runtime.make_before_break(&self.settings));
        if advice.memory_gb != size.memory_gb {
            self.decide(id, Policy::ThirtyHour.name(), size, advice.memory_gb, &advice.words(), advice.numbers());
        }
    }

    fn two_window(&mut self, id: Uuid, size: Size) {
        let now = self.now;
        let Some(runtime) = self.runtimes.get_mut(&id) else { return };
        let (large, small) = (runtime.history.look(Window::LARGE, now), runtime.history.look(Window::SMALL, now));
        let advice = two_window::advise(large.as_ref(), small.as_ref(), &size, runtime.previous_small_gb);
        runtime.previous_small_gb = Some(advice.small_gb);
        if advice.memory_gb != size.memory_gb {
            self.decide(id, Policy::TwoWindow.name(), size, advice.memory_gb, &advice.words(), advice.numbers());
        }
    }

    fn decide(&mut self, id: Uuid, policy: &str, size: Size, memory_gb: u32, why: &str, mut numbers: Value) {
        let from = Allocation { replicas: size.replicas, memory_gb: size.memory_gb };
        let to = Allocation { memory_gb, ..from };
        numbers["policy"] = json!(policy);
        numbers["from"] = json!(from);
        numbers["to"] = json!(to);
        let text = format!("{policy}: from {} to {}: {why}", words(from), words(to));
        self.chronicle(id, What::ScalingDecided, text, numbers);
        self.aim(id, to);
    }

    fn scale_horizontally(&mut self, id: Uuid) {
        let (now, cycle) = (self.now, self.settings.autoscaling.horizontal_cycle);
        let (Some(service), Some(runtime)) = (self.services.get(&id), self.runtimes.get(&id)) else { return };
        if runtime.horizontal.looked.is_some_and(|looked| after(looked, cycle) > now) {
            return;
        }
        let Replicas::Band { min, max } = service.scaling_in_force.replicas else { return };
        let Some(shares) = runtime.history.shares(Window(i64::from(cycle)), now) else { return };
        let load = runtime.load_at(now, self.grain(service));
        let from = service.allocation;
        let advice = horizontal::advise(shares, &load, from.replicas, (min, max), runtime.horizontal.low_looks);
        let remembered = &mut self.runtime_mut(id).horizontal;
        remembered.looked = Some(now);
        remembered.low_looks = advice.low_looks;
        if advice.replicas == from.replicas {
            return;
        }
        let to = Allocation { replicas: advice.replicas, ..from };
        let mut numbers = advice.numbers();
        numbers["policy"] = json!("horizontal");
        numbers["from"] = json!(from);
        numbers["to"] = json!(to);
        let text = format!("horizontal: from {} to {}: {}", words(from), words(to), advice.words());
        self.chronicle(id, What::ScalingDecided, text, numbers);
        self.aim(id, to);
    }
}
