//! What an apply tells while it runs: on a terminal bars with the platform's states and what is still to come, elsewhere a
//! line for each change of state and a sign of life, never a line for a look.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

mod support;

use std::fs::File;
use std::io::Read as _;
use std::process::Stdio;

use nix::pty::{Winsize, openpty};
use serde_json::json;
use support::{Project, binary};

fn service(name: &str, extra: &str) -> String {
    format!(
        "service \"{name}\" {{\n  cloud_provider = \"aws\"\n  region = \"eu-west-1\"\n  min_replica_memory_gb = 8\n  \
         max_replica_memory_gb = 16\n  ip_access = [{{ source = \"192.0.2.0/24\" }}]\n  {extra}\n}}\n"
    )
}

/// Two services, one after the other.
fn project() -> Project {
    let second = service("second", "warehouse_id = service.first.warehouse_id\n  readonly = true");
    Project::new(&format!("cloud {{ tier = \"enterprise\" }}\n{}{second}", service("first", "")))
}

#[test]
fn elsewhere_each_change_of_state_is_a_line_and_silence_is_broken() {
    let project = project();
    let run = project.apply().exits(0);
    let about = |name: &str| {
        let lines = run.stdout.lines().filter(|l| l.starts_with(&format!("{name}: ")));
        lines.filter(|l| !l.contains("made up a password")).collect::<Vec<_>>()
    };
    let [creating, waiting, created] = about("service.first").try_into().unwrap_or_else(|l| panic!("{l:?}"));
    assert_eq!(creating, "service.first: creating");
    assert_eq!(waiting, "service.first: provisioning, waiting until it is usable, 0s");
    assert!(created.starts_with("service.first: created in 5m 00s [id="), "{created}");
    // Every ten seconds somebody looked; once a minute it is said.
    let signs: Vec<&str> = run.stdout.lines().filter(|l| l.starts_with("Still waiting")).collect();
    assert!((6..=10).contains(&signs.len()), "{signs:?}");
    assert_eq!(
        signs[0],
        "Still waiting (0 of 2 done): service.first provisioning for 1m 00s; to come: service.second after service.first"
    );
    let last = signs.last().unwrap();
    assert!(last.starts_with("Still waiting (1 of 2 done): service.second provisioning for "), "{last}");
    assert!(run.stdout.contains("It took 10m 00s of the sandbox's time. The longest: "), "{}", run.stdout);
}

#[test]
fn after_a_failure_it_says_what_was_done_and_how_to_go_on() {
    let project = project();
    project.sandbox(&["sandbox", "status"]);
    project.fault(&json!({ "effect": { "provisioning": { "becomes": "failed", "name": "second" } } }));
    let run = project.sandbox(&["apply", "--auto-approve", "--parallelism", "3"]).exits(1);
    let report: Vec<&str> = run.stderr.lines().skip_while(|l| !l.starts_with("Apply did not")).collect();
    assert_eq!(
        report[0],
        "Apply did not come to its end after 10m 00s of the sandbox's time: 1 added, 0 changed, 0 destroyed."
    );
    assert_eq!(report[1], "  done:         service.first (created in 5m 00s)");
    assert_eq!(report[2], "  failed:       service.second");
    assert_eq!(report[3], "What the state recorded is kept. To go on: housewright apply --sandbox");
}

#[test]
fn on_a_terminal_bars_show_states_and_what_is_to_come() {
    let project = project();
    let size = Winsize { ws_row: 40, ws_col: 120, ws_xpixel: 0, ws_ypixel: 0 };
    let terminal = openpty(&size, None).expect("a pseudo-terminal");
    let side = || Stdio::from(terminal.slave.try_clone().expect("the terminal's other side"));
    let mut command = binary(project.root());
    command.env("TERM", "xterm").env("NO_COLOR", "1").args(["apply", "--sandbox", "--auto-approve"]);
    let mut child = command.stdin(side()).stdout(side()).stderr(side()).spawn().expect("it starts");
    drop(command);
    drop(terminal.slave);
    let (mut screen, mut buffer) = (String::new(), [0; 4096]);
    let mut master = File::from(terminal.master);
    // Reading fails once it has gone.
    while let Ok(n @ 1..) = master.read(&mut buffer) {
        screen.push_str(&String::from_utf8_lossy(&buffer[..n]));
    }
    assert!(child.wait().unwrap().success(), "{screen}");
    for text in [
        "service.first: provisioning, waiting until it is usable",
        "0 of 2 done; to come: service.second after service.first",
        "1 of 2 done",
        "service.second: created in 5m 00s",
        "Apply complete! Resources: 2 added",
    ] {
        assert!(screen.contains(text), "`{text}` is not in {screen:?}");
    }
    assert!(!screen.contains("Still waiting"), "{screen:?}");
    // Of a bar the time goes on: it is the apply's own.
    let ages = ["1m 00s", "2m 00s", "3m 00s", "4m 00s"];
    let seen = ages.iter().filter(|age| screen.contains(&age[..2])).count();
    assert!(seen >= 3, "{seen} {screen:?}");
}
