//! The states of Terraform that others keep: where each backend has them, by workspace, and their bytes.
//!
//! Must not know what stands in them. Nothing is ever written, and no lock is taken.

use std::path::{Path, PathBuf};

use crate::error::StoreError;
use crate::local;
use crate::settings::{BACKENDS, Settings, misconfigured};
use crate::{http, objects, postgres};

/// The workspace that everybody has.
pub const DEFAULT_WORKSPACE: &str = "default";

const LOCAL: &str = "local";
const STATE_FILE: &str = "terraform.tfstate";
const WORKSPACES: &str = "terraform.tfstate.d";

/// What stands in the place of a state.
#[derive(Debug, PartialEq, Eq)]
pub struct Found {
    /// As people know it; without credentials.
    pub place: String,
    /// `None`: nothing stands there.
    pub bytes: Option<Vec<u8>>,
}

/// The backends that can be read.
pub fn backends() -> Vec<&'static str> {
    std::iter::once(LOCAL).chain(BACKENDS.iter().map(|b| b.name)).collect()
}

/// The arguments of a backend; nothing for one that cannot be read. Those of Terraform's that have no meaning for a reader
/// are among them.
pub fn arguments(backend: &str) -> Option<Vec<&'static str>> {
    let own: &[&str] = match backend {
        LOCAL => return Some(vec!["path", "workspace_dir"]),
        "s3" => &["workspace_key_prefix", "dynamodb_table", "dynamodb_endpoint", "acl", "max_retries"],
        "gcs" => &["impersonate_service_account", "kms_encryption_key"],
        "azurerm" => &["snapshot", "use_msi", "use_oidc", "use_cli", "environment"],
        "pg" => &["skip_table_creation", "skip_index_creation"],
        "http" => &["retry_wait_min", "retry_wait_max", "skip_cert_verification"],
        _ => return None,
    };
    let found = BACKENDS.iter().find(|b| b.name == backend)?;
    Some(found.arguments.iter().map(|a| a.name).chain(own.iter().copied()).collect())
}

/// Reads the state of a workspace.
///
/// # Errors
/// When the settings are wrong, or the place does not answer.
pub async fn read(backend: &str, settings: &Settings, workspace: &str) -> Result<Found, StoreError> {
    let key = || settings.need(backend, "key", &[]);
    let is_default = workspace == DEFAULT_WORKSPACE;
    let (place, bytes) = match backend {
        LOCAL => file(settings, workspace)?,
        "s3" if is_default => objects::object::s3(settings, key()?).await?,
        "s3" => {
            let prefix = settings.stated("workspace_key_prefix").unwrap_or("env:");
            objects::object::s3(settings, &format!("{prefix}/{workspace}/{}", key()?.trim_matches('/'))).await?
        }
        "gcs" => objects::object::gcs(settings, &format!("{workspace}.tfstate")).await?,
        "azurerm" if is_default => objects::object::azure(settings, key()?).await?,
        "azurerm" => objects::object::azure(settings, &format!("{}env:{workspace}", key()?)).await?,
        "pg" => postgres::text_of(settings, workspace).await?,
        "http" if is_default => http::document(settings).await?,
        "http" => return Err(misconfigured("http", "An address has no workspaces.", "Leave `workspace` out.")),
        other => return Err(misconfigured(other, "There is no such backend.", "Name one that can be read.")),
    };
    Ok(Found { place, bytes })
}

fn file(settings: &Settings, workspace: &str) -> Result<(String, Option<Vec<u8>>), StoreError> {
    let path = match workspace {
        DEFAULT_WORKSPACE => PathBuf::from(settings.stated("path").unwrap_or(STATE_FILE)),
        name => Path::new(settings.stated("workspace_dir").unwrap_or(WORKSPACES)).join(name).join(STATE_FILE),
    };
    let bytes = local::bytes(&settings.directory.join(&path))?;
    Ok((path.display().to_string(), bytes))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn settings(directory: &Path, arguments: &[(&str, &str)]) -> Settings {
        let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned().into());
        Settings {
            arguments: arguments.iter().map(pair).collect(),
            directory: directory.to_owned(),
            ..Settings::default()
        }
    }

    #[tokio::test]
    #[expect(clippy::disallowed_methods, reason = "a test of files")]
    async fn files_lie_where_terraform_keeps_them() {
        let directory = tempfile::tempdir().expect("a directory");
        let of = |path: &str, text: &str| {
            let path = directory.path().join(path);
            fs::create_dir_all(path.parent().expect("it is below")).expect("a directory");
            fs::write(path, text).expect("a file");
        };
        of("terraform.tfstate", "a");
        of("terraform.tfstate.d/blue/terraform.tfstate", "b");
        of("elsewhere/x.json", "c");
        of("others/blue/terraform.tfstate", "d");
        type Arguments = &'static [(&'static str, &'static str)];
        let cases: [(Arguments, &str, Option<&str>); 5] = [
            (&[], "default", Some("a")),
            (&[], "blue", Some("b")),
            (&[("path", "elsewhere/x.json")], "default", Some("c")),
            (&[("workspace_dir", "others")], "blue", Some("d")),
            (&[], "red", None),
        ];
        for (arguments, workspace, expected) in cases {
            let found = read("local", &settings(directory.path(), arguments), workspace).await.expect("it can be read");
            assert_eq!(found.bytes.as_deref(), expected.map(str::as_bytes), "{}", found.place);
        }
        let error = read("local", &settings(directory.path(), &[("path", ".")]), "default").await;
        assert!(error.is_err(), "a directory is no state");
    }

    #[tokio::test]
    async fn what_is_missing_is_named() {
        for (backend, missing) in
            [("s3", "`key`"), ("azurerm", "`key`"), ("gcs", "`bucket`"), ("http", "`address`"), ("consul", "backend")]
        {
            let error = read(backend, &Settings::default(), "default").await.expect_err("nothing is stated");
            assert!(error.why().contains(missing), "{error}");
            assert_eq!(arguments(backend).is_some(), backend != "consul");
        }
    }
}
