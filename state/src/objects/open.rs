//! The services and their settings.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::{BackoffConfig, ClientOptions, RetryConfig};
use secrecy::ExposeSecret as _;

use super::ObjectStore;
use super::bucket::Bucket;
use crate::codec::Codec;
use crate::error::StoreError;
use crate::settings::{Settings, misconfigured};
use crate::store::Store;

/// The name of the state's object, unless the settings say otherwise.
const KEY: &str = "housewright.state.json";

fn client(endpoint: Option<&str>) -> ClientOptions {
    ClientOptions::new()
        .with_timeout(Duration::from_secs(30))
        .with_connect_timeout(Duration::from_secs(5))
        .with_allow_http(endpoint.is_some_and(|e| e.starts_with("http://")))
}

/// Somebody waits: a service that is away is told of within half a minute.
fn retry() -> RetryConfig {
    let backoff =
        BackoffConfig { init_backoff: Duration::from_millis(200), max_backoff: Duration::from_secs(5), base: 2.0 };
    RetryConfig { backoff, max_retries: 4, retry_timeout: Duration::from_secs(30) }
}

fn bucket(objects: impl object_store::ObjectStore, key: &str, place: String) -> Bucket {
    Bucket::new(Arc::new(objects), key.trim_matches('/').to_owned(), place)
}

fn opened(bucket: Bucket, codec: Codec) -> Arc<dyn Store> {
    Arc::new(ObjectStore::new(bucket, codec))
}

fn refused(backend: &str, error: &object_store::Error) -> StoreError {
    let why = format!("{}.", crate::error::without_secrets(&error.to_string()));
    misconfigured(backend, why, "Correct the `state` block, or the variables of the environment it goes with.")
}

/// S3, and what speaks like it.
pub fn s3(settings: &Settings, codec: Codec) -> Result<Arc<dyn Store>, StoreError> {
    Ok(opened(s3_object(settings, settings.stated("key").unwrap_or(KEY))?, codec))
}

/// The object of that name in S3.
pub(super) fn s3_object(settings: &Settings, key: &str) -> Result<Bucket, StoreError> {
    let name = settings.need("s3", "bucket", &[])?;
    let endpoint = settings.find("endpoint", &["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"]);
    let mut builder = AmazonS3Builder::new();
    for (name, value) in &settings.environment {
        // Where a role's credentials come from has several variables; the library knows them.
        if let (true, Ok(known)) = (name.starts_with("AWS_"), AmazonS3ConfigKey::from_str(&name.to_ascii_lowercase())) {
            builder = builder.with_config(known, value.expose_secret());
        }
    }
    builder = builder.with_bucket_name(name).with_client_options(client(endpoint)).with_retry(retry());
    if let Some(endpoint) = endpoint {
        builder = builder.with_endpoint(endpoint.trim_end_matches('/'));
    }
    if let Some(region) = settings.find("region", &["AWS_REGION", "AWS_DEFAULT_REGION"]) {
        builder = builder.with_region(region);
    }
    let keys = (settings.stated("access_key"), settings.stated("secret_key"));
    if let (Some(id), Some(secret)) = keys {
        builder = builder.with_access_key_id(id).with_secret_access_key(secret);
    }
    if let Some(token) = settings.stated("token") {
        builder = builder.with_token(token);
    }
    if let Some(key) = settings.stated("kms_key_id") {
        builder = builder.with_sse_kms_encryption(key);
    } else if settings.is_true("encrypt") {
        let encryption = AmazonS3ConfigKey::from_str("aws_server_side_encryption").map_err(|e| refused("s3", &e))?;
        builder = builder.with_config(encryption, "AES256");
    }
    Ok(bucket(builder.build().map_err(|e| refused("s3", &e))?, key, format!("s3://{name}/{key}")))
}

/// Google Cloud Storage.
pub fn gcs(settings: &Settings, codec: Codec) -> Result<Arc<dyn Store>, StoreError> {
    Ok(opened(gcs_object(settings, KEY)?, codec))
}

