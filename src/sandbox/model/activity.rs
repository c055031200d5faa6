//! What was done in the organization, and by whom.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::sandbox::record::Record;

/// Most activities that are kept; the oldest go first.
const LIMIT: usize = 10_000;

/// Something that was done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Activity {
    /// Place in the order of all activities.
    pub number: u64,
    /// Identifier.
    pub id: Uuid,
    /// When.
    pub created_at: Timestamp,
    /// What, in the API's words.
    pub kind: Cow<'static, str>,
    /// The key that did it.
    pub key: Uuid,
    /// The key's name at that time.
    pub key_name: String,
    /// The service it was done to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<Uuid>,
    /// Members that only this kind has.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub more: Map<String, Value>,
}

/// The newest activities, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct ActivityLog {
    count: u64,
    activities: Record<Activity>,
}

impl ActivityLog {
    /// The number the next activity will have.
    pub fn next_number(&self) -> u64 {
        self.count + 1
    }

    /// Adds an activity and forgets the oldest beyond the limit.
    pub fn push(&mut self, activity: Activity) {
        self.count = activity.number;
        self.activities.push(activity, LIMIT);
    }

    /// Newest first.
    pub fn newest_first(&self) -> impl Iterator<Item = Cow<'_, Activity>> {
        self.activities.iter().rev()
    }
}
