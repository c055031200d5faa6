use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::*;
use crate::conformance::{self, info, sample};
use crate::format::{self, DecodeError};

const NAME: &str = "housewright.state.json";

fn directory() -> TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

fn fresh() -> impl Fn() -> Box<dyn Store> {
    let directory = directory();
    move || Box::new(LocalStore::new(directory.path().join(NAME)))
}

/// A store that holds the lock, in a directory of its own, with `sample(1)` stored.
async fn locked() -> (TempDir, LocalStore) {
    let directory = directory();
    let store = LocalStore::new(directory.path().join(NAME));
    assert_eq!(store.lock(info(1, "apply")).await.expect("free").taken_over, None);
    store.write(&sample(1), None).await.expect("writable");
    (directory, store)
}

fn listing(directory: &Path) -> Vec<String> {
    let names = fs::read_dir(directory).expect("readable").map(|e| e.expect("readable").file_name());
    let mut names: Vec<_> = names.map(|n| n.to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn it_conforms() {
    conformance::suite(fresh).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn contention_of_threads_loses_nothing() {
    conformance::contention(fresh(), 4, 25).await;
}

#[tokio::test]
async fn the_previous_version_is_kept_and_only_the_owner_may_read() {
    let (directory, store) = locked().await;
    assert_eq!(listing(directory.path()), [NAME, &format!("{NAME}.lock")]);
    store.write(&sample(2), Some(sample(1).revision())).await.expect("writable");
    assert_eq!(listing(directory.path()), [NAME, &format!("{NAME}.backup"), &format!("{NAME}.lock")]);
    let backup = fs::read(directory.path().join(format!("{NAME}.backup"))).expect("readable");
    assert_eq!(format::decode(&backup), Ok(sample(1)));
    for name in listing(directory.path()) {
        let mode = fs::metadata(directory.path().join(&name)).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    store.unlock(uuid::Uuid::from_u128(1)).await.expect("ours");
    assert_eq!(listing(directory.path()), [NAME, &format!("{NAME}.backup")]);
}

#[tokio::test]
async fn what_a_crash_leaves_behind_does_no_harm() {
    let (directory, store) = locked().await;
    // Died while the temporary files were half written, and while a lock file was being prepared.
    for name in [".tmp", ".backup.tmp", ".lock.00000000-0000-0000-0000-0000000000ff"] {
        fs::write(directory.path().join(format!("{NAME}{name}")), "{ \"half").expect("writable");
    }
    drop(store);
    let store = LocalStore::new(directory.path().join(NAME));
    assert_eq!(store.read().await.expect("readable"), Some(sample(1)));
    let lock = store.lock(info(2, "plan")).await.expect("its owner is dead");
    assert_eq!(lock.taken_over, Some(info(1, "apply")));
    store.write(&sample(2), Some(sample(1).revision())).await.expect("writable");
    assert_eq!(store.read().await.expect("readable"), Some(sample(2)));
    let left = listing(directory.path());
    assert!(!left.iter().any(|name| name.ends_with(".tmp")), "{left:?}");
}

#[tokio::test]
async fn a_crash_between_backup_and_state_keeps_both() {
    let (directory, store) = locked().await;
    let state = directory.path().join(NAME);
    // The backup was replaced, the state not yet.
    files::replace(&files::with_ending(&state, ".backup"), &fs::read(&state).expect("readable")).expect("writable");
    store.write(&sample(2), Some(sample(1).revision())).await.expect("writable");
    assert_eq!(store.read().await.expect("readable"), Some(sample(2)));
}

#[tokio::test]
async fn a_damaged_state_is_reported_and_never_overwritten() {
    let (directory, store) = locked().await;
    let path = directory.path().join(NAME);
    store.write(&sample(2), Some(sample(1).revision())).await.expect("writable");
    for damage in ["", "{", "not JSON", "{\"terraform_version\": \"1.0.0\"}"] {
        fs::write(&path, damage).expect("writable");
        let error = store.read().await.expect_err(damage);
        assert!(matches!(error.kind(), ErrorKind::Damaged(_) | ErrorKind::Foreign(_)), "{error}");
        assert!(error.place().ends_with(NAME));
        let refused = store.write(&sample(3), Some(sample(2).revision())).await.expect_err(damage);
        assert_eq!(refused.kind(), error.kind());
        assert_eq!(fs::read_to_string(&path).expect("readable"), damage);
    }
    fs::write(&path, "").expect("writable");
    let error = store.read().await.expect_err("empty");
    assert_eq!(error.kind(), &ErrorKind::Damaged(DecodeError::Empty));
    assert!(error.next().contains(".backup"), "{error}");
    let backup = fs::read(directory.path().join(format!("{NAME}.backup"))).expect("kept");
    assert_eq!(format::decode(&backup), Ok(sample(1)));
}

#[tokio::test]
async fn a_newer_format_is_left_alone() {
    let (directory, store) = locked().await;
    let newer = r#"{"format":"housewright-state","version":2}"#;
    fs::write(directory.path().join(NAME), newer).expect("writable");
    let error = store.write(&sample(2), Some(sample(1).revision())).await.expect_err("newer");
    assert_eq!(error.kind(), &ErrorKind::Newer { found: 2, supported: 1 });
    assert!(error.to_string().contains("format version 2") && error.to_string().contains("up to 1"), "{error}");
    assert_eq!(fs::read_to_string(directory.path().join(NAME)).expect("readable"), newer);
}

#[tokio::test]
async fn a_missing_state_is_not_an_empty_one() {
    let (directory, store) = locked().await;
    store.write(&sample(2), Some(sample(1).revision())).await.expect("writable");
    fs::remove_file(directory.path().join(NAME)).expect("removable");
    let error = store.read().await.expect_err("only the backup is there");
    assert_eq!(error.kind(), &ErrorKind::Missing);
    assert_eq!(store.write(&sample(3), None).await.expect_err("as well").kind(), &ErrorKind::Missing);
    fs::remove_file(directory.path().join(format!("{NAME}.backup"))).expect("removable");
    assert_eq!(store.read().await.expect("started anew on purpose"), None);

    let elsewhere = LocalStore::new(directory.path().join("not-there").join(NAME));
    assert_eq!(elsewhere.read().await.expect_err("no directory").kind(), &ErrorKind::Missing);
    assert_eq!(elsewhere.lock(info(9, "apply")).await.expect_err("no directory").kind(), &ErrorKind::Missing);
}

#[tokio::test]
async fn what_is_not_a_file_is_refused() {
    let directory = directory();
    for path in [directory.path(), Path::new("/dev/null"), Path::new("/")] {
        let store = LocalStore::new(path);
        assert_eq!(store.read().await.expect_err("not a file").kind(), &ErrorKind::NotAFile);
        assert_eq!(store.lock(info(1, "apply")).await.expect_err("not a file").kind(), &ErrorKind::NotAFile);
    }
    assert_eq!(LocalStore::new("").read().await.expect_err("no name").kind(), &ErrorKind::Missing);
    let below_a_file = LocalStore::new("/dev/null/state.json");
    assert_eq!(below_a_file.read().await.expect_err("not a directory").kind(), &ErrorKind::NotReadable);
}

#[tokio::test]
async fn links_are_followed_and_share_the_lock() {
    let (directory, direct) = locked().await;
    let elsewhere = self::directory();
    let link = elsewhere.path().join("link.json");
    symlink(directory.path().join(NAME), &link).expect("a link");
    let linked = LocalStore::new(&link);
    assert_eq!(linked.read().await.expect("readable"), Some(sample(1)));
    let refused = linked.lock(info(2, "apply")).await.expect_err("one file, one lock");
    assert_eq!(refused.kind(), &ErrorKind::Locked(Box::new(info(1, "apply"))));
    direct.unlock(uuid::Uuid::from_u128(1)).await.expect("ours");

    assert_eq!(linked.lock(info(2, "apply")).await.expect("free").taken_over, None);
    linked.write(&sample(2), Some(sample(1).revision())).await.expect("writable");
    assert!(fs::symlink_metadata(&link).expect("there").is_symlink());
    assert_eq!(direct.read().await.expect("readable"), Some(sample(2)));
    assert_eq!(listing(elsewhere.path()), ["link.json"]);
}

#[tokio::test]
async fn links_that_lead_nowhere_are_refused() {
    let directory = directory();
    for (name, target) in [("dangling", "not-there.json"), ("loop", "loop")] {
        let link = directory.path().join(name);
        symlink(target, &link).expect("a link");
        let store = LocalStore::new(&link);
        assert_eq!(store.read().await.expect_err(name).kind(), &ErrorKind::Missing);
        assert_eq!(store.lock(info(1, "apply")).await.expect_err(name).kind(), &ErrorKind::Missing);
    }
}

#[tokio::test]
async fn the_lock_of_another_host_is_never_taken_over() {
    let (directory, store) = locked().await;
    drop(store);
    let mut elsewhere = info(2, "apply");
    elsewhere.host = "other".to_owned();
    let store = LocalStore::new(directory.path().join(NAME));
    let refused = store.lock(elsewhere.clone()).await.expect_err("its owner may live");
    assert_eq!(refused.kind(), &ErrorKind::Locked(Box::new(info(1, "apply"))));
    assert!(refused.next().contains("housewright state unlock 00000000-0000-0000-0000-000000000001"), "{refused}");
    store.unlock(uuid::Uuid::from_u128(1)).await.expect("released by hand");
    assert_eq!(store.lock(elsewhere).await.expect("free").taken_over, None);
}

#[tokio::test]
async fn a_damaged_lock_file_is_reported() {
    let directory = directory();
    let store = LocalStore::new(directory.path().join(NAME));
    for damage in ["", "{", "{\"id\": 1}"] {
        fs::write(directory.path().join(format!("{NAME}.lock")), damage).expect("writable");
        assert_eq!(store.lock(info(1, "apply")).await.expect_err(damage).kind(), &ErrorKind::LockDamaged);
        assert_eq!(store.lock_info().await.expect_err(damage).kind(), &ErrorKind::LockDamaged);
    }
    assert_eq!(listing(directory.path()), [format!("{NAME}.lock")]);
}

/// Runs `body` as a user who is not root, whom no permission would stop.
fn unprivileged(body: impl FnOnce() + Send) {
    std::thread::scope(|scope| {
        let run = move || {
            if rustix::process::geteuid().is_root() {
                let nobody = rustix::process::Uid::from_raw(65_534);
                rustix::thread::set_thread_res_uid(nobody, nobody, nobody).expect("root may become nobody");
            }
            body();
        };
        scope.spawn(run).join().expect("the checks hold");
    });
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
}

#[test]
fn missing_permissions_are_explained() {
    let (directory, _store) = block_on(locked());
    let forbid = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("ours");
    forbid(&directory.path().join(NAME), 0o000);
    forbid(directory.path(), 0o555);
    let empty = self::directory();
    forbid(empty.path(), 0o555);
    unprivileged(|| {
        let store = LocalStore::new(directory.path().join(NAME));
        let error = block_on(store.read()).expect_err("not readable");
        assert_eq!(error.kind(), &ErrorKind::NotReadable);
        let store = LocalStore::new(empty.path().join(NAME));
        assert_eq!(block_on(store.read()).expect("nothing there"), None);
        let error = block_on(store.lock(info(2, "apply"))).expect_err("not writable");
        assert_eq!(error.kind(), &ErrorKind::NotWritable);
        assert!(error.why().starts_with("Permission denied. "), "{error}");
        assert!(error.next().contains("permission"), "{error}");
    });
    forbid(directory.path(), 0o700);
}

#[tokio::test]
async fn a_read_only_state_is_left_alone() {
    let (directory, store) = locked().await;
    store.unlock(uuid::Uuid::from_u128(1)).await.expect("ours");
    let path = directory.path().join(NAME);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).expect("ours");
    let refused = store.lock(info(2, "apply")).await.expect_err("read-only");
    assert_eq!(refused.kind(), &ErrorKind::NotWritable);
    assert!(refused.to_string().contains("read-only") && refused.next().contains("chmod u+w"), "{refused}");
    assert_eq!(store.read().await.expect("readable"), Some(sample(1)));
    assert_eq!(listing(directory.path()), [NAME]);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("ours");
    assert_eq!(store.lock(info(2, "apply")).await.expect("free").taken_over, None);
}

/// What the process started by [`child`] does: the environment says what.
#[test]
fn child_process() {
    let Ok(path) = std::env::var("HOUSEWRIGHT_TEST_STATE") else { return };
    let task = std::env::var("HOUSEWRIGHT_TEST_TASK").expect("set together");
    let store = LocalStore::new(&path);
    let id: u128 = std::process::id().into();
    match task.as_str() {
        "increment" => {
            let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
            runtime.block_on(conformance::increment(Box::new(LocalStore::new(&path)), id << 64, 40));
        }
        "die" => {
            let _lock = block_on(store.lock(info(id, "apply"))).expect("free");
            std::process::abort();
        }
        "write" => {
            assert_eq!(block_on(store.lock(info(id, "apply"))).expect("free").taken_over, None);
            let mut state = sample(2);
            state.outputs.insert("large".into(), large_output());
            let error = block_on(store.write(&state, Some(sample(1).revision()))).expect_err("no room");
            assert_eq!(error.kind(), &ErrorKind::NotWritable);
            assert!(error.to_string().contains("Make room on the disk"), "{error}");
            block_on(store.unlock(uuid::Uuid::from_u128(id))).expect("ours");
        }
        other => panic!("no such task: {other}"),
    }
}

fn large_output() -> crate::OutputState {
    let content = crate::OutputContent::Plain("x".repeat(1 << 20).into());
    crate::OutputState { ty: "string".into(), content }
}

/// This test program once more, as another process; `before` is a line of shell run in it first.
fn child(directory: &Path, task: &str, before: &str) -> Command {
    let mut command = Command::new("sh");
    let program = std::env::current_exe().expect("this program");
    command.arg("-c").arg(format!("{before}\nexec \"$0\" --exact local::tests::child_process")).arg(program);
    command.env("HOUSEWRIGHT_TEST_STATE", directory.join(NAME)).env("HOUSEWRIGHT_TEST_TASK", task);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

#[tokio::test]
async fn contention_of_processes_loses_nothing() {
    let (directory, store) = locked().await;
    store.unlock(uuid::Uuid::from_u128(1)).await.expect("ours");
    let children: Vec<_> =
        (0..4).map(|_| child(directory.path(), "increment", "").spawn().expect("a process")).collect();
    for mut child in children {
        assert!(child.wait().expect("a process").success());
    }
    assert_eq!(store.read().await.expect("readable").map(|s| s.serial), Some(1 + 4 * 40));
}

#[tokio::test]
async fn the_lock_of_a_killed_process_is_taken_over() {
    let (directory, store) = locked().await;
    store.unlock(uuid::Uuid::from_u128(1)).await.expect("ours");
    assert!(!child(directory.path(), "die", "ulimit -c 0").status().expect("a process").success());
    let left = store.lock_info().await.expect("readable").expect("left behind");
    let lock = store.lock(info(2, "apply")).await.expect("its owner is dead");
    assert_eq!(lock.taken_over, Some(left));
}

#[tokio::test]
async fn a_full_disk_loses_nothing() {
    let (directory, store) = locked().await;
    store.unlock(uuid::Uuid::from_u128(1)).await.expect("ours");
    // A limit on the size of files fails in the middle of writing, as a full disk does.
    let status = child(directory.path(), "write", "trap '' XFSZ; ulimit -f 64").status().expect("a process");
    assert!(status.success());
    assert_eq!(store.read().await.expect("readable"), Some(sample(1)));
    let left = listing(directory.path());
    assert!(!left.iter().any(|name| name.ends_with(".tmp") || name.ends_with(".lock")), "{left:?}");
}
