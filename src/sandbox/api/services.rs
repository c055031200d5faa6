//! Listing, reading, changing and deleting services. Creation is in [`super::create`].

use serde::Deserialize;
use serde_json::Value;

use super::create::EndpointChange;
use super::{Call, create_rules, private_endpoint};
use crate::sandbox::http::{Answer, ApiError, Reply};
use crate::sandbox::lifecycle::{self, Command};
use crate::sandbox::model::{IpAccessListEntry, ReleaseChannel, Service, ServiceState, Tag};
use crate::sandbox::shape::shown;
use crate::sandbox::shapes;
use crate::sandbox::world::World;

const MAX_TAGS: usize = 50;

/// A change of a list: removals first, then additions.
#[derive(Deserialize)]
#[serde(bound = "T: Deserialize<'de>")]
struct ListChange<T> {
    #[serde(default = "Vec::new")]
    add: Vec<T>,
    #[serde(default = "Vec::new")]
    remove: Vec<T>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ServicePatch {
    name: Option<String>,
    ip_access_list: Option<ListChange<IpAccessListEntry>>,
    private_endpoint_ids: Option<ListChange<String>>,
    release_channel: Option<ReleaseChannel>,
    #[serde(default)]
    endpoints: Vec<EndpointChange>,
    transparent_data_encryption_key_id: Option<String>,
    tags: Option<ListChange<Tag>>,
    enable_core_dumps: Option<bool>,
}

/// `instanceGetList`: the services the caller may see. All filters must hold.
pub fn list(world: &mut World, call: &Call<'_>) -> Answer {
    let filters = filters(call)?;
    let mut services: Vec<&Service> = world
        .all_services()
        .filter(|service| filters.iter().all(|filter| filter.holds(service)))
        .filter(|service| world.shows(call, service.id))
        .collect();
    services.sort_by_key(|service| service.number);
    Ok(Reply::List(services.iter().map(|service| world.text_of(service)).collect()))
}

/// The filters of the query.
///
/// # Errors
/// 400 for one that is none.
pub fn filters(call: &Call<'_>) -> Result<Vec<Filter>, ApiError> {
    call.query.iter().filter(|(key, _)| key == "filter").map(|(_, text)| filter(text)).collect()
}

/// What a service's tags must have.
pub struct Filter {
    key: String,
    value: Option<String>,
}

impl Filter {
    /// Whether the service has it.
    pub fn holds(&self, service: &Service) -> bool {
        service
            .tags
            .iter()
            .any(|tag| tag.key == self.key && self.value.as_ref().is_none_or(|value| tag.value.as_ref() == Some(value)))
    }
}

/// `tag:key=value` or `tag:key`.
fn filter(text: &str) -> Result<Filter, ApiError> {
    let wrong = || ApiError::bad_request("request query.filter: must look like tag:key=value or tag:key");
    let tag = text.strip_prefix("tag:").filter(|tag| !tag.is_empty()).ok_or_else(wrong)?;
    let (key, value) = tag.split_once('=').map_or((tag, None), |(key, value)| (key, Some(value)));
    if key.is_empty() {
        return Err(wrong());
    }
    Ok(Filter { key: key.to_owned(), value: value.map(str::to_owned) })
}

/// `instanceGet`.
pub fn get(world: &mut World, call: &Call<'_>) -> Answer {
    Ok(Reply::Result(world.view(call.service_id()?)?))
}

/// `instanceDelete`. The service is removed some time after the answer.
pub fn delete(world: &mut World, call: &Call<'_>) -> Answer {
    let id = call.service_id()?;
    let service = world.service(id)?;
    let transition = lifecycle::command(service.state, Command::Delete)?;
    let warehouse = service.data_warehouse_id;
    if service.is_primary && world.all_services().any(|other| other.id != id && other.data_warehouse_id == warehouse) {
        return Err(ApiError::conflict("service has dependent resources"));
    }
    if world.faults.refuses_delete() {
        return Err(lifecycle::not_deletable(ServiceState::Stopping));
    }
    world.begin(id, transition)?;
    world.note(call, "service_delete");
    Ok(Reply::Done)
}

/// `instanceUpdate`. Either all of it takes effect or none.
pub fn patch(world: &mut World, call: &Call<'_>) -> Answer {
    let id = call.service_id()?;
    let stored = world.service(id)?;
    let request: ServicePatch = call.read(shapes::SERVICE_PATCH)?;
    lifecycle::must_exist(stored.state, "The service")?;
    let kinds = activities(&request);
    let mut service = stored.clone();
    apply(world, &mut service, request)?;
    private_endpoint::register(world, service.provider, &service.region, &service.private_endpoint_ids);
    for other in world.services.values_mut().filter(|other| other.data_warehouse_id == service.data_warehouse_id) {
        other.release_channel = service.release_channel;
    }
    world.services.insert(id, Box::new(service));
    for kind in kinds {
        world.note(call, kind);
    }
    Ok(Reply::Result(world.view(id)?))
}

/// What a change is called in the list of activities.
fn activities(request: &ServicePatch) -> Vec<&'static str> {
    let kinds = [
        (request.name.is_some(), "service_update_name"),
        (request.ip_access_list.is_some(), "service_update_ip_access_list"),
        (request.private_endpoint_ids.is_some(), "service_update_private_endpoints"),
        (request.release_channel.is_some(), "service_update_release_channel"),
        (!request.endpoints.is_empty(), "service_update_mysql_interface"),
        (request.transparent_data_encryption_key_id.is_some(), "service_encryption_key_rotated"),
        (request.enable_core_dumps.is_some(), "service_update_core_dump"),
    ];
    kinds.into_iter().filter(|(asked, _)| *asked).map(|(_, kind)| kind).collect()
}

