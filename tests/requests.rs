//! The number of requests is a formula (`docs/requests.md`): one list for all services, one for each sub-object that is
//! stated or read, and looks for all that wait together. `tests/kinds` holds every kind to it.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

mod support;

use housewright::sandbox::{Durations, Options, Sandbox, Settings};
use serde_json::{Value, json};
use support::Project;

fn fleet(count: usize, extra: &str) -> String {
    format!(
        "cloud {{ tier = \"scale\" }}\nservice \"x\" {{\n  count = {count}\n  cloud_provider = \"aws\"\n  region = \"eu-west-1\"\n  \
         min_replica_memory_gb = 8\n  max_replica_memory_gb = 8\n  ip_access = []\n  {extra}\n}}\n"
    )
}

fn reads(project: &Project) -> Vec<String> {
    let requests = project.requests();
    requests.into_iter().filter(|r| r.starts_with("GET")).collect()
}

#[test]
fn a_plan_lists_once_however_many_services_there_are() {
    for count in [1, 7, 25] {
        let project = Project::new(&fleet(count, ""));
        project.apply().exits(0);
        project.requests();
        project.plan().exits(0);
        assert_eq!(reads(&project), ["GET /services → 200"], "{count} services");
    }
}

#[test]
fn a_sub_object_costs_a_request_only_where_it_is_managed_or_read() {
    let project = Project::new(&fleet(3, "backup_configuration = { backup_period_in_hours = 12 }"));
    project.apply().exits(0);
    project.requests();
    project.plan().exits(0);
    let backups = reads(&project).iter().filter(|r| r.contains("/backupConfiguration")).count();
    assert_eq!(backups, 3);

    project.write("main.hcl", &(fleet(3, "") + "output \"e\" {\n  value = service.x[*].private_endpoint_config\n}\n"));
    project.apply().exits(0);
    project.requests();
    project.plan().exits(0);
    let requests = reads(&project);
    assert_eq!(requests.iter().filter(|r| r.contains("/privateEndpointConfig")).count(), 3, "{requests:?}");
    assert_eq!(requests.len(), 4, "{requests:?}");
}

/// The rule of `docs/requests.md`, said once more: when a list is looked at for which things wait that were created at
/// `created`, usually take `usual`, and really take `lasts`. All in seconds.
fn looks(created: &[i64], usual: i64, lasts: i64) -> Vec<i64> {
    let wants = |looked: i64, since: i64| {
        let (begin, age) = (looked.max(since), (looked - since).max(0));
        let slowly = age + 30 <= usual || age >= usual + 300;
        begin + if slowly { 30 } else { 10 }
    };
    let (mut looks, mut now) = (Vec::new(), i64::MIN / 2);
    loop {
        let waiting = created.iter().filter(|since| now - **since < lasts);
        // Nobody wants a look before he waits: what is created later is asked when it is.
        let Some(next) = waiting.map(|since| wants(now, *since)).min() else { return looks };
        now = next;
        looks.push(now);
    }
}

