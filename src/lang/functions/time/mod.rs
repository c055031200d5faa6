//! Functions of time. Timestamps are RFC 3339 text and keep their offset from UTC.

mod duration;
mod pattern;
mod rfc3339;

use jiff::SignedDuration;

use crate::lang::value::{Type, Value};

use super::call::{Call, Failure, Result};
use super::signature::{Function, NUMBER, STRING, string};

use rfc3339::Moment;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("formatdate", &[string("format"), string("time")], STRING, formatdate),
    Function::new("plantimestamp", &[], STRING, |c| Ok(Value::from(now(c)))).maybe_null(),
    Function::new("timeadd", &[string("timestamp"), string("duration")], STRING, timeadd).maybe_null(),
    Function::new("timecmp", &[string("timestamp_a"), string("timestamp_b")], NUMBER, timecmp),
    Function::new("timestamp", &[], STRING, timestamp),
];

/// The time of the plan, to the second.
fn now(call: &Call<'_>) -> String {
    Moment::from_timestamp(call.context.now).to_string()
}

fn timestamp(call: &Call<'_>) -> Result<Value> {
    if call.context.planning {
        return Ok(Value::unknown(Type::String));
    }
    Ok(Value::from(now(call)))
}

fn formatdate(call: &Call<'_>) -> Result<Value> {
    let moment = Moment::parse(call.text(1)).map_err(|e| Failure::at(1, e))?;
    pattern::format(call.text(0), &moment).map(Value::from).map_err(|e| Failure::at(0, e))
}

fn timeadd(call: &Call<'_>) -> Result<Value> {
    let moment = Moment::parse(call.text(0))?;
    let nanoseconds = duration::parse(call.text(1))?;
    let moved = moment.add(SignedDuration::from_nanos(nanoseconds));
    let moved = moved.ok_or("the result is outside of the years -9999 to 9999")?;
    Ok(Value::from(moved.to_string()))
}

fn timecmp(call: &Call<'_>) -> Result<Value> {
    let a = Moment::parse_leniently(call.text(0)).map_err(|e| Failure::at(0, e))?;
    let b = Moment::parse_leniently(call.text(1)).map_err(|e| Failure::at(1, e))?;
    Ok(Value::from(a.instant().cmp(&b.instant()) as i64))
}
