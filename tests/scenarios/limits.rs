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
    // The plan's list, and a look every thirty of its seconds while anybody waits: services usually take five minutes, and
    // nobody knows that these take less. A look may begin a little late on a machine that is busy, never early.
    let at = |r: &Value| r["at"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let between = |a: &Value, b: &Value| at(b).duration_since(at(a)).as_millis();
    let looks: Vec<&Value> = requests.iter().filter(|r| r["method"] == "GET").skip(2).collect();
    assert_eq!(looks.len() + 1, lists);
    assert!(looks.windows(2).all(|pair| between(pair[0], pair[1]) >= 29_000), "{looks:?}");
    let took = between(&requests[0], looks[looks.len() - 1]) / 1000;
    assert!((2..=took / 29).contains(&(looks.len() as i128)), "{lists} lists in {took} of its seconds");
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
