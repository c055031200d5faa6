//! For random loads, bounds and requests: sizes stay within their bounds, capacity is not lost during a change, an idle
//! service runs no query, and once requests stop, everything settles. The verdict is made from the timeline and from
//! what the test asked for.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

mod sandbox_support;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use sandbox_support::{Api, phases, serving, status};
use serde_json::{Value, json};

#[derive(Debug, Clone)]
enum Step {
    Pass(u32),
    Scale { replicas: u32, min: u32, max: u32 },
    IdleAfter(u32),
    Constant { queries: u8, cores: u8, memory: u8, seconds: u16 },
    Daily { cores: u8, peak_hour: u8 },
    Spike { cores: u8, seconds: u16 },
    NoLoad,
    Query(u32),
    Command(&'static str),
    Policy(&'static str),
}

fn step() -> impl Strategy<Value = Step> {
    let pass = prop_oneof![0_u32..900, 900_u32..20_000].prop_map(Step::Pass);
    let scale = (1_u32..8, 2_u32..20, 0_u32..20).prop_map(|(replicas, min, more)| Step::Scale {
        replicas,
        min: min * 4,
        max: (min + more) * 4,
    });
    prop_oneof![
        6 => pass,
        4 => scale,
        1 => (5_u32..90).prop_map(Step::IdleAfter),
        2 => (0_u8..9, 0_u8..90, any::<u8>(), any::<u16>())
            .prop_map(|(queries, cores, memory, seconds)| Step::Constant { queries, cores, memory, seconds }),
        1 => (0_u8..90, 0_u8..24).prop_map(|(cores, peak_hour)| Step::Daily { cores, peak_hour }),
        1 => (0_u8..90, 1_u16..20_000).prop_map(|(cores, seconds)| Step::Spike { cores, seconds }),
        1 => Just(Step::NoLoad),
        3 => (1_u32..9_000).prop_map(Step::Query),
        2 => prop::sample::select(vec!["start", "stop", "awake"]).prop_map(Step::Command),
        1 => prop::sample::select(vec!["thirty-hour", "two-window"]).prop_map(Step::Policy),
    ]
}

/// What the test asked for last.
struct Asked {
    min: u64,
    max: u64,
    /// The load has queries all the time.
    busy: bool,
}

fn take(api: &mut Api, id: &str, step: &Step, asked: &mut Asked) {
    let scaling = format!("/services/{id}/replicaScaling");
    let load = format!("/services/{id}/load");
    match step {
        Step::Pass(seconds) => api.pass(i64::from(*seconds)),
        Step::Scale { replicas, min, max } => {
            let body = json!({ "numReplicas": replicas, "minReplicaMemoryGb": min, "maxReplicaMemoryGb": max });
            if api.call("PATCH", &scaling, body).0 == 200 {
                (asked.min, asked.max) = (u64::from(*min), u64::from(*max));
            }
        }
        Step::IdleAfter(minutes) => drop(api.call("PATCH", &scaling, json!({ "idleTimeoutMinutes": minutes }))),
        Step::Constant { queries, cores, memory, seconds } => {
            let members =
                json!({ "queries": queries, "cpuCores": cores, "memoryGb": memory, "longestQuerySeconds": seconds });
            api.control("PUT", &load, json!({ "constant": members }));
            asked.busy = *queries > 0;
        }
        Step::Daily { cores, peak_hour } => {
            let high = json!({ "queries": 5, "cpuCores": cores, "memoryGb": cores });
            api.control(
                "PUT",
                &load,
                json!({ "daily": { "low": {}, "high": high, "peakHourUtc": peak_hour, "noise": 0.2 } }),
            );
            asked.busy = false;
        }
        Step::Spike { cores, seconds } => {
            let spike = json!({ "queries": 5, "cpuCores": cores });
            let every = u32::from(*seconds) * 3;
            let profile =
                json!({ "spike": spike, "start": api.now.to_string(), "seconds": seconds, "everySeconds": every });
            api.control("PUT", &load, json!({ "spike": profile }));
            asked.busy = false;
        }
        Step::NoLoad => {
            api.control("DELETE", &load, Value::Null);
            asked.busy = false;
        }
        Step::Query(seconds) => {
            let path = format!("/_sandbox/services/{id}/queries");
            assert!([200, 409].contains(&api.raw("POST", &path, Some(&json!({ "seconds": seconds }))).status));
        }
        Step::Command(command) => {
            drop(api.call("PATCH", &format!("/services/{id}/state"), json!({ "command": command })));
        }
        Step::Policy(policy) => {
            drop(api.control("PATCH", &format!("/services/{id}/behaviour"), json!({ "policy": policy })));
        }
    }
}

fn number(value: &Value, name: &str) -> u64 {
    value[name].as_u64().unwrap_or_else(|| panic!("no {name} in {value}"))
}

/// What the timeline tells, gone through in order.
#[derive(Default)]
struct Retold {
    state: String,
    serving: BTreeMap<u64, u64>,
    /// GB when the last change had ended, and where the one under way leads.
    before: u64,
    heading: Option<u64>,
    queries: BTreeSet<u64>,
}

impl Retold {
    fn capacity(&self) -> u64 {
        self.serving.values().sum()
    }

    fn hear(&mut self, entry: &Value, asked: &Asked) {
        let numbers = &entry["numbers"];
        match entry["what"].as_str().unwrap() {
            "state" => self.hear_state(entry, asked),
            "replica_joined" => drop(self.serving.insert(number(numbers, "number"), number(numbers, "memoryGb"))),
            "replica_draining" | "replica_left" => drop(self.serving.remove(&number(numbers, "number"))),
            what @ ("scaling_requested" | "scaling_decided") => {
                let to = &numbers["to"];
                self.heading = Some(number(to, "replicas") * number(to, "memoryGb"));
                let (min, max, memory) = (asked.min, asked.max, number(to, "memoryGb"));
                assert!((min..=max).contains(&memory), "{what} leaves {min} to {max}: {entry}");
            }
            "scaling_done" => {
                let to = &numbers["to"];
                self.before = number(to, "replicas") * number(to, "memoryGb");
                assert_eq!(self.capacity(), self.before, "done before it is there: {entry}");
                self.heading = None;
            }
            "query_started" => {
                assert_ne!(self.state, "idle", "{entry}");
                self.queries.insert(number(numbers, "number"));
            }
            "query_ended" | "query_cut_off" => drop(self.queries.remove(&number(numbers, "number"))),
            _ => {}
        }
    }

    fn hear_state(&mut self, entry: &Value, asked: &Asked) {
        self.state = entry["text"].as_str().unwrap().split(':').next().unwrap().to_owned();
        match self.state.as_str() {
            "idle" => {
                assert!(self.queries.is_empty(), "idles while queries run: {entry}");
                assert!(!asked.busy, "idles under load: {entry}");
            }
            "running" => {
                self.before = self.capacity();
                self.heading = None;
            }
            _ => {}
        }
    }

    /// Between two instants: what was there before, or what is coming, is there.
    fn check(&self, at: &Value) {
        if self.state == "running" {
            let least = self.heading.map_or(self.before, |to| to.min(self.before));
            assert!(self.capacity() >= least, "{} GB of at least {least} at {at}", self.capacity());
        }
    }
}

fn live(steps: &[Step]) {
    let mut api = Api::new();
    let id = api.running(json!({}));
    let (mut asked, mut told) = (Asked { min: 16, max: 64, busy: false }, Retold::default());
    let mut heard = 0;
    for step in std::iter::once(&Step::Pass(0)).chain(steps) {
        take(&mut api, &id, step, &mut asked);
        let entries = api.control("GET", &format!("/events?since={heard}"), Value::Null);
        let entries = entries.as_array().unwrap();
        for (index, entry) in entries.iter().enumerate() {
            told.hear(entry, &asked);
            heard = number(entry, "sequence");
            if entries.get(index + 1).is_none_or(|next| next["at"] != entry["at"]) {
                told.check(&entry["at"]);
            }
        }
        let there: u64 = serving(&mut api, &id).iter().sum();
        assert_eq!(told.capacity(), there, "the timeline tells what is there");
    }
    settle(&mut api, &id, &asked);
}

/// Requests have stopped.
fn settle(api: &mut Api, id: &str, asked: &Asked) {
    api.control("DELETE", &format!("/services/{id}/load"), Value::Null);
    drop(api.call("PATCH", &format!("/services/{id}/replicaScaling"), json!({ "idleScaling": false })));
    api.pass(3 * 24 * 3_600);
    let phases = phases(api, id);
    assert!(phases.keys().all(|phase| *phase == "serving"), "{phases:?}");
    assert_eq!(api.sandbox.next_event(), None);
    let service = api.get(id);
    let state = service["state"].as_str().unwrap().to_owned();
    assert!(["running", "idle", "stopped"].contains(&state.as_str()), "{state}");
    if state != "running" {
        return;
    }
    let memory = serving(api, id);
    let (min, max) = (asked.min, asked.max);
    assert_eq!(memory.len() as u64, number(&service, "numReplicas"));
    assert!(memory.iter().all(|gb| (min..=max).contains(gb)), "{memory:?} leaves {min} to {max}");
    assert_eq!(status(api, id)["load"]["queriesByHand"], 0);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, max_shrink_iters: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sizes_stay_in_bounds_capacity_is_kept_idle_is_quiet_and_all_settles(
        steps in proptest::collection::vec(step(), 1..40),
    ) {
        live(&steps);
    }
}
