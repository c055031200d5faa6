//! When a service is upgraded. The window is the primary's; the other services of its warehouse have it as well.

use serde_json::{Value, json};

use super::Call;
use crate::sandbox::http::{Answer, ApiError, Reply};
use crate::sandbox::lifecycle;
use crate::sandbox::model::UpgradeWindow;
use crate::sandbox::shapes;
use crate::sandbox::world::World;

/// `upgradeWindowGet`. A secondary shows that of its primary.
pub fn get(world: &mut World, call: &Call<'_>) -> Answer {
    let service = world.service(call.service_id()?)?;
    let owner = world.primary_of(&service.data_warehouse_id.to_string()).unwrap_or(service);
    match &owner.sub_objects.upgrade_window {
        Some(window) => Ok(Reply::Result(view(window))),
        None => Err(absent()),
    }
}

/// `upgradeWindowUpdate`.
pub fn put(world: &mut World, call: &Call<'_>) -> Answer {
    let id = call.service_id()?;
    let service = world.service(id)?;
    let window: UpgradeWindow = call.read(shapes::UPGRADE_WINDOW_PUT)?;
    primary_only(service.is_primary)?;
    if !world.organization.entitlements.scheduled_upgrades {
        return Err(ApiError::forbidden("Scheduled upgrades are not enabled for this organization"));
    }
    lifecycle::must_exist(service.state, "The upgrade window")?;
    world.service_mut(id)?.sub_objects.upgrade_window = Some(window);
    world.note(call, "service_update_upgrade_window");
    Ok(Reply::Result(view(&window)))
}

/// `upgradeWindowDelete`. Works without the entitlement, so that a window can be removed after its loss.
pub fn delete(world: &mut World, call: &Call<'_>) -> Answer {
    let service = world.service_mut(call.service_id()?)?;
    primary_only(service.is_primary)?;
    if service.sub_objects.upgrade_window.take().is_none() {
        return Err(absent());
    }
    world.note(call, "service_delete_upgrade_window");
    Ok(Reply::Done)
}

fn primary_only(is_primary: bool) -> Result<(), ApiError> {
    match is_primary {
        true => Ok(()),
        false => Err(ApiError::bad_request("The upgrade window is that of the primary service of the warehouse")),
    }
}

fn absent() -> ApiError {
    ApiError::not_found("The service has no upgrade window")
}

fn view(window: &UpgradeWindow) -> Value {
    json!({
        "weekday": window.weekday,
        "startHourUtc": window.start_hour_utc,
        "duration": UpgradeWindow::DURATION,
    })
}
