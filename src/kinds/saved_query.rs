//! The kind `saved_query`: a named query of a service, for the SQL console.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use clickhouse_cloud_api::models as wire;
use serde_json::Value as Json;

use super::body::Fields;
use super::checker::Checker;
use super::{
    Alike, Answers, Change, Effect, Finding, Identity, Kind, Listing, Observed, Operation, RuleContext, listing, part,
};
use crate::call::{Call, Method, Read, Tolerance};
use crate::lang::value::Value;
use crate::schema::{AttrType, Attribute, Schema};

pub struct SavedQuery;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    let text = |name, doc| Attribute::required(name, AttrType::String, doc);
    Schema::new(
        "saved_query",
        1,
        "A named SQL query of a service, which can be opened and run in the SQL console.",
        vec![
            part::service_id(),
            text("name", "Name, unique in the service."),
            text("sql", "The query, at most 4 MiB."),
            text("database", "Database it is run in."),
            Attribute::optional(
                "parameters",
                AttrType::Map(Box::new(AttrType::String)),
                "Values of its parameters, where nobody gives others.",
            )
            .resets_to("none"),
            Attribute::computed("id", AttrType::String, "Id of the query."),
        ],
    )
});

/// Most bytes of a query (PublicSavedQueryRequest.sql).
const LONGEST: usize = 4_194_304;

fn all(service: &str) -> String {
    part::path(service, "/saved-queries")
}

fn list(service: &str) -> Read {
    Read::list("savedQueryList", all(service))
}

fn one(service: &str, id: &str) -> Read {
    Read::one("savedQueryGet", format!("{}/{id}", all(service)))
}

impl Kind for SavedQuery {
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
        if c.text("name").is_some_and(str::is_empty) {
            let detail = "A saved query is found by its name.";
            c.error("HW1065", &["name"], "The query has no name", detail, "Write one.");
        }
        if c.text("sql").is_some_and(|sql| sql.len() > LONGEST) {
            let detail = "A saved query has at most 4 MiB.";
            c.error("HW1065", &["sql"], "The query is too long", detail, "Shorten it.");
        }
        c.findings
    }

    fn reads(&self, identity: &Identity, _wanted: &BTreeSet<&str>) -> Vec<Read> {
        let Some(service) = identity.get("service_id") else { return Vec::new() };
        vec![identity.get("id").map_or_else(|| list(service), |id| one(service, id))]
    }

    fn observe(&self, identity: &Identity, answers: &dyn Answers) -> Option<Observed> {
        let (service, id) = (identity.get("service_id")?, identity.get("id")?);
        let query = answers.get(&one(service, id))?;
        let names =
            [("id", "id"), ("name", "name"), ("sql", "sql"), ("database", "database"), ("parameters", "parameters")];
        let mut fields = part::picked(&query, &names);
        fields.insert("service_id", Json::from(service.as_str()));
        Some(Observed { values: part::typed(&SCHEMA, &fields), status: None, usable: true })
    }

    fn list(&self, answers: &dyn Answers) -> Listing {
        listing::within_services(answers, list, |_| true)
    }

    fn calls(&self, change: &Change<'_>) -> Vec<Call> {
        let (service, id) = part::both_ids(change);
        let path = format!("{}/{id}", all(service));
        let mut call = match change.operation {
            Operation::Create => Call::new("create", "savedQueryCreate", Method::Post, all(service)),
            Operation::Update => Call::new("update", "savedQueryUpdate", Method::Put, path),
            Operation::Delete => {
                let mut call = Call::new("delete", "savedQueryDelete", Method::Delete, path);
                call.tolerance = Tolerance::Gone;
                return vec![call];
            }
        };
        let mut f = Fields::of(change);
        let parameters = f.take("parameters", "parameters").map(|map| {
            map.entries().map(|(k, v)| (k.to_string(), v.as_str().unwrap_or_default().to_owned())).collect()
        });
        let wire = wire::PublicSavedQueryRequest {
            name: f.text("name", "name").unwrap_or_default(),
            sql: f.text("sql", "sql").unwrap_or_default(),
            database: f.text("database", "database").unwrap_or_default(),
            parameters,
        };
        call.body = Some(f.body.finish(&wire));
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

    fn effects(&self, _change: &Change<'_>) -> Vec<Effect> {
        Vec::new()
    }

    fn traits(&self, body: &Json) -> BTreeMap<String, String> {
        super::trace::texts(body, &["name"])
    }

    /// The platform takes a name once in a service.
    fn alike(&self, answer: &Json, traits: &BTreeMap<String, String>) -> Vec<Alike> {
        let all = super::trace::with_texts(answer, traits, "createdAt");
        all.into_iter().map(|alike| Alike { only: true, ..alike }).collect()
    }

    fn deletion_ranks(&self, observed: &Observed) -> Vec<(String, u32)> {
        part::deletion_ranks(observed)
    }
}
