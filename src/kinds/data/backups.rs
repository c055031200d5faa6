//! The data source `backups`: the backups there are of a service.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::{DataSource, Look, found, list_of};
use crate::call::Read;
use crate::kinds::{Answers, part};
use crate::lang::value::Value;
use crate::schema::{AttrType, Attribute, Schema};

pub struct Backups;

const NAMES: [(&str, &str); 9] = [
    ("id", "id"),
    ("status", "status"),
    ("type", "type"),
    ("service_id", "serviceId"),
    ("started_at", "startedAt"),
    ("finished_at", "finishedAt"),
    ("size_in_bytes", "sizeInBytes"),
    ("duration_in_seconds", "durationInSeconds"),
    ("backup_name", "backupName"),
];

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    use AttrType::{List, Number, Object, String};
    let part = Attribute::computed;
    let backup = vec![
        part("id", String, "UUID, for `backup_id` of a service that is restored from it."),
        part("status", String, "`done`, `error` or `in_progress`."),
        part("type", String, "`full` or `incremental`."),
        part("service_id", String, "Service it is of."),
        part("started_at", String, "When it was begun, in RFC 3339."),
        part("finished_at", String, "When it was done, in RFC 3339."),
        part("size_in_bytes", Number, "Bytes."),
        part("duration_in_seconds", Number, "Seconds it took, or has taken so far."),
        part("backup_name", String, "Its name in a bucket of one's own."),
    ];
    Schema::new(
        "backups",
        1,
        "The backups there are of a service, the newest first.",
        vec![
            Attribute::required("service_id", String, "Id of the service."),
            Attribute::computed("backups", List(Box::new(Object(backup))), "The backups."),
            Attribute::computed("latest_id", String, "The newest that is done; null when there is none."),
        ],
    )
});

impl DataSource for Backups {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn look(&self, arguments: &Value, _wanted: &BTreeSet<&str>, answers: &dyn Answers) -> Look {
        let id = arguments.get("service_id").and_then(Value::as_str).unwrap_or_default();
        let read = Read::one("backupGetList", part::path(id, "/backups"));
        if !answers.holds(&read) {
            return Look::Ask(vec![read]);
        }
        let Some(list) = answers.get(&read).and_then(|a| a.as_array().cloned()) else {
            return Look::Missing {
                attribute: "service_id",
                detail: format!("The organization has no service with the id {id}, or the key may not see it."),
                help: "Compare the id with the console's.".to_owned(),
            };
        };
        let text = |backup: &serde_json::Value, field: &str| {
            backup.get(field).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
        };
        let mut list = list;
        // Times of the API are in UTC and of one form, so that texts are in their order.
        list.sort_by_key(|backup| std::cmp::Reverse((text(backup, "startedAt"), text(backup, "id"))));
        let latest = list.iter().find(|b| text(b, "status") == "done").map(|b| text(b, "id"));
        let backups = list_of(&serde_json::Value::Array(list), &NAMES);
        found(&SCHEMA, arguments, [("backups", backups), ("latest_id", latest.into())])
    }
}
