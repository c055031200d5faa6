//! What an organization has to be entitled to for a call, where no tier decides it and the API does not tell it.
//!
//! A plan names these as unverified: they are no mistakes, and a refusal comes only with the call. Must not know any
//! organization.

use serde_json::Value as Json;

use crate::call::Call;

/// Memory of one replica, and of three together, in GB, that every organization may have (ServicePostRequest).
const USUAL_MEMORY: [(&str, f64); 2] = [("/maxReplicaMemoryGb", 120.0), ("/maxTotalMemoryGb", 360.0)];

/// What the call needs, in words.
pub fn of(call: &Call) -> Vec<&'static str> {
    let mut needed = Vec::new();
    match call.operation.as_str() {
        "scalingScheduleUpsert" => needed.push("scheduled scaling"),
        "upgradeWindowUpdate" => needed.push("scheduled upgrades"),
        _ => {}
    }
    let Some(body) = call.body.as_ref().map(|body| &body.json) else { return needed };
    let windows = body.get("entries").and_then(Json::as_array).into_iter().flatten();
    let is_horizontal = |part: &Json| part.get("autoscalingMode").and_then(Json::as_str) == Some("horizontal");
    if windows.chain([body]).any(is_horizontal) {
        needed.push("horizontal autoscaling, a private preview");
    }
    // In an infrastructure of one's own sizes are those of its nodes.
    let elsewhere = body.get("byocId").is_some();
    let large =
        |(pointer, usual): (&str, f64)| body.pointer(pointer).and_then(Json::as_f64).is_some_and(|gb| gb > usual);
    if !elsewhere && USUAL_MEMORY.into_iter().any(large) {
        needed.push("replicas above 120 GB, which only paying organizations have");
    }
    needed
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::call::{Body, BodyBuilder, Method};

    fn needed(operation: &str, body: &Json) -> Vec<&'static str> {
        let mut call = Call::new("step", operation, Method::Post, String::new());
        call.body = Some(Body { ..BodyBuilder::default().finish(body) });
        of(&call)
    }

    #[test]
    fn what_no_tier_decides_is_named() {
        assert_eq!(needed("instanceCreate", &json!({ "maxReplicaMemoryGb": 120 })), Vec::<&str>::new());
        let large = json!({ "maxReplicaMemoryGb": 236 });
        assert_eq!(needed("instanceCreate", &large), ["replicas above 120 GB, which only paying organizations have"]);
        assert!(needed("instanceCreate", &json!({ "maxReplicaMemoryGb": 236, "byocId": "x" })).is_empty());
        let windows = json!({ "entries": [{ "autoscalingMode": "horizontal" }] });
        let both = ["scheduled scaling", "horizontal autoscaling, a private preview"];
        assert_eq!(needed("scalingScheduleUpsert", &windows), both);
        assert_eq!(needed("upgradeWindowUpdate", &json!({})), ["scheduled upgrades"]);
    }
}
