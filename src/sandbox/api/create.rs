//! Creating a service.

use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::scaling::{self, Baseline, ScalingRequest};
use super::{Call, create_rules, private_endpoint};
use crate::sandbox::http::{Answer, ApiError, Reply};
use crate::sandbox::lifecycle::Work;
use crate::sandbox::model::{
    Allocation, BackupConfiguration, ComplianceType, Fate, IpAccessListEntry, MemoryRange, Provider, ReleaseChannel,
    Replicas, Scaling, Service, ServiceState, ServiceTier, SubObjects, Tag, Tier,
};
use crate::sandbox::shapes;
use crate::sandbox::world::World;

/// The body of a create request, after its fields were checked one by one.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateRequest {
    pub name: String,
    pub provider: Provider,
    pub region: String,
    pub ip_access_list: Vec<IpAccessListEntry>,
    pub tier: Option<ServiceTier>,
    pub min_total_memory_gb: Option<u32>,
    pub max_total_memory_gb: Option<u32>,
    #[serde(flatten)]
    pub scaling: ScalingRequest,
    pub is_readonly: Option<bool>,
    pub data_warehouse_id: Option<String>,
    pub backup_id: Option<Uuid>,
    pub backup_encryption_config: Option<serde::de::IgnoredAny>,
    #[serde(default)]
    pub private_endpoint_ids: Vec<String>,
    pub release_channel: Option<ReleaseChannel>,
    pub byoc_id: Option<String>,
    pub has_transparent_data_encryption: Option<bool>,
    #[serde(default)]
    pub endpoints: Vec<EndpointChange>,
    pub profile: Option<String>,
    pub compliance_type: Option<ComplianceType>,
    #[serde(default)]
    pub tags: Vec<Tag>,
    pub enable_core_dumps: Option<bool>,
    pub encryption_key: Option<String>,
    pub encryption_assumed_role_identifier: Option<String>,
}

impl CreateRequest {
    /// Profile asked for, or the standard one.
    pub fn profile(&self) -> &str {
        self.profile.as_deref().unwrap_or("v1-default")
    }

    /// Whether the MySQL endpoint shall be on.
    pub fn mysql_enabled(&self) -> bool {
        self.endpoints.last().is_some_and(|change| change.enabled)
    }

    /// The scaling fields, with the deprecated totals turned into memory per replica.
    fn scaling_per_replica(&self) -> ScalingRequest {
        let mut request = self.scaling.clone();
        request.min_replica_memory_gb = request.min_replica_memory_gb.or(self.min_total_memory_gb.map(|gb| gb / 3));
        request.max_replica_memory_gb = request.max_replica_memory_gb.or(self.max_total_memory_gb.map(|gb| gb / 3));
        request
    }
}

/// Switches an endpoint on or off. `mysql` is the only one that can be switched.
#[derive(Debug, Deserialize)]
pub struct EndpointChange {
    pub enabled: bool,
}

/// `instanceCreate`. Answers 200 with the service in `provisioning` and, for a primary, its password, once.
pub fn post(world: &mut World, call: &Call<'_>) -> Answer {
    let request: CreateRequest = call.read(shapes::SERVICE_POST)?;
    create_rules::check(world, &request)?;
    let scaling = scaling(world, &request)?;
    let primary = request.data_warehouse_id.as_deref().and_then(|id| world.primary_of(id)).cloned();
    scaling::check_warehouse(world, primary.as_ref().map(|primary| primary.data_warehouse_id), None, &scaling)?;

    let restored = request.backup_id.is_some();
    let service = build(world, request, scaling, primary.as_ref());
    let (id, stuck, is_primary) = (service.id, service.fate == Some(Fate::Stuck), service.is_primary);
    private_endpoint::register(world, service.provider, &service.region, &service.private_endpoint_ids);
    world.services.insert(id, Box::new(service));
    if !stuck {
        world.schedule(id, Work::Provision);
    }
    let kind = if restored { "service_restore_backup" } else { "service_create" };
    world.note_more(call, kind, Some(id), Value::Null);
    let mut result = json!({ "service": world.view(id)? });
    if is_primary {
        result["password"] = json!(world.password());
    }
    Ok(Reply::Result(result))
}

