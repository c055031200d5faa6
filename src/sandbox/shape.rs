//! The shape of request bodies as tables: which fields there are, of which type, within which bounds.
//!
//! Checks what the API's description says about one field alone. Rules between fields live with the operations.

use std::net::Ipv4Addr;

use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::http::ApiError;

/// A field of a body.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Name on the wire.
    pub name: &'static str,
    /// What its value must be.
    pub rule: Rule,
    /// Whether it must be there.
    pub required: bool,
}

/// A field that may be left out.
pub const fn optional(name: &'static str, rule: Rule) -> Field {
    Field { name, rule, required: false }
}

/// A field that must be there.
pub const fn required(name: &'static str, rule: Rule) -> Field {
    Field { name, rule, required: true }
}

/// What a value must be.
#[derive(Debug, Clone, Copy)]
pub enum Rule {
    /// Text of so many characters.
    Text { min: usize, max: usize },
    /// Text of letters, digits, dots, dashes and underscores, at least one and at most so many.
    Label { max: usize },
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A whole number within bounds, a multiple of `step`.
    Whole { min: i64, max: i64, step: i64 },
    /// True or false.
    Boolean,
    /// A UUID.
    Uuid,
    /// IPv4 address or CIDR.
    IpSource,
    /// Text whose value is never shown. The function says whether it is well formed, the words what it should be.
    Secret { valid: fn(&str) -> bool, words: &'static str },
    /// A list of at most `max` values.
    List { item: &'static Rule, max: usize },
    /// A list of at least one and at most `max` values.
    Filled { item: &'static Rule, max: usize },
    /// An object with any names, at least `min` and at most `max` of them, each with such a value.
    Map { value: &'static Rule, min: usize, max: usize },
    /// A point in time, RFC 3339.
    Time,
    /// An e-mail address.
    Email,
    /// One of these rules; a value that breaks all is told the first one.
    Either(&'static [Rule]),
    /// An object with these fields and no others.
    Object(&'static [Field]),
    /// An object with any fields; its content is never shown.
    Opaque,
    /// The rule, or null.
    OrNull(&'static Rule),
}

/// Text of any length.
pub const ANY_TEXT: Rule = Rule::Text { min: 0, max: usize::MAX };
/// A list of texts.
pub const TEXTS: Rule = Rule::List { item: &ANY_TEXT, max: usize::MAX };

/// Reads a body, checks it against its fields, and gives it back with whole numbers written as such. No body counts as
/// an empty object.
///
/// # Errors
/// 400 that names the first field that breaks a rule.
pub fn read(body: &[u8], fields: &[Field]) -> Result<Value, ApiError> {
    let mut value = match body {
        [] => Value::Object(Map::new()),
        body => serde_json::from_slice(body).map_err(|_| ApiError::bad_request("request body: is not valid JSON"))?,
    };
    check_object(&value, fields, "")?;
    write_whole_numbers(&mut value);
    Ok(value)
}

fn check_object(value: &Value, fields: &[Field], path: &str) -> Result<(), ApiError> {
    let Value::Object(members) = value else {
        return Err(violation(path, "must be an object", value));
    };
    if let Some((name, value)) = members.iter().find(|(name, _)| !fields.iter().any(|field| field.name == *name)) {
        return Err(ApiError::field(&join(path, name), "is not a field of this request", &type_only(value)));
    }
    for field in fields {
        if let Some(value) = members.get(field.name) {
            check(value, &field.rule, &join(path, field.name))?;
        }
    }
    match fields.iter().find(|field| field.required && !members.contains_key(field.name)) {
        Some(missing) => Err(ApiError::field(&join(path, missing.name), "is required", "<undefined>")),
        None => Ok(()),
    }
}

fn check(value: &Value, rule: &Rule, path: &str) -> Result<(), ApiError> {
    match rule {
        Rule::Object(fields) => check_object(value, fields, path),
        Rule::Opaque if value.is_object() => Ok(()),
        Rule::Opaque => Err(ApiError::field(path, "must be an object", &type_only(value))),
        Rule::List { item, max } => check_list(value, item, *max, path),
        Rule::Filled { item, max } => match value {
            Value::Array(items) if items.is_empty() => Err(violation(path, "must have at least one item", value)),
            _ => check_list(value, item, *max, path),
        },
        Rule::Map { value: rule, min, max } => check_map(value, rule, *min, *max, path),
        Rule::Either(rules) => check_either(value, rules, path),
        Rule::OrNull(_) if value.is_null() => Ok(()),
        Rule::OrNull(rule) => check(value, rule, path),
        Rule::Boolean if value.is_boolean() => Ok(()),
        Rule::Boolean => Err(violation(path, "must be true or false", value)),
        Rule::Whole { min, max, step } => check_whole(value, *min, *max, *step, path),
        Rule::Secret { valid, words } => match value.as_str() {
            Some(text) if valid(text) => Ok(()),
            _ => Err(ApiError::field(path, words, &type_only(value))),
        },
        Rule::Text { .. }
        | Rule::Label { .. }
        | Rule::Choice(_)
        | Rule::Uuid
        | Rule::IpSource
        | Rule::Time
        | Rule::Email => {
            let Some(text) = value.as_str() else { return Err(violation(path, "must be a string", value)) };
            check_text(text, rule).map_err(|words| violation(path, &words, value))
        }
    }
}

fn check_text(text: &str, rule: &Rule) -> Result<(), String> {
    match rule {
        Rule::Text { min, max } => {
            let length = text.chars().count();
            let fits = (*min..=*max).contains(&length);
            if fits { Ok(()) } else { Err(format!("must have between {min} and {max} characters")) }
        }
        Rule::Label { max } => {
            let sign = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '.' | '_' | '-');
            let fits = !text.is_empty() && text.chars().count() <= *max && text.chars().all(sign);
            let words = "must be alphanumeric with dashes, underscores and dots";
            if fits { Ok(()) } else { Err(format!("{words}, 1 to {max} characters")) }
        }
        Rule::Choice(words) if words.contains(&text) => Ok(()),
        Rule::Choice(words) => Err(format!("must be one of {}", words.join(", "))),
        Rule::Uuid if Uuid::try_parse(text).is_ok() => Ok(()),
        Rule::Uuid => Err("must be a UUID".to_owned()),
        Rule::IpSource if is_ipv4_source(text) => Ok(()),
        Rule::IpSource => Err("must be an IPv4 address or CIDR".to_owned()),
        Rule::Time if text.parse::<Timestamp>().is_ok() => Ok(()),
        Rule::Time => Err("must be a date and time in the form of RFC 3339".to_owned()),
        Rule::Email if is_email(text) => Ok(()),
        Rule::Email => Err("must be an e-mail address".to_owned()),
        _ => Ok(()),
    }
}

/// Whether the text is an IPv4 address or an IPv4 CIDR.
pub fn is_ipv4_source(text: &str) -> bool {
    let (address, bits) = text.split_once('/').unwrap_or((text, "32"));
    let short = (1..=2).contains(&bits.len()) && bits.bytes().all(|byte| byte.is_ascii_digit());
    address.parse::<Ipv4Addr>().is_ok() && short && bits.parse::<u8>().is_ok_and(|bits| bits <= 32)
}

fn check_whole(value: &Value, min: i64, max: i64, step: i64, path: &str) -> Result<(), ApiError> {
    if !value.is_number() {
        return Err(violation(path, "must be a number", value));
    }
    let Some(number) = whole(value) else { return Err(violation(path, "must be a whole number", value)) };
    if number < min {
        return Err(violation(path, &format!("must be greater than or equal to {min}"), value));
    }
    if number > max {
        return Err(violation(path, &format!("must be lower than or equal to {max}"), value));
    }
    if number % step != 0 {
        return Err(violation(path, &format!("must be a multiple of {step}"), value));
    }
    Ok(())
}

fn check_list(value: &Value, item: &Rule, max: usize, path: &str) -> Result<(), ApiError> {
    let Value::Array(items) = value else { return Err(violation(path, "must be an array", value)) };
    if items.len() > max {
        return Err(violation(path, &format!("must have at most {max} items"), value));
    }
    items.iter().enumerate().try_for_each(|(index, value)| check(value, item, &format!("{path}[{index}]")))
}

fn check_map(value: &Value, rule: &Rule, min: usize, max: usize, path: &str) -> Result<(), ApiError> {
    let Value::Object(members) = value else { return Err(violation(path, "must be an object", value)) };
    if members.len() < min {
        return Err(violation(path, &format!("must have at least {min} members"), value));
    }
    if members.len() > max {
        return Err(violation(path, &format!("must have at most {max} members"), value));
    }
    members.iter().try_for_each(|(name, value)| check(value, rule, &join(path, name)))
}

fn check_either(value: &Value, rules: &[Rule], path: &str) -> Result<(), ApiError> {
    let mut first = Ok(());
    for rule in rules {
        match check(value, rule, path) {
            Ok(()) => return Ok(()),
            Err(error) if first.is_ok() => first = Err(error),
            Err(_) => {}
        }
    }
    first
}

/// Whether the text looks like an e-mail address: something, one at sign, and a domain with a dot.
pub fn is_email(text: &str) -> bool {
    let Some((name, domain)) = text.split_once('@') else { return false };
    let word = |part: &str| !part.is_empty() && !part.contains(|sign: char| sign.is_whitespace() || sign == '@');
    let labels = domain.split('.').collect::<Vec<_>>();
    word(name) && word(domain) && text.len() <= 254 && labels.len() > 1 && labels.iter().all(|label| !label.is_empty())
}

/// The number, if it is whole: `16` and `16.0` are the same number in JSON.
fn whole(value: &Value) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if let Some(number) = value.as_i64() {
        return Some(number);
    }
    let number = value.as_f64()?;
    #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and within the exact range")]
    (number.fract() == 0.0 && number.abs() <= EXACT).then_some(number as i64)
}

fn write_whole_numbers(value: &mut Value) {
    match value {
        Value::Number(_) => {
            if let Some(number) = whole(value) {
                *value = Value::from(number);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(write_whole_numbers),
        Value::Object(members) => members.values_mut().for_each(write_whole_numbers),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn violation(path: &str, words: &str, value: &Value) -> ApiError {
    ApiError::field(path, words, &shown(value))
}

/// A value as the API's error texts show it: `<number:0>`.
pub fn shown(value: &Value) -> String {
    match value {
        Value::Bool(value) => format!("<boolean:{value}>"),
        Value::Number(value) => format!("<number:{value}>"),
        Value::String(text) => format!("<string:{}>", text.chars().take(64).collect::<String>()),
        Value::Null | Value::Array(_) | Value::Object(_) => type_only(value),
    }
}

fn type_only(value: &Value) -> String {
    let word = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    format!("<{word}>")
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: &[Field] = &[
        required("name", Rule::Text { min: 1, max: 3 }),
        optional("memory", Rule::Whole { min: 8, max: 356, step: 4 }),
        optional("hash", Rule::Secret { valid: |_| false, words: "must be a hash" }),
        optional("items", Rule::List { item: &Rule::Object(&[required("key", Rule::Label { max: 5 })]), max: 2 }),
    ];

    fn error(body: &str) -> String {
        read(body.as_bytes(), FIELDS).unwrap_err().to_string()
    }

    #[test]
    fn each_violation_names_field_rule_and_value() {
        assert_eq!(error("{}"), "BAD_REQUEST: request body.name: is required <undefined>");
        assert_eq!(error("{"), "BAD_REQUEST: request body: is not valid JSON");
        let with = |member: &str| error(&format!(r#"{{"name":"a",{member}}}"#));
        assert_eq!(with(r#""memory":10"#), "BAD_REQUEST: request body.memory: must be a multiple of 4 <number:10>");
        assert_eq!(with(r#""memory":8.5"#), "BAD_REQUEST: request body.memory: must be a whole number <number:8.5>");
        assert_eq!(with(r#""more":1"#), "BAD_REQUEST: request body.more: is not a field of this request <number>");
        assert_eq!(with(r#""hash":"abc""#), "BAD_REQUEST: request body.hash: must be a hash <string>");
        let item = with(r#""items":[{"key":"a"},{"key":"b c"}]"#);
        assert!(item.starts_with("BAD_REQUEST: request body.items[1].key: must be alphanumeric"), "{item}");
    }

    #[test]
    fn whole_numbers_may_be_written_with_a_fraction_of_zero() {
        let value = read(br#"{"name":"a","memory":16.0}"#, FIELDS).unwrap();
        assert_eq!(value["memory"], serde_json::json!(16));
        assert!(value["memory"].is_i64());
    }

    #[test]
    fn sources_are_ipv4_addresses_or_ranges() {
        for good in ["0.0.0.0/0", "10.0.0.1", "10.0.0.0/08"] {
            assert!(is_ipv4_source(good), "{good}");
        }
        for bad in ["", "10.0.0", "::1", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/+8", "anywhere", "10.0.0.0/008"] {
            assert!(!is_ipv4_source(bad), "{bad}");
        }
    }
}
