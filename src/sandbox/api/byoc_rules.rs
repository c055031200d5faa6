//! The rules of BYOC infrastructures that concern more than one field, and what an account must allow.

use std::net::Ipv4Addr;

use serde_json::Value;

use super::byoc::{CreateRequest, DEGRADED, Patch, READY};
use crate::sandbox::http::ApiError;
use crate::sandbox::model::{ByocInfrastructure, Provider};
use crate::sandbox::shape::shown;
use crate::sandbox::shapes;
use crate::sandbox::world::World;

const SUBNETS: usize = 6;
const ZONES: usize = 3;

/// Actions the management role needs, with the group each belongs to.
const AWS_ACTIONS: [(&str, &str); 6] = [
    ("base", "eks:CreateCluster"),
    ("base", "ec2:RunInstances"),
    ("base", "s3:CreateBucket"),
    ("base", "iam:PassRole"),
    ("vpc-write", "ec2:CreateVpc"),
    ("vpc-write", "ec2:CreateSubnet"),
];
const GCP_ACTIONS: [(&str, &str); 5] = [
    ("base", "container.clusters.create"),
    ("base", "compute.instances.create"),
    ("base", "storage.buckets.create"),
    ("vpc-write", "compute.networks.create"),
    ("vpc-write", "compute.subnetworks.create"),
];

fn refuse(field: &str, words: &str, value: &str) -> ApiError {
    ApiError::field(field, words, &shown(&Value::from(value)))
}

fn missing(field: &str, words: &str) -> ApiError {
    ApiError::field(field, words, "<undefined>")
}

/// Checks a creation, and gives the provider of its region.
///
/// # Errors
/// 400; 403 without the entitlement; 409 when the account has an infrastructure in that region.
pub fn check(world: &World, request: &CreateRequest) -> Result<Provider, ApiError> {
    if !world.organization.entitlements.byoc {
        return Err(ApiError::forbidden("BYOC is not enabled for this organization"));
    }
    let provider = provider(&request.region_id)?;
    check_account(provider, request)?;
    check_zones(request)?;
    check_vpc(provider, request)?;
    check_range(provider, request)?;
    let taken = world.organization.byoc_infrastructures.iter().any(|known| {
        known.account_id == request.account_id
            && known.region_id == request.region_id
            && known.state != "infra-terminated"
    });
    if taken {
        let (account, region) = (&request.account_id, &request.region_id);
        return Err(ApiError::conflict(format!("Account {account} has a BYOC infrastructure in {region} already")));
    }
    Ok(provider)
}

fn provider(region: &str) -> Result<Provider, ApiError> {
    let found = shapes::REGIONS.iter().find(|(_, regions)| regions.contains(&region));
    match found.map(|(name, _)| *name) {
        Some("aws") => Ok(Provider::Aws),
        Some("gcp") => Ok(Provider::Gcp),
        Some("azure") => Ok(Provider::Azure),
        _ => Err(refuse("regionId", "is not a region of a provider", region)),
    }
}

fn check_account(provider: Provider, request: &CreateRequest) -> Result<(), ApiError> {
    let account = &request.account_id;
    let twelve_digits = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    if provider == Provider::Aws && !twelve_digits {
        return Err(refuse("accountId", "must be the 12 digits of an AWS account", account));
    }
    if request.external_id.is_some() && provider != Provider::Aws {
        return Err(ApiError::field("externalId", "is available on aws only", "<string>"));
    }
    let azure = [("tenantId", &request.tenant_id), ("servicePrincipalClientId", &request.service_principal_client_id)];
    for (field, value) in azure {
        match (provider, value) {
            (Provider::Azure, None) => return Err(missing(field, "is required for azure regions")),
            (Provider::Aws | Provider::Gcp, Some(_)) => {
                return Err(ApiError::field(field, "is available on azure only", "<string>"));
            }
            _ => {}
        }
    }
    Ok(())
}

fn check_zones(request: &CreateRequest) -> Result<(), ApiError> {
    let Some(zones) = &request.availability_zone_suffixes else { return Ok(()) };
    let repeated = zones.iter().enumerate().find(|(index, zone)| zones.iter().take(*index).any(|known| known == *zone));
    if let Some((index, zone)) = repeated {
        return Err(refuse(&format!("availabilityZoneSuffixes[{index}]"), "is there twice", zone));
    }
    if zones.len() < ZONES {
        let words = format!("must have at least {ZONES} items");
        return Err(ApiError::field("availabilityZoneSuffixes", &words, "<array>"));
    }
    Ok(())
}

