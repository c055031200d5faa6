//! BYOC infrastructures: the data plane in an account of the customer. They are built and removed over time.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Call, byoc_rules};
use crate::sandbox::http::{Answer, ApiError, Reply};
use crate::sandbox::model::{ByocInfrastructure, ByocNetwork, ByocWork, Provider, ServiceProfile};
use crate::sandbox::settings::after;
use crate::sandbox::shapes;
use crate::sandbox::world::World;

/// State of an infrastructure that can be used.
pub const READY: &str = "infra-ready";
/// State of one that works only in part.
pub const DEGRADED: &str = "infra-degraded";
const PROVISIONING: &str = "infra-provisioning";
const TERMINATING: &str = "infra-terminating";
const TERMINATED: &str = "infra-terminated";

/// Replica sizes of a new infrastructure: nodes of 16 to 64 vCPUs less what the system takes.
const PROFILES: [(&str, u32, u32); 4] = [
    ("v1-standard-byoc-16", 12, 48),
    ("v1-standard-byoc-32", 29, 116),
    ("v1-standard-byoc-48", 43, 172),
    ("v1-standard-byoc-64", 58, 232),
];

/// Stages of building one, each with its cloud resources; they take equal parts of the time.
const STAGES: [(&str, &[&str]); 5] = [
    ("network", &["vpc", "subnets", "nat-gateways", "route-tables"]),
    ("cluster", &["control-plane", "node-groups"]),
    ("storage", &["backup-bucket", "data-bucket"]),
    ("connectivity", &["load-balancer", "dns"]),
    ("clickhouse", &["operator", "monitoring"]),
];

/// The body of a creation and of a preflight.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateRequest {
    pub region_id: String,
    pub account_id: String,
    pub availability_zone_suffixes: Option<Vec<String>>,
    pub vpc_cidr_range: Option<String>,
    pub external_id: Option<String>,
    pub tenant_id: Option<String>,
    pub service_principal_client_id: Option<String>,
    pub vpc_id: Option<String>,
    pub private_subnet_ids: Option<Vec<String>>,
    pub public_subnet_ids: Option<Vec<String>>,
    pub gcp_pod_cidr_range_names: Option<Vec<String>>,
    pub gcp_shared_vpc_host_project_id: Option<String>,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    pub display_name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Patch {
    pub display_name: Option<String>,
    pub enable_private_link: Option<bool>,
    pub gcp_psc_subnet_id: Option<String>,
    pub enable_private_load_balancer: Option<bool>,
    pub enable_public_load_balancer: Option<bool>,
    pub tags: Option<BTreeMap<String, String>>,
}

/// `organizationByocInfrastructureCreate`.
pub fn post(world: &mut World, call: &Call<'_>) -> Answer {
    let request: CreateRequest = call.read(shapes::BYOC_POST)?;
    let provider = byoc_rules::check(world, &request)?;
    let until = after(world.now, world.settings.durations.byoc_provision);
    let denied = !byoc_rules::denied(world, provider, &request).is_empty();
    let leads_to = if denied { DEGRADED } else { READY };
    let profile = |&(name, cpu_cores, memory_gi): &(&str, u32, u32)| ServiceProfile {
        profile: name.to_owned(),
        cpu_cores,
        memory_gi,
    };
    let infrastructure = ByocInfrastructure {
        id: world.draw.id("byoc").to_string(),
        state: PROVISIONING.to_owned(),
        network: network(&request),
        account_id: request.account_id,
        region_id: request.region_id,
        cloud_provider: provider,
        display_name: request.display_name.unwrap_or_default(),
        profiles: PROFILES.iter().map(profile).collect(),
        tags: request.tags,
        work: Some(ByocWork { since: world.now, until, leads_to: leads_to.to_owned() }),
        changed_at: Some(world.now),
    };
    let reply = config(&infrastructure);
    world.organization.byoc_infrastructures.push(infrastructure);
    Ok(Reply::Result(reply))
}

