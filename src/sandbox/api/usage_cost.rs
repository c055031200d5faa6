//! What the services have cost, day by day. Compute is metered; storage, backups and traffic are not simulated and
//! cost nothing.

use jiff::tz::TimeZone;
use jiff::{ToSpan as _, civil::Date};
use serde_json::{Value, json};

use super::{Call, services};
use crate::sandbox::http::{Answer, ApiError, Reply};
use crate::sandbox::model::Tier;
use crate::sandbox::world::World;

/// Days a request may ask for.
const MOST_DAYS: i32 = 31;
/// GB of a compute unit.
const UNIT_GB: f64 = 8.0;

/// `usageCostGet`.
pub fn get(world: &mut World, call: &Call<'_>) -> Answer {
    let (from, to) = (date(call, "from_date")?, date(call, "to_date")?);
    if to < from {
        return Err(ApiError::bad_request("request query.to_date: must not be before from_date"));
    }
    let too_long = from.checked_add(MOST_DAYS.days()).is_ok_and(|end| to >= end);
    if too_long {
        return Err(ApiError::bad_request(format!("request query.to_date: must be within {MOST_DAYS} days")));
    }
    let filters = services::filters(call)?;
    let today = world.now.to_zoned(TimeZone::UTC).date();
    let mut costs = Vec::new();
    let mut total = 0.0;
    for day in from.series(1.day()).take_while(|day| *day <= to && *day <= today) {
        for (id, meter) in world.meters.iter() {
            let service = world.services.get(id);
            let chosen = match service {
                Some(service) => filters.iter().all(|filter| filter.holds(service)),
                None => filters.is_empty(),
            };
            let hours = meter.gb_hours(day, world.now);
            if !chosen || hours <= 0.0 || !world.shows(call, *id) {
                continue;
            }
            let cost = rounded(hours / UNIT_GB * price(world.organization.tier));
            total += cost;
            costs.push(json!({
                "dataWarehouseId": meter.warehouse,
                "serviceId": id,
                "date": day.to_string(),
                "entityType": "service",
                "entityId": id,
                "entityName": meter.name,
                "metrics": { "computeCHC": cost },
                "totalCHC": cost,
                "locked": day < today,
            }));
        }
    }
    Ok(Reply::Result(json!({ "grandTotalCHC": rounded(total), "costs": Value::Array(costs) })))
}

/// Price of a unit for an hour in CHC. The documents give monthly examples only, from which these follow.
fn price(tier: Tier) -> f64 {
    match tier {
        Tier::Basic => 0.2187,
        Tier::Scale | Tier::Legacy => 0.2993,
        Tier::Enterprise => 0.3914,
    }
}

fn rounded(amount: f64) -> f64 {
    (amount * 1e6).round() / 1e6
}

fn date(call: &Call<'_>, name: &str) -> Result<Date, ApiError> {
    let text =
        call.query_value(name).ok_or_else(|| ApiError::bad_request(format!("request query.{name}: is required")))?;
    let plain = text.len() == 10;
    match text.parse::<Date>() {
        Ok(date) if plain => Ok(date),
        _ => Err(ApiError::bad_request(format!("request query.{name}: must be a date such as 2026-01-31"))),
    }
}
