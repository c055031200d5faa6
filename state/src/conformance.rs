//! What every backend must do: one suite, run against each of them.
//!
//! `fresh` gives a new place where nothing is stored; each call of what it gives is another client of that place, as a
//! process of its own would be. A violation panics.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use crate::error::ErrorKind;
use crate::journal::{CallEvent, CallId, CallStatus, Change, Entry, Header, Intent, Journal, OpenCall, Recognise};
use crate::ledger::{Ledger, current, recover};
use crate::lock::LockInfo;
use crate::model::{Fields, OutputContent, OutputState, ResourceState, Revision, Salt, State, World, fingerprint};
use crate::store::Store;

/// Runs every case, each in a fresh place.
pub async fn suite<P: Fn() -> Box<dyn Store>>(fresh: impl Fn() -> P) {
    nothing_is_stored_at_first(&fresh()).await;
    what_is_written_is_read(&fresh()).await;
    large_states_with_unusual_text_survive(&fresh()).await;
    writing_needs_the_lock(&fresh()).await;
    a_write_names_what_it_replaces(&fresh()).await;
    another_lineage_is_refused(&fresh()).await;
    the_serial_must_grow(&fresh()).await;
    a_write_can_be_repeated(&fresh()).await;
    a_lock_excludes_everybody_else(&fresh()).await;
    a_lock_excludes_its_own_client(&fresh()).await;
    only_the_named_lock_is_released(&fresh()).await;
    a_lost_lock_is_noticed(&fresh()).await;
    the_lock_can_be_taken_again_and_again(&fresh()).await;
    what_is_noted_is_read(&fresh()).await;
    noting_needs_the_lock_and_a_journal(&fresh()).await;
    a_journal_continues_what_is_stored(&fresh()).await;
    a_journal_is_not_lost_to_another(&fresh()).await;
    a_lost_lock_ends_the_noting(&fresh()).await;
    a_run_that_died_is_continued(&fresh()).await;
    a_sign_of_life_is_seen(&fresh()).await;
    what_was_stored_before_can_be_read(&fresh()).await;
}

/// Several clients on several threads increment the serial under the lock; no increment may get lost. Needs a
/// multi-threaded runtime to be worth anything.
pub async fn contention<P: Fn() -> Box<dyn Store>>(place: P, clients: u32, rounds: u64) {
    let setup = place();
    under_lock(&*setup, 0, &sample(1), None).await;
    let tasks: Vec<_> =
        (0..clients).map(|client| tokio::spawn(increment(place(), u128::from(client + 1) << 64, rounds))).collect();
    for task in tasks {
        task.await.expect("a client failed");
    }
    let last = setup.read().await.expect("readable").expect("stored");
    assert_eq!(last.serial, 1 + u64::from(clients) * rounds);
    assert_eq!(setup.lock_info().await.expect("readable"), None);
}

pub(crate) async fn increment(store: Box<dyn Store>, first_id: u128, rounds: u64) {
    for round in 0..rounds {
        let id = first_id + u128::from(round);
        loop {
            match store.lock(info(id, "apply")).await {
                Ok(_) => break,
                Err(e) if matches!(e.kind(), ErrorKind::Locked(_)) => tokio::task::yield_now().await,
                Err(e) => panic!("{e}"),
            }
        }
        let mut state = store.read().await.expect("readable").expect("stored");
        let before = state.revision();
        tokio::task::yield_now().await;
        state.serial += 1;
        store.write(&state, Some(before)).await.expect("written under the lock");
        store.unlock(Uuid::from_u128(id)).await.expect("still ours");
    }
}

/// The facts about a lock with the given id.
pub fn info(id: u128, operation: &str) -> LockInfo {
    LockInfo {
        id: Uuid::from_u128(id),
        owner: "anna".to_owned(),
        host: "workbench".to_owned(),
        process: 4711,
        birth: "b/1/2".to_owned(),
        operation: operation.to_owned(),
        since: Timestamp::from_second(1_790_000_000).expect("a valid time"),
        heartbeat: Timestamp::from_second(1_790_000_000).expect("a valid time"),
    }
}