/// Seconds since the first request at which a look was taken, and at which a service was created.
fn times(sent: &[Value]) -> (Vec<i64>, Vec<i64>) {
    let at = |r: &Value| r["at"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_second();
    let of = |method: &str| -> Vec<i64> {
        sent.iter().filter(|r| r["method"] == method).map(|r| at(r) - at(&sent[0])).collect()
    };
    (of("GET"), of("POST"))
}

fn told(plan: &str) -> [u64; 4] {
    let plan: Value = serde_json::from_str(plan).unwrap();
    ["plan", "writes", "reads", "looks"].map(|field| plan["housewright"]["requests"][field].as_u64().unwrap())
}

/// Applies a fleet whose services take so long, and holds it to the formula. Gives how often was looked.
fn fleet_costs(count: usize, provision: u32) -> (u64, usize) {
    let project = Project::new(&fleet(count, ""));
    let durations = Durations { provision, ..Durations::default() };
    let settings = Settings { durations, ..Settings::default() };
    let world = project.path(".housewright/sandbox");
    drop(Sandbox::open(&world, Options { settings, ..Options::default() }).expect("a new world"));
    let [plan, writes, reads, expected] = told(&project.sandbox(&["plan", "--json"]).exits(0).stdout);
    assert_eq!((plan, writes, reads), (1, count as u64, 0));
    project.sent();
    project.apply().exits(0);
    let sent = project.sent();
    let (mut looked, created) = times(&sent);
    assert_eq!(looked.remove(0), 0, "the plan's list comes first");
    assert_eq!((looked.len() + 1, created.len()), (sent.len() - count, count), "{sent:?}");
    assert_eq!(looked, looks(&created, 300, i64::from(provision)), "services created at {created:?}");
    (expected, looked.len())
}

#[test]
fn an_apply_is_its_writes_and_looks_for_all_that_wait_and_the_plan_tells_both() {
    // The platform's limit lets through nine creations beside the plan's list, then ten, then one: at 0, 10 and 20 seconds.
    // A look every 30 seconds until the first five minutes are over, and one each for those that came later.
    assert_eq!(fleet_costs(1, 300), (10, 10));
    assert_eq!(fleet_costs(9, 300), (10, 10));
    assert_eq!(fleet_costs(20, 300), (12, 12));
}

#[test]
fn what_is_sooner_or_later_than_usual_costs_what_the_rule_says() {
    // 30, …, 300, then every 10 seconds until five minutes later, then every 30.
    assert_eq!(fleet_costs(1, 20), (10, 1));
    assert_eq!(fleet_costs(1, 325), (10, 13));
    assert_eq!(fleet_costs(1, 700), (10, 10 + 30 + 4));
}

#[test]
fn a_large_fleet_looks_no_more_often_than_every_ten_seconds() {
    let project = Project::new(&fleet(100, ""));
    let [plan, writes, reads, expected] = told(&project.sandbox(&["plan", "--json"]).exits(0).stdout);
    project.sent();
    project.apply().exits(0);
    let sent = project.sent();
    let (looked, created) = times(&sent);
    assert_eq!((plan, writes, reads, created.len()), (1, 100, 0, 100));
    assert_eq!(looked.len() as u64 - 1, expected, "looks at {looked:?}");
    assert!(looked.windows(2).all(|pair| pair[1] - pair[0] >= 10), "{looked:?}");
    // The last creation came before the first end, so that ten slow looks and a quick one for each batch are enough.
    assert!(looked.len() <= 1 + 10 + 11, "{looked:?}");
}

#[test]
fn another_limit_of_requests_is_another_course() {
    for (limit, batches) in [("off", 1), ("5", 5), ("20", 2)] {
        let project = Project::new(&fleet(20, ""));
        let run = |arguments: &[&str]| -> support::Run {
            let mut command = support::binary(project.root());
            command.args(arguments).arg("--sandbox").env("HOUSEWRIGHT_RATE_LIMIT", limit);
            command.output().expect("the binary runs").into()
        };
        let [.., expected] = told(&run(&["plan", "--json"]).exits(0).stdout);
        project.sent();
        run(&["apply", "--auto-approve"]).exits(0);
        let (looked, created) = times(&project.sent());
        let distinct: std::collections::BTreeSet<i64> = created.iter().copied().collect();
        assert_eq!(distinct.len(), batches, "{limit}: {created:?}");
        assert_eq!(looked.len() as u64 - 1, expected, "{limit}: {looked:?}");
    }
}

#[test]
fn order_does_not_matter_and_one_entry_is_one_entry() {
    let many = "ip_access = [{ source = \"192.0.2.1\" }, { source = \"192.0.2.2\", description = \"b\" }, { source = \"192.0.2.3/32\" }]\n  tags = { a = \"1\", b = \"2\", c = \"3\" }";
    let text = fleet(1, many).replacen("ip_access = []\n", "", 1);
    let project = Project::new(&text);
    project.apply().exits(0);
    project.fault(&json!({ "times": null, "effect": "shuffleLists" }));
    for _ in 0..5 {
        project.plan().exits(0);
    }
    project.change_remotely("x-0", &json!({ "ipAccessList": [{ "source": "192.0.2.1" }, { "source": "192.0.2.3" }] }));
    project.plan().exits(2).says("192.0.2.2").does_not_say("192.0.2.3");
    project.requests();
    project.apply().exits(0);
    let writes = project.writes();
    assert_eq!(writes.len(), 1);
    assert_eq!(
        writes[0].body,
        json!({ "ipAccessList": { "add": [{ "source": "192.0.2.2", "description": "b" }], "remove": [] } })
    );
    project.plan().exits(0);
}
