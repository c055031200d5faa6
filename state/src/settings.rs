//! The backends by name, and what each of them takes: the arguments of a `state` block and the environment.
//!
//! Argument names are those of Terraform's backends where they exist. Must not know how a block is written or where a
//! value comes from.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

use crate::codec::Codec;
use crate::error::{ErrorKind, StoreError};
use crate::store::Store;

/// What a backend is opened with.
#[derive(Debug, Default)]
pub struct Settings {
    /// As stated in the configuration. Any of them may be a secret.
    pub arguments: BTreeMap<String, SecretString>,
    pub environment: BTreeMap<String, SecretString>,
    /// What relative paths are relative to.
    pub directory: PathBuf,
}

/// One argument of a backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Argument {
    pub name: &'static str,
    nature: Nature,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Nature {
    Plain,
    Secret,
    /// An address, which may hold a password.
    Address,
    /// A file's path, or what stands in it.
    File,
}

impl Argument {
    /// Whether such a value must not stand in a configuration as it is.
    pub fn is_secret(&self, value: &str) -> bool {
        match self.nature {
            Nature::Plain => false,
            Nature::Secret => true,
            Nature::Address => {
                let user = value.split_once("://").and_then(|(_, rest)| rest.split('/').next()?.rsplit_once('@'));
                user.is_some_and(|(user, _)| user.contains(':')) || value.contains("password=")
            }
            Nature::File => value.trim_start().starts_with('{'),
        }
    }
}

/// A client of a place, or what is wrong with its settings.
type Opened = Result<Arc<dyn Store>, StoreError>;

/// A place where states can be kept.
#[derive(Debug)]
pub struct Backend {
    pub name: &'static str,
    pub arguments: &'static [Argument],
    open: fn(&Settings, Codec) -> Opened,
}

impl Backend {
    /// A client of the place that the settings describe. Nothing is sent yet.
    ///
    /// # Errors
    /// When something is missing or wrong in the settings.
    pub fn open(&self, settings: &Settings, codec: Codec) -> Result<Arc<dyn Store>, StoreError> {
        (self.open)(settings, codec)
    }
}

const fn plain(name: &'static str) -> Argument {
    Argument { name, nature: Nature::Plain }
}

const fn secret(name: &'static str) -> Argument {
    Argument { name, nature: Nature::Secret }
}

const fn address(name: &'static str) -> Argument {
    Argument { name, nature: Nature::Address }
}

const fn file(name: &'static str) -> Argument {
    Argument { name, nature: Nature::File }
}

/// All backends but the local file, which needs none of this.
pub const BACKENDS: [Backend; 5] = [
    Backend {
        name: "s3",
        arguments: &[
            plain("bucket"),
            plain("key"),
            plain("region"),
            address("endpoint"),
            secret("access_key"),
            secret("secret_key"),
            secret("token"),
            plain("encrypt"),
            plain("kms_key_id"),
            // What Terraform's backend takes and has no meaning here.
            plain("use_path_style"),
            plain("force_path_style"),
            plain("use_lockfile"),
            plain("skip_credentials_validation"),
            plain("skip_region_validation"),
            plain("skip_metadata_api_check"),
            plain("skip_requesting_account_id"),
            plain("skip_s3_checksum"),
        ],
        open: crate::objects::s3,
    },
    Backend {
        name: "gcs",
        arguments: &[
            plain("bucket"),
            plain("prefix"),
            file("credentials"),
            secret("access_token"),
            address("storage_custom_endpoint"),
        ],
        open: crate::objects::gcs,
    },
    Backend {
        name: "azurerm",
        arguments: &[
            plain("storage_account_name"),
            plain("container_name"),
            plain("key"),
            address("endpoint"),
            secret("access_key"),
            secret("sas_token"),
            plain("client_id"),
            secret("client_secret"),
            plain("tenant_id"),
            plain("resource_group_name"),
            plain("subscription_id"),
            plain("use_azuread_auth"),
        ],
        open: crate::objects::azure,
    },
    Backend {
        name: "pg",
        arguments: &[address("conn_str"), plain("schema_name"), plain("name"), plain("skip_schema_creation")],
        open: crate::postgres::open,
    },
    Backend {
        name: "http",
        arguments: &[
            address("address"),
            plain("update_method"),
            address("lock_address"),
            plain("lock_method"),
            address("unlock_address"),
            plain("unlock_method"),
            address("journal_address"),
            plain("username"),
            secret("password"),
            plain("retry_max"),
        ],
        open: crate::http::open,
    },
];

