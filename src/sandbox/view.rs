//! How a stored thing looks in an answer: the API's read shapes, with the members that depend on the mode.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};
use uuid::Uuid;

use super::draw::Draw;
use super::model::{
    AutoscalingMode, ComplianceType, IpAccessListEntry, Organization, PrivateEndpoint, Provider, ReleaseChannel,
    Replicas, Scaling, Service, ServiceState, ServiceTier, Tag,
};

/// `Service` of the API's description.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ServiceView<'a> {
    id: Uuid,
    name: &'a str,
    provider: Provider,
    region: &'a str,
    state: ServiceState,
    clickhouse_version: &'a str,
    endpoints: Vec<EndpointView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tier: Option<ServiceTier>,
    #[serde(flatten)]
    size: SizeView,
    autoscaling_mode: AutoscalingMode,
    idle_scaling: bool,
    idle_timeout_minutes: u32,
    ip_access_list: &'a [IpAccessListEntry],
    created_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    encryption_key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encryption_assumed_role_identifier: Option<&'a str>,
    iam_role: String,
    private_endpoint_ids: &'a [String],
    available_private_endpoint_ids: Vec<&'a str>,
    data_warehouse_id: Uuid,
    is_primary: bool,
    is_readonly: bool,
    release_channel: ReleaseChannel,
    #[serde(skip_serializing_if = "Option::is_none")]
    byoc_id: Option<&'a str>,
    has_transparent_data_encryption: bool,
    profile: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    transparent_data_encryption_key_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encryption_role_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    compliance_type: Option<ComplianceType>,
    tags: &'a [Tag],
    enable_core_dumps: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    scaling_schedule: Option<Value>,
    current_scaling: CurrentScalingView,
}

/// The size members, which differ between the modes.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SizeView {
    min_replica_memory_gb: u32,
    max_replica_memory_gb: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    min_total_memory_gb: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_total_memory_gb: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    num_replicas: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min_replicas: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_replicas: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replica_memory_gb: Option<u32>,
}

