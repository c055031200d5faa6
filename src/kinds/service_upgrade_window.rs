//! The kind `service_upgrade_window`: the six hours of the week in which a service is upgraded.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use clickhouse_cloud_api::models as wire;

use super::body::Fields;
use super::checker::Checker;
use super::{
    Among, Answers, Change, Claim, Effect, EffectSort, Finding, Identity, Kind, Listing, Neighbour, Observed,
    Operation, RuleContext, part,
};
use crate::call::{Call, Method, Read, Tolerance};
use crate::lang::value::Value;
use crate::schema::{AttrType, Attribute, Schema};

pub struct UpgradeWindow;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    Schema::new(
        "service_upgrade_window",
        1,
        "The window of the week in which a warehouse is upgraded; the other services have that of the primary.",
        vec![
            part::service_id(),
            Attribute::required("weekday", AttrType::Number, "Day on which it begins: 0 (Sunday) to 6 (Saturday)."),
            Attribute::required("start_hour_utc", AttrType::Number, "Hour at which it begins, in UTC: 0, 6, 12 or 18."),
            Attribute::computed("duration", AttrType::Number, "Hours it lasts: 6."),
            part::own_id(),
        ],
    )
});

const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const PLACE: &str = "/upgradeWindow";

fn read(id: &str) -> Read {
    Read::one("upgradeWindowGet", part::path(id, PLACE))
}

impl Kind for UpgradeWindow {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn holds_data(&self) -> bool {
        false
    }

    fn located(&self, values: &Value) -> Identity {
        part::located(values)
    }

    fn check(&self, context: &RuleContext<'_>) -> Vec<Finding> {
        let mut c = Checker::of(context);
        if c.number("weekday").is_some_and(|day| !(0..7).any(|d| f64::from(d) == day)) {
            let detail = "Days are counted from 0 for Sunday to 6 for Saturday.";
            c.error("HW1041", &["weekday"], "There is no such weekday", detail, "Write 0 to 6.");
        }
        if c.number("start_hour_utc").is_some_and(|hour| ![0.0, 6.0, 12.0, 18.0].contains(&hour)) {
            let summary = "An upgrade window does not begin at that hour";
            let detail = "A window lasts six hours and begins at 0, 6, 12 or 18 o'clock UTC.";
            c.error("HW1041", &["start_hour_utc"], summary, detail, "Write 0, 6, 12 or 18.");
        }
        if matches!(c.tier(), Some("basic" | "scale")) {
            c.needs("HW1041", "service_id", "An upgrade window", "enterprise");
        }
        c.findings
    }

    fn check_among<'a>(&self, context: &RuleContext<'_>, _this: &Neighbour<'a>, among: &Among<'a>) -> Vec<Finding> {
        let mut c = Checker::of(context);
        part::primary_only(&mut c, among, "The upgrade window");
        c.findings
    }

    fn claims(&self, values: &Value) -> Vec<Claim> {
        part::claim(values, "the upgrade window of this service")
    }

    fn reads(&self, identity: &Identity, _wanted: &BTreeSet<&str>) -> Vec<Read> {
        identity.get("id").map(|id| read(id)).into_iter().collect()
    }

    fn observe(&self, identity: &Identity, answers: &dyn Answers) -> Option<Observed> {
        let window = answers.get(&read(identity.get("id")?))?;
        let names = [("weekday", "weekday"), ("start_hour_utc", "startHourUtc"), ("duration", "duration")];
        part::observed(&SCHEMA, identity, part::picked(&window, &names))
    }

    fn calls(&self, change: &Change<'_>) -> Vec<Call> {
        let route = part::path(part::id(change), PLACE);
        let mut call = match change.operation {
            Operation::Delete => {
                let mut call = Call::new("delete", "upgradeWindowDelete", Method::Delete, route);
                call.tolerance = Tolerance::Gone;
                call
            }
            Operation::Create | Operation::Update => {
                let mut f = Fields::of(change);
                let wire = wire::UpgradeWindowPutRequest {
                    weekday: f.count("weekday", "weekday").unwrap_or_default(),
                    start_hour_utc: f.count("startHourUtc", "start_hour_utc").unwrap_or_default().into(),
                };
                let mut call = Call::new("set", "upgradeWindowUpdate", Method::Put, route);
                call.body = Some(f.body.finish(&wire));
                call
            }
        };
        call.shows = Some((read(part::id(change)), String::new()));
        call.writes = change.changed.iter().cloned().collect();
        vec![call]
    }

    fn effects(&self, change: &Change<'_>) -> Vec<Effect> {
        let text = match (change.operation, change.get("weekday"), change.get("start_hour_utc")) {
            (Operation::Delete, ..) => "upgrades may come at any time".to_owned(),
            (_, Some(day), Some(hour)) if !change.hides("weekday") && !change.hides("start_hour_utc") => {
                let name = day.as_i64().and_then(|d| DAYS.get(usize::try_from(d).ok()?));
                let (Some(name), Some(hour)) = (name, hour.as_i64()) else { return Vec::new() };
                format!("upgrades come on {name} from {hour}:00 UTC, within six hours; security fixes may come sooner")
            }
            _ => return Vec::new(),
        };
        vec![Effect::new(EffectSort::Notice, text)]
    }

    fn list(&self, answers: &dyn Answers) -> Listing {
        part::list(self, part::Whose::Primary, answers, part::always)
    }

    fn deletion_ranks(&self, observed: &Observed) -> Vec<(String, u32)> {
        part::deletion_ranks(observed)
    }
}
