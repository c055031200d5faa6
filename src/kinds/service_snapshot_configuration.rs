//! The kind `service_snapshot_configuration`: when snapshots of a service are made, and how far they reach back.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use clickhouse_cloud_api::models as wire;

use super::body::Fields;
use super::checker::Checker;
use super::{
    Among, Answers, Change, Claim, Effect, EffectSort, Finding, Identity, Kind, Listing, Neighbour, Observed,
    Operation, RuleContext, part,
};
use crate::call::{BodyBuilder, Call, Method, Read, Tolerance};
use crate::lang::value::Value;
use crate::schema::{AttrType, Attribute, Schema};

pub struct SnapshotConfiguration;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    let source = "API operation snapshotConfigurationUpdate";
    Schema::new(
        "service_snapshot_configuration",
        1,
        "When snapshots of a warehouse are made. Destroying the block switches them off.",
        vec![
            part::service_id(),
            Attribute::required("enabled", AttrType::Bool, "Whether snapshots are made.").extension(source),
            Attribute::optional(
                "gap_in_minutes",
                AttrType::Number,
                "Minutes between two: 30 or 60, and with it the time they reach back.",
            )
            .extension(source),
            Attribute::optional(
                "time_frame_in_minutes",
                AttrType::Number,
                "Minutes they reach back: 1440 with 30 between two, 2880 with 60.",
            )
            .extension(source),
            part::own_id(),
        ],
    )
});

const PLACE: &str = "/snapshotConfiguration";
const CADENCE: [&str; 2] = ["gap_in_minutes", "time_frame_in_minutes"];

/// Pairs of minutes that the API accepts (description of snapshotConfigurationUpdate).
const PAIRS: [(f64, f64); 2] = [(30.0, 1440.0), (60.0, 2880.0)];

fn read(id: &str) -> Read {
    Read::one("snapshotConfigurationGet", part::path(id, PLACE))
}

impl Kind for SnapshotConfiguration {
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
        part::claim(values, "the snapshots of this service")
    }

    fn check(&self, context: &RuleContext<'_>) -> Vec<Finding> {
        let mut c = Checker::of(context);
        let help = "Write 30 and 1440, or 60 and 2880.";
        if c.set(CADENCE[0]) != c.set(CADENCE[1]) {
            let given = if c.set(CADENCE[0]) { CADENCE[0] } else { CADENCE[1] };
            let detail = "The time between two and the time they reach back belong together.";
            c.error("HW1073", &[given], "Half of a cadence", detail, help);
        } else if let (Some(gap), Some(frame)) = (c.number(CADENCE[0]), c.number(CADENCE[1]))
            && !PAIRS.contains(&(gap, frame))
        {
            let detail = "The platform has two cadences: every 30 minutes for a day, or every 60 minutes for two days.";
            c.error("HW1073", &CADENCE, "There is no such cadence of snapshots", detail, help);
        }
        if c.tier() == Some("basic") && c.flag("enabled") == Some(true) {
            c.needs("HW1033", "enabled", "A snapshot", "scale");
        }
        c.findings
    }

    fn check_among<'a>(&self, context: &RuleContext<'_>, _this: &Neighbour<'a>, among: &Among<'a>) -> Vec<Finding> {
        let mut c = Checker::of(context);
        part::primary_only(&mut c, among, "The snapshot configuration");
        c.findings
    }

    fn reads(&self, identity: &Identity, _wanted: &BTreeSet<&str>) -> Vec<Read> {
        identity.get("id").map(|id| read(id)).into_iter().collect()
    }

    fn observe(&self, identity: &Identity, answers: &dyn Answers) -> Option<Observed> {
        let configuration = answers.get(&read(identity.get("id")?))?;
        let names = [("enabled", "enabled"), (CADENCE[0], "gap"), (CADENCE[1], "timeFrame")];
        part::observed(&SCHEMA, identity, part::picked(&configuration, &names))
    }

    fn calls(&self, change: &Change<'_>) -> Vec<Call> {
        let route = part::path(part::id(change), PLACE);
        let mut call = Call::new("set", "snapshotConfigurationUpdate", Method::Patch, route);
        let body = match change.operation {
            Operation::Delete if change.current("enabled").and_then(Value::as_bool) != Some(true) => return Vec::new(),
            Operation::Delete => {
                call.tolerance = Tolerance::Gone;
                let wire = wire::SnapshotConfigurationPatchRequest { enabled: Some(false), ..Default::default() };
                BodyBuilder::default().finish(&wire)
            }
            Operation::Create | Operation::Update => {
                let mut f = Fields::of(change);
                let cadence = change.changes_any(&CADENCE);
                let wire = wire::SnapshotConfigurationPatchRequest {
                    enabled: f.flag("enabled", "enabled").filter(|_| change.changes("enabled")),
                    gap: f.amount("gap", CADENCE[0]).filter(|_| cadence),
                    time_frame: f.amount("timeFrame", CADENCE[1]).filter(|_| cadence),
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
        let ends =
            change.operation == Operation::Delete || change.get("enabled").and_then(Value::as_bool) == Some(false);
        let runs = change.current("enabled").and_then(Value::as_bool) == Some(true);
        let text = "no further snapshots are made, and those there are run out";
        if ends && runs { vec![Effect::new(EffectSort::Notice, text)] } else { Vec::new() }
    }

    fn list(&self, answers: &dyn Answers) -> Listing {
        // Every service has one; one that is off is as nobody left it.
        let is_on = |seen: &Observed| seen.get("enabled").and_then(Value::as_bool) == Some(true);
        part::list(self, part::Whose::Primary, answers, is_on)
    }

    fn deletion_ranks(&self, observed: &Observed) -> Vec<(String, u32)> {
        part::deletion_ranks(observed)
    }
}
