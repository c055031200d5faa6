//! The data source `prometheus_target`: what a scraper needs to read the metrics of services.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::{Value as Json, json};

use super::{DataSource, Look, found};
use crate::call::Read;
use crate::kinds::Answers;
use crate::lang::value::Value;
use crate::schema::{AttrType, Attribute, Schema};

pub struct PrometheusTarget;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    use AttrType::{Bool, List, Map, Object, String};
    let part = Attribute::computed;
    let target = vec![
        part("service_id", String, "Id of the service."),
        part("service_name", String, "Name of the service."),
        part("scheme", String, "`https`."),
        part("host", String, "Host, and port where it is not the usual one."),
        part("metrics_path", String, "Path of the metrics."),
        part("labels", Map(Box::new(String)), "All labels of the target, as service discovery has them."),
    ];
    Schema::new(
        "prometheus_target",
        1,
        "What a Prometheus scraper needs for one service, or for all. It logs in with an API key: basic authentication by key \
         id and secret. Scraping wakes no idle service.",
        vec![
            Attribute::optional("service_id", String, "Only this service."),
            Attribute::optional("filtered_metrics", Bool, "Ask for the most important metrics alone."),
            Attribute::computed(
                "targets",
                List(Box::new(Object(target))),
                "The targets, in the order of the services' ids.",
            ),
        ],
    )
});

fn read(filtered: Option<bool>) -> Read {
    let query = filtered.map(|f| format!("?filtered_metrics={f}")).unwrap_or_default();
    Read::list(
        "organizationPrometheusDiscoveryGet",
        format!("/v1/organizations/{{organizationId}}/prometheus/discovery{query}"),
    )
}

fn target(group: &Json) -> Json {
    let labels = group.get("labels").cloned().unwrap_or_default();
    let label = |name: &str| labels.get(name).cloned().unwrap_or_default();
    json!({
        "service_id": label("clickhouse_service_id"),
        "service_name": label("clickhouse_discovery_service_name"),
        "scheme": label("__scheme__"),
        "host": group.pointer("/targets/0"),
        "metrics_path": label("__metrics_path__"),
        "labels": labels,
    })
}

impl DataSource for PrometheusTarget {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn look(&self, arguments: &Value, _wanted: &BTreeSet<&str>, answers: &dyn Answers) -> Look {
        let read = read(arguments.get("filtered_metrics").and_then(Value::as_bool));
        if !answers.holds(&read) {
            return Look::Ask(vec![read]);
        }
        let wanted = arguments.get("service_id").and_then(Value::as_str);
        let groups = answers.get(&read);
        let mut targets: Vec<Json> =
            groups.as_deref().and_then(Json::as_array).into_iter().flatten().map(target).collect();
        targets.retain(|t| wanted.is_none_or(|id| t["service_id"] == id));
        targets.sort_by_key(|t| t["service_id"].to_string());
        match wanted.filter(|_| targets.is_empty()) {
            Some(id) => Look::Missing {
                attribute: "service_id",
                detail: format!("The organization has no service with the id {id}, or the key may not see it."),
                help: "Compare the id with the console's.".to_owned(),
            },
            None => found(&SCHEMA, arguments, [("targets", targets.into())]),
        }
    }
}
