//! What was done in the organization, and by whom.

use std::borrow::Cow;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Call;
use crate::sandbox::http::{Answer, ApiError, Reply};
use crate::sandbox::model::Activity;
use crate::sandbox::world::World;

/// `activityGetList`, newest first.
pub fn list(world: &mut World, call: &Call<'_>) -> Answer {
    let from = time(call, "from_date")?.unwrap_or(Timestamp::MIN);
    let to = time(call, "to_date")?.unwrap_or(Timestamp::MAX);
    let within = |activity: &Cow<'_, Activity>| (from..=to).contains(&activity.created_at);
    let activities = world.activities.newest_first().filter(within);
    Ok(Reply::Result(activities.map(|activity| view(world, &activity)).collect()))
}

/// `activityGet`.
pub fn get(world: &mut World, call: &Call<'_>) -> Answer {
    let id = call.text("activityId");
    let activity = world.activities.newest_first().find(|activity| activity.id.to_string() == id);
    match activity {
        Some(activity) => Ok(Reply::Result(view(world, &activity))),
        None => Err(ApiError::not_found("The activity does not exist")),
    }
}

fn time(call: &Call<'_>, name: &str) -> Result<Option<Timestamp>, ApiError> {
    let wrong =
        |_| ApiError::bad_request(format!("request query.{name}: must be a date and time in the form of RFC 3339"));
    call.query_value(name).map(str::parse).transpose().map_err(wrong)
}

fn view(world: &World, activity: &Activity) -> Value {
    let mut view = json!({
        "id": activity.id,
        "createdAt": activity.created_at,
        "type": activity.kind,
        "actorType": "api",
        "actorId": activity.key,
        "actorDetails": activity.key_name,
        "actorIpAddress": "127.0.0.1",
        "organizationId": world.organization.id,
    });
    if let Some(service) = activity.service {
        view["serviceId"] = json!(service);
    }
    for (name, value) in &activity.more {
        view[name.as_str()] = value.clone();
    }
    view
}
