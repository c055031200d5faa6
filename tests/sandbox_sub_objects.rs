//! What hangs on a service or on the organization: schedules, windows, settings, buckets, snapshots, BYOC, cost.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

mod sandbox_support;

use housewright::sandbox::{Entitlements, Organization, Settings, Tier};
use sandbox_support::{Api, service_with};
use serde_json::{Value, json};

const NONE: Value = Value::Null;

fn with_organization(organization: Organization) -> Api {
    Api::with(Settings { organization, ..Settings::default() })
}

fn without(change: impl FnOnce(&mut Entitlements)) -> Api {
    let mut organization = Organization::default();
    change(&mut organization.entitlements);
    with_organization(organization)
}

#[test]
fn windows_that_overlap_are_refused_over_midnight_and_over_the_end_of_the_week() {
    let mut api = Api::new();
    let path = format!("/services/{}/scalingSchedule", api.running(json!({})));
    let window = |name: &str, weekdays: &[u32], start: u32, end: u32| json!({ "name": name, "weekdays": weekdays, "startHourUtc": start, "endHourUtc": end, "numReplicas": 4 });
    for (one, other) in [
        (window("a", &[1], 8, 12), window("b", &[1, 2], 11, 14)),
        (window("a", &[1], 22, 2), window("b", &[2], 1, 3)),
        (window("a", &[6], 22, 2), window("b", &[0], 0, 1)),
    ] {
        let error = api.refused(400, "POST", &path, json!({ "entries": [one, other] }));
        assert_eq!(error, "BAD_REQUEST: request body.entries[1]: overlaps the entry 'a' <object>");
    }
    let apart = json!({ "entries": [window("a", &[1], 8, 12), window("b", &[1], 12, 24), window("c", &[0], 20, 8)] });
    assert_eq!(api.ok("POST", &path, apart)["entries"].as_array().unwrap().len(), 3);
    let many: Vec<Value> = (0..11).map(|hour| window("w", &[3], hour, hour + 1)).collect();
    assert!(api.refused(400, "POST", &path, json!({ "entries": many })).contains("must have at most 10 items"));
    assert_eq!(api.ok("GET", &path, NONE)["entries"].as_array().unwrap().len(), 3);
    api.ok("DELETE", &path, NONE);
    api.refused(404, "GET", &path, NONE);
    api.refused(404, "DELETE", &path, NONE);
}

#[test]
fn an_entry_is_refused_for_what_does_not_fit_together() {
    let mut api = Api::new();
    let path = format!("/services/{}/scalingSchedule", api.running(json!({})));
    for (changes, expected) in [
        (json!({ "endHourUtc": 8 }), "endHourUtc: must differ from startHourUtc <number:8>"),
        (json!({ "minReplicaMemoryGb": 16 }), "maxReplicaMemoryGb: is required"),
        (json!({ "minReplicaMemoryGb": 32, "maxReplicaMemoryGb": 16 }), "minReplicaMemoryGb: must be lower"),
        (json!({ "minReplicas": 1 }), "maxReplicas: is required"),
        (json!({ "minReplicas": 1, "maxReplicas": 2 }), "maxReplicas: must equal minReplicas unless"),
        (json!({ "numReplicas": 1, "minReplicas": 2, "maxReplicas": 2 }), "numReplicas: cannot be used together"),
        (json!({ "idleScaling": false, "idleTimeoutMinutes": 9 }), "idleTimeoutMinutes: cannot be set"),
        (json!({ "autoscalingMode": "horizontal" }), "minReplicas: is required with horizontal"),
        (
            json!({ "autoscalingMode": "horizontal", "minReplicas": 1, "maxReplicas": 2 }),
            "minReplicaMemoryGb: is required with horizontal",
        ),
        (
            json!({ "autoscalingMode": "horizontal", "minReplicas": 1, "maxReplicas": 2, "minReplicaMemoryGb": 16,
                "maxReplicaMemoryGb": 32 }),
            "maxReplicaMemoryGb: must equal",
        ),
    ] {
        let mut entry = json!({ "name": "day", "weekdays": [1], "startHourUtc": 8, "endHourUtc": 18 });
        for (name, value) in changes.as_object().unwrap() {
            entry[name.as_str()] = value.clone();
        }
        let error = api.refused(400, "POST", &path, json!({ "entries": [entry] }));
        assert!(error.contains(&format!("request body.entries[0].{expected}")), "{error}");
    }
    let mut none = without(|entitlements| entitlements.scheduled_autoscaling = false);
    let path = format!("/services/{}/scalingSchedule", none.running(json!({})));
    for (method, body) in [("GET", NONE), ("POST", json!({ "entries": [] })), ("DELETE", NONE)] {
        none.refused(403, method, &path, body);
    }
}

