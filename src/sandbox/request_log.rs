//! The record of requests, for tests and for people: what was asked, when, and what came back. Holds no secret.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::record::Record;

/// One request of the API. Requests of the control endpoints are not recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LoggedRequest {
    /// Place in the order of arrival, from 1 on; clearing the log does not start it anew.
    pub sequence: u64,
    /// Virtual time.
    pub at: Timestamp,
    /// Upper-case method.
    pub method: String,
    /// Path without query.
    pub path: String,
    /// Query as it was sent.
    pub query: String,
    /// `operationId`, or nothing for an unknown path.
    pub operation: Option<String>,
    /// Body with secrets replaced.
    pub body: Value,
    /// Status the client got; also when a fault kept the answer from it.
    pub status: u16,
    /// Number of the fault that answered or broke the connection.
    pub fault: Option<u64>,
}

/// The newest requests.
pub type RequestLog = Record<LoggedRequest>;
