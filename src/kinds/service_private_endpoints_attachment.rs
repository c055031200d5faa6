//! The kind `service_private_endpoints_attachment`: private endpoints that may reach a service. Those of others are never
//! touched.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use clickhouse_cloud_api::models as wire;
use serde_json::Value as Json;

use super::body::Fields;
use super::checker::Checker;
use super::service::{list, service_of};
use super::{
    Among, Answers, Change, Claim, Effect, EffectSort, Finding, Identity, Kind, Listing, Neighbour, Observed,
    Operation, RuleContext, part,
};
use crate::call::{Call, Method, Read, Tolerance};
use crate::lang::value::Value;
use crate::schema::{AttrType, Attribute, Schema, at_path};

pub struct PrivateEndpointsAttachment;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    Schema::new(
        "service_private_endpoints_attachment",
        1,
        "Private endpoints that may reach a service. Several blocks may attach endpoints to one service.",
        vec![
            part::service_id(),
            Attribute::optional(
                "private_endpoint_ids",
                AttrType::List(Box::new(AttrType::String)),
                "Ids as the cloud gives them: `vpce-…` of AWS, a connection id of GCP, a resource id of Azure. Their order \
                 does not matter; endpoints that others attached stay.",
            )
            .set_of(part::same_endpoint)
            .shared()
            .resets_to("none of these"),
            part::own_id(),
        ],
    )
});

fn ids(list: Option<&Value>) -> Vec<String> {
    list.into_iter().flat_map(Value::elements).filter_map(Value::as_str).map(str::to_owned).collect()
}

fn holds(list: &[String], id: &str) -> bool {
    list.iter().any(|other| other.eq_ignore_ascii_case(id))
}

impl Kind for PrivateEndpointsAttachment {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn holds_data(&self) -> bool {
        false
    }

    fn located(&self, values: &Value) -> Identity {
        part::located(values)
    }

    fn is_divisible(&self) -> bool {
        true
    }

    fn claims(&self, values: &Value) -> Vec<Claim> {
        let Some(service) = values.get("service_id") else { return Vec::new() };
        let stated = values.get("private_endpoint_ids").into_iter().flat_map(Value::elements).enumerate();
        let claim =
            |(index, id): (usize, &Value)| part::attachment(service, id, format!("private_endpoint_ids.{index}"));
        stated.map(claim).collect()
    }

    fn check(&self, context: &RuleContext<'_>) -> Vec<Finding> {
        let mut c = Checker::of(context);
        for (index, id) in endpoints(context).into_iter().enumerate() {
            if let Some(id) = id.filter(|id| provider_of(id).is_none()) {
                let detail =
                    "AWS gives vpce- with 8 to 17 hexadecimal digits, GCP a number, and Azure a resource id or GUID.";
                let place = format!("private_endpoint_ids.{index}");
                c.error("HW1050", &[&place], format!("`{id}` is no private endpoint"), detail, "Correct the id.");
            }
        }
        if c.tier() == Some("basic") && c.set("private_endpoint_ids") {
            c.needs("HW1033", "private_endpoint_ids", "A private endpoint", "scale");
        }
        c.findings
    }

