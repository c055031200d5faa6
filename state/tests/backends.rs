//! Every backend against a real server: the suite that all of them pass, and several clients at once.
//!
//! `tests/servers/run cargo test --test backends -- --include-ignored` starts the servers; without them only the HTTP
//! backend can be tested, whose server stands here.
#![allow(clippy::disallowed_methods, reason = "tests use the real machine")]

mod support;

use std::sync::Arc;

use housewright_state::{Store, conformance};
use support::{gitlab::GitLab, network, unique, variable};

/// A client as the suite wants it.
fn boxed(store: Arc<dyn Store>) -> Box<dyn Store> {
    Box::new(Shared(store))
}

/// Stores are shared by programs and owned by the suite.
#[derive(Debug)]
struct Shared(Arc<dyn Store>);

mod shared {
    use async_trait::async_trait;
    use housewright_state::journal::{Entry, Header, Journal};
    use housewright_state::{Lock, LockInfo, Past, Revision, State, Store, StoreError};

    #[async_trait]
    impl Store for super::Shared {
        fn place(&self) -> String {
            self.0.place()
        }
        async fn read(&self) -> Result<Option<State>, StoreError> {
            self.0.read().await
        }
        async fn write(&self, state: &State, expected: Option<Revision>) -> Result<(), StoreError> {
            self.0.write(state, expected).await
        }
        async fn journal(&self) -> Result<Option<Journal>, StoreError> {
            self.0.journal().await
        }
        async fn begin(&self, header: &Header) -> Result<(), StoreError> {
            self.0.begin(header).await
        }
        async fn append(&self, entry: &Entry) -> Result<(), StoreError> {
            self.0.append(entry).await
        }
        async fn end(&self) -> Result<(), StoreError> {
            self.0.end().await
        }
        async fn lock(&self, info: LockInfo) -> Result<Lock, StoreError> {
            self.0.lock(info).await
        }
        async fn unlock(&self, id: uuid::Uuid) -> Result<(), StoreError> {
            self.0.unlock(id).await
        }
        async fn lock_info(&self) -> Result<Option<LockInfo>, StoreError> {
            self.0.lock_info().await
        }
        async fn beat(&self, now: jiff::Timestamp) -> Result<(), StoreError> {
            self.0.beat(now).await
        }
        async fn history(&self) -> Result<Vec<Past>, StoreError> {
            self.0.history().await
        }
        async fn version(&self, serial: u64) -> Result<State, StoreError> {
            self.0.version(serial).await
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "tests/run starts the server"]
async fn s3_conforms() {
    let endpoint = variable("HOUSEWRIGHT_TEST_S3");
    let place = || {
        let (endpoint, key) = (endpoint.clone(), unique("s3/Ünï code"));
        move || boxed(support::s3(&endpoint, &key))
    };
    conformance::suite(place).await;
    conformance::contention(place(), 3, 5).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "tests/run starts the server"]
async fn gcs_conforms() {
    let endpoint = network::conditional_uploads(&variable("HOUSEWRIGHT_TEST_GCS")).await;
    let place = || {
        let (endpoint, prefix) = (endpoint.clone(), unique("gcs"));
        move || boxed(support::gcs(&endpoint, &prefix))
    };
    conformance::suite(place).await;
    conformance::contention(place(), 3, 5).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "tests/run starts the server"]
async fn azure_conforms() {
    let endpoint = variable("HOUSEWRIGHT_TEST_AZURE");
    let place = || {
        let (endpoint, key) = (endpoint.clone(), unique("azure"));
        move || boxed(support::azure(&endpoint, &key))
    };
    conformance::suite(place).await;
    conformance::contention(place(), 3, 5).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "tests/run starts the server"]
async fn postgres_conforms() {
    let (address, schema) = (variable("HOUSEWRIGHT_TEST_POSTGRES"), unique("conforms \"quoted\""));
    let place = || {
        let (address, schema, name) = (address.clone(), schema.clone(), unique("state"));
        move || boxed(support::postgres(&address, &schema, &name))
    };
    conformance::suite(place).await;
    conformance::contention(place(), 3, 10).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn http_conforms() {
    let server = GitLab::start().await;
    let address = &server.address;
    let place = || {
        let (address, name) = (address.clone(), unique("state"));
        move || boxed(support::http(&address, &name))
    };
    conformance::suite(place).await;
    conformance::contention(place(), 3, 10).await;
}

/// Encrypted, a place behaves as it does otherwise, and says nothing of what is in it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn http_conforms_when_encrypted() {
    let server = GitLab::start().await;
    let address = &server.address;
    let place = || {
        let (address, name) = (address.clone(), unique("state"));
        move || boxed(support::http_with(&address, &name, support::sealed()))
    };
    conformance::suite(place).await;
    let name = unique("state");
    let store = support::http_with(address, &name, support::sealed());
    let _lock = store.lock(conformance::info(1, "apply")).await.expect("free");
    store.write(&conformance::sample(1), None).await.expect("writable");
    let stored = server.last(&name);
    assert!(stored.contains("housewright-encrypted") && !stored.contains("clickhouse"), "{stored}");
}

/// However a store is printed, what opens it is not shown.
#[tokio::test]
async fn no_store_shows_its_secrets() {
    let canary = "canary-secret";
    let address = format!("https://{canary}:{canary}@host/state?{canary}");
    let conn_str = format!("postgres://anna:{canary}@host/database");
    let codec = housewright_state::Codec::default;
    let stores = [
        support::open("s3", &[("bucket", "b"), ("secret_key", canary), ("access_key", canary)], &[], codec()),
        support::open("gcs", &[("bucket", "b"), ("access_token", canary)], &[], codec()),
        support::open(
            "azurerm",
            &[("storage_account_name", "a"), ("container_name", "c")],
            &[("ARM_ACCESS_KEY", "Y2FuYXJ5LXNlY3JldA==")],
            codec(),
        ),
        support::open("pg", &[("conn_str", &conn_str)], &[("PGPASSWORD", canary)], codec()),
        support::open("http", &[("address", &address), ("password", canary)], &[], codec()),
    ];
    for store in stores {
        let text = format!("{store:?} {store:#?} {}", store.place());
        assert!(!text.contains(canary) && !text.contains("Y2FuYXJ5LXNlY3JldA"), "{text}");
    }
}