/// A call that creates something.
pub fn intent(address: &str, step: &str) -> Intent {
    Intent {
        call: CallId::new(Revision { lineage: Uuid::from_u128(0xabc), serial: 1 }, address, step),
        address: address.to_owned(),
        cloud: String::new(),
        step: step.to_owned(),
        method: "POST".to_owned(),
        path: "/organizations/{organizationId}/services".to_owned(),
        body: Some(json!({ "name": "Ünïcode \u{1F3E0}\n\"\\", "b": [1, 0.1, u64::MAX, null] })),
        withheld: vec!["password".to_owned()],
        recognise: Recognise::Mark("mark".to_owned()),
        at: Timestamp::from_second(1_790_000_001).expect("a valid time"),
    }
}

/// A state with something of everything in it.
pub fn sample(serial: u64) -> State {
    let mut state = State::new(Uuid::from_u128(0xabc), Salt([7; 16]));
    state.serial = serial;
    let world = World { api: "https://api.clickhouse.cloud".to_owned(), organization: "org-1".to_owned() };
    state.worlds.insert(String::new(), world);
    state.resources.insert("module.eu.service.main[\"a\"]".to_owned(), resource(1));
    let plain = OutputState { ty: json!("string"), content: OutputContent::Plain(json!("x.clickhouse.cloud")) };
    let null = OutputState { ty: json!(["list", "string"]), content: OutputContent::Plain(json!(null)) };
    let content = OutputContent::Sensitive { fingerprint: "f00".to_owned() };
    state.outputs.insert("host".to_owned(), plain);
    state.outputs.insert("nothing".to_owned(), null);
    state.outputs.insert("password".to_owned(), OutputState { ty: json!("string"), content });
    let open = intent("service.lost", "create");
    state.calls.insert(open.call, OpenCall { status: CallStatus::Lost, intent: open });
    state
}

fn resource(number: u64) -> ResourceState {
    let mut applied = Fields::new();
    applied.insert("name".to_owned(), json!(format!("Ünïcode \u{1F3E0} \u{7f}\u{0}\r\n\t\"\\ {number}")));
    applied.insert("numbers".to_owned(), json!([0, -1, u64::MAX, i64::MIN, 0.1, 1e300, -0.0]));
    applied.insert("password".to_owned(), fingerprint("abc"));
    let mut observed = applied.clone();
    observed.remove("password");
    observed.insert("tags".to_owned(), json!({ "": null, "ä": [], "b": { "c": [[{}]] } }));
    ResourceState {
        kind: "service".to_owned(),
        schema_version: 3,
        cloud: String::new(),
        identity: [("id".to_owned(), format!("service-{number}"))].into_iter().collect(),
        applied: applied.into(),
        observed: observed.into(),
        dependencies: vec!["byoc_infrastructure.x".to_owned()],
        protected: true,
        settled: false,
        creating: None,
        sensitive: vec!["name".to_owned()],
    }
}

async fn take_lock(store: &dyn Store, id: u128) {
    let lock = store.lock(info(id, "apply")).await.expect("lockable");
    assert_eq!((lock.info, lock.taken_over), (info(id, "apply"), None));
}

async fn under_lock(store: &dyn Store, id: u128, state: &State, expected: Option<Revision>) {
    take_lock(store, id).await;
    store.write(state, expected).await.expect("writable");
    store.unlock(Uuid::from_u128(id)).await.expect("unlockable");
}

async fn nothing_is_stored_at_first(place: impl Fn() -> Box<dyn Store>) {
    let store = place();
    assert_eq!(store.read().await.expect("readable"), None);
    assert_eq!(store.lock_info().await.expect("readable"), None);
    assert!(!store.place().is_empty());
}

async fn what_is_written_is_read(place: impl Fn() -> Box<dyn Store>) {
    let store = place();
    under_lock(&*store, 1, &sample(1), None).await;
    assert_eq!(store.read().await.expect("readable"), Some(sample(1)));
    assert_eq!(place().read().await.expect("readable by others"), Some(sample(1)));
    let mut second = sample(9);
    second.resources.clear();
    under_lock(&*place(), 2, &second, Some(sample(1).revision())).await;
    assert_eq!(store.read().await.expect("readable"), Some(second));
}

