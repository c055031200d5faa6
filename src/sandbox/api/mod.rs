//! The operations, one file per family. Each handler checks its request, changes the world, and answers.
//!
//! Handlers know nothing of HTTP beyond [`Call`]: authentication, the envelope, faults and the log are the world's.

pub mod activities;
pub mod backup_bucket;
pub mod backup_configuration;
pub mod backups;
pub mod byoc;
mod byoc_rules;
pub mod clickhouse_settings;
pub mod create;
mod create_rules;
pub mod invitations;
pub mod keys;
pub mod members;
pub mod organization;
mod pages;
pub mod password;
pub mod private_endpoint;
pub mod profiles;
pub mod prometheus;
pub mod query_api_endpoints;
pub mod query_endpoint;
pub mod quotas;
pub mod roles;
pub mod routing;
pub mod saved_queries;
pub mod scaling;
pub mod schedule;
pub mod service_state;
pub mod services;
pub mod snapshots;
pub mod upgrade_window;
pub mod usage_cost;
pub mod whoami;

use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::http::ApiError;
use super::routes::Params;
use super::shape::{self, Field};

/// One request that has been authenticated and routed.
#[derive(Debug)]
pub struct Call<'a> {
    /// Key of the caller.
    pub caller: Uuid,
    /// The name that roles know it by.
    pub actor: String,
    /// Parameters of the path.
    pub params: Params<'a>,
    /// Pairs of the query.
    pub query: Vec<(String, String)>,
    /// Where the caller believes to be calling, as host and port.
    pub host: Option<&'a str>,
    /// Body as it came.
    pub body: &'a [u8],
}

impl Call<'_> {
    /// A text in the path.
    pub fn text(&self, name: &str) -> &str {
        self.params.iter().find(|(key, _)| *key == name).map_or("", |(_, value)| *value)
    }

    /// The first value of that name in the query.
    pub fn query_value(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A UUID in the path.
    ///
    /// # Errors
    /// 400 when it is none.
    pub fn uuid(&self, name: &str) -> Result<Uuid, ApiError> {
        Uuid::try_parse(self.text(name))
            .map_err(|_| ApiError::bad_request(format!("request path.{name}: must be a UUID")))
    }

    /// Whether the path has that parameter.
    pub fn has(&self, name: &str) -> bool {
        self.params.iter().any(|(key, _)| *key == name)
    }

    /// The service the path names.
    ///
    /// # Errors
    /// 400 when it is no UUID.
    pub fn service_id(&self) -> Result<Uuid, ApiError> {
        self.uuid("serviceId")
    }

    /// The body, checked against its fields.
    ///
    /// # Errors
    /// 400 that names the field.
    pub fn read<T: DeserializeOwned>(&self, fields: &[Field]) -> Result<T, ApiError> {
        let value = shape::read(self.body, fields)?;
        // Where a value fits its field but not the type, its text could hold a secret: say nothing about it.
        serde_json::from_value(value).map_err(|_| ApiError::bad_request("request body: has a value out of range"))
    }
}
