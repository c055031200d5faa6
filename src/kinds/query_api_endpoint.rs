//! The kind `query_api_endpoint`: an address of HTTP that runs one query of a service.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use clickhouse_cloud_api::models as wire;
use serde_json::Value as Json;

use super::body::Fields;
use super::checker::Checker;
use super::{
    Alike, Answers, Change, Effect, EffectSort, Finding, Identity, Kind, Listing, Observed, Operation, RuleContext,
    listing, part,
};
use crate::call::{Call, Method, Read, Tolerance};
use crate::lang::value::Value;
use crate::schema::{AttrType, Attribute, Schema};

pub struct QueryApiEndpoint;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    let text = |name, doc| Attribute::required(name, AttrType::String, doc);
    let texts = || AttrType::List(Box::new(AttrType::String));
    Schema::new(
        "query_api_endpoint",
        1,
        "An address on the internet that runs one SQL query of a service over HTTP, for those who have one of the API keys. \
         An endpoint of a query that somebody saved in the console is not managed by it.",
        vec![
            part::service_id(),
            text("name", "Name."),
            text("sql", "The query, at most 4 MiB."),
            text("database", "Database it is run in."),
            Attribute::optional(
                "parameters",
                AttrType::Map(Box::new(AttrType::String)),
                "Values of its parameters, where the caller gives no others.",
            )
            .resets_to("none"),
            Attribute::required("api_key_ids", texts(), "Ids of the API keys that may call it, at least one.")
                .set_of(Value::clone),
            Attribute::required("roles", texts(), "Roles in the database that the query is run with, at least one.")
                .set_of(Value::clone),
            Attribute::optional(
                "allowed_origins",
                texts(),
                "Origins whose pages a browser lets call it. Without any, no page of another origin may.",
            )
            .set_of(Value::clone)
            .resets_to("none"),
            Attribute::computed("id", AttrType::String, "Id of the endpoint."),
            Attribute::computed("url", AttrType::String, "Address to call."),
        ],
    )
});

/// Most bytes of a query (PublicQueryApiEndpointRequest.sql).
const LONGEST: usize = 4_194_304;

/// Who owns the endpoints that can be changed here: those of a saved query belong to the user who saved it.
const OURS: &str = "queryApiEndpoint";

fn all(service: &str) -> String {
    part::path(service, "/query-api-endpoints")
}

fn list(service: &str) -> Read {
    Read::list("queryApiEndpointList", all(service))
}

fn one(service: &str, id: &str) -> Read {
    Read::one("queryApiEndpointGet", format!("{}/{id}", all(service)))
}

fn texts<'a>(c: &Checker<'a>, attribute: &str) -> Vec<&'a str> {
    c.get(attribute).into_iter().flat_map(Value::elements).filter_map(Value::as_str).collect()
}

fn is_ours(endpoint: &Json) -> bool {
    endpoint.get("ownerType").and_then(Json::as_str).is_none_or(|owner| owner == OURS)
}

impl Kind for QueryApiEndpoint {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn holds_data(&self) -> bool {
        false
    }

    fn located(&self, values: &Value) -> Identity {
        part::one_of_several(values)
    }

    fn identify(&self, id: &str) -> Identity {
        part::named_one(id)
    }

