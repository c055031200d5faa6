//! The rules between fields, of the tiers, and of what already exists.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

mod sandbox_support;

use housewright::sandbox::{Entitlements, Organization, Request, Settings, Tier};
use sandbox_support::{Api, service_with};
use serde_json::{Value, json};

fn of_tier(tier: Tier) -> Api {
    with_organization(Organization { tier, ..Organization::default() })
}

fn with_organization(organization: Organization) -> Api {
    Api::with(Settings { organization, ..Settings::default() })
}

fn refused_create(api: &mut Api, status: u16, changes: Value, expected: &str) {
    let error = api.refused(status, "POST", "/services", service_with(changes.clone()));
    assert!(error.contains(expected), "{changes}: {error}");
}

#[test]
fn a_create_request_is_refused_for_what_does_not_fit_together() {
    let mut api = Api::new();
    for (changes, expected) in [
        (json!({ "minReplicas": 1, "maxReplicas": 2 }), "request body.numReplicas: cannot be used together"),
        (json!({ "numReplicas": null, "minReplicas": 1 }), "request body.maxReplicas: is required"),
        (json!({ "numReplicas": null, "maxReplicas": 1 }), "request body.minReplicas: is required"),
        (json!({ "numReplicas": null, "minReplicas": 3, "maxReplicas": 2 }), "request body.minReplicas: must be lower"),
        (json!({ "numReplicas": null, "minReplicas": 1, "maxReplicas": 2 }), "unless autoscalingMode is 'horizontal'"),
        (json!({ "autoscalingMode": "horizontal" }), "request body.numReplicas: cannot be used with horizontal"),
        (json!({ "autoscalingMode": "horizontal", "numReplicas": null }), "request body.minReplicas: is required"),
        (
            json!({ "autoscalingMode": "horizontal", "numReplicas": null, "minReplicas": 1, "maxReplicas": 2 }),
            "request body.maxReplicaMemoryGb: must equal minReplicaMemoryGb",
        ),
        (json!({ "minReplicaMemoryGb": 128 }), "request body.minReplicaMemoryGb: must be lower than or equal to max"),
        (json!({ "minReplicaMemoryGb": 10 }), "request body.minReplicaMemoryGb: must be a multiple of 4 <number:10>"),
        (json!({ "minTotalMemoryGb": 48 }), "request body.minTotalMemoryGb: cannot be used together"),
        (json!({ "idleTimeoutMinutes": 4 }), "request body.idleTimeoutMinutes: must be greater than or equal to 5"),
        (
            json!({ "idleScaling": false, "idleTimeoutMinutes": 10 }),
            "request body.idleTimeoutMinutes: cannot be set when idleScaling is false <number:10>",
        ),
        (json!({ "isReadonly": true }), "request body.isReadonly: can only be true when dataWarehouseId is given"),
        (json!({ "tier": "production" }), "request body.tier: cannot be set"),
        (json!({ "region": "us-east1" }), "request body.region: is not a region of provider aws <string:us-east1>"),
        (json!({ "dataWarehouseId": "nowhere" }), "request body.dataWarehouseId: is not a data warehouse"),
        (json!({ "backupId": "8f9c1d1e-0000-4000-8000-000000000000" }), "request body.backupId: is not a backup"),
        (json!({ "backupEncryptionConfig": { "key": 1 } }), "request body.backupEncryptionConfig: is accepted"),
        (json!({ "byocId": "nowhere" }), "request body.byocId: is not a BYOC infrastructure"),
        (json!({ "profile": "v1-none" }), "request body.profile: is not a profile"),
        (json!({ "encryptionKey": "k" }), "request body.encryptionAssumedRoleIdentifier: is required"),
        (json!({ "encryptionAssumedRoleIdentifier": "r" }), "request body.encryptionKey: is required"),
        (
            json!({ "provider": "gcp", "region": "us-east1", "encryptionKey": "k",
                "encryptionAssumedRoleIdentifier": "r" }),
            "request body.encryptionKey: is available on aws only",
        ),
        (json!({ "tags": [{ "key": "a" }, { "key": "a" }] }), "request body.tags: has the same key twice <string:a>"),
        (json!({ "ipAccessList": [{ "source": "::1" }] }), "request body.ipAccessList[0].source: must be an IPv4"),
        (json!({ "ipAccessList": [{ "description": "x" }] }), "request body.ipAccessList[0].source: is required"),
        (json!({ "endpoints": [{ "protocol": "mysql" }] }), "request body.endpoints[0].enabled: is required"),
        (
            json!({ "privateEndpointIds": ["mine"] }),
            "request body.privateEndpointIds: is not a private endpoint of aws",
        ),
    ] {
        refused_create(&mut api, 400, changes, expected);
    }
    assert_eq!(api.ok("GET", "/services", Value::Null), json!([]));
}

