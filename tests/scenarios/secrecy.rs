//! 11: a unique password is in no artifact, whatever is done.

use std::path::Path;

use base64::Engine as _;
use sha2::Digest as _;

use crate::limits::limited;
use crate::support::Project;
use crate::{enterprise, service};

const CANARY: &str = "canary-Nq7Rk2Zt9WbX";

/// The secret and the hashes of it that travel.
fn needles() -> [String; 3] {
    let sha256 = base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(CANARY));
    let sha1 = sha1::Sha1::digest(sha1::Sha1::digest(CANARY)).iter().map(|b| format!("{b:02x}")).collect();
    [CANARY.to_owned(), sha256, sha1]
}

#[track_caller]
fn nowhere(text: &str, what: &str) {
    assert!(!needles().iter().any(|n| text.contains(n)), "{what} holds the secret");
}

fn search(directory: &Path) {
    for entry in std::fs::read_dir(directory).expect("a directory").flatten() {
        let path = entry.path();
        if path.is_dir() {
            search(&path);
        } else {
            nowhere(&crate::support::content(&path), &path.display().to_string());
        }
    }
}

fn configuration(name: &str) -> String {
    let lines = format!("name = \"{name}\"\n  password = var.password");
    format!(
        "variable \"password\" {{\n  sensitive = true\n}}\n{}output \"password\" {{\n  value = var.password\n  sensitive = true\n}}\n",
        enterprise(&[service("x", &lines)])
    )
}

#[test]
fn scenario_11_secret_canary() {
    let project = Project::new(&configuration("x"));
    let served = limited(&project, "20");
    let run = |arguments: &[&str], code: i32| {
        let variable = format!("password={CANARY}");
        let run = served.run(&project, &[arguments, &["--var", &variable]].concat()).exits(code);
        nowhere(&run.all(), &format!("{arguments:?}"));
        search(project.root());
    };
    run(&["plan", "-v", "--out", "the.plan"], 0);
    // A crash between the request for the password and its answer, then what goes on from there.
    let late = serde_json::json!({ "operation": "instancePasswordUpdate", "effect": { "latency": { "milliseconds": 30_000 } } });
    served.control("POST", "/faults", &late.to_string());
    let mut applying =
        served.client(&project, &["apply", "--auto-approve", "-v", "--var", &format!("password={CANARY}")]);
    let mut applying =
        applying.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap();
    let sent = || served.requests().iter().any(|r| r["path"].as_str().unwrap_or_default().ends_with("/password"));
    let began = std::time::Instant::now();
    while !sent() {
        assert!(began.elapsed().as_secs() < 30, "the password is never sent");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    applying.kill().unwrap();
    applying.wait().unwrap();
    search(project.root());
    run(&["apply", "--auto-approve", "-v"], 0);
    for arguments in [
        &["plan", "--detailed-exitcode", "-v"][..],
        &["show"],
        &["show", "--json"],
        &["output", "--json"],
        &["state", "pull"],
        &["validate", "--json"],
    ] {
        run(arguments, 0);
    }
    served.control("DELETE", "/requests", "");
    project.write("main.hcl", &configuration("renamed"));
    run(&["apply", "--auto-approve"], 0);
    let requests = served.requests();
    assert!(requests.iter().any(|r| r["method"] == "PATCH"), "{requests:?}");
    assert!(!requests.iter().any(|r| r["path"].as_str().unwrap_or_default().ends_with("/password")), "{requests:?}");
    nowhere(&served.control("GET", "/world", ""), "the sandbox's world");
}
