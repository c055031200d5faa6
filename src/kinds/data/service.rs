//! The data source `service`: one service by its id, whoever manages it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use serde_json::Value as Json;

use super::{DataSource, Look};
use crate::kinds::Answers;
use crate::kinds::service::observe;
use crate::lang::value::{Type, Value};
use crate::schema::{AttrType, Attribute, Schema};

pub struct Service;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    Schema::new(
        "service",
        1,
        "A ClickHouse Cloud service that exists, by its id.",
        [vec![Attribute::required("id", AttrType::String, "Id of the service.")], computed()].concat(),
    )
});

/// What is told of a service, besides its id. Names as the official provider has them.
pub(super) fn computed() -> Vec<Attribute> {
    use AttrType::{Bool, List, Map, Number, Object, String};
    let simple: [(&'static str, AttrType, &'static str); 32] = [
        ("name", String, "Name."),
        ("state", String, "State, in the API's word."),
        ("cloud_provider", String, "Cloud it runs in."),
        ("region", String, "Region within the cloud."),
        ("tier", String, "Tier, in organizations on the legacy tiers."),
        ("created_at", String, "When it was created, in RFC 3339."),
        ("clickhouse_version", String, "Version of ClickHouse."),
        ("warehouse_id", String, "Warehouse whose data it serves."),
        ("is_primary", Bool, "Whether it is the first service of its warehouse."),
        ("readonly", Bool, "Whether it only reads."),
        ("release_channel", String, "When new releases arrive."),
        ("byoc_id", String, "BYOC infrastructure it runs on."),
        ("compliance_type", String, "Regulatory compliance."),
        ("autoscaling_mode", String, "`vertical` or `horizontal`."),
        ("num_replicas", Number, "Replicas."),
        ("min_replicas", Number, "Fewest replicas, in horizontal mode."),
        ("max_replicas", Number, "Most replicas, in horizontal mode."),
        ("min_replica_memory_gb", Number, "Least memory, GB per replica."),
        ("max_replica_memory_gb", Number, "Most memory, GB per replica."),
        ("min_total_memory_gb", Number, "Least memory over all replicas, GB."),
        ("max_total_memory_gb", Number, "Most memory over all replicas, GB."),
        ("idle_scaling", Bool, "Whether it idles."),
        ("idle_timeout_minutes", Number, "Minutes without queries after which it idles."),
        ("iam_role", String, "IAM role it reads buckets with."),
        ("enable_core_dumps", Bool, "Whether core dumps are collected."),
        ("encryption_key", String, "Disk encryption key of the customer."),
        ("encryption_assumed_role_identifier", String, "Role to use that key with."),
        ("encryption_role_id", String, "Role of the transparent data encryption."),
        ("has_transparent_data_encryption", Bool, "Whether transparent data encryption is on."),
        ("transparent_data_encryption_key_id", String, "Own key of the transparent data encryption."),
        ("private_endpoint_ids", List(Box::new(String)), "Private endpoints attached."),
        ("tags", Map(Box::new(String)), "Tags."),
    ];
    let part = |name, ty, doc| Attribute::computed(name, ty, doc);
    let mut all: Vec<Attribute> = simple.into_iter().map(|(name, ty, doc)| part(name, ty, doc)).collect();
    let endpoint =
        vec![part("protocol", String, "Protocol."), part("host", String, "Host."), part("port", Number, "Port.")];
    all.push(part("endpoints", List(Box::new(Object(endpoint))), "Where it can be reached."));
    let entry =
        vec![part("source", String, "IPv4 address or CIDR."), part("description", String, "What the entry is for.")];
    all.push(part("ip_access", List(Box::new(Object(entry))), "Who may connect."));
    let private = vec![
        part("endpoint_service_id", String, "Service that private endpoints connect to."),
        part("private_dns_hostname", String, "Host name behind a private endpoint."),
    ];
    all.push(part("private_endpoint_config", Object(private), "What a private endpoint needs."));
    all
}