/// The backend of that name. Those with a name of Terraform's and one people use more are found by both.
pub fn backend(name: &str) -> Option<&'static Backend> {
    let name = match name {
        "azure" => "azurerm",
        "postgres" | "postgresql" => "pg",
        other => other,
    };
    BACKENDS.iter().find(|backend| backend.name == name)
}

impl Settings {
    /// A stated argument that is not empty.
    pub(crate) fn stated(&self, name: &str) -> Option<&str> {
        self.arguments.get(name).map(ExposeSecret::expose_secret).filter(|value| !value.is_empty())
    }

    /// A variable of the environment that is not empty.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(ExposeSecret::expose_secret).filter(|value| !value.is_empty())
    }

    /// A stated argument, or the first of these variables.
    pub(crate) fn find(&self, argument: &str, variables: &[&str]) -> Option<&str> {
        self.stated(argument).or_else(|| variables.iter().find_map(|name| self.variable(name)))
    }

    /// As [`Settings::find`], for what cannot be left out.
    pub(crate) fn need(&self, backend: &str, argument: &str, variables: &[&str]) -> Result<&str, StoreError> {
        self.find(argument, variables).ok_or_else(|| {
            let or = variables.first().map(|name| format!(", or set {name}")).unwrap_or_default();
            misconfigured(
                backend,
                format!("`{argument}` is missing."),
                format!("State it in the block, state \"{backend}\" {{ {argument} = … }}{or}."),
            )
        })
    }

    pub(crate) fn is_true(&self, argument: &str) -> bool {
        self.stated(argument) == Some("true")
    }
}

/// A place that was described wrongly.
pub(crate) fn misconfigured(backend: &str, why: impl Into<String>, next: impl Into<String>) -> StoreError {
    let what = "It cannot be told where the state is kept";
    StoreError::new(ErrorKind::Misconfigured, format!("state \"{backend}\""), what, why, next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_told_from_what_may_be_read() {
        let argument = |backend: &str, name: &str| {
            *super::backend(backend).expect("there").arguments.iter().find(|a| a.name == name).expect("there")
        };
        let conn_str = argument("postgres", "conn_str");
        assert!(conn_str.is_secret("postgres://anna:x@h/d") && conn_str.is_secret("host=h password=x"));
        assert!(!conn_str.is_secret("postgres://anna@h:5432/d") && !conn_str.is_secret("host=h user=anna"));
        let credentials = argument("gcs", "credentials");
        assert!(credentials.is_secret("{ \"private_key\": 1 }") && !credentials.is_secret("key.json"));
        assert!(argument("s3", "secret_key").is_secret("x") && !argument("s3", "bucket").is_secret("x"));
    }

    #[test]
    fn what_is_missing_is_named_with_where_it_can_be_stated() {
        for (backend, missing) in
            [("s3", "`bucket`"), ("gcs", "`bucket`"), ("azure", "`storage_account_name`"), ("http", "TF_HTTP_ADDRESS")]
        {
            let settings = Settings::default();
            let error = super::backend(backend).expect("there").open(&settings, Codec::default()).expect_err("empty");
            assert_eq!(error.kind(), &ErrorKind::Misconfigured);
            assert!(error.to_string().contains(missing), "{error}");
        }
    }
}
