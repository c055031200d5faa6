//! Idling and waking.

use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use crate::sandbox::autoscale::is_private_region;
use crate::sandbox::idling::{self, Facts, Held};
use crate::sandbox::lifecycle::Work;
use crate::sandbox::model::{Service, ServiceState};
use crate::sandbox::settings::after;
use crate::sandbox::timeline::What;
use crate::sandbox::world::World;

/// Seconds until a service is looked at again that merges or parts keep awake.
const LOOK_AGAIN: u32 = 60;

impl World {
    /// What decides about the idling of a service.
    pub(super) fn idle_facts(&self, service: &Service) -> Option<Facts> {
        let runtime = self.runtimes.get(&service.id)?;
        let load = runtime.load_at(self.now, self.grain(service));
        let runs = load.is_active() || !runtime.queries.is_empty();
        Some(Facts {
            enabled: service.scaling_in_force.idle_scaling && !is_private_region(&service.region),
            timeout_minutes: service.scaling_in_force.idle_timeout_minutes,
            initialization_seconds: runtime.initialization_seconds(&self.settings),
            quiet_since: (!runs).then_some(runtime.quiet_since),
            parts: load.parts,
            most_parts: self.settings.idling.most_parts,
            // A read-only service runs no merges of its own.
            merges: if service.is_readonly { 0.0 } else { load.merges },
            scales: runtime.replicas.next_due().is_some(),
            backs_up: runtime.backup.is_some(),
        })
    }

    /// When a running service is next looked at, whether it may idle.
    pub(super) fn next_idle_check(&self, service: &Service) -> Option<Timestamp> {
        if service.state != ServiceState::Running {
            return None;
        }
        let facts = self.idle_facts(service)?;
        let again = after(self.now, LOOK_AGAIN);
        let timeout = idling::timeout_seconds(facts.timeout_minutes, facts.initialization_seconds);
        match idling::held(&facts, self.now) {
            None => Some(self.now),
            Some(Held::Off) => None,
            Some(Held::Until(time)) => Some(time),
            // Queries started by hand bring their own event when they end; a load ends at a pulse.
            Some(Held::Queries) => Some(after(self.now, timeout)),
            Some(Held::Parts | Held::Merges) => {
                let runtime = self.runtimes.get(&service.id)?;
                let jump = runtime.load.as_ref().and_then(|profile| profile.next_change(self.now));
                Some(jump.map_or(again, |jump| jump.min(again)))
            }
            Some(Held::Scaling) => self.runtimes.get(&service.id)?.replicas.next_due(),
            Some(Held::Backup) => self.runtimes.get(&service.id)?.backup.as_ref().map(|backup| backup.ends),
        }
    }

    /// The idle timeout may have passed.
    pub(super) fn idle_due(&mut self, id: Uuid) {
        self.observe(id);
        let Some(service) = self.services.get(&id) else { return };
        if service.state != ServiceState::Running {
            return;
        }
        let Some(facts) = self.idle_facts(service) else { return };
        let timeout = idling::timeout_seconds(facts.timeout_minutes, facts.initialization_seconds);
        let held = idling::held(&facts, self.now);
        let numbers = json!({
            "quietSince": facts.quiet_since,
            "timeoutMinutes": timeout / 60,
            "configuredTimeoutMinutes": facts.timeout_minutes,
            "initializationSeconds": facts.initialization_seconds,
            "parts": facts.parts,
            "merges": facts.merges,
        });
        match held {
            None => {
                self.compute_ends(id);
                self.enter_with(id, ServiceState::Idle, &format!("no query for {} minutes", timeout / 60), numbers);
            }
            Some(held @ (Held::Parts | Held::Merges | Held::Scaling | Held::Backup)) => {
                if self.runtime_mut(id).told_held.replace(held) != Some(held) {
                    self.chronicle(id, What::IdleHeld, format!("stays awake: {}", held.words()), numbers);
                }
            }
            Some(Held::Off | Held::Queries | Held::Until(_)) => self.runtime_mut(id).told_held = None,
        }
    }

    /// Wakes an idle service.
    pub(in super::super) fn wake(&mut self, id: Uuid, why: &str) {
        if self.services.get(&id).is_none_or(|service| service.state != ServiceState::Idle) {
            return;
        }
        self.runtime_mut(id).forced = false;
        self.enter(id, ServiceState::Awaking, why);
        self.schedule(id, Work::Wake);
        self.replan(id);
    }
}
