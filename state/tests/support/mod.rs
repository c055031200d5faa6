//! What the tests of the backends share. Addresses of real servers come from `tests/servers/run`.
#![allow(dead_code, reason = "each test file uses a part")]

pub mod gitlab;
pub mod network;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use housewright_state::seal::{Seal, SealKey};
use housewright_state::settings::{Settings, backend};
use housewright_state::{Codec, Store};

/// A variable that `tests/servers/run` sets.
pub fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run this through tests/servers/run"))
}

/// A name that no other place of this run has.
pub fn unique(of: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("{of}-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::SeqCst))
}

fn pairs(pairs: &[(&str, &str)]) -> std::collections::BTreeMap<String, secrecy::SecretString> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned().into())).collect()
}

/// A client of the place that arguments and environment describe.
pub fn open(name: &str, arguments: &[(&str, &str)], environment: &[(&str, &str)], codec: Codec) -> Arc<dyn Store> {
    let settings = Settings { arguments: pairs(arguments), environment: pairs(environment), directory: "/".into() };
    backend(name).expect("a backend").open(&settings, codec).expect("the settings are right")
}

const AWS: [(&str, &str); 3] =
    [("AWS_ACCESS_KEY_ID", "canary-id"), ("AWS_SECRET_ACCESS_KEY", "canary-secret"), ("AWS_REGION", "eu-west-1")];

pub fn s3(endpoint: &str, key: &str) -> Arc<dyn Store> {
    let bucket = variable("HOUSEWRIGHT_TEST_BUCKET");
    open("s3", &[("bucket", &bucket), ("key", key), ("endpoint", endpoint)], &AWS, Codec::default())
}

pub fn gcs(endpoint: &str, prefix: &str) -> Arc<dyn Store> {
    let bucket = variable("HOUSEWRIGHT_TEST_BUCKET");
    let environment = [("STORAGE_EMULATOR_HOST", endpoint)];
    open("gcs", &[("bucket", &bucket), ("prefix", prefix)], &environment, Codec::default())
}

pub fn azure(endpoint: &str, key: &str) -> Arc<dyn Store> {
    let (bucket, access_key) = (variable("HOUSEWRIGHT_TEST_BUCKET"), variable("HOUSEWRIGHT_TEST_AZURE_KEY"));
    let arguments = [
        ("storage_account_name", "devstoreaccount1"),
        ("container_name", &*bucket),
        ("key", key),
        ("endpoint", endpoint),
    ];
    open("azurerm", &arguments, &[("ARM_ACCESS_KEY", &access_key)], Codec::default())
}

pub fn postgres(address: &str, schema: &str, name: &str) -> Arc<dyn Store> {
    let environment = [("PG_CONN_STR", address)];
    open("pg", &[("schema_name", schema), ("name", name)], &environment, Codec::default())
}

pub fn http(address: &str, name: &str) -> Arc<dyn Store> {
    http_with(address, name, Codec::default())
}

/// What writes everything encrypted.
pub fn sealed() -> Codec {
    fn random(buffer: &mut [u8]) {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let next = NEXT.fetch_add(1, Ordering::SeqCst).to_be_bytes();
        buffer.iter_mut().zip(next.iter().cycle()).for_each(|(byte, next)| *byte = *next);
    }
    Codec::new(Seal::new(SealKey::Raw([7; 32].into()), Vec::new(), random))
}

pub fn http_with(address: &str, name: &str, codec: Codec) -> Arc<dyn Store> {
    let (address, password) = (format!("{address}/state/{name}"), gitlab::PASSWORD);
    let lock = format!("{address}/lock");
    let arguments =
        [("address", &*address), ("lock_address", &lock), ("lock_method", "POST"), ("unlock_method", "DELETE")];
    let environment = [("TF_HTTP_USERNAME", gitlab::USER), ("TF_HTTP_PASSWORD", password)];
    open("http", &arguments, &environment, codec)
}