#[test]
fn what_a_create_request_leaves_out_is_filled_in() {
    let mut api = Api::new();
    let bare = json!({ "minReplicaMemoryGb": null, "maxReplicaMemoryGb": null, "numReplicas": null });
    let id = api.create(bare.clone());
    let service = api.get(&id);
    for (field, value) in [
        ("numReplicas", json!(3)),
        ("minReplicaMemoryGb", json!(16)),
        ("maxReplicaMemoryGb", json!(120)),
        ("idleScaling", json!(true)),
        ("idleTimeoutMinutes", json!(15)),
        ("releaseChannel", json!("default")),
        ("profile", json!("v1-default")),
        ("enableCoreDumps", json!(true)),
        ("isPrimary", json!(true)),
        ("isReadonly", json!(false)),
        ("autoscalingMode", json!("vertical")),
        ("createdAt", json!("2026-01-01T00:00:00Z")),
    ] {
        assert_eq!(service[field], value, "{field}");
    }
    let protocols: Vec<_> =
        service["endpoints"].as_array().unwrap().iter().map(|e| (&e["protocol"], &e["port"])).collect();
    assert_eq!(protocols, [(&json!("nativesecure"), &json!(9440)), (&json!("https"), &json!(8443))]);

    let mut basic = of_tier(Tier::Basic);
    let id = basic.create(bare);
    let service = basic.get(&id);
    assert_eq!((&service["numReplicas"], &service["maxReplicaMemoryGb"]), (&json!(1), &json!(8)));
}

#[test]
fn an_equal_band_is_a_fixed_count_and_totals_are_three_workers() {
    let mut api = with_organization(Organization {
        entitlements: Entitlements { horizontal_autoscaling: false, ..Entitlements::default() },
        ..Organization::default()
    });
    let id = api.create(json!({ "numReplicas": null, "minReplicas": 2, "maxReplicas": 2 }));
    let service = api.get(&id);
    assert_eq!((&service["numReplicas"], &service["autoscalingMode"]), (&json!(2), &json!("vertical")));
    let horizontal = json!({ "autoscalingMode": "horizontal", "numReplicas": null, "minReplicas": 1, "maxReplicas": 2,
        "maxReplicaMemoryGb": 16 });
    refused_create(&mut api, 403, horizontal, "FORBIDDEN: Horizontal autoscaling is not enabled");
    let totals = json!({ "minReplicaMemoryGb": null, "maxReplicaMemoryGb": null, "minTotalMemoryGb": 48,
        "maxTotalMemoryGb": 360 });
    let id = api.create(totals);
    let service = api.get(&id);
    assert_eq!((&service["minReplicaMemoryGb"], &service["maxReplicaMemoryGb"]), (&json!(16), &json!(120)));
}

