//! `yamldecode` and `yamlencode`.

mod decode;
mod encode;
mod scalar;

use crate::lang::value::{Type, Value};

use super::call::{Call, Result};
use super::signature::{Function, Returns, STRING, any, string};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("yamldecode", &[string("src")], Returns::From(|_| Ok(Type::Any)), yamldecode).maybe_null(),
    Function::new("yamlencode", &[any("value").nullable().untyped()], STRING, yamlencode).maybe_null(),
];

fn yamldecode(call: &Call<'_>) -> Result<Value> {
    Ok(decode::decode(call.text(0))?)
}

fn yamlencode(call: &Call<'_>) -> Result<Value> {
    let value = call.arg(0);
    if !value.is_wholly_known() {
        return Ok(call.unknown());
    }
    Ok(Value::from(encode::encode(value)?))
}

#[cfg(test)]
mod tests;