/// The scaling of a new service: what the request says over the API's defaults.
fn scaling(world: &World, request: &CreateRequest) -> Result<Scaling, ApiError> {
    let (defaults, basic) = (&world.settings.defaults, world.organization.tier == Tier::Basic);
    let memory = match basic {
        true => MemoryRange { min: 8, max: 8 },
        false => MemoryRange { min: defaults.min_replica_memory_gb, max: defaults.max_replica_memory_gb },
    };
    let base = Scaling {
        replicas: Replicas::Fixed(if basic { 1 } else { 3 }),
        memory,
        idle_scaling: true,
        idle_timeout_minutes: defaults.idle_timeout_minutes,
    };
    let asked = request.scaling_per_replica();
    let scaling = scaling::resolve(base, &asked, Baseline::Default, &world.organization)?;
    scaling::check_tier(&scaling, &world.organization)?;
    scaling::check_byoc(&scaling, request.byoc_id.as_deref(), request.profile(), &world.organization)?;
    Ok(scaling)
}

fn build(world: &mut World, request: CreateRequest, scaling: Scaling, primary: Option<&Service>) -> Service {
    let id = world.draw.id("service");
    let fate = world.faults.fate(&request.name);
    let channel = primary.map_or(ReleaseChannel::Default, |primary| primary.release_channel);
    let restored = request.backup_id.and_then(|backup| world.backups.get(&backup));
    let inherits_encryption = restored.is_some_and(|backup| backup.has_transparent_data_encryption);
    world.created += 1;
    Service {
        id,
        number: world.created,
        state: ServiceState::Provisioning,
        created_at: world.now,
        tier: request.tier,
        data_warehouse_id: primary.map_or_else(|| world.draw.id("warehouse"), |primary| primary.data_warehouse_id),
        is_primary: primary.is_none(),
        is_readonly: request.is_readonly.unwrap_or(false),
        scaling,
        scaling_in_force: scaling,
        allocation: Allocation { replicas: scaling.replicas.min(), memory_gb: scaling.memory.min },
        private_endpoint_ids: distinct(&request.private_endpoint_ids),
        release_channel: request.release_channel.unwrap_or(channel),
        clickhouse_version: match primary {
            Some(primary) => primary.clickhouse_version.clone(),
            None => world.settings.defaults.clickhouse_version.clone(),
        },
        profile: request.profile().to_owned(),
        compliance_type: request.compliance_type,
        mysql_enabled: request.mysql_enabled(),
        has_transparent_data_encryption: match primary {
            Some(primary) => primary.has_transparent_data_encryption,
            None => request.has_transparent_data_encryption.unwrap_or(inherits_encryption),
        },
        transparent_data_encryption_key_id: None,
        enable_core_dumps: request.enable_core_dumps.unwrap_or(world.organization.enable_core_dumps),
        backup_id: request.backup_id,
        backup_configuration: BackupConfiguration::default(),
        query_endpoint: None,
        sub_objects: SubObjects::default(),
        password_changes: 0,
        fate,
        name: request.name,
        provider: request.provider,
        region: request.region,
        ip_access_list: request.ip_access_list,
        tags: request.tags,
        byoc_id: request.byoc_id,
        encryption_key: request.encryption_key,
        encryption_assumed_role_identifier: request.encryption_assumed_role_identifier,
    }
}

/// The same ids, each once.
fn distinct(ids: &[String]) -> Vec<String> {
    let mut seen = Vec::with_capacity(ids.len());
    for id in ids {
        if !seen.contains(id) {
            seen.push(id.clone());
        }
    }
    seen
}
