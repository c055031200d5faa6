use super::*;
use crate::conformance::{info, intent, sample};
use crate::journal::Change;
use crate::{ErrorKind, MemoryPlace, MemoryStore};

/// A client that holds the lock of a place where `sample(1)` is stored.
async fn stored() -> (MemoryPlace, MemoryStore) {
    let place = MemoryPlace::new();
    let store = place.open();
    let _lock = store.lock(info(1, "apply")).await.expect("free");
    store.write(&sample(1), None).await.expect("writable");
    (place, store)
}

fn remove(address: &str) -> Change {
    Change::RemoveResource { address: address.to_owned() }
}

fn put(address: &str) -> Change {
    let resource = sample(1).resources.into_values().next().expect("the sample has one");
    Change::PutResource { address: address.to_owned(), resource: Box::new(resource) }
}

fn ledger(store: &MemoryStore) -> Ledger<'_> {
    Ledger::new(store, Uuid::from_u128(1), sample(1))
}

#[tokio::test]
async fn the_state_is_written_once_and_holds_everything() {
    let (place, store) = stored().await;
    let (bytes, mut ledger) = (place.bytes(), ledger(&store));
    let call = intent("service.a", "create").call;
    ledger.intend(intent("service.a", "create"), vec![put("service.a")]).await.expect("noted");
    ledger.outcome(call, CallEvent::Succeeded, vec![put("service.b")]).await.expect("noted");
    ledger.note(vec![remove("service.a")]).await.expect("noted");
    assert_eq!(place.bytes(), bytes, "the state is not written before the end");
    let expected = current(&place.open()).await.expect("readable").expect("there");
    ledger.close().await.expect("writable");
    assert_eq!(store.read().await.expect("readable").as_ref(), Some(&expected));
    assert_eq!((ledger.state(), expected.serial), (&expected, 2));
    assert_eq!(expected.resources.keys().collect::<Vec<_>>(), ["module.eu.service.main[\"a\"]", "service.b"]);
    assert_eq!(place.journal_bytes(), None);
}

#[tokio::test]
async fn without_changes_nothing_is_written() {
    let (place, store) = stored().await;
    let mut ledger = ledger(&store);
    ledger.note(Vec::new()).await.expect("nothing to note");
    ledger.reach(&sample(1)).await.expect("nothing to note");
    ledger.supersede("service.a").await.expect("nothing to note");
    ledger.close().await.expect("nothing to write");
    assert_eq!((place.journal_bytes(), store.read().await.expect("readable")), (None, Some(sample(1))));
}

/// Dies after every single step of an apply; the next run finds exactly what was noted by then.
#[tokio::test]
async fn a_run_that_dies_anywhere_is_continued() {
    for steps in 0..=4 {
        let (place, store) = stored().await;
        let mut ledger = ledger(&store);
        let call = intent("service.a", "create").call;
        if steps > 0 {
            ledger.intend(intent("service.a", "create"), vec![put("service.a")]).await.expect("noted");
        }
        if steps > 1 {
            ledger.outcome(call, CallEvent::Lost, vec![]).await.expect("noted");
        }
        if steps > 2 {
            ledger.outcome(call, CallEvent::Found, vec![put("service.b")]).await.expect("noted");
        }
        let mut reached = ledger.state().clone();
        if steps > 3 {
            // It dies between writing the state and ending the journal.
            reached.serial += 1;
            store.write(&reached, Some(sample(1).revision())).await.expect("writable");
            reached.serial -= 1;
        }
        drop(store);

        let next = place.open();
        let lock = next.lock(info(2, "apply")).await.expect("its owner is dead");
        assert_eq!(lock.taken_over, Some(info(1, "apply")));
        let found = recover(&next).await.expect("recoverable");
        reached.serial += u64::from(steps > 0);
        assert_eq!(found.state, Some(reached.clone()), "after {steps} steps");
        assert_eq!(found.replayed, if steps > 3 { 0 } else { steps });
        assert_eq!(next.read().await.expect("readable"), Some(reached));
        assert_eq!(place.journal_bytes(), None);
        assert_eq!(recover(&next).await.expect("recoverable").replayed, 0);
    }
}

