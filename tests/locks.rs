//! One state, several processes: never two at once, and whoever is refused learns who holds it and what is safe to do.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

mod support;

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use support::{Project, Run, Served};

const CONFIGURATION: &str = "cloud { tier = \"enterprise\" }\nservice \"x\" {\n  cloud_provider = \"aws\"\n  region = \"eu-west-1\"\n  min_replica_memory_gb = 8\n  max_replica_memory_gb = 8\n  ip_access = []\n}\n";
const LOCK: &str = "housewright.state.json.lock";

/// An apply that waits for its service, with the state locked.
fn applying(project: &Project, served: &Served) -> Child {
    let mut command = served.client(project, &["apply", "--auto-approve"]);
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let began = Instant::now();
    while !project.read("housewright.state.json.journal").contains("succeeded") {
        assert!(began.elapsed() < Duration::from_secs(60), "it does not get on");
        std::thread::sleep(Duration::from_millis(10));
    }
    child
}

fn lock(project: &Project) -> serde_json::Value {
    serde_json::from_str(&project.read(LOCK)).expect("a lock file")
}

/// Runs a command such that no message is broken into lines.
fn wide(command: &mut Command) -> Run {
    command.env("COLUMNS", "1000").output().expect("the binary runs").into()
}

fn mv(project: &Project) -> Run {
    wide(support::binary(project.root()).args(["state", "mv", "service.x", "service.y"]))
}

#[test]
fn whoever_comes_second_learns_who_is_first_or_waits() {
    let project = Project::new(CONFIGURATION);
    let served = Served::start(&project, "1");
    let mut first = applying(&project, &served);
    let refused = wide(&mut served.client(&project, &["apply", "--auto-approve"])).exits(1);
    let process = format!("process {}", first.id());
    for fact in ["The state is locked", "`apply` by tester", &process, "sign of life", "state unlock", "--lock-timeout"]
    {
        refused.clone().says(fact);
    }
    let began = Instant::now();
    let waited = wide(&mut served.client(&project, &["destroy", "--auto-approve", "--lock-timeout", "1s"])).exits(1);
    assert!(began.elapsed() >= Duration::from_secs(1));
    waited.says("Waiting for the lock").says("It was waited for 1 s");

    // Once the first has ended, whoever waits goes on.
    let second =
        served.client(&project, &["apply", "--auto-approve", "--lock-timeout", "2m"]).stdout(Stdio::null()).spawn();
    std::thread::sleep(Duration::from_millis(500));
    served.control("POST", "/clock", "{\"advanceSeconds\": 600}");
    assert!(first.wait().unwrap().success());
    assert!(second.unwrap().wait().unwrap().success());
    let log: serde_json::Value = serde_json::from_str(&served.control("GET", "/requests", "")).unwrap();
    let requests = log.as_array().or_else(|| log["requests"].as_array()).unwrap();
    assert_eq!(requests.iter().filter(|r| r["method"] == "POST").count(), 1, "{log}");
}

#[test]
fn what_a_killed_process_held_is_taken_over_and_said() {
    let project = Project::new(CONFIGURATION);
    let served = Served::start(&project, "1");
    let mut first = applying(&project, &served);
    first.kill().unwrap();
    first.wait().unwrap();
    let left = lock(&project);
    mv(&project).exits(0).says("left its lock behind").says(&format!("process {}", left["process"])).says("Moved");
}

/// Nothing is certain about a process of another machine: its owner is named, and a person decides.
#[test]
fn the_lock_of_another_machine_is_explained_by_its_last_sign_of_life() {
    let project = Project::new(CONFIGURATION);
    let served = Served::start(&project, "1");
    let mut first = applying(&project, &served);
    first.kill().unwrap();
    first.wait().unwrap();
    let text = project.read(LOCK);
    let host = lock(&project)["host"].as_str().unwrap().to_owned();
    let id = lock(&project)["id"].as_str().unwrap().to_owned();
    let birth = lock(&project)["birth"].as_str().unwrap().to_owned();
    project.write(LOCK, &text.replace(&host, "elsewhere").replace(&birth, "another-boot/pid:[1]/7"));
    let file = std::fs::File::options().write(true).open(project.path(LOCK)).unwrap();
    let hours = |n: u64| Duration::from_secs(n * 3600);
    for (heard, word) in [
        (std::time::SystemTime::now() - hours(26), "Its last sign of life is 1 d 2 h old"),
        (std::time::SystemTime::now() - Duration::from_secs(20), "It gave a sign of life 2"),
        // This machine's clock went backwards.
        (std::time::SystemTime::now() + hours(1), "lies in the future"),
    ] {
        file.set_modified(heard).unwrap();
        mv(&project).exits(1).says(word).says("on elsewhere").says(&format!("housewright state unlock {id}"));
        assert!(project.path(LOCK).exists());
    }
    project.run(&["state", "unlock", "00000000-0000-0000-0000-000000000000"]).exits(1).says("This is another lock");
    project.run(&["state", "unlock", &id]).exits(0);
    mv(&project).exits(0);
}
