//! Format version 1. Once released, these types never change: a change is a new version in a new file.

mod canonical;

use std::collections::BTreeMap;
use std::io;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{DecodeError, NAME};
use crate::fields_text::FieldsText;
use crate::identity::Identity;
use crate::journal::{CallId, OpenCall};
use crate::model;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    format: String,
    version: u64,
    /// Left out by somebody who edited the file on purpose.
    checksum: Option<String>,
    state: State,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    lineage: Uuid,
    serial: u64,
    salt: Salt,
    worlds: BTreeMap<String, World>,
    resources: BTreeMap<String, Resource>,
    outputs: BTreeMap<String, Output>,
    /// Left out when there are none, as there mostly are.
    #[serde(default)]
    calls: BTreeMap<CallId, OpenCall>,
}

/// What is written: [`File`], without a second state in memory.
#[derive(Serialize)]
struct FileOut<'a> {
    format: &'static str,
    version: u64,
    checksum: String,
    state: StateOut<'a>,
}

#[derive(Serialize)]
struct StateOut<'a> {
    lineage: Uuid,
    serial: u64,
    salt: Salt,
    worlds: BTreeMap<&'a str, World>,
    resources: BTreeMap<&'a str, ResourceOut<'a>>,
    outputs: BTreeMap<&'a str, Output>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    calls: BTreeMap<CallId, OpenCall>,
}

#[derive(Serialize)]
struct ResourceOut<'a> {
    kind: &'a str,
    schema_version: u32,
    cloud: &'a str,
    identity: &'a Identity,
    applied: &'a FieldsText,
    observed: &'a FieldsText,
    dependencies: &'a [String],
    protected: bool,
    settled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    creating: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    sensitive: &'a [String],
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Salt(pub(crate) model::Salt);

impl TryFrom<String> for Salt {
    type Error = model::InvalidSalt;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse().map(Self)
    }
}

