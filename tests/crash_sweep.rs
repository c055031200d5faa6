//! Kills an apply before and after every request and every write, twice deep, and lets everything that can break between
//! engine and platform break at random: the world that comes out is the undisturbed one, with nothing twice and nothing
//! forgotten. The verdict comes from the control plane's own record and from the stored bytes.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

mod simulation;

use std::collections::BTreeMap;
use std::path::Path;

use housewright::ops::PlanOptions;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value as Json, json};
use simulation::{DieAt, End, Fate, Logged, Script, Step, Undisturbed, Universe};

/// Never idle: after a quarter of an hour without queries the platform would change its state by itself, and troubles may
/// take that long.
fn service(name: &str, region: &str, most: u32, extra: &str) -> String {
    format!(
        "service \"{name}\" {{\n  cloud_provider = \"aws\"\n  region = \"{region}\"\n  num_replicas = 2\n  min_replica_memory_gb = 8\n  \
         max_replica_memory_gb = {most}\n  idle_scaling = false\n  ip_access = [{{ source = \"192.0.2.0/24\" }}]\n  {extra}\n}}\n"
    )
}

/// A primary with a secondary, a service that will be replaced, one that will go, and a value.
fn before() -> String {
    service("a", "eu-central-1", 16, "")
        + &service("reader", "eu-central-1", 16, "warehouse_id = service.a.warehouse_id\n  readonly = true")
        + &service("b", "eu-central-1", 16, "")
        + &service("c", "eu-central-1", 16, "")
        + &fleet("")
        + "terraform_data \"note\" {\n  input = service.a.id\n}\n"
}

/// An update of two sorts, one of many at once, a replacement, a deletion, and a creation that depends on what is updated.
fn after() -> String {
    service("a", "eu-central-1", 32, "tags = { team = \"x\" }")
        + &service("reader", "eu-central-1", 16, "warehouse_id = service.a.warehouse_id\n  readonly = true")
        + &service("b", "us-east-1", 16, "")
        + &service("d", "eu-central-1", 16, "tags = { peer = service.a.id }")
        + &fleet("\n  tags = { of = \"many\" }")
        + "terraform_data \"note\" {\n  input = [service.a.id, service.d.id]\n}\n"
}

/// Many of a shape, which are made, changed and destroyed at the same time.
fn fleet(extra: &str) -> String {
    let names = "for_each = toset([\"n\", \"o\", \"p\", \"q\", \"r\", \"s\", \"t\", \"u\", \"v\", \"w\", \"x\", \"y\", \"z\"])\n  name = each.key";
    service("fleet", "eu-west-1", 16, &format!("{names}{extra}"))
}

/// The stages of the scenario, one apply each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    Creation,
    Change,
    End,
}

fn configure(directory: &Path, stage: Stage) {
    let text = match stage {
        Stage::Creation => before(),
        Stage::Change => after(),
        Stage::End => "cloud {}\n".to_owned(),
    };
    std::fs::write(directory.join("main.hcl"), text).unwrap();
}

/// What a person asks for: the replacement, as long as what is to be replaced is there.
fn options(universe: &Universe, stage: Stage) -> PlanOptions {
    let old = universe.services().values().any(|s| s["name"] == "b" && s["region"] == "eu-central-1");
    let replace = if stage == Stage::Change && old { vec!["service.b".parse().unwrap()] } else { Vec::new() };
    PlanOptions { replace, ..PlanOptions::default() }
}

/// A service as users see it, without what differs from world to world.
fn visible(service: &Json, names: &BTreeMap<String, String>, primaries: &BTreeMap<String, String>) -> Json {
    let mut tags: Vec<String> = service["tags"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|t| t["key"] != "housewright")
        .map(|t| {
            let value = t["value"].as_str().unwrap_or_default();
            format!("{}={}", t["key"].as_str().unwrap_or_default(), names.get(value).map_or(value, String::as_str))
        })
        .collect();
    tags.sort();
    let warehouse = service["dataWarehouseId"].as_str().unwrap_or_default();
    json!({
        "region": service["region"], "state": service["state"], "scaling": service["scaling"], "tags": tags,
        "ip": service["ipAccessList"], "readonly": service["isReadonly"], "warehouse": primaries.get(warehouse),
    })
}