/// The object of that name below the prefix.
pub(super) fn gcs_object(settings: &Settings, name: &str) -> Result<Bucket, StoreError> {
    let within = settings.need("gcs", "bucket", &[])?;
    let key = match settings.stated("prefix").map(|p| p.trim_matches('/')).filter(|p| !p.is_empty()) {
        Some(prefix) => format!("{prefix}/{name}"),
        None => name.to_owned(),
    };
    let emulator = settings.variable("STORAGE_EMULATOR_HOST");
    let endpoint = settings.find("storage_custom_endpoint", &["GOOGLE_STORAGE_CUSTOM_ENDPOINT"]).or(emulator);
    let mut builder = GoogleCloudStorageBuilder::new()
        .with_bucket_name(within)
        .with_client_options(client(endpoint))
        .with_retry(retry());
    if let Some(endpoint) = endpoint {
        builder = builder.with_base_url(endpoint.trim_end_matches('/'));
    }
    let credentials =
        settings.find("credentials", &["GOOGLE_BACKEND_CREDENTIALS", "GOOGLE_CREDENTIALS", "GOOGLE_SERVICE_ACCOUNT"]);
    let token = settings.find("access_token", &["GOOGLE_OAUTH_ACCESS_TOKEN"]);
    builder = match (token, credentials, settings.variable("GOOGLE_APPLICATION_CREDENTIALS")) {
        // It asks for no credentials, and none of the real service's are sent to it.
        _ if emulator.is_some() => builder.with_skip_signature(true).with_bearer_token("emulator"),
        (Some(token), ..) => builder.with_bearer_token(token),
        (None, Some(json), _) if json.trim_start().starts_with('{') => builder.with_service_account_key(json),
        (None, Some(path), _) => builder.with_service_account_path(settings.directory.join(path).to_string_lossy()),
        (None, None, Some(path)) => builder.with_application_credentials(path),
        (None, None, None) => builder,
    };
    Ok(bucket(builder.build().map_err(|e| refused("gcs", &e))?, &key, format!("gs://{within}/{key}")))
}

/// Azure Blob Storage.
pub fn azure(settings: &Settings, codec: Codec) -> Result<Arc<dyn Store>, StoreError> {
    Ok(opened(azure_blob(settings, settings.stated("key").unwrap_or(KEY))?, codec))
}

/// The blob of that name.
pub(super) fn azure_blob(settings: &Settings, key: &str) -> Result<Bucket, StoreError> {
    let account = settings.need("azurerm", "storage_account_name", &["AZURE_STORAGE_ACCOUNT_NAME"])?;
    let container = settings.need("azurerm", "container_name", &[])?;
    let endpoint = settings.find("endpoint", &["AZURE_STORAGE_ENDPOINT"]);
    let mut builder = MicrosoftAzureBuilder::new()
        .with_account(account)
        .with_container_name(container)
        .with_client_options(client(endpoint))
        .with_retry(retry());
    if let Some(endpoint) = endpoint {
        builder = builder.with_endpoint(endpoint.trim_end_matches('/').to_owned());
    }
    let access_key = settings.find("access_key", &["ARM_ACCESS_KEY", "AZURE_STORAGE_ACCOUNT_KEY"]);
    let sas_token = settings.find("sas_token", &["ARM_SAS_TOKEN", "AZURE_STORAGE_SAS_TOKEN"]);
    let application = (
        settings.find("client_id", &["ARM_CLIENT_ID", "AZURE_CLIENT_ID"]),
        settings.find("client_secret", &["ARM_CLIENT_SECRET", "AZURE_CLIENT_SECRET"]),
        settings.find("tenant_id", &["ARM_TENANT_ID", "AZURE_TENANT_ID"]),
    );
    builder = match (access_key, sas_token, application) {
        (Some(access_key), ..) => builder.with_access_key(access_key),
        (None, Some(token), _) => builder.with_config(object_store::azure::AzureConfigKey::SasKey, token),
        (None, None, (Some(id), Some(secret), Some(tenant))) => {
            builder.with_client_secret_authorization(id, secret, tenant)
        }
        // Workload and managed identities.
        (None, None, (id, _, tenant)) => {
            let token = settings.variable("AZURE_FEDERATED_TOKEN_FILE");
            let builder = id.into_iter().fold(builder, |b, id| b.with_client_id(id));
            let builder = tenant.into_iter().fold(builder, |b, tenant| b.with_tenant_id(tenant));
            token.into_iter().fold(builder, |b, file| b.with_federated_token_file(file))
        }
    };
    let place = format!("azure://{account}/{container}/{key}");
    Ok(bucket(builder.build().map_err(|e| refused("azurerm", &e))?, key, place))
}
