//! A kept plan as bytes: a line that says what it is, then the plan, compressed. The plan as it is shown repeats itself a lot.
//!
//! Must not know files or keys.

use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use serde::{Deserialize, Serialize};

use super::file::PlanFile;

/// What stands in the field `format`.
const FORMAT: &str = "housewright-plan";

/// The version written, and the only one read: a plan is made anew in no time.
pub const VERSION: u64 = 4;

/// More than any plan has: a damaged file must not fill the memory.
const MOST: u64 = 4 << 30;

/// The first line.
#[derive(Serialize, Deserialize)]
struct Header {
    format: String,
    version: u64,
}

/// Why bytes are no plan that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    NotAPlan,
    /// Of another version, and which.
    Version(u64),
    /// In words.
    Damaged(String),
}

/// # Errors
/// When a value cannot be written down.
pub fn pack(plan: &PlanFile) -> Result<Vec<u8>, String> {
    let header = Header { format: FORMAT.to_owned(), version: VERSION };
    let mut bytes = serde_json::to_vec(&header).map_err(|e| e.to_string())?;
    bytes.push(b'\n');
    let mut encoder = ZlibEncoder::new(bytes, Compression::default());
    serde_json::to_writer(&mut encoder, plan).map_err(|e| e.to_string())?;
    encoder.flush().and_then(|()| encoder.finish()).map_err(|e| e.to_string())
}

/// # Errors
/// When it is no plan, or none that this version reads.
pub fn unpack(bytes: &[u8]) -> Result<PlanFile, Unreadable> {
    let (head, body) =
        bytes.iter().position(|b| *b == b'\n').map_or((bytes, &[][..]), |at| (&bytes[..at], &bytes[at + 1..]));
    let header: Header = serde_json::from_slice(head).map_err(|_| Unreadable::NotAPlan)?;
    match header {
        Header { format, .. } if format != FORMAT => return Err(Unreadable::NotAPlan),
        Header { version, .. } if version != VERSION => return Err(Unreadable::Version(version)),
        Header { .. } => {}
    }
    let mut text = Vec::new();
    let damaged = |e: &dyn std::fmt::Display| Unreadable::Damaged(e.to_string());
    ZlibDecoder::new(body).take(MOST).read_to_end(&mut text).map_err(|e| damaged(&e))?;
    serde_json::from_slice(&text).map_err(|e| damaged(&e))
}
