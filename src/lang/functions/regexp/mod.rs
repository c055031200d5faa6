//! `regex`, `regexall` and `replace`: regular expressions in the syntax of RE2.

mod class;
mod pattern;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::lang::value::{Type, Value};

use super::call::{Call, Failure, Result};
use super::signature::{Function, Parameter, Returns, STRING, string};

use pattern::Pattern;

const PATTERN_AND_STRING: &[Parameter] = &[string("pattern"), string("string")];

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("regex", PATTERN_AND_STRING, Returns::From(regex_type), regex),
    Function::new("regexall", PATTERN_AND_STRING, Returns::From(regexall_type), regexall),
    Function::new("replace", &[string("str"), string("substr"), string("replace")], STRING, replace),
];

/// What a match gives: the text, or the groups by number or by name.
fn match_type(pattern: &Pattern) -> Result<Type> {
    let named: Vec<&str> = pattern.groups.iter().flatten().map(String::as_str).collect();
    match (pattern.groups.len(), named.len()) {
        (0, _) => Ok(Type::String),
        (n, 0) => Ok(Type::Tuple(vec![Type::String; n].into())),
        (n, m) if n == m => Ok(Type::object(named.into_iter().map(|name| (name, Type::String)))),
        _ => Err(Failure::at(0, "invalid regexp pattern: cannot mix both named and unnamed capture groups")),
    }
}

fn compile(text: &str) -> Result<Pattern> {
    Pattern::compile(text).map_err(|why| Failure::at(0, format!("invalid regexp pattern: {why}")))
}

fn regex_type(args: &[Value]) -> Result<Type> {
    match args.first().and_then(Value::as_str) {
        Some(text) => match_type(&compile(text)?),
        None => Ok(Type::Any),
    }
}

fn regexall_type(args: &[Value]) -> Result<Type> {
    regex_type(args).map(Type::list)
}

fn regex(call: &Call<'_>) -> Result<Value> {
    let pattern = compile(call.text(0))?;
    match pattern.regex.captures(call.text(1)) {
        Some(captures) => Ok(result(&pattern, &captures)),
        None => Err("pattern did not match any part of the given string".into()),
    }
}

fn regexall(call: &Call<'_>) -> Result<Value> {
    let pattern = compile(call.text(0))?;
    let matches = pattern.regex.captures_iter(call.text(1)).map(|c| result(&pattern, &c)).collect();
    Ok(Value::list(call.element_ty(), matches))
}

fn result(pattern: &Pattern, captures: &regex::Captures<'_>) -> Value {
    let group = |i: usize| captures.get(i).map_or(Value::null(Type::String), |m| Value::from(m.as_str()));
    if pattern.groups.is_empty() {
        return group(0);
    }
    let groups = pattern.groups.iter().enumerate().map(|(i, name)| (name, group(i + 1)));
    if pattern.groups.iter().all(Option::is_none) {
        return Value::tuple(groups.map(|(_, value)| value).collect());
    }
    let named = groups.filter_map(|(name, value)| Some((Arc::from(name.as_deref()?), value)));
    Value::object(named.collect::<BTreeMap<_, _>>())
}

/// Between slashes the second argument is a pattern, and the third may refer to its groups.
fn replace(call: &Call<'_>) -> Result<Value> {
    let (text, wanted, replacement) = (call.text(0), call.text(1), call.text(2));
    let inner = wanted.strip_prefix('/').and_then(|w| w.strip_suffix('/'));
    let Some(inner) = inner else { return Ok(Value::from(text.replace(wanted, replacement))) };
    let pattern = Pattern::compile(inner).map_err(|why| format!("error parsing regexp: {why}"))?;
    let replaced = pattern.regex.replace_all(text, |captures: &regex::Captures<'_>| {
        let mut out = String::new();
        pattern.expand(replacement, captures, &mut out);
        out
    });
    Ok(Value::from(replaced.into_owned()))
}
