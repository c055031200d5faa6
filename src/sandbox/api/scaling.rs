//! Scaling: the current operation per replica, the deprecated one over totals, and the rules both share with creation.

use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::Call;
use crate::sandbox::http::{Answer, ApiError, Reply};
use crate::sandbox::lifecycle;
use crate::sandbox::model::{AutoscalingMode, MemoryRange, Organization, Replicas, Scaling, Service, Tier};
use crate::sandbox::shape::{self, shown};
use crate::sandbox::shapes;
use crate::sandbox::world::World;

/// Replica sizes in GB of BYOC services without a profile of their infrastructure.
pub const BYOC_SIZES: [u32; 4] = [48, 116, 172, 232];
/// Replica sizes in GB on the Basic tier.
const BASIC_SIZES: [u32; 2] = [8, 12];

/// The scaling fields of a request.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ScalingRequest {
    /// Mode asked for.
    pub autoscaling_mode: Option<AutoscalingMode>,
    /// GB per replica.
    pub min_replica_memory_gb: Option<u32>,
    /// GB per replica.
    pub max_replica_memory_gb: Option<u32>,
    /// Fixed count.
    pub num_replicas: Option<u32>,
    /// Band.
    pub min_replicas: Option<u32>,
    /// Band.
    pub max_replicas: Option<u32>,
    /// Whether it may idle.
    pub idle_scaling: Option<bool>,
    /// Minutes.
    pub idle_timeout_minutes: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TotalsRequest {
    min_total_memory_gb: Option<u32>,
    max_total_memory_gb: Option<u32>,
    num_replicas: Option<u32>,
    idle_scaling: Option<bool>,
    idle_timeout_minutes: Option<u32>,
}

/// `instanceReplicaScalingUpdate`.
pub fn patch(world: &mut World, call: &Call<'_>) -> Answer {
    let id = call.service_id()?;
    world.service(id)?;
    let request: ScalingRequest = call.read(shapes::REPLICA_SCALING_PATCH)?;
    update(world, call, id, &request)
}

/// `instanceScalingUpdate`, deprecated: the totals are the memory of three workers.
pub fn patch_totals(world: &mut World, call: &Call<'_>) -> Answer {
    let id = call.service_id()?;
    let mode = world.service(id)?.scaling.replicas.mode();
    let request: TotalsRequest = call.read(shapes::SCALING_PATCH)?;
    let totals = request.min_total_memory_gb.or(request.max_total_memory_gb);
    if let Some(total) = totals
        && mode == AutoscalingMode::Horizontal
    {
        let words = "is not available with horizontal autoscaling";
        return Err(ApiError::field("minTotalMemoryGb", words, &shown(&Value::from(total))));
    }
    let request = ScalingRequest {
        min_replica_memory_gb: request.min_total_memory_gb.map(|total| total / 3),
        max_replica_memory_gb: request.max_total_memory_gb.map(|total| total / 3),
        num_replicas: request.num_replicas,
        idle_scaling: request.idle_scaling,
        idle_timeout_minutes: request.idle_timeout_minutes,
        ..ScalingRequest::default()
    };
    update(world, call, id, &request)
}

fn update(world: &mut World, call: &Call<'_>, id: Uuid, request: &ScalingRequest) -> Answer {
    let service = world.service(id)?;
    lifecycle::must_be_changeable(service.state, "Scaling")?;
    let scaling = resolve(service.scaling, request, Baseline::Stored, &world.organization)?;
    check_tier(&scaling, &world.organization)?;
    check_byoc(&scaling, service.byoc_id.as_deref(), &service.profile, &world.organization)?;
    check_profile(service, &scaling)?;
    check_warehouse(world, Some(service.data_warehouse_id), Some(id), &scaling)?;
    let before = service.scaling;
    world.scale(id, scaling)?;
    let idling = |of: &Scaling| (of.idle_scaling, of.idle_timeout_minutes);
    let kinds = [
        (before.memory != scaling.memory, "service_update_autoscaling_memory"),
        (before.replicas != scaling.replicas, "service_update_autoscaling_replicas"),
        (idling(&before) != idling(&scaling), "service_update_autoscaling_idling"),
    ];
    for (_, kind) in kinds.into_iter().filter(|(changed, _)| *changed) {
        world.note(call, kind);
    }
    Ok(Reply::Result(world.view(id)?))
}

/// What a request's missing fields fall back to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Baseline {
    /// Defaults of the API: the request creates the service.
    Default,
    /// The service's own configuration.
    Stored,
}

