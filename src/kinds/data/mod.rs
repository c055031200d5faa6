//! Data sources: what is only read. One file each, and a line in [`registry`].

mod api_key_id;
mod backups;
mod byoc_infrastructure;
mod private_endpoint_config;
mod prometheus_target;
mod quotas;
mod role;
mod service;
mod service_profiles;
mod services;
pub mod terraform_remote_state;
mod user;

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value as Json;

use super::{Answers, Finding, part};
use crate::call::Read;
use crate::lang::value::Value;
use crate::schema::Schema;

/// All data sources, in the order they are documented.
pub fn registry() -> &'static [&'static dyn DataSource] {
    &[
        &service::Service,
        &services::Services,
        &byoc_infrastructure::ByocInfrastructure,
        &byoc_infrastructure::ByocInfrastructures,
        &api_key_id::ApiKeyId,
        &role::Role,
        &role::Roles,
        &user::User,
        &user::Users,
        &quotas::Quotas,
        &service_profiles::ServiceProfiles,
        &private_endpoint_config::PrivateEndpointConfig,
        &backups::Backups,
        &prometheus_target::PrometheusTarget,
        &terraform_remote_state::TerraformRemoteState,
    ]
}

/// The data source of that name.
pub fn find(name: &str) -> Option<&'static dyn DataSource> {
    registry().iter().copied().find(|d| d.schema().kind == name)
}

/// One type of thing that can be looked up.
pub trait DataSource: Sync {
    /// Settable attributes are the question, computed ones the answer.
    fn schema(&self) -> &'static Schema;

    /// Whether what it tells comes from no organization, so that it needs no key of one.
    fn lies_elsewhere(&self) -> bool {
        false
    }

    /// The rules that need no request. Values may be unknown: then a rule about them stays silent.
    fn check(&self, _arguments: &Value) -> Vec<Finding> {
        Vec::new()
    }

    /// What the answers so far say to the question, whose values are all known. `wanted` names the attributes (of the top
    /// level) that somebody reads: what else would cost a request may stay null.
    fn look(&self, arguments: &Value, wanted: &BTreeSet<&str>, answers: &dyn Answers) -> Look;
}

/// What came of looking.
#[derive(Debug, Clone, PartialEq)]
pub enum Look {
    /// These reads have to be answered first.
    Ask(Vec<Read>),
    /// All attributes, as an object.
    Found(Value),
    /// It is there, or may be, and cannot be used.
    Unusable {
        /// The attribute that leads there.
        attribute: &'static str,
        summary: String,
        detail: String,
        help: String,
    },
    /// There is no such thing.
    Missing {
        /// The attribute that names what is not there.
        attribute: &'static str,
        detail: String,
        help: String,
    },
}

/// The one of two attributes that is set, with its value.
///
/// # Errors
/// When neither is set or both are: a question that cannot be answered.
fn one_of_two<'v>(
    arguments: &'v Value,
    first: &'static str,
    second: &'static str,
) -> Result<(&'static str, &'v str), Look> {
    let text = |name: &'static str| arguments.get(name).and_then(Value::as_str).map(|text| (name, text));
    match (text(first), text(second)) {
        (Some(named), None) | (None, Some(named)) => Ok(named),
        (both, _) => Err(Look::Missing {
            attribute: first,
            detail: match both {
                Some(_) => format!("Both `{first}` and `{second}` are set, and they may name two things."),
                None => format!("Neither `{first}` nor `{second}` is set."),
            },
            help: format!("Set either `{first}` or `{second}`."),
        }),
    }
}

/// The arguments as they were given, and what was found.
fn found<const N: usize>(schema: &Schema, arguments: &Value, fields: [(&str, Json); N]) -> Look {
    let told = part::typed(schema, &fields.into());
    let of = |(name, value): (&Arc<str>, &Value)| {
        let settable = schema.attribute(name).is_some_and(|a| a.settable());
        let given = arguments.get(name).filter(|_| settable);
        (name.clone(), given.unwrap_or(value).clone())
    };
    Look::Found(Value::object(told.entries().map(of).collect()))
}

/// The items of an answer's list, with fields under the names of attributes.
fn list_of(answer: &Json, names: &[(&str, &str)]) -> Json {
    let items = answer.as_array().into_iter().flatten();
    items.map(|item| serde_json::json!(part::picked(item, names))).collect()
}
