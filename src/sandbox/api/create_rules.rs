//! The rules of a create request that concern more than one field, the tier, or what already exists.
//!
//! Scaling has its own, in [`super::scaling`].

use std::collections::BTreeSet;

use serde_json::Value;

use super::create::CreateRequest;
use super::private_endpoint;
use crate::sandbox::http::ApiError;
use crate::sandbox::model::{
    AutoscalingMode, BackupStatus, Organization, Provider, ReleaseChannel, ServiceTier, Tag, Tier,
};
use crate::sandbox::shape::shown;
use crate::sandbox::shapes;
use crate::sandbox::world::World;

/// Checks everything but scaling.
///
/// # Errors
/// 400, or 403 for what the tier does not have.
pub fn check(world: &World, request: &CreateRequest) -> Result<(), ApiError> {
    let organization = &world.organization;
    check_quota(world)?;
    check_region(request)?;
    check_service_tier(organization, request)?;
    check_totals(request)?;
    check_warehouse(world, request)?;
    check_backup(world, request)?;
    check_byoc(organization, request)?;
    check_profile(organization, request)?;
    check_encryption(organization, request)?;
    if let Some(channel) = request.release_channel {
        release_channel(organization, channel)?;
    }
    enterprise_only(organization, request.compliance_type.is_some(), "complianceType")?;
    distinct_tags(&request.tags, "tags")?;
    core_dumps(organization, request.enable_core_dumps)?;
    private_endpoint::check_ids(request.provider, organization, "privateEndpointIds", &request.private_endpoint_ids)
}

fn refuse(field: &str, words: &str, value: &str) -> ApiError {
    ApiError::field(field, words, &shown(&Value::from(value)))
}

fn check_quota(world: &World) -> Result<(), ApiError> {
    let Some(quota) = world.organization.services_quota else { return Ok(()) };
    if world.services.len() < quota as usize {
        return Ok(());
    }
    Err(ApiError::bad_request(format!("The organization has reached its limit of {quota} services")))
}

fn check_region(request: &CreateRequest) -> Result<(), ApiError> {
    let provider = request.provider.word();
    let regions = shapes::REGIONS.iter().find(|(name, _)| *name == provider).map_or(&[][..], |(_, regions)| regions);
    if regions.contains(&request.region.as_str()) {
        return Ok(());
    }
    Err(refuse("region", &format!("is not a region of provider {provider}"), &request.region))
}

fn check_service_tier(organization: &Organization, request: &CreateRequest) -> Result<(), ApiError> {
    match (organization.tier, request.tier) {
        (_, None) => Ok(()),
        (Tier::Legacy, Some(ServiceTier::Development)) if request.provider == Provider::Azure => {
            Err(refuse("tier", "is not available on azure", "development"))
        }
        (Tier::Legacy, Some(_)) => Ok(()),
        (_, Some(_)) => Err(ApiError::field(
            "tier",
            "cannot be set for organizations on the BASIC, SCALE and ENTERPRISE tiers",
            "<string>",
        )),
    }
}

/// The deprecated totals stand alone.
fn check_totals(request: &CreateRequest) -> Result<(), ApiError> {
    let Some(total) = request.min_total_memory_gb.or(request.max_total_memory_gb) else { return Ok(()) };
    let value = shown(&Value::from(total));
    let scaling = &request.scaling;
    if scaling.min_replica_memory_gb.is_some() || scaling.max_replica_memory_gb.is_some() {
        let words = "cannot be used together with minReplicaMemoryGb and maxReplicaMemoryGb";
        return Err(ApiError::field("minTotalMemoryGb", words, &value));
    }
    if scaling.autoscaling_mode == Some(AutoscalingMode::Horizontal) {
        let words = "is not available with horizontal autoscaling";
        return Err(ApiError::field("minTotalMemoryGb", words, &value));
    }
    Ok(())
}

fn check_warehouse(world: &World, request: &CreateRequest) -> Result<(), ApiError> {
    let Some(id) = request.data_warehouse_id.as_deref() else {
        if request.is_readonly == Some(true) {
            let words = "can only be true when dataWarehouseId is given";
            return Err(ApiError::field("isReadonly", words, "<boolean:true>"));
        }
        return Ok(());
    };
    if world.organization.tier == Tier::Basic {
        return Err(ApiError::forbidden("Warehouses are not available on the BASIC tier"));
    }
    let Some(primary) = world.primary_of(id) else {
        return Err(refuse("dataWarehouseId", "is not a data warehouse of this organization", id));
    };
    if request.provider != primary.provider {
        return Err(refuse("provider", "must be that of the data warehouse", request.provider.word()));
    }
    if request.region != primary.region {
        return Err(refuse("region", "must be that of the data warehouse", &request.region));
    }
    if request.byoc_id != primary.byoc_id {
        return Err(ApiError::field("byocId", "must be that of the data warehouse", "<string>"));
    }
    if let Some(channel) = request.release_channel
        && channel != primary.release_channel
    {
        return Err(ApiError::field("releaseChannel", "must be that of the data warehouse", "<string>"));
    }
    if request.has_transparent_data_encryption.is_some_and(|asked| asked && !primary.has_transparent_data_encryption) {
        let words = "must be that of the data warehouse";
        return Err(ApiError::field("hasTransparentDataEncryption", words, "<boolean:true>"));
    }
    Ok(())
}

