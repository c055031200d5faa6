//! The data source `private_endpoint_config`: what private endpoints in a region connect to.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::{DataSource, Look, found};
use crate::call::Read;
use crate::kinds::Answers;
use crate::lang::value::Value;
use crate::schema::{AttrType, Attribute, Schema};

pub struct PrivateEndpointConfig;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    Schema::new(
        "private_endpoint_config",
        1,
        "The endpoint service of a region; the organization has to have a service there. That of one service is told by its \
         `private_endpoint_config`, with its host name.",
        vec![
            Attribute::required("cloud_provider", AttrType::String, "`aws`, `gcp` or `azure`."),
            Attribute::required("region", AttrType::String, "Region within the cloud."),
            Attribute::computed(
                "endpoint_service_id",
                AttrType::String,
                "The service that private endpoints connect to.",
            ),
        ],
    )
});

fn read(cloud: &str, region: &str) -> Read {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("cloud_provider", cloud)
        .append_pair("region_id", region)
        .finish();
    let path = format!("/v1/organizations/{{organizationId}}/privateEndpointConfig?{query}");
    Read::one("organizationPrivateEndpointConfigGetList", path)
}

impl DataSource for PrivateEndpointConfig {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn look(&self, arguments: &Value, _wanted: &BTreeSet<&str>, answers: &dyn Answers) -> Look {
        let text = |name: &str| arguments.get(name).and_then(Value::as_str).unwrap_or_default();
        let (cloud, region) = (text("cloud_provider"), text("region"));
        let read = read(cloud, region);
        if !answers.holds(&read) {
            return Look::Ask(vec![read]);
        }
        match answers.get(&read) {
            Some(config) => {
                let id = config.get("endpointServiceId").cloned().unwrap_or_default();
                found(&SCHEMA, arguments, [("endpoint_service_id", id)])
            }
            None => Look::Missing {
                attribute: "region",
                detail: format!("There is no endpoint service in {region} of {cloud}."),
                help: "Make a service there first.".to_owned(),
            },
        }
    }
}
