//! When backups of a service are made. Only primary services have backups.

use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Call;
use crate::sandbox::http::{Answer, ApiError, Reply};
use crate::sandbox::lifecycle;
use crate::sandbox::model::{BackupConfiguration, Tier};
use crate::sandbox::shape;
use crate::sandbox::shapes;
use crate::sandbox::world::World;

const PERIODS: [u32; 8] = [6, 8, 12, 16, 20, 24, 36, 48];
/// Periods the API accepts together with a start time.
const PERIODS_WITH_START: [u32; 2] = [24, 48];

/// `Some(None)` is an explicit null, which resets the field.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Patch {
    #[serde(default, deserialize_with = "present")]
    backup_period_in_hours: Option<Option<u32>>,
    #[serde(default, deserialize_with = "present")]
    backup_retention_period_in_hours: Option<Option<u32>>,
    #[serde(default, deserialize_with = "present")]
    backup_start_time: Option<Option<String>>,
}

fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// `backupConfigurationGet`.
pub fn get(world: &mut World, call: &Call<'_>) -> Answer {
    let id = call.service_id()?;
    must_be_primary(world, id)?;
    Ok(Reply::Result(json!(world.service(id)?.backup_configuration)))
}

/// `backupConfigurationUpdate`.
pub fn patch(world: &mut World, call: &Call<'_>) -> Answer {
    let id = call.service_id()?;
    must_be_primary(world, id)?;
    let request: Patch = call.read(shapes::BACKUP_CONFIGURATION_PATCH)?;
    if world.organization.tier == Tier::Basic {
        return Err(ApiError::forbidden("Configurable backups are not available on the BASIC tier"));
    }
    let service = world.service(id)?;
    lifecycle::must_exist(service.state, "The backup configuration")?;
    let configuration = resolve(&service.backup_configuration, request)?;
    world.service_mut(id)?.backup_configuration = configuration.clone();
    world.note(call, "service_update_backup_configuration");
    Ok(Reply::Result(json!(configuration)))
}

fn must_be_primary(world: &World, id: Uuid) -> Result<(), ApiError> {
    if world.service(id)?.is_primary {
        return Ok(());
    }
    Err(ApiError::bad_request("Backup configuration is available for the primary service of a warehouse only"))
}

fn resolve(stored: &BackupConfiguration, request: Patch) -> Result<BackupConfiguration, ApiError> {
    let default = BackupConfiguration::default();
    if let Some(Some(period)) = request.backup_period_in_hours
        && !PERIODS.contains(&period)
    {
        let words = "must be one of 6, 8, 12, 16, 20, 24, 36, 48";
        return Err(ApiError::field("backupPeriodInHours", words, &shape::shown(&Value::from(period))));
    }
    if let Some(Some(time)) = &request.backup_start_time
        && !is_time(time)
    {
        return Err(ApiError::bad_request("customBackupStartTime must be a valid time (HH:00)"));
    }
    let starts_anew = matches!(request.backup_start_time, Some(Some(_)));
    let backup_start_time = request.backup_start_time.unwrap_or_else(|| stored.backup_start_time.clone());
    let backup_period_in_hours = match request.backup_period_in_hours {
        Some(period) => period.unwrap_or(default.backup_period_in_hours),
        None if starts_anew => default.backup_period_in_hours,
        None => stored.backup_period_in_hours,
    };
    if backup_start_time.is_some() && !PERIODS_WITH_START.contains(&backup_period_in_hours) {
        return Err(ApiError::field(
            "backupPeriodInHours",
            "must be 24 or 48 while a backup start time is set",
            &shape::shown(&Value::from(backup_period_in_hours)),
        ));
    }
    let backup_retention_period_in_hours = match request.backup_retention_period_in_hours {
        Some(retention) => retention.unwrap_or(default.backup_retention_period_in_hours),
        None => stored.backup_retention_period_in_hours,
    };
    Ok(BackupConfiguration { backup_period_in_hours, backup_retention_period_in_hours, backup_start_time })
}

/// Whether the text is a time of the day, `HH:MM`.
fn is_time(text: &str) -> bool {
    let two_digits = |part: &str, below: u8| {
        part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit()) && part.parse().is_ok_and(|n: u8| n < below)
    };
    text.split_once(':').is_some_and(|(hour, minute)| two_digits(hour, 24) && two_digits(minute, 60))
}