/// A VPC of the customer is reached from inside, one of ClickHouse's over the internet, unless that is changed.
fn network(request: &CreateRequest) -> ByocNetwork {
    let own = request.vpc_id.is_some();
    let default = ByocNetwork::default();
    ByocNetwork {
        vpc_cidr_range: match own {
            true => None,
            false => request.vpc_cidr_range.clone().or(default.vpc_cidr_range),
        },
        availability_zone_suffixes: request
            .availability_zone_suffixes
            .clone()
            .unwrap_or(default.availability_zone_suffixes),
        vpc_id: request.vpc_id.clone(),
        private_subnet_ids: request.private_subnet_ids.clone().unwrap_or_default(),
        public_subnet_ids: request.public_subnet_ids.clone().unwrap_or_default(),
        pod_cidr_range_names: request.gcp_pod_cidr_range_names.clone().unwrap_or_default(),
        shared_vpc_host_project_id: request.gcp_shared_vpc_host_project_id.clone(),
        private_load_balancer: own,
        public_load_balancer: !own,
        ..ByocNetwork::default()
    }
}

/// `organizationByocInfrastructureValidate`: what the account would allow. Nothing is made.
pub fn validate(world: &mut World, call: &Call<'_>) -> Answer {
    let request: CreateRequest = call.read(shapes::BYOC_VALIDATE_POST)?;
    let provider = byoc_rules::check(world, &request)?;
    let denied = byoc_rules::denied(world, provider, &request);
    let checks: Vec<Value> = byoc_rules::actions(provider, &request)
        .map(|(group, action)| {
            let allowed = !denied.contains(&action);
            let mut check =
                json!({ "name": format!("May {action}"), "action": action, "allowed": allowed, "group": group });
            if !allowed {
                check["reason"] = json!("The account does not allow it");
            }
            check
        })
        .collect();
    Ok(Reply::Result(json!({
        "cloudProvider": provider,
        "allPassed": denied.is_empty(),
        "anyPassed": checks.len() > denied.len(),
        "supported": !checks.is_empty(),
        "checks": checks,
    })))
}

/// `organizationByocInfrastructureGet`.
pub fn get(world: &mut World, call: &Call<'_>) -> Answer {
    Ok(Reply::Result(details(find(world, call)?)))
}

/// `organizationByocInfrastructureUpdate`. Either all of it takes effect or none.
pub fn patch(world: &mut World, call: &Call<'_>) -> Answer {
    let mut infrastructure = living(world, call)?.clone();
    let request: Patch = call.read(shapes::BYOC_PATCH)?;
    byoc_rules::check_patch(world, &infrastructure, &request)?;
    let ready_from = after(world.now, world.settings.durations.private_link);
    let network = &mut infrastructure.network;
    if let Some(on) = request.enable_private_link {
        if on != network.private_link {
            network.private_link_from = on.then_some(ready_from);
        }
        network.private_link = on;
        network.psc_subnet_id = if on { request.gcp_psc_subnet_id.or(network.psc_subnet_id.take()) } else { None };
    }
    network.private_load_balancer = request.enable_private_load_balancer.unwrap_or(network.private_load_balancer);
    network.public_load_balancer = request.enable_public_load_balancer.unwrap_or(network.public_load_balancer);
    infrastructure.display_name = request.display_name.unwrap_or(infrastructure.display_name);
    infrastructure.tags = request.tags.unwrap_or(infrastructure.tags);
    let reply = config(&infrastructure);
    replace(world, infrastructure);
    Ok(Reply::Result(reply))
}

/// `organizationByocInfrastructureDelete`. Refused while services run on it; it is removed some time after the answer.
pub fn delete(world: &mut World, call: &Call<'_>) -> Answer {
    let mut infrastructure = living(world, call)?.clone();
    if infrastructure.state == TERMINATING {
        return Ok(Reply::Done);
    }
    let lives = |service: &&crate::sandbox::model::Service| service.byoc_id.as_deref() == Some(&infrastructure.id);
    if let Some(service) = world.all_services().find(lives) {
        return Err(ApiError::conflict(format!(
            "BYOC infrastructure {} still has services, such as {}",
            infrastructure.id, service.id
        )));
    }
    let until = after(world.now, world.settings.durations.byoc_terminate);
    infrastructure.state = TERMINATING.to_owned();
    infrastructure.changed_at = Some(world.now);
    infrastructure.work = Some(ByocWork { since: world.now, until, leads_to: TERMINATED.to_owned() });
    replace(world, infrastructure);
    Ok(Reply::Done)
}