#[test]
fn a_window_of_upgrades_belongs_to_the_primary() {
    let mut api = Api::new();
    let primary = api.running(json!({}));
    let warehouse = api.get(&primary)["dataWarehouseId"].clone();
    let secondary = api.running(json!({ "dataWarehouseId": warehouse }));
    let (of_primary, of_secondary) =
        (format!("/services/{primary}/upgradeWindow"), format!("/services/{secondary}/upgradeWindow"));
    let window = json!({ "weekday": 3, "startHourUtc": 12 });
    api.refused(404, "GET", &of_primary, NONE);
    api.refused(400, "PUT", &of_secondary, window.clone());
    api.refused(400, "DELETE", &of_secondary, NONE);
    api.ok("PUT", &of_primary, window.clone());
    assert_eq!(api.ok("GET", &of_secondary, NONE), json!({ "weekday": 3, "startHourUtc": 12, "duration": 6 }));
    // Losing the entitlement leaves the window, which can be removed all the same.
    api.control("PATCH", "/organization", json!({ "entitlements": { "scheduledUpgrades": false } }));
    api.refused(403, "PUT", &of_primary, window);
    api.ok("DELETE", &of_primary, NONE);
    api.refused(404, "DELETE", &of_primary, NONE);
}

#[test]
fn settings_are_those_of_the_schema_and_all_or_none_take_effect() {
    let mut api = Api::new();
    let path = format!("/services/{}/clickhouseSettings", api.running(json!({})));
    assert_eq!(api.ok("GET", &path, NONE)["settings"], json!([]));
    for (settings, expected) in [
        (json!({ "max_threads": 4, "no_such": 1 }), "settings.no_such: is not a setting that can be changed"),
        (json!({ "max_threads": "four" }), "settings.max_threads: must be a whole number"),
        (json!({ "enable_filesystem_cache": 2 }), "settings.enable_filesystem_cache: must be one of 0, 1"),
        (json!({ "compatibility": 26 }), "settings.compatibility: must be a string"),
    ] {
        let error = api.refused(400, "PATCH", &path, json!({ "settings": settings }));
        assert!(error.contains(expected), "{error}");
    }
    assert_eq!(api.ok("GET", &path, NONE)["settings"], json!([]));
    api.ok("PATCH", &path, json!({ "settings": { "max_threads": 4 } }));
    api.refused(404, "GET", &format!("{path}/max_query_size"), NONE);
    api.ok("DELETE", &format!("{path}/max_query_size"), NONE);
    api.ok("DELETE", &format!("{path}/max_threads"), NONE);
    api.refused(404, "GET", &format!("{path}/max_threads"), NONE);
    api.refused(404, "DELETE", &format!("{path}/no_such"), NONE);
}

#[test]
fn a_bucket_keeps_what_a_change_leaves_out_and_its_secret_is_kept_nowhere() {
    let mut api = Api::new();
    let path = format!("/services/{}/backupBucket", api.running(json!({})));
    api.refused(404, "GET", &path, NONE);
    let bucket = json!({ "bucketProvider": "GCP", "bucketPath": "gs://b", "accessKeyId": "id",
        "secretAccessKey": "canary-of-the-bucket" });
    let made = api.ok("POST", &path, bucket.clone());
    api.refused(409, "POST", &path, bucket);
    let change = json!({ "bucketProvider": "GCP", "accessKeyId": "other", "secretAccessKey": "canary-of-the-bucket" });
    let changed = api.ok("PATCH", &path, change);
    assert_eq!((&changed["id"], &changed["bucketPath"]), (&made["id"], &json!("gs://b")));
    let error = api.refused(400, "PATCH", &path, json!({ "bucketProvider": "GCP", "accessKeyId": "x" }));
    assert!(error.ends_with("secretAccessKey: is required <undefined>"), "{error}");
    let error = api.refused(400, "PATCH", &path, json!({ "bucketProvider": "S3" }));
    assert!(error.contains("bucketProvider: must be one of AWS, GCP, AZURE"), "{error}");
    assert!(!api.control("GET", "/world", NONE).to_string().contains("canary"));
}