async fn large_states_with_unusual_text_survive(place: impl Fn() -> Box<dyn Store>) {
    let mut state = sample(1);
    for number in 0..2_000 {
        state.resources.insert(format!("service.x[\"é{number}\"]"), resource(number));
    }
    let store = place();
    under_lock(&*store, 1, &state, None).await;
    assert_eq!(store.read().await.expect("readable"), Some(state));
}

async fn writing_needs_the_lock(place: impl Fn() -> Box<dyn Store>) {
    let (store, other) = (place(), place());
    let refused = store.write(&sample(1), None).await.expect_err("not locked");
    assert_eq!(refused.kind(), &ErrorKind::NotLocked);
    take_lock(&*other, 1).await;
    let refused = store.write(&sample(1), None).await.expect_err("locked by another client");
    assert_eq!(refused.kind(), &ErrorKind::NotLocked);
    assert_eq!(store.read().await.expect("readable"), None);
}

async fn a_write_names_what_it_replaces(place: impl Fn() -> Box<dyn Store>) {
    let store = place();
    let other_serial = Some(sample(2).revision());
    take_lock(&*store, 1).await;
    let refused = store.write(&sample(3), other_serial).await.expect_err("nothing is stored");
    assert_eq!(refused.kind(), &ErrorKind::Stale { expected: other_serial, found: None });

    store.write(&sample(1), None).await.expect("writable");
    let found = Some(sample(1).revision());
    for expected in [None, other_serial] {
        let refused = store.write(&sample(3), expected).await.expect_err("serial 1 is stored");
        assert_eq!(refused.kind(), &ErrorKind::Stale { expected, found });
    }
    assert_eq!(store.read().await.expect("readable"), Some(sample(1)));
}

async fn another_lineage_is_refused(place: impl Fn() -> Box<dyn Store>) {
    let store = place();
    let mut foreign = sample(2);
    foreign.lineage = Uuid::from_u128(0xdef);
    take_lock(&*store, 1).await;
    store.write(&sample(1), None).await.expect("writable");
    for expected in [None, Some(sample(1).revision()), Some(Revision { lineage: foreign.lineage, serial: 1 })] {
        let refused = store.write(&foreign, expected).await.expect_err("another lineage");
        let mismatch = ErrorKind::LineageMismatch { expected: foreign.lineage, found: sample(1).lineage };
        assert_eq!(refused.kind(), &mismatch);
    }
    assert_eq!(store.read().await.expect("readable"), Some(sample(1)));
}

async fn the_serial_must_grow(place: impl Fn() -> Box<dyn Store>) {
    let store = place();
    take_lock(&*store, 1).await;
    store.write(&sample(5), None).await.expect("writable");
    for serial in [4, 5] {
        let mut changed = sample(serial);
        changed.outputs.clear();
        let refused = store.write(&changed, Some(sample(5).revision())).await.expect_err("not newer");
        assert_eq!(refused.kind(), &ErrorKind::SerialNotGreater { stored: 5, new: serial });
    }
    assert_eq!(store.read().await.expect("readable"), Some(sample(5)));
}

async fn a_write_can_be_repeated(place: impl Fn() -> Box<dyn Store>) {
    let store = place();
    take_lock(&*store, 1).await;
    store.write(&sample(1), None).await.expect("writable");
    store.write(&sample(1), None).await.expect("repeatable");
    store.write(&sample(2), Some(sample(1).revision())).await.expect("writable");
    store.write(&sample(2), Some(sample(1).revision())).await.expect("repeatable");
    assert_eq!(store.read().await.expect("readable"), Some(sample(2)));
}

