//! The data source `service_profiles`: the instance profiles that services of a region can have.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::{DataSource, Look, found, list_of};
use crate::call::Read;
use crate::kinds::Answers;
use crate::lang::value::Value;
use crate::schema::{AttrType, Attribute, Schema};

pub struct ServiceProfiles;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    let profile = vec![
        Attribute::computed("profile", AttrType::String, "Name, for `profile` of a service."),
        Attribute::computed("cpu_cores", AttrType::Number, "vCPUs of one replica."),
        Attribute::computed(
            "memory_gi",
            AttrType::Number,
            "Memory of one replica, in GiB; both memory bounds of a BYOC service.",
        ),
    ];
    Schema::new(
        "service_profiles",
        1,
        "The instance profiles that services of a region can have, or those of a BYOC infrastructure.",
        vec![
            Attribute::required("region_id", AttrType::String, "Region, such as `us-east-1`."),
            Attribute::optional(
                "byoc_id",
                AttrType::String,
                "BYOC infrastructure; its profiles are told only with it.",
            ),
            Attribute::computed("profiles", AttrType::List(Box::new(AttrType::Object(profile))), "The profiles."),
        ],
    )
});

fn read(region: &str, byoc: Option<&str>) -> Read {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("region_id", region);
    byoc.map(|id| query.append_pair("byoc_id", id));
    let path = format!("/v1/organizations/{{organizationId}}/serviceProfiles?{}", query.finish());
    Read::one("serviceProfilesList", path)
}

impl DataSource for ServiceProfiles {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn look(&self, arguments: &Value, _wanted: &BTreeSet<&str>, answers: &dyn Answers) -> Look {
        let text = |name: &str| arguments.get(name).and_then(Value::as_str);
        let read = read(text("region_id").unwrap_or_default(), text("byoc_id"));
        if !answers.holds(&read) {
            return Look::Ask(vec![read]);
        }
        let names = [("profile", "profile"), ("cpu_cores", "cpuCores"), ("memory_gi", "memoryGi")];
        match answers.get(&read).filter(|answer| answer.is_array()) {
            Some(profiles) => found(&SCHEMA, arguments, [("profiles", list_of(&profiles, &names))]),
            None => Look::Missing {
                attribute: if text("byoc_id").is_some() { "byoc_id" } else { "region_id" },
                detail: "The organization has no such infrastructure, or there is no such region.".to_owned(),
                help: "Compare them with the console's.".to_owned(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_infrastructure_is_asked_for_where_one_is_named() {
        assert!(read("us-east-1", None).path.ends_with("/serviceProfiles?region_id=us-east-1"));
        assert!(read("us-east-1", Some("a b")).path.ends_with("?region_id=us-east-1&byoc_id=a+b"));
    }
}
