//! The kind `service_scheduled_scaling`: windows of the week in which a service has another size.

mod rules;
mod window;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use clickhouse_cloud_api::models as wire;
use serde_json::{Value as Json, json};

use super::body::{Fields, word};
use super::{
    Among, Answers, Change, Claim, Effect, EffectSort, Finding, Identity, Kind, Listing, Neighbour, Observed,
    Operation, RuleContext, part,
};
use crate::call::{Call, Method, Read, Tolerance};
use crate::lang::value::{Type, Value};
use crate::schema::{AttrType, Attribute, Schema, with_path};
use window::Window;

pub struct ScheduledScaling;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    Schema::new(
        "service_scheduled_scaling",
        1,
        "Windows of the week in which a service has another size; outside of them it has its own.",
        vec![
            part::service_id(),
            Attribute::required(
                "entries",
                AttrType::List(Box::new(AttrType::Object(entry()))),
                "The windows, 1 to 10, none over another. Their order does not matter.",
            )
            .set_of(same_entry),
            Attribute::computed("base_config", AttrType::Object(base()), "The size outside of all windows."),
            part::own_id(),
        ],
    )
});

/// Where the zone of a window comes from.
const SOURCE: &str = "our own: the platform counts in UTC";

fn entry() -> Vec<Attribute> {
    let number = |name, doc| Attribute::optional(name, AttrType::Number, doc);
    vec![
        Attribute::required("name", AttrType::String, "Name of the window."),
        Attribute::required(
            "weekdays",
            AttrType::List(Box::new(AttrType::Number)),
            "Days on which it begins: 0 (Sunday) to 6 (Saturday).",
        ),
        number("start_hour_utc", "Hour at which it begins, in UTC: 0 to 23."),
        number(
            "end_hour_utc",
            "Hour at which it ends, in UTC: 1 to 24. Below the start, it ends on the next day.",
        ),
        Attribute::optional(
            "time_zone",
            AttrType::String,
            "Zone in which days and hours are given instead, such as `Asia/Tokyo`. It has to be always as far from UTC.",
        )
        .extension(SOURCE),
        number("start_hour", "Hour at which it begins, in `time_zone`: 0 to 23.").extension(SOURCE),
        number("end_hour", "Hour at which it ends, in `time_zone`: 1 to 24.").extension(SOURCE),
        Attribute::optional(
            "autoscaling_mode",
            AttrType::String,
            "`vertical` (a fixed number of replicas, the default) or `horizontal` (a range of them, of fixed memory).",
        ),
        number("min_replicas", "Fewest replicas; equal to `max_replicas` unless the mode is `horizontal`."),
        number("max_replicas", "Most replicas."),
        number(
            "min_replica_memory_gb",
            "Least memory of one replica, in GB; left out with the next, that of the service.",
        ),
        number("max_replica_memory_gb", "Most memory of one replica, in GB."),
        Attribute::optional("idle_scaling", AttrType::Bool, "Whether it may idle."),
        number("idle_timeout_minutes", "Minutes without a query before it idles, at least 5."),
    ]
}

fn base() -> Vec<Attribute> {
    let number = |name, doc| Attribute::computed(name, AttrType::Number, doc);
    vec![
        Attribute::computed("autoscaling_mode", AttrType::String, "`vertical` or `horizontal`."),
        number("min_replicas", "Fewest replicas."),
        number("max_replicas", "Most replicas."),
        number("min_replica_memory_gb", "Least memory of one replica, in GB."),
        number("max_replica_memory_gb", "Most memory of one replica, in GB."),
        Attribute::computed("idle_scaling", AttrType::Bool, "Whether it may idle."),
        number("idle_timeout_minutes", "Minutes without a query before it idles."),
    ]
}

const SIZE: [(&str, &str); 7] = [
    ("autoscaling_mode", "autoscalingMode"),
    ("min_replicas", "minReplicas"),
    ("max_replicas", "maxReplicas"),
    ("min_replica_memory_gb", "minReplicaMemoryGb"),
    ("max_replica_memory_gb", "maxReplicaMemoryGb"),
    ("idle_scaling", "idleScaling"),
    ("idle_timeout_minutes", "idleTimeoutMinutes"),
];

const TIME: [(&str, &str); 4] =
    [("name", "name"), ("weekdays", "weekdays"), ("start_hour_utc", "startHourUtc"), ("end_hour_utc", "endHourUtc")];

/// Entries are the same when they say the same; no mode is `vertical`, the order of days does not matter, and an hour is
/// the same in every zone.
fn same_entry(entry: &Value) -> Value {
    let get = |name: &str| entry.get(name).filter(|v| !v.is_null());
    let size = SIZE.iter().map(|(name, _)| match get(name) {
        None if *name == "autoscaling_mode" => Value::from("vertical"),
        None => Value::MISSING,
        Some(value) => value.clone(),
    });
    let time: Vec<Value> = match window::of(entry).filter(|_| get("weekdays").is_some_and(Value::is_wholly_known)) {
        Some(window) => {
            let number = |n: i64| Value::from(n);
            let days = Value::set(Type::Number, window.weekdays.iter().copied().map(number).collect());
            vec![days, number(window.start), number(window.end)]
        }
        None => TIMES.iter().map(|name| get(name).cloned().unwrap_or(Value::MISSING)).collect(),
    };
    let name = get("name").cloned().unwrap_or(Value::MISSING);
    Value::tuple([name].into_iter().chain(time).chain(size).collect())
}

