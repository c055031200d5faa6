//! Metrics in Prometheus' text form, and where to find them.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::Call;
use crate::sandbox::http::{Answer, ApiError, Reply};
use crate::sandbox::model::{Service, ServiceState};
use crate::sandbox::world::World;

const GB: u64 = 1 << 30;

/// `instancePrometheusGet`.
pub fn service(world: &mut World, call: &Call<'_>) -> Answer {
    let filtered = filtered(call)?;
    let service = world.service(call.service_id()?)?;
    let mut text = String::new();
    write(&mut text, world, &[service], filtered);
    Ok(Reply::Text(text))
}

/// `organizationPrometheusGet`: the services the caller may see.
pub fn organization(world: &mut World, call: &Call<'_>) -> Answer {
    let filtered = filtered(call)?;
    let mut text = String::new();
    write(&mut text, world, &visible(world, call), filtered);
    Ok(Reply::Text(text))
}

/// `organizationPrometheusDiscoveryGet`: a target for each service the caller may see, without an envelope.
pub fn discovery(world: &mut World, call: &Call<'_>) -> Answer {
    let filtered = filtered(call)?;
    let organization = world.organization.id;
    let host = call.host.unwrap_or("api.clickhouse.cloud");
    // The sandbox itself speaks plain HTTP.
    let scheme = if call.host.is_some() { "http" } else { "https" };
    let group = |service: &&Service| {
        let mut labels = Map::from_iter([
            ("__scheme__".to_owned(), json!(scheme)),
            (
                "__metrics_path__".to_owned(),
                json!(format!("/v1/organizations/{organization}/services/{}/prometheus", service.id)),
            ),
            ("clickhouse_org_id".to_owned(), json!(organization)),
            ("clickhouse_service_id".to_owned(), json!(service.id)),
            ("clickhouse_discovery_service_name".to_owned(), json!(service.name)),
            ("__meta_clickhouse_region".to_owned(), json!(service.region)),
            ("__meta_clickhouse_provider".to_owned(), json!(service.provider)),
        ]);
        if call.query_value("filtered_metrics").is_some() {
            labels.insert("__param_filtered_metrics".to_owned(), json!(filtered.to_string()));
        }
        for tag in &service.tags {
            let key: String =
                tag.key.chars().map(|sign| if sign.is_ascii_alphanumeric() { sign } else { '_' }).collect();
            labels.insert(format!("__meta_clickhouse_tagpresent_{key}"), json!("true"));
            labels.insert(format!("__meta_clickhouse_tag_{key}"), json!(tag.value.as_deref().unwrap_or_default()));
        }
        json!({ "targets": [host], "labels": labels })
    };
    Ok(Reply::Bare(visible(world, call).iter().map(group).collect::<Value>()))
}

fn filtered(call: &Call<'_>) -> Result<bool, ApiError> {
    match call.query_value("filtered_metrics") {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(ApiError::bad_request("request query.filtered_metrics: must be true or false")),
    }
}

/// Services in the order of their creation, without those that are being removed.
fn visible<'a>(world: &'a World, call: &Call<'_>) -> Vec<&'a Service> {
    let shown = |service: &&Service| service.state != ServiceState::Terminating && world.shows(call, service.id);
    let mut services: Vec<&Service> = world.all_services().filter(shown).collect();
    services.sort_by_key(|service| service.number);
    services
}

/// A service that does not run has its information only; reading it wakes nothing.
fn write(text: &mut String, world: &World, services: &[&Service], filtered: bool) {
    let organization = world.organization.id;
    head(text, "ClickHouse_ServiceInfo", "Information about service, including cluster status and ClickHouse version");
    for service in services {
        let status = match service.state {
            ServiceState::PartiallyRunning => "running",
            state => state.word(),
        };
        let _ = writeln!(
            text,
            "ClickHouse_ServiceInfo{{clickhouse_org=\"{organization}\",clickhouse_service=\"{}\",\
             clickhouse_service_name=\"{}\",clickhouse_cluster_status=\"{status}\",clickhouse_version=\"{}\",\
             scrape=\"full\"}} 1",
            service.id,
            escaped(&service.name),
            escaped(&service.clickhouse_version),
        );
    }
    let running: Vec<&&Service> = services.iter().filter(|service| service.has_replicas()).collect();
    if filtered || running.is_empty() {
        return;
    }
    let mut gauge = |name: &str, help: &str, value: &dyn Fn(&Service) -> u64| {
        head(text, name, help);
        for service in &running {
            for replica in 0..service.allocation.replicas {
                let (id, label) = (service.id, escaped(&service.name));
                let _ = writeln!(
                    text,
                    "{name}{{clickhouse_org=\"{organization}\",clickhouse_service=\"{id}\",\
                     clickhouse_service_name=\"{label}\",instance=\"replica-{replica}\"}} {}",
                    value(service),
                );
            }
        }
    };
    gauge("ClickHouseAsyncMetrics_CGroupMemoryTotal", "Bytes of memory the server may use", &|service| {
        u64::from(service.allocation.memory_gb) * GB
    });
    gauge("ClickHouseAsyncMetrics_CGroupMaxCPU", "CPU cores the server may use", &|service| {
        u64::from(service.allocation.memory_gb / 4)
    });
}

fn head(text: &mut String, name: &str, help: &str) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
}

/// A label's value as the text form wants it.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
