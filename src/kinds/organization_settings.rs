//! The kind `organization_settings`: what holds for the organization as a whole. There is always one of it.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use clickhouse_cloud_api::models as wire;

use super::body::Fields;
use super::checker::Checker;
use super::{
    Answers, Change, Effect, EffectSort, Finding, Identity, Kind, Listed, Listing, Observed, Operation, RuleContext,
    part,
};
use crate::call::{Call, Method, Read};
use crate::lang::value::Value;
use crate::schema::{AttrType, Attribute, Schema};

pub struct OrganizationSettings;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    Schema::new(
        "organization_settings",
        1,
        "Settings of the organization of the key. One block for an organization is enough; destroying it leaves the \
              settings as they are.",
        vec![
            Attribute::optional(
                "core_dumps_enabled",
                AttrType::Bool,
                "Whether services may collect core dumps. Where the organization does not, no service does.",
            ),
            Attribute::optional("name", AttrType::String, "Name of the organization.")
                .extension("API document, OrganizationPatchRequest.name"),
            Attribute::computed("id", AttrType::String, "Id of the organization."),
        ],
    )
});

/// The organization is that of the key: nothing else names it.
const THE_ONE: &str = "organization";

fn read() -> Read {
    Read::one("organizationGet", "/v1/organizations/{organizationId}")
}

fn the_one() -> Identity {
    Identity::from_iter([("id".to_owned(), THE_ONE.to_owned())])
}

impl Kind for OrganizationSettings {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn holds_data(&self) -> bool {
        false
    }

    fn located(&self, _values: &Value) -> Identity {
        the_one()
    }

    fn identify(&self, _id: &str) -> Identity {
        the_one()
    }

    fn check(&self, context: &RuleContext<'_>) -> Vec<Finding> {
        let mut c = Checker::of(context);
        if c.text("name").is_some_and(str::is_empty) {
            let detail = "The platform wants a name of at least one character.";
            c.error("HW1063", &["name"], "The organization has no name", detail, "Write one, or leave the line out.");
        }
        c.findings
    }

    fn reads(&self, _identity: &Identity, _wanted: &BTreeSet<&str>) -> Vec<Read> {
        vec![read()]
    }

    fn observe(&self, _identity: &Identity, answers: &dyn Answers) -> Option<Observed> {
        let organization = answers.get(&read())?;
        let names = [("id", "id"), ("name", "name"), ("core_dumps_enabled", "enableCoreDumps")];
        let values = part::typed(&SCHEMA, &part::picked(&organization, &names));
        Some(Observed { values, status: None, usable: true })
    }

    fn list(&self, answers: &dyn Answers) -> Listing {
        if !answers.holds(&read()) {
            return Listing::Ask(vec![read()]);
        }
        Listing::Found(vec![Listed::named(the_one(), "main".to_owned())])
    }

    fn is_usual(&self, path: &str, observed: &Observed) -> bool {
        path == "name" || observed.get(path).and_then(Value::as_bool) == Some(true)
    }

    fn calls(&self, change: &Change<'_>) -> Vec<Call> {
        if change.operation == Operation::Delete || change.changed.is_empty() {
            return Vec::new();
        }
        let mut f = Fields::of(change);
        let mut wire = wire::OrganizationPatchRequest::default();
        if change.changes("core_dumps_enabled") {
            wire.enable_core_dumps = f.flag("enableCoreDumps", "core_dumps_enabled");
        }
        if change.changes("name") {
            wire.name = f.text("name", "name");
        }
        let mut call = Call::new("update", "organizationUpdate", Method::Patch, read().path);
        call.body = Some(f.body.finish(&wire));
        call.shows = Some((read(), String::new()));
        call.writes = change.changed.iter().cloned().collect();
        vec![call]
    }

    fn effects(&self, change: &Change<'_>) -> Vec<Effect> {
        let off = change.changes("core_dumps_enabled")
            && change.get("core_dumps_enabled").and_then(Value::as_bool) == Some(false);
        match change.operation {
            Operation::Delete => {
                vec![Effect::new(EffectSort::Notice, "the settings stay as they are, and are no longer managed")]
            }
            _ if off => vec![Effect::new(EffectSort::Notice, "no service collects core dumps from then on")],
            _ => Vec::new(),
        }
    }
}
