//! How deep values may be nested, so that reading them recursively cannot exhaust the stack, and so that nothing is
//! written that could not be read.

use serde_json::Value;

use super::{DecodeError, EncodeError};
use crate::model::{Fields, OutputContent, State};

/// Levels of nesting of one attribute or output.
pub const MAX_DEPTH: usize = 500;

/// Levels the file adds around a value.
const FILE_DEPTH: usize = 10;

/// Whether bytes that may be JSON are nested too deeply to be read.
pub(super) fn check_bytes(bytes: &[u8]) -> Result<(), DecodeError> {
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
        if depth > MAX_DEPTH + FILE_DEPTH {
            return Err(DecodeError::TooDeep { line });
        }
    }
    Ok(())
}

/// Whether every value of a state can be read back.
pub(super) fn check_state(state: &State) -> Result<(), EncodeError> {
    let fits = |fields: &Fields| fields.values().all(|v| is_within(v, MAX_DEPTH));
    for (address, resource) in &state.resources {
        if !fits(&resource.applied) || !fits(&resource.observed) {
            return Err(EncodeError::TooDeep { place: address.clone() });
        }
    }
    for (name, output) in &state.outputs {
        let fits = match &output.content {
            OutputContent::Plain(value) => is_within(value, MAX_DEPTH),
            OutputContent::Sensitive { .. } => true,
        };
        if !fits || !is_within(&output.ty, MAX_DEPTH) {
            return Err(EncodeError::TooDeep { place: format!("output {name}") });
        }
    }
    Ok(())
}

fn is_within(value: &Value, levels: usize) -> bool {
    match value {
        Value::Array(items) => levels > 0 && items.iter().all(|v| is_within(v, levels - 1)),
        Value::Object(fields) => levels > 0 && fields.values().all(|v| is_within(v, levels - 1)),
        _ => true,
    }
}
