//! The inside of a service, in short.

use jiff::Timestamp;
use serde::Serialize;

use crate::sandbox::autoscale;
use crate::sandbox::idling::{self, Held};
use crate::sandbox::load::Load;
use crate::sandbox::model::Service;
use crate::sandbox::replicas::{Phase, Replica};
use crate::sandbox::runtime::Background;
use crate::sandbox::world::World;
use crate::sandbox::{ServiceStatus, Status};

/// A replica, in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplicaStatus {
    /// Place in the order of creation.
    pub number: u32,
    /// Availability zone.
    pub zone: char,
    /// GB.
    pub memory_gb: u32,
    /// `joining`, `serving` or `draining`.
    pub phase: &'static str,
    /// When it serves, or is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

impl From<&Replica> for ReplicaStatus {
    fn from(replica: &Replica) -> Self {
        let (phase, until) = match replica.phase {
            Phase::Joining(until) => ("joining", Some(until)),
            Phase::Serving => ("serving", None),
            Phase::Draining(until) => ("draining", Some(until)),
        };
        Self { number: replica.number, zone: replica.zone, memory_gb: replica.memory_gb, phase, until }
    }
}

/// Whether a service may idle, and what keeps it awake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IdleStatus {
    /// The customer allows it and the region has it.
    pub enabled: bool,
    /// Minutes without queries until it idles.
    pub timeout_minutes: u32,
    /// Since when no query has run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quiet_since: Option<Timestamp>,
    /// When it idles unless something comes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idles_at: Option<Timestamp>,
    /// What keeps a running service awake.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held: Option<String>,
}

/// What users do to a service now.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LoadStatus {
    /// What its profile says now; nothing without a profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<Load>,
    /// Queries started by hand that run or wait.
    pub queries_by_hand: usize,
    /// Work in the background since the service exists.
    pub background: Background,
}

impl World {
    /// What there is, in short.
    pub(in super::super) fn status(&self) -> Status {
        let mut services: Vec<&Service> = self.all_services().collect();
        services.sort_by_key(|service| service.number);
        Status {
            now: self.now,
            next_event: self.next_event(),
            organization_id: self.organization.id,
            key_id: self.credentials.key_id().to_owned(),
            services: services.into_iter().map(|service| self.service_status(service)).collect(),
        }
    }

    /// A service, in short.
    pub(in super::super) fn service_status(&self, service: &Service) -> ServiceStatus {
        ServiceStatus {
            id: service.id,
            name: service.name.clone(),
            state: service.state,
            replicas: service.allocation.replicas,
            memory_gb: service.allocation.memory_gb,
            provider: service.provider,
            region: service.region.clone(),
            replica_list: self.replica_status(service),
            autoscaler: self.autoscaler_status(service),
            idling: self.idle_status(service),
            load: self.load_status(service),
        }
    }

    fn replica_status(&self, service: &Service) -> Vec<ReplicaStatus> {
        let members = self.runtimes.get(&service.id).map(|runtime| runtime.replicas.members()).unwrap_or_default();
        members.iter().map(ReplicaStatus::from).collect()
    }

    fn idle_status(&self, service: &Service) -> IdleStatus {
        let Some(facts) = self.idle_facts(service) else {
            let enabled = service.scaling_in_force.idle_scaling;
            let timeout_minutes = service.scaling_in_force.idle_timeout_minutes;
            return IdleStatus { enabled, timeout_minutes, quiet_since: None, idles_at: None, held: None };
        };
        let runs = service.has_replicas();
        let held = idling::held(&facts, self.now).filter(|_| runs);
        let timeout = idling::timeout_seconds(facts.timeout_minutes, facts.initialization_seconds);
        IdleStatus {
            enabled: facts.enabled,
            timeout_minutes: timeout / 60,
            quiet_since: facts.quiet_since.filter(|_| runs),
            idles_at: match held {
                Some(Held::Until(time)) => Some(time),
                _ => None,
            },
            held: held.map(Held::words),
        }
    }

    fn load_status(&self, service: &Service) -> LoadStatus {
        let runtime = self.runtimes.get(&service.id);
        let profile = runtime.and_then(|runtime| runtime.load.as_ref());
        LoadStatus {
            profile: profile.map(|profile| profile.at(self.now, self.grain(service))),
            queries_by_hand: runtime.map_or(0, |runtime| runtime.queries.len()),
            background: runtime.map(|runtime| runtime.background).unwrap_or_default(),
        }
    }

    /// Which autoscaler works on a service, or why none does.
    fn autoscaler_status(&self, service: &Service) -> String {
        if autoscale::is_horizontal(service, &self.organization) {
            return "horizontal".to_owned();
        }
        let policy =
            self.runtimes.get(&service.id).map_or(self.settings.autoscaling.policy, |r| r.policy(&self.settings));
        match autoscale::vertical_off(service, &self.organization, policy) {
            Some(off) => format!("off: {}", off.words()),
            None => policy.name().to_owned(),
        }
    }
}