/// `organizationByocInfrastructureProgressGet`.
pub fn progress(world: &mut World, call: &Call<'_>) -> Answer {
    let infrastructure = find(world, call)?;
    let changed = infrastructure.changed_at.unwrap_or(world.settings.start);
    let (status, done) = match (infrastructure.state.as_str(), &infrastructure.work) {
        (PROVISIONING, Some(work)) => ("in_progress", share(work, world.now)),
        (PROVISIONING, None) => ("waiting", 0.0),
        (DEGRADED, _) => ("failed", 0.5),
        (TERMINATING, Some(work)) => ("in_progress", 1.0 - share(work, world.now)),
        (TERMINATED, _) => ("not_started", 0.0),
        _ => ("ready", 1.0),
    };
    let stages: Vec<Value> = STAGES
        .iter()
        .enumerate()
        .map(|(index, (name, resources))| {
            let (begin, part) = (index as f64 / STAGES.len() as f64, 1.0 / STAGES.len() as f64);
            let inside = ((done - begin) / part).clamp(0.0, 1.0);
            stage(name, resources, inside, status, changed)
        })
        .collect();
    Ok(Reply::Result(json!({
        "id": infrastructure.id,
        "status": status,
        "updatedAt": changed,
        "stages": stages,
    })))
}

/// How much of the work is done, from 0 to 1.
fn share(work: &ByocWork, now: Timestamp) -> f64 {
    let whole = work.until.duration_since(work.since).as_secs_f64();
    if whole <= 0.0 { 1.0 } else { (now.duration_since(work.since).as_secs_f64() / whole).clamp(0.0, 1.0) }
}

fn stage(name: &str, resources: &[&str], done: f64, overall: &str, changed: Timestamp) -> Value {
    let word = |done: f64| match overall {
        _ if done >= 1.0 => "ready",
        "failed" if done > 0.0 => "failed",
        "in_progress" if done > 0.0 => "in_progress",
        "in_progress" => "pending",
        "waiting" => "waiting",
        _ => "not_started",
    };
    let parts = resources.len() as f64;
    let sub_stages: Vec<Value> = resources
        .iter()
        .enumerate()
        .map(|(index, resource)| {
            let inside = (done * parts - index as f64).clamp(0.0, 1.0);
            json!({ "name": resource, "status": word(inside), "updatedAt": changed, "subStages": [] })
        })
        .collect();
    let mut stage = json!({ "name": name, "status": word(done), "updatedAt": changed, "subStages": sub_stages });
    if stage["status"] == "failed" {
        stage["message"] = json!("The account does not allow what this stage needs; the preflight names it");
    }
    stage
}

/// `organizationByocInfrastructureTagsGet`.
pub fn tags(world: &mut World, call: &Call<'_>) -> Answer {
    Ok(Reply::Result(json!({ "tags": find(world, call)?.tags })))
}

/// `organizationByocInfrastructurePrivateEndpointConfigGet`: 404 until private link can be used.
pub fn private_endpoint_config(world: &mut World, call: &Call<'_>) -> Answer {
    let (endpoint_name, hostname) = endpoint_service(world, find(world, call)?)?;
    Ok(Reply::Result(json!({ "endpointName": endpoint_name, "privateDnsHostname": hostname })))
}