#[test]
fn the_tiers_differ() {
    let mut basic = of_tier(Tier::Basic);
    let small = |more: Value| {
        let mut body = json!({ "numReplicas": 1, "minReplicaMemoryGb": 12, "maxReplicaMemoryGb": 12 });
        for (name, value) in more.as_object().unwrap() {
            body[name.as_str()] = value.clone();
        }
        body
    };
    refused_create(&mut basic, 400, json!({}), "request body.numReplicas: must be 1 on the BASIC tier <number:3>");
    refused_create(&mut basic, 400, small(json!({ "maxReplicaMemoryGb": 16 })), "must be 8 or 12");
    refused_create(&mut basic, 403, small(json!({ "dataWarehouseId": "x" })), "Warehouses are not available");
    refused_create(&mut basic, 403, small(json!({ "releaseChannel": "default" })), "releaseChannel cannot be chosen");
    let endpoint = small(json!({ "privateEndpointIds": ["vpce-0123456789abcdef0"] }));
    refused_create(&mut basic, 403, endpoint, "Private endpoints are not available");
    let id = basic.create(small(json!({})));
    let error = basic.refused(
        403,
        "PATCH",
        &format!("/services/{id}/backupConfiguration"),
        json!({ "backupRetentionPeriodInHours": 48 }),
    );
    assert!(error.contains("Configurable backups"), "{error}");

    let mut scale = of_tier(Tier::Scale);
    for (changes, field) in [
        (json!({ "hasTransparentDataEncryption": true }), "hasTransparentDataEncryption"),
        (json!({ "complianceType": "pci" }), "complianceType"),
        (json!({ "profile": "v1-highmem-xs" }), "profile"),
        (json!({ "releaseChannel": "slow" }), "releaseChannel"),
    ] {
        refused_create(&mut scale, 403, changes, field);
    }
    scale.create(json!({ "releaseChannel": "fast" }));

    let mut legacy = of_tier(Tier::Legacy);
    let id = legacy.create(json!({ "tier": "production" }));
    assert_eq!(legacy.get(&id)["tier"], "production");
    let azure = json!({ "tier": "development", "provider": "azure", "region": "eastus" });
    refused_create(&mut legacy, 400, azure, "request body.tier: is not available on azure");

    let mut unpaid = with_organization(Organization { paid: false, ..Organization::default() });
    refused_create(&mut unpaid, 400, json!({ "maxReplicaMemoryGb": 124 }), "must be lower than or equal to 120");
}

#[test]
fn the_organization_sets_limits() {
    let mut api = with_organization(Organization {
        services_quota: Some(1),
        enable_core_dumps: false,
        ..Organization::default()
    });
    refused_create(&mut api, 400, json!({ "enableCoreDumps": true }), "request body.enableCoreDumps: cannot be true");
    let id = api.create(json!({}));
    assert_eq!(api.get(&id)["enableCoreDumps"], false);
    let error = api.refused(400, "PATCH", &format!("/services/{id}"), json!({ "enableCoreDumps": true }));
    assert!(error.contains("request body.enableCoreDumps: cannot be true"), "{error}");
    refused_create(&mut api, 400, json!({}), "has reached its limit of 1 services");
    api.control("PATCH", "/organization", json!({ "servicesQuota": null, "tier": "scale" }));
    api.create(json!({}));
    refused_create(&mut api, 403, json!({ "complianceType": "pci" }), "ENTERPRISE");
}

#[test]
fn a_warehouse_keeps_its_services_together() {
    let mut api = Api::new();
    let primary = api.running(json!({ "releaseChannel": "fast" }));
    let warehouse = api.get(&primary)["dataWarehouseId"].clone();
    let member = |more: Value| {
        let mut body = json!({ "dataWarehouseId": warehouse });
        for (name, value) in more.as_object().unwrap() {
            body[name.as_str()] = value.clone();
        }
        body
    };
    refused_create(&mut api, 400, member(json!({ "region": "us-east-1" })), "request body.region: must be that");
    let elsewhere = member(json!({ "provider": "gcp", "region": "us-east1" }));
    refused_create(&mut api, 400, elsewhere, "request body.provider: must be that");
    refused_create(&mut api, 400, member(json!({ "releaseChannel": "slow" })), "request body.releaseChannel: must be");
    refused_create(&mut api, 400, member(json!({ "numReplicas": 48 })), "would have 51 replicas");
    let result = api.ok("POST", "/services", service_with(member(json!({ "numReplicas": 1 }))));
    assert!(result.get("password").is_none());
    let secondary = result["service"]["id"].as_str().unwrap().to_owned();
    assert_eq!(result["service"]["releaseChannel"], "fast");
    api.pass(300);
    for (method, path, body) in [
        ("GET", "backupConfiguration", Value::Null),
        ("PATCH", "backupConfiguration", json!({})),
        ("PATCH", "password", json!({})),
    ] {
        api.refused(400, method, &format!("/services/{secondary}/{path}"), body);
    }
    let path = format!("/services/{secondary}/replicaScaling");
    let error = api.refused(400, "PATCH", &path, json!({ "numReplicas": 48 }));
    assert!(error.contains("would have 51 replicas, the organization allows 50 per warehouse"), "{error}");
    api.ok("PATCH", &path, json!({ "numReplicas": 47 }));
    api.ok("PATCH", &format!("/services/{secondary}"), json!({ "releaseChannel": "default" }));
    assert_eq!(api.get(&primary)["releaseChannel"], "default");
}

