//! A state as JSON without white space and with the keys of every object sorted, written without being built first.

use std::collections::BTreeMap;
use std::io;

use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::{ResourceOut, Salt, StateOut};
use uuid::Uuid;

/// Fields in the order of their names.
#[derive(Serialize)]
struct Sorted<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    calls: Option<Value>,
    lineage: Uuid,
    outputs: Value,
    resources: BTreeMap<&'a str, SortedResource<'a>>,
    salt: &'a Salt,
    serial: u64,
    worlds: Value,
}

/// Fields in the order of their names.
#[derive(Serialize)]
struct SortedResource<'a> {
    /// Attributes are sorted as they are kept.
    applied: &'a RawValue,
    cloud: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    creating: Option<&'a str>,
    dependencies: &'a [String],
    identity: &'a crate::identity::Identity,
    kind: &'a str,
    observed: &'a RawValue,
    protected: bool,
    schema_version: u32,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    sensitive: &'a [String],
    settled: bool,
}

impl<'a> From<&ResourceOut<'a>> for SortedResource<'a> {
    fn from(resource: &ResourceOut<'a>) -> Self {
        Self {
            applied: resource.applied.raw(),
            cloud: resource.cloud,
            creating: resource.creating,
            dependencies: resource.dependencies,
            identity: resource.identity,
            kind: resource.kind,
            observed: resource.observed.raw(),
            protected: resource.protected,
            schema_version: resource.schema_version,
            sensitive: resource.sensitive,
            settled: resource.settled,
        }
    }
}

/// What is small is sorted in memory.
fn sorted(part: impl Serialize) -> serde_json::Result<Value> {
    let mut value = serde_json::to_value(part)?;
    value.sort_all_objects();
    Ok(value)
}

pub(super) fn write(writer: impl io::Write, state: &StateOut<'_>) -> serde_json::Result<()> {
    let sorted = Sorted {
        calls: (!state.calls.is_empty()).then(|| sorted(&state.calls)).transpose()?,
        lineage: state.lineage,
        outputs: sorted(&state.outputs)?,
        resources: state.resources.iter().map(|(address, r)| (*address, r.into())).collect(),
        salt: &state.salt,
        serial: state.serial,
        worlds: sorted(&state.worlds)?,
    };
    serde_json::to_writer(writer, &sorted)
}