#[tokio::test]
async fn the_first_apply_of_a_state_is_continued_too() {
    let place = MemoryPlace::new();
    let store = place.open();
    let _lock = store.lock(info(1, "apply")).await.expect("free");
    let mut new = sample(0);
    new.resources.clear();
    let mut ledger = Ledger::new(&store, Uuid::from_u128(1), State::new(new.lineage, new.salt));
    ledger.intend(intent("service.a", "create"), vec![put("service.a")]).await.expect("noted");
    drop(store);
    let next = place.open();
    let _lock = next.lock(info(2, "apply")).await.expect("its owner is dead");
    let state = recover(&next).await.expect("recoverable").state.expect("made by the journal");
    assert_eq!((state.lineage, state.salt, state.serial), (new.lineage, new.salt, 1));
    assert!(state.resources.contains_key("service.a") && state.calls.len() == 1);
}

#[tokio::test]
async fn what_cannot_be_is_not_noted() {
    let (place, store) = stored().await;
    let mut ledger = ledger(&store);
    let call = intent("service.a", "create").call;
    let refused = ledger.outcome(call, CallEvent::Succeeded, vec![put("service.a")]).await.expect_err("no intent");
    assert!(matches!(refused.kind(), ErrorKind::IllegalEvent(_)), "{refused}");
    ledger.intend(intent("service.a", "create"), vec![]).await.expect("noted");
    let refused = ledger.intend(intent("service.a", "create"), vec![]).await.expect_err("open already");
    assert!(matches!(refused.kind(), ErrorKind::IllegalEvent(_)), "{refused}");
    ledger.outcome(call, CallEvent::Refused, vec![]).await.expect("noted");
    ledger.intend(intent("service.a", "create"), vec![]).await.expect("may be sent again");
    let journal = place.open().journal().await.expect("readable").expect("there");
    assert_eq!(journal.entries.len(), 3);
}

#[tokio::test]
async fn what_happened_is_stored_even_if_it_could_not_be_noted() {
    let (place, store) = stored().await;
    let mut ledger = ledger(&store);
    let call = intent("service.a", "create").call;
    ledger.intend(intent("service.a", "create"), vec![]).await.expect("noted");
    // The journal is gone under its writer: the entry cannot be noted.
    store.end().await.expect("ours");
    ledger.outcome(call, CallEvent::Succeeded, vec![put("service.a")]).await.expect_err("nowhere to note it");
    let refused = ledger.intend(intent("service.b", "create"), vec![]).await.expect_err("broken before");
    assert_eq!(refused.kind(), &ErrorKind::JournalClosed);
    ledger.close().await.expect("the state can be written");
    let state = place.open().read().await.expect("readable").expect("there");
    assert!(state.resources.contains_key("service.a") && !state.calls.contains_key(&call));
}

#[tokio::test]
async fn a_client_that_lost_the_lock_notes_nothing() {
    let (place, store) = stored().await;
    let mut ledger = ledger(&store);
    ledger.intend(intent("service.a", "create"), vec![]).await.expect("noted");
    let other = place.open();
    other.unlock(Uuid::from_u128(1)).await.expect("anybody may");
    let _lock = other.lock(info(2, "apply")).await.expect("free");
    let refused = ledger.intend(intent("service.b", "create"), vec![]).await.expect_err("lost");
    assert_eq!(refused.kind(), &ErrorKind::LockLost);
    assert_eq!(ledger.close().await.expect_err("lost").kind(), &ErrorKind::LockLost);
    assert_eq!(recover(&other).await.expect("recoverable").replayed, 1);
}

#[tokio::test]
async fn a_journal_of_another_state_stops_everything() {
    let (place, store) = stored().await;
    let mut ledger = ledger(&store);
    ledger.intend(intent("service.a", "create"), vec![]).await.expect("noted");
    // Somebody copies the journal to a place where its state is not.
    let journal = place.journal_bytes();
    let elsewhere = MemoryPlace::new();
    let other = elsewhere.open();
    let _lock = other.lock(info(2, "apply")).await.expect("free");
    elsewhere.put_journal(journal);
    for refused in [current(&other).await.expect_err("foreign"), recover(&other).await.expect_err("foreign")] {
        assert!(matches!(refused.kind(), ErrorKind::JournalForeign(_)), "{refused}");
    }
    assert!(elsewhere.journal_bytes().is_some());
}

#[tokio::test]
async fn open_calls_are_settled_by_what_comes_later() {
    let (_place, store) = stored().await;
    let mut ledger = ledger(&store);
    assert_eq!(ledger.state().calls.len(), 1);
    ledger.supersede("service.lost").await.expect("noted");
    ledger.close().await.expect("writable");
    assert!(store.read().await.expect("readable").expect("there").calls.is_empty());
}