/// The scaling a request asks for, over what there is.
///
/// # Errors
/// 400 for fields that exclude each other or are missing, 403 without the entitlement.
pub fn resolve(
    base: Scaling,
    request: &ScalingRequest,
    baseline: Baseline,
    organization: &Organization,
) -> Result<Scaling, ApiError> {
    let mode = request.autoscaling_mode.unwrap_or_else(|| base.replicas.mode());
    let band = band(request)?;
    let replicas = match mode {
        AutoscalingMode::Vertical => fixed_replicas(base, request, band)?,
        AutoscalingMode::Horizontal => band_of_replicas(base, request, band, organization)?,
    };
    let memory = memory(base, request, baseline, organization)?;
    if mode == AutoscalingMode::Horizontal && memory.min != memory.max {
        let words = "must equal minReplicaMemoryGb with horizontal autoscaling";
        return Err(ApiError::field("maxReplicaMemoryGb", words, &shown(&Value::from(memory.max))));
    }
    let idle_scaling = request.idle_scaling.unwrap_or(base.idle_scaling);
    if let Some(timeout) = request.idle_timeout_minutes
        && !idle_scaling
    {
        let words = "cannot be set when idleScaling is false";
        return Err(ApiError::field("idleTimeoutMinutes", words, &shown(&Value::from(timeout))));
    }
    let idle_timeout_minutes = request.idle_timeout_minutes.unwrap_or(base.idle_timeout_minutes);
    Ok(Scaling { replicas, memory, idle_scaling, idle_timeout_minutes })
}

/// The band of a request, both ends or none.
fn band(request: &ScalingRequest) -> Result<Option<(u32, u32)>, ApiError> {
    let (min, max) = match (request.min_replicas, request.max_replicas) {
        (None, None) => return Ok(None),
        (Some(min), Some(max)) => (min, max),
        (Some(_), None) => return Err(ApiError::field("maxReplicas", "is required with minReplicas", "<undefined>")),
        (None, Some(_)) => return Err(ApiError::field("minReplicas", "is required with maxReplicas", "<undefined>")),
    };
    if let Some(count) = request.num_replicas {
        let words = "cannot be used together with minReplicas and maxReplicas";
        return Err(ApiError::field("numReplicas", words, &shown(&Value::from(count))));
    }
    if min > max {
        let words = "must be lower than or equal to maxReplicas";
        return Err(ApiError::field("minReplicas", words, &shown(&Value::from(min))));
    }
    Ok(Some((min, max)))
}

fn fixed_replicas(base: Scaling, request: &ScalingRequest, band: Option<(u32, u32)>) -> Result<Replicas, ApiError> {
    match (request.num_replicas, band, base.replicas) {
        (Some(count), _, _) => Ok(Replicas::Fixed(count)),
        (None, Some((min, max)), _) if min == max => Ok(Replicas::Fixed(min)),
        (None, Some((_, max)), _) => {
            let words = "must equal minReplicas unless autoscalingMode is 'horizontal'";
            Err(ApiError::field("maxReplicas", words, &shown(&Value::from(max))))
        }
        (None, None, Replicas::Fixed(count)) => Ok(Replicas::Fixed(count)),
        (None, None, Replicas::Band { .. }) => {
            Err(ApiError::field("numReplicas", "is required to switch to vertical autoscaling", "<undefined>"))
        }
    }
}

fn band_of_replicas(
    base: Scaling,
    request: &ScalingRequest,
    band: Option<(u32, u32)>,
    organization: &Organization,
) -> Result<Replicas, ApiError> {
    if let Some(count) = request.num_replicas {
        let words = "cannot be used with horizontal autoscaling, give minReplicas and maxReplicas";
        return Err(ApiError::field("numReplicas", words, &shown(&Value::from(count))));
    }
    let asks = request.autoscaling_mode.is_some() || band.is_some();
    if asks && !organization.entitlements.horizontal_autoscaling {
        return Err(ApiError::forbidden("Horizontal autoscaling is not enabled for this organization"));
    }
    match (band, base.replicas) {
        (Some((min, max)), _) => Ok(Replicas::Band { min, max }),
        (None, kept @ Replicas::Band { .. }) => Ok(kept),
        (None, Replicas::Fixed(_)) => {
            Err(ApiError::field("minReplicas", "is required with horizontal autoscaling", "<undefined>"))
        }
    }
}