async fn a_lock_excludes_everybody_else(place: impl Fn() -> Box<dyn Store>) {
    let (holder, other) = (place(), place());
    take_lock(&*holder, 1).await;
    let refused = other.lock(info(2, "destroy")).await.expect_err("locked");
    assert_eq!(refused.kind(), &ErrorKind::Locked(Box::new(info(1, "apply"))));
    let text = refused.to_string();
    for fact in ["anna", "workbench", "4711", "`apply`", "2026-", "00000000-0000-0000-0000-000000000001"] {
        assert!(text.contains(fact), "{fact} is missing in: {text}");
    }
    assert_eq!(other.lock_info().await.expect("readable"), Some(info(1, "apply")));

    holder.write(&sample(1), None).await.expect("writable");
    assert_eq!(other.read().await.expect("readable while locked"), Some(sample(1)));
    holder.unlock(Uuid::from_u128(1)).await.expect("unlockable");
    assert_eq!(other.lock_info().await.expect("readable"), None);
    under_lock(&*other, 2, &sample(2), Some(sample(1).revision())).await;
}

async fn a_lock_excludes_its_own_client(place: impl Fn() -> Box<dyn Store>) {
    let store = place();
    take_lock(&*store, 1).await;
    let refused = store.lock(info(2, "apply")).await.expect_err("locked");
    assert_eq!(refused.kind(), &ErrorKind::Locked(Box::new(info(1, "apply"))));
    store.write(&sample(1), None).await.expect("the first lock still holds");
}

async fn only_the_named_lock_is_released(place: impl Fn() -> Box<dyn Store>) {
    let (holder, other) = (place(), place());
    let refused = holder.unlock(Uuid::from_u128(1)).await.expect_err("nothing is locked");
    assert_eq!(refused.kind(), &ErrorKind::NotLocked);
    take_lock(&*holder, 1).await;
    for store in [&holder, &other] {
        let refused = store.unlock(Uuid::from_u128(2)).await.expect_err("another lock");
        assert_eq!(refused.kind(), &ErrorKind::LockMismatch(Box::new(info(1, "apply"))));
    }
    holder.write(&sample(1), None).await.expect("the lock still holds");
}

async fn a_lost_lock_is_noticed(place: impl Fn() -> Box<dyn Store>) {
    let (holder, other) = (place(), place());
    take_lock(&*holder, 1).await;
    other.unlock(Uuid::from_u128(1)).await.expect("anybody may release a lock by its id");
    let refused = holder.write(&sample(1), None).await.expect_err("released by another client");
    assert_eq!(refused.kind(), &ErrorKind::LockLost);

    take_lock(&*other, 2).await;
    let refused = holder.write(&sample(1), None).await.expect_err("taken by another client");
    assert_eq!(refused.kind(), &ErrorKind::LockLost);
    let refused = holder.unlock(Uuid::from_u128(1)).await.expect_err("lost");
    assert_eq!(refused.kind(), &ErrorKind::LockLost);
    assert_eq!(other.lock_info().await.expect("readable"), Some(info(2, "apply")));
    other.write(&sample(1), None).await.expect("the other lock still holds");
}

async fn the_lock_can_be_taken_again_and_again(place: impl Fn() -> Box<dyn Store>) {
    let stores = [place(), place()];
    let mut before = None;
    for serial in 1..20 {
        let state = sample(serial);
        under_lock(&*stores[serial as usize % 2], u128::from(serial), &state, before).await;
        before = Some(state.revision());
    }
}

fn header(state: &State, lock: u128) -> Header {
    Header { base: state.revision(), salt: state.salt, lock: Uuid::from_u128(lock) }
}

fn noted(address: &str) -> Entry {
    let (address, resource) = (address.to_owned(), Box::new(resource(7)));
    let changes = vec![Change::PutResource { address: address.clone(), resource }];
    Entry::Intent { intent: Box::new(intent(&address, "create")), changes }
}

async fn what_is_noted_is_read(place: impl Fn() -> Box<dyn Store>) {
    let (store, other) = (place(), place());
    assert_eq!(store.journal().await.expect("readable"), None);
    take_lock(&*store, 1).await;
    // The first journal of all continues no stored state.
    for (state, expected) in [(sample(0), None), (sample(1), Some(sample(1).revision()))] {
        if expected.is_some() {
            store.write(&state, None).await.expect("writable");
        }
        let header = header(&state, 1);
        store.begin(&header).await.expect("a journal is begun");
        let entries: Vec<Entry> = (0..40).map(|number| noted(&format!("service.n{number}"))).collect();
        for (count, entry) in entries.iter().enumerate() {
            store.append(entry).await.expect("noted");
            if count % 13 == 0 {
                let found = other.journal().await.expect("readable while locked").expect("there");
                assert_eq!((found.header, &*found.entries), (header, &entries[..=count]));
            }
        }
        assert_eq!(other.journal().await.expect("readable"), Some(Journal { header, entries }));
        store.end().await.expect("ended");
        assert!(other.journal().await.expect("readable").is_none_or(|j| j.entries.is_empty()));
    }
}

