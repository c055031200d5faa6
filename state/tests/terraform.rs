//! States that Terraform keeps, read where its backends keep them, on real servers: `tests/servers/run` starts them.
//!
//! What is written here lies where Terraform's documentation says it would; `tests/remote_state.rs` has Terraform itself
//! write where it can.
#![allow(clippy::disallowed_methods, reason = "tests use the real machine")]

mod support;

use std::sync::Arc;

use housewright_state::settings::Settings;
use housewright_state::terraform;
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::path::Path;
use object_store::{ClientOptions, ObjectStore, ObjectStoreExt as _};
use support::{network, unique, variable};

fn settings(arguments: &[(&str, &str)], environment: &[(&str, &str)]) -> Settings {
    let pairs = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned().into())).collect()
    };
    Settings { arguments: pairs(arguments), environment: pairs(environment), directory: "/".into() }
}

/// Stores a text for each workspace, and reads all of them, and one that is not there.
async fn read_back(objects: Arc<dyn ObjectStore>, backend: &str, settings: &Settings, keys: &[(&str, String)]) {
    for (workspace, key) in keys {
        objects.put(&Path::from(key.as_str()), format!("state of {workspace}").into()).await.expect("stored");
    }
    for (workspace, _) in keys {
        let found = terraform::read(backend, settings, workspace).await.expect("it can be read");
        assert_eq!(found.bytes, Some(format!("state of {workspace}").into_bytes()), "{}", found.place);
    }
    let found = terraform::read(backend, settings, "absent").await.expect("it can be read");
    assert_eq!(found.bytes, None, "{}", found.place);
}

fn http() -> ClientOptions {
    ClientOptions::new().with_allow_http(true)
}

#[tokio::test]
#[ignore = "tests/run starts the server"]
async fn s3_keeps_workspaces_below_env() {
    let (endpoint, bucket) = (variable("HOUSEWRIGHT_TEST_S3"), variable("HOUSEWRIGHT_TEST_BUCKET"));
    let objects = AmazonS3Builder::new().with_bucket_name(&bucket).with_endpoint(&endpoint).with_client_options(http());
    let objects = objects.with_access_key_id("x").with_secret_access_key("x").with_region("eu-west-1").build();
    let key = format!("{}/terraform.tfstate", unique("terraform"));
    let arguments = [("bucket", &*bucket), ("key", &*key), ("endpoint", &*endpoint), ("region", "eu-west-1")];
    let environment = [("AWS_ACCESS_KEY_ID", "x"), ("AWS_SECRET_ACCESS_KEY", "x")];
    let objects: Arc<dyn ObjectStore> = Arc::new(objects.expect("a client"));
    let keys = [("default", key.clone()), ("blue", format!("env:/blue/{key}"))];
    read_back(Arc::clone(&objects), "s3", &settings(&arguments, &environment), &keys).await;
    let arguments = [&arguments[..], &[("workspace_key_prefix", "spaces")]].concat();
    let keys = [("default", key.clone()), ("blue", format!("spaces/blue/{key}"))];
    read_back(objects, "s3", &settings(&arguments, &environment), &keys).await;
    let arguments = [("bucket", "no-such-bucket"), ("key", &*key), ("endpoint", &*endpoint)];
    let error = terraform::read("s3", &settings(&arguments, &environment), "default").await.expect_err("no bucket");
    assert!(error.why().contains("bucket"), "{error}");
}

#[tokio::test]
#[ignore = "tests/run starts the server"]
async fn gcs_names_objects_by_workspace() {
    let (endpoint, bucket) = (variable("HOUSEWRIGHT_TEST_GCS"), variable("HOUSEWRIGHT_TEST_BUCKET"));
    let writing = network::conditional_uploads(&endpoint).await;
    let objects = GoogleCloudStorageBuilder::new().with_bucket_name(&bucket).with_base_url(&writing);
    let objects = objects.with_client_options(http()).with_skip_signature(true).with_bearer_token("emulator").build();
    let prefix = unique("terraform");
    let arguments = [("bucket", &*bucket), ("prefix", &*prefix)];
    let settings = settings(&arguments, &[("STORAGE_EMULATOR_HOST", &endpoint)]);
    let keys = ["default", "blue"].map(|w| (w, format!("{prefix}/{w}.tfstate")));
    read_back(Arc::new(objects.expect("a client")), "gcs", &settings, &keys).await;
}

#[tokio::test]
#[ignore = "tests/run starts the server"]
async fn azure_puts_workspaces_behind_the_key() {
    let (endpoint, container) = (variable("HOUSEWRIGHT_TEST_AZURE"), variable("HOUSEWRIGHT_TEST_BUCKET"));
    let access_key = variable("HOUSEWRIGHT_TEST_AZURE_KEY");
    let objects = MicrosoftAzureBuilder::new().with_account("devstoreaccount1").with_container_name(&container);
    let objects = objects.with_endpoint(endpoint.clone()).with_access_key(&access_key).with_client_options(http());
    let key = format!("{}.tfstate", unique("terraform"));
    let arguments = [
        ("storage_account_name", "devstoreaccount1"),
        ("container_name", &*container),
        ("key", &*key),
        ("endpoint", &*endpoint),
    ];
    let settings = settings(&arguments, &[("ARM_ACCESS_KEY", &access_key)]);
    let keys = [("default", key.clone()), ("blue", format!("{key}env:blue"))];
    read_back(Arc::new(objects.build().expect("a client")), "azurerm", &settings, &keys).await;
}

#[tokio::test]
#[ignore = "tests/run starts the server"]
async fn postgres_has_a_row_for_each_workspace() {
    let address = variable("HOUSEWRIGHT_TEST_POSTGRES");
    let schema = unique("terraform");
    let (client, connection) = tokio_postgres::connect(&address, tokio_postgres::NoTls).await.expect("a session");
    tokio::spawn(connection);
    let tables = format!(
        "CREATE SCHEMA \"{schema}\"; CREATE TABLE \"{schema}\".states (id bigint, name text, data text);
         INSERT INTO \"{schema}\".states VALUES (1, 'default', 'one'), (2, 'blue', 'two')"
    );
    client.batch_execute(&tables).await.expect("tables");
    let settings = |schema: &str| settings(&[("schema_name", schema)], &[("PG_CONN_STR", &address)]);
    for (workspace, expected) in [("default", Some("one")), ("blue", Some("two")), ("absent", None)] {
        let found = terraform::read("pg", &settings(&schema), workspace).await.expect("it can be read");
        assert_eq!(found.bytes.as_deref(), expected.map(str::as_bytes), "{}", found.place);
    }
    let found = terraform::read("pg", &settings("no_such_schema"), "default").await.expect("it can be read");
    assert_eq!(found.bytes, None);
}