#[test]
fn switching_the_mode_needs_the_fields_of_the_other_one() {
    let mut api = Api::new();
    let id = api.running(json!({ "maxReplicaMemoryGb": 16 }));
    let path = format!("/services/{id}/replicaScaling");
    let refused = |api: &mut Api, body: Value, expected: &str| {
        let error = api.refused(400, "PATCH", &path, body);
        assert!(error.contains(expected), "{error}");
    };
    refused(&mut api, json!({ "autoscalingMode": "horizontal" }), "request body.minReplicas: is required");
    refused(&mut api, json!({ "minReplicas": 1, "maxReplicas": 3 }), "unless autoscalingMode is 'horizontal'");
    let service =
        api.ok("PATCH", &path, json!({ "autoscalingMode": "horizontal", "minReplicas": 1, "maxReplicas": 4 }));
    assert_eq!((&service["replicaMemoryGb"], &service["maxReplicas"]), (&json!(16), &json!(4)));
    refused(&mut api, json!({ "numReplicas": 2 }), "request body.numReplicas: cannot be used with horizontal");
    refused(&mut api, json!({ "maxReplicaMemoryGb": 32 }), "must equal minReplicaMemoryGb");
    refused(&mut api, json!({ "autoscalingMode": "vertical" }), "request body.numReplicas: is required to switch");
    let error = api.refused(400, "PATCH", &format!("/services/{id}/scaling"), json!({ "minTotalMemoryGb": 48 }));
    assert!(error.contains("not available with horizontal"), "{error}");
    let service = api.ok("PATCH", &path, json!({ "minReplicas": 2, "maxReplicas": 6 }));
    assert_eq!((&service["autoscalingMode"], &service["minReplicas"]), (&json!("horizontal"), &json!(2)));
    let service = api.ok("PATCH", &path, json!({ "autoscalingMode": "vertical", "numReplicas": 2 }));
    assert_eq!((&service["minReplicaMemoryGb"], &service["maxReplicaMemoryGb"]), (&json!(16), &json!(16)));
    refused(&mut api, json!({ "idleScaling": false, "idleTimeoutMinutes": 9 }), "cannot be set when idleScaling");
    api.ok("PATCH", &path, json!({ "idleScaling": false }));
    refused(&mut api, json!({ "idleTimeoutMinutes": 9 }), "cannot be set when idleScaling");
}

