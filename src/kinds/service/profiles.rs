//! Whether a service fits the BYOC infrastructure it is to run in: asked while planning, since each has sizes of its own.

use serde_json::Value as Json;

use crate::call::Read;
use crate::diag::{Code, Severity};
use crate::kinds::byoc_infrastructure::observe;
use crate::kinds::{Change, Finding, Foresight, Operation};
use crate::lang::value::Value;

const MEMORY: [&str; 2] = ["min_replica_memory_gb", "max_replica_memory_gb"];

/// The sizes that an infrastructure offers.
fn offered(infrastructure: &str) -> Read {
    let path = format!("/v1/organizations/{{organizationId}}/serviceProfiles?byoc_id={infrastructure}");
    Read::list("serviceProfilesList", path)
}

/// Nothing is asked while the infrastructure is not there yet.
pub(super) fn foresee(change: &Change<'_>) -> Foresight {
    let concerned = change.operation == Operation::Create || change.changes_any(&MEMORY);
    let id = change.get("byoc_id").filter(|_| concerned).and_then(Value::as_str);
    let Some(id) = id.filter(|id| !id.is_empty()) else { return Foresight::default() };
    let known = observe::list();
    let Some(all) = change.answers.get(&known) else { return Foresight::Ask(vec![known]) };
    let Some(infrastructure) = change.answers.item(&known, id) else { return Foresight::Told(vec![missing(id, &all)]) };
    let sizes = offered(id);
    let Some(sizes) = change.answers.get(&sizes) else { return Foresight::Ask(vec![sizes]) };
    let mut findings: Vec<Finding> = place(change, &infrastructure).into_iter().collect();
    findings.extend(size(change, &sizes));
    Foresight::Told(findings)
}

fn finding(code: &'static str, attributes: &[&'static str], texts: [String; 3]) -> Finding {
    let [summary, detail, help] = texts;
    Finding {
        code: Code(code),
        severity: Severity::Error,
        attributes: attributes.iter().map(ToString::to_string).collect(),
        beside: Vec::new(),
        summary,
        detail,
        help,
    }
}

fn text<'j>(of: &'j Json, field: &str) -> &'j str {
    of.get(field).and_then(Json::as_str).unwrap_or_default()
}

fn missing(id: &str, all: &Json) -> Finding {
    let known: Vec<&str> = all.as_array().into_iter().flatten().map(|i| text(i, "id")).collect();
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    finding(
        "HW1036",
        &["byoc_id"],
        [
            format!("There is no BYOC infrastructure {id}"),
            format!("The organization has these: {known}."),
            "Refer to the infrastructure's block: byoc_id = byoc_infrastructure.NAME.id".to_owned(),
        ],
    )
}

/// It has to be ready, and in the region of the service.
fn place(change: &Change<'_>, infrastructure: &Json) -> Option<Finding> {
    let (state, region) = (text(infrastructure, "state"), text(infrastructure, "regionId"));
    if ["infra-provisioning", "infra-terminating", "infra-terminated"].contains(&state) {
        return Some(finding(
            "HW1036",
            &["byoc_id"],
            [
                format!("The BYOC infrastructure is {state}"),
                "A service can be made in it once it is ready.".to_owned(),
                "Wait until it is, or refer to its block, so that the apply waits.".to_owned(),
            ],
        ));
    }
    let stated = change.get("region").and_then(Value::as_str)?;
    (stated != region && change.operation == Operation::Create).then(|| {
        finding(
            "HW1036",
            &["region", "byoc_id"],
            [
                format!("The BYOC infrastructure is in {region}, not in {stated}"),
                "A service runs in the region of its infrastructure.".to_owned(),
                "Write region = byoc_infrastructure.NAME.region_id.".to_owned(),
            ],
        )
    })
}

/// A profile has one size, and without one the size tells the profile.
fn size(change: &Change<'_>, sizes: &Json) -> Option<Finding> {
    let all = sizes.as_array()?;
    let memory = |profile: &Json| profile.get("memoryGi").and_then(Json::as_i64);
    let list = all.iter().filter_map(|p| Some(format!("{} ({} GB)", text(p, "profile"), memory(p)?)));
    let list = list.collect::<Vec<_>>().join(", ");
    let wanted = change.get("profile").and_then(Value::as_str);
    let fitting: Vec<i64> =
        all.iter().filter(|p| wanted.is_none_or(|w| text(p, "profile") == w)).filter_map(memory).collect();
    if let Some(wanted) = wanted.filter(|_| fitting.is_empty()) {
        return Some(finding(
            "HW1034",
            &["profile"],
            [
                format!("The BYOC infrastructure has no profile `{wanted}`"),
                format!("It offers {list}."),
                "Write one of these, or leave `profile` out.".to_owned(),
            ],
        ));
    }
    let stray =
        |name: &&'static str| change.get(name).and_then(Value::as_i64).is_some_and(|size| !fitting.contains(&size));
    let attribute = MEMORY.into_iter().find(|name| stray(name))?;
    Some(finding(
        "HW1034",
        &[attribute],
        [
            format!("`{attribute}` is no size of the BYOC infrastructure"),
            format!("It offers {list}."),
            match wanted {
                Some(profile) => format!("Write the size of the profile {profile}, in both bounds."),
                None => "Write one of these sizes, in both bounds.".to_owned(),
            },
        ],
    ))
}
