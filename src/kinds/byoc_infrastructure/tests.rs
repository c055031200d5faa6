//! Every offline rule has a configuration that breaks it, and breaks nothing else; stages become words.

use serde_json::{Value as Json, json};

use super::{ByocInfrastructure, observe};
use crate::kinds::{Kind, RuleContext};
use crate::lang::value::Value;

/// Codes of what the rules find in a good infrastructure with these changes; null takes an attribute away.
fn codes(changes: &Json) -> Vec<&'static str> {
    let mut infrastructure = json!({ "region_id": "us-east-1", "account_id": "012345678901" });
    for (name, value) in changes.as_object().into_iter().flatten() {
        infrastructure[name] = value.clone();
    }
    let ty = ByocInfrastructure.schema().object_type();
    let desired = Value::from_json_typed(&infrastructure, &ty).expect("the table holds values of the schema's types");
    let found = ByocInfrastructure.check(&RuleContext { desired: &desired, tier: None });
    found.into_iter().map(|f| f.code.0).collect()
}

#[test]
fn each_rule_finds_its_mistake_and_no_other() {
    let gcp = |more: Json| {
        let mut all = json!({ "region_id": "us-east1", "account_id": "project" });
        all.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        all
    };
    let own = |more: Json| {
        let mut all = json!({ "vpc_id": "vpc-1", "private_subnet_ids": ["s"] });
        all.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        all
    };
    let tags: serde_json::Map<_, _> = (0..51).map(|i| (format!("k{i}"), json!("v"))).collect();
    let rows = [
        ("HW1046", json!({ "vpc_cidr_range": "10.0.0.0" })),
        ("HW1046", json!({ "vpc_cidr_range": "11.0.0.0/16" })),
        ("HW1046", json!({ "vpc_cidr_range": "10.0.0.0/24" })),
        ("HW1046", json!({ "vpc_cidr_range": "10.0.0.0/23" })),
        ("HW1046", gcp(json!({ "vpc_cidr_range": "10.0.0.0/21" }))),
        ("HW1048", json!({ "availability_zone_suffixes": ["a", "b"] })),
        ("HW1048", json!({ "availability_zone_suffixes": ["a", "b", "b"] })),
        ("HW1048", json!({ "availability_zone_suffixes": ["a", "b", "g"] })),
        ("HW1049", json!({ "region_id": "us-east-7" })),
        ("HW1060", json!({ "account_id": "12345" })),
        ("HW1060", json!({ "tenant_id": "t" })),
        ("HW1060", gcp(json!({ "external_id": "e" }))),
        ("HW1060", json!({ "region_id": "eastus", "account_id": "s", "tenant_id": "t" })),
        ("HW1060", json!({ "private_subnet_ids": ["s"] })),
        ("HW1060", own(json!({ "vpc_cidr_range": "10.0.0.0/16" }))),
        ("HW1060", own(json!({ "private_subnet_ids": null }))),
        ("HW1060", own(json!({ "private_subnet_ids": ["1", "2", "3", "4", "5", "6", "7"] }))),
        ("HW1060", own(json!({ "public_subnet_ids": ["1", "2", "3", "4", "5", "6", "7"] }))),
        ("HW1060", own(json!({ "gcp_pod_cidr_range_names": ["pods"] }))),
        ("HW1060", gcp(own(json!({ "private_subnet_ids": ["1", "2"] })))),
        ("HW1060", json!({ "enable_private_load_balancer": false, "enable_public_load_balancer": false })),
        ("HW1060", json!({ "enable_private_load_balancer": false, "enable_private_link": true })),
        ("HW1060", gcp(own(json!({ "gcp_psc_subnet_id": "psc" })))),
        ("HW1060", json!({ "tags": tags })),
        ("HW1059", json!({ "timeouts": { "create": "soon" } })),
    ];
    for (code, changes) in rows {
        assert_eq!(codes(&changes), [code], "{changes}");
    }
    let good = [
        json!({}),
        json!({ "vpc_cidr_range": "10.0.0.0/22", "availability_zone_suffixes": ["a", "b", "c"] }),
        gcp(json!({ "vpc_cidr_range": "10.0.0.0/20" })),
        gcp(own(json!({ "gcp_psc_subnet_id": "psc", "enable_private_link": true }))),
        own(json!({ "public_subnet_ids": ["p"] })),
        json!({ "region_id": "eastus", "account_id": "s", "tenant_id": "t", "service_principal_client_id": "c" }),
    ];
    for changes in good {
        assert_eq!(codes(&changes), Vec::<&str>::new(), "{changes}");
    }
}

#[test]
fn stages_are_told_in_words() {
    let stage = |name: &str, status: &str, parts: Json| json!({ "name": name, "status": status, "subStages": parts });
    let parts = json!([stage("vpc", "ready", json!([])), stage("subnets", "in_progress", json!([]))]);
    let answer = json!({ "status": "in_progress", "stages": [
        stage("network", "in_progress", parts),
        stage("cluster", "pending", json!([])),
    ]});
    assert_eq!(observe::progress(&answer).unwrap(), "network: subnets in progress, 0 of 2 stages ready");
    let failed = json!({ "stages": [
        stage("network", "ready", json!([])),
        { "name": "cluster", "status": "failed", "message": "no quota" },
    ]});
    assert_eq!(observe::progress(&failed).unwrap(), "cluster failed (no quota), 1 of 2 stages ready");
    assert_eq!(observe::progress(&json!({ "id": "x" })), None);
}
