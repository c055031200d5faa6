//! The attributes of a service. Names are the official provider's; facts are the API document's.

use std::sync::LazyLock;

use crate::kinds::timeouts;
use crate::lang::value::Value;
use crate::schema::{AttrType, Attribute, Schema};

pub(super) static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    Schema::new(
        "service",
        1,
        "A ClickHouse Cloud service: the primary of a warehouse, or a further service over a warehouse's data.",
        [identity(), place(), scaling(), access(), protection(), extras(), computed()].concat(),
    )
});

const PLACE: &str = "a service cannot move: its data lies there";

fn identity() -> Vec<Attribute> {
    vec![
        Attribute::optional("name", AttrType::String, "Name, 1 to 50 characters. Left out, it is the block's label."),
        Attribute::required("cloud_provider", AttrType::String, "Cloud the service runs in: `aws`, `gcp` or `azure`.")
            .refused(PLACE),
        Attribute::required("region", AttrType::String, "Region within the cloud, such as `eu-central-1`.").refused(PLACE),
        Attribute::optional(
            "tier",
            AttrType::String,
            "`basic`, `scale` or `enterprise` choose the rules the service is checked by and are not sent; `development` \
             and `production` are sent, for organizations on the legacy tiers only. Default: the tier of the `cloud` block.",
        )
        .local(),
    ]
}

fn place() -> Vec<Attribute> {
    vec![
        Attribute::optional(
            "warehouse_id",
            AttrType::String,
            "Makes the service share the data of this warehouse: set it to the `warehouse_id` of another service.",
        )
        .refused("a service cannot join or leave a warehouse: its data is the warehouse's"),
        Attribute::optional("readonly", AttrType::Bool, "Read-only; only with `warehouse_id`.")
            .refused("read-only or read-write is fixed when the service is created"),
        Attribute::optional("byoc_id", AttrType::String, "Id of the BYOC infrastructure the service runs in.")
            .refused("a service cannot move to another infrastructure"),
        Attribute::optional("backup_id", AttrType::String, "Id of a backup to create the service from.")
            .refused("a backup is restored only into a new service")
            .unreported(),
        Attribute::optional("compliance_type", AttrType::String, "`hipaa` or `pci`; the organization must allow it.")
            .refused("the compliance type is fixed when the service is created"),
        Attribute::optional(
            "profile",
            AttrType::String,
            "Instance profile: `v1-default`, `v1-highmem-xs` to `v1-highmem-xl`, or a profile of the BYOC infrastructure.",
        )
        .refused("a profile is changed by ClickHouse support only")
        .extension("API document, ServicePostRequest.profile"),
    ]
}

fn scaling() -> Vec<Attribute> {
    let number = |name, doc| Attribute::optional(name, AttrType::Number, doc);
    vec![
        Attribute::optional(
            "autoscaling_mode",
            AttrType::String,
            "`vertical` (memory of a fixed number of replicas moves in its range) or `horizontal` (the number of replicas \
             of fixed memory moves in its range).",
        ),
        number(
            "num_replicas",
            "Number of replicas with vertical autoscaling. Excludes `min_replicas` and `max_replicas`.",
        ),
        number("min_replicas", "Fewest replicas of horizontal autoscaling."),
        number("max_replicas", "Most replicas of horizontal autoscaling."),
        number("min_replica_memory_gb", "Least memory of one replica, in GB: 8 to 356, a multiple of 4."),
        number("max_replica_memory_gb", "Most memory of one replica, in GB: 8 to 356, a multiple of 4."),
        number("min_total_memory_gb", "Least memory of three replicas together, in GB: 24 to 1068, a multiple of 12.")
            .deprecated("min_replica_memory_gb"),
        number("max_total_memory_gb", "Most memory of three replicas together, in GB: 24 to 1068, a multiple of 12.")
            .deprecated("max_replica_memory_gb"),
        Attribute::optional(
            "idle_scaling",
            AttrType::Bool,
            "Whether the service may stop its replicas while nobody queries it.",
        ),
        number(
            "idle_timeout_minutes",
            "Minutes without a query before it idles, at least 5. Only with `idle_scaling`.",
        ),
        Attribute::optional(
            "running",
            AttrType::Bool,
            "`true` starts the service, `false` stops it. Left out, whether it runs is nobody's business here. An idle \
             service counts as running.",
        )
        .extension("API operation instanceStateUpdate"),
    ]
}

fn access() -> Vec<Attribute> {
    let mysql = vec![
        Attribute::optional("enabled", AttrType::Bool, "Whether the MySQL protocol is offered."),
        Attribute::computed("host", AttrType::String, "Host name."),
        Attribute::computed("port", AttrType::Number, "TCP port."),
    ];
    let fixed = || {
        vec![
            Attribute::computed("host", AttrType::String, "Host name."),
            Attribute::computed("port", AttrType::Number, "TCP port."),
        ]
    };
    let query = vec![
        Attribute::optional("api_key_ids", list(AttrType::String), "UUIDs of the API keys that may query.")
            .set_of(Value::clone)
            .resets_to("no query endpoint"),
        Attribute::optional("roles", list(AttrType::String), "`sql_console_read_only`, `sql_console_admin`.")
            .set_of(Value::clone)
            .resets_to("no query endpoint"),
        Attribute::optional("allowed_origins", AttrType::String, "Domains allowed by CORS, separated by commas.")
            .resets_to("no other origin"),
    ];
    vec![
        Attribute::required(
            "ip_access",
            list(AttrType::Object(ip_entry_attributes())),
            "Who may connect over the public network. An empty list lets nobody in; `0.0.0.0/0` lets everybody in.",
        )
        .set_of(same_ip_entry),
        Attribute::optional(
            "endpoints",
            AttrType::Object(vec![
                Attribute::optional("mysql", AttrType::Object(mysql), "The MySQL protocol."),
                Attribute::computed("https", AttrType::Object(fixed()), "The HTTPS protocol."),
                Attribute::computed("nativesecure", AttrType::Object(fixed()), "The native protocol over TLS."),
            ]),
            "Protocols the service is reached by.",
        ),
        Attribute::optional("query_api_endpoints", AttrType::Object(query), "Queries through the API, by API keys."),
    ]
}

