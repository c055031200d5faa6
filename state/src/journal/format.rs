//! How a journal is written down: a line for its head, and one for each entry, each with a checksum.
//!
//! A line is 16 hexadecimal digits, a space, JSON (sealed, when there is a key), and a line feed. The last line may be torn, because its writer died
//! or its disk was full: then it was never confirmed, nothing was done because of it, and it does not count. Any other
//! damage is an error.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{CallEvent, CallId, Change, Entry, Header, Intent, Journal};
use crate::format::{EncodeError, depth, v1};
use crate::model::Revision;
use crate::seal::{Seal, SealError};

/// What the `format` field of every journal says.
const NAME: &str = "housewright-journal";
const VERSION: u64 = 1;
const SUM: usize = 16;

/// Why bytes are not a journal that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DamagedJournal {
    #[error("it has no head: the first line is missing or damaged")]
    NoHead,
    #[error("it has format version {found}, and this housewright reads versions up to {VERSION}")]
    Newer { found: u64 },
    #[error("its line {line} is damaged")]
    Line { line: usize },
    #[error("{0}")]
    Sealed(SealError),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredHeader {
    format: String,
    version: u64,
    lineage: Uuid,
    serial: u64,
    salt: v1::Salt,
    lock: Uuid,
}

/// What a head of any version has.
#[derive(Deserialize)]
struct AnyHeader {
    format: String,
    version: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum StoredChange {
    PutResource { address: String, resource: Box<v1::Resource> },
    RemoveResource { address: String },
    PutWorld { label: String, world: v1::World },
    RemoveWorld { label: String },
    PutOutput { name: String, output: v1::Output },
    RemoveOutput { name: String },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredEntry {
    n: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    intent: Option<Box<Intent>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    outcome: Option<Outcome>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    changes: Vec<StoredChange>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Outcome {
    call: CallId,
    event: CallEvent,
}

/// The first line.
pub(crate) fn header_line(header: &Header, seal: &Seal) -> String {
    let Header { base: Revision { lineage, serial }, salt, lock } = *header;
    let salt = v1::Salt(salt);
    line(&StoredHeader { format: NAME.to_owned(), version: VERSION, lineage, serial, salt, lock }, HEAD, seal)
}

/// What the head is sealed for.
const HEAD: &str = "journal";

/// What an entry is sealed for: its place in its journal.
fn purpose(lock: Uuid, number: u64) -> String {
    format!("journal {lock} {number}")
}

/// The line of the `number`th entry, counted from 1, of the journal that was begun under `lock`.
///
/// # Errors
/// When it could not be read back.
pub(crate) fn entry_line(lock: Uuid, number: u64, entry: &Entry, seal: &Seal) -> Result<String, EncodeError> {
    depth::check_entry(entry)?;
    let (intent, outcome, changes) = match entry {
        Entry::Intent { intent, changes } => (Some(intent.clone()), None, changes),
        Entry::Outcome { call, event, changes } => (None, Some(Outcome { call: *call, event: *event }), changes),
        Entry::Note { changes } => (None, None, changes),
    };
    let changes = changes.iter().map(StoredChange::from).collect();
    Ok(line(&StoredEntry { n: number, intent, outcome, changes }, &purpose(lock, number), seal))
}

fn line<T: Serialize>(content: &T, purpose: &str, seal: &Seal) -> String {
    let json = serde_json::to_vec(content).expect("every key is text and every number finite");
    let json = seal.seal(purpose, json);
    format!("{} {}\n", sum(&json), String::from_utf8_lossy(&json))
}

fn sum(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(SUM / 2).map(|byte| format!("{byte:02x}")).collect()
}

/// Reads a journal.
pub(crate) fn decode(bytes: &[u8], seal: &Seal) -> Result<Journal, DamagedJournal> {
    let mut lines = bytes.split_inclusive(|b| *b == b'\n').enumerate().peekable();
    let head = lines.next().and_then(|(_, line)| content(line)).ok_or(DamagedJournal::NoHead)?;
    let open = |purpose: &str, json: &[u8]| seal.open(purpose, json.to_vec()).map_err(DamagedJournal::Sealed);
    let header = decode_header(&open(HEAD, head)?)?;
    let mut entries = Vec::new();
    while let Some((index, line)) = lines.next() {
        let damaged = DamagedJournal::Line { line: index + 1 };
        let Some(json) = content(line) else {
            if lines.peek().is_none() {
                break;
            }
            return Err(damaged);
        };
        let json = open(&purpose(header.lock, index as u64), json)?;
        entries.push(decode_entry(&json, index as u64).ok_or(damaged)?);
    }
    Ok(Journal { header, entries })
}

/// The JSON of a line that is whole.
fn content(line: &[u8]) -> Option<&[u8]> {
    let (stated, json) = line.strip_suffix(b"\n")?.split_at_checked(SUM)?;
    let json = json.strip_prefix(b" ")?;
    (stated == sum(json).as_bytes()).then_some(json)
}

fn decode_header(json: &[u8]) -> Result<Header, DamagedJournal> {
    let any: AnyHeader = serde_json::from_slice(json).map_err(|_| DamagedJournal::NoHead)?;
    if any.format != NAME {
        return Err(DamagedJournal::NoHead);
    }
    if any.version != VERSION {
        return Err(DamagedJournal::Newer { found: any.version });
    }
    let head: StoredHeader = serde_json::from_slice(json).map_err(|_| DamagedJournal::NoHead)?;
    let base = Revision { lineage: head.lineage, serial: head.serial };
    Ok(Header { base, salt: head.salt.0, lock: head.lock })
}

/// `None` when it is none, or not the one with this number.
fn decode_entry(json: &[u8], number: u64) -> Option<Entry> {
    let mut reader = serde_json::Deserializer::from_slice(json);
    // Its values were checked before they were written, and its checksum says that they are the same.
    reader.disable_recursion_limit();
    let stored = StoredEntry::deserialize(&mut reader).ok().filter(|e| e.n == number)?;
    let changes = stored.changes.into_iter().map(StoredChange::into_model).collect::<Option<Vec<_>>>()?;
    match (stored.intent, stored.outcome) {
        (Some(intent), None) => Some(Entry::Intent { intent, changes }),
        (None, Some(Outcome { call, event })) => Some(Entry::Outcome { call, event, changes }),
        (None, None) => Some(Entry::Note { changes }),
        (Some(_), Some(_)) => None,
    }
}

impl From<&Change> for StoredChange {
    fn from(change: &Change) -> Self {
        match change {
            Change::PutResource { address, resource } => {
                Self::PutResource { address: address.clone(), resource: Box::new((&**resource).into()) }
            }
            Change::RemoveResource { address } => Self::RemoveResource { address: address.clone() },
            Change::PutWorld { label, world } => Self::PutWorld { label: label.clone(), world: world.into() },
            Change::RemoveWorld { label } => Self::RemoveWorld { label: label.clone() },
            Change::PutOutput { name, output } => Self::PutOutput { name: name.clone(), output: output.into() },
            Change::RemoveOutput { name } => Self::RemoveOutput { name: name.clone() },
        }
    }
}

impl StoredChange {
    fn into_model(self) -> Option<Change> {
        Some(match self {
            Self::PutResource { address, resource } => {
                Change::PutResource { address, resource: Box::new((*resource).into()) }
            }
            Self::RemoveResource { address } => Change::RemoveResource { address },
            Self::PutWorld { label, world } => Change::PutWorld { label, world: world.into() },
            Self::RemoveWorld { label } => Change::RemoveWorld { label },
            Self::PutOutput { name, output } => {
                let output = output.into_model(&name).ok()?;
                Change::PutOutput { name, output }
            }
            Self::RemoveOutput { name } => Change::RemoveOutput { name },
        })
    }
}