#[test]
fn snapshots_appear_and_go_as_their_cadence_says() {
    let mut api = without(|entitlements| entitlements.snapshots = true);
    let service = api.running(json!({}));
    let (configuration, list) =
        (format!("/services/{service}/snapshotConfiguration"), format!("/services/{service}/snapshots"));
    api.refused(400, "PATCH", &configuration, json!({}));
    let error = api.refused(400, "PATCH", &configuration, json!({ "gap": 30, "timeFrame": 2880 }));
    assert!(error.contains("(30, 1440), (60, 2880)"), "{error}");
    api.ok("PATCH", &configuration, json!({ "enabled": true }));
    api.pass(10 * 24 * 3600 + 61);
    let all = api.ok("GET", &list, NONE);
    assert_eq!(all.as_array().unwrap().len(), 48);
    let page = api.call("GET", &format!("{list}?limit=30"), NONE).1;
    assert_eq!((&page["totalCount"], &page["limit"]), (&json!(48), &json!(30)));
    let next = page["nextCursor"].as_str().unwrap();
    let rest = api.call("GET", &format!("{list}?limit=30&cursor={next}"), NONE).1;
    assert_eq!((rest["result"].as_array().unwrap().len(), &rest["nextCursor"]), (18, &NONE));
    assert_eq!(rest["result"][17], all[47]);
    api.ok("PATCH", &configuration, json!({ "enabled": false }));
    assert_eq!(api.ok("GET", &list, NONE), json!([]));
    let mut without = Api::new();
    let path = format!("/services/{}/snapshotConfiguration", without.running(json!({})));
    without.refused(403, "PATCH", &path, json!({ "enabled": true }));
}

#[test]
fn a_byoc_infrastructure_is_refused_for_what_does_not_fit_together() {
    let mut api = Api::new();
    let aws = json!({ "regionId": "us-east-1", "accountId": "123456789012" });
    let gcp = json!({ "regionId": "us-east1", "accountId": "project" });
    let azure = json!({ "regionId": "eastus", "accountId": "subscription" });
    for (base, changes, expected) in [
        (&aws, json!({ "accountId": "1" }), "accountId: must be the 12 digits"),
        (&gcp, json!({ "externalId": "x" }), "externalId: is available on aws only"),
        (&azure, json!({}), "tenantId: is required for azure"),
        (&azure, json!({ "tenantId": "t" }), "servicePrincipalClientId: is required for azure"),
        (&aws, json!({ "tenantId": "t" }), "tenantId: is available on azure only"),
        (&aws, json!({ "vpcCidrRange": "10.0.0.0/24" }), "vpcCidrRange: must be a range of /23 or larger"),
        (&gcp, json!({ "vpcCidrRange": "10.0.0.0/21" }), "vpcCidrRange: must be a range of /20 or larger"),
        (&aws, json!({ "vpcCidrRange": "8.8.0.0/16" }), "vpcCidrRange: must be a private range"),
        (&aws, json!({ "vpcCidrRange": "ten" }), "vpcCidrRange: must be an IPv4 CIDR"),
        (&aws, json!({ "availabilityZoneSuffixes": ["a", "b"] }), "availabilityZoneSuffixes: must have at least 3"),
        (&aws, json!({ "availabilityZoneSuffixes": ["a", "b", "a"] }), "availabilityZoneSuffixes[2]: is there twice"),
        (&aws, json!({ "vpcId": "vpc-1" }), "privateSubnetIds: is required with vpcId"),
        (&aws, json!({ "privateSubnetIds": ["s"] }), "privateSubnetIds: needs vpcId"),
        (
            &aws,
            json!({ "vpcId": "v", "privateSubnetIds": ["s"], "vpcCidrRange": "10.0.0.0/16" }),
            "vpcCidrRange: cannot be used together",
        ),
        (&gcp, json!({ "vpcId": "v", "privateSubnetIds": ["s", "t"] }), "privateSubnetIds: must have exactly one"),
        (&aws, json!({ "gcpPodCidrRangeNames": ["p"] }), "gcpPodCidrRangeNames: is available on gcp only"),
        (&azure, json!({ "tenantId": "t", "servicePrincipalClientId": "c", "vpcId": "v" }), "vpcId: is not available"),
    ] {
        let mut body = base.clone();
        for (name, value) in changes.as_object().unwrap() {
            body[name.as_str()] = value.clone();
        }
        for path in ["/byocInfrastructure", "/byocInfrastructure/validate"] {
            let error = api.refused(400, "POST", path, body.clone());
            assert!(error.contains(&format!("request body.{expected}")), "{body}: {error}");
        }
    }
    let id = api.ok("POST", "/byocInfrastructure", aws.clone())["id"].as_str().unwrap().to_owned();
    assert!(api.refused(409, "POST", "/byocInfrastructure", aws).contains("already"));
    let path = format!("/byocInfrastructure/{id}");
    let link = json!({ "enablePrivateLink": true });
    assert!(api.refused(409, "PATCH", &path, link.clone()).contains("Current state: 'infra-provisioning'"));
    let early = service_with(json!({ "byocId": id, "region": "us-east-1", "minReplicaMemoryGb": 48,
        "maxReplicaMemoryGb": 48 }));
    assert!(api.refused(409, "POST", "/services", early).contains("is not ready"));
    let next = api.control("GET", "/clock", NONE)["nextEvent"].clone();
    assert_eq!(next, "2026-01-01T00:40:00Z");
    api.control("POST", "/clock", json!({ "toNextEvent": true }));
    assert!(api.refused(400, "PATCH", &path, link).contains("needs the private load balancer"));
    api.refused(400, "PATCH", &path, json!({ "enablePublicLoadBalancer": false }));
    api.refused(404, "GET", &format!("{path}/privateEndpointConfig"), NONE);
    let mut none = without(|entitlements| entitlements.byoc = false);
    none.refused(403, "POST", "/byocInfrastructure", gcp);
}