impl From<Salt> for String {
    fn from(salt: Salt) -> Self {
        salt.0.to_string()
    }
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct World {
    api: String,
    organization: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Resource {
    kind: String,
    schema_version: u32,
    cloud: String,
    identity: Identity,
    applied: FieldsText,
    observed: FieldsText,
    dependencies: Vec<String>,
    protected: bool,
    settled: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    creating: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    sensitive: Vec<String>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Output {
    #[serde(rename = "type")]
    ty: Value,
    sensitive: bool,
    /// There unless sensitive. A stated `null` is a value, a missing field is none.
    #[serde(default, deserialize_with = "stated", skip_serializing_if = "Option::is_none")]
    value: Option<Value>,
    /// There when sensitive.
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint: Option<String>,
}

fn stated<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// A file of this version; nothing where it is none, or a damaged one.
pub(super) fn read(bytes: &[u8]) -> Option<File> {
    super::from_json(bytes).ok().filter(|file: &File| file.format == NAME && file.version == 1)
}

pub(super) fn decode(bytes: &[u8]) -> Result<model::State, DecodeError> {
    super::from_json::<File>(bytes)?.decode()
}

impl File {
    pub(super) fn decode(self) -> Result<model::State, DecodeError> {
        if let Some(stated) = self.checksum {
            let (actual, _) = checksum(&(&self.state).into());
            if stated != actual {
                return Err(DecodeError::Checksum { stated, actual });
            }
        }
        self.state.into_model()
    }
}

pub(super) fn encode(state: &model::State) -> Vec<u8> {
    let state = StateOut::from(state);
    let (checksum, length) = checksum(&state);
    // Laid out for people it is longer, and a large one that outgrew its room would be copied.
    let mut bytes = Vec::with_capacity(length * 2);
    let file = FileOut { format: NAME, version: 1, checksum, state };
    serde_json::to_writer_pretty(&mut bytes, &file).expect("every key is text and every number finite");
    bytes.push(b'\n');
    bytes
}

/// SHA-256 of the `state` object as JSON without white space and with the keys of every object sorted, so that
/// formatting the file anew does no harm; and how long that JSON is.
fn checksum(state: &StateOut<'_>) -> (String, usize) {
    let mut digest = Digesting { digest: Sha256::new(), length: 0 };
    canonical::write(&mut digest, state).expect("every key is text, every number finite, and digesting does not fail");
    let digits: String = digest.digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    (format!("sha256:{digits}"), digest.length)
}

/// Takes the digest of what is written, which is kept nowhere.
struct Digesting {
    digest: Sha256,
    length: usize,
}

impl io::Write for Digesting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.digest.update(bytes);
        self.length += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> From<&'a model::State> for StateOut<'a> {
    fn from(state: &'a model::State) -> Self {
        Self {
            lineage: state.lineage,
            serial: state.serial,
            salt: Salt(state.salt),
            worlds: state.worlds.iter().map(|(label, w)| (label.as_str(), w.into())).collect(),
            resources: state.resources.iter().map(|(address, r)| (address.as_str(), r.into())).collect(),
            outputs: state.outputs.iter().map(|(name, o)| (name.as_str(), o.into())).collect(),
            calls: state.calls.iter().map(|(id, call)| (*id, sorted_call(call))).collect(),
        }
    }
}

impl<'a> From<&'a State> for StateOut<'a> {
    fn from(state: &'a State) -> Self {
        Self {
            lineage: state.lineage,
            serial: state.serial,
            salt: state.salt.clone(),
            worlds: state.worlds.iter().map(|(label, w)| (label.as_str(), w.clone())).collect(),
            resources: state.resources.iter().map(|(address, r)| (address.as_str(), r.into())).collect(),
            outputs: state.outputs.iter().map(|(name, o)| (name.as_str(), o.clone())).collect(),
            calls: state.calls.clone(),
        }
    }
}

/// Both have the same fields.
macro_rules! resource_out {
    ($resource:ty) => {
        impl<'a> From<&'a $resource> for ResourceOut<'a> {
            fn from(resource: &'a $resource) -> Self {
                Self {
                    kind: &resource.kind,
                    schema_version: resource.schema_version,
                    cloud: &resource.cloud,
                    identity: &resource.identity,
                    applied: &resource.applied,
                    observed: &resource.observed,
                    dependencies: &resource.dependencies,
                    protected: resource.protected,
                    settled: resource.settled,
                    creating: resource.creating.as_deref(),
                    sensitive: &resource.sensitive,
                }
            }
        }
    };
}

resource_out!(model::ResourceState);
resource_out!(Resource);

impl State {
    fn into_model(self) -> Result<model::State, DecodeError> {
        let outputs = self.outputs.into_iter().map(|(name, o)| o.into_model(&name).map(|o| (name, o)));
        Ok(model::State {
            lineage: self.lineage,
            serial: self.serial,
            salt: self.salt.0,
            worlds: self.worlds.into_iter().map(|(label, w)| (label, w.into())).collect(),
            resources: self.resources.into_iter().map(|(address, r)| (address, r.into())).collect(),
            outputs: outputs.collect::<Result<_, _>>()?,
            calls: self.calls,
        })
    }
}

impl From<&model::World> for World {
    fn from(world: &model::World) -> Self {
        Self { api: world.api.clone(), organization: world.organization.clone() }
    }
}

impl From<World> for model::World {
    fn from(world: World) -> Self {
        Self { api: world.api, organization: world.organization }
    }
}

impl From<&model::ResourceState> for Resource {
    fn from(resource: &model::ResourceState) -> Self {
        let model::ResourceState { applied, observed, .. } = resource;
        Self {
            kind: resource.kind.clone(),
            schema_version: resource.schema_version,
            cloud: resource.cloud.clone(),
            identity: resource.identity.clone(),
            applied: applied.clone(),
            observed: observed.clone(),
            dependencies: resource.dependencies.clone(),
            protected: resource.protected,
            settled: resource.settled,
            creating: resource.creating.clone(),
            sensitive: resource.sensitive.clone(),
        }
    }
}

impl From<Resource> for model::ResourceState {
    fn from(resource: Resource) -> Self {
        Self {
            kind: resource.kind,
            schema_version: resource.schema_version,
            cloud: resource.cloud,
            identity: resource.identity,
            applied: resource.applied,
            observed: resource.observed,
            dependencies: resource.dependencies,
            protected: resource.protected,
            settled: resource.settled,
            creating: resource.creating,
            sensitive: resource.sensitive,
        }
    }
}

impl From<&model::OutputState> for Output {
    fn from(output: &model::OutputState) -> Self {
        let (value, fingerprint) = match &output.content {
            model::OutputContent::Plain(value) => (Some(value.clone()), None),
            model::OutputContent::Sensitive { fingerprint } => (None, Some(fingerprint.clone())),
        };
        let mut stored = Self { ty: output.ty.clone(), sensitive: output.is_sensitive(), value, fingerprint };
        stored.ty.sort_all_objects();
        stored.value.iter_mut().for_each(Value::sort_all_objects);
        stored
    }
}

impl Output {
    pub(crate) fn into_model(self, name: &str) -> Result<model::OutputState, DecodeError> {
        let content = match (self.sensitive, self.value, self.fingerprint) {
            (false, Some(value), None) => model::OutputContent::Plain(value),
            (true, None, Some(fingerprint)) => model::OutputContent::Sensitive { fingerprint },
            _ => {
                return Err(DecodeError::Output { name: name.to_owned() });
            }
        };
        Ok(model::OutputState { ty: self.ty, content })
    }
}

/// Objects keep the order of insertion when a crate of the build asks `serde_json` for that; files must not depend
/// on it.
fn sorted_call(call: &OpenCall) -> OpenCall {
    let mut call = call.clone();
    call.intent.body.iter_mut().for_each(Value::sort_all_objects);
    call
}