/// What came of a universe.
#[derive(Debug, PartialEq)]
struct Outcome {
    services: BTreeMap<String, Json>,
    /// How often a service of this name was really created.
    created: BTreeMap<String, usize>,
    /// Names of services that were really deleted.
    deleted: Vec<String>,
    /// What the state has, and the names of the things behind it.
    state: BTreeMap<String, String>,
}

fn outcome(universe: &Universe) -> Outcome {
    let names = universe.names.lock().unwrap().clone();
    let services = universe.services();
    let primary =
        |s: &Json| (s["dataWarehouseId"].as_str().unwrap().to_owned(), s["name"].as_str().unwrap().to_owned());
    let primaries = services.values().filter(|s| s["isPrimary"] == true).map(primary).collect();
    let mut created = BTreeMap::new();
    let mut deleted = BTreeMap::new();
    for Logged { method, path, body, status } in universe.log.lock().unwrap().iter().filter(|l| l.status < 300) {
        let _ = status;
        if method == "POST" && path.ends_with("/services") {
            *created.entry(body["name"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        if method == "DELETE"
            && let Some((_, id)) = path.rsplit_once("/services/")
        {
            deleted.insert(id.to_owned(), names.get(id).cloned().unwrap_or_default());
        }
    }
    let bytes = universe.place.bytes().expect("a state");
    let state: Json = serde_json::from_slice(&bytes).expect("JSON");
    let entry = |(address, resource): (&String, &Json)| {
        assert_eq!(resource["settled"], true, "{address} is not settled");
        let id = resource["identity"]["id"].as_str().unwrap_or_default();
        (address.clone(), names.get(id).cloned().unwrap_or_default())
    };
    let mut deleted: Vec<String> = deleted.into_values().collect();
    deleted.sort();
    Outcome {
        services: services
            .values()
            .map(|s| (s["name"].as_str().unwrap().to_owned(), visible(s, &names, &primaries)))
            .collect(),
        created,
        deleted,
        state: state["state"]["resources"].as_object().unwrap().iter().map(entry).collect(),
    }
}

struct Rig {
    directory: tempfile::TempDir,
}

/// A runtime is a process: what it still does in the background ends with it.
fn process() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap()
}

impl Rig {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Everything before a stage, undisturbed.
    fn ground(&self, stage: Stage) -> Universe {
        let universe = Universe::new(self.path());
        let earlier: &[Stage] = match stage {
            Stage::Creation => &[],
            Stage::Change => &[Stage::Creation],
            Stage::End => &[Stage::Creation, Stage::Change],
        };
        for stage in earlier {
            configure(self.path(), *stage);
            self.finish(&universe, *stage, "the ground");
        }
        universe
    }

    fn fork(&self, universe: &Universe) -> Universe {
        process().block_on(universe.fork(self.path()))
    }

    fn run(&self, universe: &Universe, stage: Stage, script: Box<dyn Script>) -> (End, u64) {
        process().block_on(universe.apply(script, options(universe, stage)))
    }

    /// Undisturbed runs until one has nothing left to do; at most three.
    #[track_caller]
    fn finish(&self, universe: &Universe, stage: Stage, what: &str) {
        for _ in 0..3 {
            match self.run(universe, stage, Box::new(Undisturbed)).0 {
                End::Done(applied) if !applied.diagnostics.has_errors() => match &applied.outcome {
                    Some(outcome) => assert!(outcome.failed.is_empty() && outcome.skipped.is_empty(), "{what}"),
                    None => return,
                },
                End::Done(applied) => panic!("{what}: {:#?}", applied.diagnostics),
                End::Refused(found) => panic!("{what}: {found:#?}"),
                End::Killed => panic!("{what}: nobody kills it"),
            }
        }
        panic!("{what}: there is always something left to do");
    }

    fn undisturbed(&self, stage: Stage) -> (Universe, Outcome, u64) {
        let ground = self.ground(stage);
        configure(self.path(), stage);
        let universe = self.fork(&ground);
        let (_, steps) = self.run(&universe, stage, Box::new(Undisturbed));
        self.finish(&universe, stage, "the undisturbed run");
        (ground, outcome(&universe), steps)
    }
}

/// Every point of a stage; at each, a second death somewhere in the run that resumes.
fn sweep(stage: Stage) -> u64 {
    let rig = Rig::new();
    let (ground, expected, steps) = rig.undisturbed(stage);
    let points = steps * 2;
    let mut draw = StdRng::seed_from_u64(7);
    for point in 0..points {
        let universe = rig.fork(&ground);
        let (end, _) = rig.run(&universe, stage, Box::new(DieAt { point, passed: 0 }));
        assert!(matches!(end, End::Killed), "{stage:?}, point {point}: it lives");
        let second = draw.random_range(0..points);
        let _ = rig.run(&universe, stage, Box::new(DieAt { point: second, passed: 0 }));
        let what = format!("{stage:?}, killed at {point}, then at {second}");
        rig.finish(&universe, stage, &what);
        assert_eq!(outcome(&universe), expected, "{what}");
    }
    points
}

/// Places to be killed at, of each stage: together 500.
const LEAST: [u64; 3] = [190, 152, 158];

#[test]
fn a_run_killed_anywhere_while_creating_ends_where_it_would_have_ended() {
    let points = sweep(Stage::Creation);
    assert!(points >= LEAST[0], "{points}");
}

#[test]
fn a_run_killed_anywhere_while_changing_replacing_and_deleting_ends_where_it_would_have_ended() {
    let points = sweep(Stage::Change);
    assert!(points >= LEAST[1], "{points}");
}

#[test]
fn a_run_killed_anywhere_while_destroying_ends_where_it_would_have_ended() {
    let points = sweep(Stage::End);
    assert!(points >= LEAST[2], "{points}");
}

/// Everything breaks at random.
struct Storm {
    draw: StdRng,
    /// Troubles are over after so many steps, so that a run can end.
    left: u32,
    trace: std::sync::Arc<std::sync::Mutex<Vec<String>>>,
}

impl Script for Storm {
    fn next(&mut self, step: &Step<'_>) -> Fate {
        if self.left == 0 {
            return Fate::Fine;
        }
        self.left -= 1;
        let fate = match (step, self.draw.random_range(0..100)) {
            (_, 0..=2) => Fate::DieBefore,
            (_, 3..=5) => Fate::DieAfter,
            (Step::Request { .. }, 6..=12) => Fate::LoseAnswer,
            (Step::Request { .. }, 13..=17) => Fate::FailAfter,
            (Step::Request { .. }, 18..=22) => Fate::FailBefore,
            (Step::Request { .. }, 23..=30) => Fate::TooMany,
            _ => Fate::Fine,
        };
        if fate != Fate::Fine {
            self.trace.lock().unwrap().push(format!("{fate:?} at {step:?}"));
        }
        fate
    }
}

/// How many seeds: `CRASH_SWEEP_SEEDS`, or 300 from `CRASH_SWEEP_FIRST` on.
fn seeds() -> std::ops::Range<u64> {
    let number = |name: &str, default: u64| std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(default);
    let first = number("CRASH_SWEEP_FIRST", 0);
    first..first + number("CRASH_SWEEP_SEEDS", 300)
}

#[test]
fn whatever_breaks_the_end_is_the_same() {
    let rig = Rig::new();
    let stages = [Stage::Creation, Stage::Change, Stage::End].map(|stage| (stage, rig.undisturbed(stage)));
    for seed in seeds() {
        let (stage, (ground, expected, _)) = &stages[usize::try_from(seed % 3).unwrap()];
        configure(rig.path(), *stage);
        let universe = rig.fork(ground);
        let trace = std::sync::Arc::default();
        let mut draw = StdRng::seed_from_u64(seed);
        for _ in 0..4 {
            let left = draw.random_range(10..80);
            let storm =
                Storm { draw: StdRng::seed_from_u64(draw.random()), left, trace: std::sync::Arc::clone(&trace) };
            let _ = rig.run(&universe, *stage, Box::new(storm));
            trace.lock().unwrap().push("the run ends".to_owned());
        }
        let what = || {
            format!(
                "seed {seed} ({stage:?}); replay with CRASH_SWEEP_FIRST={seed} CRASH_SWEEP_SEEDS=1\n{}",
                trace.lock().unwrap().join("\n")
            )
        };
        rig.finish(&universe, *stage, &what());
        assert_eq!(outcome(&universe), *expected, "{}", what());
    }
}
