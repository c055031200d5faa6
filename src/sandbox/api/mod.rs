//! The operations, one file per family. Each handler checks its request, changes the world, and answers.
//!
//! Handlers know nothing of HTTP beyond [`Call`]: authentication, the envelope, faults and the log are the world's.

pub mod backup_configuration;
pub mod create;
mod create_rules;
pub mod organization;
pub mod password;
pub mod private_endpoint;
pub mod query_endpoint;
pub mod scaling;
pub mod service_state;
pub mod services;
pub mod whoami;

use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::http::ApiError;
use super::routes::Params;
use super::shape::{self, Field};

/// One request that has been authenticated and routed.
#[derive(Debug)]
pub struct Call<'a> {
    /// Key id of the caller.
    pub caller: &'a str,
    /// Parameters of the path.
    pub params: Params<'a>,
    /// Pairs of the query.
    pub query: Vec<(String, String)>,
    /// Body as it came.
    pub body: &'a [u8],
}

impl Call<'_> {
    /// A UUID in the path.
    ///
    /// # Errors
    /// 400 when it is none.
    pub fn uuid(&self, name: &str) -> Result<Uuid, ApiError> {
        let text = self.params.iter().find(|(key, _)| *key == name).map_or("", |(_, value)| *value);
        Uuid::try_parse(text).map_err(|_| ApiError::bad_request(format!("request path.{name}: must be a UUID")))
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
