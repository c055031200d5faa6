//! 3, 4, 5, 7, 8 and 10: whatever breaks on the way, the next run ends where this one would have ended.

use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::limits::limited;
use crate::support::{Project, Run, Served, binary};
use crate::{enterprise, service};

/// Waits until something holds; the test fails when it does not within half a minute.
#[track_caller]
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(30), "waited for: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn is(request: &Value, method: &str, ending: &str) -> bool {
    request["method"] == method && request["path"].as_str().is_some_and(|p| p.ends_with(ending))
}

fn latency(operation: &str, milliseconds: u32) -> String {
    json!({ "operation": operation, "times": null, "effect": { "latency": { "milliseconds": milliseconds } } })
        .to_string()
}

/// Services of the served sandbox that are there: id and state.
fn there(served: &Served) -> Vec<(String, String)> {
    let world: Value = serde_json::from_str(&served.control("GET", "/world", "")).unwrap();
    let services = world["services"].as_object().unwrap().iter();
    let state = |s: &Value| s["state"].as_str().unwrap_or_default().to_owned();
    services.map(|(id, s)| (id.clone(), state(s))).filter(|(_, state)| state != "terminated").collect()
}

#[test]
fn scenario_03_lost_response() {
    for effect in [
        json!({ "drop": { "when": "after" } }),
        json!({ "answer": { "when": "after", "status": 500, "error": "INTERNAL" } }),
        json!("truncate"),
    ] {
        let project = Project::new(&enterprise(&[service("x", "")]));
        project.plan().exits(2);
        project.writes();
        project.fault(&json!({ "method": "POST", "effect": effect }));
        project.apply();
        project.apply().exits(0);
        // Nobody saw the password that the answer told.
        assert_eq!(project.written(), ["POST /services", "PATCH /services/*/password"], "{effect}");
        let services = project.services();
        assert_eq!(services.len(), 1, "{effect}");
        project.sandbox(&["state", "show", "service.x"]).exits(0).says(&services[0].1);
        project.plan().exits(0);
    }
}

#[test]
fn scenario_04_crash_sweep() {
    let text = enterprise(&[service("x", "password = \"correct horse\"")]);
    let mut boundary = 1;
    loop {
        let project = Project::new(&text);
        let served = limited(&project, "10");
        // Time enough to be killed between a request and its answer.
        served.control("POST", "/faults", &latency_of_all());
        let mut applying = start(&mut served.client(&project, &["apply", "--auto-approve"]));
        let mut ended = false;
        until("the request", || {
            ended = applying.try_wait().unwrap().is_some();
            ended || served.requests().len() >= boundary
        });
        applying.kill().unwrap_or_default();
        applying.wait().unwrap();
        served.control("DELETE", "/faults", "");
        served.control("POST", "/clock", "{\"advanceSeconds\": 60}");
        served.run(&project, &["apply", "--auto-approve"]).exits(0);
        let requests = served.requests();
        let creations = requests.iter().filter(|r| is(r, "POST", "/services")).count();
        assert_eq!(creations, 1, "killed at request {boundary}: {requests:#?}");
        assert!(!requests.iter().any(|r| r["method"] == "DELETE"), "killed at request {boundary}");
        assert_eq!(there(&served).len(), 1, "killed at request {boundary}");
        served.run(&project, &["plan", "--detailed-exitcode"]).exits(0);
        if ended {
            break;
        }
        boundary += 1;
    }
    // The organization, the list, the creation, a look at it, the password.
    assert!(boundary > 5, "it was killed at {} requests only", boundary - 1);
}

fn latency_of_all() -> String {
    json!({ "times": null, "effect": { "latency": { "milliseconds": 150 } } }).to_string()
}

fn start(command: &mut Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts")
}