fn apply(world: &World, service: &mut Service, request: ServicePatch) -> Result<(), ApiError> {
    let organization = &world.organization;
    if let Some(name) = request.name {
        service.name = name;
    }
    if let Some(change) = request.ip_access_list {
        change_sources(&mut service.ip_access_list, change);
    }
    if let Some(change) = request.private_endpoint_ids {
        let field = "privateEndpointIds.add";
        service.private_endpoint_ids =
            private_endpoint::attach(service, organization, field, &change.add, &change.remove)?;
    }
    if let Some(change) = request.tags {
        change_tags(&mut service.tags, change)?;
    }
    if let Some(channel) = request.release_channel {
        create_rules::release_channel(organization, channel)?;
        service.release_channel = channel;
    }
    if let Some(change) = request.endpoints.last() {
        if change.enabled && service.byoc_id.is_some() {
            let words = "is not available for BYOC services";
            return Err(ApiError::field("endpoints[0].protocol", words, "<string:mysql>"));
        }
        service.mysql_enabled = change.enabled;
    }
    if let Some(key) = request.transparent_data_encryption_key_id {
        if !service.has_transparent_data_encryption {
            let words = "needs a service with transparent data encryption";
            return Err(ApiError::field("transparentDataEncryptionKeyId", words, "<string>"));
        }
        service.transparent_data_encryption_key_id = Some(key);
    }
    create_rules::core_dumps(organization, request.enable_core_dumps)?;
    service.enable_core_dumps = request.enable_core_dumps.unwrap_or(service.enable_core_dumps);
    Ok(())
}

/// Entries are the same when their sources are; one that is added again gets the new description.
fn change_sources(list: &mut Vec<IpAccessListEntry>, change: ListChange<IpAccessListEntry>) {
    list.retain(|entry| !change.remove.iter().any(|gone| same_source(&gone.source, &entry.source)));
    for entry in change.add {
        match list.iter_mut().find(|known| same_source(&known.source, &entry.source)) {
            Some(known) => *known = entry,
            None => list.push(entry),
        }
    }
}

/// An address is the range of one.
fn same_source(one: &str, other: &str) -> bool {
    one.strip_suffix("/32").unwrap_or(one) == other.strip_suffix("/32").unwrap_or(other)
}

/// Tags are the same when their keys are; a removal that gives a value removes that value only.
fn change_tags(tags: &mut Vec<Tag>, change: ListChange<Tag>) -> Result<(), ApiError> {
    create_rules::distinct_tags(&change.add, "tags.add")?;
    let gone = |tag: &Tag| {
        change.remove.iter().any(|gone| gone.key == tag.key && (gone.value.is_none() || gone.value == tag.value))
    };
    tags.retain(|tag| !gone(tag));
    for tag in change.add {
        match tags.iter_mut().find(|known| known.key == tag.key) {
            Some(known) => *known = tag,
            None => tags.push(tag),
        }
    }
    if tags.len() > MAX_TAGS {
        let words = format!("would leave more than {MAX_TAGS} tags");
        return Err(ApiError::field("tags.add", &words, &shown(&Value::Array(Vec::new()))));
    }
    Ok(())
}