async fn noting_needs_the_lock_and_a_journal(place: impl Fn() -> Box<dyn Store>) {
    let (store, other) = (place(), place());
    take_lock(&*store, 1).await;
    assert_eq!(store.append(&noted("service.a")).await.expect_err("not begun").kind(), &ErrorKind::JournalClosed);
    let refused = other.begin(&header(&sample(0), 1)).await.expect_err("not its lock");
    assert_eq!(refused.kind(), &ErrorKind::NotLocked);
    store.begin(&header(&sample(0), 1)).await.expect("a journal is begun");
    assert_eq!(other.append(&noted("service.a")).await.expect_err("not its lock").kind(), &ErrorKind::NotLocked);
    assert_eq!(other.end().await.expect_err("not its lock").kind(), &ErrorKind::NotLocked);
    store.end().await.expect("ended");
    assert_eq!(store.append(&noted("service.a")).await.expect_err("ended").kind(), &ErrorKind::JournalClosed);
}

async fn a_journal_continues_what_is_stored(place: impl Fn() -> Box<dyn Store>) {
    let store = place();
    take_lock(&*store, 1).await;
    let refused = store.begin(&header(&sample(1), 1)).await.expect_err("nothing is stored");
    assert_eq!(refused.kind(), &ErrorKind::Stale { expected: Some(sample(1).revision()), found: None });
    store.write(&sample(3), None).await.expect("writable");
    for serial in [0, 2, 4] {
        let refused = store.begin(&header(&sample(serial), 1)).await.expect_err("serial 3 is stored");
        assert!(matches!(refused.kind(), ErrorKind::Stale { .. }), "{refused}");
    }
    store.begin(&header(&sample(3), 1)).await.expect("a journal is begun");
}

async fn a_journal_is_not_lost_to_another(place: impl Fn() -> Box<dyn Store>) {
    let store = place();
    take_lock(&*store, 1).await;
    store.write(&sample(1), None).await.expect("writable");
    store.begin(&header(&sample(1), 1)).await.expect("a journal is begun");
    store.begin(&header(&sample(1), 1)).await.expect("nothing was noted in it");
    store.append(&noted("service.a")).await.expect("noted");
    let refused = store.begin(&header(&sample(1), 1)).await.expect_err("it would be lost");
    assert_eq!(refused.kind(), &ErrorKind::JournalPending);
    // Once its entries are in the stored state, it is done with, whether it was ended or not.
    store.write(&sample(2), Some(sample(1).revision())).await.expect("writable");
    store.begin(&header(&sample(2), 1)).await.expect("a journal is begun");
    let found = store.journal().await.expect("readable").expect("there");
    assert_eq!((found.header.base, found.entries), (sample(2).revision(), Vec::new()));
}

async fn a_lost_lock_ends_the_noting(place: impl Fn() -> Box<dyn Store>) {
    let (holder, other) = (place(), place());
    take_lock(&*holder, 1).await;
    holder.begin(&header(&sample(0), 1)).await.expect("a journal is begun");
    holder.append(&noted("service.a")).await.expect("noted");
    other.unlock(Uuid::from_u128(1)).await.expect("anybody may release a lock by its id");
    take_lock(&*other, 2).await;
    // Whoever took it has read the journal by now; what the first one adds would never be seen.
    let found = recover(&*other).await.expect("recoverable");
    for refused in [
        holder.append(&noted("service.b")).await.expect_err("lost"),
        holder.begin(&header(&sample(0), 1)).await.expect_err("lost"),
        holder.end().await.expect_err("lost"),
    ] {
        assert_eq!(refused.kind(), &ErrorKind::LockLost);
    }
    let state = found.state.expect("made by the journal");
    assert_eq!(other.read().await.expect("readable"), Some(state.clone()));
    assert!(state.resources.contains_key("service.a") && !state.resources.contains_key("service.b"));
}