    fn import_id(&self) -> &'static str {
        "11111111-2222-4333-8444-555555555555:66666666-7777-4888-8999-aaaaaaaaaaaa"
    }

    fn check(&self, context: &RuleContext<'_>) -> Vec<Finding> {
        let mut c = Checker::of(context);
        for attribute in ["name", "sql", "database"] {
            if c.text(attribute).is_some_and(|text| text.trim().is_empty()) {
                let detail = "The platform refuses what is empty.";
                c.error("HW1066", &[attribute], format!("`{attribute}` says nothing"), detail, "Write one.");
            }
        }
        if c.text("sql").is_some_and(|sql| sql.len() > LONGEST) {
            c.error("HW1066", &["sql"], "The query is too long", "It has at most 4 MiB.", "Shorten it.");
        }
        if let Some(stray) = texts(&c, "api_key_ids").into_iter().find(|id| uuid::Uuid::try_parse(id).is_err()) {
            let detail = "A key is named by its UUID, which is not what a caller authenticates with.";
            let help = "Refer to it: api_key.NAME.id, or data.api_key_id.NAME.id.";
            c.error("HW1066", &["api_key_ids"], format!("`{stray}` is no id of an API key"), detail, help);
        }
        for (attribute, what) in [("api_key_ids", "key could call it"), ("roles", "role would run it")] {
            if c.get(attribute).is_some_and(|list| list.is_known() && list.elements().next().is_none()) {
                let detail = "The platform asks for one at least.";
                c.error("HW1066", &[attribute], format!("No {what}"), detail, "Name one, or remove the block.");
            }
        }
        c.findings
    }

    fn reads(&self, identity: &Identity, _wanted: &BTreeSet<&str>) -> Vec<Read> {
        let Some(service) = identity.get("service_id") else { return Vec::new() };
        vec![identity.get("id").map_or_else(|| list(service), |id| one(service, id))]
    }

    fn observe(&self, identity: &Identity, answers: &dyn Answers) -> Option<Observed> {
        let (service, id) = (identity.get("service_id")?, identity.get("id")?);
        let endpoint = answers.get(&one(service, id)).filter(|endpoint| is_ours(endpoint))?;
        let names = [
            ("id", "id"),
            ("name", "name"),
            ("sql", "sql"),
            ("database", "database"),
            ("parameters", "parameters"),
            ("api_key_ids", "apiKeyIds"),
            ("roles", "roles"),
            ("allowed_origins", "allowedOrigins"),
            ("url", "url"),
        ];
        let mut fields = part::picked(&endpoint, &names);
        fields.insert("service_id", Json::from(service.as_str()));
        Some(Observed { values: part::typed(&SCHEMA, &fields), status: None, usable: true })
    }

    fn list(&self, answers: &dyn Answers) -> Listing {
        listing::within_services(answers, list, is_ours)
    }

    fn calls(&self, change: &Change<'_>) -> Vec<Call> {
        let (service, id) = part::both_ids(change);
        let path = format!("{}/{id}", all(service));
        let mut call = match change.operation {
            Operation::Create => Call::new("create", "queryApiEndpointCreate", Method::Post, all(service)),
            Operation::Update => Call::new("update", "queryApiEndpointUpdate", Method::Put, path),
            Operation::Delete => {
                let mut call = Call::new("delete", "queryApiEndpointDelete", Method::Delete, path);
                call.tolerance = Tolerance::Gone;
                return vec![call];
            }
        };
        call.body = Some(body(change));
        call.writes = change.changed.iter().cloned().collect();
        if change.operation == Operation::Create {
            call.identity = BTreeMap::from([("id".to_owned(), "/id".to_owned())]);
            // Looked for in the list, where it has the same id.
            call.shows = Some((list(service), String::new()));
        } else {
            call.shows = Some((one(service, id), String::new()));
        }
        vec![call]
    }

    fn effects(&self, change: &Change<'_>) -> Vec<Effect> {
        let unavailable = |text: &str| vec![Effect::new(EffectSort::Unavailable, text)];
        match change.operation {
            Operation::Create => Vec::new(),
            Operation::Delete => unavailable("its address is gone: programs that call it get no answers"),
            Operation::Update if change.changes_any(&["api_key_ids", "roles", "allowed_origins"]) => {
                unavailable("keys, roles and origins that are taken out are refused from then on")
            }
            Operation::Update if change.changes_any(&["sql", "database", "parameters"]) => {
                vec![Effect::new(EffectSort::Notice, "callers get the new query's answers at once")]
            }
            Operation::Update => Vec::new(),
        }
    }

    fn traits(&self, body: &Json) -> BTreeMap<String, String> {
        super::trace::texts(body, &["name", "database"])
    }

    /// Several may have one name, so that time and what was there before decide.
    fn alike(&self, answer: &Json, traits: &BTreeMap<String, String>) -> Vec<Alike> {
        super::trace::with_texts(answer, traits, "createdAt")
    }

    fn deletion_ranks(&self, observed: &Observed) -> Vec<(String, u32)> {
        part::deletion_ranks(observed)
    }
}

/// All of it, as the API wants it each time.
fn body(change: &Change<'_>) -> crate::call::Body {
    let mut f = Fields::of(change);
    let parameters = f
        .take("parameters", "parameters")
        .map(|map| map.entries().map(|(k, v)| (k.to_string(), v.as_str().unwrap_or_default().to_owned())).collect());
    let keys = f.texts("apiKeyIds", "api_key_ids").unwrap_or_default();
    let wire = wire::PublicQueryApiEndpointRequest {
        name: f.text("name", "name").unwrap_or_default(),
        sql: f.text("sql", "sql").unwrap_or_default(),
        database: f.text("database", "database").unwrap_or_default(),
        parameters,
        api_key_ids: keys.iter().filter_map(|id| id.parse().ok()).collect(),
        roles: f.texts("roles", "roles").unwrap_or_default(),
        allowed_origins: f.texts("allowedOrigins", "allowed_origins"),
    };
    f.body.finish(&wire)
}
