use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::clock::{BoxFuture, VirtualClock, between, later};

/// The window of a sandbox whose time runs as slowly as is believed.
const SLOWEST: Duration = Duration::from_secs(100);

fn quiet() -> Warner {
    Arc::new(|warning| panic!("nobody should be warned: {warning:?}"))
}

fn host(variables: &[(&str, &Path)]) -> Host {
    let text = |path: &Path| path.to_string_lossy().into_owned();
    Host {
        environment: variables.iter().map(|(name, path)| ((*name).to_owned(), text(path))).collect(),
        directory: PathBuf::from("/"),
        user: "u".into(),
        name: "n".into(),
        process: 1,
        birth: String::new(),
    }
}

fn shared(directory: &Path, warner: Warner) -> Limiter {
    Limiter::shared(Limit::default(), &host(&[("HOME", directory)]), "http://api", "key", warner)
}

/// Runs work in virtual time.
fn run<F: Future>(clock: &VirtualClock, work: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    runtime.block_on(clock.drive(work))
}

fn start() -> VirtualClock {
    VirtualClock::new(Timestamp::from_second(1_000_000).expect("a time"), Duration::ZERO)
}

/// A clock that shows another time, and runs faster, than the machine's.
struct Fast {
    machine: VirtualClock,
    speed: Mutex<f64>,
}

impl Clock for Fast {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    fn sleep_until(&self, until: Timestamp) -> BoxFuture<'static, ()> {
        let wait = between(self.now(), until).div_f64(self.speed());
        self.machine.sleep_until(later(self.machine.now(), wait))
    }

    fn set_speed(&self, speed: f64) {
        *self.speed.lock().expect("one thread") = speed;
    }

    fn speed(&self) -> f64 {
        *self.speed.lock().expect("one thread")
    }

    fn machine_time(&self) -> Timestamp {
        self.machine.now()
    }
}

/// A request of a process: how long after the one before it is wanted, how long it is under way, and its answer.
type Trip = (u64, u64, u64);

/// The arrivals of the requests of several processes that share a file.
fn arrivals(processes: &[Vec<Trip>]) -> Vec<Timestamp> {
    let directory = tempfile::tempdir().expect("a directory");
    let clock = start();
    let seen = Mutex::new(Vec::new());
    let process = |trips: &Vec<Trip>| {
        let (limiter, clock, seen, trips) = (shared(directory.path(), quiet()), clock.clone(), &seen, trips.clone());
        async move {
            for (pause, there, back) in trips {
                clock.sleep(Duration::from_millis(pause)).await;
                let slot = limiter.permit(&clock).await;
                clock.sleep(Duration::from_millis(there)).await;
                seen.lock().expect("one thread").push(clock.now());
                clock.sleep(Duration::from_millis(back)).await;
                limiter.answered(slot, &clock);
            }
        }
    };
    run(&clock, futures_util::future::join_all(processes.iter().map(process)));
    let mut seen = seen.into_inner().expect("one thread");
    seen.sort_unstable();
    seen
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_window_holds_more_than_the_limit_whoever_sends(
        processes in proptest::collection::vec(proptest::collection::vec((0u64..4000, 0u64..500, 0u64..2000), 1..25), 1..6),
    ) {
        let seen = arrivals(&processes);
        prop_assert_eq!(seen.len(), processes.iter().map(Vec::len).sum::<usize>());
        for window in seen.windows(11) {
            prop_assert!(window[10].duration_since(window[0]) >= SignedDuration::from_secs(10));
        }
    }

    #[test]
    fn whatever_the_file_holds_nobody_waits_longer_than_a_window_and_the_longest_pause(
        content in "\\PC{0,80}|\\{\"version\":1,\"speed\":[-+0-9e.]{1,6},\"arrivals\":\\[\\],\"pause\":null\\}",
        years in -50i64..50,
    ) {
        let now = Timestamp::from_second(1_700_000_000).expect("a time");
        let then = now.checked_add(SignedDuration::from_hours(years * 8766)).expect("a time");
        let mut log = Log::read(content.as_bytes());
        for _ in 0..10 {
            prop_assert!(matches!(log.admit(Some(Limit::default()), then), Admission::Now(_)));
        }
        log.pause(Duration::from_secs(99_999), then);
        let waits = match log.admit(Some(Limit::default()), now) {
            Admission::After(wait) => wait,
            Admission::Now(_) => Duration::ZERO,
        };
        prop_assert!(waits <= Duration::from_secs(3600));
        let after = later(now, Duration::from_secs(3600) + SLOWEST + Duration::from_secs(1));
        prop_assert!(matches!(log.admit(Some(Limit::default()), after), Admission::Now(_)));
    }
}

#[test]
fn as_much_is_sent_as_the_limit_allows() {
    let seen = arrivals(&[vec![(0, 0, 0); 20], vec![(0, 0, 0); 15]]);
    let seconds: Vec<i64> = seen.iter().map(|at| at.as_second() - 1_000_000).collect();
    assert_eq!(seconds, [[0; 10].as_slice(), &[10; 10], &[20; 10], &[30; 5]].concat());
}

