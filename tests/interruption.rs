//! Ctrl-C while a service is being made: the program ends soon, says how to go on, and the next run goes on.
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
    // The state is written once the service has an id.
    while !project.read("housewright.state.json").contains("\"service.x\"") {
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
