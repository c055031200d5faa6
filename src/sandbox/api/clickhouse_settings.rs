//! ClickHouse settings of a service: a list of those that can be set, and the values that were.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::Call;
use crate::sandbox::http::{Answer, ApiError, Reply};
use crate::sandbox::lifecycle;
use crate::sandbox::model::SettingValue;
use crate::sandbox::shape::shown;
use crate::sandbox::shapes;
use crate::sandbox::world::World;

/// What a setting may be.
#[derive(Debug, Clone, Copy)]
enum Kind {
    /// A whole number from 0 up.
    Number,
    /// One of these numbers.
    OneOf(&'static [i64]),
    /// A text.
    Text,
}

#[derive(Debug)]
struct Setting {
    name: &'static str,
    kind: Kind,
    description: &'static str,
    example: &'static str,
    warning: Option<&'static str>,
}

const fn number(name: &'static str, example: &'static str, description: &'static str) -> Setting {
    Setting { name, kind: Kind::Number, description, example, warning: None }
}

const fn switch(name: &'static str, description: &'static str) -> Setting {
    Setting { name, kind: Kind::OneOf(&[0, 1]), description, example: "1", warning: None }
}

const RESTARTS: Option<&str> = Some("Changing this setting restarts the servers one after the other");

const SETTINGS: &[Setting] = &[
    Setting {
        name: "compatibility",
        kind: Kind::Text,
        description: "Version whose defaults hold",
        example: "26.2",
        warning: None,
    },
    switch("enable_filesystem_cache", "Whether data read from object storage is cached on disk"),
    Setting {
        warning: RESTARTS,
        ..number("keep_alive_timeout", "30", "Seconds a connection stays open without requests")
    },
    number("max_concurrent_queries_for_user", "100", "Queries one user may run at a time"),
    number("max_execution_time", "600", "Seconds a query may run"),
    number("max_insert_block_size", "1048449", "Rows of a block that an insert forms"),
    number("max_memory_usage", "8589934592", "Bytes of memory one query may use"),
    number("max_memory_usage_for_user", "17179869184", "Bytes of memory the queries of one user may use"),
    number("max_partitions_per_insert_block", "100", "Partitions one inserted block may touch"),
    number("max_query_size", "262144", "Bytes of a query that the parser reads"),
    number("max_result_rows", "1000000", "Rows a result may have"),
    number("max_threads", "8", "Threads one query may use"),
    number("min_insert_block_size_bytes", "268402944", "Bytes below which inserted blocks are joined"),
    number("min_insert_block_size_rows", "1048449", "Rows below which inserted blocks are joined"),
    Setting {
        warning: RESTARTS,
        ..switch(
            "shared_merge_tree_disable_merges_and_mutations_assignment",
            "Whether this service leaves merges and mutations to the others",
        )
    },
    switch("wait_for_async_insert", "Whether an asynchronous insert waits until its data is written"),
];

#[derive(Deserialize)]
struct Patch {
    settings: BTreeMap<String, SettingValue>,
}

/// `serviceClickhouseSettingsListGet`: only what was set.
pub fn list(world: &mut World, call: &Call<'_>) -> Answer {
    let set = &world.service(call.service_id()?)?.sub_objects.clickhouse_settings;
    let settings: Vec<Value> = set.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
    Ok(Reply::Result(json!({ "settings": settings })))
}

/// `serviceClickhouseSettingsSchemaGet`.
pub fn schema(world: &mut World, call: &Call<'_>) -> Answer {
    world.service(call.service_id()?)?;
    let settings: Vec<Value> = SETTINGS.iter().map(described).collect();
    Ok(Reply::Result(json!({ "settings": settings })))
}

fn described(setting: &Setting) -> Value {
    let mut entry = json!({
        "name": setting.name,
        "type": match setting.kind {
            Kind::Number | Kind::OneOf(_) => "integer",
            Kind::Text => "string",
        },
        "description": setting.description,
        "example": setting.example,
    });
    if let Kind::OneOf(values) = setting.kind {
        entry["enum"] = json!(values);
    }
    if let Some(warning) = setting.warning {
        entry["warning"] = json!(warning);
    }
    entry
}

/// `serviceClickhouseSettingGet`: 404 for one that was not set.
pub fn get(world: &mut World, call: &Call<'_>) -> Answer {
    let name = call.text("settingName");
    let service = world.service(call.service_id()?)?;
    match service.sub_objects.clickhouse_settings.get(name) {
        Some(value) => Ok(Reply::Result(json!({ "name": name, "value": value }))),
        None => Err(ApiError::not_found(format!("The setting {name} is not set"))),
    }
}

/// `serviceClickhouseSettingsUpdate`. Either all of it takes effect or none.
pub fn patch(world: &mut World, call: &Call<'_>) -> Answer {
    let id = call.service_id()?;
    let service = world.service(id)?;
    let request: Patch = call.read(shapes::CLICKHOUSE_SETTINGS_PATCH)?;
    lifecycle::must_exist(service.state, "ClickHouse settings")?;
    let mut warnings = Vec::new();
    for (name, value) in &request.settings {
        let setting = known(name).ok_or_else(|| {
            let words = "is not a setting that can be changed, the schema lists those that can";
            ApiError::field(&format!("settings.{name}"), words, &shown(&json!(value)))
        })?;
        check(setting, value)?;
        if let Some(message) = setting.warning {
            warnings.push(json!({ "name": name, "message": message }));
        }
    }
    let reply = json!({ "settings": request.settings, "warnings": warnings });
    world.service_mut(id)?.sub_objects.clickhouse_settings.extend(request.settings);
    Ok(Reply::Result(reply))
}

/// `serviceClickhouseSettingDelete`: done as well when it was not set.
pub fn delete(world: &mut World, call: &Call<'_>) -> Answer {
    let name = call.text("settingName");
    let service = world.service_mut(call.service_id()?)?;
    if known(name).is_none() {
        return Err(ApiError::not_found(format!("There is no setting {name} that can be changed")));
    }
    service.sub_objects.clickhouse_settings.remove(name);
    Ok(Reply::Done)
}

fn known(name: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.name == name)
}

fn check(setting: &Setting, value: &SettingValue) -> Result<(), ApiError> {
    let words = match (setting.kind, value) {
        (Kind::Text, SettingValue::Text(_)) => return Ok(()),
        (Kind::Number, SettingValue::Number(number)) if *number >= 0 => return Ok(()),
        (Kind::OneOf(values), SettingValue::Number(number)) if values.contains(number) => return Ok(()),
        (Kind::Text, _) => "must be a string".to_owned(),
        (Kind::Number, _) => "must be a whole number from 0 up".to_owned(),
        (Kind::OneOf(values), _) => {
            let values: Vec<String> = values.iter().map(i64::to_string).collect();
            format!("must be one of {}", values.join(", "))
        }
    };
    Err(ApiError::field(&format!("settings.{}", setting.name), &words, &shown(&json!(value))))
}