/// What says when a window holds.
const TIMES: [&str; 6] = ["weekdays", "start_hour_utc", "end_hour_utc", "time_zone", "start_hour", "end_hour"];

const PLACE: &str = "/scalingSchedule";

fn read(id: &str) -> Read {
    Read::one("scalingScheduleGet", part::path(id, PLACE))
}

fn entry_request(entry: &Value) -> wire::ScalingScheduleEntryRequest {
    let get = |name: &str| entry.get(name).filter(|v| !v.is_null());
    let count = |name: &str| get(name).and_then(Value::as_i64);
    // GB are small whole numbers.
    let amount = |name: &str| count(name).map(|n| n as f64);
    // What is none was refused before.
    let window = window::of(entry).unwrap_or(Window { weekdays: Vec::new(), start: 0, end: 0 });
    wire::ScalingScheduleEntryRequest {
        name: get("name").and_then(Value::as_str).unwrap_or_default().to_owned(),
        weekdays: window.weekdays,
        start_hour_utc: window.start,
        end_hour_utc: window.end,
        autoscaling_mode: get("autoscaling_mode").and_then(Value::as_str).and_then(word),
        min_replicas: count("min_replicas"),
        max_replicas: count("max_replicas"),
        num_replicas: None,
        min_replica_memory_gb: amount("min_replica_memory_gb"),
        max_replica_memory_gb: amount("max_replica_memory_gb"),
        idle_scaling: get("idle_scaling").and_then(Value::as_bool),
        idle_timeout_minutes: count("idle_timeout_minutes"),
    }
}

impl Kind for ScheduledScaling {
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
        part::claim(values, "the schedule of this service")
    }

    fn check(&self, context: &RuleContext<'_>) -> Vec<Finding> {
        rules::check(context)
    }

    fn check_among<'a>(&self, context: &RuleContext<'_>, _this: &Neighbour<'a>, among: &Among<'a>) -> Vec<Finding> {
        rules::check_among(context, among)
    }

    fn reads(&self, identity: &Identity, _wanted: &BTreeSet<&str>) -> Vec<Read> {
        identity.get("id").map(|id| read(id)).into_iter().collect()
    }

    fn observe(&self, identity: &Identity, answers: &dyn Answers) -> Option<Observed> {
        let schedule = answers.get(&read(identity.get("id")?))?;
        let entries = schedule.get("entries").and_then(Json::as_array)?;
        if entries.is_empty() {
            return None;
        }
        let entry = |e: &Json| json!(part::picked(e, &[&TIME[..], &SIZE].concat()));
        let base = schedule.get("baseConfig").map(|b| json!(part::picked(b, &SIZE))).unwrap_or_default();
        let fields = [("entries", entries.iter().map(entry).collect()), ("base_config", base)];
        part::observed(&SCHEMA, identity, fields.into())
    }

    fn calls(&self, change: &Change<'_>) -> Vec<Call> {
        let route = part::path(part::id(change), PLACE);
        let mut call = match change.operation {
            Operation::Delete => {
                let mut call = Call::new("delete", "scalingScheduleDelete", Method::Delete, route);
                call.tolerance = Tolerance::Gone;
                call
            }
            Operation::Create | Operation::Update => {
                let mut f = Fields::of(change);
                let entries = f.take("entries", "entries").into_iter().flat_map(Value::elements);
                let wire = wire::ScalingSchedulePostRequest { entries: entries.map(entry_request).collect() };
                let mut call = Call::new("set", "scalingScheduleUpsert", Method::Post, route);
                call.body = Some(f.body.finish(&wire));
                call
            }
        };
        call.shows = Some((read(part::id(change)), String::new()));
        call.writes = change.changed.iter().cloned().collect();
        vec![call]
    }

    fn effects(&self, change: &Change<'_>) -> Vec<Effect> {
        let text = match change.operation {
            Operation::Delete => "the service goes back to its own size: replicas are exchanged make before break",
            _ => {
                "in each window the service has that size: replicas are exchanged make before break, up to a few minutes late"
            }
        };
        vec![Effect::new(EffectSort::MakeBeforeBreak, text)]
    }

    /// No mode is `vertical`.
    fn as_written(&self, path: &str, value: &Value) -> Value {
        const MODE: &str = "autoscaling_mode";
        let plain = |entry: &Value| match entry.get(MODE).and_then(Value::as_str) {
            Some("vertical") => with_path(entry, MODE, Value::null(Type::String)),
            _ => entry.clone(),
        };
        match (path, value.ty()) {
            ("entries", Type::List(entry)) => Value::list((*entry).clone(), value.elements().map(plain).collect()),
            _ => value.clone(),
        }
    }

    fn list(&self, answers: &dyn Answers) -> Listing {
        part::list(self, part::Whose::Every, answers, part::always)
    }

    fn deletion_ranks(&self, observed: &Observed) -> Vec<(String, u32)> {
        part::deletion_ranks(observed)
    }
}
