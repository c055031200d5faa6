//! The data source `api_key_id`: the id of an API key by its name, or of the key that is in use.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde_json::Value as Json;

use super::{DataSource, Look};
use crate::call::Read;
use crate::kinds::{Answers, part};
use crate::lang::value::Value;
use crate::schema::{AttrType, Attribute, Schema};

pub struct ApiKeyId;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    Schema::new(
        "api_key_id",
        1,
        "The id of an API key, such as `query_api_endpoints` of a service needs it.",
        vec![
            Attribute::optional("name", AttrType::String, "Name of the key. Left out: the key that is in use."),
            Attribute::computed("id", AttrType::String, "UUID of the key."),
        ],
    )
});

fn list() -> Read {
    Read::list("openapiKeyGetList", "/v1/organizations/{organizationId}/keys")
}

impl DataSource for ApiKeyId {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn look(&self, arguments: &Value, _wanted: &BTreeSet<&str>, answers: &dyn Answers) -> Look {
        let name = arguments.get("name").and_then(Value::as_str);
        let read = if name.is_some() { list() } else { Read::one("whoamiGet", "/v1/whoami") };
        if !answers.holds(&read) {
            return Look::Ask(vec![read]);
        }
        let answer = answers.get(&read);
        let Some(name) = name else { return caller(answer.as_deref()) };
        let named = |key: &&Json| key.get("name").and_then(Json::as_str) == Some(name);
        let keys: Vec<&Json> = answer.as_deref().and_then(Json::as_array).into_iter().flatten().filter(named).collect();
        match keys.as_slice() {
            [key] => found(key.get("id"), key.get("name")),
            [] => missing(format!("The organization has no API key named \"{name}\".")),
            several => missing(format!("The organization has {} API keys named \"{name}\".", several.len())),
        }
    }
}

/// The key that asked.
fn caller(answer: Option<&Json>) -> Look {
    match answer.and_then(|a| a.get("keyId")) {
        Some(id) => found(Some(id), answer.and_then(|a| a.get("name"))),
        None => missing("The platform does not say which key is in use.".to_owned()),
    }
}

fn found(id: Option<&Json>, name: Option<&Json>) -> Look {
    let field = |json: Option<&Json>| json.cloned().unwrap_or(Json::Null);
    Look::Found(part::typed(&SCHEMA, &BTreeMap::from([("id", field(id)), ("name", field(name))])))
}

fn missing(detail: String) -> Look {
    Look::Missing { attribute: "name", detail, help: "Compare the name with the console's.".to_owned() }
}
