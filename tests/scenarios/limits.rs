//! 6: one limit for a key, however many processes use it. The sandbox refuses the eleventh request of a window; nobody
//! sees a refusal, because none comes.

use housewright::sandbox::{Durations, Options, Sandbox, Settings};
use serde_json::Value;

use crate::enterprise;
use crate::support::{Project, Served};

fn fleet(count: usize) -> String {
    crate::service("x", &format!("count = {count}"))
}

/// A sandbox with the platform's limit, whose services are up after twenty of its seconds.
pub fn limited(project: &Project, speed: &str) -> Served {
    let durations = Durations { provision: 20, ..Durations::default() };
    let settings = Settings { durations, ..Settings::default() };
    drop(Sandbox::open(&project.path("served"), Options { settings, ..Options::default() }).expect("a new world"));
    Served::start_with(project, speed, &["--rate-limit", "on"])
}

/// Requests by what they are: those that ask for the organization, lists of services, creations, others. None is refused.
fn sorts(requests: &[Value]) -> (usize, usize, usize, usize) {
    let mut counts = (0, 0, 0, 0);
    for request in requests {
        assert_eq!(request["status"], 200, "{request}");
        let path = request["path"].as_str().unwrap_or_default();
        match (request["method"].as_str().unwrap_or_default(), path.ends_with("/services")) {
            ("GET", true) => counts.1 += 1,
            ("GET", false) if path == "/v1/organizations" => counts.0 += 1,
            ("POST", true) => counts.2 += 1,
            _ => counts.3 += 1,
        }
    }
    counts
}

#[test]
fn scenario_06_rate_limit() {
    let project = Project::new(&enterprise(&[fleet(25)]));
    let served = limited(&project, "20");
    served.run(&project, &["plan"]).exits(0).says("Apply sends 25 requests, at least 20s");
    assert_eq!(sorts(&served.requests()), (1, 1, 0, 0), "a plan is a list, and here a question for the organization");
    served.control("DELETE", "/requests", "");

    served.run(&project, &["apply", "--auto-approve"]).exits(0).does_not_say("HW0707");
    let requests = served.requests();
    let (organization, lists, creations, others) = sorts(&requests);
    assert_eq!((organization, creations, others), (1, 25, 0));
    // The plan's list, and one list every ten of its seconds while anybody waits.
    let at = |r: &Value| r["at"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let took = at(requests.last().unwrap()).duration_since(at(&requests[0])).as_secs();
    let ticks = usize::try_from(took / 10).unwrap();
    // A machine that is busy skips ticks; it never adds any.
    assert!(lists - 1 <= ticks + 1 && (lists - 1) * 2 >= ticks, "{lists} lists in {took} of its seconds");
    served.control("DELETE", "/requests", "");

    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..10 {
                    served.run(&project, &["plan", "--detailed-exitcode"]).exits(0).does_not_say("HW0707");
                }
            });
        }
    });
    assert_eq!(sorts(&served.requests()), (20, 20, 0, 0));
}
