//! The kind `service_transparent_data_encryption_key_association`: a customer's key that a service's data is encrypted with.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;
use std::time::Duration;

use clickhouse_cloud_api::models as wire;
use serde_json::Value as Json;

use super::body::Fields;
use super::checker::Checker;
use super::service::{list, service_of};
use super::{
    Among, Answers, Change, Claim, Effect, EffectSort, Finding, Identity, Kind, Listing, Neighbour, Observed,
    Operation, RuleContext, part,
};
use crate::call::{Call, Method, Read, Until, Wait};
use crate::lang::value::Value;
use crate::schema::{AttrType, Attribute, Schema};

pub struct KeyAssociation;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    Schema::new(
        "service_transparent_data_encryption_key_association",
        1,
        "A customer's key for a service with transparent data encryption. Nothing can be put in its place but another key: \
         destroying the block leaves the key in use.",
        vec![
            part::service_id(),
            Attribute::required(
                "key_id",
                AttrType::String,
                "The key: an ARN on AWS, a resource path on GCP. The role in `transparent_data_encryption.role_id` of the \
                 service has to be let at it first.",
            ),
            part::own_id(),
        ],
    )
});

const TIMEOUT: Duration = Duration::from_secs(60 * 60);

impl Kind for KeyAssociation {
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
        part::claim(values, "the encryption key of this service")
    }

    fn check(&self, context: &RuleContext<'_>) -> Vec<Finding> {
        let mut c = Checker::of(context);
        if matches!(c.tier(), Some("basic" | "scale")) {
            c.needs("HW1027", "key_id", "A key of one's own", "enterprise");
        }
        c.findings
    }

    fn check_among<'a>(&self, context: &RuleContext<'_>, _this: &Neighbour<'a>, among: &Among<'a>) -> Vec<Finding> {
        let mut c = Checker::of(context);
        let owner = part::owner(&c, among);
        let enabled = owner.as_ref().map(|o| match o.gives("transparent_data_encryption.enabled") {
            Some(value) if value.is_known() => value.as_bool().unwrap_or(false),
            // Of a service that is still to be made, what is not stated is off.
            _ => false,
        });
        let seen = || {
            let item = among.item(&list(), c.text("service_id")?)?;
            item.get("hasTransparentDataEncryption").and_then(Json::as_bool)
        };
        if enabled.or_else(seen) != Some(false) {
            return c.findings;
        }
        let detail = "A key can be given only to a service with transparent data encryption, and that is decided when the \
                      service is created.";
        let help = "Create the service with transparent_data_encryption = { enabled = true }, or remove the block.";
        c.error("HW1027", &["service_id"], "The service is not encrypted", detail, help);
        if let Some(owner) = owner {
            c.beside(&owner, "transparent_data_encryption", "not switched on here");
        }
        c.findings
    }

    fn reads(&self, identity: &Identity, _wanted: &BTreeSet<&str>) -> Vec<Read> {
        if identity.is_empty() { Vec::new() } else { vec![list()] }
    }

    fn observe(&self, identity: &Identity, answers: &dyn Answers) -> Option<Observed> {
        let service = service_of(identity, answers)?;
        let key =
            service.get("transparentDataEncryptionKeyId").filter(|k| k.as_str().is_some_and(|k| !k.is_empty()))?;
        part::observed(&SCHEMA, identity, [("key_id", key.clone())].into())
    }

    fn calls(&self, change: &Change<'_>) -> Vec<Call> {
        if change.operation == Operation::Delete {
            return Vec::new();
        }
        let mut f = Fields::of(change);
        let key = f.text("transparentDataEncryptionKeyId", "key_id");
        let wire = wire::ServicePatchRequest { transparent_data_encryption_key_id: key, ..Default::default() };
        let mut call = Call::new("rotate", "instanceUpdate", Method::Patch, part::path(part::id(change), ""));
        call.body = Some(f.body.finish(&wire));
        call.shows = Some((list(), String::new()));
        call.writes = change.changed.iter().cloned().collect();
        call.wait = Some(until_up());
        vec![call]
    }

    fn effects(&self, change: &Change<'_>) -> Vec<Effect> {
        vec![match change.operation {
            Operation::Delete => Effect::new(
                EffectSort::Notice,
                "the key stays in use: the platform has no way back to a key of its own",
            ),
            _ => Effect::new(EffectSort::Restart, "the service restarts to use the key, which takes several minutes"),
        }]
    }

    fn list(&self, answers: &dyn Answers) -> Listing {
        part::list(self, part::Whose::Every, answers, part::always)
    }

    fn deletion_ranks(&self, observed: &Observed) -> Vec<(String, u32)> {
        part::deletion_ranks(observed)
    }
}

/// A service that cannot reach its key stops: that must be noticed.
fn until_up() -> Wait {
    let good = ["running", "idle", "partially_running", "awaking", "stopped", "stopping"];
    let why = "it may not reach the key: check that the role of `transparent_data_encryption.role_id` may use it";
    let bad = BTreeMap::from([("failed".to_owned(), why.to_owned()), ("degraded".to_owned(), why.to_owned())]);
    let until = Until::Field { pointer: "/state".to_owned(), good: good.map(str::to_owned).to_vec(), bad };
    // The answer shows how the service is; where that is up already, nothing is left to wait for.
    let what = "until it is usable with the key".to_owned();
    Wait { read: list(), until, timeout: TIMEOUT, typical: Duration::ZERO, what }
}
