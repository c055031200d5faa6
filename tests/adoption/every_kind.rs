//! Every kind that is listed: made by hand, taken over by `import --all`, changed by hand, and the change accepted.
//!
//! The table is entered by existing: a kind of the registry without a row, or a reason why it has none, fails the test.

use std::panic::AssertUnwindSafe;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use housewright::kinds::{Kind, registry};
use serde_json::{Value, json};

use crate::hand::{api, service, wait};
use crate::support::Project;

/// How one kind is made and changed by hand.
struct Row {
    kind: &'static str,
    /// What people call the thing: its own name, or that of what it is part of.
    name: &'static str,
    /// Makes one thing of the kind, and what it needs.
    make: fn(&Project),
    /// Changes it, and what `drift` says then.
    change: Change,
}

enum Change {
    /// An attribute becomes another: how, and which.
    Attribute(fn(&Project), &'static str),
    /// Nothing about it can be changed, for this reason: it can only go.
    Gone(fn(&Project), &'static str),
}

/// Kinds that no row can be written for, with the reason.
const WITHOUT: &[(&str, &str)] = &[
    ("terraform_data", "it lives in the state alone: nothing of it exists elsewhere"),
    ("private_link", "EC2 knows the endpoints: tests/aws"),
    ("vpc_peering", "EC2 knows the peerings: tests/aws"),
];

fn row(kind: &'static str, make: fn(&Project), change: fn(&Project), attribute: &'static str) -> Row {
    Row { kind, name: "main", make, change: Change::Attribute(change, attribute) }
}

impl Row {
    fn named(self, name: &'static str) -> Self {
        Self { name, ..self }
    }
}

/// The place of something of the service that each row makes.
fn of_service(project: &Project, place: &str) -> String {
    format!("/services/{}{place}", project.service("main"))
}

fn put(project: &Project, method: &str, place: &str, body: &Value) {
    api(project, method, &of_service(project, place), body);
}

/// A service, and something of it.
fn with_service(project: &Project, method: &str, place: &str, body: &Value) {
    service(project, "main", json!({}));
    wait(project);
    put(project, method, place, body);
}

/// The id of the first thing of a list whose field says so.
fn find(project: &Project, list: &str, field: &str, text: &str, id: &str) -> String {
    let all = api(project, "GET", list, &Value::Null);
    let found = all.as_array().expect("a list").iter().find(|thing| thing[field] == text);
    found.expect("it is there")[id].as_str().expect("an id").to_owned()
}

fn role(project: &Project, name: &str) -> String {
    find(project, "/roles", "name", name, "id")
}

fn schedule(project: &Project, end: u32) {
    let entry = json!({
        "name": "Monday", "weekdays": [1], "startHourUtc": 8, "endHourUtc": end, "minReplicas": 5, "maxReplicas": 5,
    });
    put(project, "POST", "/scalingSchedule", &json!({ "entries": [entry] }));
}

fn bucket(path: &str) -> Value {
    let role = "arn:aws:iam::111122223333:role/clickhouse-backups";
    json!({ "bucketProvider": "AWS", "bucketPath": path, "iamRoleArn": role })
}

fn key_of_ones_own(key: &str) -> Value {
    json!({ "transparentDataEncryptionKeyId": format!("arn:aws:kms:eu-central-1:111122223333:key/{key}") })
}

fn query(sql: &str) -> Value {
    json!({ "name": "Top customers", "sql": sql, "database": "default" })
}

fn endpoint(sql: &str) -> Value {
    let mut body = query(sql);
    body["apiKeyIds"] = json!(["3f9fc1c1-5a2e-4c40-8d0a-1f7e5ab0b6a1"]);
    body["roles"] = json!(["sql_console_read_only"]);
    body
}

fn policies(permission: &str, resource: &str) -> Value {
    json!([{ "allowDeny": "ALLOW", "permissions": [permission], "resources": [resource] }])
}

fn actor(project: &Project) -> String {
    format!("user/{}", find(project, "/members", "name", "Ann", "userId"))
}

fn ann(project: &Project) {
    project.control("POST", "/members", &json!({ "name": "Ann", "email": "ann@example.com" }));
}

fn rows() -> Vec<Row> {
    vec![
        row(
            "service",
            |p| drop(service(p, "main", json!({ "numReplicas": 2 }))),
            |p| put(p, "PATCH", "/replicaScaling", &json!({ "numReplicas": 4 })),
            "num_replicas",
        ),
        row(
            "service_scheduled_scaling",
            |p| {
                service(p, "main", json!({}));
                wait(p);
                schedule(p, 18);
            },
            |p| schedule(p, 20),
            "entries",
        ),
        row(
            "service_upgrade_window",
            |p| with_service(p, "PUT", "/upgradeWindow", &json!({ "weekday": 2, "startHourUtc": 6 })),
            |p| put(p, "PUT", "/upgradeWindow", &json!({ "weekday": 2, "startHourUtc": 12 })),
            "start_hour_utc",
        ),
        row(
            "service_clickhouse_settings",
            |p| {
                let settings = json!({ "max_threads": 4, "compatibility": "26.2" });
                with_service(p, "PATCH", "/clickhouseSettings", &json!({ "settings": settings }));
            },
            |p| put(p, "PATCH", "/clickhouseSettings", &json!({ "settings": { "max_threads": 8 } })),
            "settings",
        ),
        row(
            "service_private_endpoints_attachment",
            |p| {
                let ids = json!({ "add": ["vpce-0123456789abcdef0", "vpce-0123456789abcdef1"] });
                with_service(p, "PATCH", "", &json!({ "privateEndpointIds": ids }));
            },
            |p| put(p, "PATCH", "", &json!({ "privateEndpointIds": { "remove": ["vpce-0123456789abcdef1"] } })),
            "private_endpoint_ids",
        ),
        row(
            "service_transparent_data_encryption_key_association",
            |p| {
                service(p, "main", json!({ "hasTransparentDataEncryption": true }));
                wait(p);
                put(p, "PATCH", "", &key_of_ones_own("1234abcd-12ab-34cd-56ef-1234567890ab"));
            },
            |p| put(p, "PATCH", "", &key_of_ones_own("2234abcd-12ab-34cd-56ef-1234567890ab")),
            "key_id",
        ),
        row(
            "service_backup_bucket",
            |p| with_service(p, "POST", "/backupBucket", &bucket("s3://example-backups/main")),
            |p| put(p, "PATCH", "/backupBucket", &bucket("s3://example-backups/elsewhere")),
            "bucket_path",
        ),
        row(
            "service_snapshot_configuration",
            |p| {
                p.control("PATCH", "/organization", &json!({ "entitlements": { "snapshots": true } }));
                let configuration = json!({ "enabled": true, "gap": 30, "timeFrame": 1440 });
                with_service(p, "PATCH", "/snapshotConfiguration", &configuration);
            },
            |p| put(p, "PATCH", "/snapshotConfiguration", &json!({ "gap": 60, "timeFrame": 2880 })),
            // The platform knows them as a pair only.
            "gap_in_minutes, time_frame_in_minutes",
        ),
        row(
            "service_replica_aware_routing",
            |p| with_service(p, "PATCH", "/replicaAwareRouting", &json!({ "httpEnabled": true })),
            |p| put(p, "PATCH", "/replicaAwareRouting", &json!({ "httpEnabled": false })),
            "http_enabled",
        ),
        row(
            "byoc_infrastructure",
            |p| {
                let body =
                    json!({ "regionId": "eu-central-1", "accountId": "123456789012", "displayName": "Europe", "tags": { "team": "ads" } });
                api(p, "POST", "/byocInfrastructure", &body);
                (0..4).for_each(|_| wait(p));
            },
            |p| {
                let all = p.control("GET", "/organization", &Value::Null)["byocInfrastructures"].clone();
                let id = all[0]["id"].as_str().expect("an id").to_owned();
                api(p, "PATCH", &format!("/byocInfrastructure/{id}"), &json!({ "tags": { "team": "data" } }));
            },
            "tags",
        )
        .named("Europe"),
        row(
            "organization_settings",
            |p| drop(api(p, "PATCH", "", &json!({ "enableCoreDumps": false }))),
            |p| drop(api(p, "PATCH", "", &json!({ "enableCoreDumps": true }))),
            "core_dumps_enabled",
        ),
        row(
            "role",
            |p| {
                let policies = policies("control-plane:service:view", "instance/*");
                api(p, "POST", "/roles", &json!({ "name": "reader", "actors": [], "policies": policies }));
            },
            |p| {
                let policies = policies("control-plane:service:view-backups", "instance/*");
                api(p, "PATCH", &format!("/roles/{}", role(p, "reader")), &json!({ "policies": policies }));
            },
            "policies",
        )
        .named("reader"),
        row(
            "role_assignment",
            |p| {
                ann(p);
                let id = role(p, "Billing");
                api(p, "PATCH", &format!("/roles/{id}"), &json!({ "actors": [actor(p)] }));
            },
            |p| {
                let admin = format!("user/{}", find(p, "/members", "name", "Sandbox Admin", "userId"));
                let id = role(p, "Billing");
                api(p, "PATCH", &format!("/roles/{id}"), &json!({ "actors": [actor(p), admin] }));
            },
            "user_ids",
        )
        .named("Billing"),
        row(
            "api_key",
            |p| drop(api(p, "POST", "/keys", &json!({ "name": "ci", "state": "disabled" }))),
            |p| {
                let id = find(p, "/keys", "name", "ci", "id");
                api(p, "PATCH", &format!("/keys/{id}"), &json!({ "state": "enabled" }));
            },
            "state",
        )
        .named("ci"),
        Row {
            kind: "invitation",
            name: "bob@example.com",
            make: |p| drop(api(p, "POST", "/invitations", &json!({ "email": "bob@example.com", "role": "developer" }))),
            change: Change::Gone(
                |p| {
                    let id = find(p, "/invitations", "email", "bob@example.com", "id");
                    api(p, "DELETE", &format!("/invitations/{id}"), &Value::Null);
                },
                "the API has no way to change an invitation",
            ),
        },
        row(
            "member",
            |p| {
                ann(p);
                let id = find(p, "/members", "name", "Ann", "userId");
                api(p, "PATCH", &format!("/members/{id}"), &json!({ "assignedRoleIds": [role(p, "Member")] }));
            },
            |p| {
                let id = find(p, "/members", "name", "Ann", "userId");
                api(p, "PATCH", &format!("/members/{id}"), &json!({ "assignedRoleIds": [role(p, "Billing")] }));
            },
            "assigned_role_ids",
        )
        .named("Ann"),
        row(
            "saved_query",
            |p| with_service(p, "POST", "/saved-queries", &query("SELECT 1")),
            |p| {
                let list = of_service(p, "/saved-queries");
                let id = find(p, &list, "name", "Top customers", "id");
                api(p, "PUT", &format!("{list}/{id}"), &query("SELECT 2"));
            },
            "sql",
        )
        .named("Top customers"),
        row(
            "query_api_endpoint",
            |p| with_service(p, "POST", "/query-api-endpoints", &endpoint("SELECT 1")),
            |p| {
                let list = of_service(p, "/query-api-endpoints");
                let id = find(p, &list, "name", "Top customers", "id");
                api(p, "PUT", &format!("{list}/{id}"), &endpoint("SELECT 2"));
            },
            "sql",
        )
        .named("Top customers"),
    ]
}

/// The instances that have drifted, each with how it is and with what changed.
fn drifted(project: &Project) -> Vec<(String, String, Vec<String>)> {
    let run = project.sandbox(&["drift", "--json"]);
    let document: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|e| panic!("{e}: {}", run.all()));
    let text = |v: &Value| v.as_str().expect("a text").to_owned();
    let changes = |d: &Value| d["changes"].as_array().into_iter().flatten().map(|c| text(&c["attribute"])).collect();
    let all = document["drift"].as_array().expect("a list").iter();
    all.map(|d| (text(&d["address"]), text(&d["status"]), changes(d))).collect()
}

/// Forgotten, a thing is taken over again by its id, and by its name.
fn comes_back(project: &Project, address: &str, row: &Row) {
    let shown: Value = serde_json::from_str(&project.sandbox(&["show", "--json"]).exits(0).stdout).expect("JSON");
    let all = shown["resources"].as_array().expect("a list");
    let identity = &all.iter().find(|r| r["address"] == address).expect("it is there")["identity"];
    let part = |name: &str| identity[name].as_str().unwrap_or_default().to_owned();
    let id = match row.kind {
        "saved_query" | "query_api_endpoint" => format!("{}:{}", part("service_id"), part("id")),
        _ => part("id"),
    };
    for what in [id, format!("name:{}", row.name)] {
        project.sandbox(&["state", "rm", address]).exits(0);
        project.sandbox(&["import", address, &what]).exits(0).says("No changes.");
        project.plan().exits(0);
        assert_eq!(drifted(project), [], "{what}");
    }
}

fn goes_round(kind: &dyn Kind, row: &Row) {
    let project = Project::empty();
    (row.make)(&project);
    wait(&project);
    project.writes();
    project.sandbox(&["import", "--all", "--auto-approve"]).exits(0);
    if kind.is_listed_by_name_only() {
        project.sandbox(&["import", "--all", "--kind", row.kind, "--auto-approve"]).exits(0);
    }
    let list = project.sandbox(&["state", "list"]).exits(0).stdout;
    assert!(list.lines().any(|l| l.starts_with(&format!("{}.", row.kind))), "{} is not in\n{list}", row.kind);
    project.run(&["fmt", "--check"]).exits(0);
    project.plan().exits(0).says("No changes.");
    assert_eq!(drifted(&project), []);
    let prefix = format!("{}.", row.kind);
    match row.change {
        Change::Attribute(change, attribute) => {
            change(&project);
            project.writes();
            let found = drifted(&project);
            let [(address, status, changes)] = found.as_slice() else { panic!("one drift, not {found:?}") };
            assert!(address.starts_with(&prefix), "{address}");
            assert_eq!((status.as_str(), changes.join(", ").as_str()), ("changed_by_hand", attribute));
            project.sandbox(&["plan", "--accept-drift", "--write"]).exits(0);
            project.plan().exits(0);
            comes_back(&project, address, row);
        }
        Change::Gone(change, why) => {
            assert!(!why.is_empty());
            change(&project);
            project.writes();
            let found = drifted(&project);
            let [(address, status, _)] = found.as_slice() else { panic!("one drift, not {found:?}") };
            assert!(address.starts_with(&prefix), "{address}");
            assert_eq!(status, "gone");
        }
    }
    assert_eq!(project.written(), [] as [String; 0], "nothing is sent on the way");
    project.run(&["fmt", "--check"]).exits(0);
}

/// `KINDS=role,member` takes only those.
#[test]
fn what_is_made_by_hand_is_imported_and_its_drift_is_accepted() {
    let named = std::env::var("KINDS").unwrap_or_default();
    let (rows, next, failed) = (rows(), AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        while let Some(row) = rows.get(next.fetch_add(1, Ordering::SeqCst)) {
            let kind = registry().iter().copied().find(|k| k.schema().kind == row.kind);
            let kind = kind.unwrap_or_else(|| panic!("there is no kind {}", row.kind));
            if !named.is_empty() && !named.split(',').any(|n| n == row.kind) {
                continue;
            }
            if std::panic::catch_unwind(AssertUnwindSafe(|| goes_round(kind, row))).is_err() {
                failed.lock().unwrap().push(row.kind);
            }
        }
    };
    std::thread::scope(|scope| (0..2).for_each(|_| drop(scope.spawn(work))));
    assert_eq!(failed.into_inner().unwrap(), [] as [&str; 0], "these kinds do not hold it");
}

#[test]
fn every_kind_has_a_row_or_a_reason() {
    let rows = rows();
    for kind in registry() {
        let name = kind.schema().kind;
        let (row, reason) = (rows.iter().any(|r| r.kind == name), WITHOUT.iter().any(|(k, _)| *k == name));
        assert!(row != reason, "{name}: write a row in tests/adoption/every_kind.rs, or say why there is none");
    }
    for (name, why) in WITHOUT {
        assert!(registry().iter().any(|k| k.schema().kind == *name), "there is no kind {name}");
        assert!(!why.is_empty());
    }
}

/// A bucket of GCP has a secret that its block must state, and that the platform does not tell.
#[test]
fn secrets_that_nobody_tells_leave_a_thing_out_with_a_word() {
    let project = Project::empty();
    let bucket = json!({
        "bucketProvider": "GCP", "bucketPath": "gs://example/main", "accessKeyId": "GOOG1E", "secretAccessKey": "canary",
    });
    with_service(&project, "POST", "/backupBucket", &bucket);
    let run = project.sandbox(&["import", "--all", "--auto-approve"]).exits(0);
    run.says("HW0661")
        .says("service_backup_bucket \"main\" is left out")
        .says("secret_access_key")
        .does_not_say("canary");
    assert_eq!(project.sandbox(&["state", "list"]).stdout, "service.main\n");
    // It is there all the same.
    project.sandbox(&["drift", "--unmanaged"]).exits(2).says("service_backup_bucket \"main\"");
}

/// Ids inside of texts are references as well.
#[test]
fn roles_name_the_services_they_are_about() {
    let project = Project::empty();
    service(&project, "main", json!({}));
    wait(&project);
    let policies = policies("control-plane:service:view", &format!("instance/{}", project.service("main")));
    api(&project, "POST", "/roles", &json!({ "name": "reader", "actors": [], "policies": policies }));
    project.sandbox(&["import", "--all", "--auto-approve"]).exits(0);
    let text = project.read("services.hcl") + &project.read("roles.hcl");
    assert!(text.contains("\"instance/${service.main.id}\""), "{text}");
    assert!(!text.contains(&project.service("main")), "{text}");
}

/// What a private link attaches needs no second block; what others attach beside it does.
#[test]
fn endpoints_of_a_link_are_managed_already() {
    let project = Project::new(
        "service \"main\" {\n  cloud_provider = \"aws\"\n  region         = \"eu-central-1\"\n  ip_access      = []\n}\n\
         private_link \"shop\" {\n  service_ids = [service.main.id]\n  endpoint_id = \"vpce-0aaaaaaaaaaaaaaaa\"\n}\n",
    );
    project.apply().exits(0);
    project.sandbox(&["drift", "--unmanaged"]).exits(0);
    project.sandbox(&["import", "--all"]).exits(0).says("Everything that exists is managed already.");
    put(&project, "PATCH", "", &json!({ "privateEndpointIds": { "add": ["vpce-0bbbbbbbbbbbbbbbb"] } }));
    project.sandbox(&["import", "--all", "--auto-approve"]).exits(0).does_not_say("vpce-0aaaaaaaaaaaaaaaa");
    let list = project.sandbox(&["state", "list"]).exits(0).stdout;
    assert!(list.contains("service_private_endpoints_attachment.main"), "{list}");
    project.plan().exits(0);
    project.sandbox(&["drift", "--unmanaged"]).exits(0);
}