fn check_backup(world: &World, request: &CreateRequest) -> Result<(), ApiError> {
    if request.backup_encryption_config.is_some() {
        let words = "is accepted for backups in your own bucket only";
        return Err(ApiError::field("backupEncryptionConfig", words, "<object>"));
    }
    let Some(id) = request.backup_id else { return Ok(()) };
    if request.data_warehouse_id.is_some() {
        let words = "cannot be used together with dataWarehouseId: a restored service has its own";
        return Err(refuse("backupId", words, &id.to_string()));
    }
    let Some(backup) = world.backups.get(&id) else {
        return Err(refuse("backupId", "is not a backup of this organization", &id.to_string()));
    };
    if backup.status != BackupStatus::Done {
        return Err(refuse("backupId", "is not a backup that is done", &id.to_string()));
    }
    if request.provider != backup.provider || request.region != backup.region {
        let place = format!("must be that of the backup, {} {}", backup.provider.word(), backup.region);
        return Err(refuse("region", &place, &request.region));
    }
    Ok(())
}

fn check_byoc(organization: &Organization, request: &CreateRequest) -> Result<(), ApiError> {
    let Some(id) = request.byoc_id.as_deref() else { return Ok(()) };
    let Some(infrastructure) = organization.byoc(id) else {
        return Err(refuse("byocId", "is not a BYOC infrastructure of this organization", id));
    };
    if infrastructure.state != "infra-ready" {
        let state = &infrastructure.state;
        return Err(ApiError::conflict(format!("BYOC infrastructure {id} is not ready. Current state: '{state}'")));
    }
    if infrastructure.cloud_provider != request.provider || infrastructure.region_id != request.region {
        return Err(refuse("region", "must be that of the BYOC infrastructure", &request.region));
    }
    for (field, value) in [
        ("minReplicaMemoryGb", request.scaling.min_replica_memory_gb),
        ("maxReplicaMemoryGb", request.scaling.max_replica_memory_gb),
    ] {
        if value.is_none() {
            return Err(ApiError::field(field, "is required with byocId", "<undefined>"));
        }
    }
    if request.mysql_enabled() {
        return Err(refuse("endpoints[0].protocol", "is not available for BYOC services", "mysql"));
    }
    Ok(())
}

fn check_profile(organization: &Organization, request: &CreateRequest) -> Result<(), ApiError> {
    let profile = request.profile();
    let own = request.byoc_id.as_deref().and_then(|id| organization.byoc(id));
    if own.is_some_and(|byoc| byoc.profiles.iter().any(|own| own.profile == profile)) {
        return Ok(());
    }
    if !shapes::PROFILES.contains(&profile) {
        return Err(refuse("profile", "is not a profile available to this organization", profile));
    }
    enterprise_only(organization, profile != "v1-default" && own.is_none(), "profile")
}

fn check_encryption(organization: &Organization, request: &CreateRequest) -> Result<(), ApiError> {
    let tde = request.has_transparent_data_encryption == Some(true);
    enterprise_only(organization, tde, "hasTransparentDataEncryption")?;
    if tde && request.byoc_id.is_some() {
        let words = "is not available for BYOC services";
        return Err(ApiError::field("hasTransparentDataEncryption", words, "<boolean:true>"));
    }
    match (&request.encryption_key, &request.encryption_assumed_role_identifier) {
        (None, None) => Ok(()),
        (Some(_), Some(_)) if request.provider == Provider::Aws => Ok(()),
        (Some(_), Some(_)) => Err(ApiError::field("encryptionKey", "is available on aws only", "<string>")),
        (Some(_), None) => {
            let words = "is required with encryptionKey";
            Err(ApiError::field("encryptionAssumedRoleIdentifier", words, "<undefined>"))
        }
        (None, Some(_)) => {
            let words = "is required with encryptionAssumedRoleIdentifier";
            Err(ApiError::field("encryptionKey", words, "<undefined>"))
        }
    }
}

/// Refuses what Basic and Scale organizations do not have.
fn enterprise_only(organization: &Organization, asked: bool, field: &str) -> Result<(), ApiError> {
    match organization.tier {
        Tier::Basic | Tier::Scale if asked => {
            Err(ApiError::forbidden(format!("{field} is only available on the ENTERPRISE tier")))
        }
        _ => Ok(()),
    }
}

/// `slow` needs Enterprise; Basic organizations have no choice.
///
/// # Errors
/// 403.
pub fn release_channel(organization: &Organization, channel: ReleaseChannel) -> Result<(), ApiError> {
    match (organization.tier, channel) {
        (Tier::Basic, _) => Err(ApiError::forbidden("releaseChannel cannot be chosen on the BASIC tier")),
        (Tier::Scale, ReleaseChannel::Slow) => {
            Err(ApiError::forbidden("releaseChannel 'slow' is only available on the ENTERPRISE tier"))
        }
        _ => Ok(()),
    }
}

/// Tags are named by their keys, so a key occurs once.
///
/// # Errors
/// 400.
pub fn distinct_tags(tags: &[Tag], field: &str) -> Result<(), ApiError> {
    let mut keys = BTreeSet::new();
    match tags.iter().find(|tag| !keys.insert(&tag.key)) {
        Some(tag) => Err(refuse(field, "has the same key twice", &tag.key)),
        None => Ok(()),
    }
}

/// Where the organization collects no core dumps, no service does.
///
/// # Errors
/// 400.
pub fn core_dumps(organization: &Organization, asked: Option<bool>) -> Result<(), ApiError> {
    if asked == Some(true) && !organization.enable_core_dumps {
        let words = "cannot be true while core dumps are disabled for the organization";
        return Err(ApiError::field("enableCoreDumps", words, "<boolean:true>"));
    }
    Ok(())
}