#[test]
fn a_pause_is_obeyed_by_all_processes() {
    let directory = tempfile::tempdir().expect("a directory");
    let clock = start();
    let (one, other) = (shared(directory.path(), quiet()), shared(directory.path(), quiet()));
    one.pause(Duration::from_millis(3500), &clock);
    run(&clock, other.permit(&clock));
    assert_eq!(clock.now().as_millisecond(), 1_000_003_500);
}

#[test]
fn processes_whose_clocks_differ_share_the_sandboxs_window() {
    let directory = tempfile::tempdir().expect("a directory");
    let machine = start();
    let clock = |speed| Fast { machine: machine.clone(), speed: Mutex::new(speed) };
    // The one has learned from an answer that a hundred seconds pass in one; the other has just begun.
    let (knowing, fresh) = (clock(100.0), clock(1.0));
    let (one, other) = (shared(directory.path(), quiet()), shared(directory.path(), quiet()));
    run(&machine, async {
        for _ in 0..10 {
            let slot = one.permit(&knowing).await;
            one.answered(slot, &knowing);
        }
        other.permit(&fresh).await;
    });
    assert_eq!(machine.now().as_millisecond(), 1_000_000_100, "ten of its seconds are a tenth of ours");
}

#[test]
fn a_clock_that_is_set_back_costs_a_window_at_most() {
    let directory = tempfile::tempdir().expect("a directory");
    let ahead = VirtualClock::new(Timestamp::from_second(9_000_000).expect("a time"), Duration::ZERO);
    let limiter = shared(directory.path(), quiet());
    run(&ahead, async {
        for _ in 0..10 {
            limiter.permit(&ahead).await;
        }
    });
    limiter.pause(Duration::from_secs(2), &ahead);
    let clock = start();
    run(&clock, shared(directory.path(), quiet()).permit(&clock));
    let waited = clock.now().as_millisecond() - 1_000_000_000;
    assert!((10_000..=12_500).contains(&waited), "{waited} ms");
}

#[test]
fn a_killed_process_holds_up_the_others_for_a_window_at_most() {
    let directory = tempfile::tempdir().expect("a directory");
    let clock = start();
    let killed = shared(directory.path(), quiet());
    run(&clock, async {
        for _ in 0..10 {
            killed.permit(&clock).await;
        }
    });
    drop(killed);
    run(&clock, shared(directory.path(), quiet()).permit(&clock));
    assert_eq!(clock.now().as_millisecond(), 1_000_010_500);
}

#[test]
fn the_file_is_its_owners_alone_and_tells_no_name() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().expect("a directory");
    let clock = start();
    run(&clock, shared(directory.path(), quiet()).permit(&clock));
    let folder = directory.path().join(".local/state/housewright");
    let names = host::list(&folder).expect("a directory");
    let [(name, false)] = names.as_slice() else { panic!("{names:?}") };
    let file = folder.join(name);
    assert_eq!(file.metadata().expect("a file").permissions().mode() & 0o777, 0o600);
    assert_eq!(folder.metadata().expect("a directory").permissions().mode() & 0o777, 0o700);
    let content = String::from_utf8(host::read(&file).expect("a file")).expect("text");
    assert!(!name.contains("key") && !content.contains("key") && !content.contains("api"), "{name} {content}");
}

#[test]
fn where_nothing_can_be_written_the_process_limits_itself_and_says_so_once() {
    let directory = tempfile::tempdir().expect("a directory");
    // A file stands where the directory should be.
    let blocked = directory.path().join("file");
    drop(host::create_private(&blocked).expect("a file"));
    for variables in [BTreeMap::new(), BTreeMap::from([("HOME", blocked.as_path())])] {
        let warnings = Arc::new(Mutex::new(Vec::new()));
        let told = warnings.clone();
        let warner: Warner = Arc::new(move |w: Diagnostic| told.lock().expect("one thread").push(w.code.0));
        let variables: Vec<(&str, &Path)> = variables.into_iter().collect();
        let limiter = Limiter::shared(Limit::default(), &host(&variables), "http://api", "key", warner);
        let clock = start();
        run(&clock, async {
            for _ in 0..11 {
                let slot = limiter.permit(&clock).await;
                limiter.answered(slot, &clock);
            }
        });
        assert_eq!(clock.now().as_second(), 1_000_010);
        assert_eq!(*warnings.lock().expect("one thread"), ["HW0707"]);
    }
}

#[test]
fn the_next_best_directory_is_used_when_the_first_cannot_be() {
    let directory = tempfile::tempdir().expect("a directory");
    let blocked = directory.path().join("file");
    drop(host::create_private(&blocked).expect("a file"));
    let variables = [("HOME", blocked.as_path()), ("XDG_RUNTIME_DIR", directory.path())];
    let limiter = Limiter::shared(Limit::default(), &host(&variables), "http://api", "key", quiet());
    let clock = start();
    run(&clock, limiter.permit(&clock));
    assert_eq!(host::list(&directory.path().join("housewright")).expect("a directory").len(), 1);
}