#[test]
fn byoc_services_have_sizes_of_their_infrastructure() {
    let infrastructure = |id: &str, state: &str| {
        serde_json::from_value(json!({
            "id": id, "state": state, "accountId": "1", "regionId": "us-east-1", "cloudProvider": "aws",
            "profiles": [{ "profile": "v1-standard-byoc-4", "cpuCores": 4, "memoryGi": 16 }],
        }))
        .unwrap()
    };
    let mut api = with_organization(Organization {
        byoc_infrastructures: vec![infrastructure("ready", "infra-ready"), infrastructure("new", "infra-provisioning")],
        ..Organization::default()
    });
    let byoc = |more: Value| {
        let mut body = json!({ "byocId": "ready", "region": "us-east-1", "minReplicaMemoryGb": 48,
            "maxReplicaMemoryGb": 116 });
        for (name, value) in more.as_object().unwrap() {
            body[name.as_str()] = value.clone();
        }
        body
    };
    refused_create(&mut api, 409, byoc(json!({ "byocId": "new" })), "Current state: 'infra-provisioning'");
    refused_create(&mut api, 400, byoc(json!({ "region": "us-east-2" })), "must be that of the BYOC infrastructure");
    refused_create(&mut api, 400, byoc(json!({ "maxReplicaMemoryGb": null })), "maxReplicaMemoryGb: is required");
    refused_create(&mut api, 400, byoc(json!({ "minReplicaMemoryGb": 64 })), "must be one of 48, 116, 172, 232");
    let mysql = json!({ "endpoints": [{ "protocol": "mysql", "enabled": true }] });
    refused_create(&mut api, 400, byoc(mysql), "is not available for BYOC services");
    let encrypted = json!({ "hasTransparentDataEncryption": true });
    refused_create(&mut api, 400, byoc(encrypted), "is not available for BYOC services");
    refused_create(&mut api, 400, byoc(json!({ "profile": "v1-standard-byoc-4" })), "must be one of 16");
    let own = json!({ "profile": "v1-standard-byoc-4", "minReplicaMemoryGb": 16, "maxReplicaMemoryGb": 16 });
    api.create(byoc(own));
    let id = api.running(byoc(json!({})));
    let error =
        api.refused(400, "PATCH", &format!("/services/{id}/replicaScaling"), json!({ "maxReplicaMemoryGb": 120 }));
    assert!(error.contains("must be one of 48, 116, 172, 232 for BYOC services <number:120>"), "{error}");
}

#[test]
fn a_backup_makes_a_service_in_its_own_region_only() {
    let mut api = Api::new();
    let source = api.running(json!({ "hasTransparentDataEncryption": true }));
    let backup = api.control("POST", &format!("/services/{source}/backups"), Value::Null);
    let backup = backup["id"].clone();
    refused_create(&mut api, 400, json!({ "backupId": backup, "region": "us-east-1" }), "must be that of the backup");
    let id = api.create(json!({ "backupId": backup }));
    assert_eq!(api.get(&id)["hasTransparentDataEncryption"], true);
    assert!(api.get(&id).get("backupId").is_none());
}

#[test]
fn lists_change_by_removals_then_additions() {
    let mut api = Api::new();
    let id = api.running(json!({ "tags": [{ "key": "a", "value": "1" }, { "key": "b", "value": "2" }] }));
    let path = format!("/services/{id}");
    let service = api.ok(
        "PATCH",
        &path,
        json!({
            "ipAccessList": {
                "remove": [{ "source": "10.0.0.0/8" }],
                "add": [
                    { "source": "1.2.3.4", "description": "one" },
                    { "source": "1.2.3.4/32", "description": "two" },
                ],
            },
            "tags": { "remove": [{ "key": "a" }, { "key": "b", "value": "other" }], "add": [{ "key": "c" }] },
            "privateEndpointIds": { "add": ["vpce-0123456789abcdef0"] },
            "endpoints": [{ "protocol": "mysql", "enabled": true }],
        }),
    );
    assert_eq!(service["ipAccessList"], json!([{ "source": "1.2.3.4/32", "description": "two" }]));
    assert_eq!(service["tags"], json!([{ "key": "b", "value": "2" }, { "key": "c" }]));
    assert_eq!(service["privateEndpointIds"], json!(["vpce-0123456789abcdef0"]));
    assert_eq!(service["endpoints"][2]["protocol"], "mysql");
    let service = api.ok(
        "PATCH",
        &path,
        json!({
            "privateEndpointIds": { "remove": ["vpce-0123456789abcdef0"] },
            "endpoints": [{ "protocol": "mysql", "enabled": false }],
        }),
    );
    assert_eq!(service["privateEndpointIds"], json!([]));
    assert_eq!(service["availablePrivateEndpointIds"], json!(["vpce-0123456789abcdef0"]));
    assert_eq!(service["endpoints"].as_array().unwrap().len(), 2);

    // All or nothing: the second rule fails, so the name stays.
    let half = json!({ "name": "half", "transparentDataEncryptionKeyId": "k" });
    api.refused(400, "PATCH", &path, half);
    assert_eq!(api.get(&id)["name"], "orders");
    let many: Vec<Value> = (0..49).map(|n| json!({ "key": format!("k{n}") })).collect();
    let error = api.refused(400, "PATCH", &path, json!({ "tags": { "add": many } }));
    assert!(error.contains("would leave more than 50 tags"), "{error}");
}