async fn a_run_that_died_is_continued(place: impl Fn() -> Box<dyn Store>) {
    let store = place();
    take_lock(&*store, 1).await;
    store.write(&sample(1), None).await.expect("writable");
    let mut ledger = Ledger::new(&*store, Uuid::from_u128(1), sample(1));
    let call = intent("service.a", "create");
    ledger.intend(call.clone(), Vec::new()).await.expect("noted");
    let put = Change::PutResource { address: "service.a".to_owned(), resource: Box::new(resource(2)) };
    ledger.outcome(call.call, CallEvent::Succeeded, vec![put]).await.expect("noted");
    ledger.intend(intent("service.b", "create"), Vec::new()).await.expect("noted");
    let mut reached = ledger.state().clone();
    reached.serial += 1;
    assert_eq!(store.read().await.expect("readable"), Some(sample(1)), "the state is written at the end");
    drop(store);

    let next = place();
    assert_eq!(current(&*next).await.expect("readable"), Some(reached.clone()));
    if next.lock_info().await.expect("readable").is_some() {
        // Some places take a dead client's lock over, others want to be told.
        let _ = next.unlock(Uuid::from_u128(1)).await;
    }
    let _lock = next.lock(info(2, "apply")).await.expect("free");
    let found = recover(&*next).await.expect("recoverable");
    assert_eq!((found.state, found.replayed), (Some(reached.clone()), 3));
    assert_eq!(next.read().await.expect("readable"), Some(reached));
    assert!(next.journal().await.expect("readable").is_none_or(|j| j.entries.is_empty()));
}

async fn a_sign_of_life_is_seen(place: impl Fn() -> Box<dyn Store>) {
    let (holder, other) = (place(), place());
    let later = info(1, "apply").since + Duration::from_secs(30);
    assert_eq!(holder.beat(later).await.expect_err("not locked").kind(), &ErrorKind::NotLocked);
    take_lock(&*holder, 1).await;
    assert_eq!(other.beat(later).await.expect_err("not its lock").kind(), &ErrorKind::NotLocked);
    // The owner's clock may also go backwards.
    for beat in [later, info(1, "apply").since - Duration::from_secs(3600)] {
        holder.beat(beat).await.expect("its lock");
        let seen = other.lock_info().await.expect("readable").expect("there");
        assert!([beat, seen.since].contains(&seen.heartbeat), "{seen:?}");
        assert_eq!(LockInfo { heartbeat: seen.since, ..seen }, info(1, "apply"));
        holder.write(&sample(1), None).await.expect("the lock still holds");
    }
    other.unlock(Uuid::from_u128(1)).await.expect("anybody may release a lock by its id");
    assert_eq!(holder.beat(later).await.expect_err("lost").kind(), &ErrorKind::LockLost);
    assert_eq!(other.lock_info().await.expect("readable"), None);
}

async fn what_was_stored_before_can_be_read(place: impl Fn() -> Box<dyn Store>) {
    let store = place();
    assert_eq!(store.history().await.expect("readable"), []);
    assert_eq!(store.version(1).await.expect_err("nothing is stored").kind(), &ErrorKind::NotKept(1));
    let mut before = None;
    for serial in [1, 2, 5] {
        under_lock(&*store, u128::from(serial), &sample(serial), before).await;
        before = Some(sample(serial).revision());
    }
    let kept: Vec<u64> = place().history().await.expect("readable").iter().map(|past| past.serial).collect();
    assert!([&[2, 1][..], &[2], &[]].contains(&&*kept), "{kept:?}");
    for serial in kept.into_iter().chain([5]) {
        assert_eq!(place().version(serial).await.expect("kept"), sample(serial));
    }
    assert_eq!(store.version(4).await.expect_err("never stored").kind(), &ErrorKind::NotKept(4));
}
