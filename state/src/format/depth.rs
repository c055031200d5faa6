//! How deep values may be nested, so that reading them recursively cannot exhaust the stack, and so that nothing is
//! written that could not be read.

use serde_json::Value;

use super::{DecodeError, EncodeError};
use crate::fields_text::FieldsText;
use crate::journal::{Change, Entry, Intent};
use crate::model::{OutputContent, OutputState, ResourceState, State};

/// Levels of nesting of one attribute or output.
pub const MAX_DEPTH: usize = 500;

/// Levels the file adds around a value.
const FILE_DEPTH: usize = 10;

/// Whether bytes that may be JSON are nested too deeply to be read.
pub(super) fn check_bytes(bytes: &[u8]) -> Result<(), DecodeError> {
    too_deep_at(bytes, MAX_DEPTH + FILE_DEPTH).map_or(Ok(()), |line| Err(DecodeError::TooDeep { line }))
}

/// The line in which JSON is nested deeper than so many levels.
fn too_deep_at(bytes: &[u8], levels: usize) -> Option<usize> {
    let (mut depth, mut line) = (0_usize, 1);
    let (mut in_string, mut escaped) = (false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'\n' => line += 1,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > levels {
            return Some(line);
        }
    }
    None
}

/// Whether every value of a state can be read back.
pub(super) fn check_state(state: &State) -> Result<(), EncodeError> {
    state.resources.iter().try_for_each(|(address, resource)| check_resource(address, resource))?;
    state.calls.values().try_for_each(|call| check_intent(&call.intent))?;
    state.outputs.iter().try_for_each(|(name, output)| check_output(name, output))
}

/// Whether every value of a journal's entry can be read back.
pub(crate) fn check_entry(entry: &Entry) -> Result<(), EncodeError> {
    let changes = match entry {
        Entry::Intent { intent, changes } => {
            check_intent(intent)?;
            changes
        }
        Entry::Outcome { changes, .. } | Entry::Note { changes } => changes,
    };
    changes.iter().try_for_each(|change| match change {
        Change::PutResource { address, resource } => check_resource(address, resource),
        Change::PutOutput { name, output } => check_output(name, output),
        _ => Ok(()),
    })
}

fn check_resource(address: &str, resource: &ResourceState) -> Result<(), EncodeError> {
    // The object around them is a level of its own.
    let fits = |fields: &FieldsText| too_deep_at(fields.text().as_bytes(), MAX_DEPTH + 1).is_none();
    let fits = fits(&resource.applied) && fits(&resource.observed);
    if fits { Ok(()) } else { Err(EncodeError::TooDeep { place: address.to_owned() }) }
}

fn check_output(name: &str, output: &OutputState) -> Result<(), EncodeError> {
    let content = match &output.content {
        OutputContent::Plain(value) => is_within(value, MAX_DEPTH),
        OutputContent::Sensitive { .. } => true,
    };
    let fits = content && is_within(&output.ty, MAX_DEPTH);
    if fits { Ok(()) } else { Err(EncodeError::TooDeep { place: format!("output {name}") }) }
}

/// Whether what is noted of a call can be read back.
fn check_intent(intent: &Intent) -> Result<(), EncodeError> {
    let fits = intent.body.as_ref().is_none_or(|body| is_within(body, MAX_DEPTH));
    if fits { Ok(()) } else { Err(EncodeError::TooDeep { place: intent.address.clone() }) }
}

fn is_within(value: &Value, levels: usize) -> bool {
    match value {
        Value::Array(items) => levels > 0 && items.iter().all(|v| is_within(v, levels - 1)),
        Value::Object(fields) => levels > 0 && fields.values().all(|v| is_within(v, levels - 1)),
        _ => true,
    }
}