fn memory(
    base: Scaling,
    request: &ScalingRequest,
    baseline: Baseline,
    organization: &Organization,
) -> Result<MemoryRange, ApiError> {
    let (min, max) = (request.min_replica_memory_gb, request.max_replica_memory_gb);
    let memory = match baseline {
        Baseline::Stored => MemoryRange { min: min.unwrap_or(base.memory.min), max: max.unwrap_or(base.memory.max) },
        // A default bound yields to the bound that was asked for.
        Baseline::Default => MemoryRange {
            min: min.unwrap_or_else(|| base.memory.min.min(max.unwrap_or(u32::MAX))),
            max: max.unwrap_or_else(|| base.memory.max.max(min.unwrap_or(0))),
        },
    };
    if memory.min > memory.max {
        let words = "must be lower than or equal to maxReplicaMemoryGb";
        return Err(ApiError::field("minReplicaMemoryGb", words, &shown(&Value::from(memory.min))));
    }
    let limit = organization.max_replica_memory_gb();
    if memory.max > limit {
        let words = format!("must be lower than or equal to {limit} for this organization");
        return Err(ApiError::field("maxReplicaMemoryGb", &words, &shown(&Value::from(memory.max))));
    }
    Ok(memory)
}

/// On the Basic tier a service is one replica of a fixed size.
///
/// # Errors
/// 400.
pub fn check_tier(scaling: &Scaling, organization: &Organization) -> Result<(), ApiError> {
    if organization.tier != Tier::Basic {
        return Ok(());
    }
    if scaling.replicas != Replicas::Fixed(1) {
        let words = "must be 1 on the BASIC tier";
        return Err(ApiError::field("numReplicas", words, &shape::shown(&Value::from(scaling.replicas.max()))));
    }
    let MemoryRange { min, max } = scaling.memory;
    if min != max || !BASIC_SIZES.contains(&max) {
        let words = "must be 8 or 12 and equal to minReplicaMemoryGb on the BASIC tier";
        return Err(ApiError::field("maxReplicaMemoryGb", words, &shown(&Value::from(max))));
    }
    Ok(())
}

/// A custom profile has its size; only support changes it.
fn check_profile(service: &Service, scaling: &Scaling) -> Result<(), ApiError> {
    if service.profile == "v1-default" || service.byoc_id.is_some() || service.scaling.memory == scaling.memory {
        return Ok(());
    }
    let words = "cannot be changed on a custom profile, contact support";
    Err(ApiError::field("maxReplicaMemoryGb", words, &shown(&Value::from(scaling.memory.max))))
}

/// A BYOC service has sizes of its infrastructure.
///
/// # Errors
/// 400.
pub fn check_byoc(
    scaling: &Scaling,
    byoc_id: Option<&str>,
    profile: &str,
    organization: &Organization,
) -> Result<(), ApiError> {
    let Some(infrastructure) = byoc_id.and_then(|id| organization.byoc(id)) else { return Ok(()) };
    let own = infrastructure.profiles.iter().find(|own| own.profile == profile);
    let sizes = own.map_or_else(|| BYOC_SIZES.to_vec(), |own| vec![own.memory_gi]);
    for (field, size) in [("minReplicaMemoryGb", scaling.memory.min), ("maxReplicaMemoryGb", scaling.memory.max)] {
        if !sizes.contains(&size) {
            let list: Vec<String> = sizes.iter().map(u32::to_string).collect();
            let words = format!("must be one of {} for BYOC services", list.join(", "));
            return Err(ApiError::field(field, &words, &shown(&Value::from(size))));
        }
    }
    Ok(())
}

/// The services of a warehouse share a limit of replicas.
///
/// # Errors
/// 400 when it would be passed.
pub fn check_warehouse(
    world: &World,
    warehouse: Option<Uuid>,
    changed: Option<Uuid>,
    scaling: &Scaling,
) -> Result<(), ApiError> {
    // A new warehouse has no others.
    let others: u32 = warehouse
        .into_iter()
        .flat_map(|warehouse| world.all_services().filter(move |other| other.data_warehouse_id == warehouse))
        .filter(|other| Some(other.id) != changed)
        .fold(0, |all, other| all.saturating_add(other.scaling.replicas.max()));
    let (total, limit) = (others.saturating_add(scaling.replicas.max()), world.organization.replicas_per_warehouse);
    if total <= limit {
        return Ok(());
    }
    Err(ApiError::bad_request(format!(
        "The services of the warehouse would have {total} replicas, the organization allows {limit} per warehouse"
    )))
}
