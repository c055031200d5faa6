//! Every offline rule has a configuration that breaks it, and breaks nothing else.

use serde_json::{Value as Json, json};

use super::Service;
use crate::kinds::{Kind, RuleContext};
use crate::lang::value::Value;

/// Codes of what the rules find in a good service with these changes; null takes an attribute away.
fn codes(tier: &str, changes: &Json) -> Vec<&'static str> {
    let mut service = json!({
        "name": "one",
        "cloud_provider": "aws",
        "region": "eu-central-1",
        "num_replicas": 2,
        "min_replica_memory_gb": 16,
        "max_replica_memory_gb": 32,
        "ip_access": [{ "source": "192.0.2.0/24" }],
    });
    if tier == "basic" {
        service["num_replicas"] = json!(1);
        service["min_replica_memory_gb"] = json!(8);
        service["max_replica_memory_gb"] = json!(8);
    }
    for (name, value) in changes.as_object().into_iter().flatten() {
        service[name] = value.clone();
    }
    let ty = Service.schema().object_type();
    let desired = Value::from_json_typed(&service, &ty).expect("the table holds values of the schema's types");
    let context = RuleContext { desired: &desired, tier: Some(tier) };
    Service.check(&context).into_iter().map(|f| f.code.0).collect()
}

#[test]
fn each_rule_finds_its_mistake_and_no_other() {
    let sha = "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=";
    let tags = |n: usize| Json::Object((0..n).map(|i| (format!("k{i}"), json!("v"))).collect());
    let rows: Vec<(&str, Json)> = vec![
        ("HW1001", json!({ "name": "" })),
        ("HW1001", json!({ "name": "x".repeat(51) })),
        ("HW1001", json!({ "name": "a/b" })),
        ("HW1002", json!({ "cloud_provider": "amazon" })),
        ("HW1003", json!({ "region": "eu-central-7" })),
        ("HW1003", json!({ "region": "af-south-1" })),
        ("HW1004", json!({ "cloud_provider": "gcp" })),
        ("HW1005", json!({ "min_replica_memory_gb": 10 })),
        ("HW1005", json!({ "max_replica_memory_gb": 360 })),
        ("HW1006", json!({ "min_replica_memory_gb": 64 })),
        ("HW1007", json!({ "min_total_memory_gb": 50, "min_replica_memory_gb": null, "max_replica_memory_gb": null })),
        ("HW1007", json!({ "max_total_memory_gb": 96 })),
        ("HW1008", json!({ "min_replica_memory_gb": null, "max_replica_memory_gb": null })),
        ("HW1009", json!({ "num_replicas": 0 })),
        ("HW1009", json!({ "num_replicas": 51 })),
        ("HW1009", json!({ "num_replicas": 21 })),
        (
            "HW1010",
            json!({ "min_replicas": 2, "max_replicas": 4, "autoscaling_mode": "horizontal", "max_replica_memory_gb": 16 }),
        ),
        (
            "HW1011",
            json!({ "num_replicas": null, "min_replicas": 2, "autoscaling_mode": "horizontal", "max_replica_memory_gb": 16 }),
        ),
        ("HW1012", json!({ "num_replicas": null, "min_replicas": 4, "max_replicas": 2, "max_replica_memory_gb": 16 })),
        ("HW1013", json!({ "num_replicas": null, "min_replicas": 2, "max_replicas": 4 })),
        (
            "HW1014",
            json!({ "num_replicas": null, "min_replicas": 2, "max_replicas": 4, "min_total_memory_gb": 48, "min_replica_memory_gb": null, "max_replica_memory_gb": null }),
        ),
        (
            "HW1015",
            json!({ "num_replicas": null, "min_replicas": 2, "max_replicas": 2, "autoscaling_mode": "horizontal", "max_replica_memory_gb": 16 }),
        ),
        ("HW1016", json!({ "num_replicas": null, "min_replicas": 2, "max_replicas": 2 })),
        (
            "HW1016",
            json!({ "num_replicas": null, "min_replicas": 2, "max_replicas": 4, "autoscaling_mode": "vertical" }),
        ),
        ("HW1017", json!({ "num_replicas": null, "autoscaling_mode": "horizontal", "max_replica_memory_gb": 16 })),
        ("HW1018", json!({ "autoscaling_mode": "diagonal" })),
        ("HW1019", json!({ "idle_timeout_minutes": 4 })),
        ("HW1020", json!({ "idle_scaling": true })),
        ("HW1021", json!({ "idle_scaling": false, "idle_timeout_minutes": 10 })),
        ("HW1022", json!({ "readonly": true })),
        ("HW1024", json!({ "warehouse_id": "w", "password": "secret" })),
        ("HW1024", json!({ "warehouse_id": "w", "backup_configuration": { "backup_period_in_hours": 24 } })),
        ("HW1026", json!({ "password": "a", "password_wo": "b" })),
        ("HW1026", json!({ "password_wo_version": 1 })),
        ("HW1026", json!({ "password_hash": "plain" })),
        ("HW1026", json!({ "password_hash": sha, "double_sha1_password_hash": "short" })),
        ("HW1026", json!({ "password": "a", "double_sha1_password_hash": "0123456789abcdef0123456789abcdef01234567" })),
        ("HW1028", json!({ "encryption_key": "arn" })),
        (
            "HW1028",
            json!({ "encryption_key": "arn", "encryption_assumed_role_identifier": "arn", "cloud_provider": "gcp", "region": "us-east1" }),
        ),
        ("HW1029", json!({ "release_channel": "nightly" })),
        ("HW1030", json!({ "compliance_type": "iso" })),
        ("HW1031", json!({ "tags": { "a b": "c" } })),
        ("HW1031", json!({ "tags": { "a": "b c" } })),
        ("HW1031", json!({ "tags": { "housewright": "x" } })),
        ("HW1031", json!({ "tags": tags(50) })),
        ("HW1032", json!({ "profile": "v1-highmem-xs" })),
        (
            "HW1034",
            json!({ "byoc_id": "b", "min_replica_memory_gb": null, "max_replica_memory_gb": null, "tier": "scale", "backup_id": "x" }),
        ),
        ("HW1034", json!({ "byoc_id": "b", "min_replica_memory_gb": 64, "max_replica_memory_gb": 64 })),
        ("HW1035", json!({ "byoc_id": "b", "min_replica_memory_gb": 48, "max_replica_memory_gb": 116 })),
        (
            "HW1037",
            json!({ "byoc_id": "b", "min_replica_memory_gb": 48, "max_replica_memory_gb": 48, "endpoints": { "mysql": { "enabled": true } } }),
        ),
        ("HW1038", json!({ "query_api_endpoints": { "api_key_ids": ["k"] } })),
        ("HW1038", json!({ "query_api_endpoints": { "api_key_ids": ["k"], "roles": ["root"] } })),
        ("HW1039", json!({ "backup_configuration": { "backup_period_in_hours": 7 } })),
        ("HW1039", json!({ "backup_configuration": { "backup_retention_period_in_hours": 30 } })),
        ("HW1039", json!({ "backup_configuration": { "backup_start_time": "25:00" } })),
        ("HW1039", json!({ "backup_configuration": { "backup_start_time": "02:00", "backup_period_in_hours": 24 } })),
        ("HW1052", json!({ "ip_access": [{ "source": "::1" }] })),
        ("HW1052", json!({ "ip_access": [{ "source": "192.0.2.0/33" }] })),
        ("HW1052", json!({ "ip_access": [] })),
        ("HW1053", json!({ "ip_access": [{ "source": "0.0.0.0/0" }] })),
        ("HW1059", json!({ "timeouts": { "create": "soon" } })),
    ];
    assert_eq!(codes("enterprise", &json!({})), Vec::<&str>::new());
    let wrong: Vec<String> = rows
        .iter()
        .map(|(code, changes)| (code, changes, codes("enterprise", changes)))
        .filter(|(code, _, found)| found.is_empty() || found.iter().any(|f| f != *code))
        .map(|(code, changes, found)| format!("{changes}: {found:?}, wanted {code}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn tiers_allow_what_they_allow() {
    let sending = json!({ "backup_period_in_hours": 24 });
    for (tier, code, changes) in [
        ("basic", "HW1033", json!({ "num_replicas": 2 })),
        ("basic", "HW1033", json!({ "max_replica_memory_gb": 16 })),
        ("basic", "HW1033", json!({ "warehouse_id": "w" })),
        ("basic", "HW1033", json!({ "backup_configuration": sending })),
        ("basic", "HW1029", json!({ "release_channel": "default" })),
        ("scale", "HW1029", json!({ "release_channel": "slow" })),
        ("scale", "HW1027", json!({ "transparent_data_encryption": { "enabled": true } })),
        ("scale", "HW1030", json!({ "compliance_type": "hipaa" })),
        ("scale", "HW1032", json!({ "profile": "v1-highmem-xs", "max_replica_memory_gb": 16 })),
    ] {
        assert_eq!(codes(tier, &changes), [code], "{tier} {changes}");
        if tier == "scale" {
            assert_eq!(codes("enterprise", &changes), Vec::<&str>::new(), "{changes}");
        }
    }
    assert_eq!(codes("basic", &json!({})), Vec::<&str>::new());
    assert_eq!(codes("enterprise", &json!({ "tier": "gold" })), ["HW1000"]);
}

#[test]
fn sources_are_compared_by_what_they_mean() {
    use super::schema::normal_source;
    for (left, right) in [("10.0.0.1", "10.0.0.1/32"), ("10.0.0.77/24", "10.0.0.0/24"), ("0.0.0.0/0", "1.2.3.4/0")] {
        assert_eq!(normal_source(left), normal_source(right));
    }
    assert_ne!(normal_source("10.0.0.1"), normal_source("10.0.0.2"));
}
