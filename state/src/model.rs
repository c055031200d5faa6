//! The state as the program works on it.
//!
//! Owns the vocabulary: [`State`], [`ResourceState`], [`OutputState`]. Must not know how it is stored
//! (see [`crate::format`]), nor what the addresses, kinds and values in it mean.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde_json::Value;
use uuid::Uuid;

use crate::fields_text::FieldsText;
use crate::identity::Identity;
use crate::journal::{CallId, OpenCall};

/// Attributes by name, as JSON.
pub type Fields = serde_json::Map<String, Value>;

/// Everything remembered about one configuration. Never holds a secret, only fingerprints of secrets.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// Drawn once when the state is born. Two states of different lineages have nothing to do with each other.
    pub lineage: Uuid,
    /// Grows with every write.
    pub serial: u64,
    pub salt: Salt,
    /// The control planes the resources live in, by cloud label; the label of an unnamed one is empty.
    pub worlds: BTreeMap<String, World>,
    /// By address text, such as `module.eu.service.main["a"]`.
    pub resources: BTreeMap<String, ResourceState>,
    pub outputs: BTreeMap<String, OutputState>,
    /// Calls of which a run that ended early did not learn whether they took effect.
    pub calls: BTreeMap<CallId, OpenCall>,
}

impl State {
    /// A state without content and with serial 0, which has not been written yet. `lineage` and `salt` must be freshly
    /// drawn at random.
    pub fn new(lineage: Uuid, salt: Salt) -> Self {
        Self {
            lineage,
            serial: 0,
            salt,
            worlds: BTreeMap::new(),
            resources: BTreeMap::new(),
            outputs: BTreeMap::new(),
            calls: BTreeMap::new(),
        }
    }

    pub fn revision(&self) -> Revision {
        Revision { lineage: self.lineage, serial: self.serial }
    }
}

/// Which version of which state: what a plan is bound to and what a write replaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision {
    pub lineage: Uuid,
    pub serial: u64,
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "serial {} of lineage {}", self.serial, self.lineage)
    }
}

/// Random bytes mixed into the fingerprints of secrets, so that equal secrets of two states do not look equal.
/// Written as 32 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Salt(pub [u8; 16]);

impl fmt::Display for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a salt is written as 32 hexadecimal digits")]
pub struct InvalidSalt;

impl FromStr for Salt {
    type Err = InvalidSalt;

    fn from_str(text: &str) -> Result<Self, InvalidSalt> {
        // from_str_radix would also take a sign.
        if text.len() != 32 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(InvalidSalt);
        }
        u128::from_str_radix(text, 16).map(|n| Self(n.to_be_bytes())).map_err(|_| InvalidSalt)
    }
}

/// One control plane and the organization in it: a state is never used with another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct World {
    /// Base address of the API.
    pub api: String,
    /// Identifier of the organization.
    pub organization: String,
}

/// What is remembered about one managed instance.
#[derive(Debug, Clone, PartialEq)]
pub struct ResourceState {
    pub kind: String,
    /// Version of the kind's schema that `applied` and `observed` were written with.
    pub schema_version: u32,
    /// Label of the world it lives in.
    pub cloud: String,
    /// What finds it again in the API, such as `id`.
    pub identity: Identity,
    /// What the configuration stated at the last apply or import; secrets only as [`fingerprint`]s.
    pub applied: FieldsText,
    /// What the API said at last sight; never a secret.
    pub observed: FieldsText,
    /// Addresses of the instances it needs, which are therefore destroyed after it.
    pub dependencies: Vec<String>,
    /// `prevent_destroy`, remembered so that removing the block does not remove the protection.
    pub protected: bool,
    /// False while the wait or the follow-up calls of its creation are unfinished.
    pub settled: bool,
    /// The mark its creation carries, while it is not known yet what came of it: it may exist without an identity here.
    /// With an identity: what the lost answer to its creation told only once is still to be told again.
    pub creating: Option<String>,
    /// Attributes (dotted paths) whose values the configuration called sensitive, remembered so that they are not shown when
    /// their block is gone.
    pub sensitive: Vec<String>,
}

/// One output of the root module.
#[derive(Debug, Clone, PartialEq)]
pub struct OutputState {
    /// The type, in the JSON notation of types.
    pub ty: Value,
    pub content: OutputContent,
}

impl OutputState {
    pub fn is_sensitive(&self) -> bool {
        matches!(self.content, OutputContent::Sensitive { .. })
    }
}

/// An output's value; of a sensitive one only enough to notice a change.
#[derive(Debug, Clone, PartialEq)]
pub enum OutputContent {
    Plain(Value),
    Sensitive { fingerprint: String },
}

/// The only key of the JSON object that stands for a secret.
pub const FINGERPRINT_KEY: &str = "$fingerprint";

/// What stands in [`ResourceState::applied`] where a secret stood in the configuration.
pub fn fingerprint(digest: impl Into<String>) -> Value {
    let mut object = Fields::new();
    object.insert(FINGERPRINT_KEY.to_owned(), Value::String(digest.into()));
    Value::Object(object)
}

/// The digest, when `value` is written as a fingerprint. Ask only about secret attributes: a map of the user's may
/// happen to have this key.
pub fn as_fingerprint(value: &Value) -> Option<&str> {
    let object = value.as_object().filter(|o| o.len() == 1)?;
    object.get(FINGERPRINT_KEY)?.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn salts_are_read_and_printed() {
        let text = "000102030405060708090a0b0c0d0eff";
        assert_eq!(text.parse::<Salt>().map(|s| s.to_string()), Ok(text.to_owned()));
        for bad in [
            "",
            "00",
            "+00102030405060708090a0b0c0d0eff",
            "zz0102030405060708090a0b0c0d0eff",
            "é00102030405060708090a0b0c0d0ef",
        ] {
            assert_eq!(bad.parse::<Salt>(), Err(InvalidSalt), "{bad}");
        }
    }

    #[test]
    fn fingerprints_are_recognised() {
        assert_eq!(as_fingerprint(&fingerprint("abc")), Some("abc"));
        assert_eq!(as_fingerprint(&serde_json::json!({ "$fingerprint": "a", "b": 1 })), None);
        assert_eq!(as_fingerprint(&serde_json::json!("a")), None);
    }
}