fn protection() -> Vec<Attribute> {
    let secret = |name, doc| Attribute::optional(name, AttrType::String, doc).secret();
    let immutable = |name, doc, why| {
        Attribute::optional(name, AttrType::String, doc)
            .refused(why)
            .extension("official provider; not in the API document")
    };
    vec![
        secret("password", "Password of the user `default`. Its hash is sent, never itself."),
        Attribute::optional("password_wo", AttrType::String, "As `password`; sent when `password_wo_version` changes.")
            .write_only("password_wo_version"),
        Attribute::optional("password_wo_version", AttrType::Number, "Raise it to have `password_wo` sent again.")
            .unreported(),
        secret("password_hash", "SHA-256 of the password of the user `default`, in Base64."),
        secret("double_sha1_password_hash", "Double SHA-1 of the password for MySQL clients, 40 hexadecimal digits."),
        Attribute::optional(
            "transparent_data_encryption",
            AttrType::Object(vec![
                Attribute::optional(
                    "enabled",
                    AttrType::Bool,
                    "Whether data is encrypted with a key of the service's own.",
                )
                .refused("encryption is decided when the service is created"),
                Attribute::computed("role_id", AttrType::String, "Role that needs access to a customer's key."),
            ]),
            "Transparent data encryption; enterprise organizations only.",
        ),
        immutable(
            "encryption_key",
            "ARN of a customer's key.",
            "the encryption key is fixed when the service is created",
        ),
        immutable(
            "encryption_assumed_role_identifier",
            "ARN of the role that may use the customer's key.",
            "the encryption role is fixed when the service is created",
        ),
        Attribute::optional(
            "backup_configuration",
            AttrType::Object(vec![
                Attribute::optional("backup_period_in_hours", AttrType::Number, "Hours between backups.")
                    .resets_to("the platform's default of 24 hours"),
                Attribute::optional("backup_retention_period_in_hours", AttrType::Number, "Hours a backup is kept.")
                    .resets_to("the platform's default of 24 hours"),
                Attribute::optional("backup_start_time", AttrType::String, "`HH:MM` in UTC; then once a day.")
                    .resets_to("no fixed time"),
            ]),
            "When backups are made and how long they are kept.",
        ),
    ]
}

fn extras() -> Vec<Attribute> {
    vec![
        Attribute::optional("tags", AttrType::Map(Box::new(AttrType::String)), "Tags, at most 49.")
            .resets_to("no tags"),
        Attribute::optional("release_channel", AttrType::String, "`slow`, `default` or `fast`."),
        Attribute::optional("enable_core_dumps", AttrType::Bool, "Whether core dumps are collected."),
        timeouts::attribute("How long to wait, where 90 minutes are not right."),
    ]
}

fn computed() -> Vec<Attribute> {
    let text = |name, doc| Attribute::computed(name, AttrType::String, doc);
    vec![
        text("id", "UUID of the service."),
        text("iam_role", "Role the service reads objects with."),
        Attribute::computed("is_primary", AttrType::Bool, "Whether it is the first service of its warehouse."),
        Attribute::computed(
            "private_endpoint_config",
            AttrType::Object(vec![
                text("endpoint_service_id", "Name of the endpoint service to connect to."),
                text("private_dns_hostname", "Private host name."),
            ]),
            "What a private connection to it needs.",
        ),
    ]
}

fn list(element: AttrType) -> AttrType {
    AttrType::List(Box::new(element))
}

/// The address with its prefix length: `10.0.0.1` and `10.0.0.1/32` are one source. What is no address stays as it is.
pub(super) fn normal_source(source: &str) -> String {
    let source = source.trim();
    let (address, length) = source.split_once('/').unwrap_or((source, "32"));
    match (address.parse::<std::net::Ipv4Addr>(), length.parse::<u32>()) {
        (Ok(address), Ok(length @ 0..=32)) => {
            let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
            format!("{}/{length}", std::net::Ipv4Addr::from(u32::from(address) & mask))
        }
        _ => source.to_owned(),
    }
}

/// The attributes of an entry in a list of sources.
pub(in crate::kinds) fn ip_entry_attributes() -> Vec<Attribute> {
    vec![
        Attribute::required("source", AttrType::String, "IPv4 address or CIDR range."),
        Attribute::optional("description", AttrType::String, "What it is."),
    ]
}

/// Entries are the same when their sources and descriptions are; no description is an empty one.
pub(in crate::kinds) fn same_ip_entry(entry: &Value) -> Value {
    let text = |name| entry.get(name).and_then(Value::as_str).unwrap_or("");
    Value::tuple(vec![Value::from(normal_source(text("source")).as_str()), Value::from(text("description"))])
}
