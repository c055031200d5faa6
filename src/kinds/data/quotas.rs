//! The data source `quotas`: limits of the organization, and how much of them is used.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde_json::{Value as Json, json};

use super::{DataSource, Look};
use crate::call::Read;
use crate::kinds::{Answers, part};
use crate::lang::value::Value;
use crate::schema::{AttrType, Attribute, Schema};

pub struct Quotas;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    use AttrType::{Bool, Number, String};
    let part = |name, ty, doc| Attribute::computed(name, ty, doc);
    let quota = vec![
        part("code", String, "Code, such as `services-per-organization`."),
        part("name", String, "Name for people."),
        part("description", String, "What is limited."),
        part("scope", String, "`organization` or `warehouse`: what each limit is one of."),
        part("value", Number, "The limit."),
        part("usage", Number, "How much is used, where that is counted."),
        part("adjustable", Bool, "Whether ClickHouse support can raise it."),
    ];
    Schema::new(
        "quotas",
        1,
        "The limits of the organization.",
        vec![Attribute::computed(
            "quotas",
            AttrType::Map(Box::new(AttrType::Object(quota))),
            "The limits by their codes. A limit that does not exist is not among them.",
        )],
    )
});

impl DataSource for Quotas {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn look(&self, _arguments: &Value, _wanted: &BTreeSet<&str>, answers: &dyn Answers) -> Look {
        let read = Read::list("organizationQuotasGetList", "/v1/organizations/{organizationId}/quotas");
        if !answers.holds(&read) {
            return Look::Ask(vec![read]);
        }
        const NAMES: [(&str, &str); 7] = [
            ("code", "quotaCode"),
            ("name", "name"),
            ("description", "description"),
            ("scope", "scope"),
            ("value", "value"),
            ("usage", "usage"),
            ("adjustable", "adjustable"),
        ];
        let answer = answers.get(&read);
        let all = answer.as_deref().and_then(Json::as_array).into_iter().flatten();
        let quota =
            |quota: &Json| Some((quota.get("quotaCode")?.as_str()?.to_owned(), json!(part::picked(quota, &NAMES))));
        let quotas: BTreeMap<String, Json> = all.filter_map(quota).collect();
        Look::Found(part::typed(&SCHEMA, &[("quotas", json!(quotas))].into()))
    }
}
