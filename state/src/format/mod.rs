//! How a state is written down: JSON with a format version and a checksum.
//!
//! Owns the stored types, one file per format version, and the way from each of them to [`State`]. Must not know where
//! the bytes are kept. `docs/state-format.md` describes the result for readers outside this project.

pub(crate) mod depth;
pub(crate) mod v1;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::error::Category;

use crate::model::State;
use crate::seal::SealError;
pub use depth::MAX_DEPTH;

/// The newest format version this build writes and reads.
pub const VERSION: u64 = 1;

/// What the `format` field of every state file says.
pub const NAME: &str = "housewright-state";

/// Why bytes are not a state that can be used. [`DecodeError::next`] says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    #[error("it is empty")]
    Empty,
    #[error("it ends too early, at line {line}, column {column}")]
    Truncated { line: usize, column: usize },
    #[error("it contains the conflict markers of a version control merge, at line {line}")]
    MergeConflict { line: usize },
    #[error("it is not valid JSON at line {line}, column {column}: {reason}")]
    Syntax { line: usize, column: usize, reason: String },
    #[error("it is a Terraform state (written by version {version}), which has another format")]
    Terraform { version: String },
    #[error("it is JSON, but not a state written by housewright: its `format` is not \"{NAME}\"")]
    Foreign,
    #[error("it has format version {found}, and this housewright reads versions up to {supported}")]
    Newer { found: u64, supported: u64 },
    #[error("its values are nested too deeply, at line {line}")]
    TooDeep { line: usize },
    #[error("its content is wrong at line {line}, column {column}: {reason}")]
    Content { line: usize, column: usize, reason: String },
    #[error("output {name} must have a value, or when sensitive a fingerprint, and never both")]
    Output { name: String },
    #[error("its content was damaged or edited by hand: {stated} is its stated checksum, {actual} the right one")]
    Checksum { stated: String, actual: String },
    #[error("{0}")]
    Sealed(SealError),
}

impl DecodeError {
    /// What to do about it. `restore` says how the previous version is got back where these bytes come from.
    pub fn next(&self, restore: &str) -> String {
        match self {
            Self::Terraform { .. } => "Give housewright a state of its own and take the resources over with `import` \
                blocks; leave the Terraform state as it is."
                .to_owned(),
            Self::Foreign => "Check that the path or address of the state is the intended one.".to_owned(),
            Self::Newer { .. } => "Use the newer housewright that wrote it. It has not been changed.".to_owned(),
            Self::MergeConflict { .. } => format!(
                "A state cannot be merged. {restore} Then run a plan to see what differs, and keep the state out of \
                 version control."
            ),
            Self::Checksum { .. } => {
                format!("{restore} If the edit was deliberate, remove the line with \"checksum\" and run again.")
            }
            Self::Sealed(error) => error.next().map_or_else(|| restore.to_owned(), str::to_owned),
            Self::Empty
            | Self::TooDeep { .. }
            | Self::Truncated { .. }
            | Self::Syntax { .. }
            | Self::Content { .. }
            | Self::Output { .. } => restore.to_owned(),
        }
    }

    fn from_json(error: &serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        match error.classify() {
            Category::Eof => Self::Truncated { line, column },
            Category::Data => Self::Content { line, column, reason: reason(error) },
            Category::Syntax | Category::Io => Self::Syntax { line, column, reason: reason(error) },
        }
    }
}

/// Why a state cannot be written down.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    #[error("the value of {place} is nested more than {MAX_DEPTH} levels deep and could not be read back")]
    TooDeep { place: String },
}

/// What every version of the file begins with, as far as it can be told from other JSON files.
#[derive(Deserialize)]
struct Header {
    format: Option<Value>,
    version: Option<Value>,
    terraform_version: Option<Value>,
}

/// Reads a state of any known format version.
pub fn decode(bytes: &[u8]) -> Result<State, DecodeError> {
    depth::check_bytes(bytes)?;
    // Mostly it is what it should be, and then one reading is enough.
    if let Some(file) = v1::read(bytes) {
        return file.decode();
    }
    match version(bytes)? {
        1 => v1::decode(bytes),
        found => Err(DecodeError::Newer { found, supported: VERSION }),
    }
}

/// Writes a state in the newest format version: equal states give equal bytes.
pub fn encode(state: &State) -> Result<Vec<u8>, EncodeError> {
    depth::check_state(state)?;
    Ok(v1::encode(state))
}

fn version(bytes: &[u8]) -> Result<u64, DecodeError> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(DecodeError::Empty);
    }
    let header: Header = from_json(bytes).map_err(|e| match e {
        // The header takes any value, so what does not fit is something else than an object.
        DecodeError::Content { .. } => DecodeError::Foreign,
        DecodeError::Syntax { line, .. } if at_conflict_marker(bytes, line) => DecodeError::MergeConflict { line },
        other => other,
    })?;
    if let Some(version) = header.terraform_version {
        return Err(DecodeError::Terraform { version: version.as_str().unwrap_or("unknown").to_owned() });
    }
    if header.format.as_ref().and_then(Value::as_str) != Some(NAME) {
        return Err(DecodeError::Foreign);
    }
    header.version.as_ref().and_then(Value::as_u64).filter(|v| *v > 0).ok_or(DecodeError::Foreign)
}

/// Only after [`depth::check_bytes`].
fn from_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, DecodeError> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    json.disable_recursion_limit();
    let read = T::deserialize(&mut json).and_then(|read| json.end().map(|()| read));
    read.map_err(|e| DecodeError::from_json(&e))
}

fn at_conflict_marker(bytes: &[u8], line: usize) -> bool {
    let line = bytes.split(|b| *b == b'\n').nth(line.saturating_sub(1)).unwrap_or_default();
    line.starts_with(b"<<<<<<<") || line.starts_with(b"=======") || line.starts_with(b">>>>>>>")
}

/// What the JSON reader says, without the position (shown apart) and without values of the file, which may be
/// sensitive.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(reason, _)| reason);
    match (text.find('"'), text.rfind('"')) {
        (Some(first), Some(last)) if first < last => format!("{}\"…{}", &text[..first], &text[last..]),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