impl SizeView {
    /// The deprecated totals always mean three workers, whatever the number of replicas.
    fn of(scaling: &Scaling) -> Self {
        let memory = scaling.memory;
        let replicas = scaling.replicas;
        let vertical = replicas.mode() == AutoscalingMode::Vertical;
        Self {
            min_replica_memory_gb: memory.min,
            max_replica_memory_gb: memory.max,
            min_total_memory_gb: vertical.then_some(memory.min.saturating_mul(3)),
            max_total_memory_gb: vertical.then_some(memory.max.saturating_mul(3)),
            num_replicas: vertical.then_some(replicas.min()),
            min_replicas: (!vertical).then_some(replicas.min()),
            max_replicas: (!vertical).then_some(replicas.max()),
            replica_memory_gb: (!vertical).then_some(memory.max),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CurrentScalingView {
    effective_autoscaling_mode: AutoscalingMode,
    effective_min_replica_memory_gb: u32,
    effective_max_replica_memory_gb: u32,
    effective_min_replicas: u32,
    effective_max_replicas: u32,
    effective_idle_scaling: bool,
    effective_idle_timeout_minutes: u32,
}

impl CurrentScalingView {
    fn of(scaling: &Scaling) -> Self {
        Self {
            effective_autoscaling_mode: scaling.replicas.mode(),
            effective_min_replica_memory_gb: scaling.memory.min,
            effective_max_replica_memory_gb: scaling.memory.max,
            effective_min_replicas: scaling.replicas.min(),
            effective_max_replicas: scaling.replicas.max(),
            effective_idle_scaling: scaling.idle_scaling,
            effective_idle_timeout_minutes: scaling.idle_timeout_minutes,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EndpointView {
    protocol: &'static str,
    host: String,
    port: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
}

/// A service as `GET` shows it.
pub fn service(service: &Service, organization: &Organization, draw: &Draw, now: Timestamp) -> Value {
    let view = view(service, organization, draw, now);
    serde_json::to_value(view).expect("the view has text keys and finite numbers only")
}

/// [`service`] as text, for lists, which may be long.
pub fn service_text(service: &Service, organization: &Organization, draw: &Draw, now: Timestamp) -> Box<RawValue> {
    let view = view(service, organization, draw, now);
    to_raw_value(&view).expect("the view has text keys and finite numbers only")
}

fn view<'a>(service: &'a Service, organization: &'a Organization, draw: &Draw, now: Timestamp) -> ServiceView<'a> {
    ServiceView {
        id: service.id,
        name: &service.name,
        provider: service.provider,
        region: &service.region,
        state: service.state,
        clickhouse_version: &service.clickhouse_version,
        endpoints: endpoints(service, draw),
        tier: service.tier,
        size: SizeView::of(&service.scaling),
        autoscaling_mode: service.scaling.replicas.mode(),
        idle_scaling: service.scaling.idle_scaling,
        idle_timeout_minutes: service.scaling.idle_timeout_minutes,
        ip_access_list: &service.ip_access_list,
        created_at: service.created_at,
        encryption_key: service.encryption_key.as_deref(),
        encryption_assumed_role_identifier: service.encryption_assumed_role_identifier.as_deref(),
        iam_role: iam_role(service, draw),
        private_endpoint_ids: &service.private_endpoint_ids,
        available_private_endpoint_ids: available_private_endpoints(service, &organization.private_endpoints),
        data_warehouse_id: service.data_warehouse_id,
        is_primary: service.is_primary,
        is_readonly: service.is_readonly,
        release_channel: service.release_channel,
        byoc_id: service.byoc_id.as_deref(),
        has_transparent_data_encryption: service.has_transparent_data_encryption,
        profile: &service.profile,
        transparent_data_encryption_key_id: service.transparent_data_encryption_key_id.as_deref(),
        encryption_role_id: service.has_transparent_data_encryption.then(|| encryption_role(service, draw)),
        compliance_type: service.compliance_type,
        tags: &service.tags,
        enable_core_dumps: service.enable_core_dumps,
        scaling_schedule: (!service.sub_objects.scaling_schedule.is_empty()).then(|| schedule(service, now)),
        current_scaling: CurrentScalingView::of(&service.scaling_in_force),
    }
}

/// The members of an entry that depend on the mode, or of the base configuration.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ScheduleSizeView {
    autoscaling_mode: AutoscalingMode,
    #[serde(skip_serializing_if = "Option::is_none")]
    min_replica_memory_gb: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_replica_memory_gb: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min_replicas: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_replicas: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    idle_scaling: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    idle_timeout_minutes: Option<u32>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ScheduleEntryView<'a> {
    id: Uuid,
    name: &'a str,
    weekdays: &'a BTreeSet<u32>,
    start_hour_utc: u32,
    end_hour_utc: u32,
    #[serde(flatten)]
    size: ScheduleSizeView,
    is_active_now: bool,
}

/// `ScalingSchedule` of the API's description. A fixed number of replicas shows as a band of equal ends.
pub fn schedule(service: &Service, now: Timestamp) -> Value {
    let entries: Vec<ScheduleEntryView<'_>> = service
        .sub_objects
        .scaling_schedule
        .iter()
        .map(|entry| ScheduleEntryView {
            id: entry.id,
            name: &entry.name,
            weekdays: &entry.weekdays,
            start_hour_utc: entry.start_hour_utc,
            end_hour_utc: entry.end_hour_utc,
            size: ScheduleSizeView {
                autoscaling_mode: entry.autoscaling_mode,
                min_replica_memory_gb: entry.memory.map(|memory| memory.min),
                max_replica_memory_gb: entry.memory.map(|memory| memory.max),
                min_replicas: entry.replicas.map(Replicas::min),
                max_replicas: entry.replicas.map(Replicas::max),
                idle_scaling: entry.idle_scaling,
                idle_timeout_minutes: entry.idle_timeout_minutes,
            },
            is_active_now: entry.is_open(now),
        })
        .collect();
    let base = &service.scaling;
    let base_config = ScheduleSizeView {
        autoscaling_mode: base.replicas.mode(),
        min_replica_memory_gb: Some(base.memory.min),
        max_replica_memory_gb: Some(base.memory.max),
        min_replicas: Some(base.replicas.min()),
        max_replicas: Some(base.replicas.max()),
        idle_scaling: Some(base.idle_scaling),
        idle_timeout_minutes: Some(base.idle_timeout_minutes),
    };
    let mut view = json!({ "entries": entries, "baseConfig": base_config });
    if let Some(active) = entries.iter().find(|entry| entry.is_active_now) {
        view["activeEntryId"] = json!(active.id);
    }
    view
}

/// The part of its host names that belongs to the service alone.
pub fn host_label(service: &Service, draw: &Draw) -> String {
    draw.label_of("host", &service.id.to_string(), 10)
}

fn endpoints(service: &Service, draw: &Draw) -> Vec<EndpointView> {
    let label = host_label(service, draw);
    let (region, provider) = (&service.region, service.provider.word());
    let host = match &service.byoc_id {
        Some(byoc) => {
            let infrastructure = draw.label_of("byoc-host", byoc, 8);
            format!("{label}.{infrastructure}.{region}.{provider}.clickhouse-byoc.com")
        }
        None => format!("{label}.{region}.{provider}.clickhouse.cloud"),
    };
    let endpoint = |protocol, port| EndpointView { protocol, host: host.clone(), port, username: None };
    let mut endpoints = vec![endpoint("nativesecure", 9440), endpoint("https", 8443)];
    if service.mysql_enabled {
        endpoints.push(EndpointView { username: Some(format!("mysql4{label}")), ..endpoint("mysql", 3306) });
    }
    endpoints
}

fn iam_role(service: &Service, draw: &Draw) -> String {
    let label = host_label(service, draw);
    match service.provider {
        Provider::Aws => format!("arn:aws:iam::{}:role/CH-S3-{label}-{}-Role", aws_account(draw), service.region),
        Provider::Gcp => format!("ch-{label}@clickhouse-sandbox.iam.gserviceaccount.com"),
        Provider::Azure => format!("ch-{label}-identity"),
    }
}

fn encryption_role(service: &Service, draw: &Draw) -> String {
    let label = host_label(service, draw);
    match service.provider {
        Provider::Aws => format!("arn:aws:iam::{}:role/CH-KMS-{label}-{}-Role", aws_account(draw), service.region),
        Provider::Gcp => format!("kms-{label}@clickhouse-sandbox.iam.gserviceaccount.com"),
        Provider::Azure => format!("kms-{label}-identity"),
    }
}

/// Twelve digits, the same for the whole world.
fn aws_account(draw: &Draw) -> u64 {
    let number = draw.below("aws-account", "", 900_000_000_000);
    100_000_000_000 + number as u64
}

/// Endpoints of the organization in the service's region that are not attached to it yet.
fn available_private_endpoints<'a>(service: &Service, registered: &'a [PrivateEndpoint]) -> Vec<&'a str> {
    registered
        .iter()
        .filter(|endpoint| endpoint.cloud_provider == service.provider && endpoint.region == service.region)
        .filter(|endpoint| !service.private_endpoint_ids.contains(&endpoint.id))
        .map(|endpoint| endpoint.id.as_str())
        .collect()
}
