//! With a key, nothing that is stored can be read without it: not the state, not the one before, not the journal of an
//! apply that was killed.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

mod support;

use std::process::Stdio;
use std::time::{Duration, Instant};

use support::{Project, Run, Served};

const CANARY: &str = "canary-in-the-name";
const STATE: &str = "housewright.state.json";
const PASSPHRASE: &str = "HOUSEWRIGHT_STATE_PASSPHRASE";
const KEY: &str = "HOUSEWRIGHT_STATE_KEY";
const FORMER_PASSPHRASE: &str = "HOUSEWRIGHT_STATE_FORMER_PASSPHRASE";
const FORMER_KEY: &str = "HOUSEWRIGHT_STATE_FORMER_KEY";
/// 32 bytes in Base64.
const NEW_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn configuration(name: &str) -> String {
    format!(
        "cloud {{ tier = \"enterprise\" }}\nservice \"x\" {{\n  name = \"{name}\"\n  cloud_provider = \"aws\"\n  region = \"eu-west-1\"\n  min_replica_memory_gb = 8\n  max_replica_memory_gb = 8\n  ip_access = []\n}}\n"
    )
}

/// Whether one of the state's files says the name of the service.
fn is_readable(project: &Project) -> bool {
    let files = std::fs::read_dir(project.root()).unwrap().map(|e| e.unwrap());
    let mut ours = files.filter(|f| f.file_name().to_string_lossy().starts_with(STATE));
    ours.any(|f| String::from_utf8_lossy(&std::fs::read(f.path()).unwrap()).contains(CANARY))
}

fn run(project: &Project, served: &Served, keys: &[(&str, &str)], arguments: &[&str]) -> Run {
    let mut command = served.client(project, arguments);
    command.env("COLUMNS", "1000").envs(keys.iter().copied()).output().expect("the binary runs").into()
}

#[test]
fn nothing_stored_can_be_read_without_the_key() {
    let project = Project::new(&configuration(CANARY));
    let served = Served::start(&project, "1");
    let keys = [(PASSPHRASE, "correct horse")];
    let mut command = served.client(&project, &["apply", "--auto-approve"]);
    let mut applying = command.envs(keys).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let began = Instant::now();
    // Two entries and a head: the service is being made.
    while project.read(&format!("{STATE}.journal")).lines().count() < 3 {
        assert!(began.elapsed() < Duration::from_secs(60), "it does not get on");
        assert!(!is_readable(&project));
        std::thread::sleep(Duration::from_millis(1));
    }
    applying.kill().unwrap();
    applying.wait().unwrap();
    assert!(!is_readable(&project));
    served.control("POST", "/clock", "{\"advanceSeconds\": 600}");

    // Without the key, or with another one, the journal stops everything, and stays.
    let journal = project.read(&format!("{STATE}.journal"));
    for (wrong, says) in [(&[][..], "no key was given"), (&[(PASSPHRASE, "wrong horse")][..], "another key")] {
        run(&project, &served, wrong, &["state", "list"]).exits(1).says(says).says(PASSPHRASE);
        run(&project, &served, wrong, &["apply", "--auto-approve"]).exits(1).says(says).does_not_say("horse");
    }
    assert_eq!(project.read(&format!("{STATE}.journal")), journal);
    run(&project, &served, &keys, &["apply", "--auto-approve"]).exits(0);
    run(&project, &served, &keys, &["state", "list"]).exits(0).says("service.x");
    run(&project, &served, &keys, &["state", "pull"]).exits(0).says(CANARY);
    project.write("main.hcl", &configuration(&format!("{CANARY}-2")));
    run(&project, &served, &keys, &["apply", "--auto-approve"]).exits(0);
    assert!(project.path(&format!("{STATE}.backup")).exists() && !is_readable(&project));
    let stored = project.read(STATE);
    run(&project, &served, &[], &["plan"]).exits(1).says("The state cannot be decrypted");
    assert_eq!(project.read(STATE), stored);
}

#[test]
fn keys_are_changed_and_given_up() {
    let project = Project::new(&configuration(CANARY));
    let served = Served::start(&project, "100000");
    // Begun without a key.
    run(&project, &served, &[], &["apply", "--auto-approve"]).exits(0);
    assert!(is_readable(&project));
    let list = ["state", "list"];
    let old = [(PASSPHRASE, "correct horse")];
    run(&project, &served, &old, &["state", "rekey"]).exits(0);
    assert!(!is_readable(&project), "neither the state nor the one before");
    run(&project, &served, &old, &list).exits(0).says("service.x");

    let new = [(KEY, NEW_KEY)];
    run(&project, &served, &new, &list).exits(1).says(FORMER_PASSPHRASE);
    run(&project, &served, &[(FORMER_PASSPHRASE, "correct horse")], &list).exits(1).says("no present one");
    run(&project, &served, &[(KEY, "AAEC")], &list).exits(1).says("is not a key").does_not_say("AAEC");
    run(&project, &served, &[new[0], old[0]], &list).exits(1).says("Two keys are given");
    let both = [new[0], (FORMER_PASSPHRASE, "correct horse")];
    run(&project, &served, &both, &list).exits(0).says("service.x");
    run(&project, &served, &both, &["state", "rekey"]).exits(0);
    run(&project, &served, &new, &list).exits(0).says("service.x");
    run(&project, &served, &new, &["state", "history"]).exits(0);
    run(&project, &served, &old, &list).exits(1).says("another key");

    run(&project, &served, &[(KEY, "none"), (FORMER_KEY, NEW_KEY)], &["state", "rekey"]).exits(0);
    assert!(is_readable(&project));
    run(&project, &served, &[], &["plan", "--detailed-exitcode"]).exits(0);
}