/// The endpoint service of an infrastructure, and the domain of its services behind it.
///
/// # Errors
/// 404 until private link can be used.
pub fn endpoint_service(world: &World, infrastructure: &ByocInfrastructure) -> Result<(String, String), ApiError> {
    let network = &infrastructure.network;
    if !network.private_link {
        return Err(ApiError::not_found("Private link is not enabled on the BYOC infrastructure"));
    }
    if network.private_link_from.is_some_and(|from| world.now < from) {
        return Err(ApiError::not_found("The endpoint service of the BYOC infrastructure is not ready yet"));
    }
    let id = &infrastructure.id;
    let (label, region) = (world.draw.label_of("byoc-host", id, 8), &infrastructure.region_id);
    let (name, word) = match infrastructure.cloud_provider {
        Provider::Aws => {
            let service = world.draw.hex_of("byoc-endpoint-service", id, 17);
            (format!("com.amazonaws.vpce.{region}.vpce-svc-{service}"), "vpce")
        }
        Provider::Gcp => {
            let account = &infrastructure.account_id;
            (format!("projects/{account}/regions/{region}/serviceAttachments/clickhouse-cloud-infra-{label}"), "p")
        }
        Provider::Azure => {
            let service = world.draw.id_of("byoc-endpoint-service", id);
            (format!("clickhouse-cloud-infra-{label}.{service}.{region}.azure.privatelinkservice"), "privatelink")
        }
    };
    let provider = infrastructure.cloud_provider.word();
    Ok((name, format!("{word}.{label}.{region}.{provider}.clickhouse-byoc.com")))
}

fn find<'a>(world: &'a World, call: &Call<'_>) -> Result<&'a ByocInfrastructure, ApiError> {
    let id = call.text("byocInfrastructureId");
    let found = world.organization.byoc(id);
    found.ok_or_else(|| ApiError::not_found(format!("BYOC infrastructure {id} does not exist")))
}

/// One that has not been removed.
fn living<'a>(world: &'a World, call: &Call<'_>) -> Result<&'a ByocInfrastructure, ApiError> {
    let infrastructure = find(world, call)?;
    match infrastructure.state.as_str() {
        TERMINATED => Err(ApiError::not_found(format!("BYOC infrastructure {} was removed", infrastructure.id))),
        _ => Ok(infrastructure),
    }
}

fn replace(world: &mut World, infrastructure: ByocInfrastructure) {
    for known in world.organization.byoc_infrastructures.iter_mut().filter(|known| known.id == infrastructure.id) {
        known.clone_from(&infrastructure);
    }
}

/// `ByocConfig`, as the organization shows it.
pub fn config(byoc: &ByocInfrastructure) -> Value {
    json!({
        "id": byoc.id,
        "state": byoc.state,
        "accountId": byoc.account_id,
        "accountName": byoc.account_id,
        "regionId": byoc.region_id,
        "cloudProvider": byoc.cloud_provider,
        "displayName": byoc.display_name,
    })
}

fn details(byoc: &ByocInfrastructure) -> Value {
    let network = &byoc.network;
    let zone = |suffix: &String| match byoc.cloud_provider {
        Provider::Aws => format!("{}{suffix}", byoc.region_id),
        Provider::Gcp | Provider::Azure => format!("{}-{suffix}", byoc.region_id),
    };
    let mut view = json!({
        "id": byoc.id,
        "state": byoc.state,
        "accountId": byoc.account_id,
        "regionId": byoc.region_id,
        "cloudProvider": byoc.cloud_provider,
        "displayName": byoc.display_name,
        "enablePrivateLink": network.private_link,
        "enablePrivateLoadBalancer": network.private_load_balancer,
        "enablePublicLoadBalancer": network.public_load_balancer,
        "vpcAvailabilityZoneList": network.availability_zone_suffixes.iter().map(zone).collect::<Vec<_>>(),
        "isByoVpc": network.vpc_id.is_some(),
    });
    let members = [
        ("vpcCidrRange", network.vpc_cidr_range.as_ref()),
        ("byoVpcId", network.vpc_id.as_ref()),
        ("byoVpcSharedVpcHostProjectId", network.shared_vpc_host_project_id.as_ref()),
        ("gcpPscSubnetId", network.psc_subnet_id.as_ref()),
    ];
    for (name, value) in members {
        if let Some(value) = value {
            view[name] = json!(value);
        }
    }
    if network.vpc_id.is_some() {
        view["byoVpcPrivateSubnetIds"] = json!(network.private_subnet_ids);
    }
    if !network.pod_cidr_range_names.is_empty() {
        view["byoVpcPodCidrRangeNames"] = json!(network.pod_cidr_range_names);
    }
    view
}