/// What belongs to a VPC of the customer comes with its `vpcId` only.
fn check_vpc(provider: Provider, request: &CreateRequest) -> Result<(), ApiError> {
    let own = request.vpc_id.is_some();
    if own && provider == Provider::Azure {
        return Err(ApiError::field("vpcId", "is not available on azure", "<string>"));
    }
    if own && request.vpc_cidr_range.is_some() {
        return Err(ApiError::field("vpcCidrRange", "cannot be used together with vpcId", "<string>"));
    }
    let only_gcp = [
        ("gcpPodCidrRangeNames", request.gcp_pod_cidr_range_names.is_some()),
        ("gcpSharedVpcHostProjectId", request.gcp_shared_vpc_host_project_id.is_some()),
    ];
    let with_vpc = [
        ("privateSubnetIds", request.private_subnet_ids.is_some()),
        ("publicSubnetIds", request.public_subnet_ids.is_some()),
    ];
    for (field, given) in only_gcp {
        if given && provider != Provider::Gcp {
            return Err(ApiError::field(field, "is available on gcp only", "<string>"));
        }
    }
    for (field, given) in with_vpc.into_iter().chain(only_gcp) {
        if given && !own {
            return Err(ApiError::field(field, "needs vpcId", "<array>"));
        }
    }
    if !own {
        return Ok(());
    }
    let Some(private) = &request.private_subnet_ids else {
        return Err(missing("privateSubnetIds", "is required with vpcId"));
    };
    let (most, words) = match provider {
        Provider::Gcp => (1, "must have exactly one item on gcp"),
        Provider::Aws | Provider::Azure => (SUBNETS, "must have 1 to 6 items on aws"),
    };
    if private.is_empty() || private.len() > most {
        return Err(ApiError::field("privateSubnetIds", words, "<array>"));
    }
    match &request.public_subnet_ids {
        Some(_) if provider != Provider::Aws => {
            Err(ApiError::field("publicSubnetIds", "is available on aws only", "<array>"))
        }
        Some(public) if public.len() > SUBNETS => {
            Err(ApiError::field("publicSubnetIds", "must have at most 6 items", "<array>"))
        }
        _ => Ok(()),
    }
}

fn check_range(provider: Provider, request: &CreateRequest) -> Result<(), ApiError> {
    let Some(range) = &request.vpc_cidr_range else { return Ok(()) };
    let parts = range.split_once('/').and_then(|(address, bits)| {
        let bits: u8 = bits.parse().ok().filter(|bits| *bits <= 32)?;
        Some((address.parse::<Ipv4Addr>().ok()?, bits))
    });
    let Some((address, bits)) = parts else {
        return Err(refuse("vpcCidrRange", "must be an IPv4 CIDR such as 10.0.0.0/16", range));
    };
    let smallest = if provider == Provider::Gcp { 20 } else { 23 };
    if bits > smallest {
        let words = format!("must be a range of /{smallest} or larger on {}", provider.word());
        return Err(refuse("vpcCidrRange", &words, range));
    }
    if !address.is_private() {
        return Err(refuse("vpcCidrRange", "must be a private range", range));
    }
    Ok(())
}

/// What the account must allow; on Azure nothing is checked.
pub fn actions(provider: Provider, request: &CreateRequest) -> impl Iterator<Item = (&'static str, &'static str)> {
    let all: &[(&str, &str)] = match provider {
        Provider::Aws => &AWS_ACTIONS,
        Provider::Gcp => &GCP_ACTIONS,
        Provider::Azure => &[],
    };
    let own = request.vpc_id.is_some();
    all.iter().copied().filter(move |(group, _)| !own || *group != "vpc-write")
}

/// What the account must allow and does not.
pub fn denied(world: &World, provider: Provider, request: &CreateRequest) -> Vec<&'static str> {
    let refused = |action: &&str| world.organization.byoc_denied_actions.iter().any(|known| known == action);
    actions(provider, request).map(|(_, action)| action).filter(refused).collect()
}

/// Checks a change as a whole.
///
/// # Errors
/// 400, or 409 in a state that does not allow it.
pub fn check_patch(world: &World, infrastructure: &ByocInfrastructure, request: &Patch) -> Result<(), ApiError> {
    let network = &infrastructure.network;
    let touches_network = request.enable_private_link.is_some()
        || request.enable_private_load_balancer.is_some()
        || request.enable_public_load_balancer.is_some()
        || request.tags.is_some();
    if touches_network && ![READY, DEGRADED].contains(&infrastructure.state.as_str()) {
        return Err(ApiError::conflict(format!(
            "BYOC infrastructure {} cannot be changed now. Current state: '{}'",
            infrastructure.id, infrastructure.state
        )));
    }
    let private = request.enable_private_load_balancer.unwrap_or(network.private_load_balancer);
    let public = request.enable_public_load_balancer.unwrap_or(network.public_load_balancer);
    let link = request.enable_private_link.unwrap_or(network.private_link);
    if !private && !public {
        let words = "cannot be false while the private load balancer is disabled";
        return Err(ApiError::field("enablePublicLoadBalancer", words, "<boolean:false>"));
    }
    if link && !private {
        let words = "needs the private load balancer";
        return Err(ApiError::field("enablePrivateLink", words, "<boolean:true>"));
    }
    check_psc_subnet(infrastructure, request)?;
    let uses = |service: &crate::sandbox::model::Service| !service.private_endpoint_ids.is_empty();
    if network.private_link && !link && world.all_services().any(uses) {
        return Err(ApiError::conflict("Private link cannot be disabled while services have private endpoints"));
    }
    Ok(())
}

fn check_psc_subnet(infrastructure: &ByocInfrastructure, request: &Patch) -> Result<(), ApiError> {
    let own_on_gcp = infrastructure.cloud_provider == Provider::Gcp && infrastructure.network.vpc_id.is_some();
    let enables = request.enable_private_link == Some(true);
    match &request.gcp_psc_subnet_id {
        Some(_) if !own_on_gcp => {
            Err(ApiError::field("gcpPscSubnetId", "is available in a VPC of your own on gcp only", "<string>"))
        }
        Some(_) if !enables => {
            Err(ApiError::field("gcpPscSubnetId", "is accepted together with enablePrivateLink: true only", "<string>"))
        }
        None if own_on_gcp && enables && infrastructure.network.psc_subnet_id.is_none() => {
            Err(missing("gcpPscSubnetId", "is required to enable private link in a VPC of your own on gcp"))
        }
        _ => Ok(()),
    }
}