#[test]
fn filters_select_by_tag_and_all_must_hold() {
    let mut api = Api::new();
    let both = api.create(json!({ "tags": [{ "key": "team", "value": "a" }, { "key": "env", "value": "prod" }] }));
    let one = api.create(json!({ "tags": [{ "key": "team", "value": "a" }] }));
    let bare = api.create(json!({ "tags": [{ "key": "env" }] }));
    let mut ids = |query: &str| -> Vec<String> {
        let list = api.ok("GET", &format!("/services{query}"), Value::Null);
        list.as_array().unwrap().iter().map(|service| service["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids(""), [both.clone(), one.clone(), bare.clone()]);
    assert_eq!(ids("?filter=tag:team=a"), [both.clone(), one]);
    assert_eq!(ids("?filter=tag%3Aenv"), [both.clone(), bare]);
    assert_eq!(ids("?filter=tag:team%3Da&filter=tag:env=prod"), [both]);
    assert!(ids("?filter=tag:team=b").is_empty());
    for bad in ["name:x", "tag:", "tag:=x"] {
        api.refused(400, "GET", &format!("/services?filter={bad}"), Value::Null);
    }
}

#[test]
fn backup_times_follow_their_rules() {
    let mut api = Api::new();
    let id = api.running(json!({}));
    let path = format!("/services/{id}/backupConfiguration");
    assert_eq!(
        api.ok("GET", &path, Value::Null),
        json!({ "backupPeriodInHours": 24, "backupRetentionPeriodInHours": 24 })
    );
    for (body, expected) in [
        (json!({ "backupPeriodInHours": 7 }), "request body.backupPeriodInHours: must be one of 6, 8"),
        (json!({ "backupRetentionPeriodInHours": 36 }), "backupRetentionPeriodInHours: must be a multiple of 24"),
        (json!({ "backupRetentionPeriodInHours": 1104 }), "backupRetentionPeriodInHours: must be lower"),
        (json!({ "backupStartTime": "" }), "BAD_REQUEST: customBackupStartTime must be a valid time (HH:00)"),
        (json!({ "backupStartTime": "24:00" }), "customBackupStartTime must be a valid time"),
        (json!({ "backupStartTime": "02:00", "backupPeriodInHours": 6 }), "must be 24 or 48 while"),
    ] {
        let error = api.refused(400, "PATCH", &path, body);
        assert!(error.contains(expected), "{error}");
    }
    api.ok("PATCH", &path, json!({ "backupPeriodInHours": 12, "backupRetentionPeriodInHours": 48 }));
    let changed = api.ok("PATCH", &path, json!({ "backupStartTime": "02:00" }));
    assert_eq!((&changed["backupPeriodInHours"], &changed["backupStartTime"]), (&json!(24), &json!("02:00")));
    api.refused(400, "PATCH", &path, json!({ "backupPeriodInHours": 12 }));
    let reset = json!({ "backupStartTime": null, "backupPeriodInHours": null, "backupRetentionPeriodInHours": null });
    let expected = json!({ "backupPeriodInHours": 24, "backupRetentionPeriodInHours": 24 });
    assert_eq!(api.ok("PATCH", &path, reset), expected);
}

#[test]
fn query_endpoints_and_passwords() {
    let mut api = Api::new();
    let id = api.running(json!({}));
    let path = format!("/services/{id}/serviceQueryEndpoint");
    api.refused(404, "GET", &path, Value::Null);
    api.refused(404, "DELETE", &path, Value::Null);
    let first = api.ok("POST", &path, json!({ "roles": ["sql_console_read_only"], "openApiKeys": ["k"] }));
    let second = api.ok("POST", &path, json!({ "roles": ["sql_console_admin"], "openApiKeys": [] }));
    assert_eq!(first["id"], second["id"]);
    assert_eq!(api.ok("GET", &path, Value::Null), second);
    api.ok("DELETE", &path, Value::Null);
    api.refused(404, "GET", &path, Value::Null);

    let path = format!("/services/{id}/password");
    let double = "94bdcebe19083ce2a1f959fd02f964c7af4cfc29";
    let hash = "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=";
    assert_eq!(api.ok("PATCH", &path, json!({ "newPasswordHash": hash, "newDoubleSha1Hash": double })), json!({}));
    assert!(api.ok("PATCH", &path, json!({ "newDoubleSha1Hash": double }))["password"].is_string());
    for body in [json!({ "newPasswordHash": "hunter2" }), json!({ "newDoubleSha1Hash": "hunter2" })] {
        let error = api.refused(400, "PATCH", &path, body);
        assert!(!error.contains("hunter2") && error.ends_with("<string>"), "{error}");
    }
}

#[test]
fn private_endpoints_have_the_form_of_their_provider() {
    let mut api = Api::new();
    for (provider, region, good, bad, host) in [
        ("aws", "us-east-1", "vpce-0123456789abcdef0", "123", ".us-east-1.vpce.aws.clickhouse.cloud"),
        ("gcp", "us-east1", "102600141743718403", "vpce-0123456789abcdef0", ".us-east1.p.gcp.clickhouse.cloud"),
        (
            "azure",
            "eastus",
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/privateEndpoints/e",
            "123",
            ".eastus.privatelink.azure.clickhouse.cloud",
        ),
    ] {
        let id = api.running(json!({ "provider": provider, "region": region }));
        let path = format!("/services/{id}/privateEndpoint");
        api.refused(400, "POST", &path, json!({ "id": bad }));
        let endpoint = api.ok("POST", &path, json!({ "id": good, "description": "ours" }));
        let expected = json!({ "id": good, "description": "ours", "cloudProvider": provider, "region": region });
        assert_eq!(endpoint, expected);
        assert_eq!(api.get(&id)["privateEndpointIds"], json!([good]));
        let config = api.ok("GET", &format!("/services/{id}/privateEndpointConfig"), Value::Null);
        assert!(config["privateDnsHostname"].as_str().unwrap().ends_with(host), "{config}");
        assert!(!config["endpointServiceId"].as_str().unwrap().is_empty());
    }
    let organization = api.ok("GET", "", Value::Null);
    assert_eq!(organization["privateEndpoints"].as_array().unwrap().len(), 3);
    let other = "vpce-aaaaaaaaaaaaaaaa1";
    let id = api.create(json!({ "privateEndpointIds": [other, other] }));
    assert_eq!(api.get(&id)["privateEndpointIds"], json!([other]));
    let id = api.create(json!({}));
    assert_eq!(api.get(&id)["availablePrivateEndpointIds"], json!([other]));
}

#[test]
fn only_the_right_key_gets_in_and_only_to_its_own_organization() {
    let mut api = Api::new();
    let own = format!("/v1/organizations/{}", api.sandbox.organization_id());
    for request in [
        Request::new("GET", &own),
        Request::new("GET", &own).basic_auth("sandbox", "wrong"),
        Request::new("GET", &own).basic_auth("other", "sandbox"),
    ] {
        let response = api.sandbox.handle(api.now, &request);
        assert_eq!(response.status, 401);
        let body = response.body_json();
        assert!(body["error"].as_str().unwrap().starts_with("UNAUTHORIZED: "), "{body}");
        assert!(body["requestId"].is_string());
    }
    let other = "/v1/organizations/00000000-0000-4000-8000-000000000000";
    assert_eq!(api.raw("GET", other, None).status, 403);
    assert_eq!(api.raw("GET", &format!("{other}/services"), None).status, 403);
    assert_eq!(api.raw("GET", "/v1/organizations/mine", None).status, 400);
    let list = api.raw("GET", "/v1/organizations", None).body_json();
    assert_eq!(list["result"].as_array().unwrap().len(), 1);
    assert_eq!(list["nextCursor"], Value::Null);
    api.refused(404, "GET", "/services/00000000-0000-4000-8000-000000000000", Value::Null);
    api.refused(400, "GET", "/services/mine", Value::Null);
}
