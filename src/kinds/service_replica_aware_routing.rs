//! The kind `service_replica_aware_routing`: whether connections to a service stick to a replica.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use clickhouse_cloud_api::models as wire;

use super::body::Fields;
use super::checker::Checker;
use super::{
    Answers, Change, Claim, Effect, EffectSort, Finding, Identity, Kind, Listing, Observed, Operation, RuleContext,
    part,
};
use crate::call::{BodyBuilder, Call, Method, Read, Tolerance};
use crate::lang::value::Value;
use crate::schema::{AttrType, Attribute, Schema, at_path};

pub struct ReplicaAwareRouting;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    Schema::new(
        "service_replica_aware_routing",
        1,
        "Whether connections to a service stick to a replica. Destroying the block switches off what it switched on.",
        vec![
            part::service_id(),
            Attribute::optional(
                "http_enabled",
                AttrType::Bool,
                "Over HTTP: clients then have to send the header `X-ClickHouse-Replica-Tag`.",
            )
            .extension("API operation replicaAwareRoutingUpdate"),
            Attribute::optional("native_enabled", AttrType::Bool, "Over the native protocol.")
                .extension("API operation replicaAwareRoutingUpdate"),
            part::own_id(),
        ],
    )
});

const PLACE: &str = "/replicaAwareRouting";
const SWITCHES: [&str; 2] = ["http_enabled", "native_enabled"];

fn read(id: &str) -> Read {
    Read::one("replicaAwareRoutingGet", part::path(id, PLACE))
}

impl Kind for ReplicaAwareRouting {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn holds_data(&self) -> bool {
        false
    }

    fn located(&self, values: &Value) -> Identity {
        part::located(values)
    }

    fn claims(&self, values: &Value) -> Vec<Claim> {
        part::claim(values, "the routing of this service")
    }

    fn check(&self, context: &RuleContext<'_>) -> Vec<Finding> {
        let mut c = Checker::of(context);
        if !SWITCHES.iter().any(|name| c.set(name)) {
            let detail = "Neither `http_enabled` nor `native_enabled` is stated.";
            c.error("HW1072", &[], "The block says nothing", detail, "State one of them, or remove the block.");
        }
        c.findings
    }

    fn reads(&self, identity: &Identity, _wanted: &BTreeSet<&str>) -> Vec<Read> {
        identity.get("id").map(|id| read(id)).into_iter().collect()
    }

    fn observe(&self, identity: &Identity, answers: &dyn Answers) -> Option<Observed> {
        let routing = answers.get(&read(identity.get("id")?))?;
        let names = [("http_enabled", "httpEnabled"), ("native_enabled", "nativeEnabled")];
        part::observed(&SCHEMA, identity, part::picked(&routing, &names))
    }

    fn calls(&self, change: &Change<'_>) -> Vec<Call> {
        let mut call =
            Call::new("set", "replicaAwareRoutingUpdate", Method::Patch, part::path(part::id(change), PLACE));
        let body = match change.operation {
            Operation::Delete => {
                let on = |name: &str| at_path(change.applied, name).and_then(Value::as_bool) == Some(true);
                let off = |name: &str| {
                    (on(name) && change.current(name).and_then(Value::as_bool) == Some(true)).then_some(false)
                };
                let wire = wire::ReplicaAwareRoutingPatchRequest {
                    http_enabled: off(SWITCHES[0]),
                    native_enabled: off(SWITCHES[1]),
                };
                if wire.http_enabled.is_none() && wire.native_enabled.is_none() {
                    return Vec::new();
                }
                call.tolerance = Tolerance::Gone;
                BodyBuilder::default().finish(&wire)
            }
            Operation::Create | Operation::Update => {
                let mut f = Fields::of(change);
                let wire = wire::ReplicaAwareRoutingPatchRequest {
                    http_enabled: f.flag("httpEnabled", SWITCHES[0]).filter(|_| change.changes(SWITCHES[0])),
                    native_enabled: f.flag("nativeEnabled", SWITCHES[1]).filter(|_| change.changes(SWITCHES[1])),
                };
                f.body.finish(&wire)
            }
        };
        call.body = Some(body);
        call.shows = Some((read(part::id(change)), String::new()));
        call.writes = change.changed.iter().cloned().collect();
        vec![call]
    }

    fn effects(&self, change: &Change<'_>) -> Vec<Effect> {
        let turns = change.changes(SWITCHES[0]).then(|| change.get(SWITCHES[0]).and_then(Value::as_bool)).flatten();
        let text = match (change.operation, turns) {
            (Operation::Delete, _) | (_, Some(false)) => "HTTP clients are spread over all replicas again",
            (_, Some(true)) => "HTTP clients have to send the header X-ClickHouse-Replica-Tag from then on",
            _ => return Vec::new(),
        };
        vec![Effect::new(EffectSort::Notice, text)]
    }

    fn list(&self, answers: &dyn Answers) -> Listing {
        part::list(self, part::Whose::Every, answers, part::always)
    }

    fn is_usual(&self, path: &str, observed: &Observed) -> bool {
        observed.get(path).and_then(Value::as_bool) == Some(false)
    }

    fn deletion_ranks(&self, observed: &Observed) -> Vec<(String, u32)> {
        part::deletion_ranks(observed)
    }
}
