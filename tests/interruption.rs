//! Ctrl-C while a service is being made: the program ends soon, says how to go on, and the next run goes on. Killed, it
//! says nothing, and the next run goes on all the same.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

mod support;

use std::io::Read as _;
use std::process::Stdio;
use std::time::Duration;

use support::{Project, Served};

#[test]
fn an_interrupted_creation_is_resumed() {
    let project = Project::new(
        "cloud { tier = \"enterprise\" }\nservice \"x\" {\n  cloud_provider = \"aws\"\n  region = \"eu-west-1\"\n  min_replica_memory_gb = 8\n  max_replica_memory_gb = 8\n  ip_access = []\n}\n",
    );
    let served = Served::start(&project, "1");
    let mut command = served.client(&project, &["apply", "--auto-approve"]);
    let mut applying = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    // The journal says when the service has an id.
    while !project.read("housewright.state.json.journal").contains("\"event\":\"succeeded\"") {
        assert!(applying.try_wait().expect("its status").is_none(), "it ended by itself");
        std::thread::sleep(Duration::from_millis(20));
    }
    let began = std::time::Instant::now();
    let pid = applying.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().expect("kill runs").success());
    let status = applying.wait().expect("it ends");
    assert!(began.elapsed() < Duration::from_secs(5), "it took {:?}", began.elapsed());
    assert_eq!(status.code(), Some(130));
    let mut said = String::new();
    let _ = applying.stdout.take().expect("its output").read_to_string(&mut said);
    let _ = applying.stderr.take().expect("its errors").read_to_string(&mut said);
    assert!(said.contains("housewright apply"), "it says how to go on\n{said}");

    served.control("POST", "/clock", "{\"advanceSeconds\": 600}");
    served.run(&project, &["apply", "--auto-approve"]).exits(0);
    served.run(&project, &["plan", "--detailed-exitcode"]).exits(0);
}

const CANARY: &str = "Canary-6f1d0c3b9a7e";

#[test]
fn a_killed_apply_is_continued_from_its_journal() {
    let project = Project::new(
        "variable \"password\" {\n  sensitive = true\n}\ncloud { tier = \"enterprise\" }\nservice \"x\" {\n  cloud_provider = \"aws\"\n  region = \"eu-west-1\"\n  min_replica_memory_gb = 8\n  max_replica_memory_gb = 8\n  ip_access = []\n  password = var.password\n}\n",
    );
    let served = Served::start(&project, "1");
    let variable = format!("password={CANARY}");
    let apply = ["apply", "--auto-approve", "--var", &variable];
    let mut applying = served.client(&project, &apply).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while !project.read("housewright.state.json.journal").contains("\"event\":\"succeeded\"") {
        assert!(applying.try_wait().expect("its status").is_none(), "it ended by itself");
        std::thread::sleep(Duration::from_millis(5));
    }
    applying.kill().expect("it runs");
    applying.wait().expect("it ends");
    assert_eq!(project.read("housewright.state.json"), "", "the state is written at the end");
    let journal = project.read("housewright.state.json.journal");
    assert!(journal.contains("\"method\":\"POST\"") && !journal.contains(CANARY), "{journal}");

    // Whoever only looks sees what the journal says, and changes nothing.
    served.run(&project, &["state", "list"]).exits(0).says("service.x");
    assert_eq!(project.read("housewright.state.json.journal"), journal);
    served.control("POST", "/clock", "{\"advanceSeconds\": 600}");
    let again = served.run(&project, &apply).exits(0);
    again.says("left its lock behind").says("was brought into the state");
    served.run(&project, &["plan", "--detailed-exitcode", "--var", &variable]).exits(0);
    assert!(!project.path("housewright.state.json.journal").exists());
    let log: serde_json::Value = serde_json::from_str(&served.control("GET", "/requests", "")).expect("JSON");
    let requests = log.as_array().or_else(|| log["requests"].as_array()).expect("a list of requests");
    let creations =
        requests.iter().filter(|r| r["method"] == "POST" && r["path"].as_str().unwrap().ends_with("/services"));
    assert_eq!(creations.count(), 1, "{log}");
}

/// The disk becomes full while services are made: the run ends with what it had reached, and the next one makes the rest.
#[test]
fn a_disk_that_becomes_full_loses_nothing() {
    let service = |n: u32| {
        format!(
            "service \"s{n}\" {{\n  cloud_provider = \"aws\"\n  region = \"eu-west-1\"\n  min_replica_memory_gb = 8\n  max_replica_memory_gb = 8\n  ip_access = []\n}}\n"
        )
    };
    let services: String = (0..8).map(service).collect();
    let project = Project::new(&format!("cloud {{ tier = \"enterprise\" }}\n{services}"));
    let served = Served::start(&project, "100000");
    let direct = served.client(&project, &["apply", "--auto-approve"]);
    // A limit on the size of files fails in the middle of writing, as a full disk does.
    let mut limited = std::process::Command::new("sh");
    limited.args(["-c", "trap '' XFSZ; ulimit -f 16; exec \"$0\" apply --auto-approve"]).arg(direct.get_program());
    limited.current_dir(project.root()).env_clear().stdin(Stdio::null()).env("COLUMNS", "1000");
    limited.envs(direct.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let full = support::Run::from(limited.output().expect("a shell")).exits(1);
    full.says("The journal cannot be written").says("Make room on the disk and run again");
    served.run(&project, &["apply", "--auto-approve"]).exits(0);
    served.run(&project, &["plan", "--detailed-exitcode"]).exits(0);
    let log: serde_json::Value = serde_json::from_str(&served.control("GET", "/requests", "")).expect("JSON");
    let requests = log.as_array().or_else(|| log["requests"].as_array()).expect("a list of requests");
    let creations =
        requests.iter().filter(|r| r["method"] == "POST" && r["path"].as_str().unwrap().ends_with("/services"));
    assert_eq!(creations.count(), 8, "{log}");
}
