//! The network breaks while a state is in use: what was noted stays, what could not be noted is said, and whoever lost
//! the lock changes nothing any more.
#![allow(clippy::disallowed_methods, reason = "tests use the real machine")]

mod support;

use std::sync::Arc;

use housewright_state::conformance::{info, intent, sample};
use housewright_state::journal::{CallEvent, Change};
use housewright_state::{ErrorKind, Ledger, Store, current, recover};
use support::gitlab::GitLab;
use support::network::Relay;
use support::{unique, variable};
use uuid::Uuid;

/// A place as one client sees it through a relay, and another one directly.
struct Place {
    relay: Relay,
    far: Arc<dyn Store>,
    near: Arc<dyn Store>,
}

impl Place {
    /// `at` opens a client at `HOST:PORT`.
    async fn new(address: &str, at: impl Fn(&str) -> Arc<dyn Store>) -> Self {
        let relay = Relay::start(address).await;
        let far = at(&relay.address);
        Self { far, near: at(address), relay }
    }
}

fn put(address: &str) -> Vec<Change> {
    let resource = sample(1).resources.into_values().next().expect("the sample has one");
    vec![Change::PutResource { address: address.to_owned(), resource: Box::new(resource) }]
}

/// The place goes away between a call and the note of its outcome, and comes back before the apply ends.
async fn away_for_a_while(place: Place) {
    let Place { relay, far, near } = place;
    let _lock = far.lock(info(1, "apply")).await.expect("free");
    far.write(&sample(1), None).await.expect("writable");
    let mut ledger = Ledger::new(&*far, Uuid::from_u128(1), sample(1));
    let call = intent("service.a", "create");
    ledger.intend(call.clone(), Vec::new()).await.expect("noted");
    relay.cut();
    let refused = ledger.outcome(call.call, CallEvent::Succeeded, put("service.a")).await.expect_err("away");
    assert_eq!(refused.kind(), &ErrorKind::Unreachable, "{refused}");
    assert!(refused.next().contains("what was noted is not lost"), "{refused}");
    let refused = ledger.intend(intent("service.b", "create"), Vec::new()).await.expect_err("nothing more is begun");
    assert_eq!(refused.kind(), &ErrorKind::JournalClosed);
    // Whoever looks meanwhile sees the call as what it is: nobody knows whether it took effect.
    let seen = current(&*near).await.expect("readable").expect("there");
    assert!(seen.calls.contains_key(&call.call) && !seen.resources.contains_key("service.a"));

    relay.mend();
    ledger.close().await.expect("it is back");
    let stored = near.read().await.expect("readable").expect("there");
    assert!(stored.resources.contains_key("service.a") && !stored.calls.contains_key(&call.call));
    far.unlock(Uuid::from_u128(1)).await.expect("still ours");
}

/// The place goes away for good, as seen by the one who holds the lock: somebody else takes over by the lock's id.
async fn split(place: Place) {
    let Place { relay, far, near } = place;
    let _lock = far.lock(info(1, "apply")).await.expect("free");
    far.write(&sample(1), None).await.expect("writable");
    let mut ledger = Ledger::new(&*far, Uuid::from_u128(1), sample(1));
    let call = intent("service.a", "create");
    ledger.intend(call.clone(), put("service.a")).await.expect("noted");
    relay.cut();

    if let Err(refused) = near.lock(info(2, "apply")).await {
        assert_eq!(refused.kind(), &ErrorKind::Locked(Box::new(info(1, "apply"))), "{refused}");
        near.unlock(Uuid::from_u128(1)).await.expect("anybody may release a lock by its id");
        let _lock = near.lock(info(2, "apply")).await.expect("free");
    }
    let found = recover(&*near).await.expect("recoverable");
    assert_eq!(found.replayed, 1);
    let theirs = found.state.expect("there");
    assert!(theirs.resources.contains_key("service.a") && theirs.calls.contains_key(&call.call));

    relay.mend();
    let lost = ledger.outcome(call.call, CallEvent::Succeeded, put("service.z")).await.expect_err("lost");
    assert_eq!(lost.kind(), &ErrorKind::LockLost, "{lost}");
    assert!(lost.why().contains("another process may be changing the state"), "{lost}");
    let lost = ledger.close().await.expect_err("lost");
    assert_eq!(lost.kind(), &ErrorKind::LockLost, "{lost}");
    assert_eq!(near.read().await.expect("readable"), Some(theirs), "nothing of theirs was changed");
    assert_eq!(near.lock_info().await.expect("readable"), Some(info(2, "apply")));
}

async fn over_s3() -> Place {
    let (endpoint, key) = (variable("HOUSEWRIGHT_TEST_S3"), unique("faults"));
    Place::new(endpoint.trim_start_matches("http://"), |at| support::s3(&format!("http://{at}"), &key)).await
}

async fn over_postgres() -> Place {
    let (address, schema) = (variable("HOUSEWRIGHT_TEST_POSTGRES"), unique("faults"));
    let (before, host) = address.rsplit_once('@').expect("user and host");
    let (host, after) = host.split_once('/').expect("host and database");
    Place::new(host, |at| support::postgres(&format!("{before}@{at}/{after}"), &schema, "default")).await
}

async fn over_http() -> Place {
    let (server, name) = (GitLab::start().await, unique("faults"));
    Place::new(server.address.trim_start_matches("http://"), |at| support::http(&format!("http://{at}"), &name)).await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "tests/run starts the server"]
async fn s3_is_away_for_a_while() {
    away_for_a_while(over_s3().await).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "tests/run starts the server"]
async fn postgres_is_away_for_a_while() {
    away_for_a_while(over_postgres().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn http_is_away_for_a_while() {
    away_for_a_while(over_http().await).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "tests/run starts the server"]
async fn the_lock_on_s3_is_lost_to_a_network_split() {
    split(over_s3().await).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "tests/run starts the server"]
async fn the_lock_in_postgres_is_lost_to_a_network_split() {
    split(over_postgres().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lock_over_http_is_lost_to_a_network_split() {
    split(over_http().await).await;
}