#[test]
fn a_byoc_service_has_the_private_link_of_its_infrastructure() {
    let mut api = Api::new();
    let place = json!({ "regionId": "us-east-1", "accountId": "123456789012" });
    let infrastructure = api.ok("POST", "/byocInfrastructure", place)["id"].as_str().unwrap().to_owned();
    api.pass(2400);
    let service = api.running(json!({ "byocId": infrastructure, "region": "us-east-1", "minReplicaMemoryGb": 48,
        "maxReplicaMemoryGb": 48 }));
    let (of_service, of_infrastructure) = (
        format!("/services/{service}/privateEndpointConfig"),
        format!("/byocInfrastructure/{infrastructure}/privateEndpointConfig"),
    );
    assert_eq!(api.ok("GET", &of_service, NONE), json!({}));
    let path = format!("/byocInfrastructure/{infrastructure}");
    api.ok("PATCH", &path, json!({ "enablePrivateLoadBalancer": true, "enablePrivateLink": true }));
    api.pass(119);
    assert_eq!(api.ok("GET", &of_service, NONE), json!({}));
    api.pass(1);
    let (own, all) = (api.ok("GET", &of_service, NONE), api.ok("GET", &of_infrastructure, NONE));
    assert_eq!(own["endpointServiceId"], all["endpointName"]);
    let (host, domain) = (own["privateDnsHostname"].as_str().unwrap(), all["privateDnsHostname"].as_str().unwrap());
    assert!(domain.starts_with("vpce.") && host.ends_with(&format!(".{domain}")), "{host} {domain}");
    api.ok("POST", &format!("/services/{service}/privateEndpoint"), json!({ "id": "vpce-0123456789abcdef0" }));
    let off = json!({ "enablePrivateLink": false });
    assert!(api.refused(409, "PATCH", &path, off).contains("while services have private endpoints"));
}

#[test]
fn what_the_account_does_not_allow_shows_in_the_preflight_and_in_the_result() {
    let organization =
        Organization { byoc_denied_actions: vec!["ec2:CreateVpc".to_owned()], ..Organization::default() };
    let mut api = with_organization(organization);
    let body = json!({ "regionId": "us-east-1", "accountId": "123456789012" });
    let answer = api.ok("POST", "/byocInfrastructure/validate", body.clone());
    assert_eq!((&answer["allPassed"], &answer["anyPassed"]), (&json!(false), &json!(true)));
    let denied: Vec<&Value> = answer["checks"].as_array().unwrap().iter().filter(|c| c["allowed"] == false).collect();
    assert_eq!((denied.len(), &denied[0]["action"]), (1, &json!("ec2:CreateVpc")));
    let id = api.ok("POST", "/byocInfrastructure", body)["id"].as_str().unwrap().to_owned();
    api.pass(2400);
    let path = format!("/byocInfrastructure/{id}");
    assert_eq!(api.ok("GET", &path, NONE)["state"], "infra-degraded");
    assert_eq!(api.ok("GET", &format!("{path}/progress"), NONE)["status"], "failed");
    // In a VPC of the customer none has to be made.
    let own = json!({ "regionId": "us-east-1", "accountId": "210987654321", "vpcId": "v", "privateSubnetIds": ["s"] });
    assert_eq!(api.ok("POST", "/byocInfrastructure/validate", own)["allPassed"], true);
}