#[test]
fn scenario_05_failure_after_create() {
    let project = Project::new(&enterprise(&[service("x", "password = \"correct horse\"")]));
    project.plan().exits(2);
    project.writes();
    let refusal = json!({ "answer": { "status": 400, "error": "BAD_REQUEST: too weak" } });
    project.fault(&json!({ "method": "PATCH", "operation": "instancePasswordUpdate", "effect": refusal }));
    project.apply().exits(1).says("too weak");
    assert_eq!(project.written(), ["POST /services", "PATCH /services/*/password"]);
    let services = project.services();
    project.sandbox(&["state", "show", "service.x"]).exits(0).says(&services[0].1);
    project.plan().exits(2).says("0 to add, 1 to change, 0 to destroy");
    project.apply().exits(0);
    assert_eq!(project.written(), ["PATCH /services/*/password"]);
    assert_eq!(project.services(), services);
    project.plan().exits(0);
}

#[test]
fn scenario_07_failed_provisioning() {
    for (becomes, code) in [("failed", "is failed"), ("degraded", "is degraded")] {
        let project = Project::new(&enterprise(&[service("x", ""), service("y", "")]));
        project.plan().exits(2);
        project.writes();
        project.fault(&json!({ "effect": { "provisioning": { "becomes": becomes, "name": "x" } } }));
        let other = if becomes == "failed" { "degraded" } else { "failed" };
        project.apply().exits(1).says(&format!("service.x {code}")).does_not_say(&format!("is {other}"));
        let log = project.control("GET", "/requests", &Value::Null);
        let requests = log.as_array().or_else(|| log["requests"].as_array()).cloned().unwrap();
        let at = |r: &Value| r["at"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
        let creation = requests.iter().find(|r| is(r, "POST", "/services")).unwrap();
        // Provisioning takes 300 seconds, a tick 10.
        let waited = at(requests.last().unwrap()).duration_since(at(creation)).as_secs();
        assert!((300..=311).contains(&waited), "{waited} seconds");
        let states: Vec<String> =
            project.services().into_iter().map(|(name, _, state)| format!("{name} {state}")).collect();
        assert_eq!(states, [format!("x {becomes}"), "y running".to_owned()]);
        project.sandbox(&["state", "list"]).exits(0).says("service.x").says("service.y");
    }
}

#[test]
fn scenario_08_plan_replay() {
    let project = Project::new(&enterprise(&[service("x", "")]));
    project.sandbox(&["plan", "--out", "the.plan"]).exits(0);
    project.writes();
    project.sandbox(&["apply", "the.plan"]).exits(0);
    assert_eq!(project.written(), ["POST /services"]);
    project.sandbox(&["apply", "the.plan"]).exits(1).says("HW0630");
    assert_eq!(project.written(), Vec::<String>::new());

    project.write("main.hcl", &enterprise(&[service("x", "tags = { a = \"b\" }")]));
    project.sandbox(&["plan", "--out", "next.plan"]).exits(0);
    project.change_remotely("x", &json!({ "name": "other", "tags": [{ "key": "c", "value": "d" }] }));
    let run = project.sandbox(&["apply", "next.plan"]).exits(1).says("HW0630");
    run.says("`name`").says("`tags`");
    assert_eq!(project.written(), Vec::<String>::new());
}

fn interrupt(process: &Child) {
    let sent = Command::new("kill").args(["-INT", &process.id().to_string()]).status().expect("kill runs");
    assert!(sent.success());
}

/// What an interrupted process said, once it has ended with the exit code for that, soon enough.
#[track_caller]
fn ends_soon(mut process: Child, since: Instant) -> String {
    let status = process.wait().expect("it ends");
    assert!(since.elapsed() < Duration::from_secs(5), "it took {:?}", since.elapsed());
    let mut said = String::new();
    let _ = process.stdout.take().expect("its output").read_to_string(&mut said);
    process.stderr.take().map(|mut errors| errors.read_to_string(&mut said));
    assert_eq!(status.code(), Some(130), "{said}");
    said
}

/// No lock is left: the next run is not told of one.
#[track_caller]
fn unlocked(project: &Project, served: &Served) {
    assert!(!project.path("housewright.state.json.lock").exists(), "the lock is still there");
    served.run(project, &["plan"]).exits(0).does_not_say("lock");
}

#[test]
fn scenario_10_interruption() {
    let project = Project::new(&enterprise(&[service("x", "")]));
    let served = limited(&project, "1");
    at_the_prompt(&project, &served);
    while_refreshing(&project, &served);
    while_waiting(&project, &served);
    killed(&project, &served);
}

/// `script` gives the program a terminal.
fn at_the_prompt(project: &Project, served: &Served) {
    let command = format!("{} apply", env!("CARGO_BIN_EXE_housewright"));
    let mut terminal = Command::new("script");
    terminal.args(["-qefc", &command, "/dev/null"]).current_dir(project.root());
    let client = served.client(project, &[]);
    terminal.env_clear().envs(client.get_envs().filter_map(|(k, v)| Some((k, v?)))).env("TERM", "xterm");
    let mut asking = terminal.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut out = asking.stdout.take().unwrap();
    let (mut said, mut some) = (String::new(), [0; 4096]);
    while !said.contains("Enter a value") {
        let read = out.read(&mut some).unwrap();
        assert!(read > 0, "it did not ask: {said}");
        said.push_str(&String::from_utf8_lossy(&some[..read]));
    }
    let since = Instant::now();
    asking.stdin.as_mut().unwrap().write_all(b"\x03").unwrap();
    asking.stdout = Some(out);
    ends_soon(asking, since);
    unlocked(project, served);
    assert_eq!(there(served), []);
}

fn while_refreshing(project: &Project, served: &Served) {
    served.control("DELETE", "/requests", "");
    served.control("POST", "/faults", &latency("instanceGetList", 20_000));
    let refreshing = start(&mut served.client(project, &["apply", "--auto-approve"]));
    until("the list", || served.requests().iter().any(|r| is(r, "GET", "/services")));
    let since = Instant::now();
    interrupt(&refreshing);
    ends_soon(refreshing, since);
    served.control("DELETE", "/faults", "");
    unlocked(project, served);
    assert_eq!(there(served), []);
}

fn while_waiting(project: &Project, served: &Served) {
    let waiting = start(&mut served.client(project, &["apply", "--auto-approve"]));
    until("the creation", || project.read("housewright.state.json.journal").contains("\"event\":\"succeeded\""));
    let since = Instant::now();
    interrupt(&waiting);
    let said = ends_soon(waiting, since);
    assert!(said.contains("housewright apply"), "it says how to resume\n{said}");
    let [(id, _)] = there(served).try_into().expect("one service");
    assert!(project.read("housewright.state.json").contains(&id), "the state is current");
    unlocked(project, served);
}

fn killed(project: &Project, served: &Served) {
    served.control("POST", "/clock", "{\"advanceSeconds\": 60}");
    project.write("main.hcl", &enterprise(&[service("x", ""), service("y", "")]));
    served.control("DELETE", "/requests", "");
    let mut killed = start(&mut served.client(project, &["apply", "--auto-approve"]));
    until("the creation", || project.read("housewright.state.json.journal").contains("\"event\":\"succeeded\""));
    let process = killed.id();
    killed.kill().unwrap();
    killed.wait().unwrap();
    served.control("POST", "/clock", "{\"advanceSeconds\": 60}");
    let next: Run = served.run(project, &["apply", "--auto-approve"]).exits(0).says("left its lock behind");
    let next = next.says("tester").says(&format!("process {process}")).says("since").says("was brought into the state");
    next.does_not_say("error");
    assert_eq!(there(served).len(), 2);
    served.run(project, &["plan", "--detailed-exitcode"]).exits(0);
    assert!(binary(project.root()).arg("version").output().unwrap().status.success());
}