impl DataSource for Service {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn look(&self, arguments: &Value, wanted: &BTreeSet<&str>, answers: &dyn Answers) -> Look {
        let id = arguments.get("id").and_then(Value::as_str).unwrap_or_default();
        let (list, config) = (crate::kinds::service::list(), observe::private_endpoint_config(id));
        let reads = [Some(list.clone()), wanted.contains("private_endpoint_config").then(|| config.clone())];
        let missing: Vec<_> = reads.into_iter().flatten().filter(|r| !answers.holds(r)).collect();
        if !missing.is_empty() {
            return Look::Ask(missing);
        }
        match answers.item(&list, id) {
            Some(service) => Look::Found(value(&service, answers.get(&config).as_deref(), &SCHEMA.attributes)),
            None => Look::Missing {
                attribute: "id",
                detail: format!("The organization has no service with the id {id}, or the key may not see it."),
                help: "Compare the id with the console's; look in another organization with cloud = \"label\"."
                    .to_owned(),
            },
        }
    }
}

/// Attributes that stand in the service object under another name, unchanged.
const SAME: [(&str, &str); 31] = [
    ("id", "id"),
    ("name", "name"),
    ("state", "state"),
    ("cloud_provider", "provider"),
    ("region", "region"),
    ("tier", "tier"),
    ("created_at", "createdAt"),
    ("clickhouse_version", "clickhouseVersion"),
    ("warehouse_id", "dataWarehouseId"),
    ("is_primary", "isPrimary"),
    ("readonly", "isReadonly"),
    ("release_channel", "releaseChannel"),
    ("byoc_id", "byocId"),
    ("compliance_type", "complianceType"),
    ("autoscaling_mode", "autoscalingMode"),
    ("num_replicas", "numReplicas"),
    ("min_replicas", "minReplicas"),
    ("max_replicas", "maxReplicas"),
    ("min_replica_memory_gb", "minReplicaMemoryGb"),
    ("max_replica_memory_gb", "maxReplicaMemoryGb"),
    ("min_total_memory_gb", "minTotalMemoryGb"),
    ("max_total_memory_gb", "maxTotalMemoryGb"),
    ("idle_scaling", "idleScaling"),
    ("idle_timeout_minutes", "idleTimeoutMinutes"),
    ("iam_role", "iamRole"),
    ("enable_core_dumps", "enableCoreDumps"),
    ("encryption_key", "encryptionKey"),
    ("encryption_assumed_role_identifier", "encryptionAssumedRoleIdentifier"),
    ("encryption_role_id", "encryptionRoleId"),
    ("has_transparent_data_encryption", "hasTransparentDataEncryption"),
    ("transparent_data_encryption_key_id", "transparentDataEncryptionKeyId"),
];

/// A service of the API as an object of these attributes.
pub(super) fn value(service: &Json, private: Option<&Json>, attributes: &[Attribute]) -> Value {
    let field = |name: &str| service.get(name).cloned().unwrap_or(Json::Null);
    let mut fields: BTreeMap<&str, Json> = SAME.iter().map(|(ours, theirs)| (*ours, field(theirs))).collect();
    fields.insert("private_endpoint_ids", field("privateEndpointIds"));
    fields.insert("tags", observe::tags(service));
    fields.insert("ip_access", observe::ip_access(service));
    let endpoints = service.get("endpoints").and_then(Json::as_array).into_iter().flatten();
    let place =
        |e: &Json| serde_json::json!({"protocol": e.get("protocol"), "host": e.get("host"), "port": e.get("port")});
    fields.insert("endpoints", Json::Array(endpoints.map(place).collect()));
    let private = private.map(|p| {
        serde_json::json!({
            "endpoint_service_id": p.get("endpointServiceId"),
            "private_dns_hostname": p.get("privateDnsHostname"),
        })
    });
    fields.insert("private_endpoint_config", private.unwrap_or(Json::Null));
    let of = |a: &Attribute| {
        let ty: Type = a.ty.to_type().without_optional();
        let json = fields.get(a.name).unwrap_or(&Json::Null);
        (Arc::from(a.name), Value::from_json_typed(json, &ty).unwrap_or_else(|_| Value::null(ty)))
    };
    Value::object(attributes.iter().map(of).collect())
}