#[test]
fn quotas_say_what_is_enforced() {
    let mut api = with_organization(Organization {
        services_quota: Some(1),
        api_keys_quota: 2,
        replicas_per_warehouse: 4,
        ..Organization::default()
    });
    api.create(json!({}));
    let quotas = api.ok("GET", "/quotas", NONE);
    let short: Vec<Value> = quotas
        .as_array()
        .unwrap()
        .iter()
        .map(|quota| json!([quota["quotaCode"], quota["value"], quota["usage"]]))
        .collect();
    assert_eq!(
        Value::from(short),
        json!([
            ["services-per-organization", 1, 1],
            ["replicas-per-warehouse", 4, null],
            ["api-keys-per-organization", 2, 1]
        ])
    );
    api.refused(400, "POST", "/services", service_with(json!({})));
    api.ok("POST", "/keys", json!({ "name": "second" }));
    api.refused(400, "POST", "/keys", json!({ "name": "third" }));
    api.refused(404, "GET", "/quotas/no-such-quota", NONE);
    // Without a limit there is no quota.
    Api::new().refused(404, "GET", "/quotas/services-per-organization", NONE);
}

#[test]
fn compute_costs_what_ran() {
    let mut api = with_organization(Organization { tier: Tier::Scale, ..Organization::default() });
    let body = json!({ "minReplicaMemoryGb": 16, "maxReplicaMemoryGb": 16, "numReplicas": 2, "idleScaling": false });
    let id = api.running(body);
    api.control("POST", "/clock", json!({ "to": "2026-01-01T06:05:00Z" }));
    api.ok("PATCH", &format!("/services/{id}/state"), json!({ "command": "stop" }));
    api.control("POST", "/clock", json!({ "to": "2026-01-03T00:00:00Z" }));
    let cost = api.ok("GET", "/usageCost?from_date=2026-01-01&to_date=2026-01-31", NONE);
    // Six hours of four units.
    assert_eq!(cost["grandTotalCHC"], 7.1832);
    assert_eq!(cost["costs"].as_array().unwrap().len(), 1, "{cost}");
    assert_eq!((&cost["costs"][0]["date"], &cost["costs"][0]["locked"]), (&json!("2026-01-01"), &json!(true)));
    for query in [
        "",
        "?from_date=2026-01-02&to_date=2026-01-01",
        "?from_date=2026-01-01&to_date=2026-02-01",
        "?from_date=2026-01-01T00:00:00Z&to_date=2026-01-01",
    ] {
        api.refused(400, "GET", &format!("/usageCost{query}"), NONE);
    }
}

#[test]
fn metrics_of_a_service_that_does_not_run_are_its_information_only() {
    let mut api = Api::new();
    let id = api.running(json!({ "name": "a \"b\"" }));
    let path = format!("/v1/organizations/{}/services/{id}/prometheus", api.sandbox.organization_id());
    let text = |api: &mut Api| String::from_utf8(api.raw("GET", &path, None).body.to_vec()).unwrap();
    let running = text(&mut api);
    assert!(running.contains("clickhouse_service_name=\"a \\\"b\\\"\""), "{running}");
    assert_eq!(running.matches("ClickHouseAsyncMetrics_CGroupMemoryTotal{").count(), 3);
    api.ok("PATCH", &format!("/services/{id}/state"), json!({ "command": "stop" }));
    api.pass(60);
    let stopped = text(&mut api);
    assert!(stopped.contains("clickhouse_cluster_status=\"stopped\"") && !stopped.contains("CGroup"), "{stopped}");
    assert_eq!(api.raw("GET", &format!("{path}?filtered_metrics=maybe"), None).status, 400);
}
