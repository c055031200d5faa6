//! The data source `services`: all services of the organization, or those with certain tags.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde_json::Value as Json;

use super::service::{computed, value};
use super::{DataSource, Look};
use crate::kinds::Answers;
use crate::lang::value::Value;
use crate::schema::{AttrType, Attribute, Schema};

pub struct Services;

static ELEMENT: LazyLock<Vec<Attribute>> =
    LazyLock::new(|| [vec![Attribute::computed("id", AttrType::String, "Id.")], computed()].concat());

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    Schema::new(
        "services",
        1,
        "The services of the organization, or those that carry all of the given tags.",
        vec![
            Attribute::optional(
                "tags",
                AttrType::Map(Box::new(AttrType::String)),
                "Tags that a service must carry, all of them. Left out: every service.",
            ),
            Attribute::computed(
                "services",
                AttrType::List(Box::new(AttrType::Object(ELEMENT.clone()))),
                "The services, in the order of their ids. Their `private_endpoint_config` is null: look at one of them for it.",
            ),
        ],
    )
});

impl DataSource for Services {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn look(&self, arguments: &Value, _wanted: &BTreeSet<&str>, answers: &dyn Answers) -> Look {
        let list = crate::kinds::service::list();
        if !answers.holds(&list) {
            return Look::Ask(vec![list]);
        }
        let all = answers.get(&list);
        let wanted = arguments.get("tags");
        let carries = |service: &&Json| {
            let tags = crate::kinds::service::observe::tags(service);
            let mut wanted = wanted.into_iter().flat_map(Value::entries);
            wanted.all(|(key, value)| tags.get(&**key).and_then(Json::as_str) == value.as_str())
        };
        let found = all.as_deref().and_then(Json::as_array).into_iter().flatten().filter(carries);
        let by_id: BTreeMap<&str, Value> =
            found.filter_map(|s| Some((s.get("id").and_then(Json::as_str)?, value(s, None, &ELEMENT)))).collect();
        let element = AttrType::Object(ELEMENT.clone()).to_type().without_optional();
        let services = Value::list(element, by_id.into_values().collect());
        let tags = wanted.cloned().unwrap_or(Value::MISSING);
        Look::Found(Value::object([("services".into(), services), ("tags".into(), tags)].into()))
    }
}
