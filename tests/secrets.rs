//! A unique password is in no artifact, whatever is done; and nothing unrelated sends it again.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

mod support;

use support::Project;

const CANARY: &str = "canary-7Qx2mZ9vLw4t";

fn configuration(name: &str) -> String {
    format!(
        "variable \"password\" {{\n  type = string\n  sensitive = true\n}}\ncloud {{ tier = \"enterprise\" }}\nservice \"x\" {{\n  name = \"{name}\"\n  \
         cloud_provider = \"aws\"\n  region = \"eu-west-1\"\n  min_replica_memory_gb = 8\n  max_replica_memory_gb = 8\n  ip_access = []\n  \
         password = var.password\n}}\noutput \"password\" {{\n  value = service.x.password\n  sensitive = true\n}}\n"
    )
}

/// The secret itself and the hashes of it that travel.
fn needles() -> Vec<String> {
    use base64::Engine as _;
    use sha2::Digest as _;
    let sha256 = base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(CANARY));
    let sha1 = sha1::Sha1::digest(sha1::Sha1::digest(CANARY)).iter().map(|b| format!("{b:02x}")).collect();
    vec![CANARY.to_owned(), sha256, sha1]
}

fn search(directory: &std::path::Path, needles: &[String]) {
    for entry in std::fs::read_dir(directory).expect("a directory").flatten() {
        let path = entry.path();
        if path.is_dir() {
            search(&path, needles);
        } else {
            let content = String::from_utf8_lossy(&std::fs::read(&path).expect("a file")).into_owned();
            assert!(!needles.iter().any(|n| content.contains(n)), "{} holds the secret", path.display());
        }
    }
}

#[test]
fn the_canary_is_nowhere() {
    let project = Project::new(&configuration("x"));
    let variable = format!("password={CANARY}");
    let needles = needles();
    let runs: [&[&str]; 9] = [
        &["plan", "-v"],
        &["apply", "--auto-approve", "-v"],
        &["plan", "--detailed-exitcode", "-v"],
        &["show"],
        &["output"],
        &["output", "--json"],
        &["state", "show", "service.x"],
        &["state", "pull"],
        &["validate", "--json"],
    ];
    for arguments in runs {
        let run = project.sandbox(&[arguments, &["--var", &variable]].concat());
        assert!(run.code == 0, "{arguments:?}: {}", run.all());
        assert!(!needles.iter().any(|n| run.all().contains(n)), "{arguments:?} shows the secret");
        search(project.root(), &needles);
    }
    assert_eq!(project.written(), ["POST /services", "PATCH /services/*/password"]);

    project.write("main.hcl", &configuration("renamed"));
    project.sandbox(&["apply", "--auto-approve", "--var", &variable]).exits(0);
    assert_eq!(project.written(), ["PATCH /services/*"], "a rename sends no password");
    search(project.root(), &needles);
}

#[test]
fn a_made_up_password_is_handed_over_once_and_kept_nowhere() {
    let text =
        configuration("x").replace("password = var.password", "").split("output").next().unwrap_or_default().to_owned();
    let project = Project::new(&text);
    let variable = format!("password={CANARY}");
    let run =
        project.sandbox(&["apply", "--auto-approve", "--var", &variable, "--password-file", "handed-over"]).exits(0);
    let file = project.read("handed-over");
    let secret = file
        .split(|c: char| c.is_whitespace() || "\"=:,{}".contains(c))
        .rfind(|w| w.len() >= 8)
        .expect("a password")
        .to_owned();
    assert!(!run.all().contains(&secret), "it is shown");
    use std::os::unix::fs::PermissionsExt as _;
    assert_eq!(std::fs::metadata(project.path("handed-over")).expect("a file").permissions().mode() & 0o777, 0o600);
    std::fs::remove_file(project.path("handed-over")).expect("removed");
    search(project.root(), &[secret]);

    let project = Project::new(&text);
    project.sandbox(&["apply", "--auto-approve", "--var", &variable]).exits(0).says("password");
}
