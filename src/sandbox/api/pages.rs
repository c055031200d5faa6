//! Lists that come in pages: `limit`, and the `cursor` that the page before gave.

use serde_json::{Value, json};

use super::Call;
use crate::sandbox::http::{Answer, ApiError, Reply};

/// Most entries of a page; also how many there are when nobody says.
const PAGE: usize = 250;
const CURSOR: &str = "after-";

/// Whether the answer says how many entries there are in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Total {
    /// It does.
    Shown,
    /// It does not.
    Absent,
}

/// The page of the list that the query asks for.
///
/// # Errors
/// 400 for a limit or a cursor that makes no sense.
pub fn page(call: &Call<'_>, all: Vec<Value>, total: Total) -> Answer {
    page_of(call, all, total, PAGE)
}

/// As [`page`], with another most.
///
/// # Errors
/// As [`page`].
pub fn page_of(call: &Call<'_>, all: Vec<Value>, total: Total, most: usize) -> Answer {
    let limit = match call.query_value("limit") {
        Some(text) => limit(text)?.min(most),
        None => most,
    };
    let start = match call.query_value("cursor") {
        Some(text) => text
            .strip_prefix(CURSOR)
            .and_then(|number| number.parse::<usize>().ok())
            .ok_or_else(|| ApiError::bad_request("request query.cursor: must be the nextCursor of another page"))?,
        None => 0,
    };
    let count = all.len();
    let end = start.saturating_add(limit).min(count);
    let next = if end < count { json!(format!("{CURSOR}{end}")) } else { Value::Null };
    let page: Vec<Value> = all.into_iter().take(end).skip(start).collect();
    let mut members = vec![("limit", json!(limit)), ("nextCursor", next)];
    if total == Total::Shown {
        members.push(("totalCount", json!(count)));
    }
    Ok(Reply::Page(Value::Array(page), members))
}

fn limit(text: &str) -> Result<usize, ApiError> {
    let wrong = || ApiError::bad_request("request query.limit: must be a whole number of at least 1");
    let limit: usize = text.parse().map_err(|_| wrong())?;
    if limit == 0 { Err(wrong()) } else { Ok(limit) }
}