    fn check_among<'a>(&self, context: &RuleContext<'_>, _this: &Neighbour<'a>, among: &Among<'a>) -> Vec<Finding> {
        let mut c = Checker::of(context);
        let Some(owner) = part::owner(&c, among) else { return Vec::new() };
        let Some(cloud) = owner.gives("cloud_provider").and_then(Value::as_str) else { return Vec::new() };
        for (index, id) in endpoints(context).into_iter().enumerate() {
            let Some(found) = id.and_then(provider_of).filter(|found| *found != cloud) else { continue };
            let place = format!("private_endpoint_ids.{index}");
            let summary = format!("This is a private endpoint of {found}, and the service runs in {cloud}");
            c.error("HW1050", &[&place], summary, "An endpoint reaches services of its own cloud.", "Correct the id.");
            c.beside(&owner, "cloud_provider", "the service's cloud");
        }
        c.findings
    }

    fn reads(&self, identity: &Identity, _wanted: &BTreeSet<&str>) -> Vec<Read> {
        if identity.is_empty() { Vec::new() } else { vec![list()] }
    }

    fn observe(&self, identity: &Identity, answers: &dyn Answers) -> Option<Observed> {
        let service = service_of(identity, answers)?;
        let attached = service.get("privateEndpointIds").cloned().unwrap_or(Json::Array(Vec::new()));
        part::observed(&SCHEMA, identity, [("private_endpoint_ids", attached)].into())
    }

    fn calls(&self, change: &Change<'_>) -> Vec<Call> {
        let mut f = Fields::of(change);
        let stated = match change.operation {
            Operation::Delete => None,
            _ => f.take("privateEndpointIds", "private_endpoint_ids"),
        };
        let (want, have) = (ids(stated), ids(change.current("private_endpoint_ids")));
        let ours = ids(at_path(change.applied, "private_endpoint_ids"));
        let add = want.iter().filter(|id| !holds(&have, id)).cloned().collect();
        let remove = have.iter().filter(|id| holds(&ours, id) && !holds(&want, id)).cloned().collect();
        let patch = wire::InstancePrivateEndpointsPatch { add, remove };
        let unknown = change.get("private_endpoint_ids").is_some_and(|v| !v.is_wholly_known());
        if !unknown && patch.add.is_empty() && patch.remove.is_empty() {
            return Vec::new();
        }
        let wire = wire::ServicePatchRequest { private_endpoint_ids: Some(patch), ..Default::default() };
        let step = if change.operation == Operation::Delete { "detach" } else { "attach" };
        let mut call = Call::new(step, "instanceUpdate", Method::Patch, part::path(part::id(change), ""));
        if change.operation == Operation::Delete {
            call.tolerance = Tolerance::Gone;
        }
        call.body = Some(f.body.finish(&wire));
        call.shows = Some((list(), String::new()));
        call.writes = change.changed.iter().cloned().collect();
        vec![call]
    }

    fn effects(&self, change: &Change<'_>) -> Vec<Effect> {
        let stays = change.get("private_endpoint_ids");
        if stays.is_some_and(|v| !v.is_wholly_known()) {
            return Vec::new();
        }
        let (stays, ours) = (ids(stays), ids(at_path(change.applied, "private_endpoint_ids")));
        let gone: Vec<String> = ours.into_iter().filter(|id| !holds(&stays, id)).collect();
        if gone.is_empty() {
            return Vec::new();
        }
        let what = if change.hides("private_endpoint_ids") { "some endpoints".to_owned() } else { gone.join(", ") };
        vec![Effect::new(EffectSort::Unavailable, format!("connections through {what} are cut"))]
    }

    fn confirmation(&self, identity: &Identity) -> Option<(Read, Read)> {
        super::service::Service.confirmation(identity)
    }

    fn list(&self, answers: &dyn Answers) -> Listing {
        part::list(self, part::Whose::Every, answers, |seen| part::has_any(seen, "private_endpoint_ids"))
    }

    fn deletion_ranks(&self, observed: &Observed) -> Vec<(String, u32)> {
        part::deletion_ranks(observed)
    }
}

/// The stated ids, as far as they are known.
fn endpoints<'a>(context: &RuleContext<'a>) -> Vec<Option<&'a str>> {
    let list = context.get("private_endpoint_ids").filter(|v| v.is_known());
    list.into_iter().flat_map(Value::elements).map(Value::as_str).collect()
}

/// The cloud whose private endpoints have ids of this form.
fn provider_of(id: &str) -> Option<&'static str> {
    let aws = id
        .strip_prefix("vpce-")
        .is_some_and(|rest| (8..=17).contains(&rest.len()) && rest.chars().all(|digit| digit.is_ascii_hexdigit()));
    let gcp = !id.is_empty() && id.chars().all(|digit| digit.is_ascii_digit());
    let path = id.to_ascii_lowercase();
    let azure = uuid::Uuid::try_parse(id).is_ok()
        || (path.starts_with("/subscriptions/") && path.contains("/privateendpoints/"));
    [(aws, "aws"), (gcp, "gcp"), (azure, "azure")].into_iter().find(|(fits, _)| *fits).map(|(_, cloud)| cloud)
}
